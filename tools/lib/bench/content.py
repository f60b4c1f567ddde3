"""The folder that every server serves."""
import os
import random
import shutil

from bench.servers import ROOT

SITE = os.path.join(ROOT, "../shared/data/httparena-static")
SMALL, PAGE, BIG = "/1k.bin", "/page.html", "/big.bin"
BYTES = {SMALL: 1024, PAGE: 51 * 1024, BIG: 10 << 20}
MANY = [f"/many/{i // 100}/{i % 100}.bin" for i in range(20_000)]
CODINGS = {"br": ".br", "gzip": ".gz"}


def write(root, many=False):
    for target, size in BYTES.items():
        fill(root + target, size)
    if os.path.isdir(SITE):
        shutil.copytree(SITE, os.path.join(root, "site"))
    for target in MANY if many else []:
        os.makedirs(os.path.dirname(root + target), exist_ok=True)
        fill(root + target, 4096)


def fill(path, size):
    with open(path, "wb") as file:
        for at in range(0, size, 1 << 24):
            file.write(random.randbytes(min(size - at, 1 << 24)))


def site_targets():
    """What a browser asks for by name: not the neighbours that are sent instead."""
    names = sorted(os.listdir(SITE)) if os.path.isdir(SITE) else []
    return [f"/site/{name}" for name in names if not name.endswith(tuple(CODINGS.values()))]


def why_wrong(root, target, answer, status, accepted=""):
    """What is wrong with an answer, or None. `accepted` are the codings of the request."""
    if answer.status != status:
        return f"{target}: status {answer.status} where {status} is right"
    if status != 200:
        return None if status != 304 or not answer.body else f"{target}: content with 304"
    coding = answer.fields.get("content-encoding")
    best = next((c for c, suffix in CODINGS.items() if c in accepted and os.path.exists(root + target + suffix)), None)
    if coding != best:
        return f"{target}: coding {coding} where {best} is right"
    with open(root + target + (CODINGS[coding] if coding else ""), "rb") as file:
        if answer.body != file.read():
            return f"{target}: {len(answer.body)} bytes that are not the file's"
    return None
