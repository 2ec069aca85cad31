"""What each column of an exported table means, in what unit, by which method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from ..estimate import COLUMNS
from ..finding import Finding
from ..language import N_, _
from ..schema import TABLES
from .dictionary import MEANINGS

_UNITS = {
    "share": N_("share, 0 to 1"),
    "date": N_("day"),
    "month": N_("month"),
    "score": N_("points"),
}
_OWN_UNIT = ("value", "low", "high", "reference")
_SHARES = (
    "confidence_level",
    "share",
    "customers",
    "revenue",
    "answered_rate",
    "resolved_rate",
    "channel_share",
    "resolved_share",
    "quality_share",
    "hours_share",
    "best",
    "alive",
    "alive_low",
    "alive_high",
)


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
