"""Scores, concentration, ratios and drivers: published values, properties, coverage."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from carebench.methods import concentration, drivers, ratios, scores
from carebench.schema import DataError

PUBLISHED = Path(__file__).parent / "published"


def _answers(promoters: int, passives: int, detractors: int) -> np.ndarray:
    return np.repeat([10, 8, 3], [promoters, passives, detractors])


def test_nps_matches_the_adjusted_wald_of_rocks():
    # Rocks (2016), Int. J. Market Res. 58:725: 250 promoters, 75 detractors of 1,000.
    got = scores.nps(_answers(250, 675, 75))
    assert got.value == pytest.approx(17.5)
    assert (got.low, got.high) == pytest.approx((14.086, 20.809), abs=5e-4)


def test_nps_of_fifty_thirty_twenty():
    got = scores.nps(_answers(50, 30, 20))
    assert (got.low, got.high) == pytest.approx((14.1, 44.3), abs=0.1)


def test_nps_covers_the_truth_at_the_smallest_n_it_is_given_for():
    generator, covered, rounds = np.random.default_rng(3), 0, 2000
    for _round in range(rounds):
        got = scores.nps(_answers(*generator.multinomial(50, [0.5, 0.3, 0.2])))
        covered += got.low <= 30 <= got.high
    assert covered / rounds == pytest.approx(0.955, abs=0.015)


def test_nps_of_few_answers_or_of_another_scale_is_refused():
    assert scores.nps(_answers(20, 10, 19)).reason == "too few answers"
    other = scores.nps(np.arange(1, 8).repeat(20), scale=(1, 7))
    assert "from 0 to 10" in other.reason


def test_csat_counts_fours_and_fives_and_leaves_missing_out():
    got = scores.top_box([5, 4, 3, 1, np.nan, 4], scale=(1, 5))
    assert (got.k, got.n) == (3, 5)


def test_a_score_off_its_scale_is_an_error_that_names_the_remedy():
    with pytest.raises(DataError, match="9 is off the scale 1 to 5"):
        scores.top_box([4, 9], scale=(1, 5))


def test_mean_is_students():
    values = [5.0, 6, 7, 4, 5]
    got = scores.mean(values)
    half = t.ppf(0.975, 4) * np.std(values, ddof=1) / math.sqrt(5)
    assert (got.low, got.high) == pytest.approx((5.4 - half, 5.4 + half))


def test_equal_answers_have_a_mean_and_no_interval_and_limits_stay_on_the_scale():
    assert scores.mean([4.0, 4, 4]).low is None
    got = scores.mean([5.0, 4], scale=(1, 5))
    assert (got.low, got.high) == (1, 5)


def test_an_nps_of_one_heavy_answer_is_refused():
    weights = np.array([1000.0] + [0.1] * 79)
    assert scores.nps(_answers(40, 20, 20), weights=weights).reason == "too few answers"


def test_top_share_covers_a_known_truth():
    # A lognormal whose top 20 % hold .677: Lorenz ordinate Φ(Φ⁻¹(.8) − σ) with σ = 1.3011.
    generator, covered, rounds = np.random.default_rng(4), 0, 800
    for _round in range(rounds):
        got = concentration.top_share(generator.lognormal(0, 1.3011, 2000), 0.2)
        covered += got.low <= 0.677 <= got.high
    assert covered / rounds == pytest.approx(0.945, abs=0.025)


def test_gini_of_a_lognormal_matches_theory_and_covers():
    generator, covered, rounds, sigma = np.random.default_rng(5), 0, 500, 1.0
    truth = math.erf(sigma / 2)
    for _round in range(rounds):
        got = concentration.gini(generator.lognormal(0, sigma, 2000))
        covered += got.low <= truth <= got.high
    assert covered / rounds == pytest.approx(0.94, abs=0.03)


@given(st.lists(st.floats(0.01, 1e6), min_size=5, max_size=60), st.floats(0.05, 0.95))
def test_top_share_is_on_the_lorenz_curve_and_grows_with_the_share(amounts, share):
    got = concentration.top_share(amounts, share).value
    assert share - 1e-9 <= got <= 1 + 1e-9
    assert got <= concentration.top_share(amounts, min(1, share + 0.05)).value + 1e-9


def test_a_tail_without_a_variance_is_warned_of_and_an_ordinary_one_is_not():
    generator = np.random.default_rng(11)
    pareto = generator.pareto(1.16, 3000) + 1  # the 80:20 law itself
    assert concentration.HEAVY_TAIL in concentration.top_share(pareto, 0.2).warnings
    assert concentration.tail_index(generator.pareto(3, 50_000) + 1) == pytest.approx(3, abs=0.3)
    assert not concentration.top_share(generator.lognormal(0, 1, 3000), 0.2).warnings


def test_equal_customers_show_no_concentration():
    assert concentration.top_share(np.ones(1000), 0.2).value == pytest.approx(0.2)
    assert concentration.gini(np.ones(1000)).value == pytest.approx(0, abs=1e-12)


def test_few_customers_and_no_revenue_are_said():
    assert "fewer than 500" in concentration.top_share(np.arange(1, 100), 0.2).warnings[0]
    assert concentration.top_share([5], 0.2).reason == "fewer than two customers"
    assert concentration.top_share([5, math.nan, 5], 0.5).n == 2
    assert concentration.top_share([-1, -2], 0.2).value is None


@given(
    st.lists(st.tuples(st.floats(1, 100), st.floats(1, 50)), min_size=6, max_size=24, unique=True)
)
def test_at_both_limits_of_fieller_the_t_statistic_is_its_quantile(pairs):
    y, x = np.array(pairs).T
    got = ratios.ratio(y, x)
    quantile = t.ppf(0.975, len(y) - 1)
    for limit in (got.low, got.high):
        if math.isinf(limit):
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


def test_lmg_matches_relaimpo_on_swiss_fertility():
    # R datasets::swiss; relaimpo 2.2-7, type "lmg".
    swiss = pd.read_csv(PUBLISHED / "swiss.csv")
    found = drivers.lmg(swiss["Fertility"], swiss.iloc[:, 1:], replicates=50)
    r2 = 1 - (1 - found.explained.value) * (47 - 6) / (47 - 1)
    assert r2 == pytest.approx(0.7067, abs=5e-5)
    parts = [share.value * r2 for share in found.shares]
    assert parts == pytest.approx(
        [0.05709122, 0.17117303, 0.26013468, 0.10557015, 0.11276592], abs=1e-8
    )


def test_shares_of_explained_variance_sum_to_one_and_cover_their_truth():
    generator, covered, rounds = np.random.default_rng(2), 0, 120
    cov = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    everyone = generator.multivariate_normal(np.zeros(3), cov, 200_000)
    effects = np.array([0.6, 0.3, 0.0])
    truth = drivers.lmg(everyone @ effects + generator.normal(0, 1, 200_000), everyone,
                        replicates=1).shares[0].value  # fmt: skip
    for seed in range(rounds):
        some = generator.multivariate_normal(np.zeros(3), cov, 300)
        outcome = some @ effects + generator.normal(0, 1, 300)
        shares = drivers.lmg(outcome, some, replicates=200, seed=seed).shares
        assert sum(share.value for share in shares) == pytest.approx(1)
        covered += shares[0].low <= truth <= shares[0].high
    assert covered / rounds > 0.88


def test_drivers_that_explain_nothing_get_no_shares():
    generator = np.random.default_rng(3)
    refused = 0
    for _round in range(60):
        try:
            drivers.lmg(generator.normal(size=200), generator.normal(size=(200, 3)), replicates=20)
        except DataError:
            refused += 1
    assert refused >= 52


def test_a_lead_of_one_driver_over_equals_is_seldom_claimed():
    generator, claimed = np.random.default_rng(4), 0
    for seed in range(60):
        some = generator.normal(size=(200, 3))
        outcome = some.sum(axis=1) + generator.normal(0, 1.5, 200)
        claimed += drivers.lmg(outcome, some, replicates=200, seed=seed).lead.low > 0
    assert claimed <= 12  # the largest of three is compared with the next, not one named before


def test_drivers_that_cannot_be_told_apart_are_refused():
    x = np.arange(60.0)
    with pytest.raises(DataError, match="say the same"):
        drivers.lmg(x % 7, np.column_stack([x % 5, 2 * (x % 5)]))
    with pytest.raises(DataError, match="too few"):
        drivers.lmg([1, 2, 3], [[1], [2], [4]])
    with pytest.raises(DataError, match="same score"):
        drivers.lmg(np.ones(60), x[:, None])
