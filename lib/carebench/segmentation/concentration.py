"""How much of the revenue the largest customers bring, and what that says of 80:20."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..estimate import Estimate, frame
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods.concentration import gini, lorenz, top_share
from ..sources import Care
from .books import Amounts, amounts
from .revenue import NO_REVENUE
from .tiers import BINNED

TOP = (0.20, 0.10, 0.05)
# Within five points of the folk figure counts as agreeing with it.
CLAIM, TOLERANCE = 0.80, 0.05


@needs("transactions")
def top_shares(care: Care) -> Answer:
    """What the top 20, 10 and 5 % of customers bring, and whether 80:20 holds here."""
    spread = amounts(care)
    if reason := _cannot_be_shared(spread):
        return Skipped(_(reason))
    level = care.study.confidence_level
    estimates = [
        (
            {
                "group": _("top {share} of customers").format(share=percent(share)),
                "reference": CLAIM if share == 0.20 else None,
                "reference_name": _("the 80:20 claim") if share == 0.20 else None,
            },
            top_share(spread.values, share, counts=spread.customers, confidence_level=level),
        )
        for share in TOP
    ]
    top20 = estimates[0][1]
    return Finding(
        "top-shares",
        frame(estimates),
        headline=_(
            "The top 20% of the customers who bought bring {share}: 80:20 is {verdict} here"
        ).format(share=top20, verdict=_(verdict(top20))),
        caption=_(
            "Share of the net revenue of all who bought, with {level} intervals for customers like "
            "these. The claim that 20% bring 80% counts as supported where the whole interval lies "
            "within five points of 80%, as contradicted where it lies wholly outside; where the "
            "interval cannot be trusted it stays undecided."
        ).format(level=percent(level)),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{keys['group']} {estimate}" for keys, estimate in estimates)
        ),
        labels={"group": _("customers"), "value": _("share of revenue")},
        notes=(*_with_those_who_bought_nothing(care, spread), *_taken_together(spread)),
    )


@needs("transactions")
def concentration(care: Care) -> Answer:
    """The concentration curve with its Gini coefficient."""
    spread = amounts(care)
    if reason := _cannot_be_shared(spread):
        return Skipped(_(reason))
    counts = spread.customers
    curve = pd.DataFrame(lorenz(spread.values, counts=counts), columns=["customers", "revenue"])
    marks = {round(share, 3) for share in TOP}
    curve["label"] = [
        _("top {customers} bring {revenue}").format(customers=percent(x), revenue=percent(y))
        if round(x, 3) in marks
        else None
        for x, y in zip(curve["customers"], curve["revenue"], strict=True)
    ]
    level = care.study.confidence_level
    coefficient = gini(spread.values, counts=counts, confidence_level=level)
    return Finding(
        "concentration",
        curve,
        headline=_("How unequal customers are: Gini {gini}").format(gini=coefficient),
        caption=" ".join(_about_the_curve(curve["revenue"].max(), coefficient, spread)),
        alt=_("A curve that rises from 0 to 100%, and passes {marks}.").format(
            marks="; ".join(curve["label"].dropna())
        ),
    )


def verdict(top20: Estimate) -> str:
    """What an interval says of the claim that 20 % of the customers bring 80 %.

    An interval that carries a warning (few customers, a heavy tail) decides nothing.
    """
    if top20.low is None or top20.high is None:
        return N_("not testable with these data")
    if top20.warnings:
        return N_("undecided")
    if top20.low >= CLAIM - TOLERANCE and top20.high <= CLAIM + TOLERANCE:
        return N_("supported")
    if top20.high < CLAIM - TOLERANCE or top20.low > CLAIM + TOLERANCE:
        return N_("contradicted")
    return N_("undecided")


def _cannot_be_shared(spread: Amounts) -> str:
    """Why nothing can be said of shares; empty where it can."""
    if np.dot(spread.values, spread.customers) <= 0:
        return NO_REVENUE
    one = N_("There is one customer only, so nothing can be said of how revenue is spread.")
    return one if int(spread.customers.sum()) < 2 else ""


def _about_the_curve(highest: float, coefficient: Estimate, spread: Amounts) -> list[str]:
    words = [
        _(
            "Share of net revenue brought by the largest customers. The dotted line is what "
            "customers who all bring the same would draw; the cross is where 80:20 would be. The "
            "Gini coefficient is 0 where all bring the same and near 1 where one brings all."
        )
    ]
    if highest > 1 + 1e-9:
        words.append(
            _("The curve rises above 100% because refunds leave some customers below zero.")
        )
    if coefficient.warnings:
        words.append(
            _("A warning on the interval of Gini: {why}.").format(
                why="; ".join(_(warning) for warning in coefficient.warnings)
            )
        )
    return [*words, *_taken_together(spread)]


def _taken_together(spread: Amounts) -> tuple[str, ...]:
    return (_(BINNED),) if spread.binned else ()


def _with_those_who_bought_nothing(care: Care, spread: Amounts) -> tuple[str, ...]:
    """The same share among all existing customers on the list, where the study has one."""
    if not care.columns("customers"):
        return ()
    condition = "WHERE status = 'existing'" if "status" in care.columns("customers") else ""
    listed = int(care.large.frame(f"SELECT COUNT(*) AS n FROM customers {condition}")["n"].iloc[0])
    without = listed - int(spread.customers.sum())
    if without <= 0:
        return ()
    everyone = top_share(
        np.append(spread.values, 0.0), 0.20, counts=np.append(spread.customers, without)
    )
    text = _(
        "Counted among all {n} existing customers on the list, of whom some bought nothing, the "
        "top 20% bring {share}."
    )
    return (text.format(n=number(listed), share=percent(everyone.value or 0.0)),)
