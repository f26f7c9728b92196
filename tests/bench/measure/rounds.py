"""Interleaved rounds: what is compared runs side by side, so that a slow minute slows both."""
import statistics


class Table:
    """Rows of what was measured and what is wanted, as Markdown."""

    def __init__(self):
        self.rows = []

    def add(self, what, measured, wanted="", good=None):
        """good: None where nothing is wanted of the row."""
        self.rows.append((what, measured, wanted, "" if good is None else "yes" if good else "**no**"))

    def at_least(self, what, ratio, wanted):
        """A ratio that should reach a value."""
        self.add(what, f"{ratio:.2f}", f">= {wanted:.2f}", ratio >= wanted)

    def at_most(self, what, ratio, wanted):
        """A ratio that should stay below a value."""
        self.add(what, f"{ratio:.2f}", f"<= {wanted:.2f}", ratio <= wanted)

    def text(self):
        """The table."""
        lines = ["| what | measured | wanted | met |", "|---|---|---|---|"]
        lines += [f"| {what} | {measured} | {wanted} | {met} |" for what, measured, wanted, met in self.rows]
        return "\n".join(lines)


def interleave(rounds, variants):
    """Run each variant (name -> function) once a round; {name: [result]}.  The first round warms up and is dropped."""
    results = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, measure in variants.items():
            result = measure()
            if number > 0:
                results[name].append(result)
    return results


def median(results, field=None):
    """Of numbers, or of one field of dicts."""
    return statistics.median(result if field is None else result[field] for result in results)


def ratio(results, one, other, field=None):
    """The ratio of two variants' medians."""
    return median(results[one], field) / median(results[other], field)


def spread(values):
    """'median (lowest to highest)' for people."""
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"
