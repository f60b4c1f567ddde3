"""A process full of clients, each a thread: what they counted goes to the parent once a second."""
import collections
import multiprocessing
import os
import random
import signal
import threading
import time

import clients
from wire import Lost


class World:
    """What all clients share, in whichever process they are."""

    def __init__(self, port, site):
        self.port, self.site = port, site
        self.stop = multiprocessing.Event()
        self.excused_until = multiprocessing.Value("d", 0)
        self.session = threading.local()
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.messages = []

    def stopping(self):
        return self.stop.is_set()

    def excuse(self):
        """Whether the soak itself kept the server from serving everybody when this thread's session began, or a moment
        before: its answers may be looked at much later."""
        return self.session.began < self.excused_until.value

    def count(self, what, by=1):
        with self.lock:
            self.counts[what] += by

    def fail(self, session, why):
        with self.lock:
            self.counts[f"ERROR in {session}"] += 1
            if len(self.messages) < 20:
                self.messages.append(f"{session}: {why}")


def repeat(world, session, rng):
    while not world.stopping():
        began = world.session.began = time.monotonic()
        try:
            session(world, rng)
        except clients.TurnedAway:
            world.count("turned away")
            time.sleep(0.05)
        except clients.CutOff:
            world.count("cut off")
        except Lost as e:
            # Whoever has been served once over a connection is served on: there is no excuse then.
            if e.answers == 0 and not e.begun and world.excuse():
                world.count("turned away")
                time.sleep(0.05)
            else:
                world.fail(session.__name__, f"lost an answer: {e}, after {e.answers} whole ones "
                           f"and {time.monotonic() - began:.1f} s")
        except Exception as e:  # the run must go on, and end with 1
            world.fail(session.__name__, f"{type(e).__name__}: {e}")


def report(world, pipe):
    with world.lock:
        pipe.send((dict(world.counts), list(world.messages)))


def run_clients(world, sessions, pipe):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent tells when it is over
    threads = [threading.Thread(target=repeat, args=(world, session, random.Random(os.urandom(8))), daemon=True)
               for session, number in sessions.items() for _ in range(number)]
    for thread in threads:
        thread.start()
    while not world.stop.wait(1):
        report(world, pipe)
    until = time.monotonic() + 90
    for thread in threads:
        thread.join(max(0, until - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        world.fail("the end", "clients still wait for their answers")
    report(world, pipe)
    pipe.close()


class Clients:
    """Such a process, as its parent sees it."""

    def __init__(self, world, sessions):
        self.pipe, theirs = multiprocessing.Pipe(duplex=False)
        self.process = multiprocessing.Process(target=run_clients, args=(world, sessions, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.counts, self.messages = {}, []

    def take_news(self):
        try:
            while self.pipe.poll():
                self.counts, self.messages = self.pipe.recv()
        except EOFError:
            pass

    def signal(self, number):
        os.kill(self.process.pid, number)

    def wait(self):
        until = time.monotonic() + 120
        while self.process.is_alive() and time.monotonic() < until:
            self.take_news()
            self.process.join(0.1)
        self.take_news()
        if self.process.exitcode != 0:
            self.messages.append(f"a process of clients ended with {self.process.exitcode}")
            self.counts["ERROR in the end"] = 1
