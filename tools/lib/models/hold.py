"""Requests that take 1 to 3 s each although the server has nothing to do for them."""
import asyncio
import contextlib
import os
import time
from dataclasses import dataclass, field

from bench import charts, machine, report
from bench.context import MOST_TAKEN
from bench.process import DidNotStart
from models import fleet
from models.held import held_ms

name = "hold"
LEAST_S, MOST_S, SEED = 1, 3, 1
# case: (what, requests, clients, bound in seconds)
CASES = {"hold 100": ("100 requests from 32 clients", 100, 32, 25),
         "hold 1000": ("1 000 requests from 32 clients", 1000, 32, 75),
         "hold at once": ("1 000 requests at once", 1000, 1000, 30)}
# What tutorials say, and who does the same here.
CLAIMS = [("an event loop with generators", 100, 8, ["generator", "green", "ringlet"]),
          ("16 threads", 100, 16, ["pool"]),
          ("an event loop with generators", 1000, 16, ["generator", "green", "ringlet"]),
          ("16 threads", 1000, 144, ["pool"])]
SERIES = {"100 from 32": "#9ecae1", "1 000 from 32": "#4292c6", "1 000 at once": "#08519c"}


@dataclass
class Crowd:
    """What its clients have seen."""
    times: list = field(default_factory=list)  # of those that were answered, in seconds
    held: list = field(default_factory=list)   # of these, what the server has simulated
    failed: int = 0
    wrong: str = None
    last: float = 0     # when the last of these came
    took: float = None  # until all were done; None when the bound came first

    def figures(self, requests, cpu_s):
        answered = len(self.times)
        if not answered:
            return {"answered": 0, "failed": self.failed, "cpu_s": cpu_s}
        elapsed = self.took or self.last
        return {"answered": answered, "failed": self.failed, "finished": self.took is not None,
                "total_s": elapsed * (1 if self.took else requests / answered), "mean_s": sum(self.times) / answered,
                "at_a_time": sum(self.held) / elapsed, "cpu_s": cpu_s,
                "cpu_ms_each": cpu_s / answered * 1000 if self.took else None}  # else some is for those that wait


def run(context):
    still, busy = [[name for name in context.names if (name in fleet.BUSY) == kind] for kind in (False, True)]
    for case in ("hold 100", "hold 1000"):
        # Those that wait for nothing but time do not disturb each other.
        for company in [still, *([name] for name in busy)]:
            measure(context, case, company)
    for name in context.names:
        measure(context, "hold at once", [name])


def measure(context, case, names):
    what, requests, clients, bound_s = CASES[case]
    if not names:
        return
    context.progress(f"{what}: {', '.join(names)}")
    servers = {}
    try:
        for name in names:
            try:
                servers[name] = fleet.start(context, name, hold=(LEAST_S, MOST_S, SEED))
            except DidNotStart as e:
                context.results.refuse(case, name, str(e))
        before = {name: server.cpu() for name, server in servers.items()}
        ended, share = {}, machine.Share()
        crowds = asyncio.run(all_crowds(context, servers, requests, clients, bound_s, ended))
        if (taken := share.taken()) > MOST_TAKEN:
            for name in crowds:
                context.results.disturb(case, name, taken)
        for name, crowd in crowds.items():
            if crowd.wrong:
                context.results.refuse(case, name, crowd.wrong)
            else:
                context.results.add(case, name, crowd.figures(requests, ended[name] - before[name]))
    finally:
        for server in servers.values():
            context.yard.end(server)


async def all_crowds(context, servers, requests, clients, bound_s, ended):
    async def one(name, server):
        crowd = Crowd()
        await come(context, name, server.port, requests, clients, bound_s, crowd)
        ended[name] = server.cpu()
        return name, crowd
    return dict(await asyncio.gather(*(one(name, server) for name, server in servers.items())))


async def come(context, name, port, requests, clients, bound_s, crowd):
    with open(context.root + fleet.TINY, "rb") as file:
        right = file.read()
    numbers, began = iter(range(requests)), time.monotonic()

    async def client():
        for i in numbers:
            target = f"{fleet.TINY}?n={i}"
            ms = held_ms(target, LEAST_S * 1000, MOST_S * 1000, SEED)
            if name in fleet.APACHES:
                target = f"/held?ms={ms}"
            start = time.monotonic()
            try:
                answer = await ask(port, target)
            except (OSError, asyncio.IncompleteReadError):
                crowd.failed += 1
                continue
            took, crowd.last = time.monotonic() - start, time.monotonic() - began
            crowd.times.append(took)
            crowd.held.append(ms / 1000)
            if not answer.startswith(b"HTTP/1.1 200") or not answer.endswith(right):
                crowd.wrong = f"{target}: {answer[:60]}"
            elif took < ms / 1000 - 0.002:
                crowd.wrong = f"{target}: answered after {took:.3f} s where {ms / 1000} were to pass"

    everyone = asyncio.gather(*(client() for _ in range(clients)))
    try:
        await asyncio.wait_for(everyone, bound_s)
        crowd.took = time.monotonic() - began
    except asyncio.TimeoutError:
        pass


async def ask(port, target):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        if not answer:
            raise asyncio.IncompleteReadError(b"", None)
        return answer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def markdown(results):
    parts = [f"**As claimed, and here**\n\n{claims(results)}"]
    for case, (what, requests, *_) in CASES.items():
        rows = [row(results, case, name, requests) for name in results.servers(case)]
        headings = ["", "total, s", "mean, s", "worked on at a time", "CPU, s", "CPU ms per request", "answered"]
        parts.append(f"**{what}**, 1 to 3 s each\n\n{report.table(headings, rows)}")
    return "\n\n".join(parts)


def claims(results):
    rows = [[how, f"{requests:,}", str(claimed), name, total(medians(results, f"hold {requests}", name)),
             total(medians(results, "hold at once", name)) if requests == 1000 else ""]
            for how, requests, claimed, names in CLAIMS for name in names]
    return report.table(["claimed of", "requests", "claimed, s", "here", "from 32 clients, s", "all at once, s"], rows)


def medians(results, case, name):
    return {metric: results.median(case, name, metric) for metric in results.metrics(case)}


def total(m):
    return f"{'' if m['finished'] else '≈ '}{m['total_s']:,.1f}" if m.get("total_s") else ""


def row(results, case, name, requests):
    m = medians(results, case, name)
    if not m.get("total_s"):
        return [name, "none", "", "", f"{m['cpu_s']:.2f}", "", f"0, {m['failed']} failed"]
    answered = f"{m['answered']:,.0f}" + (f", {m['failed']:,.0f} failed" if m["failed"] else "")
    return [name, total(m), f"{m['mean_s']:.2f}" if m["finished"] else "", f"{m['at_a_time']:.1f}", f"{m['cpu_s']:.2f}",
            f"{m['cpu_ms_each']:.2f}" if m.get("cpu_ms_each") is not None else "", answered]


def draw(results, folder):
    times, cpu = ({series: (case, metric) for series, case in zip(SERIES, CASES)} for metric in ("total_s", "cpu_ms_each"))
    for file, title, source in (("hold.svg", "Seconds until the last answer, requests of 1 to 3 s (log; less is better)", times),
                                ("hold-cpu.svg", "CPU ms per request that only waits (log; less is better)", cpu)):
        rows = [(name, {series: max(value, 0.01) for series, (case, metric) in source.items()
                        if (value := results.median(case, name, metric)) is not None})
                for name in results.servers("hold 100") or results.servers("hold at once")]
        charts.bars(os.path.join(folder, file), title, rows, SERIES, log_y=True)
        yield file, title
