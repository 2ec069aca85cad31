"""The table of the index: for each provider its value, its ranks, and what moves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import Estimate, frame
from ...language import N_, _
from ...methods.comparisons import ABOVE, BELOW, NOT_DISTINGUISHABLE, TOO_FEW
from ...methods.composite import MEANS, composite, part_weights, varied_weights
from ...methods.proportions import SMALL
from ...methods.ranking import (
    beside_the_others,
    chance_of_best,
    differ,
    rank_intervals,
    rank_sets,
    ranks,
)
from ...sources import Care
from .parts_of_index import PARTS, Part, parts_of_index

Floats = npt.NDArray[np.float64]

GATE = 0.05  # differences less sure than this support no ranking
METHOD = N_("mean and limits of joint draws, each share drawn towards the providers’ mean")
NOTHING = N_("nothing of it was tried")
RANKS = (
    ("ranks", "rank_low", "rank_high"),
    ("sets", "set_low", "set_high"),
    ("weighted", "weights_low", "weights_high"),
)


@dataclass(frozen=True)
class IndexTable:
    """One row per provider; the parts and their weights; what the differences allow to say.

    `ranked` are the providers that can be compared; `established`, whether they differ by more
    than chance in any part.
    """

    rows: pd.DataFrame
    parts: tuple[str, ...]
    weights: Floats
    ranked: int
    established: bool


def index_table(care: Care) -> IndexTable:
    """The index of every provider that was tried, highest first; no row where none has a part."""
    made, parts = parts_of_index(care)
    names = tuple(part.name for part in parts)
    weights = part_weights(dict(care.study.audit.weights), names, tuple(PARTS))
    if not parts or made.empty:
        return IndexTable(pd.DataFrame(), (), weights, 0, established=False)
    draws = {mean: _composite(parts, weights, mean) for mean in MEANS}
    tried = made.to_numpy() >= SMALL
    ranked = np.flatnonzero(tried & ~np.isnan(draws[care.study.audit.index]).any(axis=0))
    ranked = ranked if len(ranked) > 1 else ranked[:0]
    tested = [(t.k.tolist(), t.n.tolist()) for part in parts for t in part.trials]
    established = bool(len(ranked)) and differ(tested, level=GATE)
    rows = _values(care, made, parts, draws).join(_ranks(care, parts, weights, draws, ranked))
    rows["mark"] = _marks(care, draws[care.study.audit.index], ranked, established, len(made))
    rows["verdict"] = [_(mark) if mark else None for mark in rows["mark"]]
    if established:
        best = chance_of_best(draws[care.study.audit.index][:, ranked])
        rows.loc[ranked, "best"] = best
    rows = rows.sort_values(
        ["value", "provider"], ascending=[False, True], na_position="last", ignore_index=True
    )
    return IndexTable(rows, names, weights, len(ranked), established)


def _composite(parts: list[Part], weights: Floats, mean: str) -> Floats:
    return composite(np.stack([part.draws for part in parts], axis=-1), weights, mean=mean)


def _values(
    care: Care, made: pd.Series[int], parts: list[Part], draws: dict[str, Floats]
) -> pd.DataFrame:
    """The index, its parts, and the index by the other mean."""
    level, own = care.study.confidence_level, draws[care.study.audit.index]
    table = frame(
        ({"provider": str(name)}, _estimate(own[:, at], int(n), level))
        for at, (name, n) in enumerate(made.items())
    )
    for part in parts:
        table[f"{part.name}_share"], table[f"{part.name}_n"] = part.share, part.n
    table["other"] = draws[other_mean(care)].mean(axis=0)
    table["best"] = np.nan
    return table


def other_mean(care: Care) -> str:
    """The mean that is not the study's own."""
    return next(mean for mean in MEANS if mean != care.study.audit.index)


def _estimate(draws: Floats, n: int, level: float) -> Estimate:
    if np.isnan(draws).any():
        return Estimate.absent(NOTHING, n=n, unit="score")
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    value = float(draws.mean())
    return Estimate(
        value, min(float(low), value), max(float(high), value), n, METHOD, "score", level
    )


def _ranks(
    care: Care,
    parts: list[Part],
    weights: Floats,
    draws: dict[str, Floats],
    ranked: npt.NDArray[np.int64],
) -> pd.DataFrame:
    """Ranks by chance, by weights and by the other mean, of those that are `ranked`."""
    own, level = draws[care.study.audit.index][:, ranked], care.study.confidence_level
    others = draws[other_mean(care)][:, ranked].mean(axis=0)
    share = np.stack([part.share for part in parts], axis=-1)[ranked]
    weighted = composite(
        share[None], varied_weights(weights)[:, None, :], mean=care.study.audit.index
    )
    spans = [
        rank_intervals(own, confidence_level=level),
        rank_sets(own, confidence_level=level),
        rank_intervals(weighted, confidence_level=level),
    ]
    table = pd.DataFrame(index=range(len(parts[0].n)))
    for (name, low, high), limits in zip(RANKS, spans, strict=True):
        for column, values in zip((low, high), limits, strict=True):
            table[column] = pd.Series(values, index=ranked, dtype="Int64")
        table[name] = [_span(*pair) for pair in zip(table[low], table[high], strict=True)]
    table["other_rank"] = pd.Series(ranks(others), index=ranked, dtype="Int64")
    return table


def _marks(
    care: Care, draws: Floats, ranked: npt.NDArray[np.int64], established: bool, providers: int
) -> list[str]:
    """Each provider against the mean of the others, as an English message; "" for one alone."""
    if not len(ranked):
        return [TOO_FEW if providers > 1 else ""] * providers
    marks = np.full(providers, TOO_FEW, dtype=object)
    marks[ranked] = NOT_DISTINGUISHABLE
    if established:
        _distance, low, high = beside_the_others(
            draws[:, ranked], confidence_level=care.study.confidence_level
        )
        marks[ranked[low > 0]], marks[ranked[high < 0]] = ABOVE, BELOW
    return list(marks)


def _span(low: Any, high: Any) -> str | None:
    if pd.isna(low):
        return None
    return f"{low}" if low == high else f"{low}–{high}"
