"""The questions of notebook 01 on small studies whose answers are known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebench import open_study, segmentation
from carebench.estimate import Estimate, from_row, records
from carebench.finding import Finding, Skipped
from conftest import EXAMPLE
from studies import study

QUESTIONS = [
    segmentation.overview, segmentation.groups, segmentation.tiers, segmentation.top_shares,
    segmentation.concentration, segmentation.internal_service,
]  # fmt: skip


@pytest.fixture(scope="module")
def example():
    with open_study(EXAMPLE, tables=segmentation.TABLES) as care:
        yield care


def _sales(amounts: dict[str, list[float]]) -> pd.DataFrame:
    rows = [(customer, "2026-01-05", x) for customer, xs in amounts.items() for x in xs]
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_is_skipped_on_the_example(example, question):
    assert isinstance(question(example), Finding)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_study_of_transactions_alone_answers_what_it_can(tmp_path, question):
    care = study(tmp_path, transactions=_sales({f"{i:03d}": [i + 1] for i in range(40)}))
    found = question(care)
    assert isinstance(found, Skipped) == (
        question in (segmentation.groups, segmentation.internal_service)
    )


def test_the_example_shows_the_concentration_it_was_drawn_with(example):
    truth = json.loads((EXAMPLE.parent / "truth.json").read_text(encoding="utf-8"))
    drawn = truth["drawn_top_shares_of_revenue"]
    for row, share in zip(records(segmentation.top_shares(example).rows), (20, 10, 5), strict=True):
        assert from_row(row).value == pytest.approx(drawn[f"top_{share}_percent"], abs=0.005)


def test_refunds_lower_revenue_and_nobody_is_dropped(tmp_path):
    sales = _sales({"a": [100, -30], "b": [50], "c": [10, -10], "d": [5, -9]})
    table = segmentation.tiers(study(tmp_path, transactions=sales)).rows
    assert table["revenue"].sum() == 100 - 30 + 50 + 0 - 4
    assert table["customers"].sum() == 4
    assert records(table)[-1]["customers"] == 2


def test_money_with_cents_is_exact(tmp_path):
    sales = _sales({str(i): [0.1, 0.2] for i in range(10)})
    care = study(tmp_path, 'currency = "USD"', transactions=sales)
    assert segmentation.overview(care).rows["revenue"].tolist() == [3.0]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=80))
def test_every_customer_is_in_one_tier_and_equals_stay_together(amounts):
    values = np.array(amounts, dtype=float)
    table = segmentation.tier_table(values, (0.05, 0.20, 0.50))
    assert table["customers"].sum() == len(values)
    assert table["revenue"].sum() == pytest.approx(values.sum())
    ordered, tiers = np.sort(values)[::-1], np.repeat(table["tier"], table["customers"]).tolist()
    for value in set(amounts):
        assert len({t for t, v in zip(tiers, ordered, strict=True) if v == value}) == 1


def test_tiers_do_not_depend_on_the_order_of_customers():
    values = np.random.default_rng(1).lognormal(size=200).round(1)
    first = segmentation.tier_table(values, (0.05, 0.2, 0.5))
    assert first.equals(segmentation.tier_table(values[::-1], (0.05, 0.2, 0.5)))


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.76, 0.84, "supported"), (0.60, 0.74, "contradicted"), (0.70, 0.82, "undecided"),
     (0.86, 0.95, "contradicted")],
)  # fmt: skip
def test_the_verdict_on_80_20_follows_from_the_interval_alone(low, high, verdict):
    assert segmentation.verdict(Estimate((low + high) / 2, low, high, 900, "m")) == verdict


def test_customers_without_a_group_are_shown_as_such(tmp_path):
    customers = pd.DataFrame(
        {"customer_id": ["1", "2", "3"], "region": ["Huế", "Hue\u0302\u0301", None]}
    )
    table = segmentation.groups(study(tmp_path, customers=customers)).rows
    assert table["group"].tolist() == ["Huế", "not recorded"]
    assert table["customers"].tolist() == [2, 1]
