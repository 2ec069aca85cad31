"""Cohorts: who came back is counted right, what is not over stays blank, the old stand apart."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from carebench import figures, segmentation
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.methods.proportions import wilson
from studies import study

mpl.use("agg")


def _sales(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])


def _fives(rows) -> pd.DataFrame:
    """The same sales for five customers each: fewer are no cohort."""
    return _sales([(f"{name}{i}", day, amount) for name, day, amount in rows for i in range(5)])


def _random(n: int, start: str, days: int, customers: int, seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    at = pd.Timestamp(start) + pd.to_timedelta(rng.integers(0, days, n), unit="D")
    return _sales({"customer_id": [f"{i:04d}" for i in rng.integers(0, customers, n)],
                   "occurred_at": at.strftime("%Y-%m-%d"),
                   "amount": np.where(rng.random(n) < 0.1, -3, 5)})  # fmt: skip


def _by_hand(sales: pd.DataFrame, months: int) -> dict[tuple[int, int], tuple[int, int]]:
    """(cohort, later): (n, k) of all customers, counted one customer at a time."""
    bought = sales[sales["amount"] >= 0]
    days = pd.to_datetime(bought["occurred_at"]).dt
    period = ((days.year * 12 + days.month - 1) // months).groupby(bought["customer_id"])
    n, k = {}, {}
    for periods in period.unique():
        first = min(periods)
        n[first] = n.get(first, 0) + 1
        for other in periods:
            k[first, other - first] = k.get((first, other - first), 0) + 1
    return {key: (n[key[0]], count) for key, count in k.items()}


def _first_dealings(sales: pd.DataFrame) -> pd.DataFrame:
    """A list of customers on which everybody is as old as their first sale."""
    first = sales.groupby("customer_id")["occurred_at"].min()
    return first.rename("customer_since").reset_index()


@pytest.mark.parametrize(("start", "days", "months"), [("2024-01-01", 700, 1),
                                                       ("2019-01-01", 1800, 3)])  # fmt: skip
def test_cohorts_agree_with_a_count_of_one_customer_at_a_time(tmp_path, start, days, months):
    sales = _random(1500, start, days, 300)
    first_day = pd.Timestamp(sales["occurred_at"].min())
    first = (first_day.year * 12 + first_day.month - 1) // months
    care = study(tmp_path, transactions=sales, customers=_first_dealings(sales))
    rows = segmentation.cohorts(care).rows
    by_hand = _by_hand(sales, months)
    new = rows[~rows["apart"]]
    assert (rows["months"] == months).all() and len(new) > 100
    for row in records(new):
        year, part = (int(text) for text in row["cohort"].replace(" Q", "-").split("-"))
        cohort = year * 12 // months + part - 1
        n, k = by_hand.get((cohort, row["later"]), (row["n"], 0))
        assert cohort >= first and (row["n"], row["k"]) == (n, k)


def test_a_month_that_is_not_over_is_blank_and_not_zero(tmp_path):
    sales = _fives([("a", "2026-01-05", 5), ("b", "2026-02-05", 5), ("c", "2026-03-05", 5),
                    ("c", "2026-04-10", 5)])  # fmt: skip
    rows = segmentation.cohorts(study(tmp_path, transactions=sales)).rows
    assert set(zip(rows["cohort"], rows["later"], rows["k"], strict=True)) == {
        ("≤2026-01", 1, 0), ("≤2026-01", 2, 0), ("2026-02", 1, 0),
    }  # fmt: skip


def test_a_month_whose_last_days_are_a_weekend_without_sales_is_over(tmp_path):
    sales = _fives([("a", "2026-01-05", 5), ("b", "2026-02-05", 5), ("b", "2026-03-29", 5)])
    rows = segmentation.cohorts(study(tmp_path, transactions=sales)).rows
    assert rows.loc[rows["cohort"] == "2026-02", "k"].tolist() == [5]


def _open_days(first: str, last: str, closed: tuple[str, str] = ("", "")) -> pd.DataFrame:
    """A sale each day, with one closed time."""
    days = pd.date_range(first, last).strftime("%Y-%m-%d")
    return _sales([(f"{i % 9}", day, 5 + i % 9) for i, day in enumerate(days)
                   if not closed[0] <= day <= closed[1]])  # fmt: skip


@pytest.mark.parametrize(
    ("sales", "whole"),
    [
        (_open_days("2024-01-01", "2025-12-23", ("2024-12-24", "2025-01-01")), True),
        (_open_days("2024-01-08", "2025-12-31", ("2024-12-30", "2025-01-07")), True),
        (_open_days("2024-01-01", "2025-12-23"), False),
        (_open_days("2024-01-01", "2025-12-18", ("2024-12-01", "2024-12-30")), False),
    ],
    ids=["closed at the end", "closed at the start", "never closed", "not within reason"],
)
def test_a_week_closed_at_an_end_of_the_books_leaves_the_month_whole(tmp_path, sales, whole):
    care = study(tmp_path, "\n[segmentation]\nperiod_months = 12", transactions=sales)
    assert isinstance(segmentation.changes(care), Finding) == whole


def test_a_shorter_period_that_is_advised_is_one_that_the_books_cover(tmp_path):
    sales = _open_days("2024-01-20", "2025-12-10")  # 22 whole months of 24
    setting = "\n[segmentation]\nperiod_months = {}"
    refused = segmentation.changes(study(tmp_path, setting.format(13), transactions=sales))
    assert isinstance(refused, Skipped) and "at most 11," in refused.reason
    (tmp_path / "advised").mkdir()
    care = study(tmp_path / "advised", setting.format(11), transactions=sales)
    assert isinstance(segmentation.changes(care), Finding)


def test_customers_from_before_the_books_are_no_new_ones(tmp_path):
    both = ("2026-02-05", "2026-03-09")
    rows = [(name, day, 5) for name in "abcd" for day in both]
    sales = _fives([*rows, ("z", "2026-01-02", 5), ("z", "2026-04-30", 5)])
    since = {"a": "2026-02-05", "b": "2025-06-01", "c": None, "d": "2026-02-01", "z": "2026-01-02"}
    rows = [(f"{name}{i}", day) for name, day in since.items() for i in range(5)]
    customers = pd.DataFrame(rows, columns=["customer_id", "customer_since"])
    care = study(tmp_path, transactions=sales, customers=customers)
    rows = segmentation.cohorts(care).rows
    # a and d are new in February; b is not; c may not be; z is, though in the first month.
    assert rows.groupby("cohort")["n"].first().to_dict() == {"2026-01": 5, "2026-02": 10}
    assert any(note.endswith(": 10.") for note in segmentation.retention(care).notes)


def test_without_a_date_of_first_dealings_the_first_half_of_short_books_stands_apart(tmp_path):
    sales = _random(800, "2025-01-01", 304, 150)
    care = study(tmp_path, transactions=sales)
    rows = segmentation.cohorts(care).rows
    names = rows.loc[rows["apart"], "cohort"].unique().tolist()
    assert names[0] == "≤2025-01" and set(names) <= {f"≤2025-0{month}" for month in range(1, 6)}
    assert rows.loc[~rows["apart"], "cohort"].min() >= "2025-06"
    first_seen = sales[sales["amount"] >= 0].groupby("customer_id")["occurred_at"].min()
    early = int((first_seen < "2025-06-01").sum())
    assert any(note.endswith(f": {early}.") for note in segmentation.retention(care).notes)


@pytest.mark.parametrize("dated", [0, 1, 700])
def test_customers_without_a_date_are_never_called_new(tmp_path, dated):
    # Nobody is new: each buys now and then, long before the books begin as in them.
    sales = _random(4000, "2023-01-01", 1095, 800)
    since = ["2019-01-01"] * dated + [None] * (800 - dated)
    names = [f"{i:04d}" for i in range(800)]
    customers = pd.DataFrame({"customer_id": names, "customer_since": since})
    care = study(tmp_path, transactions=sales, customers=customers)
    bought = sales[sales["amount"] >= 0].groupby("customer_id")["occurred_at"].min()
    counted = int(
        ((bought.index >= names[dated]) & bought.between("2024-01-01", "2025-11-30")).sum()
    )
    found = segmentation.retention(care)
    assert "of customers first seen in the books" in found.headline
    assert any(f": {counted} of {counted}. They were first seen from 2024-01 on" in note
               for note in found.notes)  # fmt: skip
    assert found.rows["n"].iloc[0] == counted
    assert "first seen in the books" in segmentation.cohorts(care).headline
    assert "new customers" not in found.headline + segmentation.cohorts(care).headline


@pytest.mark.parametrize("undated", [0, 5, 40])
def test_customers_with_a_date_are_called_new(tmp_path, undated):
    sales = _random(1500, "2025-01-01", 400, 1000)
    customers = _first_dealings(sales)
    customers.loc[customers.index % 100 < undated, "customer_since"] = None
    care = study(tmp_path, transactions=sales, customers=customers)
    for question in (segmentation.cohorts, segmentation.retention):
        assert ("of new customers" in question(care).headline) == (undated < 40)
    notes = segmentation.retention(care).notes
    assert any("without a date" in note for note in notes) == (undated > 0)


def test_the_pooled_curve_is_wilson_s_over_all_who_were_watched(tmp_path):
    sales = _random(1500, "2024-01-01", 500, 300)
    care = study(tmp_path, transactions=sales, customers=_first_dealings(sales))
    found = segmentation.retention(care)
    bought = sales[sales["amount"] >= 0].drop_duplicates(["customer_id", "occurred_at"])
    last = max(pd.to_datetime(sales["occurred_at"]))
    over = last.year * 12 + last.month - 1 - ((last + pd.Timedelta(days=3)).month == last.month)
    days = pd.to_datetime(bought["occurred_at"]).dt
    months = (days.year * 12 + days.month - 1).groupby(bought["customer_id"]).apply(sorted)
    for row, later in zip(records(found.rows), (1, 3, 6, 12), strict=True):
        watched = [m for m in months if m[0] + later <= over]
        k = sum(len(m) > 1 and m[1] - m[0] <= later for m in watched)
        assert (row["k"], row["n"]) == (k, len(watched))
        assert (row["low"], row["high"]) == pytest.approx(wilson(k / row["n"], row["n"]))
        in_month = sum(m[0] + later in m for m in watched) / len(watched)
        assert row["in_month"] == pytest.approx(in_month)
    within, alone = found.headline.split("; ")
    assert "bought again within 12 months" in within and f"{k / row['n']:.0%}" in within
    assert "twelfth month alone" in alone and f"{in_month:.0%}" in alone


def test_what_nobody_was_watched_for_has_a_reason_and_no_number(tmp_path):
    sales = _random(300, "2026-01-01", 110, 100)
    rows = records(segmentation.retention(study(tmp_path, transactions=sales)).rows)
    assert from_row(rows[0]).value is not None
    assert from_row(rows[3]).value is None and "watched" in from_row(rows[3]).reason


def test_where_all_bought_when_the_books_begin_nothing_is_claimed_of_new_customers(tmp_path):
    sales = _fives([("a", f"2026-{month:02d}-05", 5) for month in range(1, 13)])
    care = study(tmp_path, transactions=sales)
    skipped = segmentation.retention(care)
    assert isinstance(skipped, Skipped) and "not known" in skipped.reason
    assert "Nobody is seen to be new" in segmentation.cohorts(care).headline


def test_where_nobody_may_be_new_every_cohort_of_the_run_in_is_drawn_apart(tmp_path):
    # As CDNOW: all bought first in the first quarter of books of a year and a half.
    first = [("a", "2025-01-05", 5), ("b", "2025-02-05", 5), ("c", "2025-03-05", 5)]
    sales = _fives([*first, *[("a", f"2025-{month:02d}-09", 5) for month in range(4, 13)]])
    rows = segmentation.cohorts(study(tmp_path, transactions=sales)).rows
    assert rows["cohort"].unique().tolist() == ["≤2025-01", "≤2025-02", "≤2025-03"]


@pytest.mark.parametrize("question", [segmentation.cohorts, segmentation.retention])
@pytest.mark.parametrize(
    ("sales", "why"),
    [
        ([("a", "2026-01-05", 5)], "too short"),
        ([("a", "2026-01-05", -5), ("b", "2026-06-05", -5)], "refunds alone"),
        ([(f"{i}", "2026-01-31", 5) for i in range(9)], "too short"),
    ],
)
def test_books_in_which_nobody_could_come_back_say_why(tmp_path, question, sales, why):
    found = question(study(tmp_path, transactions=_sales(sales)))
    assert isinstance(found, Skipped) and why in found.reason


def test_a_cohort_of_a_few_is_left_out_and_owned_up_to(tmp_path):
    sales = _sales([("x", "2026-02-07", 5), ("x", "2026-03-30", 5)])
    found = segmentation.cohorts(study(tmp_path, transactions=sales))
    assert isinstance(found, Skipped) and "5 new customers" in found.reason
    more = _fives([("a", "2026-01-05", 5), ("b", "2026-03-05", 5), ("b", "2026-05-30", 5)])
    (tmp_path / "more").mkdir()
    found = segmentation.cohorts(study(tmp_path / "more", transactions=pd.concat([sales, more])))
    assert set(found.rows["cohort"]) == {"≤2026-01", "2026-03"}
    assert "left out: 1." in found.caption


def test_books_of_decades_show_the_last_cohorts_and_say_so(tmp_path):
    care = study(tmp_path, transactions=_random(4000, "2008-01-01", 6500, 4000))
    found = segmentation.cohorts(care)
    assert found.rows["cohort"].nunique() == 24 and found.rows["later"].max() <= 24
    assert "last 24 cohorts" in found.caption and "quarters" in found.caption


def test_the_heat_map_leaves_blank_what_is_not_over(example):
    found = segmentation.cohorts(example)
    assert isinstance(found, Finding)
    ax = Figure().subplots()
    figures.plot_cohorts(found.rows, ax=ax)
    drawn = np.ma.filled(ax.collections[0].get_array().astype(float), np.nan)
    assert np.isfinite(drawn).sum() == len(found.rows)
    assert len(ax.get_yticklabels()) == found.rows["cohort"].nunique()
