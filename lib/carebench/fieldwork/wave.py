"""Where the fieldwork of one wave lies: a folder beside the study file, for its owner alone."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..schema import DataError
from ..study import Study

IGNORE_ALL = "# What was received, and from whom, is nobody else's.\n*\n"


@dataclass(frozen=True, slots=True)
class Wave:
    """The files of one wave's fieldwork."""

    folder: Path

    @property
    def plan(self) -> Path:
        """The plan, one probe a row, in the order of time."""
        return self.folder / "plan.csv"

    @property
    def lock(self) -> Path:
        """The plan's hash, and what it was made from."""
        return self.folder / "plan.json"

    @property
    def journal(self) -> Path:
        """What was intended, sent and received: the only file that may never be lost."""
        return self.folder / "journal.sqlite"

    @property
    def sheets(self) -> Path:
        """Call sheets, calendar and forms for those who make the attempts."""
        return self.folder / "sheets"

    @property
    def dry(self) -> Path:
        """E-mails as they would be sent."""
        return self.folder / "dry-run"

    @property
    def tables(self) -> Path:
        """The tables that a study reads."""
        return self.folder / "tables"

    def empty_dry_run(self) -> None:
        """Take away e-mails that were written for a look: of a plan that was replaced, or sent."""
        for old in self.dry.glob("*.eml"):
            old.unlink()

    def make(self) -> Wave:
        """Make the folder, closed to other users and to version control."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(OSError):  # somebody else's
            self.folder.chmod(0o700)  # of one that was there, too
        ignore = self.folder.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text(IGNORE_ALL, encoding="utf-8")
        return self


def wave_of(study: Study) -> Wave:
    """The fieldwork of the study's wave: fieldwork/WAVE beside the study file.

    Raises
    ------
    DataError
        The study names no wave, or one that cannot be the name of a folder.
    """
    if not re.fullmatch(r"[\w][\w .-]*", study.wave):
        raise DataError(
            f"{study.path.name}: wave is {study.wave!r}. The fieldwork of a wave lies in a folder "
            "of its name: give it one of letters, digits, blanks, points and dashes, such as "
            "2026-Q4."
        )
    return Wave(study.path.parent / "fieldwork" / study.wave)
