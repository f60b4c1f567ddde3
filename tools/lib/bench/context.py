"""What all cases share: the servers that run, the folders, the options, the results."""
import contextlib
import os
import resource
import sys
import tempfile
import time

from bench import h2load, machine, wire, wrk
from bench.process import LOAD_CORES, DidNotStart
from bench.servers import NAMES, Yard

FAILURES = (wire.BadAnswer, wrk.Failed, h2load.Failed, DidNotStart, OSError)
MOST_TAKEN = 0.05  # of a core, by the host, in a round
TRIES, PAUSE_S, PATIENCE_S = 3, 5, 300  # for a round, between two, and for all rounds of a run


class Context:
    def __init__(self, options, yard, work, results):
        self.rounds, self.seconds, self.names = options.rounds, options.seconds, options.servers or NAMES
        self.yard, self.work, self.root, self.results = yard, work, yard.root, results
        self.running = {}
        self.began, self.patience_s = time.monotonic(), PATIENCE_S

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

    def interleave(self, case, measures, most=None):
        """Rounds that go from server to server, and back; `measures` has what gives the figures of a round of so many seconds.
        `most`: of rounds, where one takes long."""
        rounds = min(self.rounds, most or self.rounds)
        for number in range(rounds):
            for name, measure in list(measures.items())[::-1 if number % 2 else 1]:
                if self.results.is_refused(case, name):
                    continue
                self.progress(f"{case}: round {number + 1} of {rounds}, {name}")
                try:
                    self.results.add(case, name, self.undisturbed(case, name, lambda: measure(self.seconds)))
                except FAILURES as e:
                    self.results.refuse(case, name, str(e))

    def undisturbed(self, case, name, measure):
        """What `measure` gives; of a round in which the cores were ours, as long as there is patience to wait for one."""
        for left in reversed(range(TRIES)):
            share, failed = machine.Share(), None
            try:
                figures = measure()
            except FAILURES as e:
                failed = e
            if (taken := share.taken()) > MOST_TAKEN and left and self.patience_s > 0:
                self.progress(f"{case}: the host had {taken:.0%} of a core: {name} once more")
                time.sleep(PAUSE_S)
                self.patience_s -= share.seconds()
                continue
            if failed:
                raise failed
            if taken > MOST_TAKEN:
                self.results.disturb(case, name, taken)
            return figures

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
