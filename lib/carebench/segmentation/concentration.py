"""How much of the revenue the largest customers bring, and what that says of 80:20."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import queries
from ..estimate import Estimate, frame
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods.concentration import BELOW_ZERO, HEAVIEST_TAIL, gini, lorenz, top_share
from ..sources import Care
from .books import Amounts, amounts
from .dominance import part_of_whole
from .revenue import NO_REVENUE
from .tiers import BINNED

TOP = (0.20, 0.10, 0.05)
# Within five points of the folk figure counts as agreeing with it.
CLAIM, TOLERANCE = 0.80, 0.05
FEWEST = 25  # customers; of fewer the interval holds the truth too seldom to contradict anything


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
                "top_n": share * spread.customers.sum(),
            },
            top_share(spread.values, share, counts=spread.customers, confidence_level=level),
        )
        for share in TOP
    ]
    top20 = estimates[0][1]
    if BELOW_ZERO in top20.warnings:
        above = top_share(spread.values, 0.20, counts=_above_zero(spread), confidence_level=level)
        group = _("top {share} of customers above zero").format(share=percent(0.20))
        at_the_top = 0.20 * _above_zero(spread).sum()
        estimates.insert(1, ({"group": group, "top_n": at_the_top}, above))
    rows = frame(estimates)
    whole = part_of_whole(care)
    return Finding(
        "top-shares",
        rows.assign(largest_part=np.fmax(whole, whole / rows["value"].astype("float64"))),
        headline=_(
            "The top 20% of the customers who bought bring {share}: 80:20 is {verdict} here"
        ).format(share=top20, verdict=_(verdict(top20))),
        caption=_(
            "Share of the net revenue of all who bought, with {level} intervals for customers like "
            "these. The claim that 20% bring 80% counts as supported where the whole interval lies "
            "within five points of 80%, as contradicted where it lies wholly outside. An interval "
            "that may be too short is shown, and judged, twice as wide; where even that cannot be "
            "trusted, the claim stays undecided, and where refunds leave customers well below "
            "zero, it is not tested."
        ).format(level=percent(level)),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{keys['group']} {estimate}" for keys, estimate in estimates)
        ),
        labels={"group": _("customers"), "value": _("share of revenue")},
        notes=(
            *_with_those_who_bought_nothing(care, spread),
            *_too_few(top20),
            *_taken_together(spread),
        ),
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

    Where refunds leave customers well below zero, or fewer than 25 customers bought, shares of
    revenue are no test of it; where the tail is too heavy for any interval, it stays undecided.
    Of five customers drawn from a lognormal of which 20 % bring 80 %, 10 % of the verdicts would
    contradict that; of 25, 1 %.
    """
    if top20.low is None or top20.high is None or top20.n < FEWEST or BELOW_ZERO in top20.warnings:
        return N_("not testable with these data")
    if HEAVIEST_TAIL in top20.warnings:
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
    if BELOW_ZERO in coefficient.warnings:
        level = coefficient.confidence_level
        above = gini(spread.values, counts=_above_zero(spread), confidence_level=level)
        words.append(_("Among customers above zero alone, Gini is {gini}.").format(gini=above))
    if coefficient.warnings:
        words.append(
            _("A warning on the interval of Gini: {why}.").format(
                why="; ".join(_(warning) for warning in coefficient.warnings)
            )
        )
    return [*words, *_taken_together(spread)]


def _too_few(top20: Estimate) -> tuple[str, ...]:
    """Why the claim is not tested, where too few customers bought."""
    if top20.n >= FEWEST:
        return ()
    text = _("80:20 is not tested on fewer than {n} customers: one of them decides too much.")
    return (text.format(n=number(FEWEST)),)


def _taken_together(spread: Amounts) -> tuple[str, ...]:
    return (_(BINNED),) if spread.binned else ()


def _above_zero(spread: Amounts) -> npt.NDArray[np.int64]:
    """How many customers have each amount, none of those at or below zero."""
    return np.where(np.greater(spread.values, 0), spread.customers, 0)


def _with_those_who_bought_nothing(care: Care, spread: Amounts) -> tuple[str, ...]:
    """The same share with those on the list who bought nothing, where the study has a list."""
    listed = care.columns("customers")
    if not listed:
        return ()
    sql = queries.listed_without_sales(status="status" in listed)
    without = int(care.large.frame(sql)["customers"].iloc[0])
    if not without:
        return ()
    everyone = top_share(
        np.append(spread.values, 0.0),
        0.20,
        counts=np.append(spread.customers, without),
        confidence_level=care.study.confidence_level,
    )
    text = _(
        "With the existing customers on the list who bought nothing ({without}) counted too, the "
        "top 20% bring {share}. What is said of 80:20 is of the {n} who bought."
    )
    n = number(int(spread.customers.sum()))
    return (text.format(without=number(without), share=everyone, n=n),)
