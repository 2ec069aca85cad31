"""How the questions about the care plan write amounts and lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...language import N_, _, number
from ...sources import Care

MOST = 6  # names in one sentence
UNITS = {
    1: N_("{currency}"),
    1_000: N_("thousand {currency}"),
    1_000_000: N_("million {currency}"),
    1_000_000_000: N_("billion {currency}"),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """Amounts of money as people say them: in thousands, millions or billions."""

    currency: str
    factor: int

    @classmethod
    def of(cls, care: Care, amounts: pd.Series) -> Scale:
        """The scale in which the middle one of `amounts` is 1 or more."""
        known = amounts.abs()[amounts.abs() > 0]
        middle = float(known.median()) if len(known) else 1.0
        return cls(care.study.currency, max(f for f in UNITS if f <= max(middle, 1)))

    @property
    def unit(self) -> str:
        """The unit in words: "million VND"."""
        return _(UNITS[self.factor]).format(currency=self.currency)

    def text(self, amount: float) -> str:
        """An amount in this unit, without its name."""
        if np.isnan(amount):
            return "–"
        scaled = amount / self.factor
        return number(scaled, 0 if abs(scaled) >= 100 or scaled == round(scaled) else 1)

    def money(self, amount: float) -> str:
        """An amount with its unit: "420 million VND"."""
        return f"{self.text(amount)} {self.unit}"

    def range(self, amount: float, low: float, high: float) -> str:
        """An amount with its lowest and highest: "418 (361 to 520)"."""
        limits = _("{low} to {high}").format(low=self.text(low), high=self.text(high))
        return self.text(amount) if low == high else f"{self.text(amount)} ({limits})"


def listed(names: Iterable[str], most: int = MOST) -> str:
    """Names parted by semicolons, since they may hold commas; of many, the first and how many."""
    every = [str(name) for name in names]
    if len(every) <= most:
        return "; ".join(every)
    return _("{names}; and {n} more").format(
        names="; ".join(every[:most]), n=number(len(every) - most)
    )
