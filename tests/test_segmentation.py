"""The questions of notebook 01 on small studies whose answers are known."""

from __future__ import annotations

import json
import math
from importlib import import_module

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebench import figures, queries, segmentation
from carebench.estimate import Estimate, from_row, records
from carebench.finding import Finding, Skipped
from carebench.methods.concentration import BELOW_ZERO, HEAVIEST_TAIL, HEAVY_TAIL, gini
from carebench.reporting import questions
from carebench.reporting.display import _png
from carebench.reporting.export import WORKBOOK, export
from carebench.reporting.tables import text_table
from carebench.segmentation.tiers import tier_limits
from conftest import EXAMPLE, ROOT
from studies import study, write_study

books, lists = (import_module(f"carebench.segmentation.{room}") for room in ("books", "lists"))

QUESTIONS = [
    segmentation.overview, segmentation.tiers, segmentation.top_shares, segmentation.concentration,
    segmentation.largest,
]  # fmt: skip
OVER_TIME = [segmentation.changes, segmentation.losses, segmentation.migration]
LISTS = [
    segmentation.special_customers, segmentation.lost_customers,
    segmentation.customers_not_to_be_lost,
]  # fmt: skip
CUTS = (0.05, 0.20, 0.50)


def _sales(amounts: dict[str, list[float]]) -> pd.DataFrame:
    rows = [(customer, "2026-01-05", x) for customer, xs in amounts.items() for x in xs]
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])


@pytest.mark.parametrize("question", QUESTIONS + OVER_TIME + LISTS)
def test_no_question_is_skipped_on_the_example(example, question):
    assert isinstance(question(example), Finding)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_study_of_transactions_alone_answers_what_it_can(tmp_path, question):
    care = study(tmp_path, transactions=_sales({f"{i:03d}": [i + 1] for i in range(40)}))
    assert isinstance(question(care), Finding)


def test_the_example_shows_the_concentration_it_was_drawn_with(example):
    truth = json.loads((EXAMPLE.parent / "truth.json").read_text(encoding="utf-8"))
    drawn = truth["drawn_top_shares_of_revenue"]
    for row, share in zip(records(segmentation.top_shares(example).rows), (20, 10, 5), strict=True):
        assert from_row(row).value == pytest.approx(drawn[f"top_{share}_percent"], abs=0.005)


def test_refunds_lower_revenue_and_nobody_is_dropped(tmp_path):
    sales = _sales({"a": [100, -30], "b": [50], "c": [10, -10], "d": [5, -9]})
    table = segmentation.tiers(study(tmp_path, transactions=sales)).rows
    assert table["revenue"].sum() == 100 - 30 + 50 + 0 - 4
    assert table["customers"].sum() == 4
    assert records(table)[-1]["customers"] == 2


def test_money_with_cents_is_exact(tmp_path):
    sales = _sales({str(i): [0.1, 0.2] for i in range(10)})
    care = study(tmp_path, 'currency = "USD"', transactions=sales)
    assert segmentation.overview(care).rows["revenue"].tolist() == [3.0]


@given(st.lists(st.integers(-5, 40), min_size=1, max_size=80))
def test_each_tier_holds_its_share_of_the_customers_and_never_parts_equals(amounts):
    values, counts = np.unique(np.array(amounts, dtype=float), return_counts=True)
    limits = tier_limits(values, counts, CUTS)
    paying = np.sort([amount for amount in amounts if amount > 0])[::-1]
    assert len(limits) == (len(CUTS) if len(paying) else 0)
    for limit, cut in zip(limits, CUTS, strict=False):
        asked = math.ceil(len(paying) * cut - 1e-9)
        within = int((paying >= limit).sum())
        assert within >= asked  # at least so many, and more only where they are equal
        assert (paying > limit).sum() < asked


def test_tiers_do_not_depend_on_the_order_of_customers():
    values = np.random.default_rng(1).lognormal(size=200).round(1)
    ones = np.ones(200, dtype=int)
    first = tier_limits(values, ones, CUTS)
    assert first.tolist() == tier_limits(values[::-1], ones, CUTS).tolist()


def test_customers_with_equal_revenue_share_the_higher_tier(tmp_path):
    sales = _sales(
        {**{f"{i:02d}": [100] for i in range(10)}, **{f"x{i}": [i] for i in range(1, 11)}}
    )
    table = segmentation.tiers(study(tmp_path, transactions=sales)).rows
    assert table["customers"].tolist() == [10, 0, 0, 10]


def test_a_period_without_tiers_places_everyone_nowhere():
    assert queries.tier_case(()) == "'none'"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.76, 0.84, "supported"), (0.60, 0.74, "contradicted"), (0.70, 0.82, "undecided"),
     (0.86, 0.95, "contradicted")],
)  # fmt: skip
def test_the_verdict_on_80_20_follows_from_the_interval_alone(low, high, verdict):
    estimate = Estimate((low + high) / 2, low, high, 900, "m")
    assert segmentation.verdict(estimate) == verdict
    assert segmentation.verdict(estimate.warn(HEAVY_TAIL)) == verdict  # it is twice as wide
    assert segmentation.verdict(estimate.warn(HEAVIEST_TAIL)) == "undecided"
    assert segmentation.verdict(estimate.warn(BELOW_ZERO)) == "not testable with these data"


def test_80_20_is_contradicted_by_few_customers_who_bring_nearly_the_same(tmp_path):
    sales = _sales({str(i): [1000 + i] for i in range(300)})
    headline = segmentation.top_shares(study(tmp_path, transactions=sales)).headline
    assert headline.endswith("n = 300): 80:20 is contradicted here")


@pytest.mark.parametrize(("n", "verdict"), [(24, "not testable"), (25, "contradicted")])
def test_a_handful_of_customers_neither_supports_nor_contradicts_80_20(tmp_path, n, verdict):
    # Five customers of a company of which 20% bring 80% would contradict it one time in ten.
    found = segmentation.top_shares(
        study(tmp_path, transactions=_sales({str(i): [1000 + i] for i in range(n)}))
    )
    assert f"80:20 is {verdict}" in found.headline
    assert any("not tested on fewer than 25" in x for x in found.notes) == (n < 25)


@pytest.mark.parametrize(("second", "within"), [(9, True), (-4, False)])
def test_without_refunds_the_interval_of_gini_lies_between_0_and_1(second, within):
    found = gini([2, second, 5])
    assert (0 <= found.low <= found.value <= found.high <= 1) == within


def test_refunds_that_leave_customers_well_below_zero_leave_80_20_untested(tmp_path):
    sales = _sales({f"c{i}": [100 + i] for i in range(600)} | {f"r{i}": [-200] for i in range(300)})
    care = study(tmp_path, transactions=sales)
    found = segmentation.top_shares(care)
    everyone, above, *_rest = records(found.rows)
    assert everyone["value"] > 0.5 and "not testable" in found.headline
    assert (above["group"], above["n"]) == ("top 20% of customers above zero", 600)
    assert above["value"] == pytest.approx(sum(range(580, 700)) / sum(range(100, 700)))
    assert "Among customers above zero alone, Gini is" in segmentation.concentration(care).caption
    assert "not testable" in segmentation.answer(care)[0]


def test_those_on_the_list_who_bought_nothing_are_counted_by_name(tmp_path):
    # 60 of 100 on the list bought, 4 are potential, and 30 more bought who are not on it.
    bought = [*range(60), *range(1000, 1030)]
    status = ["existing"] * 96 + ["potential"] * 4
    listed = pd.DataFrame({"customer_id": range(100), "status": status})
    care = study(tmp_path, transactions=_sales({str(i): [10] for i in bought}), customers=listed)
    (note,) = segmentation.top_shares(care).notes
    assert note.startswith("With the existing customers on the list who bought nothing (36)")
    assert "top 20% bring 28% (" in note and "n = 126)" in note and note.endswith("90 who bought.")


MONTHS = [f"{year}-{month:02d}-03" for year in (2024, 2025) for month in range(1, 13)]
AT_THE_END = ("end", "2025-12-31", 1)
ODD = {
    "one customer": [*(("a", day, 100) for day in MONTHS), ("a", "2025-12-31", 3)],
    "one sale": [("a", "2026-01-05", 100)],
    "refunds only": [*(("a", day, -100) for day in MONTHS), ("b", "2025-12-31", -3)],
    "nothing but zeros": [*(("a", day, 0) for day in MONTHS), ("b", "2025-12-31", 0)],
    "one day": [(f"{i}", "2026-01-05", i + 1) for i in range(40)],
    "nobody before": [*((f"{i}", d, 9) for i in range(5) for d in MONTHS[12:]),
                      ("a", "2024-01-05", -5), AT_THE_END],
    "nobody after": [*((f"{i}", d, i + 1) for i in range(5) for d in MONTHS[:12]),
                     ("0", "2025-12-31", -5)],
    "all alike": [*((f"{i}", d, 10) for i in range(30) for d in (MONTHS[0], MONTHS[20])),
                  AT_THE_END],
    "all given back": [*((f"{i}", d, i + 1) for i in range(30) for d in MONTHS[:12]),
                       *((f"{i}", "2025-12-31", -500) for i in range(30))],
}  # fmt: skip
DRAWN = {
    segmentation.top_shares: figures.plot_rates,
    segmentation.concentration: figures.plot_concentration,
    segmentation.migration: figures.plot_migration,
}


def _books(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])


@pytest.mark.parametrize("odd", ODD)
def test_odd_books_are_shown_and_never_stop_a_report(tmp_path, odd):
    care = study(tmp_path, transactions=_books(ODD[odd]))
    for question in QUESTIONS + OVER_TIME + LISTS:
        answer = question(care)
        assert answer.reason if isinstance(answer, Skipped) else answer.headline
        if isinstance(answer, Finding) and answer.labels:
            assert "nan" not in text_table(answer).plain(caption=answer.headline)
        if isinstance(answer, Finding) and question in DRAWN:
            assert _png(DRAWN[question], answer)
    assert segmentation.answer(care)


def test_amounts_in_bins_give_nearly_the_same_and_say_so(tmp_path, monkeypatch):
    amounts = np.random.default_rng(2).lognormal(5, 1.3, 3000).round(2)
    care = study(
        tmp_path, 'currency = "USD"',
        transactions=_books([(f"{i:04d}", "2026-01-05", x) for i, x in enumerate(amounts)]),
    )  # fmt: skip
    exact = segmentation.top_shares(care).rows["value"]
    counts = segmentation.tiers(care).rows["customers"]
    care.answers.clear()
    care._made.clear()
    monkeypatch.setattr(books, "MAX_ROWS", 100)
    binned = segmentation.top_shares(care)
    assert binned.rows["value"].tolist() == pytest.approx(exact.tolist(), abs=1e-4)
    assert any("0.2%" in note for note in binned.notes)
    assert (segmentation.tiers(care).rows["customers"] - counts).abs().max() <= 12


def test_movement_between_tiers_is_what_counting_by_hand_gives(example):
    sales = pd.read_csv(EXAMPLE.parent / "transactions.csv")
    month = pd.to_datetime(sales["occurred_at"]).dt.to_period("M")
    tiers = []
    for first in (pd.Period("2024-07", "M"), pd.Period("2025-07", "M")):
        inside = sales[(month >= first) & (month < first + 12)]
        revenue = inside.groupby("customer_id")["amount"].sum()
        ordered = revenue[revenue > 0].sort_values(ascending=False)
        limits = [ordered.iloc[math.ceil(len(ordered) * cut - 1e-9) - 1] for cut in CUTS]
        place = sum((ordered < limit).astype(int) for limit in limits)
        tiers.append(place.map(dict(enumerate(("special", "large", "medium", "small")))))
    both = pd.concat(tiers, axis=1, keys=["earlier", "later"]).fillna("no revenue")
    expected = both.groupby(["earlier", "later"]).size().to_dict()
    rows = segmentation.migration(example).rows
    found = {(r["earlier"], r["later"]): r["customers"] for r in records(rows) if r["customers"]}
    assert found == expected


def test_those_who_are_lost_are_those_who_moved_to_no_revenue(example):
    moved = segmentation.migration(example).rows
    gone = moved[moved["later"].eq("no revenue")]["customers"].tolist()
    lost = segmentation.losses(example).rows
    assert lost["lost"].tolist() == [*gone, sum(gone)]
    assert (lost["value"] == lost["lost"] / lost["n"]).all() and lost["low"].notna().all()
    listed = segmentation.lost_customers(example).rows
    assert len(listed) == lost["lost"].iloc[0]
    assert listed["revenue"].sum() == pytest.approx(lost["revenue_lost"].iloc[0])


def test_leaving_is_told_from_moving(tmp_path):
    # Tiers that are drawn anew in each period, though small customers leave more often.
    random = np.random.default_rng(3)
    rows = [AT_THE_END, ("e", "2024-01-02", 1)]
    for place, x in enumerate(np.sort(random.lognormal(5, 1, 2000))[::-1]):
        rows.append((f"{place:04d}", "2024-03-03", round(x) + 1))
        if random.random() < np.interp(
            place / 2000, [0, 0.05, 0.2, 0.5, 1], [1, 0.9, 0.7, 0.4, 0.2]
        ):
            rows.append((f"{place:04d}", "2025-03-03", round(random.lognormal(5, 1)) + 1))
    answer = segmentation.migration(study(tmp_path, transactions=_books(rows)))
    assert "not distinguishable" in answer.headline
    inside = answer.rows[answer.rows["chance"].notna()]
    assert set(inside["earlier"]) == set(inside["later"]) == {"special", "large", "medium", "small"}
    sums = inside.groupby("earlier")[["share", "chance"]].sum()
    assert sums["share"].tolist() == pytest.approx(sums["chance"].tolist())


def test_the_first_screen_sets_who_was_lost_against_all_and_names_no_mix_by_its_letter(example):
    lines = segmentation.answer(example)
    assert len(lines) == 6 and all(line.count(". ") <= 1 for line in lines)
    assert not any("mix A" in line or "mix H" in line for line in lines)
    (lost,) = (line for line in lines if "lost-customers" in line)
    assert "26 of 92" in lost and "28% (20% to 38%), against 45% of all customers" in lost
    assert "would have paused anyway" in lost and ". " not in lost


def test_the_first_screen_has_no_line_that_says_nothing(tmp_path):
    ratings = pd.DataFrame(
        [(a, b, 1 + at % 5) for a in "ABC" for b in "ABC" if a != b for at in range(9)],
        columns=["rater_department", "rated_department", "score"],
    )
    plan = pd.DataFrame({"activity": ["a"], "segment": ["small"], "stage": ["after"],
                         "content": ["other"], "cost": [1], "value": [2]})  # fmt: skip
    care = study(tmp_path, internal_service=ratings, care_activities=plan)
    (line,) = segmentation.answer(care)
    assert line.startswith("By assumed value per cost")


A_YEAR = "[segmentation]\nperiod_months = 12"


def test_the_first_screen_of_sales_alone_says_whom_to_call_and_why_nothing_is_compared(tmp_path):
    days = pd.date_range("2025-01-01", periods=40, freq="4D").strftime("%Y-%m-%d")
    rows = [(f"{i:02d}", days[at], 10 * i + 10) for i in range(40) for at in range(i, 40, 3)]
    sales = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])
    gone = [(f"gone{i}", day, 900) for i in range(3) for day in days[:12]]
    sales = pd.concat([sales, pd.DataFrame(gone, columns=sales.columns)])
    lines = segmentation.answer(study(tmp_path, A_YEAR, transactions=sales))
    assert any("do not cover two whole periods of 12 months" in line for line in lines)
    (call,) = (line for line in lines if "not-to-be-lost.csv" in line)
    assert "not to be lost have been silent" in call and "Call them, the largest first" in call


@pytest.mark.parametrize("n", [1, 2])
def test_one_lost_customer_is_spoken_of_as_one(tmp_path, n):
    rows = [
        (f"{i:02d}", day, 100 + i) for i in range(19 * n) for day in ("2025-03-05", "2025-04-05")
    ]
    rows += [(f"giant{i}", "2025-03-05", 9_000) for i in range(n)]
    rows += [("00", day, 1) for day in ("2025-02-20", "2025-05-10")]
    sales = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])
    care = study(tmp_path, "[segmentation]\nperiod_months = 1", transactions=sales)
    (line,) = (x for x in segmentation.answer(care) if "lost-customers.csv" in x)
    assert line.startswith("The one special customer of 2025-03") == (n == 1)
    assert ("names that customer" in line, "lists them" in line) == (n == 1, n == 2)


@pytest.mark.parametrize(
    ("giant", "headline", "told"),
    [
        (2_000, "One customer alone brings 25% of the revenue: the company depends on it", True),
        (100, "No customer alone brings 10% of the revenue: the largest brings 2%", False),
    ],
)
def test_what_hangs_on_the_largest_customer_is_said_first(tmp_path, giant, headline, told):
    amounts = {f"{i:03d}": [100] for i in range(60)} | {"giant": [giant]}
    care = study(tmp_path, transactions=_sales(amounts))
    found, lines = segmentation.largest(care), segmentation.answer(care)
    brought = [(giant + 100 * others) / (giant + 6_000) for others in (0, 4, 9)]
    assert found.rows["revenue_share"].tolist() == pytest.approx(brought)
    assert found.headline == headline
    assert any("the company depends on that one" in line for line in lines) == told


@pytest.mark.parametrize("amounts", [[5], [-5, -6], [5, -5], [9, 1]])
def test_of_hardly_any_customers_no_largest_is_made_much_of(tmp_path, amounts):
    care = study(tmp_path, transactions=_sales({str(i): [x] for i, x in enumerate(amounts)}))
    found = segmentation.largest(care)
    if sum(amounts) <= 0 or len(amounts) < 2:
        assert isinstance(found, Skipped)
    else:
        assert found.rows["customers"].tolist() == [1]


def test_an_open_export_does_not_tell_what_the_largest_customer_brings(tmp_path):
    amounts = {f"{i:03d}": [100 + i] for i in range(60)} | {"giant": [2_000]}
    export(write_study(tmp_path, transactions=_sales(amounts)), out=tmp_path / "open")
    rows = pd.read_csv(tmp_path / "open" / "largest.csv")
    assert rows["revenue"].isna().tolist() == [True, True, False]
    for path in (tmp_path / "open").glob("*.csv"):
        assert "2000" not in path.read_text(encoding="utf-8"), path.name


def test_an_open_export_withholds_sums_that_tell_what_one_customer_brought(tmp_path):
    amounts = {f"{i:03d}": [100 + i] for i in range(599)} | {"giant": [200_000]}
    listed = pd.DataFrame({"customer_id": list(amounts), "region": ["Hà Nội", "Huế", "Vinh"] * 200})
    asked = '[segmentation]\ncross = [["region", "tier"]]'
    path = write_study(tmp_path, asked, transactions=_sales(amounts), customers=listed)
    export(path, out=tmp_path / "open")
    export(path, out=tmp_path / "named", identified=True)
    for name in ("tiers", "groups", "crossed"):
        every = pd.read_csv(tmp_path / "named" / f"{name}.csv")
        rows = pd.read_csv(tmp_path / "open" / f"{name}.csv")
        telling = every["largest_part"].gt(0.8)
        assert telling.any() and rows.loc[telling, "revenue"].isna().all()
        assert rows["revenue"].notna().any() and "largest_part" not in rows
        assert rows["reason"].str.contains("one customer brings most of it").any()


@pytest.mark.parametrize(("n", "told"), [(1, False), (4, False), (5, True)])
def test_what_few_customers_outside_the_list_bring_is_in_no_sentence(tmp_path, n, told):
    amounts = {f"{i:03d}": [100] for i in range(40)}
    listed = pd.DataFrame({"customer_id": list(amounts)[n:], "region": "Huế"})
    care = study(tmp_path, transactions=_sales(amounts), customers=listed)
    (note,) = (x for x in segmentation.groups(care).notes if "but not on the list" in x)
    assert (f"net revenue ₫{100 * n}" in note) == told


def test_pure_chance_is_not_called_loyalty(tmp_path):
    random = np.random.default_rng(5)
    rows = [
        (f"{i:04d}", day, round(x, 0) + 1)
        for day in ("2024-03-03", "2025-03-03")
        for i, x in enumerate(random.lognormal(5, 1, 600))
    ]
    care = study(tmp_path, transactions=_books([*rows, AT_THE_END, ("e", "2024-01-02", 1)]))
    assert "not distinguishable" in segmentation.migration(care).headline


def test_books_that_are_too_short_to_compare_say_what_would_do(tmp_path):
    rows = [("a", f"2025-{month:02d}-28", 5) for month in range(1, 10)]
    care = study(tmp_path, A_YEAR, transactions=_books(rows))
    reasons = {question(care).reason for question in OVER_TIME}
    assert len(reasons) == 1 and "at most 4" in reasons.pop()


@pytest.mark.parametrize(("months", "compared"), [(30, 12), (24, 12), (23, 6), (7, 3), (2, 1)])
def test_where_nothing_is_said_the_longest_periods_that_the_books_cover_are_compared(
    tmp_path, months, compared
):
    days = pd.date_range("2024-01-01", periods=months, freq="MS")
    rows = [(name, f"{day:%Y-%m}-{at:02d}", 5) for day in days for at in (1, 28) for name in "ab"]
    found = segmentation.books.periods(study(tmp_path, transactions=_books(rows)))
    assert found.months == compared


def test_what_is_counted_carries_no_interval_and_what_is_estimated_does(example):
    rows = segmentation.changes(example).rows
    assert rows["low"].notna().tolist() == [False, False, False, True, True]
    before, after = rows["before_value"], rows["after_value"]
    assert rows["value"][0] == pytest.approx(after[0] / before[0] - 1)
    assert rows["value"][3] == pytest.approx(100 * (after[3] - before[3]))
    assert rows["value"][4] == pytest.approx(after[4] - before[4])


def test_the_special_customers_are_listed_largest_first_and_bring_what_their_tier_does(example):
    listed = segmentation.special_customers(example).rows
    tier = records(segmentation.tiers(example).rows)[0]
    assert len(listed) == tier["customers"]
    assert listed["revenue"].sum() == pytest.approx(tier["revenue"])
    assert listed["revenue"].is_monotonic_decreasing
    assert listed["revenue"].iloc[-1] == tier["smallest"]


def test_those_not_to_be_lost_are_listed_as_they_are_counted(example):
    listed = segmentation.customers_not_to_be_lost(example).rows
    segments = segmentation.named_segments(example).rows.set_index("segment")
    assert len(listed) == segments.loc["not to be lost", "customers"]
    assert listed["revenue"].sum() == pytest.approx(segments.loc["not to be lost", "net_revenue"])
    assert listed["revenue"].is_monotonic_decreasing
    assert listed["idle"].median() == segments.loc["not to be lost", "idle"]


def test_a_list_that_is_too_long_is_cut_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(lists, "MAX_ROWS", 3)
    sales = _sales({f"{i:03d}": [10] for i in range(40)})
    found = segmentation.special_customers(study(tmp_path, transactions=sales))
    assert found.rows["customer_id"].tolist() == ["000", "001", "002"]
    assert "first 3 of 40" in found.notes[0]


def test_no_page_names_a_customer_and_only_an_identified_export_does(tmp_path):
    shown = questions.questions(
        json.loads((ROOT / "notebooks" / "01_segmentation.ipynb").read_text("utf-8")), "01"
    )
    assert not {question.name for question in shown} & set(segmentation.LISTS)
    study_file = write_study(
        tmp_path, transactions=_sales({f"{i:03d}": [i + 1] for i in range(40)})
    )
    export(study_file, out=tmp_path / "open")
    export(study_file, out=tmp_path / "named", identified=True)
    assert not (tmp_path / "open" / "special-customers.csv").exists()
    listed = pd.read_csv(tmp_path / "named" / "special-customers.csv", dtype=str)
    assert listed["customer_id"].tolist() == ["039", "038"]


def test_a_table_too_long_for_the_workbook_is_in_its_csv_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("carebench.reporting.export.MOST_IN_WORKBOOK", 15)
    sales = _sales({f"{i:03d}": [10] for i in range(40)})
    export(write_study(tmp_path, transactions=sales), out=tmp_path / "out", identified=True)
    assert (tmp_path / "out" / "special-customers.csv").exists()
    assert "special-customers" not in openpyxl.load_workbook(tmp_path / "out" / WORKBOOK).sheetnames
    contents = pd.read_csv(tmp_path / "out" / "contents.csv").set_index("table")
    assert "CSV" in contents.loc["special-customers", "notes"]


def test_refunds_alone_are_not_called_no_transactions(tmp_path):
    care = study(tmp_path, transactions=_sales({f"{i}": [-5] for i in range(30)}))
    assert segmentation.answer(care) == [
        "The sales of this study leave no revenue that could be shared out."
    ]
