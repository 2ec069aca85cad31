"""How often the intervals of a report hold the truth: the long run behind docs/coverage.md.

    python benchmarks/coverage.py [--repeats 2000] [--only rank] [--write]

Every scenario draws data of a known truth, asks the very functions that the reports ask, and
counts how often the truth lies inside. The tests run short versions of some of them. --write
puts the table into docs/coverage.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scenarios import SCENARIOS, inside

from carebench.methods import proportions

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
SEED = 95
LOW = 0.93  # below this the report itself says so


def main() -> None:
    """Run every scenario and print, or write, the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=2000)
    parser.add_argument("--only", default="", help="scenarios whose name holds this word")
    parser.add_argument("--write", action="store_true", help="into docs/coverage.md")
    arguments = parser.parse_args()
    rows = written() if arguments.only else {"": [*enumerated()]}
    for number, (what, simulate) in enumerate(SCENARIOS.items()):
        if arguments.only in what:
            started, rng = time.process_time(), np.random.default_rng([SEED, number])
            rows[what] = []
            for method, setting, repeats in simulate(rng, arguments.repeats):
                hits = [hit for one in repeats for hit in one]
                rows[what].append(row(what, method, setting, hits))
                print(rows[what][-1], flush=True)
            print(f"  {time.process_time() - started:.0f} CPU s", flush=True)
    if arguments.write:
        lines = [line for what in ("", *SCENARIOS) for line in rows.get(what, [])]
        rest = "".join(DOCUMENT.read_text(encoding="utf-8").partition("\n## ")[1:])
        DOCUMENT.write_text(document(lines, arguments.repeats) + rest, encoding="utf-8")


def written() -> dict[str, list[str]]:
    """The rows of the document by scenario; those that are enumerated under ""."""
    rows: dict[str, list[str]] = {}
    for line in DOCUMENT.read_text(encoding="utf-8").partition("\n## ")[0].splitlines():
        if line.startswith("| ") and not line.startswith("| interval of"):
            what = line.split(" | ")[0].removeprefix("| ")
            rows.setdefault(what if what in SCENARIOS else "", []).append(line)
    return rows


def row(what: str, method: str, setting: str, hits: list[bool]) -> str:
    share = float(np.mean(hits))
    error = (share * (1 - share) / len(hits)) ** 0.5
    shown = f"**{share:.3f}**" if share < LOW else f"{share:.3f}"
    return f"| {what} | {method} | {setting} | {shown} | ±{1.96 * error:.3f} |"


def document(lines: list[str], repeats: int) -> str:
    return "\n".join(
        [
            "# How often the intervals hold the truth",
            "",
            "Coverage of nominal 95 % intervals, of the functions that the reports call. Written",
            f"by `python benchmarks/coverage.py --write` with up to {repeats:,} repeats a row; the",
            "first rows are enumerated and have no error of their own. Bold: below .93, where the",
            "report's method box says so. Above .95 an interval is wider than it need be. Several",
            "intervals of one repeat (one for each provider) are counted one by one; the error",
            "takes them as independent.",
            "",
            "| interval of | method | setting | covers | 95 % error |",
            "|---|---|---|---|---|",
            *lines,
            "",
        ]
    )


def enumerated() -> Iterator[str]:
    """Coverage of one rate and of a difference, from every count there can be."""
    from scipy.stats import binom

    rates = np.linspace(0.02, 0.98, 49)
    for method in ("wilson", "clopper-pearson"):
        for n in (5, 12, 20, 84):
            every = [proportions.proportion(k, n, method=method) for k in range(n + 1)]
            chance = binom.pmf(np.arange(n + 1)[:, None], n, rates)
            held = np.array([[inside(one, p) for p in rates] for one in every])
            yield _exact("one rate", method, f"n = {n}", (chance * held).sum(axis=0))
    for n1, n2 in ((5, 5), (12, 12), (20, 20), (12, 84)):
        coarse = np.linspace(0.05, 0.95, 19)
        one, two = (binom.pmf(np.arange(n + 1)[:, None], n, coarse) for n in (n1, n2))
        held = np.zeros((len(coarse), len(coarse)))
        for i in range(n1 + 1):
            for j in range(n2 + 1):
                limits = proportions.difference(i, n1, j, n2)
                gap = coarse[:, None] - coarse[None, :]
                is_in = (limits.low - 1e-12 <= gap) & (gap <= limits.high + 1e-12)
                held += np.outer(one[i], two[j]) * is_in
        yield _exact("difference of two rates", "Newcombe", f"n = {n1} and {n2}", held)


def _exact(what: str, method: str, setting: str, covers: np.ndarray) -> str:
    mean, least = float(covers.mean()), float(covers.min())
    shown = f"**{mean:.3f}**" if mean < LOW else f"{mean:.3f}"
    line = f"| {what} | {method} | {setting} | {shown} on average, {least:.3f} at worst | exact |"
    print(line, flush=True)
    return line


if __name__ == "__main__":
    main()
