"""Before the fieldwork: how many attempts a difference needs, and what so many can show."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t

from carebench import audit, figures
from carebench.finding import Finding, Skipped
from carebench.methods.clusters import allocation, design_effect
from carebench.methods.planning import (
    contacts_per_wave,
    detectable_difference,
    minimum_detectable_difference,
    newcombe_power,
    providers_in_both_waves,
)
from carebench.methods.proportions import difference
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from carebench.schema import DataError
from studies import attempts, study


def test_the_published_example_of_a_rise_from_65_to_85_per_cent_needs_70_per_arm():
    # Chow, Shao & Wang (2008), Sample Size Calculations in Clinical Research, section 4.2.
    assert contacts_per_wave(0.65, 0.85) == 70
    assert contacts_per_wave(0.85, 0.65) == 70


@pytest.mark.parametrize(
    ("gap", "comparisons", "n"),
    [(0.1, 1, 389), (0.1, 12, 681), (0.1, 78, 897), (0.2, 1, 95), (0.2, 12, 165), (0.2, 78, 218),
     (0.3, 1, 40), (0.3, 12, 70), (0.3, 78, 92), (0.5, 1, 12), (0.5, 12, 21), (0.5, 78, 28)],
)  # fmt: skip
def test_more_comparisons_and_smaller_differences_need_more_attempts(gap, comparisons, n):
    assert contacts_per_wave(0.5 - gap / 2, 0.5 + gap / 2, comparisons=comparisons) == n


@pytest.mark.parametrize(
    ("n", "gap", "power"),
    [(5, 0.4, 0.25), (5, 0.8, 0.82), (10, 0.4, 0.42), (10, 0.6, 0.81), (20, 0.4, 0.71),
     (20, 0.6, 0.98)],
)  # fmt: skip
def test_few_attempts_separate_only_wide_gaps(n, gap, power):
    found = newcombe_power(0.5 - gap / 2, 0.5 + gap / 2, n, n)
    assert found == pytest.approx(power, abs=0.006)


def test_the_power_counts_the_very_intervals_that_the_reports_print():
    rng = np.random.default_rng(1)
    first, second = rng.binomial(12, 0.3, 400), rng.binomial(9, 0.8, 400)
    intervals = [difference(int(k), 12, int(j), 9) for k, j in zip(first, second, strict=True)]
    told = np.mean([not i.low <= 0 <= i.high for i in intervals])
    assert newcombe_power(0.3, 0.8, 12, 9) == pytest.approx(told, abs=0.07)


@pytest.mark.parametrize("n", [2, 7, 24, 31, 35, 43, 60, 95, 5_000])
def test_what_is_detectable_is_detected_four_times_in_five(n):
    gap = detectable_difference(n, n)
    if n <= 60:
        power = newcombe_power(0.5 - gap / 2, 0.5 + gap / 2, n, n)
        assert power == pytest.approx(0.8, abs=0.03)
    else:
        needed = contacts_per_wave(0.5 - gap / 2, 0.5 + gap / 2)
        assert needed == pytest.approx(n, abs=1)


def test_one_attempt_each_shows_nothing():
    assert math.isinf(detectable_difference(1, 1))
    assert math.isinf(minimum_detectable_difference(1, benchmark=0.47))
    assert math.isinf(detectable_difference(0, 50))
    assert math.isinf(minimum_detectable_difference(0, benchmark=0.47))


def test_more_attempts_never_hide_what_fewer_show():
    gaps = [detectable_difference(n, n, comparisons=12) for n in (3, 10, 20, 40, 100, 1_000)]
    assert gaps == sorted(gaps, reverse=True)
    assert detectable_difference(20, 2_000) < detectable_difference(20, 20)
    assert detectable_difference(50, 50, design_effect=2) > detectable_difference(50, 50)


@pytest.mark.parametrize("benchmark", [0.1, 0.47, 0.9])
@pytest.mark.parametrize("n", [8, 24, 120])
def test_the_exact_test_finds_a_detectable_difference_from_a_benchmark(benchmark, n):
    from scipy.stats import binom, binomtest

    gap = minimum_detectable_difference(n, benchmark=benchmark)
    rate = benchmark + gap if benchmark <= 0.5 else benchmark - gap
    rejects = [binomtest(k, n, benchmark).pvalue <= 0.05 for k in range(n + 1)]
    power = sum(binom.pmf(k, n, rate) for k in range(n + 1) if rejects[k])
    assert power == pytest.approx(0.8, abs=1e-3)


def test_the_exact_and_the_normal_bar_meet_where_one_gives_way_to_the_other():
    exact = minimum_detectable_difference(2_000, benchmark=0.62)
    normal = minimum_detectable_difference(2_001, benchmark=0.62)
    assert exact == pytest.approx(normal, abs=0.001)
    assert detectable_difference(60, 60) == pytest.approx(detectable_difference(61, 61), abs=0.03)


def test_attempts_that_are_alike_need_more_of_them():
    # Clusters of 4: 40 attempts × 1.3 at icc .1, × 1.6 at icc .2.
    assert contacts_per_wave(0.35, 0.65, design_effect=design_effect(4, 0.1)) == 52
    assert contacts_per_wave(0.35, 0.65, design_effect=design_effect(4, 0.2)) == 64


@pytest.mark.parametrize("attempts", [4, 8, 28, 84])
def test_the_same_providers_in_both_waves_show_the_change_they_are_planned_for(attempts):
    # Own rates about .4 and .6 with the spread that icc .1 gives them, the same in both waves.
    c, rng = (
        providers_in_both_waves(0.4, 0.6, attempts=attempts, icc=0.1),
        np.random.default_rng(attempts),
    )
    own = rng.beta(4.5, 4.5, (4_000, c)) - 0.5
    shares = [rng.binomial(attempts, np.clip(p + own, 0, 1)) / attempts for p in (0.4, 0.6)]
    change = shares[1] - shares[0]
    bar = t.ppf(0.975, c - 1) * change.std(axis=1, ddof=1) / math.sqrt(c)
    assert 0.78 <= (np.abs(change.mean(axis=1)) > bar).mean() <= 0.97


def test_the_allocation_spends_the_budget_and_beats_equal_numbers():
    weights = np.array([0.5, 0.3, 0.2])
    spreads = np.array([0.5, 0.4, 0.2])
    costs = np.array([1.0, 4.0, 10.0])
    n = allocation(weights, spreads, costs, budget=300)
    equal = np.full(3, 300 / costs.sum())
    assert (n * costs).sum() == pytest.approx(300)
    variance = [float((weights**2 * spreads**2 / size).sum()) for size in (n, equal)]
    assert variance[0] < variance[1]
    nudged = n + np.array([4.0, -1.0, 0.0])  # costs the same
    assert variance[0] < float((weights**2 * spreads**2 / nudged).sum())


def test_plans_that_cannot_be_are_refused_with_words():
    with pytest.raises(DataError, match=r"65 % is 0\.65"):
        contacts_per_wave(65, 85)
    with pytest.raises(DataError, match="give a change"):
        contacts_per_wave(0.5, 0.5)
    with pytest.raises(DataError, match="give a change"):
        providers_in_both_waves(0.5, 0.5, attempts=4, icc=0.1)
    with pytest.raises(DataError, match="costs above 0"):
        allocation([1.0], [0.5], [0.0], budget=10)


def test_the_report_says_how_little_so_many_attempts_can_show(tmp_path):
    care = study(tmp_path, attempts=attempts({f"P{at}": (10, 20) for at in range(13)}))
    rows = audit.detectable(care).rows
    assert rows["attempts"].tolist() == [20]
    assert rows["one"].iloc[0] == pytest.approx(detectable_difference(20, 20))
    assert rows["all"].iloc[0] >= 0.5  # 13 providers of 20 attempts: only wide gaps
    assert "95 for one comparison, 218 for all pairs" in text_table(audit.detectable(care)).plain()


@pytest.mark.parametrize("n", [1, 2, 5_000])
def test_what_can_be_seen_is_drawn_and_said_for_any_number_of_attempts(tmp_path, n):
    care = study(tmp_path, attempts=attempts({"A": (0, n), "B": (n, n)}))
    found = audit.detectable_by_attempts(care)
    assert isinstance(found, Finding)
    assert _png(figures.plot_detectable, found)
    table = text_table(audit.detectable(care)).plain()
    assert ("too few for any" in table) == (n == 1)
    assert ("no two can be told apart" in found.headline) == (n == 1)


def test_one_provider_alone_is_compared_with_nobody(tmp_path):
    care = study(tmp_path, attempts=attempts({"A": (3, 9)}))
    assert isinstance(audit.detectable(care), Skipped)
    assert isinstance(audit.detectable_by_attempts(care), Skipped)
