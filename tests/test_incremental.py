"""What keeping one more customer costs, and whether it pays: coverage and limits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebench.estimate import Estimate
from carebench.methods import break_even, incremental, ratios
from carebench.methods.incremental import Trial

LIKE_THE_BOOK = Trial(420, 500, 400, 500, spend=35_000)


def _trials(n, rounds, seed=3):
    """Trials of n customers a group, of which truly 84 and 80 % are kept."""
    rng = np.random.default_rng(seed)
    kept, without = rng.binomial(n, 0.84, rounds), rng.binomial(n, 0.80, rounds)
    return [Trial(int(a), n, int(b), n, 35_000) for a, b in zip(kept, without, strict=True)]


def _costs(trials):
    return [incremental.cost_per_kept(trial, unit="VND") for trial in trials]


@pytest.mark.parametrize(("n", "endless"), [(500, 0.62), (2000, 0.09), (8000, 0.0)])
def test_the_cost_of_keeping_covers_its_truth_and_often_has_no_upper_limit(n, endless):
    found = _costs(_trials(n, 1500))
    covered = [one.low is not None and one.low <= 35_000 / 0.04 <= one.high for one in found]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.013)
    without_end = [one.low is None or math.isinf(one.high) for one in found]
    assert np.mean(without_end) == pytest.approx(endless, abs=0.04)


def test_a_trial_that_kept_no_more_has_a_lower_limit_and_no_value():
    found = incremental.cost_per_kept(Trial(400, 500, 402, 500, spend=10), unit="USD")
    assert found.value is None and found.reason == incremental.NO_MORE_KEPT
    assert found.low > 0 and math.isinf(found.high)
    assert incremental.MAY_LOSE in found.warnings


def test_a_trial_that_clearly_lost_customers_has_no_cost_of_keeping():
    found = incremental.cost_per_kept(Trial(300, 500, 450, 500, spend=10), unit="USD")
    assert found.low is None and found.reason == incremental.NO_MORE_KEPT


def test_the_upper_limit_is_printed_as_none_and_not_as_a_number():
    found = incremental.cost_per_kept(Trial(410, 500, 400, 500, spend=35_000), unit="VND")
    assert "no finite upper limit" in str(found)


@pytest.mark.parametrize(
    ("spend", "without", "reason"),
    [(math.nan, 0.0, incremental.NO_SPENDING), (0.0, 0.0, incremental.NO_EXTRA),
     (5.0, 6.0, incremental.NO_EXTRA)],
)  # fmt: skip
def test_an_effort_without_a_cost_gets_words_and_no_number(spend, without, reason):
    trial = replace(LIKE_THE_BOOK, spend=spend, spend_without=without)
    assert incremental.cost_per_kept(trial, unit="VND").reason == reason


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_the_interval_is_newcombes_turned_over(treated, control, data):
    kept, without = data.draw(st.integers(0, treated)), data.draw(st.integers(0, control))
    trial = Trial(kept, treated, without, control, spend=7.0)
    found, gained = incremental.cost_per_kept(trial, unit="USD"), trial.more_kept()
    if gained.low > 0:
        assert (found.low, found.high) == pytest.approx((7 / gained.high, 7 / gained.low))
    if found.value is not None:
        assert found.low <= found.value <= found.high


def test_trials_with_one_common_cost_are_seldom_called_unlike():
    pairs = zip(_trials(800, 400, seed=5), _trials(1600, 400, seed=6), strict=True)
    unlike = [incremental.heterogeneity(pair) < incremental.UNLIKE for pair in pairs]
    assert np.mean(unlike) == pytest.approx(0.10, abs=0.04)


def test_trials_of_different_efforts_at_one_cost_are_alike():
    twice = Trial(9000, 10_000, 8000, 10_000, spend=10)
    once = Trial(8500, 10_000, 8000, 10_000, spend=5)
    assert incremental.heterogeneity([twice, once]) == pytest.approx(1)


def test_trials_with_very_different_costs_are_not_taken_together():
    cheap = Trial(950, 1000, 800, 1000, spend=10)
    dear = Trial(850, 1000, 800, 1000, spend=1000)
    assert incremental.heterogeneity([cheap, dear]) < 0.001


def test_one_trial_together_with_itself_costs_the_same_and_is_known_better():
    once = incremental.cost_per_kept(LIKE_THE_BOOK, unit="VND")
    twice = incremental.cost_per_kept_together([LIKE_THE_BOOK] * 2, unit="VND")
    assert twice.value == pytest.approx(once.value)
    assert twice.low > once.low


def test_winning_against_keeping_covers_its_truth():
    rng, covered, rounds = np.random.default_rng(8), 0, 500
    for trial in _trials(2000, rounds, seed=9):
        won = rng.poisson(85, 24)
        spent = 900_000 * won * np.exp(0.12 * rng.standard_normal(24) - 0.0072)
        winning = ratios.ratio(spent, won, unit="VND", periods=np.arange(24))
        times = incremental.times_the_cost(winning, incremental.cost_per_kept(trial, unit="VND"))
        covered += times.low is not None and times.low <= 900 / 875 <= times.high
    assert covered / rounds == pytest.approx(0.95, abs=0.025)


def _cost(value, low, high):
    return Estimate(value, low, high, 24, "", "VND")


def test_where_keeping_has_no_upper_limit_the_ratio_may_be_anything_down_to_zero():
    times = incremental.times_the_cost(_cost(900, 800, 1000), _cost(450, 300, math.inf))
    assert (times.value, times.low) == (2, 0)
    assert 3 < times.high < math.inf


def test_a_claim_is_judged_by_the_whole_interval():
    def times(low, high):
        return Estimate((low + high) / 2, low, high, 24, "", "ratio")

    assert incremental.verdict(times(5.0, 9.0), 5) == incremental.SUPPORTED
    assert incremental.verdict(times(1.0, 4.9), 5) == incremental.CONTRADICTED
    assert incremental.verdict(times(4.0, 6.0), 5) == incremental.UNDECIDED
    assert incremental.verdict(times(0.0, math.inf), 5) == incremental.UNDECIDED
    assert incremental.verdict(Estimate(6, None, None, 4, "", "ratio"), 5) == ""


def test_no_more_kept_leaves_an_upper_limit_of_the_ratio_that_may_contradict():
    nothing = incremental.cost_per_kept(Trial(4000, 5000, 4010, 5000, spend=900), unit="VND")
    times = incremental.times_the_cost(_cost(900, 800, 1000), nothing)
    assert times.value is None and 0 < times.high < 5
    assert incremental.verdict(times, 5) == incremental.CONTRADICTED


def _worth(value=1_000_000.0, factor=1.34):
    return Estimate(value, value / factor, value * factor, 400, "", "VND")


@pytest.mark.parametrize("n", [500, 2000])
def test_the_gain_of_an_effort_covers_its_truth(n):
    rng, covered, rounds = np.random.default_rng(4), 0, 200
    for trial in _trials(n, rounds, seed=n):
        worth = _worth(1e6 * math.exp(math.log(1.34) / 1.96 * rng.standard_normal()))
        gain = break_even.break_even(trial, worth).gain
        covered += gain.low <= 0.04 * 1e6 - 35_000 <= gain.high
    assert covered / rounds == pytest.approx(0.95, abs=0.035)


def test_what_is_worth_spending_is_the_gain_and_what_was_spent():
    found = break_even.break_even(LIKE_THE_BOOK, _worth())
    assert found.worthwhile.value == pytest.approx(0.04 * 1e6)
    assert found.worthwhile.low - found.gain.low == pytest.approx(35_000)
    assert found.verdict == break_even.CANNOT_TELL and 0.2 < found.likely < 0.8


def test_a_gift_that_costs_more_than_a_customer_is_worth_is_not_worth_it():
    trial = Trial(900, 1000, 800, 1000, spend=35_000)
    assert break_even.break_even(trial, _worth()).verdict == break_even.WORTH_IT
    assert break_even.break_even(trial, _worth(1e5)).verdict == break_even.NOT_WORTH_IT


def test_inputs_one_at_a_time_move_the_gain_less_than_all_together():
    found = break_even.break_even(LIKE_THE_BOOK, _worth())
    widths = [abs(swing.high - swing.low) for swing in found.swings]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] < found.gain.high - found.gain.low
    kept = next(swing for swing in found.swings if swing.name == break_even.KEPT)
    without = next(swing for swing in found.swings if swing.name == break_even.KEPT_WITHOUT)
    assert kept.low < kept.high and without.low > without.high


def test_a_worth_without_a_finite_interval_is_refused():
    with pytest.raises(ValueError, match="finite interval"):
        break_even.drawn(Estimate(5.0, 1.0, math.inf, 9, "", "VND"), np.zeros(2))


def test_draws_lie_about_an_estimate_as_its_interval_says():
    draws = break_even.drawn(_worth(), np.random.default_rng(1).standard_normal(40_000))
    assert np.quantile(draws, [0.025, 0.5, 0.975]) == pytest.approx(
        [1e6 / 1.34, 1e6, 1.34e6], rel=0.02
    )
    assert (draws > 0).all()


def test_payback_is_the_first_month_that_covers_the_cost():
    margin, nothing = 10.0 * np.arange(1, 37), np.zeros(36)
    found = break_even.months_to_cover(margin, nothing, _cost(95.0, 75.0, 121.0), n=9)
    assert (found.value, found.low, found.high) == (10, 8, 13)


def test_a_cost_that_is_never_covered_says_so_and_keeps_its_lower_limit():
    margin, errors = 10.0 * np.arange(1, 13), np.full(12, 1.0)
    found = break_even.months_to_cover(margin, errors, _cost(500.0, 400.0, 600.0), n=9)
    assert found.value is None and found.reason == break_even.NOT_COVERED
    assert (found.low, found.high) == (12, math.inf)
    maybe = break_even.months_to_cover(margin, 20 * errors, _cost(125.0, 100.0, 150.0), n=9)
    assert maybe.value is None and maybe.low < 12 and math.isinf(maybe.high)


def test_payback_covers_its_truth():
    # A margin of 10 a month with a spread of 25 from customer to customer; 95 are covered in 10.
    rng, covered, rounds = np.random.default_rng(2), 0, 800
    for _round in range(rounds):
        paid = np.cumsum(rng.normal(10, 25, (200, 36)).mean(axis=0))
        errors = 25 * np.sqrt(np.arange(1, 37) / 200)
        value = rng.normal(95, 8)
        cost = _cost(value, value - 1.96 * 8, value + 1.96 * 8)
        found = break_even.months_to_cover(paid, errors, cost, n=200)
        covered += found.low <= 10 <= found.high
    assert covered / rounds >= 0.94
