"""Axes in, axes out: each function draws a table that already holds its intervals.

The first column of the rows labels them. Nothing is computed here, no theme is set, nothing
is saved or shown. A second cue (marker, line, printed number) stands beside every colour.
"""

from .concentration import plot_concentration
from .dots import plot_estimates, plot_rates
from .parts import plot_parts
from .waiting import plot_waiting
from .week import plot_week

__all__ = [
    "plot_concentration",
    "plot_estimates",
    "plot_parts",
    "plot_rates",
    "plot_waiting",
    "plot_week",
]
