"""Two waves that asked mostly the same people: each person's own change is looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ..estimate import Estimate
from ..language import _, number, percent
from ..methods.panel import PAIRED_NPS, PAIRED_SHARES, paired_change
from ..methods.waves import Change, not_compared
from ..sources import Care
from .scores import score_of
from .scores.answers import numbers_of

PAIRED_FROM = 0.8  # of the smaller wave's respondents who are in both


def pairs(
    then: pd.DataFrame, now: pd.DataFrame, score: str
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Who answered in both waves, in one order; None where too few of the smaller wave did.

    Both have the weights of the later wave, so that the change of the whole is the mean of the
    changes of all.
    """
    old, new = (part[part[score].notna()] for part in (then, now))
    if old["respondent"].duplicated().any() or new["respondent"].duplicated().any():
        return None
    old, new = old.set_index("respondent"), new.set_index("respondent")
    both = old.index.intersection(new.index)
    if not len(both) or len(both) < PAIRED_FROM * min(len(old), len(new)):
        return None
    old, new = old.loc[both].drop(columns="weight", errors="ignore"), new.loc[both]
    return (old.assign(weight=new["weight"]) if "weight" in new else old), new


def paired_scores(
    care: Care, before: Care, old: pd.DataFrame, new: pd.DataFrame, score: str, comparisons: int
) -> tuple[Estimate, Estimate, Change]:
    """A score then and now of those who answered twice, and the mean of their own changes."""
    first, second = score_of(before, old, score), score_of(care, new, score)
    if first.value is None or second.value is None:
        lacking = first if first.value is None else second
        return first, second, not_compared(lacking.reason, n=len(new))
    change = paired_change(
        numbers_of(before, old, score),
        numbers_of(care, new, score),
        weights=new["weight"].to_numpy(dtype=float) if "weight" in new else None,
        recommended=score == "nps",
        confidence_level=care.study.confidence_level,
        comparisons=comparisons,
    )
    return first, second, change


def how_taken(table: pd.DataFrame) -> str:
    """Whether the waves asked the same people, row by row."""
    paired = table["method"].isin([PAIRED_SHARES, PAIRED_NPS])
    if not paired.any():
        return _("The waves asked different people and are taken as independent.")
    if paired[table["value"].notna()].all():
        return _(
            "At least {share} of the smaller wave’s respondents are in both waves: only they are "
            "counted, and the changes are their own (paired)."
        ).format(share=percent(PAIRED_FROM))
    return _(
        "Where at least {share} of the smaller wave’s respondents are in both waves, only they "
        "are counted, and the changes are their own (paired); elsewhere the waves are taken as "
        "independent."
    ).format(share=percent(PAIRED_FROM))


def same_codes(then: pd.DataFrame, now: pd.DataFrame) -> Iterator[str]:
    """That the same codes of respondents are in both waves, and what is made of it."""
    again = int(now["respondent"].isin(then["respondent"]).sum())
    if again >= PAIRED_FROM * min(len(then), len(now)):
        yield _(
            "{n} codes of respondents occur in both waves and are taken as the same people. If "
            "each wave counted its respondents afresh, give them different codes."
        ).format(n=number(again))
    elif again:
        yield _(
            "{n} codes of respondents occur in both waves. If they are the same people, the "
            "intervals are wider than they need be."
        ).format(n=number(again))
