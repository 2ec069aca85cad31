"""The questions of notebook 01: who the customers are, and how much the largest bring."""

from .concentration import concentration, top_shares, verdict
from .customers import groups
from .internal import internal_service
from .revenue import overview, tier_table, tiers
from .summary import answer

TABLES = ("customers", "transactions", "internal_service")

__all__ = [
    "TABLES",
    "answer",
    "concentration",
    "groups",
    "internal_service",
    "overview",
    "tier_table",
    "tiers",
    "top_shares",
    "verdict",
]
