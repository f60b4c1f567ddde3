-- wrk script: asks for one file, again and again, with the fields that a browser sends.
--
--   wrk -t1 -c64 -d10s -s tools/load/single.lua http://127.0.0.1:8080 -- PATH
--
-- PATH defaults to /. Without a script wrk sends Host alone.

local only

function init(args)
   local fields = {
      ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
      ["Accept-Encoding"] = "gzip, deflate, br, zstd",
      ["Accept-Language"] = "en-US,en;q=0.5",
      ["Cache-Control"] = "no-cache",
      ["Connection"] = "keep-alive",
      ["Pragma"] = "no-cache",
      ["Sec-Fetch-Dest"] = "document",
      ["Sec-Fetch-Mode"] = "navigate",
      ["Sec-Fetch-Site"] = "none",
      ["Upgrade-Insecure-Requests"] = "1",
      ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
   }
   for name, value in pairs(fields) do
      wrk.headers[name] = value
   end
   only = wrk.format("GET", args[1] or "/")
end

function request()
   return only
end
