"""Drivers of satisfaction in real surveys, by the report's own questions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carebench import loyalty, open_study
from carebench.estimate import records
from carebench.finding import Finding, Skipped

STUDIES = Path(__file__).parent / "real"
QUESTIONS = (
    loyalty.drivers, loyalty.driver_pairs, loyalty.driver_directions,
    loyalty.importance_performance, loyalty.driver_ends, loyalty.missing_answers,
)  # fmt: skip

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


@pytest.mark.parametrize("name", ["ecsi_mobile", "corp_rep"])
def test_every_question_of_drivers_answers_real_surveys(study, name):
    care = study(name)
    assert all(isinstance(question(care), Finding) for question in QUESTIONS)


def test_the_european_index_has_its_known_regression_of_satisfaction(study):
    # Tenenhaus et al. (2005), Comput. Stat. Data Anal. 48:159-205: means of the items.
    care = study("ecsi_mobile")
    table = loyalty.driver_directions(care).rows
    slopes = dict(zip(table["item"], table["standardised"], strict=True))
    wanted = {"quality": 0.529, "value": 0.194, "image": 0.159, "expectation": 0.062}
    assert slopes == pytest.approx(wanted, abs=6e-4)
    shares = loyalty.drivers(care).rows
    assert shares["r_squared"].iloc[0] == pytest.approx(0.669, abs=6e-4)
    assert shares["value"].sum() == pytest.approx(1)


def test_satisfaction_with_mobile_telephony_goes_most_with_quality(study):
    care = study("ecsi_mobile")
    first, *_others = records(loyalty.drivers(care).rows)
    assert first["item"] == "quality" and first["places"] == "1"
    verdicts = loyalty.driver_directions(care).rows.set_index("item")["verdict"]
    assert verdicts["expectation"] == "not established"
    # The mean of three items has more values than an ordered logit can order.
    assert isinstance(loyalty.driver_cuts(care), Skipped)


def test_with_four_providers_satisfaction_is_ordered_and_cut(study):
    care = study("corp_rep")
    assert set(loyalty.driver_directions(care).rows["method"]) == {"ordered logit"}
    assert list(loyalty.driver_cuts(care).labels)[2:] == ["cut_1", "cut_2", "cut_3"]
    leading = loyalty.drivers(care).rows.query("best_place == 1")["item"]
    assert list(leading) == ["quality", "attractiveness"]
