"""The questions of notebook 01: who the customers are, and how much the largest bring."""

from .care_plan import (
    activities,
    care_gaps,
    human_care,
    mix_frontier,
    mix_scenarios,
    mixes,
)
from .changes import changes
from .cohorts import cohorts, retention
from .concentration import concentration, top_shares, verdict
from .crossed import crossed
from .customers import groups
from .groupings import group_profiles, groupings
from .internal import internal_service, service_matrix, worst_service
from .largest import largest
from .lists import customers_not_to_be_lost, lost_customers, special_customers
from .migration import losses, migration
from .recency import recency_scores
from .revenue import overview, tiers
from .segments import named_segments, segment_care, segments_map
from .staff import service_and_staff, staff, staff_by_department
from .summary import answer

TABLES = ("customers", "transactions", "internal_service", "staff", "care_activities")
LISTS = (
    "special_customers",
    "lost_customers",
    "customers_not_to_be_lost",
)  # of persons: for the export alone

__all__ = [
    "LISTS",
    "TABLES",
    "activities",
    "answer",
    "care_gaps",
    "changes",
    "cohorts",
    "concentration",
    "crossed",
    "customers_not_to_be_lost",
    "group_profiles",
    "groupings",
    "groups",
    "human_care",
    "internal_service",
    "largest",
    "losses",
    "lost_customers",
    "migration",
    "mix_frontier",
    "mix_scenarios",
    "mixes",
    "named_segments",
    "overview",
    "recency_scores",
    "retention",
    "segment_care",
    "segments_map",
    "service_and_staff",
    "service_matrix",
    "special_customers",
    "staff",
    "staff_by_department",
    "tiers",
    "top_shares",
    "verdict",
    "worst_service",
]
