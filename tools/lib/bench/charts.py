"""Charts of the figures, made with gnuplot."""
import os
import subprocess

COLOURS = {"ringlet": "#1f6fb4", "ringlet-epoll": "#86bce8", "floor": "#b0b0b0", "nginx": "#2e8b57", "h2o": "#d9822b",
           "lighttpd": "#8c5fb0", "apache": "#c0392b", "handlers": "#444444"}
# file, title, metric, whose figure is 1
CHARTS = [("cpu", "CPU per request beside the floor's (less is better)", "cpu_us", "floor"),
          ("throughput", "Requests a second beside ringlet's (more is better)", "requests_per_s", "ringlet")]


def write(results, folder):
    """The charts for which there are figures, below `folder`; gives the Markdown that shows them."""
    os.makedirs(folder, exist_ok=True)
    shown = []
    for file, title, metric, basis in CHARTS:
        if rows := relative(results, metric, basis):
            bars(os.path.join(folder, file + ".svg"), title, rows)
            shown.append(f"![{title}]({os.path.basename(folder)}/{file}.svg)")
    return "\n" + "\n\n".join(shown) + "\n" if shown else ""


def relative(results, metric, basis):
    """(case, {server: how many times the basis}) of every case in which the basis was measured."""
    rows = []
    for case in results.cases:
        one = results.median(case, basis, metric)
        values = {server: results.median(case, server, metric) for server in results.servers(case)}
        values = {server: value / one for server, value in values.items() if one and value}
        if len(values) > 2:  # else it is no comparison of servers
            rows.append((case, values))
    return rows


def bars(path, title, rows, colours=COLOURS, log_y=False):
    """A group of bars for each row. Where a server has no figure, its place is empty."""
    servers = [server for server in colours if any(server in values for _, values in rows)]
    data = "\n".join(" ".join([f'"{case}"', *(f"{values.get(server, 'NaN')}" for server in servers)]) for case, values in rows)
    plots = ", ".join(f'$data using {i}:xtic(1) title "{server}" linecolor rgb "{colours[server]}"'
                      for i, server in enumerate(servers, 2))
    gnuplot(path, f"""set title "{title}"
set style data histogram
set style histogram clustered gap 1.5
set style fill solid
set boxwidth 0.95
{'set logscale y' if log_y else 'set yrange [0:*<6]'}
set xtics rotate by -25
set key outside bottom center horizontal
set grid ytics
$data << EOD
{data}
EOD
plot {plots}
""", max(720, 160 + 90 * len(rows)))


def panels(path, title, xlabel, parts, log_y, colours=COLOURS, height=420):
    """Beside one another; `parts`: (what y is, {server: [(x, y)]})."""
    script = []
    for part, (_, series) in enumerate(parts):  # none of this is allowed once there are several plots
        for i, points in enumerate(series.values()):
            script += [f"$d{part}_{i} << EOD", *(f"{x} {y:.6g}" for x, y in points), "EOD"]
    script += ['set logscale x 2', f'set format x "{"%.0b%B" if xlabel == "bytes" else "%.0s%c"}"', f'set xlabel "{xlabel}"',
               "set key below", "set grid",
               *(["set logscale y", 'set format y "%.0s%c"'] if log_y else ["set yrange [0:*]"]),
               f'set multiplot layout 1,{len(parts)} title "{title}"']
    for part, (ylabel, series) in enumerate(parts):
        plots = ", ".join(f'$d{part}_{i} using 1:2 with linespoints pointtype 7 pointsize 0.6 linewidth 2 '
                          f'linecolor rgb "{colours[server]}" title "{server}"' for i, server in enumerate(series))
        script += [f'set title "{ylabel}"', f"plot {plots}"]
    gnuplot(path, "\n".join(script + ["unset multiplot", ""]), 960, height)


def gnuplot(path, script, width, height=420):
    head = f"""set terminal svg size {width},{height} font "sans-serif,12" background "white" noenhanced
set encoding utf8
set output "{path}"
"""
    subprocess.run(["gnuplot"], input=head + script, text=True, check=True)
