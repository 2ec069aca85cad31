"""Shares corrected for wrong labels: exact enumeration, coverage."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from carebench.estimate import Estimate
from carebench.methods.misclassification import Checked, corrected
from carebench.methods.proportions import proportion

NOTHING = Checked(0.0, 0.0, 0.0)


def _sampled(rng, n, truth, sensitivity, specificity, share):
    """A corrected share of n attempts: of each label `share` is checked, 4 % are settled."""
    positive, settled = rng.random(n) < truth, rng.random(n) < 0.04
    labelled = np.where(positive, rng.random(n) < sensitivity, rng.random(n) >= specificity)
    k = int(positive[settled].sum() + labelled[~settled].sum())
    kinds = []
    for kind in (labelled, ~labelled):
        those = np.flatnonzero(kind & ~settled)
        drawn = rng.choice(those, math.ceil(share * len(those)), replace=False)
        found = float(positive[drawn].mean()) if len(drawn) else 0.0
        kinds.append(Checked(len(those) / n, found, len(drawn)))
    return proportion(k, n), corrected(proportion(k, n), *kinds)


def test_the_share_is_tenenbeins():
    # 60 of 100 labelled yes; of 20 checked 18 are; of the 40 others 10 were checked and 1 is.
    got = corrected(proportion(60, 100), Checked(0.6, 0.9, 20), Checked(0.4, 0.1, 10))
    assert got.value == pytest.approx(0.6 * 0.9 + 0.4 * 0.1)


def test_what_is_checked_whole_is_known_as_well_as_any_share():
    labelled = proportion(60, 100)
    got = corrected(labelled, Checked(0.6, 54 / 60, 60), Checked(0.4, 4 / 40, 40))
    plain = proportion(58, 100)
    assert got.value == pytest.approx(plain.value)
    assert got.high - got.low == pytest.approx(plain.high - plain.low, rel=0.04)


def test_without_a_doubtful_label_nothing_changes():
    labelled = proportion(60, 100)
    got = corrected(labelled, NOTHING, NOTHING)
    assert (got.value, got.low, got.high) == pytest.approx(
        (labelled.value, labelled.low, labelled.high)
    )


@pytest.mark.parametrize("m", [3, 10, 30, 100])
def test_no_error_among_few_is_no_claim_that_there_is_none(m):
    got = corrected(proportion(50, 100), Checked(0.5, 1.0, m), Checked(0.5, 0.0, m))
    alone = proportion(50, 100)
    assert got.value == 0.5
    assert got.low < alone.low and got.high > alone.high
    rule_of_three = 1 - 0.05 ** (1 / m)
    assert got.high - got.value > 0.5 * 0.65 * rule_of_three


def test_a_kind_of_label_that_nobody_checked_gives_no_number():
    got = corrected(proportion(50, 100), Checked(0.5, 0.0, 0), Checked(0.5, 0.1, 10))
    assert got.value is None and "nothing was checked" in got.reason


def test_a_share_that_is_not_known_stays_unknown():
    nothing = Estimate.absent("no attempts")
    assert corrected(nothing, NOTHING, NOTHING) == nothing


@settings(max_examples=200, deadline=None)
@given(
    k=st.integers(0, 60),
    found=st.tuples(st.integers(0, 12), st.integers(0, 12)),
    more=st.tuples(st.integers(0, 12), st.integers(0, 12)),
)
def test_the_share_lies_in_its_interval_and_both_in_the_possible(k, found, more):
    n = 60
    checked = [hits + rest for hits, rest in zip(found, more, strict=True)]
    yes, no = (
        Checked(share / n, hits / size if size else 0.0, size)
        for share, hits, size in zip((k, n - k), found, checked, strict=True)
    )
    got = corrected(proportion(k, n), yes, no)
    if got.value is not None:
        assert 0 <= got.low <= got.value <= got.high <= 1


def test_every_sample_there_can_be_is_covered_as_often_as_the_interval_says():
    # Enumerated: every number labelled, and every finding of a check of a quarter of each kind.
    n, covers = 24, []
    for truth, sensitivity, specificity in itertools.product((0.3, 0.6), (0.8, 0.95), (0.8, 0.95)):
        labelled = truth * sensitivity + (1 - truth) * (1 - specificity)
        right = truth * sensitivity / labelled
        missed = truth * (1 - sensitivity) / (1 - labelled)
        held = 0.0
        for k in range(n + 1):
            sizes = math.ceil(k / 4), math.ceil((n - k) / 4)
            for hits in itertools.product(range(sizes[0] + 1), range(sizes[1] + 1)):
                kinds = [
                    Checked(part / n, hit / size if size else 0.0, size)
                    for part, hit, size in zip((k, n - k), hits, sizes, strict=True)
                ]
                got = corrected(proportion(k, n), *kinds)
                chance = binom.pmf(k, n, labelled) * binom.pmf(hits[0], sizes[0], right)
                chance *= binom.pmf(hits[1], sizes[1], missed)
                held += chance * (got.low <= truth <= got.high)
        covers.append(held)
    assert min(covers) > 0.945


def test_a_simulated_misclassification_is_put_right_at_nominal_coverage():
    rng, hits, naive = np.random.default_rng(2026), [], []
    values = []
    for _round in range(600):
        labelled, got = _sampled(rng, 1000, 0.3, 0.9, 0.9, 0.1)
        hits.append(got.low <= 0.3 <= got.high)
        naive.append(labelled.low <= 0.3 <= labelled.high)
        values.append(got.value)
    assert np.mean(values) == pytest.approx(0.3, abs=0.005)
    assert np.mean(hits) > 0.94
    assert np.mean(naive) < 0.5  # what the correction is for


def test_drawing_without_return_is_what_double_sampling_takes_it_for():
    # The check of 5 of 20, of which 4 are wrong, finds wrong ones as the hypergeometric says.
    chances = hypergeom.pmf(np.arange(5), 20, 4, 5)
    checks = [Checked(0.5, 1 - wrong / 5, 5) for wrong in range(5)]
    values = [corrected(proportion(20, 40), yes, Checked(0.5, 0, 5)).value for yes in checks]
    assert float(chances @ values) == pytest.approx(16 / 40)
