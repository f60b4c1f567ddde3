"""Requests and answers as bytes: what is checked before a case is measured, and what the floor sends."""
import socket

AGENT = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36")
# What a browser sends beside Host.
BROWSER = {
    "sec-ch-ua": '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Linux"',
    "User-Agent": AGENT,
    "Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "no-cors",
    "Sec-Fetch-Dest": "image",
    "Referer": "http://localhost/index.html",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-GB,en-US;q=0.9,en;q=0.8",
    "Cookie": "session=7f3c1b0e9a5d42c8b6e1f0a97d3c5e28; theme=dark; consent=all",
}


class BadAnswer(Exception):
    pass


class Answer:
    """`raw` is all of it, as it came; large ones are not copied."""

    def __init__(self, raw, head_bytes):
        self.raw, self.body = raw, memoryview(raw)[head_bytes:]
        lines = bytes(raw[:head_bytes - 4]).decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}


def request(target, fields=None):
    lines = "".join(f"{name}: {value}\r\n" for name, value in (fields or {}).items())
    return f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode()


class Client:
    def __init__(self, port, source=None, patience_s=30):
        self.buffer = bytearray()
        self.socket = socket.create_connection(("127.0.0.1", port), patience_s, (source, 0) if source else None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def answer(self):
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self.receive()
        head = Answer(self.buffer[:end + 4], end + 4)
        size = end + 4 + (0 if head.status in (204, 304) else int(head.fields.get("content-length", 0)))
        while len(self.buffer) < size:
            self.receive()
        raw, self.buffer = self.buffer, self.buffer[size:]
        del raw[size:]
        return Answer(raw, end + 4)

    def receive(self):
        try:
            data = self.socket.recv(1 << 20)
        except OSError as e:
            raise BadAnswer(f"no answer: {e}") from e
        if not data:
            raise BadAnswer(f"the connection was closed after {len(self.buffer)} bytes of an answer")
        self.buffer += data

    def is_closed(self):
        """By the server, with nothing more to read."""
        try:
            return not self.buffer and self.socket.recv(1) == b""
        except TimeoutError:
            return False


def answers(port, requests, at_once=1):
    """To all of them over one connection, so many sent at once."""
    with Client(port) as client:
        for i in range(0, len(requests), at_once):
            some = requests[i:i + at_once]
            client.socket.sendall(b"".join(some))
            for _ in some:
                yield client.answer()
