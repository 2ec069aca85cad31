"""Recency, frequency and monetary value: fair scores, segments without gaps, CDNOW's summary."""

from __future__ import annotations

import datetime as dt
from itertools import product

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from carebench import figures, open_study, queries, segmentation
from carebench.estimate import records
from carebench.finding import Finding, Skipped
from carebench.methods import quintiles
from carebench.reporting.tables import text_table
from carebench.segmentation.segments import PLACE, SEGMENTS
from conftest import EXAMPLE
from studies import study
from test_real_sources import study as real_study  # noqa: F401 - a fixture

mpl.use("agg")

QUESTIONS = [
    segmentation.recency_scores, segmentation.named_segments, segmentation.segments_map,
    segmentation.segment_care,
]  # fmt: skip


@pytest.fixture(scope="module")
def example():
    with open_study(EXAMPLE, tables=segmentation.TABLES) as care:
        yield care


@pytest.fixture(scope="module")
def example_scores(example):
    """Every scored customer of the example, as the engine scored it."""
    segmentation.named_segments(example)
    return example.large.frame("SELECT * FROM scored WHERE r IS NOT NULL")


def _sales(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])


def _many(n: int, seed: int = 1) -> pd.DataFrame:
    """Sales of about n / 4 customers over two years."""
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 730, n), unit="D")
    who = [f"{i:04d}" for i in rng.integers(0, n // 4, n)]
    amounts = np.where(rng.random(n) < 0.05, -1, 1) * rng.integers(1, 900, n)
    return _sales({"customer_id": who, "occurred_at": days.strftime("%Y-%m-%d"),
                   "amount": amounts})  # fmt: skip


def test_a_score_is_the_fifth_of_the_middle_rank_of_all_equal_values():
    # 6 of 10 are equal and lowest: their middle rank is 3 of 10, the second fifth.
    assert quintiles.scores([0, 1, 2, 3], [6, 2, 1, 1]).tolist() == [2, 4, 5, 5]
    assert quintiles.scores(range(10), [1] * 10).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert quintiles.scores([7], [40]).tolist() == [3]


@given(st.dictionaries(st.integers(-50, 50), st.integers(1, 30), min_size=1))
def test_scores_rise_with_the_value_and_are_told_apart_by_whole_numbers(counts):
    values = sorted(counts)
    given_scores = quintiles.scores(values, [counts[v] for v in values])
    assert set(given_scores) <= set(range(1, 6)) and (np.diff(given_scores) >= 0).all()
    cuts = quintiles.cuts(values, [counts[v] for v in values])
    for value, score in zip(values, given_scores, strict=True):
        reached = [s for s, number in cuts if value >= number]
        assert (reached[-1] if reached else cuts[0][0]) == score


@given(st.dictionaries(st.integers(-50, 50), st.integers(1, 9), min_size=1))
def test_the_median_of_counted_values_is_that_of_the_values_written_out(counts):
    written_out = np.repeat(list(counts), list(counts.values()))
    got = quintiles.median(list(counts), list(counts.values()))
    assert got == np.median(written_out)


def test_of_nothing_there_is_no_median():
    assert quintiles.median([], []) is None


def test_values_that_do_not_rise_are_refused():
    with pytest.raises(ValueError, match="rise"):
        quintiles.scores([2, 1], [1, 1])


def test_the_engine_gives_every_customer_the_score_of_its_rank(example_scores):
    for column, score in (("idle", "r"), ("frequency", "f"), ("revenue", "m")):
        values = example_scores[column] * (-1 if column == "idle" else 1)
        worse = values.rank(method="min") - 1
        equal = values.groupby(values).transform("size")
        expected = 1 + np.floor(5 * (worse + equal / 2) / len(values))
        assert example_scores[score].tolist() == expected.tolist()


def test_every_pair_of_scores_lies_in_just_one_segment():
    for r in range(1, 6):
        for v in range(1, 6):
            assert sum(segment.holds(r, v) for segment in SEGMENTS) == 1


def test_every_triple_of_scores_falls_by_its_printed_rule_into_its_segment():
    for r, f, m in product(range(1, 6), repeat=3):
        value = (f + m) // 2
        segment = SEGMENTS[PLACE[r - 1, value - 1]]
        spans = {}
        for part in segment.rule.split(", "):
            letter, scores = part.split(" ")
            low, _dash, high = scores.partition("–")
            spans[letter] = range(int(low), int(high or low) + 1)
        assert r in spans["R"] and value in spans["V"]


def test_one_large_purchase_alone_makes_no_champion():
    # Bought once where most did (F 2), lately and for more than anybody (R 5, M 5).
    assert SEGMENTS[PLACE[4, (2 + 5) // 2 - 1]].name != "champions"


def test_customers_are_counted_in_the_segment_of_their_scores(example, example_scores):
    rows = segmentation.named_segments(example).rows.set_index("segment")
    for segment in SEGMENTS:
        inside = [
            segment.holds(c.r, (c.f + c.m) // 2) for c in example_scores.itertuples(index=False)
        ]
        assert rows.loc[segment.name, "customers"] == sum(inside)
        assert rows.loc[segment.name, "idle"] == example_scores.loc[inside, "idle"].median()


def test_segments_hold_every_customer_once_and_all_the_revenue(example):
    rows = segmentation.named_segments(example).rows
    totals = example.large.frame("SELECT COUNT(*) AS n, SUM(revenue) AS money FROM buyers")
    assert rows["customers"].sum() == totals["n"].iloc[0]
    assert rows["net_revenue"].sum() == totals["money"].iloc[0]
    assert rows["revenue_share"].sum() == pytest.approx(1)
    later = example.large.frame(
        "SELECT SUM(amount) AS money FROM transactions WHERE occurred_at >= DATE '2025-07-01'"
    )
    assert rows["later"].sum() == later["money"].iloc[0]


def test_the_map_adds_up_to_the_segments(example):
    fields = segmentation.segments_map(example).rows
    named = segmentation.named_segments(example).rows.set_index("segment")
    summed = fields.groupby("segment")[["customers", "revenue_share"]].sum()
    for segment, row in summed.iterrows():
        assert row["customers"] == named.loc[segment, "customers"]
        assert row["revenue_share"] == pytest.approx(named.loc[segment, "revenue_share"])


def test_refunded_customers_stand_apart_and_are_not_scored(tmp_path):
    sales = pd.concat([_many(400), _sales([("R", "2025-01-01", -5), ("Z", "2025-01-02", 9),
                                           ("Z", "2025-01-03", -9)])])  # fmt: skip
    care = study(tmp_path, transactions=sales)
    last = records(segmentation.named_segments(care).rows)[-1]
    assert last["segment"] == "at or below zero after refunds" and last["rule"] is None
    below = care.large.frame("SELECT COUNT(*) AS n FROM scored WHERE r IS NULL")["n"].iloc[0]
    assert last["customers"] == below >= 2


def test_scores_do_not_depend_on_the_order_of_the_rows(tmp_path):
    found = []
    for name, sales in (("a", _many(600)), ("b", _many(600).sample(frac=1, random_state=3))):
        (tmp_path / name).mkdir()
        found.append(segmentation.named_segments(study(tmp_path / name, transactions=sales)).rows)
    pd.testing.assert_frame_equal(*found)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "sales",
    [
        [("a", "2026-01-05", 10)],
        [("a", "2026-01-05", -10), ("b", "2026-02-05", -10)],
        [(f"{i}", "2026-01-05", -i) for i in range(1, 60)],
        [("a", f"2026-{month:02d}-05", 10) for month in range(1, 13)],
    ],
    ids=["one sale", "refunds only", "many refunds", "one customer"],
)
def test_a_handful_of_customers_is_not_scored(tmp_path, question, sales):
    found = question(study(tmp_path, transactions=_sales(sales)))
    assert isinstance(found, Skipped) and "25" in found.reason


def test_customers_who_all_bought_on_one_day_have_no_segments(tmp_path):
    sales = _sales([(f"{i:03d}", "2026-01-05", i + 1) for i in range(50)])
    care = study(tmp_path, transactions=sales)
    found = segmentation.named_segments(care)
    assert isinstance(found, Skipped) and "same day" in found.reason
    assert "recency 1," in segmentation.recency_scores(care).headline.replace("gives ", "")


def test_customers_who_are_all_alike_have_no_segments(tmp_path):
    sales = _sales([(f"{i:03d}", f"2026-{1 + i % 12:02d}-05", 7) for i in range(60)])
    found = segmentation.named_segments(study(tmp_path, transactions=sales))
    assert isinstance(found, Skipped) and "as often" in found.reason


def test_a_frequency_that_most_share_is_said_to_tell_little(tmp_path):
    once = _sales([(f"{i:03d}", f"2026-{1 + i % 12:02d}-05", 7 + i) for i in range(60)])
    twice = _sales([(f"{i:03d}", "2026-12-24", 9) for i in range(10)])
    found = segmentation.recency_scores(study(tmp_path, transactions=pd.concat([once, twice])))
    assert any("83%" in note and "frequency" in note for note in found.notes)
    assert found.rows["frequency_customers"].tolist() == [0, 0, 50, 0, 10]


def test_short_books_name_no_period_before(tmp_path):
    sales = _many(400)
    late = sales[sales["occurred_at"] >= "2025-10-01"]
    a_year = "[segmentation]\nperiod_months = 12"
    found = segmentation.named_segments(study(tmp_path, a_year, transactions=late))
    assert "earlier" not in found.rows and "2025-10 – 2025-12" in found.labels["later"]
    assert not any("the period before" in note for note in found.notes)


def test_one_customer_not_to_be_lost_is_spoken_of_as_one(tmp_path):
    days = pd.date_range("2025-01-01", periods=90).strftime("%Y-%m-%d")
    rows = [(f"{i:02d}", days[89 - i - j], 40 - i) for i in range(30) for j in range(10 - i // 3)]
    rows += [("gone", day, 90) for day in days[:9]]
    sales = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])
    found = segmentation.named_segments(study(tmp_path, transactions=sales))
    assert found.rows["customers"].iloc[5] == 1
    assert "; the one customer not to be lost last bought 81 days ago" in found.headline


def _steady(rate: float, days: int, customers: int = 300) -> pd.DataFrame:
    """Everybody buys at the same rate a day, to the last day."""
    rng = np.random.default_rng(6)
    day, who = np.nonzero(rng.random((days, customers)) < rate)
    at = pd.Timestamp("2025-01-01") + pd.to_timedelta(day, unit="D")
    return _sales({"customer_id": [f"{i:03d}" for i in who], "occurred_at": at.strftime("%Y-%m-%d"),
                   "amount": rng.integers(1, 900, len(who))})  # fmt: skip


@pytest.mark.parametrize(("rate", "days", "last"), [(0.6, 61, "1 day ago"), (0.05, 400, "days")])
def test_steady_buyers_are_not_called_silent(tmp_path, rate, days, last):
    headline = segmentation.named_segments(
        study(tmp_path, transactions=_steady(rate, days))
    ).headline
    assert "least recently" in headline and "silent" not in headline
    assert last in headline and "1 days" not in headline


def test_buyers_who_stopped_are_called_silent(tmp_path):
    sales = _steady(0.05, 400)
    stopped = (sales["customer_id"] < "100") & (sales["occurred_at"] > "2025-09-30")
    found = segmentation.named_segments(study(tmp_path, transactions=sales[~stopped]))
    assert "have been silent, half of them for" in found.headline


def test_champions_of_one_day_are_owned_up_to(tmp_path):
    # Nearly all bought once, so that F is 3 for them and value follows revenue alone.
    rows = [(f"{i:03d}", f"2026-{1 + i % 12:02d}-05", 7 + i**2) for i in range(240)]
    found = segmentation.named_segments(study(tmp_path, transactions=_sales(rows)))
    champions = records(found.rows)[0]
    assert champions["once"] == champions["customers"] > 0
    assert any("one day only" in note for note in found.notes)


def test_money_with_cents_is_cut_where_it_was_ranked(tmp_path):
    sales = _many(400).assign(amount=lambda t: t["amount"] / 100)
    care = study(tmp_path, 'currency = "USD"', transactions=sales)
    rows = segmentation.recency_scores(care).rows
    assert isinstance(segmentation.named_segments(care), Finding)
    scored = care.large.frame(
        "SELECT m, COUNT(*) AS n FROM scored WHERE m > 0 GROUP BY m ORDER BY m NULLS LAST"
    )
    assert scored["n"].tolist() == rows["monetary_customers"].tolist()


def test_every_table_is_short_and_says_what_it_counts(example):
    for question in QUESTIONS:
        found = question(example)
        assert 1 < len(text_table(found).columns) <= 6
        assert found.headline


def test_the_map_draws_every_field_and_names_every_segment(example):
    ax = Figure().subplots()
    rows = segmentation.segments_map(example).rows
    figures.plot_segments_map(rows, ax=ax)
    texts = " ".join(" ".join(text.get_text().split()) for text in ax.texts)
    for row in records(rows):
        assert row["segment"] in texts and f"{row['customers']:,}" in texts


@pytest.mark.real_data
def test_the_summary_of_cdnow_is_that_of_fader_and_hardie(real_study, real_data):  # noqa: F811
    """Weeks of the 39 weeks of calibration, and the mean repeat spend, within their rounding."""
    care = real_study("cdnow")
    segmentation.books.customer_days(care)
    got = care.large.frame(queries.buyers(dt.date(1997, 9, 30)))
    purchases = pd.read_csv(real_data / "cdnow_sample.txt", sep=r"\s+", header=None, dtype=str)
    number = purchases.drop_duplicates(0).set_index(0)[1].astype(int)
    got = got.set_index(got["customer_id"].map(number)).sort_index()
    known = pd.read_csv(real_data / "cdnow_rfm_reference.csv").set_index("ID").sort_index()
    assert len(known) == len(got) == 2357
    assert got["frequency"].tolist() == known["x"].tolist()
    for ours, theirs in ((got["recency"] / 7, known["t_x"]), (got["t"] / 7, known["T"]),
                         (care.in_units(got["monetary"]), known["zbar"])):  # fmt: skip
        assert np.abs(ours - theirs).max() <= 0.0051
