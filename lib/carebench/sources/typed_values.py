"""SQL of each of our columns of a table with the right types: what is given, and its value."""

from __future__ import annotations

from ..engine import Engine, Large
from ..language import _
from ..schema import Column
from .cleaned import cleaned_elsewhere, cleaned_here
from .columns import Checking
from .parsing import within_days
from .problems import EMPTIED, KEPT, KEPT_REFUND, NOT_USED, ROUNDED, WHOLE, Kind
from .stored import Stored

LARGEST_WHOLE = 1e15  # up to here a floating number counts every one
LARGEST_AMOUNT = 1e14  # in the smallest unit; four decimals more fit an integer of 64 bits


class TypedValues:
    """The SQL of each of our columns: what is given, and the value that it becomes."""

    def __init__(self, large: Large, checking: Checking, stored: Stored) -> None:
        self.large, self.checking, self.stored = large, checking, stored
        self.given: dict[str, str] = {}
        self.value: dict[str, str] = {}
        self.as_stored: dict[str, str] = {}  # condition of the texts that were not cleaned
        for column in checking.columns:
            name, family = stored.columns[checking.theirs[column.name]]
            given = self._given(column, large.name(name), family)
            self.given[column.name] = given
            self.value[column.name] = self._value(column, given, family)

    def usable_rows(self) -> str:
        """Our columns, of the rows that have a value in every required one."""
        columns = ", ".join(f"{sql} AS {name}" for name, sql in self.value.items())
        where = " AND ".join(self._is_known(c) for c in self.checking.columns if c.required)
        return f"SELECT {columns} FROM {self.stored.relation} WHERE {where or 'TRUE'}"

    def _is_known(self, column: Column) -> str:
        """The condition of a value; of what it is made from where to make it twice would cost."""
        if column.kind == "money":
            return self._fits(self.given[column.name])
        return f"({self.value[column.name]}) IS NOT NULL"

    def kinds(self) -> list[tuple[Kind, str]]:
        """Every kind of problem that a value can be, and the condition of it."""
        found = []
        for column in self.checking.columns:
            name, value = column.name, self.value[column.name]
            bad = f"({self.given[name]}) IS NOT NULL AND ({value}) IS NULL"
            wrong = f"({value}) IS NULL" if column.required else bad
            action = NOT_USED if column.required else EMPTIED
            found.append((Kind(name, column.expected, action, "", ""), wrong))
            if as_stored := self.as_stored.get(name):
                expected = _("letters in one piece with their accents, nothing unseen (NFC)")
                found.append((Kind(name, expected, KEPT, "", ""), as_stored))
            if column.kind == "money" and column.low is None:
                found.append((Kind(name, _("0 or more"), KEPT_REFUND, "", ""), f"({value}) < 0"))
            if column.kind == "money" and not self.checking.how.currency_decimals:
                broken = f"({self.given[name]}) <> ({value})"
                found.append((Kind(name, _(WHOLE), ROUNDED, "", ""), broken))
        return found

    def _given(self, column: Column, stored: str, family: str) -> str:
        """What is stored, without what the study says means empty, and with its words."""
        source, texts = self.checking.source, column.kind in ("id", "category")
        words = source.values.get(column.name, {})
        if not texts or (family != "text" and column.kind == "id" and not words):
            codes = [f"{code:e}" for code in source.missing if isinstance(code, int | float)]
            codes = codes if family in ("whole", "floating", "exact") else []
            known = f"CASE WHEN {stored} NOT IN ({', '.join(codes)}) THEN {stored} END"
            return known if codes else stored
        text = self._text(column, stored, family)
        codes = [self.large.text(str(code)) for code in source.missing if code != ""]
        if codes:
            text = f"CASE WHEN {text} NOT IN ({', '.join(codes)}) THEN {text} END"
        if words:
            cases = " ".join(
                f"WHEN {self.large.text(a)} THEN {self.large.text(b) if b else 'NULL'}"
                for a, b in words.items()
            )
            text = f"CASE {text} {cases} ELSE {text} END"
        return text

    def _text(self, column: Column, stored: str, family: str) -> str:
        if family != "text":
            return f"NULLIF(TRIM(CAST({stored} AS STRING)), '')"
        if isinstance(self.large, Engine):
            table = self.checking.table.name
            return cleaned_here(self.large, table, self.stored.relation, stored)
        text, self.as_stored[column.name] = cleaned_elsewhere(
            self.large, self.stored.relation, stored
        )
        return text

    def _value(self, column: Column, given: str, family: str) -> str:
        if column.kind in ("id", "category"):
            return self._named(column, given, family)
        if column.kind == "date":
            zone = self.large.text(self.checking.how.zone or "UTC")
            local = f"local_time({given}, {zone})" if family == "instant" else given
            return within_days(f"CAST({local} AS DATE)")
        if column.kind == "number":
            value = f"CAST({given} AS DOUBLE)"
            low = -(LARGEST_AMOUNT**2) if column.low is None else column.low
            high = LARGEST_AMOUNT**2 if column.high is None else column.high
            return f"CASE WHEN {value} >= {low:e} AND {value} <= {high:e} THEN {value} END"
        return self._money(given, family)

    def _named(self, column: Column, given: str, family: str) -> str:
        if column.allowed:
            words = ", ".join(self.large.text(word) for word in column.allowed)
            return f"CASE WHEN LOWER({given}) IN ({words}) THEN LOWER({given}) END"
        translated = column.name in self.checking.source.values
        if column.kind == "category" or family == "text" or translated:
            return given
        if family == "floating":  # whole numbers beside empty cells, as pandas writes them
            whole = f"ABS({given}) < {LARGEST_WHOLE:e} AND {given} = FLOOR({given})"
            return f"CASE WHEN {whole} THEN CAST({given} AS BIGINT) END"
        return f"CAST({given} AS BIGINT)"

    def _money(self, given: str, family: str) -> str:
        per_unit, fits = 10**self.checking.how.currency_decimals, self._fits(given)
        if family == "whole":
            return f"CASE WHEN {fits} THEN CAST({given} AS BIGINT) * {per_unit} END"
        # Through decimals, as people write them: the binary fraction of 0.285 lies below it.
        exact = f"CAST({given} AS DECIMAL(18, 4))"
        return f"CASE WHEN {fits} THEN CAST(ROUND({exact} * {per_unit}, 0) AS BIGINT) END"

    def _fits(self, given: str) -> str:
        return f"ABS({given}) < {LARGEST_AMOUNT / 10**self.checking.how.currency_decimals:e}"
