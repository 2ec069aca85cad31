"""Trends over several waves, and changes of the same respondents, against what is published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from carebench import loyalty
from carebench.estimate import Estimate, from_row, records
from carebench.finding import Finding, Skipped
from carebench.methods.one_and_others import against_others
from carebench.methods.panel import paired_change
from carebench.methods.proportions import proportion
from carebench.methods.scores import as_numbers, nps
from carebench.methods.trend import (
    BEYOND,
    CANNOT_TELL,
    CHANCE,
    FALLS,
    RISES,
    differences,
    trend,
)
from studies import study

# Colditz et al. (1994), JAMA 271:698-702: of 13 trials of BCG vaccine, those with tuberculosis
# and without it, vaccinated and not.
BCG = np.array(
    [
        [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619],
        [33, 5036, 47, 5761], [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892],
        [29, 7470, 45, 7232], [17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338],
        [27, 16886, 29, 17825],
    ],
    dtype=float,
)  # fmt: skip


def waves(*counts: tuple[int, int]) -> list[Estimate]:
    return [proportion(k, n) for k, n in counts]


def test_q_and_the_variance_between_match_the_trials_of_bcg():
    # Viechtbauer (2010), J. Stat. Softw. 36(3): Q = 152.233, DerSimonian–Laird .3088, and
    # Q-profile limits .1197 to 1.1115.
    a, b, c, d = BCG.T
    log_risk = np.log(a / (a + b)) - np.log(c / (c + d))
    found = differences(log_risk, 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    assert found.q == pytest.approx(152.2330, abs=5e-5)
    assert found.variance == pytest.approx(0.3088, abs=5e-5)
    assert (found.low, found.high) == pytest.approx((0.1197, 1.1115), abs=5e-5)


def test_of_plain_shares_the_test_is_pearson_s():
    counts = [(40, 100), (55, 110), (70, 120), (66, 130)]
    table = [[k, n - k] for k, n in counts]
    assert trend(waves(*counts)).alike_p == pytest.approx(chi2_contingency(table).pvalue)


def test_waves_that_are_alike_are_no_more_than_chance_and_stand_at_the_limit():
    found = trend(waves((50, 100), (54, 100), (46, 100), (50, 100)))
    assert found.verdict == CHANCE
    assert found.between.value == 0 and "stands at its limit" in found.between.warnings[0]
    assert found.between.low == 0 < found.between.high


def test_waves_more_alike_than_chance_makes_them_have_no_limits_of_their_spread():
    found = trend(waves((50, 100), (51, 100), (49, 100), (50, 100))).between
    assert (found.value, found.low) == (0, None) and "more alike" in found.warnings[0]


def test_a_steady_rise_and_a_steady_fall_are_told_with_their_slope():
    counts = [(400, 1000), (440, 1000), (480, 1000), (520, 1000)]
    rising = trend(waves(*counts))
    assert rising.verdict == RISES
    assert rising.slope.value == pytest.approx(4, abs=0.01)
    assert trend(waves(*counts[::-1])).verdict == FALLS


def test_ups_and_downs_beyond_chance_are_no_steady_rise():
    assert trend(waves((300, 1000), (500, 1000), (310, 1000), (520, 1000))).verdict == BEYOND


def test_a_jump_between_two_levels_is_a_change_and_not_steady():
    # The slope is far from 0, yet the waves are no line: all of the change came at once.
    found = trend(waves(*[(300, 1000)] * 4, *[(500, 1000)] * 4))
    assert found.slope.low > 0 and found.verdict == BEYOND


def test_the_band_is_that_of_an_analysis_of_means():
    # k = 4, n = 100, p̄ = .5: ± z(1 − .025/8) · √(.25 · (1/100 − 1/400)).
    band = trend(waves((50, 100), (51, 100), (49, 100), (50, 100))).band
    assert band[0] == pytest.approx([0.5 - 0.11840, 0.5 + 0.11840], abs=1e-4)


def test_few_waves_alike_answers_and_sparse_waves_are_not_judged():
    for given, why in (
        (waves((1, 9), (2, 9)), "three points"),
        (waves((9, 9), (9, 9), (9, 9)), "ever differed"),
        (waves((40, 100), (50, 100), (1, 3)), "too little"),
    ):
        found = trend(given)
        assert found.verdict == CANNOT_TELL and why in found.slope.reason
        assert np.isnan(found.band).all()


def test_a_wave_without_a_value_keeps_its_place_in_time():
    full = waves((400, 1000), (440, 1000), (480, 1000), (520, 1000))
    gap = [full[0], Estimate.absent("too few answers", n=3), *full[2:]]
    assert trend(gap).slope.value == pytest.approx(trend(full).slope.value, abs=0.01)


def test_waves_that_are_alike_are_rarely_called_otherwise():
    rng, runs = np.random.default_rng(3), 400
    found = [
        trend([proportion(int(k), 300) for k in rng.binomial(300, 0.4, 5)]) for _run in range(runs)
    ]
    assert np.mean([one.verdict != CHANCE for one in found]) <= 0.075
    covered = [one.slope.low <= 0 <= one.slope.high for one in found]
    assert np.mean(covered) == pytest.approx(0.955, abs=0.03)


def test_a_trend_of_net_promoter_scores_is_in_points():
    rng = np.random.default_rng(5)
    scores = [nps(rng.choice([5, 8, 10], 400, p=[0.5 - s, 0.2, 0.3 + s])) for s in (0, 0.1, 0.2)]
    found = trend(scores)
    assert found.verdict == RISES and found.slope.low <= 20 <= found.slope.high
    assert (found.band >= -100).all() and (found.band <= 100).all()


# Changes of the same respondents


def test_the_change_of_pairs_is_agresti_and_min_s():
    # 9 gained, 3 lost, of 40: with ½ in each cell (9.5 − 3.5)/42 and the variance of the four.
    then = np.array([0] * 9 + [1] * 3 + [1] * 20 + [0] * 8)
    now = np.array([1] * 9 + [0] * 3 + [1] * 20 + [0] * 8)
    centre, error = 6 / 42, np.sqrt((13 / 42 - (6 / 42) ** 2) / 42)
    found = paired_change(then, now).estimate
    assert found.value == pytest.approx(15)
    assert (found.low, found.high) == pytest.approx(
        (100 * (centre - 1.959964 * error), 100 * (centre + 1.959964 * error))
    )


def test_pairs_that_never_change_leave_an_interval_all_the_same():
    found = paired_change(np.ones(60), np.ones(60), recommended=True).estimate
    assert (found.value, found.low < 0 < found.high) == (0, True)


def test_pairs_cover_the_true_change_as_often_as_they_say():
    rng, runs, covered = np.random.default_rng(11), 600, 0
    for _run in range(runs):
        then = rng.random(60) < 0.5
        now = np.where(rng.random(60) < 0.7, then, rng.random(60) < 0.7)
        found = paired_change(then, now).estimate
        covered += found.low <= 100 * 0.3 * 0.2 <= found.high
    assert covered / runs == pytest.approx(0.955, abs=0.025)


def test_a_net_promoter_score_of_few_pairs_has_no_change():
    assert paired_change(np.ones(49), np.ones(49), recommended=True).estimate.value is None


def test_answers_become_numbers_whose_mean_is_the_score():
    answers = [0, 6, 7, 8, 9, 10, np.nan]
    numbers = as_numbers(answers, scale=(0, 10), recommended=True)
    assert np.isnan(numbers[-1]) and numbers[:-1].tolist() == [-1, -1, 0, 0, 1, 1]
    assert as_numbers([3, 4, 5], scale=(1, 5)).tolist() == [0, 1, 1]


# One group against the others


def test_groups_that_are_alike_are_rarely_called_different():
    rng, runs, false = np.random.default_rng(13), 60, 0
    for _run in range(runs):
        alike = [nps(rng.choice([3, 8, 10], 110, p=[0.5, 0.2, 0.3])) for _group in range(13)]
        said = against_others(alike)
        false += any(one.verdict != "not distinguishable" for one in said)
    assert false / runs <= 0.11


def test_a_group_apart_is_told_and_one_too_small_is_not_judged():
    rng = np.random.default_rng(17)
    groups = [nps(rng.choice([3, 8, 10], n, p=p)) for n, p in (
        (200, [0.5, 0.2, 0.3]), (200, [0.5, 0.2, 0.3]), (200, [0.1, 0.1, 0.8]), (20, [0, 0, 1]),
    )]  # fmt: skip
    words = [one.verdict for one in against_others(groups)]
    assert words[2] == "clearly above" and words[3] == "too few answers"
    assert against_others(groups[:1])[0].verdict == "too few answers"


# Questions on small studies


def survey(*parts: tuple[str, int, int], first: int = 0) -> pd.DataFrame:
    """Of each wave so many 5s and so many 1s, by respondents counted from `first`."""
    return pd.concat(
        pd.DataFrame(
            {
                "respondent": [f"r{first + i}" for i in range(good + bad)],
                "wave": wave,
                "csat": [5] * good + [1] * bad,
            }
        )
        for wave, good, bad in parts
    )


def test_three_waves_of_one_table_make_a_trend(tmp_path):
    rows = survey(("2024", 100, 200), ("2025", 140, 160), ("2026", 180, 120), ("2027", 9, 1))
    found = loyalty.score_trend(study(tmp_path, 'wave = "2026"', survey=rows), "csat")
    assert found.rows["wave"].tolist() == ["2024", "2025", "2026"]
    assert "rises steadily" in found.headline
    assert isinstance(loyalty.trends(study(tmp_path, 'wave = "2026"', survey=rows)), Finding)


def test_two_waves_are_no_trend(tmp_path):
    rows = survey(("2025", 140, 160), ("2026", 180, 120))
    found = loyalty.score_trend(study(tmp_path, 'wave = "2026"', survey=rows), "csat")
    assert isinstance(found, Skipped) and "three waves" in found.reason


def test_the_same_respondents_are_paired_and_the_caption_says_so(tmp_path):
    rows = survey(("2025", 100, 100), ("2026", 110, 90))
    found = loyalty.changes(study(tmp_path, 'wave = "2026"', survey=rows))
    (row,) = records(found.rows)
    assert "paired by respondent" in row["method"] and "(paired)" in found.caption
    assert row["changed"] and from_row(row).value == pytest.approx(5)
    # The same counts of other people are no established change.
    others = pd.concat([survey(("2025", 100, 100)), survey(("2026", 110, 90), first=1000)])
    (apart,) = records(loyalty.changes(study(tmp_path, 'wave = "2026"', survey=others)).rows)
    assert not apart["changed"] and from_row(apart).value == pytest.approx(5)


def test_codes_that_repeat_within_a_wave_are_not_paired(tmp_path):
    rows = survey(("2025", 100, 100), ("2026", 110, 90))
    rows = rows.assign(respondent=rows["respondent"].replace("r1", "r2"))
    (row,) = records(loyalty.changes(study(tmp_path, 'wave = "2026"', survey=rows)).rows)
    assert row["method"] == "Newcombe"
