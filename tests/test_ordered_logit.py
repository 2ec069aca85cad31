"""Coefficients of drivers: published values, refusals, gaps filled in, penalties and rewards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebench.methods.coefficients import Coefficients, pool
from carebench.methods.imputation import impute
from carebench.methods.least_squares import least_squares, pearson, weighted_mean
from carebench.methods.ordered_logit import Separation, ordered_logit
from carebench.methods.penalty_reward import FEWEST, ends, penalty_reward
from carebench.schema import DataError

# Tenants by satisfaction (fastest), influence, type of rental, contact: Madsen (1976), Scand. J.
# Stat. 3:97-106, as R's MASS::housing.
HOUSING = """
21 21 28 34 22 36 10 11 36 61 23 17 43 35 40 26 18 54 13  9 10  8  8 12  6  7  9 18  6  7 15 13 13
 7  5 11 14 19 37 17 23 40  3  5 23 78 46 43 48 45 86 15 25 62 20 23 20 10 22 24  7 10 21 57 23 13
31 21 13  5  6 13
"""


def _housing():
    n, cell = np.array(HOUSING.split(), dtype=int), np.arange(72)
    influence, kind = cell // 3 % 3, cell // 9 % 4
    drivers = [influence == 1, influence == 2, kind == 1, kind == 2, kind == 3, cell // 36 == 1]
    return cell % 3, np.column_stack(drivers).astype(float), n


def _answers(n: int, effects, *, seed: int, cuts=(-2.0, -0.7, 0.5, 1.6)):
    rng = np.random.default_rng(seed)
    x = np.sqrt(0.5) * (rng.normal(size=(n, 1)) + rng.normal(size=(n, len(effects))))
    return np.searchsorted(cuts, x @ np.asarray(effects) + rng.logistic(size=n)).astype(float), x


def test_the_ordered_logit_matches_polr_on_the_housing_of_copenhagen():
    # R, MASS::polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing).
    answer, drivers, n = _housing()
    found = ordered_logit(np.repeat(answer, n), np.repeat(drivers, n, axis=0))
    assert found.coefficients.n == 1681
    values = [0.566394, 1.288819, -0.572350, -0.366187, -1.091015, 0.360284]
    errors = [0.104653, 0.127156, 0.119238, 0.155173, 0.151486, 0.095536]
    assert found.coefficients.values == pytest.approx(values, abs=2e-6)
    assert found.coefficients.standard_errors == pytest.approx(errors, abs=2e-6)
    assert found.thresholds == pytest.approx([-0.496135, 0.690708], abs=2e-6)
    assert -2 * found.log_likelihood == pytest.approx(3479.149, abs=5e-4)


def test_weights_count_like_so_many_respondents():
    answer, drivers, n = _housing()
    weighted = ordered_logit(answer, drivers, weights=n).coefficients.values
    repeated = ordered_logit(np.repeat(answer, n), np.repeat(drivers, n, axis=0))
    assert weighted == pytest.approx(repeated.coefficients.values, abs=1e-8)


def test_errors_of_the_sandwich_are_those_of_statsmodels_for_a_binary_logit():
    from statsmodels.api import GLM, add_constant, families

    answer, x = _answers(400, [1, 0.5, 0], seed=3)
    weights = np.random.default_rng(3).gamma(4, size=400)
    weights /= weights.mean()
    model = GLM(answer > 2, add_constant(x), family=families.Binomial(), freq_weights=weights)
    theirs = model.fit(cov_type="HC0")
    ours = ordered_logit(answer > 2, x, weights=weights).coefficients
    assert ours.values == pytest.approx(theirs.params[1:], abs=1e-6)
    scores = weights[:, None] * add_constant(x) * (theirs.resid_response)[:, None]
    bread = np.linalg.inv(-model.hessian(theirs.params))
    errors = np.sqrt(np.diag(bread @ scores.T @ scores @ bread))[1:]
    assert ours.standard_errors == pytest.approx(errors, rel=1e-5)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2.0, -3.0, 0.1]))
def test_other_units_of_a_driver_change_its_coefficient_alone(seed, factor):
    answer, x = _answers(120, [1, 0.5], seed=seed)
    plain = ordered_logit(answer, x)
    stretched = ordered_logit(answer, x * [factor, 1] + [5, -2])
    assert stretched.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-6)
    wanted = plain.coefficients.values / [factor, 1]
    assert stretched.coefficients.values == pytest.approx(wanted, abs=1e-5)


def test_intervals_of_the_ordered_logit_cover_the_truth():
    hits = []
    for seed in range(150):
        answer, x = _answers(200, [0.8, 0.4, 0], seed=seed)
        weights = np.random.default_rng(seed).uniform(0.5, 1.5, 200) if seed % 2 else None
        low, high = ordered_logit(answer, x, weights=weights).coefficients.limits()
        hits.append((low <= [0.8, 0.4, 0]) & ([0.8, 0.4, 0] <= high))
    assert 0.91 < np.mean(hits) < 0.99


@pytest.mark.parametrize("reached", [1, 2])
def test_drivers_that_tell_the_outcome_apart_are_refused(reached):
    rng = np.random.default_rng(1)
    x = rng.integers(1, 6, (200, 3)).astype(float)
    outcome = (x[:, 0] > 3) if reached == 1 else np.searchsorted([1.5, 3.5], x[:, 0])
    with pytest.raises(Separation, match="without fail"):
        ordered_logit(outcome, x)


def test_what_cannot_be_fitted_is_refused_in_words():
    answer, x = _answers(100, [1, 0.5], seed=1)
    with pytest.raises(DataError, match="has 1 values"):
        ordered_logit(np.ones(100), x)
    with pytest.raises(DataError, match="has 100 values"):
        ordered_logit(np.arange(100), x)
    with pytest.raises(DataError, match="same score"):
        ordered_logit(answer, np.column_stack([x, np.ones(100)]))
    with pytest.raises(DataError, match="say the same"):
        ordered_logit(answer, np.column_stack([x, x[:, 0] + x[:, 1]]))
    with pytest.raises(DataError, match="too few"):
        ordered_logit(answer[:9], x[:9])


@pytest.mark.parametrize("weighted", [False, True])
def test_least_squares_has_the_hc3_errors_of_statsmodels(weighted):
    from statsmodels.api import WLS, add_constant

    answer, x = _answers(150, [1, 0.5, 0], seed=2)
    weights = np.random.default_rng(2).gamma(3, size=150) if weighted else np.ones(150)
    theirs = WLS(answer, add_constant(x), weights=weights).fit(cov_type="HC3", use_t=True)
    ours = least_squares(answer, x, weights=weights)
    assert ours.values == pytest.approx(theirs.params[1:])
    assert ours.standard_errors == pytest.approx(theirs.bse[1:])
    assert ours.p_values() == pytest.approx(theirs.pvalues[1:])


def test_intervals_of_a_correlation_cover_the_truth_where_the_spread_is_uneven():
    rng, hits = np.random.default_rng(3), []
    for _round in range(400):
        bought = 1.0 + rng.poisson(rng.gamma(0.9, 2.5, 100))
        spent = rng.gamma(2 * bought, 1 / (rng.gamma(6, 1, 100) * bought))
        got = pearson(bought, spent)
        assert got.value == pytest.approx(np.corrcoef(bought, spent)[0, 1])
        hits.append(got.low <= 0 <= got.high)  # what is spent does not depend on how often
    assert 0.93 < np.mean(hits) < 0.98


def test_no_correlation_is_claimed_of_few_pairs_or_of_values_all_alike():
    assert pearson(range(9), range(9)).reason.startswith("fewer than ten")
    assert pearson(range(20), [3] * 20).reason.startswith("all values")
    assert pearson(range(20), range(20)).high == pytest.approx(1)


def test_the_weighted_mean_of_equal_weights_is_students():
    from scipy.stats import t

    scores = np.array([1, 2, 2, 3, 5, 4, 4.0, np.nan])
    got = weighted_mean(scores, np.full(8, 3.0), scale=(1, 5))
    known = scores[:7]
    half = t.ppf(0.975, 6) * known.std(ddof=1) / np.sqrt(7)
    assert (got.value, got.low, got.high, got.n) == pytest.approx((3, 3 - half, 3 + half, 7))
    assert weighted_mean([2.0, 2.0], scale=(1, 5)).low is None
    assert weighted_mean([np.nan], scale=(1, 5)).value is None


def test_weighted_means_cover_the_truth():
    rng, hits = np.random.default_rng(5), []
    for _round in range(400):
        scores, weights = rng.integers(1, 6, 60), rng.gamma(2, size=60)
        got = weighted_mean(scores, weights, scale=(1, 5))
        hits.append(got.low <= 3 <= got.high)
    assert 0.92 < np.mean(hits) < 0.98


def test_rubins_rules_add_what_differs_between_copies():
    one = Coefficients(np.array([1.0]), np.array([[0.04]]), 50, "", 40.0)
    two = Coefficients(np.array([2.0]), np.array([[0.06]]), 50, "", 40.0)
    assert pool([one]) is one
    got = pool([one, two])
    # Within .05, between .5, total .05 + 1.5 × .5; degrees by Barnard & Rubin.
    assert got.values == pytest.approx([1.5]) and got.covariance[0, 0] == pytest.approx(0.8)
    lost = 0.75 / 0.8
    observed = 41 / 43 * 40 * (1 - lost)
    assert got.freedom == pytest.approx(1 / (lost**2 + 1 / observed))


def test_gaps_are_filled_with_scores_that_somebody_gave():
    answer, x = _answers(200, [1, 0.5], seed=1)
    table = np.column_stack([answer, x.round()])
    holes = table.copy()
    holes[::3, 1] = np.nan
    holes[1::4, 2] = np.nan
    first, second, *_rest = impute(holes, imputations=3, seed=4)
    known = ~np.isnan(holes)
    assert (first[known] == holes[known]).all() and not np.isnan(first).any()
    for j in (1, 2):
        assert set(first[:, j]) <= set(holes[known[:, j], j])
    assert (first != second).any()
    again = next(impute(holes, imputations=3, seed=4))
    assert (again == first).all()
    with pytest.raises(DataError, match="same score"):
        next(impute(np.column_stack([answer, np.where(np.arange(200) < 9, 3.0, np.nan)])))


def test_where_low_answers_lack_items_filling_them_in_covers_and_leaving_them_out_does_not():
    # Missing at random given the outcome: statistics has listwise .393, covering .76, of .5.
    truth, found = 0.5, {"left out": [], "filled": []}
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = np.sqrt(0.5) * (rng.normal(size=(300, 1)) + rng.normal(size=(300, 3)))
        y = x @ [truth, 0.3, 0] + rng.normal(size=300)
        holes = np.column_stack([y, x])
        lost = rng.random(300) < 1 / (1 + np.exp(0.6 + 1.6 * (y - y.mean()) / y.std()))
        holes[lost, 1] = np.nan
        copies = impute(holes, imputations=10, seed=seed)
        fits = {
            "left out": least_squares(y[~lost], x[~lost]),
            "filled": pool([least_squares(copy[:, 0], copy[:, 1:]) for copy in copies]),
        }
        for name, fit in fits.items():
            low, high = fit.limits()
            found[name].append((fit.values[0], low[0] <= truth <= high[0]))
    (biased, misses), (value, covers) = (np.mean(rows, axis=0) for rows in found.values())
    assert biased < 0.43 and misses < 0.85
    assert abs(value - truth) < 0.05 and covers > 0.86


def test_ends_of_a_scale_are_the_bottom_two_fifths_and_the_top_box():
    assert [ends(s) for s in ((1, 5), (1, 7), (1, 10), (0, 10))] == [
        (2, 5), (2, 7), (4, 10), (3, 10),
    ]  # fmt: skip


def _with_effect_of(low: float, top: float, *, n: int = 900, seed: int = 1):
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 6, (n, 2)).astype(float)
    lift = np.where(x[:, 0] <= 2, -low, np.where(x[:, 0] == 5, top, 0)) + 0.5 * x[:, 1]
    return 1 + np.searchsorted([-0.5, 1, 2, 3.5], lift + rng.logistic(size=n)), x


@pytest.mark.parametrize(("low", "top", "sign"), [(2.5, 0, 1), (0, 2.5, -1)])
def test_a_basic_item_costs_more_than_it_brings_and_an_extra_the_reverse(low, top, sign):
    outcome, x = _with_effect_of(low, top)
    found, other = penalty_reward(outcome, [x], scales=[(1, 5)] * 2)
    assert np.sign(found.contrast.value) == sign and found.p_value < 0.01
    assert found.contrast.value == pytest.approx(found.penalty.value - found.reward.value)
    assert other.p_value > 0.01


def test_the_end_of_a_scale_alone_makes_no_penalty():
    # Everything is linear in log odds, and most are satisfied: points are lost, hardly won.
    said, in_points = 0, 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        common, own = rng.normal(size=(1400, 1)), rng.normal(size=(1400, 3))
        x = np.clip(np.rint(4 + np.sqrt(0.5) * (common + own)), 1, 5)
        y = 1 + np.searchsorted([1.5, 3.3, 5.5, 7.7], x @ [0.9, 0.7, 0.5] + rng.logistic(size=1400))
        found = penalty_reward(y, [x], scales=[(1, 5)] * 3)
        said += min(each.p_value for each in found) < 0.05 / 3
        in_points += max(each.contrast.low for each in found) > 0
    assert in_points > 20 and said <= 5


def test_fewer_than_fifteen_at_an_end_are_not_judged():
    outcome, x = _with_effect_of(1, 1, n=200)
    few = np.flatnonzero(x[:, 0] == 5)[FEWEST - 1 :]
    x[few, 0] = 4
    first, second = penalty_reward(outcome, [x], scales=[(1, 5)] * 2)
    assert first.contrast.reason == "fewer than 15 top scores" and np.isnan(first.p_value)
    assert second.contrast.value is not None
