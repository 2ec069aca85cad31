"""Costs of winning and keeping in real data: the figures that are known come out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carebench import open_study
from carebench.estimate import from_row, records
from carebench.loyalty.costs import accounting_ratios, claims, cost_ratio, costs

STUDIES = Path(__file__).parent / "real"

pytestmark = pytest.mark.real_data


@pytest.fixture
def study(real_data, tmp_path):
    """Open a study of `tests/real` on the real data, wherever they are."""
    opened = []

    def opening(name: str):
        text = (STUDIES / f"{name}.toml").read_text(encoding="utf-8")
        folder = f'folder = "{real_data.resolve().as_posix()}"'
        text, n = re.subn("^folder = .*$", folder, text, flags=re.MULTILINE)
        assert n == 1
        path = tmp_path / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        opened.append(open_study(path))
        return opened[-1]

    yield opening
    for care in opened:
        care.close()


def test_the_textbook_gives_its_costs_for_each_base(study):
    care = study("acquisition_retention")
    found = [round(from_row(row).value, 2) for row in records(costs(care).rows)]
    assert found == [729.81, 497.43, 165.31]
    assert "$246,675" in costs(care).rows["definition"][0]
    assert "338 won" in costs(care).rows["definition"][0]


def test_the_same_books_give_a_ratio_of_1_47_or_4_4_by_the_base_and_test_no_claim(study):
    care = study("acquisition_retention")
    (_name, by_customer), (_year, by_year) = accounting_ratios(care)
    assert by_customer.value == pytest.approx(1.467, abs=0.001)
    assert by_year.value == pytest.approx(4.41, abs=0.01)
    assert "not testable" in claims(care).headline
    assert cost_ratio(care).value is None


def test_textbook_data_are_called_so(study):
    assert "not stated" in study("acquisition_retention").study.origin


def test_a_subscription_took_22_8_calls(study):
    care = study("bank_marketing")
    row = records(costs(care).rows)[0]
    assert (row["spent"], row["counted"], row["n"]) == (105_754, 4_640, 41_188)
    found = from_row(row)
    assert found.value == pytest.approx(22.79, abs=0.005)
    assert 22 < found.low < found.high < 24
    assert "no money" in care.study.origin
