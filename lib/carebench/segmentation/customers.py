"""Who the customers are, by every scheme that the study records."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _
from ..sources import Care

SCHEMES = {
    "scope": N_("external or internal"),
    "status": N_("existing or potential"),
    "buying_mode": N_("intermediary or end user"),
    "user_type": N_("type of user"),
    "need": N_("need"),
    "region": N_("region"),
}
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
}


@needs("customers")
def groups(care: Care) -> Answer:
    """How many customers each scheme of the study puts in each group, and what they bring."""
    schemes = [scheme for scheme in SCHEMES if scheme in care.columns("customers")]
    if not schemes:
        return Skipped(_("The table “customers” has no column that groups them."))
    has_sales = bool(care.columns("transactions"))
    table = pd.concat([_group_sizes(care, scheme, has_sales) for scheme in schemes])
    labels = {
        "scheme": _("scheme"),
        "group": _("group"),
        "customers": _("customers"),
        "share": _("share of customers"),
    }
    if has_sales:
        labels |= {"revenue": _("net revenue"), "revenue_share": _("share of revenue")}
    return Finding(
        "groups",
        table.reset_index(drop=True),
        headline=_("Who the customers are, by every scheme the study records"),
        labels=labels,
        styles={
            "customers": "count",
            "share": "share",
            "revenue": care.study.currency,
            "revenue_share": "share",
        },
        notes=(_("Complete counts of the company’s own list: no sampling error."),),
    )


def _group_sizes(care: Care, scheme: str, has_sales: bool) -> pd.DataFrame:
    """Customers and revenue by the groups of one scheme; the unknown last."""
    sales = "SELECT customer_id, SUM(amount) AS revenue FROM transactions GROUP BY customer_id"
    none = "SELECT NULL AS customer_id, NULL AS revenue"
    table = care.engine.frame(
        f"""SELECT c.{scheme} AS code, COUNT(*) AS customers,
              CAST(COALESCE(SUM(s.revenue), 0) AS DOUBLE) AS revenue
            FROM customers c LEFT JOIN ({sales if has_sales else none}) s
              ON c.customer_id = s.customer_id
            GROUP BY c.{scheme} ORDER BY c.{scheme} IS NULL, customers DESC, c.{scheme}"""
    )
    codes = table["code"].astype("object").where(table["code"].notna(), None)
    names = [_("not recorded") if code is None else _(GROUPS.get(code, code)) for code in codes]
    revenue = care.in_units(table["revenue"])
    return pd.DataFrame(
        {
            "scheme": [_(SCHEMES[scheme])] + [""] * (len(table) - 1),
            "group": names,
            "customers": table["customers"],
            "share": table["customers"] / table["customers"].sum(),
            "revenue": revenue,
            "revenue_share": revenue / revenue.sum() if revenue.sum() else np.nan,
        }
    )
