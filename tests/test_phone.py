"""On a phone every figure is drawn anew: letters that can be read, and nothing cut or covered."""

from __future__ import annotations

import io
from base64 import b64encode
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from nbformat import v4
from PIL import Image

from browser import chromium, evaluate
from carebench import audit, figures
from carebench.estimate import Estimate, frame
from carebench.finding import Finding
from carebench.reporting import phone
from carebench.reporting.display import _png
from carebench.reporting.page import UnsafePage
from carebench.reporting.sanitise import faults
from test_page import page_of

LONG = "Công ty Cổ phần Thiết bị Di động Bảy Ngọn Đèn Dầu và các Bạn"
VERDICTS = ("clearly above", "not distinguishable", "cannot tell: too few attempts were made")


def rates(names):
    estimate = Estimate(0.4, 0.2, 0.6, 20, "Wilson score", k=8)
    rows = frame([({"provider": name}, estimate) for name in names])
    return Finding("rates", rows, "Some answered", labels={"value": "answered"}, alt="Dots.")


def fitted(draw, rows):
    """The drawing of `rows` for a phone, laid out."""
    figure = Figure(figsize=(phone.WIDTH, draw.height(rows)), layout="constrained")
    draw(rows, ax=figure.subplots())
    phone.fit(figure)
    figure.draw_without_rendering()
    return figure


def outside(figure):
    """The texts that stick out of a figure by more than a point."""
    texts = [text for ax in figure.axes for text in (*ax.texts, *ax.get_yticklabels())]
    texts += [text for legend in figure.legends for text in legend.get_texts()]
    whole = figure.bbox.padded(figure.dpi / 72)
    boxes = {text.get_text(): text.get_window_extent() for text in texts if text.get_text()}
    return [name for name, box in boxes.items() if box.x0 < whole.x0 or box.x1 > whole.x1]


def image(data, **ours):
    cell = v4.new_code_cell("show()")
    shown = {"image/png": b64encode(data).decode()}
    metadata = {"carebench": {"alt": "Dots.", **ours}}
    cell.outputs = [v4.new_output("display_data", shown, metadata=metadata)]
    return cell


@pytest.mark.parametrize(
    "names", [["A"], ["A", "B", "C"], [LONG] * 6, [f"{LONG} {n}" for n in "ab"]]
)
def test_no_name_of_a_row_is_cut_or_lies_on_the_next(names):
    figure = fitted(figures.plot_rates, rates(names).rows)
    assert outside(figure) == []
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert all(above.y0 >= below.y1 for above, below in pairwise(boxes))


def test_a_name_goes_on_in_lines_of_like_length_and_loses_no_word():
    figure = fitted(figures.plot_rates, rates([LONG, "Firm A"]).rows)
    name, short = (label.get_text() for label in figure.axes[0].get_yticklabels())
    assert name.split() == LONG.split() and short == "Firm A"
    lengths = [len(line) for line in name.split("\n")]
    assert max(lengths) <= phone.ROW and max(lengths) - min(lengths) < 8


@pytest.mark.parametrize("verdicts", [VERDICTS[:1], VERDICTS[:2], VERDICTS])
def test_a_legend_keeps_every_entry_inside_the_width(verdicts):
    figure = Figure(figsize=(phone.WIDTH, 4), layout="constrained")
    ax = figure.subplots()
    for at, verdict in enumerate(verdicts):
        ax.plot([at], [at], "o", label=verdict)
    ax.set_yticks([])
    figure.legend(ncols=3, loc="outside lower center")
    phone.fit(figure)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(verdicts)
    assert outside(figure) == []


def test_short_entries_of_a_legend_stay_on_one_line():
    assert phone._columns(["1 worst", "2", "3", "4", "5 best"]) == 5
    assert phone._columns(["a" * 60, "b"]) == phone._columns([]) == 1


def test_no_text_of_the_example_leaves_its_figure(example):
    asked = (
        (figures.plot_inventory, audit.inventory(example)),
        (figures.plot_scores, audit.points_of_service(example)),
        (figures.plot_changes, audit.changes_by_provider(example, "phone")),
        (figures.plot_rates, audit.resolved_by_provider(example)),
    )
    for draw, answer in asked:
        assert outside(fitted(draw, answer.rows)) == [], answer.name


def test_on_a_phone_the_hours_of_the_week_run_down():
    cells = pd.DataFrame({"day": np.arange(168) // 24, "hour": np.arange(168) % 24, "n": 4})
    cells["k"] = np.where(cells["hour"] < 12, 4, 0)
    cells["claimed_open"] = (cells["hour"] < 8).astype(float)
    narrow = Figure(figsize=(phone.WIDTH, 5)).subplots()
    figures.plot_week(cells, ax=narrow)
    assert [label.get_text() for label in narrow.get_yticklabels()][:2] == ["00", "01"]
    assert {t.get_text() for t in narrow.texts if t.get_position()[1] < 12} == {"4/4"}
    assert {t.get_text() for t in narrow.texts if t.get_position()[1] >= 12} == {"0/4"}
    frame_of_claims = [line.get_ydata() for line in narrow.lines if len(line.get_ydata())]
    assert max(max(heights) for heights in frame_of_claims) == 7.5


def test_a_page_has_both_drawings_and_says_how_large_they_are():
    wide, narrow = (_png(figures.plot_rates, rates("AB"), for_phone=small) for small in (0, 1))
    page = page_of(image(wide, phone=b64encode(narrow).decode()))
    assert faults(page) == []
    assert page.count('<source media="screen and (max-width: 34rem)" srcset="data:image/webp') == 1
    assert 'width="384"' in page.partition("<source")[2].partition("<img")[0]
    assert 'width="691"' in page.partition("<img")[2].partition("</picture>")[0]


def test_a_figure_loses_nothing_on_its_way_into_a_page():
    import re
    from base64 import b64decode

    wide = _png(figures.plot_rates, rates("AB"))
    page = page_of(image(wide, phone=b64encode(wide).decode()))
    for found in re.findall(r"data:image/webp;base64,([^\"]+)", page):
        shown = Image.open(io.BytesIO(b64decode(found))).convert("RGB")
        assert shown.tobytes() == Image.open(io.BytesIO(wide)).convert("RGB").tobytes()


@pytest.mark.parametrize("drawing", ['" onload="alert(1)" x="', "iVBORw0KGgo=", "QUJD" * 30])
def test_a_drawing_that_is_no_picture_is_refused(drawing):
    with pytest.raises(UnsafePage, match="no picture"):
        page_of(image(_png(figures.plot_rates, rates("AB")), phone=drawing))


@pytest.mark.browser
def test_a_phone_shows_its_own_drawing_and_a_desk_the_wide_one(tmp_path):
    wide, narrow = (_png(figures.plot_rates, rates("AB"), for_phone=small) for small in (0, 1))
    page = tmp_path / "page.html"
    page.write_text(page_of(image(wide, phone=b64encode(narrow).decode())), encoding="utf-8")
    script = (
        "const i = document.querySelector('figure img'); return ["
        "i.naturalWidth, i.getBoundingClientRect().width];"
    )
    browser = chromium()
    pixels, shown = evaluate(browser, page, script, tmp_path, width=390)
    # At least nine tenths of the size at which it was drawn: letters of 8 points have 9.6 pixels.
    assert shown / (phone.WIDTH * 96) > 0.9 and shown <= 390
    assert pixels == pytest.approx(phone.WIDTH * phone.DPI, abs=96)
    assert evaluate(browser, page, script, tmp_path, width=1280)[1] == 691
