"""A score by provider and by segment, each group set against the others."""

from __future__ import annotations

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.comparisons import ABOVE, BELOW
from ...methods.one_and_others import against_others
from ...methods.scores import mean
from ...sources import Care
from .answers import SCORES, answers, definition, scale_of, score_of

FILLED = N_("In the figure dots are filled where they clearly stand apart, else hollow.")
MOST_IN_WORDS = 40  # rows of a figure that its alternative text names


@needs("survey", "provider")
def score_by_provider(care: Care, score: str) -> Answer:
    """One score of each provider, highest first, with what it says against the others."""
    rows = answers(care)
    if score not in rows:
        return Skipped(_("The survey did not ask {score}.").format(score=_(SCORES[score])))
    table = _table(care, rows, score, "provider")
    if table.empty:
        return Skipped(_("The survey names no provider."))
    several = len(table) > 1
    table = _with_verdicts(care, table) if several else table
    labels = {"provider": _("provider"), "value": _(SCORES[score])}
    unnamed = int((rows["provider"].isna() & rows[score].notna()).sum())
    left_out = _("{n} answers name no provider and are in no row.")
    return Finding(
        f"{score}-by-provider",
        table,
        headline=_headline(_(SCORES[score]), table, score_of(care, rows, score)),
        caption=" ".join([definition(care, score), _caption(care), *([_(FILLED)] * several)]),
        alt=_in_words(table),
        labels=labels | ({"verdict": _("verdict")} if several else {}),
        notes=(left_out.format(n=number(unnamed)),) if unnamed else (),
    )


@needs("survey", "provider", "csat")
def mean_by_provider(care: Care) -> Answer:
    """Mean satisfaction of each provider, which some readers ask for beside the share."""
    rows, scale = answers(care), scale_of(care, "csat")
    level = care.study.confidence_level
    csat = [(str(name), part["csat"].to_numpy(dtype=float, na_value=float("nan"))) for name, part in
            rows.groupby("provider", observed=True)]  # fmt: skip
    if not csat:
        return Skipped(_("The survey names no provider."))
    estimates = (
        ({"provider": name}, mean(part, scale=scale, confidence_level=level)) for name, part in csat
    )
    low, high = (number(end) for end in scale)
    return Finding(
        "mean-satisfaction",
        frame(estimates).sort_values("value", ascending=False, ignore_index=True),
        headline=_("Mean satisfaction by provider, on the scale {low} to {high}").format(
            low=low, high=high
        ),
        labels={"provider": _("provider"), "value": _("mean")},
        notes=(_("The weights of the survey are not used here."),) if "weight" in rows else (),
    )


@needs("survey", "segment")
def scores_by_segment(care: Care) -> Answer:
    """CSAT, NPS and CES of each segment of customers, each set against the other segments."""
    rows = answers(care)
    asked = [score for score in SCORES if score in rows]
    found = [_table(care, rows, score, "segment") for score in asked]
    if not found:
        return Skipped(_("The survey asked none of CSAT, NPS and CES."))
    if found[0].empty:
        return Skipped(_("The survey names no segment."))
    several = len(found[0]) > 1
    table = pd.concat(
        [
            (_with_verdicts(care, part) if several else part).assign(score=_(SCORES[score]))
            for score, part in zip(asked, found, strict=True)
        ],
        ignore_index=True,
    )
    unnamed = int((rows["segment"].isna() & rows[asked].notna().any(axis=1)).sum())
    left_out = _("{n} answers name no segment and are in no row.")
    labels = {"score": _("score"), "segment": _("segment"), "value": _("estimate")}
    return Finding(
        "scores-by-segment",
        table,
        headline=_segments_headline(table),
        caption=_caption(care),
        labels=labels | ({"verdict": _("verdict")} if several else {}),
        notes=(left_out.format(n=number(unnamed)),) if unnamed else (),
    )


def _table(care: Care, rows: pd.DataFrame, score: str, group: str) -> pd.DataFrame:
    """The score of each group, highest first; no row where no answer names its group."""
    estimates = [
        ({group: str(name)}, score_of(care, part, score))
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
        ranked=[one.verdict in (ABOVE, BELOW) for one in said],
        p_value=[float("nan") if one.p_value is None else one.p_value for one in said],
    )


def _headline(score: str, table: pd.DataFrame, total: Estimate) -> str:
    """How many stand apart from the others, and which way."""
    if "verdict" not in table:
        return _("{score} of one provider: {total}").format(score=score, total=total)
    above, below = (int(table["verdict"].eq(_(word)).sum()) for word in (ABOVE, BELOW))
    return _(
        "{score} by provider: {above} clearly above the others, {below} clearly below, {rest} "
        "neither"
    ).format(
        score=score,
        above=number(above),
        below=number(below),
        rest=number(len(table) - above - below),
    )


def _segments_headline(table: pd.DataFrame) -> str:
    """The segments that stand apart from the others."""
    apart = records(table[table["ranked"]]) if "ranked" in table else []
    if not apart:
        return _("No segment clearly stands apart from the others")
    return _("Apart from the other segments: {segments}").format(
        segments="; ".join(f"{row['score']} {row['segment']}: {row['verdict']}" for row in apart)
    )


def _caption(care: Care) -> str:
    return _(
        "With {level} intervals. Where they overlap widely the order says nothing. Verdict: each "
        "against the mean of the others (Fisher’s exact test for shares, z for NPS; Holm over all "
        "of them)."
    ).format(level=percent(care.study.confidence_level))


def _in_words(table: pd.DataFrame) -> str:
    shown = records(table.head(MOST_IN_WORDS))
    return _("Dots with intervals, highest on top: {rows}.").format(
        rows="; ".join(f"{row['provider']} {from_row(row)}" for row in shown)
    )
