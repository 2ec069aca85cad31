"""Numbers are dialled in one form, and no emergency line is ever called."""

from __future__ import annotations

import sys

import pytest

from carebench.fieldwork.rules.numbers import digits, e164, is_emergency, region_of
from carebench.schema import DataError

HANOI = "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(
    "number", ["113", "+84113", "0113", "1 1 3", "\uff11\uff11\uff13", "tel:113", "112", "911"]
)
def test_no_way_of_writing_an_emergency_number_gets_through(number):
    assert is_emergency(number, HANOI)


@pytest.mark.parametrize("number", ["1900 1234", "+84 24 7300 0113", "18001091", "+442079460101"])
def test_a_hotline_is_no_emergency(number):
    assert not is_emergency(number, HANOI)


def test_without_the_lists_every_very_short_number_is_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    assert is_emergency("197", HANOI) and is_emergency("112", HANOI)
    assert not is_emergency("19001234", HANOI)
    with pytest.raises(DataError, match=r"pip install \"carebench\[phone\]\""):
        e164("19001234", HANOI)


def test_a_number_is_dialled_in_one_form_from_everywhere():
    assert e164("024 7300 0113", HANOI) == "+842473000113"
    assert e164("+44 20 7946 0101", HANOI) == "+442079460101"
    assert e164("1900 1234", HANOI) == "+8419001234"
    assert digits("tel:+84-24.7300(0113)") == "+842473000113"
    assert digits("\uff0b\uff18\uff14 24") == "+8424"  # as an East Asian keyboard writes it


@pytest.mark.parametrize("number", ["", "abc", "1800-DOCTOR", "12", "+999 123", "1" * 40])
def test_what_is_no_number_is_refused_with_a_reason(number):
    with pytest.raises(DataError, match="no telephone number"):
        e164(number, HANOI)


def test_the_country_of_a_zone_is_known_under_its_old_and_new_names():
    zones = ("Asia/Ho_Chi_Minh", "Asia/Saigon", "Europe/Berlin", "Europe/Kyiv", "UTC")
    assert [region_of(zone) for zone in zones] == ["VN", "VN", "DE", "UA", ""]
