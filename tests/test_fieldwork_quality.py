"""Section 9 of notebook 02: what went wrong in the fieldwork, and whether it matters."""

from __future__ import annotations

import pandas as pd
import pytest

from carebench import audit
from carebench.finding import Skipped
from studies import attempts, study

AT = "2026-03-02T09:00:10Z"


def found(finding, what):
    """How many attempts a row of the table of flaws counts."""
    return int(finding.rows.set_index("what").loc[what, "found"])


def test_our_own_failures_are_counted_and_left_out(tmp_path):
    table = attempts({"A": (5, 10)}, fault=[""] * 5 + ["ours"] * 2 + ["theirs"] * 3)
    with study(tmp_path, attempts=table) as care:
        assert found(audit.fieldwork(care), "failures of our own") == 2
        rows = audit.exclusions(care).rows.set_index("version")
        assert (rows.loc["as reported", "k"], rows.loc["as reported", "n"]) == (5, 8)
        counted = rows.loc["failures of our own counted as unanswered"]
        assert (counted["k"], counted["n"]) == (5, 10)


def test_a_failure_of_our_own_never_counts_as_answered(tmp_path):
    table = attempts({"A": (5, 10)}, fault=["ours"] * 2 + [""] * 8)
    with study(tmp_path, attempts=table) as care:
        assert audit.exclusions(care).rows["k"].tolist() == [3, 3]


def test_a_repeat_is_the_same_shopper_provider_channel_and_minute(tmp_path):
    table = attempts({"A": (3, 6)}, shopper="S1", sent_at=AT)
    table["sent_at"] = [AT, "2026-03-02T09:00:50Z", "2026-03-02T09:01:10Z", AT, None, None]
    table.loc[3, "shopper"] = "S2"
    with study(tmp_path, attempts=table) as care:
        flaws = audit.fieldwork(care)
        assert found(flaws, "repeats in the same minute") == 1
        assert found(flaws, "time of the attempt missing") == 2
        rows = audit.exclusions(care).rows.set_index("version")
        assert rows.loc["without repeats in the same minute", "n"] == 5


def test_attempts_without_a_name_are_no_repeats(tmp_path):
    table = attempts({"A": (3, 6)}, shopper=None, sent_at=AT)
    with study(tmp_path, attempts=table) as care:
        assert found(audit.fieldwork(care), "repeats in the same minute") == 0


def test_recognised_shoppers_are_kept_and_the_result_without_them_stands_beside(tmp_path):
    table = attempts({"A": (5, 10)}, suspected=["yes"] * 3 + ["no"] * 6 + [None])
    with study(tmp_path, attempts=table) as care:
        assert found(audit.fieldwork(care), "shopper seems to be recognised") == 3
        rows = audit.exclusions(care).rows
        assert rows["value"].tolist() == pytest.approx([5 / 10, 2 / 7])
        assert "21.4 points" in audit.exclusions(care).headline


def test_replies_in_doubt_show_what_they_might_add(tmp_path):
    table = attempts({"A": (5, 10)}, label_source=["person"] * 5 + ["unsure"] * 3 + ["", "rules"])
    with study(tmp_path, attempts=table) as care:
        versions = audit.exclusions(care)
        assert versions.rows["version"].tolist()[1] == "replies in doubt counted as answered"
        assert versions.rows["value"].tolist() == pytest.approx([5 / 10, 8 / 10])


def test_what_was_not_recorded_is_said_and_not_counted_as_none(tmp_path):
    with study(tmp_path, attempts=attempts({"A": (5, 10)})) as care:
        flaws = audit.fieldwork(care)
        assert "failures of our own" not in set(flaws.rows["what"])
        assert "were not recorded" in flaws.headline
        assert any("whether a shopper was recognised" in note for note in flaws.notes)
        assert isinstance(audit.exclusions(care), Skipped)


def test_answers_without_time_or_settlement_are_counted(tmp_path):
    table = attempts({"A": (5, 10)}, answered_at=None, resolved=None)
    table.loc[0, "answered_at"] = "2026-03-02T10:00:00Z"
    table.loc[:1, "resolved"] = "yes"
    with study(tmp_path, attempts=table) as care:
        flaws = audit.fieldwork(care)
        assert found(flaws, "answered, but when is missing") == 4
        assert found(flaws, "answered, but whether it was settled is missing") == 3


def test_a_shopper_who_made_most_of_the_attempts_is_warned_of(tmp_path):
    table = attempts({"A": (5, 10)}, shopper=["S1"] * 6 + ["S2"] * 4)
    with study(tmp_path, attempts=table) as care:
        load = audit.shopper_load(care)
        assert load.headline == "One shopper made 60% of the attempts"
        assert any("more than half" in note for note in load.notes)


def test_half_of_the_attempts_is_not_most(tmp_path):
    table = attempts({"A": (5, 10)}, shopper=["S1"] * 5 + ["S2"] * 4 + [None])
    table.loc[4, "shopper"] = "S2"
    with study(tmp_path, attempts=table) as care:
        load = audit.shopper_load(care)
        assert load.rows["share"].sum() == pytest.approx(1)
        assert any("1 attempts name no shopper" in note for note in load.notes)


def test_the_example_counts_the_faults_it_was_drawn_with(example):
    everything = example.current("attempts")
    ours = int(everything["fault"].eq("ours").sum())
    flaws = audit.fieldwork(example)
    assert ours > 0 and found(flaws, "failures of our own") == ours
    assert found(flaws, "provider not listed or not named") == 2  # two names that traps misspell
    assert audit.shopper_load(example).rows["share"].max() < 0.2


def test_the_careless_shopper_moves_the_share_answered_little(example):
    rows = audit.exclusions(example).rows.set_index("version")
    without = rows.loc["without shoppers who do not follow the others"]
    assert without["n"] < rows.loc["as reported", "n"]
    assert abs(without["value"] - rows.loc["as reported", "value"]) < 0.03


def test_no_row_of_the_tables_names_a_provider_that_is_not_listed(tmp_path):
    table = attempts({"A": (5, 10), "Z": (5, 10)}, fault=["ours", *[""] * 19])
    providers = pd.DataFrame({"provider": ["A"]})
    with study(tmp_path, attempts=table, providers=providers) as care:
        assert found(audit.fieldwork(care), "provider not listed or not named") == 10
        # Unlisted providers are in no mean over providers, whatever is counted.
        assert audit.exclusions(care).rows["n"].tolist() == [9, 10]
