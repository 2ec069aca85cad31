"""The questions of notebook 03: how satisfied, what it goes with, and what it costs."""

from .costs import claims, costs
from .drivers import drivers
from .scores import mean_by_provider, score_by_provider, scores
from .summary import answer
from .waves import changes, changes_by_provider, compared

TABLES = (
    "survey",
    "contracts",
    "contacts",
    "retention_trials",
    "ledger",
    "customers",
    "transactions",
    "providers",
    "attempts",
    "ratings",
)

__all__ = [
    "TABLES",
    "answer",
    "changes",
    "changes_by_provider",
    "claims",
    "compared",
    "costs",
    "drivers",
    "mean_by_provider",
    "score_by_provider",
    "scores",
]
