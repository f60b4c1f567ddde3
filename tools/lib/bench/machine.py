"""What a figure is worth nothing without: the machine, and the day."""
import datetime
import os
import platform
import re
import time

STOLEN = 7  # where /proc/stat has it
TICKS_LEAST = 3


class Share:
    """What the host has taken of the cores since this was made, while we wanted them: another guest may have had them."""

    def __init__(self):
        self.before, self.began = ticks(), time.monotonic()

    def seconds(self):
        return time.monotonic() - self.began

    def taken(self):
        """Of the core that was taken most; less than TICKS_LEAST hundredths of a second are nothing."""
        return max(share([now - then for now, then in zip(*core)]) for core in zip(ticks(), self.before))


def share(spent):
    return spent[STOLEN] / sum(spent) if spent[STOLEN] >= TICKS_LEAST else 0


def ticks():
    """Of each core."""
    with open("/proc/stat") as file:
        return [[int(n) for n in line.split()[1:9]] for line in file if re.match(r"cpu\d", line)]


def about(command, rounds, seconds):
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    machine = f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}"
    return {"day": str(datetime.date.today()), "machine": machine, "command": command, "rounds": rounds, "seconds": seconds}
