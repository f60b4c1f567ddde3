"""Two workers on both cores, beside the load: who gets which connections, and what a request costs."""
import os
import threading

from bench import content, wrk
from bench.servers import OURS
from bench.wanted import Wanted

BOTH_CORES, CONNECTIONS = "0,1", 256

name = "workers"
what = f"1 KiB, 2 workers on both cores, which the load has as well, {CONNECTIONS} connections"
wanted = [Wanted("uneven_percent", 10), Wanted("cpu_ratio", 1.05)]


def run(context):
    context.pause_all()
    script = wrk.script(context.path("workers.lua"), [content.SMALL], {})
    context.interleave(name, {server: Round(context, server, script) for server in context.names if server in OURS})


class Round:
    def __init__(self, context, server, script):
        self.yard, self.name, self.script = context.yard, server, script

    def __call__(self, seconds):
        one, _ = self.load(1, seconds)
        figures, each = self.load(2, seconds)
        even = sum(each) / 2
        figures["uneven_percent"] = max(abs(n - even) for n in each) / even * 100
        figures["cpu_one_us"], figures["cpu_ratio"] = one["cpu_us"], figures["cpu_us"] / one["cpu_us"]
        return figures

    def load(self, workers, seconds):
        """Figures, and how many connections each worker had in the middle of it."""
        server, done, samples = self.yard.start(self.name, workers, cores=BOTH_CORES), threading.Event(), []
        counter = threading.Thread(target=lambda: sample(server.process.pid, workers, done, samples))
        counter.start()
        try:
            figures = wrk.run(server, self.script, CONNECTIONS, seconds, BOTH_CORES)
        finally:
            done.set()
            counter.join()
            self.yard.end(server)
        each = min(samples, key=lambda counted: abs(sum(counted) - CONNECTIONS), default=[])
        if abs(sum(each) - CONNECTIONS) > 0.1 * CONNECTIONS:
            raise wrk.Failed(f"{CONNECTIONS} connections, of which these were found: {each}")
        return figures, each


def sample(pid, workers, done, samples):
    """Again and again, for a ring that is busy does not tell."""
    loops = [fd for fd in os.listdir(f"/proc/{pid}/fd") if target(pid, fd) in ("anon_inode:[io_uring]", "anon_inode:[eventpoll]")]
    while not done.wait(0.2):
        samples.append(sorted(connections(pid, fd) for fd in loops)[-workers:])  # the main thread may have one as well


def target(pid, fd):
    try:
        return os.readlink(f"/proc/{pid}/fd/{fd}")
    except FileNotFoundError:  # files come and go
        return None


def connections(pid, fd):
    """The receives that a ring has armed (IORING_OP_RECV), or the sockets that an epoll watches."""
    for _ in range(10):
        with open(f"/proc/{pid}/fdinfo/{fd}") as file:
            text = file.read()
        if n := text.count("op=27,") + text.count("tfd:"):
            return n
    return 0
