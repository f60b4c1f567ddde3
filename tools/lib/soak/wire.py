"""A blocking HTTP/1.1 client that knows as little as it can, and says why an answer is not there."""
import random
import socket
import struct

PATIENCE_S = 60  # far more than any answer of the soak takes
IP_BIND_ADDRESS_NO_PORT = 24


class Lost(Exception):
    """There is no whole answer. `answers` came whole over this connection before; `begun`: a part of this one came."""

    def __init__(self, why, answers, begun):
        super().__init__(why)
        self.answers = answers
        self.begun = begun


class Answer:
    def __init__(self, status, fields):
        self.status, self.fields, self.body = status, fields, b""

    @property
    def last(self):
        return self.fields.get("connection") == "close"


def request(target, fields="", method="GET"):
    return f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode()


def some_source():
    """One of several addresses of the loopback, so that closed connections do not use up the ports."""
    return f"127.0.1.{random.randint(1, 8)}"


class Connection:
    def __init__(self, port, source=None, window=0):
        """`window`, unless 0, is about what the server can send before somebody reads."""
        self.answers = 0
        self.begun = False
        self.buffer = bytearray()
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE_S)
        if window:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            self.socket.bind((source or some_source(), 0))
            self.socket.connect(("127.0.0.1", port))
        except OSError as e:
            self.socket.close()
            raise Lost(f"connect: {e}", 0, False) from e

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as e:
            self.fail(f"send: {e}")

    def offer(self, data):
        """As far as the server takes it; what it has answered can still be read."""
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def end_sending(self):
        """Where the connection is lost already, whoever reads the answer is told."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def answer(self, method="GET"):
        a = self.head()
        while a.status < 200:
            a = self.head()
        if method != "HEAD":
            self.body(a)
        self.answers += 1
        self.begun = bool(self.buffer)
        return a

    def head(self):
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self.receive()
        lines = self.take(end + 4)[:-4].decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        return Answer(int(lines[0].split(" ")[1]), fields)

    def body(self, a):
        if a.fields.get("transfer-encoding") == "chunked":
            a.body = b"".join(self.chunks())
        elif a.status not in (204, 304):
            size = int(a.fields["content-length"])
            while len(self.buffer) < size:
                self.receive()
            a.body = self.take(size)

    def chunks(self):
        while True:
            while (line := self.buffer.find(b"\r\n")) < 0:
                self.receive()
            size = int(self.take(line + 2)[:-2], 16)
            while len(self.buffer) < size + 2:
                self.receive()
            yield self.take(size + 2)[:-2]
            if size == 0:
                return

    def take(self, size):
        taken = bytes(memoryview(self.buffer)[:size])
        del self.buffer[:size]
        return taken

    def receive(self, most=256 * 1024):
        try:
            data = self.socket.recv(most)
        except OSError as e:
            self.fail(f"receive: {e}")
        if not data:
            self.fail("closed")
        self.buffer += data
        self.begun = True
        return len(data)

    def fail(self, why):
        raise Lost(f"{why} with {len(self.buffer)} bytes of it", self.answers, self.begun)
