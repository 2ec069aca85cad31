"""Service as a profit centre: what contacts bring and cost, and what is offered at them."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from carebench import figures, loyalty
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.loyalty.profit import money, said
from carebench.reporting.tables import text_table
from carebench.schema import DataError
from conftest import EXAMPLE
from studies import study

mpl.use("agg")

QUESTIONS = [
    loyalty.per_contact, loyalty.service_profit, loyalty.share_of_profit, loyalty.offers,
    loyalty.serving_first, lambda care: loyalty.offers_by(care, "channel"),
    lambda care: loyalty.offers_by(care, "reason"),
]  # fmt: skip
MARGIN = "\n[loyalty]\nmargin = 0.25"


def _contacts(n: int = 60, **columns: object) -> pd.DataFrame:
    """Contacts of n / 2 customers over 20 months, of which every fifth took an offer of 1,000."""
    at = np.arange(n)
    taken = at % 5 == 0
    table = pd.DataFrame(
        {
            "contact_id": [f"K{i}" for i in at],
            "customer_id": [f"C{i // 2}" for i in at],
            "contacted_at": (
                pd.Timestamp("2024-01-02T03:00Z") + pd.to_timedelta(600 * at / n, unit="D")
            ).strftime("%Y-%m-%dT%H:%MZ"),
            "channel": np.where(at % 3, "phone", "chat"),
            "reason": "bill",
            "offered": np.where(at % 5 < 3, "yes", "no"),
            "served_first": np.where(at % 2, "yes", "no"),
            "taken": np.where(taken, "yes", "no"),
            "revenue": np.where(taken, 1000, 0),
            "fee": np.where(at % 4 == 0, 80, 0),
            "cost": 100 + at % 7,
        }
    )
    return table.assign(**columns)


def _sales(months: int = 20) -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=months * 30, freq="D")
    who = [f"C{i % 9}" for i in range(len(days))]
    return pd.DataFrame({"customer_id": who, "occurred_at": days.strftime("%Y-%m-%d"),
                         "amount": 1000})  # fmt: skip


def _by(found: Finding, column: str) -> dict[str, dict]:
    return {row[column]: row for row in records(found.rows)}


def test_the_account_of_service_adds_up(example):
    lines = {
        name: row["value"] for name, row in _by(loyalty.service_profit(example), "entry").items()
    }
    raw = pd.read_csv(EXAMPLE.parent / "contacts.csv")
    raw = raw.drop_duplicates("contact_id")
    assert lines["fee"] == pytest.approx(raw["fee"].sum(), rel=0.01)
    assert lines["cost"] == pytest.approx(raw["cost"].sum(), rel=0.01)
    assert lines["margin"] == pytest.approx(example.study.loyalty.margin * lines["sold"])
    expected = lines["margin"] + lines["fee"] - lines["cost"]
    assert lines["result"] == pytest.approx(expected)


def test_revenue_per_contact_is_offers_and_fees(example):
    rows = records(loyalty.per_contact(example).rows)
    whole, sold, fee = (row["value"] for row in rows[:3])
    assert whole == pytest.approx(sold + fee)


def test_the_interval_of_the_result_holds_what_the_example_was_drawn_from(example):
    from carebench.simulate.care import CHANNELS, FEE, OFFERS

    contacts = example.table("contacts")
    settled = contacts["resolved"].astype(bool) & (contacts["reason"] == "repair")
    mean_cost = sum(part * cost for part, _wait, cost in CHANNELS.values()) * np.exp(0.3**2 / 2)
    row = _by(loyalty.per_contact(example), "item")
    cost, fee = row["cost per contact"], row["of it paid for the service itself"]
    assert cost["low"] < mean_cost < cost["high"]
    assert fee["low"] < settled.mean() * FEE["share"] * FEE["mean_vnd"] < fee["high"]
    sold = row["of it sold by an offer"]
    taken = contacts["taken"].fillna(False).mean()
    assert sold["low"] < taken * OFFERS["mean_revenue_vnd"] < sold["high"]


def test_without_a_margin_sales_are_shown_and_profit_is_withheld(tmp_path):
    found = loyalty.service_profit(study(tmp_path, contacts=_contacts()))
    lines = _by(found, "entry")
    assert lines["sold"]["value"] == 12_000 and pd.isna(lines["result"]["value"])
    assert "margin" in lines["result"]["reason"] and "not known" in found.headline


def test_without_costs_profit_is_withheld(tmp_path):
    care = study(tmp_path, MARGIN, contacts=_contacts().drop(columns="cost"))
    found = loyalty.service_profit(care)
    assert _by(found, "entry")["result"]["reason"] == money.NO_COST


def test_fees_alone_need_no_margin(tmp_path):
    found = loyalty.service_profit(study(tmp_path, contacts=_contacts().drop(columns="revenue")))
    assert _by(found, "entry")["result"]["value"] == pytest.approx(15 * 80 - 102.95 * 60, abs=5)


def test_a_contact_without_a_cost_counts_at_the_mean_of_the_others(tmp_path):
    contacts = _contacts(cost=[None] * 10 + [100] * 50)
    found = loyalty.service_profit(study(tmp_path, MARGIN, contacts=contacts))
    lines = _by(found, "entry")
    assert lines["cost"]["value"] == pytest.approx(6000)
    # The 50 others: 10 offers of 1,000 with a margin of a quarter, and 12 fees of 80.
    assert lines["result"]["value"] == pytest.approx(60 / 50 * (2500 + 12 * 80 - 5000))
    assert any("10 of 60" in note for note in found.notes)


def test_customers_with_many_contacts_widen_the_interval(tmp_path):
    for name, customers in (("one", "x"), ("many", [f"C{i}" for i in range(60)])):
        (tmp_path / name).mkdir()
        care = study(tmp_path / name, MARGIN, contacts=_contacts(customer_id=customers))
        row = records(loyalty.per_contact(care).rows)[0]
        assert pd.isna(row["low"]) == (name == "one")


def test_the_share_of_profit_is_that_of_the_months_that_both_tables_cover(tmp_path):
    care = study(tmp_path, MARGIN, contacts=_contacts(), transactions=_sales())
    rows = records(loyalty.share_of_profit(care).rows)
    months = money.contacts_money(care).rows
    months = months[months["day"] < "2025-08-01"]
    # All months from January 2024 to July 2025; 1,000 a day, and a quarter of it is margin.
    days = (pd.Timestamp("2025-08-01") - pd.Timestamp("2024-01-01")).days
    assert rows[0]["n"] == 19
    assert rows[0]["value"] == pytest.approx(months["sold"].sum() / (1000 * days))
    assert rows[1]["value"] == pytest.approx(months["result"].sum() / (250 * days))


def test_a_tiny_share_of_profit_is_said_for_every_million(example):
    found = loyalty.share_of_profit(example)
    assert "₫1,000,000" in found.headline and set(found.rows["unit"]) == {"VND"}


def test_months_without_contacts_count_as_nothing(tmp_path):
    contacts = _contacts()
    contacts = contacts[~contacts["contacted_at"].str.startswith("2024-0")]
    contacts = pd.concat([_contacts().head(1), contacts])
    care = study(tmp_path, MARGIN, contacts=contacts, transactions=_sales())
    assert records(loyalty.share_of_profit(care).rows)[0]["n"] == 19


def test_three_months_of_books_give_a_share_without_an_interval(tmp_path):
    contacts = _contacts()
    contacts = contacts[contacts["contacted_at"] < "2024-04-01"]
    care = study(tmp_path, MARGIN, contacts=contacts, transactions=_sales(3))
    row = records(loyalty.share_of_profit(care).rows)[0]
    assert pd.notna(row["value"]) and pd.isna(row["low"])


def test_sales_of_nothing_give_no_share(tmp_path):
    care = study(tmp_path, MARGIN, contacts=_contacts(), transactions=_sales().assign(amount=-5))
    found = loyalty.share_of_profit(care)
    assert "not known" in found.headline and found.rows["value"].isna().all()


def test_books_of_another_time_give_no_share(tmp_path):
    sales = _sales().assign(occurred_at="2019-05-05")
    found = loyalty.share_of_profit(study(tmp_path, contacts=_contacts(), transactions=sales))
    assert isinstance(found, Skipped) and "whole month" in found.reason


def test_each_step_of_the_offers_is_a_part_of_the_one_before(tmp_path):
    rows = records(loyalty.offers(study(tmp_path, contacts=_contacts())).rows)
    assert [(row["k"], row["n"]) for row in rows] == [(60, 60), (36, 60), (12, 36)]
    assert [row["reached"] for row in rows] == [60, 36, 12]


def test_an_offer_taken_was_made_whatever_the_record_says(tmp_path):
    found = loyalty.offers(study(tmp_path, contacts=_contacts(offered="no")))
    assert records(found.rows)[1]["k"] == 12


def test_offers_of_unknown_outcome_are_left_out_and_counted(tmp_path):
    taken = _contacts()["taken"].where(np.arange(60) >= 10, "")
    found = loyalty.offers(study(tmp_path, contacts=_contacts(taken=taken)))
    assert records(found.rows)[2]["n"] == 30
    assert any(note.endswith("left out: 6.") for note in found.notes)


def test_serving_first_sells_more_in_the_example_by_what_it_was_drawn_from(example):
    from carebench.simulate.care import OFFERS

    first, not_first, gap = (from_row(row) for row in records(loyalty.serving_first(example).rows))
    assert not_first.low < OFFERS["taken_before"] < not_first.high
    assert first.high < OFFERS["taken_after_serving"] + 0.05 and gap.low > 5
    assert "goes with more sales" in loyalty.serving_first(example).headline


def test_an_order_of_service_that_does_not_matter_is_not_called_one(tmp_path):
    found = loyalty.serving_first(study(tmp_path, contacts=_contacts()))
    assert "not distinguishable" in found.headline


def test_serving_first_that_sells_less_is_said_to(tmp_path):
    contacts = _contacts(600)
    contacts["taken"] = np.where(contacts["served_first"] == "yes", "no", "yes")
    found = loyalty.serving_first(study(tmp_path, contacts=contacts))
    assert "fewer sales" in found.headline and "by −" not in found.headline


def test_many_reasons_are_shown_by_the_largest(tmp_path):
    reasons = [f"reason {i}" for i in range(30)] * 2
    found = loyalty.offers_by(study(tmp_path, contacts=_contacts(reason=reasons)), "reason")
    assert len(found.rows) == 13 and "other" in set(found.rows["group"])


@pytest.mark.parametrize(
    "columns",
    [
        {"offered": "no", "taken": ""}, {"revenue": 0, "fee": 0, "cost": 0},
        {"revenue": None, "fee": None, "cost": None}, {"customer_id": ""}, {"contacted_at": ""},
        {"taken": "yes"}, {"served_first": ""}, {"revenue": [-5] + [9] * 59},
        {"channel": "", "reason": ""}, {"revenue": 1e14},
    ],
    ids=lambda columns: " ".join(columns),
)  # fmt: skip
def test_odd_contacts_get_an_answer_or_a_plain_refusal(tmp_path, columns):
    care = study(tmp_path, MARGIN, contacts=_contacts(**columns), transactions=_sales())
    _answered(care)


@pytest.mark.parametrize("n", [1, 2])
def test_a_contact_or_two_get_an_answer_or_a_plain_refusal(tmp_path, n):
    _answered(study(tmp_path, MARGIN, contacts=_contacts(n), transactions=_sales(1)))


@pytest.mark.parametrize("absent", ["customer_id", "contacted_at", "offered", "taken", "revenue",
                                    "fee", "cost", "channel", "served_first"])  # fmt: skip
def test_a_column_that_is_lacking_is_no_accident(tmp_path, absent):
    _answered(study(tmp_path, MARGIN, contacts=_contacts(20).drop(columns=absent)))


def _answered(care) -> None:
    """Every question gives numbers that are numbers, or a sentence."""
    for question in QUESTIONS:
        found = question(care)
        if isinstance(found, Finding):
            assert found.headline and text_table(found).columns
            assert np.isfinite(found.rows["value"].dropna()).all()
        else:
            assert found.reason.endswith(".")


def test_a_study_without_contacts_says_so(tmp_path):
    survey = pd.DataFrame({"respondent": ["a"], "csat": [5]})
    care = study(tmp_path, survey=survey)
    assert all(isinstance(question(care), Skipped) for question in QUESTIONS)


def test_every_table_is_short(example):
    for question in QUESTIONS:
        found = question(example)
        assert len(text_table(found).columns) <= 6 and found.headline


def test_many_contacts_are_counted_to_the_last_one(tmp_path):
    contacts = _contacts(20_000)
    care = study(tmp_path, MARGIN, contacts=contacts, transactions=_sales())
    lines = _by(loyalty.service_profit(care), "entry")
    assert lines["cost"]["value"] == pytest.approx(contacts["cost"].sum())
    assert all(isinstance(question(care), Finding) for question in QUESTIONS)


def test_the_account_is_drawn_with_every_line_and_its_amount(example):
    ax = Figure().subplots()
    found = loyalty.service_profit(example)
    figures.plot_profit(found.rows, ax=ax)
    assert len(ax.patches) == len(found.rows) == len(ax.texts)
    fee = next(patch for patch in ax.patches if patch.get_width() < 0)
    assert fee.get_width() == pytest.approx(-_by(found, "entry")["cost"]["value"])
    assert "VND" in ax.get_xlabel()


def test_an_account_without_a_result_is_drawn_with_the_reason(tmp_path):
    ax = Figure().subplots()
    figures.plot_profit(loyalty.service_profit(study(tmp_path, contacts=_contacts())).rows, ax=ax)
    assert any("margin" in text.get_text() for text in ax.texts)


def test_offers_are_drawn_as_long_as_they_are_many(example):
    ax = Figure().subplots()
    rows = loyalty.offers(example).rows
    figures.plot_offers(rows, ax=ax)
    assert [patch.get_width() for patch in ax.patches] == rows["reached"].tolist()


def test_what_respondents_say_is_a_weighted_share(tmp_path):
    survey = pd.DataFrame({"respondent": list("abc"), "weight": [2, 1, 1],
                           "would_leave": ["yes", "no", "no"]})  # fmt: skip
    care = study(tmp_path, survey=survey)
    assert said.said(care, "would_leave").value == 0.5
    assert said.said(care, "bought_more").value is None
    assert said.said(study(tmp_path, contacts=_contacts()), "would_leave").value is None
    with pytest.raises(DataError, match="Expected bought_more"):
        said.said(care, "csat")


def test_what_the_example_says_is_what_it_was_drawn_from(example):
    import json

    drawn = json.loads((EXAMPLE.parent / "truth.json").read_text("utf-8"))["survey"]["say_yes"]
    assert set(drawn) == set(said.ITEMS)
    for item, truth in drawn.items():
        got = said.said(example, item)
        assert abs(got.value - truth) < 4 * (got.high - got.low) / 3.92
