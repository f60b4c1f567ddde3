"""What goes wrong while the load goes on: in every round the same, one after the other."""
import contextlib
import signal
import time

from wire import Connection, Lost, request

GRACE_S = 3  # after a fault is over, for those whom it has kept waiting


@contextlib.contextmanager
def excused(world, most_s=60):
    """Meanwhile clients may be turned away; those who have been served over a connection may not be."""
    world.excused_until.value = time.monotonic() + most_s
    try:
        yield
    finally:
        world.excused_until.value = time.monotonic() + GRACE_S


def hold(world, sources, each):
    """Many connections at once, each with one request: the status of every answer, None where there was none."""
    held, told = [], []
    try:
        for source in sources:
            for _ in range(each):
                with contextlib.suppress(Lost):
                    held.append(Connection(world.port, source))
        for c in held:
            c.offer(request("/small.txt"))
        for c in held:
            try:
                told.append(c.answer().status)
            except Lost:
                told.append(None)
    finally:
        for c in held:
            c.socket.close()
    return told


class Faults:
    def __init__(self, world, server, stopped):
        self.world, self.server, self.stopped = world, server, stopped

    def rotate_log(self):
        if not self.server.rotate_log():
            self.world.fail("SIGHUP", "no new access log")
        self.world.count("SIGHUP")

    def burst_of_one(self, each=350, most=250):
        """One client opens more connections than it may have: these are served, the others told 429, nobody else hurt."""
        told = hold(self.world, ["127.0.0.2"], each)
        if told.count(200) != most or told.count(429) != each - most:
            self.world.fail("burst of one client", f"{told.count(200)} served, {told.count(429)} told 429 of {each}")
        self.world.count("bursts")

    def burst_of_all(self, each=200, most=600):
        """More connections than the server takes: whoever comes then may be turned away."""
        with excused(self.world):
            told = hold(self.world, [f"127.0.0.{i}" for i in range(3, 7)], each)
        if told.count(200) > most or told.count(503) == 0:
            self.world.fail("burst of all", f"{told.count(200)} served, {told.count(503)} told 503")
        self.world.count("bursts")

    def few_descriptors(self):
        with excused(self.world):
            self.server.leave_descriptors(2)
            time.sleep(1)
            self.server.leave_descriptors(None)
        self.world.count("times short of descriptors")

    def stop_clients(self, seconds=2):
        """A process of clients stops in the middle of whatever it does, for less than any limit of the server."""
        self.stopped.signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.stopped.signal(signal.SIGCONT)
        self.world.count("times stopped")

    def run(self, round_s):
        """Spreads them over rounds of that length, until the end."""
        all_of_them = [self.rotate_log, self.burst_of_one, self.stop_clients, self.few_descriptors, self.burst_of_all]
        while True:
            for fault in all_of_them:
                began = time.monotonic()
                try:
                    fault()
                except Exception as e:  # a fault that cannot be made is an error of the run
                    self.world.fail(fault.__name__, f"{type(e).__name__}: {e}")
                if self.world.stop.wait(max(0.1, round_s / len(all_of_them) - (time.monotonic() - began))):
                    return
