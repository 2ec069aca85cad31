"""Figures draw what the table holds: every row, every interval, and the words for what lacks."""

from __future__ import annotations

import math

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from carebench import figures
from carebench.estimate import Estimate, frame

mpl.use("agg")

ROWS = frame([
    ({"provider": "A", "reference": 0.47, "reference_name": "2014 audit"},
     Estimate(0.8, 0.6, 0.9, 20, "m", k=16)),
    ({"provider": "B", "reference": 0.47, "reference_name": "2014 audit"},
     Estimate.absent("no attempts")),
    ({"provider": "C", "reference": 0.47, "reference_name": "2014 audit"},
     Estimate(0.2, 0.1, 0.4, 20, "m")),
])  # fmt: skip


@pytest.fixture
def ax():
    return Figure().subplots()


def _texts(ax):
    return [text.get_text() for text in ax.texts]


def test_every_row_is_drawn_with_its_interval_and_its_count(ax):
    figures.plot_rates(ROWS, ax=ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A", "B", "C"]
    assert _texts(ax)[:3] == ["16/20", "no attempts", "n = 20"]
    drawn = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments() if len(segment)]
    assert drawn == [[0.6, 0.9], [0.1, 0.4]]


def test_the_first_row_is_on_top(ax):
    figures.plot_rates(ROWS, ax=ax)
    bottom, top = ax.get_ylim()
    assert bottom > top


def test_a_reference_shared_by_all_is_one_line_and_one_of_its_own_a_mark(ax):
    figures.plot_rates(ROWS, ax=ax)
    assert _texts(ax).count("2014 audit") == 1
    other = Figure().subplots()
    mixed = ROWS.assign(reference=[0.47, None, 0.38], reference_name=["x", None, "y"])
    figures.plot_rates(mixed, ax=other)
    assert {"x", "y"} <= set(_texts(other))


def test_a_long_name_goes_on_in_the_next_line(ax):
    long = ROWS.assign(provider=["A firm with a very long name that would not fit", "B", "C"])
    figures.plot_rates(long, ax=ax)
    assert "\n" in ax.get_yticklabels()[0].get_text()


def test_a_negative_difference_is_not_cut_off(ax):
    figures.plot_rates(frame([({"x": "d"}, Estimate(-0.2, -0.4, 0.1, 9, "m"))]), ax=ax)
    assert ax.get_xlim()[0] <= -0.4


def test_an_infinite_limit_does_not_stretch_the_axis(ax):
    rows = frame([({"x": "a"}, Estimate(5.0, 3.0, math.inf, 9, "m", "ratio")),
                  ({"x": "b"}, Estimate(4.0, 3.0, 6.0, 9, "m", "ratio"))])  # fmt: skip
    figures.plot_estimates(rows, ax=ax)
    assert all(map(math.isfinite, ax.get_xlim()))


def test_parts_carry_a_second_cue_beside_colour(ax):
    rows = pd.DataFrame({"channel": ["phone"], "answered": [0.6], "busy": [0.4]})
    figures.plot_parts(rows, ax=ax)
    assert len({patch.get_hatch() for patch in ax.patches}) == 2
    assert _texts(ax) == ["60%", "40%"]


FUNNEL = pd.DataFrame({
    "provider": ["A", "B", "C", "D", None, None], "value": [0.9, 0.88, 0.5, 0.5, None, None],
    "n": [20, 20, 20, 20, 20, 22], "direction": [1, 1, 0, 0, None, None],
    "verdict": ["above", "above", "same", "same", None, None],
    "label": ["A", "B", None, None, None, None], "centre": 0.5,
    "inner_low": [None] * 4 + [0.2, 0.22], "inner_high": [None] * 4 + [0.8, 0.78],
    "outer_low": [None] * 4 + [0.1, 0.12], "outer_high": [None] * 4 + [0.9, 0.88],
})  # fmt: skip


def test_a_name_in_the_funnel_stands_on_no_other_and_marks_on_one_spot_are_counted(ax):
    figures.plot_funnel(FUNNEL, ax=ax)
    names = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert names["A"] - names["B"] > 0.05
    assert "×2" in names


def test_each_verdict_of_the_funnel_has_a_form_of_its_own(ax):
    figures.plot_funnel(FUNNEL, ax=ax)
    forms = {line.get_label(): line.get_marker() for line in ax.lines}
    assert forms["above"] != forms["same"]


def test_a_funnel_without_limits_is_drawn_without_them(ax):
    figures.plot_funnel(FUNNEL[FUNNEL["provider"].notna()], ax=ax)
    assert not any("chance" in str(line.get_label()) for line in ax.lines)


def test_of_too_many_rows_the_ends_are_drawn_and_the_gap_is_counted(ax):
    many = frame([({"provider": f"P{i}"}, Estimate(i / 99, 0, 1, 20, "m", k=1)) for i in range(99)])
    figures.plot_rates(many.assign(ranked=True, shrunken=0.5), ax=ax)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert len(labels) == 41 and labels[20] == "⋮"
    assert _texts(ax)[20] == "59 more"


def test_what_rests_on_few_attempts_is_hollow(ax):
    figures.plot_rates(ROWS.assign(ranked=[True, True, False]), ax=ax)
    hollow = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
    assert [value for line in hollow for value in line.get_xdata()] == [0.2]


def test_figures_grow_with_their_rows():
    assert figures.plot_rates.height(ROWS) < figures.plot_rates.height(pd.concat([ROWS] * 5))
