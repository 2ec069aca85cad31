"""What the report makes of codes: agreement, wrong labels, corrected shares."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from carebench import audit, figures
from carebench.finding import Finding, Skipped
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from carebench.schema import CHANNELS
from studies import study

NAMES = [f"Firm {letter}" for letter in "ABCDEF"]
CHANCES = np.linspace(0.2, 0.7, len(NAMES))  # of an answer from a person, by provider
TRUTH = float(CHANCES.mean())


def _coded(attempts: pd.DataFrame, rng: np.random.Generator, share: float = 0.1) -> pd.DataFrame:
    """Codes as the fieldwork hands them over: all in doubt, of each provider's others a share."""
    drawn = [attempts[attempts["machine"] == "unsure"].assign(drawn="unsure", fraction=1.0)]
    sure = attempts[~attempts["machine"].isin(["unsure", ""])]
    for _group, alike in sure.groupby(["provider", "machine"]):
        n = math.ceil(share * len(alike) - 1e-9)
        part = alike.iloc[rng.permutation(len(alike))[:n]]
        drawn.append(part.assign(drawn="random", fraction=n / len(alike)))
    rows = pd.concat(drawn)
    said = np.where(rows["truth"], "human", "auto_ack")
    return rows.assign(first=said, second=said, coded=said)[
        ["attempt_id", "machine", "drawn", "fraction", "first", "second", "coded"]
    ]


def _wave(rng: np.random.Generator, n: int, right: float, channel: str = "email") -> pd.DataFrame:
    """n attempts at each provider; half of those without an answer hear nothing at all."""
    rows = pd.DataFrame({"provider": np.repeat(NAMES, n)})
    truth = rng.random(len(rows)) < np.repeat(CHANCES, n)
    silent = ~truth & (rng.random(len(rows)) < 0.5)
    taken = truth == (rng.random(len(rows)) < right)  # taken for a person's answer
    machine = np.where(taken, "human", "auto_ack").astype(object)
    machine[rng.random(len(rows)) < 0.05] = "unsure"
    machine[silent] = ""
    outcome = np.select(
        [machine == "human", machine == "auto_ack", (machine == "unsure") & truth, silent],
        ["answered", "auto_ack_only", "answered", "no_answer"],
        "auto_ack_only",
    )
    rows = rows.assign(truth=truth, machine=machine, outcome=outcome, channel=channel)
    rows.insert(0, "attempt_id", [f"{channel}{i:05d}" for i in range(len(rows))])
    return rows


def _study(tmp_path, attempts, codings, settings=""):
    made = attempts.drop(columns=["truth", "machine"])
    return study(tmp_path, settings, attempts=made, codings=codings)


def _few(codes: dict[str, str], **more: list[object]) -> pd.DataFrame:
    """One row of codings for each attempt: taken for, then what people say."""
    return pd.DataFrame(
        {
            "attempt_id": list(codes),
            "machine": [code.split()[0] for code in codes.values()],
            "first": [code.split()[1] for code in codes.values()],
            "second": [code.split()[-1] for code in codes.values()],
            **more,
        }
    )


def _attempts(outcomes: str, **columns: object) -> pd.DataFrame:
    words = {"a": "answered", "k": "auto_ack_only", "n": "no_answer"}
    return pd.DataFrame(
        {
            "attempt_id": [f"t{i}" for i in range(len(outcomes))],
            "outcome": [words[letter] for letter in outcomes],
            **columns,
        }
    )


# Corrected


def test_a_channels_share_is_put_right_where_labels_are_wrong(tmp_path):
    rng = np.random.default_rng(11)
    attempts = _wave(rng, 160, right=1.0)
    fooled = (attempts["machine"] == "auto_ack") & (rng.random(len(attempts)) < 0.4)
    attempts.loc[fooled, ["machine", "outcome"]] = ["human", "answered"]
    answer = audit.corrected_rates(_study(tmp_path, attempts, _coded(attempts, rng, 0.2)))
    row = answer.rows.iloc[0]
    assert row["low"] <= TRUTH <= row["high"]
    assert abs(row["value"] - TRUTH) < 0.04 < row["reference"] - TRUTH
    assert "Corrected for wrong labels, a person answered" in answer.headline


def test_corrected_shares_cover_the_truth_over_many_waves(tmp_path):
    hits, gaps = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        attempts = pd.concat([_wave(rng, 84, 0.9, channel) for channel in CHANNELS])
        codings = pd.concat([_coded(part, rng) for _c, part in attempts.groupby("channel")])
        folder = tmp_path / str(seed)
        folder.mkdir()
        with _study(folder, attempts, codings) as care:
            rows = audit.corrected_rates(care).rows
        hits += [*((rows["low"] <= TRUTH) & (rows["high"] >= TRUTH))]
        gaps += [*(rows["value"] - TRUTH)]
    assert len(hits) == 42
    assert np.mean(hits) >= 0.9  # at .95 fewer than 38 would hit in 6 of 100 such rounds
    assert abs(np.mean(gaps)) < 0.015


def test_the_estimate_is_the_weighted_share_by_hand(tmp_path):
    # One provider. Ten were taken for people's, of which two were drawn and one is none; ten for
    # automatic, of which all five of one kind were drawn and one is a person's; five are silent.
    attempts = _attempts("a" * 10 + "k" * 10 + "n" * 5, provider="Firm A", channel="email")
    codings = _few(
        {"t0": "human human", "t1": "human auto_ack", "t10": "auto_ack human"}
        | {f"t{i}": "auto_ack auto_ack" for i in range(11, 15)},
        drawn="random",
        fraction=[0.2] * 2 + [0.5] * 5,
    )
    row = audit.corrected_rates(study(tmp_path, attempts=attempts, codings=codings)).rows.iloc[0]
    assert row["reference"] == pytest.approx(10 / 25)
    assert row["value"] == pytest.approx((10 * 1 / 2 + 10 * 1 / 5) / 25)
    assert row["checked"] == 7


def test_attempts_in_doubt_count_as_people_settled_them(tmp_path):
    attempts = _attempts("aaaakkkk", channel="email")
    codings = _few({"t0": "unsure auto_ack", "t7": "unsure human", "t6": "unsure human bot"})
    answer = audit.corrected_rates(study(tmp_path, attempts=attempts, codings=codings))
    row = answer.rows.iloc[0]
    assert row["n"] == 7  # the one on which people differ is left out, and said to be
    assert row["value"] == pytest.approx((3 + 1) / 7)
    assert "not settled what they are: 1" in " ".join(answer.notes)


def test_what_two_coders_cannot_tell_is_neither_answered_nor_unanswered(tmp_path):
    attempts = _attempts("aakk", channel="email")
    codings = _few(
        {
            "t0": "human human",
            "t1": "human unsure unsure",
            "t2": "auto_ack auto_ack",
            "t3": "unsure unsure unsure",
        }
    )
    answer = audit.corrected_rates(study(tmp_path, attempts=attempts, codings=codings))
    assert answer.rows["n"].iloc[0] == 3  # without the one in doubt
    assert answer.rows["value"].iloc[0] == pytest.approx(2 / 3)


def test_one_answer_of_a_person_among_several_answers_an_attempt(tmp_path):
    attempts = _attempts("aakk", channel="email")
    codings = _few(
        {"t0": "auto_ack auto_ack", "t1": "human human", "t2": "auto_ack auto_ack"}, fraction=1.0
    )
    twice = _few({"t0": "human human"}, fraction=1.0)
    codings = pd.concat([codings, twice], ignore_index=True)
    row = audit.corrected_rates(study(tmp_path, attempts=attempts, codings=codings)).rows.iloc[0]
    assert row["reference"] == 0.5 and row["value"] == 0.5


def test_without_fractions_what_was_coded_stands_for_the_same_outcomes(tmp_path):
    attempts = _attempts("a" * 10 + "k" * 10 + "n" * 80, channel="email")
    codings = _few({"t0": "human human", "t1": "human bot", "t10": "auto_ack auto_ack"})
    row = audit.corrected_rates(study(tmp_path, attempts=attempts, codings=codings)).rows.iloc[0]
    assert row["value"] == pytest.approx(10 * 0.5 / 100)
    assert row["low"] > 0 and row["high"] < 0.25  # the silent 80 are not in doubt


def test_what_was_drawn_and_not_coded_yet_is_said(tmp_path):
    attempts = _attempts("aaaakkkk", channel="email")
    codings = _few({"t0": "human human", "t1": "human human", "t4": "auto_ack auto_ack"}).assign(
        fraction=[0.5, 0.5, 0.25], second=["human", None, "auto_ack"]
    )
    answer = audit.corrected_rates(study(tmp_path, attempts=attempts, codings=codings))
    assert "Drawn but not settled yet: 1" in " ".join(answer.notes)
    assert answer.rows["value"].iloc[0] == pytest.approx(0.5)


def test_a_label_of_which_none_was_coded_gives_no_number(tmp_path):
    attempts = _attempts("aaaakkkk", channel="email")
    codings = _few({"t0": "human human", "t4": "auto_ack auto_ack"}).assign(
        fraction=0.25, second=["human", None]
    )
    answer = audit.corrected_rates(study(tmp_path, attempts=attempts, codings=codings))
    assert answer.rows["value"].isna().all()
    assert "nothing was checked" in answer.rows["reason"].iloc[0]


def test_one_coder_elsewhere_is_enough_for_a_correction_but_not_for_an_agreement(tmp_path):
    attempts = _attempts("aaaakkkk", channel="email")
    codings = _few(
        {"t0": "answered menu_only", "t1": "answered answered", "t4": "no_answer closed"}
    )
    with study(tmp_path, attempts=attempts, codings=codings.drop(columns="second")) as care:
        assert audit.corrected_rates(care).rows["value"].iloc[0] == pytest.approx(0.25)
        assert isinstance(audit.coding_agreement(care), Skipped)


def test_providers_have_rows_of_their_own_where_enough_was_checked(tmp_path):
    rng = np.random.default_rng(5)
    attempts = _wave(rng, 60, right=0.9)
    rows = audit.corrected_rates(_study(tmp_path, attempts, _coded(attempts, rng, 0.8))).rows
    assert list(rows["provider"]) == ["", *NAMES]
    folder = tmp_path / "less"
    folder.mkdir()
    rows = audit.corrected_rates(_study(folder, attempts, _coded(attempts, rng, 0.1))).rows
    assert list(rows["provider"]) == [""]


def test_firms_taken_as_a_sample_have_wider_intervals(tmp_path):
    rng = np.random.default_rng(6)
    attempts = _wave(rng, 60, right=0.9)
    widths = []
    for name, settings in (("named", ""), ("sample", '\n[audit]\nproviders_are = "sample"\n')):
        (tmp_path / name).mkdir()
        coded = _coded(attempts, np.random.default_rng(1), 0.3)
        row = audit.corrected_rates(_study(tmp_path / name, attempts, coded, settings)).rows.iloc[0]
        widths.append(row["high"] - row["low"])
    assert widths[1] > widths[0]


def test_what_left_the_draw_is_no_part_of_the_estimate(tmp_path):
    attempts = _attempts("aaaa", channel="email")
    codings = _few(
        {"t0": "human human", "t1": "human human", "t2": "human bot"},
        drawn=["random", "random", "earlier"],
        fraction=[0.5, 0.5, None],
    )
    row = audit.corrected_rates(study(tmp_path, attempts=attempts, codings=codings)).rows.iloc[0]
    assert row["value"] == 1


def test_failures_of_our_own_are_no_answers_to_code(tmp_path):
    attempts = _attempts("aa", channel="email", fault=["ours", "theirs"])
    codings = _few({"t0": "human bot"})
    with study(tmp_path, attempts=attempts, codings=codings) as care:
        for question in (audit.corrected_rates, audit.coding_agreement, audit.labels_checked):
            assert isinstance(question(care), Skipped)


# Agreement and labels


def test_agreement_of_coders_is_counted_with_its_interval(tmp_path):
    codes = {f"t{i}": "auto_ack human" if i < 20 else "human auto_ack" for i in range(40)}
    codes |= {"t38": "human human bot", "t39": "unsure survey newsletter"}
    attempts = _attempts("a" * 40, channel="email")
    rows = audit.coding_agreement(study(tmp_path, attempts=attempts, codings=_few(codes))).rows
    same, alpha, either, _alpha = (row for _at, row in rows.iterrows())
    assert (same["k"], same["n"]) == (38, 40)
    assert (either["k"], either["n"]) == (39, 40)
    assert 0.8 < alpha["value"] < 1 and alpha["low"] < alpha["value"]


def test_coders_who_always_agreed_so_far_are_not_said_to_agree_for_sure(tmp_path):
    codes = {f"t{i}": "auto_ack human" if i < 10 else "human bot" for i in range(20)}
    attempts = _attempts("a" * 20, channel="email")
    rows = audit.coding_agreement(study(tmp_path, attempts=attempts, codings=_few(codes))).rows
    same, alpha = rows.iloc[0], rows.iloc[1]
    expected = 1 - 2 * 20 * 19 / (40 * 39)  # of pairs that chance would make differ
    assert alpha["value"] == 1
    assert alpha["low"] == pytest.approx(1 - (1 - same["low"]) / expected)
    assert alpha["low"] < 0.7


def test_alpha_of_few_answers_is_not_shown(tmp_path):
    codings = _few({"t0": "human human", "t1": "human bot"})
    rows = audit.coding_agreement(
        study(tmp_path, attempts=_attempts("aa"), codings=codings)
    ).rows  # fmt: skip
    assert "fewer than 20" in rows["reason"].iloc[1]


def test_labels_are_set_against_what_people_say(tmp_path):
    codes = {"t0": "human human", "t1": "human bot", "t2": "auto_ack auto_ack", "t3": "unsure bot"}
    answer = audit.labels_checked(study(tmp_path, attempts=_attempts("aakk"), codings=_few(codes)))
    rows = answer.rows.set_index("label")
    person = rows.loc["answer from a person"]
    assert (person["k"], person["n"]) == (1, 2)
    assert person["said"] == "answer from a person 1; answer from a machine 1"
    assert pd.isna(rows.loc["in doubt", "value"])
    assert "33%" in answer.headline  # one of the three of which the kit was sure


def test_a_third_settles_and_three_differing_leave_it_open(tmp_path):
    codings = _few({"t0": "human human bot", "t1": "human human bot"}).assign(
        third=["bot", "survey"]
    )
    answer = audit.labels_checked(study(tmp_path, attempts=_attempts("aa"), codings=codings))
    assert answer.rows["said"].iloc[0] == "answer from a machine 1; in doubt 1"


# Shown


def test_the_questions_say_so_where_nothing_was_coded(tmp_path):
    with study(tmp_path, attempts=_attempts("aa")) as care:
        for question in (audit.corrected_rates, audit.coding_agreement, audit.labels_checked):
            answer = question(care)
            assert isinstance(answer, Skipped) and "codings" in answer.reason


def test_an_unknown_code_is_told_and_left_out(tmp_path):
    codings = _few({"t0": "human persn", "t1": "human human"})
    with study(tmp_path, attempts=_attempts("aa"), codings=codings) as care:
        assert "first" in set(care.problems.counts["column"])
        assert audit.labels_checked(care).rows["n"].iloc[0] == 1


def test_tables_and_the_figure_are_drawn_in_both_languages(tmp_path, monkeypatch):
    from carebench import language

    rng = np.random.default_rng(8)
    attempts = pd.concat([_wave(rng, 40, 0.9), _wave(rng, 40, 0.9, "web_form")])
    with _study(tmp_path, attempts, _coded(attempts, rng, 0.5)) as care:
        for code in ("en", "vi"):
            language.use(code)
            try:
                care.answers.clear()
                for question in (
                    audit.corrected_rates,
                    audit.coding_agreement,
                    audit.labels_checked,
                ):
                    answer = question(care)
                    assert isinstance(answer, Finding) and str(text_table(answer))
                assert _png(figures.plot_rates, audit.corrected_rates(care))
            finally:
                language.use("en")
