"""How far the scores can be trusted: agreement on each point, and consistency of their mean."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods.agreement import (
    ENOUGH,
    FIRMLY,
    TENTATIVELY,
    krippendorff_alpha,
    raw_agreement,
    verdict,
)
from ...methods.consistency import icc
from ...sources import Care
from ..trials.scores import common, table_of_means
from .quality import item_name
from .shoppers import departing_shoppers, without_them


@needs("ratings", "shopper")
def agreement(care: Care) -> Answer:
    """How far shoppers agree on each point, over the contacts that all of them scored."""
    scores = common(care)
    if scores["contact"].nunique() < ENOUGH:
        return _too_few(scores)
    rows = [_agreement_row(care, str(item), part) for item, part in scores.groupby("item")]
    table = frame(rows).sort_values("value", ascending=False, ignore_index=True)
    least, most = (from_row(records(table)[at]) for at in (-1, 0))
    reached = {words: int(table["verdict"].eq(_(words)).sum()) for words in (FIRMLY, TENTATIVELY)}
    return Finding(
        "agreement",
        table,
        headline=_(
            "Shoppers agree firmly on {firm} of {n} points, tentatively on {tentative}; alpha runs "
            "from {least} to {most}"
        ).format(
            firm=number(reached[FIRMLY]),
            tentative=number(reached[TENTATIVELY]),
            n=number(len(table)),
            least=least,
            most=most,
        ),
        labels={
            "item": _("point"),
            "value": _("alpha"),
            "verdict": _("agreement"),
            "raw": _("equal pairs; commonest"),
        },
        notes=(
            _(
                "Alpha is 1 where shoppers agree and 0 where they agree as by chance. Firm from "
                "0.80, tentative from 0.667, judged by the lower limit."
            ),
            _(
                "The last column has the share of pairs of scores of one contact that are equal, "
                "and the commonest score with its share: where nearly all scores are alike, alpha "
                "is low though shoppers agree."
            ),
            _(
                "The interval holds for these shoppers, not for others like them; in simulations "
                "with 20 contacts nominal 95% covered 86 to 93%."
            ),
        ),
    )


@needs("ratings", "shopper")
def consistency(care: Care) -> Answer:
    """How far one shopper's mean score, and the mean of all of them, can be trusted."""
    scores = common(care)
    if scores["contact"].nunique() < ENOUGH:
        return _too_few(scores)
    names, table = table_of_means(scores)
    departing = departing_shoppers(care)
    rows = _consistency_rows(care, table, _("all shoppers"))
    if departing:
        kept = [place for place, name in enumerate(names) if name not in departing]
        rows += _consistency_rows(care, table[:, kept], without_them())
    found = frame(rows)
    first = from_row(records(found)[0])
    return Finding(
        "consistency",
        found,
        headline=_("The score of a single shopper is reliable to {icc} of 1").format(icc=first),
        labels={
            "shoppers": _("shoppers"),
            "measure": _("reliability of"),
            "value": _("ICC"),
            "verdict": _("reliability"),
        },
        notes=(
            _(
                "Part of the variance of scores that lies between contacts, over the contacts that "
                "all shoppers scored; their mean over the points is taken. Judged like alpha, by "
                "the lower limit. It holds for other shoppers like these."
            ),
        ),
    )


def _agreement_row(care: Care, item: str, part: pd.DataFrame) -> tuple[dict[str, Any], Estimate]:
    level = care.study.confidence_level
    alpha = krippendorff_alpha(part["contact"], part["score"], confidence_level=level)
    equal, commonest, its_share = raw_agreement(part["contact"], part["score"])
    words = "–"
    if not math.isnan(equal):
        words = f"{percent(equal)}; {commonest:g} ({percent(its_share)})"
    return {
        "item": item_name(item),
        "verdict": _(verdict(alpha)),
        "raw": words,
        "equal_pairs": equal,
        "commonest_score": commonest,
        "commonest_share": its_share,
    }, alpha


def _consistency_rows(
    care: Care, table: npt.NDArray[np.float64], whose: str
) -> list[tuple[dict[str, Any], Estimate]]:
    one, all_of_them = icc(table, confidence_level=care.study.confidence_level)
    measures = (
        (_("one shopper’s score"), one),
        (_("the mean of {n} shoppers").format(n=number(table.shape[1])), all_of_them),
    )
    return [
        ({"shoppers": whose, "measure": measure, "verdict": _(verdict(found))}, found)
        for measure, found in measures
    ]


def _too_few(scores: pd.DataFrame) -> Skipped:
    return Skipped(
        _(
            "There is no reliability figure: {n} contacts were scored by all shoppers, and at "
            "least {enough} are needed."
        ).format(n=number(scores["contact"].nunique()), enough=number(ENOUGH))
    )
