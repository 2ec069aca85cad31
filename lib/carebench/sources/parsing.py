"""SQL that reads a column of text as a value of one of the schema's kinds.

A text becomes a value in three steps, each a layer of the query: `mapped`, after the study's
missing codes and translations; `plain`, the number or the time as written; and the value
itself, NULL where the text is no such value. Nothing is guessed: a form that could mean two
things is not read.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ..engine import Bound, quote_name, quote_text
from ..schema import Column
from ..study import TableSource

YES = ("yes", "y", "true", "t", "1", "1.0", "có", "co", "đúng")
NO = ("no", "n", "false", "f", "0", "0.0", "không", "khong", "sai")
PLAIN_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
GROUPED_NUMBER = r"[+-]?\d{1,3}(\.\d{3})+"
# How an amount may bear its currency; a sign that several currencies share is of the study's own.
MARKS = {
    "VND": ("₫", "đ", "vnđ", "đồng"),
    "USD": ("$", "us$"),
    "EUR": ("€",),
    "GBP": ("£",),
    "JPY": ("¥",),
    "CNY": ("¥",),
    "KRW": ("₩",),
    "THB": ("฿",),
}
COMMA_NUMBER = r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d*)?([eE][+-]?\d+)?"
DAYS = "1900-01-01", "2199-12-31"  # between which people deal
DAY = r"\d{4}-\d{2}-\d{2}"
CLOCK = r"[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?"
OFFSET = r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"
BASIC_DAY = r"\d{8}"
WEEKDAY = "(mo|tu|we|th|fr|sa|su|t[2-7]|cn)"
WEEKDAYS = f"{WEEKDAY}( *- *{WEEKDAY})?"
MINUTE = r"(([01]?\d|2[0-3])(:[0-5]\d|h([0-5]\d)?)|24(:00|h(00)?))"
OPEN_SPAN = f"{WEEKDAYS}( *, *{WEEKDAYS})* +{MINUTE} *- *{MINUTE}"
OPEN_HOURS = f"24/7|{OPEN_SPAN}( *; *{OPEN_SPAN})*;?"


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a table's file writes what can be written in several ways."""

    zone: str = ""
    date_format: str = ""
    decimal: str = "."
    currency: str = ""
    currency_decimals: int = 0


def layer(step: str, name: str) -> str:
    """The column that holds one step of reading the column `name`."""
    return quote_name(f"{step} {name}")


def mapped_sql(name: str, source: TableSource, bound: Bound) -> str:
    """The text after the study's codes for missing and its translation of values."""
    text = layer("text", name)
    words = tuple(code for code in source.missing if isinstance(code, str) and not _number(code))
    numbers = [bound(float(code)) for code in source.missing if _number(code)]
    result = text
    if words:
        result = f"CASE WHEN {text} NOT IN ({_listed(words, bound)}) THEN {text} END"
    if numbers:
        is_code = f"TRY_CAST({text} AS DOUBLE) IN ({', '.join(numbers)})"
        result = f"CASE WHEN {is_code} THEN NULL ELSE {result} END"
    if translated := source.values.get(name):
        cases = " ".join(f"WHEN {bound(a)} THEN {bound(b)}" for a, b in translated.items())
        result = f"nullif(CASE coalesce({result}, '') {cases} ELSE {result} END, '')"
    return result


def plain_sql(column: Column, how: Conventions) -> dict[str, str]:
    """What the value is made from: a number's plain digits, a time's naive form."""
    mapped = layer("mapped", column.name)
    if column.kind in ("integer", "number", "money"):
        digits = _digits(mapped, column, how)
        if column.unit == "currency" and how.currency:
            bare = _matches(mapped, "[-+.,0-9eE]*")  # as most are, and to look for a mark is dear
            marked = _digits(_unmarked(mapped, how), column, how)
            digits = f"CASE WHEN {bare} THEN {digits} ELSE {marked} END"
        return {layer("plain", column.name): digits}
    if column.kind in ("time", "date"):
        zoned, naive = _matches(mapped, DAY + CLOCK + OFFSET), _naive(mapped, how)
        if _format_has_zone(how):
            zoned = "true"
        else:  # with an offset beside it, an ISO time is read as it stands
            naive = f"CASE WHEN NOT {zoned} THEN {naive} END"
        return {layer("plain", column.name): naive, layer("zoned", column.name): zoned}
    return {}


def value_sql(column: Column, how: Conventions, bound: Bound) -> str:
    """The value; NULL where the text is no such value, or a number outside its bounds."""
    mapped, plain = layer("mapped", column.name), layer("plain", column.name)
    if column.allowed:
        folded = f"lower({mapped})"
        return f"CASE WHEN {folded} IN ({_listed(column.allowed, bound)}) THEN {folded} END"
    if column.kind == "yes_no":
        return (
            f"CASE WHEN lower({mapped}) IN ({_listed(YES, bound)}) THEN true "
            f"WHEN lower({mapped}) IN ({_listed(NO, bound)}) THEN false END"
        )
    if column.kind == "zone":
        known = "SELECT name FROM pg_timezone_names()"
        return f"CASE WHEN {mapped} IN ({known}) THEN {mapped} END"
    if column.kind == "hours":
        return f"CASE WHEN {_matches(f'lower({mapped})', OPEN_HOURS)} THEN {mapped} END"
    if column.kind == "time":
        return _instant(column.name, how)
    if column.kind == "date":
        return _day(column.name, how)
    if column.kind in ("integer", "number", "money"):
        return _within(_amount(plain, column, how), column)
    return mapped


def skipped_by_clock(name: str, how: Conventions) -> str:
    """Whether a clock that was put forward passed over this local time."""
    if not how.zone:
        return "false"
    plain, zone = layer("plain", name), quote_text(how.zone)
    moved = f"timezone({zone}, timezone({zone}, {plain}))"
    return f"(NOT {layer('zoned', name)} AND {moved} <> {plain})"


def _listed(words: tuple[str, ...], bound: Bound) -> str:
    return ", ".join(bound(word) for word in words)


def _number(code: str | float) -> bool:
    return isinstance(code, float | int) or re.fullmatch(PLAIN_NUMBER, code.strip()) is not None


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {quote_text(pattern)})"


def _unmarked(text: str, how: Conventions) -> str:
    """The amount without the sign or code of its currency, which stands before or after it."""
    marks = "|".join(map(re.escape, (how.currency, *MARKS.get(how.currency, ()))))
    before = f"(?i)^([+-]?)({marks})[\\s\\p{{Z}}]*([+-]?)"
    after = f"(?i)[\\s\\p{{Z}}]*({marks})$"
    bare = f"regexp_replace({text}, {quote_text(after)}, '')"
    return f"regexp_replace({bare}, {quote_text(before)}, '\\1\\3')"


def _digits(text: str, column: Column, how: Conventions) -> str:
    if how.decimal == ",":
        plain = f"replace(replace({text}, '.', ''), ',', '.')"
        return f"CASE WHEN {_matches(text, COMMA_NUMBER)} THEN {plain} END"
    plain = _matches(text, PLAIN_NUMBER)
    whole = column.kind == "integer" or (column.unit == "currency" and not how.currency_decimals)
    if whole:  # where nothing has decimals, 950.000 is surely 950 thousand written with points
        plain = f"{plain} AND NOT {_matches(text, GROUPED_NUMBER)}"
    return f"CASE WHEN {plain} THEN {text} END"


def _amount(plain: str, column: Column, how: Conventions) -> str:
    if column.kind == "number":
        number = f"TRY_CAST({plain} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    exact = f"TRY_CAST({plain} AS DECIMAL(24, 6))"
    if column.kind == "money":
        return f"TRY_CAST(round({exact} * {10**how.currency_decimals}) AS BIGINT)"
    return f"CASE WHEN {exact} = floor({exact}) THEN TRY_CAST({exact} AS BIGINT) END"


def _within(number: str, column: Column) -> str:
    low = -math.inf if column.low is None else column.low
    high = math.inf if column.high is None else column.high
    tests = [f"{number} >= {low!r}"] if low > -math.inf else []
    tests += [f"{number} <= {high!r}"] if high < math.inf else []
    return f"CASE WHEN {' AND '.join(tests)} THEN {number} END" if tests else number


def _format_has_zone(how: Conventions) -> bool:
    return "%z" in how.date_format or "%Z" in how.date_format


def _naive(text: str, how: Conventions) -> str:
    """The time as it is written; its offset, if any, is dealt with later."""
    if not how.date_format:
        short = f"CAST(try_strptime({text}, '%Y%m%d') AS TIMESTAMP)"
        return f"CASE WHEN {_matches(text, BASIC_DAY)} THEN {short} ELSE {_iso(text)} END"
    given = f"try_strptime({text}, {quote_text(how.date_format)})"
    # A workbook's own dates arrive in ISO form beside those that are text in the given form.
    iso = _iso(text)
    if _format_has_zone(how):
        given = f"timezone('UTC', {given})"
        here = f"timezone('UTC', timezone({quote_text(how.zone)}, {iso}))" if how.zone else iso
        zoned = _matches(text, DAY + CLOCK + OFFSET)
        iso = f"CASE WHEN {zoned} THEN {_in_utc(text)} ELSE {here} END"
    return f"coalesce(CAST({given} AS TIMESTAMP), {iso})"


def _iso(text: str) -> str:
    written = f"replace(regexp_replace({text}, {quote_text(OFFSET + '$')}, ''), ',', '.')"
    long = f"CASE WHEN {_matches(text, DAY + CLOCK + f'({OFFSET})?')} THEN {written} END"
    day = f"CASE WHEN {_matches(text, DAY)} THEN {text} ELSE {long} END"
    return f"TRY_CAST({day} AS TIMESTAMP)"


def _instant(name: str, how: Conventions) -> str:
    """UTC: by the offset that is written, else by the zone of the table, else as it stands.

    A day without its clock time is no instant.
    """
    plain = layer("plain", name)
    dateless = f"NOT {_matches(layer('mapped', name), f'{DAY}|{BASIC_DAY}')}"
    if _format_has_zone(how):
        return f"CASE WHEN {dateless} THEN {plain} END"
    local = plain
    if how.zone:
        zone = quote_text(how.zone)
        there = f"timezone('UTC', timezone({zone}, {plain}))"
        local = f"CASE WHEN NOT {skipped_by_clock(name, how)} THEN {there} END"
    zoned = layer("zoned", name)
    return f"CASE WHEN {zoned} THEN {_offset(name, how)} WHEN {dateless} THEN {local} END"


def _offset(name: str, how: Conventions) -> str:
    if _format_has_zone(how):
        return layer("plain", name)
    return _in_utc(layer("mapped", name))


def _in_utc(text: str) -> str:
    """An ISO time that bears its offset, in UTC."""
    tidy = f"replace(replace(replace({text}, ' +', '+'), ' -', '-'), ',', '.')"
    # Most are tidy as they stand, and to look is as dear as to read.
    read = f"coalesce(TRY_CAST({text} AS TIMESTAMPTZ), TRY_CAST({tidy} AS TIMESTAMPTZ))"
    return f"timezone('UTC', {read})"


def within_days(day: str) -> str:
    """SQL of a day, NULL where it is none of our time: a placeholder such as 9999-12-31."""
    first, last = DAYS
    return f"CASE WHEN {day} BETWEEN DATE '{first}' AND DATE '{last}' THEN {day} END"


def _day(name: str, how: Conventions) -> str:
    """The day where the table's clocks are: an instant is put there, the rest is as written."""
    plain = layer("plain", name)
    if not how.zone:
        return within_days(f"CAST({plain} AS DATE)")
    there = f"timezone({quote_text(how.zone)}, timezone('UTC', {_offset(name, how)}))"
    here = f"CASE WHEN {layer('zoned', name)} THEN {there} ELSE {plain} END"
    return within_days(f"CAST({here} AS DATE)")
