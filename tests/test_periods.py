"""The periods of a ledger: how people write them, their order, and rows that are none."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest

from carebench import loyalty, open_study
from carebench.cli import main
from carebench.estimate import records
from carebench.finding import Skipped
from carebench.loyalty.periods import numbered
from carebench.loyalty.retention.lost import lost_by_period
from studies import study

HEADINGS = ["Kỳ", "Chi phí", "Khách mới", "Giữ", "Mất"]
STUDY = """title = "A"
[tables.ledger]
path = "l.xlsx"
decimal = ","
[tables.ledger.columns]
period = "Kỳ"
acquisition_spend = "Chi phí"
acquired = "Khách mới"
retained = "Giữ"
lost = "Mất"
"""


def ledger(periods, lost=None):
    """A ledger of customers kept and lost in periods so written."""
    n = len(periods)
    return pd.DataFrame({"period": periods, "retained": [90] * n, "lost": lost or [10] * n})


def workbook(folder, *last):
    """A study of a sheet of four quarters and what stands below them."""
    book = openpyxl.Workbook()
    quarters = [["Quý 4/2023", 100, 10, 95, 5], ["Quý 1/2024", 110, 11, 94, 6],
                ["Quý 2/2024", 120, 12, 93, 7], ["Quý 3/2024", 130, 13, 92, 8]]  # fmt: skip
    for row in (HEADINGS, *quarters, *last):
        book.active.append(row)
    book.save(folder / "l.xlsx")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder / "study.toml"


@pytest.mark.parametrize(
    "last",
    [
        ["Tổng cộng", 460, 46, 374, 26],
        ["TỔNG", 460, 46, None, None],
        ["Grand total", 1, 2, 3, 4],
        ["Cả năm", 460, 46, 374, 26],
        [None, 460, 46, None, 26],
    ],
)
def test_a_total_is_no_period_and_the_check_says_so(tmp_path, capsys, last):
    path = workbook(tmp_path, last)
    assert main(["check", str(path)]) == 0
    told = capsys.readouterr().out
    assert "row not used" in told and "one period, not a total" in told and "row 6" in told
    with open_study(path) as care:
        assert care.n_rows("ledger") == 4
        assert list(care.problems.counts["n"]) == [1]
        assert list(lost_by_period(care).index) == [
            "Quý 4/2023", "Quý 1/2024", "Quý 2/2024", "Quý 3/2024"
        ]  # fmt: skip
        assert "Quý 4/2023 to Quý 3/2024" in loyalty.costs(care).rows["definition"].iloc[0]


def test_a_second_total_does_not_hide_the_first(tmp_path):
    rows = [["Tổng cộng", 460, 46, 374, 26], ["Cả năm", 460, 46, 374, 26]]
    with open_study(workbook(tmp_path, *rows)) as care:
        assert care.n_rows("ledger") == 4


def test_rows_that_happen_to_be_alike_are_no_totals(tmp_path):
    table = pd.DataFrame(
        {
            "period": [f"2026-{month:02d}" for month in range(1, 7)],
            "acquisition_spend": [0, 0, 0, 0, 100, 100],
            "acquired": [0, 0, 0, 0, 2, 2],
        }
    )
    assert study(tmp_path, ledger=table).n_rows("ledger") == 6
    people = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "acquisition_spend": [30, 30, 40, 100],
            "acquired": [1, 1, 1, 3],
        }
    )
    assert study(tmp_path, ledger=people).n_rows("ledger") == 4


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["Quý 4/2023", "Quý I/2024", "2024-Q2"], [8095, 8096, 8097]),
        (["Tháng 12/2025", "T1/2026", "T2.2026", "tháng 3 năm 2026"], [24311, 24312, 24313, 24314]),
        (["12/2025", "2026-1", "February 2026", "Mar 2026"], [24311, 24312, 24313, 24314]),
        (["Năm 2024", "2025"], [2024, 2025]),
        (["2024-01", "2024-Q2"], None),
        (["2024-01", "2024"], None),
        (["2024-01", "2024-W03"], None),
        (["2024-12", "2024-13"], None),
        (["2024-07", "tháng 8"], None),
        (["2024-1", "2024-01"], None),
    ],
)
def test_periods_are_numbered_as_people_write_them(names, numbers):
    found = numbered(names)[0]
    assert (None if found is None else found.tolist()) == numbers


def test_churn_goes_by_time_and_not_by_the_alphabet(tmp_path):
    written = [f"{month:02d}/{year}" for year in (2024, 2025) for month in range(1, 13)]
    rows = lost_by_period(study(tmp_path, ledger=ledger(written[::-1])))
    assert list(rows.index) == written


def test_periods_that_cannot_be_put_in_order_have_no_trend_and_no_last_one(tmp_path):
    care = study(tmp_path, ledger=ledger(["2024-01", "2024-02", "2024", "2024-W03"]))
    found = loyalty.churn_by_period(care)
    assert isinstance(found, Skipped) and "“2024-W03”" in found.reason
    assert isinstance(loyalty.indicators(care), Skipped)
    twice = loyalty.churn_by_period(study(tmp_path, ledger=ledger(["2024-01", "2024-1"])))
    assert "several ways, such as “2024-01”, “2024-1”" in twice.reason


@pytest.mark.parametrize("form", ["T{}/26", "{}/26", "tháng {}-26", "Q{}/26"])
def test_whoever_writes_years_in_two_digits_is_told_to_use_four(tmp_path, form):
    months = [form.format(month) for month in range(1, 5)]
    care = study(tmp_path, ledger=ledger(months).assign(acquisition_spend=9, acquired=1))
    reason = loyalty.churn_by_period(care).reason
    assert f"four digits, such as 2026-01 or T1/2026, and not in “{months[0]}”" in reason
    assert any("four digits" in note for note in loyalty.costs(care).notes)


def test_a_year_beside_its_months_is_left_out_by_name(tmp_path):
    table = ledger(["2024-01", "2024-02", "2024-03", "2024"], [10, 11, 12, 50])
    care = study(tmp_path, ledger=table.assign(acquisition_spend=9, acquired=1))
    for found in (loyalty.churn_by_period(care), loyalty.costs(care)):
        assert any("may lie in them: 2024." in note for note in found.notes)
    assert list(lost_by_period(care).index) == ["2024-01", "2024-02", "2024-03"]
    assert records(loyalty.costs(care).rows)[0]["definition"].startswith("₫27 ")


def test_rows_of_one_period_and_more_lost_than_kept_are_said(tmp_path):
    table = ledger(["2024-01", "2024-02", "2024-02", "2024-03"], [10, 9, 9, 5000])
    notes = loyalty.churn_by_period(study(tmp_path, ledger=table)).notes
    assert any("several rows are added up: 1." in note for note in notes)
    assert any("More customers lost than kept: 2024-03." in note for note in notes)


def test_a_small_change_of_churn_is_told_with_its_digits(tmp_path):
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    table = ledger(months, [10_000 + 800 * at for at in range(12)]).assign(retained=10_000_000)
    headline = loyalty.churn_by_period(study(tmp_path, ledger=table)).headline
    assert "rises steadily, by 0.008 (" in headline
