"""The answer on one screen, and what was audited."""

from __future__ import annotations

import pandas as pd
import pytest

from carebench import audit
from carebench.finding import Finding, Skipped
from carebench.reporting.tables import text_table
from studies import attempts, study

BENCHMARK = '\n[audit]\nbenchmark = "VnReview/VTC 2014"'


def test_the_example_is_answered_in_five_short_lines(example):
    lines = audit.answer(example)
    assert len(lines) == 5 and all(len(line) < 200 for line in lines)
    for line, word in zip(
        lines, ("e-mails", "calls", "of the week", "resolved", "scores"), strict=True
    ):
        assert word in line and "**" in line


def test_a_mixture_of_channels_and_scores_that_shoppers_do_not_share_are_said_to_be_so(example):
    *_others, resolved, scores = audit.answer(example)
    assert "by every channel as it was tried" in resolved
    assert any("would find another share" in note for note in audit.resolved(example).notes)
    assert "single shopper’s score is reliable only to 0.56 (0.39 to 0.71" in scores


def test_one_channel_is_no_mixture(tmp_path):
    rows = attempts({"A": (5, 10), "B": (5, 10)}, resolved="yes")
    care = study(tmp_path, attempts=rows)
    assert not any("every channel" in line for line in audit.answer(care))
    assert not any("another share" in note for note in audit.resolved(care).notes)


def test_the_answer_says_how_it_stands_to_the_published_figure_and_what_that_lacks(example):
    email, calls, *_others = audit.answer(example)
    assert email.endswith("VnReview/VTC 2014 published without its number of attempts.")
    # It printed 62 % unanswered: 38 % answered is what ours is set against.
    assert "the 38% that" in calls


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((190, 200), "clearly above the 47%"),
        ((94, 200), "not distinguishable from the 47%"),
        ((20, 200), "clearly below the 47%"),
    ],
)
def test_words_match_the_evidence(tmp_path, counts, words):
    (line,) = audit.answer(study(tmp_path, BENCHMARK, attempts=attempts({"A": counts})))
    assert words in line


def test_three_answers_of_four_are_too_few_to_compare(tmp_path):
    (line,) = audit.answer(study(tmp_path, BENCHMARK, attempts=attempts({"A": (3, 4)})))
    assert line.endswith("Too few were tried to set them against what VnReview/VTC 2014 published.")


def test_a_claim_of_24_7_is_said_beside_the_share_of_the_week(example):
    line = audit.answer(example)[2]
    assert "**4 of 13** providers claim to answer 24/7" in line


def test_for_one_provider_the_lines_speak_of_the_field(example_of):
    lines = audit.answer(example_of("Hạc Giấy Mobile"))
    assert len(lines) <= 5
    assert "clearly above the 36% of the others" in lines[2]
    assert "It claims to answer 24/7. What the calls say of it:" in lines[2]
    assert not any("published" in line for line in lines)


def test_a_field_of_two_is_not_spoken_of(tmp_path):
    table = attempts({"A": (1, 9), "B": (8, 9), "C": (8, 9)})
    (line,) = audit.answer(study(tmp_path, 'provider = "A"', attempts=table))
    assert line == "Of the e-mails, **11%** (2% to 43%, n = 9) were answered by a person."


def test_nothing_tried_is_nothing_said(tmp_path):
    table = attempts({"A": (1, 2)}, fault="ours")
    lines = audit.answer(study(tmp_path, attempts=table))
    assert lines == ["Not one attempt counts, so nothing can be said of answers."]
    (tmp_path / "none").mkdir()
    care = study(tmp_path / "none", providers=pd.DataFrame({"provider": ["A"]}))
    assert audit.answer(care) == [
        "The study holds no attempt and no count, so nothing can be said."
    ]


def test_a_study_of_counts_alone_is_answered_from_them(tmp_path):
    counts = pd.DataFrame({"offered": [100], "answered": [80]})
    (line,) = audit.answer(study(tmp_path, counts=counts))
    assert "Operators counted 100 contacts" in line


def test_a_provider_that_was_never_tried_is_said_to_be_so(tmp_path):
    listed = pd.DataFrame({"provider": ["A", "B"]})
    table = attempts({"B": (1, 2)})
    care = study(tmp_path, 'provider = "A"', attempts=table, providers=listed)
    assert audit.audited(care) == Skipped("No attempt was made in this wave.")
    assert audit.answer(care) == ["Not one attempt counts, so nothing can be said of answers."]


def test_what_was_left_out_is_counted_with_its_reason(tmp_path):
    table = pd.concat(
        [attempts({"A": (3, 6), "B": (1, 2), "Bb": (1, 1)}), attempts({"A": (1, 2)}, "phone")],
        ignore_index=True,
    ).assign(sent_at="2026-07-06T03:00:00Z", wave="Q3")
    table.loc[:1, "fault"] = "ours"
    table.loc[3, "sent_at"] = None
    table.loc[4, "channel"] = None
    earlier = attempts({"A": (1, 5)}, "chat", wave="Q1", sent_at="2026-01-06T03:00:00Z")
    listed = pd.DataFrame({"provider": ["A", "B", "C"]})
    rows = pd.concat([table, earlier], ignore_index=True)
    found = audit.audited(study(tmp_path, 'wave = "Q3"', attempts=rows, providers=listed))
    notes = " ".join(found.notes)
    assert found.headline == "11 attempts to reach 2 providers were made; 9 of them count"
    assert "Left out of everything because the failure was our own: 2." in notes
    assert "name no provider of the study’s list: 1." in notes
    assert "name no channel: 1." in notes
    assert "do not say when they were made: 1." in notes
    assert "Attempts of other waves, not part of this report: 5." in notes
    assert "never tried in this wave: 1." in notes


def test_what_was_audited_shows_channels_days_and_numbers(example):
    found = audit.audited(example)
    assert isinstance(found, Finding)
    assert found.rows["attempts"].sum() == len(example.current("attempts"))
    assert len(text_table(found).columns) <= 6


def test_ids_and_outcomes_alone_are_enough_to_say_what_was_audited(tmp_path):
    table = pd.DataFrame({"attempt_id": ["1", "2"], "outcome": ["answered", "busy"]})
    found = audit.audited(study(tmp_path, attempts=table))
    assert found.headline == "2 attempts were made; 2 of them count"
    assert list(found.labels) == ["channel", "attempts", "counted"]
