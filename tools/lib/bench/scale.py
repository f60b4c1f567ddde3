"""How cost grows: with connections, files, sizes and workers. Each has its points, and gives figures for each."""
import os

from bench import content, floor, load, wrk
from bench.cases import Case
from bench.process import free_port

BOTH_CORES = "0,1"


def powers(base, most):
    return [base ** i for i in range(64) if base ** i <= most]


class Dimension:
    def __init__(self, name, title, xlabel, points, measure, log_y=False):
        self.name, self.title, self.xlabel, self.points = name, title, xlabel, points
        self.measure, self.log_y = measure, log_y

    def case(self, x):
        return f"{self.name} {x}"


def connections(context, name, n):
    load.run(context, Case(name, "", [content.SMALL], [], n))


def files(context, name, n):
    """Of 1 KiB, in folders of a hundred."""
    targets = [f"/scale/{i // 100}/{i % 100}.bin" for i in range(n)]
    for target in targets:
        if not os.path.exists(context.root + target):
            os.makedirs(os.path.dirname(context.root + target), exist_ok=True)
            content.fill(context.root + target, 1024)
    load.run(context, Case(name, "", targets, [], at_random=True))


def sizes(context, name, n):
    target = f"/size-{n}.bin"
    content.fill(context.root + target, n)
    case = Case(name, "", [target], [], 64 if n < 1 << 20 else 8)
    ready = load.prepare(context, case)
    context.interleave(name, {server: by_bytes(prepared) for server, prepared in ready.items()})
    for prepared in ready.values():
        prepared.end()
    os.unlink(context.root + target)


def by_bytes(prepared):
    """Of what is large, few come whole before a round ends: parts count as well."""
    def measure(seconds):
        figures = prepared.round(seconds)
        whole, answers = max(figures["requests"], 1), figures["bytes_each"] * max(figures["requests"], 1) / prepared.answer_bytes
        figures["cpu_us"] *= whole / answers
        figures["user_us"] *= whole / answers
        figures["requests_per_s"] = figures["mb_per_s"] * 1e6 / prepared.answer_bytes
        return figures
    return measure


def workers(context, name, n):
    """On both cores, which the load has as well."""
    script = wrk.script(context.path("scale-workers.lua"), [content.SMALL], {})
    if "floor" in context.names:
        floor.write_answers(context.path("answers"), context.reference(), Case(name, "", [content.SMALL], []), {})
    context.interleave(name, {server: WorkersRound(context, server, n, script) for server in context.names})


class WorkersRound:
    def __init__(self, context, server, n, script):
        self.context, self.name, self.n, self.script = context, server, n, script

    def __call__(self, seconds):
        yard = self.context.yard
        if self.name == "floor":  # one process for each
            port = free_port()
            started = [yard.start_floor(self.context.path("answers"), port=port, cores=BOTH_CORES) for _ in range(self.n)]
        else:
            started = [yard.start(self.name, self.n, cores=BOTH_CORES)]
        try:
            return wrk.run(Together(started), self.script, 256, seconds, BOTH_CORES)
        finally:
            for server in started:
                yard.end(server)


class Together:
    """Processes that listen on the same port, as one server."""

    def __init__(self, servers):
        self.servers, self.port = servers, servers[0].port

    def cpu(self):
        return sum(server.cpu() for server in self.servers)

    def modes(self):
        return [sum(each) for each in zip(*(server.modes() for server in self.servers))]


DIMENSIONS = [
    Dimension("connections", "1 KiB over so many connections", "connections", powers(4, 16_384), connections),
    Dimension("files", "so many files of 1 KiB at random, 64 connections", "files", powers(10, 100_000), files),
    Dimension("sizes", "a file of so many bytes, 64 connections, 8 from 1 MiB on", "bytes", powers(8, 1 << 30), sizes,
              log_y=True),
    Dimension("workers", "so many workers on two cores that have the load as well, 256 connections", "workers", [1, 2], workers),
]
