"""The monthly logit of leaving: against statsmodels, and against simulation."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from carebench.methods import hazard_logit
from carebench.methods.hazard_logit import TOO_FEW


def _panel(n, months, effect, seed, spread=0.0):
    """Customers at risk month by month; a sign, redrawn each month, moves the odds of leaving."""
    rng = np.random.default_rng(seed)
    own = spread * rng.standard_normal(n)
    here, rows = np.ones(n, dtype=bool), []
    for month in range(months):
        x = rng.standard_normal((n, 2)) + own[:, None]
        gone = rng.random(n) < 1 / (1 + np.exp(2.2 - effect * x[:, 0]))
        rows += [(who, month, *x[who], gone[who]) for who in np.flatnonzero(here)]
        here &= ~gone
    table = np.array(rows)
    return table[:, 2:4], table[:, 4].astype(bool), table[:, 0].astype(int), table[:, 1].astype(int)


def test_odds_ratios_are_those_of_statsmodels():
    x, left, who, _month = _panel(300, 8, 0.6, seed=1, spread=0.5)
    found = hazard_logit.fit(x, left, who)
    model = sm.GLM(left.astype(float), sm.add_constant(x), family=sm.families.Binomial())
    other = model.fit(cov_type="cluster", cov_kwds={"groups": who})
    assert found.model.coefficients == pytest.approx(other.params, abs=1e-6)
    assert found.model.standard_errors == pytest.approx(other.bse, rel=1e-3)
    (_first, odds, _p), _second = found.odds_ratios()
    assert (odds.low, odds.high) == pytest.approx(tuple(np.exp(other.conf_int()[1])), rel=2e-3)


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = 0
    for seed in range(150):
        x, left, who, _month = _panel(150, 6, 0.5, seed=1000 + seed)
        (_column, odds, _p), _other = hazard_logit.fit(x, left, who).odds_ratios()
        inside += odds.low <= np.exp(0.5) <= odds.high
    assert 0.90 <= inside / 150 <= 0.99


def test_a_sign_of_the_month_after_says_nothing():
    x, left, who, month = _panel(400, 8, 0.9, seed=4)
    key = {(w, m): row for row, (w, m) in enumerate(zip(who, month, strict=True))}
    later = [key.get((w, m + 1)) for w, m in zip(who, month, strict=True)]
    here = [row for row, after in enumerate(later) if after is not None and not left[row]]
    # Who is there a month later did not leave: the next month's sign cannot tell this month's end.
    known = np.array(here)
    shuffled = np.random.default_rng(0).permutation(len(x))
    odds = hazard_logit.fit(x[shuffled], left, who).odds_ratios()
    assert all(p > 0.05 for _column, _odds, p in odds)
    assert not left[known].any()


def test_columns_that_repeat_or_do_not_vary_are_left_out():
    x, left, who, _month = _panel(300, 6, 0.6, seed=2)
    wide = np.column_stack([np.full(len(x), 3.0), x[:, 0], 2 * x[:, 0] + 1, x[:, 1]])
    found = hazard_logit.fit(wide, left, who)
    assert found.kept == (1, 3)
    plain = hazard_logit.fit(x, left, who)
    assert found.model.coefficients == pytest.approx(plain.model.coefficients, rel=1e-6)


def test_leavers_told_apart_without_doubt_are_refused():
    left = np.repeat([True, False], 60)
    found = hazard_logit.fit(np.where(left, 5.0, -5.0)[:, None], left, np.arange(120))
    assert found.model is None and found.warning
    with pytest.raises(ValueError, match="no model"):
        found.risk(np.ones((1, 1)))


@pytest.mark.parametrize("leavers", [0, 1, 19])
def test_too_few_leavers_for_the_signs_are_refused(leavers):
    rng = np.random.default_rng(3)
    left = np.arange(400) < leavers
    found = hazard_logit.fit(rng.standard_normal((400, 2)), left, np.arange(400))
    assert found.model is None and found.warning == TOO_FEW


def test_the_tenth_at_risk_is_taken_within_each_month():
    month = np.repeat([0, 1], 50)
    risk = np.r_[np.linspace(0.5, 0.9, 50), np.linspace(0.0, 0.1, 50)]
    left = np.zeros(100, dtype=bool)
    left[[48, 49, 99]] = True
    top, every = hazard_logit.share_of_top(risk, left, month, np.arange(100))
    assert (top.k, top.n, every.k, every.n) == (3, 10, 3, 100)
    assert top.low < 0.3 < top.high and every.low < 0.03 < every.high


def test_a_share_of_rows_of_the_same_customers_is_less_sure():
    rng = np.random.default_rng(5)
    who = np.repeat(np.arange(60), 10)
    left = np.repeat(rng.random(60) < 0.4, 10)
    month = np.tile(np.arange(10), 60)
    risk = rng.random(600)
    _top, alike = hazard_logit.share_of_top(risk, left, month, who)
    _top, alone = hazard_logit.share_of_top(risk, left, month, np.arange(600))
    assert alike.high - alike.low > 2.5 * (alone.high - alone.low)
