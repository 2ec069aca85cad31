"""Telephone numbers that are never called: emergencies, and short numbers that may be one."""

from __future__ import annotations

from .numbers import digits, has_lists, is_emergency

# Of Vietnam: 111 children in need, 112 rescue, 113 police, 114 fire, 115 ambulance. Then those
# under which help is called elsewhere. The list holds whatever else is installed.
EMERGENCY = frozenset(
    "000 100 101 102 103 104 108 110 111 112 113 114 115 116 117 118 119 120 122 127 144 190 191 "
    "192 193 194 199 911 988 995 997 998 999 10111 10177 116000 116006 116111 116117 "
    "116123".split()
)
SHORTEST = 5  # digits; shorter ones belong to a network or a state, seldom to a firm
SHORTEST_UNKNOWN = 7  # digits, where the lists of countries are missing: any may be of a state
SHORTEST_ABROAD = 7  # digits with the country code; no country's numbers are shorter


def why_never_called(number: str, zone: str) -> str:
    """Why a number is never called, "" where it may be.

    Parameters
    ----------
    number : str
        As a study writes it, with or without blanks and country code.
    zone : str
        IANA time zone of the provider, whose country it is dialled in.
    """
    dialled = digits(number)
    figures = dialled.removeprefix("+").removeprefix("00")
    if figures in EMERGENCY or dialled in EMERGENCY or is_emergency(number, zone):
        return f"{number!r} is a number for emergencies"
    abroad = "+" in number or dialled.startswith(("+", "00"))
    if len(figures) < (SHORTEST_ABROAD if abroad else _shortest()):
        return f"{number!r} has {len(figures)} digits: numbers so short are never called"
    return ""


def _shortest() -> int:
    """Without the lists nobody can tell the country's code from the beginning of a number."""
    return SHORTEST if has_lists() else SHORTEST_UNKNOWN
