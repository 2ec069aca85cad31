"""Times are read as they are written, and what may mean two things is not read at all."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebench.fieldwork.imports.clocks import clock_of
from carebench.fieldwork.imports.records import Refused
from carebench.fieldwork.imports.times import Clock, order_in
from carebench.schema import DataError

HANOI, BERLIN = "Asia/Ho_Chi_Minh", "Europe/Berlin"
WANTED = datetime(2026, 11, 30, 2, 15, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-30 09:15:04",
        "2026-11-30T09:15:04",
        "2026-11-30T02:15:04Z",
        "2026-11-30T02:15:04.000000Z",
        "2026-11-30T09:15:04+07:00",
        "2026-11-30 09:15:04 +0700",
        "2026-11-30 02:15:04 UTC",
        "2026/11/30 9:15:04 AM GMT+7",
        "30/11/2026 9:15:04",
        "30/11/2026, 9:15:04\u202fAM",
        "30-11-2026 09:15:04",
        "30.11.26, 9:15:04",
        "9:15:04, 30/11/2026",
        "09:15:04 SA 30/11/2026",
        "30/11/2026 9h15m04",
        "Mon, 30 Nov 2026 02:15:04 +0000",
        "30 Nov 2026 09:15:04 +0700",
    ],
)
def test_one_moment_is_read_in_all_its_forms(text: str) -> None:
    assert Clock(HANOI, "dmy").moment(text, "time") == WANTED


@pytest.mark.parametrize(
    ("text", "hour"),
    [("12:00 AM", 0), ("12:30 PM", 12), ("1:00 pm", 13), ("1:00 CH", 13), ("12:00 SA", 0)],
)
def test_noon_and_midnight_are_told_apart(text: str, hour: int) -> None:
    assert Clock("UTC", "dmy").moment(f"30/11/2026 {text}", "time").hour == hour


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "30/11/2026",
        "2026-11-30",
        "09:15",
        "31/11/2026 09:15",
        "30/13/2026 09:15",
        "30/11/2026 25:15",
        "30/11/2026 13:15 PM",
        "30/11/2026 09:15 o'clock",
        "30/11/1026 09:15",
        "46356",
        "46356.4",
        "9" * 400,
        "0030/11/2026 9:15",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        Clock("UTC", "dmy").moment(text, "time")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_whatever_raises_anything_else(text: str) -> None:
    try:
        moment = Clock("UTC", "dmy").moment(text, "time")
    except Refused:
        return
    assert 1990 <= moment.year < 2100


@settings(deadline=None)
@given(st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31)), st.sampled_from(["dmy", "mdy"]))
def test_a_moment_survives_being_written_by_hand(moment: datetime, order: str) -> None:
    form = "%d/%m/%Y %H:%M:%S" if order == "dmy" else "%m/%d/%Y %I:%M:%S %p"
    wanted = moment.replace(microsecond=0, tzinfo=UTC)
    assert Clock("UTC", order).moment(moment.strftime(form), "time") == wanted


def test_one_day_beyond_twelve_settles_the_order_of_the_whole_file() -> None:
    assert order_in(["03/04/2026 9:00", "13/04/2026 9:00"], "file", "") == "dmy"
    assert order_in(["03/04/2026 9:00", "04/13/2026 9:00"], "file", "") == "mdy"


def test_days_that_may_be_months_throughout_are_not_guessed() -> None:
    with pytest.raises(DataError, match=r"'03/04/2026 9:00' may be two days.*--dates dmy"):
        order_in(["2026-04-03 9:00", "03/04/2026 9:00"], "file", "")
    assert order_in(["03/04/2026 9:00"], "file", "mdy") == "mdy"
    assert order_in(["03/03/2026 9:00"], "file", "") == ""  # the same day either way


def test_a_file_that_writes_both_ways_is_refused() -> None:
    with pytest.raises(DataError, match="days come first in '13/04/2026 9:00' and months in"):
        order_in(["13/04/2026 9:00", "04/14/2026 9:00"], "file", "")


def test_an_order_that_is_said_and_cannot_be_is_refused() -> None:
    with pytest.raises(DataError, match="with --dates mdy, '13/04/2026 9:00' is no day"):
        order_in(["13/04/2026 9:00"], "file", "mdy")


def test_a_time_without_a_zone_anywhere_is_not_guessed() -> None:
    with pytest.raises(DataError, match="names no time zone"):
        Clock().moment("2026-11-30 09:15", "created")


def test_an_hour_that_the_clocks_skipped_or_showed_twice_is_refused() -> None:
    with pytest.raises(Refused):
        Clock(BERLIN).moment("2026-03-29 02:30", "time")  # put forward from 2 to 3
    with pytest.raises(Refused):
        Clock(BERLIN).moment("2026-10-25 02:30", "time")  # put back from 3 to 2
    clear = Clock(BERLIN).moment("2026-10-25T02:30+02:00", "time")
    assert clear == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("9.15", "09:15:00"), ("9.15.30", "09:15:30"), ("9 giờ 15 phút", "09:15:00"),
        ("9h", "09:00:00"), ("9 giờ tối", "21:00:00"), ("14h30 chiều", "14:30:00"),
        ("2:30 CH", "14:30:00"), ("9 PM", "21:00:00"), ("9h15'", "09:15:00"),
        ("\u00a09:15\u00a0SA", "09:15:00"), (".385417", "09:15:00"), ("0,5000", "12:00:00"),
    ],
)  # fmt: skip
def test_a_clock_is_read_as_people_write_it(text: str, wanted: str) -> None:
    assert str(clock_of(text)) == wanted


@pytest.mark.parametrize(
    "text",
    ["9.5", "9.3", "9:5", "9h5", "9", "0.5", "24:00", "12 tối", "12h sáng", "13:15 PM", "9:15 GMT",
     "9.15.2026", "1:2:3", "", "h15", "quãng 9h15"],
)  # fmt: skip
def test_what_may_be_two_clocks_or_none_is_not_read(text: str) -> None:
    assert clock_of(text) is None


def test_a_call_past_midnight_may_bear_the_next_day_or_a_clock_beyond_24() -> None:
    clock, day = Clock(HANOI, "dmy"), date(2026, 12, 1)
    for text in ("2026-12-02 0:05", "1 day, 0:05:00", "2/12/2026 0h05"):
        moment = clock.at(day, text, "time")
        assert f"{moment:%H:%M}" == "17:05"
    with pytest.raises(Refused):
        clock.at(day, "2026-12-04 0:05", "time")
    with pytest.raises(Refused):
        clock.day("2026-02-30", "day")
    with pytest.raises(Refused):
        clock.day("99999", "day")
