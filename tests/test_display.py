"""What a cell may show, and what it promises to a reader and to a test."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from html import escape
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from carebench import figures, language
from carebench.estimate import Estimate, frame
from carebench.finding import Finding, Skipped
from carebench.reporting import (
    display,
    show_answer,
    show_figure,
    show_problems,
    show_study,
    show_table,
    show_text,
)
from carebench.reporting.tables import MOST_ROWS, one_line, text_table
from carebench.schema import TABLES
from carebench.sources import open_study
from studies import attempts, write_study

ATTACK = "<img src=x onerror=alert(1)>"


@pytest.fixture
def shown(monkeypatch):
    """Every display of the test, as (data, metadata)."""
    sent = []

    def record(data, *, raw, metadata):
        assert raw
        sent.append((data, metadata))

    monkeypatch.setattr("IPython.display.display", record)
    monkeypatch.setattr(display, "_previous", "")
    return sent


def rates(*, headline="Half were answered", firm="Firm A", **more):
    rows = frame(
        [
            ({"provider": firm}, Estimate(6 / 13, 0.23, 0.71, 13, "Wilson score", k=6)),
            ({"provider": "Firm B"}, Estimate.absent("fewer than 5 attempts", n=3)),
        ]
    )
    labels = {"provider": "Provider", "value": "Answered"}
    words = {"caption": "Share answered.", "alt": "Two dots."} | more
    return Finding("answered", rows, headline, labels=labels, **words)


def draw(rows, *, ax):
    ax.plot([0, 1])


def test_a_number_of_a_table_comes_with_its_interval_its_count_and_its_reason(shown):
    show_table(rates())
    lines = shown[0][0]["text/plain"].splitlines()
    assert lines[1].split() == "Provider Answered 95% interval k of n note".split()
    assert lines[3].split() == "Firm A 46% 23% to 71% 6 of 13".split()
    assert lines[4].split() == "Firm B – – 3 a".split()
    assert lines[5:] == ["(a) fewer than 5 attempts", "Method: Wilson score."]


def test_a_warning_that_every_row_carries_is_said_once_without_a_letter():
    warned = Estimate(0.5, 0.2, 0.8, 10, "Wilson score").warn("One careless shopper.")
    rows = frame([({"provider": name}, warned) for name in "AB"])
    table = text_table(Finding("x", rows, labels={"provider": "Provider", "value": "Rate"}))
    assert [column.heading for column in table.columns] == [
        "Provider",
        "Rate",
        "95% interval",
        "n",
    ]
    assert table.notes == ("One careless shopper.", "Method: Wilson score.")


def test_intervals_of_different_levels_say_theirs_in_each_row():
    rows = frame(
        [
            ({"x": "a"}, Estimate(0.5, 0.2, 0.8, 10, "m")),
            ({"x": "b"}, Estimate(0.5, 0.1, 0.9, 10, "m", confidence_level=0.995)),
        ]
    )
    table = text_table(Finding("x", rows, labels={"value": "Rate"}))
    assert table.columns[1].heading == "interval"
    assert table.columns[1].cells == ("20% to 80% (95%)", "10% to 90% (99.5%)")


def test_an_estimate_without_an_interval_has_no_column_for_it():
    rows = frame([({"x": "a"}, Estimate(3.0, None, None, 10, "", unit="count"))])
    headings = [c.heading for c in text_table(Finding("x", rows, labels={"value": "N"})).columns]
    assert headings == ["N", "n"]


def test_columns_are_written_in_their_styles():
    rows = pd.DataFrame(
        {
            "share": [0.5],
            "n": [1234],
            "score": [4.256],
            "wait": [30.25],
            "short": [30.25],
            "spent": [1250000],
            "day": [pd.Timestamp("2026-11-22")],
            "mean": [2.5],
            "open": [True],
            "code": ["007"],
            "gone": [np.nan],
            "hidden": [1],
        }
    )
    styles = {
        "share": "share",
        "score": "score",
        "wait": "hours",
        "short": "seconds",
        "spent": "VND",
        "day": "date",
    }
    labels = {name: name for name in rows if name != "hidden"}
    table = text_table(Finding("x", rows, labels=labels, styles=styles))
    assert [column.cells[0] for column in table.columns] == [
        "50%",
        "1,234",
        "4.26",
        "30.2 h",
        "30 s",
        "₫1,250,000",
        "22 November 2026",
        "2.50",
        "yes",
        "007",
        "–",
    ]


def test_a_style_that_is_not_known_is_refused_with_those_that_are():
    rows = pd.DataFrame({"n": [1]})
    with pytest.raises(ValueError, match=r"'shares' is not known\. Expected text, number"):
        text_table(Finding("x", rows, labels={"n": "n"}, styles={"n": "shares"}))


@pytest.mark.parametrize("labels", [{}, {"nobody": "Nobody"}])
def test_a_table_without_labels_or_with_strange_ones_is_refused(labels):
    with pytest.raises(ValueError, match="`labels` must name columns of `rows`"):
        text_table(Finding("x", pd.DataFrame({"n": [1]}), labels=labels))


def test_a_long_table_is_cut_and_says_how_many_rows_are_left_out():
    rows = pd.DataFrame({"n": range(1000)})
    table = text_table(Finding("x", rows, labels={"n": "n"}))
    assert len(table.columns[0].cells) == MOST_ROWS
    assert "940 more rows are not shown." in table.notes


def test_no_word_of_the_data_reaches_the_page_as_html(shown):
    show_table(rates(headline=ATTACK, firm=ATTACK, notes=(ATTACK,)))
    show_figure(draw, rates(headline=ATTACK + "2"))
    show_text(ATTACK)
    show_answer([ATTACK])
    show_table(Skipped(ATTACK))
    pages = [data["text/html"] for data, _ in shown if "text/html" in data]
    assert len(pages) == 5
    assert not any("<img" in page for page in pages)
    assert all("&lt;img" in page for page in pages)


def test_a_figure_without_alternative_text_or_caption_is_refused(shown):
    for part in ("alt", "caption"):
        with pytest.raises(ValueError, match=f"'answered' has no {part}"):
            show_figure(draw, rates(**{part: " "}))
    assert shown == []


def test_a_figure_says_what_it_shows_in_words_and_in_its_data(shown):
    show_figure(draw, rates())
    headline, (figure, metadata) = shown[0][0], shown[1]
    assert headline["text/html"] == '<p class="finding">Half were answered</p>'
    assert figure["image/png"].startswith(b"\x89PNG")
    assert re.fullmatch(r"figure answered: 2 rows, data sha256 [0-9a-f]{8}", figure["text/plain"])
    ours = metadata["carebench"]
    assert b64decode(ours.pop("phone")).startswith(b"\x89PNG")
    assert ours == {"figure": "answered", "alt": "Two dots.", "caption": "Share answered."}


def test_a_figure_is_as_high_as_its_drawing_asks(shown):
    def tall(rows, *, ax):
        draw(rows, ax=ax)

    tall.height = lambda rows: len(rows) * 3.0
    show_figure(tall, rates())
    width, height = Image.open(io.BytesIO(shown[1][0]["image/png"])).size
    assert (width, height) == (round(7.2 * 170), 6 * 170)


def test_a_figure_stands_on_white_paper_for_a_desk_and_for_a_phone(shown):
    def shaded(rows, *, ax):
        draw(rows, ax=ax)
        for at in range(60):  # more shades of light grey than a palette keeps
            ax.axhspan(at / 60, (at + 1) / 60, color=str(0.9 + at / 600))

    show_figure(shaded, rates())
    pictures = shown[1][0]["image/png"], b64decode(shown[1][1]["carebench"]["phone"])
    for picture in pictures:
        drawn = Image.open(io.BytesIO(picture)).convert("RGB")
        assert drawn.getpixel((0, 0)) == drawn.getpixel((drawn.width - 1, 0)) == (255, 255, 255)


def test_drawing_leaves_the_settings_of_the_notebook_alone(shown):
    import matplotlib as mpl

    def settings():
        return {name: mpl.rcParams[name] for name in mpl.rcParams if name != "backend"}

    before = settings()
    show_figure(draw, rates())
    assert settings() == before


def test_the_fingerprint_follows_the_data_and_not_noise_or_language():
    first = rates()
    print_of_first = display.fingerprint(first)
    noisy = first.rows.assign(value=first.rows["value"] + 1e-9)
    assert display.fingerprint(Finding("answered", noisy)) == print_of_first
    language.use("vi")
    assert display.fingerprint(rates(headline="Một nửa")) == print_of_first
    changed = first.rows.assign(value=first.rows["value"] + 0.01)
    assert display.fingerprint(Finding("answered", changed)) != print_of_first
    translated = first.rows.rename(columns={"provider": "nhà cung cấp"})
    translated["nhà cung cấp"] = ["Hãng A", "Hãng B"]
    assert display.fingerprint(Finding("answered", translated)) == print_of_first
    turned = first.rows.iloc[::-1]
    assert display.fingerprint(Finding("answered", turned)) != print_of_first


def test_the_fingerprint_follows_truths_and_times():
    rows = pd.DataFrame({"open": [True], "day": [pd.Timestamp("2026-11-22")]})
    prints = {
        display.fingerprint(Finding("x", changed))
        for changed in (
            rows,
            rows.assign(open=False),
            rows.assign(day=rows["day"].dt.floor("365D")),
        )
    }
    assert len(prints) == 3


def test_the_same_reason_is_said_once_in_a_row(shown):
    for reason in ("No table.", "No table.", "No column.", "No table."):
        show_table(Skipped(reason))
    texts = [data["text/plain"] for data, _ in shown]
    assert texts == ["Skipped: No table.", "Skipped: No column.", "Skipped: No table."]


def test_a_headline_is_not_repeated_between_a_figure_and_its_table(shown):
    show_figure(draw, rates())
    show_table(rates())
    show_text("Between.")
    show_table(rates())
    said = ['<p class="finding">Half' in data.get("text/html", "") for data, _ in shown]
    assert said == [True, False, False, False, True]


def test_the_numbers_behind_a_figure_are_marked_for_the_page_to_fold(shown):
    show_figure(draw, rates())
    show_table(rates())
    show_table(rates(headline="Another"))
    marks = [metadata.get("carebench", {}).get("behind_figure") for _, metadata in shown]
    assert marks == [None, None, True, None]


def test_a_picture_keeps_its_colours_and_loses_most_of_its_bytes(shown):
    show_figure(draw, rates())
    (picture,) = (data["image/png"] for data, _ in shown if "image/png" in data)
    image = Image.open(io.BytesIO(picture))
    assert image.mode == "P" and len(picture) < 40_000
    assert min(image.convert("RGB").getpixel((0, 0))) >= 253  # paper stays paper


def test_the_first_line_of_the_answer_is_handed_over_for_the_index(shown):
    show_answer(["**47%** (41% to 53%, n = 312) were answered.", "More."])
    data, metadata = shown[0]
    assert "<strong>47%</strong> (41% to 53%" in data["text/html"]
    assert data["text/plain"] == "47% (41% to 53%, n = 312) were answered.\nMore."
    assert metadata["carebench"] == {"headline": "47% (41% to 53%, n = 312) were answered."}


def test_problems_are_counted_listed_and_handed_over(shown):
    kinds = [
        ("attempts", "sent_at", "an instant", "row not used"),
        ("ratings", "score", "1 to 5", "value treated as missing"),
    ]
    names = ["table", "column", "expected", "action"]
    counts = pd.DataFrame(kinds, columns=names).assign(n=[2, 1200])
    rows = pd.DataFrame([*kinds, kinds[1]], columns=names).assign(
        file=["a.csv", "r.csv", "r.csv"], row=[7, 1019, 1020], value=["31/02", "6", "7"]
    )
    show_problems(SimpleNamespace(problems=SimpleNamespace(counts=counts, rows=rows)))
    assert shown[0][1]["carebench"] == {"problems": 1202}
    lines = shown[1][0]["text/plain"].splitlines()
    assert lines[2].startswith("shoppers’ ratings  score    1,200")
    assert "r.csv, row 1,019: 6" in lines[2] and "a.csv, row 7: 31/02" in lines[3]


def test_no_problem_is_said_too(shown):
    none = pd.DataFrame(columns=["table", "column", "expected", "action", "n"])
    show_problems(SimpleNamespace(problems=SimpleNamespace(counts=none)))
    assert shown[0][0]["text/plain"] == "No problem was found in the data."
    assert shown[0][1]["carebench"] == {"problems": 0}


@pytest.mark.parametrize("simulated", [True, False])
def test_a_study_says_loudly_that_it_is_simulated(shown, simulated):
    study = SimpleNamespace(
        title="Care",
        wave="2026-Q3",
        provider="",
        origin="",
        simulated=simulated,
        tables={"attempts": 0},
    )
    care = SimpleNamespace(
        study=study,
        columns=lambda name: ("attempt_id",),
        n_current=lambda name: 1404,
        sampled=lambda name: None,
    )
    show_study(care)
    assert [data["text/plain"] for data, _ in shown] == [
        "Study: Care\nWave: 2026-Q3"
        + "\nSimulated data: no firm and no customer named here exists." * simulated,
        "Rows that are used: contact attempts 1,404.",
    ]
    assert shown[0][1]["carebench"] == {"in_masthead": True}


def test_only_the_rows_of_the_studys_wave_are_counted_as_used(shown, tmp_path):
    table = attempts({"A": (1, 3)}, wave="2026-Q1")
    later = attempts({"A": (1, 2)}, wave="2026-Q3").assign(attempt_id=["x", "y"])
    path = write_study(tmp_path, 'wave = "2026-Q3"', attempts=pd.concat([table, later]))
    with open_study(path) as care:
        show_study(care)
    assert shown[1][0]["text/plain"] == "Rows that are used: contact attempts 2."


def test_every_table_of_the_kit_has_a_name_for_readers():
    assert set(TABLES) <= set(display.TABLE_NAMES)


def test_a_cell_without_words_is_no_heading():
    rows = pd.DataFrame({"group": ["A", ""], "n": [1, 2]})
    table = text_table(Finding("x", rows, labels={"group": "", "n": "n"}))
    html = table.html(name="x", title="x")
    assert '<th scope="row" class="short">A</th>' in html
    assert '<td class="short"></td>' in html and "></th>" not in html


def test_a_column_of_sentences_is_given_room_and_one_of_words_stays_on_its_line():
    rows = pd.DataFrame(
        {"a": ["24/7"], "b": ["one of answered, no_answer or busy"], "c": ["x" * 20]}
    )
    html = text_table(Finding("x", rows, labels={k: k for k in rows})).html(name="x", title="x")
    assert html.count('class="short"') == html.count('class="words"') == 2
    assert f'<td data-label="c">{"x" * 20}</td>' in html


HOSTILE = [
    ATTACK,
    "**bold** `code` [x](javascript:1) <!-- -->",
    "{} {name} {0.__class__} %s %(x)d",
    "$x_2$ and $\\frac{1}$",
    "two\nlines\r\nand a\ttab",
    "\u202egnp.exe\u202c \u2066x\u2069 \x00\x07",
    "n" * 300,
    "📞🤖 e\u0301 \U0001f1fb\U0001f1f3",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_drawn_and_printed_as_it_is(shown, name):
    """Warnings are errors here: a formula or a character that fails to draw would be seen."""
    answer = rates(headline=f"{name} leads", firm=name, alt=f"{name}: a dot.", caption=name)
    for draw in (figures.plot_rates, figures.plot_estimates):
        show_figure(draw, answer)
    show_table(answer)
    show_answer([f"**46%** {name}"])
    table = shown[-2][0]["text/html"]
    assert escape(one_line(name)) in table and "<img" not in table
    for data, metadata in shown:
        said = data.get("text/html", "") + "".join(map(str, metadata.get("carebench", {}).values()))
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00]", said)


def test_a_name_of_dollars_is_drawn_as_text_and_not_as_a_formula(shown):
    drawn = []

    def look(rows, *, ax):
        figures.plot_rates(rows, ax=ax)
        drawn.extend(label for label in ax.get_yticklabels())

    show_figure(look, rates(firm="$x_2$"))
    assert drawn[0].get_text() == "$x_2$" and not drawn[0].get_parse_math()


def test_parts_with_hostile_names_are_drawn(shown):
    rows = pd.DataFrame({"provider": HOSTILE, "$a$": 0.25, "{}": 0.75})
    show_figure(figures.plot_parts, Finding("x", rows, caption="c", alt="a"))
    assert shown[0][0]["image/png"].startswith(b"\x89PNG")
