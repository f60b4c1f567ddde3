"""A thousand connects in one go, and queues of several lengths for those that are not accepted yet."""
import os
import selectors
import socket
import struct
import time

from bench import charts, report, wire
from bench.process import DidNotStart
from models import fleet

name = "backlog"
BURST, BOUND_S = 1000, 16
BACKLOGS = {5: "#c0392b", 128: "#d9822b", 4096: "#1f6fb4"}
ASKED = ["iterative", "threads", "epoll-et", "ringlet", "apache-event"]
TOTAL_RETRANSMITS = 100  # where tcp_info has it
LATE_S = 0.9             # the kernel tries again after 1 s


def run(context):
    for name in [name for name in ASKED if name in context.names]:
        for backlog in BACKLOGS:
            context.progress(f"backlog {backlog}: {name}")
            try:
                with fleet.Started(context, name, [fleet.TINY], backlog=backlog) as server:
                    figures = context.undisturbed(f"backlog {backlog}", name, lambda: burst(server.port))
                    context.results.add(f"backlog {backlog}", name, figures)
            except (wire.BadAnswer, DidNotStart, OSError) as e:
                context.results.refuse(f"backlog {backlog}", name, str(e))


def burst(port):
    """All connects begin before the first answer is looked at."""
    clients, times, refused, retried, wrong = selectors.DefaultSelector(), [], 0, 0, 0
    request, began = wire.request(fleet.TINY, {"Connection": "close"}), time.monotonic()
    for _ in range(BURST):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", port))
        clients.register(s, selectors.EVENT_WRITE, bytearray())
    while clients.get_map() and (left := began + BOUND_S - time.monotonic()) > 0:
        for key, events in clients.select(left):
            s = key.fileobj
            try:
                if events & selectors.EVENT_WRITE:
                    s.sendall(request)
                    clients.modify(s, selectors.EVENT_READ, key.data)
                    continue
                part = s.recv(1 << 16)
            except OSError:
                refused += 1
                part = None
            if part:
                key.data.extend(part)
                continue
            if part == b"":
                times.append(time.monotonic() - began)
                wrong += not key.data.startswith(b"HTTP/1.1 200")
            retried += retransmits(s) > 0
            clients.unregister(s)
            s.close()
    unanswered = len(clients.get_map())
    for key in list(clients.get_map().values()):
        retried += retransmits(key.fileobj) > 0
        key.fileobj.close()
    if wrong:
        raise wire.BadAnswer(f"{wrong} answers that are not 200")
    return {"answered": len(times), "refused": refused, "retried": retried, "unanswered": unanswered,
            "late": sum(t > LATE_S for t in times), "last_s": max(times, default=0)}


def retransmits(s):
    try:
        return struct.unpack_from("I", s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192), TOTAL_RETRANSMITS)[0]
    except (OSError, struct.error):
        return 0


def markdown(results):
    rows = []
    for name in ASKED:
        for backlog in BACKLOGS:
            case = f"backlog {backlog}"
            if results.values(case, name, "answered"):
                m = {metric: results.median(case, name, metric) for metric in results.metrics(case)}
                rows.append([name, f"{backlog:,}", *(f"{m[metric]:,.0f}" for metric in
                             ("answered", "refused", "retried", "late", "unanswered")), f"{m['last_s']:.2f}"])
    return report.table(["", "backlog", "answered", "refused", "sent something again", f"answered after {LATE_S} s",
                         f"not answered in {BOUND_S} s", "last answer, s"], rows)


def draw(results, folder):
    title = f"Seconds until the last of {BURST:,} answers; {BOUND_S}: not all of them came (log; less is better)"

    def last(b, name):
        return BOUND_S if results.median(f"backlog {b}", name, "unanswered") else results.median(f"backlog {b}", name, "last_s")
    rows = [(name, {str(b): last(b, name) for b in BACKLOGS if last(b, name)})
            for name in ASKED if any(results.values(f"backlog {b}", name, "last_s") for b in BACKLOGS)]
    charts.bars(os.path.join(folder, "backlog.svg"), title, rows, {str(b): colour for b, colour in BACKLOGS.items()}, log_y=True)
    yield "backlog.svg", title
