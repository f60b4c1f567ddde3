"""The folder that is served: what each file may hold, and the changes that are made to it."""
import functools
import multiprocessing
import os
import random

HEAD_BYTES = 48

# Files that nobody changes, and their sizes.
FIXED = {"small.txt": 1024, "page.html": 10_000, "medium.bin": 100_000, "large.bin": 4 << 20, "empty.txt": 0}
# Replaced by a rename: an answer is one version, whole.
REPLACED = {"replaced-small.bin": 3_000, "replaced-large.bin": 1 << 20}
# Removed, and then written in place: 404, or what had been written of one version at one moment.
REMADE = {"remade.bin": 60_000}
# Written to at its end, and now and then replaced: an answer is a beginning of one version, or is cut off.
GROWN = {"grown.bin": 3 << 20}
VERSIONED = {**REPLACED, **REMADE, **GROWN}
NAMES = list(VERSIONED)


@functools.lru_cache(maxsize=64)
def block(name, version):
    return random.Random(f"{name} {version}").randbytes(65_521)  # a prime: no two blocks of a file are interchangeable


def content(name, version=0):
    """It names itself, and no part of it is in another version or in another file."""
    size = FIXED[name] if name in FIXED else VERSIONED[name] + version * 977 % 5000
    part = block(name, version)
    return (f"{name} {version} ".ljust(HEAD_BYTES).encode() + part * (size // len(part) + 1))[:size]


@functools.lru_cache(maxsize=None)
def fixed(name):
    return content(name)


class Site:
    def __init__(self, folder):
        self.folder = folder
        self.published = multiprocessing.Array("q", len(NAMES))  # the version of each, or the next one while it changes
        self.begun = multiprocessing.Array("q", len(NAMES))
        self.grown = b""
        self.grown_bytes = 0
        for name in FIXED:
            self.write(name, fixed(name))
        for name in (*REPLACED, *REMADE):
            self.write(name, content(name))
        self.restart_grown()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def version(self, name):
        return self.published[NAMES.index(name)]

    def begin(self, name):
        """The next version, which clients may see from now on."""
        self.begun[NAMES.index(name)] += 1
        return self.begun[NAMES.index(name)]

    def publish(self, name, version):
        """From now on they may see no older one."""
        self.published[NAMES.index(name)] = version

    def why_wrong(self, name, body, asked_at):
        """None if `body` is what somebody who asked when the version was `asked_at` may be answered."""
        if name in FIXED:
            return None if body == fixed(name) else describe(body, fixed(name))
        if not body and name in {**REMADE, **GROWN}:
            return None
        try:
            said, version = body[:HEAD_BYTES].decode().split()
        except ValueError:
            return f"no version in {body[:HEAD_BYTES]!r}"
        if said != name:
            return f"this is {said}"
        if not asked_at <= int(version) <= self.begun[NAMES.index(name)]:
            return f"version {version}, asked when it was {asked_at}"
        whole = content(name, int(version))
        if name in REPLACED:
            return None if body == whole else describe(body, whole)
        return None if whole.startswith(body) else describe(body, whole)

    # --- changes ---

    def change(self):
        for name in REPLACED:
            self.replace(name, (version := self.begin(name)), content(name, version))
        for name in REMADE:
            self.remake(name)
        for name in GROWN:
            self.grow(name)

    def replace(self, name, version, data):
        self.write("next.tmp", data)
        os.rename(self.path("next.tmp"), self.path(name))
        self.publish(name, version)

    def remake(self, name):
        version = self.begin(name)
        os.unlink(self.path(name))
        self.publish(name, version)
        data = content(name, version)
        with open(self.path(name), "wb", buffering=0) as file:
            for at in range(0, len(data), 16_384):
                file.write(data[at:at + 16_384])

    def grow(self, name):
        if self.grown_bytes + 100_000 > len(self.grown):
            self.restart_grown()
        with open(self.path(name), "ab", buffering=0) as file:
            file.write(self.grown[self.grown_bytes:self.grown_bytes + 10_000])
        self.grown_bytes += 10_000

    def restart_grown(self):
        for name in GROWN:
            version = self.begin(name)
            self.grown, self.grown_bytes = content(name, version), 1 << 20
            self.replace(name, version, self.grown[:self.grown_bytes])


def describe(body, expected):
    at = next((i for i, (a, b) in enumerate(zip(body, expected)) if a != b), min(len(body), len(expected)))
    return f"{len(body)} bytes instead of {len(expected)}, different from byte {at} on"
