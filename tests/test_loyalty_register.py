"""The register of claims on loyalty, and the answer of notebook 03 on one screen."""

from __future__ import annotations

from inspect import signature

import numpy as np
import pandas as pd
import pytest

from carebench import audit, language, loyalty, segmentation
from carebench.audit.register import verdicts
from carebench.audit.register.verdicts import STATUS
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.loyalty.after_contact import left_after_bad
from carebench.loyalty.register import EVIDENCE
from carebench.published import claims
from carebench.reporting.tables import text_table
from studies import attempts, study

NOT_TESTABLE = "not testable with these data"


def _by_claim(care) -> dict[str, list[dict]]:
    rows: dict[str, list[dict]] = {}
    for row in records(loyalty.claims_register(care).rows):
        rows.setdefault(row["claim_id"], []).append(row)
    return rows


def _ledger(cost: float, months: int = 24) -> pd.DataFrame:
    won = 40 + np.arange(months) % 5
    return pd.DataFrame(
        {
            "period": pd.period_range("2024-01", periods=months, freq="M").astype(str),
            "acquisition_spend": cost * won * (1 + 0.02 * (-1.0) ** np.arange(months)),
            "acquired": won,
            "retention_spend": 5 * won,
            "retained": 10 * won,
        }
    )


def _trial(n: int, kept: float, without: float, spend: float) -> pd.DataFrame:
    arms = {"treated": (kept, spend * n), "control": (without, 0)}
    return pd.DataFrame(
        {"trial": "a call", "arm": arm, "customers": n, "retained": round(share * n), "spend": cost}
        for arm, (share, cost) in arms.items()
    )


# The register


def test_every_claim_of_notebook_03_has_its_evidence_and_every_evidence_its_claim():
    assert set(EVIDENCE) == set(claims("03")["id"])
    assert set(claims("03")["status"]) <= set(STATUS)


def test_the_famous_figures_are_all_there():
    said = set(claims("03")["value"].round(2))
    assert {0.63, 0.8, 0.73, 0.64, 0.6, 0.32, 0.77, 0.2, 5, 10, 0.1} <= said


def test_the_example_has_a_figure_for_all_that_can_have_one(example):
    rows = _by_claim(example)
    silent = {claim for claim, own in rows.items() if not own[0]["measured"]}
    assert silent == {"leaders-73", "leaders-64", "leaders-60", "revenue-20", "profitable-10x"}
    assert len(text_table(loyalty.claims_register(example)).columns) == 5
    for claim in ("leaders-73", "leaders-64", "leaders-60"):
        assert "what it counts is not known" in rows[claim][0]["verdict"]


def test_shares_of_the_example_are_those_that_its_truth_was_drawn_from(example):
    rows = _by_claim(example)
    for claim, share in {"bought-more": 0.51, "leave-after-one": 0.27, "value-time": 0.62}.items():
        own = rows[claim][0]
        assert own["low"] - 0.02 < share < own["high"] + 0.02
        assert own["verdict"] == "clearly below"


def test_what_customers_say_and_what_they_did_are_two_rows(example):
    said, did = _by_claim(example)["leave-after-one"]
    assert did["claim"] == said["claim"] + ": what customers did"
    assert from_row(did).n < from_row(said).n
    assert from_row(did).value == left_after_bad(example).value


@pytest.mark.parametrize(
    ("yes", "verdict"), [(63, "not distinguishable"), (90, "clearly above"), (20, "clearly below")]
)
def test_a_share_is_judged_by_our_interval_alone(tmp_path, yes, verdict):
    survey = pd.DataFrame(
        {"respondent": range(100), "bought_more": ["yes"] * yes + ["no"] * (100 - yes)}
    )
    (row,) = _by_claim(study(tmp_path, survey=survey))["bought-more"]
    assert row["verdict"] == verdict and row["value"] == yes / 100


@pytest.mark.parametrize(
    ("yes", "verdict"), [(90, "borne out"), (20, "contradicted"), (60, "cannot tell")]
)
def test_more_than_60_per_cent_is_a_bound_and_no_number(tmp_path, yes, verdict):
    survey = pd.DataFrame(
        {"respondent": range(100), "expects_more": ["yes"] * yes + ["no"] * (100 - yes)}
    )
    assert _by_claim(study(tmp_path, survey=survey))["higher-standards"][0]["verdict"] == verdict


def test_one_respondent_judges_nothing(tmp_path):
    survey = pd.DataFrame({"respondent": [1], "bought_more": ["yes"], "would_leave": ["no"]})
    rows = _by_claim(study(tmp_path, survey=survey))
    assert rows["bought-more"][0]["verdict"] == "too few answers"
    assert rows["leave-after-one"][0]["verdict"] == "too few answers"
    assert not rows["leave-after-one"][1]["measured"]


def test_without_a_control_group_the_claims_on_costs_are_not_testable(tmp_path):
    survey = pd.DataFrame({"respondent": range(9), "bought_more": "yes"})
    rows = _by_claim(study(tmp_path, ledger=_ledger(500), survey=survey))
    for claim in ("acquisition-5x", "selling-tenth"):
        (row,) = rows[claim]
        assert row["verdict"] == NOT_TESTABLE and pd.isna(row["value"])
        assert not row["supported"] and not row["contradicted"] and not row["measured"]


@pytest.mark.parametrize(
    ("cost", "five", "ten"),
    [
        (500, "undecided", "contradicted"),
        (150, "contradicted", "contradicted"),
        (2000, "supported", "supported"),
    ],
)
def test_with_one_they_are_judged_on_what_keeping_one_more_costs(tmp_path, cost, five, ten):
    trial = _trial(20_000, 0.9, 0.8, 10)  # ₫10 a customer keeps one more in ten: ₫100 each
    care = study(tmp_path, ledger=_ledger(cost), retention_trials=trial)
    rows, notes = _by_claim(care), loyalty.claims_register(care).notes
    assert from_row(rows["acquisition-5x"][0]).value == pytest.approx(cost / 100, rel=0.02)
    assert [rows[c][0]["verdict"] for c in ("acquisition-5x", "selling-tenth")] == [five, ten]
    for claim, times in (("acquisition-5x", 5), ("selling-tenth", 10)):
        assert rows[claim][0]["claim"].endswith(f": tested as at least {times} times")
    assert "Tested as “at least”, both are supported by an interval" in notes[-1]


def test_a_share_that_hangs_on_the_days_watched_has_no_verdict(example):
    _said, left = _by_claim(example)["leave-after-one"]
    assert "depends on the days" in left["verdict"]
    assert not left["supported"] and not left["contradicted"]


def test_ten_times_is_not_denied_by_lives_that_still_run(example):
    (row,) = _by_claim(example)["lifetime-10x"]
    assert row["high"] < 10 and not row["contradicted"]
    assert row["verdict"] == "undecided: not reached within the time watched"


def test_more_revenue_is_never_read_off_a_trial_of_keeping_customers(example):
    (row,) = _by_claim(example)["revenue-20"]
    assert row["verdict"] == NOT_TESTABLE and "given by chance" in row["found"]


def test_80_20_has_the_verdict_of_its_own_section(example):
    (row,) = _by_claim(example)["pareto"]
    assert row["verdict"] == segmentation.verdict(from_row(row))
    assert row["verdict"] in segmentation.top_shares(example).headline


def test_a_study_without_any_evidence_says_so_in_one_line(tmp_path):
    found = loyalty.claims_register(study(tmp_path, attempts=attempts({"A": (1, 3)})))
    assert isinstance(found, Skipped) and "measured none of the 15 claims" in found.reason


def test_both_registers_speak_the_readers_language(tmp_path):
    survey = pd.DataFrame({"respondent": range(9), "bought_more": "yes"})
    care = study(tmp_path, attempts=attempts({"A": (1, 3)}), survey=survey)
    language.use("vi")
    rows = loyalty.claims_register(care).rows
    assert rows["claim"].iloc[0].startswith("63% mua nhiều hơn")
    assert audit.claims_register(care).rows["status"].isin(rows["status"]).any()


# The answer on one screen


def test_the_example_answers_in_five_lines_each_with_its_uncertainty(example):
    lines = loyalty.answer(example)
    assert len(lines) == 5
    satisfaction, drivers, costs, worth, leaving = lines
    assert satisfaction.startswith("CSAT **47%** (45% to 50%")
    assert "over the 12 providers in both: CSAT +1 (−3 to 5, n = " in satisfaction
    assert "the same within ±5; NPS −3 (−10 to 4, n = " in satisfaction
    assert drivers.startswith("Satisfaction goes most with information") and drivers.count("%") >= 6
    assert "to ₫953,129, over 24 months)" in costs and "is not established: 1.3" in costs
    assert "at least 5 times: **contradicted**" in costs
    assert worth.startswith("The effort “loyalty gift 2026”: ") and "et gain" in worth
    assert "bad contact" in leaving
    for line in lines:
        assert line.endswith(".") and "because" not in line and "nan" not in line


def test_contracts_that_all_still_run_are_something_to_be_said(tmp_path):
    contracts = pd.DataFrame(
        {"contract_id": range(30), "customer_id": range(30), "started_at": "2024-01-01"}
    ).assign(ended_at=None, observed_until="2026-01-01")
    (line,) = loyalty.answer(study(tmp_path, contracts=contracts))
    assert "0%" in line


def test_a_report_of_one_provider_says_what_is_not_limited_to_it(example_of):
    care = example_of("Vịt Cỏ")
    lines, rows = loyalty.answer(care), _by_claim(care)
    whole = "These data name no provider: they are not limited to Vịt Cỏ."
    assert not lines[0].endswith(whole)
    for line in lines[1:]:
        assert line.endswith(whole) == ("₫" in line or "contact" in line), line
    assert rows["acquisition-5x"][0]["found"].endswith("; not limited to Vịt Cỏ")
    assert not rows["bought-more"][0]["found"].endswith("Vịt Cỏ")


def test_without_a_control_group_the_answer_says_that_nobody_can_tell(tmp_path):
    (line,) = loyalty.answer(study(tmp_path, ledger=_ledger(500)))
    assert line.startswith("Winning a customer costs") and f"**{NOT_TESTABLE}**" in line


def test_a_trial_alone_says_what_keeping_costs_and_nothing_of_five_times(tmp_path):
    (line,) = loyalty.answer(study(tmp_path, retention_trials=_trial(20_000, 0.9, 0.8, 10)))
    assert line.startswith("Keeping one more, who would have left, costs **₫100**")
    assert "5 times" not in line


def test_one_respondent_gets_a_score_and_no_more(tmp_path):
    survey = pd.DataFrame({"respondent": [1], "csat": [5], "nps": [10]})
    (line,) = loyalty.answer(study(tmp_path, survey=survey))
    assert line.startswith("CSAT **100%**") and "n = 1" in line


def test_a_study_that_says_nothing_of_loyalty_says_so(tmp_path):
    assert loyalty.answer(study(tmp_path, attempts=attempts({"A": (1, 3)}))) == [
        "The study holds no survey and no ledger, so nothing can be said."
    ]
    silent = pd.DataFrame({"respondent": range(9), "would_leave": "yes"})
    assert loyalty.answer(study(tmp_path, survey=silent)) == [
        "What the study holds is too little to sum up: the sections below say what it is."
    ]


def test_a_source_within_another_is_named_in_the_readers_language(example, monkeypatch):
    monkeypatch.setattr(verdicts, "_", lambda text: text.replace(", in ", ", dẫn trong "))
    sources = loyalty.claims_register(example).rows["source"]
    assert "PwC 2018, dẫn trong GoSELL 2023" in set(sources)


def test_what_a_report_of_one_provider_shows_of_all_says_so(example, example_of):
    silent = set()
    care = example_of("Vịt Cỏ")
    for name in loyalty.__all__:
        ask = getattr(loyalty, name)
        if not callable(ask) or list(signature(ask).parameters) != ["care"]:
            continue
        one, whole = ask(care), ask(example)
        if isinstance(one, Finding) and one.rows.equals(whole.rows):
            words = " ".join([*one.notes, one.caption])
            silent |= {name} if "not limited to Vịt Cỏ" not in words else set()
    assert not silent
