"""The cases that differ only in what wrk asks for."""
from dataclasses import dataclass, field

from bench import content
from bench.wanted import BEST_PEER, cpu, faster
from bench.wire import BROWSER

CODINGS_TAKEN = {"Accept-Encoding": "br;q=1, gzip;q=0.8"}
# h2o 2.2 takes no coding that has a weight.
FIELDS_INSTEAD = {"h2o": {"Accept-Encoding": "br, gzip"}}


@dataclass
class Case:
    """`--cases` takes the first word of its name for all that begin with it."""
    name: str
    what: str
    targets: list
    wanted: list
    connections: int = 64
    fields: dict = field(default_factory=dict)
    depth: int = 1
    status: int = 200
    at_random: bool = False
    revalidates: bool = False  # with the server's own ETag

    @property
    def group(self):
        return self.name.split(" ")[0]

    def fields_for(self, server):
        instead = FIELDS_INSTEAD.get(server, {}) if self.fields is CODINGS_TAKEN else {}
        return {**self.fields, **instead}

    @property
    def closes(self):
        return self.fields.get("Connection") == "close"


def small(name, what, wanted, targets=(content.SMALL,), **how):
    return Case(name, what, list(targets), wanted, **how)


def site(connections):
    wanted = [cpu(1.10, "floor"), cpu(0.75, "nginx"), faster()]
    return Case(f"site {connections}", f"the files of a site in rotation, br and gzip taken, {connections} connections",
                content.site_targets(), wanted, connections, CODINGS_TAKEN)


CASES = [
    small("small", "1 KiB, 64 keep-alive connections", [cpu(1.05, "floor"), cpu(0.85, "h2o"), cpu(0.67, "nginx")]),
    small("browser", "the same with the 12 fields of a browser", [cpu(1.08, "floor"), cpu(0.80, "h2o")], fields=BROWSER),
    small("many-connections 1024", "1 KiB, 1024 connections", [cpu(1.10, "floor")], connections=1024),
    small("many-connections 4096", "1 KiB, 4096 connections", [cpu(1.10, "floor")], connections=4096),
    small("page", "51 KiB", [cpu(0.85, BEST_PEER)], [content.PAGE]),
    *[site(connections) for connections in (64, 1024, 4096)],
    small("pipelined", "1 KiB, 16 requests at once", [faster(5)], depth=16),
    small("short", "1 KiB, a connection for each request", [cpu(0.95, BEST_PEER), faster()], fields={"Connection": "close"}),
    small("big", "10 MiB, 8 connections", [faster(1.2, "mb_per_s"), cpu(1, BEST_PEER)], [content.BIG], connections=8),
    small("many-files", "20 000 files of 4 KiB, at random", [cpu(0.85, BEST_PEER)], content.MANY, at_random=True),
    small("not-modified", "304: If-None-Match with the server's own ETag", [cpu(0.92, BEST_PEER)], status=304, revalidates=True),
    small("not-found", "404", [cpu(0.92, BEST_PEER)], ["/missing.bin"], status=404),
]
