"""What weighting the answers changes, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods.weighting import NotWeighted
from ...sources import Care
from .answers import SCORES, answers, population, raked, score_of


@needs("survey")
def weighting(care: Care) -> Answer:
    """Each score with and without the weights, and how many answers the weighted are worth."""
    rows = answers(care)
    asked = [score for score in SCORES if score in rows]
    if "weight" not in rows or not asked:
        return Skipped(
            _(
                "The survey has no weights and the study gives no margins of the population: every "
                "answer counts alike."
            )
        )
    plain = rows.drop(columns="weight")
    found = [(score, score_of(care, rows, score), score_of(care, plain, score)) for score in asked]
    table = frame(
        (
            {
                "score": _(SCORES[score]),
                "unweighted": without.value_text(),
                "worth": float("nan") if weighted.value is None else _worth(weighted),
            },
            weighted,
        )
        for score, weighted, without in found
    )
    return Finding(
        "weighting",
        table,
        headline=_headline(*found[0]),
        labels={
            "score": _("score"),
            "value": _("weighted"),
            "unweighted": _("unweighted"),
            "worth": _("answers it is worth"),
        },
        styles={"worth": "count"},
        notes=(*weight_notes(care), _kish()),
    )


def weight_notes(care: Care) -> Iterator[str]:
    """How the answers were weighted, who was left out, and what was trimmed."""
    rows = answers(care)
    if "weight" not in rows:
        return
    margins = population(care)
    if not margins:
        yield _("The answers are weighted as the survey says.")
        return
    try:
        made = raked(care)
    except NotWeighted:
        yield _not_weighted(care)
        return
    yield _(
        "The answers are weighted to the study’s shares of customers by {columns} (raking)."
    ).format(columns=", ".join(margins))
    if left_out := int(pd.isna(made.weights).sum()):
        text = _("{n} answers lack one of these groups, or their own weight, and are left out.")
        yield text.format(n=number(left_out))
    if made.trimmed:
        yield _(
            "{n} weights above five times the median were cut to it; a group’s share then misses "
            "its aim by {off} at most."
        ).format(n=number(made.trimmed), off=percent(made.off, 1))


def _not_weighted(care: Care) -> str:
    """Why there are no weights: a group of which nobody answered, or margins that do not meet."""
    rows = care.current("survey")
    for column, shares in population(care).items():
        seen = set(map(str, rows[column].dropna().unique()))
        if empty := [group for group in shares if group not in seen]:
            return _(
                "Nobody answered of the group “{group}”, {share} of customers by {column}: no "
                "weight can speak for them, so no weighted score is given."
            ).format(group=empty[0], share=percent(shares[empty[0]]), column=column)
    return _(
        "No weights give every group its share of customers, so no weighted score is given: some "
        "groups were never seen together."
    )


def _worth(estimate: Estimate) -> float:
    return estimate.n / (estimate.design_effect or 1.0)


def _headline(score: str, weighted: Estimate, plain: Estimate) -> str:
    name = _(SCORES[score])
    if weighted.value is None or plain.value is None:
        return _("{score} weighted: {estimate}").format(score=name, estimate=weighted)
    return _(
        "{score} is {estimate} weighted and {plain} unweighted; weighting costs {lost} of the "
        "answers’ worth"
    ).format(
        score=name,
        estimate=weighted,
        plain=plain.value_text(),
        lost=percent(1 - _worth(weighted) / weighted.n),
    )


def _kish() -> str:
    return _(
        "Unequal weights widen intervals: n answers are worth n over the design effect "
        "n·Σw²/(Σw)² (Kish), and all intervals are made at that number."
    )
