"""Totals, ratios and shares of clustered rows: textbook values, coverage, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from carebench.methods import totals
from carebench.methods.proportions import proportion

# Lohr (1999), Sampling: Design and Analysis, example 5.2: grades of 5 suites of 4 students.
SUITES = [
    [3.08, 2.60, 3.44, 3.04], [2.36, 3.04, 3.28, 2.68], [2.00, 2.56, 2.52, 1.88],
    [3.00, 2.88, 3.44, 3.64], [2.68, 1.92, 3.28, 3.20],
]  # fmt: skip
GRADES = np.ravel(SUITES)
SUITE = np.repeat(np.arange(5), 4)


def _error(estimate: totals.Estimate, clusters: int) -> float:
    return (estimate.high - estimate.low) / 2 / t.ppf(0.975, clusters - 1)


def test_the_mean_of_clusters_is_that_of_lohr():
    # Mean 2.826 with standard error .164, which there is that of 5 of 100 suites.
    got = totals.ratio(GRADES, np.ones(20), clusters=SUITE)
    assert got.value == pytest.approx(2.826)
    assert _error(got, 5) * math.sqrt(1 - 5 / 100) == pytest.approx(0.164, abs=5e-4)
    # 100 suites of 4: a total of 1130.4.
    assert totals.times(got, 400).value == pytest.approx(1130.4)


def test_the_cluster_variance_is_that_of_the_sandwich():
    from statsmodels.api import OLS

    fit = OLS(GRADES, np.ones(20)).fit(cov_type="cluster", cov_kwds={"groups": SUITE})
    got = totals.ratio(GRADES, np.ones(20), clusters=SUITE)
    assert _error(got, 5) == pytest.approx(float(fit.bse[0]))


def test_a_ratio_of_totals_has_the_textbook_variance():
    # Cochran (1977), equation 6.13 without the finite correction.
    rng = np.random.default_rng(3)
    x, y = rng.gamma(4, 1, 60), rng.gamma(2, 1, 60)
    r = y.sum() / x.sum()
    variance = ((y - r * x) ** 2).sum() / 59 / 60 / x.mean() ** 2
    assert _error(totals.ratio(y, x), 60) == pytest.approx(math.sqrt(variance))


def test_rows_summed_up_elsewhere_give_the_same_interval():
    rng = np.random.default_rng(4)
    x, y = rng.gamma(4, 1, 80), rng.gamma(2, 1, 80)
    z = y - x * y.sum() / x.sum()
    got = totals.from_sums(80, (y.sum(), x.sum()), ((z**2).sum(), (z**4).sum()))
    expected = totals.ratio(y, x, logarithm=True)
    assert (got.value, got.low, got.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )
    assert got.warnings == expected.warnings == ()


def _contacts(rng: np.random.Generator, sales: int) -> tuple[np.ndarray, np.ndarray]:
    """Amounts of about so many sales, 4 % of the contacts, two contacts a customer."""
    n = 2 * round(sales / 0.08)
    return np.where(rng.random(n) < 0.04, rng.gamma(2, 1, n), 0), np.repeat(np.arange(n // 2), 2)


@pytest.mark.parametrize(("sales", "logarithm", "least"), [(25, True, 0.925), (100, False, 0.925)])
def test_the_mean_of_a_skewed_amount_is_covered_as_often_as_said(sales, logarithm, least):
    rng = np.random.default_rng(5)
    hits = 0
    for _run in range(600):
        amounts, customers = _contacts(rng, sales)
        got = totals.ratio(amounts, np.ones(len(amounts)), clusters=customers, logarithm=logarithm)
        hits += got.low <= 0.08 <= got.high
    assert least <= hits / 600 <= 0.98


def test_a_share_of_clusters_is_covered_as_often_as_said():
    rng = np.random.default_rng(6)
    hits = naive = 0
    for _run in range(500):
        sizes = rng.integers(1, 9, 60)
        cluster = np.repeat(np.arange(60), sizes)
        own = rng.beta(0.2 * 7 / 3, 0.8 * 7 / 3, 60)  # correlated .3 within a cluster
        said = rng.random(len(cluster)) < own[cluster]
        got = totals.share(said, clusters=cluster)
        hits += got.low <= 0.2 <= got.high
        plain = proportion(int(said.sum()), len(said))
        naive += plain.low <= 0.2 <= plain.high
    assert 0.92 <= hits / 500 <= 0.98 and naive / 500 < 0.87


def test_few_large_amounts_bear_a_warning():
    few, many = np.r_[np.zeros(500), [9.0, 11.0]], np.tile([0.0, 1.0, 2.0], 40)
    assert totals.FEW_CARRIERS in totals.ratio(few, np.ones(502)).warnings
    assert totals.ratio(many, np.ones(120)).warnings == ()


def test_rows_that_are_clusters_of_their_own_have_the_plain_wilson_interval():
    assert totals.share([True] * 6 + [False] * 7) == proportion(6, 13)


def test_repeating_every_row_within_its_cluster_adds_no_knowledge():
    said = np.random.default_rng(7).random(40) < 0.3
    once = totals.share(np.repeat(said, 2), clusters=np.repeat(np.arange(40), 2))
    many = totals.share(np.repeat(said, 20), clusters=np.repeat(np.arange(40), 20))
    assert (once.low, once.high) == pytest.approx((many.low, many.high))


@pytest.mark.parametrize("said", [True, False])
def test_where_all_answer_alike_there_is_an_interval_by_clusters(said):
    got = totals.share([said] * 60, clusters=np.repeat(np.arange(6), 10))
    plain = proportion(6 * said, 6)
    assert (got.low, got.high) == pytest.approx((plain.low, plain.high))


def test_a_share_of_what_rows_count_for_weights_them_by_it():
    got = totals.share([3.0, 0.0, 0.0], bases=[3.0, 1.0, 2.0])
    assert got.value == 0.5 and got.n == 6


@pytest.mark.parametrize(
    ("numerators", "denominators", "reason"),
    [
        ([], [], totals.NOTHING), ([1.0], [0.0], totals.NOTHING),
        ([math.nan], [1.0], totals.NOTHING),
    ],
)  # fmt: skip
def test_nothing_to_divide_by_is_no_ratio(numerators, denominators, reason):
    got = totals.ratio(numerators, denominators)
    assert got.value is None and got.reason == reason


@pytest.mark.parametrize(
    ("numerators", "clusters", "warning"),
    [
        ([2.0, 2.0, 2.0], None, totals.NO_SPREAD), ([0.0, 0.0], None, totals.NO_SPREAD),
        ([5.0], None, totals.ONE_CLUSTER), ([5.0, 7.0], ["a", "a"], totals.ONE_CLUSTER),
    ],
)  # fmt: skip
def test_rows_that_do_not_differ_give_no_interval(numerators, clusters, warning):
    ones = np.ones(len(numerators))
    got = totals.ratio(numerators, ones, clusters=clusters, logarithm=True)
    assert not got.has_interval and got.warnings == (warning,)


def test_an_interval_on_the_logarithm_stays_above_zero_and_finite():
    got = totals.ratio(np.r_[np.zeros(400), 1e9], np.ones(401), logarithm=True)
    assert 0 < got.low < got.value < got.high < math.inf


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 6), st.floats(0.1, 9)), min_size=1),
    st.booleans(),
)
def test_an_interval_holds_its_value_whatever_the_order_of_the_rows(rows, logarithm):
    values, clusters, weights = map(np.array, zip(*rows, strict=True))
    one = totals.ratio(values, np.ones(len(rows)), clusters=clusters, weights=weights,
                       logarithm=logarithm)  # fmt: skip
    other = totals.ratio(values[::-1], np.ones(len(rows)), clusters=clusters[::-1],
                         weights=weights[::-1], logarithm=logarithm)  # fmt: skip
    assert one.value == pytest.approx(other.value) and one.has_interval == other.has_interval
    if one.has_interval:
        assert one.low <= one.value <= one.high


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.floats(0.1, 9)), min_size=1))
def test_the_limits_of_a_share_are_shares(rows):
    said, clusters, weights = map(np.array, zip(*rows, strict=True))
    got = totals.share(said, clusters=clusters, weights=weights)
    assert 0 <= got.low <= got.value <= got.high <= 1


def test_a_difference_turned_round_has_its_limits_changed_over():
    gap = totals.ratio([1.0, 2.0, 4.0], np.ones(3))
    assert totals.turned(gap).low == -gap.high and totals.turned(totals.turned(gap)) == gap
