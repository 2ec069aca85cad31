"""Many providers at once: drawn towards each other, alike or not, one verdict each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from carebench.methods.comparisons import (
    ABOVE,
    BELOW,
    NOT_DISTINGUISHABLE,
    THE_SAME,
    TOO_FEW,
    compare_pairs,
    compare_with,
    compare_with_others,
    funnel_flags,
    funnel_limits,
    verdict,
)
from carebench.methods.proportions import equivalent, proportion
from carebench.methods.providers import (
    clustered_proportion,
    heterogeneity,
    posterior_draws,
    shrunken,
    stratified_proportion,
)

COUNTS = st.lists(
    st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=8,
)


def _alike(seed: int, providers: int, n: int, rate: float, rounds: int) -> np.ndarray:
    return np.random.default_rng(seed).binomial(n, rate, size=(rounds, providers))


@given(COUNTS)
def test_a_shrunken_rate_lies_in_its_interval_and_where_nothing_was_tried_there_is_none(counts):
    k, n = [c[0] for c in counts], [c[1] for c in counts]
    for got, trials in zip(shrunken(k, n), n, strict=True):
        assert (got.value is None) == (trials == 0)
        if got.value is not None:
            assert 0 <= got.low <= got.value <= got.high <= 1


def test_shrinking_draws_towards_the_others_and_the_more_the_fewer_the_attempts():
    k, n = [6, 60, 30, 30, 30], [6, 60, 60, 60, 60]
    few, many, *_others = (one.value for one in shrunken(k, n))
    assert few < many < 1
    assert 0.5 < few


def test_draws_of_one_posterior_match_their_beta_where_the_sector_is_known():
    # 60 providers of 500 attempts at one half fix the sector; a 61st then has nearly the
    # conjugate posterior of its own 400 of 500, drawn a little towards them.
    generator = np.random.default_rng(3)
    k = [*generator.binomial(500, generator.beta(20, 20, 60)).tolist(), 400]
    draws = posterior_draws(k, [500] * 61)[:, -1]
    conjugate = beta(400 + 20, 100 + 20)
    assert draws.mean() == pytest.approx(conjugate.mean(), abs=0.01)
    assert draws.std() == pytest.approx(conjugate.std(), rel=0.1)


def test_draws_are_the_same_again_and_joint():
    k, n = [3, 9, 6], [12, 12, 12]
    draws = posterior_draws(k, n, draws=500)
    assert draws.shape == (500, 3)
    assert (draws == posterior_draws(k, n, draws=500)).all()
    assert (draws != posterior_draws(k, n, draws=500, seed=2)).any()
    assert posterior_draws([], [], draws=10).shape == (10, 0)


def test_shrunken_rates_are_nearer_the_truth_and_cover_it():
    generator, errors, covered = np.random.default_rng(4), [], []
    for _round in range(120):
        rates = generator.beta(2, 2, 13)
        k = generator.binomial(5, rates)
        got = shrunken(k.tolist(), [5] * 13)
        errors.append([k / 5 - rates, np.array([one.value for one in got]) - rates])
        covered += [one.low <= rate <= one.high for one, rate in zip(got, rates, strict=True)]
    raw, drawn = np.sqrt(np.square(errors).mean(axis=(0, 2)))
    assert raw == pytest.approx(0.20, abs=0.02) and drawn == pytest.approx(0.16, abs=0.02)
    assert np.mean(covered) == pytest.approx(0.935, abs=0.025)


def test_providers_that_are_alike_are_called_different_one_time_in_twenty():
    called = [
        heterogeneity(k.tolist(), [12] * 13, repeats=400) <= 0.05
        for k in _alike(5, 13, 12, 0.5, 300)
    ]
    assert np.mean(called) == pytest.approx(0.05, abs=0.035)


def test_providers_that_differ_are_seen_to_differ():
    assert heterogeneity([2, 6, 10, 11, 1], [12] * 5) < 0.01
    for k, n in (([3], [6]), ([0, 0], [6, 6]), ([6, 6], [6, 6]), ([], []), ([0, 3], [0, 6])):
        assert heterogeneity(k, n) == 1.0


def test_rare_answers_do_not_take_the_logit_interval_out_of_its_depth():
    # A logit-normal sector with rate .08 and a standard deviation of .5 logit.
    generator, covered, rounds = np.random.default_rng(6), 0, 1000
    truth = 0.08
    shift = np.log(truth / (1 - truth)) - 0.105  # so that the mean of the rates is .08
    for _round in range(rounds):
        rates = 1 / (1 + np.exp(-generator.normal(shift, 0.5, 13)))
        got = clustered_proportion(generator.binomial(12, rates).tolist(), [12] * 13)
        covered += got.low <= truth <= got.high
    assert covered / rounds > 0.95


def test_an_interval_that_comes_near_0_is_not_made_on_the_logit_scale():
    assert "logit" in clustered_proportion([5, 6, 7, 6, 5, 7], [12] * 6).method
    assert "Korn" in clustered_proportion([0, 2, 3, 0, 1, 3], [12] * 6).method
    wild = clustered_proportion([1, 0], [500_000, 500_000], confidence_level=0.9999)
    assert 0 <= wild.low <= wild.value <= wild.high <= 1


def test_funnel_flags_are_exact_tails():
    # Of providers in control at most 2.5 % and .1 % lie outside each limit, at every n.
    for n in range(3, 21):
        k = np.arange(n + 1)
        for rate in (0.3, 0.47, 0.62):
            flags, chance = funnel_flags(k, np.full(n + 1, n), rate), binom.pmf(k, n, rate)
            for side in (-1, 1):
                assert chance[flags * side >= 1].sum() <= 0.025 + 1e-12
                assert chance[flags * side == 2].sum() <= 0.001 + 1e-12


def test_in_control_about_one_provider_in_fifty_is_flagged():
    # statistics of the design: 2.2 % outside the inner, .06 % outside the outer limits.
    outside = []
    for n in range(3, 21):
        k = np.arange(n + 1)
        flags, chance = funnel_flags(k, np.full(n + 1, n), 0.5), binom.pmf(k, n, 0.5)
        outside.append([chance[flags != 0].sum(), chance[np.abs(flags) == 2].sum()])
    inner, outer = np.mean(outside, axis=0)
    assert inner == pytest.approx(0.022, abs=0.006) and outer < 0.001


def test_the_limits_of_a_funnel_part_what_is_flagged_from_what_is_not():
    limits = funnel_limits(0.38, 200)
    assert limits["n"].min() == 20 and limits["n"].max() == 200
    for row in limits.itertuples():
        k = np.arange(row.n + 1)
        flags = funnel_flags(k, np.full(row.n + 1, row.n), 0.38)
        assert ((k / row.n > row.inner_high) == (flags >= 1)).all()
        assert ((k / row.n < row.outer_low) == (flags == -2)).all()
    assert funnel_limits(0.38, 19).empty


def test_a_verdict_needs_five_attempts_and_an_adjusted_test():
    said = compare_with([12, 4, 6, 0], [12, 4, 12, 12], 0.5)
    assert [one.verdict for one in said] == [ABOVE, TOO_FEW, NOT_DISTINGUISHABLE, BELOW]
    assert said[1].p_value is None
    # Exact two-sided: 2 · 2⁻¹², times the 3 that are judged.
    assert said[0].p_value == pytest.approx(3 * 2 * 0.5**12)


def test_holm_makes_one_verdict_depend_on_how_many_are_asked():
    alone = compare_with([17], [24], 0.47)
    among = compare_with([17, *[11] * 12], [24] * 13, 0.47)
    assert alone[0].verdict == ABOVE
    assert among[0].verdict == NOT_DISTINGUISHABLE


@pytest.mark.parametrize("compare", [lambda k, n: compare_with(k, n, 0.5), compare_with_others])
def test_of_providers_that_are_alike_none_is_called_different_more_often_than_said(compare):
    called = [
        any(one.verdict in (ABOVE, BELOW) for one in compare(k.tolist(), [28] * 13))
        for k in _alike(9, 13, 28, 0.5, 150)
    ]
    assert np.mean(called) <= 0.05 + 0.035


def test_two_providers_are_compared_as_two_and_not_as_one_and_a_known_rate():
    first, second = compare_with_others([9, 4], [12, 12])
    assert (first.verdict, second.verdict) == (NOT_DISTINGUISHABLE,) * 2
    assert compare_with([9], [12], 4 / 12)[0].verdict == ABOVE


def test_one_provider_has_no_others():
    assert compare_with_others([9], [12])[0].verdict == TOO_FEW
    assert compare_with_others([], []) == []


def test_no_two_counts_are_set_against_each_other_twice(monkeypatch):
    # Where answers are in doubt, hundreds of providers are judged hundreds of times.
    from scipy import stats

    known, asked = stats.fisher_exact, []
    monkeypatch.setattr(stats, "fisher_exact", lambda table: asked.append(table) or known(table))
    for doubtful in (12, 13, 12):
        compare_with_others([31, doubtful, *[17] * 40], [37] * 42)
    assert asked
    assert len(asked) == len({str(table) for table in asked})


def test_a_sector_is_judged_by_its_own_interval():
    known = stratified_proportion([9, 10, 11], [12] * 3)
    assert verdict(known, 0.5) == ABOVE
    assert verdict(known, 0.99) == BELOW
    assert verdict(known, 0.8) == NOT_DISTINGUISHABLE
    assert verdict(proportion(0, 0), 0.5) == ""


def test_rates_are_the_same_only_where_the_interval_lies_inside_the_margin():
    assert equivalent(800, 1000, 805, 1000, 0.15)
    assert not equivalent(16, 20, 16, 20, 0.15)  # equal, and yet nothing is shown
    assert not equivalent(800, 1000, 600, 1000, 0.15)
    assert not equivalent(0, 0, 5, 5, 0.15)


def test_equivalence_has_the_power_and_the_size_that_were_measured():
    # At .8 against .8 with 150 attempts each, margin .15: power .89; at the margin: size .049.
    n, margin, k = 150, 0.15, np.arange(151)
    shown = np.array([[equivalent(i, n, j, n, margin) for j in k[60:]] for i in k[60:]])

    def found(p1: float, p2: float) -> float:
        return float(binom.pmf(k[60:], n, p1) @ shown @ binom.pmf(k[60:], n, p2))

    assert found(0.8, 0.8) == pytest.approx(0.89, abs=0.01)
    assert found(0.8, 0.65) == pytest.approx(0.049, abs=0.004)


def test_what_its_own_interval_tells_apart_is_never_called_the_same():
    # 491 of 812 against 446 of 806 (Butler & Broockman 2011): −9.9 to −.3 points. Among 15 pairs
    # it is not established; within 15 points it would be "the same".
    pairs = compare_pairs(
        [446, 491, 463, 442, 440, 465], [806, 812, 820, 799, 810, 812], margin=0.15
    )
    _i, _j, found, said = pairs[0]
    assert found.high < 0 and said.verdict == NOT_DISTINGUISHABLE
    assert equivalent(446, 806, 491, 812, 0.15)


def test_pairs_say_higher_lower_the_same_or_nothing():
    pairs = compare_pairs([600, 400, 405, 2], [1000, 1000, 1000, 3], margin=0.15)
    said = {(i, j): comparison.verdict for i, j, _difference, comparison in pairs}
    assert said[0, 1] == ABOVE and said[1, 2] == THE_SAME and said[0, 3] == TOO_FEW
    few = compare_pairs([5, 4], [10, 10], margin=0.15)
    assert few[0][3].verdict == NOT_DISTINGUISHABLE
