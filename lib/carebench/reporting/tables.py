"""A finding as a table for a reader: its columns as text, then as HTML and as plain text.

Rounding happens here and nowhere else, so a page, a committed notebook and its test show
the same digits.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import ascii_lowercase
from typing import Any

import pandas as pd

from ..estimate import COLUMNS, Estimate, from_row, quantity, records
from ..finding import Finding
from ..language import _, date, number, percent

MOST_ROWS = 60
SHORT, LONG = 12, 25  # characters: a word stays on its line, a sentence needs a wide column
SENTENCE = 40  # characters from which on a cell is read and not compared
ACROSS = 36  # characters side by side on a phone
# Control characters, and the marks that turn the direction of whatever follows them.
TURNING = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
UNITS = ("share", "points", "count", "score", "ratio", "hours", "seconds")


@dataclass(frozen=True, slots=True)
class Column:
    """One column as a reader sees it."""

    heading: str
    cells: tuple[str, ...]
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table in words: its columns, and the sentences that belong under it."""

    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    def html(self, *, name: str, title: str, caption: str = "") -> str:
        """The table as HTML that holds no word unescaped."""
        heads = "".join(_header("col", column, column.heading) for column in self.columns)
        # Above the box that scrolls, not a <caption> in it: a phone would cut it off.
        head = f'<p class="finding">{escape(caption)}</p>' if caption else ""
        body = "".join(f"<tr>{self._row(cells)}</tr>" for cells in self._rows())
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            f'{head}<div class="{self._shape()}" id="table-{escape(name)}" role="region" '
            f'tabindex="0" aria-label="{escape(title)}"><table><thead><tr>{heads}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
            + (f'<div class="notes">{notes}</div>' if notes else "")
        )

    def plain(self, *, caption: str = "") -> str:
        """The table as aligned text, the form that is kept in a committed notebook."""
        heads = [column.heading for column in self.columns]
        lines = [heads, *self._rows()]
        widths = [max(len(cells[i]) for cells in lines) for i in range(len(heads))]
        text = [self._aligned(cells, widths) for cells in lines]
        text.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([*([caption] if caption else []), *text, *self.notes])

    def _rows(self) -> list[list[str]]:
        return [list(cells) for cells in zip(*(c.cells for c in self.columns), strict=True)]

    def _row(self, cells: Sequence[str]) -> str:
        label = ' data-label="{}"'.format if self._wide() else "".format
        return _header("row", self.columns[0], cells[0]) + "".join(
            f"<td{_css(column)}{label(escape(column.heading))}>{escape(cell)}</td>"
            for column, cell in zip(self.columns[1:], cells[1:], strict=True)
        )

    def _shape(self) -> str:
        return "table wide" if self._wide() else "table"

    def _wide(self) -> bool:
        """Whether a phone is too narrow for it, and sets each row as a block of its own."""
        return sum(max(map(_room, (c.heading, *c.cells))) for c in self.columns) > ACROSS

    def _aligned(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        return "  ".join(
            cell.rjust(width) if column.numeric else cell.ljust(width)
            for column, cell, width in zip(self.columns, cells, widths, strict=True)
        ).rstrip()


def one_line(text: str) -> str:
    """`text` on one line, without marks that could turn or hide the words beside it."""
    return TURNING.sub(" ", text).strip()


def text_table(answer: Finding) -> TextTable:
    """The table that a reader of `answer` sees: its labelled columns, rounded, and its notes.

    Raises
    ------
    ValueError
        The answer labels no column, or one that its rows do not have, or asks for a style
        that is not known; or a share would stand there without its count.
    """
    there = [str(name) for name in answer.rows.columns]
    absent = [name for name in answer.labels if name not in there]
    if absent or not answer.labels:
        raise ValueError(
            f"{answer.name}: `labels` must name columns of `rows` ({', '.join(there)}); "
            f"it names {', '.join(absent) or 'none'}."
        )
    _refuse_bare_shares(answer)
    shown = answer.rows.head(MOST_ROWS)
    footnotes = _Footnotes()
    columns = _sentences_last(list(_columns(shown, answer, footnotes)))
    return TextTable(columns, (*footnotes.sentences(), *_under(answer, shown)))


def _refuse_bare_shares(answer: Finding) -> None:
    """A share says nothing without the number it is a share of."""
    styles = {answer.styles.get(name, _usual_style(answer.rows[name])) for name in answer.labels}
    estimated = "value" in answer.labels and set(COLUMNS) <= set(answer.rows.columns)
    if "share" in styles and "count" not in styles and not estimated:
        raise ValueError(
            f"{answer.name}: a share stands in the table without its count. Make it an estimate "
            "(`estimate.frame`), or label the column of counts that it rests on."
        )


def _columns(rows: pd.DataFrame, answer: Finding, footnotes: _Footnotes) -> Iterator[Column]:
    estimated = set(COLUMNS) <= set(rows.columns)
    for name, heading in _verdict_early(answer.labels).items():
        if name == "value" and estimated:
            estimates = [from_row(row) for row in records(rows)]
            yield from _estimate_columns(heading, estimates, footnotes)
        else:
            style = answer.styles.get(name) or _usual_style(rows[name])
            cells = tuple(_cell(value, style) for value in rows[name])
            yield Column(heading, cells, numeric=style not in ("text", "yes_no", "date"))


def _sentences_last(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns with numbers beside the names that they are of, and sentences after them."""
    first, *others = columns
    return (first, *sorted(others, key=_is_sentence))


def _is_sentence(column: Column) -> bool:
    return not column.numeric and max(map(len, column.cells), default=0) >= SENTENCE


def _verdict_early(labels: Mapping[str, str]) -> dict[str, str]:
    """The columns with the verdict second: on a phone the last ones are out of sight."""
    first, *others = labels
    order = [first, *(["verdict"] if "verdict" in others else []), *others]
    return {name: labels[name] for name in order}


def _estimate_columns(
    heading: str, estimates: Sequence[Estimate], footnotes: _Footnotes
) -> Iterator[Column]:
    """Value, interval, n and notes; a column that would say nothing is left out."""
    yield Column(heading, tuple(e.value_text() for e in estimates))
    if any(e.has_interval for e in estimates):
        yield _interval_column(estimates)
    if any(e.k is not None for e in estimates):
        yield Column(_("k of n"), tuple(_count(e) for e in estimates))
    else:
        yield Column(_("n"), tuple(number(e.n) for e in estimates))
    marks = footnotes.marks(estimates)
    if any(marks):
        yield Column(_("note"), marks, numeric=False)


def _interval_column(estimates: Sequence[Estimate]) -> Column:
    levels = {e.confidence_level for e in estimates if e.has_interval}
    texts = tuple(e.interval_text() if e.has_interval else "–" for e in estimates)
    if len(levels) == 1:
        heading = _("{level} interval").format(level=_level(levels.pop()))
        return Column(heading, texts)
    pairs = zip(estimates, texts, strict=True)
    texts = tuple(f"{t} ({_level(e.confidence_level)})" if t != "–" else t for e, t in pairs)
    return Column(_("interval"), texts)


def _level(confidence_level: float) -> str:
    """95%, 99.9%: as many decimals as the level itself has."""
    return percent(confidence_level, 0 if round(confidence_level * 100, 6) % 1 == 0 else 1)


def _count(estimate: Estimate) -> str:
    if estimate.k is None:
        return number(estimate.n)
    return _("{k} of {n}").format(k=number(estimate.k), n=number(estimate.n))


class _Footnotes:
    """Reasons and warnings of rows, each said once under the table and marked in its rows."""

    def __init__(self) -> None:
        self.shared: list[str] = []
        self.letters: dict[str, str] = {}

    def marks(self, estimates: Sequence[Estimate]) -> tuple[str, ...]:
        """The letters beside each row; what every row would carry needs no letter."""
        notes = [_notes_of(estimate) for estimate in estimates]
        common = [note for note in notes[0] if all(note in n for n in notes)] if notes else []
        self.shared += [note for note in common if note not in self.shared]
        own = [[note for note in row if note not in common] for row in notes]
        return tuple(", ".join(self._letter(note) for note in row) for row in own)

    def _letter(self, note: str) -> str:
        at = len(self.letters)
        return self.letters.setdefault(note, ascii_lowercase[at % 26] * (at // 26 + 1))

    def sentences(self) -> tuple[str, ...]:
        """What goes under the table."""
        return (*(f"({letter}) {note}" for note, letter in self.letters.items()), *self.shared)


def _notes_of(estimate: Estimate) -> list[str]:
    """In the reader's language: in the data they stay in the one they were written in."""
    reason = [estimate.reason] if estimate.value is None else []
    return [_(note) for note in (*reason, *estimate.warnings)]


def _under(answer: Finding, shown: pd.DataFrame) -> Iterator[str]:
    """What is said once under the table: how it was computed, what is missing, warnings."""
    left_out = len(answer.rows) - len(shown)
    if left_out:
        yield _("{n} more rows are not shown.").format(n=number(left_out))
    if "method" in shown and "method" not in answer.labels:
        methods = [_(str(name)) for name in shown["method"].unique() if name]
        if methods:
            yield _("Method: {method}.").format(method="; ".join(methods))
    yield from answer.notes


def _usual_style(values: pd.Series[Any]) -> str:
    """How a column is written when the answer does not say."""
    if pd.api.types.is_bool_dtype(values):
        return "yes_no"
    if pd.api.types.is_integer_dtype(values):
        return "count"
    if pd.api.types.is_float_dtype(values):
        return "number"
    return "date" if pd.api.types.is_datetime64_any_dtype(values) else "text"


def _cell(value: Any, style: str) -> str:
    """One value in the `style` of its column; "–" where there is none."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return "–"
    if style == "text":
        return one_line(str(value))
    if style == "yes_no":
        return _("yes") if value else _("no")
    if style == "date":
        return date(pd.Timestamp(value) if not isinstance(value, dt.date) else value)
    if style == "number":
        return number(float(value), 2)
    if style in UNITS or (len(style) == 3 and style.isupper()):
        return quantity(float(value), style)
    raise ValueError(
        f"style {style!r} is not known. Expected text, number, date, yes_no, "
        f"{', '.join(UNITS)} or an ISO 4217 currency code."
    )


def _header(scope: str, column: Column, words: str) -> str:
    """A heading of a column or row; an empty one would be announced and say nothing."""
    kind, of = ("th", f' scope="{scope}"') if words else ("td", "")
    return f"<{kind}{of}{_css(column)}>{escape(words)}</{kind}>"


def _room(text: str) -> int:
    """Characters that a cell takes at least: its words may stand below each other, to a point."""
    longest = max(map(len, text.split()), default=0)
    return max(longest, min(len(text), SHORT)) + 1


def _css(column: Column) -> str:
    """How much room a column needs: the browser would squeeze sentences to make room."""
    longest = max(map(len, column.cells), default=0)
    if column.numeric:
        return ' class="number"'
    return ' class="short"' if longest <= SHORT else ' class="words"' if longest >= LONG else ""
