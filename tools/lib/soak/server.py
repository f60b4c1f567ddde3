"""The server under the soak: its life, what it takes of the machine, and what it has to say."""
import os
import re
import resource
import signal
import statistics
import subprocess
import time

# What the server may say without anything being wrong.
EXPECTED = re.compile(r"ringlet: (serving |finishing what is in progress|opened the access log anew|warning: too many connections|"
                      r"warning: cannot accept: (Too many open files|No file descriptors available))")


class Server:
    def __init__(self, program, folder, work, backend, limits=()):
        self.access_log = os.path.join(work, "access.log")
        self.errors = os.path.join(work, "server.log")
        self.process = subprocess.Popen([program, folder, self.access_log, *map(str, limits)], stderr=open(self.errors, "w"),
                                        env={**os.environ, "RINGLET_BACKEND": backend})
        self.pid = self.process.pid
        self.port = self.wait_for_port()
        self.logged_lines = 0

    def wait_for_port(self):
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", self.said()):
                return int(found.group(1))
            time.sleep(0.05)
        raise SystemExit(f"the server did not start: {self.said()}")

    def said(self):
        return open(self.errors).read()

    def unexpected(self):
        return [line for line in self.said().splitlines() if not EXPECTED.match(line)]

    # --- what it takes ---

    def memory(self):
        """Its proportional share of memory, in bytes."""
        with open(f"/proc/{self.pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def descriptors_settled(self, wanted, bound_s=60):
        """How many are open once there are as many as wanted, or in the end."""
        until = time.monotonic() + bound_s
        while (now := self.descriptors()) != wanted and time.monotonic() < until:
            time.sleep(0.1)
        return now

    # --- what is done to it ---

    def leave_descriptors(self, few):
        """As if the process had only `few` to open beyond those it has; None: as many as before."""
        soft, hard = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)
        soft = hard if few is None else self.descriptors() + few
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (soft, hard))

    def rotate_log(self):
        """As logrotate does. Gives whether a new log has been opened."""
        before = f"{self.access_log}.1"
        self.count_lines(before)
        os.rename(self.access_log, before)
        self.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 10
        while not os.path.exists(self.access_log) and time.monotonic() < until:
            time.sleep(0.05)
        return os.path.exists(self.access_log)

    def count_lines(self, log):
        if os.path.exists(log):
            with open(log, "rb") as file:
                self.logged_lines += sum(1 for _ in file)
            os.unlink(log)

    def end(self):
        """Its exit code, or None when it does not end."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = None
        for log in (f"{self.access_log}.1", self.access_log):
            self.count_lines(log)
        return code


class Memory:
    """Samples under a constant load: whether they grow."""

    def __init__(self):
        self.samples = []  # (time, bytes)

    def add(self, at, amount):
        self.samples.append((at, amount))

    def median(self, begin, end):
        return statistics.median(amount for at, amount in self.samples if begin <= at < end)
