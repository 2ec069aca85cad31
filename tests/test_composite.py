"""The index: parts on their natural scale, weighed, averaged, never stretched."""

from __future__ import annotations

import numpy as np
import pytest

from carebench.methods.composite import CONCENTRATION, composite, part_weights, varied_weights
from carebench.schema import DataError

PARTS = ("channel", "resolved", "quality", "hours")


def test_the_geometric_mean_is_that_of_the_human_development_index():
    # UNDP, Human Development Report 2010, technical note 1: China, .847 .589 .584 -> .663.
    assert composite([0.847, 0.589, 0.584], [1, 1, 1]) == pytest.approx(0.663, abs=5e-4)


def test_a_strength_makes_up_for_a_gap_only_in_the_arithmetic_mean():
    even, uneven = [0.5, 0.5], [0.9, 0.1]
    arithmetic = composite([even, uneven], [1, 1], mean="arithmetic")
    geometric = composite([even, uneven], [1, 1], mean="geometric")
    assert arithmetic[0] == pytest.approx(arithmetic[1])
    assert geometric[0] > geometric[1]


@pytest.mark.parametrize("mean", ["geometric", "arithmetic"])
def test_the_index_lies_between_the_worst_and_the_best_part(mean):
    rng = np.random.default_rng(1)
    parts, weights = rng.uniform(0.01, 1, (500, 4)), rng.uniform(0, 1, (500, 4))
    index = composite(parts, weights, mean=mean)
    assert (index >= parts.min(axis=1) - 1e-12).all()
    assert (index <= parts.max(axis=1) + 1e-12).all()


@pytest.mark.parametrize("mean", ["geometric", "arithmetic"])
def test_a_better_part_never_lowers_the_index(mean):
    rng = np.random.default_rng(2)
    parts = rng.uniform(0, 1, (500, 4))
    better = np.minimum(parts + rng.uniform(0, 0.3, parts.shape), 1)
    before, after = (composite(given, [1, 2, 1, 1], mean=mean) for given in (parts, better))
    assert (after >= before).all()


def test_a_part_that_is_not_known_gives_its_weight_to_the_others():
    left = composite([0.8, np.nan, 0.2], [1, 5, 3], mean="arithmetic")
    assert left == pytest.approx(composite([0.8, 0.2], [1, 3], mean="arithmetic"))
    assert np.isnan(composite([np.nan, np.nan], [1, 1]))


def test_a_part_of_zero_counts_as_one_in_a_hundred_and_not_as_nothing_at_all():
    assert composite([0.0, 1.0], [1, 1]) == pytest.approx(0.1)
    assert composite([0.0, 0.0], [1, 1], mean="arithmetic") == 0


def test_weights_vary_around_those_of_the_study():
    weights = varied_weights(np.full(4, 0.25), draws=20_000)
    assert weights.sum(axis=1) == pytest.approx(np.ones(20_000))
    assert weights.mean(axis=0) == pytest.approx(np.full(4, 0.25), abs=0.005)
    assert weights.std(axis=0) == pytest.approx(np.full(4, 0.075), abs=0.003)
    skewed = varied_weights(np.array([0.5, 0.5, 0.0]), draws=100)
    assert (skewed[:, 2] == 0).all()
    assert CONCENTRATION == 8


def test_parts_weigh_alike_where_the_study_says_nothing():
    assert part_weights({}, PARTS, PARTS).tolist() == [0.25] * 4
    given = part_weights({"channel": 3, "quality": 1}, PARTS, PARTS)
    assert given.tolist() == [0.75, 0, 0.25, 0]
    without = part_weights({"channel": 3, "quality": 1}, ("channel", "hours"), PARTS)
    assert without.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("given", "parts", "words"),
    [({"chanel": 1.0}, PARTS, "chanel"),
     ({"channel": -1.0, "hours": 2.0}, PARTS, "below 0"),
     ({"quality": 1.0}, ("channel", "hours"), "gives no weight")],
)  # fmt: skip
def test_weights_that_cannot_be_used_are_refused_with_words(given, parts, words):
    with pytest.raises(DataError, match=words):
        part_weights(given, parts, PARTS)


def test_only_the_two_means_are_known():
    with pytest.raises(ValueError, match="geometric, arithmetic"):
        composite([0.5], [1], mean="harmonic")
