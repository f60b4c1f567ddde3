"""Connections that have made one request and are kept: their memory, and the CPU that they cost."""
import time

from bench import content, floor, wire
from bench.cases import Case
from bench.wanted import Wanted

CONNECTIONS, ADDRESSES, QUIET_S = 9000, 3, 5

name = "idle"
what = f"{CONNECTIONS} connections, each of which has made one request; all memory of the server by them"
wanted = [Wanted("pss_per_connection", 1024), Wanted("cpu_in_5s_ms", 0)]


def run(context):
    case = Case(name, what, [content.SMALL], wanted)
    if "floor" in context.names:
        floor.write_answers(context.path("answers"), context.reference(), case, {})
    context.end_all()  # programs that run twice share memory
    measures = {server: Round(context, server) for server in context.names}
    context.interleave(name, measures, most=3)


class Round:
    def __init__(self, context, server):
        self.context, self.name = context, server

    def __call__(self, _):
        yard = self.context.yard
        server = yard.start_floor(self.context.path("answers")) if self.name == "floor" else yard.start(self.name)
        clients = []
        try:
            ask(server, clients, 0)
            before = server.pss()
            for i in range(1, CONNECTIONS):
                ask(server, clients, i)
            time.sleep(1)
            after, cpu = server.pss(), server.cpu()
            time.sleep(QUIET_S)
            return {"pss": after, "pss_per_connection": after / CONNECTIONS,
                    "growth_per_connection": (after - before) / CONNECTIONS, "cpu_in_5s_ms": (server.cpu() - cpu) * 1000}
        finally:
            for client in clients:
                client.socket.close()
            yard.end(server)


def ask(server, clients, i):
    client = wire.Client(server.port, f"127.0.0.{2 + i % ADDRESSES}")
    clients.append(client)
    client.socket.sendall(wire.request(content.SMALL))
    if client.answer().status != 200:
        raise wire.BadAnswer(f"connection {i + 1} was not served")
    client.buffer = None
