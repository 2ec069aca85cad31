"""What it costs to win a customer and to keep one, and what is claimed of it."""

from __future__ import annotations

import pandas as pd

from ..estimate import Estimate, frame
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number
from ..methods.ratios import ratio, ratio_of_ratios
from ..sources import Care

# What the cost of keeping customers may be divided by, and how the result is called.
BASES = {
    "retained": N_("accounting cost per retained customer"),
    "customer_years": N_("accounting cost per customer-year held"),
}
RATIOS = {
    "retained": N_("spending on keeping customers / customers kept"),
    "customer_years": N_("spending on keeping customers / years that customers were held"),
}
PER_PERIOD = N_("accounting cost per retained customer and period")
CLAIMS = (
    (N_("Winning costs five times as much as keeping"), "5×"),
    (N_("Selling to a new customer costs ten times as much as to an existing one"), "10×"),
)
NOT_TESTABLE = N_("not testable with these data")


@needs("ledger", "acquisition_spend", "acquired")
def costs(care: Care) -> Answer:
    """Cost per customer won, beside the accounting cost per customer kept, for each base."""
    rows, currency = care.current("ledger"), care.study.currency
    level = care.study.confidence_level
    won = ratio(rows["acquisition_spend"], rows["acquired"], unit=currency, confidence_level=level)
    estimates = [
        (
            {
                "cost": _("cost per customer won"),
                "definition": _("spending on winning customers / customers won"),
            },
            won,
        ),
        *(
            (
                {"cost": _base_name(care, base), "definition": _(RATIOS[base])},
                ratio(rows["retention_spend"], rows[base], unit=currency, confidence_level=level),
            )
            for base in _bases(care)
        ),
    ]  # fmt: skip
    return Finding(
        "costs",
        frame(estimates),
        headline=_("Winning a customer costs {cost}").format(cost=won),
        labels={"cost": _("cost"), "definition": _("how computed"), "value": _("estimate")},
        notes=(
            _coverage(rows),
            _("Intervals are for periods like these, each taken as independent of the last.")
            if "period" in rows
            else _("Intervals are for customers like these."),
            *care.not_limited("ledger"),
            _(
                "An accounting cost divides all spending on keeping customers by all who stayed; "
                "most would have stayed without it. What keeping one more customer costs needs a "
                "control group."
            ),
        ),
    )


@needs("ledger", "acquisition_spend", "acquired", "retention_spend")
def claims(care: Care) -> Answer:
    """The 5× and 10× claims, beside the accounting ratios that these data allow."""
    rows = care.current("ledger")
    if not _bases(care):
        return Skipped(_("The ledger does not say how many customers were kept."))
    accounting = [(_base_name(care, base), _cost_ratio(care, rows, base)) for base in _bases(care)]
    estimates = [
        ({"claim": _(claim), "says": factor, "base": base, "verdict": _(NOT_TESTABLE)}, value)
        for claim, factor in CLAIMS
        for base, value in accounting
    ]
    return Finding(
        "claims",
        frame(estimates),
        headline=_("The claims of 5× and 10× are not testable with these data"),
        labels={
            "claim": _("claim"),
            "says": _("says"),
            "verdict": _("verdict"),
            "base": _("cost per customer won, over"),
            "value": _("accounting ratio"),
        },
        notes=(
            _(
                "The claims speak of what one more customer costs. That needs customers who were "
                "left out of the effort to keep them by chance; this study has no such group. The "
                "accounting ratio depends on the base chosen and tests nothing."
            ),
        ),
    )


def _bases(care: Care) -> list[str]:
    """The bases that the ledger allows for the cost of keeping customers."""
    there = care.columns("ledger")
    return [base for base in BASES if base in there] if "retention_spend" in there else []


def _base_name(care: Care, base: str) -> str:
    """What a cost over `base` is called; a customer kept for two periods counts twice."""
    by_period = base == "retained" and "period" in care.columns("ledger")
    return _(PER_PERIOD if by_period else BASES[base])


def _cost_ratio(care: Care, rows: pd.DataFrame, base: str) -> Estimate:
    return ratio_of_ratios(
        (rows["acquisition_spend"], rows["acquired"]),
        (rows["retention_spend"], rows[base]),
        confidence_level=care.study.confidence_level,
    )


def _coverage(rows: pd.DataFrame) -> str:
    """What the ledger covers, in one sentence."""
    if "period" in rows and rows["period"].notna().any():
        periods = sorted(map(str, rows["period"].dropna().unique()))
        return _("Over {n} periods, from {first} to {last}.").format(
            n=number(len(periods)), first=periods[0], last=periods[-1]
        )
    return _("Over {n} prospects and customers.").format(n=number(len(rows)))
