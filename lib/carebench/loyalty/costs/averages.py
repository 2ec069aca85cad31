"""What was spent over how many customers: averages of the books, with how each was computed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import Estimate, frame, from_row, quantity, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.ratios import FEWEST, lagged, ratio, ratio_of_ratios
from ...sources import Care
from ..company_wide import of_company
from .ledger import Ledger, read

Numbers = npt.NDArray[np.int64]

# What the cost of keeping customers may be divided by, and how the result is called.
BASES = {
    "retained": N_("accounting cost per retained customer"),
    "customer_years": N_("accounting cost per customer-year held"),
}
PER_PERIOD = N_("accounting cost per retained customer and period")
COUNTED = {
    "acquired": N_("{spent} spent on winning / {n} won; {span}"),
    "retained": N_("{spent} spent on keeping / {n} kept; {span}"),
    "customer_years": N_("{spent} spent on keeping / {n} customer-years; {span}"),
}
RETAINED_BY_PERIOD = N_("{spent} spent on keeping / {n} kept, each counted once a period; {span}")
LAGS = (0, 1, 2, 3)  # periods from spending to winning
PERIODS = {
    12: (N_("the same month"), N_("1 month later"), N_("2 months later"), N_("3 months later")),
    4: (N_("the same quarter"), N_("1 quarter later"), N_("2 quarters later"),
        N_("3 quarters later")),
    1: (N_("the same year"), N_("1 year later"), N_("2 years later"), N_("3 years later")),
}  # fmt: skip


@needs("ledger", "acquisition_spend", "acquired")
def costs(care: Care) -> Answer:
    """Cost per customer won, beside the accounting cost per customer kept, for each base."""
    ledger, currency = read(care), care.study.currency
    level, rows = care.study.confidence_level, ledger.rows
    parts = [("acquisition_spend", "acquired", _("cost per customer won"))]
    parts += [("retention_spend", base, base_name(ledger, base)) for base in bases(ledger)]
    estimates = [
        (
            {"cost": name, "definition": _computed(care, ledger, spend, base),
             **_totals(ledger, spend, base)},
            ratio(rows[spend], rows[base], unit=currency, confidence_level=level,
                  periods=ledger.periods),
        )
        for spend, base, name in parts
    ]  # fmt: skip
    won = estimates[0][1]
    headline = _("What winning a customer costs cannot be told: the ledger counts none won")
    if won.value is not None:
        headline = _("Winning a customer costs {cost}").format(cost=won)
    return Finding(
        "costs",
        frame(estimates),
        headline=headline,
        labels={"cost": _("cost"), "definition": _("how computed"), "value": _("estimate")},
        notes=tuple(_notes(care, ledger)),
    )


@needs("ledger", "acquisition_spend", "acquired")
def costs_by_lag(care: Care) -> Answer:
    """Cost per customer won, if spending wins customers only so many periods later."""
    ledger = read(care)
    if ledger.by_customer:
        return Skipped(
            _("The ledger is by customer and not by period: nothing comes before or after.")
        )
    if ledger.periods is None:
        return Skipped(_("The ledger does not tell which of its periods follows which."))
    rows = frame(
        (
            {"lag": _(PERIODS[ledger.per_year][lag]), "definition": words, "periods_later": lag},
            cost,
        )
        for lag in LAGS
        for words, cost in [_at_lag(care, ledger, ledger.periods, lag)]
    )
    return Finding(
        "costs-by-lag",
        rows,
        headline=_lag_headline(rows),
        caption=_(
            "Spending of each period over the customers won in the same period, or one, two or "
            "three later, with {level} intervals; fewer than {fewest} pairs of periods have none. "
            "Nobody knows how long spending takes to win a customer: where the four differ, so "
            "much hangs on it."
        ).format(level=percent(care.study.confidence_level), fewest=number(FEWEST)),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['lag']} {from_row(row)}" for row in records(rows))
        ),
        labels={
            "lag": _("customers are won"),
            "definition": _("how computed"),
            "value": _("cost per customer won"),
        },
        notes=(*ledger.notes, *of_company(care, "ledger")),
    )


def cost_of_winning(care: Care) -> Estimate:
    """Cost per customer won, in the study's currency; absent where the ledger does not say."""
    if not {"acquisition_spend", "acquired"} <= set(care.columns("ledger")):
        return Estimate.absent(N_("the study does not say what winning customers cost"))
    ledger = read(care)
    return ratio(
        ledger.rows["acquisition_spend"], ledger.rows["acquired"], unit=care.study.currency,
        confidence_level=care.study.confidence_level, periods=ledger.periods,
    )  # fmt: skip


def accounting_ratios(care: Care) -> list[tuple[str, Estimate]]:
    """Cost per customer won over each accounting cost of keeping: its name, and the ratio.

    They depend on the base chosen and test no claim. None where the ledger gives no base.
    """
    needed = {"acquisition_spend", "acquired"}
    if not needed <= set(care.columns("ledger")):
        return []
    ledger = read(care)
    rows = ledger.rows
    return [
        (
            base_name(ledger, base),
            ratio_of_ratios(
                (rows["acquisition_spend"], rows["acquired"]),
                (rows["retention_spend"], rows[base]),
                confidence_level=care.study.confidence_level,
                periods=ledger.periods,
            ),
        )
        for base in bases(ledger)
    ]


def bases(ledger: Ledger) -> list[str]:
    """The bases that the ledger allows for the cost of keeping customers."""
    return [base for base in BASES if ledger.has("retention_spend", base)]


def base_name(ledger: Ledger, base: str) -> str:
    """What a cost over `base` is called; a customer kept for two periods counts twice."""
    by_period = base == "retained" and not ledger.by_customer
    return _(PER_PERIOD if by_period else BASES[base])


def _notes(care: Care, ledger: Ledger) -> Iterator[str]:
    yield from ledger.notes
    if ledger.by_customer:
        yield _("Intervals are for customers like these.")
    else:
        yield _("Intervals are for periods like these.")
    yield from of_company(care, "ledger")
    if bases(ledger):
        yield _(
            "An accounting cost divides all spending on keeping customers by all who stayed; most "
            "would have stayed without it. What keeping one more customer costs needs a control "
            "group."
        )


def _totals(ledger: Ledger, spend: str, base: str) -> dict[str, float]:
    """Numerator and denominator of one ratio, over the rows that have both."""
    both = ledger.rows[[spend, base]].dropna().sum()
    return {"spent": float(both[spend]), "counted": float(both[base])}


def _computed(care: Care, ledger: Ledger, spend: str, base: str) -> str:
    """Numerator, denominator and period of one ratio, in words."""
    total = _totals(ledger, spend, base)
    text = RETAINED_BY_PERIOD if base == "retained" and not ledger.by_customer else COUNTED[base]
    return _in_words(care, text, total["spent"], total["counted"], ledger.span)


def _in_words(care: Care, text: str, spent: float, n: float, span: str) -> str:
    return _(text).format(
        spent=quantity(spent, care.study.currency), n=number(n, 0 if n == int(n) else 1), span=span
    )


def _at_lag(care: Care, ledger: Ledger, periods: Numbers, lag: int) -> tuple[str, Estimate]:
    """How the cost was computed at one lag, and the cost."""
    spent, won, when = lagged(
        ledger.rows["acquisition_spend"], ledger.rows["acquired"], periods, lag
    )
    cost = ratio(
        spent, won, unit=care.study.currency, confidence_level=care.study.confidence_level,
        periods=when,
    )  # fmt: skip
    both = np.array([spent, won])
    total = both[:, ~np.isnan(both).any(axis=0)].sum(axis=1)
    pairs = _("{n} pairs of periods, {span}").format(n=number(cost.n), span=ledger.span)
    return _in_words(care, COUNTED["acquired"], float(total[0]), float(total[1]), pairs), cost


def _lag_headline(rows: pd.DataFrame) -> str:
    known = [row for row in records(rows) if pd.notna(row["value"])]
    if not known:
        return _("What winning a customer costs cannot be told at any lag")
    low, high = (pick(known, key=lambda row: float(row["value"])) for pick in (min, max))
    return _(
        "Winning a customer costs {low} to {high}, as spending is taken to win customers at once "
        "or up to {n} periods later; the first of them: {first}"
    ).format(
        low=from_row(low).value_text(),
        high=from_row(high).value_text(),
        n=number(max(LAGS)),
        first=from_row(known[0]),
    )
