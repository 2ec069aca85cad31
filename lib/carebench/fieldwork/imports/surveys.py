"""Answers of surveys: LimeSurvey, Google Forms, KoboToolbox.

LimeSurvey: "Export responses" of the LimeSurvey manual: `id`, `submitdate`, `lastpage`,
`startlanguage`, `seed`, then the questions; with full headings "Response ID", "Date submitted"
and so on. A response without a date of submission was not finished, and is left out.

Google Forms: the CSV of its responses has `Timestamp` first (in Vietnamese "Dấu thời gian"),
then the questions as they were asked; a response has no name of its own.

Which question is which column, a mapping file says. A question whose code is the column's own
name needs no line in it. Questions that are not mapped are listed; none is dropped in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ...schema import SURVEY, Column, DataError
from .forms import IDS
from .grids import TITLE_ROWS, Source, Table, below, folded
from .how import How
from .mapping import Mapped
from .records import Answer, LeftOut, Reading, Refused, own_id, score, word

LIME = ("id", "response id", "submitdate", "date submitted", "lastpage", "last page",
        "startlanguage", "start language", "seed", "startdate", "date started", "datestamp",
        "date last action", "ipaddr", "ip address", "refurl", "referrer url", "token",
        "access code")  # fmt: skip
TIMESTAMPS = ("timestamp", "dấu thời gian")
KOBO = (*IDS, "start", "end", "submission time", "submitted by", "status", "version", "tags",
        "notes", "validation status", "index", "submissiondate", "formhub uuid")  # fmt: skip


def lime_headings(source: Source) -> int | None:
    """The row of headings of LimeSurvey's export."""
    for at, row in enumerate(source.rows[:TITLE_ROWS]):
        names = {folded(cell) for cell in row}
        if {"id", "submitdate"} <= names or {"response id", "date submitted"} <= names:
            return at
    return None


def google_headings(source: Source) -> int | None:
    """The row of headings of the answers of a Google form."""
    for at, row in enumerate(source.rows[:TITLE_ROWS]):
        if row and folded(row[0]) in TIMESTAMPS:
            return at
    return None


def kobo_headings(source: Source) -> int | None:
    """The row of headings of the submissions of a KoboToolbox or ODK form."""
    for at, row in enumerate(source.rows[:TITLE_ROWS]):
        names = {folded(cell) for cell in row}
        if names & {"uuid", "meta instanceid"} or {"key", "submissiondate"} <= names:
            return at
    return None


def read_lime(source: Source, how: How) -> Reading:
    """The finished responses of LimeSurvey."""
    table = below(source, lime_headings(source) or 0)
    done = table.heading("submitdate", "date submitted")
    return read_answers(table, how, LIME, table.heading("id", "response id"), done)


def read_google(source: Source, how: How) -> Reading:
    """The responses of a Google form."""
    return read_answers(below(source, google_headings(source) or 0), how, TIMESTAMPS)


def read_kobo(source: Source, how: How) -> Reading:
    """The submissions of a survey in KoboToolbox or ODK."""
    table = below(source, kobo_headings(source) or 0)
    return read_answers(table, how, KOBO, table.heading(*IDS))


def read_answers(
    table: Table, how: How, own: Iterable[str], name: str = "", done: str = ""
) -> Reading:
    """The rows of `table` as answers.

    Parameters
    ----------
    own : iterable of str
        Folded headings that are the system's own, no questions.
    name, done : str
        Headings: what the row is called, and what is empty until it is finished.
    """
    reading = Reading(table.name)
    mapping = how.mapping or Mapped("survey", {})
    columns = _columns(table, mapping)
    if not columns:
        raise DataError(
            f"{table.name}: no question is mapped to a column of the survey. Name them in a file "
            "and say --mapping FILE.toml; in it, such as: table = 'survey', columns = "
            f"{{ csat = {_example(table, own)!r} }}."
        )
    mapped = {*columns.values(), name, done, *mapping.theirs()}
    reading.headings = columns
    reading.unmapped = tuple(
        heading
        for heading in table.headings
        if heading and heading not in mapped and folded(heading) not in own
    )
    seen: Counter[str] = Counter()
    for number, cells in reading.each(table):
        with reading.take(number, cells):
            if done and not cells.get(done):
                raise LeftOut("was not finished")
            said = _answer(cells, columns, mapping, how)
            identity = cells.get(name, "").removeprefix("uuid:") or own_id(_filled(cells), seen)
            reading.answers.append(Answer(number, identity, said))
    return reading


def _filled(cells: Mapping[str, str]) -> dict[str, str]:
    """What a row says: a question that was added later makes no earlier answer another one."""
    return {name: said for name, said in cells.items() if said}


def _example(table: Table, own: Iterable[str]) -> str:
    questions = [name for name in table.headings if name and folded(name) not in own]
    return questions[0] if questions else "their question"


def _columns(table: Table, mapping: Mapped) -> dict[str, str]:
    """By our column: their heading, as the file says, or where it is the column's own name."""
    known = {folded(name): name for name in reversed(table.headings)}
    short = {folded(name.rpartition("/")[2]): name for name in reversed(table.headings)}
    found = {}
    for ours, theirs in mapping.columns.items():
        if folded(theirs) not in known:
            raise DataError(
                f"{table.name} has no column {theirs!r}, which the mapping file takes for {ours}. "
                f"It has: {', '.join(table.headings)}."
            )
        found[ours] = known[folded(theirs)]
    for ours in SURVEY.names:
        if ours not in found and ours not in ("respondent", "wave", "provider"):
            if own := short.get(folded(ours)):
                found[ours] = own
    return found


def _answer(
    cells: Mapping[str, str], columns: Mapping[str, str], mapping: Mapped, how: How
) -> dict[str, str]:
    """One answer: the questions, and the wave and the provider that hold for all of them."""
    provider = {"provider": how.provider} if how.provider else {}
    wave = {"wave": how.study.wave} if how.study.wave else {}
    answer = {**wave, **provider, **mapping.constants}
    for ours, theirs in columns.items():
        said = cells.get(theirs, "")
        said = mapping.values.get(ours, {}).get(said, said)
        if said and said not in mapping.missing:
            answer[ours] = _value(SURVEY.column(ours), said, mapping)
    if not set(answer) - {"wave", "provider", "segment", "respondent", *mapping.constants}:
        raise LeftOut("holds no answer")
    return answer


def _value(column: Column, said: str, mapping: Mapped) -> str:
    if column.kind in ("integer", "number"):
        low, high = mapping.scales.get(column.name, (column.low, column.high))
        value = score(
            column.name, said, -1e15 if low is None else low, 1e15 if high is None else high
        )
        if column.kind == "integer" and not value.is_integer():
            raise Refused(column.name, said, column.expected)
        return f"{value:.15g}"
    return word(column, said)
