"""A number never travels alone: its interval, its n and its method go with it.

`Estimate` is one such number; `frame` is the table of them that every method returns and
every figure draws. Nothing is rounded here except in the text for a reader.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd

from .language import _, money, number, percent


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with what a reader needs to judge it.

    Parameters
    ----------
    value, low, high : float or None
        The number and the limits of its interval, in `unit`, never rounded. A limit may be
        infinite. `value` is None where there is no number; `reason` then says why, and the
        limits may still say what is known. Both
        limits are None where an interval would claim more than is known (a census, say).
    n : int
        How many observations it rests on.
    method : str
        How the interval was made, such as "Wilson score". This, `reason` and `warnings` are
        English messages, translated where they are shown.
    unit : str
        "share" (0 to 1), "points" (differences of shares × 100, NPS), "score", "ratio",
        "count", "seconds", "hours", or an ISO 4217 currency code.
    confidence_level : float
        Of the interval.
    k : int or None
        How many of the n, where the number is k of n.
    design_effect : float or None
        By how much clustering or weighting inflates the variance, where it is known.
    outside : bool
        The confidence set is no interval: it is everything *outside* (low, high).
    reason : str
        Why there is no value.
    warnings : tuple of str
        What a reader must know before using the number.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    unit: str = "share"
    confidence_level: float = 0.95
    k: int | None = None
    design_effect: float | None = None
    outside: bool = False
    reason: str = ""
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise ValueError("an estimate without a value must give its `reason`")
        if (self.low is None) != (self.high is None):
            raise ValueError("`low` and `high` go together: give both limits or neither")
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ValueError(f"`low` {self.low} is above `high` {self.high}")

    @classmethod
    def absent(cls, reason: str, *, n: int = 0, method: str = "", unit: str = "share") -> Estimate:
        """No number, and why."""
        return cls(None, None, None, n, method, unit, reason=reason)

    def warn(self, *warnings: str) -> Estimate:
        """The same estimate with further warnings."""
        return replace(self, warnings=self.warnings + warnings)

    @property
    def has_interval(self) -> bool:
        return self.low is not None

    def value_text(self, digits: int | None = None) -> str:
        """The value alone, for a table with the interval in a column of its own."""
        return "–" if self.value is None else quantity(self.value, self.unit, digits)

    def interval_text(self, digits: int | None = None) -> str:
        """The interval in words: "23% to 71%", "3 or more", "below 2 or above 9"."""
        if self.low is None or self.high is None:
            return "–"
        low, high = (quantity(limit, self.unit, digits) for limit in (self.low, self.high))
        if self.outside:
            return _("below {low} or above {high}").format(low=low, high=high)
        if math.isinf(self.low) and math.isinf(self.high):
            return _("no limit either way")
        if math.isinf(self.high) and self.unit in ("hours", "seconds"):  # a wait has no end
            return _("{low} or more").format(low=low)
        if math.isinf(self.high):
            return _("{low} or more, no finite upper limit").format(low=low)
        if math.isinf(self.low):
            return _("{high} or less, no finite lower limit").format(high=high)
        return _("{low} to {high}").format(low=low, high=high)

    def in_points(self) -> Estimate:
        """A difference of shares in points, as a reader says it."""
        value, low, high = (
            None if share is None else 100 * share for share in (self.value, self.low, self.high)
        )
        return replace(self, value=value, low=low, high=high, unit="points")

    def __str__(self) -> str:
        """For the reader, in the language in use: "46% (23% to 71%, n = 13)"."""
        return self._sentence(self.value_text())

    def emphasised(self) -> str:
        """The same with the value between double asterisks, for a headline."""
        return self._sentence(f"**{self.value_text()}**")

    def _sentence(self, value: str) -> str:
        n = number(self.n)
        if self.value is None:
            return _("not known ({reason}; n = {n})").format(reason=_(self.reason), n=n)
        if self.low is None:
            return _("{value} (n = {n})").format(value=value, n=n)
        return _("{value} ({interval}, n = {n})").format(
            value=value, interval=self.interval_text(), n=n
        )


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Estimate))


def quantity(value: float, unit: str, digits: int | None = None) -> str:
    """`value` with its `unit`, as a reader of the language in use writes it.

    Without `digits`, shares and counts have none, ratios and scores two, and times and
    points as many as two significant figures need.
    """
    if unit == "share":
        return percent(value, digits if digits is not None else _share_digits(value))
    if unit == "points":
        return number(value, digits if digits is not None else int(0.05 <= abs(value) < 1))
    if unit == "seconds":
        return _("{n} s").format(n=number(value, digits if digits is not None else 0))
    if unit == "hours":
        return _("{n} h").format(n=number(value, digits if digits is not None else 1))
    if unit == "count":
        return number(value, digits or 0)
    if unit in ("ratio", "score"):
        return number(value, digits if digits is not None else 2)
    return money(value, unit, digits)


def _share_digits(share: float) -> int:
    """Whole per cents, except near 0 and 1, where a rounded limit would claim certainty."""
    return 1 if 0 < share < 0.01 or 0.99 < share < 1 else 0


def frame(
    estimates: Iterable[tuple[Mapping[str, Any], Estimate]],
) -> pd.DataFrame:
    """The table of estimates: first what each row is of, then the fields of `Estimate`.

    Parameters
    ----------
    estimates : iterable of (keys, Estimate)
        `keys` maps the names of the leading columns ("provider", "channel") to their values.

    Returns
    -------
    DataFrame
        One row per estimate, in the order given.
    """
    rows = [
        {**keys, **{name: getattr(estimate, name) for name in COLUMNS}}
        for keys, estimate in estimates
    ]
    table = pd.DataFrame(rows)
    for name in ("value", "low", "high", "design_effect"):
        if name in table:
            table[name] = table[name].astype("float64")
    for name in ("n", "k"):
        if name in table:
            table[name] = table[name].astype("Int64")
    return table


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dictionaries by column name."""
    return [{str(name): row[name] for name in row} for row in rows.to_dict("records")]


def from_row(row: Mapping[str, Any]) -> Estimate:
    """The estimate that a row of `frame` holds."""

    def absent(value: Any) -> bool:
        return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))

    given: dict[str, Any] = {
        name: None if absent(row[name]) else row[name] for name in COLUMNS if name in row
    }
    for name in ("n", "k"):
        if given.get(name) is not None:
            given[name] = int(given[name])
    return Estimate(**given)
