"""ab, as in the tutorials: many connections at once, a request each."""
import os
import re
import subprocess

from bench import charts, report, wire
from bench.process import LOAD_CORES, DidNotStart
from models import fleet

name = "ab"
AT_ONCE, BOUND_S = 500, 30
# case: (what, target, requests)
CASES = {"ab tiny 500": ("14 bytes, `ab -n 500 -c 500`", fleet.TINY, 500),
         "ab tiny 10000": ("14 bytes, `ab -n 10000 -c 500`", fleet.TINY, 10_000),
         "ab page 500": ("51 KiB, `ab -n 500 -c 500`", fleet.PAGE, 500),
         "ab page 10000": ("51 KiB, `ab -n 10000 -c 500`", fleet.PAGE, 10_000)}
FORMS = {"requests_per_s": "{:,.0f}", "cpu_us": "{:.1f}", "p99_ms": "{:,.0f}", "longest_ms": "{:,.0f}", "failed": "{:,.0f}"}
SERIES = {"14 bytes": "#4292c6", "51 KiB": "#08519c"}
SAID = {"requests_per_s": r"Requests per second:\s+([\d.]+)", "complete": r"Complete requests:\s+(\d+)",
        "failed": r"Failed requests:\s+(\d+)", "total_s": r"Time taken for tests:\s+([\d.]+)",
        "p99_ms": r"\n\s+99%\s+(\d+)", "longest_ms": r"\n\s+100%\s+(\d+)"}


def run(context):
    for number in range(context.rounds):
        for name in context.names:
            if any(context.results.is_refused(case, name) for case in CASES):
                continue
            try:
                with fleet.Started(context, name, [fleet.TINY, fleet.PAGE]) as server:
                    for case, (_, target, requests) in CASES.items():
                        context.progress(f"{case}: round {number + 1} of {context.rounds}, {name}")
                        one(context, case, name, server, target, requests)
            except (wire.BadAnswer, DidNotStart, OSError) as e:
                for case in CASES:
                    context.results.refuse(case, name, str(e))


def one(context, case, name, server, target, requests):
    try:
        context.results.add(case, name, context.undisturbed(case, name, lambda: measure(server, target, requests)))
    except wire.BadAnswer as e:
        context.results.refuse(case, name, str(e))


def measure(server, target, requests):
    before = server.cpu()
    command = ["taskset", "-c", LOAD_CORES, "ab", "-q", "-r", "-n", str(requests), "-c", str(AT_ONCE),
               f"http://127.0.0.1:{server.port}{target}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BOUND_S)
    except subprocess.TimeoutExpired:
        raise wire.BadAnswer(f"not done in {BOUND_S} s")
    found = {metric: re.search(pattern, done.stdout) for metric, pattern in SAID.items()}
    if not all(found.values()):
        raise wire.BadAnswer(f"ab: {(done.stderr.strip() or done.stdout.strip())[-200:]}")
    figures = {metric: float(match.group(1)) for metric, match in found.items()}
    return figures | {"cpu_us": (server.cpu() - before) / requests * 1e6}


def markdown(results):
    parts = []
    for case, (what, *_) in CASES.items():
        rows = [[name] + [report.text(results.values(case, name, metric), 1, form, metric in ("requests_per_s", "cpu_us"))
                          for metric, form in FORMS.items()] for name in results.servers(case)]
        headings = ["", "requests/s", "server's CPU µs per request", "99 % within, ms", "slowest, ms", "failed"]
        parts.append(f"**{what}**\n\n" + report.table(headings, rows))
    return "\n\n".join(parts)


def draw(results, folder):
    title = "Server's CPU µs per request, ab -n 10000 -c 500 (log; less is better)"
    rows = [(name, {series: results.median(case, name, "cpu_us") or 0
                    for series, case in zip(SERIES, ("ab tiny 10000", "ab page 10000"))})
            for name in results.servers("ab tiny 10000")]
    charts.bars(os.path.join(folder, "ab.svg"), title, rows, SERIES, log_y=True)
    yield "ab.svg", title
