"""How often each answer was given: what a score leaves out."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number
from ...methods.proportions import weighted_proportion
from ...sources import Care
from .answers import MOST_UNWEIGHTED, SCORES, UNWEIGHTED, answers, scale_of

MOST_POINTS = 11  # of a scale; one of more points is cut into five parts
PARTS = 5
RECOMMENDING = ((0.0, 6.0), (7.0, 8.0), (9.0, 10.0))  # detractors, passives, promoters
Row = tuple[dict[str, Any], Estimate]


@needs("survey")
def distribution(care: Care) -> Answer:
    """The share of each answer to CSAT, NPS and CES, worst first."""
    rows = answers(care)
    asked = [score for score in SCORES if score in rows]
    if not asked:
        return Skipped(_("The survey asked none of CSAT, NPS and CES."))
    table = frame(row for score in asked for row in _answers_to(care, rows, score))
    return Finding(
        "answers-given",
        table,
        headline=_headline(table),
        caption=_(
            "Each bar holds all answers to one question, worst at the left: the upper figure is "
            "the answer, the lower its share. A score counts the best answers alone; two companies "
            "of one score may have very different numbers at the bottom."
        ),
        alt=_("Bars cut into answers, worst first: {rows}.").format(rows=_in_words(table)),
        labels={"score": _("score"), "answer": _("answer"), "value": _("share of answers")},
    )


def _answers_to(care: Care, rows: pd.DataFrame, score: str) -> list[Row]:
    """One row for each answer to one question, worst first."""
    given = rows[score].to_numpy(dtype=float, na_value=np.nan)
    there = ~np.isnan(given)
    weight = np.ones(len(rows))
    if "weight" in rows:
        weight = rows["weight"].to_numpy(dtype=float, na_value=np.nan)
    weighted = there & ~np.isnan(weight)
    enough = weighted.sum() >= (1 - MOST_UNWEIGHTED) * there.sum()
    parts = _parts(care, score)
    return [
        (
            {
                "score": _(SCORES[score]),
                "answer": _between(low, high),
                "from_worst": at / max(len(parts) - 1, 1),
            },
            _share(care, given[weighted], weight[weighted], low, high)
            if enough
            else Estimate.absent(UNWEIGHTED, n=int(there.sum())),
        )
        for at, (low, high) in enumerate(parts)
    ]  # fmt: skip


def _share(
    care: Care,
    given: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
    low: float,
    high: float,
) -> Estimate:
    chosen = (given >= low) & (given <= high)
    return weighted_proportion(chosen, weight, confidence_level=care.study.confidence_level)


def _parts(care: Care, score: str) -> list[tuple[float, float]]:
    """First and last point of each part of the scale, worst first."""
    low, high = scale_of(care, score)
    if score == "nps" and (low, high) == (0, 10):
        return list(RECOMMENDING)
    if high - low < MOST_POINTS:
        return [(point, point) for point in np.arange(low, high + 1).tolist()]
    edges = np.linspace(low, high + 1, PARTS + 1).round().tolist()
    return [(start, after - 1) for start, after in pairwise(edges)]


def _between(low: float, high: float) -> str:
    return number(low) if low == high else f"{number(low)}–{number(high)}"


def _headline(table: pd.DataFrame) -> str:
    """The worst and the best answer to each question."""
    parts = []
    for score, rows in table.groupby("score", sort=False):
        worst, best = from_row(records(rows)[0]), from_row(records(rows)[-1])
        parts.append(
            _("{score}: {worst} answered {low}, {best} answered {high}").format(
                score=score,
                worst=_with_limits(worst),
                best=_with_limits(best),
                low=rows["answer"].iloc[0],
                high=rows["answer"].iloc[-1],
            )
            if worst.value is not None
            else _("{score}: not known").format(score=score)
        )
    return "; ".join(parts)


def _with_limits(share: Estimate) -> str:
    return f"{share.value_text()} ({share.interval_text()})"


def _in_words(table: pd.DataFrame) -> str:
    return "; ".join(
        f"{row['score']} {row['answer']} {from_row(row).value_text()}" for row in records(table)
    )
