"""A number with its interval, in the reader's words."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebench import language
from carebench.estimate import COLUMNS, Estimate, frame, from_row, quantity, records

RATE = Estimate(6 / 13, 0.2321, 0.7086, 13, "Wilson score", k=6)


def test_an_estimate_reads_as_value_interval_and_n():
    assert str(RATE) == "46% (23% to 71%, n = 13)"
    assert RATE.emphasised() == "**46%** (23% to 71%, n = 13)"


def test_the_same_estimate_in_vietnamese_has_its_own_words_and_marks():
    language.use("vi")
    assert str(RATE) == "46% (từ 23% đến 71%, n = 13)"
    assert quantity(1234.5, "hours") == "1.234,5 giờ"
    assert quantity(1_250_000, "VND") == "1.250.000\xa0₫"


@pytest.mark.parametrize(
    ("low", "high", "outside", "words"),
    [
        (2.0, math.inf, False, "2.00 or more, no finite upper limit"),
        (-math.inf, 9.0, False, "9.00 or less, no finite lower limit"),
        (-math.inf, math.inf, False, "no limit either way"),
        (-3.0, 9.0, True, "below −3.00 or above 9.00"),
    ],
)
def test_a_set_that_is_no_plain_interval_is_said_in_words(low, high, outside, words):
    got = Estimate(5.0, low, high, 8, "Fieller", "ratio", outside=outside)
    assert got.interval_text() == words


def test_a_wait_that_may_never_end_is_said_shortly():
    got = Estimate(None, 11.12, math.inf, 39, "Kaplan–Meier", "hours", reason="not reached")
    assert got.interval_text() == "11.1 h or more"


def test_a_missing_value_gives_its_reason_and_n():
    got = Estimate.absent("too few answers", n=12)
    assert str(got) == "not known (too few answers; n = 12)"
    with pytest.raises(ValueError, match="reason"):
        Estimate(None, None, None, 0, "")


def test_half_an_interval_or_a_turned_one_cannot_be_made():
    with pytest.raises(ValueError, match="go together"):
        Estimate(0.5, 0.4, None, 10, "Wilson score")
    with pytest.raises(ValueError, match="above"):
        Estimate(0.5, 0.6, 0.4, 10, "Wilson score")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.4712, "share", "47%"),
        (0.0042, "share", "0.4%"),
        (0.9991, "share", "99.9%"),
        (1.0, "share", "100%"),
        (-0.002, "points", "0"),
        (-17.4, "points", "−17"),
        (67.52, "seconds", "68 s"),
        (3.13, "hours", "3.1 h"),
        (729.81, "USD", "US$729.81"),
        (1_250_000.4, "VND", "₫1,250,000"),
        (float("inf"), "VND", "∞"),
        (12345, "count", "12,345"),
    ],
)
def test_quantities_are_written_as_english_readers_write_them(value, unit, text):
    assert quantity(value, unit) == text.replace("US$", "$")


@given(
    st.floats(0, 1),
    st.floats(0, 0.5),
    st.integers(0, 1000),
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=2).map(tuple),
)
def test_an_estimate_survives_its_row_in_a_frame(value, half, n, warnings):
    estimate = Estimate(value, value - half, value + half, n, "m", k=None, warnings=warnings)
    table = frame([({"provider": "A"}, estimate), ({"provider": "B"}, Estimate.absent("none"))])
    assert list(table.columns) == ["provider", *COLUMNS]
    assert from_row(records(table)[0]) == estimate
    assert from_row(records(table)[1]) == Estimate.absent("none")


def test_a_frame_of_no_estimates_is_empty():
    assert isinstance(frame([]), pd.DataFrame) and frame([]).empty
