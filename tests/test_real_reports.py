"""Reports on real data that nobody here made: they render, and the known figures come out."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from carebench.estimate import from_row, records
from carebench.methods import waiting
from carebench.reporting.report import report
from carebench.resources import folder
from test_real_sources import study  # noqa: F401 - a fixture

STUDIES = Path(__file__).parent / "real"
# Study, notebook, and what a reader must find on the page.
KNOWN = [
    # 55 customers end at or below zero when money is added exactly. Sums of binary fractions
    # leave five of those who end at just zero a hair above it, and so count 50.
    ("online_retail", "01_segmentation", ["4,372", "£8,300,065.81", "74%", "135,080", "55 1%"]),
    ("cdnow", "01_segmentation", ["2,357", "16,479", "$244,091.94"]),
    ("timed_emails", "02_service_audit", ["38 of 80", "11 of 80", "37 of 80", "not reached"]),
    ("bank_calls", "02_service_audit", ["25,669", "4,770 of 25,669", "221"]),
    ("nhs111", "02_service_audit", ["6,051,251 of 6,334,000", "5,656,353 of 6,051,251"]),
    ("butler_broockman", "02_service_audit", ["57%", "2,747 of 4,859", "491 of 812"]),
    ("phonenow", "02_service_audit", ["4,054 of 5,000"]),
    ("corp_rep", "03_loyalty", ["5.29", "5.61", "5.65", "5.16"]),
    ("ecsi_mobile", "03_loyalty", ["quality", "250"]),
    ("acquisition_retention", "03_loyalty",
     ["$729.81", "$497.43", "$165.31", "1.47", "4.41", "not testable with these data"]),
]  # fmt: skip

pytestmark = [pytest.mark.real_data, pytest.mark.usefixtures("lasting_workers")]


def _study_file(name: str, data: Path, into: Path) -> Path:
    text = (STUDIES / f"{name}.toml").read_text(encoding="utf-8")
    found = re.sub("^folder = .*$", f'folder = "{data.resolve().as_posix()}"', text, flags=re.M)
    path = into / f"{name}.toml"
    path.write_text(found, encoding="utf-8")
    return path


def _words(page: Path) -> str:
    """The text of a page as a reader sees it, blanks folded."""
    body = re.sub(r"<style>.*?</style>", "", page.read_text(encoding="utf-8"), flags=re.S)
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", body)).split())


@pytest.mark.parametrize(("name", "notebook", "figures"), KNOWN, ids=[k[0] for k in KNOWN])
def test_the_report_shows_the_figures_that_are_known(name, notebook, figures, real_data, tmp_path):
    path = _study_file(name, real_data, tmp_path)
    (result,) = report(
        path, out=tmp_path / "out", notebooks=[folder("notebooks") / f"{notebook}.ipynb"], jobs=1
    )
    assert not result.failure
    page = _words(result.html)
    for figure in figures:
        assert figure in page, figure


def test_every_notebook_renders_on_a_study_that_has_tables_for_one_of_them(real_data, tmp_path):
    results = report(_study_file("nhs111", real_data, tmp_path), out=tmp_path / "out")
    assert [result.failure for result in results] == ["", "", ""]
    words = _words(results[0].html)
    left_out = words.index("What could not be asked of this study", words.index("Method "))
    assert "The study has no table “transactions”." in words[left_out:]


def test_the_share_answered_by_each_hour_is_the_known_one(study):  # noqa: F811
    rows = study("timed_emails").table("attempts")
    answered = rows["outcome"].eq("answered")
    end = rows["answered_at"].where(answered, rows["observed_until"])
    hours = (end - rows["sent_at"]).dt.total_seconds() / 3600
    shares = [waiting.answered_within(hours, answered, limit).value for limit in (1, 24, 72)]
    assert shares == pytest.approx([0.175, 0.4625, 0.4625])
    assert waiting.median(hours, answered).reason.startswith("not reached")
    # The average of those who did answer says nothing of the 42 who never did.
    assert hours[answered].median() == pytest.approx(3.13, abs=0.01)


def test_the_parts_of_the_national_counts_are_the_known_ones(study):  # noqa: F811
    from carebench import audit

    shares = {
        row["measure"]: from_row(row).value
        for row in records(audit.operator_counts(study("nhs111")).rows)
    }
    assert shares["abandoned, of those offered"] == pytest.approx(0.0148, abs=5e-5)
    assert shares["answered within the limit, of those answered"] == pytest.approx(0.9347, abs=5e-5)
