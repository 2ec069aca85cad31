"""Published care figures, to be drawn beside a study's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from .resources import folder
from .schema import DataError, nearest


@dataclass(frozen=True, slots=True)
class Reference:
    """One published share of contacts answered, as it was printed.

    `printed` is the share in print; `unanswered` says that it counted those *not* answered.
    """

    year: str
    printed: float
    unanswered: bool

    @property
    def answered(self) -> float:
        """The share answered that the figure stands for."""
        return 1 - self.printed if self.unanswered else self.printed


@cache
def figures() -> pd.DataFrame:
    """Every published figure of `data/benchmarks/published.csv`, one per row, all as text."""
    path = folder("benchmarks") / "published.csv"
    return pd.read_csv(path, dtype="string", keep_default_na=False)


@cache
def claims(notebook: str) -> pd.DataFrame:
    """The claims of `data/benchmarks/claims.csv` that `notebook` ("02", "03") can speak to.

    All columns are text but `value`, which is a number.
    """
    path = folder("benchmarks") / "claims.csv"
    rows = pd.read_csv(path, dtype="string", keep_default_na=False)
    rows = rows.assign(value=rows["value"].astype("float64"))
    return rows[rows["notebook"].eq(notebook)].reset_index(drop=True)


def references(source: str) -> dict[str, Reference]:
    """By channel, what `source` published of contacts answered; nothing for the source "".

    A channel for which the source gives several figures (by platform, say) is left out:
    which of them to draw is not for us to choose.

    Raises
    ------
    DataError
        There is no such source; the message gives the nearest.
    """
    rows = figures()
    known = sorted(rows["source"].unique())
    if source and source not in known:
        raise DataError(
            f"audit.benchmark is {source!r}, which no row of published.csv has as its source."
            f"{nearest(source, known)} Expected one of {', '.join(known)}."
        )
    rows = rows[rows["source"].eq(source) & rows["measure"].isin(["answered", "unanswered"])]
    rows = rows.drop_duplicates("channel", keep=False)
    return {
        str(channel): Reference(str(year), float(value), measure == "unanswered")
        for channel, year, value, measure in zip(
            rows["channel"], rows["year"], rows["value"], rows["measure"], strict=True
        )
    }
