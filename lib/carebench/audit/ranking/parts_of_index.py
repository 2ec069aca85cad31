"""The parts that the index is made of: each a share of 1 for each provider, with joint draws.

No attempt counts twice. Calls make the share of the week where their times are known, else a
channel; requests resolved are of the attempts that a person answered, quality of those rated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...language import N_
from ...methods import coverage
from ...methods.providers import posterior_draws
from ...schema import CHANNELS
from ...sources import Care
from ..trials import calls
from ..trials.claimed_channels import claims_of_channels
from ..trials.scores import sums
from ..trials.selection import attempts

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

PARTS = {
    "channel": N_("channels answered"),
    "resolved": N_("resolved once answered"),
    "quality": N_("quality"),
    "hours": N_("share of the week"),
}
DRAWS = 1000
SEED = 20140602


@dataclass(frozen=True)
class Trials:
    """k of n for each provider, in one channel, one part of the week, or of all it answered."""

    k: Counts
    n: Counts


@dataclass(frozen=True)
class Part:
    """One part of the index.

    `draws` (draws, providers) are missing where nothing is known of a provider; `n` are the
    attempts behind them, `trials` those of the providers that offer what was tried.
    """

    name: str
    draws: Floats
    n: Counts
    trials: tuple[Trials, ...]

    @property
    def share(self) -> Floats:
        """The part of each provider, drawn towards the others' as far as chance explains."""
        return np.asarray(self.draws.mean(axis=0))


def parts_of_index(care: Care) -> tuple[pd.Series[int], list[Part]]:
    """Attempts by provider, sorted by name, and every part of the index that the study allows."""
    rows = attempts(care)
    rows = rows[rows["provider"].notna()]
    made = rows.groupby("provider", observed=True).size()
    names = sorted(map(str, made.index))
    made = made.reindex(names)
    week = _hours(care, names)
    parts = [
        _channels(care, rows, names, without="phone" if week else ""),
        _resolved(rows, names),
        _quality(care, names),
        week,
    ]
    return made, [part for part in parts if part is not None]


def _channels(care: Care, rows: pd.DataFrame, names: list[str], without: str) -> Part | None:
    """The mean share answered over the channels, each counting alike."""
    if "channel" not in rows or rows["channel"].isna().all():
        return _part("channel", [_trials(rows, "answered", names)], np.ones((1, len(names))))
    found = [c for c in CHANNELS if c != without and rows["channel"].eq(c).any()]
    trials = [_trials(rows[rows["channel"].eq(c)], "answered", names) for c in found]
    if not trials:
        return None
    offered = claims_of_channels(care).reindex(names)
    lacking = [_lacking(offered, c, t) for c, t in zip(found, trials, strict=True)]
    weights = np.array([(t.n > 0) & ~lack for t, lack in zip(trials, lacking, strict=True)], float)
    zeros = care.study.audit.missing_channel == "zero"
    return _part("channel", trials, weights, np.sum(lacking, axis=0) if zeros else None)


def _resolved(rows: pd.DataFrame, names: list[str]) -> Part | None:
    """The share of requests resolved, of those that a person answered."""
    if "resolved" not in rows:
        return None
    known = rows[rows["answered"] & rows["resolved"].notna()]
    return _whole("resolved", _trials(known, "resolved", names))


def _quality(care: Care, names: list[str]) -> Part | None:
    """The share of good scores as the scores' own section has it, one opinion a contact."""
    if not care.columns("ratings"):
        return None
    found = sums(care).set_index("provider").reindex(names, fill_value=0).astype("float64")
    k = (found["contacts"] * found["k"] / found["n"]).fillna(0.0).round()
    n = found["contacts"].to_numpy(dtype=np.int64)
    return _whole("quality", Trials(k.to_numpy(dtype=np.int64), n))


def _whole(name: str, trial: Trials) -> Part | None:
    """A part of one trial; none where nobody was tried."""
    if not trial.n.any():
        return None
    return _part(name, [trial], (trial.n > 0).astype(float)[None, :])


def _hours(care: Care, names: list[str]) -> Part | None:
    """The share of the week in which a call is answered, from the parts of the week."""
    made = calls.calls(care)
    if made.empty or "provider" not in made:
        return None
    made, night = calls.ordinary(made), calls.night(care)
    part = coverage.part_of_week(made["minute"] / 60, night)
    trials = [_trials(made[part == at], "answered", names) for at in range(len(coverage.PARTS))]
    if min(int(trial.n.sum()) for trial in trials) == 0:  # of that part nothing is known
        return None
    whole = Trials(np.sum([t.k for t in trials], axis=0), np.sum([t.n for t in trials], axis=0))
    lacking = _lacking(claims_of_channels(care).reindex(names), "phone", whole)
    known = (whole.n > 0) & ~lacking
    weights = coverage.part_weights(night)[:, None] * known
    zeros = care.study.audit.missing_channel == "zero"
    return _part("hours", trials, weights, lacking if zeros else None)


def _lacking(offered: pd.DataFrame, channel: str, trial: Trials) -> npt.NDArray[np.bool_]:
    """Who says that it does not offer the channel, and never answered there."""
    if channel not in offered:
        return np.zeros(len(trial.n), dtype=bool)
    said = offered[channel].astype("boolean").eq(False).fillna(False).to_numpy(dtype=bool)
    return np.asarray(said & (trial.k == 0))


def _trials(rows: pd.DataFrame, column: str, names: list[str]) -> Trials:
    """Counts by provider."""
    hit = rows[column].astype("float64")
    counted = hit.groupby(rows["provider"], observed=True).agg(["sum", "size"])
    counted = counted.reindex(names, fill_value=0).round().astype("int64")
    return Trials(counted["sum"].to_numpy(), counted["size"].to_numpy())


def _part(
    name: str, trials: list[Trials], weights: Floats, zeros: npt.NDArray[Any] | None = None
) -> Part:
    """The weighted mean of trials, `weights` (trials, providers); `zeros` more count as 0."""
    total = weights.sum(axis=0) + (0 if zeros is None else zeros)
    summed = np.zeros((DRAWS, len(total)))
    for at, (trial, weight) in enumerate(zip(trials, weights, strict=True)):
        use = weight > 0
        if use.any():
            seed = SEED + 100 * list(PARTS).index(name) + at  # else parts would move together
            drawn = posterior_draws(
                trial.k[use].tolist(), trial.n[use].tolist(), draws=DRAWS, seed=seed
            )
            summed[:, use] += weight[use] * drawn
    offered = [(trial, weight > 0) for trial, weight in zip(trials, weights, strict=True)]
    tested = tuple(Trials(trial.k[use], trial.n[use]) for trial, use in offered)
    with np.errstate(invalid="ignore"):
        return Part(name, summed / total, np.sum([t.n for t in trials], axis=0), tested)
