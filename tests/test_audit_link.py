"""Whether an audit goes with what customers say: the method, its limits, and its words."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from carebench import figures, loyalty
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.loyalty.audit_link import FEWEST, HIGHER, LOWER, NO_LINK, NOT_JUDGED
from carebench.methods.rank_correlation import (
    noise_ceiling,
    permutation_p,
    reliability,
    smallest_established,
    spearman,
)
from studies import attempts, study

NAMES = [f"P{at:02d}" for at in range(14)]


# The method


@pytest.mark.parametrize(("n", "critical"), [(6, 0.886), (7, 0.786), (8, 0.738)])
def test_the_least_correlation_that_is_significant_is_the_published_one(n, critical):
    # Zar (1972), J. Am. Stat. Assoc. 67:578-580: two-tailed, 5 %.
    first = np.arange(n)
    found = {}
    for other in permutations(range(n)):
        r = round(1 - 6 * float(((first - np.array(other)) ** 2).sum()) / (n**3 - n), 3)
        if abs(r - critical) < 0.06 and r not in found:
            found[r] = permutation_p(first, other)
        if len(found) > 3:
            break
    assert min(r for r, p in found.items() if p <= 0.05) == pytest.approx(critical, abs=5e-4)
    assert max(found.values()) > 0.05


@pytest.mark.parametrize(
    ("n", "tests", "critical"),
    [(6, 1, 0.886), (7, 1, 0.786), (8, 1, 0.738), (12, 1, 0.587), (6, 5, 1), (12, 10, 0.769)],
)
def test_the_smallest_correlation_that_can_be_established_is_the_published_one(n, tests, critical):
    # Zar (1972), J. Am. Stat. Assoc. 67:578-580: two-tailed, 5 % over the tests.
    drawn = 0.02 if n > 8 else 5e-4
    assert smallest_established(n, tests=tests) == pytest.approx(critical, abs=drawn)


def test_what_can_be_established_is_what_the_test_lets_stand():
    least = smallest_established(7, tests=3)
    for other in permutations(range(7)):
        r = np.corrcoef(range(7), other)[0, 1]
        if abs(r - least) < 0.04:
            assert (permutation_p(range(7), other) <= 0.05 / 3) == (r > least - 1e-9)
    assert smallest_established(6, tests=20) == np.inf
    assert smallest_established(101) == pytest.approx(smallest_established(100), abs=0.01)


def test_a_perfect_order_of_six_comes_by_chance_twice_in_720():
    assert permutation_p(range(6), range(6)) == pytest.approx(2 / 720)
    assert permutation_p(range(6), range(6, 0, -1)) == pytest.approx(2 / 720)


def test_drawn_orders_agree_with_the_t_distribution_and_are_never_impossible():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((2, 25))
    assert permutation_p(x, y) == pytest.approx(spearmanr(x, y).pvalue, abs=0.02)
    assert permutation_p(x, x) == pytest.approx(1 / 20_001)
    assert permutation_p(x, y) == permutation_p(x, y)


def test_many_pairs_take_neither_long_nor_much_memory_and_say_the_same():
    rng = np.random.default_rng(6)
    x = rng.standard_normal(101)
    y = 0.15 * x + rng.standard_normal(101)
    assert permutation_p(x, y) == pytest.approx(permutation_p(x[:100], y[:100]), abs=0.05)
    assert permutation_p(rng.random(50_000), rng.random(50_000)) > 0.001


def test_values_that_are_all_the_same_have_no_p_value():
    assert np.isnan(permutation_p([1, 1, 1, 1, 1, 1], range(6)))
    assert np.isnan(permutation_p([], []))


@pytest.mark.parametrize("n", [6, 8])
def test_the_interval_of_a_few_pairs_holds_the_truth_as_often_as_it_says(n):
    rng = np.random.default_rng(n)
    truth = 6 / np.pi * np.arcsin(0.5 / 2)  # Spearman's, of normal pairs correlated by .5
    x = rng.standard_normal((800, n))
    y = 0.5 * x + np.sqrt(0.75) * rng.standard_normal((800, n))
    found = [spearman(a, b, fewest=n) for a, b in zip(x, y, strict=True)]
    assert 0.935 < np.mean([one.low <= truth <= one.high for one in found]) < 0.99


def test_noise_draws_a_perfect_link_down_to_its_ceiling():
    # Spearman (1904): observed = true · √(reliability · reliability).
    rng = np.random.default_rng(4)
    truth = rng.standard_normal(20_000)
    errors = 0.5, 1.0
    first, second = (truth + error * rng.standard_normal(len(truth)) for error in errors)
    rel = [
        reliability(values, np.full(len(truth), error))
        for values, error in zip((first, second), errors, strict=True)
    ]
    assert rel == pytest.approx([0.8, 0.5], abs=0.02)
    assert noise_ceiling(*rel) == pytest.approx(np.corrcoef(first, second)[0, 1], abs=0.02)


def test_a_spread_that_is_all_noise_has_no_reliability():
    assert reliability([1.0, 1.1, 0.9], [5, 5, 5]) == 0
    assert np.isnan(reliability([2, 2, 2], [1, 1, 1]))


# The question


def _survey(satisfied: dict[str, int], n: int = 40, **columns: object) -> pd.DataFrame:
    """So many of n respondents of each provider give CSAT 5, the others 1."""
    rows = [
        {"provider": name, "csat": 5 if at < k else 1}
        for name, k in satisfied.items()
        for at in range(n)
    ]
    return pd.DataFrame(rows).assign(respondent=range(len(rows)), **columns)


def _study(folder, satisfied: list[int], **tables: pd.DataFrame):
    """Providers of which one after the other answers more calls, with so many satisfied."""
    names = NAMES[: len(satisfied)]
    tried = attempts({name: (4 + 2 * at, 40) for at, name in enumerate(names)}, "phone")
    said = _survey(dict(zip(names, satisfied, strict=True)))
    return study(folder, **{"attempts": tried, "survey": said, **tables})


@pytest.mark.parametrize(
    ("satisfied", "verdict"),
    [
        ([2, 5, 8, 11, 14, 17, 20, 23, 26, 29], HIGHER),
        ([29, 26, 23, 20, 17, 14, 11, 8, 5, 2], LOWER),
        ([20, 2, 26, 11, 5, 29, 14, 23, 8, 17], NO_LINK),
    ],
)
def test_the_verdict_follows_the_order_of_providers(tmp_path, satisfied, verdict):
    (row,) = records(loyalty.audit_link(_study(tmp_path, satisfied)).rows)
    assert row["verdict"] == verdict
    assert row["n"] == 10 and row["low"] <= row["value"] <= row["high"]


def test_where_no_link_is_seen_the_headline_says_which_could_have_been(tmp_path):
    found = loyalty.audit_link(_study(tmp_path, [20, 2, 26, 11, 5, 29, 14, 23, 8, 17]))
    assert "over 10 providers only rank correlations above about 0.6" in found.headline
    assert "(pairs tested: 1)" in found.headline


def test_fewer_than_six_providers_are_not_set_against_each_other(tmp_path):
    for question in (loyalty.audit_link, loyalty.audit_scatter):
        found = question(_study(tmp_path, [2, 5, 8, 11, 14]))
        assert isinstance(found, Skipped) and "fewer than six" in found.reason.lower()
    (row,) = records(loyalty.audit_link(_study(tmp_path, [2, 5, 8, 11, 14, 17])).rows)
    assert row["n"] == FEWEST and pd.notna(row["value"])


def test_answers_that_are_all_the_same_are_linked_with_nothing(tmp_path):
    found = loyalty.audit_link(_study(tmp_path, [40] * 10))
    assert isinstance(found, Skipped) and "same" in found.reason


def test_a_provider_that_only_one_side_knows_is_in_no_pair_and_counted(tmp_path):
    care = _study(tmp_path, [2, 5, 8, 11, 14, 17, 20], survey=_survey(dict.fromkeys(NAMES[1:9], 9)))
    said = _survey({name: 3 * at for at, name in enumerate(NAMES[1:9], 1)})
    care = _study(tmp_path, [2, 5, 8, 11, 14, 17, 20], survey=said)
    found = loyalty.audit_link(care)
    assert records(found.rows)[0]["n"] == 6
    assert any(note.endswith("in no pair: 3.") for note in found.notes)


@pytest.mark.parametrize(
    "tables",
    [
        {"survey": pd.DataFrame({"respondent": [1], "csat": [5]})},
        {"survey": _survey({"A": 3})},
        {"survey": _survey({"A": 3}), "attempts": attempts({"A": (1, 3)}).drop(columns="provider")},
        {"survey": _survey({"A": 1}, n=1), "attempts": attempts({"A": (1, 1)})},
        {"survey": _survey(dict.fromkeys(NAMES, 3)).drop(columns="csat"),
         "attempts": attempts(dict.fromkeys(NAMES, (1, 3)))},
        {"attempts": attempts({"A": (1, 3)})},
    ],
)  # fmt: skip
def test_a_study_with_one_side_only_is_refused_in_words(tmp_path, tables):
    care = study(tmp_path, **tables)
    for question in (loyalty.audit_link, loyalty.audit_scatter):
        found = question(care)
        assert isinstance(found, Skipped) and found.reason.endswith(".")


def test_an_nps_of_few_answers_is_in_no_pair(tmp_path):
    said = _survey({name: 3 * at for at, name in enumerate(NAMES[:10])}).rename(
        columns={"csat": "nps"}
    )
    found = loyalty.audit_link(_study(tmp_path, [1] * 10, survey=said))
    assert isinstance(found, Skipped)


def test_a_pair_without_a_number_counts_in_no_family(tmp_path):
    said = _survey({name: 3 * at for at, name in enumerate(NAMES[:10])}, would_switch="yes")
    rows = records(loyalty.audit_link(_study(tmp_path, [1] * 10, survey=said)).rows)
    assert [row["verdict"] for row in rows] == [HIGHER, NOT_JUDGED]
    x = np.arange(10)
    assert rows[0]["p_value"] == pytest.approx(permutation_p(x, x))


def test_the_example_links_its_audit_with_what_customers_say(example):
    # Both were drawn from one quality of each provider, in truth.json.
    rows = records(loyalty.audit_link(example).rows)
    assert {row["customers"] for row in rows} == {"CSAT", "would switch at equal price and quality"}
    for row in rows:
        direction = 1 if row["customers"] == "CSAT" else -1
        assert row["value"] * direction > 0 and 0.5 < row["ceiling"] < 1
    assert rows[0]["audit"] == "service rated 4 or 5" and rows[0]["value"] > 0.8


def test_nothing_is_said_to_predict_and_the_earlier_audit_to_have_come_first(example):
    same, earlier = loyalty.audit_link(example), loyalty.audit_link(example, earlier=True)
    for found in (same, earlier):
        text = " ".join((found.headline, *found.notes)).lower()
        assert "predict" not in text and "because" not in text and "effect" not in text
    assert any("which came first is not known" in note for note in same.notes)
    assert any("came first. Providers that stay" in note for note in earlier.notes)
    # Two providers changed in between, one left: the earlier audit goes less with the survey.
    first, later = (
        next(row for row in records(found.rows) if row["audit"] == "answered: phone")
        for found in (same, earlier)
    )
    assert later["n"] == 12 and later["value"] < first["value"]


def test_without_an_earlier_wave_there_is_no_earlier_audit(tmp_path):
    found = loyalty.audit_link(_study(tmp_path, [2, 5, 8, 11, 14, 17]), earlier=True)
    assert isinstance(found, Skipped)


def test_the_pair_that_is_drawn_is_fixed_and_not_the_strongest(example):
    found = loyalty.audit_scatter(example)
    assert found.name == "audit-scatter-service-csat" and len(found.rows) == 13
    other = loyalty.audit_scatter(example, "answered-email", "would_switch")
    assert from_row(records(loyalty.audit_link(example).rows)[7]).value < 0
    assert "−0.55" in other.headline
    assert isinstance(loyalty.audit_scatter(example, "beauty"), Skipped)


@pytest.mark.parametrize("phone", [False, True])
def test_every_provider_is_drawn_with_both_intervals_and_named(example, phone):
    from matplotlib.figure import Figure

    found = loyalty.audit_scatter(example)
    assert isinstance(found, Finding)
    ax = Figure(figsize=(4.2 if phone else 7.2, 4.8)).subplots()
    figures.plot_link(found.rows, ax=ax)
    assert [len(lines.get_segments()) for lines in ax.collections] == [13, 13]
    names = [text.get_text() for text in ax.texts]
    assert len(names) == 13
    assert (names[0] == "1") is phone
