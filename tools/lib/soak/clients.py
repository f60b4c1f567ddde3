"""What the clients of the soak do: each function is one session of one kind, and checks all that it is answered."""
import random
import time
import zlib

import site_content as site
from wire import Connection, Lost, request


class Wrong(Exception):
    """An answer that the server must not give."""


class TurnedAway(Exception):
    """By a limit that the soak itself has exhausted."""


class CutOff(Exception):
    """As the file was written to while it was sent: lest a mixture pass for the whole."""


# --- what may be asked for, and what is right ---

def expect(world, a, target, body):
    if a.status in (503, 429) and world.excuse():
        raise TurnedAway()
    if a.status != 200 or a.body != body:
        raise Wrong(f"{target}: {a.status}, {site.describe(a.body, body)}")


def check_file(world, a, name, asked_at):
    if a.status == 404 and name in site.REMADE:
        return
    if a.status in (500, 503) and world.excuse():  # no descriptor for the file
        raise TurnedAway()
    why = world.site.why_wrong(name, a.body, asked_at) if a.status == 200 else f"status {a.status}"
    if why:
        raise Wrong(f"/{name}: {why}")


def asked_at(world, name):
    return 0 if name in site.FIXED else world.site.version(name)


def file_check(name):
    return lambda world, a, at: check_file(world, a, name, at)


def text_check(target, body):
    return lambda world, a, at: expect(world, a, target, body)


def stream_body(pieces):
    return b"".join(b"%d%s\n" % (i, b"p" * 1000) for i in range(pieces))


def some_handler(rng):
    """A target, and what its handler answers."""
    n = rng.randrange(1000)
    return rng.choice([
        lambda: (f"/hello/{n}", f"hello, {n}\n".encode()),
        lambda: (f"/slow/{n % 50}", f"slept {n % 50} ms\n".encode()),
        lambda: (f"/large/{n * 1000}", b"L" * n * 1000),
        lambda: (f"/stream/{n % 100}", stream_body(n % 100)),
        lambda: (f"/offload/{n}", f"{zlib.crc32(str(n).encode())}\n".encode()),
    ])()


def some_target(world, rng):
    """A target, the state of its file, and the check of its answer. Large files are rare."""
    if rng.random() < 0.3:
        target, body = some_handler(rng)
        return target, 0, text_check(target, body)
    names = ["small.txt"] * 6 + ["page.html"] * 4 + ["medium.bin", "empty.txt", "large.bin", "replaced-large.bin"]
    name = rng.choice(names + ["replaced-small.bin", "remade.bin"] * 3)
    return "/" + name, asked_at(world, name), file_check(name)


def take_answer(world, c, target, at, check):
    """The next answer; `target` is what it answers."""
    try:
        a = c.answer()
    except Lost as e:
        if target == "/remade.bin":
            raise CutOff() from e
        raise Lost(f"{target}: {e}", e.answers, e.begun) from e
    check(world, a, at)
    world.count("answers")
    return a


# --- sessions ---

def keep_alive(world, rng):
    with Connection(world.port) as c:
        for _ in range(rng.randrange(1, 300)):
            target, at, check = some_target(world, rng)
            c.send(request(target))
            a = take_answer(world, c, target, at, check)
            if a.last or world.stopping():
                return


def short(world, rng):
    with Connection(world.port) as c:
        target, at, check = some_target(world, rng)
        c.send(request(target, "Connection: close\r\n"))
        take_answer(world, c, target, at, check)


def pipelined(world, rng, depth=16):
    with Connection(world.port) as c:
        for _ in range(rng.randrange(1, 30)):
            batch = [some_target(world, rng) for _ in range(depth)]
            c.send(b"".join(request(target) for target, _, _ in batch))
            for target, at, check in batch:
                if take_answer(world, c, target, at, check).last:
                    return
            if world.stopping():
                return


def half_close(world, rng):
    names = [rng.choice(["small.txt", "medium.bin", "replaced-large.bin"]) for _ in range(4)]
    with Connection(world.port) as c:
        before = [asked_at(world, name) for name in names]
        c.send(b"".join(request("/" + name) for name in names))
        c.end_sending()
        for name, at in zip(names, before):
            check_file(world, c.answer(), name, at)
            world.count("answers")


def slow_reader(world, rng):
    name = rng.choice(["replaced-large.bin", "medium.bin"])
    with Connection(world.port, window=8192) as c:
        at = asked_at(world, name)
        c.send(request("/" + name))
        a = c.head()
        size = int(a.fields["content-length"])
        for _ in range(rng.randrange(20, 400)):
            if len(c.buffer) >= size:
                break
            c.receive(4096)
            time.sleep(0.01)
        c.body(a)
        check_file(world, a, name, at)
        world.count("answers")


def slow_writer(world, rng):
    body = rng.randbytes(rng.randrange(1, 40_000))
    with Connection(world.port) as c:
        head = request("/upload", f"Content-Length: {len(body)}\r\n", "POST")
        for i in range(0, len(head), 10):
            c.send(head[i:i + 10])
            time.sleep(0.02)
        for i in range(0, len(body), 1000):
            c.send(body[i:i + 1000])
            time.sleep(0.02)
        check_upload(world, c.answer(), body)


def check_upload(world, a, body):
    expect(world, a, "upload", f"{len(body)} {zlib.crc32(body)}\n".encode())
    world.count("answers")
    world.count("uploads")


def as_chunks(rng, body):
    at = 0
    while at < len(body):
        piece = body[at:at + rng.randrange(1, 60_000)]
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
        at += len(piece)
    yield b"0\r\n\r\n"


def upload(world, rng):
    target = rng.choice(["/upload", "/upload/late"])
    with Connection(world.port) as c:
        for _ in range(rng.randrange(1, 20)):
            body = rng.randbytes(rng.choice([0, 10, 5_000, 70_000, 1_000_000]))
            if rng.random() < 0.5:
                c.send(request(target, "Transfer-Encoding: chunked\r\n", "POST"))
                for chunk in as_chunks(rng, body):
                    c.send(chunk)
            else:
                c.send(request(target, f"Content-Length: {len(body)}\r\n", "POST") + body)
            a = c.answer()
            check_upload(world, a, body)
            if a.last or world.stopping():
                return


def ranges(world, rng):
    name = "large.bin"
    whole = site.fixed(name)
    with Connection(world.port) as c:
        for _ in range(rng.randrange(1, 40)):
            first = rng.randrange(len(whole))
            last = min(first + rng.randrange(1, 300_000), len(whole)) - 1
            c.send(request("/" + name, f"Range: bytes={first}-{last}\r\n"))
            a = c.answer()
            check_part(world, a, whole, first, last)
            if a.last or world.stopping():
                return


def check_part(world, a, whole, first, last):
    if a.status in (500, 503, 429) and world.excuse():
        raise TurnedAway()
    told = f"bytes {first}-{last}/{len(whole)}"
    if a.status != 206 or a.fields.get("content-range") != told or a.body != whole[first:last + 1]:
        raise Wrong(f"range {told}: {a.status} {a.fields.get('content-range')}, {len(a.body)} bytes")
    world.count("answers")
    world.count("ranges")


def resumed(world, rng):
    """A download that is broken off and resumed with If-Range: the rest of the same version, or the new one."""
    name = rng.choice(list(site.REPLACED))
    with Connection(world.port) as c:
        at = asked_at(world, name)
        c.send(request("/" + name))
        first = c.answer()
        check_file(world, first, name, at)
        middle = rng.randrange(len(first.body))
        at = asked_at(world, name)
        c.send(request("/" + name, f"Range: bytes={middle}-\r\nIf-Range: {first.fields['etag']}\r\n"))
        a = c.answer()
        if a.status == 206:
            check_part(world, a, first.body, middle, len(first.body) - 1)
        else:
            check_file(world, a, name, at)
            world.count("answers")
        world.count("answers")


def grown(world, rng):
    """What comes of an answer that is cut off, as the file was written to, has to be right even so."""
    at = asked_at(world, "grown.bin")
    with Connection(world.port, window=rng.choice([0, 65_536])) as c:
        c.send(request("/grown.bin"))
        a = c.head()
        try:
            c.body(a)
        except Lost:
            a.body = bytes(c.buffer)
            world.count("cut off")
        else:
            world.count("answers")
        check_file(world, a, "grown.bin", at)


def abort(world, rng):
    """Leaves in the head, in the content, while the handler runs or in the answer, by FIN or RST."""
    body = b"x" * 200_000
    what = rng.choice([
        b"", request("/small.txt"), request("/large.bin"), request("/slow/200"), request("/stream/500"),
        request("/small.txt") * 16, request("/large.bin") * 4, request("/offload/1"),
        request("/upload", f"Content-Length: {len(body)}\r\n", "POST") + body])
    with Connection(world.port, window=rng.choice([0, 8192])) as c:
        c.offer(what[:rng.randrange(len(what) + 1)] if rng.random() < 0.5 else what)
        if rng.random() < 0.5:
            time.sleep(rng.random() / 20)
        if what and rng.random() < 0.3:
            c.socket.settimeout(0.2)
            try:
                c.receive(rng.randrange(1, 100_000))
            except Lost:
                pass
        if rng.random() < 0.5:
            c.reset()
    world.count("aborted")


# How many clients of each kind a process runs at once.
SESSIONS = {keep_alive: 6, short: 4, pipelined: 3, half_close: 1, slow_reader: 6, slow_writer: 4, upload: 3, ranges: 2,
            resumed: 1, grown: 1, abort: 4}
# Those of the process that is stopped for a while now and then.
STOPPED_SESSIONS = {keep_alive: 2, slow_reader: 2, slow_writer: 1, upload: 1}
