"""The questions of notebook 02.

A room for each part of the report: `trials` (which attempts count, for all the others), `tried`,
`answers`, `waiting`, `hours`, `quality`, `ranking`, `waves`, `voices`, `register`, and `provider`
for one provider against the others. `summary` puts the answer together.
"""

from .answers.answered import by_channel
from .answers.arms import differences
from .answers.counts import counts_by_provider, operator_counts
from .answers.groups import by_group
from .answers.resolution import resolved, resolved_by_provider
from .answers.stages import by_form, by_method, by_stage
from .answers.verdicts import funnel, groups
from .hours.claimed_hours import answered_while_closed, dark_while_open
from .hours.opening import opening_edges
from .hours.round_the_clock import claims
from .hours.week import answerable, week
from .provider.actions import what_to_do
from .provider.scorecard import scorecard
from .quality.coding import coding_agreement, labels_checked
from .quality.corrected import corrected_rates
from .quality.doubt import answers_in_doubt
from .quality.quality import contents, points_of_service, quality_by_provider
from .quality.reliability import agreement, consistency
from .quality.shoppers import shoppers, without_departing
from .quality.treatment import equal_care, persona_balance
from .ranking.ranks import index, index_parts, rank_ranges
from .register.register import claims_register
from .summary import answer
from .tried.audited import audited, in_short
from .tried.fieldwork import exclusions, fieldwork, shopper_load
from .tried.inventory import channels_offered, inventory
from .tried.outcomes import outcome_rates, outcomes
from .tried.pages import pages
from .tried.plan import detectable, detectable_by_attempts
from .tried.planned import planned_and_done
from .tried.registry import registry
from .voices.beliefs import belief_gap
from .voices.incidents import complaint_reasons, incidents
from .voices.maturity import care_departments, contacts_first, maturity
from .voices.tone import sentiment
from .voices.voice import mention_speed, mentions, mentions_by_provider
from .waiting.curves import waiting_curve
from .waiting.slower import slower_or_faster
from .waiting.speed import quartiles, speed, speed_business
from .waves.wave_changes import changes
from .waves.wave_providers import changes_by_provider
from .waves.waves import compared, definitions, trend

TABLES = (
    "providers",
    "attempts",
    "planned",
    "counts",
    "ratings",
    "codings",
    "maturity",
    "mentions",
    "incidents",
    "page_checks",
)

__all__ = [
    "TABLES",
    "agreement",
    "answer",
    "answerable",
    "answered_while_closed",
    "answers_in_doubt",
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
    "coding_agreement",
    "compared",
    "complaint_reasons",
    "consistency",
    "contacts_first",
    "contents",
    "corrected_rates",
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
    "labels_checked",
    "maturity",
    "mention_speed",
    "mentions",
    "mentions_by_provider",
    "opening_edges",
    "operator_counts",
    "outcome_rates",
    "outcomes",
    "pages",
    "persona_balance",
    "planned_and_done",
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
