"""What is compared: the models, and Apache's."""
import os
import subprocess
import tempfile
import time

from bench import servers, wire
from bench.process import Server, free_port
from bench.servers import BUILD, ROOT
from models import apaches

COLOURS = {  # related models have related colours
    "iterative": "#000000", "fork": "#8b5a2b", "prefork": "#d2a679", "threads": "#c0392b", "pool": "#e8998d",
    "green": "#2e8b57", "polling": "#b8b800", "generator": "#e0c040", "select": "#8c5fb0", "poll": "#c39bd3",
    "epoll-lt": "#16a085", "epoll-et": "#48d1cc", "ringlet": "#1f6fb4",
    "apache-prefork": "#666666", "apache-worker": "#999999", "apache-event": "#cccccc",
}
APACHES = [name for name in COLOURS if name.startswith("apache-")]
NAMES = list(COLOURS)
CLOSING = {"iterative", "prefork", "pool", "generator"}  # behind each answer
BUSY = {"polling", "generator"}  # a core for each, with or without anything to do
PACKAGES = ["wrk", "apache2-bin", "apache2-utils", "gnuplot-nox"]
TINY, SMALL, PAGE, LARGE = "/tiny.html", "/1k.bin", "/page.html", "/large.bin"
BYTES = {TINY: 14, SMALL: 1024, PAGE: 51 << 10, LARGE: 5 << 20}


def prepare():
    subprocess.run(["bash", "-c", 'source tools/lib/setup.sh; setup "${build_packages[@]}"; setup_context'], cwd=ROOT, check=True)
    if os.path.exists(os.path.join(BUILD, "build.ninja")):  # it may be from before there was Boost.Context
        subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    servers.prepare(PACKAGES, ["ringlet-models"])


def write_files(root):
    for target, size in BYTES.items():
        with open(root + target, "wb") as file:
            file.write(os.urandom(size))


def start(context, name, hold=None, compute_ms=0, backlog=4096, patience_s=60):
    """`hold`: (least, most, seed), in seconds."""
    port = free_port()
    if name in APACHES:
        work = tempfile.mkdtemp(dir=context.work)
        os.chmod(work, 0o755)
        command = apaches.command(name.split("-")[1], context.root, port, work, backlog, patience_s)
    else:
        command = [os.path.join(BUILD, "models/ringlet-models"), "--model", name, context.root, "--port", str(port),
                   "--backlog", str(backlog), "--patience-s", str(patience_s),
                   "--compute", str(compute_ms), *(["--hold", *map(str, hold)] if hold else [])]
    return context.yard.started(Server(name, command, port))


def check(context, server, targets):
    """Raises wire.BadAnswer where an answer is not the file."""
    for target in targets:
        with wire.Client(server.port) as client:
            client.socket.sendall(wire.request(target, {"Connection": "close"}))
            answer = client.answer()
        with open(context.root + target, "rb") as file:
            if answer.status != 200 or answer.body != file.read():
                raise wire.BadAnswer(f"{target}: status {answer.status}, {len(answer.body)} bytes")


def ask(port, target, patience_s=30):
    """One request, over a connection of its own. Gives the seconds until all of the answer is there."""
    began = time.monotonic()
    with wire.Client(port, patience_s=patience_s) as client:
        client.socket.sendall(wire.request(target, {"Connection": "close"}))
        status = client.answer().status
    if status != 200:
        raise wire.BadAnswer(f"{target}: status {status}")
    return time.monotonic() - began


class Started:
    """with Started(context, "poll") as server: ..."""

    def __init__(self, context, name, targets=(), **how):
        self.context, self.name, self.targets, self.how = context, name, targets, how

    def __enter__(self):
        self.server = start(self.context, self.name, **self.how)
        try:
            check(self.context, self.server, self.targets)
        except BaseException:
            self.context.yard.end(self.server)
            raise
        return self.server

    def __exit__(self, *_):
        self.context.yard.end(self.server)
