"""A difference adjusted for what is known: published values, the library's, coverage, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carebench.estimate import Estimate
from carebench.methods.adjusted_difference import (
    FEW,
    NO_OVERLAP,
    NOT_ALIKE,
    adjusted_difference,
    e_value,
    e_values,
    standardised_differences,
)
from carebench.schema import DataError


def chance(odds):
    return 1 / (1 + np.exp(-odds))


def world(rng, n):
    """Customers of a better and a worse plan; the truth is the mean difference of their risks."""
    plan, other = rng.random(n) < 0.5, rng.normal(size=n)
    exposed = rng.random(n) < chance(-0.7 + 1.4 * plan + 0.5 * other)
    risks = [chance(-2.2 + 1.3 * plan + 0.5 * other + 0.7 * each) for each in (0, 1)]
    left = rng.random(n) < np.where(exposed, risks[1], risks[0])
    covariates = pd.DataFrame({"plan": plan, "other": other}, dtype=float)
    return left, exposed, covariates, float((risks[1] - risks[0]).mean())


def raw(left, exposed):
    return float(left[exposed].mean() - left[~exposed].mean())


@pytest.mark.parametrize(("ratio", "published"), [(3.9, 7.26), (1.8, 3.0), (1 / 3.9, 7.26)])
def test_the_e_value_is_the_published_one(ratio, published):
    # VanderWeele & Ding (2017), Ann. Intern. Med. 167:268-274: 3.9 (limits 1.8 to 8.7).
    assert e_value(ratio) == pytest.approx(published, abs=5e-3)


def test_the_e_value_of_an_interval_is_that_of_the_limit_nearer_to_no_difference():
    assert e_values(Estimate(3.9, 1.8, 8.7, 90, "", "ratio")) == pytest.approx((7.26, 3), abs=5e-3)
    below = Estimate(1 / 3.9, 1 / 8.7, 1 / 1.8, 90, "", "ratio")
    assert e_values(below) == pytest.approx((7.26, 3), abs=5e-3)
    around = e_values(Estimate(1.2, 0.9, 1.6, 90, "", "ratio"))
    assert around is not None
    assert around[1] == 1
    assert e_values(Estimate.absent("none", unit="ratio")) is None
    with pytest.raises(DataError, match="above 0"):
        e_value(0)


def test_the_difference_is_that_of_statsmodels_where_both_models_are_saturated():
    import statsmodels.api as sm
    from statsmodels.treatment.treatment_effects import TreatmentEffect

    left, exposed, covariates, _truth = world(np.random.default_rng(8), 1500)
    plan = covariates[["plan"]]
    order = np.argsort(exposed, kind="stable")  # its standard errors take rows for sorted
    x, a = sm.add_constant(plan.to_numpy()[order]), exposed[order].astype(int)
    outcome = sm.OLS(left[order].astype(float), x)
    theirs = TreatmentEffect(outcome, a, results_select=sm.Logit(a, x).fit(disp=0)).aipw()
    ours = adjusted_difference(left, exposed, plan).difference
    row = theirs.summary_frame().loc["ATE"]
    assert ours.value == pytest.approx(row["coef"], abs=1e-6)
    assert (ours.high - ours.low) / 2 / 1.959964 == pytest.approx(row["std err"], rel=0.01)


def test_of_one_yes_or_no_it_is_the_standardised_difference_with_its_textbook_error():
    left, exposed, covariates, _truth = world(np.random.default_rng(8), 1500)
    plan = covariates["plan"].to_numpy(dtype=bool)
    parts, variance = [], 0.0
    for stratum in (plan, ~plan):
        share = stratum.mean()
        arms = [left[stratum & group] for group in (exposed, ~exposed)]
        parts.append((share, arms[0].mean() - arms[1].mean()))
        variance += share**2 * sum(arm.var() / len(arm) for arm in arms)
    value = sum(share * gap for share, gap in parts)
    spread = sum(share * (gap - value) ** 2 for share, gap in parts)
    ours = adjusted_difference(left, exposed, covariates[["plan"]]).difference
    assert ours.value == pytest.approx(value)
    error = (variance + spread / 1500) ** 0.5
    assert (ours.high - ours.low) / 2 / 1.959964 == pytest.approx(error, rel=1e-3)


def test_a_measured_confounder_is_adjusted_away():
    left, exposed, covariates, truth = world(np.random.default_rng(3), 20_000)
    found = adjusted_difference(left, exposed, covariates)
    assert raw(left, exposed) > truth + 0.1
    assert found.difference.value == pytest.approx(truth, abs=0.015)
    before, after = (found.balance[name].abs().max() for name in ("before", "after"))
    assert before > 0.5
    assert after < 0.02


@pytest.mark.parametrize("wrong", ["outcome", "chance"])
def test_one_of_the_two_models_may_be_wrong(wrong):
    rng = np.random.default_rng(11)
    n = 40_000
    x = rng.normal(size=n)
    bent, straight = np.abs(x) - 0.8 + 0.5 * x, x
    exposed = rng.random(n) < chance(0.8 * (bent if wrong == "chance" else straight))
    risks = [chance(-1.5 + (bent if wrong == "outcome" else straight) + a) for a in (0, 0.8)]
    left = rng.random(n) < np.where(exposed, risks[1], risks[0])
    found = adjusted_difference(left, exposed, pd.DataFrame({"x": x})).difference
    assert found.value == pytest.approx(float((risks[1] - risks[0]).mean()), abs=0.015)


@pytest.mark.parametrize(("n", "seed"), [(250, 1), (600, 2)])
def test_the_interval_covers_the_truth_about_as_often_as_it_says(n, seed):
    rng = np.random.default_rng(seed)
    truth = world(rng, 400_000)[3]
    found = [adjusted_difference(*world(rng, n)[:3]).difference for _ in range(150)]
    given = [one for one in found if one.value is not None]
    covered = np.mean([one.low <= truth <= one.high for one in given])
    assert len(given) > 130
    assert 0.89 <= covered <= 0.99


def two_plans(rng, n):
    """Of the better plan more are exposed, and only there does it do anything: .2 more leave."""
    better = rng.random(n) < 0.5
    exposed = rng.random(n) < np.where(better, 0.7, 0.2)
    left = rng.random(n) < 0.1 + 0.2 * (better & exposed)
    return left, exposed, pd.DataFrame({"better": better}, dtype=float)


def test_times_the_exposed_their_own_difference_is_how_many_more_left():
    left, exposed, covariates = two_plans(np.random.default_rng(3), 20_000)
    found = adjusted_difference(left, exposed, covariates)
    more = 0.2 * (exposed & covariates["better"].astype(bool)).sum()
    assert found.among_exposed.value * exposed.sum() == pytest.approx(more, rel=0.1)
    assert found.difference.value * exposed.sum() < 0.75 * more
    # By hand: in each plan the share that left, weighted as the exposed are.
    gaps = [raw(left[plan], exposed[plan]) for plan in (covariates["better"] == each
            for each in (0, 1))]  # fmt: skip
    share = covariates.loc[exposed, "better"].mean()
    assert found.among_exposed.value == pytest.approx((1 - share) * gaps[0] + share * gaps[1])


def test_weights_save_the_difference_of_the_exposed_where_the_risk_is_modelled_badly():
    # Who leaves differs by what no sum of the two traits says; exposure does nothing.
    rng, n = np.random.default_rng(8), 40_000
    one, other = rng.random(n) < 0.5, rng.random(n) < 0.5
    exposed = rng.random(n) < chance(-0.5 + 1.2 * one + 1.2 * other)
    left = rng.random(n) < np.where(one == other, 0.5, 0.1)
    traits = pd.DataFrame({"one": one, "other": other}, dtype=float)
    found = adjusted_difference(left, exposed, traits).among_exposed
    assert found.low < 0 < found.high and found.high - found.low < 0.05


def test_the_interval_of_the_exposed_covers_their_truth_about_as_often_as_it_says():
    rng, truth = np.random.default_rng(6), 0.2 * 0.7 / 0.9
    found = [adjusted_difference(*two_plans(rng, 500)).among_exposed for _ in range(200)]
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert 0.91 <= covered <= 0.985


def test_exchanging_the_groups_turns_the_sign():
    left, exposed, covariates, _truth = world(np.random.default_rng(5), 2000)
    one = adjusted_difference(left, exposed, covariates)
    other = adjusted_difference(left, ~exposed, covariates)
    assert other.difference.value == pytest.approx(-one.difference.value)
    assert other.difference.low == pytest.approx(-one.difference.high)
    assert other.ratio.value == pytest.approx(1 / one.ratio.value)
    assert other.ratio.low == pytest.approx(1 / one.ratio.high)


def test_repeated_constant_and_rescaled_columns_change_nothing():
    left, exposed, covariates, _truth = world(np.random.default_rng(6), 1500)
    more = covariates.assign(
        again=covariates["plan"] * 1e6, same=4.0, other=covariates["other"] * 9
    )
    one = adjusted_difference(left, exposed, covariates).difference
    assert adjusted_difference(left, exposed, more).difference.value == pytest.approx(one.value)


def test_without_covariates_the_difference_is_the_raw_one():
    left, exposed, covariates, _truth = world(np.random.default_rng(6), 900)
    found = adjusted_difference(left, exposed, covariates[[]])
    assert found.difference.value == pytest.approx(raw(left, exposed))
    assert found.balance.empty


def test_whoever_has_nobody_to_be_compared_with_is_left_out_and_named():
    left, exposed, covariates, _truth = world(np.random.default_rng(7), 3000)
    alone = np.arange(3000) < 300
    exposed = exposed | (alone & (np.arange(3000) % 100 > 0))
    found = adjusted_difference(left, exposed, covariates.assign(alone=alone * 1.0))
    assert found.kept[alone].mean() < 0.1
    assert found.kept[~alone].mean() > 0.95
    assert found.difference.n == found.kept.sum()


def test_groups_that_share_nobody_are_not_compared():
    left, exposed, covariates, _truth = world(np.random.default_rng(7), 600)
    for told_apart in (exposed * 1.0, exposed * 5 + covariates["other"].clip(-2, 2)):
        found = adjusted_difference(left, exposed, covariates.assign(told=told_apart))
        assert found.difference.reason == NO_OVERLAP
        assert found.ratio.value is None
        assert found.balance["before"].notna().all()


def test_no_number_is_given_where_weighting_leaves_the_groups_unlike():
    # Weights that suit the mean cannot suit a trait in which one customer stands far out.
    rng = np.random.default_rng(9)
    left, exposed, covariates, _truth = world(rng, 120)
    unlike = pd.DataFrame(rng.normal(size=(120, 8)) ** 3)
    found = adjusted_difference(left, exposed, pd.concat([covariates, unlike], axis=1))
    assert found.difference.reason == NOT_ALIKE
    assert found.balance["after"].abs().max() > 0.1


def test_fewer_than_five_of_one_outcome_give_no_number():
    _left, exposed, covariates, _truth = world(np.random.default_rng(2), 400)
    for left in (np.zeros(400), np.ones(400), np.cumsum(exposed) <= 4):
        assert adjusted_difference(left, exposed, covariates).difference.reason == FEW
    nobody = np.zeros(400, dtype=bool)
    found = adjusted_difference(exposed, nobody, covariates)
    assert found.difference.reason == FEW
    assert found.balance["before"].isna().all()


def test_standardised_differences_are_those_worked_out_by_hand():
    # Means 2.5 and 1.5, variances 1.25 and .25: 1 over the root of .75; weighted 2.8 less 1.5.
    table = pd.DataFrame({"x": [1.0, 2, 3, 4, 1, 1, 2, 2], "same": 5.0})
    exposed = [True] * 4 + [False] * 4
    found = standardised_differences(table, exposed)
    assert found.tolist() == pytest.approx([1 / 0.75**0.5, 0])
    weighted = standardised_differences(table, exposed, [1, 1, 1, 2, 1, 1, 1, 1])
    assert weighted["x"] == pytest.approx(1.3 / 0.75**0.5)


def test_a_missing_covariate_is_refused_with_words():
    left, exposed, covariates, _truth = world(np.random.default_rng(2), 50)
    with pytest.raises(DataError, match="missing or infinite"):
        adjusted_difference(left, exposed, covariates.assign(plan=np.nan))
    with pytest.raises(DataError, match="go together"):
        adjusted_difference(left[1:], exposed, covariates)
