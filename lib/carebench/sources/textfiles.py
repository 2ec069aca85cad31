"""Text files: how they are coded, what parts their columns, and which lines are no rows."""

from __future__ import annotations

import codecs
import contextlib
import csv
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

from ..engine import Engine, quote_file, quote_text
from ..schema import DataError
from ..study import Input
from .opened import Opened, clean_name, clean_sql, distinct_names, repeated_names

DELIMITERS = (",", ";", "\t", "|")
CODECS = {"windows-1258": "cp1258", "utf-16": "utf-16", "utf-8": "utf-8-sig", "": "utf-8-sig"}
BLOCK = 1 << 20
LINE_END = re.compile(r"\r\n|\n|\r")


def open_text(engine: Engine, source: Input, path: Path) -> Opened:
    """Open a csv, blank-separated or fixed-width file."""
    text = _as_utf8(engine, source, path)
    first = _first_lines(text, path, source.skip)
    if source.kind == "csv":
        return _open_csv(source, path, text, first)
    return _open_lines(source, path, text, first)


def _as_utf8(engine: Engine, source: Input, path: Path) -> Path:
    """The file itself where the engine can read it, or a plain UTF-8 copy in the work folder."""
    with path.open("rb") as file:
        start = file.read(BLOCK)
    if not start:
        raise DataError(f"{path.name} is empty. Export it again.")
    encoding = _encoding(source.encoding, start)
    if encoding in ("utf-8", ""):
        if b"\0" in start:
            raise DataError(
                f"{path.name} is no text: it holds zero bytes. Export the table as CSV in UTF-8, "
                'or say encoding = "utf-16" if that is what it is.'
            )
        if not _mixed_line_ends(start):
            return path
    if encoding == "windows-1258" and _is_utf8(path):
        raise DataError(
            f"{path.name} is text in UTF-8, and the study says encoding = {encoding!r}: it would "
            "read like ThĂ¡ng for Tháng. Leave `encoding` out."
        )
    copy = _work_file(engine)
    _recode(path.name, path, copy, encoding)
    return copy


def _mixed_line_ends(start: bytes) -> bool:
    """Whether lines end now this way, now that, which the engine refuses to read."""
    unquoted = re.sub(rb'"[^"]*"', b"", start)
    return unquoted.count(b"\r\n") not in (0, unquoted.count(b"\n"))


def _work_file(engine: Engine) -> Path:
    return engine.work / f"text{len(list(engine.work.glob('text*')))}.csv"


def _encoding(declared: str, start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8" if start.startswith(codecs.BOM_UTF8) else declared


def _is_utf8(path: Path) -> bool:
    """Whether a text with letters beyond ASCII is UTF-8, which no other text is by chance."""
    decoder, plain = codecs.getincrementaldecoder("utf-8")(), True
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                plain = plain and block.isascii()
                decoder.decode(block)
        except UnicodeDecodeError:
            return False
    return not plain


def _recode(name: str, path: Path, into: Path, encoding: str) -> None:
    try:
        with (
            path.open(encoding=CODECS[encoding]) as file,
            into.open("w", encoding="utf-8", newline="") as copy,
        ):
            while block := file.read(BLOCK):
                copy.write(block)
    except UnicodeError as error:
        if encoding in ("utf-8", ""):
            raise not_utf8(name, path) from None
        raise DataError(f"{name} is not text in {encoding}: {error}.") from None


def _first_lines(text: Path, path: Path, skip: int) -> list[str]:
    """The lines of the file as far as its header and its delimiter need them."""
    with text.open("rb") as file:
        start = file.read(BLOCK)
    try:
        # not final: the block may end within a character
        decoded = codecs.getincrementaldecoder("utf-8-sig")().decode(start)
    except UnicodeDecodeError:
        raise not_utf8(path.name, text) from None
    lines = [line + "\n" for line in LINE_END.split(decoded)]
    if len(lines) == 1 and len(start) == BLOCK:
        raise DataError(f"{path.name} is no table: its first line is over a million bytes long.")
    if skip >= len(lines) - 1:
        raise DataError(f"{path.name}: skip = {skip} leaves nothing of the file. Make it less.")
    return lines[: skip + 20]


def _lead(first: list[str], skip: int) -> int:
    """How many lines stand above the headings: those to skip, and blank ones below them."""
    return skip + len(list(itertools.takewhile(lambda line: not line.strip(), first[skip:])))


def not_utf8(name: str, text: Path) -> DataError:
    """Where a text stops being UTF-8, and how it would read in the usual Vietnamese coding."""
    with text.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                around = line[max(0, error.start - 20) : error.start + 20]
                sample = normalize("NFC", around.decode("cp1258", "replace")).strip()
                return DataError(
                    f"{name}, line {number}: the text is not UTF-8, and nothing says what it is. "
                    'If it is Vietnamese Windows text, say encoding = "windows-1258"; the place '
                    f"would then read {sample!r}. If that is wrong, save the file as UTF-8."
                )
    return DataError(f"{name} is not UTF-8 text. Save it as UTF-8.")


def find_delimiter(lines: list[str]) -> str:
    """The delimiter that parts most lines alike; a comma where none does."""

    def regularity(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in _records(lines, delimiter) if row]
        first = widths[0] if widths else 1
        return (sum(width == first for width in widths) if first > 1 else 0, first)

    return max(DELIMITERS, key=regularity)


def _records(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    """The records of some lines, up to one that is too long to be any."""
    with contextlib.suppress(csv.Error):
        yield from csv.reader(lines, delimiter=delimiter)


def _open_csv(source: Input, path: Path, text: Path, first: list[str]) -> Opened:
    if source.delimiter and (len(source.delimiter) != 1 or source.delimiter in '"\r\n'):
        raise DataError(
            f"{path.name}: delimiter is {source.delimiter!r}. Expected one character, such as "
            'a comma, or format = "blank" for runs of blanks.'
        )
    lead = _lead(first, source.skip)
    delimiter = source.delimiter or find_delimiter(first[lead:])
    records = _records(first[lead:], delimiter)
    record, second = next(records, []), next(records, [])
    header = source.header and not source.names
    names = tuple(record) if header else source.names
    names = names or tuple(f"column {i}" for i in range(1, len(record) + 1))
    skip = lead + header
    return Opened(
        path,
        distinct_names(names),
        select_csv(text, len(names), skip=skip, delimiter=delimiter),
        _rejected_csv(),
        text=text,
        before=skip,
        second=tuple(clean_name(cell) for cell in second),
        repeated=repeated_names(record) if header else (),
        suspect=_suspect(len(names), delimiter),
    )


def _suspect(width: int, delimiter: str) -> str:
    """SQL for a value of a row in which a line stands that has as many delimiters as a row."""
    mark, line_end = quote_text(delimiter), "chr(10)"
    if width < 2:
        return "CAST(NULL AS VARCHAR)"
    like_a_row = f"len(line) - len(replace(line, {mark}, '')) = {width - 1}"
    lines = f"string_split(value, {line_end})[2:]"
    found = f"len(list_filter({lines}, lambda line: {like_a_row})) > 0"
    cells = ", ".join(f"c{i}" for i in range(width))
    value = clean_sql(f"list_filter([{cells}], lambda value: {found})[1][:200]")
    # The first test is cheap and almost always false.
    return f"CASE WHEN contains(concat_ws('', {cells}), {line_end}) THEN {value} END"


def select_csv(path: Path, width: int, *, skip: int, delimiter: str, quote: str = '"') -> str:
    """The query that reads a text file into `width` columns."""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    return (
        f"SELECT * FROM read_csv({quote_file(path)}, compression = 'none', auto_detect = false, "
        f"header = false, skip = {skip}, "
        f"delim = {quote_text(delimiter)}, quote = {quote_text(quote)}, "
        f"escape = {quote_text(quote)}, columns = {{{columns}}}, store_rejects = true, "
        "rejects_table = 'rejected_lines', rejects_scan = 'rejected_files')"
    )


def _rejected_csv() -> str:
    return (
        "SELECT any_value(line) AS _row, any_value(csv_line)[:200] AS value, "
        "any_value(error_type) AS kind FROM rejected_lines GROUP BY line"
    )


def _open_lines(source: Input, path: Path, text: Path, first: list[str]) -> Opened:
    """Columns parted by runs of blanks, or of fixed widths: read whole lines, then cut them."""
    header = source.header and not source.names
    lead = _lead(first, source.skip)
    line = first[lead] if lead < len(first) else ""
    cuts = _cuts(source, path)
    record = [line[a:b] for a, b in cuts] if cuts else line.split()
    names = tuple(record) if header else source.names
    names = names or tuple(f"column {i}" for i in range(1, len(record) + 1))
    if cuts and len(names) != len(cuts):
        raise DataError(f"{path.name}: {len(names)} `names` and {len(cuts)} `widths` are given.")
    skip = lead + header
    repeated = repeated_names(names) if header else ()
    lines = select_csv(text, 1, skip=skip, delimiter="\x1f", quote="")
    lines = f"SELECT c0 AS line FROM ({lines})"
    names = distinct_names(names)
    if cuts:
        cells = [f"substr(line, {a + 1}, {b - a}) AS c{i}" for i, (a, b) in enumerate(cuts)]
        select = f"SELECT {', '.join(cells)} FROM ({lines})"
        return Opened(path, names, select, text=text, before=skip, repeated=repeated)
    cells = [f"cells[{i + 1}] AS c{i}" for i in range(len(names))]
    parted = rf"SELECT *, regexp_split_to_array(trim(line), '\s+') AS cells FROM ({lines})"
    counted = f"SELECT *, row_number() OVER () + {skip} AS _row FROM ({parted})"
    return Opened(
        path,
        names,
        f"SELECT {', '.join(cells)} FROM ({parted}) WHERE len(cells) = {len(names)}",
        f"SELECT _row, line[:200] AS value, '' AS kind FROM ({counted}) "
        f"WHERE len(cells) <> {len(names)} OR line IS NULL",
        text=text,
        before=skip,
        repeated=repeated,
    )


def _cuts(source: Input, path: Path) -> list[tuple[int, int]]:
    """Where each column of fixed text starts and ends."""
    if source.kind != "fixed":
        return []
    if not source.widths:
        raise DataError(f"{path.name}: fixed text needs the `widths` of its columns.")
    ends = list(itertools.accumulate(source.widths))
    return list(zip([0, *ends[:-1]], ends, strict=True))
