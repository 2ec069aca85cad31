"""The words and numbers of a report in the reader's language: English or Vietnamese.

Messages are written in English in the code, wrapped in `_()`, and looked up in
`locale/<code>/LC_MESSAGES/carebench.po`. Numbers, money and dates follow the patterns of
the Unicode CLDR through Babel; the process's own locale is never touched.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "vi")
CATALOGUES = Path(__file__).parent / "locale"

_current = "en"


def use(code: str) -> None:
    """Write everything from here on in the language `code`, "en" or "vi".

    One process writes one report, so the language is a setting of the process, as it is
    for gettext.
    """
    global _current
    if code not in LANGUAGES:
        raise ValueError(f"language {code!r} is not known. Expected one of {', '.join(LANGUAGES)}.")
    _current = code


def current() -> str:
    """The language in use, "en" or "vi"."""
    return _current


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Write in the language `code` inside, and in the former one after."""
    before = current()
    use(code)
    try:
        yield
    finally:
        use(before)


@cache
def catalogue(code: str) -> dict[str, str]:
    """Every message that has a translation into `code`, English to translation."""
    path = CATALOGUES / code / "LC_MESSAGES" / "carebench.po"
    if not path.exists():
        return {}
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id and m.string}


def _(message: str) -> str:
    """`message` in the language in use; itself where no translation is known."""
    return message if _current == "en" else catalogue(_current).get(message, message)


def N_(message: str) -> str:
    """Mark `message` for translation later, by whoever shows it.

    What methods say of a number (how it was made, a warning) is part of the data and stays
    in one language until a reader sees it.
    """
    return message


def number(value: float, digits: int = 0) -> str:
    """`value` with `digits` decimals, grouped and pointed as the reader is used to."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = str(format_decimal(_no_negative_zero(value, digits), pattern, locale=_current))
    return text.replace("-", "−")


def percent(share: float, digits: int = 0) -> str:
    """A share of 1 as per cent: 0.468 is "47%"."""
    return number(share * 100, digits) + ("%" if math.isfinite(share) else "")


NO_CURRENCY = "XXX"  # of ISO 4217: what is counted is no money


def money(value: float, currency: str, digits: int | None = None) -> str:
    """`value` units of `currency` (ISO 4217), with the currency's own number of decimals."""
    from babel.numbers import format_currency, get_currency_precision

    if math.isinf(value):
        return number(value)
    places = get_currency_precision(currency) if digits is None else digits
    if currency == NO_CURRENCY:
        return number(value, places)
    pattern = {"en": "¤#,##0", "vi": "#,##0\xa0¤"}[_current]
    if places:
        pattern = pattern.replace("0", "0." + "0" * places)
    text = str(
        format_currency(
            _no_negative_zero(value, places),
            currency,
            pattern,
            locale=_current,
            currency_digits=False,
        )
    )
    # Without a word joiner a line may end between a minus and the sign of the currency.
    return text.replace("-", "−" if text[1:2].isdigit() else "−\u2060")


def date(value: dt.date) -> str:
    """A day as it is written: "22 November 2026", "22/11/2026"."""
    from babel.dates import format_date

    pattern = {"en": "d MMMM y", "vi": "d/M/y"}[_current]
    return str(format_date(value, pattern, locale=_current))


def _no_negative_zero(value: float, digits: int) -> float:
    """Rounding −0.2 to no decimals must print "0", not "−0"."""
    return 0.0 if round(value, digits) == 0 else float(value)
