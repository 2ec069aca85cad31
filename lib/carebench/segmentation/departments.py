"""What is asked of departments: few answers in a cell identify people, and are not shown."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..language import N_
from ..methods.proportions import SMALL
from ..sources import Care

HIDDEN = N_("not shown: few answers would identify people")


def of_wave(care: Care, table: str) -> pd.DataFrame:
    """The rows of the study's wave; none where the table holds other waves only."""
    return care.current(table) if care.n_current(table) else care.table(table).head(0)


def may_be_shown(answers: pd.Series[Any], within: pd.Series[Any]) -> pd.Series[bool]:
    """Which cells tell nothing of a person: those of five or more answers, with one exception.

    Parameters
    ----------
    answers : Series of int
        How many people answered in each cell.
    within : Series
        The total that each cell is a part of, and that is shown too.

    Notes
    -----
    Where the cells hidden in a total hold fewer than five answers together, the total less
    the cells shown would give them away: the next smallest cell is then hidden as well.
    """
    rising = answers.sort_values(kind="stable")
    among = within.loc[rising.index]
    before = rising.groupby(among, observed=True).cumsum() - rising
    hidden = rising.lt(SMALL) | (before.gt(0) & before.lt(SMALL))
    return ~hidden.reindex(answers.index)
