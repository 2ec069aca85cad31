"""The questions of notebook 02: what was tried, who answered, how fast, and when."""

from .actions import what_to_do
from .answered import by_channel
from .arms import differences
from .audited import audited, in_short
from .beliefs import belief_gap
from .claimed_hours import answered_while_closed, dark_while_open
from .counts import counts_by_provider, operator_counts
from .curves import waiting_curve
from .fieldwork import exclusions, fieldwork, shopper_load
from .groups import by_group
from .hours import claims
from .incidents import complaint_reasons, incidents
from .inventory import channels_offered, inventory
from .maturity import care_departments, contacts_first, maturity
from .opening import opening_edges
from .outcomes import outcome_rates, outcomes
from .plan import detectable, detectable_by_attempts
from .quality import contents, points_of_service, quality_by_provider
from .ranks import index, index_parts, rank_ranges
from .register import claims_register
from .registry import registry
from .reliability import agreement, consistency
from .resolution import resolved, resolved_by_provider
from .scorecard import scorecard
from .shoppers import shoppers, without_departing
from .slower import slower_or_faster
from .speed import quartiles, speed, speed_business
from .stages import by_form, by_method, by_stage
from .summary import answer
from .tone import sentiment
from .treatment import equal_care, persona_balance
from .verdicts import funnel, groups
from .voice import mention_speed, mentions, mentions_by_provider
from .wave_changes import changes
from .wave_providers import changes_by_provider
from .waves import compared, definitions, trend
from .week import answerable, week

TABLES = ("providers", "attempts", "counts", "ratings", "maturity", "mentions", "incidents")

__all__ = [
    "TABLES",
    "agreement",
    "answer",
    "answerable",
    "answered_while_closed",
    "audited",
    "belief_gap",
    "by_channel",
    "by_form",
    "by_group",
    "by_method",
    "by_stage",
    "care_departments",
    "changes",
    "changes_by_provider",
    "channels_offered",
    "claims",
    "claims_register",
    "compared",
    "complaint_reasons",
    "consistency",
    "contacts_first",
    "contents",
    "counts_by_provider",
    "dark_while_open",
    "definitions",
    "detectable",
    "detectable_by_attempts",
    "differences",
    "equal_care",
    "exclusions",
    "fieldwork",
    "funnel",
    "groups",
    "in_short",
    "incidents",
    "index",
    "index_parts",
    "inventory",
    "maturity",
    "mention_speed",
    "mentions",
    "mentions_by_provider",
    "opening_edges",
    "operator_counts",
    "outcome_rates",
    "outcomes",
    "persona_balance",
    "points_of_service",
    "quality_by_provider",
    "quartiles",
    "rank_ranges",
    "registry",
    "resolved",
    "resolved_by_provider",
    "scorecard",
    "sentiment",
    "shopper_load",
    "shoppers",
    "slower_or_faster",
    "speed",
    "speed_business",
    "trend",
    "waiting_curve",
    "week",
    "what_to_do",
    "without_departing",
]
