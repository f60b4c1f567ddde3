"""Clients whose requests keep the processor busy, and what becomes of an ordinary one beside them."""
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from bench import charts, report, wire
from bench.process import DidNotStart
from models import fleet

name = "compute"
EACH_MS, CLIENTS, PROBES_MOST = 50, 4, 400
ROWS = ["alone", "beside"]
SERIES = {"alone": "#9ecae1", "beside four that compute": "#c0392b"}


def run(context):
    for name in [name for name in context.names if name not in fleet.APACHES]:  # which have nothing that computes
        context.progress(f"compute: {name}")
        try:
            with fleet.Started(context, name, [fleet.TINY], compute_ms=EACH_MS) as server:
                figures = context.undisturbed("compute", name, lambda: beside(server, context.seconds))
                context.results.add("compute", name, figures)
        except (wire.BadAnswer, DidNotStart, OSError) as e:
            context.results.refuse("compute", name, str(e))


def beside(server, seconds):
    figures = ordinary(server.port, seconds / 2, "alone")
    ending = threading.Event()

    def ask_on():
        count = 0
        while not ending.is_set():
            fleet.ask(server.port, fleet.TINY + "?compute")
            count += 1
        return count

    before, began = server.cpu(), time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        counts = [clients.submit(ask_on) for _ in range(CLIENTS)]
        try:
            figures |= ordinary(server.port, seconds * 2, "beside")
        finally:
            ending.set()
    elapsed, cpu_s = time.monotonic() - began, server.cpu() - before
    return figures | {"computed_per_s": sum(count.result() for count in counts) / elapsed, "busy": cpu_s / elapsed * 100}


def ordinary(port, seconds, when):
    times, until = [], time.monotonic() + seconds
    while time.monotonic() < until and len(times) < PROBES_MOST:
        times.append(fleet.ask(port, fleet.TINY))
        time.sleep(0.002)
    times.sort()
    return {f"{when}_mean_ms": sum(times) / len(times) * 1e3, f"{when}_p99_ms": times[int(len(times) * 0.99)] * 1e3,
            f"{when}_asked": len(times)}


def markdown(results):
    columns = {"alone_mean_ms": ("alone: mean, ms", "{:.2f}"), "alone_p99_ms": ("alone: p99, ms", "{:.2f}"),
               "beside_mean_ms": ("beside: mean, ms", "{:,.1f}"), "beside_p99_ms": ("beside: p99, ms", "{:,.1f}"),
               "beside_asked": ("ordinary requests beside", "{:,.0f}"), "computed_per_s": ("computing requests/s", "{:.1f}"),
               "busy": ("server's core busy, %", "{:.0f}")}
    rows = [[name, *(form.format(results.median("compute", name, metric)) for metric, (_, form) in columns.items())]
            for name in results.servers("compute")]
    return report.table(["", *(heading for heading, _ in columns.values())], rows)


def draw(results, folder):
    title = f"An ordinary request beside {CLIENTS} that compute {EACH_MS} ms each, mean in ms (log; less is better)"
    rows = [(name, dict(zip(SERIES, (results.median("compute", name, f"{when}_mean_ms") for when in ROWS))))
            for name in results.servers("compute")]
    charts.bars(os.path.join(folder, "compute.svg"), title, rows, SERIES, log_y=True)
    yield "compute.svg", title
