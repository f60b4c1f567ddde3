"""A coroutine that says hello, beside a file of 1 KiB."""
from bench import content, wire, wrk
from bench.cases import Case
from bench.load import prepare
from bench.wanted import Wanted

name = "handler"
what = "a coroutine that says hello (handlers), beside 1 KiB (ringlet), 64 connections"
wanted = [Wanted("cpu_us", 1.05, "ringlet", own="handlers")]
BODY = b"hello, world\n"


def run(context):
    case = Case(name, what, [content.SMALL], wanted)
    ready = prepare(context, case, ["ringlet"])
    server = context.yard.start_handlers("uring")
    answer = next(wire.answers(server.port, [wire.request("/hello")]))
    if (answer.status, answer.body) != (200, BODY):
        context.results.refuse(name, "handlers", f"status {answer.status}")
        return
    script = wrk.script(context.path("hello.lua"), ["/hello"], {})
    measures = {server: prepared.round for server, prepared in ready.items()}
    context.interleave(name, {**measures, "handlers": lambda seconds: wrk.run(server, script, case.connections, seconds)})
    context.yard.end(server)
