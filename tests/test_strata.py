"""Differences within strata: like is compared with like."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carebench.methods.proportions import difference
from carebench.methods.strata import below_within, difference_within

# UC Berkeley admissions of 1973, departments A to F: Bickel, Hammel & O'Connell (1975),
# Science 187:398-404. Men and women: admitted, applied.
MEN = [512, 353, 120, 138, 53, 22], [825, 560, 325, 417, 191, 373]
WOMEN = [89, 17, 202, 131, 94, 24], [108, 25, 593, 375, 393, 341]


def test_women_were_admitted_less_often_but_not_within_departments():
    crude = difference(*(sum(counts) for counts in (*WOMEN, *MEN)))
    within = difference_within(*WOMEN, *MEN)
    assert crude.high < -0.1
    assert within.low < 0.03 and within.value > 0 and within.low > -0.02


def test_the_p_value_is_that_of_mantel_and_haenszel():
    # R: mantelhaen.test(UCBAdmissions) gives 1.4269 with continuity correction, p = .2323.
    up = below_within(*MEN, *WOMEN)
    assert 2 * up == pytest.approx(0.2323, abs=5e-4)


def test_in_one_stratum_the_difference_is_newcombes():
    wanted = difference(0, 12, 28, 28)
    got = difference_within([0], [12], [28], [28])
    assert (got.value, got.low, got.high) == pytest.approx((wanted.value, wanted.low, wanted.high))


def test_strata_that_lack_a_side_tell_nothing():
    alone = difference_within([3, 0], [9, 0], [0, 4], [0, 5])
    assert alone.value is None and alone.reason == "no stratum holds attempts of both"
    assert math.isnan(below_within([3, 0], [9, 0], [0, 4], [0, 5]))
    both = difference_within([3, 2], [9, 5], [4, 0], [5, 0])
    assert both.n == 14


def test_all_answered_everywhere_leaves_room_for_a_difference():
    found = difference_within([2, 3], [2, 3], [4, 4], [4, 4])
    assert found.value == 0 and found.low < -0.2 and found.high > 0.2


@pytest.mark.parametrize(("strata", "most", "gap"), [(13, 5, 0.0), (39, 3, 0.3), (5, 12, -0.2)])
def test_the_interval_within_strata_covers_and_the_test_keeps_its_level(strata, most, gap):
    rng, covered, accused, rounds = np.random.default_rng(2), 0, 0, 400
    for _round in range(rounds):
        base = rng.uniform(max(0.0, -gap), 1 - max(0.0, gap), strata)
        n, other_n = rng.integers(1, most + 1, strata), rng.integers(1, 9, strata)
        counts = rng.binomial(n, base + gap), n, rng.binomial(other_n, base), other_n
        found = difference_within(*counts)
        covered += found.low <= gap <= found.high
        accused += below_within(*counts) <= 0.05
    assert covered / rounds >= 0.925
    assert accused / rounds <= 0.07 or gap < 0
