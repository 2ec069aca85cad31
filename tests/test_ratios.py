"""Ratios of totals: published properties, coverage in time, and what a ledger may hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from carebench.methods import ratios


@given(
    st.lists(st.tuples(st.floats(1, 100), st.floats(1, 50)), min_size=6, max_size=24, unique=True)
)
def test_at_both_limits_of_fieller_the_t_statistic_is_its_quantile(pairs):
    y, x = np.array(pairs).T
    got = ratios.ratio(y, x)
    quantile = t.ppf(0.975, len(y) - 1)
    for limit in (got.low, got.high):
        if math.isinf(limit) or limit == 0:  # negative ratios are left out of the set
            continue
        rest = y - limit * x
        spread = rest.std(ddof=1)
        if spread > 1e-6 * abs(rest).max():
            statistic = rest.mean() / spread * math.sqrt(len(y))
            assert abs(statistic) == pytest.approx(quantile, rel=1e-3)


def test_fieller_covers_a_known_ratio():
    generator, covered, rounds = np.random.default_rng(6), 0, 2000
    for _round in range(rounds):
        new = generator.normal(100, 30, 12)
        spend = 500 * new + generator.normal(0, 6000, 12)
        got = ratios.ratio(spend, new)
        covered += got.low <= 500 <= got.high
    assert covered / rounds == pytest.approx(0.95, abs=0.015)


def test_a_denominator_near_zero_has_no_finite_limit_and_says_so():
    y, x = np.full(8, 10.0) + np.arange(8), np.array([1, -1, 2, -2, 1, -1, 0.5, -0.4])
    got = ratios.ratio(y, x)
    assert got.outside or math.isinf(got.high)


def test_few_periods_get_a_ratio_but_no_interval():
    got = ratios.ratio([10, 20], [1, 2])
    assert (got.value, got.low, got.n) == (10, None, 2)
    assert got.warnings


def test_the_ratio_of_two_ratios_covers_its_truth():
    generator, covered, rounds = np.random.default_rng(9), 0, 1500
    for _round in range(rounds):
        b, d = generator.poisson(100, 24), generator.poisson(400, 24)
        a = 50 * b + generator.normal(0, 400, 24)
        c = 10 * d + generator.normal(0, 300, 24)
        got = ratios.ratio_of_ratios((a, b), (c, d))
        covered += got.low <= 5 <= got.high
    assert covered / rounds == pytest.approx(0.95, abs=0.02)


def test_a_row_that_lacks_one_of_two_ratios_still_counts_in_the_other():
    spent, won = [10.0, 10, 10, 10, 10, 10], [1.0, 0, 1, 0, 1, 0]
    kept_for, kept = [5.0, math.nan, 5, math.nan, 5, math.nan], won
    got = ratios.ratio_of_ratios((spent, won), (kept_for, kept))
    assert got.value == pytest.approx((60 / 3) / (15 / 3))


def test_blank_rows_do_not_make_an_interval():
    pair = ([10.0] * 4 + [math.nan] * 20, [1.0] * 4 + [math.nan] * 20)
    assert ratios.ratio_of_ratios(pair, pair).low is None


def _coverage_in_time(alike, n, rounds=600):
    """How often a ratio of 500 is covered, with periods in time and as if independent."""
    rng, hits = np.random.default_rng(11), np.zeros(2)
    for _round in range(rounds):
        noise = rng.standard_normal(n)
        for at in range(1, n):
            noise[at] = alike * noise[at - 1] + math.sqrt(1 - alike**2) * noise[at]
        won = rng.normal(100, 20, n)
        spent = 500 * won + 6000 * noise
        found = (ratios.ratio(spent, won, periods=np.arange(n)), ratios.ratio(spent, won))
        hits += [one.low <= 500 <= one.high for one in found]
    return hits / rounds


@pytest.mark.parametrize(("alike", "n"), [(0.0, 12), (0.3, 24), (0.6, 24)])
def test_periods_that_resemble_the_last_still_cover(alike, n):
    in_time, _independent = _coverage_in_time(alike, n)
    assert 0.91 <= in_time <= 0.985


def test_without_their_order_periods_that_resemble_the_last_cover_too_seldom():
    assert _coverage_in_time(0.6, 24)[1] < 0.8


def test_a_clear_resemblance_is_said_and_none_is_not():
    won = np.full(24, 100.0)
    waves = 50_000 + 5000 * np.sin(np.arange(24) / 3)
    found = ratios.ratio(waves, won, periods=np.arange(24))
    assert found.warnings == (ratios.WIDENED,)
    jumping = 50_000 + 5000 * (-1.0) ** np.arange(24)
    assert ratios.ratio(jumping, won, periods=np.arange(24)).warnings == ()


def test_the_order_of_rows_does_not_matter_where_periods_say_it():
    rng = np.random.default_rng(3)
    won, spent, mixed = rng.poisson(90, 18), rng.normal(9e4, 9e3, 18).cumsum(), rng.permutation(18)
    ordered = ratios.ratio(spent, won, periods=np.arange(18))
    shuffled = ratios.ratio(spent[mixed], won[mixed], periods=np.arange(18)[mixed])
    assert shuffled.high == pytest.approx(ordered.high)
    assert ordered.high > ratios.ratio(spent, won).high


def test_periods_that_never_follow_each_other_count_as_independent():
    rng = np.random.default_rng(4)
    won, spent = rng.poisson(90, 12), rng.normal(9e4, 9e3, 12)
    apart = ratios.ratio(spent, won, periods=np.arange(0, 24, 2))
    assert apart.high == pytest.approx(ratios.ratio(spent, won).high)


def test_a_lag_pairs_spending_with_later_customers_and_skips_months_that_are_missing():
    spent, won, when = ratios.lagged([1, 2, 3, 4], [10, 20, 30, 40], [0, 1, 3, 4], 1)
    assert (spent.tolist(), won.tolist(), when.tolist()) == ([1, 3], [20, 40], [0, 3])


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 50)), max_size=15))
def test_a_cost_is_never_below_zero_whatever_the_ledger(pairs):
    spent, won = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = ratios.ratio(spent, won, periods=np.arange(len(pairs)))
    if found.low is not None:
        assert found.low >= 0
    if found.low is not None and not found.outside:
        assert found.low <= found.value * (1 + 1e-9) and found.value <= found.high * (1 + 1e-9)


def test_two_hundred_thousand_customers_take_no_time_series():
    rng = np.random.default_rng(5)
    found = ratios.ratio(rng.gamma(2, 50, 200_000), rng.random(200_000) < 0.3)
    assert found.n == 200_000 and found.high / found.low < 1.05


def test_a_denominator_that_rises_throughout_is_not_taken_for_zero():
    # Customers kept rise from 400 to 2,000 in 8 periods, and costs go with the last period's.
    rng, rounds, covered, finite = np.random.default_rng(5), 600, 0, 0
    for _round in range(rounds):
        kept, off = rng.poisson(np.linspace(400, 2000, 8)), rng.standard_normal(8)
        for k in range(1, 8):
            off[k] = 0.3 * off[k - 1] + math.sqrt(1 - 0.3**2) * off[k]
        got = ratios.ratio(900 * kept + 130_000 * off, kept, periods=np.arange(8))
        covered += got.low <= 900 <= got.high
        finite += not got.outside and got.high < 4 * 900
    assert covered / rounds == pytest.approx(0.95, abs=0.03)
    assert finite / rounds > 0.99
