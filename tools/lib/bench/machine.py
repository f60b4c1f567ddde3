"""What a figure is worth nothing without: the machine, and the day."""
import datetime
import os
import platform
import re


def about(command, rounds, seconds):
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    machine = f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}"
    return {"day": str(datetime.date.today()), "machine": machine, "command": command, "rounds": rounds, "seconds": seconds}
