"""Groups of customers: found where they are, come again, and not made out of one cloud."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebench import segmentation
from carebench.finding import Skipped
from carebench.methods.partition import CLOSE, STABLE, adjusted_rand, closeness, k_means, stability
from carebench.schema import DataError
from studies import study

ROOM = import_module("carebench.segmentation.groupings")  # the function bears its name
ASKED = "\n[segmentation]\nclusters = {}"
LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40)


def _groups(*centres: tuple[float, float, float], each: int = 150) -> np.ndarray:
    rng = np.random.default_rng(5)
    points = np.concatenate([rng.normal(centre, 1, (each, 3)) for centre in centres])
    return (points - points.mean(axis=0)) / points.std(axis=0)


def _customers(kinds: list[tuple[int, int, int, int]], each: int = 60) -> pd.DataFrame:
    """Sales of kinds of customers: days of purchase, days since the last, between two, amount."""
    rng, rows = np.random.default_rng(6), []
    for kind, (times, idle, between, amount) in enumerate(kinds):
        for i in range(each):
            last = pd.Timestamp("2026-06-30") - pd.Timedelta(days=int(idle * rng.uniform(0.8, 1.2)))
            for at in range(int(times * rng.uniform(0.8, 1.2))):
                day = last - pd.Timedelta(days=between * at)
                rows.append((f"{kind}-{i}", f"{day:%Y-%m-%d}", int(amount * rng.uniform(0.7, 1.3))))
    rows.append(("today", "2026-06-30", 500))
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])


THREE = _customers([(40, 10, 7, 90_000), (12, 60, 30, 9_000), (3, 400, 30, 900)])


def _of_one_kind(n: int) -> pd.DataFrame:
    """Sales of customers who all buy by one process, at rates of their own."""
    rng = np.random.default_rng(7)
    times = 1 + rng.poisson(rng.gamma(0.9, 4, n))
    days = pd.Timestamp("2024-07-01") + pd.to_timedelta(rng.integers(0, 720, times.sum()), unit="D")
    return pd.DataFrame({
        "customer_id": np.repeat([f"{i:05d}" for i in range(n)], times),
        "occurred_at": days.strftime("%Y-%m-%d"),
        "amount": rng.lognormal(8, 1, times.sum()).round(),
    })  # fmt: skip


def test_the_adjusted_rand_index_is_that_of_yeung_and_ruzzo():
    # Yeung & Ruzzo (2001), Details of the adjusted Rand index: 10 objects, 0.313.
    first = [0] * 2 + [1] * 4 + [2] * 4
    second = [0, 1, 0, 1, 1, 2, 2, 2, 2, 2]
    assert adjusted_rand(first, second) == pytest.approx(0.3126, abs=5e-5)
    assert adjusted_rand([0, 0, 1, 1], [0, 0, 1, 2]) == pytest.approx(4 / 7)


@given(LABELS)
def test_agreement_has_no_order_and_asks_for_no_names(pairs):
    first, second = (list(labels) for labels in zip(*pairs, strict=True))
    agreed = adjusted_rand(first, second)
    assert agreed <= 1 + 1e-12
    assert adjusted_rand(second, first) == pytest.approx(agreed)
    assert adjusted_rand([9 - name for name in first], second) == pytest.approx(agreed)
    assert adjusted_rand(first, first) == 1


def test_groupings_at_random_agree_about_as_much_as_nothing():
    rng = np.random.default_rng(8)
    drawn = [adjusted_rand(*rng.integers(0, 3, (2, 200))) for _ in range(200)]
    assert abs(np.mean(drawn)) < 0.005


def test_three_groups_far_apart_are_found_again_and_four_less_so():
    points, rng = _groups((0, 0, 0), (4, 0, 4), (0, 4, 4)), np.random.default_rng(9)
    agreement = stability(points, 3, rng=rng)
    assert agreement.value >= 0.95 and agreement.low >= STABLE
    assert closeness(points, 3, rng=rng) < CLOSE
    found = k_means(points, 3, rng=rng)
    assert adjusted_rand(found.labels, np.repeat([0, 1, 2], 150)) > 0.9
    assert stability(points, 4, rng=rng).value < agreement.value


def test_a_round_cloud_has_no_stable_parts():
    points = np.random.default_rng(10).normal(size=(400, 3))
    for k in (2, 3):
        assert stability(points, k, rng=np.random.default_rng(k)).value < STABLE


def test_the_halves_of_a_long_cloud_are_stable_but_not_apart():
    points = np.random.default_rng(11).normal(size=(400, 3)) * [4, 1, 1]
    assert stability(points, 2, rng=np.random.default_rng(1)).value > STABLE
    assert closeness(points, 2, rng=np.random.default_rng(1)) > CLOSE


def test_more_groups_than_kinds_of_points_are_not_made():
    points = np.repeat(np.eye(3), 20, axis=0)
    rng = np.random.default_rng(12)
    assert k_means(points, 4, rng=rng) is None
    assert stability(points, 4, rng=rng).value is None
    assert np.isnan(closeness(points, 4, rng=rng))


def test_three_kinds_of_customers_are_found_and_described(tmp_path):
    care = study(tmp_path, ASKED.format(4), transactions=THREE)
    found, profiles = segmentation.groupings(care), segmentation.group_profiles(care)
    best = found.rows[found.rows["found"]].sort_values("value").iloc[-1]
    assert best["groups"] == 3 and best["smallest"] >= 60
    assert "3 groups" in found.headline
    assert profiles.rows["customers"].tolist() in ([60, 60, 61], [60, 61, 60], [61, 60, 60])
    assert profiles.rows["idle"].is_monotonic_increasing  # the largest buyers were here last
    assert profiles.rows["revenue_share"].sum() == pytest.approx(1)


def test_customers_of_one_kind_are_not_called_groups(tmp_path):
    care = study(tmp_path, ASKED.format(3), transactions=_of_one_kind(700))
    found, profiles = segmentation.groupings(care), segmentation.group_profiles(care)
    assert not found.rows["found"].any() and "No stable grouping" in found.headline
    assert isinstance(profiles, Skipped)


def test_groups_are_looked_for_on_request_alone(tmp_path):
    care = study(tmp_path, transactions=THREE)
    for question in (segmentation.groupings, segmentation.group_profiles):
        assert "clusters" in question(care).reason


def test_the_same_customers_are_drawn_whatever_the_order_of_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(ROOM, "SAMPLE", 120)
    found = []
    for name, sales in (("a", THREE), ("b", THREE.iloc[::-1])):
        (tmp_path / name).mkdir()
        found.append(
            segmentation.groupings(study(tmp_path / name, ASKED.format(2), transactions=sales))
        )
    pd.testing.assert_frame_equal(found[0].rows, found[1].rows)
    assert found[0].rows["n"].tolist() == [120]
    assert any("120 customers" in note for note in found[0].notes)


@pytest.mark.parametrize("most", [-1, 1, 11, 99])
def test_no_more_than_ten_groups_are_looked_for(tmp_path, most):
    with pytest.raises(DataError, match=rf"segmentation.clusters is {most}\. .*2 to 10"):
        study(tmp_path, ASKED.format(most), transactions=THREE)


@pytest.mark.parametrize(
    ("sales", "why"),
    [
        ([("a", "2026-01-05", 5)], "100 customers"),
        ([("a", "2026-01-05", -5)], "100 customers"),
        ([(f"{i}", "2026-01-05", 5) for i in range(150)], "alike"),
    ],
)
def test_too_few_or_equal_customers_make_no_groups(tmp_path, sales, why):
    rows = pd.DataFrame(sales, columns=["customer_id", "occurred_at", "amount"])
    found = segmentation.groupings(study(tmp_path, ASKED.format(3), transactions=rows))
    assert isinstance(found, Skipped) and why in found.reason
