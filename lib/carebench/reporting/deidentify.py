"""What may leave the house: tables from which no person can be told.

Rows about single persons are left out, days become months, and where a row rests on fewer
than five observations its numbers are withheld, with the reason beside them. Where one row
alone would be withheld, the next smallest goes with it: the two could otherwise be told
apart by subtraction. Totals of other tables are not searched for such differences.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..finding import Answer, Finding, Skipped
from ..language import _
from ..schema import TABLES

FEWEST = 5
# Columns that tell one person, or one contact with one, from another; firms are no persons.
_EACH = {c.name: c.kind for table in TABLES.values() for c in table.columns}
PERSONS = {name for name, kind in _EACH.items() if kind == "id"} - {"provider"} | {"shopper"}
FREE_TEXT = {name for name, kind in _EACH.items() if kind == "text"}
EXTREMES = {"smallest"}  # what one customer brought
PLACES = {"day", "hour"}  # whole numbers that count nothing


def deidentified(answer: Finding) -> Answer:
    """`answer` without what could tell a person; why it is left out, where nothing remains."""
    if answer.stated:
        return answer
    rows = answer.rows.reset_index(drop=True)
    if PERSONS & set(rows.columns):
        return Skipped(_("Left out: its rows are about single persons or contacts."))
    bases = base_counts(answer)
    if not bases:
        return Skipped(_("Left out: its rows do not say how many observations they rest on."))
    days = [str(name) for name in rows.select_dtypes(["datetime", "datetimetz"])]
    months = {name: rows[name].dt.strftime("%Y-%m") for name in days}
    telling = [name for name in rows if name in FREE_TEXT | EXTREMES]
    kept = rows.drop(columns=telling).assign(**months)
    few = rows[bases].fillna(0).lt(FEWEST).any(axis=1)
    second = _next_smallest(rows, few, bases[0])
    kept = _withheld(kept, few, _("Withheld: fewer than {n} observations.").format(n=FEWEST))
    kept = _withheld(kept, second, _("Withheld: would give away another row by subtraction."))
    kept, emptied = _small_counts(kept, answer, bases)
    safe = replace(answer, rows=kept, styles={**answer.styles, **dict.fromkeys(days, "month")})
    if few.any() or emptied:
        return replace(safe, headline="", notes=())  # they may say what was withheld
    return safe


def base_counts(answer: Finding) -> list[str]:
    """The columns that say how many observations a row rests on."""
    rows = answer.rows
    named = [str(name) for name in rows if name == "n" or str(name).endswith("_n")]
    if named:
        return sorted(named, key=lambda name: name != "n")
    counted = [str(name) for name in rows if answer.styles.get(str(name)) == "count"]
    whole = rows.select_dtypes("integer").columns
    return (counted or [str(name) for name in whole if name not in PLACES])[:1]


def keys(rows: pd.DataFrame) -> list[str]:
    """The leading columns of text: what a row is about."""
    found = []
    for name in rows:
        if not pd.api.types.is_string_dtype(rows[name]):
            break
        found.append(str(name))
    return found


def _next_smallest(rows: pd.DataFrame, few: pd.Series[Any], base: str) -> pd.Series[Any]:
    """In each block with one row withheld, the row to withhold with it."""
    outer = keys(rows)[:-1]
    block = rows.groupby(outer, dropna=False).ngroup() if outer else few.mul(0)
    chosen = []
    for number in block.unique():
        inside = block.eq(number)
        others = rows.loc[inside & ~few, base].astype("float64")
        if (inside & few).sum() == 1 and len(others):
            chosen.append(others.idxmin())
    return pd.Series(rows.index.isin(chosen), index=rows.index)


def _withheld(rows: pd.DataFrame, which: pd.Series[Any], reason: str) -> pd.DataFrame:
    """`rows` with everything but what they are about emptied where `which`."""
    stay = {*keys(rows), *PLACES, "unit", "reason"}
    told = rows["reason"] if "reason" in rows else pd.Series("", index=rows.index)
    rows = rows.assign(reason=told.where(~which, reason))
    if which.any():
        for name in [name for name in rows if name not in stay]:
            rows[name] = rows[name].astype("object").where(~which, None)
    return rows


def _small_counts(
    rows: pd.DataFrame, answer: Finding, bases: list[str]
) -> tuple[pd.DataFrame, bool]:
    """Counts of 1 to 4 emptied where they are no more than a part of a row's own count."""
    emptied = False
    for name in rows:
        if answer.styles.get(str(name)) == "count" and name not in bases:
            small = pd.to_numeric(rows[name]).between(1, FEWEST - 1)
            rows[name] = rows[name].astype("object").where(~small, None)
            reason = _("Withheld: a count below {n}.").format(n=FEWEST)
            rows["reason"] = np.where(small, reason, rows["reason"])
            emptied = emptied or bool(small.any())
    return rows, emptied
