"""1 to 8 192 connections: what becomes of rate, waiting, memory, processes and threads."""
import errno
import os
import statistics

from bench import charts, report, wire, wrk
from bench.process import DidNotStart, processes
from models import fleet

name = "sweep"
POINTS = [1, 16, 128, 1000, 8192]
THREADS = 17  # where the fields of stat behind the name have them
PATIENCE_S = 2  # with a server that has no place for a connection
BATCH, ONE_MORE = 128, 30
METRICS = {"requests_per_s": ("requests/s", 1, "{:,.0f}"), "p99_us": ("p99, ms", 1e-3, "{:,.1f}"),
           "kept": ("connections open at a time, and answered where they are kept", 1, "{:,.0f}"),
           "one_more_us": ("one more client beside so many idle ones, ms", 1e-3, "{:,.2f}"),
           "pss": ("memory with so many open, MiB", 2 ** -20, "{:,.1f}"), "processes": ("processes then", 1, "{:,.0f}"),
           "threads": ("threads then, in all processes", 1, "{:,.0f}")}


def run(context):
    script = wrk.script(context.path("sweep.lua"), [fleet.SMALL], {})
    for name in context.names:
        for n in POINTS:
            context.progress(f"sweep: {name}, {n} connections")
            try:
                figures = context.undisturbed(f"sweep {n}", name, lambda: point(context, name, n, script))
                context.results.add(f"sweep {n}", name, figures)
            except (wire.BadAnswer, wrk.Failed, DidNotStart, OSError) as e:
                context.results.skip(f"sweep {n}", f"{name} fell: {e}")
                break


def point(context, name, n, script):
    with fleet.Started(context, name, [fleet.SMALL]) as server:
        figures = wrk.run(server, script, n, context.seconds)
    with fleet.Started(context, name) as server:
        return figures | crowded(server, n, name in fleet.CLOSING)


def crowded(server, n, closing):
    """What the server is while so many connections are open, each of which has been answered, and how long one more takes beside
    them. Those of models that close them behind an answer have asked for nothing yet."""
    clients, figures = [], {}
    try:
        kept = fill(server, clients, n, closing)
        counts = [int(fields[THREADS]) for _, fields in processes() if int(fields[3]) == server.process.pid]
        figures |= {"processes": len(counts), "threads": sum(counts), "pss": server.pss()}
        figures["kept"] = kept
        if kept == n and not closing:
            figures["one_more_us"] = statistics.median(fleet.ask(server.port, fleet.SMALL) for _ in range(ONE_MORE)) * 1e6
    finally:
        for client in clients:
            client.socket.close()
    return figures


def fill(server, clients, n, closing):
    """Opens the connections, and gives how many were answered, up to the first that was not."""
    kept = 0
    try:
        while len(clients) < n:
            begun = len(clients)
            for _ in range(min(BATCH, n - begun)):
                clients.append(wire.Client(server.port, patience_s=PATIENCE_S))
            if closing:
                kept = len(clients)
                continue
            for client in clients[begun:]:
                client.socket.sendall(wire.request(fleet.SMALL))
            for client in clients[begun:]:
                if client.answer().status != 200:
                    return kept
                client.buffer = None
                kept += 1
    except (OSError, wire.BadAnswer) as e:
        if getattr(e, "errno", None) == errno.EMFILE:
            raise  # the lack is ours
    return len(clients) if closing else kept


def markdown(results):
    parts = []
    for metric, (heading, factor, form) in METRICS.items():
        rows = []
        for name in fleet.NAMES:
            values = [figure(results, name, n, metric) for n in POINTS]
            if any(value is not None for value in values):
                rows.append([name, *("" if v is None else form.format(v * factor) for v in values)])
        parts.append(f"**{heading}**\n\n{report.table(['connections', *(f'{n:,}' for n in POINTS)], rows)}")
    return "\n\n".join([*parts, "**How they fall**\n\n" + falls(results)])


def figure(results, name, n, metric):
    """Memory only where the server had so many connections of its own, and not in its queue."""
    its_own = results.median(f"sweep {n}", name, "kept") == n and (n == 1 or name not in fleet.CLOSING)
    return results.median(f"sweep {n}", name, metric) if metric != "pss" or its_own else None


def falls(results):
    """What went wrong at each point, as the client has seen it."""
    lines = []
    for name in fleet.NAMES:
        for n in POINTS:
            errors = results.median(f"sweep {n}", name, "errors")
            kept = results.median(f"sweep {n}", name, "kept")
            if kept is not None and kept < n:
                has = "has a queue for" if name in fleet.CLOSING else "keeps"
                lines.append(f"- {name} at {n:,} connections: it {has} {kept:,.0f}, and serves no more")
            if errors:
                requests = results.median(f"sweep {n}", name, "requests")
                lines.append(f"- {name} at {n:,} connections: {errors:,.0f} errors beside {requests:,.0f} answers")
    lines += [f"- {s['why']}, at {s['case'].split(' ')[1]} connections" for s in results.skipped if s["case"].startswith("sweep ")]
    return "\n".join(lines) or "None did."


def draw(results, folder):
    def series(metric, factor):
        names = [name for name in fleet.NAMES if results.values(f"sweep {POINTS[0]}", name, metric)]
        return {name: [(n, max(v * factor, 1e-3)) for n in POINTS if (v := figure(results, name, n, metric)) is not None]
                for name in names}
    for file, title, metrics in (("sweep.svg", "1 KiB over so many connections", ["requests_per_s", "p99_us"]),
                                 ("sweep-size.svg", "The server with so many open", ["pss", "one_more_us"])):
        parts = [(METRICS[metric][0], series(metric, METRICS[metric][1])) for metric in metrics]
        charts.panels(os.path.join(folder, file), title, "connections", parts, True, fleet.COLOURS, 560)
        yield file, title
