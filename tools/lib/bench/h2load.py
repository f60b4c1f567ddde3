"""A load at a fixed rate, which a closed loop such as wrk's is not: a slow server is asked no less."""
import os
import subprocess

from bench.process import LOAD_CORES

# Left out of the times: all connections begin at once, and their first requests alone can be one in a thousand.
BEGINNING_US = 500_000


class Failed(Exception):
    pass


def run(server, target, per_s, connections, seconds, log):
    """Times of every answer, and the server's CPU meanwhile."""
    before = server.cpu()
    command = ["taskset", "-c", LOAD_CORES, "h2load", "--h1", "-t1", f"-c{connections}", f"--rps={per_s / connections:g}",
               f"-D{seconds}", f"--log-file={log}", f"http://127.0.0.1:{server.port}{target}"]
    done = subprocess.run(command, capture_output=True, text=True)
    cpu = server.cpu() - before
    if not os.path.exists(log):
        raise Failed(f"h2load: {(done.stderr.strip() or done.stdout.strip())[:200]}")
    with open(log) as file:
        lines = [[int(word) for word in line.split("\t")[:3]] for line in file]
    os.unlink(log)
    if not lines or any(status != 200 for _, status, _ in lines):
        raise Failed(f"{sum(status != 200 for _, status, _ in lines)} errors among {len(lines)} requests")
    began = min(start for start, _, _ in lines)
    times = sorted(us for start, _, us in lines if start - began >= BEGINNING_US)
    if not times:
        raise Failed("the round is too short")
    return {"requests": len(lines), "requests_per_s": len(lines) / seconds, "cpu_us": cpu / len(lines) * 1e6,
            "cpu_share": cpu / seconds, "p50_us": at(times, 0.5), "p99_us": at(times, 0.99), "p999_us": at(times, 0.999)}


def at(ordered, share):
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
