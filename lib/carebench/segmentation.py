"""The questions of notebook 01: who the customers are, and how much the largest bring."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from .estimate import Estimate, frame, from_row, records
from .finding import Answer, Finding, Skipped, needs
from .language import N_, _, number, percent
from .methods.concentration import gini, lorenz, top_share
from .methods.scores import mean
from .sources import Care

TABLES = ("customers", "transactions", "internal_service")

TIERS = (N_("special"), N_("large"), N_("medium"), N_("small"))
TOP = (0.20, 0.10, 0.05)
# Within five points of the folk figure counts as agreeing with it.
CLAIM, TOLERANCE = 0.80, 0.05

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


@needs("transactions")
def tiers(care: Care) -> Answer:
    """Special, large, medium and small customers by revenue, at the study's cut-offs."""
    revenue = care.in_units(_revenue(care)["revenue"]).to_numpy(dtype=float)
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


@needs("transactions")
def top_shares(care: Care) -> Answer:
    """What the top 20, 10 and 5 % of customers bring, and whether 80:20 holds here."""
    revenue = care.in_units(_revenue(care)["revenue"]).to_numpy(dtype=float)
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
    revenue = care.in_units(_revenue(care)["revenue"]).to_numpy(dtype=float)
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


@needs("internal_service")
def internal_service(care: Care) -> Answer:
    """How departments rate the departments that serve them."""
    rows = care.current("internal_service")
    estimates = [
        ({"department": str(name)}, mean(part["score"].to_numpy(dtype=float), scale=(1, 5),
         confidence_level=care.study.confidence_level))
        for name, part in rows.groupby("rated_department", observed=True)
    ]  # fmt: skip
    table = frame(estimates).sort_values("value", ascending=False, ignore_index=True)
    best, worst = records(table)[0], records(table)[-1]
    return Finding(
        "internal-service",
        table,
        headline=_("Departments rate each other from {low} ({worst}) to {high} ({best})").format(
            low=from_row(worst),
            worst=worst["department"],
            high=from_row(best),
            best=best["department"],
        ),
        caption=_(
            "Mean score from 1 to 5 that the served departments gave, with {level} intervals. "
            "Scores of one member of staff are taken as independent. The lowest of several looks "
            "lower than it is, and the highest higher."
        ).format(level=percent(care.study.confidence_level)),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['department']} {from_row(row)}" for row in records(table))
        ),
        labels={"department": _("department that serves"), "value": _("mean score")},
    )


def answer(care: Care) -> list[str]:
    """The notebook's answer in about three lines."""
    lines = []
    shares = top_shares(care)
    if isinstance(shares, Finding):
        top20 = from_row(records(shares.rows)[0])
        if top20.value is not None:
            lines.append(
                _(
                    "The top 20% of the customers who bought bring {share} of the net revenue."
                ).format(share=top20.emphasised())
            )
            lines.append(
                _("The rule that 20% bring 80%: **{verdict}**.").format(verdict=_(verdict(top20)))
            )
    for question in (tiers, internal_service):
        found = question(care)
        if isinstance(found, Finding):
            lines.append(found.headline + ".")
    return lines[:3] or [_("The study holds no transactions, so nothing can be said of revenue.")]


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


def _revenue(care: Care) -> pd.DataFrame:
    """Net revenue of each customer in the smallest unit of the currency."""
    return care.engine.frame(
        """SELECT customer_id, CAST(SUM(amount) AS BIGINT) AS revenue FROM transactions
           GROUP BY customer_id ORDER BY customer_id"""
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
