"""The ledger as costs are computed from it: one row per period in time, or per customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...language import _, number
from ...sources import Care
from ..periods import added_up, numbered, of_one_length, why_unordered

AMOUNTS = ("acquisition_spend", "retention_spend", "acquired", "retained", "customer_years")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows of the ledger that can be used.

    `rows` has the columns of `AMOUNTS` that the study has. `periods` numbers the rows in time;
    None where they are customers, or where nobody can tell which period follows which. `span`
    says in words over what the ledger runs, and `notes` what a reader must know of it.
    """

    rows: pd.DataFrame
    periods: npt.NDArray[np.int64] | None
    per_year: int
    span: str
    by_customer: bool
    notes: tuple[str, ...]

    def has(self, *columns: str) -> bool:
        """Whether the study gives these columns."""
        return set(columns) <= set(self.rows)


def read(care: Care) -> Ledger:
    """The ledger of the study: rows of the same period are added up."""
    rows = care.current("ledger")
    if "period" not in rows or ("customer_id" in rows and rows["customer_id"].notna().any()):
        return _of_customers(rows)
    return _of_periods(rows)


def _of_customers(rows: pd.DataFrame) -> Ledger:
    kept = _amounts(rows)
    span = _("{n} prospects and customers").format(n=number(len(kept)))
    if "period" in rows and rows["period"].notna().any():
        names = sorted(map(str, rows["period"].dropna().unique()))
        span += ", " + _between(names)
    return Ledger(kept, None, 0, span, True, tuple(_lacking(kept)))


def _of_periods(rows: pd.DataFrame) -> Ledger:
    named = rows[rows["period"].notna()]
    alike, notes = of_one_length(named["period"].astype(str))
    unnamed, named = len(rows) - len(named), named[alike]
    names, amounts = named["period"].astype(str), _amounts(named)
    # A period of which one row lacks an amount has no sum of it.
    sums = amounts.groupby(names).sum().where(~amounts.isna().groupby(names).any())
    numbers, per_year = numbered(list(sums.index))
    notes += [*_lacking(sums), *added_up(names)]
    if unnamed:
        notes.append(_("Rows without a period are left out: {n}.").format(n=number(unnamed)))
    if numbers is None:
        text = _(
            "None of the periods is known to follow another, so each counts as independent: {why}. "
            "Where one holds another, the sums count it twice."
        )
        if len(sums):
            notes.append(text.format(why=why_unordered(list(sums.index))))
        return Ledger(sums.reset_index(drop=True), None, 0, _between(list(sums.index)), False,
                      tuple(notes))  # fmt: skip
    order = np.argsort(numbers)
    missing = int(np.ptp(numbers)) + 1 - len(numbers) if len(numbers) else 0
    if missing:
        notes.append(_("Periods missing in between: {n}.").format(n=number(missing)))
    span = _between([str(sums.index[at]) for at in order])
    return Ledger(
        sums.iloc[order].reset_index(drop=True), numbers[order], per_year, span, False,
        tuple(notes),
    )  # fmt: skip


def _amounts(rows: pd.DataFrame) -> pd.DataFrame:
    there = [name for name in AMOUNTS if name in rows]
    return rows[there].astype("float64").reset_index(drop=True).set_axis(rows.index)


def _between(names: list[str]) -> str:
    if not names:
        return _("no period")
    if names[0] == names[-1]:
        return names[0]
    return _("{first} to {last}").format(first=names[0], last=names[-1])


def _lacking(rows: pd.DataFrame) -> list[str]:
    """How many rows say nothing of winning, where others do."""
    both = ["acquisition_spend", "acquired"]
    if not set(both) <= set(rows):
        return []
    lacking = int(rows[both].isna().any(axis=1).sum())
    if not lacking:
        return []
    text = _("Left out of the cost of winning: {n} rows that lack the spending or the customers.")
    return [text.format(n=number(lacking))]
