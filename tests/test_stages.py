"""Requests by stage of the purchase, and by method and form of care."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from carebench import audit
from carebench.audit.answers.stages import clearest_gap
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.reporting.tables import text_table
from conftest import ROOT
from studies import attempts, study

QUESTIONS = [audit.by_stage, audit.by_method, audit.by_form]


def _staged(rates: dict[str, tuple[int, int]], column: str = "stage", **columns) -> pd.DataFrame:
    """Attempts at two providers, of which k of n were answered in each group."""
    parts = [
        attempts({provider: counts}, **{column: group}, **columns)
        for group, counts in rates.items()
        for provider in ("A", "B")
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(attempt_id=range(len(table)))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_example_has_every_group_answered_and_resolved(example, question):
    found = question(example)
    assert isinstance(found, Finding)
    assert set(found.rows["measure"]) == {"answered", "resolved"}
    assert found.rows["value"].between(0, 1).all()
    assert len(text_table(found).columns) <= 5


def test_what_is_drawn_alike_at_every_stage_is_not_told_apart(example):
    truth = json.loads((ROOT / "data" / "example" / "truth.json").read_text("utf-8"))
    assert "stage" not in truth["providers"]["2026-Q3"][0]  # the stage changes nothing there
    assert audit.by_stage(example).headline.startswith("No difference in being answered")


def test_a_clear_difference_is_named_with_its_interval(tmp_path):
    table = _staged({"before": (45, 50), "at": (25, 50), "after": (5, 50)})
    found = audit.by_stage(study(tmp_path, attempts=table))
    assert found.headline.startswith(
        "Requests before the purchase were answered more often than those after the purchase, by "
        "80 points ("
    )
    assert "whether they were tried at the same hours is not known" in found.headline
    assert found.rows["what"].iloc[0] == "before the purchase: answered"


def test_the_stages_come_in_the_order_of_a_purchase(tmp_path):
    table = _staged({"after": (5, 9), "before": (5, 9), "at": (5, 9)})
    assert audit.by_stage(study(tmp_path, attempts=table)).rows["care_stage"].tolist() == [
        "before", "at", "after"
    ]  # fmt: skip


def test_groups_of_a_few_attempts_are_shown_and_not_compared(tmp_path):
    table = _staged({"direct": (2, 2), "indirect": (0, 40)}, "form")
    found = audit.by_form(study(tmp_path, attempts=table))
    assert len(found.rows) == 2
    assert "clearly" not in found.headline


def test_who_was_not_answered_was_not_helped_whatever_was_written_down(tmp_path):
    table = _staged({"at": (6, 10)})
    table["resolved"] = np.where(table["outcome"] == "answered", "yes", None)
    found = audit.by_stage(study(tmp_path, attempts=table))
    resolved = from_row(records(found.rows[found.rows["measure"] == "resolved"])[0])
    assert (resolved.k, resolved.n) == (12, 20)


def test_methods_are_never_said_to_cause_a_difference(example):
    for question in (audit.by_method, audit.by_form):
        assert "does not show that the method makes it" in question(example).caption
    assert "makes it" not in audit.by_stage(example).caption


def test_equal_groups_are_seldom_said_to_differ(tmp_path):
    generator, accused, rounds = np.random.default_rng(1), 0, 60
    care = study(tmp_path, attempts=_staged({"at": (1, 2)}))
    for _round in range(rounds):
        n = 240
        rows = pd.DataFrame(
            {
                "provider": np.resize(list("ABCD"), n),
                "stage": np.repeat(["before", "at", "after"], n // 3),
                "answered": generator.random(n) < 0.5,
            }
        )
        gap = clearest_gap(care, rows, "stage", "answered")
        accused += gap.established
    assert accused / rounds <= 0.1  # at 5 %, standard error here .03


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_study_without_the_column_says_so(tmp_path, question):
    found = question(study(tmp_path, attempts=attempts({"A": (1, 1)})))
    assert isinstance(found, Skipped) and "no column" in found.reason


def test_one_attempt_has_no_difference_to_name(tmp_path):
    found = audit.by_stage(study(tmp_path, attempts=attempts({"A": (1, 1)}, stage="at")))
    assert "at the purchase: answered 100% (21% to 100%, n = 1)" in found.headline


def _at(hours: range, counts: tuple[int, int], form: str) -> pd.DataFrame:
    """Attempts of a week at two providers, spread over these hours of each day."""
    table = _staged({form: counts}, "form")
    at = np.arange(len(table))
    day, hour = at % 7, np.array(hours)[at // 7 % len(hours)]
    sent = pd.Timestamp("2026-01-05", tz="Asia/Ho_Chi_Minh") + pd.to_timedelta(day * 24 + hour, "h")
    return table.assign(sent_at=sent.map(lambda moment: moment.isoformat()))


def _forms(*parts: pd.DataFrame) -> pd.DataFrame:
    table = pd.concat(parts, ignore_index=True)
    return table.assign(attempt_id=range(len(table)))


def test_visits_by_day_are_not_better_for_calls_that_nobody_answers_at_night(tmp_path):
    by_day, at_night = range(9, 17), range(0, 6)
    table = _forms(
        _at(by_day, (40, 56), "direct"),
        _at(by_day, (40, 56), "indirect"),
        _at(at_night, (0, 56), "indirect"),
    )
    found = audit.by_form(study(tmp_path, attempts=table))
    shares = found.rows.set_index("care_form")["value"]
    assert shares["direct"] > shares["indirect"] + 0.3
    assert found.headline.startswith("No difference in being answered is established at the same")


def test_what_was_tried_at_other_hours_only_is_not_compared(tmp_path):
    table = _forms(_at(range(9, 17), (50, 56), "direct"), _at(range(0, 6), (0, 56), "indirect"))
    found = audit.by_form(study(tmp_path, attempts=table))
    assert "cannot be told: they were tried at other hours" in found.headline
    register = audit.claims_register(study(tmp_path, attempts=table)).rows.set_index("claim_id")
    assert register.loc["direct-helps-more", "verdict"] == "–"  # resolved was not recorded


def test_a_difference_at_the_same_hours_is_called_clear(tmp_path):
    hours = range(9, 17)
    table = _forms(_at(hours, (50, 56), "direct"), _at(hours, (10, 56), "indirect"))
    headline = audit.by_form(study(tmp_path, attempts=table)).headline
    assert headline.startswith("At the same hours of the week, requests face to face are answered")


def test_forms_that_are_alike_are_seldom_told_apart_whenever_each_was_tried(tmp_path):
    generator, accused, rounds = np.random.default_rng(5), 0, 50
    care = study(tmp_path, attempts=_staged({"at": (1, 2)}))
    start = pd.Timestamp("2026-01-05", tz="UTC")
    for _round in range(rounds):
        day, hour = generator.integers(0, 7, 500), generator.integers(0, 24, 500)
        direct = generator.random(500) < 0.15
        hour = np.where(direct, 9 + hour % 8, hour)
        there = np.where((hour >= 8) & (hour < 18), 0.75, 0.1)
        rows = pd.DataFrame(
            {
                "provider": np.resize(list("ABCDE"), 500),
                "form": np.where(direct, "direct", "indirect"),
                "sent_at": start + pd.to_timedelta(day * 24 + hour - 7, "h"),
                "answered": generator.random(500) < there,
            }
        )
        accused += clearest_gap(care, rows, "form", "answered").established
    assert accused / rounds <= 0.08  # all hours pooled, nearly every study told them apart
