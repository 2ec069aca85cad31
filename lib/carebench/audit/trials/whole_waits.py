"""The waits of all attempts by a channel, counted in the engine: also where memory holds some."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...engine import MAX_ROWS, TooManyRows
from ...language import _
from ...queries.channel_waits import waits_by_channel
from ...schema import CHANNELS, OUTCOMES
from ...sources import Care
from .waits import SECONDS, Waits, seconds_in
from .whole import counted


def whole_waits(care: Care, channel: str) -> Waits:
    """What `waits_of` says of all attempts by `channel`, each different wait given once.

    Its `rows` are empty: what must know single attempts cannot be asked of all of them.
    """
    every = care.once("all waits", lambda: _every(care))
    rows = every[every["channel"].eq(CHANNELS.index(channel))]
    came, ended = _is(rows, "answered"), rows["ended"].eq(1)
    unit = "seconds" if channel in SECONDS else "hours"
    wait = rows["wait"] / seconds_in(unit)
    gave_up = wait.where(_is(rows, "abandoned")).fillna(np.inf)
    wait = wait.where(~ended, np.inf)
    known, n = wait.notna(), rows["n"]
    outcomes = {word: int(n[ended & _is(rows, word)].sum()) for word in OUTCOMES}
    return Waits(
        wait[known].to_numpy(dtype=float),
        came[known].to_numpy(dtype=bool),
        rows.loc[known, []],
        unit,
        gave_up[known].to_numpy(dtype=float),
        {word: of for word, of in outcomes.items() if of},
        int(n[ended & _is(rows, "no_answer")].sum()),
        int(n[~known].sum()),
        _share(n, came, ~known),
        _share(n, ~came, ~known),
        unit == "seconds" and not rows["precise"].any(),
        n[known].to_numpy(dtype=np.int64),
        bool(rows["binned"].any()),
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


def _every(care: Care) -> pd.DataFrame:
    where = counted(care)
    try:
        exact = care.engine.frame(waits_by_channel(where), max_rows=MAX_ROWS)
        return exact.assign(binned=False)
    except TooManyRows:
        return care.engine.frame(waits_by_channel(where, binned=True)).assign(binned=True)


def _is(rows: pd.DataFrame, outcome: str) -> pd.Series[bool]:
    return rows["outcome"].eq(OUTCOMES.index(outcome))


def _share(n: pd.Series[int], of: pd.Series[bool], hit: pd.Series[bool]) -> float:
    return float(n[of & hit].sum() / n[of].sum()) if of.any() else 0.0
