"""What customers bring: the transactions in brief, and tiers by revenue."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..sources import Care

TIERS = (N_("special"), N_("large"), N_("medium"), N_("small"))


@needs("transactions")
def overview(care: Care) -> Answer:
    """How many customers, sales and refunds, over what time, for what revenue."""
    units = "SUM(quantity)" if "quantity" in care.columns("transactions") else "NULL"
    totals = care.engine.frame(
        f"""SELECT COUNT(DISTINCT customer_id) AS customers, COUNT(*) AS sales,
              COUNT(CASE WHEN amount < 0 THEN 1 END) AS refunds, {units} AS units,
              CAST(SUM(amount) AS DOUBLE) AS revenue, MIN(occurred_at) AS first,
              MAX(occurred_at) AS last
            FROM transactions"""
    ).assign(revenue=lambda row: care.in_units(row["revenue"]))
    labels = {
        "customers": _("customers"),
        "sales": _("rows"),
        "refunds": _("of them refunds"),
        "units": _("units"),
        "revenue": _("net revenue"),
        "first": _("first day"),
        "last": _("last day"),
    }
    return Finding(
        "overview",
        totals,
        headline=_("The transactions in brief"),
        labels={name: label for name, label in labels.items() if totals[name].notna().all()},
        styles={
            "customers": "count",
            "sales": "count",
            "refunds": "count",
            "units": "count",
            "revenue": care.study.currency,
            "first": "date",
            "last": "date",
        },
        notes=care.not_limited("transactions"),
    )


@needs("transactions")
def tiers(care: Care) -> Answer:
    """Special, large, medium and small customers by revenue, at the study's cut-offs."""
    revenue = revenue_by_customer(care)
    above = revenue > 0
    if not above.any() or revenue.sum() <= 0:
        return Skipped(_("There is no revenue to share out."))
    table = tier_table(revenue[above], care.study.segmentation.tier_cut_offs)
    nothing = revenue[~above]
    rows = [*records(table)]
    if len(nothing):
        rows.append(_tier(_("at or below zero after refunds"), nothing))
    shown = pd.DataFrame(rows)
    shown["share"] = shown["customers"] / len(revenue)
    shown["revenue_share"] = shown["revenue"] / revenue.sum()
    first = records(shown)[0]
    return Finding(
        "tiers",
        shown,
        headline=_("{n} special customers bring {share} of the revenue").format(
            n=number(first["customers"]), share=percent(first["revenue_share"])
        ),
        labels={
            "tier": _("tier"),
            "customers": _("customers"),
            "share": _("share of customers"),
            "revenue": _("net revenue"),
            "revenue_share": _("share of revenue"),
            "smallest": _("revenue from"),
        },
        styles={
            "customers": "count",
            "share": "share",
            "revenue": care.study.currency,
            "revenue_share": "share",
            "smallest": care.study.currency,
        },
        notes=(
            _("Cut-offs, as shares of the customers with revenue: {cuts}.").format(
                cuts=", ".join(percent(cut) for cut in care.study.segmentation.tier_cut_offs)
            ),
            _("Complete counts of the company’s own books: no sampling error."),
        ),
    )


def tier_table(revenue: npt.NDArray[np.float64], cut_offs: tuple[float, ...]) -> pd.DataFrame:
    """Customers with revenue, largest first, cut into tiers.

    Parameters
    ----------
    revenue : array of float, shape (n,)
        Net revenue of each customer, above zero.
    cut_offs : tuple of three floats
        Shares of the customers, rising: the first ⌈n·share⌉ are special, and so on.
        Customers with equal revenue at a cut stay together, in the higher tier.
    """
    ordered = np.sort(revenue)[::-1]
    start, rows = 0, []
    for name, cut in zip(TIERS, (*cut_offs, 1.0), strict=True):
        end = max(start, min(len(ordered), math.ceil(len(ordered) * cut - 1e-9)))
        while 0 < end < len(ordered) and end > start and ordered[end] == ordered[end - 1]:
            end += 1
        rows.append(_tier(_(name), ordered[start:end]))
        start = end
    return pd.DataFrame(rows)


def _tier(name: str, amounts: npt.NDArray[np.float64]) -> dict[str, object]:
    return {
        "tier": name,
        "customers": len(amounts),
        "revenue": float(amounts.sum()),
        "smallest": float(amounts.min()) if len(amounts) else None,
    }


def revenue_by_customer(care: Care) -> npt.NDArray[np.float64]:
    """Net revenue of each customer, in whole units of the study's currency."""
    summed = care.engine.frame(
        """SELECT customer_id, CAST(SUM(amount) AS BIGINT) AS revenue FROM transactions
           GROUP BY customer_id ORDER BY customer_id"""
    )
    return np.asarray(care.in_units(summed["revenue"]), dtype=float)
