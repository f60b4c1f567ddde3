"""A case of wrk's: every server's answers are checked, then rounds go from server to server."""
from bench import content, floor, wire, wrk
from bench.process import DidNotStart

SAMPLE = 25  # of many targets, and all of a site's


def run(context, case, names=None, make=None):
    """`make` prepares a server by its name; without it, as Prepared does."""
    if not case.targets:
        context.results.skip(case.name, f"there is no {content.SITE}")
        return
    ready = prepare(context, case, names, make)
    context.interleave(case.name, {name: prepared.round for name, prepared in ready.items()})
    for prepared in ready.values():
        prepared.end()


def prepare(context, case, names=None, make=None):
    """The servers that answer as they should."""
    ready = {}
    for name in names or context.names:
        context.progress(f"{case.name}: checking {name}")
        try:
            ready[name] = (make or Prepared)(context, case, name)
        except (wire.BadAnswer, DidNotStart, OSError) as e:
            context.results.refuse(case.name, name, str(e))
    return ready


class Prepared:
    """A server whose answers are right, and the load for it."""

    def __init__(self, context, case, name):
        self.context, self.case, self.name = context, case, name
        self.fields = case.fields_for(name)
        self.server = self.start()
        self.server.resume()
        if case.revalidates and name != "floor":
            self.fields["If-None-Match"] = etag(self.server, case.targets[0])
        self.answer_bytes = self.check()
        self.script = wrk.script(context.path(f"{case.name} {name}.lua".replace(" ", "-")), case.targets, self.fields, case.depth,
                                 case.at_random)
        self.server.pause()

    def start(self):
        return self.floor() if self.name == "floor" else self.context.server(self.name)

    def floor(self):
        reference = self.context.reference()
        if self.case.revalidates:
            reference.resume()
            self.fields["If-None-Match"] = etag(reference, self.case.targets[0])
        path = floor.write_answers(self.context.path("answers"), reference, self.case, self.fields)
        return self.context.yard.start_floor(path, self.case.closes)

    def check(self):
        """How long an answer is, on the average, with its head."""
        targets = self.case.targets[::max(1, len(self.case.targets) // SAMPLE)] * self.case.depth
        requests = [wire.request(target, self.fields) for target in targets]
        sizes = []
        for target, answer in zip(targets, wire.answers(self.server.port, requests, self.case.depth)):
            accepted = self.fields.get("Accept-Encoding", "")
            if why := content.why_wrong(self.context.root, target, answer, self.case.status, accepted):
                raise wire.BadAnswer(why)
            sizes.append(len(answer.raw))
        if self.case.closes:
            check_closing(self.server, requests[0])
        return sum(sizes) / len(sizes)

    def round(self, seconds):
        with self.server.active():
            figures = wrk.run(self.server, self.script, self.case.connections, seconds, failing=self.case.status >= 400)
            figures["pss"] = self.server.pss()
        if self.case.depth > 1:  # wrk takes an answer for as late as the whole batch, and corrects that
            del figures["p50_us"], figures["p99_us"], figures["p999_us"]
        if figures["errors"]:
            raise wire.BadAnswer(f"{figures['errors']} errors among {figures['requests']} requests")
        self.check_bytes(figures)
        return figures

    def check_bytes(self, figures):
        """What was received must be about as much as the answers are; at the end some are under way."""
        received, right = figures["bytes_each"] * figures["requests"], self.answer_bytes * figures["requests"]
        under_way = self.case.connections * self.case.depth * self.answer_bytes
        if abs(received - right) > right * 0.02 + under_way:
            raise wire.BadAnswer(f"{figures['bytes_each']:.0f} bytes an answer where {self.answer_bytes:.0f} are right")

    def end(self):
        if self.name == "floor":
            self.context.yard.end(self.server)


def etag(server, target):
    answer = next(wire.answers(server.port, [wire.request(target)]))
    if "etag" not in answer.fields:
        raise wire.BadAnswer("no ETag")
    return answer.fields["etag"]


def check_closing(server, request):
    with wire.Client(server.port) as client:
        client.socket.sendall(request)
        client.answer()
        if not client.is_closed():
            raise wire.BadAnswer("the connection is kept although it was to be closed")
