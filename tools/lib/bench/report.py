"""The tables, in Markdown."""
import os
import statistics

from bench.wanted import BEST_PEER

WITH_RANGE = ["cpu_us", "p999_us"]
BRACKETS = (" In brackets are the least and the most of them: less than that difference says nothing. idle has three rounds at most, "
            "start five times as many.")
# metric: (heading, factor, format); what is not here is not shown.
COLUMNS = {
    "requests_per_s": ("requests/s", 1, "{:,.0f}"),
    "mb_per_s": ("MB/s", 1, "{:,.0f}"),
    "cpu_us": ("CPU µs per request", 1, "{:,.2f}"),
    "user_us": ("of it in user space", 1, "{:,.2f}"),
    "cpu_us_per_mib": ("CPU µs per MiB", 1, "{:,.1f}"),
    "cpu_share": ("core busy, %", 100, "{:.0f}"),
    "p50_us": ("p50, ms", 1e-3, "{:.2f}"),
    "p99_us": ("p99, ms", 1e-3, "{:.2f}"),
    "p999_us": ("p99.9, ms", 1e-3, "{:.2f}"),
    "pss": ("memory after, MiB", 2 ** -20, "{:.1f}"),
    "pss_per_connection": ("bytes per connection, all in all", 1, "{:,.0f}"),
    "growth_per_connection": ("bytes more per connection", 1, "{:,.0f}"),
    "cpu_in_5s_ms": ("CPU in 5 s, ms", 1, "{:.0f}"),
    "p99_alone_us": ("p99 alone, ms", 1e-3, "{:.2f}"),
    "growth": ("p99 beside p99 alone", 1, "{:.2f}"),
    "streamed_mb_per_s": ("streamed, MB/s", 1, "{:,.0f}"),
    "uneven_percent": ("farthest from even, %", 1, "{:.1f}"),
    "cpu_one_us": ("with one worker, CPU µs per request", 1, "{:.2f}"),
    "cpu_ratio": ("CPU beside one worker's", 1, "{:.2f}"),
    "start_ms": ("ms to the first byte", 1, "{:.1f}"),
}


def markdown(results, cases):
    """`cases` tells what each is, and what is wanted in it."""
    parts = [preface(results) + BRACKETS, verdicts(results, cases)]
    parts += [f"### {name}: {cases[name].what}\n\n{figures(results, name)}" for name in results.cases]
    return "\n\n".join(part for part in [*parts, exceptions(results)] if part) + "\n"


def preface(results):
    about = results.about
    return (f"{about['day']}, {about['machine']}. Measured with `{about['command']}`: the server on core 0, the load on core 1, "
            f"medians of {about['rounds']} rounds of {about['seconds']} s each, which go from server to server.")


def exceptions(results):
    return "\n".join([*results.troubles(), *(f"- skipped: {s['case']}: {s['why']}" for s in results.skipped)])


def verdicts(results, cases):
    rows = []
    for name in results.cases:
        for wanted in cases[name].wanted:
            ratio, kernel = wanted.ratio(results, name), wanted.ratio_in_kernel(results, name)
            said = "not measured" if ratio is None else "met" if wanted.met(ratio) else "**missed**"
            whom = wanted.other(results, name) if wanted.against == BEST_PEER else None
            measured = "" if ratio is None else f"{ratio:.2f} × {whom}" if whom else f"{ratio:.2f}"
            rows.append([name, wanted.text(), measured, "" if kernel is None else f"{kernel:.2f}", said])
    return table(["case", "wanted", "measured", "the kernel's part", ""], rows)


def figures(results, case):
    metrics = [m for m in COLUMNS if m in results.metrics(case)]
    rows = []
    for server in results.servers(case):
        rows.append([server, *(cell(results, case, server, metric) for metric in metrics)])
    return table(["server", *[COLUMNS[m][0] for m in metrics]], rows)


def cell(results, case, server, metric):
    """The median, and of what shows how quiet the machine was the least and the most."""
    _, factor, form = COLUMNS[metric]
    return text(results.values(case, server, metric), factor, form, metric in WITH_RANGE)


def text(values, factor, form, with_range):
    if not values:
        return ""
    median, least, most = (form.format(v * factor) for v in (statistics.median(values), min(values), max(values)))
    return f"{median} ({least} to {most})" if with_range and least != most else median


def table(headings, rows):
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(path, text, mark="figures"):
    """Between two marks of the page, which are added where they are not."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    page = "# Performance\n"
    if os.path.exists(path):
        with open(path) as file:
            page = file.read()
    if begin not in page:
        page += f"\n{begin}\n{end}\n"
    before, rest = page.split(begin, 1)
    after = rest.split(end, 1)[1]
    with open(path, "w") as file:
        file.write(f"{before}{begin}\n\n{text}\n{end}{after}")
