"""How much of the revenue the largest customers bring, and what that says of 80:20."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import Estimate, frame
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods.concentration import gini, lorenz, top_share
from ..sources import Care
from .revenue import revenue_by_customer

TOP = (0.20, 0.10, 0.05)
# Within five points of the folk figure counts as agreeing with it.
CLAIM, TOLERANCE = 0.80, 0.05


@needs("transactions")
def top_shares(care: Care) -> Answer:
    """What the top 20, 10 and 5 % of customers bring, and whether 80:20 holds here."""
    revenue = revenue_by_customer(care)
    level = care.study.confidence_level
    estimates = [
        (
            {
                "group": _("top {share} of customers").format(share=percent(share)),
                "reference": CLAIM if share == 0.20 else None,
                "reference_name": _("the 80:20 claim") if share == 0.20 else None,
            },
            top_share(revenue, share, confidence_level=level),
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
        notes=_with_those_who_bought_nothing(care, revenue),
    )


@needs("transactions")
def concentration(care: Care) -> Answer:
    """The concentration curve with its Gini coefficient."""
    revenue = revenue_by_customer(care)
    if len(revenue) < 2 or revenue.sum() <= 0:
        return Skipped(_("There is no revenue to share out."))
    curve = pd.DataFrame(lorenz(revenue), columns=["customers", "revenue"])
    marks = {round(share, 3) for share in TOP}
    curve["label"] = [
        f"{percent(x)} → {percent(y)}" if round(x, 3) in marks else None
        for x, y in zip(curve["customers"], curve["revenue"], strict=True)
    ]
    coefficient = gini(revenue, confidence_level=care.study.confidence_level)
    above_all = float(curve["revenue"].max()) > 1 + 1e-9
    return Finding(
        "concentration",
        curve,
        headline=_("How unequal customers are: Gini {gini}").format(gini=coefficient),
        caption=_(
            "Share of net revenue brought by the largest customers. The dotted line is what "
            "customers who all bring the same would draw."
        )
        + (
            " " + _("The curve rises above 100% because refunds leave some customers below zero.")
            if above_all
            else ""
        ),
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


def _with_those_who_bought_nothing(care: Care, revenue: npt.NDArray[np.float64]) -> tuple[str, ...]:
    """The same share among all existing customers on the list, where the study has one."""
    if not care.columns("customers"):
        return ()
    condition = "WHERE status = 'existing'" if "status" in care.columns("customers") else ""
    listed = int(care.engine.frame(f"SELECT COUNT(*) AS n FROM customers {condition}")["n"].iloc[0])
    if listed <= len(revenue):
        return ()
    everyone = np.concatenate([revenue, np.zeros(listed - len(revenue))])
    text = _(
        "Counted among all {n} existing customers on the list, of whom some bought nothing, the "
        "top 20% bring {share}."
    )
    return (text.format(n=number(listed), share=percent(top_share(everyone, 0.20).value or 0.0)),)
