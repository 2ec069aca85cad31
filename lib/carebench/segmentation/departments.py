"""What is asked of departments: few answers in a cell identify people, and are not shown."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..language import N_, _, number
from ..methods.proportions import SMALL
from ..sources import Care

MANY = 20  # answers that are all alike tell less of each person from here on
HIDDEN = N_("not shown: few answers would identify people")
RULE = N_(
    "Not shown are fewer than {few} answers, fewer than {many} that are all alike, and what would "
    "give them away."
)


def of_wave(care: Care, table: str) -> pd.DataFrame:
    """The rows of the study's wave; none where the table holds other waves only."""
    return care.current(table) if care.n_current(table) else care.table(table).head(0)


def rule() -> str:
    """What is not shown, for a reader."""
    return _(RULE).format(few=number(SMALL), many=number(MANY))


def cells(answers: pd.Series[Any], by: Any, people: Any = 1.0) -> pd.DataFrame:
    """How many people answered in each cell, and the lowest and highest of their answers.

    Parameters
    ----------
    answers : Series
        Numbers or yes and no, as they are shown: where it is a share, whether each counts in it.
    by
        What they are grouped by.
    people : float or Series
        How many people stand at least behind each answer.
    """
    table = pd.DataFrame({"people": people, "answer": answers.astype("float64")})
    return table.groupby(by, observed=True).agg(
        n=("answer", "size"),
        people=("people", "sum"),
        low=("answer", "min"),
        high=("answer", "max"),
    )


def may_be_shown(table: pd.DataFrame, within: pd.Series[Any]) -> pd.Series[bool]:
    """Which cells tell nothing of a person.

    Parameters
    ----------
    table : DataFrame
        From `cells`.
    within : Series
        The total that each cell is a part of, and that is shown too.

    Notes
    -----
    Fewer than five people are not shown, nor fewer than twenty who all answered alike: whoever
    reads the mean would know what each of them said. Where the cells hidden in a total would
    together be such a cell, the total less the cells shown would give them away: the next
    smallest is then hidden as well. A hidden cell does not say for which of these reasons.
    """
    hidden = _tells(table)
    order = table.assign(hidden=hidden).sort_values(["hidden", "people"], ascending=[False, True])
    among = within.loc[order.index]
    parts = order.groupby(among, observed=True)
    so_far = pd.DataFrame(
        {
            "people": parts["people"].cumsum(),
            "low": parts["low"].cummin(),
            "high": parts["high"].cummax(),
        }
    )
    before = so_far.groupby(among, observed=True).shift()
    return ~(hidden | _tells(before).reindex(hidden.index))


def _tells(table: pd.DataFrame) -> pd.Series[bool]:
    alike = table["low"].eq(table["high"])
    return table["people"].lt(SMALL) | (alike & table["people"].lt(MANY))
