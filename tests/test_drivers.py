"""Shares of explained variance: groups, ranks, collinearity, and the work behind them."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebench.methods import drivers
from carebench.methods.collinearity import alike, collinearity
from carebench.schema import DataError


def _survey(n: int, effects, *, together: float = 0.5, seed: int = 1):
    """An outcome and drivers that share part of their variance."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    items = np.sqrt(1 - together) * rng.normal(size=(n, len(effects))) + np.sqrt(together) * common
    return items @ np.asarray(effects, dtype=float) + rng.normal(size=n), items


def _r2(outcome, items):
    design = np.column_stack([np.ones(len(items)), items])
    rest = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return 1 - rest @ rest / ((outcome - outcome.mean()) ** 2).sum()


def _by_all_orders(outcome, items, units):
    """The definition: gains in R² averaged over every order in which the units may enter."""
    gains = np.zeros(len(units))
    orders = list(permutations(range(len(units))))
    for order in orders:
        columns, before = [], 0.0
        for unit in order:
            columns += units[unit]
            now = _r2(outcome, items[:, columns])
            gains[unit] += now - before
            before = now
    return gains / len(orders) / _r2(outcome, items)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_shares_are_the_mean_gain_over_all_orders(seed):
    outcome, items = _survey(80, [1, 0.5, 0.2, 0], seed=seed)
    found = drivers.lmg(outcome, items, replicates=5)
    wanted = _by_all_orders(outcome, items, [[0], [1], [2], [3]])
    assert [share.value for share in found.shares] == pytest.approx(wanted, abs=1e-9)


def test_weights_count_like_so_many_respondents():
    outcome, items = _survey(80, [1, 0.5, 0.2])
    times = np.random.default_rng(1).integers(0, 4, 80)
    weighted = drivers.lmg(outcome, items, weights=times, replicates=5)
    repeated = drivers.lmg(np.repeat(outcome, times), np.repeat(items, times, axis=0), replicates=5)
    assert [s.value for s in weighted.shares] == pytest.approx([s.value for s in repeated.shares])
    assert weighted.r_squared == pytest.approx(repeated.r_squared)


def test_a_driver_without_effect_takes_the_share_that_is_borrowed():
    outcome, items = _survey(200_000, [1, 0.5, 0], together=0.6)
    found = drivers.lmg(outcome, items, replicates=2)
    assert found.shares[2].value > 0.1
    assert found.borrowed[2] == pytest.approx(found.shares[2].value, abs=0.003)
    assert found.shares[0].value > found.borrowed[0] + 0.1


def test_of_many_respondents_replicates_are_drawn_from_the_normal_distribution(monkeypatch):
    outcome, items = _survey(4000, [1, 0.5, 0])
    weights = np.random.default_rng(1).gamma(4, size=4000)
    drawn = drivers.lmg(outcome, items, weights=weights, replicates=800)
    monkeypatch.setattr(drivers, "LARGE", 4000)
    normal = drivers.lmg(outcome, items, weights=weights, replicates=800)
    for one, other in zip(drawn.shares, normal.shares, strict=True):
        assert one.value == other.value
        assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.15)


def test_all_differences_hold_at_once_and_so_do_the_places():
    # Shares of four equal drivers are equal: no difference may exclude 0, in 19 of 20 surveys.
    wrong, rounds = 0, 80
    for seed in range(rounds):
        outcome, items = _survey(250, [1, 1, 1, 1], together=0.4, seed=seed)
        found = drivers.lmg(outcome, items, replicates=200, seed=seed)
        assert len(found.differences) == 6
        clear = [pair for pair in found.differences if pair.estimate.low > 0]
        wrong += bool(clear)
        assert bool(clear) == any((rank.low, rank.high) != (1, 4) for rank in found.ranks)
    assert wrong / rounds < 0.12


def test_a_replicate_is_what_a_weighted_survey_would_give():
    outcome, items = _survey(60, [1, 0.5], seed=4)
    rows = np.column_stack([outcome, items])
    first, *rest = np.concatenate([*drivers._correlations(rows, np.ones(60), 3, 7)])
    assert first == pytest.approx(np.corrcoef(rows, rowvar=False))
    rng = np.random.default_rng(7)
    for got in rest:
        pick = rng.integers(0, 60, 60)
        assert got == pytest.approx(np.corrcoef(rows[pick], rowvar=False))


def test_many_respondents_are_worked_off_some_at_a_time(monkeypatch):
    outcome, items = _survey(200, [1, 0.5, 0])
    whole = drivers.lmg(outcome, items, replicates=50)
    monkeypatch.setattr(drivers, "AT_ONCE", 200 * 7)
    assert drivers.lmg(outcome, items, replicates=50).shares == whole.shares


def test_ranks_say_how_sure_the_order_is():
    outcome, items = _survey(2000, [2, 0.6, 0.6], together=0.2)
    first, *others = drivers.lmg(outcome, items, replicates=300).ranks
    assert (first.value, first.low, first.high) == (1, 1, 1)
    assert all((rank.low, rank.high) == (2, 3) for rank in others)


def test_drivers_that_say_the_same_are_found_and_taken_together():
    _outcome, items = _survey(400, [1, 1, 0.5], together=0.3)
    assert not collinearity(np.corrcoef(items, rowvar=False)).high
    assert alike(items, most=12) == [(0,), (1,), (2,)]
    twin = items[:, 0] + 0.1 * np.random.default_rng(2).normal(size=400)
    doubled = np.column_stack([items, twin])
    found = collinearity(np.corrcoef(doubled, rowvar=False))
    assert found.high and found.inflation[0] > 5 > found.inflation[1]
    assert alike(doubled, most=12) == [(0, 3), (1,), (2,)]
    assert alike(np.column_stack([items[:, 0]] * 3), most=12) == [(0, 1, 2)]
    with pytest.raises(DataError, match="against each other"):
        alike(np.column_stack([items, -twin]), most=12)


def test_more_drivers_than_can_be_worked_off_are_merged():
    _outcome, items = _survey(300, np.ones(14))
    groups = alike(items, most=12)
    assert len(groups) == 12 and sorted(sum(groups, ())) == list(range(14))


def test_inflation_is_that_of_a_regression_on_the_others():
    _outcome, items = _survey(300, [1, 1, 1])
    found = collinearity(np.corrcoef(items, rowvar=False))
    expected = [1 / (1 - _r2(items[:, j], np.delete(items, j, axis=1))) for j in range(3)]
    assert found.inflation == pytest.approx(expected)


def test_drivers_that_are_one_have_no_finite_inflation():
    assert collinearity(np.ones((2, 2))).condition == np.inf


def test_thirteen_drivers_are_refused():
    outcome, items = _survey(300, np.ones(13))
    with pytest.raises(DataError, match=r"13 drivers are too many.*at most 12"):
        drivers.lmg(outcome, items)
