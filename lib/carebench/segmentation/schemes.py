"""The schemes by which customers are grouped, and the table of customers with their groups."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd

from .. import queries
from ..finding import Answer, needs
from ..language import N_, _, number
from ..queries.groups import NAMED, NOT_LISTED, NOT_RECORDED, OTHERS
from ..sources import Care
from .books import buyers, span
from .dominance import largest_part, with_whole
from .tiers import TIERS, tier_of

RECORDED = {
    "scope": N_("external or internal"),
    "status": N_("existing or potential"),
    "buying_mode": N_("intermediary or end user"),
    "user_type": N_("type of user"),
    "need": N_("need"),
    "region": N_("region"),
}
SCHEMES = RECORDED | {"tenure": N_("traditional, occasional or new"), "tier": N_("value")}
GROUPS = {
    "external": N_("external"),
    "internal": N_("internal"),
    "existing": N_("existing"),
    "potential": N_("potential"),
    "intermediary": N_("intermediary"),
    "end_user": N_("end user"),
    "public_body": N_("public body"),
    "trader": N_("trader"),
    "sme": N_("small or medium firm"),
    "household": N_("household"),
    "high_quality": N_("high quality"),
    "average": N_("average"),
    "price_aware": N_("price-aware"),
    "traditional": N_("traditional"),
    "occasional": N_("occasional"),
    "new": N_("new"),
    **{tier: tier for tier in TIERS},
    queries.NO_REVENUE: N_("at or below zero after refunds"),
    "never": N_("no purchase in the books"),
}
KINDS = {
    OTHERS: N_("others ({n})"),
    NOT_RECORDED: N_("not recorded"),
    NOT_LISTED: N_("not on the list"),
}


def of_customers(question: Callable[[Care], Answer]) -> Callable[[Care], Answer]:
    """Ask of those who bought; of the customers on the list where the study has no sales."""
    of_buyers, of_the_list = needs("transactions")(question), needs("customers")(question)

    @wraps(question)
    def ask(care: Care) -> Answer:
        return of_buyers(care) if care.columns("transactions") else of_the_list(care)

    return ask


def schemes(care: Care) -> tuple[str, ...]:
    """The schemes for which the study's list or sales have something."""
    recorded = [name for name in RECORDED if name in care.columns("customers")]
    return (*recorded, *(queries.FROM_SALES if care.columns("transactions") else ()))


def customer_groups(care: Care) -> str:
    """The table of customers with their group by every scheme (`queries.customer_groups`)."""
    recorded = [name for name in RECORDED if name in care.columns("customers")]
    listed = bool(care.columns("customers"))
    if not care.columns("transactions"):
        return care.keep("customer_groups", queries.customer_groups(recorded, listed=listed))
    buyers(care)
    first_day, last_day = span(care)
    rule, since = care.study.segmentation, "customer_since" in care.columns("customers")
    tenure = queries.tenure(
        years=rule.traditional_years,
        purchases=rule.traditional_purchases,
        first_day=first_day,
        last_day=last_day,
        since=since,
    )
    tier = f"CASE WHEN revenue IS NULL THEN 'never' ELSE {tier_of(care)} END"
    sql = queries.customer_groups(recorded, listed=listed, since=since, tenure=tenure, tier=tier)
    return care.keep("customer_groups", sql)


def group_name(scheme: str, code: Any, kind: int, n: int = 1) -> str:
    """A group as a reader would call it; regions have their own names."""
    if kind != NAMED:
        return _(KINDS[kind]).format(n=number(n))
    return str(code) if scheme == "region" else _(GROUPS[code])


def with_shares(care: Care, sizes: pd.DataFrame, within: pd.Series[Any]) -> pd.DataFrame:
    """`sizes` with revenue in whole units, and each row's shares of those it stands `within`."""
    revenue = care.in_units(sizes["revenue"].astype("float64").fillna(0.0))
    if not care.columns("transactions"):
        revenue = revenue * np.nan
    total = revenue.groupby(within).transform("sum")
    return sizes.assign(
        share=sizes["customers"] / sizes.groupby(within)["customers"].transform("sum"),
        revenue=revenue,
        revenue_share=revenue / total.where(total > 0),
        largest_part=with_whole(care, largest_part(sizes["revenue"], sizes["most"])),
    )


def amount_labels(care: Care) -> dict[str, str]:
    """Headings of what every table of groups shows."""
    labels = {"customers": _("customers"), "share": _("share of customers")}
    if not care.columns("transactions"):
        return labels
    return labels | {"revenue": _("net revenue"), "revenue_share": _("share of revenue")}


def amount_styles(care: Care) -> dict[str, str]:
    """How those columns are written."""
    return {
        "customers": "count",
        "share": "share",
        "revenue": care.study.currency,
        "revenue_share": "share",
    }
