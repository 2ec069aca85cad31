"""What a column, a rule and a table are, and the error that says what is wrong with data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from ..language import N_, _

Kind = Literal[
    "id",
    "text",
    "category",
    "time",
    "date",
    "integer",
    "number",
    "money",
    "yes_no",
    "zone",
    "hours",
]

KINDS: dict[str, str] = {
    "id": N_("text that names one thing; leading zeros are kept"),
    "text": N_("free text"),
    "category": N_("one of a few words"),
    "time": N_("an instant with its clock time, such as 2026-07-03 15:49; kept in UTC"),
    "date": N_("a day, or an instant of which the day is used"),
    "integer": N_("a whole number"),
    "number": N_("a number"),
    "money": N_("an amount in the study’s currency"),
    "yes_no": N_("yes or no (also true/false, 1/0, có/không)"),
    "zone": N_("an IANA time zone, such as Asia/Ho_Chi_Minh"),
    "hours": N_(
        "24/7, or days and times such as Mo-Fr 08:00-17:30; Sa 08:00-12:00, or T2-T6 8h-17h30"
    ),
}


class DataError(ValueError):
    """What a user brought cannot be used: says what, where, what was expected, what to do."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `required` columns must be there and hold a value in every row that is used; any other
    may be absent (which switches off the sections that need it) or empty. `low` and `high`
    bound a number, both included.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    required: bool = False
    low: float | None = None
    high: float | None = None

    @property
    def expected(self) -> str:
        """What a value of this column looks like, in the language in use."""
        kind = _(KINDS[self.kind])
        if self.allowed:
            return _("one of {words}").format(words=", ".join(self.allowed))
        if self.low is not None and self.high is not None:
            return _("{kind} from {low} to {high}").format(
                kind=kind, low=f"{self.low:g}", high=f"{self.high:g}"
            )
        if self.low is not None:
            return _("{kind}, {low} or more").format(kind=kind, low=f"{self.low:g}")
        return kind


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between two columns of one row; `later` is emptied where it does not.

    Of `amounts` the later one is not below the earlier one, of times not before it.
    """

    earlier: str
    later: str
    amounts: bool = False

    @property
    def expected(self) -> str:
        if self.amounts:
            return _("{later} not below {earlier}").format(later=self.later, earlier=self.earlier)
        return _("{later} at or after {earlier}").format(later=self.later, earlier=self.earlier)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, its columns, its key, and what it refers to.

    `large` tables never enter pandas whole: they are checked and summarised in the engine.
    `refers_to` maps a column to the table in which its values should be found.
    `open_kind`, where set, admits further columns that a study maps by name, of that kind.
    `any_of` names columns of which at least one must be there.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: str = ""
    large: bool = False
    refers_to: tuple[tuple[str, str], ...] = ()
    rules: tuple[Rule, ...] = ()
    open_kind: Kind | None = None
    any_of: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """The column called `name`; a column that a study added where the table is open."""
        for column in self.columns:
            if column.name == name:
                return column
        if self.open_kind:
            return Column(name, self.open_kind, "an item that the study adds")
        raise KeyError(name)


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice for a misspelt word: " Did you mean 'provider'?", or nothing where none is near."""
    folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""
