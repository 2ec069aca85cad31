"""Public mentions: how many a person answered, how fast, and in what tone they were."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from carebench import audit, figures
from carebench.finding import Skipped
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from conftest import EXAMPLE
from studies import attempts, study

QUESTIONS = (
    audit.mentions,
    audit.mentions_by_provider,
    audit.mention_speed,
    audit.sentiment,
)
START = pd.Timestamp("2026-07-06T09:00Z")


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((EXAMPLE.parent / "truth.json").read_text("utf-8"))


def _mentions(n: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"mention_id": [f"m{i}" for i in range(n)]}).assign(**columns)


def _timed(waits_h: list[float | None], watched_h: list[float]) -> pd.DataFrame:
    """Mentions answered after so many hours, or not while they were watched."""
    at = [("" if w is None else str(START + pd.Timedelta(hours=w))) for w in waits_h]
    until = [str(START + pd.Timedelta(hours=h)) for h in watched_h]
    return _mentions(len(at), posted_at=str(START), answered_at=at, observed_until=until)


# Answered


def test_the_share_answered_agrees_with_the_truth(example, truth):
    said = truth["mentions"]
    firms = truth["providers"]["2026-Q3"]
    platforms = audit.mentions(example).rows.set_index("platform")
    for platform, factor in said["platform_factor"].items():
        chances = [firm["messages"] * said["answered_of_messages"] * factor for firm in firms]
        row = platforms.loc[platform]
        # A few would have been answered after the watching ended.
        assert row["low"] <= np.mean(chances) and row["high"] >= 0.85 * np.mean(chances), platform


def test_each_provider_counts_alike_in_the_share_of_all(tmp_path):
    table = _mentions(12, provider=["A"] * 10 + ["B"] * 2, answered=["no"] * 10 + ["yes"] * 2)
    row = audit.mentions(study(tmp_path, mentions=table)).rows.iloc[0]
    assert row["value"] == pytest.approx(0.5)


def test_an_answer_with_a_time_was_given_whatever_the_row_says(tmp_path):
    table = _timed([1, None], [48, 48]).assign(answered=["no", ""])
    rows = audit.mentions(study(tmp_path, mentions=table)).rows
    assert (rows["k"].iloc[0], rows["n"].iloc[0]) == (1, 1)


def test_a_mention_of_which_nothing_is_known_is_left_out_and_counted(tmp_path):
    table = _mentions(5, answered=["yes", "no", "no", "", ""])
    answer = audit.mentions(study(tmp_path, mentions=table))
    assert answer.rows["n"].iloc[0] == 3
    assert "not known whether they were answered: 2 mentions" in " ".join(answer.notes)


def test_without_a_word_on_answers_mentions_are_only_counted(tmp_path):
    table = _mentions(3, platform=["Zalo", "Zalo", "forum"])
    answer = audit.mentions(study(tmp_path, mentions=table))
    assert answer.rows["mentions"].tolist() == [2, 1]
    assert "not recorded" in " ".join(answer.notes)


def test_differences_that_chance_makes_are_not_called_differences(example, tmp_path):
    assert "not distinguishable from chance" in audit.mentions_by_provider(example).headline
    table = _mentions(60, provider=["A"] * 30 + ["B"] * 30, answered=["yes"] * 30 + ["no"] * 30)
    answer = audit.mentions_by_provider(study(tmp_path, mentions=table))
    assert "differ by more than chance" in answer.headline


def test_a_mention_of_nobody_listed_is_in_no_count_of_providers(example):
    answer = audit.mentions_by_provider(example)
    assert "Hac Giay Mobil" not in set(answer.rows["provider"])
    assert len(answer.rows) == 13


# How fast


def test_a_mention_never_answered_is_kept_in(tmp_path):
    table = _timed([1, 2, None, None, None, None, None, None], [100] * 8)
    rows = audit.mention_speed(study(tmp_path, mentions=table)).rows
    within = rows.iloc[0]
    assert within["value"] == pytest.approx(2 / 8) and within["n"] == 8
    assert pd.isna(rows["value"].iloc[-1])


def test_whoever_was_watched_for_a_short_time_is_no_proof_of_silence(tmp_path):
    short = _timed([2, 3, None, None, None], [48, 48, 48, 1, 1])
    within = audit.mention_speed(study(tmp_path, mentions=short)).rows.iloc[0]
    assert within["value"] == pytest.approx(2 / 3)  # of the three who were watched on


def test_an_answer_after_the_service_level_is_not_within_it(example):
    rows = audit.mention_speed(example).rows.set_index("measure")["value"]
    assert rows["answered within 4 h"] < rows["answered within 24 h"]
    share = audit.mentions(example).rows["value"].iloc[0]
    assert rows["answered within 24 h"] < share + 0.02


def test_the_share_within_a_day_agrees_with_the_truth(example, truth):
    said = truth["mentions"]
    from statistics import NormalDist

    deviate = np.log(24 / said["median_wait_h"]) / said["log_sd_of_waits"]
    in_time = NormalDist().cdf(deviate)
    factor = sum(said["platforms"][p] * said["platform_factor"][p] for p in said["platforms"])
    chances = [
        firm["messages"] * said["answered_of_messages"] for firm in truth["providers"]["2026-Q3"]
    ]
    row = audit.mention_speed(example).rows.set_index("measure").loc["answered within 24 h"]
    assert row["low"] <= np.mean(chances) * factor * in_time <= row["high"]


# Tone


def test_the_shares_of_the_tones_agree_with_the_truth(example, truth):
    rows = audit.sentiment(example).rows
    quality = np.mean([firm["quality"] for firm in truth["providers"]["2026-Q3"]])
    said = truth["mentions"]
    negative = 1.05 - 0.17 * quality
    seen = negative * said["coder_right"] + (1 - negative) * (1 - said["coder_right"]) / 2
    row = rows.iloc[0]
    assert row["low"] <= seen <= row["high"]
    assert rows["value"].sum() == pytest.approx(1)


def test_the_agreement_of_the_coders_stands_beside_the_shares(example, truth):
    answer = audit.sentiment(example)
    note = answer.notes[0]
    right = truth["mentions"]["coder_right"]
    same = right**2 + (1 - right) ** 2 / 2
    shown = float(note.split("same tone to ")[1].split("%")[0]) / 100
    assert shown == pytest.approx(same, abs=0.08)
    assert "alpha" in note and "tentative" in answer.headline


@pytest.mark.parametrize(("other", "lower"), [("neutral", True), ("positive", False)])
def test_without_their_order_the_tones_agree_less_where_coders_differ_by_one_step(
    tmp_path, other, lower
):
    first = np.tile(["negative", "neutral", "positive"], 40)
    second = first.copy()
    second[:30:3] = other
    table = _mentions(120, sentiment=first, second_sentiment=second)
    notes = audit.sentiment(study(tmp_path, mentions=table)).notes
    ordered = float(notes[0].removeprefix("Agreement of the coders: ").split()[0])
    unordered = float(notes[1].split("alpha is ")[1].split()[0])
    assert (unordered < ordered) is lower


def test_coders_who_guess_are_not_called_reliable(tmp_path):
    rng = np.random.default_rng(5)
    tones = np.array(["negative", "neutral", "positive"])
    first, second = tones[rng.integers(0, 3, 120)], tones[rng.integers(0, 3, 120)]
    table = _mentions(120, sentiment=first, second_sentiment=second)
    answer = audit.sentiment(study(tmp_path, mentions=table))
    assert "do not agree enough" in answer.headline


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (["negative"] * 10 + [""] * 20, "fewer than 20 mentions"),
        ([""] * 30, "no mention was coded by two people"),
        (["negative"] * 30, "saw one tone only"),
    ],
)
def test_where_agreement_cannot_be_told_that_is_said(tmp_path, second, reason):
    first = ["negative"] * 30 if reason.startswith("saw") else ["negative", "positive"] * 15
    table = _mentions(30, sentiment=first, second_sentiment=second)
    answer = audit.sentiment(study(tmp_path, mentions=table))
    assert reason in answer.notes[0] and "is not known" in answer.headline


# Any study


def test_every_question_has_a_sentence_for_a_study_that_lacks_what_it_needs(tmp_path):
    bare = study(tmp_path, attempts=attempts({"A": (1, 2)}))
    for question in QUESTIONS:
        assert "no table “mentions”" in question(bare).reason


@pytest.mark.parametrize("answered", ["yes", "no"])
def test_all_or_none_answered_is_no_certainty(tmp_path, answered):
    table = _mentions(6, provider=list("AABBCC"), answered=answered)
    row = audit.mentions(study(tmp_path, mentions=table)).rows.iloc[0]
    assert row["high"] - row["low"] > 0.2


def test_empty_cells_and_other_waves_are_skipped_with_a_sentence(tmp_path):
    table = _mentions(3, wave="Q1", provider="A", answered="yes", sentiment="neutral")
    tried = attempts({"A": (1, 2)}, wave="Q3")
    care = study(tmp_path, 'wave = "Q3"', mentions=table, attempts=tried)
    asked = (audit.mentions, audit.mentions_by_provider, audit.sentiment)
    assert all(isinstance(question(care), Skipped) for question in asked)


def test_tables_fit_a_phone_and_the_figure_can_be_drawn(example):
    for question in QUESTIONS:
        assert len(text_table(question(example)).columns) <= 6
    drawn = _png(figures.plot_rates, audit.mentions_by_provider(example))
    assert drawn.startswith(b"\x89PNG")
