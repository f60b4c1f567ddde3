"""What is wanted of ringlet beside the others, and whether it was met."""
from dataclasses import dataclass

from bench.peers import PEERS

TITLES = {"requests_per_s": "requests/s", "mb_per_s": "MB/s", "cpu_us": "CPU per request", "p999_us": "p99.9",
          "pss_per_connection": "bytes per connection", "cpu_in_5s_ms": "CPU in 5 s, ms", "uneven_percent": "unevenness, %",
          "growth": "p99 beside p99 alone", "cpu_ratio": "CPU beside one worker's", "start_ms": "ms to the first byte"}
BEST_PEER = "the best peer"


@dataclass
class Wanted:
    """`metric` of `own` is to be at most `limit` times that of `against` (at least, with `least`); without `against`,
    at most `limit`."""
    metric: str
    limit: float
    against: str = None
    least: bool = False
    own: str = "ringlet"

    def text(self):
        sign = "≥" if self.least else "≤"
        return f"{TITLES[self.metric]} {sign} {self.limit:g}" + (f" × {self.against}" if self.against else "")

    def other(self, results, case):
        """Whom it is compared with; None when it is nobody, or was not measured."""
        if self.against is None:
            return None
        names = PEERS if self.against == BEST_PEER else [self.against]
        medians = {name: v for name in names if (v := results.median(case, name, self.metric)) is not None}
        return (max if self.least else min)(medians, key=medians.get, default=None)

    def ratio(self, results, case):
        """None when one of the two was not measured."""
        own = results.median(case, self.own, self.metric)
        if self.against is None:
            return own
        other = self.other(results, case)
        return quotient(own, results.median(case, other, self.metric) if other else None)

    def ratio_in_kernel(self, results, case):
        """Where it is about CPU: of what the kernel alone took."""
        other = self.other(results, case)
        if self.metric != "cpu_us" or other is None:
            return None
        return quotient(results.kernel_us(case, self.own), results.kernel_us(case, other))

    def met(self, ratio):
        return ratio >= self.limit if self.least else ratio <= self.limit


def quotient(a, b):
    return a / b if a is not None and b else None


def cpu(limit, against):
    return Wanted("cpu_us", limit, against)


def faster(limit=1.0, metric="requests_per_s"):
    return Wanted(metric, limit, BEST_PEER, least=True)
