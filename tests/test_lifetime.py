"""Lifetime models against the values of the papers that define them, and against simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, nbinom

from carebench.methods import bg_nbd, gamma_gamma, sbg
from carebench.methods.likelihood import AT_BOUNDARY

CDNOW = bg_nbd.BgNbd(r=0.2425945, alpha=4.4136019, a=0.7929199, b=2.4258881)


@pytest.fixture(scope="module")
def cdnow(real_data):
    """The calibration period of the CDNOW sample, in weeks, rounded to two decimals."""
    return pd.read_csv(real_data / "cdnow_rfm_reference.csv")


@pytest.mark.real_data
def test_cdnow_gives_the_published_bg_nbd(cdnow):
    # Fader, Hardie & Lee 2005, table 2: .243, 4.414, .793, 2.426 and -9582.4; more digits are
    # of the same rounded rows.
    found = bg_nbd.fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    assert found.parameters == pytest.approx([0.2425929, 4.4135314, 0.7928862, 2.4257537], rel=1e-5)
    assert found.log_likelihood == pytest.approx(-9582.4256, abs=1e-4)
    assert not found.warning and (found.standard_errors < 0.3 * found.parameters).all()


@pytest.mark.real_data
def test_cdnow_gives_the_published_gamma_gamma(cdnow):
    # Fader & Hardie 2013: 6.25, 3.74, 15.44; the digits are of spending in two decimals.
    again = cdnow[cdnow["x"] > 0]
    assert len(again) == 946
    found = gamma_gamma.fit(again["x"], again["zbar"])
    assert found.parameters == pytest.approx([6.2488, 3.7446, 15.4477], rel=1e-4)
    assert found.log_likelihood == pytest.approx(-4055.9232, abs=1e-3)


def test_the_customer_of_the_paper_is_expected_to_buy_1_226_times():
    # Fader, Hardie & Lee 2005, section 4: x = 2, t_x = 30.43, T = 38.86, 39 weeks ahead.
    (expected,) = bg_nbd.expected_purchases(CDNOW, 39, [2], [30.43], [38.86])
    assert expected == pytest.approx(1.226, abs=5e-4)


@pytest.mark.parametrize(
    ("there", "alpha", "beta", "log_likelihood"),
    [
        # Fader & Hardie 2014, note on projecting retention
        ([1000, 631, 468, 382, 326], 0.7637, 1.2958, -1401.559),
        # Fader & Hardie 2007, table 1, “regular”
        ([1000, 631, 468, 382, 326, 289, 262, 241], 0.704, 1.182, -1680.3),
    ],
)
def test_published_cohorts_give_the_published_sbg(there, alpha, beta, log_likelihood):
    lost = -np.diff(there)
    active = np.r_[np.zeros(len(lost) - 1), there[-1]]
    found = sbg.fit(lost, active)
    assert found.parameters == pytest.approx([alpha, beta], abs=5e-4)
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=0.05)


def test_the_published_survival_comes_out():
    kept = 1000 * sbg.survival(0.76366, 1.29583, np.arange(1, 8))
    assert kept == pytest.approx([629.2, 472.1, 383.3, 325.5, 284.5, 253.7, 229.6], abs=0.1)


def test_retention_rises_with_age_and_multiplies_to_survival():
    stays = sbg.retention(0.7, 1.2, np.arange(1, 30))
    assert (np.diff(stays) > 0).all()
    assert np.cumprod(stays) == pytest.approx(sbg.survival(0.7, 1.2, np.arange(1, 30)))


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.floats(0, 1), st.floats(1, 50)), min_size=8, max_size=30
    ),
    st.sampled_from([7.0, 365.25]),
)
def test_the_unit_of_time_changes_alpha_alone(rows, per_unit):
    x = np.array([row[0] for row in rows], dtype=float)
    t = np.array([row[2] for row in rows])
    t_x = np.where(x > 0, t * np.array([row[1] for row in rows]), 0.0)
    if not x.any():
        return
    one, other = bg_nbd.fit(x, t_x, t), bg_nbd.fit(x, t_x * per_unit, t * per_unit)
    if one.warning or other.warning:
        return
    shift = -x.sum() * np.log(per_unit)
    assert other.log_likelihood == pytest.approx(one.log_likelihood + shift, abs=1e-3)
    assert other.parameters[1] == pytest.approx(one.parameters[1] * per_unit, rel=0.02)


def test_rows_taken_together_give_the_same_fit():
    rng = np.random.default_rng(3)
    x, t = rng.poisson(1.5, 300).astype(float), np.full(300, 20.0)
    t_x = np.where(x > 0, np.floor(rng.uniform(0, 20, 300)), 0.0)
    rows, customers = np.unique(np.column_stack([x, t_x, t]), axis=0, return_counts=True)
    one = bg_nbd.fit(x, t_x, t)
    other = bg_nbd.fit(*rows.T, customers=customers)
    assert other.parameters == pytest.approx(one.parameters, rel=1e-6)
    assert other.log_likelihood == pytest.approx(one.log_likelihood)


def _histories(model: bg_nbd.BgNbd, n: int, t: float, ahead: float, seed: int):
    """Customers drawn from the model: x, t_x, whether alive at t, and purchases after it."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(model.r, 1 / model.alpha, n)
    leaves_after = rng.geometric(np.maximum(rng.beta(model.a, model.b, n), 1e-9))
    x, t_x, later, alive = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    for i in range(n):
        waits = rng.exponential(1 / rate[i], size=min(leaves_after[i], 400))
        at = np.cumsum(waits)
        x[i], later[i] = (at <= t).sum(), ((at > t) & (at <= t + ahead)).sum()
        t_x[i] = at[int(x[i]) - 1] if x[i] else 0.0
        alive[i] = x[i] < leaves_after[i]
    return x, t_x, alive, later


def test_who_is_alive_and_what_follows_is_foretold_on_average():
    model = bg_nbd.BgNbd(r=0.8, alpha=6.0, a=1.4, b=3.0)
    x, t_x, alive, later = _histories(model, 6000, 30.0, 20.0, seed=5)
    t = np.full(len(x), 30.0)
    chance = bg_nbd.alive(model, x, t_x, t)
    expected = bg_nbd.expected_purchases(model, 20.0, x, t_x, t)
    for group in (x == 0, (x > 0) & (chance < 0.5), (x > 0) & (chance >= 0.5)):
        error = 4 * np.sqrt(np.mean(chance[group] * (1 - chance[group])) / group.sum())
        assert alive[group].mean() == pytest.approx(chance[group].mean(), abs=error + 1e-9)
        spread = 4 * later[group].std() / np.sqrt(group.sum())
        assert later[group].mean() == pytest.approx(expected[group].mean(), abs=spread)


def test_intervals_of_the_parameters_cover_the_truth():
    truth = np.array([0.8, 6.0, 1.4, 3.0])
    covered = []
    for seed in range(60):
        x, t_x, *_rest = _histories(bg_nbd.BgNbd(*truth), 600, 30.0, 1.0, seed=100 + seed)
        found = bg_nbd.fit(x, t_x, np.full(len(x), 30.0))
        half = 1.96 * np.sqrt(np.diag(found.covariance))
        covered.append(np.abs(np.log(found.parameters) - np.log(truth)) <= half)
    # Of 60, at least 52 would be seen in 99 of 100 runs where the coverage is .95.
    assert binom.ppf(0.005, 60, 0.95) <= np.sum(covered, axis=0).min()


def test_sbg_covers_a_projection():
    alpha, beta, far = 0.8, 2.0, 12
    truth = sbg.survival(alpha, beta, [far])[0]
    inside = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        life = rng.geometric(rng.beta(alpha, beta, 1000))
        lost = np.bincount(np.minimum(life, 8), minlength=9)[1:8]
        found = sbg.fit(lost, np.r_[np.zeros(6), 1000 - lost.sum()])
        kept = [sbg.survival(a, b, [far])[0] for a, b in found.draws(200, seed=seed)]
        inside += np.quantile(kept, 0.025) <= truth <= np.quantile(kept, 0.975)
    assert inside >= binom.ppf(0.005, 60, 0.93)


def test_without_departures_purchases_are_negative_binomial_and_the_boundary_is_said():
    x = nbinom.rvs(0.8, 6 / 36, size=3000, random_state=1).astype(float)
    t_x = np.where(x > 0, 30 * np.random.default_rng(1).beta(np.maximum(x, 1), 1), 0.0)
    found = bg_nbd.fit(x, t_x, np.full(len(x), 30.0))
    assert found.warning == AT_BOUNDARY or found.parameters[2] / found.parameters[3] < 0.01


def test_nobody_who_bought_again_is_no_model():
    found = bg_nbd.fit([0, 0], [0, 0], [5, 9])
    assert found.warning == bg_nbd.NO_REPEATS and np.isnan(found.parameters).all()


@pytest.mark.parametrize(
    ("fit", "values"),
    [
        (bg_nbd.fit, ([1], [9.0], [5.0])),
        (bg_nbd.fit, ([-1], [0.0], [5.0])),
        (bg_nbd.fit, ([], [], [])),
        (gamma_gamma.fit, ([0], [5.0])),
        (gamma_gamma.fit, ([1], [0.0])),
        (sbg.fit, ([0, 0], [5, 5])),
        (sbg.fit, ([1, -1], [5, 5])),
    ],
)
def test_what_no_customer_can_have_is_refused(fit, values):
    with pytest.raises(ValueError, match="`"):
        fit(*values)
