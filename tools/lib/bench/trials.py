"""Features of rings, and ways to send a file, each measured as a server of its own beside the plain one."""
import re
from dataclasses import dataclass, field

from bench import content, floor, load, report, wire
from bench.cases import Case

KIB, MIB = 1 << 10, 1 << 20
FLOOR = "the floor itself"  # as a check: it does the same as the plain one
REFUSED = re.compile(r"refused by this kernel: .*")

RECEIVES = {"bundle": "receive bundles", "large": "buffers of 16 KiB", "incremental": "incremental buffers of 16 KiB",
            "bundle,incremental": "bundles of these"}
GENERAL = {"direct": "direct descriptors", "no-skip": "completions of sends, too", **RECEIVES, "napi": "NAPI busy polling",
           "no-iowait": "waiting without iowait", "one-shot": "a receive for each request",
           "one-shot,poll-first": "the same, which polls first"}
ANSWERS = {"sendmsg": "head and body by sendmsg", "vectorized": "head and body by a vectorized send",
           "copied": "head and body copied together", "zero-copy": "zero-copy from a registered buffer"}
CLOSING = {"separate": "send and close not linked", "try-first": "a receive that does not poll first",
           "direct": "direct descriptors"}
READ_KIB = [64, 128, 256, 512, 1024]


@dataclass
class Trial(Case):
    """`variants` has the arguments of the program for each name; the first is what the others stand beside."""
    program: str = ""
    variants: dict = field(default_factory=dict)
    metric: str = "cpu_us"

    @property
    def plain(self):
        return next(iter(self.variants))


def ring(name, what, features, file_bytes=KIB, fields=None, beside_floor=True, **how):
    end = ["--close"] if fields == {"Connection": "close"} else []
    variants = {"plain": end, **({FLOOR: None} if beside_floor else {})}
    variants |= {title: [*end, "--with", feature] for feature, title in features.items()}
    return Trial(f"ring {name}", what, [target(file_bytes)], [], fields=fields or {}, program="ring_trials", variants=variants,
                 **how)


def bodies(file_bytes, connections):
    size = f"{file_bytes // MIB} MiB" if file_bytes >= MIB else f"{file_bytes // KIB} KiB"
    return Trial(f"body {size} {connections}", f"a file of {size}, {connections} connections", [target(file_bytes)], [],
                 connections, program="bodies", variants=strategies(file_bytes), metric="cpu_us_per_mib")


def strategies(file_bytes):
    found = {"memory": ["memory"]}
    if file_bytes > 512 * KIB:
        found["memory, 512 KiB at a time"] = ["memory", "512"]
    for kib in [k for k in READ_KIB if k == READ_KIB[0] or k // 2 * KIB < file_bytes]:
        found[f"read, {kib} KiB at a time"] = ["read", str(kib)]
        if kib * KIB < file_bytes:
            found[f"read ahead, {kib} KiB at a time"] = ["ahead", str(kib)]
    return found | {"sendfile": ["sendfile"], "splice, 256 KiB at a time": ["splice", "256"], "mmap, once": ["mmap"],
                    "mmap, for each answer": ["mmap-each"], "zero-copy from a registered buffer": ["zero-copy"]}


def target(file_bytes):
    return f"/{file_bytes}.bin"


TRIALS = [
    ring("small", "1 KiB, 64 keep-alive connections", GENERAL | ANSWERS),
    ring("many", "1 KiB, 1024 keep-alive connections", {f: GENERAL[f] for f in ("direct", "no-skip", *RECEIVES)},
         connections=1024),
    ring("page", "51 KiB, 64 keep-alive connections", ANSWERS, 51 * KIB),
    ring("received", "1 KiB in answer to requests of 60 KiB, 64 keep-alive connections", RECEIVES,
         fields={"X-Long": "x" * 60 * KIB}, beside_floor=False),
    ring("short", "1 KiB, a connection for each request", CLOSING, fields={"Connection": "close"}),
    *[bodies(size, connections) for size, connections in
      [(51 * KIB, 64), (100 * KIB, 64), (MIB, 8), (MIB, 64), (10 * MIB, 8), (10 * MIB, 64)]],
]


class Variant(load.Prepared):
    def start(self):
        yard, path = self.context.yard, self.context.root + self.case.targets[0]
        arguments = self.case.variants[self.name]
        if arguments is not None:
            return yard.start_bare(self.case.program, path, *arguments)
        plain = yard.start_bare(self.case.program, path, *self.case.variants[self.case.plain])
        answers = floor.write_answers(self.context.path("answers"), plain, self.case, self.fields)
        yard.end(plain)
        return yard.start_floor(answers, self.case.closes)

    def check(self):
        try:
            return super().check()
        except (wire.BadAnswer, OSError) as e:
            raise wire.BadAnswer(self.server.words() or str(e)) from e

    def round(self, seconds):
        figures = super().round(seconds)
        figures["cpu_us_per_mib"] = figures["cpu_share"] / figures["mb_per_s"] * MIB
        return figures

    def end(self):
        self.context.yard.end(self.server)


def run(context, trial):
    path = context.root + trial.targets[0]
    content.fill(path, int(re.search(r"\d+", trial.targets[0]).group()))
    load.run(context, trial, trial.variants, Variant)


def markdown(results):
    parts = [report.preface(results)]
    parts += [f"### {trial.name}: {trial.what}\n\n{table(results, trial)}" for trial in TRIALS if tried(results, trial)]
    wrong = [f"- wrong: {r['server']} in {r['case']}: {r['why']}" for r in failures(results)]
    troubles = "\n".join(wrong + results.disturbances())
    return "\n\n".join([*parts, *([troubles] if troubles else [])]) + "\n"


def tried(results, trial):
    return [name for name in trial.variants if name in results.servers(trial.name) or results.is_refused(trial.name, name)]


def table(results, trial):
    heading, _, form = report.COLUMNS[trial.metric]
    of_bodies = trial.program == "bodies"
    headings = ["", heading, "min..max", f"beside {trial.plain}", *(["MB/s"] if of_bodies else [])]
    return report.table(headings, [row(results, trial, name, form, of_bodies) for name in tried(results, trial)])


def row(results, trial, name, form, of_bodies):
    values = results.values(trial.name, name, trial.metric)
    if not values:
        return [name, refusal(results, trial, name), "", "", *([""] if of_bodies else [])]
    median, plain = (results.median(trial.name, n, trial.metric) for n in (name, trial.plain))
    cells = [name, form.format(median), f"{form.format(min(values))}..{form.format(max(values))}",
             f"{median / plain:.2f}" if plain else ""]
    return cells + ([f"{results.median(trial.name, name, 'mb_per_s'):,.0f}"] if of_bodies else [])


def refusal(results, trial, name):
    why = next(r["why"] for r in results.refused if (r["case"], r["server"]) == (trial.name, name))
    found = REFUSED.search(why)
    return found.group() if found else "wrong, see below"


def failures(results):
    """What is no refusal of the kernel's."""
    return [r for r in results.refused if not REFUSED.search(r["why"])]
