"""Writes what a wave's shoppers need: a workbook and a calendar each, and one form for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from ...language import speaking
from ...schema import DataError
from ...study import Study
from ..probe import Probe
from ..rules.callers import is_by_sip
from ..wave import Wave
from .calendar import write_calendar
from .checking import check_form
from .columns import BY_HAND
from .forms import write_form
from .workbook import refuse_filled, write_workbook

FORM = "form.xlsx"


def write_sheets(
    study: Study, probes: Sequence[Probe], wave: Wave, language: str = ""
) -> list[Path]:
    """Write workbooks, calendars and the form of the attempts that people make.

    Parameters
    ----------
    study : Study
    probes : sequence of Probe
        What is to be made; e-mails and checks of websites among it need no sheets. Of a shopper
        who has nothing to make any more, what was written before is taken away.
    wave : Wave
        Whose folder `sheets` they go to.
    language : str
        "en" or "vi"; the study's own where empty. The form is in both.

    Returns
    -------
    list of Path
        What was written; nothing where no attempt is made by hand.

    Raises
    ------
    DataError
        A workbook that would be written over has been filled in, and nothing is written; or a
        file cannot be written.
    """
    mine = [probe for probe in probes if _by_hand(probe, study)]
    shoppers = sorted({probe.shopper for probe in mine})
    idle = sorted({"", *study.fieldwork.shoppers} - set(shoppers))
    for shopper in (*shoppers, *idle):
        refuse_filled(_path(wave, shopper, "xlsx"))
    try:
        if mine:
            wave.sheets.mkdir(mode=0o700, parents=True, exist_ok=True)
        _take_away(wave, idle, and_form=not mine)
        if not mine:
            return []
        with speaking(language or study.language):
            written = _write(study, mine, wave, shoppers)
    except OSError as error:
        raise DataError(
            f"{error.filename or wave.sheets} cannot be written: {error.strerror}. Close it where "
            "it is open, and write the sheets again."
        ) from None
    if find_spec("pyxform"):
        check_form(written[-1])
    return written


def _write(
    study: Study, probes: Sequence[Probe], wave: Wave, shoppers: Sequence[str]
) -> list[Path]:
    made = datetime.now(UTC)
    written = []
    for shopper in shoppers:
        own = [probe for probe in probes if probe.shopper == shopper]
        written += [
            write_workbook(_path(wave, shopper, "xlsx"), study, own, shopper),
            write_calendar(_path(wave, shopper, "ics"), study, own, made),
        ]
    return [*written, write_form(wave.sheets / FORM, study, probes, made)]


def _take_away(wave: Wave, shoppers: Sequence[str], *, and_form: bool) -> None:
    """Whoever has nothing to do must not read on an old sheet whom to call."""
    old = [_path(wave, shopper, suffix) for shopper in shoppers for suffix in ("xlsx", "ics")]
    for path in [*old, *[wave.sheets / FORM] * and_form]:
        path.unlink(missing_ok=True)


def _by_hand(probe: Probe, study: Study) -> bool:
    """Whether a person makes the attempt; the calls of a caller that is no person need no sheet."""
    return probe.channel in BY_HAND and not is_by_sip(study, probe.channel, probe.shopper)


def _path(wave: Wave, shopper: str, suffix: str) -> Path:
    return wave.sheets / f"attempts{'-' * bool(shopper)}{shopper}.{suffix}"
