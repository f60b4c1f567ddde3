"""A connection for each request, and connections that are kept: what each costs."""
import os

from bench import charts, report, wire, wrk
from bench.process import DidNotStart
from models import fleet

name = "connections"
CONNECTIONS = 64
CASES = {"connections close": {"Connection": "close"}, "connections keep": {}}
SERIES = {"a connection for each request": "#c0392b", "kept": "#1f6fb4"}


def run(context):
    scripts = {case: wrk.script(context.path(case.replace(" ", "-") + ".lua"), [fleet.SMALL], fields)
               for case, fields in CASES.items()}
    for number in range(context.rounds):
        for name in context.names:
            context.progress(f"connections: round {number + 1} of {context.rounds}, {name}")
            try:
                with fleet.Started(context, name, [fleet.SMALL]) as server:
                    for case, script in scripts.items():
                        if case == "connections close" or name not in fleet.CLOSING:
                            # Errors are counted, no more: Apache's event closes kept connections when it is busy.
                            figures = context.undisturbed(case, name, lambda: wrk.run(server, script, CONNECTIONS, context.seconds))
                            context.results.add(case, name, figures)
            except (wire.BadAnswer, wrk.Failed, DidNotStart, OSError) as e:
                for case in CASES:
                    context.results.refuse(case, name, str(e))


def markdown(results):
    columns = (("requests_per_s", "{:,.0f}", 1, True), ("cpu_us", "{:.1f}", 1, True), ("p99_us", "{:.1f}", 1e-3, False),
               ("errors", "{:,.0f}", 1, False))
    rows = [[name] + [report.text(results.values(case, name, metric), factor, form, with_range)
                      for case in CASES for metric, form, factor, with_range in columns]
            for name in results.servers("connections close")]
    return report.table(["", *(f"{how}: {what}" for how in ("close", "kept") for what in
                               ("requests/s", "CPU µs per request", "p99, ms", "errors"))], rows)


def draw(results, folder):
    title = f"CPU µs per request of 1 KiB, {CONNECTIONS} clients (log; less is better)"
    rows = [(name, {series: value for series, case in zip(SERIES, CASES) if (value := results.median(case, name, "cpu_us"))})
            for name in results.servers("connections close")]
    charts.bars(os.path.join(folder, "connections.svg"), title, rows, SERIES, log_y=True)
    yield "connections.svg", title
