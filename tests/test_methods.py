"""Scores, concentration and drivers: published values, properties, coverage."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t

from carebench.methods import (
    concentration,
    concentration_change,
    drivers,
    migration,
    scores,
)
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


@pytest.mark.parametrize(
    ("sigma", "n", "coverage"),
    [(0.8, 2000, 0.945), (1.3, 500, 0.97), (1.6832, 300, 0.985), (1.6832, 2000, 0.99),
     (2.2, 100, 0.98)],
)  # fmt: skip
def test_top_share_as_it_is_given_covers_a_known_truth(sigma, n, coverage):
    # Of a lognormal the top 20 % hold 1 − Φ(Φ⁻¹(.8) − σ): .800 at σ = 1.6832.
    generator, covered, rounds = np.random.default_rng(4), 0, 400
    truth = norm.sf(norm.ppf(0.8) - sigma)
    for _round in range(rounds):
        got = concentration.top_share(generator.lognormal(0, sigma, n), 0.2)
        covered += got.low <= truth <= got.high
    assert covered / rounds == pytest.approx(coverage, abs=0.025)


def test_an_interval_is_twice_as_wide_where_a_warning_stands_and_nowhere_else():
    generator = np.random.default_rng(12)
    light, heavy = generator.lognormal(0, 0.8, 3000), generator.lognormal(0, 1.4, 3000)
    few = generator.lognormal(0, 0.8, 300)
    refunds = np.append(generator.lognormal(0, 0.8, 3000), np.full(300, -1.5))
    for amounts, times in ((light, 1), (heavy, 2), (few, 2), (refunds, 2)):
        spread = concentration.Spread.of(amounts)
        for got, influence in (
            (
                concentration.top_share(amounts, 0.2),
                concentration.top_share_influence(spread, 0.2),
            ),
            (concentration.gini(amounts), concentration.gini_influence(spread)),
        ):
            half = 1.959964 * spread.standard_error(influence)
            assert (got.high - got.low) / 2 == pytest.approx(times * half)
            assert bool(got.warnings) == ("twice as wide" in got.method) == (times == 2)
    assert concentration.top_share(refunds, 0.2).warnings == (concentration.BELOW_ZERO,)


def test_gini_of_a_lognormal_matches_theory_and_covers():
    generator, covered, rounds, sigma = np.random.default_rng(5), 0, 500, 1.0
    truth = math.erf(sigma / 2)
    for _round in range(rounds):
        got = concentration.gini(generator.lognormal(0, sigma, 2000))
        covered += got.low <= truth <= got.high
    assert covered / rounds == pytest.approx(0.94, abs=0.03)


COUNTED = st.lists(
    st.tuples(st.integers(-50, 5000), st.integers(1, 40)), min_size=2, max_size=40
).filter(lambda pairs: sum(amount * count for amount, count in pairs) > 0)


@given(COUNTED, st.floats(0.01, 1))
def test_amounts_with_their_counts_give_what_the_customers_one_by_one_give(pairs, share):
    amounts, counts = np.array(pairs, dtype=float).T
    each = np.repeat(amounts, counts.astype(int))
    for one_by_one, together in (
        (
            concentration.top_share(each, share),
            concentration.top_share(amounts, share, counts=counts),
        ),
        (concentration.gini(each), concentration.gini(amounts, counts=counts)),
    ):
        assert (together.value, together.low, together.high) == pytest.approx(
            (one_by_one.value, one_by_one.low, one_by_one.high), rel=1e-12, abs=1e-12
        )
        assert (together.n, together.warnings) == (one_by_one.n, one_by_one.warnings)
    one_by_one, together = (concentration.Spread.of(*of) for of in ((each,), (amounts, counts)))
    expected = concentration.tail_index(one_by_one, 0.2)
    assert concentration.tail_index(together, 0.2) == pytest.approx(expected)
    curve = concentration.lorenz(amounts, 21, counts=counts)
    assert curve == pytest.approx(concentration.lorenz(each, 21), rel=1e-12, abs=1e-12)


@given(COUNTED, st.floats(0.01, 1))
def test_counted_amounts_obey_the_definitions(pairs, share):
    amounts, counts = np.array(pairs, dtype=float).T
    each = np.sort(np.repeat(amounts, counts.astype(int)))[::-1]
    n, total = len(each), each.sum()
    gini = np.abs(np.subtract.outer(each, each)).mean() / 2 / (total / n)
    assert concentration.gini(amounts, counts=counts).value == pytest.approx(gini, abs=1e-9)
    whole = int(share * n + 1e-9)
    part = each[:whole].sum() + (share * n - whole) * (each[whole] if whole < n else 0)
    top = concentration.top_share(amounts, share, counts=counts).value
    assert top == pytest.approx(part / total, abs=1e-9)


def test_the_errors_of_counted_amounts_are_those_of_the_jackknife():
    amounts = np.random.default_rng(6).lognormal(3, 0.9, 600).round(-1) + 10  # many are equal
    values, counts = np.unique(amounts, return_counts=True)
    assert len(values) < 40
    for measure in (concentration.gini, partial(concentration.top_share, share=0.2)):
        without = [measure(values, counts=counts - (values == value)).value for value in values]
        centred = without - np.average(without, weights=counts)
        error = math.sqrt(np.sum(counts * centred**2) * (600 - 1) / 600)
        got = measure(values, counts=counts)
        assert (got.high - got.low) / 2 / 1.959964 == pytest.approx(error, rel=0.02)


def test_a_count_per_amount_is_asked_for():
    with pytest.raises(ValueError, match="customers"):
        concentration.gini([1, 2, 3], counts=[1, 2])


def test_concentration_by_hand():
    # Lorenz curve through (0, 0), (.25, .1), (.5, .3), (.75, .6), (1, 1): Gini .25.
    assert concentration.gini([1, 2, 3, 4]).value == pytest.approx(0.25)
    assert concentration.top_share([1, 2, 3, 4], 0.5).value == pytest.approx(0.7)
    assert concentration.top_share([1, 2, 3, 4], 0.375).value == pytest.approx(0.55)  # half of 3


def _pairs(before, after, share):
    """Customers with amounts in both periods, by pieces."""
    cuts = [concentration_change.pieces(amounts, share=share) for amounts in (before, after)]
    shape = tuple(len(at) + 1 for at in cuts)
    cell = np.searchsorted(cuts[0], before) * shape[1] + np.searchsorted(cuts[1], after)
    sums = (
        np.bincount(cell, of, shape[0] * shape[1]).reshape(shape)
        for of in (np.ones(len(before)), before, after, before * after)
    )
    return concentration_change.Pairs((cuts[0], cuts[1]), *sums)


def test_a_change_of_concentration_is_covered_though_most_customers_are_in_both_periods():
    # Lognormal amounts, σ .6 and then .7, correlated .7; 70 % of the customers are in both.
    generator, rounds, share = np.random.default_rng(3), 300, 0.2
    truths = (
        100 * (norm.cdf(0.7 - norm.ppf(0.8)) - norm.cdf(0.6 - norm.ppf(0.8))),
        math.erf(0.35) - math.erf(0.3),
    )
    covered, narrower = np.zeros(2), 0
    for _round in range(rounds):
        normal = generator.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 1000)
        amounts = np.exp(normal * [0.6, 0.7])
        both = generator.random(1000) < 0.7
        first = both | (generator.random(1000) < 0.5)
        spreads = [
            concentration.Spread.of(amounts[inside, period])
            for period, inside in enumerate((first, both | ~first))
        ]
        pairs = _pairs(amounts[both, 0], amounts[both, 1], share)
        changes = (
            concentration_change.top_share_change(*spreads, pairs, share),
            concentration_change.gini_change(*spreads, pairs),
        )
        covered += [
            change.low <= truth <= change.high
            for change, truth in zip(changes, truths, strict=True)
        ]
        apart = [concentration.gini(s.values, counts=s.counts) for s in spreads]
        independent = math.hypot(*(g.high - g.low for g in apart))
        narrower += changes[1].high - changes[1].low < independent
    assert covered / rounds == pytest.approx([0.94, 0.945], abs=0.035)
    assert narrower == rounds


@pytest.mark.parametrize(("sigma", "times"), [(0.8, 1), (1.4, 2)])  # 1.4: a heavy tail
def test_pieces_give_the_interval_that_a_row_per_customer_gives(sigma, times):
    generator, share = np.random.default_rng(9), 0.2
    normal = generator.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 3000)
    before, after = np.exp(normal * [0.6, sigma]).T
    inside = [np.arange(3000) < 2200, np.arange(3000) >= 500]  # 1,700 are in both
    spreads = [concentration.Spread.of(a[i]) for a, i in zip((before, after), inside, strict=True)]
    both = inside[0] & inside[1]
    pairs = _pairs(before[both], after[both], share)
    for change, influence, closeness in (
        (
            concentration_change.top_share_change(*spreads, pairs, share),
            partial(concentration.top_share_influence, share=share),
            1e-3,
        ),
        (concentration_change.gini_change(*spreads, pairs), concentration.gini_influence, 0.01),
    ):
        each = np.zeros(3000)
        for sign, amounts, spread, at in zip(
            (-1, 1), (before, after), spreads, inside, strict=True
        ):
            each[at] += (
                sign * influence(spread)[np.searchsorted(spread.values, amounts[at])] / spread.n
            )
        half = 1.959964 * math.sqrt(np.sum(each**2)) * (100 if change.unit == "points" else 1)
        assert (change.high - change.low) / 2 == pytest.approx(times * half, rel=closeness)


@given(COUNTED)
def test_a_period_compared_with_itself_has_not_changed_and_all_of_the_error_is_common(pairs):
    amounts = np.repeat(*np.array(pairs, dtype=int).T).astype(float)
    spread = concentration.Spread.of(amounts)
    same = _pairs(amounts, amounts, 0.2)
    change = concentration_change.top_share_change(spread, spread, same, 0.2)
    assert change.value == 0
    # The influence on a top share is a line on each piece, so nothing is lost.
    assert change.high - change.low == pytest.approx(0, abs=1e-4)


def test_kappa_of_staying_matches_fleiss():
    # Fleiss (1981), Statistical Methods for Rates and Proportions, table 13.1: kappa .68, SE .087.
    got = migration.staying([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    assert got.value == pytest.approx(0.676, abs=5e-4)
    assert (got.high - got.low) / 2 / 1.959964 == pytest.approx(0.0877, abs=5e-5)


def test_kappa_of_staying_covers_the_truth():
    share = np.array([[0.10, 0.05, 0.05], [0.05, 0.20, 0.10], [0.05, 0.10, 0.30]])
    truth = migration.staying(share * 1e6).value
    generator, covered, rounds = np.random.default_rng(8), 0, 800
    for _round in range(rounds):
        got = migration.staying(generator.multinomial(200, share.ravel()).reshape(3, 3))
        covered += got.low <= truth <= got.high
    assert covered / rounds == pytest.approx(0.945, abs=0.02)


@given(st.lists(st.integers(0, 50), min_size=9, max_size=9))
def test_chance_keeps_the_margins_and_tells_nothing(counts):
    table = np.array(counts).reshape(3, 3)
    chance = migration.expected_by_chance(table)
    assert chance.sum(axis=0) == pytest.approx(table.sum(axis=0))
    assert chance.sum(axis=1) == pytest.approx(table.sum(axis=1))
    kappa = migration.staying(chance).value
    assert kappa is None or kappa == pytest.approx(0, abs=1e-9)


def test_where_all_stay_or_all_leave_no_interval_claims_certainty():
    assert migration.staying(np.diag([50, 50])).low is None
    assert migration.staying([[0, 50], [0, 50]]).reason == "all are in one group, before or after"
    assert migration.staying([[3, 1], [1, 3]]).warnings == (migration.TOO_FEW,)


@given(st.lists(st.floats(0.01, 1e6), min_size=5, max_size=60), st.floats(0.05, 0.95))
def test_top_share_is_on_the_lorenz_curve_and_grows_with_the_share(amounts, share):
    got = concentration.top_share(amounts, share).value
    assert share - 1e-9 <= got <= 1 + 1e-9
    assert got <= concentration.top_share(amounts, min(1, share + 0.05)).value + 1e-9


def test_a_tail_without_a_variance_is_warned_of_and_an_ordinary_one_is_not():
    generator = np.random.default_rng(11)
    pareto = [generator.pareto(index, 50_000) + 1 for index in (1.16, 1.5)]  # 1.16: 80:20 itself
    assert [concentration.top_share(amounts, 0.2).warnings for amounts in pareto] == [
        (concentration.HEAVIEST_TAIL,), (concentration.HEAVY_TAIL,)
    ]  # fmt: skip
    thin = concentration.Spread.of(generator.pareto(3, 50_000) + 1)
    assert concentration.tail_index(thin, 0.05) == pytest.approx(3, abs=0.3)
    assert not concentration.top_share(generator.lognormal(0, 1, 3000), 0.2).warnings


def test_equal_customers_show_no_concentration():
    assert concentration.top_share(np.ones(1000), 0.2).value == pytest.approx(0.2)
    assert concentration.gini(np.ones(1000)).value == pytest.approx(0, abs=1e-12)


def test_few_customers_and_no_revenue_are_said():
    assert "fewer than 100 customers" in concentration.top_share(np.arange(1, 100), 0.2).warnings[0]
    assert concentration.top_share([5], 0.2).reason == "fewer than two customers"
    assert concentration.top_share([5, math.nan, 5], 0.5).n == 2
    assert concentration.top_share([-1, -2], 0.2).value is None


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


def test_a_question_that_nobody_answered_with_0_may_have_begun_at_1():
    answers = np.tile([9, 10, 8, 3], 50)
    (warning,) = scores.nps(answers).warnings
    assert "may have begun at 1" in warning
    assert not scores.nps(answers[:100]).warnings and not scores.nps(np.append(answers, 0)).warnings


def test_weights_that_are_all_0_are_named_and_huge_ones_change_nothing():
    answers = np.tile([9, 10, 8, 3], 50)
    assert scores.nps(answers, weights=np.zeros(200)).reason == "all weights are 0"
    plain, huge = scores.nps(answers), scores.nps(answers, weights=np.full(200, 1e300))
    assert (huge.low, huge.high) == pytest.approx((plain.low, plain.high))
