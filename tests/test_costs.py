"""Winning against keeping customers: the questions of the ledger and of trials."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from carebench import figures, open_study
from carebench.estimate import Estimate, from_row, records
from carebench.finding import Finding, Skipped
from carebench.loyalty.costs import (
    NOT_TESTABLE,
    accounting_ratios,
    claims,
    cost_kept,
    cost_of_keeping,
    cost_ratio,
    costs,
    costs_by_lag,
    payback,
    retention_line,
    tornado,
    worthwhile,
)
from carebench.loyalty.costs.payback import _from_purchases
from carebench.loyalty.periods import numbered
from carebench.reporting.tables import text_table
from conftest import EXAMPLE
from studies import study

mpl.use("agg")

QUESTIONS = (costs, costs_by_lag, cost_of_keeping, claims, worthwhile, tornado, payback)
TABLES = ("ledger", "retention_trials", "contracts", "customers", "transactions")
MARGIN = 'currency = "USD"\n[loyalty]\nmargin = 0.3\n'


@pytest.fixture(scope="module")
def example():
    with open_study(EXAMPLE, tables=TABLES) as care:
        yield care


@pytest.fixture(scope="module")
def truth():
    return json.loads((EXAMPLE.parent / "truth.json").read_text(encoding="utf-8"))


def months(n, first=2024):
    return [f"{first + at // 12}-{at % 12 + 1:02d}" for at in range(n)]


def ledger(n=12, **columns):
    rng = np.random.default_rng(n)
    given = {
        "period": months(n),
        "acquisition_spend": rng.integers(8000, 12000, n),
        "acquired": rng.integers(15, 25, n),
        **columns,
    }
    return pd.DataFrame(given)


def trials(*rows):
    columns = ["trial", "arm", "customers", "retained", "spend"]
    return pd.DataFrame(rows, columns=columns)


def first(finding):
    return from_row(records(finding.rows)[0])


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_the_example_answers_every_question_in_a_table_of_six_columns(example, question):
    found = question(example)
    assert isinstance(found, Finding) and found.headline
    assert len(text_table(found).columns) <= 6
    assert "because of" not in found.headline + found.caption


def test_the_costs_of_the_example_hold_what_it_was_drawn_from(example, truth):
    won, _per_month, _per_year = (from_row(row) for row in records(costs(example).rows))
    assert won.low < truth["ledger"]["per_acquired_vnd"] < won.high
    drawn = truth["care"]["trials"]
    for row in records(cost_of_keeping(example).rows)[:2]:
        trial, cost = drawn[row["trial"]], from_row(row)
        assert cost.low < trial["cost_vnd"] / (trial["treated"] - trial["control"]) < cost.high


def test_every_ratio_prints_its_numerator_denominator_and_period(example):
    rows = records(costs(example).rows)
    spent = example.table("ledger")["acquisition_spend"].sum()
    assert f"₫{spent:,.0f} spent on winning / " in rows[0]["definition"]
    assert all("2024-07 to 2026-06" in row["definition"] for row in rows)
    for row in rows:
        assert row["spent"] / row["counted"] == pytest.approx(row["value"])


def test_the_claims_are_tested_on_incremental_cost_alone(example):
    rows = records(claims(example).rows)
    tested = [row for row in rows if row["incremental"]]
    averages = [row for row in rows if not row["incremental"]]
    assert {row["verdict_5"] for row in tested} == {"contradicted"}
    assert {row["verdict_5"] for row in averages} == {"an average: tests nothing"}
    assert len(averages) == 2 == len(accounting_ratios(example))
    assert cost_ratio(example).value == pytest.approx(tested[-1]["value"])


def test_without_a_control_group_no_claim_is_testable(tmp_path):
    table = ledger(retention_spend=[500] * 12, retained=[100] * 12)
    care = study(tmp_path, ledger=table)
    found = claims(care)
    assert found.headline == "The claims of 5× and 10× are not testable with these data"
    assert set(found.rows["verdict_5"]) == {"an average: tests nothing"}
    assert cost_ratio(care).reason == NOT_TESTABLE


def test_a_trial_that_may_have_kept_nobody_leaves_the_claims_undecided(tmp_path):
    rows = trials(("call", "treated", 500, 420, 2000), ("call", "control", 500, 410, 0))
    care = study(tmp_path, 'currency = "USD"', ledger=ledger(), retention_trials=rows)
    assert math.isinf(cost_kept(care).high) and cost_ratio(care).low == 0
    assert "no finite upper limit" in cost_of_keeping(care).headline
    assert claims(care).rows["verdict_5"].tolist() == ["undecided"]


def test_one_row_for_each_customer_says_the_same_as_groups(tmp_path):
    groups = trials(("call", "treated", 60, 50, 600), ("call", "control", 50, 35, 0))
    single = pd.DataFrame(
        {
            "arm": ["treated"] * 60 + ["control"] * 50,
            "retained": [1] * 50 + [0] * 10 + [1] * 35 + [0] * 15,
            "spend": [10] * 60 + [0] * 50,
            "customer_id": range(110),
        }
    )
    found = []
    for name, table in (("groups", groups), ("single", single)):
        (tmp_path / name).mkdir()
        care = study(tmp_path / name, 'currency = "USD"', retention_trials=table)
        found.append(first(cost_of_keeping(care)))
    assert found[0] == found[1]


def test_trials_that_differ_are_shown_apart_and_have_no_common_cost(tmp_path):
    rows = trials(
        ("cheap", "treated", 1000, 950, 10_000), ("cheap", "control", 1000, 800, 0),
        ("dear", "treated", 1000, 850, 900_000), ("dear", "control", 1000, 800, 0),
    )  # fmt: skip
    care = study(tmp_path, 'currency = "USD"', ledger=ledger(), retention_trials=rows)
    found = cost_of_keeping(care)
    assert found.rows["trial"].tolist() == ["cheap", "dear"]
    assert any("not taken together" in note for note in found.notes)
    assert cost_ratio(care).value is None and "not known" in claims(care).headline


def test_a_trial_without_a_control_group_is_left_out_by_name(tmp_path):
    rows = trials(("alone", "treated", 100, 90, 500), ("both", "treated", 100, 90, 500),
                  ("both", "control", 100, 70, 0))  # fmt: skip
    found = cost_of_keeping(study(tmp_path, retention_trials=rows))
    assert found.rows["trial"].tolist() == ["both"]
    assert any("alone" in note for note in found.notes)
    (tmp_path / "one").mkdir()
    none = study(tmp_path / "one", retention_trials=rows.head(1))
    assert isinstance(cost_of_keeping(none), Skipped)


def test_lags_lose_the_periods_that_have_no_partner(tmp_path):
    found = costs_by_lag(study(tmp_path, 'currency = "USD"', ledger=ledger(8)))
    assert found.rows["n"].tolist() == [8, 7, 6, 5]
    assert found.rows["low"].notna().tolist() == [True, True, True, False]


def test_a_lag_of_one_pairs_each_month_with_the_next(tmp_path):
    spent = [100, 900, 100, 900, 100, 900, 100, 900]
    won = [90, 10, 90, 10, 90, 10, 90, 10]
    table = ledger(8, acquisition_spend=spent, acquired=won)
    rows = records(costs_by_lag(study(tmp_path, ledger=table)).rows)
    assert rows[1]["value"] == pytest.approx((4 * 100 + 3 * 900) / (4 * 10 + 3 * 90))


def test_months_missing_in_between_are_said_and_break_the_pairs(tmp_path):
    found = costs_by_lag(study(tmp_path, ledger=ledger(12).drop(index=[4, 5])))
    assert found.rows["n"].tolist() == [10, 8, 6, 5]
    assert any("missing in between: 2" in note for note in found.notes)


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["2026-01", "2026-03"], [24312, 24314]),
        (["2026-Q1", "2026-Q4"], [8104, 8107]),
        (["2025", "2026"], [2025, 2026]),
        (["spring", "autumn"], None),
        (["2026-01", "2026-Q1"], None),
        ([], None),
    ],
)
def test_periods_are_numbered_as_they_are_written(names, numbers):
    found = numbered(names)[0]
    assert (None if found is None else found.tolist()) == numbers


def test_rows_of_the_same_month_are_added_up(tmp_path):
    table = pd.concat([ledger(8), ledger(8)])
    found = first(costs(study(tmp_path, ledger=table)))
    assert found.n == 8


def test_a_ledger_of_three_months_has_ratios_and_no_interval(tmp_path):
    care = study(tmp_path, MARGIN, ledger=ledger(3, retention_spend=[9] * 3, retained=[3] * 3))
    assert first(costs(care)).low is None
    assert costs_by_lag(care).rows["low"].isna().all()
    assert claims(care).rows["low"].isna().all()


def test_nobody_won_is_said_and_divides_nothing(tmp_path):
    table = ledger(acquired=[0] * 12, retention_spend=[5] * 12, retained=[2] * 12)
    rows = trials(("call", "treated", 100, 90, 500), ("call", "control", 100, 70, 0))
    care = study(tmp_path, MARGIN, ledger=table, retention_trials=rows)
    assert "cannot be told" in costs(care).headline
    assert "cannot be told" in costs_by_lag(care).headline
    assert "not known" in claims(care).headline
    assert isinstance(payback(care), Skipped)


def test_negative_spending_is_set_aside_and_counted(tmp_path):
    table = ledger(12)
    table.loc[3, "acquisition_spend"] = -500
    care = study(tmp_path, ledger=table)
    found = costs(care)
    assert first(found).n == 11 and care.problems.counts["n"].sum() == 1
    assert any("1 rows that lack" in note for note in found.notes)


def test_periods_of_unknown_order_are_not_lagged(tmp_path):
    table = ledger(6, period=["a", "b", "c", "d", "e", "f"])
    care = study(tmp_path, ledger=table)
    assert isinstance(costs_by_lag(care), Skipped)
    assert any("each counts as independent" in note for note in costs(care).notes)


def test_without_a_margin_worth_and_payback_say_what_it_takes(tmp_path):
    rows = trials(("call", "treated", 100, 90, 500), ("call", "control", 100, 70, 0))
    care = study(tmp_path, ledger=ledger(), retention_trials=rows)
    for question in (worthwhile, tornado, payback):
        found = question(care)
        assert isinstance(found, Skipped) and "margin = 0.30" in found.reason
    assert retention_line(care) == ""


def test_without_sales_and_contracts_nobody_can_say_what_keeping_is_worth(tmp_path):
    rows = trials(("call", "treated", 100, 90, 500), ("call", "control", 100, 70, 0))
    care = study(tmp_path, MARGIN, ledger=ledger(), retention_trials=rows)
    assert "not known" in worthwhile(care).reason
    assert "needs sales or contracts" in payback(care).reason


def test_the_tornado_ends_with_all_inputs_at_once(example):
    rows = records(tornado(example).rows)
    assert [row["joint"] for row in rows] == [False] * 4 + [True]
    swings = [abs(row["gain_at_high"] - row["gain_at_low"]) for row in rows[:4]]
    assert swings == sorted(swings, reverse=True)
    of_customer, of_contract = records(worthwhile(example).rows)[2:]
    assert rows[0]["gain_at_rest"] == pytest.approx(of_customer["net_gain"])
    assert (rows[0]["gain_at_low"], rows[0]["gain_at_high"]) == pytest.approx(
        (of_contract["net_gain"], of_customer["net_gain"])
    )
    assert "**" in retention_line(example)


def test_a_verdict_that_hangs_on_what_is_kept_says_from_which_worth_on_it_pays(example):
    gift = records(worthwhile(example).rows)[2:]
    assert [row["verdict"] for row in gift] == ["worth it", "not worth it"]
    cost = records(cost_of_keeping(example).rows)[1]
    words = f"it pays where that is above {from_row(cost).value_text()}"
    for told in (worthwhile(example).headline, tornado(example).headline, retention_line(example)):
        assert words in told
    assert any("kept_is" in note for note in worthwhile(example).notes)


@pytest.mark.parametrize(
    ("kept_is", "verdict"),
    [("customer", "worth it, if a customer with all it buys"),
     ("contract", "not worth it, if a contract alone")],
)  # fmt: skip
def test_a_study_that_says_what_is_kept_has_one_verdict_that_names_it(kept_is, verdict):
    with open_study(EXAMPLE, tables=TABLES) as care:
        loyalty = replace(care.study.loyalty, kept_is=kept_is)
        object.__setattr__(care, "study", replace(care.study, loyalty=loyalty))
        assert len(worthwhile(care).rows) == 2
        for told in (worthwhile(care).headline, tornado(care).headline, retention_line(care)):
            assert f"loyalty gift 2026: {verdict}" in told.replace("”", "")
        assert not any("kept_is" in note for note in worthwhile(care).notes)


def test_the_n_of_a_ratio_is_that_of_the_trials_and_months_are_named_apart(example):
    assert cost_ratio(example).n == 3600
    assert "24 rows of the ledger, 3,600 customers" in claims(example).headline


def test_an_effort_that_clearly_loses_customers_is_not_said_to_keep_nobody(tmp_path):
    rows = trials(("t", "treated", 600, 100, 50), ("t", "control", 600, 460, 0))
    told = cost_of_keeping(study(tmp_path, retention_trials=rows)).headline
    assert told.startswith("More were lost with the effort") and "−60 (−64 to −55" in told


def sales(customers=60, each=100.0):
    """Customers who buy in their first month for `each`, and in each of the next two for half."""
    rows = []
    for customer in range(customers):
        start = pd.Timestamp(2025, 1 + customer % 3, 5)
        for later, amount in enumerate((each, each / 2, each / 2)):
            rows.append((f"c{customer}", start + pd.DateOffset(months=later), amount))
    rows.append(("late", pd.Timestamp(2025, 12, 31), 1.0))
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])


def known_customers(customers=60):
    days = [pd.Timestamp(2025, 1 + customer % 3, 5) for customer in range(customers)]
    names = [f"c{customer}" for customer in range(customers)]
    return pd.DataFrame({"customer_id": names, "customer_since": days})


def test_payback_adds_up_what_new_customers_bring_month_by_month(tmp_path):
    settings = 'currency = "USD"\n[loyalty]\nmargin = 0.5\ndiscount_rate = 0.0\n'
    table = ledger(12, acquisition_spend=[700] * 12, acquired=[10] * 12)
    care = study(tmp_path, settings, ledger=table, transactions=sales(),
                 customers=known_customers())  # fmt: skip
    (row,) = records(payback(care).rows)
    months_until = from_row(row)
    # 50 in the first month, 25 in the second: 75 cover 70, and everybody is alike.
    assert (months_until.value, months_until.low, months_until.high) == (2, 2, 2)
    assert "$75.00 against $70.00" in row["back"]


def test_what_new_customers_bring_has_the_mean_and_the_error_that_a_table_gives(tmp_path):
    rng, rate = np.random.default_rng(6), 0.2
    amounts = sales().assign(amount=rng.integers(-20, 200, 181).astype(float))
    settings = f'currency = "USD"\n[loyalty]\nmargin = 0.5\ndiscount_rate = {rate}\n'
    care = study(tmp_path, settings, ledger=ledger(), transactions=amounts,
                 customers=known_customers())  # fmt: skip
    found = _from_purchases(care)
    bought = amounts[amounts["amount"] >= 0].groupby("customer_id")["occurred_at"].min()
    begun = amounts["customer_id"].map(bought).dt.to_period("M")
    later = (amounts["occurred_at"].dt.to_period("M") - begun).map(lambda gap: gap.n, "ignore")
    worth = amounts["amount"] * (1 + rate) ** (-later / 12) * 0.5
    for month in range(8):  # all are followed for so long
        inside = worth.where(later.between(0, month), 0.0).groupby(amounts["customer_id"]).sum()
        each = inside[bought.index.drop("late", errors="ignore")]
        assert found.margin[month] == pytest.approx(each.mean())
        assert found.errors[month] == pytest.approx(each.std(ddof=0) / len(each) ** 0.5)


def test_payback_of_customers_who_were_there_before_the_books_is_not_counted(tmp_path):
    before = known_customers().assign(customer_since=pd.Timestamp(2020, 1, 1))
    care = study(tmp_path, MARGIN, ledger=ledger(), transactions=sales(), customers=before)
    assert "fewer than 30" in records(payback(care).rows)[0]["reason"]


def test_discounting_makes_payback_later(tmp_path):
    table = ledger(12, acquisition_spend=[990] * 12, acquired=[10] * 12)
    found = []
    for rate in (0.0, 0.9):
        folder = tmp_path / str(rate)
        folder.mkdir()
        settings = f'currency = "USD"\n[loyalty]\nmargin = 0.5\ndiscount_rate = {rate}\n'
        care = study(folder, settings, ledger=table, transactions=sales(),
                     customers=known_customers())  # fmt: skip
        found.append(first(payback(care)).value)
    assert found == [3, None]


def hostile():
    """Trials and ledgers that hold nothing, or the same thing throughout."""
    alike = trials(("t", "treated", 50, 50, 500), ("t", "control", 50, 50, 0))
    nobody = trials(("t", "treated", 1, 0, 5), ("t", "control", 1, 0, 0))
    unpaid = trials(("t", "treated", 50, 40, None), ("t", "control", 50, 30, None))
    worse = trials(("t", "treated", 500, 100, 50), ("t", "control", 500, 400, 0))
    yield from (alike, nobody, unpaid, worse)


@pytest.mark.parametrize("rows", [*hostile()], ids=["all kept", "one each", "no spend", "worse"])
def test_whatever_the_trial_every_question_answers_or_says_why_not(tmp_path, rows):
    contracts = pd.DataFrame(
        {"contract_id": range(90), "duration": [1, 2, 3] * 30, "charge": 9.0,
         "ended": ["yes", "no", "yes"] * 30}
    )  # fmt: skip
    care = study(tmp_path, MARGIN, ledger=ledger(), retention_trials=rows, contracts=contracts)
    for question in QUESTIONS:
        found = question(care)
        assert isinstance(found, Skipped) or text_table(found).plain(caption=found.headline)
    if isinstance(found := claims(care), Finding):
        assert "supported" not in set(found.rows["verdict_5"])


def draw(plot, rows, inches=7.0):
    axes = Figure(figsize=(inches, 4)).subplots()
    plot(rows, ax=axes)
    return axes


def test_an_interval_without_an_end_is_drawn_as_an_arrow(tmp_path):
    rows = trials(("call", "treated", 500, 420, 5000), ("call", "control", 500, 410, 0))
    care = study(tmp_path, 'currency = "USD"', ledger=ledger(), retention_trials=rows)
    axes = draw(figures.plot_cost_ratios, claims(care).rows)
    assert "<" in [line.get_marker() for line in axes.lines]
    assert axes.get_xscale() == "log"


def test_the_lines_of_the_claims_are_always_in_sight(example):
    axes = draw(figures.plot_cost_ratios, claims(example).rows)
    low, high = axes.get_xlim()
    assert low < 1 and high > 10
    assert {1.0, 5.0, 10.0} <= {float(line.get_xdata()[0]) for line in axes.lines}


def test_a_ratio_that_is_not_known_is_drawn_as_its_reason(tmp_path):
    rows = trials(("t", "treated", 500, 100, 50), ("t", "control", 500, 400, 0))
    care = study(tmp_path, ledger=ledger(), retention_trials=rows)
    axes = draw(figures.plot_cost_ratios, claims(care).rows)
    assert any("no more were kept" in words.get_text() for words in axes.texts)


def test_a_tornado_shows_no_gain_and_the_estimate(example):
    axes = draw(figures.plot_tornado, tornado(example).rows, inches=4.0)
    low, high = axes.get_xlim()
    rest = tornado(example).rows["gain_at_rest"].iloc[0]
    assert low < 0 < high and low < rest < high
    assert len(axes.patches) == 5


def test_a_gain_that_all_draws_share_is_not_called_certain(example):
    assert "100%" not in tornado(example).headline


def test_an_estimate_of_no_ledger_is_absent_with_its_reason(tmp_path):
    rows = trials(("call", "treated", 100, 90, 500), ("call", "control", 100, 70, 0))
    found = cost_ratio(study(tmp_path, retention_trials=rows))
    assert isinstance(found, Estimate) and "does not say" in found.reason


def test_contracts_that_are_all_alike_pay_back_too(tmp_path):
    # Each contract ends with a chance of 1 in 10 a month, whatever its age.
    rng = np.random.default_rng(2)
    ends, watched = rng.geometric(0.1, 4000), rng.integers(1, 30, 4000)
    contracts = pd.DataFrame(
        {"duration": np.minimum(ends, watched).astype(float), "charge": 100,
         "ended": np.where(ends <= watched, "yes", "no")}
    )  # fmt: skip
    settings = 'currency = "USD"\n[loyalty]\nmargin = 0.125\ndiscount_rate = 0.0\n'
    table = ledger(12, acquisition_spend=[500] * 12, acquired=[10] * 12)
    found = payback(study(tmp_path, settings, ledger=table, contracts=contracts))
    months_until = first(found)
    # 12.5 a month, of which .9 more runs each month: five months bring 51.2, four 43.
    assert (months_until.value, months_until.low, months_until.high) == (5, 5, 5)
    assert "12.5% of revenue" in found.caption


def test_a_provider_is_told_that_costs_and_values_are_the_whole_company_s(tmp_path):
    rows = trials(("call", "treated", 100, 90, 500), ("call", "control", 100, 70, 0))
    asked = pd.DataFrame({"respondent": ["r"], "provider": ["B"], "csat": [4]})
    care = study(tmp_path, 'provider = "B"\n' + MARGIN, ledger=ledger(), retention_trials=rows,
                 transactions=sales(), customers=known_customers(),
                 survey=asked)  # fmt: skip
    for question in (costs, claims, cost_of_keeping, payback):
        assert any("not limited to B" in note for note in question(care).notes), question
