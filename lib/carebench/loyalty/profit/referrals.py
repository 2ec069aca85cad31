"""Customers won by recommendation: how many, whether they buy and stay, and who brought them."""

from __future__ import annotations

import pandas as pd

from ...estimate import Estimate, frame, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, date, number
from ...methods.differences import square_and_add
from ...methods.proportions import census, proportion
from ...methods.totals import FEW_CARRIERS, from_sums, times, turned
from ...queries import referrals as queries
from ...segmentation import books
from ...sources import Care
from .money import spoken

NO_CUSTOMERS = N_("The list of customers names nobody who is a customer already.")
FEWEST_YEARS = 3  # with fewer, quarters are shown
MOST_PERIODS = 12  # the last ones by themselves, those before together
SELF_SELECTED = N_(
    "Associated with, not caused by: customers who come by recommendation may differ in much else."
)
AT_LEAST = N_(
    "Whoever has nobody in “referred_by” counts as not recommended: where that is not always "
    "recorded, more were."
)


@needs("customers", "referred_by")
def won_by_recommendation(care: Care) -> Answer:
    """The share of customers who came by recommendation, in all and by year or quarter."""
    months = _won(care)
    n, k = int(months["customers"].sum()), int(months["referred"].sum())
    if n == 0:
        return Skipped(_(NO_CUSTOMERS))
    level = care.study.confidence_level
    everyone = proportion(k, n, confidence_level=level)
    rows = [({"period": _("all customers")}, everyone)]
    for period, part in _periods(months):
        of = proportion(int(part["referred"]), int(part["customers"]), confidence_level=level)
        rows.append(({"period": period}, of))
    return Finding(
        "won-by-recommendation",
        frame(rows),
        headline=_("{share} of the customers came by recommendation").format(share=everyone),
        caption=_("Customers on the list, by when their first dealings were."),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{keys['period']} {value}" for keys, value in rows)
        ),
        labels={"period": _("joined"), "value": _("recommended")},
        notes=(
            *_by_self(months),
            _(AT_LEAST),
            _("A complete count; the intervals are for customers like these."),
            *care.not_limited("customers"),
        ),
    )


@needs("customers", "referred_by")
def referred_customers(care: Care) -> Answer:
    """Revenue a year, and who still buys: customers who were recommended, and the others."""
    if not care.columns("transactions"):
        return Skipped(_("The study has no table “{table}”.").format(table="transactions"))
    sides = _bought(care)
    if set(sides) != {0, 1}:
        return Skipped(_("There are not both customers who were recommended and others."))
    table = [
        *_bought_rows(care, sides, "purchases", _("days of purchase per customer and year")),
        *_bought_rows(care, sides, "money", _("net revenue per customer and year")),
        *_staying_rows(care, sides),
    ]
    first, last = books.span(care)
    return Finding(
        "referred-customers",
        frame(table),
        headline=_referred_headline(*(table[place][1] for place in (2, 5, 8))),
        caption=_("Sales from {first} to {last}; each customer from joining on.").format(
            first=date(first), last=date(last)
        ),
        labels={
            "what": _("what"),
            "who": _("group"),
            "computed": _("how computed"),
            "value": _("estimate"),
        },
        notes=(
            _(SELF_SELECTED),
            _(AT_LEAST),
            _(
                "Where a few large customers carry the revenue, its difference is shown and not "
                "judged: their chance presence on one side decides it."
            ),
            *care.not_limited("customers"),
        ),
    )


@needs("customers", "referred_by")
def recommenders(care: Care) -> Answer:
    """How many customers brought at least one other; none of them is named."""
    months = _won(care)
    n = int(months["customers"].sum())
    if n == 0:
        return Skipped(_(NO_CUSTOMERS))
    status = "status" in care.columns("customers")
    made = care.large.frame(queries.brought(status=status)).set_index("brought")
    listed = made["listed"].astype("int64") if len(made) else pd.Series(dtype="int64")
    any_of = int(listed.sum())
    rows = [({"brought": _("at least one")}, census(any_of, n))]
    for number_brought in range(1, queries.MOST_BROUGHT + 1):
        most = number_brought == queries.MOST_BROUGHT
        words = _("{n} or more") if most else "{n}"
        k = int(listed.get(number_brought, 0))
        rows.append(({"brought": words.format(n=number(number_brought))}, census(k, n)))
    return Finding(
        "recommenders",
        frame(rows),
        headline=_("{share} of the customers brought at least one other").format(share=rows[0][1]),
        labels={"brought": _("customers brought"), "value": _("share of customers")},
        notes=(
            *_not_listed(made),
            _("Nobody is named here: who recommends is personal data."),
            _(AT_LEAST),
            *care.not_limited("customers"),
        ),
    )


def _won(care: Care) -> pd.DataFrame:
    there = care.columns("customers")
    sql = queries.won_by_month(since="customer_since" in there, status="status" in there)
    return care.once("customers won by month", lambda: care.large.frame(sql))


def _periods(months: pd.DataFrame) -> list[tuple[str, pd.Series[int]]]:
    """Customers and recommended of each year, or of each quarter where there are few years."""
    known = months[months["month"].notna()]
    if known.empty:
        return []
    month = known["month"].astype("int64")
    by_year = (month // 12).nunique() >= FEWEST_YEARS
    step = month // 12 if by_year else month // 3
    start = max(int(step.min()), int(step.max()) - MOST_PERIODS + 1)
    summed = known.groupby(step.clip(lower=start))[["customers", "referred"]].sum()
    found = []
    for at, part in summed.iterrows():
        place = int(str(at))
        name = str(place) if by_year else f"{place // 4}-Q{place % 4 + 1}"
        before = place == start and int(step.min()) < start
        found.append((_("{period} and before").format(period=name) if before else name, part))
    away = months.loc[months["month"].isna(), ["customers", "referred"]].sum()
    return [*found, (_("not recorded"), away)] if away["customers"] else found


def _by_self(months: pd.DataFrame) -> tuple[str, ...]:
    own = int(months["by_self"].sum())
    if not own:
        return ()
    text = _("Recorded as recommended by themselves, counted as not recommended: {n}.")
    return (text.format(n=number(own)),)


def _not_listed(made: pd.DataFrame) -> tuple[str, ...]:
    away = int((made["recommenders"] - made["listed"]).sum()) if len(made) else 0
    if not away:
        return ()
    text = _("Recommenders who are not customers on the list, not counted: {n}.")
    return (text.format(n=number(away)),)


def _bought(care: Care) -> dict[int, dict[str, float]]:
    """The sums of `queries.bought` by whether the customers were recommended."""
    books.buyers(care)
    first, last = books.span(care)
    there = care.columns("customers")
    sql = queries.bought(
        since="customer_since" in there,
        status="status" in there,
        first_day=first,
        last_day=last,
        churn_days=care.study.loyalty.churn_days,
    )
    made = care.once("what referred customers bought", lambda: care.large.frame(sql))
    return {int(row["referred"]): row for row in records(made)}


def _bought_rows(
    care: Care, sides: dict[int, dict[str, float]], column: str, what: str
) -> list[tuple[dict[str, str], Estimate]]:
    """Money or purchases of a customer in a year: recommended, others, and the difference."""
    found = []
    for side in (1, 0):
        keys = {"what": what, "who": _who(side), "computed": _over_years(care, sides[side], column)}
        found.append((keys, _per_year(care, sides[side], column)))
    gap = square_and_add(found[0][1], found[1][1])
    shaky = FEW_CARRIERS in (*found[0][1].warnings, *found[1][1].warnings)
    gap = gap.warn(FEW_CARRIERS) if shaky else gap
    return [*found, ({"what": what, "who": _("difference"), "computed": "–"}, gap)]


def _over_years(care: Care, row: dict[str, float], column: str) -> str:
    """Numerator and denominator of a mean per customer and year."""
    summed = number(row[column])
    if column == "money":
        summed = spoken(care, row[column] / care.minor_per_unit)
    return _("{sum} / {years} customer-years").format(sum=summed, years=number(row["years"]))


def _per_year(care: Care, row: dict[str, float], column: str) -> Estimate:
    money = column == "money"
    found = from_sums(
        int(row["customers"]),
        (row[column], row["years"]),
        (row[f"{column}_squares"], row[f"{column}_fourths"]),
        unit=care.study.currency if money else "ratio",
        confidence_level=care.study.confidence_level,
    )
    return times(found, 1 / care.minor_per_unit) if money else found


def _staying_rows(
    care: Care, sides: dict[int, dict[str, float]]
) -> list[tuple[dict[str, str], Estimate]]:
    days, level = care.study.loyalty.churn_days, care.study.confidence_level
    what = _("bought again within the last {days} days").format(days=number(days))
    values = {
        side: proportion(int(row["staying"]), int(row["settled"]), confidence_level=level)
        for side, row in sides.items()
    }
    words = _("of those who first bought before that")
    found = [({"what": what, "who": _who(side), "computed": words}, values[side])
             for side in (1, 0)]  # fmt: skip
    gap = square_and_add(values[1], values[0]).in_points()
    return [*found, ({"what": what, "who": _("difference in points"), "computed": "–"}, gap)]


def _who(side: int) -> str:
    return _("recommended") if side else _("others")


def _referred_headline(purchases: Estimate, revenue: Estimate, staying: Estimate) -> str:
    return _(
        "Customers who were recommended against the others, in a year: purchases {purchases}; "
        "revenue {revenue}; share still buying, in points, {staying}"
    ).format(purchases=_compared(purchases), revenue=_compared(revenue), staying=_compared(staying))


def _compared(gap: Estimate) -> str:
    if gap.low is None or gap.high is None or FEW_CARRIERS in gap.warnings:
        return _("cannot be told")
    if gap.low <= 0 <= gap.high:
        return _("not distinguishable ({gap})").format(gap=gap.interval_text())
    if gap.low > 0:
        return _("more, by {gap}").format(gap=gap.interval_text())
    return _("less, by {gap}").format(gap=turned(gap).interval_text())
