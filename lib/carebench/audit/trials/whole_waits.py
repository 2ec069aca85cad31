"""The waits of all attempts by a channel, counted in the engine: also where memory holds some."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...engine import MAX_ROWS, TooManyRows, quote_text
from ...language import _
from ...queries.attempts import counting
from ...queries.channel_waits import waits_by_channel
from ...sources import Care
from .waits import SECONDS, Waits, seconds_in


def whole_waits(care: Care, channel: str) -> Waits:
    """What `waits_of` says of all attempts by `channel`, each different wait given once.

    Its `rows` are empty: what must know single attempts cannot be asked of all of them.
    """
    counted = care.once(f"all waits by {channel}", lambda: _counted(care, channel))
    came, ended = counted["outcome"].eq("answered"), counted["ended"].eq(1)
    unit = "seconds" if channel in SECONDS else "hours"
    wait = counted["wait"] / seconds_in(unit)
    gave_up = wait.where(counted["outcome"].eq("abandoned")).fillna(np.inf)
    wait = wait.where(~ended, np.inf)
    known, n = wait.notna(), counted["n"]
    outcomes = n[ended].groupby(counted["outcome"].astype("object")).sum()
    return Waits(
        wait[known].to_numpy(dtype=float),
        came[known].to_numpy(dtype=bool),
        counted.loc[known, []],
        unit,
        gave_up[known].to_numpy(dtype=float),
        {str(outcome): int(of) for outcome, of in outcomes.items()},
        int(n[ended & counted["outcome"].eq("no_answer")].sum()),
        int(n[~known].sum()),
        _share(n, came, ~known),
        _share(n, ~came, ~known),
        unit == "seconds" and not counted["precise"].any(),
        n[known].to_numpy(dtype=np.int64),
        bool(counted["binned"].any()),
    )


def binned_note(waits: list[Waits]) -> tuple[str, ...]:
    """That waits of nearly the same length were taken together, where they were."""
    if not any(each.binned for each in waits):
        return ()
    return (
        _(
            "So many waits differ that those within 0.1% (or 0.1 s) of each other were taken "
            "together: a time given is too long by so much at most."
        ),
    )


def _counted(care: Care, channel: str) -> pd.DataFrame:
    where = counting(
        care.columns("attempts"), quote_text(care.study.wave) if care.study.wave else ""
    )
    try:
        exact = care.engine.frame(waits_by_channel(channel, where), max_rows=MAX_ROWS)
        return exact.assign(binned=False)
    except TooManyRows:
        return care.engine.frame(waits_by_channel(channel, where, binned=True)).assign(binned=True)


def _share(n: pd.Series[int], of: pd.Series[bool], hit: pd.Series[bool]) -> float:
    return float(n[of & hit].sum() / n[of].sum()) if of.any() else 0.0
