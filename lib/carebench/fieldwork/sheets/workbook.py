"""The workbook of one shopper: how to work, what to ask, and the attempts to fill in.

Printed, it is A4 across with the headings on every page. On a screen the columns of the plan
are locked, and the others take nothing that cannot be meant.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ...language import _, number
from ...schema import DataError
from ...study import Study, seconds
from ..letters import reference_of
from ..probe import Probe
from . import cells
from .columns import BY_HAND, RESULTS, SheetColumn, column_of, columns_of, shown
from .pages import LINE, instructions, paper
from .words import (
    CHANNEL_TITLES,
    card,
    clock,
    names_reference,
    persona_name,
    recipient_of,
)

LISTS = "lists"  # a hidden sheet: what can be chosen
FORMATS = {"day": "yyyy-mm-dd", "clock": "hh:mm:ss", "moment": "yyyy-mm-dd hh:mm", "text": "@"}
PLANNED_FILL = "EEF1F4"


def write_workbook(path: Path, study: Study, probes: Sequence[Probe], shopper: str) -> Path:
    """Write the attempts of `shopper` to `path`, in the language in use.

    Raises
    ------
    DataError
        A workbook is there already that somebody has begun to fill in.
    """
    from openpyxl import Workbook

    refuse_filled(path)
    book = Workbook()
    title = [f"{study.title} · {study.wave}", _("Shopper: {code}").format(code=shopper or "-")]
    instructions(book.active, [*title, "", *_rules(study)])
    _cards(book.create_sheet(_("Scenarios")), study, probes)
    for channel in BY_HAND:
        if mine := [probe for probe in probes if probe.channel == channel]:
            _attempts(book.create_sheet(_(CHANNEL_TITLES[channel])), study, mine, channel)
    _lists(book)
    half = path.with_name(f".{path.name}")
    book.save(half)
    half.replace(path)
    return path


def refuse_filled(path: Path) -> None:
    """Raise `DataError` where the workbook at `path` holds what a shopper wrote."""
    from openpyxl import load_workbook

    if not path.exists():
        return
    try:
        with warnings.catch_warnings():  # of what other programs put into a workbook
            warnings.simplefilter("ignore")
            book = load_workbook(path)
    except Exception as error:  # whatever it is, somebody may have made it so
        raise DataError(f"{path} is there and cannot be read ({error}). Move it away.") from None
    if any(_is_filled(sheet) for sheet in book.worksheets):
        raise DataError(
            f"{path} has been filled in, and is not written over. Import it with `carebench "
            "import`, move it away, and write the sheets again."
        )


def _is_filled(sheet: Any) -> bool:
    headings = [column_of(str(cell.value)) for cell in sheet[1]]
    if not any(column and column.field == "token" for column in headings):
        return False
    own = [
        i for i, column in enumerate(headings)
        if column and not column.planned and column.field != "made_on"
    ]  # fmt: skip
    rows = sheet.iter_rows(min_row=2, values_only=True)
    return any(row[i] not in (None, "") for row in rows for i in own)


def _rules(study: Study) -> list[str]:
    return [
        _("Make each attempt at its due time, and not more than an hour later. If you miss one, "
          "leave its row empty: it counts as not made."),
        _("Ask what the card of the scenario says, in your own words, as a customer would. Give "
          "your invented name only if you are asked. Never order, pay, threaten, or complain of "
          "a person."),
        _("Write down the times as they happen, from your own clock ({zone}), as 9:15 or "
          "9:15:30.").format(zone=study.zone),
        _("Nobody has answered until a person does. A menu, a recording, a bot or an automatic "
          "reply is a machine, even if it is friendly."),
        _("If the failure was yours (your line, your device, your mistake), choose “ours”. That "
          "is no shame: such an attempt counts for nothing."),
        _("Wait no longer than {minutes} minutes in a queue: then hang up and choose “gave up in "
          "the queue”.").format(minutes=number(seconds(study.fieldwork.stop_queue) / 60)),
        _("Score the six points only when a person answered: 1 worst, 5 best."),
        _("Never write down the name of anybody who answers, and record no sound."),
        _("If somebody asks you to stop, say thank you, end it, and tell whoever leads the audit "
          "at once."),
    ]  # fmt: skip


def _cards(sheet: Any, study: Study, probes: Sequence[Probe]) -> None:
    """One row for each scenario that occurs, in each language in which it is asked."""
    headings = (
        (_("Scenario"), 14), (_("Language"), 10), (_("What to ask"), 62),
        (_("A true answer names"), 28), (_("Where the answer stands"), 32),
    )  # fmt: skip
    _headings(sheet, headings)
    for code, spoken in sorted({(probe.scenario, probe.language) for probe in probes}):
        scenario = study.fieldwork.scenarios.get(code)
        words = ", ".join(scenario.answer_words) if scenario else ""
        source = scenario.source if scenario else ""
        _row(sheet, (code, spoken, card(code, study, spoken), words, source), headings)
    paper(sheet, repeat="1:1")


def _attempts(sheet: Any, study: Study, probes: Sequence[Probe], channel: str) -> None:
    columns = columns_of(channel)
    headings = [(shown(column), column.width) for column in columns]
    _headings(sheet, headings)
    for probe in sorted(probes, key=lambda probe: (probe.due_utc, probe.token)):
        planned = _planned(probe, study)
        _row(sheet, [planned.get(column.field) for column in columns], headings)
    for at, column in enumerate(columns, 1):
        _prepare(sheet, at, column)
    sheet.freeze_panes = "B2"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    paper(sheet, repeat="1:1")


def _planned(probe: Probe, study: Study) -> dict[str, object]:
    """What the plan says of the attempt, and the day on which it is due."""
    reference = f"\n{reference_of(probe.token)}" if names_reference(probe, study) else ""
    return {
        "token": probe.token,
        "due_there": _two_lines(clock(probe.due, probe.zone)),
        "due_here": _two_lines(clock(probe.due, study.zone)),
        "provider": probe.provider,
        "recipient": recipient_of(probe, study),
        "scenario": probe.scenario + reference,
        "persona": persona_name(probe, study),
        "made_on": _day(probe.due, study.zone),
    }


def _two_lines(clocked: str) -> str:
    """The day above the time, so that a narrow column parts neither."""
    return "\n".join(clocked.rsplit(" ", 1))


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _prepare(sheet: Any, at: int, column: SheetColumn) -> None:
    """Lock or open a column, and say what it takes."""
    from openpyxl.styles import PatternFill, Protection
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(at)
    for (cell,) in sheet.iter_rows(min_row=2, min_col=at, max_col=at):
        cell.protection = Protection(locked=column.planned)
        cell.number_format = FORMATS.get(column.kind, "General")
        if column.planned:
            cell.fill = PatternFill("solid", fgColor=PLANNED_FILL)
    range_, title, prompt = f"{letter}2:{letter}{sheet.max_row}", shown(column), _(column.meaning)
    if column.words:
        cells.choose(sheet, range_, _source(column), title, prompt)
    elif column.kind == "score":
        cells.demand_score(sheet, range_, title, prompt)
    elif column.kind == "clock":
        cells.demand_clock(sheet, range_, title, prompt + ". " + _("As 9:15 or 9:15:30."))
    elif column.kind in ("day", "moment"):
        cells.demand_day(sheet, range_, title, prompt + ". " + _("As 2026-11-30, or with a time."))


def _lists(book: Any) -> None:
    """The hidden sheet of what can be chosen, one column for each list."""
    sheet = book.create_sheet(LISTS)
    for at, words in enumerate(_listed(), 1):
        for row, message in enumerate(words.values(), 1):
            cells.put(sheet.cell(row, at), _(message))
    sheet.sheet_state = "hidden"


def _listed() -> list[Mapping[str, str]]:
    return [column.words for column in RESULTS]


def _source(column: SheetColumn) -> str:
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(_listed().index(column.words) + 1)
    return f"{LISTS}!${letter}$1:${letter}${len(column.words)}"


def _headings(sheet: Any, headings: Sequence[tuple[str, float]]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    upright = [len(heading) > 2.2 * width for heading, width in headings]
    for at, (heading, width) in enumerate(headings, 1):
        cell = sheet.cell(1, at)
        cells.put(cell, heading)
        cell.font = Font(bold=True)
        turned = 90 if upright[at - 1] else 0
        cell.alignment = Alignment(wrap_text=True, vertical="bottom", textRotation=turned)
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.row_dimensions[1].height = (10 if any(upright) else 2) * LINE
    sheet.freeze_panes = "A2"


def _row(sheet: Any, values: Sequence[object], headings: Sequence[tuple[str, float]]) -> None:
    from openpyxl.styles import Alignment, Border, Side

    below, thin = sheet.max_row + 1, Side(style="thin", color="B8BEC5")
    lines = 1.0
    for at, (value, (_heading, width)) in enumerate(zip(values, headings, strict=True), 1):
        cell = sheet.cell(below, at)
        cells.put(cell, value)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
        text = str(value or "")
        lines = max(lines, sum(1 + int(len(part) / (0.9 * width)) for part in text.split("\n")))
    sheet.row_dimensions[below].height = LINE * min(lines, 30)
