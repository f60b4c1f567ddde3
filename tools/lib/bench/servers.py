"""The servers that are compared, each by a name that options and tables use."""
import os
import signal
import subprocess
import tempfile

from bench.peers import DESCRIPTORS, PEERS
from bench.process import Server, adopt_orphans, free_port

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../.."))
BUILD = os.path.join(ROOT, "build/release")
OURS = {"ringlet": "uring", "ringlet-epoll": "epoll"}
NAMES = [*OURS, "floor", *PEERS]
PACKAGES = ["wrk", "nginx", "libnginx-mod-http-brotli-static", "h2o", "lighttpd", "apache2-bin", "nghttp2-client", "gnuplot-nox"]
TARGETS = ["ringlet_program", "bench_floor", "bench_handlers"]
# What a peer allows without end; connections of the load all come from a few addresses.
LIMITS = {"--requests-per-connection": 100_000_000, "--connections": DESCRIPTORS - 1000,
          "--connections-per-client": DESCRIPTORS - 1000, "--idle-timeout-s": 600}


def prepare(packages=PACKAGES, targets=TARGETS):
    """Installs and builds what is missing. Debian's nginx and Apache are where only root looks."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    install = 'source tools/lib/setup.sh; setup "${build_packages[@]}" ' + " ".join(packages)
    subprocess.run(["bash", "-c", install], cwd=ROOT, check=True)
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        subprocess.run(["cmake", "--preset", "release", "-DRINGLET_WERROR=ON"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "--preset", "release", "--target", *targets], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)


def ringlet_command(root, port, workers, backend):
    limits = [str(word) for pair in LIMITS.items() for word in pair]
    return [os.path.join(BUILD, "src/cli/ringlet"), root, "--listen", f"127.0.0.1:{port}", "--workers", str(workers),
            "--backend", backend, "--log-level", "error", *limits]


class Yard:
    """Starts servers, each with a folder of its own, and leaves none of them behind."""

    def __init__(self, root, work):
        self.root, self.work, self.running = root, work, []

    def __enter__(self):
        adopt_orphans()
        return self

    def __exit__(self, *_):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # from here on there is nothing to be interrupted
        for server in list(self.running):
            self.end(server)

    def start(self, name, workers=1, root=None, **how):
        port, root = free_port(), root or self.root
        if name in OURS:
            command = ringlet_command(root, port, workers, OURS[name])
        else:
            folder = tempfile.mkdtemp(dir=self.work)
            os.chmod(folder, 0o755)
            command = PEERS[name](root, port, folder, workers)
        return self.started(Server(name, command, port, **how))

    def start_floor(self, answers, closes=False, port=None, **how):
        port = port or free_port()
        command = [os.path.join(BUILD, "bench/floor"), str(port), answers, *(["--close"] if closes else [])]
        return self.started(Server("floor", command, port, **how))

    def start_bare(self, program, *arguments):
        port = free_port()
        return self.started(Server(program, [os.path.join(BUILD, "bench", program), str(port), *arguments], port))

    def start_handlers(self, backend):
        port = free_port()
        command = [os.path.join(BUILD, "bench/handlers"), self.root, "100", str(port)]
        return self.started(Server("handlers", command, port, {"RINGLET_BACKEND": backend}))

    def started(self, server):
        self.running.append(server)
        return server

    def end(self, server):
        server.end()
        self.running.remove(server)
