"""What it costs to win a customer and to keep one, what that is worth, and what is claimed."""

from .averages import accounting_ratios, cost_of_winning, costs, costs_by_lag
from .claims import claims, cost_ratio
from .gain import retention_line, tornado, worthwhile
from .keeping import NOT_TESTABLE, cost_kept, cost_of_keeping
from .payback import payback

__all__ = [
    "NOT_TESTABLE",
    "accounting_ratios",
    "claims",
    "cost_kept",
    "cost_of_keeping",
    "cost_of_winning",
    "cost_ratio",
    "costs",
    "costs_by_lag",
    "payback",
    "retention_line",
    "tornado",
    "worthwhile",
]
