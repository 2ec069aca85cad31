"""What real customers bring: the notebook's own questions give the figures that are known."""

from __future__ import annotations

import pytest

from carebench import segmentation
from carebench.estimate import from_row, records
from test_real_sources import study  # noqa: F401 - a fixture

pytestmark = pytest.mark.real_data


def test_online_retail_holds_its_customers_its_revenue_and_its_top_fifth(study):  # noqa: F811
    care = study("online_retail")
    totals = records(segmentation.overview(care).rows)[0]
    assert (totals["customers"], totals["revenue"]) == (
        4_372,
        pytest.approx(8_300_065.81, abs=1e-6),
    )
    top20 = from_row(records(segmentation.top_shares(care).rows)[0])
    assert top20.value == pytest.approx(0.739, abs=0.001)
    assert (top20.low, top20.high) == pytest.approx((0.674, 0.804), abs=0.001)
    assert (top20.n, segmentation.verdict(top20)) == (4_372, "undecided")


def test_the_top_fifth_of_cdnow_contradicts_80_20_though_a_few_customers_are_large(study):  # noqa: F811
    found = segmentation.top_shares(study("cdnow"))
    assert from_row(records(found.rows)[0]).warnings
    assert found.headline == (
        "The top 20% of the customers who bought bring 67% (63% to 72%, n = 2,357): "
        "80:20 is contradicted here"
    )


def test_fifty_five_customers_of_online_retail_are_apart_from_every_tier(study):  # noqa: F811
    # 55 when money is added exactly; sums of binary fractions make it 50.
    table = segmentation.tiers(study("online_retail")).rows
    assert table["customers"].tolist() == [216, 648, 1_295, 2_158, 55]
    assert table["revenue"].sum() == pytest.approx(8_300_065.81, abs=1e-6)
    assert table["revenue"].iloc[-1] < 0


def test_cdnow_comes_out_to_the_cent_in_every_tier_together(study):  # noqa: F811
    care = study("cdnow")
    totals = records(segmentation.overview(care).rows)[0]
    assert (totals["customers"], totals["units"], totals["refunds"]) == (2_357, 16_479, 0)
    table = segmentation.tiers(care).rows
    assert table["customers"].sum() == 2_357
    assert table["revenue"].sum() == pytest.approx(244_091.94, abs=1e-6)


def test_eighteen_months_of_cdnow_are_compared_by_half_years(study):  # noqa: F811
    rows = segmentation.changes(study("cdnow")).rows
    assert rows["before_value"][:2].tolist() == [pytest.approx(55_096.58), 619]
    assert rows["after_value"][:2].tolist() == [pytest.approx(42_867.12), 515]


def test_the_list_of_special_customers_of_cdnow_is_the_tier(study):  # noqa: F811
    care = study("cdnow")
    listed = segmentation.special_customers(care).rows
    tier = records(segmentation.tiers(care).rows)[0]
    assert (len(listed), listed["revenue"].sum()) == (118, pytest.approx(tier["revenue"]))
