"""Logistic regression: published coefficients, robust errors, and what has no answer."""

from __future__ import annotations

import numpy as np
import pytest

from carebench.methods.logistic import (
    ALIKE,
    REPEATED,
    SEPARATED,
    fit,
    independent_columns,
)
from carebench.schema import DataError

# Spector & Mazzeo (1980), J. Econ. Educ. 11:37-44, as reprinted in Greene, Econometric
# Analysis, 5th ed. (2003), tables F21.1 and 21.1: does a course improve the grade?
GPA = "266 289 328 292 400 286 276 287 303 392 263 332 357 326 353 274 275 283 312 316 206 362 289 351 354 283 339 267 365 400 310 239"  # noqa: E501
TUCE = "20 22 24 12 21 17 17 21 25 29 20 23 23 25 26 19 25 19 23 25 22 28 14 26 24 27 17 24 21 23 21 19"  # noqa: E501
PSI = [0] * 18 + [1] * 14
IMPROVED = [0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1]
IMPROVED = [*IMPROVED, 1, 0, 1]


def _spector():
    gpa, tuce = np.array(GPA.split(), float) / 100, np.array(TUCE.split(), float)
    return np.column_stack([np.ones(32), gpa, tuce, PSI]), np.array(IMPROVED, float)


def _drawn(n=800, seed=5):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.random(n) < 0.2])
    outcome = rng.random(n) < 1 / (1 + np.exp(1 - 0.7 * x[:, 1] - x[:, 2]))
    return rng, x, outcome.astype(float)


def test_coefficients_are_those_published_for_the_grades_of_spector_and_mazzeo():
    found = fit(*_spector())
    assert found.converged
    assert found.coefficients == pytest.approx([-13.021, 2.826, 0.095, 2.379], abs=6e-4)


@pytest.mark.parametrize("clustered", [True, False])
def test_errors_are_those_of_statsmodels_sandwich(clustered):
    import statsmodels.api as sm

    rng, x, y = _drawn()
    group = rng.integers(0, 80, len(y)) if clustered else np.arange(len(y))
    ours = fit(x, y, groups=group if clustered else None)
    theirs = sm.GLM(y, x, family=sm.families.Binomial())
    theirs = theirs.fit(cov_type="cluster", cov_kwds={"groups": group})
    assert ours.coefficients == pytest.approx(theirs.params, rel=1e-6)
    assert ours.standard_errors == pytest.approx(theirs.bse, rel=1e-6)


def test_a_row_of_weight_three_gives_the_coefficients_of_three_rows():
    rng, x, y = _drawn()
    weight = rng.integers(0, 4, len(y))
    weighed = fit(x, y, weights=weight)
    repeated = fit(np.repeat(x, weight, axis=0), np.repeat(y, weight))
    assert weighed.coefficients == pytest.approx(repeated.coefficients, rel=1e-6)


def test_the_unit_of_a_predictor_changes_its_coefficient_and_nothing_else():
    _rng, x, y = _drawn()
    scale = np.array([1, 1e9, 1e-6])
    ours, scaled = fit(x, y), fit(x * scale, y)
    assert scaled.coefficients * scale == pytest.approx(ours.coefficients, rel=1e-6)
    assert scaled.standard_errors * scale == pytest.approx(ours.standard_errors, rel=1e-6)
    assert scaled.predict(x * scale) == pytest.approx(ours.predict(x), rel=1e-6)


def test_separation_is_refused_even_where_only_a_few_rows_are_separated():
    _rng, x, y = _drawn()
    few = (np.flatnonzero(y)[:4, None] == np.arange(len(y))).any(axis=0)
    assert fit(np.column_stack([x, few]), y).warning == SEPARATED
    assert fit(np.column_stack([np.ones(6), range(6)]), [0, 0, 0, 1, 1, 1]).warning == SEPARATED


def test_a_repeated_column_a_constant_one_and_one_outcome_are_refused_with_words():
    _rng, x, y = _drawn()
    for extra in (x[:, 1], 3 * x[:, 2] - x[:, 1], np.full(len(y), 7.0)):
        assert fit(np.column_stack([x, extra]), y).warning == REPEATED
    assert fit(x, np.ones(len(y))).warning == ALIKE
    assert not fit(x, np.zeros(len(y))).converged


def test_independent_columns_leave_out_what_the_earlier_ones_say():
    _rng, x, _y = _drawn()
    both = np.column_stack([x, x[:, 1] * 1e9, x[:, 0] - x[:, 2], np.zeros(len(x)), x[:, 1] ** 2])
    assert independent_columns(both) == [0, 1, 2, 6]


def test_what_cannot_be_read_is_refused():
    _rng, x, y = _drawn(50)
    for design, outcome, weights in (
        (x, y + 1, None),
        (x, y[:-1], None),
        (np.where(x == 1, np.nan, x), y, None),
        (x, y, -np.ones(50)),
    ):
        with pytest.raises(DataError):
            fit(design, outcome, weights=weights)
