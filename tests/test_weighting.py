"""Weights by raking: known solutions, properties, refusals, and what they do to scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carebench import loyalty
from carebench.estimate import from_row, records
from carebench.finding import Skipped
from carebench.loyalty.scores import answers
from carebench.methods.scores import nps, top_box
from carebench.methods.weighting import NotWeighted, design_effect, rake
from carebench.schema import DataError
from studies import study

SEX_AND_AREA = pd.DataFrame(
    {
        "sex": ["f"] * 40 + ["m"] * 60,
        "area": ["town"] * 30 + ["land"] * 10 + ["town"] * 20 + ["land"] * 40,
    }
)
HALVES = {"sex": {"f": 0.5, "m": 0.5}, "area": {"town": 0.6, "land": 0.4}}


def shares(groups: pd.Series, weights: np.ndarray) -> dict[str, float]:
    return (pd.Series(weights).groupby(groups.to_numpy()).sum() / np.nansum(weights)).to_dict()


def test_raking_two_by_two_gives_the_table_that_algebra_gives():
    # Raking keeps the odds ratio, here 6: p(p − .1) = 6(.5 − p)(.6 − p) has the root .4, so the
    # cells become .4, .1, .2 and .3 of all, where .3, .1, .2 and .4 had answered.
    weights = rake(SEX_AND_AREA, HALVES).weights
    assert weights[[0, 30, 40, 60]] == pytest.approx([4 / 3, 1, 1, 3 / 4], abs=1e-6)


def test_kish_s_design_effect_of_weights_1_and_3_is_one_and_a_quarter():
    # 2 (1 + 9) / (1 + 3)² = 1.25: Kish (1965), section 11.7.
    assert design_effect([1, 3]) == 1.25
    assert design_effect([2, 2, 2, np.nan]) == 1
    assert np.isnan(design_effect([]))


def test_every_margin_is_hit_whatever_the_survey():
    rng = np.random.default_rng(20140602)
    for _try in range(20):
        n = int(rng.integers(300, 900))
        groups = pd.DataFrame(
            {name: rng.choice(list("abc"), n, p=rng.dirichlet([4, 4, 4])) for name in ("u", "v")}
        )
        aims = {name: dict(zip("abc", rng.dirichlet([9, 9, 9]), strict=True)) for name in "uv"}
        found = rake(groups, aims, start=rng.uniform(0.5, 2, n))
        if not found.trimmed:
            for name, aim in aims.items():
                assert shares(groups[name], found.weights) == pytest.approx(aim, abs=1e-6)
        assert found.weights.mean() == pytest.approx(1)


def test_a_sample_that_is_as_the_population_keeps_its_weights():
    own = {name: SEX_AND_AREA[name].value_counts(normalize=True).to_dict() for name in SEX_AND_AREA}
    assert rake(SEX_AND_AREA, own).weights == pytest.approx(np.ones(100))


def test_weights_above_five_times_the_median_are_cut_and_the_miss_is_told():
    groups = pd.DataFrame({"area": ["town"] * 98 + ["land"] * 2})
    found = rake(groups, {"area": {"town": 0.5, "land": 0.5}})
    assert found.trimmed == 2
    assert found.weights.max() == pytest.approx(5 * np.median(found.weights))
    assert found.off == pytest.approx(0.5 - 10 / 108)


def test_a_group_of_whom_nobody_answered_is_named():
    with pytest.raises(NotWeighted, match="nobody answered of the area 'island', which is 10%"):
        rake(SEX_AND_AREA, {"area": {"town": 0.5, "land": 0.4, "island": 0.1}})


def test_a_group_that_the_population_does_not_know_is_named():
    with pytest.raises(DataError, match=r"area holds 'land', which loyalty.population.area does"):
        rake(SEX_AND_AREA, {"area": {"town": 1.0}})


def test_a_column_that_the_survey_lacks_is_named():
    with pytest.raises(DataError, match="column 'age', which the survey does not have"):
        rake(SEX_AND_AREA, {"age": {"young": 1.0}})


def test_margins_that_cannot_meet_are_refused():
    never_together = pd.DataFrame({"u": ["a", "b"], "v": ["x", "y"]})
    with pytest.raises(NotWeighted, match="No weights give every group its share"):
        rake(never_together, {"u": {"a": 0.5, "b": 0.5}, "v": {"x": 0.9, "y": 0.1}})


def test_rows_that_lack_their_group_get_no_weight():
    groups = SEX_AND_AREA.assign(sex=[None, *SEX_AND_AREA["sex"][1:]])
    weights = rake(groups, HALVES).weights
    assert np.isnan(weights).sum() == 1
    assert shares(groups["sex"][1:], weights[1:]) == pytest.approx(HALVES["sex"])


def test_answers_that_all_weigh_nothing_give_no_score():
    assert nps([9] * 60, weights=[0] * 60).value is None
    assert top_box([5] * 60, scale=(1, 5), weights=[0] * 60).value is None


def test_intervals_at_kish_s_size_cover_the_raked_share():
    """Satisfaction differs by area, and the town answers three times as often."""
    rng, covered, runs = np.random.default_rng(7), 0, 300
    truth = 0.5 * 0.7 + 0.5 * 0.4
    for _run in range(runs):
        town = rng.random(200) < 0.75
        groups = pd.DataFrame({"area": np.where(town, "town", "land")})
        csat = np.where(rng.random(200) < np.where(town, 0.7, 0.4), 5, 1)
        weights = rake(groups, {"area": {"town": 0.5, "land": 0.5}}).weights
        found = top_box(csat, scale=(1, 5), weights=weights)
        covered += found.low <= truth <= found.high
    assert covered / runs == pytest.approx(0.955, abs=0.03)


ANSWERS = pd.DataFrame(
    {
        "respondent": range(200),
        "segment": ["home"] * 150 + ["firm"] * 50,
        "csat": [5] * 90 + [1] * 60 + [5] * 10 + [1] * 40,
    }
)
POPULATION = "\n[loyalty]\npopulation.segment = { home = 0.5, firm = 0.5 }\n"


def test_a_study_with_margins_weights_its_scores_and_shows_both(tmp_path):
    care = study(tmp_path, POPULATION, survey=ANSWERS)
    (row,) = records(loyalty.weighting(care).rows)
    assert from_row(row).value == pytest.approx(0.5 * 0.6 + 0.5 * 0.2)
    assert row["unweighted"] == "50%"
    # Weights 2/3 and 2: 200 · (150 · 4/9 + 50 · 4) / 200² = 4/3.
    assert from_row(row).design_effect == pytest.approx(4 / 3)
    assert row["worth"] == pytest.approx(150)
    (scored,) = records(loyalty.scores(care).rows)
    assert from_row(scored) == from_row(row)


def test_a_study_with_a_group_of_nobody_gives_no_weighted_score_and_says_why(tmp_path):
    settings = POPULATION.replace("firm = 0.5", "firm = 0.4, state = 0.1")
    care = study(tmp_path, settings, survey=ANSWERS)
    found = loyalty.scores(care)
    assert from_row(records(found.rows)[0]).value is None
    assert any("Nobody answered of the group “state”" in note for note in found.notes)


def test_one_respondent_cannot_be_weighted_to_two_groups(tmp_path):
    care = study(tmp_path, POPULATION, survey=ANSWERS.head(1))
    assert records(loyalty.weighting(care).rows)[0]["value"] is None or np.isnan(
        records(loyalty.weighting(care).rows)[0]["value"]
    )


def test_answers_without_their_group_are_counted(tmp_path):
    survey = ANSWERS.assign(segment=[None] * 4 + ANSWERS["segment"].tolist()[4:])
    care = study(tmp_path, POPULATION, survey=survey)
    assert int(answers(care)["weight"].isna().sum()) == 4
    assert any(note.startswith("4 answers lack one of") for note in loyalty.scores(care).notes)


def test_without_weights_or_margins_there_is_nothing_to_show(tmp_path):
    assert isinstance(loyalty.weighting(study(tmp_path, survey=ANSWERS)), Skipped)
