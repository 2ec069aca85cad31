"""Axes in, axes out: each function draws a table that already holds its intervals.

The first column of the rows labels them. Nothing is computed here, no theme is set, nothing
is saved or shown. A second cue (marker, line, printed number) stands beside every colour.
"""

from .care_plan import plot_mixes
from .changes import plot_changes
from .cohorts import plot_cohorts
from .concentration import plot_concentration
from .dots import plot_estimates, plot_rates
from .funnel import plot_funnel
from .groups import plot_groups
from .internal import plot_service_matrix
from .inventory import plot_inventory
from .maturity import plot_belief_gap
from .migration import plot_migration
from .pareto import plot_pareto
from .parts import plot_parts
from .planning import plot_detectable
from .ranks import plot_index
from .recency import plot_segments_map
from .scorecard import plot_scorecard
from .scores import plot_scores
from .waiting import plot_gaps, plot_waiting
from .week import plot_week

__all__ = [
    "plot_belief_gap",
    "plot_changes",
    "plot_cohorts",
    "plot_concentration",
    "plot_detectable",
    "plot_estimates",
    "plot_funnel",
    "plot_gaps",
    "plot_groups",
    "plot_index",
    "plot_inventory",
    "plot_migration",
    "plot_mixes",
    "plot_pareto",
    "plot_parts",
    "plot_rates",
    "plot_scorecard",
    "plot_scores",
    "plot_segments_map",
    "plot_service_matrix",
    "plot_waiting",
    "plot_week",
]
