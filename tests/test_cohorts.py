"""Cohorts: who came back is counted right, what is not over stays blank, the old stand apart."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from carebench import figures, open_study, segmentation
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.methods.proportions import wilson
from conftest import EXAMPLE
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


def _by_hand(sales: pd.DataFrame, old: set[str], months: int = 1) -> dict[tuple[int, int], tuple]:
    """(cohort, later): (n, k) of new customers, counted one customer at a time."""
    bought = sales[sales["amount"] >= 0]
    days = pd.to_datetime(bought["occurred_at"]).dt
    period = ((days.year * 12 + days.month - 1) // months).groupby(bought["customer_id"])
    n, k = {}, {}
    for customer, periods in period.unique().items():
        first = min(periods)
        if customer in old:
            continue
        n[first] = n.get(first, 0) + 1
        for other in periods:
            k[first, other - first] = k.get((first, other - first), 0) + 1
    return {key: (n[key[0]], count) for key, count in k.items()}


@pytest.fixture(scope="module")
def example():
    with open_study(EXAMPLE, tables=segmentation.TABLES) as care:
        yield care


@pytest.mark.parametrize(("start", "days", "months"), [("2024-01-01", 700, 1),
                                                       ("2019-01-01", 1800, 3)])  # fmt: skip
def test_cohorts_agree_with_a_count_of_one_customer_at_a_time(tmp_path, start, days, months):
    sales = _random(1500, start, days, 300)
    first_day = pd.Timestamp(sales["occurred_at"].min())
    first = (first_day.year * 12 + first_day.month - 1) // months
    rows = segmentation.cohorts(study(tmp_path, transactions=sales)).rows
    by_hand = _by_hand(sales, set(), months)
    new = rows[~rows["apart"]]
    assert (rows["months"] == months).all() and len(new) > 100
    for row in records(new):
        year, part = (int(text) for text in row["cohort"].replace(" Q", "-").split("-"))
        cohort = year * 12 // months + part - 1
        n, k = by_hand.get((cohort, row["later"]), (row["n"], 0))
        assert cohort > first and (row["n"], row["k"]) == (n, k)


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


def test_customers_from_before_the_books_are_no_new_ones(tmp_path):
    both = ("2026-02-05", "2026-03-09")
    rows = [(name, day, 5) for name in "abcd" for day in both]
    sales = _fives([*rows, ("z", "2026-01-02", 5), ("z", "2026-04-30", 5)])
    since = {"a": "2026-02-05", "b": "2025-06-01", "c": None, "d": "2026-02-01", "z": "2026-01-02"}
    rows = [(f"{name}{i}", day) for name, day in since.items() for i in range(5)]
    customers = pd.DataFrame(rows, columns=["customer_id", "customer_since"])
    care = study(tmp_path, transactions=sales, customers=customers)
    rows = segmentation.cohorts(care).rows
    # a, c and d are new in February; b is not; z is, though in the first month of the books.
    assert rows.groupby("cohort")["n"].first().to_dict() == {"2026-01": 5, "2026-02": 15}
    assert any("5 customers" in note for note in segmentation.retention(care).notes)


def test_without_a_date_of_first_dealings_the_first_cohort_stands_apart(tmp_path):
    sales = _random(800, "2025-01-01", 400, 150)
    care = study(tmp_path, transactions=sales)
    found, pooled = segmentation.cohorts(care), segmentation.retention(care)
    assert found.rows.loc[found.rows["apart"], "cohort"].unique().tolist() == ["≤2025-01"]
    first_month = found.rows[found.rows["apart"]].iloc[0]["n"]
    assert any(f"{first_month} customers" in note for note in pooled.notes)
    assert any("customer_since" in note for note in pooled.notes)


def test_the_pooled_curve_is_wilson_s_over_all_who_were_watched(tmp_path):
    sales = _random(1500, "2024-01-01", 500, 300)
    rows = segmentation.retention(study(tmp_path, transactions=sales)).rows
    by_hand = _by_hand(sales, set())
    last = max(pd.to_datetime(sales["occurred_at"]))
    over = last.year * 12 + last.month - 1 - ((last + pd.Timedelta(days=3)).month == last.month)
    begin = min(cohort for cohort, _later in by_hand)
    sizes = {cohort: n for (cohort, later), (n, _k) in by_hand.items() if not later}
    for row, later in zip(records(rows), (1, 3, 6, 12), strict=True):
        watched = [cohort for cohort in sizes if begin < cohort <= over - later]
        n = sum(sizes[cohort] for cohort in watched)
        k = sum(by_hand.get((cohort, later), (0, 0))[1] for cohort in watched)
        assert (row["k"], row["n"]) == (k, n)
        assert (row["low"], row["high"]) == pytest.approx(wilson(k / n, n))


def test_what_nobody_was_watched_for_has_a_reason_and_no_number(tmp_path):
    sales = _random(300, "2026-01-01", 110, 100)
    rows = records(segmentation.retention(study(tmp_path, transactions=sales)).rows)
    assert from_row(rows[0]).value is not None
    assert from_row(rows[3]).value is None and "watched" in from_row(rows[3]).reason


def test_where_all_bought_when_the_books_begin_nothing_is_claimed_of_new_customers(tmp_path):
    sales = _fives([("a", f"2026-{month:02d}-05", 5) for month in range(1, 13)])
    care = study(tmp_path, transactions=sales)
    assert "not known" in segmentation.retention(care).headline
    assert "Nobody is seen to be new" in segmentation.cohorts(care).headline


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
