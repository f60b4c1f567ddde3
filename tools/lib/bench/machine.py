"""What a figure is worth nothing without: the machine, and the day."""
import datetime
import os
import platform
import re
import time

STOLEN = 7  # where /proc/stat has it


class Share:
    """What the host has taken of the cores since this was made, while we wanted them: another guest may have had them."""

    def __init__(self):
        self.before, self.began = ticks(), time.monotonic()

    def seconds(self):
        return time.monotonic() - self.began

    def taken(self):
        spent = [now - then for now, then in zip(ticks(), self.before)]
        return spent[STOLEN] / max(1, sum(spent))


def ticks():
    with open("/proc/stat") as file:
        return [int(n) for n in file.readline().split()[1:9]]


def about(command, rounds, seconds):
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    machine = f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}"
    return {"day": str(datetime.date.today()), "machine": machine, "command": command, "rounds": rounds, "seconds": seconds}
