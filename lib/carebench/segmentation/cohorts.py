"""Which new customers bought again, and when, by the month of their first purchase."""

from __future__ import annotations

import pandas as pd

from .. import queries
from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, date, number, percent
from ..methods.proportions import wilson
from ..sources import Care
from . import books

AFTER = (1, 3, 6, 12)  # months after that of the first purchase
MOST = 24  # cohorts, and periods after the first, that a figure shows
QUARTER = 3  # months
BEFORE = "≤"  # marks customers who may have bought before the books begin
NOT_WATCHED = N_("no new customer has been watched for so long")
FEW, FEWEST = N_("fewer than 5 customers"), 5


@needs("transactions")
def retention(care: Care) -> Answer:
    """The share of new customers who bought again so many months after their first purchase."""
    grid = _grid(care, 1)
    if grid.empty:
        return _nobody(care)
    level = care.study.confidence_level
    rows = frame(
        (
            {"after": _("1 month") if k == 1 else _("{n} months").format(n=number(k))},
            _pooled(grid, k, level),
        )
        for k in AFTER
    )
    known = [row for row in records(rows) if pd.notna(row["value"])]
    headline = _("Whether new customers come back is not known: none is seen to be new")
    if known:
        headline = _("{after} after their first purchase, {share} of new customers bought").format(
            after=known[-1]["after"], share=from_row(known[-1])
        )
    return Finding(
        "retention",
        rows,
        headline=headline,
        caption=_(
            "Counted is who bought in that very calendar month after the month of the first "
            "purchase, whether or not in between; a refund is no purchase. All cohorts that have "
            "been watched for so long are taken together, with {level} intervals for customers "
            "like these."
        ).format(level=percent(level)),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['after']} {from_row(row)}" for row in records(rows))
        ),
        labels={"after": _("after the first purchase"), "value": _("bought in that month")},
        notes=tuple(_not_new(care)),
    )


@needs("transactions")
def cohorts(care: Care) -> Answer:
    """The share of each cohort of new customers that bought again, period by period."""
    months = _months_of_a_period(care)
    latest = _latest(_grid(care, months))
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
        headline=_headline(shown, months, care.study.confidence_level),
        caption=" ".join(_words(care, latest, shown, months)),
        alt=_("A heat map of {n} cohorts; bought again in the period after the first: {rows}.")
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
    """Each cohort and each whole period after its first: its n customers and the k who bought.

    Customers who may not be new are one row of cohorts of their own, `apart`, in the first.
    """
    raw = _activity(care, months)
    first, last = _first_period(care, months), _last_period(care, months)
    new = raw[(raw["apart"] == 0) | (raw["cohort"] == first)]
    keys = ["apart", "cohort"]
    sizes = new.loc[new["later"] == 0, [*keys, "customers"]].rename(columns={"customers": "n"})
    watched = sizes.loc[sizes.index.repeat((last - sizes["cohort"]).clip(lower=0))]
    watched = watched.assign(later=watched.groupby(keys).cumcount() + 1)
    grid = watched.merge(new.rename(columns={"customers": "k"}), how="left", on=[*keys, "later"])
    grid["k"] = grid["k"].fillna(0).astype("int64")
    ordered = grid.sort_values(["cohort", "apart", "later"], ascending=[True, False, True])
    return ordered.assign(apart=ordered["apart"] == 1).reset_index(drop=True)


def _activity(care: Care, months: int) -> pd.DataFrame:
    """The rows of `queries.cohorts.cohort_activity`."""

    def make() -> pd.DataFrame:
        books.buyers(care)
        books.customer_months(care)
        query = queries.cohort_activity(
            books.span(care)[0],
            _first_period(care, months),
            quarters=months == QUARTER,
            with_since="customer_since" in care.columns("customers"),
        )
        return care.large.frame(query).astype("int64")

    return care.once(f"cohort activity {months}", make)


def _first_period(care: Care, months: int) -> int:
    return books.month_number(books.span(care)[0]) // months


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


def _pooled(grid: pd.DataFrame, later: int, level: float) -> Estimate:
    """The share of all new customers who bought `later` periods after their first."""
    part = grid[~grid["apart"] & (grid["later"] == later)]
    k, n = int(part["k"].sum()), int(part["n"].sum())
    if not n:
        return Estimate.absent(NOT_WATCHED)
    name = N_("Wilson score")
    found = Estimate(k / n, *wilson(k / n, n, level), n, name, confidence_level=level, k=k)
    return found if n >= FEWEST else found.warn(FEW)


def _headline(shown: pd.DataFrame, months: int, level: float) -> str:
    next_one = _pooled(shown, 1, level)
    if next_one.value is None:
        return _("Nobody is seen to be new: all bought when the books begin, or before")
    if months == 1:
        text = _("In the month after their first purchase, {share} of new customers bought again")
    else:
        text = _("In the quarter after their first purchase, {share} of new customers bought again")
    return text.format(share=next_one)


def _words(care: Care, latest: pd.DataFrame, shown: pd.DataFrame, months: int) -> list[str]:
    """What a reader of the heat map must know; `shown` are the `latest` cohorts of some size."""
    words = [
        _(
            "Each row holds the customers who first bought in one period; colour is the share of "
            "them who bought again in a later one. Periods that are not over are blank."
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
        words.append(_("Customers in the row marked ≤ may have bought before: they stand apart."))
    words.append(_doubt(shown, care.study.confidence_level))
    return [*words, *_not_new(care)]


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


def _not_new(care: Care) -> list[str]:
    """How many customers are in no cohort because they may have bought before the books begin."""
    raw = _activity(care, 1)
    n = int(raw.loc[(raw["apart"] == 1) & (raw["later"] == 0), "customers"].sum())
    words = []
    if n:
        text = _(
            "Not counted as new: {n} customers whose first purchase may lie before the books "
            "begin on {day}."
        )
        words.append(text.format(n=number(n), day=date(books.span(care)[0])))
    if "customer_since" not in care.columns("customers"):
        words.append(
            _(
                "Some customers of later months may have bought before the books begin too: a "
                "column customer_since in the table “customers” would tell."
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
