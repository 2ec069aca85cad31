"""What customers bring: the transactions in brief, and tiers by revenue."""

from __future__ import annotations

import pandas as pd

from .. import queries
from ..estimate import records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, date, number, percent
from ..sources import Care
from .books import amounts
from .dominance import largest_part, part_of_whole, with_whole
from .tiers import BINNED, TIERS, tier_of

COMPLETE = N_("Complete counts of the company’s own books: no sampling error.")
NO_REVENUE = N_("There is no revenue to share out.")


@needs("transactions")
def overview(care: Care) -> Answer:
    """How many customers, sales and refunds, over what time, for what revenue."""
    with_units = "quantity" in care.columns("transactions")
    totals = care.large.frame(queries.totals(with_units=with_units))
    totals["revenue"] = care.in_units(totals["revenue"])
    totals["largest_part"] = part_of_whole(care)
    row = totals.iloc[0]
    first, last = (pd.Timestamp(row[day]).date() for day in ("first_day", "last_day"))
    labels = {
        "customers": _("customers"),
        "sales": _("rows"),
        "refunds": _("of them refunds"),
        "units": _("units"),
        "revenue": _("net revenue"),
    }
    return Finding(
        "overview",
        totals,
        headline=_("Transactions from {first} to {last}").format(first=date(first), last=date(last))
        if first < last
        else _("Transactions of one day, {day}").format(day=date(first)),
        labels={name: label for name, label in labels.items() if totals[name].notna().all()},
        styles={
            "customers": "count",
            "sales": "count",
            "refunds": "count",
            "units": "count",
            "revenue": care.study.currency,
            "first_day": "date",
            "last_day": "date",
        },
        notes=care.not_limited("transactions"),
    )


@needs("transactions")
def tiers(care: Care) -> Answer:
    """Special, large, medium and small customers by revenue, at the study's cut-offs."""
    table = _tier_table(care)
    total = table["revenue"].sum()
    if total <= 0:
        return Skipped(_(NO_REVENUE))
    table["share"] = table["customers"] / table["customers"].sum()
    table["revenue_share"] = table["revenue"] / total
    return Finding(
        "tiers",
        table,
        headline=_special_in_words(table),
        labels={
            "tier": _("tier"),
            "customers": _("customers"),
            "share": _("share of customers"),
            "revenue_share": _("share of revenue"),
            "revenue": _("net revenue"),
            "smallest": _("revenue from"),
        },
        styles={
            "customers": "count",
            "share": "share",
            "revenue": care.study.currency,
            "revenue_share": "share",
            "smallest": care.study.currency,
        },
        notes=_tier_notes(care),
    )


def _tier_table(care: Care) -> pd.DataFrame:
    """Customers, revenue and least revenue of each tier; those without revenue last, if any."""
    sizes = care.large.frame(queries.tier_sizes(tier_of(care))).set_index("tier")
    there = [tier for tier in (*TIERS, queries.NO_REVENUE) if tier in (*TIERS, *sizes.index)]
    table = sizes.reindex(there)
    names = {**{tier: _(tier) for tier in TIERS}, queries.NO_REVENUE: _("at or below zero")}
    money = {name: care.in_units(table[name].astype("float64")) for name in ("revenue", "smallest")}
    farthest = table["most"].abs().where(table["revenue"] > 0, table["smallest"].abs())
    return pd.DataFrame(
        {
            "tier": [names[tier] for tier in there],
            "customers": table["customers"].fillna(0).astype("int64").to_numpy(),
            "revenue": money["revenue"].fillna(0.0).to_numpy(),
            "smallest": money["smallest"].to_numpy(),
            "largest_part": with_whole(care, largest_part(table["revenue"], farthest)).to_numpy(),
        }
    )


def _special_in_words(table: pd.DataFrame) -> str:
    first = records(table)[0]
    n, share = number(first["customers"]), percent(first["revenue_share"])
    if first["customers"] == 1:
        return _("One special customer brings {share} of the revenue").format(share=share)
    text = _("{n} special customers bring {share} of the revenue")
    return text.format(n=n, share=share)


def _tier_notes(care: Care) -> tuple[str, ...]:
    cuts = ", ".join(percent(cut) for cut in care.study.segmentation.tier_cut_offs)
    notes = [
        _(
            "Cut-offs, as shares of the customers with revenue: {cuts}. Customers with equal "
            "revenue stay together, in the higher tier."
        ).format(cuts=cuts),
        _(COMPLETE),
        _(
            "Who the special customers are is personal data and not on this page: “carebench "
            "export --identified” writes their list, special-customers.csv."
        ),
    ]
    return (*notes, _(BINNED)) if amounts(care).binned else tuple(notes)
