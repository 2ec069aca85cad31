"""Customers by name: lists for those who care for them, and for no page of a report.

An export holds them only where it may name persons.
"""

from __future__ import annotations

import pandas as pd

from .. import queries
from ..engine import MAX_ROWS
from ..finding import Answer, Finding, Skipped, needs
from ..language import _, number
from ..sources import Care
from .books import buyers, month_name
from .migration import customer_periods, losses, period_name, tiers_of_periods
from .revenue import tiers
from .segments import NOT_TO_BE_LOST, SEGMENTS, buyers_in, named_segments
from .tiers import tier_of


@needs("transactions")
def special_customers(care: Care) -> Answer:
    """The customers of the top tier, those with the most revenue first."""
    found = tiers(care)
    if isinstance(found, Skipped):
        return found
    listed = _largest_first(care, queries.largest_customers(tier_of(care), MAX_ROWS))
    listed["revenue_share"] = listed["revenue"] / found.rows["revenue"].sum()
    listed["first_month"] = [month_name(int(month)) for month in listed["first_month"]]
    return Finding(
        "special-customers",
        listed,
        headline=found.headline,
        caption=_(
            "The customers of the top tier over all of the books; days without a purchase are "
            "counted to the last day of the books."
        ),
        labels={
            "customer_id": _("customer"),
            "revenue": _("net revenue"),
            "revenue_share": _("share of revenue"),
            "purchases": _("days of purchase"),
            "idle": _("days since the last purchase"),
            "first_month": _("month of the first purchase"),
        },
        styles={
            "revenue": care.study.currency,
            "revenue_share": "share",
            "purchases": "count",
            "idle": "count",
        },
        notes=_cut_short(int(found.rows["customers"].iloc[0])),
    )


@needs("transactions")
def lost_customers(care: Care) -> Answer:
    """The special customers of the earlier period who brought nothing in the later one."""
    found, lost = customer_periods(care), losses(care)
    if isinstance(found, Skipped):
        return found
    if isinstance(lost, Skipped):
        return lost
    buyers(care)
    sql = queries.lost_customers(*tiers_of_periods(care), MAX_ROWS)
    return Finding(
        "lost-customers",
        _largest_first(care, sql),
        headline=lost.headline,
        caption=_("Special customers of {earlier} without net revenue in {later}.").format(
            earlier=period_name(found.earlier), later=period_name(found.later)
        ),
        labels={
            "customer_id": _("customer"),
            "revenue": _("revenue in the earlier period"),
            "idle": _("days since the last purchase"),
        },
        styles={"revenue": care.study.currency, "idle": "count"},
        notes=_cut_short(int(lost.rows["lost"].iloc[0])),
    )


@needs("transactions")
def customers_not_to_be_lost(care: Care) -> Answer:
    """Those who bought much and often, and among the least recently: whom to call first."""
    found = named_segments(care)
    if isinstance(found, Skipped):
        return found
    listed = _largest_first(
        care,
        "SELECT b.customer_id, b.revenue, b.frequency + 1 AS purchases, b.idle "
        f"FROM {buyers_in(NOT_TO_BE_LOST)} "
        f"ORDER BY b.revenue DESC NULLS LAST, b.customer_id NULLS LAST LIMIT {MAX_ROWS}",
    )
    return Finding(
        "not-to-be-lost",
        listed,
        headline=found.headline,
        caption=_("Customers with scores {rule}. {care}").format(
            rule=NOT_TO_BE_LOST.rule, care=_(NOT_TO_BE_LOST.care)
        ),
        labels={
            "customer_id": _("customer"),
            "revenue": _("net revenue"),
            "purchases": _("days of purchase"),
            "idle": _("days since the last purchase"),
        },
        styles={"revenue": care.study.currency, "purchases": "count", "idle": "count"},
        notes=_cut_short(int(found.rows["customers"].iloc[SEGMENTS.index(NOT_TO_BE_LOST)])),
    )


def _largest_first(care: Care, sql: str) -> pd.DataFrame:
    listed = care.large.frame(sql)
    listed = listed.sort_values(["revenue", "customer_id"], ascending=[False, True])
    return listed.assign(
        customer_id=listed["customer_id"].astype("string"), revenue=care.in_units(listed["revenue"])
    ).reset_index(drop=True)


def _cut_short(n: int) -> tuple[str, ...]:
    if n <= MAX_ROWS:
        return ()
    text = _(
        "The list holds the first {rows} of {n}. For a shorter list lower the first of "
        "segmentation.tier_cut_offs."
    )
    return (text.format(rows=number(MAX_ROWS), n=number(n)),)
