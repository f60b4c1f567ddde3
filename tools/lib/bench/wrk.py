"""One round of wrk: what it asks for is a script made for the case."""
import json
import os
import re
import subprocess

from bench.process import LOAD_CORES

HEAD = """
wrk.headers = {%(fields)s}
done = function(summary, latency, requests)
   local e = summary.errors
   print(string.format('FIGURES {"us": %%d, "requests": %%d, "bytes": %%d, "p50": %%g, "p99": %%g, "p999": %%g, ' ..
                       '"connect": %%d, "read": %%d, "write": %%d, "timeout": %%d, "status": %%d}',
                       summary.duration, summary.requests, summary.bytes, latency:percentile(50), latency:percentile(99),
                       latency:percentile(99.9), e.connect, e.read, e.write, e.timeout, e.status))
end
"""
# Without a function `request` wrk sends the same bytes again and again, and calls nothing.
ONE = """
local format = wrk.format
wrk.format = function() return format("GET", %(target)s):rep(%(depth)d) end
"""
SEVERAL = """
local requests, at = {}, 0
function init()
   for target in io.lines(%(list)s) do requests[#requests + 1] = wrk.format("GET", target) end
end
function request()
   at = %(next)s
   return requests[at]
end
"""
IN_TURN, AT_RANDOM = "at % #requests + 1", "math.random(#requests)"


class Failed(Exception):
    pass


def script(path, targets, fields, depth=1, at_random=False):
    """Written to `path`. Lua reads the strings of JSON."""
    fields = {"Host": "localhost", **fields}
    text = HEAD % {"fields": ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in fields.items())}
    if len(targets) == 1:
        text += ONE % {"target": json.dumps(targets[0]), "depth": depth}
    else:
        with open(path + ".targets", "w") as file:
            file.writelines(f"{target}\n" for target in targets)
        text += SEVERAL % {"list": json.dumps(path + ".targets"), "next": AT_RANDOM if at_random else IN_TURN}
    with open(path, "w") as file:
        file.write(text)
    return path


def run(server, script_path, connections, seconds, cores=LOAD_CORES, threads=1, failing=False):
    """What wrk counted, and the server's CPU meanwhile. `failing`: statuses from 400 on are right."""
    seconds += connections // 4096  # to connect takes time, too
    modes_before, before = server.modes(), server.cpu()
    command = ["taskset", "-c", cores, "wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s",
               "-s", script_path, f"http://127.0.0.1:{server.port}/"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=os.path.dirname(script_path))
    cpu, (user, kernel) = server.cpu() - before, (now - then for now, then in zip(server.modes(), modes_before))
    found = re.search(r"FIGURES (\{.*\})", done.stdout)
    if not found:
        raise Failed(f"wrk: {(done.stderr.strip() or done.stdout.strip())[:200]}")
    counted = json.loads(found.group(1))
    if counted["requests"] == 0 and counted["bytes"] == 0:
        raise Failed("wrk: no answers")
    errors = sum(counted[kind] for kind in ("connect", "read", "write", "timeout"))
    wrong = counted["status"] if not failing else counted["requests"] - counted["status"]
    counted["requests"] -= wrong
    errors += wrong
    return figures(counted, cpu, user / max(1, user + kernel), errors)


def figures(counted, cpu, user_share, errors):
    n, seconds = max(counted["requests"], 1), counted["us"] / 1e6
    return {"requests": counted["requests"], "requests_per_s": counted["requests"] / seconds,
            "mb_per_s": counted["bytes"] / seconds / 1e6, "cpu_us": cpu / n * 1e6, "user_us": cpu * user_share / n * 1e6,
            "cpu_share": cpu / seconds,
            "p50_us": counted["p50"], "p99_us": counted["p99"], "p999_us": counted["p999"],
            "bytes_each": counted["bytes"] / n, "errors": errors}
