"""The sheet of a coder: written, filled in anywhere, and taken back as often as one likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...language import LANGUAGES, N_, _, catalogue
from ...schema import DataError
from ...study import Study
from ..imports.files import open_file
from ..imports.grids import Table, below, folded
from ..journal import Journal
from ..journal.keyed import keyed
from ..sheets import cells
from ..sheets.pages import LINE, instructions, paper
from .codes import all_codes, check_coder, put, queue
from .drawing import Item, Kind, drawn_items
from .labels import label_said, words_in, words_of
from .texts import shown

HEADINGS = (N_("No."), N_("Item"), N_("Subject"), N_("Text"), N_("What is it?"))
ITEM, LABEL = HEADINGS[1], HEADINGS[4]
WIDTHS = (6, 14, 24, 70, 30)
TITLES: dict[Kind, str] = {"message": N_("Messages"), "record": N_("Contacts")}
LISTS = "lists"  # a hidden sheet: the labels that can be chosen
LETTERS_A_LINE, TALLEST = 74, 405.0  # of the column of texts; points that a row can have


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking a sheet back. The texts name rows, for whoever filled them in."""

    coder: str
    new: int = 0
    known: int = 0
    empty: int = 0
    unknown: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def write_sheet(journal: Journal, study: Study, coder: str, path: Path) -> int:
    """Write what `coder` is to code to the workbook `path`, in the language in use.

    Returns
    -------
    int
        How many items it holds.

    Raises
    ------
    DataError
        There is nothing for this coder, the file is there already, or is no .xlsx.
    """
    from openpyxl import Workbook

    items = queue(journal, study, coder)
    if not items:
        raise DataError(f"There is nothing to code for {coder}: no sheet was written.")
    if path.suffix.lower() != ".xlsx":
        raise DataError(f"{path} is no name of a workbook. Give one that ends in .xlsx.")
    if path.exists():
        raise DataError(f"{path} is there already, perhaps filled in. Give another name.")
    book = Workbook()
    title = [f"{study.title} · {study.wave}", _("Coder: {code}").format(code=coder)]
    instructions(book.active, [*title, "", *rules(len(items))])
    for kind in TITLES:
        if mine := [item for item in items if item.kind == kind]:
            rows = [_row(journal, study, coder, n, item) for n, item in enumerate(mine, 1)]
            _fill(book.create_sheet(_(TITLES[kind])), rows, kind)
    _lists(book)
    half = path.with_name(f".{path.name}")
    book.save(half)
    half.replace(path)
    return len(items)


def take_sheet(journal: Journal, study: Study, path: Path, coder: str = "") -> Taken:
    """Take in the labels of a filled sheet: what is new, at once and on the disk.

    Empty rows are left for later. A label that is not known, and one that differs from what the
    same coder said before, is listed, and the others are taken all the same.

    Raises
    ------
    DataError
        The file is no sheet of this wave, or that of another coder than `coder`.
    """
    tables = [table for table in map(_table, open_file(path)) if table is not None]
    rows = [(number, row, table) for table in tables for number, row in table.records()]
    given = {_cell(row, table, ITEM).rpartition("-")[0] for _number, row, table in rows}
    if not tables or not given - {""}:
        raise DataError(
            f"{path.name} is no sheet of codes. Expected the columns of `carebench code STUDY "
            "--coder C1 --sheet FILE.xlsx`, with the column of the items as it was."
        )
    whose = _only(path, given, coder)
    known = {sheet_id(journal, whose, item): item for item in drawn_items(journal, study)}
    taken = Taken(whose)
    strange = [_cell(row, table, ITEM) not in known for _number, row, table in rows]
    if all(strange):
        raise DataError(
            f"None of the items of {path.name} is one of {whose} in the wave {study.wave!r}. It "
            "may be a sheet of another wave or study."
        )
    return _take(journal, rows, known, taken)


def sheet_id(journal: Journal, coder: str, item: Item) -> str:
    """The name of an item on the sheet of one coder: no two coders can compare theirs."""
    return f"{coder}-{keyed(journal.fact('key'), 'sheet', coder, item.item).hex()[:10]}"


def _take(
    journal: Journal,
    rows: Sequence[tuple[int, Mapping[str, str], Table]],
    known: Mapping[str, Item],
    taken: Taken,
) -> Taken:
    before = _labels_of(journal, taken.coder)
    new = old = empty = 0
    for number, row, table in rows:
        where = f"{table.name}, row {number}"
        name, said = _cell(row, table, ITEM), _cell(row, table, LABEL)
        item = known.get(name)
        if item is None:
            taken.unknown.append(f"{where}: item {name!r} is not known")
            continue
        label = label_said(said, item.kind)
        if not said:
            empty += 1
        elif label is None:
            taken.unknown.append(f"{where}: {_expected(said, item, table)}")
        elif item.item not in before:
            new += put(journal, item, taken.coder, label)
            before[item.item] = label
        elif before[item.item] == label:
            old += 1
        else:
            taken.changed.append(f"{where}: {_second(label, before[item.item], item, table)}")
    return Taken(taken.coder, new, old, empty, taken.unknown, taken.changed)


def _expected(said: str, item: Item, table: Table) -> str:
    heading, words = _asked(item, table)
    return f"{heading} is {said!r}. Expected one of {', '.join(words.values())}."


def _second(label: str, first: str, item: Item, table: Table) -> str:
    heading, words = _asked(item, table)
    return f"{heading} is {words[label]!r}, but was {words[first]!r}"


def _asked(item: Item, table: Table) -> tuple[str, dict[str, str]]:
    """The heading under which the sheet asks, and the labels' words in its language."""
    heading = table.heading(*_forms(LABEL))
    forms = {folded(catalogue(code).get(LABEL, LABEL)): code for code in LANGUAGES}
    return heading, words_in(forms.get(folded(heading), LANGUAGES[0]), item.kind)


def _labels_of(journal: Journal, coder: str) -> dict[str, str]:
    """By item: what the coder has said of it before."""
    return {
        item: code.label
        for item, codes in all_codes(journal).items()
        for code in codes
        if code.coder == coder
    }


def _only(path: Path, given: set[str], coder: str) -> str:
    """The one coder whose sheet it is."""
    coders = sorted(given - {""})
    if len(coders) > 1:
        raise DataError(
            f"{path.name} holds items of {', '.join(coders)}. Take each coder's sheet by itself: "
            "two people who fill in one sheet are not blind to each other."
        )
    if coder and coders[0] != check_coder(coder):
        raise DataError(
            f"{path.name} is the sheet of {coders[0]}, not of {coder}. Nobody codes for another."
        )
    return check_coder(coders[0])


def _table(source: Any) -> Table | None:
    """The table below the headings of a sheet; None where the sheet has none, as the first."""
    for at, row in enumerate(source.rows[:30]):
        headings = {folded(cell) for cell in row}
        if headings & _forms(ITEM) and headings & _forms(LABEL):
            return below(source, at)
    return None


def _cell(row: Mapping[str, str], table: Table, heading: str) -> str:
    return row.get(table.heading(*_forms(heading)), "").strip()


def _forms(heading: str) -> set[str]:
    """A heading as it may be written, in any language of the kit."""
    return {folded(catalogue(code).get(heading, heading)) for code in LANGUAGES} | {folded(heading)}


def _row(journal: Journal, study: Study, coder: str, n: int, item: Item) -> list[object]:
    seen = shown(journal, study, item)
    return [n, sheet_id(journal, coder, item), seen.subject, seen.text, ""]


def rules(n: int) -> list[str]:
    """How to code, in a few sentences."""
    return [
        _("{n} items are to be coded. Say of each what it is, by what you read alone.").format(n=n),
        _(
            "A person’s answer is one that somebody wrote, or spoke, for this very request, also "
            "where parts of it are ready-made."
        ),
        _(
            "A text that anybody would have got who wrote on that day is automatic, however "
            "friendly, and also where a name stands below it."
        ),
        _(
            "Do not talk with other coders about single items before all are coded: what counts is "
            "what each of you sees alone."
        ),
        _("Who answered is hidden. Do not try to find out, and do not answer the messages."),
        _("If it cannot be told, say so: that is an answer too."),
    ]


def _fill(sheet: Any, rows: Sequence[Sequence[object]], kind: Kind) -> None:
    from openpyxl.styles import Alignment, Font

    for place, heading in enumerate(HEADINGS, 1):
        cells.put(sheet.cell(1, place), _(heading))
        sheet.cell(1, place).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(1, place).column_letter].width = WIDTHS[place - 1]
    for number, row in enumerate(rows, 2):
        for place, value in enumerate(row, 1):
            cells.put(sheet.cell(number, place), value)
            sheet.cell(number, place).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[number].height = _height(str(row[3]))
    column = "A" if kind == "message" else "B"
    cells.choose(
        sheet,
        f"E2:E{len(rows) + 1}",
        f"{LISTS}!${column}$1:${column}${len(words_of(kind))}",
        _(LABEL),
        _("Choose a word of the list."),
    )
    sheet.freeze_panes = "A2"
    paper(sheet, repeat="1:1")


def _height(text: str) -> float:
    """Points that a text needs in its column, up to what a row can have."""
    lines = sum(1 + len(line) // LETTERS_A_LINE for line in text.splitlines() or [""])
    return min(LINE * max(lines, 2), TALLEST)


def _lists(book: Any) -> None:
    sheet = book.create_sheet(LISTS)
    for column, kind in enumerate(TITLES, 1):
        for place, words in enumerate(words_of(kind), 1):
            cells.put(sheet.cell(place, column), words)
    sheet.sheet_state = "hidden"
