"""Who would go to a rival, and what goes with how easy a contact was."""

from __future__ import annotations

import json

import numpy as np
import pytest

from carebench import loyalty
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.loyalty.profit import survey as parts
from carebench.loyalty.profit import switching
from carebench.methods.proportions import difference
from carebench.reporting.tables import text_table
from conftest import EXAMPLE
from studies import study, survey

QUESTIONS = [loyalty.would_switch, loyalty.switching_differences, loyalty.effort_and_loyalty]


def _rows(found: Finding, column: str) -> dict[str, dict]:
    return {str(row[column]): row for row in records(found.rows)}


def test_the_shares_by_satisfaction_are_what_the_example_was_drawn_from(example):
    truth = json.loads((EXAMPLE.parent / "truth.json").read_text("utf-8"))["survey"]
    rows = _rows(loyalty.would_switch(example), "group")
    by_satisfaction = [row for group, row in rows.items() if group.startswith("satisfaction")]
    drawn = truth["would_switch_by_csat"]
    for row, share in zip(by_satisfaction, drawn.values(), strict=True):  # low, middle, high
        assert row["low"] < share < row["high"]


def test_low_satisfaction_goes_with_switching_and_segments_do_not(example):
    rows = records(loyalty.switching_differences(example).rows)
    assert rows[0]["verdict"] == switching.MORE and rows[0]["low"] > 30
    assert {row["verdict"] for row in rows[1:]} == {switching.CANNOT_TELL}


def test_without_weights_the_difference_is_newcombes(tmp_path):
    table = survey()
    first = records(loyalty.switching_differences(study(tmp_path, survey=table)).rows)[0]
    low, high = table[table["csat"] <= 2], table[table["csat"] >= 4]
    k1, k2 = ((part["would_switch"] == "yes").sum() for part in (low, high))
    expected = difference(int(k1), len(low), int(k2), len(high))
    assert (first["low"], first["high"]) == pytest.approx((100 * expected.low, 100 * expected.high))


def test_weights_are_used(tmp_path):
    table = survey(4, would_switch=["yes", "no", "no", "no"], weight=[3, 1, 1, 1])
    assert records(loyalty.would_switch(study(tmp_path, survey=table)).rows)[0]["value"] == 0.5


def test_raked_weights_are_used_where_the_study_gives_the_population(tmp_path):
    table = survey(100, segment=["home"] * 80 + ["shop"] * 20,
                    would_switch=["yes"] * 80 + ["no"] * 20)  # fmt: skip
    settings = "\n[loyalty.population]\nsegment = { home = 0.5, shop = 0.5 }"
    first = records(loyalty.would_switch(study(tmp_path, settings, survey=table)).rows)[0]
    assert first["value"] == pytest.approx(0.5)


def test_segments_that_are_alike_are_rarely_called_different(tmp_path):
    # Holm's correction lets a segment be called different in 5 % of surveys of 12 alike.
    rng = np.random.default_rng(9)
    wrong = 0
    for run in range(5):
        (tmp_path / str(run)).mkdir()
        segments, answers = rng.integers(0, 12, 900).astype(str), rng.choice(["yes", "no"], 900)
        table = survey(900, run, segment=segments, would_switch=answers).drop(columns="csat")
        care = study(tmp_path / str(run), survey=table)
        rows = records(loyalty.switching_differences(care).rows)
        assert len(rows) == 12
        wrong += any(row["verdict"] != switching.CANNOT_TELL for row in rows)
    assert wrong <= 1


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ((1, 5), ["low", "low", "middle", "high", "high"]), ((1, 3), ["low", "middle", "high"]),
        ((0, 10), ["low"] * 4 + ["middle"] * 3 + ["high"] * 4), ((1, 2), ["low", "high"]),
        ((1, 10), ["low"] * 4 + ["middle"] * 2 + ["high"] * 4),
    ],
)  # fmt: skip
def test_a_class_is_two_fifths_of_the_scale_at_each_end(tmp_path, scale, expected):
    low, high = scale
    table = survey(high - low + 1, csat=range(low, high + 1))
    care = study(tmp_path, f"\n[tables.survey.scales]\ncsat = [{low}, {high}]", survey=table)
    assert parts.classes(care, parts.respondents(care), "csat").tolist() == expected


def test_intention_is_never_called_behaviour(example):
    for question in (loyalty.would_switch, loyalty.switching_differences):
        assert any("not behaviour" in note for note in question(example).notes)


def test_ease_goes_with_recommendation_in_the_example(example):
    found = loyalty.effort_and_loyalty(example)
    gaps = [from_row(row) for row in records(found.rows) if row["effort"].startswith("hard −")]
    assert len(gaps) == 3 and gaps[0].high < 0 < gaps[1].low and gaps[2].high < 0
    assert "goes with" in found.headline


def test_effort_that_goes_with_nothing_is_said_to(tmp_path):
    rng = np.random.default_rng(2)
    table = survey(ces=rng.integers(1, 8, 400), nps=rng.integers(0, 11, 400), referred=1)
    found = loyalty.effort_and_loyalty(study(tmp_path, survey=table))
    assert "not distinguishable" in found.headline


def test_an_nps_of_few_answers_is_not_given(tmp_path):
    found = loyalty.effort_and_loyalty(study(tmp_path, survey=survey(60)))
    assert _rows(found, "measure")["NPS"]["reason"] == "too few answers"


@pytest.mark.parametrize(
    "table",
    [
        survey(1), survey(3), survey(csat=5, ces=7, nps=10, would_switch="no", referred=0),
        survey(would_switch="yes"), survey(csat=None, ces=None), survey(segment=""),
        survey(would_switch=""), survey(segment=[f"S{i}" for i in range(400)]),
        survey(weight=0), survey(weight=[None] * 100 + [1] * 300),
        survey().drop(columns=["csat", "segment"]), survey().drop(columns=["nps", "referred"]),
    ],
    ids=["one", "three", "all content", "all go", "no scores", "no segments", "not asked",
         "all segments", "no weight", "few weights", "groups lack", "loyalty lacks"],
)  # fmt: skip
def test_odd_surveys_get_an_answer_or_a_plain_refusal(tmp_path, table):
    care = study(tmp_path, survey=table)
    for question in QUESTIONS:
        found = question(care)
        if isinstance(found, Finding):
            assert found.headline and text_table(found).columns
            assert np.isfinite(found.rows["value"].dropna()).all()
        else:
            assert found.reason.endswith(".")


def test_a_study_without_the_items_says_so(tmp_path):
    care = study(tmp_path, survey=survey()[["respondent", "csat"]])
    assert all(isinstance(question(care), Skipped) for question in QUESTIONS)


def test_every_table_is_short(example):
    for question in QUESTIONS:
        found = question(example)
        assert len(text_table(found).columns) <= 6 and not found.headline.endswith(".")


def test_many_answers_are_counted_to_the_last_one(tmp_path):
    care = study(tmp_path, survey=survey(20_000))
    rows = _rows(loyalty.would_switch(care), "group")
    assert sum(row["n"] for name, row in rows.items() if "satisfaction" in name) == 20_000
    assert all(isinstance(question(care), Finding) for question in (*QUESTIONS, loyalty.promoters))
