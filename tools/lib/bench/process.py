"""A server's processes: begun on a core of their own, measured all together, and ended all together."""
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import tempfile
import time

SERVER_CORES, LOAD_CORES = "0", "1"
TICKS = os.sysconf("SC_CLK_TCK")
TAKEN = set()
CALM_S = 3


class DidNotStart(Exception):
    pass


def free_port():
    """One that nobody listens on, and that has not been given away before."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in TAKEN:
            TAKEN.add(port)
            return port


class Server:
    """`command` runs in the foreground and listens on `port`; what it starts is found by its session."""

    def __init__(self, name, command, port, environment=None, cores=SERVER_CORES, wait=True):
        self.name, self.port = name, port
        self.said = tempfile.TemporaryFile()
        self.process = subprocess.Popen(["taskset", "-c", cores, *command], start_new_session=True, stdin=subprocess.DEVNULL,
                                        stdout=self.said, stderr=self.said, env={**os.environ, **(environment or {})})
        try:
            if wait:
                self.wait_until_it_listens()
        except BaseException:
            self.end()
            raise

    def wait_until_it_listens(self, bound_s=10):
        until = time.monotonic() + bound_s
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.end()
        raise DidNotStart(f"{self.name} did not start: {self.words()}")

    def words(self):
        """What it has said so far. The place in the file is the server's own."""
        return os.pread(self.said.fileno(), 1 << 16, 0).decode(errors="replace").strip()

    def pids(self):
        return [pid for pid, fields in processes() if int(fields[3]) == self.process.pid]

    def cpu(self):
        """Seconds, of all its processes, of those too that have ended and were waited for. Not while some come and go: one that
        ends between the looks at its parent and at itself would be missing."""
        pids, until = self.pids(), time.monotonic() + CALM_S
        while pids != (pids := self.pids()) and time.monotonic() < until:
            time.sleep(0.01)
        return sum(cpu_of(pid, fields) + (int(fields[13]) + int(fields[14])) / TICKS
                   for pid, fields in processes() if int(fields[3]) == self.process.pid)

    def modes(self):
        """Hundredths of a second in user space and in the kernel, of all its processes: how its CPU divides."""
        mine = [fields for _, fields in processes() if int(fields[3]) == self.process.pid]
        return [sum(int(fields[i]) + int(fields[i + 2]) for fields in mine) for i in (11, 12)]

    def pss(self):
        """Bytes, of all its processes."""
        total = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as file:
                    total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
            except (FileNotFoundError, ProcessLookupError):
                pass
        return total

    def signal(self, number):
        for pid in self.pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    @contextlib.contextmanager
    def active(self):
        """Only meanwhile does it run."""
        self.resume()
        try:
            yield
        finally:
            self.pause()

    def end(self):
        """At once: there is nothing to be saved."""
        while pids := self.pids():
            self.signal(signal.SIGKILL)
            for pid in pids:
                reap(pid)
            time.sleep(0.01)


def cpu_of(pid, fields):
    """Seconds. A process' own clock is exact, where stat has hundredths of a second: see clock_getcpuclockid()."""
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:  # it has ended
        return (int(fields[11]) + int(fields[12])) / TICKS


def processes():
    """(pid, the fields of its stat behind its name) of every process."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    yield int(entry), file.read().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                pass


def adopt_orphans():
    """A server's children are this process's to wait for when the server is gone (PR_SET_CHILD_SUBREAPER)."""
    ctypes.CDLL(None).prctl(36, 1)


def reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
