"""Published care figures, to be drawn beside a study's own."""

from __future__ import annotations

from functools import cache

import pandas as pd

from .resources import folder


@cache
def figures() -> pd.DataFrame:
    """Every published figure of `data/benchmarks/published.csv`, one per row, all as text."""
    path = folder("benchmarks") / "published.csv"
    return pd.read_csv(path, dtype="string", keep_default_na=False)


def references(source: str) -> dict[str, tuple[str, float]]:
    """By channel, the year and the share answered that `source` published; empty if none."""
    found = {}
    for measure, turned in (("answered", False), ("unanswered", True)):
        rows = figures()
        rows = rows[rows["source"].eq(source) & rows["measure"].eq(measure)]
        for channel, year, value in zip(rows["channel"], rows["year"], rows["value"], strict=True):
            share = 1 - float(value) if turned else float(value)
            found[str(channel)] = (str(year), share)
    return found
