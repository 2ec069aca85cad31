"""The raw and the adjusted difference between customers after bad and after good contacts."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...language import N_
from ...methods.adjusted_difference import adjusted_difference
from ...methods.proportions import difference
from ...sources import Care
from .covariates import covariates
from .left import groups

BALANCE = "balance of contacts"
EMPTY_GROUP = N_("all contacts compared are bad, or all are good")


@dataclass(frozen=True, slots=True)
class Risks:
    """Risk of leaving after a bad contact, less (`ratio`: over) that after a good one.

    `raw`, `adjusted` (the mean over all compared) and `among_bad` (over those who had a bad
    contact) are shares; `n` is the number of customers compared.
    """

    raw: Estimate
    adjusted: Estimate
    among_bad: Estimate
    ratio: Estimate
    n: int

    @property
    def trimmed(self) -> int:
        """Customers who are in the raw difference and not in the adjusted one."""
        return self.n - self.adjusted.n if self.adjusted.value is not None else 0


def risks(care: Care) -> Risks:
    """What differs between the two groups, worked out once."""
    made = care.once("risks of contacts", lambda: _worked_out(care))
    raw, adjusted, among_bad, ratio = (from_row(row) for row in records(made))
    return Risks(raw, adjusted, among_bad, ratio, raw.n)


def balance(care: Care) -> pd.DataFrame:
    """Each trait known before the contact, with its difference `before` and `after` weighting."""
    risks(care)  # which keeps the balance of what it weighted
    return care.once(BALANCE, pd.DataFrame)


def _worked_out(care: Care) -> pd.DataFrame:
    bad, good = groups(care)
    both = pd.concat([bad, good], ignore_index=True)
    found = adjusted_difference(
        both["left"].astype(bool),
        both["bad"].astype(bool),
        covariates(both),
        confidence_level=care.study.confidence_level,
    )
    care.once(BALANCE, lambda: found.balance.rename_axis("trait").reset_index())
    named = {
        "raw": _raw(care),
        "adjusted": found.difference,
        "among bad": found.among_exposed,
        "ratio": found.ratio,
    }
    return frame(({"what": what}, one) for what, one in named.items())


def _raw(care: Care) -> Estimate:
    bad, good = groups(care)
    if bad.empty or good.empty:
        return Estimate.absent(EMPTY_GROUP, n=len(bad) + len(good))
    counts = (int(bad["left"].sum()), len(bad), int(good["left"].sum()), len(good))
    return difference(*counts, confidence_level=care.study.confidence_level)
