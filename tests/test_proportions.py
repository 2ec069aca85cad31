"""Rates: published values, properties, and coverage enumerated or simulated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from carebench.methods.multiplicity import holm
from carebench.methods.proportions import census, difference, proportion, weighted_proportion
from carebench.methods.providers import clustered_proportion, stratified_proportion
from carebench.schema import DataError


@pytest.mark.parametrize(
    ("k", "n", "method", "low", "high"),
    [
        # Newcombe (1998), Stat. Med. 17:857-872, table I.
        (81, 263, "wilson", 0.2553, 0.3662),
        (15, 148, "wilson", 0.0624, 0.1605),
        (0, 20, "wilson", 0, 0.1611),
        (1, 29, "wilson", 0.0061, 0.1718),
        (81, 263, "clopper-pearson", 0.2527, 0.3676),
        (0, 20, "clopper-pearson", 0, 0.1684),
    ],
)
def test_intervals_of_one_rate_match_newcombe(k, n, method, low, high):
    got = proportion(k, n, method=method)
    assert (got.low, got.high) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "low", "high"),
    [
        # Newcombe (1998), Stat. Med. 17:873-890, table II, method 10.
        (56, 70, 48, 80, 0.0524, 0.3339),
        (0, 10, 0, 10, -0.2775, 0.2775),
    ],
)
def test_intervals_of_a_difference_match_newcombe(k1, n1, k2, n2, low, high):
    got = difference(k1, n1, k2, n2)
    assert (got.low, got.high) == pytest.approx((low, high), abs=6e-5)


def test_none_of_fourteen_still_allows_one_in_five():
    # Hanley & Lippman-Hand (1983), JAMA 249:1743: exact one-sided 95 % limit 19.3 %.
    assert proportion(0, 14, method="clopper-pearson", confidence_level=0.9).high == pytest.approx(
        0.193, abs=5e-4
    )


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@pytest.mark.parametrize("method", ["wilson", "clopper-pearson"])
def test_a_rate_lies_in_its_interval_and_the_interval_in_0_to_1(method, counts):
    got = proportion(*counts, method=method)
    assert 0 <= got.low <= got.value <= got.high <= 1


@given(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)
def test_swapping_the_groups_turns_the_difference_round(first, second):
    there, back = difference(*first, *second), difference(*second, *first)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert -1 <= there.low <= there.value <= there.high <= 1


def test_wilson_covers_the_truth_as_often_as_it_says():
    n, truths = 13, np.linspace(0.02, 0.98, 97)
    intervals = [proportion(k, n) for k in range(n + 1)]
    coverage = [
        sum(binom.pmf(k, n, p) for k, i in enumerate(intervals) if i.low <= p <= i.high)
        for p in truths
    ]
    assert np.mean(coverage) == pytest.approx(0.95, abs=0.01)


def test_clopper_pearson_never_covers_less_than_it_says():
    n, truths = 13, np.linspace(0.02, 0.98, 97)
    intervals = [proportion(k, n, method="clopper-pearson") for k in range(n + 1)]
    coverage = [
        sum(binom.pmf(k, n, p) for k, i in enumerate(intervals) if i.low <= p <= i.high)
        for p in truths
    ]
    assert min(coverage) >= 0.95


def _providers_drawn(generator, spread: float, per_provider: int = 12, providers: int = 13):
    rates = 1 / (1 + np.exp(-generator.normal(0, spread, providers)))
    return rates, generator.binomial(per_provider, rates)


def test_the_clustered_interval_covers_firms_like_these_where_the_naive_one_does_not():
    # A logit-normal sector with rate .5 and a standard deviation of 1 logit between providers.
    generator, clustered, naive, rounds = np.random.default_rng(7), 0, 0, 1500
    for _round in range(rounds):
        _rates, answered = _providers_drawn(generator, 1.0)
        got = clustered_proportion(answered.tolist(), [12] * 13)
        plain = proportion(int(answered.sum()), 12 * 13)
        clustered += got.low <= 0.5 <= got.high
        naive += plain.low <= 0.5 <= plain.high
    assert clustered / rounds == pytest.approx(0.965, abs=0.02)
    assert naive / rounds < 0.85


def test_the_stratified_interval_covers_the_named_firms():
    generator, covered, rounds = np.random.default_rng(8), 0, 1500
    for _round in range(rounds):
        rates, answered = _providers_drawn(generator, 1.0)
        got = stratified_proportion(answered.tolist(), [12] * 13)
        covered += got.low <= rates.mean() <= got.high
    assert covered / rounds == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    ("n", "rates"),
    [([100, 2], [0.9, 0.9]), ([100, 3], [0.9, 0.2]), ([200, 3, 3, 3], [0.95] * 4),
     ([50, 50, 50, 2, 2], [0.9] * 5)],
)  # fmt: skip
def test_a_provider_tried_twice_is_not_taken_for_one_that_is_known(n, rates):
    generator, covered, rounds = np.random.default_rng(10), 0, 1500
    for _round in range(rounds):
        got = stratified_proportion(generator.binomial(n, rates).tolist(), n)
        covered += got.low <= np.mean(rates) <= got.high
    assert covered / rounds > 0.88


def test_named_firms_are_known_better_than_firms_like_them():
    k, n = [1, 2, 9, 11, 6, 3, 10], [12] * 7
    named, alike = stratified_proportion(k, n), clustered_proportion(k, n)
    assert named.value == pytest.approx(alike.value)
    assert named.high - named.low < alike.high - alike.low
    assert named.design_effect < 1 < alike.design_effect


def test_stratification_copes_with_providers_that_always_or_never_answer():
    for k in ([0, 0, 0], [5, 5, 5], [0, 5, 0], [1, 0, 1]):
        got = stratified_proportion(k, [5, 5, 5] if max(k) > 1 else [1, 1, 1])
        assert 0 <= got.low <= got.value <= got.high <= 1


def test_clusters_cope_with_extreme_rates_and_one_provider():
    for k in ([0, 0, 0], [12, 12, 12], [0, 1, 0], [12, 0, 0]):
        got = clustered_proportion(k, [12, 12, 12])
        assert 0 <= got.low <= got.value <= got.high <= 1
    assert clustered_proportion([3], [12]).value is None


def test_equal_weights_change_nothing_and_unequal_ones_widen():
    answers = np.arange(40) < 25
    plain = proportion(25, 40)
    same = weighted_proportion(answers, np.full(40, 2.5))
    assert (same.low, same.high) == (plain.low, plain.high)
    assert weighted_proportion(answers, np.full(40, 1e300)) == same
    uneven = weighted_proportion(answers, np.linspace(0.2, 3, 40))
    assert uneven.design_effect > 1 and uneven.high - uneven.low > plain.high - plain.low


def test_holm_matches_benjamini_and_hochbergs_example():
    # Benjamini & Hochberg (1995), JRSS-B 57:289-300: Holm rejects 3 of the 15 at .05.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    p += [0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    adjusted = holm(p)
    assert sum(q <= 0.05 for q in adjusted) == 3
    assert adjusted[:3] == pytest.approx([0.0015, 0.0056, 0.0247])
    assert holm([]) == [] and holm(p[::-1]) == adjusted[::-1]


def test_no_attempts_and_impossible_counts_are_said_in_words():
    assert "no attempts" in str(proportion(0, 0))
    assert proportion(1, 3).warnings == ("fewer than 5 attempts",)
    with pytest.raises(DataError, match="7 successes in 5 attempts"):
        proportion(7, 5)


def test_a_census_has_no_interval():
    got = census(11, 13)
    assert (got.value, got.low, got.k) == (11 / 13, None, 11)
    assert str(got) == "85% (n = 13)"


def test_weights_that_leave_nearly_nobody_give_no_share():
    answers, weights = np.arange(1_000) % 2 == 0, np.zeros(1_000)
    assert weighted_proportion(answers, weights).reason == "all weights are 0"
    weights[0] = 1
    assert "fewer than five answers" in weighted_proportion(answers, weights).reason
    assert weighted_proportion([True], [2.0]).value == 1
    weights[:6] = 1
    assert weighted_proportion(answers, weights).value == 0.5
