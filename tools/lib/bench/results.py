"""What was measured: every round of every server in every case."""
import json
import statistics


class Results:
    def __init__(self, about):
        self.about = about  # the machine, the command, the day
        self.cases = []     # names, in the order of the report
        self.rounds = []    # {"case": ..., "server": ..., "figures": {...}}
        self.refused = []   # {"case": ..., "server": ..., "why": ...}
        self.disturbed = [] # {"case": ..., "server": ..., "taken": ...}
        self.skipped = []   # {"case": ..., "why": ...}

    def add(self, case, server, figures):
        if case not in self.cases:
            self.cases.append(case)
        self.rounds.append({"case": case, "server": server, "figures": figures})

    def refuse(self, case, server, why):
        """Its figures in this case are worth nothing then, those of earlier rounds neither."""
        self.rounds = [r for r in self.rounds if (r["case"], r["server"]) != (case, server)]
        self.refused.append({"case": case, "server": server, "why": why})

    def is_refused(self, case, server):
        return any((r["case"], r["server"]) == (case, server) for r in self.refused)

    def disturb(self, case, server, taken):
        self.disturbed.append({"case": case, "server": server, "taken": taken})

    def skip(self, case, why):
        self.skipped.append({"case": case, "why": why})

    def troubles(self, group=None):
        """What was refused, a line each, and in which cases the host took a part; of those whose names begin so."""
        return [f"- refused: {r['server']} in {r['case']}: {r['why']}" for r in self.refused
                if group in (None, r["case"].split(" ")[0])] + self.disturbances(group)

    def disturbances(self, group=None):
        by_case = {}
        for d in self.disturbed:
            if group in (None, d["case"].split(" ")[0]):
                by_case.setdefault(d["case"], []).append(f"{d['server']} {d['taken']:.0%}")
        return [f"- disturbed by the host, which had so much of a core in {case}: {', '.join(shares)}" for case, shares in by_case.items()]

    def servers(self, case):
        return list(dict.fromkeys(r["server"] for r in self.rounds if r["case"] == case))

    def metrics(self, case):
        return list(dict.fromkeys(m for r in self.rounds if r["case"] == case for m in r["figures"]))

    def values(self, case, server, metric):
        """Of each round."""
        return [r["figures"][metric] for r in self.rounds
                if (r["case"], r["server"]) == (case, server) and r["figures"].get(metric) is not None]

    def median(self, case, server, metric):
        values = self.values(case, server, metric)
        return statistics.median(values) if values else None

    def kernel_us(self, case, server):
        """Of the CPU for a request, the median of what was not in user space."""
        pairs = zip(self.values(case, server, "cpu_us"), self.values(case, server, "user_us"))
        parts = [cpu - user for cpu, user in pairs]
        return statistics.median(parts) if parts else None

    def save(self, path):
        with open(path, "w") as file:
            json.dump(vars(self), file, indent=1)

    @staticmethod
    def load(path):
        results = Results({})
        try:
            with open(path) as file:
                vars(results).update(json.load(file))
        except (OSError, ValueError, TypeError) as e:
            raise SystemExit(f"{path} has no results: {e}") from None
        return results
