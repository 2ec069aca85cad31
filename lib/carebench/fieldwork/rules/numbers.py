"""Telephone numbers: in the one form that is dialled, and never an emergency line."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from ...schema import DataError

# Answered as an emergency call by mobile networks nearly everywhere, whatever the country.
EVERYWHERE = ("112", "911", "999")
SHORTEST_CERTAIN = 4  # digits: without the lists of countries, fewer may be an emergency line
END = 8  # digits by which numbers are told apart where the lists of countries are missing
LONGEST_SHORT = 6  # digits: an exchange may take a longer number that begins so as itself
EXTRA = 'install the lists of countries with `pip install "carebench[phone]"`'


def e164(number: str, zone: str) -> str:
    """A number as it is dialled from anywhere: +84 and so on.

    Parameters
    ----------
    number : str
        As people write it; a national number is one of the country of `zone`.
    zone : str
        IANA time zone of the provider.

    Raises
    ------
    DataError
        It is no number that can be dialled, or the extra is missing.
    """
    lists = _lists()
    if any(letter.isalpha() for letter in number.strip().removeprefix("tel:")):
        raise DataError(_no_number(number, ": it holds letters, which telephones read differently"))
    try:
        read = lists.parse(digits(number), region_of(zone) or None)
    except lists.NumberParseException as error:
        raise DataError(_no_number(number, f": {error}")) from None
    if not lists.is_possible_number(read):
        raise DataError(_no_number(number, ": too short or too long"))
    return str(lists.format_number(read, lists.PhoneNumberFormat.E164))


def is_emergency(number: str, zone: str) -> bool:
    """Whether `number`, dialled in the country of `zone`, may ring at an emergency line.

    Without the lists of countries (extra `phone`) every number of fewer than four digits is
    taken for one: nobody can know better.
    """
    dialled = digits(number)
    region = region_of(zone)
    forms = _forms(dialled, region)
    if forms & set(EVERYWHERE):
        return True
    try:
        _lists()
    except DataError:
        return any(len(form) < SHORTEST_CERTAIN for form in forms if form)
    from phonenumbers import shortnumberinfo as short

    if any(short.is_emergency_number(form, region) for form in forms if form and region):
        return True
    few = bool(region) and len(dialled) <= LONGEST_SHORT
    return few and bool(short.connects_to_emergency_number(dialled, region))


@lru_cache(maxsize=100_000)
def line_of(number: str, zone: str) -> str:
    """`number` in the form in which it is compared; "" where it is none.

    By E.164 where the extra `phone` is there; else its last eight digits, which are the same
    with and without the country's code.
    """
    plain = digits(number)
    if len(plain) < 3:
        return ""
    try:
        return e164(number, zone)
    except DataError:
        return plain.removeprefix("+")[-END:]


def digits(number: str) -> str:
    """The digits of `number`, after a + where it has one; other scripts' digits become ours."""
    text = unicodedata.normalize("NFKC", number).strip().removeprefix("tel:")
    kept = [str(unicodedata.digit(letter)) for letter in text if letter.isdigit()]
    return ("+" if text.startswith("+") else "") + "".join(kept)


def has_lists() -> bool:
    """Whether the lists of countries (extra `phone`) are there."""
    try:
        _lists()
    except DataError:
        return False
    return True


def region_of(zone: str) -> str:
    """The country of an IANA time zone: VN of Asia/Ho_Chi_Minh (ISO 3166); "" if it has none."""
    from babel.core import get_global

    territories: Any = get_global("zone_territories")
    known = territories.get(zone) or territories.get(get_global("zone_aliases").get(zone, ""))
    return {None: _from_table(zone), "ZZ": "", "001": ""}.get(known, known or "")


def _from_table(zone: str) -> str:
    """The country in the zone database's own table, which knows names that are new."""
    from importlib.resources import files

    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    found = re.search(rf"^([A-Z]{{2}})\t\S+\t{re.escape(zone)}(?:\t|$)", table, re.MULTILINE)
    return found[1] if found else ""


def _forms(dialled: str, region: str) -> set[str]:
    """What an exchange may make of the digits: without the country's code or a zero before."""
    code = _country_code(region)
    forms = {dialled.removeprefix("+")}
    forms |= {form.removeprefix("00") for form in forms}
    forms |= {form.removeprefix(code) for form in forms if code}
    return forms | {form.removeprefix("0") for form in forms}


def _country_code(region: str) -> str:
    try:
        return str(_lists().country_code_for_region(region) or "") if region else ""
    except DataError:
        return ""


def _lists() -> Any:
    try:
        import phonenumbers
    except ImportError:
        raise DataError(f"To check telephone numbers, {EXTRA}.") from None
    return phonenumbers


def _no_number(number: str, why: str) -> str:
    return (
        f"{number!r} is no telephone number that can be dialled{why}. Expected one with its "
        "country code, such as +84 24 7300 0000."
    )
