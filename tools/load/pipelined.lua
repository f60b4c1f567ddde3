-- wrk script: sends many requests at once and then reads as many answers.
--
--   wrk -t1 -c64 -d10s -s tools/load/pipelined.lua http://127.0.0.1:8080 -- PATH [DEPTH]
--
-- PATH defaults to /, DEPTH to 16.

local batch

function init(args)
   local path = args[1] or "/"
   local depth = tonumber(args[2] or 16)
   local one = wrk.format("GET", path)
   batch = one:rep(depth)
end

function request()
   return batch
end
