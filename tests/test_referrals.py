"""Customers who came by recommendation, and those who recommend."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from carebench import loyalty
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.methods.totals import FEW_CARRIERS
from carebench.reporting.tables import text_table
from conftest import EXAMPLE
from studies import study

QUESTIONS = [loyalty.won_by_recommendation, loyalty.referred_customers, loyalty.recommenders,
             loyalty.promoters]  # fmt: skip


def _customers(n: int = 40, **columns: object) -> pd.DataFrame:
    """Customers who joined month by month; every fourth was recommended by the first."""
    at = np.arange(n)
    joined = pd.Timestamp("2022-01-10") + pd.to_timedelta(30 * at, unit="D")
    table = pd.DataFrame(
        {
            "customer_id": [f"{i:03d}" for i in at],
            "status": "existing",
            "customer_since": joined.strftime("%Y-%m-%d"),
            "referred_by": np.where(at % 4 == 1, "000", ""),
        }
    )
    return table.assign(**columns)


def _sales(n: int = 40, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    who = rng.integers(0, n, 12 * n)
    days = pd.Timestamp("2022-01-10") + pd.to_timedelta(rng.integers(0, 1300, 12 * n), unit="D")
    return pd.DataFrame(
        {
            "customer_id": [f"{i:03d}" for i in who],
            "occurred_at": days.strftime("%Y-%m-%d"),
            "amount": rng.integers(50, 150, 12 * n),
        }
    )


def _survey(n: int = 300, seed: int = 4, **columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    nps = rng.integers(0, 11, n)
    table = pd.DataFrame({"respondent": [f"R{i}" for i in range(n)], "nps": nps,
                          "referred": rng.poisson(np.where(nps > 8, 1.2, 0.1))})  # fmt: skip
    return table.assign(**columns)


def test_the_share_won_by_recommendation_is_what_the_example_was_drawn_from(example):
    first = from_row(records(loyalty.won_by_recommendation(example).rows)[0])
    drawn = json.loads((EXAMPLE.parent / "truth.json").read_text("utf-8"))["care"]["referred_share"]
    assert first.low < drawn < first.high


def test_every_customer_stands_in_one_period(example):
    rows = loyalty.won_by_recommendation(example).rows
    assert rows["n"].iloc[1:].sum() == rows["n"].iloc[0]
    assert rows["k"].iloc[1:].sum() == rows["k"].iloc[0]


def test_the_list_is_counted_as_it_stands(tmp_path):
    customers = _customers()
    rows = records(loyalty.won_by_recommendation(study(tmp_path, customers=customers)).rows)
    assert (rows[0]["k"], rows[0]["n"]) == (10, 40)
    assert [row["period"] for row in rows[1:]] == ["2022", "2023", "2024", "2025"]


def test_few_years_are_shown_by_quarter(tmp_path):
    found = loyalty.won_by_recommendation(study(tmp_path, customers=_customers(12)))
    assert found.rows["period"].tolist()[1:] == ["2022-Q1", "2022-Q2", "2022-Q3", "2022-Q4"]


def test_many_periods_are_put_together(tmp_path):
    at = pd.Series(range(40)).map(lambda i: f"{1980 + i}-05-01")
    care = study(tmp_path, customers=_customers(customer_since=at))
    rows = records(loyalty.won_by_recommendation(care).rows)
    assert len(rows) == 13 and rows[1]["period"] == "2008 and before" and rows[1]["n"] == 29


def test_who_may_yet_become_a_customer_is_not_counted(tmp_path):
    status = ["potential"] * 20 + ["existing"] * 20
    care = study(tmp_path, customers=_customers(status=status))
    assert records(loyalty.won_by_recommendation(care).rows)[0]["n"] == 20
    care_none = loyalty.won_by_recommendation(
        study(tmp_path, customers=_customers(status="potential"))
    )
    assert isinstance(care_none, Skipped)


def test_nobody_recommends_himself(tmp_path):
    customers = _customers()
    customers["referred_by"] = customers["customer_id"]
    care = study(tmp_path, customers=customers)
    assert records(loyalty.won_by_recommendation(care).rows)[0]["k"] == 0
    assert any("themselves" in note and "40" in note
               for note in loyalty.won_by_recommendation(care).notes)  # fmt: skip
    assert records(loyalty.recommenders(care).rows)[0]["k"] == 0


def test_recommenders_are_counted_and_never_named(tmp_path):
    by = [""] * 4 + ["000", "000", "000", "000", "001", "002", "002", "zzz"] + [""] * 28
    found = loyalty.recommenders(study(tmp_path, customers=_customers(referred_by=by)))
    assert found.rows["k"].tolist() == [3, 1, 1, 1]
    assert any("not customers on the list" in note and "1" in note for note in found.notes)
    text = text_table(found).plain() + found.rows.to_csv()
    assert "000" not in text and "zzz" not in text


def test_purchases_and_revenue_are_those_of_the_books(tmp_path):
    customers, sales = _customers(), _sales()
    care = study(tmp_path, customers=customers, transactions=sales)
    rows = records(loyalty.referred_customers(care).rows)
    end = pd.to_datetime(sales["occurred_at"]).max()
    begin = pd.to_datetime(sales["occurred_at"]).min()
    since = pd.to_datetime(customers["customer_since"]).clip(lower=begin)
    years = ((end - since).dt.days + 1).clip(lower=0) / 365.25
    chosen = (customers["referred_by"] == "000") & (years > 0)
    own = sales[sales["customer_id"].isin(customers["customer_id"][chosen])]
    days = len(own.drop_duplicates(["customer_id", "occurred_at"]))
    assert rows[0]["n"] == chosen.sum()
    assert rows[0]["value"] == pytest.approx(days / years[chosen].sum())
    assert rows[3]["value"] == pytest.approx(own["amount"].sum() / years[chosen].sum())
    # As the method itself has them from the rows.
    from carebench.methods.totals import ratio

    spent = own.groupby("customer_id")["amount"].sum()
    money = customers["customer_id"][chosen].map(spent).fillna(0)
    expected = ratio(money, years[chosen], logarithm=True)
    assert (rows[3]["low"], rows[3]["high"]) == pytest.approx((expected.low, expected.high))


def test_staying_is_buying_again_within_the_days_of_churn(tmp_path):
    customers = _customers(8, referred_by=["", "000"] * 4)
    days = {"000": ["2025-01-01", "2025-12-31"], "001": ["2025-01-01", "2025-11-30"],
            "002": ["2025-01-01"], "003": ["2025-01-01"], "004": ["2025-12-01"]}  # fmt: skip
    sales = pd.DataFrame([(who, day, 5) for who, dates in days.items() for day in dates],
                         columns=["customer_id", "occurred_at", "amount"])  # fmt: skip
    care = study(tmp_path, "\n[loyalty]\nchurn_days = 90", customers=customers, transactions=sales)
    rows = records(loyalty.referred_customers(care).rows)
    assert [(row["k"], row["n"]) for row in rows[6:8]] == [(1, 2), (1, 2)]


def test_money_with_cents_is_not_a_hundred_times_as_much(tmp_path):
    sales = _sales().assign(amount=lambda table: table["amount"] / 100)
    care = study(tmp_path, 'currency = "USD"', customers=_customers(), transactions=sales)
    row = records(loyalty.referred_customers(care).rows)[3]
    assert 0.5 < row["value"] < 20 and row["unit"] == "USD"


def test_revenue_of_a_few_large_customers_is_not_judged(tmp_path):
    sales = _sales()
    sales.loc[sales["customer_id"] == "001", "amount"] = 10_000_000
    found = loyalty.referred_customers(study(tmp_path, customers=_customers(), transactions=sales))
    assert "revenue cannot be told" in found.headline
    assert FEW_CARRIERS in records(found.rows)[5]["warnings"]


def test_who_was_recommended_at_random_is_rarely_called_different():
    # Amounts of the example's kind, few of them very large; a twelfth is called recommended.
    from carebench.methods.differences import square_and_add
    from carebench.methods.totals import ratio

    rng = np.random.default_rng(8)
    judged = wrong = 0
    for _run in range(300):
        amount = rng.gamma(4, 1, 1500) / rng.gamma(3.2, 1, 1500) * rng.poisson(2, 1500)
        chosen = rng.random(1500) < 1 / 12
        one, other = (ratio(amount[side], np.ones(side.sum()), logarithm=True)
                      for side in (chosen, ~chosen))  # fmt: skip
        gap = square_and_add(one, other)
        fair = FEW_CARRIERS not in (*one.warnings, *other.warnings)
        judged += fair
        wrong += fair and not gap.low <= 0 <= gap.high
    assert judged > 100 and wrong / 300 < 0.06


def test_the_example_finds_that_promoters_bring_more(example):
    drawn = json.loads((EXAMPLE.parent / "truth.json").read_text("utf-8"))["survey"]["referred"]
    found = loyalty.promoters(example)
    best, passive, worst, gap, _share = (from_row(row) for row in records(found.rows))
    assert best.low < drawn["promoter"] < best.high
    assert worst.low < drawn["other"] < worst.high and passive.high < best.low
    assert gap.low > 0 and "they do bring more" in found.headline
    assert any("programme" in note and "not known" in note for note in found.notes)


def test_the_promoters_part_of_all_is_that_of_the_people_they_brought(tmp_path):
    survey = pd.DataFrame({"respondent": list("abcd"), "nps": [10, 9, 5, 0],
                           "referred": [3, 0, 1, 0], "weight": [1, 1, 2, 2]})  # fmt: skip
    last = records(loyalty.promoters(study(tmp_path, survey=survey)).rows)[-1]
    assert last["value"] == pytest.approx(3 / 5) and last["n"] == 4


def test_a_scale_of_five_has_no_promoters(tmp_path):
    survey = _survey(nps=[1, 2, 3, 4, 5] * 60)
    care = study(tmp_path, "\n[tables.survey.scales]\nnps = [1, 5]", survey=survey)
    found = loyalty.promoters(care)
    assert isinstance(found, Skipped) and "0 to 10" in found.reason


@pytest.mark.parametrize(
    "columns",
    [{"referred": 0}, {"nps": 10}, {"nps": 0, "referred": 2}, {"referred": None},
     {"weight": 0}, {"weight": [None] * 100 + [1] * 200}],
    ids=["nobody", "all promoters", "all alike", "not answered", "no weight", "few weights"],
)  # fmt: skip
def test_odd_surveys_get_an_answer_or_a_plain_refusal(tmp_path, columns):
    found = loyalty.promoters(study(tmp_path, survey=_survey(**columns)))
    if isinstance(found, Finding):
        assert "cannot be told" in found.headline and text_table(found).columns


@pytest.mark.parametrize(
    "customers",
    [
        _customers(1), _customers(referred_by=""), _customers(referred_by="zzz"),
        _customers(customer_since=""), _customers(customer_since="2026-05-05"),
        _customers().drop(columns=["status", "customer_since"]),
    ],
    ids=["one", "nobody", "all", "no dates", "all on one day", "names alone"],
)  # fmt: skip
def test_odd_lists_get_an_answer_or_a_plain_refusal(tmp_path, customers):
    care = study(tmp_path, customers=customers, transactions=_sales())
    for question in QUESTIONS[:3]:
        found = question(care)
        if isinstance(found, Finding):
            assert found.headline and text_table(found).columns
            assert np.isfinite(found.rows["value"].dropna()).all()
        else:
            assert found.reason.endswith(".")


def test_refunds_alone_are_no_revenue(tmp_path):
    sales = _sales().assign(amount=-10)
    found = loyalty.referred_customers(study(tmp_path, customers=_customers(), transactions=sales))
    assert isinstance(found, Skipped) or "cannot be told" in found.headline


def test_a_study_without_these_tables_says_so(tmp_path):
    care = study(tmp_path, customers=_customers().drop(columns="referred_by"))
    assert all(isinstance(question(care), Skipped) for question in QUESTIONS)


def test_every_table_is_short(example):
    for question in QUESTIONS:
        found = question(example)
        assert len(found.labels) <= 6 and len(text_table(found).columns) <= 7
        assert found.headline and not found.headline.endswith(".")
