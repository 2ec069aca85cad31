"""The questions of notebook 02 on small studies whose answers are known."""

from __future__ import annotations

import pandas as pd
import pytest

from carebench import audit
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.schema import DataError
from studies import attempts, study

QUESTIONS = [
    audit.audited, audit.outcomes, audit.outcome_rates, audit.by_channel, audit.speed, audit.week,
    audit.claims, audit.operator_counts,
    lambda care: audit.by_group(care, "email"), lambda care: audit.waiting_curve(care, "email"),
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_is_skipped_on_the_example(example, question):
    assert isinstance(question(example), Finding)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_study_of_ids_and_outcomes_alone_is_never_a_crash(tmp_path, question):
    care = study(tmp_path, attempts=pd.DataFrame(
        {"attempt_id": ["1", "2", "3"], "outcome": ["answered", "busy", "busy"]}))  # fmt: skip
    found = question(care)
    assert isinstance(found, Skipped) or not found.rows.empty
    assert audit.answer(care) == [
        "Of all attempts, **33%** (6% to 79%, n = 3) were answered by a person."
    ]


def test_our_own_faults_are_missing_and_never_unanswered(tmp_path):
    table = attempts({"A": (5, 10), "B": (5, 10)})
    table["fault"] = ["theirs"] * 15 + ["ours"] * 5
    care = study(tmp_path, attempts=table)
    rows = {row["provider"]: from_row(row) for row in records(audit.by_group(care, "email").rows)}
    assert (rows["A"].k, rows["A"].n) == (5, 10)
    assert (rows["B"].k, rows["B"].n) == (5, 5)
    assert audit.audited(care).rows["counted"].tolist() == [15]


def test_an_automatic_reply_is_no_answer(tmp_path):
    table = attempts({"A": (2, 10), "B": (2, 10)})
    table.loc[table["outcome"] == "no_answer", "outcome"] = "auto_ack_only"
    care = study(tmp_path, attempts=table)
    assert from_row(records(audit.by_channel(care).rows)[0]).value == pytest.approx(0.2)


def test_named_providers_count_alike_however_many_attempts_each_had(tmp_path):
    care = study(tmp_path, attempts=attempts({"A": (9, 10), "B": (10, 100)}))
    assert from_row(records(audit.by_channel(care).rows)[0]).value == pytest.approx(0.5)


def test_a_misspelt_provider_is_in_no_comparison_but_stays_listed(tmp_path):
    table = attempts({"A": (5, 10), "B": (5, 10), "Bb": (1, 1)})
    care = study(tmp_path, attempts=table, providers=pd.DataFrame({"provider": ["A", "B"]}))
    assert set(audit.by_group(care).rows["provider"]) == {"A", "B"}
    assert care.problems.counts["n"].sum() == 1


def test_a_study_without_providers_compares_its_arms(tmp_path):
    table = attempts({"x": (6, 10), "y": (3, 10)}).rename(columns={"provider": "arm"})
    found = audit.by_group(study(tmp_path, attempts=table))
    assert found.name == "answered-by-arm"
    assert found.rows["arm"].tolist() == ["x", "y"]


def test_hours_are_the_providers_own(tmp_path):
    # 18:30 UTC on Sunday is Monday 01:30 in Hanoi and Sunday 19:30 in Paris (winter).
    calls = attempts({"Hanoi": (1, 1), "Paris": (1, 1)}, "phone", sent_at="2026-01-11T18:30:00Z")
    providers = pd.DataFrame(
        {"provider": ["Hanoi", "Paris"], "zone": ["Asia/Ho_Chi_Minh", "Europe/Paris"]}
    )
    week = audit.week(study(tmp_path, attempts=calls, providers=providers)).rows
    tried = week[week["n"] > 0]
    assert list(zip(tried["day"], tried["hour"], strict=True)) == [(0, 1), (6, 19)]


def test_the_clock_of_summer_time_is_followed(tmp_path):
    # Paris 2026: UTC+1 until 29 March, then UTC+2. 08:30 UTC is 09:30 before and 10:30 after.
    calls = attempts({"P": (2, 2)}, "phone")
    calls["sent_at"] = ["2026-03-23T08:30:00Z", "2026-03-30T08:30:00Z"]
    providers = pd.DataFrame({"provider": ["P"], "zone": ["Europe/Paris"]})
    week = audit.week(study(tmp_path, attempts=calls, providers=providers)).rows
    assert week.loc[week["n"] > 0, "hour"].tolist() == [9, 10]


def test_what_ended_without_an_answer_waits_to_the_end_whenever_it_ended(tmp_path):
    # 10 answered after 1 h, 10 bounced at once, 10 watched for a week: half are never reached.
    table = attempts({"A": (10, 30)}, sent_at="2026-01-05T00:00:00Z")
    table["answered_at"] = ["2026-01-05T01:00:00Z"] * 10 + [None] * 20
    table.loc[10:19, "outcome"] = "bounced"
    table["observed_until"] = (
        ["2026-01-12T00:00:00Z"] * 10
        + ["2026-01-05T00:00:01Z"] * 10
        + ["2026-01-12T00:00:00Z"] * 10
    )
    care = study(tmp_path, attempts=table)
    assert audit.waiting_curve(care, "email").rows["share"].max() == pytest.approx(1 / 3)
    (middle,) = (from_row(row) for row in records(audit.speed(care).rows))
    assert middle.value is None


def test_those_who_hang_up_are_bounded_and_not_lost_from_sight(tmp_path):
    calls = attempts({"A": (50, 100)}, "phone", sent_at="2026-01-05T03:00:00Z")
    calls["answered_at"] = ["2026-01-05T03:00:30Z"] * 50 + [None] * 50
    calls.loc[50:, "outcome"] = "abandoned"
    calls["observed_until"] = "2026-01-05T03:00:40Z"
    settings = '\n[audit]\nservice_level = { phone = "60 s" }'
    shares = [
        from_row(row)
        for row in records(audit.speed(study(tmp_path, settings, attempts=calls)).rows)
    ]
    assert [share.value for share in shares[:2]] == [0.5, 1.0]


def test_answers_without_a_time_forbid_results_on_time(tmp_path):
    table = attempts({"A": (60, 120)}, sent_at="2026-01-05T00:00:00Z",
                     observed_until="2026-01-12T00:00:00Z")  # fmt: skip
    table["answered_at"] = ["2026-01-05T01:00:00Z"] * 30 + [None] * 90
    care = study(tmp_path, attempts=table)
    (row,) = records(audit.speed(care).rows)
    assert from_row(row).value is None
    assert isinstance(audit.waiting_curve(care, "email"), Skipped)


def test_the_unanswered_stay_in_the_median_wait(tmp_path):
    table = attempts({"A": (4, 10)}, sent_at="2026-01-05T00:00:00Z",
                     observed_until="2026-01-12T00:00:00Z")  # fmt: skip
    table["answered_at"] = ["2026-01-05T01:00:00Z"] * 4 + [None] * 6
    care = study(tmp_path, '\n[audit]\nservice_level = { email = "24 h" }', attempts=table)
    within, middle = (from_row(row) for row in records(audit.speed(care).rows))
    assert (within.k, within.n) == (4, 10)
    assert middle.value is None and middle.reason.startswith("not reached")


def test_a_wave_that_nobody_worked_in_is_named_with_those_that_are_there(tmp_path):
    table = attempts({"A": (1, 2)}, wave="2026-Q1")
    with pytest.raises(DataError, match=r"2026-Q3.*2026-Q1"):
        study(tmp_path, 'wave = "2026-Q3"', attempts=table)


def test_operators_counts_are_complete_and_carry_no_interval(tmp_path):
    counts = pd.DataFrame(
        {"provider": ["A", "B"], "offered": [100, 50], "answered": [80, 20], "abandoned": [10, 20]}
    )
    rows = records(audit.operator_counts(study(tmp_path, counts=counts)).rows)
    assert [(from_row(r).k, from_row(r).n, from_row(r).low) for r in rows] == [
        (100, 150, None), (30, 150, None)]  # fmt: skip


def test_each_share_of_the_counts_uses_the_rows_that_have_its_two_numbers(tmp_path):
    counts = pd.DataFrame({"offered": [100, 100, 100], "answered": [80, None, 90]})
    (row,) = records(audit.operator_counts(study(tmp_path, counts=counts)).rows)
    assert (from_row(row).k, from_row(row).n) == (170, 200)


def _calls(by_day: tuple[int, int], at_night: tuple[int, int]) -> pd.DataFrame:
    """Calls on a Monday, by day at noon and at night at 02:00, Hanoi time."""
    day = attempts({"A": by_day}, "phone", sent_at="2026-01-05T05:00:00Z")
    night = attempts({"A": at_night}, "phone", sent_at="2026-01-04T19:00:00Z")
    table = pd.concat([day, night], ignore_index=True)
    return table.assign(attempt_id=range(len(table)))


@pytest.mark.parametrize(
    ("claim", "by_day", "at_night", "verdict"),
    [
        ("24/7", (12, 20), (0, 4), "refuted"),
        ("Mo-Su 00:00-24:00", (12, 20), (0, 4), "refuted"),
        ("24/7", (56, 56), (21, 28), "less often at night"),
        ("24/7", (12, 20), (0, 0), "not tried at night"),
        ("24/7", (4, 10), (0, 2), "cannot tell"),
        ("Mo-Fr 08:00-17:00", (12, 20), (0, 20), ""),
    ],
)
def test_a_claim_of_24_7_meets_the_calls(tmp_path, claim, by_day, at_night, verdict):
    providers = pd.DataFrame({"provider": ["A"], "claimed_hours": [claim]})
    care = study(tmp_path, attempts=_calls(by_day, at_night), providers=providers)
    found = audit.claims(care)
    assert found.rows["verdict"].tolist() == [verdict]
    # All calls on one Monday say nothing of the share of the week.
    assert found.rows["value"].isna().all()
    refuted = [line for line in audit.answer(care) if "24/7" in line]
    assert bool(refuted) == (verdict != "")
    if refuted:
        assert ("refute **1**" in refuted[0]) == (verdict == "refuted")


def test_several_waves_are_never_pooled_in_silence(tmp_path):
    table = pd.concat([attempts({"A": (1, 2)}, wave="Q1"), attempts({"A": (1, 2)}, wave="Q3")])
    with pytest.raises(DataError, match="several waves: Q1, Q3"):
        study(tmp_path, attempts=table.assign(attempt_id=range(4)))


def test_attempts_without_a_provider_are_counted_out_loud(tmp_path):
    table = attempts({"A": (2, 2), "B": (1, 2)})
    table.loc[1, "provider"] = None
    found = audit.by_group(study(tmp_path, attempts=table), "email")
    assert "1 attempts belong to no listed group" in found.notes[0]
