"""What to do: the changes that the attempts support, and none that they do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carebench import audit
from carebench.audit.provider.actions import _change, _drawn_together
from carebench.audit.provider.goals import best_third
from carebench.audit.provider.request_kinds import Cell, window
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.methods.planning import contacts_per_wave
from carebench.reporting.tables import text_table
from carebench.schema import DataError
from studies import attempts, study

COMPANY = '\n[audit]\ncompany = "A"'
GAP = {"A": (10, 60), **{name: (45, 60) for name in "BCDEFG"}}
ALIKE = {name: (30, 60) for name in "ABCDEFG"}


def _rows(found):
    return {row["change"]: row for row in records(found.rows)}


def test_the_dark_evenings_of_the_example_are_found(example_of):
    # truth.json: claims 08:00-21:00, staffed 08:00-17:00 only.
    found = audit.what_to_do(example_of("Vịt Cỏ"))
    row = _rows(found)["hours to cover: evenings from 18:00"]
    assert row["established"] and row["own"] == 0
    assert "It claims to be open at 11 of these calls and answered 0" in row["evidence"]
    assert row["gain_low"] > 0.03


def test_the_company_of_the_study_gets_the_same_advice_as_its_own_report(example, example_of):
    said = [audit.what_to_do(care).rows["change"] for care in (example, example_of("Vịt Cỏ"))]
    assert said[0].tolist() == said[1].tolist()


def test_the_best_provider_of_the_example_is_told_of_no_established_change(example_of):
    found = audit.what_to_do(example_of("Hạc Giấy Mobile"))
    assert isinstance(found, Skipped) or not found.rows["established"].any()


def test_a_gap_to_the_best_is_found_with_its_gain(tmp_path):
    found = audit.what_to_do(study(tmp_path, COMPANY, attempts=attempts(GAP)))
    (row,) = records(found.rows)
    assert row["established"] and row["change"] == "answer to fix: e-mail"
    # All requests came by e-mail, so the gain of all of them is the gap itself.
    assert row["gain"] == pytest.approx(from_row(row).value)
    assert row["goal"] == pytest.approx(0.75, abs=0.02)
    assert row["gain_low"] < 0.75 - 10 / 60 < row["gain_high"]
    assert any("Established changes: 1;" in note for note in found.notes)


def test_a_gain_counts_only_the_requests_that_it_touches(tmp_path):
    mail, chat = attempts(GAP), attempts({name: (20, 20) for name in GAP}, "chat")
    table = pd.concat([mail, chat], ignore_index=True)
    (row,) = records(audit.what_to_do(study(tmp_path, COMPANY, attempts=table)).rows)
    assert row["gain"] == pytest.approx(0.75 * from_row(row).value)


def test_a_change_names_how_most_attempts_failed(tmp_path):
    table = attempts(GAP)
    failed = table["provider"].eq("A") & table["outcome"].ne("answered")
    table.loc[failed, "outcome"] = ["auto_ack_only"] * 40 + ["bounced"] * 10
    (row,) = records(audit.what_to_do(study(tmp_path, COMPANY, attempts=table)).rows)
    assert "Of 50 unanswered, 40: automatic reply only." in row["evidence"]


def test_contacts_are_those_of_the_planner(tmp_path):
    found = audit.what_to_do(study(tmp_path, COMPANY, attempts=attempts(
        {"A": (300, 600), **{name: (360, 600) for name in "BCDEFG"}})))  # fmt: skip
    (row,) = records(found.rows)
    needed = contacts_per_wave(row["goal"] - row["value"], row["goal"])
    assert row["contacts"] == f"{needed} (this wave had 600)"


def test_a_channel_that_others_offer_may_be_opened(tmp_path):
    chat = attempts({name: (15, 20) for name in "BCDEFG"}, "chat")
    table = pd.concat([attempts(ALIKE), chat], ignore_index=True)
    listed = pd.DataFrame({"provider": list("ABCDEFG"), "channels": ["email"] + ["email chat"] * 6})
    care = study(tmp_path, COMPANY, attempts=table, providers=listed)
    row = _rows(audit.what_to_do(care))["channel to open: chat"]
    assert row["established"] and "Not offered" in row["evidence"]
    assert row["gain"] == pytest.approx(0.75 * 120 / 480, abs=0.02)


def test_a_channel_that_was_only_not_tried_is_not_said_to_be_missing(tmp_path):
    chat = attempts({name: (15, 20) for name in "BCDEFG"}, "chat")
    table = pd.concat([attempts(ALIKE), chat], ignore_index=True)
    listed = pd.DataFrame({"provider": list("ABCDEFG"), "channels": "email chat"})
    found = audit.what_to_do(study(tmp_path, COMPANY, attempts=table, providers=listed))
    assert isinstance(found, Skipped) or "channel to open: chat" not in _rows(found)


def test_providers_alike_leave_nothing_established(tmp_path):
    found = audit.what_to_do(study(tmp_path, COMPANY, attempts=attempts(ALIKE)))
    assert isinstance(found, Skipped) or not found.rows["established"].any()


def test_without_a_company_it_speaks_of_all_and_says_so(tmp_path):
    spread = {name: (6 + 6 * i, 60) for i, name in enumerate("ABCDEFGH")}
    found = audit.what_to_do(study(tmp_path, attempts=attempts(spread)))
    (row,) = records(found.rows)
    assert row["established"] and row["own"] == pytest.approx(27 / 60)
    assert "all providers together" in found.notes[0]


def test_some_third_of_equal_providers_is_best_and_no_gain_is_claimed(tmp_path):
    found = audit.what_to_do(study(tmp_path, attempts=attempts(ALIKE)))
    assert isinstance(found, Skipped) or not found.rows["established"].any()


def test_with_few_others_the_published_figure_is_the_goal(tmp_path):
    settings = COMPANY + '\nbenchmark = "VnReview/VTC 2014"'
    table = attempts({"A": (2, 60), "B": (30, 60)})
    (row,) = records(audit.what_to_do(study(tmp_path, settings, attempts=table)).rows)
    assert row["established"] and row["goal"] == pytest.approx(0.47)
    assert "VnReview/VTC 2014 printed 47%" in row["evidence"]


def test_a_company_that_nobody_tried_is_an_error_with_advice(tmp_path):
    listed = pd.DataFrame({"provider": [*"ABCDEFG", "Bb"]})
    care = study(tmp_path, '\n[audit]\ncompany = "Bb"', attempts=attempts(ALIKE), providers=listed)
    with pytest.raises(DataError, match=r"audit.company is 'Bb'.*Expected one of A, B"):
        audit.what_to_do(care)


@pytest.mark.parametrize("counts", [
    {"A": (1, 1)}, {"A": (0, 1), "B": (1, 1), "C": (1, 1), "D": (1, 1)},
    {name: (0, 20) for name in "ABCDE"}, {name: (20, 20) for name in "ABCDE"},
])  # fmt: skip
def test_the_smallest_study_claims_no_change(tmp_path, counts):
    for settings in ("", COMPANY):
        found = audit.what_to_do(study(tmp_path, settings, attempts=attempts(counts)))
        assert isinstance(found, Skipped) or not found.rows["established"].any()


def test_all_points_of_service_are_one_change(tmp_path):
    made = attempts({name: (50, 60) for name in "ABCDEFG"})
    items = ("empathy", "choice", "information")
    scores = pd.DataFrame(
        [
            {"attempt_id": attempt, "item": item, "score": 2 if provider == "A" else 5}
            for attempt, provider in zip(made["attempt_id"], made["provider"], strict=True)
            for item in items
        ]
    )
    found = audit.what_to_do(study(tmp_path, COMPANY, attempts=made, ratings=scores))
    assert found.rows["change"].tolist() == ["answer to fix: its quality"]
    # The scores of a contact are one observation, not three.
    assert found.rows["own"].tolist() == [0] and "n = 60" in found.rows["evidence"][0]


def test_the_table_is_short_enough_for_a_phone(example):
    found = audit.what_to_do(example)
    assert isinstance(found, Finding)
    assert len(found.rows) <= 3 and len(text_table(found).columns) <= 4


def test_each_hour_of_the_week_lies_in_one_window():
    hours = np.arange(168) + 0.5
    found = pd.Series(window(hours, (22.0, 6.0))).value_counts().to_dict()
    assert found == {"office": 50, "weekend": 20, "evening": 28, "morning": 14, "night": 56}


def test_the_best_third_is_not_taken_at_its_word():
    # 12 providers that are alike: the best third of what is seen lies well above the truth.
    generator = np.random.default_rng(3)
    raw, drawn = [], []
    for _repeat in range(60):
        k = generator.binomial(20, 0.5, size=12)
        raw.append(np.sort(k / 20)[-4:].mean())
        drawn.append(best_third(k.tolist(), [20] * 12).mean())
    assert np.mean(raw) > 0.6
    assert abs(np.mean(drawn) - 0.5) < 0.07


def test_changes_are_seldom_established_where_all_are_alike(tmp_path):
    generator = np.random.default_rng(4)
    wrong, repeats = 0, 20
    for repeat in range(repeats):
        folder = tmp_path / str(repeat)
        folder.mkdir()
        tables = [
            attempts({name: (int(generator.binomial(24, 0.5)), 24) for name in "ABCDEFGH"}, channel)
            for channel in ("email", "chat", "social")
        ]
        found = audit.what_to_do(study(folder, COMPANY, attempts=pd.concat(tables)))
        wrong += isinstance(found, Finding) and bool(found.rows["established"].any())
    assert wrong <= 2


def _largest_of(generator, care, kinds=14, n=24):
    """The largest gap of a company that stands at the others' mean, and what it truly is."""
    cells, truths, level = [], {}, 1 - 0.05 / kinds
    for kind in range(kinds):
        rates = generator.beta(8, 8, size=12)
        k = generator.binomial(n, [rates.mean(), *rates]).tolist()
        cells.append(Cell("answered", str(kind), k[0], n, k[1:], [n] * 12, 1.0))
        truths[str(kind)] = np.sort(rates)[-4:].mean() - rates.mean()
    seen = [_change(care, cell, level) for cell in cells]
    drawn = _drawn_together(seen)
    return [
        (gap, truths[change.cell.about])
        for changes in (seen, drawn)
        for change, gap in [max(((c, c.gap) for c in changes), key=lambda pair: pair[1].value)]
    ]


def test_the_largest_of_many_gaps_is_neither_inflated_nor_missed_by_its_interval(tmp_path):
    care = study(tmp_path, COMPANY, attempts=attempts(ALIKE))
    generator = np.random.default_rng(6)
    seen, drawn, covered, repeats = [], [], 0, 40
    for _repeat in range(repeats):
        raw, told = _largest_of(generator, care)
        seen.append(raw[0].value - raw[1])
        drawn.append(told[0].value - told[1])
        covered += told[0].low <= told[1] <= told[0].high
    assert np.mean(seen) > 0.1  # as seen, the largest is so by chance
    assert abs(np.mean(drawn)) < 0.04
    assert covered / repeats >= 0.93


def test_an_established_gap_is_one_whose_printed_interval_leaves_out_0(example):
    rows = audit.what_to_do(example).rows
    assert (rows["established"] == (rows["low"] > 0)).all()
    assert (rows["confidence_level"] > 0.99).all()


def test_service_says_the_same_share_in_every_answer(example_of):
    care = example_of("Vịt Cỏ")
    rows = audit.scorecard(care).rows
    (own,) = rows.loc[rows["kind"].eq("service"), "own_text"]
    told = _rows(audit.what_to_do(care))["answer to fix: its quality"]["evidence"]
    line = next(line for line in audit.answer(care) if "scores for service" in line)
    assert told.startswith(own) and own in line.replace("*", "")
