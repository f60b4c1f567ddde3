"""Clients that begin a request and do not go on, and what becomes of an ordinary one beside them."""
import os
import time

from bench import charts, report, wire
from bench.process import DidNotStart
from models import fleet

name = "slow"
SETTINGS = {0: "#9ecae1", 1: "#d9822b", 200: "#c0392b"}
PROBE_BOUND_S, PROBES_MOST = 0.5, 400


def run(context):
    for name in context.names:
        for n in SETTINGS:
            context.progress(f"slow: {name} with {n} slow clients")
            try:
                with fleet.Started(context, name, [fleet.TINY]) as server:
                    figures = context.undisturbed(f"slow {n}", name, lambda: beside(server, n, context.seconds))
                    context.results.add(f"slow {n}", name, figures)
            except (wire.BadAnswer, DidNotStart, OSError) as e:
                context.results.refuse(f"slow {n}", name, str(e))


def beside(server, n, seconds):
    slow = []
    try:
        for _ in range(n):
            slow.append(wire.Client(server.port))
            slow[-1].socket.sendall(b"GET /tiny.html HTTP/1.1\r\nHost: lo")
        time.sleep(0.1)  # until the server has got to them
        times, until = [], time.monotonic() + seconds
        while time.monotonic() < until and len(times) < PROBES_MOST:
            times.append(probe(server.port))
            time.sleep(0.002)
    finally:
        for client in slow:
            client.socket.close()
    answered = sorted(t for t in times if t is not None)
    figures = {"asked": len(times), "answered": len(answered), "share": len(answered) / len(times) * 100}
    if answered:
        figures |= {"p50_ms": answered[len(answered) // 2] * 1e3, "p99_ms": answered[int(len(answered) * 0.99)] * 1e3}
    return figures


def probe(port):
    """Seconds until the answer; None when there is none in time, or only that there is no place."""
    try:
        return fleet.ask(port, fleet.TINY, PROBE_BOUND_S)
    except (OSError, wire.BadAnswer):
        return None


def markdown(results):
    rows = []
    for name in results.servers("slow 0"):
        cells = []
        for n in SETTINGS:
            answered, asked, *times = (results.median(f"slow {n}", name, metric)
                                       for metric in ("answered", "asked", "p50_ms", "p99_ms"))
            cells += [f"{answered:.0f} of {asked:.0f}", *("" if v is None else f"{v:.2f}" for v in times)]
        rows.append([name, *cells])
    return report.table(["", *(f"{n} slow: {what}" for n in SETTINGS for what in ("answered", "p50, ms", "p99, ms"))], rows)


def draw(results, folder):
    title = f"Answered within {PROBE_BOUND_S} s beside so many slow clients, % (more is better)"
    rows = [(name, {str(n): results.median(f"slow {n}", name, "share") or 0 for n in SETTINGS})
            for name in results.servers("slow 0")]
    charts.bars(os.path.join(folder, "slow.svg"), title, rows, {str(n): colour for n, colour in SETTINGS.items()})
    yield "slow.svg", title
