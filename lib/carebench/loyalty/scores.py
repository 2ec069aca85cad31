"""How satisfied customers are: CSAT, NPS, CES and the mean."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods.scores import mean, nps, top_box
from ..schema import SURVEY
from ..sources import Care

SCORES = {"csat": N_("CSAT"), "nps": N_("NPS"), "ces": N_("CES")}
MOST_UNWEIGHTED = 0.05  # of the answers; leaving out more would choose among respondents
UNWEIGHTED = N_("more than 5% of the answers have no weight")


@needs("survey")
def scores(care: Care) -> Answer:
    """CSAT, NPS and CES of the wave, whichever the survey asked."""
    rows = care.current("survey")
    asked = [score for score in SCORES if score in rows]
    if not asked:
        return Skipped(_("The survey asked none of CSAT, NPS and CES."))
    estimates = [
        ({"score": _(SCORES[score]), "what": _definition(care, score)}, score_of(care, rows, score))
        for score in asked
    ]
    table = frame(estimates)
    return Finding(
        "scores",
        table,
        headline="; ".join(f"{keys['score']} {estimate}" for keys, estimate in estimates),
        labels={"score": _("score"), "what": _("what it counts"), "value": _("estimate")},
    )


@needs("survey", "provider")
def score_by_provider(care: Care, score: str) -> Answer:
    """One score of each provider, highest first."""
    rows = care.current("survey")
    if score not in rows:
        return Skipped(_("The survey did not ask {score}.").format(score=_(SCORES[score])))
    return _by_provider(
        care,
        rows,
        score_of,
        score,
        name=f"{score}-by-provider",
        label=_(SCORES[score]),
        headline=_("{score} by provider: all together {total}").format(
            score=_(SCORES[score]), total=score_of(care, rows, score)
        ),
        caption=_definition(care, score)
        + " "
        + _(
            "With {level} intervals. Where they overlap widely the order says nothing, and among "
            "many providers a few stand apart by chance."
        ).format(level=percent(care.study.confidence_level)),
    )


@needs("survey", "provider", "csat")
def mean_by_provider(care: Care) -> Answer:
    """Mean satisfaction of each provider, beside the share that is satisfied."""
    rows = care.current("survey")
    low, high = scale_of(care, "csat")
    return _by_provider(
        care,
        rows,
        _mean_of,
        "csat",
        name="mean-satisfaction",
        label=_("mean"),
        headline=_("Mean satisfaction by provider, on the scale {low} to {high}").format(
            low=number(low), high=number(high)
        ),
        notes=(_("The weights of the survey are not used here."),) if "weight" in rows else (),
    )


def score_of(care: Care, rows: pd.DataFrame, score: str) -> Estimate:
    """CSAT, NPS or CES of the answers in `rows`, weighted where the survey has weights."""
    answers = rows[score].to_numpy(dtype=float, na_value=float("nan"))
    weights = None
    if "weight" in rows:
        weights = rows["weight"].to_numpy(dtype=float)
        answered = rows[score].notna()
        if rows.loc[answered, "weight"].isna().mean() > MOST_UNWEIGHTED:
            return Estimate.absent(UNWEIGHTED, n=int(answered.sum()))
    level, scale = care.study.confidence_level, scale_of(care, score)
    if score == "nps":
        return nps(answers, scale=scale, weights=weights, confidence_level=level)
    return top_box(answers, scale=scale, weights=weights, confidence_level=level)


def scale_of(care: Care, score: str) -> tuple[float, float]:
    """Lowest and highest point of a score: the study's own, else the usual one."""
    own = care.study.tables["survey"].scales.get(score)
    column = SURVEY.column(score)
    low, high = own if own else (column.low, column.high)
    return float(low or 0), float(high or 0)


def _mean_of(care: Care, rows: pd.DataFrame, item: str) -> Estimate:
    answers = rows[item].to_numpy(dtype=float, na_value=float("nan"))
    return mean(answers, scale=scale_of(care, item), confidence_level=care.study.confidence_level)


def _by_provider(
    care: Care,
    rows: pd.DataFrame,
    estimate: Callable[[Care, pd.DataFrame, str], Estimate],
    item: str,
    *,
    name: str,
    label: str,
    headline: str,
    caption: str = "",
    notes: tuple[str, ...] = (),
) -> Answer:
    """`estimate` of each provider, highest first."""
    estimates = [
        ({"provider": str(provider)}, estimate(care, part, item))
        for provider, part in rows.groupby("provider", observed=True)
    ]
    if not estimates:
        return Skipped(_("The survey names no provider."))
    table = frame(estimates).sort_values("value", ascending=False, ignore_index=True)
    return Finding(
        name,
        table,
        headline=headline,
        caption=caption,
        alt=_("Dots with intervals, highest on top: {rows}.").format(
            rows="; ".join(f"{row['provider']} {from_row(row)}" for row in records(table))
        ),
        labels={"provider": _("provider"), "value": label},
        notes=notes,
    )


def _definition(care: Care, score: str) -> str:
    """What a score counts, with the scale it was asked on."""
    low, high = scale_of(care, score)
    if score == "nps":
        return _("Per cent who would recommend (9–10) less per cent who would not (0–6).")
    text = {
        "csat": _("Share of answers {top} or {high} on the scale {low} to {high}: satisfied."),
        "ces": _("Share of answers {top} or {high} on the scale {low} to {high}: it was easy."),
    }[score]
    return text.format(top=number(high - 1), high=number(high), low=number(low))
