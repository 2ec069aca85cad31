"""Which new customers bought again, and when, by the month of their first purchase."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import queries
from ..estimate import Estimate, frame, from_row, records
from ..finding import FEW, FEWEST, Answer, Finding, Skipped, needs
from ..language import N_, _, date, number, percent
from ..methods.proportions import wilson
from ..sources import Care
from . import books

AFTER = {  # months after that of the first purchase
    1: N_("the first month"),
    3: N_("the third month"),
    6: N_("the sixth month"),
    12: N_("the twelfth month"),
}
UNDATED = 0.05  # share without a date of first dealings up to which customers are called new
RUN_IN = 12  # months at the start of the books in which nobody without a date is new
MOST = queries.LONGEST  # cohorts, and periods after the first, that a figure shows
QUARTER = 3  # months
BEFORE = "≤"  # marks customers who may well have bought before the books begin
NOT_WATCHED = N_("no new customer has been watched for so long")


@needs("transactions")
def retention(care: Care) -> Answer:
    """The share of new customers who bought again within so many months, and in the last one."""
    grid = _grid(care, 1)
    if grid.empty:
        return _nobody(care)
    level = care.study.confidence_level
    rows = frame(
        (
            {"after": _("1 month") if k == 1 else _("{n} months").format(n=number(k))},
            _pooled(grid, k, level, "again"),
        )
        for k in AFTER
    )
    rows["in_month"] = [_pooled(grid, k, level).value for k in AFTER]
    known = [
        (row, month)
        for row, month in zip(records(rows), AFTER.values(), strict=True)
        if pd.notna(row["value"])
    ]
    if not known:
        return Skipped(_("Whether new customers come back is not known: none is seen to be new."))
    row, month = known[-1]
    return Finding(
        "retention",
        rows,
        headline=_(
            "{share} of {who} bought again within {after}; in {month} alone, {single} did"
        ).format(
            share=from_row(row),
            who=_who(care, 1),
            after=row["after"],
            month=_(month),
            single=percent(row["in_month"]),
        ),
        caption=_(
            "Bought again within 3 months: on a second day before the third calendar month after "
            "that of the first purchase was over. Beside it, who bought in that third month, "
            "whether or not in between. A refund is no purchase. All cohorts that have been "
            "watched for so long are taken together, with {level} intervals for customers like "
            "these."
        ).format(level=percent(level)),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['after']} {from_row(row)}" for row in records(rows))
        ),
        labels={
            "after": _("after the first purchase"),
            "value": _("bought again within that time"),
            "in_month": _("bought in its last month"),
        },
        styles={"in_month": "share"},
        notes=tuple(_not_new(care, grid, 1)),
    )


@needs("transactions")
def cohorts(care: Care) -> Answer:
    """The share of each cohort of new customers that bought again, period by period."""
    months = _months_of_a_period(care)
    grid = _grid(care, months)
    latest = _latest(grid)
    if latest.empty:
        return _nobody(care)
    shown = latest[latest["n"] >= FEWEST]
    if shown.empty:
        return Skipped(_("No period has 5 new customers to follow."))
    names = [
        (BEFORE if apart else "") + _period_name(int(cohort), months)
        for apart, cohort in zip(shown["apart"], shown["cohort"], strict=True)
    ]
    rows = shown[["n", "later", "k", "apart"]].assign(share=shown["k"] / shown["n"], months=months)
    rows.insert(0, "cohort", names)
    return Finding(
        "cohorts",
        rows,
        headline=_headline(care, shown, months),
        caption=" ".join([*_words(care, latest, shown, months), *_not_new(care, grid, months)]),
        alt=_("A heat map; cohorts: {n}; bought again in the period after the first: {rows}.")
        .format(
            n=number(rows["cohort"].nunique()),
            rows="; ".join(
                f"{row['cohort']} {percent(row['share'])} (n = {number(row['n'])})"
                for row in records(rows[rows["later"] == 1])
            ),
        ),
        labels={
            "cohort": _("cohort"),
            "n": _("customers"),
            "later": _("months later") if months == 1 else _("quarters later"),
            "k": _("bought again"),
            "share": _("share"),
        },
        styles={"n": "count", "k": "count", "share": "share"},
    )  # fmt: skip


def _grid(care: Care, months: int) -> pd.DataFrame:
    """Each cohort and each whole period after its first: its n customers, the k who bought in it,
    and those who had bought `again` by its end.

    Customers who may not be new are cohorts of their own, `apart`: of the first period, and
    where dates are missing of the whole run-in.
    """
    raw, last = _activity(care, months), _last_period(care, months)
    begin = _first_that_may_be_new(care, months)
    if _dated(care, months):
        begin = _first_period(care, months) + 1
    raw = raw[~raw["apart"] | (raw["cohort"] < begin)]
    keys = ["apart", "cohort"]
    new = raw.groupby([*keys, "later"])[["customers", "undated", "back"]].sum().reset_index()
    sizes = new.loc[new["later"] == 0, [*keys, "customers", "undated"]]
    sizes = sizes.rename(columns={"customers": "n"})
    watched = sizes.loc[sizes.index.repeat((last - sizes["cohort"] + 1).clip(0, MOST + 1))]
    watched = watched.assign(later=watched.groupby(keys).cumcount())
    bought = new.drop(columns="undated").rename(columns={"customers": "k"})
    grid = watched.merge(bought, how="left", on=[*keys, "later"]).fillna({"k": 0, "back": 0})
    grid = grid.astype({"k": "int64", "back": "int64"})
    grid["again"] = grid.groupby(keys)["back"].cumsum()
    ordered = grid[grid["later"] > 0].sort_values(
        ["apart", "cohort", "later"], ascending=[False, True, True]
    )
    return ordered.reset_index(drop=True)


def _activity(care: Care, months: int) -> pd.DataFrame:
    """What `queries.cohort_activity` counts, a row for each period after the first.

    `undated` is the number of customers without a date; some cohorts are `apart`.
    """

    def make() -> pd.DataFrame:
        books.buyers(care)
        query = queries.cohort_activity(
            *books.span(care),
            quarters=months == QUARTER,
            with_since="customer_since" in care.columns("customers"),
        )
        raw = _by_period(care.large.frame(query).astype("int64"))
        early = (raw["undated"] == 1) & (raw["cohort"] < _first_that_may_be_new(care, months))
        return raw.assign(
            apart=(raw["old"] == 1) | early, undated=raw["undated"] * raw["customers"]
        )

    return care.once(f"cohort activity {months}", make)


def _by_period(wide: pd.DataFrame) -> pd.DataFrame:
    """The columns in_k and back_k as rows, `later` being k."""
    periods = range(queries.LONGEST + 1)
    rows = wide.loc[wide.index.repeat(len(periods)), ["old", "undated", "cohort"]]
    rows["later"] = np.tile(periods, len(wide))
    rows["customers"] = wide[[f"in_{k}" for k in periods]].to_numpy().ravel()
    rows["back"] = wide[[f"back_{k}" for k in periods]].to_numpy().ravel()
    return rows[rows["customers"] > 0].reset_index(drop=True)


def _first_period(care: Care, months: int) -> int:
    return books.month_number(books.span(care)[0]) // months


def _first_that_may_be_new(care: Care, months: int) -> int:
    """The period after the run-in: `RUN_IN` months, or half of books that are shorter than two."""
    first = _first_period(care, months)
    whole = _last_period(care, months) - first + 1
    return first + max(1, min(RUN_IN // months, whole // 2))


def _last_period(care: Care, months: int) -> int:
    """The last period that is over."""
    return (books.last_whole_month(care) + 1) // months - 1


def _months_of_a_period(care: Care) -> int:
    """1, or 3 where there are more months than a figure can show."""
    return 1 if _last_period(care, 1) - _first_period(care, 1) <= MOST else QUARTER


def _latest(grid: pd.DataFrame) -> pd.DataFrame:
    """The latest cohorts, and as many periods after the first, as a figure can show."""
    latest = sorted(grid["cohort"].unique())[-MOST:]
    return grid[grid["cohort"].isin(latest) & (grid["later"] <= MOST)]


def _pooled(grid: pd.DataFrame, later: int, level: float, what: str = "k") -> Estimate:
    """The share of all new customers who bought `later` periods after their first."""
    part = grid[~grid["apart"] & (grid["later"] == later)]
    k, n = int(part[what].sum()), int(part["n"].sum())
    if not n:
        return Estimate.absent(NOT_WATCHED)
    name = N_("Wilson score")
    found = Estimate(k / n, *wilson(k / n, n, level), n, name, confidence_level=level, k=k)
    return found if n >= FEWEST else found.warn(FEW)


def _headline(care: Care, shown: pd.DataFrame, months: int) -> str:
    next_one = _pooled(shown, 1, care.study.confidence_level)
    if next_one.value is None:
        return _("Nobody is seen to be new: all may have bought before the books begin")
    if months == 1:
        text = _("In the month after their first purchase, {share} of {who} bought again")
    else:
        text = _("In the quarter after their first purchase, {share} of {who} bought again")
    return text.format(share=next_one, who=_who(care, months))


def _who(care: Care, months: int) -> str:
    """What the customers who are counted may be called."""
    return _("new customers") if _dated(care, months) else _("customers first seen in the books")


def _dated(care: Care, months: int) -> bool:
    """Whether nearly all customers who are counted have a date of first dealings."""
    first = _activity(care, months).query("later == 0")
    counted = first[~first["apart"]]
    counted = counted if len(counted) else first
    return bool(counted["undated"].sum() <= UNDATED * counted["customers"].sum())


def _words(care: Care, latest: pd.DataFrame, shown: pd.DataFrame, months: int) -> list[str]:
    """What a reader of the heat map must know; `shown` are the `latest` cohorts of some size."""
    words = [
        _(
            "Each row holds the customers whose first purchase in the books is of one period; "
            "colour is the share of them who bought again in a later one. Periods that are not "
            "over are blank."
        )
    ]
    if months == QUARTER:
        words.append(_("Months are taken together in quarters, for the books are long."))
    if latest["cohort"].nunique() == MOST and latest["cohort"].min() > _first_period(care, months):
        words.append(_("Only the last {n} cohorts are shown.").format(n=number(MOST)))
    if small := int((latest.loc[latest["later"] == 1, "n"] < FEWEST).sum()):
        text = _("Cohorts of fewer than 5 customers are left out: {n}.")
        words.append(text.format(n=number(small)))
    if shown["apart"].any():
        words.append(_("Customers in a row marked ≤ may have bought before: they stand apart."))
    return [*words, _doubt(shown, care.study.confidence_level)]


def _doubt(shown: pd.DataFrame, level: float) -> str:
    """By how much a field may be off, said of a cohort of middling size."""
    first = shown[shown["later"] == 1]
    first = first[~first["apart"]] if not first["apart"].all() else first
    n = int(first["n"].median())
    share = float(first["k"].sum() / first["n"].sum())
    low, high = wilson(share, n, level)
    return _(
        "In a cohort of middling size (n = {n}), a share of {share} may by chance be anything from "
        "{low} to {high}."
    ).format(n=number(n), share=percent(share), low=percent(low), high=percent(high))


def _not_new(care: Care, grid: pd.DataFrame, months: int) -> list[str]:
    """How many customers of `grid` may not be new, and how many more are left out for that."""
    raw = _activity(care, months)
    n = int(raw.loc[raw["apart"] & (raw["later"] == 0), "customers"].sum())
    words = []
    if n:
        text = _(
            "Customers not counted as new, whose first purchase may lie before the books begin on "
            "{day}: {n}."
        )
        words.append(text.format(n=number(n), day=date(books.span(care)[0])))
    counted = grid[~grid["apart"] & (grid["later"] == 1)]
    if undated := int(counted["undated"].sum()):
        text = _(
            "Customers counted without a date of first dealings (customer_since in the table "
            "“customers”): {n} of {all}. They were first seen from {period} on, and some may have "
            "bought before the books begin."
        )
        words.append(
            text.format(
                all=number(counted["n"].sum()),
                n=number(undated),
                period=_period_name(_first_that_may_be_new(care, months), months),
            )
        )
    return words


def _period_name(period: int, months: int) -> str:
    """2026-03, or 2026 Q1."""
    if months == 1:
        return books.month_name(period)
    return _("{year} Q{quarter}").format(year=period // 4, quarter=period % 4 + 1)


def _nobody(care: Care) -> Skipped:
    if _activity(care, 1).empty:
        return Skipped(_("There are refunds alone: nobody bought, so nobody can come back."))
    return Skipped(_("The books are too short: no month after a first purchase is over."))
