-- wrk script: asks for the files of a site in rotation, as a browser that takes br and gzip would.
--
--   wrk -t1 -c64 -d10s -s tools/load/site.lua http://127.0.0.1:8080 -- DIR
--
-- DIR is the folder that is served: its files are listed once, before the load begins. Neighbours
-- with .br, .gz and .zst are not asked for by name; the server chooses them.

local requests = {}
local next_request = 0

function init(args)
   local dir = args[1]
   if not dir then
      error("usage: wrk ... -s site.lua URL -- DIR")
   end
   wrk.headers["Accept-Encoding"] = "br;q=1, gzip;q=0.8"
   local files = io.popen('cd "' .. dir .. '" && find . -type f ! -name "*.br" ! -name "*.gz" ! -name "*.zst" | sort')
   for name in files:lines() do
      local path = name:sub(2):gsub("[^%w/._~-]", function(c) return string.format("%%%02X", c:byte()) end)
      requests[#requests + 1] = wrk.format("GET", path)
   end
   files:close()
   if #requests == 0 then
      error("no files in " .. dir)
   end
end

function request()
   next_request = next_request % #requests + 1
   return requests[next_request]
end

function done(summary)
   local e = summary.errors
   print(string.format("errors: connect %d, read %d, write %d, timeout %d, status %d",
                       e.connect, e.read, e.write, e.timeout, e.status))
end
