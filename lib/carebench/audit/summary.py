"""The answer of notebook 02 in about three lines."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..estimate import records
from ..finding import Finding, Skipped
from ..language import _, number, percent
from ..published import references
from ..sources import Care
from .counts import operator_counts
from .hours import claims
from .selection import attempts, channels, overall


def answer(care: Care) -> list[str]:
    """The notebook's answer in about three lines."""
    lines = [*_channel_lines(care), *_claim_line(care)]
    counted = operator_counts(care)
    if isinstance(counted, Finding) and len(lines) < 3:
        lines.append(_counts_line(records(counted.rows)[0]))
    return lines or [_("The study holds no attempt and no count, so nothing can be said.")]


def _counts_line(first: dict[str, Any]) -> str:
    return _("Operators counted {n} contacts; {measure}: **{share}**.").format(
        n=number(first["n"]), measure=first["measure"], share=percent(first["value"], 1)
    )


def _channel_lines(care: Care) -> list[str]:
    """The answer for the two main channels, e-mail and phone first."""
    if not care.columns("attempts"):
        return []
    rows = attempts(care)
    if "channel" not in rows:
        rate = overall(care, rows).emphasised()
        return [_("Of all attempts, {rate} were answered by a person.").format(rate=rate)]
    by = {channel: (name, part) for channel, name, part in channels(rows)}
    order = sorted(by, key=lambda channel: channel not in ("email", "phone"))
    return [_channel_line(care, channel, *by[channel]) for channel in order[:2]]


def _channel_line(care: Care, channel: str, name: str, part: pd.DataFrame) -> str:
    rate = overall(care, part).emphasised()
    if channel == "email":
        line = _("Of the e-mails, {rate} were answered by a person.").format(rate=rate)
    elif channel == "phone":
        line = _("Of the calls, {rate} were picked up by a person.").format(rate=rate)
    else:
        line = _("Of the attempts by {channel}, {rate} were answered by a person.").format(
            channel=name, rate=rate
        )
    found = references(care.study.audit.benchmark).get(channel)
    if found is None:
        return line
    if found.unanswered:
        printed = _("{source} printed {share} unanswered, without its number of attempts.")
    else:
        printed = _("{source} printed {share} answered, without its number of attempts.")
    return f"{line} " + printed.format(
        source=care.study.audit.benchmark, share=percent(found.printed)
    )


def _claim_line(care: Care) -> list[str]:
    found = claims(care)
    if isinstance(found, Skipped):
        return []
    claimed, all_of_them = int(found.rows["always"].sum()), len(found.rows)
    if not claimed:
        return []
    refuted = int(found.rows["verdict"].eq(_("refuted")).sum())
    line = _("**{n} of {all}** providers claim to answer 24/7; the calls refute **{refuted}**.")
    fields = {"n": number(claimed), "all": number(all_of_them), "refuted": number(refuted)}
    return [line.format(**fields)]
