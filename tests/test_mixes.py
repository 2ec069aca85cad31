"""Every mix of activities: nothing affordable is overlooked, and ties fall the same way."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebench.methods.mixes import (
    MOST,
    best,
    efficient,
    members,
    most,
    rank,
    sums,
    triangular,
)

ACTIVITIES = st.lists(st.tuples(st.integers(0, 6), st.integers(-3, 9)), max_size=6)
FEW = settings(max_examples=60, deadline=None, derandomize=True)


def _by_hand(activities):
    """(members, cost, value) of every mix, by a loop that knows nothing of places."""
    for chosen in product((False, True), repeat=len(activities)):
        inside = [a for a, there in zip(activities, chosen, strict=True) if there]
        yield chosen, sum(c for c, _v in inside), sum(v for _c, v in inside)


def _sums(activities):
    costs, values = ([a[i] for a in activities] for i in (0, 1))
    return sums(costs), sums(values)


@pytest.mark.parametrize(
    ("values", "costs", "budget", "chosen", "optimum"),
    [([50, 50, 64, 46, 50, 5], [56, 59, 80, 64, 75, 17], 190, [1, 1, 0, 0, 1, 0], 150),
     ([70, 20, 39, 37, 7, 5, 10], [31, 10, 20, 19, 4, 3, 6], 50, [1, 0, 0, 1, 0, 0, 0], 107)],
)  # fmt: skip
def test_the_knapsacks_of_martello_and_toth_are_solved(values, costs, budget, chosen, optimum):
    # Martello & Toth (1990), Knapsack Problems, chapter 2: examples on pages 42 and 47.
    cost, value = sums(costs), sums(values)
    (found,) = best(value, cost, budget)
    assert members(int(found), len(costs)).tolist() == [bool(there) for there in chosen]
    assert value[found] == optimum


@FEW
@given(ACTIVITIES)
def test_each_mix_costs_what_its_activities_cost(activities):
    cost, value = _sums(activities)
    assert len(cost) == 2 ** len(activities)
    for place, (chosen, costs, worth) in enumerate(_by_hand(activities)):
        assert tuple(members(place, len(activities))) == chosen
        assert (cost[place], value[place]) == (costs, worth)


@FEW
@given(ACTIVITIES, st.integers(-1, 20), st.integers(1, 9))
def test_the_best_mixes_are_those_of_a_search_by_hand(activities, budget, most):
    cost, value = _sums(activities)
    by_hand = sorted(
        (-worth, costs, [not there for there in chosen])
        for chosen, costs, worth in _by_hand(activities)
        if costs <= budget
    )[:most]
    found = [
        (-value[mix], cost[mix], [not there for there in members(int(mix), len(activities))])
        for mix in best(value, cost, budget, most=most)
    ]
    assert found == by_hand


@FEW
@given(ACTIVITIES)
def test_a_mix_is_efficient_when_nothing_as_cheap_is_worth_as_much(activities):
    cost, value = _sums(activities)
    kept = set(efficient(value, cost).tolist())
    for mix in range(len(cost)):
        beaten = (cost <= cost[mix]) & (value >= value[mix])
        beaten &= (cost < cost[mix]) | (value > value[mix])
        same = (cost == cost[mix]) & (value == value[mix])
        assert (mix in kept) == (not beaten.any() and mix == np.flatnonzero(same).max())


@FEW
@given(ACTIVITIES, st.integers(0, 20))
def test_the_best_mix_ranks_first_and_is_efficient(activities, budget):
    cost, value = _sums(activities)
    (found,) = best(value, cost, budget)
    assert rank(value, cost, budget, int(found)) == 1
    assert found in efficient(value, cost)


@FEW
@given(ACTIVITIES, st.integers(-1, 20))
def test_the_most_that_a_budget_buys_is_what_the_best_mix_is_worth(activities, budget):
    costs, values = (np.array([a[i] for a in activities], dtype=int) for i in (0, 1))
    found = best(sums(values), sums(costs), budget)
    assert most(values, costs, budget) == (sums(values)[found[0]] if len(found) else None)


def test_triangular_amounts_keep_their_limits_and_their_mean():
    u = (np.arange(100_000)[:, None] + 0.5) / 100_000
    drawn = triangular([1, 0, 5, 2], [2, 0, 5, 9], [6, 3, 5, 9], uniform=np.repeat(u, 4, axis=1))
    assert drawn.mean(axis=0) == pytest.approx([3, 1, 5, 20 / 3], abs=1e-4)
    assert drawn.min(axis=0) == pytest.approx([1, 0, 5, 2], abs=0.05)
    assert drawn.max(axis=0) == pytest.approx([6, 3, 5, 9], abs=0.05)


def test_a_mix_beyond_the_budget_has_no_rank():
    cost, value = sums([5, 3]), sums([9, 1])
    assert rank(value, cost, 4, 2) is None
    assert [rank(value, cost, 9, mix) for mix in range(4)] == [4, 3, 2, 1]


def test_of_equal_mixes_the_cheaper_is_first_and_then_the_one_with_the_earlier_activity():
    cost, value = sums([2, 2, 1]), sums([5, 5, 5])
    assert best(value, cost, 2, most=8).tolist() == [0b001, 0b100, 0b010, 0b000]


def test_nothing_to_choose_from_is_one_mix_and_no_money_is_none():
    assert sums([]).tolist() == [0]
    assert best(sums([]), sums([]), 0).tolist() == [0]
    assert best(sums([3]), sums([3]), -1).tolist() == []


def test_a_million_mixes_are_the_most_and_amounts_are_whole():
    assert len(sums([1] * MOST)) == 1_048_576
    with pytest.raises(ValueError, match="20"):
        sums([1] * (MOST + 1))
    with pytest.raises(ValueError, match="whole"):
        sums([0.1, 0.2])
