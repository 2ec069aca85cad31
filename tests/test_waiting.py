"""Time to the first answer and the 168-hour week."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import quantile_test
from scipy.stats import t as student

from carebench.methods import coverage, logrank, restricted_mean, waiting
from carebench.methods.multiplicity import holm
from carebench.schema import DataError

# 6-MP arm of Freireich et al. (1963), Blood 21:699: weeks of remission, + still in remission.
REMISSION = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+".split()
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
WEEKS = np.array([float(week.rstrip("+")) for week in REMISSION])
RELAPSED = np.array([not week.endswith("+") for week in REMISSION])


def test_the_curve_matches_the_published_one_of_6_mp():
    got = waiting.curve(WEEKS, RELAPSED)
    assert got["time"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert (1 - got["share"]).tolist() == pytest.approx(
        [0.857143, 0.806723, 0.752941, 0.690196, 0.627451, 0.537815, 0.448179], abs=1e-6
    )
    error = (1 - got["share"][0]) * math.sqrt(got["variance"][0])
    assert error == pytest.approx(0.076360, abs=1e-6)


def test_the_log_log_interval_matches_the_published_one():
    got = waiting.answered_within(WEEKS, RELAPSED, 6.5)
    assert (1 - got.high, 1 - got.low) == pytest.approx((0.620, 0.952), abs=1e-3)


def test_medians_match_the_published_ones():
    assert waiting.median(WEEKS, RELAPSED).value == 23
    assert waiting.median(PLACEBO, np.ones(21, dtype=bool)).value == 8


def test_a_median_that_was_not_reached_is_said_and_not_replaced():
    got = waiting.median([1, 2, 48, 48, 48], [True, True, False, False, False])
    assert got.value is None and got.reason.startswith("not reached")
    # With 5 attempts no two order statistics hold the median at 95 %: 2 × ½⁵ = .0625.
    assert (got.low, got.high) == (0, math.inf)
    got = waiting.median([1] * 3 + [48] * 17, [True] * 3 + [False] * 17)
    assert (got.low, got.high) == (48, math.inf)


def test_the_median_covers_its_truth():
    generator, covered, rounds = np.random.default_rng(1), 0, 400
    for _round in range(rounds):
        waits, watched = generator.weibull(0.8, 30) * 10, generator.uniform(15, 40, 30)
        got = waiting.median(np.minimum(waits, watched), waits <= watched)
        covered += got.low <= 10 * math.log(2) ** (1 / 0.8) <= got.high
    assert covered / rounds > 0.93


def test_with_one_window_for_all_the_share_is_a_plain_proportion():
    got = waiting.answered_within([1, 5, 30, 48, 48], [True, True, True, False, False], 24)
    assert (got.k, got.n, got.method) == (2, 5, "Wilson score")


def test_those_withdrawn_before_the_limit_do_not_vouch_for_silence():
    got = waiting.answered_within([1.0] * 99 + [10], [False] * 100, 5)
    assert (got.k, got.n) == (0, 1)


def test_nothing_is_said_of_times_beyond_the_watch():
    got = waiting.answered_within([1, 5, 20], [True, True, False], 24)
    assert got.value is None


def test_negative_waits_are_refused():
    with pytest.raises(DataError, match="below zero"):
        waiting.curve([-1, 2], [True, True])


def test_the_median_of_an_even_number_is_the_middle_of_the_flat_stretch():
    assert waiting.median([1, 2, 3, 4], [True] * 4).value == 2.5
    assert waiting.median([1, 2, 9, 9], [True, True, False, False]).value == 2


def test_with_one_window_for_all_the_limits_of_a_quantile_are_order_statistics():
    # n = 12, median: the 3rd and the 10th, which hold it in 96.1 % (Conover 1999, table A3).
    times = np.arange(1.0, 13)
    got = waiting.median(times, np.ones(12, dtype=bool))
    assert (got.low, got.high, got.method) == (3, 10, waiting.EXACT)
    # Those who were never answered are the longest waits, whether watched for long or bounced.
    for late in (48.0, math.inf):
        shown = waiting.median(np.where(times > 9, late, times), times <= 9)
        assert (shown.value, shown.low, shown.high) == (6.5, 3, math.inf)


def test_someone_lost_late_does_not_change_an_interval_that_ended_before():
    times = np.arange(1.0, 41)
    whole = waiting.median(times, np.ones(40, dtype=bool))
    lost = waiting.median(times, times != 35)
    assert (lost.low, lost.high, lost.method) == (whole.low, whole.high, waiting.EXACT)
    early = waiting.median(times, times != 5)
    assert early.method == waiting.KAPLAN_MEIER and waiting.UNEQUAL in early.warnings


@pytest.mark.parametrize("share", [0.25, 0.5])
@pytest.mark.parametrize("n", [8, 20])
def test_quantiles_cover_their_truth_when_two_fifths_are_never_answered(n, share):
    generator, covered, rounds = np.random.default_rng(n), 0, 250
    truth = 10 * (-math.log(1 - share / 0.6)) ** (1 / 0.8)
    for _round in range(rounds):
        ever = generator.random(n) < 0.6
        waits = np.where(ever, generator.weibull(0.8, n) * 10, math.inf)
        got = waiting.quantiles(np.minimum(waits, 48), waits <= 48, [share])[0]
        covered += got.low <= truth <= got.high
    assert covered / rounds > 0.93


def test_few_answers_and_few_attempts_are_warned_of():
    assert (
        waiting.FEW_ANSWERS in waiting.median([1, 2] + [9] * 8, [True] * 2 + [False] * 8).warnings
    )
    assert waiting.median([1, 2, 3, 4], [True] * 4).warnings == ("fewer than 5 attempts",)


def test_those_who_bounced_do_not_speak_for_those_lost_from_sight():
    # Five answered at once, three bounced, two lost after 10 h: of 24 h nothing is known.
    waits, came = [1.0] * 5 + [math.inf] * 3 + [10.0] * 2, [True] * 5 + [False] * 5
    assert waiting.answered_within(waits, came, 24).value is None
    assert restricted_mean.restricted_mean(waits, came, 24).value is None
    assert waiting.answered_within(waits, came, 10).value == 0.5


def test_an_answer_after_an_endless_wait_is_refused():
    with pytest.raises(DataError, match="endless"):
        waiting.curve([math.inf], [True])


def test_a_long_curve_is_thinned_without_changing_its_shape():
    generator = np.random.default_rng(6)
    waits = generator.exponential(10, 30_000)
    steps = waiting.curve(np.minimum(waits, 30), waits <= 30)
    thin = waiting.thinned(steps)
    assert len(thin) <= waiting.STEPS < len(steps)
    at = np.searchsorted(thin["time"], steps["time"], side="right") - 1
    gap = steps["share"] - np.where(at < 0, 0, thin["share"].to_numpy()[np.maximum(at, 0)])
    assert 0 <= gap.min() and gap.max() <= 1 / waiting.STEPS + 1e-9
    assert thin["share"].iloc[-1] == steps["share"].iloc[-1]


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=30))
def test_the_curve_is_the_plain_product_over_times(attempts):
    waits = np.array([float(wait) for wait, _came in attempts])
    came = np.array([c for _wait, c in attempts])
    left, expected = 1.0, []
    for moment in sorted(set(waits[came])):
        left *= 1 - (came & (waits == moment)).sum() / (waits >= moment).sum()
        expected.append(1 - left)
    got = waiting.curve(waits, came)
    assert got["share"].tolist() == pytest.approx(expected)
    assert (got["low"] <= got["share"] + 1e-12).all() and (
        got["share"] <= got["high"] + 1e-12
    ).all()


def test_the_log_rank_test_matches_the_published_one_of_6_mp():
    # Freireich et al. (1963): χ² 16.79; S(6) and the medians stand above.
    waits, came = np.append(WEEKS, PLACEBO), np.append(RELAPSED, [True] * 21)
    got = logrank.logrank(waits, came, np.repeat([0, 1], 21), groups=2)
    assert got["chi2"].tolist() == pytest.approx([16.79] * 2, abs=0.005)
    assert got["observed"].tolist() == [9, 21]
    assert got["p"].tolist() == pytest.approx([1.1e-4] * 2, abs=1e-5)


def test_the_log_rank_test_adds_up_time_by_time_within_strata():
    generator = np.random.default_rng(0)
    waits = np.round(generator.exponential(1, 120), 1)
    came, group = generator.random(120) < 0.6, generator.integers(0, 4, 120)
    waits[~came & (generator.random(120) < 0.3)] = math.inf
    stratum = generator.integers(0, 3, 120)
    expected, variance = np.zeros(4), np.zeros(4)
    for s, moment in itertools.product(range(3), np.unique(waits[came])):
        there = (stratum == s) & (waits >= moment)
        d, n = (there & came & (waits == moment)).sum(), there.sum()
        m = np.bincount(group[there], minlength=4)
        expected += d * m / max(n, 1)
        variance += d * (n - d) / max(n - 1, 1) * m / max(n, 1) * (1 - m / max(n, 1))
    got = logrank.logrank(waits, came, group, groups=4, strata=stratum)
    assert got["expected"].tolist() == pytest.approx(expected)
    assert got["variance"].tolist() == pytest.approx(variance)


def test_a_group_with_nobody_to_compare_with_is_never_accused():
    got = logrank.logrank([1, 2, 3], [True] * 3, [0, 1, 1], groups=2, strata=[0, 1, 1])
    assert got["p"].tolist() == [1, 1] and got["chi2"].tolist() == [0, 0]


@pytest.mark.parametrize("answered", [0.3, 0.9])
def test_thirteen_alike_are_seldom_told_apart(answered):
    # By the tail of χ² a false difference came in .09 to .15 of such audits, after Holm.
    generator, accused, rounds = np.random.default_rng(8), 0, 300
    for _round in range(rounds):
        ever = generator.random(13 * 8) < answered
        waits = np.where(ever, generator.weibull(0.8, 13 * 8) * 10, math.inf)
        group, strata = np.repeat(np.arange(13), 8), generator.integers(0, 4, 13 * 8)
        got = logrank.logrank(np.minimum(waits, 48), waits <= 48, group, groups=13, strata=strata)
        accused += min(holm(got["p"].tolist())) <= 0.05
    assert accused / rounds <= 0.075


def test_two_that_differ_are_told_apart_as_often_as_planned():
    # 60 against 90 % answered and twice as fast, 20 each: the tail of χ² finds .72.
    generator, found, rounds = np.random.default_rng(9), 0, 200
    group = np.repeat([0, 1], 20)
    for _round in range(rounds):
        ever = generator.random(40) < np.where(group, 0.9, 0.6)
        waits = np.where(ever, generator.weibull(0.8, 40) * np.where(group, 5, 10), math.inf)
        got = logrank.logrank(np.minimum(waits, 48), waits <= 48, group, groups=2)
        found += got["p"][0] <= 0.05
    assert found / rounds == pytest.approx(0.72, abs=0.1)


@given(st.lists(st.floats(0, 40), min_size=2, max_size=30))
def test_a_restricted_mean_of_whole_waits_is_students(values):
    cut = np.minimum(values, 24)
    got = restricted_mean.restricted_mean(values, np.ones(len(values), dtype=bool), 24)
    assert got.value == pytest.approx(cut.mean())
    error = cut.std(ddof=1) / math.sqrt(len(cut))
    if error > 1e-3:
        half = student.ppf(0.975, len(cut) - 1) * error
        assert got.low == pytest.approx(max(0, cut.mean() - half), abs=1e-6)
        assert got.high == pytest.approx(min(24, cut.mean() + half), abs=1e-6)


def test_the_restricted_mean_is_the_area_under_the_published_curve():
    # 6-MP to 10 weeks: 6 × 1 + 1 × .857143 + 3 × .806723, from the published S(t).
    got = restricted_mean.restricted_mean(WEEKS, RELAPSED, 10)
    assert got.value == pytest.approx(6 + 0.857143 + 3 * 0.806723, abs=1e-5)


@pytest.mark.parametrize(("n", "answered"), [(8, 0.5), (12, 0.2), (20, 0.9)])
def test_the_restricted_mean_covers_its_truth(n, answered):
    generator, groups = np.random.default_rng(10), 3000
    waits = generator.weibull(0.8, n * groups) * 10
    waits = np.where(generator.random(n * groups) < answered, waits, math.inf)
    whole = np.minimum(generator.weibull(0.8, 200_000) * 10, 24).mean()
    truth = answered * whole + (1 - answered) * 24
    watched = generator.uniform(20, 60, n * groups)
    got = restricted_mean.restricted_means(
        np.minimum(waits, watched), waits <= watched, np.repeat(np.arange(groups), n), 20,
        groups=groups,
    )  # fmt: skip
    whole = np.minimum(generator.weibull(0.8, 200_000) * 10, 20).mean()
    truth = answered * whole + (1 - answered) * 20
    covered = np.mean([e.low <= truth <= e.high for e in got if e.value is not None])
    assert covered == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("n", [1, 4, 30])
def test_a_restricted_mean_of_waits_that_are_all_alike_is_not_held_for_certain(n):
    none = restricted_mean.restricted_mean([48.0] * n, [False] * n, 24)
    assert none.value == none.high == 24
    assert none.low == pytest.approx(24 * 0.025 ** (1 / n))
    same = restricted_mean.restricted_mean([6.0] * n, [True] * n, 24)
    assert same.low < 6 < same.high


def test_the_differences_of_restricted_means_cover_their_truth():
    generator, groups, rounds, covered = np.random.default_rng(12), 5, 300, []
    shares = np.linspace(0.2, 0.9, groups)
    whole = np.minimum(generator.weibull(0.8, 200_000) * 10, 24).mean()
    means = shares * whole + (1 - shares) * 24
    truth = means - (means.sum() - means) / (groups - 1)
    of = np.repeat(np.arange(groups), 12)
    for _round in range(rounds):
        ever = generator.random(len(of)) < shares[of]
        waits = np.where(ever, generator.weibull(0.8, len(of)) * 10, math.inf)
        found = restricted_mean.restricted_means(
            np.minimum(waits, 48), waits <= 48, of, 24, groups=groups
        )
        gaps = restricted_mean.against_the_others(found)
        covered += [e.low <= x <= e.high for e, x in zip(gaps, truth, strict=True)]
    assert np.mean(covered) == pytest.approx(0.955, abs=0.02)


def test_differences_from_the_others_add_up_to_nothing_and_need_another():
    means = restricted_mean.restricted_means(
        [1.0, 2, 3, 8, 9, 4], [True] * 6, [0, 0, 1, 1, 2, 2], 24, groups=3
    )
    gaps = restricted_mean.against_the_others(means)
    assert sum(e.value for e in gaps) == pytest.approx(0)
    assert restricted_mean.against_the_others(means[:1])[0].value is None


def test_curves_that_cross_are_found_and_those_that_do_not_are_not():
    generator = np.random.default_rng(13)
    one, two = generator.weibull(0.5, 300) * 10, generator.weibull(3, 300) * 10
    group = np.repeat([0, 1], 300)
    yes = np.ones(600, dtype=bool)
    assert logrank.crossing(np.append(one, two), yes, group, 40, groups=2).all()
    assert not logrank.crossing(np.append(one, 3 * one), yes, group, 40, groups=2).any()
    assert not logrank.crossing([48.0] * 600, ~yes, group, 40, groups=2).any()


def test_a_million_waits_are_quick():
    generator, n = np.random.default_rng(14), 1_000_000
    waits, came = generator.exponential(10, n), generator.random(n) < 0.5
    group, strata = generator.integers(0, 300, n), generator.integers(0, 5, n)
    started = time.process_time()
    waiting.median(waits, came)
    logrank.logrank(waits, came, group, groups=300, strata=strata)
    restricted_mean.restricted_means(waits, came, group, 24, groups=300)
    assert time.process_time() - started < 4


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("24/7", 168),
        ("Mo-Fr 08:00-17:30; Sa 08:00-12:00", 51.5),
        ("Mo-Su 07:00-22:00", 105),
        ("Fr-Mo 22:00-02:00", 16),
        ("mo,we 9:00-10:00", 2),
        ("Su 20:00-24:00", 4),
        ("Sa 00:00-24:00", 24),
        ("", 0),
    ],
)
def test_claimed_hours_add_up_to_the_week_they_say(text, hours):
    assert coverage.claimed_week(text).sum() == pytest.approx(hours)


def test_a_span_past_sunday_midnight_reaches_monday():
    week = coverage.claimed_week("Su 22:00-02:00")
    assert np.flatnonzero(week).tolist() == [0, 1, 166, 167]


@pytest.mark.parametrize("text", ["always", "Mo-Fr", "Xx 08:00-09:00", "Mo 25:00-26:00", "Mo 8-9"])
def test_hours_that_are_not_understood_say_what_was_expected(text):
    with pytest.raises(DataError, match="Expected"):
        coverage.claimed_week(text)


def test_night_is_22_to_6():
    night = coverage.at_night(np.arange(168))
    assert night.sum() == 7 * 8 and night[22] and night[5] and not night[6] and not night[21]


def test_24_7_is_refuted_only_by_enough_silent_nights():
    # One claimant, 12 of 20 answered by day: four silent nights are needed, three are not enough.
    assert coverage.night_verdicts([(0, 4)], [(12, 20)]) == ["refuted"]
    assert coverage.night_verdicts([(0, 3)], [(12, 20)]) == ["cannot tell"]
    assert coverage.night_verdicts([(2, 40)], [(30, 40)]) == ["less often at night"]
    assert coverage.night_verdicts([(0, 0)], [(12, 20)]) == ["not tried at night"]
    assert coverage.night_verdicts([(9, 9)], [(12, 20)]) == ["no gap found"]
    assert coverage.night_verdicts([], []) == []


def test_attempts_may_be_pooled_only_where_they_lie_over_the_week_as_its_hours_do():
    generator = np.random.default_rng(2)
    slices = np.arange(0, 168, 2) + generator.integers(0, 2, 84)
    assert coverage.spread_evenly(slices)
    office = np.concatenate([slices[:42], 24 * generator.integers(0, 5, 42) + 10])
    assert not coverage.spread_evenly(office)
    assert not coverage.spread_evenly([])


def test_thirteen_claimants_without_a_gap_are_seldom_accused():
    generator, accused, rounds = np.random.default_rng(5), 0, 300
    for _round in range(rounds):
        night = [(int(k), 28) for k in generator.binomial(28, 0.5, 13)]
        day = [(int(k), 56) for k in generator.binomial(56, 0.5, 13)]
        accused += any(
            v in ("refuted", "less often at night") for v in coverage.night_verdicts(night, day)
        )
    assert accused / rounds <= 0.07


@pytest.mark.parametrize("n", [1, 2, 8, 40, 300])
def test_waits_given_once_with_their_counts_say_what_each_attempt_says(n):
    generator = np.random.default_rng(n)
    times = generator.integers(0, 30, n).astype(float)
    came = generator.random(n) < 0.6
    times[~came & (generator.random(n) < 0.3)] = np.inf
    pairs, counts = np.unique(np.column_stack([times, came]), axis=0, return_counts=True)
    once, ended = pairs[:, 0], pairs[:, 1] > 0
    shares = (0.1, 0.25, 0.5, 0.75)
    assert waiting.quantiles(once, ended, shares, counts=counts) == (
        waiting.quantiles(times, came, shares)
    )
    for limit in (3.0, 20.0, 29.0):
        for question in (waiting.answered_within, restricted_mean.restricted_mean):
            expected = question(times, came, limit)
            assert question(once, ended, limit, counts=counts) == expected


@pytest.mark.parametrize("n", [1, 5, 30, 400])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.75])
def test_exact_limits_are_the_order_statistics_of_scipy(n, share):
    times = np.random.default_rng(n).random(n)
    theirs = quantile_test(times, q=0, p=share).confidence_interval(0.95)
    (mine,) = waiting.quantiles(times, np.ones(n, dtype=bool), (share,))
    assert mine.low == np.nan_to_num(theirs.low)
    assert mine.high == (np.inf if np.isnan(theirs.high) else theirs.high)
