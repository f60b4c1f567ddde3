"""20 000 requests a second, no more and no fewer: what they cost, and how long the slowest wait."""
from bench import content, h2load
from bench.cases import Case
from bench.load import Prepared, prepare
from bench.wanted import BEST_PEER, Wanted, cpu

name = "rate"
what = "1 KiB, 20 000 requests a second over 64 connections (h2load)"
wanted = [Wanted("p999_us", 1, BEST_PEER), cpu(1, BEST_PEER)]
PER_S, CONNECTIONS = 20_000, 64


def run(context):
    ready = prepare(context, Case(name, what, [content.SMALL], wanted))
    context.interleave(name, {server: Round(context, prepared) for server, prepared in ready.items()})
    for prepared in ready.values():
        prepared.end()


class Round:
    def __init__(self, context, prepared: Prepared):
        self.log, self.server = context.path("h2load.log"), prepared.server

    def __call__(self, seconds):
        with self.server.active():
            figures = h2load.run(self.server, content.SMALL, PER_S, CONNECTIONS, seconds, self.log)
        if figures["requests_per_s"] < 0.98 * PER_S:  # times at another rate are not to be compared
            figures.update(p50_us=None, p99_us=None, p999_us=None)
        return figures
