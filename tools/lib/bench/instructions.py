"""What a request costs in instructions of the server's own: all its threads are stepped while 64 connections ask."""
import os
import subprocess

from bench import cases, load, report, wire
from bench.process import SERVER_CORES
from bench.servers import BUILD

PATIENCE_S = 300  # for an answer, as each instruction takes some microseconds
WARM, ROUNDS = 8, 4  # requests of each connection before they are counted, and while they are
CASES = {case.name: case for case in cases.CASES if case.name in ("small", "browser", "page", "not-modified", "not-found")}


def run(context, case):
    prepared = load.prepare(context, case)
    for name, one in prepared.items():
        context.progress(f"{case.name}: {name}")
        try:
            context.results.add(case.name, name, count(one, case))
        except (wire.BadAnswer, OSError) as e:
            context.results.refuse(case.name, name, str(e))
        one.end()


def count(one, case):
    request = wire.request(case.targets[0], one.fields)
    with one.server.active():
        clients = [wire.Client(one.server.port, patience_s=PATIENCE_S) for _ in range(case.connections)]
        for _ in range(WARM):
            ask(clients, request)
        rounds = [stepped(one.server, clients, request) for _ in range(ROUNDS)]
        for client in clients:
            client.socket.close()
    return min(rounds, key=lambda figures: figures["instructions"])  # without what a server does now and then


def stepped(server, clients, request):
    """A request of each client."""
    with Steps(server.pids()) as steps:
        ask(clients, request)
    return {"instructions": steps.executed / len(clients), "calls": steps.calls / len(clients)}


def ask(clients, request):
    for client in clients:
        client.socket.sendall(request)
    for client in clients:
        client.answer()


class Steps:
    """Of these processes, while it lasts."""

    def __init__(self, pids):
        self.pids = pids

    def __enter__(self):
        program = os.path.join(BUILD, "bench/steps")
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORES, program, *map(str, self.pids)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise OSError("steps: cannot step the server")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        lines = [line.split() for line in self.process.stdout]
        self.executed = sum(int(line[1]) for line in lines)
        self.calls = sum(int(line[1]) for line in lines if line[2:])
        self.process.wait()


def markdown(results):
    about = results.about
    names = list(dict.fromkeys(r["server"] for r in results.rounds))
    rows = []
    for name in names:
        values = [(results.values(case, name, "instructions"), results.values(case, name, "calls")) for case in results.cases]
        rows.append([name, *(f"{executed[0]:,.0f} ({calls[0]:.2f})" if executed else "" for executed, calls in values)])
    text = (f"{about['day']}, {about['machine']}. Counted with `{about['command']}`: instructions of the server's own code "
            f"for a request, in the least of {ROUNDS} rounds of one over each of 64 connections; in brackets its calls of the "
            "kernel.")
    return "\n\n".join(part for part in (text, report.table(["server", *results.cases], rows),
                                         "\n".join(results.troubles())) if part) + "\n"
