"""From a process that does not exist to the first byte of an answer."""
import socket
import time

from bench import content, floor, wire
from bench.cases import Case
from bench.wanted import Wanted

name = "start"
what = "from the start of the process to the first byte"
wanted = [Wanted("start_ms", 20)]
STARTS = 5  # in a round


def run(context):
    if "floor" in context.names:
        floor.write_answers(context.path("answers"), context.reference(), Case(name, what, [content.SMALL], wanted), {})
    context.pause_all()
    for _ in range(STARTS):
        context.interleave(name, {server: Round(context, server) for server in context.names}, most=3)


class Round:
    def __init__(self, context, server):
        self.context, self.name = context, server

    def __call__(self, _):
        yard, began = self.context.yard, time.monotonic()
        if self.name == "floor":
            server = yard.start_floor(self.context.path("answers"), wait=False)
        else:
            server = yard.start(self.name, wait=False)
        try:
            first_byte(server.port, began + 10)
            return {"start_ms": (time.monotonic() - began) * 1000}
        finally:
            yard.end(server)


def first_byte(port, until):
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 10) as s:
                s.sendall(wire.request(content.SMALL))
                if s.recv(1):
                    return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.0002)
