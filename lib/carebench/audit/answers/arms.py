"""Arms of an experiment, or personas, two by two."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...estimate import frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods.comparisons import ABOVE, BELOW, THE_SAME, TOO_FEW, compare_pairs
from ...sources import Care
from ..trials.selection import attempts, left_out
from .groups import counted_by, in_channel, what

ARMS = ("arm", "persona")
MOST = 12  # arms; above, there are more pairs than anybody reads


@needs("attempts")
def differences(care: Care, channel: str = "") -> Answer:
    """How often two arms (else personas) were answered, every two against each other."""
    found = in_channel(care, channel, _divided(attempts(care)))
    if isinstance(found, Skipped):
        return found
    rows, group = found
    by = counted_by(rows, group)
    if len(by) < 2:
        return Skipped(_("The attempts name no two arms or personas to compare."))
    if len(by) > MOST:
        text = _("Of {n} arms or personas there are more pairs than anybody would read.")
        return Skipped(text.format(n=number(len(by))))
    table = _pairs(care, by, group)
    return Finding(
        f"differences-by-{group}" + (f"-{channel}" if channel else ""),
        table,
        headline=_headline(channel, table),
        caption=" ".join(_caption(care)),
        alt=_("Dots with intervals around no difference: {rows}.").format(
            rows="; ".join(f"{row['pair']} {from_row(row)}" for row in records(table))
        ),
        labels={"pair": _("pair"), "value": _("difference, points"), "verdict": _("verdict")},
        notes=tuple(_notes(care, rows, group, table)),
    )


def _divided(rows: pd.DataFrame) -> tuple[str, ...]:
    """The columns of arms that tell two at least."""
    return tuple(name for name in ARMS if name in rows and len(rows[name].dropna().unique()) > 1)


def _pairs(care: Care, by: pd.DataFrame, group: str) -> pd.DataFrame:
    """One row per pair, the largest difference first, in points."""
    found = compare_pairs(
        by["k"].tolist(),
        by["n"].tolist(),
        margin=care.study.audit.equivalence_margin,
        confidence_level=care.study.confidence_level,
    )
    names = by[group].tolist()
    table = frame(
        ({"pair": _("{first} against {second}").format(first=names[i], second=names[j]),
          "verdict": _(said.verdict), "p_value": said.p_value}, difference.in_points())
        for i, j, difference, said in found
    )  # fmt: skip
    return table.sort_values("value", key=abs, ascending=False, ignore_index=True)


def _headline(channel: str, table: pd.DataFrame) -> str:
    apart = int(table["verdict"].isin([_(ABOVE), _(BELOW)]).sum())
    if not apart:
        return _("{what}: no two of the groups compared can be told apart").format(
            what=what(channel)
        )
    first = records(table[table["verdict"].isin([_(ABOVE), _(BELOW)])])[0]
    return _(
        "{what}: {apart} of {n} pairs of arms differ clearly, most of all {pair}: "
        "{difference} points"
    ).format(
        what=what(channel),
        apart=number(apart),
        n=number(len(table)),
        pair=first["pair"],
        difference=from_row(first),
    )


def _caption(care: Care) -> Iterator[str]:
    yield _(
        "Difference of the shares answered by a person, first less second, in points, with "
        "{level} Newcombe intervals, each for its own pair. The verdict allows for all pairs "
        "(Fisher’s exact test, Holm) and may therefore see less than a single interval."
    ).format(level=percent(care.study.confidence_level))


def _notes(care: Care, rows: pd.DataFrame, group: str, table: pd.DataFrame) -> Iterator[str]:
    yield from left_out(rows, group)
    margin = number(care.study.audit.equivalence_margin * 100)
    if table["verdict"].eq(_(THE_SAME)).any():
        yield _(
            "The margin: {margin} points, fixed before the fieldwork ({level} interval)."
        ).format(margin=margin, level=percent(2 * care.study.confidence_level - 1))
    width = (table["high"] - table["low"]) / 100
    if (width > 2 * care.study.audit.equivalence_margin).all():
        yield _(
            "With so few attempts nothing could be shown to be the same within {margin} points, "
            "even if it were."
        ).format(margin=margin)
    if table["verdict"].eq(_(TOO_FEW)).any():
        yield _("Pairs with fewer than five attempts on a side are not judged.")
    yield _("It is the arm that makes the difference only where arms were drawn by lot.")
