"""Who the customers are, by every scheme that the list or the sales know of."""

from __future__ import annotations

import base64
import io
import json

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from carebench import DataError, figures, load_study, segmentation
from carebench.finding import Finding, Skipped
from carebench.reporting.deidentify import deidentified
from carebench.reporting.pictures import picture
from carebench.reporting.tables import text_table
from carebench.segmentation.customers import MOST_GROUPS
from carebench.segmentation.schemes import GROUPS, SCHEMES
from carebench.study import checks
from conftest import EXAMPLE
from studies import study, write_study


def _drawn(answer: Finding) -> int:
    """How many marks the figure has."""
    figure = Figure(figsize=(7.2, figures.plot_groups.height(answer.rows)))
    axes = figures.plot_groups(answer.rows, ax=figure.subplots())
    figure.canvas.draw()
    return sum(len(line.get_xdata()) for line in axes.lines)


def _sales(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])


def _listed(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def _by(care, scheme: str) -> dict[str, tuple[int, float]]:
    rows = segmentation.groups(care).rows
    rows = rows[rows["by"] == scheme]
    return {r.group: (r.customers, r.revenue) for r in rows.itertuples()}


YEARS = _sales(
    ("A", "2023-01-05", 100), ("A", "2023-06-05", 100), ("A", "2024-01-05", 100),
    ("A", "2024-12-30", 100),  # two years, four days
    ("B", "2023-01-05", 50), ("B", "2023-01-05", 50), ("B", "2023-01-06", 50),
    ("B", "2023-02-05", 50),  # two years, but three days
    ("C", "2024-09-01", 10), ("C", "2024-10-01", 10), ("C", "2024-11-01", 10),
    ("C", "2024-12-30", 10), ("C", "2024-12-31", 10),  # five days, but four months
)  # fmt: skip


# The example


def test_every_scheme_counts_every_customer_and_all_revenue(example):
    rows = segmentation.groups(example).rows
    revenue = float(segmentation.overview(example).rows["revenue"].iloc[0])
    for scheme, part in rows.groupby("by"):
        # One buyer is not on the list; so few have no row in the schemes of the list.
        missing = 0 if scheme in ("tenure", "tier") else 1
        assert part["customers"].sum() == 4001 - missing, scheme
        assert part["revenue"].sum() == pytest.approx(revenue, rel=1e-3), scheme
    assert set(rows["by"]) == set(SCHEMES)


def test_groups_are_as_large_as_they_were_drawn(example):
    truth = json.loads((EXAMPLE.parent / "truth.json").read_text("utf-8"))["customers"]
    rows = segmentation.groups(example).rows.set_index("code")
    assert rows.loc["intermediary", "share"] == pytest.approx(truth["intermediary_share"], abs=0.02)
    assert rows.loc["internal", "share"] == pytest.approx(truth["internal_share"], abs=0.01)
    assert rows.loc["potential", "share"] == pytest.approx(truth["potential_share"], abs=0.02)


def test_revenue_of_a_group_is_what_its_customers_bought(example):
    folder = EXAMPLE.parent
    listed = pd.read_csv(folder / "customers.csv", dtype=str)
    sales = pd.read_csv(folder / "transactions.csv", dtype={"customer_id": str})
    sales = sales.drop_duplicates().dropna(subset="customer_id")
    both = sales.merge(listed, on="customer_id")
    traders = both.loc[both["user_type"] == "trader", "amount"].sum()
    rows = segmentation.groups(example).rows.set_index("code")
    assert rows.loc["trader", "revenue"] == traders


def test_the_headline_names_the_group_that_brings_most_beyond_its_number(example):
    headline = segmentation.groups(example).headline
    assert "intermediary, 14% of the customers and 55% of the revenue" in headline


def test_the_table_fits_a_phone_and_the_figure_has_at_most_forty_rows(example):
    answer = segmentation.groups(example)
    assert len(answer.labels) <= 6 and len(answer.rows) <= 60
    assert answer.rows["drawn"].sum() <= 40
    assert text_table(answer).notes == tuple(answer.notes)
    assert _drawn(answer)


# Traditional, occasional and new


def test_traditional_takes_both_the_years_and_the_days_of_purchase(tmp_path):
    care = study(tmp_path, transactions=YEARS)
    assert _by(care, "tenure") == {
        "traditional": (1, 400),
        "occasional": (1, 200),
        "new": (1, 50),
    }
    notes = " ".join(segmentation.groups(care).notes)
    assert "Occasional: as long, on fewer days. New: a shorter time." in notes


def test_the_rule_is_the_study_s_and_is_printed(tmp_path):
    settings = "\n[segmentation]\ntraditional_years = 0.25\ntraditional_purchases = 3\n"
    care = study(tmp_path, settings, transactions=YEARS)
    assert _by(care, "tenure")["traditional"] == (3, 650)
    assert any("3 months" in note and "3 days" in note for note in segmentation.groups(care).notes)


def test_dealings_before_the_books_count_as_years(tmp_path):
    listed = _listed(customer_id=["C"], customer_since=["2020-01-01"])
    care = study(tmp_path, customers=listed, transactions=YEARS)
    assert _by(care, "tenure")["traditional"] == (2, 450)


def test_books_of_a_few_days_do_not_make_everybody_new(tmp_path):
    care = study(tmp_path, transactions=_sales(("A", "2024-01-01", 5), ("B", "2024-01-03", 7)))
    answer = segmentation.groups(care)
    assert "tenure" not in set(answer.rows["by"])
    assert any("cannot be told" in note for note in answer.notes)


def test_short_books_tell_it_of_those_whose_beginning_is_on_record(tmp_path):
    listed = _listed(customer_id=["A", "B"], customer_since=["2023-12-01", ""])
    sales = _sales(("A", "2024-01-01", 5), ("B", "2024-01-03", 7))
    assert _by(study(tmp_path, customers=listed, transactions=sales), "tenure") == {
        "new": (1, 5),
        "not recorded": (1, 7),
    }


def test_of_whom_short_books_know_few_purchases_it_is_not_said_that_they_were_few(tmp_path):
    listed = _listed(customer_id=["A"], customer_since=["2015-01-01"])
    sales = _sales(("A", "2024-01-01", 5), ("A", "2024-01-03", 7))
    care = study(tmp_path, customers=listed, transactions=sales)
    assert "tenure" not in set(segmentation.groups(care).rows["by"])


def test_the_shares_of_the_tiers_say_of_whom_they_are(example):
    rows = segmentation.groups(example).rows.set_index("code")
    assert rows.loc["special", "share"] < 0.045
    assert any(
        "up to 5%" in n and "of all customers" in n for n in segmentation.groups(example).notes
    )


# Lists and sales that do not fit


def test_who_is_not_on_the_list_and_who_never_bought_are_counted(tmp_path):
    listed = _listed(
        customer_id=["A", "X", "Y"],
        scope=["external", "external", "internal"],
        status=["potential", "existing", "existing"],
    )
    care = study(tmp_path, customers=listed, transactions=YEARS)
    assert _by(care, "scope") == {
        "external": (2, 400),
        "internal": (1, 0),
        "not on the list": (2, 250),
    }
    notes = " ".join(segmentation.groups(care).notes)
    assert "not on the list: 2, too few" in notes
    assert "without a purchase in the books: 2 of 3" in notes
    assert "potential, though they have bought: 1" in notes


def test_one_customer_alone_is_spoken_of_as_one(tmp_path):
    sold = pd.DataFrame({"customer_id": ["A"] * 2, "occurred_at": ["2024-01-01", "2025-06-01"],
                         "amount": [5, 6]})  # fmt: skip
    listed = pd.DataFrame({"customer_id": ["A"], "region": ["Huế"]})
    found = segmentation.groups(study(tmp_path, customers=listed, transactions=sold))
    assert found.headline == "There is one customer only, who brings ₫11 in all"
    assert "Everybody on the list has bought." in found.notes
    assert segmentation.answer(study(tmp_path, transactions=sold))[0] == (
        "One special customer brings 100% of the revenue, ₫11."
    )


@pytest.mark.parametrize(("last", "told"), [("2025-02-09", True), ("2026-06-30", False)])
def test_books_hardly_longer_than_the_rule_say_who_cannot_be_traditional(tmp_path, last, told):
    days = ["2024-02-01", "2024-09-01", last]
    sold = pd.DataFrame({"customer_id": ["A", "B", "B"], "occurred_at": days, "amount": 5})
    notes = " ".join(segmentation.groups(study(tmp_path, transactions=sold)).notes)
    assert ("first bought after 9 February 2024 counts as new" in notes) == told


def test_of_many_regions_the_largest_stand_by_name_and_nothing_is_lost(tmp_path):
    names = [f"R{i:02d}" for i in range(30) for _ in range(30 - i)]
    listed = pd.DataFrame({"customer_id": [f"C{i}" for i in range(len(names))], "region": names})
    care = study(tmp_path, customers=listed, transactions=_sales(("C0", "2024-01-01", 9)))
    found = _by(care, "region")
    assert len(found) == MOST_GROUPS + 1
    assert found["others (18)"] == (sum(range(1, 19)), 0)
    assert sum(n for n, _ in found.values()) == len(names)


def test_a_region_that_is_called_like_a_group_keeps_its_name(tmp_path):
    listed = _listed(customer_id=["A", "B"], region=["sme", "never"])
    assert set(_by(study(tmp_path, customers=listed), "region")) == {"sme", "never"}


BUYER = _sales(("A", "2024-01-01", 5))
REFUNDS = _sales(("A", "2024-01-01", -5), ("B", "2024-01-02", -7))
NEED = _listed(customer_id=["A", "B"], need=["average", ""])


@pytest.mark.parametrize(
    "tables",
    [
        {"transactions": BUYER},
        {"transactions": BUYER.head(1), "customers": NEED},
        {"transactions": REFUNDS},
        {"transactions": REFUNDS, "customers": NEED},
        {"customers": NEED},
        {"transactions": _sales(*((c, "2024-01-01", 3) for c in "ABC"))},
        {"transactions": BUYER.assign(amount=0), "customers": NEED},
    ],
    ids=["one sale", "one of two", "refunds", "refunds listed", "no sales", "one day", "free"],
)
def test_odd_books_are_shown_as_they_are(tmp_path, tables):
    answer = segmentation.groups(study(tmp_path, **tables))
    assert isinstance(answer, Finding)
    assert answer.headline and text_table(answer).plain() and _drawn(answer)
    assert not answer.rows["revenue_share"].isin([float("inf"), float("-inf")]).any()


def test_nothing_but_ids_is_no_scheme(tmp_path):
    assert isinstance(
        segmentation.groups(study(tmp_path, customers=_listed(customer_id=["A"]))), Skipped
    )
    empty = _listed(customer_id=["A"], need=[""])
    assert isinstance(segmentation.groups(study(tmp_path, customers=empty)), Skipped)


def test_where_nobody_knows_revenue_no_share_of_it_is_shown(tmp_path):
    answer = segmentation.groups(study(tmp_path, customers=NEED))
    assert "revenue" not in answer.labels and answer.rows["revenue"].isna().all()
    assert "not known without sales" in answer.headline


# Crossed


def test_cells_of_a_cross_table_add_up_to_all(example):
    rows = segmentation.crossed(example).rows
    assert rows["customers"].sum() == 4001
    total = float(segmentation.overview(example).rows["revenue"].iloc[0])
    assert rows["revenue"].sum() == total and rows["share"].sum() == pytest.approx(1)
    assert rows["group"].iloc[0] == "TP. Hồ Chí Minh · special"
    assert rows["group"].iloc[-1].startswith("others (")


def test_no_cross_table_is_made_unasked_or_of_what_is_not_recorded(tmp_path):
    care = study(tmp_path, transactions=YEARS)
    assert isinstance(segmentation.crossed(care), Skipped)
    settings = '\n[segmentation]\ncross = [["need", "tier"], ["tenure", "tier"]]\n'
    answer = segmentation.crossed(study(tmp_path, settings, transactions=YEARS))
    assert set(answer.rows["by"]) == {"tenure, tier"} and "need" in answer.notes[0]
    settings = '\n[segmentation]\ncross = [["need", "tier"]]\n'
    assert isinstance(segmentation.crossed(study(tmp_path, settings, transactions=YEARS)), Skipped)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ('["regoin", "tier"]', "Did you mean 'region'"),
        ('["region"]', "pairs of two"),
        ('["region", "region"]', "pairs of two"),
    ],
)
def test_a_pair_that_cannot_be_meant_is_refused(tmp_path, pair, message):
    path = write_study(tmp_path, f"\n[segmentation]\ncross = [{pair}]\n", transactions=YEARS)
    with pytest.raises(DataError, match=message):
        load_study(path)


def test_the_schemes_a_study_may_cross_are_those_that_are_shown():
    assert set(checks.SCHEMES) == set(SCHEMES)


def test_every_word_that_the_list_allows_has_a_name():
    from carebench.schema import TABLES

    allowed = {word for column in TABLES["customers"].columns for word in column.allowed}
    assert allowed <= set(GROUPS)


def test_an_export_hides_a_small_group_and_one_more_of_the_same_scheme(tmp_path):
    listed = pd.DataFrame(
        {
            "customer_id": [f"C{i:03d}" for i in range(40)],
            "scope": ["external"] * 37 + ["internal"] * 3,
            "need": ["average"] * 20 + ["price_aware"] * 20,
        }
    )
    sales = _sales(*((name, "2024-01-01", 5) for name in listed["customer_id"]))
    answer = segmentation.groups(study(tmp_path, customers=listed, transactions=sales))
    safe = deidentified(answer).rows.set_index(["by", "group"])["customers"]
    assert safe.loc["scope"].isna().all() and safe.loc["need"].notna().all()


@pytest.mark.parametrize(("height", "tall"), [(240, False), (250, True)])
def test_a_figure_that_is_tall_gets_more_room_on_paper(height, tall):
    file = io.BytesIO()
    Image.new("RGB", (200, height)).save(file, "png")
    drawn = base64.b64encode(file.getvalue()).decode()
    assert ('class="tall"' in picture("image/png", drawn, alt="groups")) == tall
