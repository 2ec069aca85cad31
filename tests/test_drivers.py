"""Shares of explained variance: groups, ranks, collinearity, and the work behind them."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebench.methods import drivers
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
@given(st.integers(0, 1000), st.sampled_from([[(0,), (1,), (2,), (3,)], [(0, 1), (2,), (3,)]]))
def test_shares_are_the_mean_gain_over_all_orders(seed, units):
    outcome, items = _survey(80, [1, 0.5, 0.2, 0], seed=seed)
    found = drivers.lmg(outcome, items, groups=units, replicates=5)
    wanted = _by_all_orders(outcome, items, [list(unit) for unit in units])
    assert [share.value for share in found.shares] == pytest.approx(wanted, abs=1e-9)


def test_a_replicate_is_what_a_weighted_survey_would_give():
    outcome, items = _survey(60, [1, 0.5], seed=4)
    rows = np.column_stack([outcome, items])
    first, *rest = np.concatenate([*drivers._correlations(rows, 3, 7)])
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


def test_drivers_that_say_the_same_are_found_and_can_be_grouped():
    outcome, items = _survey(400, [1, 1, 0.5], together=0.3)
    assert not drivers.collinearity(items).high
    twin = items[:, 0] + 0.1 * np.random.default_rng(2).normal(size=400)
    doubled = np.column_stack([items, twin])
    found = drivers.collinearity(doubled)
    assert found.high and found.inflation[0] > 5 > found.inflation[1]
    grouped = drivers.lmg(outcome, doubled, groups=[(0, 3), (1,), (2,)], replicates=20)
    assert len(grouped.shares) == 3
    assert sum(share.value for share in grouped.shares) == pytest.approx(1)


def test_inflation_is_that_of_a_regression_on_the_others():
    _outcome, items = _survey(300, [1, 1, 1])
    found = drivers.collinearity(items)
    expected = [1 / (1 - _r2(items[:, j], np.delete(items, j, axis=1))) for j in range(3)]
    assert found.inflation == pytest.approx(expected)


def test_drivers_that_are_one_have_no_finite_inflation():
    _outcome, items = _survey(50, [1])
    assert drivers.collinearity(np.column_stack([items, items])).condition == np.inf


def test_thirteen_drivers_are_refused_until_they_are_grouped():
    outcome, items = _survey(300, np.ones(13))
    with pytest.raises(DataError, match=r"13 drivers are too many.*at most 12"):
        drivers.lmg(outcome, items)
    pairs = [(0, 1), *((column,) for column in range(2, 13))]
    assert len(drivers.lmg(outcome, items, groups=pairs, replicates=5).shares) == 12
