"""What a drawing is, how tall it wants to be, and whether it is for a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes


PHONE = 5.0  # inches; whatever is narrower is drawn for a phone


class Draw(Protocol):
    """A function that draws `rows` on `ax`; `height` gives the inches that suit the rows."""

    height: Callable[[pd.DataFrame], float]

    def __call__(self, rows: pd.DataFrame, *, ax: Axes) -> Axes: ...


def narrow(ax: Axes) -> bool:
    """Whether `ax` is drawn for a phone, where it must do with half the width."""
    figure = ax.get_figure(root=True)
    return figure is not None and figure.get_figwidth() < PHONE


def tall(per_row: float, rest: float) -> Callable[[Callable[..., Axes]], Draw]:
    """Give a drawing a height of so many inches per row, and the rest for axes and legend."""

    def decorate(draw: Callable[..., Axes]) -> Draw:
        sized = cast(Draw, draw)
        sized.height = lambda rows: per_row * max(len(rows), 2) + rest
        return sized

    return decorate
