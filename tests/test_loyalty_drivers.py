"""What satisfaction goes with, asked of the example and of surveys that are hard to ask."""

from __future__ import annotations

import json
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from carebench import figures, loyalty, open_study
from carebench.estimate import records
from carebench.finding import Finding, Skipped
from carebench.methods.ordered_logit import ordered_logit
from carebench.reporting.tables import text_table
from carebench.schema import SIX_POINTS
from conftest import EXAMPLE
from studies import study

mpl.use("agg")

QUESTIONS = (
    loyalty.drivers, loyalty.driver_pairs, loyalty.driver_directions, loyalty.driver_cuts,
    loyalty.importance_performance, loyalty.driver_ends, loyalty.missing_answers,
)  # fmt: skip


@pytest.fixture(scope="module")
def example():
    with open_study(EXAMPLE, tables=("survey",)) as care:
        yield care


@pytest.fixture(scope="module")
def effects():
    truth = json.loads((EXAMPLE.parent / "truth.json").read_text(encoding="utf-8"))
    return {name.replace("customer_at_centre", "customer at the centre"): effect
            for name, effect in truth["survey"]["drivers_log_odds_per_point"].items()}  # fmt: skip


def _survey(n: int, *, effects=(0.9, 0.7, 0.5, 0.3, 0, 0), seed: int = 1, spread: float = 0.7):
    rng = np.random.default_rng(seed)
    x = 3 + spread * (rng.normal(size=(n, 1)) + rng.normal(size=(n, len(effects))))
    x = np.clip(np.rint(x), 1, 5)
    csat = 1 + np.searchsorted([4.4, 6.3, 8.1, 9.9], x @ np.array(effects) + rng.logistic(size=n))
    table = pd.DataFrame(x, columns=SIX_POINTS[: len(effects)])
    return table.assign(respondent=np.arange(n), csat=csat)


def test_no_question_of_drivers_is_skipped_on_the_example(example):
    for question in QUESTIONS:
        found = question(example)
        assert isinstance(found, Finding), question.__name__
        assert len(found.labels) <= 6 and len(text_table(found).columns) <= 8


def test_the_coefficients_of_the_example_are_the_ones_it_was_drawn_with(example, effects):
    for row in records(loyalty.driver_directions(example).rows):
        assert row["low"] <= np.exp(effects[row["item"]]) <= row["high"], row["item"]
        wanted = "goes with higher" if effects[row["item"]] else "not established"
        assert row["verdict"] == wanted


def test_a_share_that_is_all_borrowed_is_within_its_interval(example, effects):
    for row in records(loyalty.drivers(example).rows):
        inside = row["low"] <= row["borrowed"] <= row["high"]
        assert inside == (effects[row["item"]] == 0), row["item"]


def test_the_order_is_told_by_places_and_not_by_a_league_table(example):
    table = loyalty.drivers(example).rows
    pairs = loyalty.driver_pairs(example).rows
    clear = pairs[pairs["low"] > 0]
    assert 0 < len(clear) < len(pairs) == 15
    for place, row in enumerate(records(table), start=1):
        assert row["best_place"] <= place <= row["worst_place"]
        above = clear["pair"].str.endswith(f" before {row['item']}").sum()
        assert row["best_place"] == 1 + above


def test_gaps_of_the_example_are_counted_and_filled(example):
    rows = loyalty.missing_answers(example).rows
    assert rows["k"].sum() == rows["n"].iloc[0] == 1462
    assert rows["pattern"].iloc[0] == "no item" and rows["value"].iloc[0] < 0.95
    assert loyalty.driver_directions(example).rows["n"].iloc[0] == 1462
    assert loyalty.drivers(example).rows["n"].iloc[0] == 1343
    assert "multiple imputation" in " ".join(loyalty.drivers(example).notes)


def test_no_answer_that_is_complete_is_filled(tmp_path):
    care = study(tmp_path, survey=_survey(300))
    assert loyalty.missing_answers(care).headline == "No answer lacks an item"
    assert "imputation" not in " ".join(loyalty.drivers(care).notes)


def test_an_item_that_is_doubled_is_taken_together_with_its_twin(tmp_path):
    survey = _survey(400)
    survey["choice"] = survey["information"]
    found = loyalty.drivers(study(tmp_path, survey=survey))
    assert "information + choice" in set(found.rows["item"]) and len(found.rows) == 5
    assert any("information + choice" in note for note in found.notes)


def test_an_item_that_runs_against_another_is_refused(tmp_path):
    survey = _survey(400)
    survey["choice"] = 6 - survey["information"]
    found = loyalty.drivers(study(tmp_path, survey=survey))
    assert isinstance(found, Skipped) and "against each other" in found.reason


def test_separation_leaves_the_direction_unknown_and_the_shares_known(tmp_path):
    survey = _survey(300)
    survey["csat"] = survey["information"].astype(int)
    care = study(tmp_path, survey=survey)
    found = loyalty.driver_directions(care)
    assert set(found.rows["verdict"]) == {"not known"} and found.rows["value"].isna().all()
    assert "separation" in found.rows["reason"].iloc[0] and "not known" in found.headline
    assert loyalty.drivers(care).rows["item"].iloc[0] == "information"
    assert figures.plot_drivers(loyalty.drivers(care).rows, ax=Figure().subplots())


def test_items_that_explain_nothing_get_no_shares_and_no_direction(tmp_path):
    survey = _survey(200)
    survey["csat"] = np.random.default_rng(3).integers(1, 6, 200)
    care = study(tmp_path, survey=survey)
    for question in (loyalty.drivers, loyalty.driver_directions, loyalty.importance_performance):
        found = question(care)
        assert isinstance(found, Skipped) and "no more of satisfaction than chance" in found.reason


def test_one_significant_p_value_is_not_yet_a_driver(tmp_path):
    def smallest(survey):  # of the five items that have no effect
        found = ordered_logit(survey["csat"], survey[list(SIX_POINTS)])
        return found.coefficients.p_values()[1:].min()

    surveys = (_survey(200, effects=(1.2, 0, 0, 0, 0, 0), seed=seed) for seed in range(50))
    survey = next(one for one in surveys if smallest(one) < 0.04)
    rows = loyalty.driver_directions(study(tmp_path, survey=survey)).rows
    null = rows[rows["item"].ne("friendliness")]
    assert ((null["low"] > 1) | (null["high"] < 1)).any()
    assert set(null["verdict"]) == {"not established"}


def test_opposite_ways_at_different_cuts_turn_to_the_two_best_answers(tmp_path):
    rng = np.random.default_rng(1)
    survey = _survey(3000)
    pull = survey["friendliness"] - 3
    # Friendly firms are both never bad and never excellent, and those who stay bad or excellent.
    extreme = rng.random(3000) < 1 / (1 + np.exp(1.5 * pull))
    survey["csat"] = np.where(extreme, rng.choice([1, 5], 3000), rng.choice([2, 3, 4], 3000))
    better = survey["information"] + rng.normal(size=3000) > 3.5
    survey["csat"] = np.clip(survey["csat"] + better, 1, 5)
    care = study(tmp_path, survey=survey)
    cuts = loyalty.driver_cuts(care)
    turned = cuts.rows.set_index("item")["verdict"]
    assert turned["friendliness"] == "opposite ways" and "friendliness" in cuts.headline
    assert turned["information"] == "no opposite ways seen"
    assert set(loyalty.driver_directions(care).rows["method"]) == {"binary logit"}
    assert "two best answers" in loyalty.driver_directions(care).notes[0]


def test_a_part_of_the_map_is_named_only_where_both_intervals_clear_the_cross(tmp_path):
    survey = _survey(900, effects=(1.5, 0.5, 0.1))
    survey["friendliness"] = (survey["friendliness"] - 1).clip(1, 5)
    care = study(tmp_path, survey=survey)
    rows = records(loyalty.importance_performance(care).rows)
    for row in rows:
        clear_x = not row["performance_low"] <= row["cross_performance"] <= row["performance_high"]
        clear_y = not row["low"] <= row["cross_share"] <= row["high"]
        assert row["certain"] == (clear_x and clear_y) == (row["quarter"] != "uncertain")
    assert rows[0]["quarter"] == "much tied, weaker: mend first"
    assert "friendliness" in loyalty.importance_performance(care).headline


def test_weights_move_the_shares_and_are_said(tmp_path):
    survey = _survey(400)
    plain, weighted = tmp_path / "plain", tmp_path / "weighted"
    plain.mkdir()
    weighted.mkdir()
    first = loyalty.drivers(study(plain, survey=survey))
    survey["weight"] = np.where(survey["csat"] > 3, 3.0, 0.5)
    second = loyalty.drivers(study(weighted, survey=survey))
    assert "design effect" in " ".join(second.notes)
    assert first.rows["value"].tolist() != second.rows["value"].tolist()
    survey.loc[:200, "weight"] = np.nan
    unweighted = tmp_path / "few"
    unweighted.mkdir()
    third = loyalty.drivers(study(unweighted, survey=survey))
    assert third.rows["value"].tolist() == pytest.approx(first.rows["value"].tolist())
    assert any("have no weight" in note for note in third.notes)


HOSTILE = {
    "one respondent": _survey(1),
    "five respondents": _survey(5),
    "all the same": _survey(200).assign(**dict.fromkeys((*SIX_POINTS, "csat"), 3)),
    "no items": _survey(200)[["respondent", "csat"]],
    "a constant item": _survey(200).assign(choice=4),
    "an item nobody answered": _survey(200).assign(choice=np.nan),
    "weights of nothing": _survey(200).assign(weight=0),
    "nobody said how satisfied": _survey(200).assign(csat=np.nan),
    "nearly everything missing": _survey(200).mask(
        np.random.default_rng(1).random((200, 8)) < np.array([0.9] * 6 + [0, 0])
    ),
}


@pytest.mark.parametrize("survey", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_survey_that_cannot_tell_is_answered_in_words(tmp_path, survey):
    care = study(tmp_path, survey=survey)
    for question in QUESTIONS:
        found = question(care)
        if isinstance(found, Skipped):
            assert found.reason.endswith(".")
        else:
            assert found.headline and text_table(found).plain()


def test_an_outcome_without_scores_is_refused(tmp_path):
    survey = _survey(200).assign(segment="home")
    found = loyalty.drivers(study(tmp_path, '\n[loyalty]\noutcome = "segment"', survey=survey))
    assert isinstance(found, Skipped) and "holds no scores" in found.reason


@pytest.mark.parametrize("width", [4.0, 7.2])
def test_the_figure_has_both_panels_beside_each_other_or_on_a_phone_one_above_the_other(
    example, width
):
    rows = loyalty.drivers(example).rows
    figure = Figure(figsize=(width, 3.4), layout="constrained")
    figures.plot_drivers(rows, ax=figure.subplots())
    figure.draw_without_rendering()
    first, second = (ax.get_position() for ax in figure.axes)
    assert (first.y0 > second.y1) == (width < 5) and (first.x1 < second.x0) == (width > 5)


def test_names_on_the_map_do_not_overlap(example):
    rows = loyalty.importance_performance(example).rows
    crowded = rows.assign(value=0.1 + rows["value"] / 100)
    for table in (rows, crowded):
        figure = Figure(figsize=(7.2, 4.4), layout="constrained")
        ax = figures.plot_importance_performance(table, ax=figure.subplots())
        figure.draw_without_rendering()
        names = [
            text for text in ax.texts if text.get_text().replace("\n", " ") in set(rows["item"])
        ]
        boxes = sorted((Text.get_window_extent(text) for text in names), key=lambda box: box.y0)
        assert len(boxes) == 6
        assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
