"""How the periods of the books are written, and which of them follows which."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..language import _, number

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ENDINGS = "uary|ruary|ch|il|e|y|ust|t|tember|ober|ember"
THEN = r"([-/., ]*|[ ]*(năm|nam|of)[ ]*)"  # between a period's number and its year
QUARTERS = ("i", "ii", "iii", "iv")
# “1/26” may be a month or a day, so a year of two digits is not read.
SHORT_YEAR = re.compile(r"\D*[1-9ivx]\w*[-/., ]+(năm |nam )?'?\d{2}")
# How periods may be written, and how many of them make a year: `y` is the year, `n` the number.
FORMS = tuple(
    (re.compile(form), per_year)
    for form, per_year in (
        (r"(?P<y>\d{4})[-/]?(?P<n>0[1-9]|1[0-2])(-\d\d( 00:00:00)?)?", 12),
        (r"(?P<y>\d{4})[-/](?P<n>[1-9])", 12),
        (r"(?P<n>0?[1-9]|1[0-2])[-/.](?P<y>\d{4})", 12),
        (rf"(tháng|thang|month|t|m)[ .]*(?P<n>0?[1-9]|1[0-2]){THEN}(?P<y>\d{{4}})", 12),
        (rf"(?P<n>{'|'.join(MONTHS)})({ENDINGS})?{THEN}(?P<y>\d{{4}})", 12),
        (rf"(?P<y>\d{{4}}){THEN}(?P<n>{'|'.join(MONTHS)})({ENDINGS})?", 12),
        (rf"(q|quý|quy|quarter)[ .]*(?P<n>[1-4]|i{{1,3}}|iv){THEN}(?P<y>\d{{4}})", 4),
        (rf"(?P<y>\d{{4}}){THEN}(q|quý|quy|quarter)[ .]*(?P<n>[1-4]|i{{1,3}}|iv)", 4),
        (r"((năm|nam|year)[ .]*)?(?P<y>\d{4})(?P<n>)", 1),
    )
)


def numbered(names: list[str]) -> tuple[npt.NDArray[np.int64] | None, int]:
    """The number of each period in time, and how many make a year.

    None where nobody can tell: a name that is no period, two names of the same one, or periods
    of several lengths.

    Examples
    --------
    >>> numbered(["2026-01", "Tháng 3/2026"])
    (array([24312, 24314]), 12)
    >>> numbered(["Quý 4/2025", "Q1/2026"])
    (array([8103, 8104]), 4)
    """
    known = [period for period in map(_read, names) if period]
    lengths, numbers = {per_year for _at, per_year in known}, {at for at, _per_year in known}
    if len(known) < len(names) or len(lengths) != 1 or len(numbers) < len(names):
        return None, 0
    return np.array([at for at, _per_year in known], dtype=np.int64), lengths.pop()


def of_one_length(names: pd.Series[str]) -> tuple[pd.Series[bool], list[str]]:
    """Which rows are of the commonest length of period, and what a reader must know of the rest.

    A year beside its months would count them twice.
    """
    lengths = names.map({name: (_read(name) or (None, 0))[1] for name in names.unique()})
    read = lengths[lengths > 0]
    if read.nunique() < 2:
        return pd.Series(True, index=names.index), []
    times = read.groupby(read).size()
    other = lengths.gt(0) & lengths.ne(times[times == times.max()].index.max())
    text = _("Left out, since other periods are of another length and may lie in them: {periods}.")
    return ~other, [text.format(periods=", ".join(names[other].unique()))]


def added_up(names: pd.Series[str]) -> list[str]:
    """What a reader must know where several rows are of one period."""
    times = names.value_counts()
    if not (several := int((times > 1).sum())):
        return []
    text = _("Periods of which several rows are added up: {n}. Delete rows that stand twice.")
    return [text.format(n=number(several))]


def why_unordered(names: list[str]) -> str:
    """What keeps periods of one length that are not `numbered` from being put in order."""
    if unread := [name for name in names if not _read(name)]:
        if any(SHORT_YEAR.fullmatch(name.strip().casefold()) for name in unread):
            text = _(
                "a year is read in four digits, such as 2026-01 or T1/2026, and not in {periods}"
            )
            return text.format(periods=_quoted(unread))
        text = _("not all are written as months, quarters or years, such as {periods}")
    else:
        read = [_read(name) for name in names]
        unread = [name for name in names if read.count(_read(name)) > 1]
        text = _("the same one is written in several ways, such as {periods}")
    return text.format(periods=_quoted(unread))


def _quoted(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names[:3])


def _read(name: str) -> tuple[int, int] | None:
    """The number of one period, and how many such make a year."""
    text = name.strip().casefold()
    for form, per_year in FORMS:
        if found := form.fullmatch(text):
            return per_year * int(found["y"]) + _place(found["n"], per_year), per_year
    return None


def _place(part: str, per_year: int) -> int:
    """Which month or quarter of its year, from 0."""
    words = MONTHS if per_year == 12 else QUARTERS
    return words.index(part) if part in words else int(part or 1) - 1
