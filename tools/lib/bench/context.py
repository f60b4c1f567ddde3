"""What all cases share: the servers that run, the folders, the options, the results."""
import contextlib
import os
import resource
import sys
import tempfile
import time

from bench import h2load, wire, wrk
from bench.process import LOAD_CORES, DidNotStart
from bench.servers import NAMES, Yard


class Context:
    def __init__(self, options, yard, work, results):
        self.rounds, self.seconds, self.names = options.rounds, options.seconds, options.servers or NAMES
        self.yard, self.work, self.root, self.results = yard, work, yard.root, results
        self.running = {}
        self.began = time.monotonic()

    def server(self, name):
        """The one that all cases share. It is stopped while others are measured."""
        if name not in self.running:
            self.running[name] = self.yard.start(name)
        return self.running[name]

    def reference(self):
        """Whose answers the floor gives."""
        return self.server("ringlet")

    def pause_all(self):
        for server in self.running.values():
            server.pause()

    def end_all(self):
        for server in self.running.values():
            self.yard.end(server)
        self.running.clear()

    def interleave(self, case, measures):
        """Rounds that go from server to server, and back; `measures` has what gives the figures of a round of so many seconds."""
        for number in range(self.rounds):
            for name, measure in list(measures.items())[::-1 if number % 2 else 1]:
                if self.results.is_refused(case, name):
                    continue
                self.progress(f"{case}: round {number + 1} of {self.rounds}, {name}")
                try:
                    self.results.add(case, name, measure(self.seconds))
                except (wire.BadAnswer, wrk.Failed, h2load.Failed, DidNotStart, OSError) as e:
                    self.results.refuse(case, name, str(e))

    def progress(self, text):
        print(f"[{time.monotonic() - self.began:6.0f} s] {text}", file=sys.stderr, flush=True)

    def path(self, name):
        return os.path.join(self.work, name)


@contextlib.contextmanager
def place(options, results):
    """Folders, and servers that none is left of afterwards."""
    if len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("two cores are needed: one for the server, one for the load")
    os.sched_setaffinity(0, {int(LOAD_CORES)})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 1 << 20),) * 2)
    with tempfile.TemporaryDirectory(prefix="ringlet-bench-") as work:
        os.chmod(work, 0o755)  # some servers run as another user
        root = os.path.join(work, "public")
        os.mkdir(root)
        with Yard(root, work) as yard:
            context = Context(options, yard, work, results)
            context.progress("writing the files")
            yield context
