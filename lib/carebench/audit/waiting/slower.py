"""Who answers slower or faster than the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.logrank import crossing, logrank
from ...methods.multiplicity import holm
from ...methods.proportions import FEW, SMALL
from ...methods.restricted_mean import against_the_others, restricted_means
from ...sources import Care
from ..answers.groups import group_name, in_channel
from ..trials.selection import CHANNEL_NAMES, some_names
from ..trials.waits import Waits, bands, ended_note, horizon, length, untimed_note, waits_of

SLOWER = N_("clearly slower")
FASTER = N_("clearly faster")
ALIKE = N_("not distinguishable")
OTHERWISE = N_("different, yet neither slower nor faster")
NOT_BORNE_OUT = N_("cannot tell: the log-rank test finds no difference")
NOT_JUDGED = N_("not judged")
DIRECTIONS = {SLOWER: 1, FASTER: -1, ALIKE: 0, OTHERWISE: 2, NOT_BORNE_OUT: 2, NOT_JUDGED: None}
CROSSING = N_("curves cross: faster at one time, slower at another")


@needs("attempts", "channel", "sent_at", "answered_at", "observed_until")
def slower_or_faster(care: Care, channel: str) -> Answer:
    """Each provider's (else arm's, else persona's) mean wait against that of the others."""
    found, name = in_channel(care, channel), _(CHANNEL_NAMES[channel])
    if isinstance(found, Skipped):
        return found
    part, group = found
    waits = waits_of(part[part[group].notna()], channel)
    if not waits.trusted:
        return waits.refused(name)
    until = horizon(care, channel, waits)
    if until is None:
        return Skipped(
            _("Attempts by {channel} were not watched long enough.").format(channel=name)
        )
    table = _compared(care, waits, group, until)
    if table["log_rank_p"].notna().sum() < 2:
        text = _("By {channel} there are no two groups with 5 timed attempts to compare.")
        return Skipped(text.format(channel=name))
    return Finding(
        f"slower-{channel}",
        table,
        headline=_headline(table, group, name),
        caption=_caption(care, waits, table, until),
        alt=_("Dots with intervals around zero, the slowest on top. {headline}.").format(
            headline=_headline(table, group, name)
        ),
        labels={
            group: group_name(group),
            "value": _("longer wait than the others"),
            "verdict": _("verdict"),
        },
        notes=(
            _("Not distinguishable does not mean alike: few attempts tell little."),
            *ended_note([waits]),
            *untimed_note(waits.untimed),
        ),
    )


def _compared(care: Care, waits: Waits, group: str, until: float) -> pd.DataFrame:
    """Each group's gap and verdict, the slowest first; those with few attempts at the end."""
    codes, known = pd.factorize(waits.rows[group], sort=True)
    n = np.bincount(codes, minlength=len(known))
    judged = np.flatnonzero(n >= SMALL)
    place = np.full(len(known), -1)
    place[judged] = np.arange(len(judged))
    gaps, tests = _gaps(care, waits, place[codes], len(judged), until)
    bar = min(0.05, 1 - care.study.confidence_level)
    rows = []
    for name, attempts, at in zip(known, n, place, strict=True):
        few = Estimate.absent(FEW, n=int(attempts), unit=waits.unit)
        gap, p = (few, None) if at < 0 else (gaps[at], tests.get(int(at)))
        verdict = _verdict(gap, p, bar)
        said = {"verdict": _(verdict), "way": DIRECTIONS[verdict], "log_rank_p": p}
        rows.append(({group: str(name), **said}, gap))
    table = frame(rows).astype({"log_rank_p": "float64", "way": "float64"})
    return table.sort_values(["value", group], ascending=[False, True], ignore_index=True)


def _gaps(
    care: Care, waits: Waits, of: npt.NDArray[np.int64], groups: int, until: float
) -> tuple[list[Estimate], dict[int, float]]:
    """Gap of each group's restricted mean, and its log-rank p by Holm; `of` is −1 for none.

    The limits of the gaps are widened for the number of groups (Bonferroni).
    """
    level, inside = care.study.confidence_level, of >= 0
    data = waits.times[inside], waits.answered[inside], of[inside]
    together = 1 - (1 - level) / max(1, groups)
    means = restricted_means(
        *data, until, groups=groups, unit=waits.unit, confidence_level=together
    )
    gaps = against_the_others(means)
    cross = crossing(*data, until, groups=groups, confidence_level=level)
    test = logrank(*data, groups=groups, strata=bands(care, waits.rows[inside]))
    compared = [i for i, gap in enumerate(gaps) if gap.value is not None]
    gaps = [replace(gap, confidence_level=level) for gap in gaps]
    marked = [gap.warn(CROSSING) if x else gap for gap, x in zip(gaps, cross, strict=True)]
    adjusted = holm(test["p"].iloc[compared].tolist())
    return marked, dict(zip(compared, adjusted, strict=True))


def _verdict(gap: Estimate, p: float | None, bar: float) -> str:
    """Clear only where limits and test agree and the curves do not cross.

    Of 13 providers alike with 8 to 24 attempts, one was called different in 2 to 4 % of simulated
    audits; by the limits alone in 4 to 40 %, most where nearly all are answered.
    """
    if p is None or gap.low is None or gap.high is None:
        return NOT_JUDGED
    if gap.low <= 0 <= gap.high:
        return ALIKE
    if p > bar:
        return NOT_BORNE_OUT
    if CROSSING in gap.warnings:
        return OTHERWISE
    return SLOWER if gap.low > 0 else FASTER


def _headline(table: pd.DataFrame, group: str, channel: str) -> str:
    """Who is slower and who is faster, or that nobody can be told from the others."""
    slow, fast = (table.loc[table["verdict"].eq(_(v)), group].tolist() for v in (SLOWER, FASTER))
    if slow and fast:
        text = _("{channel}, {n} compared: clearly slower {slow}; clearly faster {fast}")
    elif slow:
        text = _("{channel}, {n} compared: clearly slower {slow}; none clearly faster")
    elif fast:
        text = _("{channel}, {n} compared: clearly faster {fast}; none clearly slower")
    else:
        text = _("{channel}, {n} compared: none is clearly slower or faster than the others")
    return text.format(
        channel=channel.capitalize(),
        n=number(int(table["log_rank_p"].notna().sum())),
        slow=some_names(slow, 4),
        fast=some_names(fast, 4),
    )


def _caption(care: Care, waits: Waits, table: pd.DataFrame, until: float) -> str:
    return _(
        "Mean wait in the first {span} less the mean of the others’, each counting alike, with "
        "{level} intervals; whoever had no answer by then waited all of it. Right of zero is "
        "slower. The intervals are widened for all {n} comparisons (Bonferroni). “Clearly” needs "
        "one that leaves out zero, curves that do not cross, and a log-rank test within parts of "
        "the week (Holm) that finds a difference too."
    ).format(
        span=length(until, waits.unit),
        level=percent(care.study.confidence_level),
        n=number(int(table["log_rank_p"].notna().sum())),
    )
