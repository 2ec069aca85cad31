"""Time to the first answer and the 168-hour week."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carebench.methods import coverage, waiting
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
    assert (got.low, got.high) == (1, math.inf)


def test_the_median_covers_its_truth():
    generator, covered, rounds = np.random.default_rng(1), 0, 1000
    for _round in range(rounds):
        waits, watched = generator.weibull(0.8, 30) * 10, generator.uniform(15, 40, 30)
        got = waiting.median(np.minimum(waits, watched), waits <= watched)
        if got.value is not None:
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
