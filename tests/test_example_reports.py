"""The reports of the example study, as a reader opens them."""

from __future__ import annotations

import html
import json
import re

import pytest

from browser import chromium, console
from carebench.reporting.report import report
from conftest import EXAMPLE

pytestmark = pytest.mark.usefixtures("lasting_workers")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    out = tmp_path_factory.mktemp("reports")
    results = report(EXAMPLE, out=out, say=lambda line: None)
    assert [result.failure for result in results] == ["", "", ""]
    return out


@pytest.fixture(params=["01_segmentation", "02_service_audit", "03_loyalty"])
def page(request, rendered):
    (path,) = rendered.glob(f"*{request.param}.html")
    return path.read_text(encoding="utf-8")


def _words(page: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", body)).split())


def test_every_page_says_that_its_data_are_simulated(page):
    assert "Simulated data: no firm and no customer named here exists." in _words(page)


def test_no_section_is_skipped_and_nothing_was_left_unsaid(page):
    words = _words(page)
    assert "Skipped:" not in words
    for slip in (" nan", "NaN", "None ", "{", "Traceback", "<NA>", "NaT"):
        assert slip not in words, slip


def test_a_page_is_one_small_file_without_a_script(page):
    assert "<script" not in page and "http://" not in re.sub(r'xmlns="[^"]+"', "", page)
    assert len(page) < 1_500_000


def test_every_figure_has_its_words(page):
    figures = re.findall(r"<figure.*?</figure>", page, flags=re.S)
    assert figures
    for figure in figures:
        (alt,) = re.findall(r'alt="([^"]*)"', figure)
        assert len(alt) > 20 and "<figcaption>" in figure


def test_the_footer_says_where_the_numbers_come_from(page):
    words = _words(page)
    for fact in ("Where these numbers come from", "2026-Q3", "pandas", "duckdb", "carebench"):
        assert fact in words
    assert re.search(r"\b[0-9a-f]{64}\b", words)
    assert str(EXAMPLE.parent) not in page


def test_the_index_names_every_report_with_its_answer(rendered):
    words = _words((rendered / "index.html").read_text(encoding="utf-8"))
    for path in rendered.glob("*.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        assert manifest["headline"] in words and manifest["title"] in words


@pytest.mark.browser
def test_a_browser_without_a_network_has_nothing_to_complain_of(rendered, tmp_path):
    browser = chromium()
    pages = sorted(rendered.glob("*.html"))
    assert len(pages) == 4
    for path in pages:
        assert "CONSOLE" not in console(browser, path, tmp_path)
