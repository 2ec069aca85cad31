"""How long each contract ran, in the study's periods, and whether it ended."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...language import N_, _, date, number
from ...schema import TABLES
from ...sources import Care
from ...sources.care import PANDAS_TYPES
from ...sources.problems import EMPTIED
from ...study import TableSource

NO_START = N_("no usable start")
NO_END = N_("the end cannot be used")
NOT_SAID = N_("whether it ended is not said")
MONTHS = {"month": 1, "year": 12}  # of a period
TYPES: dict[str, Any] = {
    column.name: PANDAS_TYPES[column.kind] for column in TABLES["contracts"].columns
}
KEPT = ("contract_id", "customer_id", "segment", "start", "until", "duration", "ended", "charge")


def contract_lifetimes(care: Care) -> pd.DataFrame:
    """Each contract whose length and state are known.

    Returns
    -------
    DataFrame
        `contract_id`; `customer_id` (NA where not known); `segment` ("" where not known);
        `start` and `until`, the day it ended or was last watched (NaT where the study gives
        lengths alone); `duration` from start to `until` in `study.loyalty.contract_period`
        periods, whole ones by the calendar; `ended`, bool; `charge` in a period (NaN where not
        known). What is left out says `contracts_left_out`.

    Notes
    -----
    Where `observed_until` is missing, a contract without an end is taken as watched until the
    last day in the table. An end after `observed_until` was not seen: the contract still runs.
    """
    rows = _classified(care)
    return rows.loc[rows["left_out"].eq(""), list(KEPT)].reset_index(drop=True)


def contracts_left_out(care: Care) -> dict[str, int]:
    """Contracts that are not in `contract_lifetimes`, by the reason (an English message)."""
    found = _classified(care)["left_out"]
    return {str(reason): int(n) for reason, n in found[found.ne("")].value_counts().items()}


def contract_notes(care: Care) -> tuple[str, ...]:
    """What a reader must know of the contracts: who is left out, and what was assumed."""
    rows, notes = _classified(care), []
    for reason, n in contracts_left_out(care).items():
        text = _("Contracts left out: {n} ({reason}).")
        notes.append(text.format(n=number(n), reason=_(reason)))
    if untold := _unusable(care)[1]:
        text = _(
            "The end of {n} contracts cannot be used, and which they are is not told: they count "
            "as running."
        )
        notes.append(text.format(n=number(untold)))
    if assumed := int(rows["assumed"].sum()):
        text = _(
            "{n} contracts do not say until when they were watched: taken is {day}, the last day "
            "in the table."
        )
        last: Any = rows.loc[rows["assumed"], "until"].iloc[0]
        notes.append(text.format(n=number(assumed), day=date(last)))
    if later := int(rows["later"].sum()):
        text = _("{n} contracts end after the last day watched: they count as running until then.")
        notes.append(text.format(n=number(later)))
    names = rows["contract_id"].dropna()
    if twice := int(names.duplicated().sum()):
        text = _("{n} rows repeat the name of another contract; each row counts as a contract.")
        notes.append(text.format(n=number(twice)))
    return (*notes, *care.not_limited("contracts"))


def periods_between(care: Care, start: pd.Series[Any], end: pd.Series[Any]) -> pd.Series[Any]:
    """Periods of the study from `start` to `end` by the calendar, with decimals."""
    return _months_between(start, end) / MONTHS[care.study.loyalty.contract_period]


def _classified(care: Care) -> pd.DataFrame:
    """Every contract with its length, its state, and why it is left out ("" where it is not)."""
    return care.once("contract lifetimes", lambda: _made(care))


def _made(care: Care) -> pd.DataFrame:
    table = _completed(care.table("contracts"))
    unusable = np.zeros(len(table), dtype=bool)
    unusable[_unusable(care)[0]] = True
    end, watched = table["ended_at"], table["observed_until"]
    last = table[["started_at", "ended_at", "observed_until"]].max().max()
    later = (end > watched).to_numpy()
    seen = end.notna().to_numpy() & ~later
    until = end.where(seen, watched.fillna(last))
    said = table["ended"].fillna(False).to_numpy(dtype=bool)
    dated = table["started_at"].notna() & until.notna() & ~(said & ~seen)
    ended = np.where(dated, seen, said)
    span = periods_between(care, table["started_at"], until)
    duration = span.where(dated, table["duration"])
    reason = np.select(
        [unusable, duration.isna() & table["started_at"].isna(), duration.isna(),
         ~dated & table["ended"].isna()],
        [NO_END, NO_START, NO_END, NOT_SAID],
        default="",
    )  # fmt: skip
    return pd.DataFrame(
        {
            "contract_id": table["contract_id"],
            "customer_id": table["customer_id"],
            "segment": table["segment"].astype("string").fillna("").astype("category"),
            "start": table["started_at"],
            "until": until.where(dated),
            "duration": duration,
            "ended": ended,
            "charge": table["charge"],
            "left_out": reason,
            "assumed": dated & ~seen & watched.isna() & (reason == ""),
            "later": later & dated & (reason == ""),
        }
    )


def _completed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with every column that the schema knows, empty where the study lacks it."""
    lacking = {name: kind for name, kind in TYPES.items() if name not in table}
    return table.assign(
        **{name: pd.Series(index=table.index, dtype=kind) for name, kind in lacking.items()}
    )


def _months_between(start: pd.Series[Any], end: pd.Series[Any]) -> pd.Series[Any]:
    """Whole months by the calendar and the part of the one that runs; of 31 January the next
    monthly day is the last of February.
    """
    years, months = end.dt.year - start.dt.year, end.dt.month - start.dt.month
    whole = 12 * years + months
    whole = whole - (_monthly_day(start, whole) > end)
    begun, due = _monthly_day(start, whole), _monthly_day(start, whole + 1)
    month_runs: pd.Series[Any] = whole + (end - begun) / (due - begun)
    return month_runs


def _monthly_day(start: pd.Series[Any], months: pd.Series[Any]) -> pd.Series[Any]:
    """The day so many months after the start, or the last of a month that is too short."""
    known = start.notna() & months.notna()
    begin = start[known].to_numpy().astype("datetime64[D]")
    month = begin.astype("datetime64[M]") + months[known].to_numpy().astype(int)
    day = (begin - begin.astype("datetime64[M]")).astype(int)
    longest = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int)
    due = month.astype("datetime64[D]") + np.minimum(day, longest - 1)
    found = pd.Series(pd.NaT, index=start.index, dtype="datetime64[us]")
    found[known] = due.astype("datetime64[us]")
    return found


def _unusable(care: Care) -> tuple[npt.NDArray[np.int64], int]:
    """Which contracts have an end that was emptied, and how many more nobody can name.

    No row of this table is ever dropped, so where there is one file its rows are those of the
    table. The guess is held against the table: an end that was emptied must be empty there.
    """
    theirs = care.study.tables["contracts"].columns.get("ended_at", "ended_at")
    counts, rows = (
        part[part["table"].eq("contracts") & part["column"].eq(theirs) & part["action"].eq(EMPTIED)]
        for part in (care.problems.counts, care.problems.rows)
    )
    total, nobody = int(counts["n"].sum()), np.array([], dtype=np.int64)
    if not total:
        return nobody, 0
    empty = np.flatnonzero(care.table("contracts")["ended_at"].isna())
    at = np.unique(rows["row"].to_numpy() - _first_row(care.study.tables["contracts"]))
    told = len(set(rows["file"])) == 1 and np.isin(at, empty).all()
    return (at, total - len(at)) if told else (nobody, total)


def _first_row(source: TableSource) -> int:
    """The number that the check gives the first row of data."""
    headed = source.header and not source.sql and source.kind in ("csv", "blank", "xlsx")
    return (2 if headed else 1) + source.skip
