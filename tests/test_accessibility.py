"""Everybody can read a report: by axe-core, on a phone, in the dark and on paper."""

from __future__ import annotations

import re

import pytest

from browser import axe, chromium, evaluate, pdf, told
from carebench.reporting.brand import read
from carebench.reporting.report import report
from carebench.study import load_study
from conftest import EXAMPLE
from test_page import cell_of, page_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("lasting_workers")]
PHONE = 390  # CSS pixels
BRANDED = """title = "Care"
[brand]
accent = "#7a1f5c"
client = "Acme"
introduction = "Why we asked.\\n\\n## Scope\\n\\nAll."
conclusions = "# We advise\\n\\nMore staff."
replies = { "A" = "We thank." }
[tables.attempts]
path = "attempts.csv"
"""

AUDIT = """const found = await axe.run(document, {resultTypes: ["violations"]});
return found.violations.flatMap(v => v.nodes.map(n => [v.id, n.target.join(" "), v.help]));"""

SIDEWAYS = """const wide = [...document.querySelectorAll("body *")].filter(e =>
  e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 &&
  !e.closest(".table") && !e.closest(".skip"));
const page = document.documentElement;
return [page.scrollWidth - page.clientWidth, wide.map(e => e.outerHTML.slice(0, 80))];
"""


@pytest.fixture(scope="module", params=["en", "vi"])
def rendered(request, tmp_path_factory):
    """Every page of the example in one language, the index too."""
    out = tmp_path_factory.mktemp("reports")
    asked = {"language": "vi"} if request.param == "vi" else {}
    results = report(EXAMPLE, out=out, parameters=asked, say=lambda line: None)
    assert [result.failure for result in results] == ["", "", ""]
    pages = sorted(out.glob("*.html"))
    assert len(pages) == 4
    return pages


# Colours do not depend on the width, nor places on the colours: two views see them all.
@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, PHONE)], ids=["desk", "phone"])
def test_axe_finds_no_violation(rendered, tmp_path, dark, width):
    browser, library = chromium(), axe()
    for page in rendered:
        seen = {"library": library, "dark": dark, "width": width}
        assert evaluate(browser, page, AUDIT, tmp_path, **seen) == [], page.name


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_no_violation_in_code_and_in_the_words_of_others(tmp_path, dark):
    (tmp_path / "study.toml").write_text(BRANDED, encoding="utf-8")
    brand = read(load_study(tmp_path / "study.toml"))
    code = cell_of("rates = f(1, 'x')  # why\nfor rate in rates: pass", shown="Rates.")
    page = tmp_path / "page.html"
    html = page_of(code, brand=brand, with_code=True, facts=[("Study", "Care")])
    page.write_text(html.replace("<details", "<details open"), encoding="utf-8")
    seen = {"library": axe(), "dark": dark, "width": PHONE}
    assert evaluate(chromium(), page, AUDIT, tmp_path, **seen) == []
    assert evaluate(chromium(), page, SIDEWAYS, tmp_path, width=PHONE) == [0, []]


def test_axe_would_find_a_violation(rendered, tmp_path):
    page = tmp_path / "bad.html"
    pale = rendered[0].read_text(encoding="utf-8").replace("<p>", "<p><img src='data:,'>", 1)
    page.write_text(pale.replace('<html lang="', '<html data-lang="'), encoding="utf-8")
    found = evaluate(chromium(), page, AUDIT, tmp_path, library=axe())
    assert {"image-alt", "html-has-lang"} <= {violation for violation, *_rest in found}


def test_the_colours_change_in_the_dark(rendered, tmp_path):
    script = "return getComputedStyle(document.body).backgroundColor"
    browser = chromium()
    seen = [evaluate(browser, rendered[0], script, tmp_path, dark=dark) for dark in (False, True)]
    assert seen == ["rgb(255, 255, 255)", "rgb(20, 24, 28)"]


def test_a_phone_scrolls_neither_a_page_sideways_nor_a_table_in_it(rendered, tmp_path):
    browser = chromium()
    scrolls = """return [...document.querySelectorAll(".table")]
        .filter(t => t.scrollWidth > t.clientWidth + 1).map(t => t.id)"""
    for page in rendered:
        assert evaluate(browser, page, SIDEWAYS, tmp_path, width=PHONE) == [0, []], page.name
        assert evaluate(browser, page, scrolls, tmp_path, width=PHONE) == [], page.name


def test_on_a_phone_every_cell_of_a_wide_table_says_its_heading(rendered, tmp_path):
    unsaid = """return [...document.querySelectorAll(".wide td:not(:empty)")].filter(
        c => getComputedStyle(c, "::before").content.length < 3 && c.cellIndex > 0).length"""
    for page in rendered:
        assert evaluate(chromium(), page, unsaid, tmp_path, width=PHONE) == 0, page.name


def test_paper_has_page_numbers_and_no_figure_is_cut(rendered, tmp_path):
    browser = chromium()
    for page in rendered:
        file = pdf(browser, page, tmp_path / f"{page.stem}.pdf", tmp_path)
        facts = told("pdfinfo", file)
        assert re.search(r"Page size: +59[45][.\d]* x 84[12][.\d]* pts \(A4\)", facts)
        n_pages = int(re.search(r"Pages: +(\d+)", facts)[1])
        sheets = told("pdftotext", "-layout", file, "-").split("\f")[:n_pages]
        for number, sheet in enumerate(sheets, 1):
            assert re.search(rf"\b{number} ?/ ?{n_pages}\s*$", sheet), f"{page.name}, {number}"
        drawn = re.findall(r"^ *\d+ +\d+ image", told("pdfimages", "-list", file), re.MULTILINE)
        assert len(drawn) == page.read_text(encoding="utf-8").count("<img")
