"""What goes wrong in real data: empty cells, misspelt words, impossible times, double rows.

Each flaw put into a table is also listed, so that what the kit reports as problems can be
compared with what is truly wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from numpy.random import Generator


@dataclass(frozen=True, slots=True)
class Flaws:
    """What to spoil, and how often.

    `gaps`: table, column, share of its cells that are empty. `wrong`: table, column, and the
    values that replace good ones, one row each. `doubled`: table, and how many of its rows
    stand twice. `backwards`: answers to attempts dated before the question.
    """

    gaps: tuple[tuple[str, str, float], ...]
    wrong: tuple[tuple[str, str, tuple[str, ...]], ...]
    doubled: dict[str, int]
    backwards: int = 0


WRONG_VALUES = (
    ("attempts", "provider", ("Hac Giay Mobil", "Vit Co Mobile")),
    ("attempts", "stage", ("befor", "affter", "befor")),
    ("attempts", "outcome", ("no_anwser", "answerd")),
    ("attempts", "sent_at", ("2026-02-30T09:15:00Z",)),
    ("ratings", "score", ("6", "0")),
    ("ratings", "attempt_id", ("2026-Q9-0001",)),
    ("customers", "user_type", ("houshold", "houshold", "tradr")),
    ("transactions", "customer_id", ("", "", "", "", "", "", "99999")),
    ("survey", "nps", ("99", "99", "99")),
    ("survey", "csat", ("99", "99")),
    ("survey", "information", ("99", "0")),
)
GAPS = (
    ("customers", "need", 0.04),
    ("customers", "region", 0.02),
    ("customers", "user_type", 0.02),
    ("customers", "customer_since", 0.03),
    ("survey", "csat", 0.02),
    ("survey", "nps", 0.03),
    ("survey", "ces", 0.05),
    ("survey", "empathy", 0.03),
    ("survey", "information", 0.02),
    ("survey", "choice", 0.04),
)
KEYS = {
    "transactions": ["transaction_id"],
    "ratings": ["attempt_id", "shopper", "item"],
    "maturity": ["respondent"],
}
GAPS_BEFORE = Flaws(tuple(gap for gap in GAPS if gap[0] == "survey"), (), {})
FLAWS = Flaws(GAPS, WRONG_VALUES, {"attempts": 1, "transactions": 2}, backwards=2)
# Drawn apart, so that the flaws above stay where they are.
FLAWS_OF_VOICES = Flaws(
    gaps=(("maturity", "clear_measure", 0.05), ("mentions", "sentiment", 0.01)),
    wrong=(
        ("maturity", "self_rating", ("7",)),
        ("maturity", "department", ("organized",)),
        ("mentions", "sentiment", ("negativ", "possitive")),
        ("mentions", "provider", ("Hac Giay Mobil",)),
        ("mentions", "answered_at", ("", "")),
        ("incidents", "severity", ("5", "0")),
        ("incidents", "reason", ("", "")),
    ),
    doubled={"mentions": 1, "incidents": 1},
)
FLAWS_OF_STAFF = Flaws(
    gaps=(("staff", "nps", 0.03), ("staff", "stays", 0.04)),
    wrong=(("staff", "satisfaction", ("6", "0")), ("staff", "nps", ("99",))),
    doubled={"staff": 1},
)
FLAWS_OF_CARE = Flaws(
    gaps=(("contacts", "score", 0.25), ("contacts", "reason", 0.03), ("survey", "referred", 0.06)),
    wrong=(
        ("contacts", "score", ("9", "0")),
        ("contacts", "answered_at", ("2025-02-30T09:00:00Z",)),
        ("contracts", "ended_at", ("2019-01-01",)),
        ("survey", "would_switch", ("maybe", "perhaps")),
    ),
    doubled={"contacts": 2},
)


@dataclass(frozen=True, slots=True)
class Trap:
    """One flaw: in which table, in the row of which key, what is there instead of what."""

    table: str
    row: str
    column: str
    was: str
    now: str
    kind: str


def set_traps(
    rng: Generator, tables: dict[str, pd.DataFrame], flaws: Flaws
) -> tuple[dict[str, pd.DataFrame], list[Trap]]:
    """The tables, as text, with the flaws; and the list of what was spoilt where.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Tables as text, of which the first column names the row where `KEYS` says no other.
    """
    spoilt = _Spoilt(rng, tables)
    for name, column, share in flaws.gaps:
        spoilt.empty(name, column, share)
    for name, column, values in flaws.wrong:
        for value in values:
            spoilt.replace(name, column, value)
    for _ in range(flaws.backwards):
        spoilt.answer_before_asking()
    for name, number in flaws.doubled.items():
        spoilt.double(name, number)
    return spoilt.tables, spoilt.traps


class _Spoilt:
    """Copies of tables in which things go wrong, at most one in a row."""

    def __init__(self, rng: Generator, tables: dict[str, pd.DataFrame]) -> None:
        self.rng = rng
        self.tables = {name: table.copy() for name, table in tables.items()}
        self.traps: list[Trap] = []
        self.taken: dict[str, set[int]] = {name: set() for name in tables}

    def empty(self, name: str, column: str, share: float) -> None:
        """Leave a share of the cells empty: no flaw, but what answers and files are like."""
        cells = self.rng.random(len(self.tables[name])) < share
        self.tables[name].loc[cells, column] = ""

    def replace(self, name: str, column: str, value: str) -> None:
        """Put a wrong value, or none, in the place of a good one."""
        row = self._good_row(name, column)
        self._note(name, row, column, value, "wrong value" if value else "no value")
        self.tables[name].loc[row, column] = value

    def answer_before_asking(self) -> None:
        """Date an answer an hour before its question."""
        attempts = self.tables["attempts"]
        row = self._good_row("attempts", "answered_at")
        asked = pd.Timestamp(str(attempts.loc[row, "sent_at"]))
        value = (asked - pd.Timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._note("attempts", row, "answered_at", value, "impossible order of times")
        attempts.loc[row, "answered_at"] = value

    def double(self, name: str, number: int) -> None:
        """Let rows stand twice."""
        table = self.tables[name]
        rows = [self._good_row(name, str(table.columns[0])) for _ in range(number)]
        for row in rows:
            self._note(name, row, "", "", "row stands twice")
        twice = pd.concat([table, table.loc[rows]])
        self.tables[name] = twice.sort_index(kind="stable", ignore_index=True)

    def _good_row(self, name: str, column: str) -> int:
        """A row that nothing is wrong with; of attempts a call, of which there are plenty."""
        table = self.tables[name]
        good = (table[column] != "") & ~table.index.isin(self.taken[name])
        if name == "attempts":
            good &= table["channel"] == "phone"
        row = int(self.rng.choice(table.index[good].to_numpy()))
        self.taken[name].add(row)
        return row

    def _note(self, name: str, row: int, column: str, now: str, kind: str) -> None:
        cells = self.tables[name].loc[row]
        key = " ".join(str(cells[part]) for part in KEYS.get(name, [cells.index[0]]))
        was = str(cells[column]) if column else ""
        self.traps.append(Trap(name, key, column, was, now, kind))
