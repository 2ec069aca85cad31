"""Both languages say everything, with the same numbers."""

from __future__ import annotations

import datetime as dt
import json
import re

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from carebench import audit, figures, language, loyalty, open_study, segmentation
from carebench.finding import Finding, Skipped
from carebench.language import catalogue
from carebench.reporting.display import fingerprint
from carebench.reporting.messages import (
    notebook_messages,
    package_messages,
    translated,
    untranslated,
)
from carebench.reporting.questions import questions
from conftest import EXAMPLE, ROOT
from test_notebooks import NOT_ASKED

mpl.use("agg")

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MODULES = {"audit": audit, "loyalty": loyalty, "segmentation": segmentation}
DRAWN = re.compile(r"show_figure\(figures\.(\w+), (\w+)\.(\w+)\(care(?:, \"(\w+)\")?\)\)")


def _source(cell):
    return "".join(cell["source"])


def _messages() -> list[str]:
    found = list(package_messages())
    for path in NOTEBOOKS:
        found += notebook_messages(json.loads(path.read_text(encoding="utf-8")))
    return found


def test_no_sentence_lacks_its_vietnamese():
    assert len(_messages()) > 300
    assert untranslated(_messages(), "vi") == []


def test_a_sentence_without_a_translation_is_found():
    assert untranslated(["A sentence that nobody wrote"], "vi") == ["A sentence that nobody wrote"]


def test_translations_keep_every_field_and_every_mark():
    for english, vietnamese in catalogue("vi").items():
        for marks in (r"\{\w*\}", r"\*\*", r"\$"):
            ours, theirs = re.findall(marks, english), re.findall(marks, vietnamese)
            assert sorted(ours) == sorted(theirs), english


def test_prose_is_translated_paragraph_by_paragraph_with_its_headings():
    language.use("vi")
    assert translated("## Calls") == "## Cuộc gọi"
    assert translated("## Calls\n\nNo such sentence.") == "## Cuộc gọi\n\nNo such sentence."


@pytest.fixture(scope="module")
def vietnamese():
    """The example in Vietnamese."""
    with open_study(EXAMPLE, language="vi") as care:
        yield care


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_both_languages_print_the_same_numbers(path, example, vietnamese):
    asked = questions(json.loads(path.read_text(encoding="utf-8")), path.name)
    assert asked
    for question in asked:
        text = question.text
        language.use("en")
        ours = question.ask(example)
        language.use("vi")
        theirs = question.ask(vietnamese)
        assert type(ours) is type(theirs), text
        if isinstance(ours, Finding):
            assert fingerprint(ours) == fingerprint(theirs), text
            # Only a headline of nothing but names and numbers reads the same in both.
            assert ours.headline != theirs.headline or "CSAT" in ours.headline, text


FIGURES = sorted({call for path in NOTEBOOKS for call in DRAWN.findall(
    "\n".join(map(_source, json.loads(path.read_text(encoding="utf-8"))["cells"])))})  # fmt: skip


# Segments of the survey are the study's own names, though one is a word of ours elsewhere.
OWN_NAMES = {"household", "business", "reseller"}


@pytest.mark.parametrize(("draw", "module", "question", "channel"), FIGURES)
def test_nothing_in_a_vietnamese_figure_stayed_english(vietnamese, draw, module, question, channel):
    language.use("vi")
    answer = getattr(MODULES[module], question)(vietnamese, *filter(None, [channel]))
    if isinstance(answer, Skipped):
        assert f"{module}.{question}(care)" in NOT_ASKED
        return
    axes = Figure(layout="constrained").subplots()
    getattr(figures, draw)(answer.rows, ax=axes)
    axes.figure.draw_without_rendering()
    seen = {text.get_text().replace("\n", " ") for text in axes.figure.findobj(Text)} - {""}
    english = {m for m, vietnamese in catalogue("vi").items() if vietnamese != m}
    own = {str(name) for name in answer.rows.iloc[:, 0]} & OWN_NAMES
    assert seen and not (seen - own) & english
    # Neither does a name of a column, which a drawing library would take for a label.
    assert not seen & {str(name) for name in answer.rows.columns if str(name).isascii()}


def test_every_figure_of_the_notebooks_is_looked_at():
    cells = [_source(c) for p in NOTEBOOKS for c in json.loads(p.read_text("utf-8"))["cells"]]
    assert sum("show_figure(" in source for source in cells) >= len(FIGURES) > 25
    assert all(DRAWN.search(source) for source in cells if "show_figure(" in source)


def test_numbers_money_and_days_follow_the_readers_customs():
    day = dt.date(2026, 11, 22)
    assert language.number(-1234.5, 1) == "−1,234.5"
    assert language.number(-0.4) == "0" and language.number(float("inf")) == "∞"
    assert language.date(day) == "22 November 2026"
    assert language.money(-1_250_000, "VND") == "−\u2060₫1,250,000"  # which no line parts
    language.use("vi")
    assert language.number(-1234.5, 1) == "−1.234,5"
    assert language.money(-1_250_000, "VND") == "−1.250.000\xa0₫"
    assert language.percent(0.51, 1) == "51,0%"
    assert language.money(1_250_000, "VND") == "1.250.000\xa0₫"
    assert language.date(day) == "22/11/2026"


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="'fr' is not known"):
        language.use("fr")
