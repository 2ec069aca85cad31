"""That an open export never lets one customer's revenue be worked out from sums."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carebench import segmentation
from carebench.finding import Finding
from carebench.reporting.deidentify import deidentified
from carebench.reporting.export import export
from studies import study, write_study

DAYS = pd.date_range("2024-01-01", "2025-12-31", freq="D").date
MONEY = ("revenue", "net_revenue", "revenue_share", "revenue_lost", "later", "earlier")
dominance = import_module("carebench.segmentation.dominance")


def _sales(n: int = 400, **amounts: float) -> pd.DataFrame:
    """Customers with three purchases each in two years, and others with amounts of their own."""
    random = np.random.default_rng(7)
    rows = [
        (f"{i:03d}", DAYS[random.integers(len(DAYS))], 100 + i) for i in range(n) for _ in range(3)
    ]
    rows += [(name, day, x) for name, x in amounts.items() for day in (DAYS[40], DAYS[60])]
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])


def _exported(folder: Path, **tables: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables of notebook 01 that leave the house."""
    found = segmentation_tables(folder, **tables)
    return {name: answer.rows for name, answer in found.items() if isinstance(answer, Finding)}


def segmentation_tables(folder: Path, **tables: pd.DataFrame):
    care = study(folder, **tables)
    asked = (
        segmentation.overview, segmentation.groups, segmentation.tiers, segmentation.largest,
        segmentation.top_shares, segmentation.changes, segmentation.losses,
        segmentation.segments_map, segmentation.named_segments,
    )  # fmt: skip
    return {ask.__name__: deidentified(ask(care)) for ask in asked}


def test_where_one_customer_brings_nearly_all_no_amount_and_no_share_leaves(tmp_path):
    for name, rows in _exported(tmp_path, transactions=_sales(giant=9_000_000)).items():
        money = [column for column in rows if column in MONEY and name != "losses"]
        assert name == "losses" or rows[money].isna().all().all(), name
        if name == "changes":
            judged = rows["measure"].eq("customers who bought")
            assert rows.loc[~judged, ["before_text", "after_text", "value"]].isna().all().all()


def test_a_share_and_an_amount_of_small_groups_would_tell_the_whole(tmp_path):
    care = study(tmp_path, transactions=_sales(giant=9_000_000))
    small = segmentation.tiers(care).rows.iloc[-1]
    assert small["revenue"] / small["revenue_share"] == pytest.approx(18e6, rel=0.05)  # the giant


def test_a_segment_of_which_one_customer_brings_most_is_withheld_in_both_tables(tmp_path):
    every = study(tmp_path, transactions=_sales(giant=150_000))
    rows = segmentation.named_segments(every).rows
    telling = rows["largest_part"].gt(0.8)
    assert telling.sum() and dominance.part_of_whole(every) < 0.8
    safe = deidentified(segmentation.named_segments(every)).rows
    assert (
        safe.loc[telling, ["net_revenue", "later", "earlier", "revenue_share"]].isna().all().all()
    )
    assert safe["net_revenue"].notna().sum() >= 3
    fields = segmentation.segments_map(every).rows["largest_part"].gt(0.8)
    shown = deidentified(segmentation.segments_map(every)).rows
    assert fields.any() and shown.loc[fields, "revenue_share"].isna().all()


def test_a_segment_whose_sales_of_a_period_are_one_customers_is_withheld(tmp_path):
    care = study(tmp_path, transactions=_sales(giant=4_000))
    rows = segmentation.named_segments(care).rows.set_index("segment")
    there = rows[rows["customers"].gt(0)]
    assert there["largest_part"].between(0, 1).any()
    most = segmentation.segments._scored(care)
    assert most["most_earlier"].max() == 8_000 and most["most_later"].max() < 8_000


def test_a_field_of_the_map_cannot_be_had_from_its_segment(tmp_path):
    """The named segments tell how many customers, and what they bring, in all their fields."""
    rows = pd.DataFrame(
        {"segment": ["new", "new", "new", "loyal", "loyal"], "r": [3, 3, 4, 4, 5],
         "v": [1, 2, 2, 3, 3], "customers": [146, 174, 1, 30, 40], "revenue_share": [0.2] * 5}
    )  # fmt: skip
    safe = deidentified(Finding("map", rows, styles={"customers": "count"}))
    assert isinstance(safe, Finding)
    assert safe.rows["revenue_share"].notna().tolist() == [False, True, False, True, True]


def test_what_is_withheld_together_tells_of_no_one_customer():
    rows = pd.DataFrame(
        {"by": "region", "group": list("abcd"), "customers": [5, 6, 90, 200],
         "revenue": [1_000.0, 10.0, 400.0, 2_000.0], "largest_part": [0.9, 0.3, 0.1, 0.1]}
    )  # fmt: skip
    safe = deidentified(Finding("groups", rows, styles={"customers": "count"}))
    assert isinstance(safe, Finding)  # a and b together would be the 900 of one to within 11%
    assert safe.rows["revenue"].notna().tolist() == [False, False, False, True]


def test_the_share_of_a_top_of_fewer_than_five_is_withheld(tmp_path):
    care = study(tmp_path, transactions=_sales(60))
    shares = deidentified(segmentation.top_shares(care)).rows
    assert shares["value"].isna().tolist()[-1] and shares["value"].notna().any()
    changed = deidentified(segmentation.changes(care)).rows.set_index("measure")
    assert changed["before_text"].isna()["share of revenue of the top 5%"]
    assert changed["before_text"].notna()["net revenue"]


def test_what_one_lost_customer_had_brought_is_withheld(tmp_path):
    lost = {f"lost{i}": 500.0 + i for i in range(6)} | {"giant": 90_000}
    found = segmentation.losses(study(tmp_path, transactions=_sales(**lost)))
    telling = found.rows["largest_part"].gt(0.8)
    assert telling.any() and found.rows.loc[telling, "lost"].ge(1).all()
    assert deidentified(found).rows.loc[telling, "revenue_lost"].isna().all()


def test_one_customer_outside_the_list_is_in_no_sentence(tmp_path):
    sales = _sales(giant=4_000, **{f"small{i}": 1 for i in range(6)})
    listed = pd.DataFrame({"customer_id": [f"{i:03d}" for i in range(400)], "region": "Huế"})
    groups = segmentation.groups(study(tmp_path, transactions=sales, customers=listed))
    (note,) = (x for x in groups.notes if "but not on the list" in x)
    assert note.endswith("7 customers, one of whom brings nearly all.")


def test_the_export_of_a_dominated_study_holds_its_giant_nowhere(tmp_path):
    path = write_study(tmp_path, transactions=_sales(giant=4_321_000))
    export(path, out=tmp_path / "open")
    for file in (tmp_path / "open").glob("*.csv"):
        assert "8642" not in file.read_text(encoding="utf-8"), file.name


def test_no_cell_of_a_cross_table_can_be_had_from_its_margins(tmp_path):
    cells = [("Huế", "special", 2), ("Huế", "small", 40), ("Huế", "large", 9),
             ("Vinh", "special", 7), ("Vinh", "small", 30), ("Vinh", "large", 8),
             ("Nghệ An", "special", 6), ("Nghệ An", "small", 20),
             ("Nghệ An", "large", 10)]  # fmt: skip
    rows = pd.DataFrame(cells, columns=["code", "other_code", "customers"])
    rows = rows.assign(by="region, tier", group=rows["code"] + rows["other_code"], revenue=5.0)
    safe = deidentified(
        Finding("crossed", rows[["by", "group", "customers", "revenue", "code", "other_code"]],
                styles={"customers": "count"})
    )  # fmt: skip
    shown = safe.rows["revenue"].notna()
    for margin in ("code", "other_code"):
        hidden = (~shown).groupby(rows[margin]).sum()
        assert not hidden.eq(1).any() and shown.any()
