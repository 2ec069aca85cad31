"""Who the customers are: the size of their groups by every scheme, and what each brings."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from .. import queries
from ..estimate import records
from ..finding import FEWEST, Answer, Finding, Skipped
from ..language import _, date, money, number, percent
from ..queries.groups import NAMED, NOT_LISTED, NOT_RECORDED
from ..sources import Care
from .books import span
from .dominance import DOMINANT, largest_part, part_of_whole
from .schemes import (
    GROUPS,
    SCHEMES,
    amount_labels,
    amount_styles,
    customer_groups,
    group_name,
    of_customers,
    schemes,
    with_shares,
)
from .tiers import TIERS

MOST_GROUPS = 12  # of one scheme, by name; the others are one row
MOST_DRAWN = 6  # of one scheme, in the figure
SMALL = 0.01  # a gap, or a group that is not recorded, of no importance for the picture
# Who belongs to a group of these is decided by sales, so what they bring is no news.
BY_SALES = ("status", *queries.FROM_SALES)


@of_customers
def groups(care: Care) -> Answer:
    """How many customers each scheme puts in each group, and what they bring.

    The customers are those on the list and those who bought; every scheme adds up to all of
    them. Tenure and the tier by value come from the sales.
    """
    if not schemes(care):
        return Skipped(_("The table “customers” has no column that groups them."))
    table = _group_table(care)
    if table.empty:
        return Skipped(_("The table “customers” records no group of any customer."))
    return Finding(
        "groups",
        table,
        headline=_headline(care, table),
        caption=_caption(care),
        alt=_("Shares of the customers and of the revenue, by group: {rows}.").format(
            rows="; ".join(map(_said, records(table[table["drawn"]])))
        ),
        labels={"scheme": _("scheme"), "group": _("group"), **amount_labels(care)},
        styles=amount_styles(care),
        notes=tuple(_notes(care, set(table["by"]))),
    )


def _group_table(care: Care) -> pd.DataFrame:
    """A row for each group, scheme by scheme: named ones first, then whoever is in none."""
    known, order = schemes(care), list(GROUPS)
    customer_groups(care)
    sizes = care.large.frame(queries.group_sizes(known, MOST_GROUPS))
    sizes["by"] = sizes["scheme"]
    # Groups made from sales stand in their own order, the others by size.
    sizes["step"] = [
        order.index(code) if by in queries.FROM_SALES and code in order else 0
        for by, code in zip(sizes["by"], sizes["code"], strict=True)
    ]
    sizes["at"] = sizes["by"].map(known.index)
    sizes = sizes.sort_values(
        ["at", "kind", "step", "customers", "code"],
        ascending=[True, True, True, False, True],
        ignore_index=True,
    )
    told = sizes.groupby("by")["kind"].transform("min").lt(NOT_RECORDED)
    table = with_shares(care, sizes, sizes["by"])[told].reset_index(drop=True)
    table["group"] = [
        group_name(row["by"], row["code"], row["kind"], row["groups"]) for row in records(table)
    ]
    large = table[["share", "revenue_share"]].abs().max(axis=1).ge(SMALL)
    few = table.groupby("by").cumcount().lt(MOST_DRAWN)
    table["drawn"] = table["kind"].eq(NAMED) & few | table["kind"].ge(NOT_RECORDED) & large
    # The few who are not on the list would stand in every scheme; a note counts them.
    table = table[table["kind"].ne(NOT_LISTED) | large].reset_index(drop=True)
    begins = ~table["by"].duplicated()
    table["scheme"] = table["by"].map(SCHEMES).map(_).where(begins, "")
    table = table.rename(columns={"kind": "group_kind"})
    # What a row is about stands first: an export keeps it where numbers are withheld.
    numbers = ["customers", "share", "revenue", "revenue_share", "largest_part"]
    return table[["by", "group", *numbers, "scheme", "code", "group_kind", "drawn"]]


def _headline(care: Care, table: pd.DataFrame) -> str:
    """Where customers and revenue differ most, among the groups that sales did not make."""
    all_of_them = table[table["by"] == table["by"].iloc[0]]
    n = int(all_of_them["customers"].sum())
    if not care.columns("transactions"):
        text = _("Customers on the list: {n}; what they bring is not known without sales")
        return text.format(n=number(n))
    known = table[table["group_kind"].eq(NAMED) & ~table["by"].isin(BY_SALES)]
    gaps = (known["revenue_share"] - known["share"]).abs().dropna()
    if gaps.empty or n == 1:
        revenue = money(float(all_of_them["revenue"].sum()), care.study.currency)
        text = _("{n} customers bring {revenue} in all")
        if n == 1:
            text = _("There is one customer only, who brings {revenue} in all")
        return text.format(n=number(n), revenue=revenue)
    if gaps.max() < SMALL:
        return _("Every recorded group brings its share of the revenue, to within a point")
    widest = records(known.loc[[gaps.idxmax()]])[0]
    return _(
        "Customers and revenue differ most in “{scheme}”: {group}, {share} of the customers and "
        "{revenue} of the revenue"
    ).format(
        scheme=_(SCHEMES[widest["by"]]),
        group=widest["group"],
        share=percent(widest["share"]),
        revenue=percent(widest["revenue_share"]),
    )


def _caption(care: Care) -> str:
    if not care.columns("transactions"):
        return _(
            "Share of the customers; every scheme counts all of them. Of many groups the largest "
            "six are drawn; more are in the table."
        )
    return _(
        "Hollow dots: share of the customers. Diamonds: share of the net revenue. Every scheme "
        "counts all customers, on the list or in the sales. Of many groups the largest six are "
        "drawn; more are in the table."
    )


def _said(row: dict[str, Any]) -> str:
    """One row of the figure in words."""
    shares = [row["share"], row["revenue_share"]]
    return f"{row['group']} {' / '.join(percent(share) for share in shares if pd.notna(share))}"


def _notes(care: Care, told: set[str]) -> Iterator[str]:
    """The rules of the schemes made from sales, and how the list and the sales fit together."""
    sold, listed = bool(care.columns("transactions")), bool(care.columns("customers"))
    if sold:
        yield _rule_of_tenure(care, told)
        yield _(
            "Value: counted from the largest, customers with revenue are special up to {special}, "
            "large up to {large}, medium up to {medium} of them, then small. The shares here are "
            "of all customers, also those without revenue, so they are lower."
        ).format(**_cut_offs(care))
    if sold and listed:
        yield from _fit(care)
    elif listed:
        yield _("The study has no sales: value, traditional and new cannot be told.")
    else:
        yield _("The study has no list of customers: only those in the sales are counted.")
    yield _("Complete counts of the company’s own books: no sampling error.")
    yield from care.not_limited("customers" if listed else "transactions")


def _rule_of_tenure(care: Care, told: set[str]) -> str:
    """What makes a customer traditional, or why nobody can be called so."""
    (first_day, last_day), rule = span(care), care.study.segmentation
    months = f"{12 * rule.traditional_years:g}"
    if "tenure" not in told:
        return _(
            "Traditional or new cannot be told: the rule asks for {months} months, and the books "
            "run from {first} to {last}."
        ).format(first=date(first_day), last=date(last_day), months=months)
    words = _(
        "Traditional: {months} months or more from the first purchase, or the first dealings on "
        "record, to {last}, and {purchases} days of purchase or more. Occasional: as long, on "
        "fewer days. New: a shorter time. Purchases before {first}, when the books begin, are not "
        "known."
    ).format(
        months=months,
        purchases=number(rule.traditional_purchases),
        first=date(first_day),
        last=date(last_day),
    )
    return " ".join([words, *_hardly_traditional(first_day, last_day, rule.traditional_years)])


def _hardly_traditional(first_day: dt.date, last_day: dt.date, years: float) -> Iterator[str]:
    """A warning where the books are hardly longer than the rule asks for."""
    asked = dt.timedelta(days=math.ceil(365.25 * years))
    latest = last_day - asked
    if first_day <= latest < first_day + asked / 2:
        yield _(
            "Without an older date of first dealings, whoever first bought after {latest} counts "
            "as new: the books are hardly longer than the rule asks for."
        ).format(latest=date(latest))


def _cut_offs(care: Care) -> dict[str, str]:
    """The study's cut-offs by the name of the tier that ends there."""
    cuts = care.study.segmentation.tier_cut_offs
    return {tier: percent(cut) for tier, cut in zip(TIERS, cuts, strict=False)}


def _fit(care: Care) -> Iterator[str]:
    """Who bought without being on the list, and who is on it without having bought."""
    status = "status" in care.columns("customers")
    row = care.large.frame(queries.list_and_sales(status=status)).iloc[0]
    if 0 < row["not_listed"] < FEWEST:
        text = _("Customers in the sales but not on the list: {n}, too few to say what they bring.")
        yield text.format(n=number(row["not_listed"]))
    elif row["not_listed"] and _one_brings_it(care, row):
        text = _("In the sales but not on the list: {n} customers, one of whom brings nearly all.")
        yield text.format(n=number(row["not_listed"]))
    elif row["not_listed"]:
        revenue = care.in_units(pd.Series([row["not_listed_revenue"]])).iloc[0]
        yield _("In the sales but not on the list: {n} customers, net revenue {revenue}.").format(
            n=number(row["not_listed"]), revenue=money(revenue, care.study.currency)
        )
    else:
        yield _("Everybody in the sales is on the list.")
    text = _("Customers on the list without a purchase in the books: {n} of {listed}.")
    if not row["never_bought"]:
        text = _("Everybody on the list has bought.")
    yield text.format(n=number(row["never_bought"]), listed=number(row["listed"]))
    if row["potential_bought"]:
        text = _("Customers recorded as potential, though they have bought: {n}.")
        yield text.format(n=number(row["potential_bought"]))


def _one_brings_it(care: Care, row: pd.Series[Any]) -> bool:
    """Whether what those outside the list bring tells what one customer brings."""
    brought, most = (pd.Series([row[f"not_listed_{name}"]]) for name in ("revenue", "most"))
    part = largest_part(brought, most).iloc[0]
    return bool(part > DOMINANT or part_of_whole(care) > DOMINANT)
