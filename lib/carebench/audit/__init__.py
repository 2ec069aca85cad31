"""The questions of notebook 02: what was tried, who answered, how fast, and when."""

from .answered import by_channel, by_group, outcome_rates, outcomes, scope, websites
from .counts import operator_counts
from .hours import claims, week
from .speed import speed, waiting_curve
from .summary import answer

TABLES = ("providers", "attempts", "counts", "ratings", "maturity", "mentions", "incidents")

__all__ = [
    "TABLES",
    "answer",
    "by_channel",
    "by_group",
    "claims",
    "operator_counts",
    "outcome_rates",
    "outcomes",
    "scope",
    "speed",
    "waiting_curve",
    "websites",
    "week",
]
