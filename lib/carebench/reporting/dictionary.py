"""What each column of an exported table means, in what unit, by which method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from ..estimate import COLUMNS
from ..finding import Finding
from ..language import N_, _
from ..schema import TABLES

# Columns that no heading of a report explains.
MEANINGS: dict[str, str] = {
    "value": N_("the estimate, not rounded"),
    "low": N_("lower limit of the interval"),
    "high": N_("upper limit of the interval"),
    "n": N_("number of observations that the row rests on"),
    "method": N_("how the interval was made"),
    "unit": N_("unit of the estimate and its interval"),
    "confidence_level": N_("confidence level of the interval"),
    "k": N_("how many of the n, where the estimate is k of n"),
    "design_effect": N_("by how much clusters or weights widen the variance"),
    "outside": N_("whether the confidence set is everything outside the two limits"),
    "reason": N_("why there is no number"),
    "warnings": N_("what to know before using the number"),
    "reference": N_("published figure drawn beside the estimate"),
    "reference_name": N_("where the published figure comes from"),
    "label": N_("name of a point that the figure marks"),
    "what": N_("what the row is about"),
    "customers": N_("share of customers, those with the most revenue first"),
    "revenue": N_("their share of revenue"),
    "time": N_("time since the attempt was made"),
    "share": N_("share answered by then"),
    "waiting": N_("attempts still waiting just before then"),
    "variance": N_("variance of the share on the log-log scale"),
    "limit": N_("time within which an answer should come"),
    "day": N_("day of the week, 0 is Monday"),
    "hour": N_("hour of the day, local time"),
    "always": N_("whether the provider claims to answer at every hour"),
    "day_k": N_("attempts answered by day"),
    "day_n": N_("attempts made by day"),
    "night_k": N_("attempts answered at night"),
    "night_n": N_("attempts made at night"),
}
_UNITS = {
    "share": N_("share, 0 to 1"),
    "date": N_("day"),
    "month": N_("month"),
    "score": N_("points"),
}
_OWN_UNIT = ("value", "low", "high", "reference")
_SHARES = ("confidence_level", "share", "customers", "revenue")


def describe(name: str, answer: Finding, columns: Mapping[str, str]) -> Iterable[dict[str, str]]:
    """A row of the dictionary for each column of the table `name`.

    Parameters
    ----------
    name : str
        What the exported table is called.
    answer : Finding
        The answer that it holds.
    columns : mapping of str to str
        The name of each exported column: the name it has in `answer`.
    """
    for exported, own in columns.items():
        yield {
            "table": name,
            "column": exported,
            "meaning": meaning(own, answer),
            "unit": _unit(own, answer),
            "type": _type(answer.rows, own),
            "method": _method(own, answer),
        }


def meaning(column: str, answer: Finding) -> str:
    """The heading that a reader sees, what `MEANINGS` or the codebook says, or the name itself."""
    if answer.labels.get(column):
        return answer.labels[column]
    if column in MEANINGS:
        return _(MEANINGS[column])
    known = {c.name: c.meaning for table in TABLES.values() for c in table.columns}
    return known.get(column, column.replace("_", " "))


def _unit(column: str, answer: Finding) -> str:
    rows, style = answer.rows, answer.styles.get(column, "")
    if style:
        return _(_UNITS[style]) if style in _UNITS else style
    if "unit" in rows and column in (*_OWN_UNIT, "time"):
        units = [str(unit) for unit in rows["unit"].dropna().unique()]
        return "; ".join(_(_UNITS[unit]) if unit in _UNITS else unit for unit in units)
    is_share = column in _SHARES and pd.api.types.is_float_dtype(rows[column])
    return _(_UNITS["share"]) if is_share else ""


def _type(rows: pd.DataFrame, column: str) -> str:
    values = rows[column]
    if pd.api.types.is_bool_dtype(values):
        return "true/false"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def _method(column: str, answer: Finding) -> str:
    if column not in ("value", "low", "high") or not set(COLUMNS) <= set(answer.rows.columns):
        return ""
    methods = [_(str(method)) for method in answer.rows["method"].dropna().unique() if method]
    return "; ".join(methods)
