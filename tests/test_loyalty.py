"""The questions of notebook 03 on small studies whose answers are known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from carebench import loyalty, open_study
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.schema import DataError
from conftest import EXAMPLE
from studies import study, write_study

QUESTIONS = [
    loyalty.scores, loyalty.scores_by_segment, loyalty.drivers, loyalty.costs, loyalty.claims,
    lambda care: loyalty.score_by_provider(care, "csat"),
    lambda care: loyalty.score_by_provider(care, "nps"),
    lambda care: loyalty.score_by_provider(care, "ces"),
    loyalty.distribution, loyalty.weighting, loyalty.indicators,
    loyalty.first_response, loyalty.churn_by_period,
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_is_skipped_on_the_example(example, question):
    assert isinstance(question(example), Finding)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_ledger_alone_answers_only_what_it_can(tmp_path, question):
    ledger = pd.DataFrame({"period": ["2026-01"], "acquisition_spend": [100], "acquired": [2]})
    found = question(study(tmp_path, ledger=ledger))
    assert isinstance(found, Skipped) == (question is not loyalty.costs)


def test_cost_per_customer_won_has_no_interval_below_six_periods(tmp_path):
    ledger = pd.DataFrame(
        {"period": ["2026-01", "2026-02"], "acquisition_spend": [100, 200], "acquired": [2, 3]}
    )
    cost = from_row(records(loyalty.costs(study(tmp_path, ledger=ledger)).rows)[0])
    assert (cost.value, cost.low) == (60, None)


def test_the_folk_claims_are_never_tested_on_accounting_averages(example):
    rows = loyalty.claims(example).rows
    assert set(rows.loc[~rows["incremental"], "verdict_5"]) == {"an average: tests nothing"}


def test_every_base_of_the_ledger_gives_its_own_accounting_ratio(example):
    rows = loyalty.claims(example).rows
    assert rows.loc[~rows["incremental"], "base"].nunique() == 2


def test_a_scale_that_was_not_named_stops_the_study_and_says_what_to_write(tmp_path):
    asked = np.tile([7, 6, 1], 20)
    survey = pd.DataFrame({"respondent": range(60), "csat": asked, "nps": asked})
    path = write_study(tmp_path, survey=survey)
    with pytest.raises(DataError, match=r"scales\.csat = \[1, 10\]"):
        open_study(path)
    path.write_text(path.read_text() + "scales = { csat = [1, 7], nps = [1, 7] }\n")
    csat, nps = (from_row(row) for row in records(loyalty.scores(open_study(path)).rows))
    assert (csat.k, csat.n) == (40, 60)
    assert nps.value is None and "0 to 10" in nps.reason


def test_answers_without_a_weight_are_not_dropped_in_silence(tmp_path):
    csat = [5] * 60 + [1] * 60
    survey = pd.DataFrame(
        {"respondent": range(120), "csat": csat, "weight": [1.0] * 60 + [None] * 60}
    )
    (row,) = records(loyalty.scores(study(tmp_path, survey=survey)).rows)
    assert from_row(row).reason == "more than 5% of the answers have no weight"


def test_the_drivers_that_were_given_no_effect_are_not_found_to_lead(example):
    truth = json.loads((EXAMPLE.parent / "truth.json").read_text(encoding="utf-8"))
    effects = truth["survey"]["drivers_log_odds_per_point"]
    found = loyalty.drivers(example).rows
    assert found["value"].sum() == pytest.approx(1)
    assert found["item"].iloc[0] == max(effects, key=effects.get)
    assert set(found["item"].tail(2)) == {item for item, effect in effects.items() if not effect}
    # Neither of them has an effect, yet each takes a share: the warning says so.
    assert found["value"].min() > 0.05 and "takes a share" in loyalty.drivers(example).notes[0]


def test_drivers_that_cannot_be_told_apart_skip_the_question_in_words(tmp_path):
    scores = np.tile([1, 2, 3, 4, 5], 30)
    survey = pd.DataFrame({"respondent": range(150), "csat": scores[::-1],
                           "empathy": scores, "fairness": scores})  # fmt: skip
    found = loyalty.drivers(study(tmp_path, survey=survey))
    assert isinstance(found, Skipped) and "say the same" in found.reason


def test_the_headline_counts_who_stands_apart_and_the_figure_fills_their_dots(example):
    found = loyalty.score_by_provider(example, "csat")
    apart = found.rows["verdict"].str.startswith("clearly")
    above = int(found.rows["verdict"].eq("clearly above").sum())
    assert found.headline.startswith(f"CSAT by provider: {above} clearly above the others")
    assert found.rows["ranked"].equals(apart.rename("ranked")) and apart.any() and not apart.all()
    assert "filled" in found.caption


def test_all_scores_by_segment_are_one_table(example):
    rows = loyalty.scores_by_segment(example).rows
    assert list(rows["score"].unique()) == ["CSAT", "NPS", "CES"]
    assert rows.groupby("score")["segment"].nunique().eq(3).all()


def test_the_headline_of_the_indicators_leaves_the_scores_to_their_own_section(example):
    headline = loyalty.indicators(example).headline
    assert headline.startswith("resolved") and "CSAT" not in headline


def test_a_fee_is_not_passed_off_as_profit_without_a_word(example):
    assert "Fees count whole" in loyalty.service_profit(example).notes[-1]
