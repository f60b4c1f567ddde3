"""Large files that have to come from the disk, beside a small one that does not."""
import os
import shutil
import socket
import threading
import time

from bench import content, h2load, wire
from bench.wanted import Wanted

STREAMS, FILE_BYTES, FREE_BYTES = 4, 1 << 30, 10 << 30
HOT_PER_S, HOT_CONNECTIONS = 2000, 16

name = "cold"
what = (f"1 KiB, {HOT_PER_S} requests a second over {HOT_CONNECTIONS} connections, while {STREAMS} clients stream files "
        "of 1 GiB that are not in memory")
wanted = [Wanted("growth", 2)]


def run(context):
    names = [server for server in context.names if server != "floor"]  # which reads no disk
    if why := why_not(context.work):
        context.results.skip(name, why)
        return
    context.end_all()
    folder = os.path.join(context.root, "cold")
    os.mkdir(folder)
    try:
        context.progress(f"{name}: writing {STREAMS} files")
        files = [write(os.path.join(folder, f"{i}.bin")) for i in range(STREAMS)]
        context.interleave(name, {server: Round(context, server, files) for server in names})
    finally:
        shutil.rmtree(folder)


def why_not(folder):
    if shutil.disk_usage(folder).free < FREE_BYTES:
        return f"less than {FREE_BYTES >> 30} GiB are free in {folder}"
    device = os.stat(folder).st_dev
    with open("/proc/self/mountinfo") as file:
        in_memory = any(line.split()[2] == f"{os.major(device)}:{os.minor(device)}" and " - tmpfs " in line for line in file)
    return f"{folder} is not on a disk" if in_memory else None


def write(path):
    block = os.urandom(1 << 20)
    with open(path, "wb") as file:
        for _ in range(FILE_BYTES >> 20):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return path


def forget(path):
    """Its pages in memory."""
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


class Stream:
    """One client that wants its file again and again."""

    def __init__(self, server, path):
        self.server, self.path, self.received, self.failed = server, path, 0, None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)  # lest the hot requests wait for this client
        buffer = bytearray(1 << 20)
        try:
            while not self.stopping.is_set():
                with wire.Client(self.server.port) as client:
                    client.socket.sendall(wire.request("/cold/" + os.path.basename(self.path), {"Connection": "close"}))
                    while not self.stopping.is_set() and (n := client.socket.recv_into(buffer)):
                        self.received += n
                forget(self.path)
        except (OSError, socket.timeout) as e:
            self.failed = str(e)

    def stop(self):
        self.stopping.set()
        self.thread.join()


class Round:
    def __init__(self, context, server, files):
        self.context, self.name, self.files = context, server, files

    def __call__(self, seconds):
        server = self.context.yard.start(self.name)
        try:
            self.hot(server, 1)  # until the small file is in memory
            alone = self.hot(server, seconds)
            return self.beside(server, seconds, alone)
        finally:
            self.context.yard.end(server)

    def hot(self, server, seconds):
        return h2load.run(server, content.SMALL, HOT_PER_S, HOT_CONNECTIONS, seconds, self.context.path("h2load.log"))

    def beside(self, server, seconds, alone):
        for path in self.files:
            forget(path)
        streams, began = [Stream(server, path) for path in self.files], time.monotonic()
        try:
            figures = self.hot(server, seconds)
            rate = sum(stream.received for stream in streams) / (time.monotonic() - began) / 1e6
        finally:
            for stream in streams:
                stream.stop()
        if failed := [stream.failed for stream in streams if stream.failed]:
            raise wire.BadAnswer(failed[0])
        return {"p99_alone_us": alone["p99_us"], "p99_us": figures["p99_us"], "p999_us": figures["p999_us"],
                "growth": figures["p99_us"] / alone["p99_us"], "streamed_mb_per_s": rate}
