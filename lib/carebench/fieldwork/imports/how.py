"""How files are read: what the user says, and what the study and its plan know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...schema import CHANNELS, DataError, nearest
from ...study import Study
from .lines import line_of
from .mapping import Mapped
from .records import LeftOut, Refused
from .times import Clock, Order, order_in

EARLY = timedelta(days=7)  # before the plan, beyond which a date is a slip
ROUNDED = re.compile(r"\+?\d[.,]\d+E\+?\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class How:
    """What every reader may need to know. `me` are the names under which we chat."""

    study: Study
    key: str
    now: datetime
    lines: Mapping[str, frozenset[str]] = field(default_factory=dict)
    planned: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # columns, by token
    due: Mapping[str, datetime] = field(default_factory=dict)  # by token
    mapping: Mapped | None = None
    zone: str = ""
    order: Order = ""
    provider: str = ""
    channel: str = ""
    me: tuple[str, ...] = ()
    until: datetime | None = None  # when chats were exported

    def clock(self, texts: Iterable[str], name: str, usual: Order = "", zone: str = "") -> Clock:
        """How the times of the file `name`, which are `texts`, are written.

        `zone` is the one that the kind's documentation names.
        """
        bare = self.zone or zone or self.study.zone
        return Clock(bare, order_in(texts, name, self.order, usual), now=self.now)

    def planned_columns(self, token: str) -> dict[str, str]:
        """What the plan says of the attempt `token`: provider, channel, scenario and so on.

        Raises
        ------
        Refused
            The plan of this wave has none of that name.
        """
        if token.lower() not in self.planned:
            raise Refused("token", token, "the name of an attempt of this wave's plan")
        return dict(self.planned[token.lower()])

    def check_due(self, token: str, sent: datetime, column: str) -> None:
        """Refuse what was made long before the plan has it: nobody is so early.

        Raises
        ------
        Refused
            So it is; where the fifth of December is read as the twelfth of May, for one.
        """
        due = self.due.get(token.lower(), sent)
        if sent < due - EARLY:
            day = due.astimezone(ZoneInfo(self.study.zone or "UTC")).date()
            hint = "day and month may have changed places"
            raise Refused(column, "", f"{day}, when the plan has it, or a later day: {hint}")

    def provider_at(self, number: str) -> tuple[str, str]:
        """Whose line a called number is, and the line.

        Raises
        ------
        LeftOut
            It is no provider's: a call of somebody else's.
        Refused
            Several providers share it, and nobody says which was meant; or the number is cut off.
        """
        if ROUNDED.fullmatch(number):
            raise Refused("number", number, "all digits: a spreadsheet program has rounded them")
        line = line_of(number, self.study.zone)
        there = self.lines.get(line, frozenset())
        if self.provider:
            return self.provider, line
        if not there:
            raise LeftOut("called a number that is no provider's of the study")
        if len(there) > 1:
            raise Refused("number", number, f"--provider with one of {', '.join(sorted(there))}")
        return next(iter(there)), line


def check_words(provider: str, channel: str, known: Iterable[str]) -> None:
    """Raise `DataError` where --provider or --channel names none."""
    known = sorted(known)
    if channel and channel not in CHANNELS:
        raise DataError(
            f"--channel {channel!r} is none.{nearest(channel, CHANNELS)} Expected one of "
            f"{', '.join(CHANNELS)}."
        )
    if provider and known and provider not in known:
        raise DataError(
            f"--provider {provider!r} is none of the study.{nearest(provider, known)} It has: "
            f"{', '.join(known)}."
        )


def with_mapping(how: How, mapping: Mapped | None) -> How:
    """`how` with what a mapping file says; what the command line says goes first."""
    if mapping is None:
        return how
    return replace(how, mapping=mapping, zone=how.zone or mapping.zone)
