"""Axes in, axes out: each function draws a table that already holds its intervals.

The first column of the rows labels them. Nothing is computed here, no theme is set, nothing
is saved or shown. A second cue (marker, line, printed number) stands beside every colour.
"""

from .answers import plot_answers
from .balance import plot_balance
from .care_plan import plot_mixes
from .changes import plot_changes
from .cohorts import plot_cohorts
from .concentration import plot_concentration
from .costs import plot_cost_ratios, plot_costs
from .dots import plot_estimates, plot_rates
from .drivers import plot_drivers
from .funnel import plot_funnel
from .groups import plot_groups
from .holdout import plot_holdout
from .importance_performance import plot_importance_performance
from .internal import plot_service_matrix
from .inventory import plot_inventory
from .lifetime_value import plot_value_map
from .links import plot_link
from .maturity import plot_belief_gap
from .migration import plot_migration
from .offers import plot_offers
from .pareto import plot_pareto
from .parts import plot_parts
from .planning import plot_detectable
from .profit import plot_profit
from .projection import plot_projection
from .ranks import plot_index
from .recency import plot_segments_map
from .scorecard import plot_scorecard
from .scores import plot_scores
from .survival import plot_survival
from .tornado import plot_tornado
from .trend import plot_trend
from .waiting import plot_gaps, plot_waiting
from .week import plot_week

__all__ = [
    "plot_answers",
    "plot_balance",
    "plot_belief_gap",
    "plot_changes",
    "plot_cohorts",
    "plot_concentration",
    "plot_cost_ratios",
    "plot_costs",
    "plot_detectable",
    "plot_drivers",
    "plot_estimates",
    "plot_funnel",
    "plot_gaps",
    "plot_groups",
    "plot_holdout",
    "plot_importance_performance",
    "plot_index",
    "plot_inventory",
    "plot_link",
    "plot_migration",
    "plot_mixes",
    "plot_offers",
    "plot_pareto",
    "plot_parts",
    "plot_profit",
    "plot_projection",
    "plot_rates",
    "plot_scorecard",
    "plot_scores",
    "plot_segments_map",
    "plot_service_matrix",
    "plot_survival",
    "plot_tornado",
    "plot_trend",
    "plot_value_map",
    "plot_waiting",
    "plot_week",
]
