"""The figures of service on one page, the distribution of answers, waits and churn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from carebench import figures, loyalty, open_study
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.loyalty.indicators import resolved
from carebench.loyalty.retention.lost import contracts_ended, lost_by_period
from carebench.reporting.tables import text_table
from studies import study, write_study

QUESTIONS = {
    "indicators": loyalty.indicators,
    "distribution": loyalty.distribution,
    "weighting": loyalty.weighting,
    "by segment": loyalty.scores_by_segment,
    "by provider": lambda care: loyalty.score_by_provider(care, "nps"),
    "first response": loyalty.first_response,
    "churn": loyalty.churn_by_period,
    "trend": lambda care: loyalty.score_trend(care, "nps"),
    "trends": loyalty.trends,
    "changes": loyalty.changes,
}


def one(found: Finding, **where: str) -> dict:
    rows = records(found.rows)
    return next(row for row in rows if all(row[key] == value for key, value in where.items()))


def test_every_indicator_is_traceable_to_numerator_denominator_and_period(example):
    found = loyalty.indicators(example).rows
    assert len(found) == 7
    assert found["definition"].str.contains(r"\d").all() and found["period"].ne("–").all()
    counted = found[found["numerator"].notna()]
    per = counted["unit"].map({"share": 1, "score": 100})
    assert (per * counted["numerator"] / counted["denominator"]).to_numpy() == pytest.approx(
        counted["value"].to_numpy()
    )


def test_the_table_of_indicators_stays_within_a_phone(example):
    assert len(text_table(loyalty.indicators(example)).columns) <= 6


def test_an_indicator_whose_table_lacks_is_absent_and_the_note_names_the_table(tmp_path):
    ledger = pd.DataFrame({"period": ["2026-01", "2026-02"], "retained": [95, 90], "lost": [5, 10]})
    found = loyalty.indicators(study(tmp_path, ledger=ledger))
    (row,) = records(found.rows)
    assert (row["numerator"], row["denominator"], row["period"]) == (10, 100, "2026-02")
    assert any("“survey”" in note and "“contacts”" in note for note in found.notes)


def test_a_study_of_other_tables_is_told_what_is_lacking(tmp_path):
    providers = pd.DataFrame({"provider": ["A"]})
    assert isinstance(loyalty.indicators(study(tmp_path, providers=providers)), Skipped)


CONTACTS = pd.DataFrame(
    {
        "contact_id": [f"k{i}" for i in range(40)],
        "customer_id": [f"c{i // 4}" for i in range(40)],
        "contacted_at": "2026-03-01T08:00:00Z",
        "answered_at": ["2026-03-01T08:00:30Z"] * 10 + ["2026-03-01T08:05:00Z"] * 10 + [""] * 20,
        "channel": "phone",
        "resolved": ["yes"] * 20 + ["no"] * 20,
    }
)
LEVEL = '\n[audit]\nservice_level = { phone = "60 s" }\n'


def test_contacts_of_the_same_customers_widen_the_interval(tmp_path):
    clustered = resolved(study(tmp_path, contacts=CONTACTS))
    apart = CONTACTS.assign(customer_id=[f"c{i}" for i in range(40)])
    alone = resolved(study(tmp_path, contacts=apart))
    assert clustered.value == alone.value == 0.5
    assert (clustered.n, alone.method) == (40, "Wilson score")
    # Every customer's four contacts end alike: the 40 are worth little more than 10.
    assert clustered.design_effect == pytest.approx(4, rel=0.25)
    assert clustered.high - clustered.low > 1.5 * (alone.high - alone.low)


def test_resolution_covers_the_truth_where_customers_differ():
    """Coverage with 1 to 4 contacts a customer whose own rates differ: Beta(2, 1)."""
    from carebench.loyalty.indicators import _clustered
    from carebench.methods.proportions import proportion

    rng, runs, covered, naive = np.random.default_rng(19), 300, 0, 0
    for _run in range(runs):
        customer = np.repeat(np.arange(80), rng.integers(1, 5, 80))
        hits = (rng.random(len(customer)) < rng.beta(0.6, 0.3, 80)[customer]).astype(float)
        plain = proportion(int(hits.sum()), len(hits))
        found = _clustered(plain, hits, pd.Series(customer))
        covered += found.low <= 2 / 3 <= found.high
        naive += plain.low <= 2 / 3 <= plain.high
    assert covered / runs == pytest.approx(0.95, abs=0.03)
    assert naive < covered - 0.05 * runs


def test_the_unanswered_stay_in_the_wait_for_a_first_response(tmp_path):
    found = loyalty.first_response(study(tmp_path, LEVEL, contacts=CONTACTS))
    in_time, median = (from_row(row) for row in records(found.rows))
    assert (in_time.k, in_time.n) == (10, 40)
    assert median.value >= 300  # half of all, not of the answered alone
    (settled, response) = records(
        loyalty.indicators(study(tmp_path, LEVEL, contacts=CONTACTS)).rows
    )
    assert settled["value"] == 0.5 and response["value"] == 0.25


def test_contacts_that_nobody_ever_answered_have_no_median(tmp_path):
    contacts = CONTACTS.assign(
        answered_at="", contacted_at=[f"2026-03-{1 + i % 9:02d}T08:00:00Z" for i in range(40)]
    )
    found = loyalty.first_response(study(tmp_path, LEVEL, contacts=contacts))
    assert from_row(records(found.rows)[-1]).value is None


def test_contracts_ended_are_those_of_the_last_whole_period(tmp_path):
    contracts = pd.DataFrame(
        {
            "contract_id": list("abcdefg"),
            # a ran on; b ended in May; c ended before; d began in May; e was lost from sight;
            # f ended in June, which is not whole; g ran on.
            "started_at": ["2026-01-01"] * 3 + ["2026-05-10"] + ["2026-01-01"] * 3,
            "ended_at": ["", "2026-05-20", "2026-04-20", "", "", "2026-06-02", ""],
            "observed_until": ["2026-06-15"] * 4 + ["2026-05-15"] + ["2026-06-15"] * 2,
        }
    )
    found = contracts_ended(study(tmp_path, contracts=contracts))
    assert (found.share.k, found.share.n, found.lost_from_sight) == (1, 4, 1)
    assert (str(found.first.date()), str(found.last.date())) == ("2026-05-01", "2026-05-31")
    yearly = study(tmp_path, '\n[loyalty]\ncontract_period = "year"\n', contracts=contracts)
    assert contracts_ended(yearly).share.n == 0


def test_churn_adds_up_the_rows_of_a_period_and_skips_those_that_lack_a_number(tmp_path):
    ledger = pd.DataFrame(
        {
            "period": ["2026-01", "2026-01", "2026-02"],
            "retained": [50, 40, 10],
            "lost": [4, 6, None],
        }
    )
    rows = lost_by_period(study(tmp_path, ledger=ledger))
    assert rows.loc["2026-01"].tolist() == [90, 10] and list(rows.index) == ["2026-01"]


def test_a_ledger_of_two_months_has_churn_and_no_trend(tmp_path):
    ledger = pd.DataFrame({"period": ["2026-01", "2026-02"], "retained": [95, 90], "lost": [5, 10]})
    found = loyalty.churn_by_period(study(tmp_path, ledger=ledger))
    assert "cannot be told" in found.headline and len(found.rows) == 2


def test_the_shares_of_all_answers_to_a_question_add_up_to_one(example):
    rows = loyalty.distribution(example).rows
    assert rows.groupby("score")["value"].sum().to_numpy() == pytest.approx(1)
    assert (rows["low"] <= rows["value"]).all() and (rows["value"] <= rows["high"]).all()


def test_a_scale_of_many_points_is_cut_into_five_parts(tmp_path):
    survey = pd.DataFrame({"respondent": range(101), "csat": range(101)})
    path = write_study(tmp_path, survey=survey)
    path.write_text(path.read_text() + "scales = { csat = [0, 100] }\n")
    found = loyalty.distribution(open_study(path)).rows
    assert found["answer"].iloc[0] == "0–19" and found["n"].iloc[0] == 101
    assert found["value"].sum() == pytest.approx(1)


HOSTILE = {
    "one respondent": pd.DataFrame({"respondent": [1], "csat": [5], "nps": [10], "ces": [7],
                                    "segment": ["a"], "provider": ["P"]}),
    "all alike": pd.DataFrame({"respondent": range(90), "csat": 5, "nps": 10, "ces": 7,
                               "segment": ["a", "b", "c"] * 30, "provider": ["P", "Q"] * 45,
                               "wave": ["1", "2", "3"] * 30}),
    "nobody answered": pd.DataFrame({"respondent": range(3), "csat": [None] * 3,
                                     "nps": [None] * 3, "segment": [None] * 3,
                                     "provider": [None] * 3}),
    "zero weights": pd.DataFrame({"respondent": range(90), "csat": [1, 5] * 45, "nps": [1, 10] * 45,
                                  "weight": 0.0, "segment": "a", "provider": "P"}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("asked", QUESTIONS)
def test_hostile_surveys_get_an_answer_or_a_plain_refusal(tmp_path, name, asked):
    survey = HOSTILE[name]
    wave = 'wave = "3"' if "wave" in survey else ""
    found = QUESTIONS[asked](study(tmp_path, wave, survey=survey))
    if isinstance(found, Finding):
        assert text_table(found).columns and "nan" not in found.headline
    else:
        assert found.reason


@pytest.mark.parametrize("asked", QUESTIONS)
def test_no_question_needs_the_tables_of_another(tmp_path, asked):
    providers = pd.DataFrame({"provider": ["A"]})
    assert isinstance(QUESTIONS[asked](study(tmp_path, providers=providers)), Skipped)


def test_figures_draw_what_the_questions_find(example, tmp_path):
    ax = Figure().subplots()
    figures.plot_answers(loyalty.distribution(example).rows, ax=ax)
    assert len(ax.patches) == 15
    rows = loyalty.churn_by_period(example).rows
    figures.plot_trend(rows, ax=Figure().subplots())
    empty = loyalty.distribution(study(tmp_path, survey=HOSTILE["nobody answered"]))
    figures.plot_answers(empty.rows, ax=Figure().subplots())


def test_two_hundred_thousand_answers_take_no_time(tmp_path):
    import time

    rng, n = np.random.default_rng(1), 200_000
    survey = pd.DataFrame(
        {
            "respondent": np.arange(n),
            "csat": rng.integers(1, 6, n),
            "nps": rng.integers(0, 11, n),
            "segment": rng.choice(["a", "b"], n),
            "provider": rng.choice([f"P{i}" for i in range(40)], n),
        }
    )
    settings = "\n[loyalty]\npopulation.segment = { a = 0.4, b = 0.6 }\n"
    care = study(tmp_path, settings, survey=survey)
    loyalty.scores(care)
    begun = time.process_time()
    for asked in ("indicators", "distribution", "weighting", "by provider", "by segment"):
        QUESTIONS[asked](care)
    assert time.process_time() - begun < 5
