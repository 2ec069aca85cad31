"""What was known of a customer before the contact, as columns of numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...audit.trials.selection import CHANNEL_NAMES
from ...language import N_, _, number
from .contacts import BEFORE

FEWEST = 10  # customers on each side of a column; of fewer, it says too little of either group
# What is counted grows by factors: its logarithm is what groups are made alike in.
COUNTED = {
    "tenure": N_("length of the contract so far"),
    "purchases": N_("purchases in the {n} days before"),
    "amount": N_("amount bought in the {n} days before"),
    "since": N_("time since the last purchase"),
    "earlier": N_("earlier contacts"),
    "earlier_bad": N_("earlier bad contacts"),
}
WORDS = {
    "segment": N_("contract: {word}"),
    "channel": N_("channel: {word}"),
    "reason": N_("reason: {word}"),
}
WHEN = N_("day of the contact")
NOT_RECORDED = N_("not recorded")


def covariates(compared: pd.DataFrame) -> pd.DataFrame:
    """One column of numbers per trait of the customers, named for a reader.

    The most frequent word of each kind is what its other words are compared with.
    """
    columns = {_(WHEN): (compared["day"] - compared["day"].min()).dt.days}
    for name, title in COUNTED.items():
        if name in compared:
            columns[_(title).format(n=number(BEFORE))] = np.log1p(_counted(compared[name]))
    for name, title in WORDS.items():
        if name in compared:
            columns |= _words(compared[name], _(title))
    made = pd.DataFrame(columns, index=compared.index).astype("float64")
    return made.loc[:, [_varies(made[name]) for name in made]]


def _counted(values: pd.Series[float]) -> pd.Series[float]:
    """Zero or more; refunds above purchases, and whoever has nothing to count, at an end."""
    last = BEFORE + 1 if values.name == "since" else 0
    return values.astype("float64").fillna(last).clip(lower=0)


def _words(values: pd.Series[str], title: str) -> dict[str, pd.Series[bool]]:
    words = values.fillna(_(NOT_RECORDED))
    often = words.value_counts()
    return {
        title.format(word=_(CHANNEL_NAMES[word]) if word in CHANNEL_NAMES else word): words.eq(word)
        for word in often.index[1:]
        if often[word] >= FEWEST
    }


def _varies(column: pd.Series[float]) -> bool:
    """Whether enough customers differ from the value that most of them have."""
    return len(column) - int(column.value_counts().iloc[0]) >= FEWEST
