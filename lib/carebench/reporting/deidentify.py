"""What may leave the house: tables from which no person can be told.

Rows about single persons are left out, days become months, and where a row rests on fewer
than five observations it keeps its place in the table alone: no number, no sentence, and no
name that the study gave. So does a row that counts fewer than five persons, but for its name.
So does a row most of whose revenue one customer brings, for the sum tells nearly what that one
brought. What is withheld together could be had by subtraction: where it is one row alone, or one
customer brings most of it, the next smallest goes with it: in a cross table in each group of
either scheme, and on the map of segments in each segment, for other tables hold their totals.
Other tables are not searched for such differences.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import replace
from typing import Any

import pandas as pd

from ..finding import FEWEST, Answer, Finding, Skipped
from ..language import _
from ..schema import TABLES
from ..segmentation.dominance import DOMINANT

# Columns that tell one person, or one contact with one, from another; firms are no persons.
_EACH = {c.name: c.kind for table in TABLES.values() for c in table.columns}
PERSONS = {name for name, kind in _EACH.items() if kind == "id"} - {"provider"} | {"shopper"}
FREE_TEXT = {name for name, kind in _EACH.items() if kind == "text"}
EXTREMES = {"smallest", "largest_part"}  # what one customer brought
# Amounts that add up: of several in a table, the first here counts.
AMOUNTS = ("revenue", "net_revenue", "revenue_lost", "revenue_share")
# Where in its table a row stands: whole numbers that count nothing, and words of the kit, firms
# and times.
STEPS = {
    "comparisons",
    "day",
    "hour",
    "later",
    "months",
    "periods_later",
    "place",
    "r",
    "score",
} | {*("v", "week")}
PLACES = {
    *("after", "age", "ahead", "bought_before", "cohort", "lag", "period", "wave"),
    *("channel", "clock", "event", "form", "mark", "platform", "provider", "state"),
    *("action", "answer", "audit", "by", "care_form", "care_method", "care_stage", "check"),
    *("claim", "claim_id", "claimed", "column", "contacts", "content", "cost", "difference"),
    *("done", "earlier", "entry", "expected", "fact", "family", "from", "indicator", "input"),
    *("item", "later", "line", "measure", "model", "order", "outcome", "parameter"),
    *("part", "pattern", "persona", "scheme", "score", "served", "serving", "shoppers", "source"),
    *("status", "step", "table", "tier", "tier_name", "tone", "topic", "unit", "version"),
    *("what", "who"),
}
# Leading columns with words of the study's own: they tell, where hardly anybody is behind them.
NAMES = {"base", "brought", "complaint", "department", "effort", "group", "pair", "rule"} | {
    *("segment", "sign", "trait", "trial")
}


def deidentified(answer: Finding, *, persons: bool = True) -> Answer:
    """`answer` without what could tell a person; why it is left out, where nothing remains.

    `persons` is false where what is counted are firms, or attempts to reach them.
    """
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
    kept = rows.assign(**months)
    places = _places(rows)
    named = places | NAMES & set(keys(rows))
    few = rows[bases].apply(_small).any(axis=1)
    one = rows.get("largest_part", few.mul(0.0)).gt(DOMINANT) & ~few
    second = _next_smallest(rows, few | one, bases[0])
    reason = _("Withheld: fewer than {n} observations.").format(n=FEWEST)
    kept = _withheld(kept, few, reason, places if persons else named)
    kept = _withheld(kept, one, _("Withheld: one customer brings most of it."), places)
    kept = _withheld(kept, second, _subtraction(), named)
    if persons and {"value", "low", "high", "reason"} <= set(rows):
        nothing = rows[["value", "low", "high"]].isna().all(axis=1)
        asked = pd.to_numeric(rows[bases[0]]).astype("float64").gt(0)
        silent = (
            nothing & asked & ~few & ~one & ~second
        )  # its words may say what was too little to tell
        kept = _withheld(kept, silent, rows["reason"], {*bases, *named, "warnings"} - {"pair"})
    kept, emptied = _small_counts(kept, answer, {*bases, *named}, persons=persons)
    kept = kept.drop(columns=telling)
    safe = replace(answer, rows=kept, styles={**answer.styles, **dict.fromkeys(days, "month")})
    if few.any() or one.any() or emptied:  # the words may say what was withheld
        return replace(safe, headline="", caption=_without_numbers(answer.caption), notes=())
    return safe


def base_counts(answer: Finding) -> list[str]:
    """The columns that say how many observations a row rests on."""
    rows = answer.rows
    named = [str(name) for name in rows if name == "n" or str(name).endswith("_n")]
    if named:
        return sorted(named, key=lambda name: name != "n")
    counted = [name for name in map(str, rows) if answer.styles.get(name) == "count"]
    counted += map(str, rows.select_dtypes("integer"))
    return [name for name in counted if name not in STEPS][:1]


def keys(rows: pd.DataFrame) -> list[str]:
    """The leading columns of text that say what a row is about."""
    found = []
    for name in rows:
        if name not in PLACES | NAMES or not pd.api.types.is_string_dtype(rows[name]):
            break
        found.append(str(name))
    return found


def _places(rows: pd.DataFrame) -> set[str]:
    """The columns that say where a row stands."""
    words = {str(name) for name in rows if pd.api.types.is_string_dtype(rows[name])}
    numbers = {str(name) for name in rows.select_dtypes("integer")}
    return words & PLACES | numbers & STEPS


def _small(counts: pd.Series[Any]) -> pd.Series[Any]:
    """Where a count is above zero and below the fewest that may be told."""
    return pd.to_numeric(counts).astype("float64").between(0, FEWEST, inclusive="neither")


def _next_smallest(rows: pd.DataFrame, few: pd.Series[Any], base: str) -> pd.Series[Any]:
    """The rows to withhold with those withheld: in each block not one alone, or one customer's."""
    counts = pd.to_numeric(rows[base]).astype("float64")
    hidden, before = few, -1
    while hidden.sum() > before:  # of a cross table, what one margin takes the other may need
        before = int(hidden.sum())
        for outer in _margins(rows):
            block = rows.groupby(outer, dropna=False).ngroup() if outer else few.mul(0)
            for number in block[hidden].unique():
                inside = block.eq(number)
                hidden = hidden | _beside(rows[inside], hidden[inside], counts[inside])
    return hidden & ~few


def _beside(
    rows: pd.DataFrame, hidden: pd.Series[Any], counts: pd.Series[float]
) -> pd.Series[bool]:
    """The rows of a block that are hidden, and those that must be so that these tell nothing."""
    chosen = list(rows.index[hidden])
    others = counts[~hidden].sort_values(kind="stable")
    for row in others.index[others.gt(0)]:
        if len(chosen) > 1 and not _tells(rows.loc[chosen]):
            break
        chosen.append(row)
    return pd.Series(rows.index.isin(chosen), index=rows.index)


def _margins(rows: pd.DataFrame) -> list[list[str]]:
    """The columns within which rows add up to a total that is told, one list for each total."""
    if {"by", "code", "other_code"} <= set(rows):  # of a cross table: each group of either scheme
        return [["by", "code"], ["by", "other_code"]]
    return [_outer(rows)]


def _outer(rows: pd.DataFrame) -> list[str]:
    """The columns that part rows into blocks which add up: all keys but the last one."""
    found = keys(rows)
    after = [str(name) for name in rows][len(found) : len(found) + 1]
    return found if found and set(after) <= STEPS and after else found[:-1]


def _tells(hidden: pd.DataFrame) -> bool:
    """Whether the sum of these rows would tell nearly what one customer brings."""
    name = next((name for name in AMOUNTS if name in hidden), None)
    if name is None or "largest_part" not in hidden:
        return False
    amounts = hidden[name].astype("float64").abs()
    most = (amounts * hidden["largest_part"].astype("float64")).max()
    return bool(most > DOMINANT * amounts.sum())


def _withheld(
    rows: pd.DataFrame,
    which: pd.Series[Any],
    reason: str | pd.Series[Any],
    stay: Set[str],
    ending: str = "",
) -> pd.DataFrame:
    """`rows` with all but `stay` emptied where `which`: what ends so alone."""
    told = rows["reason"] if "reason" in rows else pd.Series("", index=rows.index)
    rows = rows.assign(reason=told.where(~which, reason))
    if which.any():
        for name in rows:
            if name not in stay | {"reason"} and str(name).endswith(ending):
                rows[name] = rows[name].astype("object").where(~which, None)
    return rows


def _subtraction() -> str:
    return _("Withheld: would give away another row by subtraction.")


def _small_counts(
    rows: pd.DataFrame, answer: Finding, stay: Set[str], *, persons: bool
) -> tuple[pd.DataFrame, bool]:
    """Counts of 1 to 4 emptied, though more are observed, and what would give them back.

    The count `k` of persons gives its row away; one of several, such as `k_6`, its own part.
    """
    emptied = False
    reason = _("Withheld: a count below {n}.").format(n=FEWEST)
    for name in map(str, rows):
        part = persons and (name == "k" or name.startswith("k_"))
        if part or (answer.styles.get(name) == "count" and name not in stay):
            small = _small(rows[name])
            second = _next_smallest(rows, small, name)
            ending = name[1:] if part else name
            rows = _withheld(rows, small, reason, stay, ending)
            rows = _withheld(rows, second, _subtraction(), stay, ending)
            emptied = emptied or bool(small.any())
    return rows, emptied


def _without_numbers(text: str) -> str:
    """The sentences of `text` that hold no digit."""
    return " ".join(told for told in re.split(r"(?<=[.:;]) ", text) if not re.search(r"\d", told))
