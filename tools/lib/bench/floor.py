"""What the floor sends: ringlet's own answers to the same requests."""
from bench import wire


def write_answers(path, reference, case, fields):
    requests = [wire.request(target, fields) for target in case.targets]
    reference.resume()
    with open(path, "wb") as file:
        for target, answer in zip(case.targets, answers(reference.port, requests, case.closes)):
            file.write(f"{target} {len(answer.raw)}\n".encode() + answer.raw)
    reference.pause()
    return path


def answers(port, requests, closes):
    if closes:
        for one in requests:
            yield from wire.answers(port, [one])
    else:
        yield from wire.answers(port, requests)
