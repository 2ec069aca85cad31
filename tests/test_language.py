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
from carebench.language import catalogue
from carebench.reporting.display import fingerprint
from carebench.reporting.messages import (
    notebook_messages,
    package_messages,
    translated,
    untranslated,
)
from conftest import EXAMPLE, ROOT

mpl.use("agg")

QUESTIONS = {
    segmentation: ["overview", "groups", "tiers", "top_shares", "concentration"],
    audit: ["scope", "outcomes", "by_channel", "by_group", "speed", "week", "claims"],
    loyalty: ["scores", "mean_by_provider", "drivers", "costs", "claims"],
}


def _messages() -> list[str]:
    found = list(package_messages())
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
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


@pytest.mark.parametrize("module", QUESTIONS, ids=lambda module: module.__name__)
def test_both_languages_print_the_same_numbers(module):
    found = {}
    for code in language.LANGUAGES:
        with open_study(EXAMPLE, tables=module.TABLES, language=code) as care:
            answers = [getattr(module, name)(care) for name in QUESTIONS[module]]
        found[code] = [fingerprint(answer) for answer in answers]
        headlines = [answer.headline for answer in answers]
        found[code, "headlines"] = headlines
    assert found["en"] == found["vi"]
    same = [a for a, b in zip(found["en", "headlines"], found["vi", "headlines"], strict=True)
            if a == b]  # fmt: skip
    # Only a headline of nothing but names and numbers reads the same in both.
    assert all("CSAT" in headline for headline in same)


FIGURES = [
    (segmentation, figures.plot_rates, lambda care: segmentation.top_shares(care)),
    (segmentation, figures.plot_concentration, lambda care: segmentation.concentration(care)),
    (segmentation, figures.plot_estimates, lambda care: segmentation.internal_service(care)),
    (audit, figures.plot_rates, lambda care: audit.by_channel(care)),
    (audit, figures.plot_rates, lambda care: audit.by_group(care, "email")),
    (audit, figures.plot_parts, lambda care: audit.outcomes(care)),
    (audit, figures.plot_week, lambda care: audit.week(care)),
    (audit, figures.plot_waiting, lambda care: audit.waiting_curve(care, "phone")),
    (loyalty, figures.plot_rates, lambda care: loyalty.score_by_provider(care, "csat")),
    (loyalty, figures.plot_estimates, lambda care: loyalty.score_by_provider(care, "nps")),
    (loyalty, figures.plot_rates, lambda care: loyalty.drivers(care)),
]


@pytest.mark.parametrize(("module", "draw", "question"), FIGURES)
def test_nothing_in_a_vietnamese_figure_stayed_english(module, draw, question):
    with open_study(EXAMPLE, tables=module.TABLES, language="vi") as care:
        answer = question(care)
    axes = Figure(layout="constrained").subplots()
    draw(answer.rows, ax=axes)
    axes.figure.draw_without_rendering()
    seen = {text.get_text().replace("\n", " ") for text in axes.figure.findobj(Text)} - {""}
    english = {m for m, vietnamese in catalogue("vi").items() if vietnamese != m}
    assert seen and not seen & english
    # Neither does a name of a column, which a drawing library would take for a label.
    assert not seen & {str(name) for name in answer.rows.columns if str(name).isascii()}


def test_numbers_money_and_days_follow_the_readers_customs():
    day = dt.date(2026, 11, 22)
    assert language.number(-1234.5, 1) == "−1,234.5"
    assert language.number(-0.4) == "0" and language.number(float("inf")) == "∞"
    assert language.date(day) == "22 November 2026"
    language.use("vi")
    assert language.number(-1234.5, 1) == "−1.234,5"
    assert language.percent(0.51, 1) == "51,0%"
    assert language.money(1_250_000, "VND") == "1.250.000\xa0₫"
    assert language.date(day) == "22 tháng 11, 2026"


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="'fr' is not known"):
        language.use("fr")
