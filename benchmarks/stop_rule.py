"""What the stop rule does to waits and shares answered: the figures behind docs/telephone.md.

    python benchmarks/stop_rule.py [--waves 2000] [--write]

A line is busier on some days than on others. Whoever waits there for more than ten minutes
hangs up, and nobody calls the line again that day; calls that were still due move to the same
hour of a later week that has room for them, or are cancelled. What the calls that are made show
is set against what is expected of the whole plan. --write puts the table into docs/coverage.md.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import Generator

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
HEADING = "\n## What the stop rule does\n"
SEED = 10
CALLS, HOURS = 84, (8.0, 20.0)
LIMIT = 600.0  # seconds, the default of fieldwork.stop_queue
PLANS = (12, 1), (12, 3), (4, 3), (4, 6)  # weeks, and most calls a day; the first is the default
BUSY = (0.3, 1.0)  # how much days differ: standard deviation of the logarithm of a day's mean wait
LONG = (0.05, 0.20)  # of the calls that would wait longer than the limit


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its plan; `mean` is the mean wait of a usual day in seconds."""

    weeks: int
    a_day: int
    busy: float
    mean: float


def main() -> None:
    """Simulate every setting and print, or write, the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--waves", type=int, default=2000)
    parser.add_argument("--write", action="store_true", help="into docs/coverage.md")
    arguments = parser.parse_args()
    rows = []
    for number, (plan, busy, long) in enumerate(product(PLANS, BUSY, LONG)):
        rng, line = np.random.default_rng([SEED, number]), Line(*plan, busy, mean_wait(busy, long))
        waves = pd.DataFrame([wave(rng, line) for _ in range(arguments.waves)])
        rows.append(row(line, long, waves))
        print(rows[-1], flush=True)
    if arguments.write:
        kept = DOCUMENT.read_text(encoding="utf-8").partition(HEADING)[0]
        DOCUMENT.write_text(kept + section(rows, arguments.waves), encoding="utf-8")


def mean_wait(busy: float, long: float) -> float:
    """The mean wait of a usual day at which a share `long` of all calls exceeds the limit."""
    from scipy.optimize import brentq

    days = np.exp(busy * np.random.default_rng(SEED).standard_normal(20_000))

    def excess(log: float) -> float:
        return float(np.exp(-LIMIT / (np.exp(log) * days)).mean()) - long

    return float(np.exp(brentq(excess, 0.0, 10.0)))


def wave(rng: Generator, line: Line) -> dict[str, float]:
    """What a wave shows beyond what is expected of its whole plan, and how much of it is made."""
    places = np.repeat(np.arange(7 * line.weeks), line.a_day)
    days = rng.permutation(places)[:CALLS]
    mean = line.mean * np.exp(line.busy * rng.standard_normal(7 * line.weeks))
    ruled = np.array(waits_made(rng, line, days, mean))
    beyond = np.exp(-LIMIT / mean[days])  # expected of every call of the plan
    return {
        "answered": (ruled <= LIMIT).mean() - (1 - beyond).mean(),
        "wait": ruled.clip(max=LIMIT).mean() - (mean[days] * (1 - beyond)).mean(),
        "made": len(ruled) / CALLS,
    }


def waits_made(rng: Generator, line: Line, days: np.ndarray, mean: np.ndarray) -> list[float]:
    """The waits of the calls that the rule lets be made."""
    due = [list(rng.uniform(*HOURS, n)) for n in np.bincount(days, minlength=len(mean))]
    waits: list[float] = []
    for day, hours in enumerate(due):
        stopped = False
        for hour in sorted(hours):
            if stopped:
                move(due, day, hour, line.a_day)
                continue
            waits.append(float(rng.exponential(mean[day])))
            stopped = waits[-1] > LIMIT
    return waits


def move(due: list[list[float]], day: int, hour: float, a_day: int) -> None:
    """Into the first later week that has room on that day; cancelled where none has."""
    for later in range(day + 7, len(due), 7):
        if len(due[later]) < a_day:
            due[later].append(hour)
            return


def row(line: Line, long: float, waves: pd.DataFrame) -> str:
    mean, error = waves.mean(), 1.96 * waves.std() / len(waves) ** 0.5
    return (
        f"| {line.weeks} weeks, at most {line.a_day} a day | {line.busy:g} | {long:.0%} "
        f"| {mean['made']:.1%} | {100 * mean['answered']:+.1f} ±{100 * error['answered']:.1f} "
        f"| {mean['wait']:+.0f} ±{error['wait']:.0f} |"
    )


def section(rows: list[str], waves: int) -> str:
    return "\n".join(
        [
            HEADING,
            "Calls to a line end for the day after a wait of more than ten minutes",
            "(`fieldwork.stop_queue`), so that crowded days count for too little. Written by",
            f"`python benchmarks/stop_rule.py --write`, seed {SEED}: in each row {waves:,} waves",
            f"of {CALLS} calls at one line; what the calls made show less what all that were",
            "planned would have shown. A wait is exponential; days differ in its mean by a",
            "lognormal factor. Mean waits are those within the first ten minutes. For comparison:",
            f"the 95 % interval of a share of 80 % of {CALLS} calls reaches 9 points either way.",
            "",
            "| plan | sd of days (log) | calls beyond ten minutes | made | share answered, points "
            "| mean wait, s |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
