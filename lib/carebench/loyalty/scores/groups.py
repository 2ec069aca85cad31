"""A score by provider and by segment, each group set against the others."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods.one_and_others import against_others
from ...methods.scores import mean
from ...sources import Care
from .answers import SCORES, answers, definition, scale_of, score_of

MOST_IN_WORDS = 40  # rows of a figure that its alternative text names


@needs("survey", "provider")
def score_by_provider(care: Care, score: str) -> Answer:
    """One score of each provider, highest first, with what it says against the others."""
    return _by_group(care, score, "provider")


@needs("survey", "segment")
def score_by_segment(care: Care, score: str) -> Answer:
    """One score of each segment of customers, highest first, set against the others."""
    return _by_group(care, score, "segment")


@needs("survey", "provider", "csat")
def mean_by_provider(care: Care) -> Answer:
    """Mean satisfaction of each provider, beside the share that is satisfied."""
    rows = answers(care)
    low, high = scale_of(care, "csat")
    table = _table(care, rows, _mean_of, "csat", "provider")
    if table.empty:
        return Skipped(_("The survey names no provider."))
    return Finding(
        "mean-satisfaction",
        table,
        headline=_("Mean satisfaction by provider, on the scale {low} to {high}").format(
            low=number(low), high=number(high)
        ),
        alt=_in_words(table, "provider"),
        labels={"provider": _("provider"), "value": _("mean")},
        notes=(_("The weights of the survey are not used here."),) if "weight" in rows else (),
    )


def _by_group(care: Care, score: str, group: str) -> Answer:
    rows = answers(care)
    if score not in rows:
        return Skipped(_("The survey did not ask {score}.").format(score=_(SCORES[score])))
    table = _table(care, rows, score_of, score, group)
    if table.empty:
        return Skipped(
            {
                "provider": _("The survey names no provider."),
                "segment": _("The survey names no segment."),
            }[group]
        )
    several = len(table) > 1
    labels = {group: {"provider": _("provider"), "segment": _("segment")}[group]}
    labels |= {"value": _(SCORES[score])} | ({"verdict": _("verdict")} if several else {})
    unnamed = int((rows[group].isna() & rows[score].notna()).sum())
    left_out = {
        "provider": _("{n} answers name no provider and are in no row."),
        "segment": _("{n} answers name no segment and are in no row."),
    }[group]
    return Finding(
        f"{score}-by-{group}",
        _with_verdicts(care, table) if several else table,
        headline=_headline(score, group).format(
            score=_(SCORES[score]), total=score_of(care, rows, score)
        ),
        caption=" ".join([definition(care, score), _caption(care)]),
        alt=_in_words(table, group),
        labels=labels,
        notes=(left_out.format(n=number(unnamed)),) if unnamed else (),
    )


def _table(
    care: Care,
    rows: pd.DataFrame,
    estimate: Callable[[Care, pd.DataFrame, str], Estimate],
    item: str,
    group: str,
) -> pd.DataFrame:
    """`estimate` of each group, highest first; no row where no answer names its group."""
    estimates = [
        ({group: str(name)}, estimate(care, part, item))
        for name, part in rows.groupby(group, observed=True)
    ]
    if not estimates:
        return pd.DataFrame()
    by = ["value", group]
    return frame(estimates).sort_values(by, ascending=[False, True], ignore_index=True)


def _with_verdicts(care: Care, table: pd.DataFrame) -> pd.DataFrame:
    """The table with each group's verdict against the mean of the others."""
    said = against_others(
        [from_row(row) for row in records(table)], confidence_level=care.study.confidence_level
    )
    return table.assign(
        verdict=[_(one.verdict) for one in said],
        p_value=[float("nan") if one.p_value is None else one.p_value for one in said],
    )


def _headline(score: str, group: str) -> str:
    if group == "segment":
        return _("{score} by segment: all together {total}")
    return _("{score} by provider: all together {total}")


def _caption(care: Care) -> str:
    return _(
        "With {level} intervals. Where they overlap widely the order says nothing. Verdict: each "
        "against the mean of the others (Fisher’s exact test for shares, z for NPS; Holm over all "
        "of them)."
    ).format(level=percent(care.study.confidence_level))


def _in_words(table: pd.DataFrame, group: str) -> str:
    shown = records(table.head(MOST_IN_WORDS))
    return _("Dots with intervals, highest on top: {rows}.").format(
        rows="; ".join(f"{row[group]} {from_row(row)}" for row in shown)
    )


def _mean_of(care: Care, rows: pd.DataFrame, item: str) -> Estimate:
    given = rows[item].to_numpy(dtype=float, na_value=float("nan"))
    return mean(given, scale=scale_of(care, item), confidence_level=care.study.confidence_level)
