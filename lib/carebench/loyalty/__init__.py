"""The questions of notebook 03: how satisfied, what it goes with, and what it costs."""

from .after_contact import (
    contact_balance,
    contacts_compared,
    leavers_with_bad_contacts,
    left_after_contact,
    risk_of_bad_contact,
)
from .audit_link import audit_link, audit_scatter
from .costs import claims, cost_of_keeping, costs, costs_by_lag, payback, tornado, worthwhile
from .drivers import (
    driver_cuts,
    driver_directions,
    driver_ends,
    driver_pairs,
    drivers,
    importance_performance,
    missing_answers,
)
from .first_response import first_response
from .indicators import indicators
from .lifetime_value import (
    customer_worth,
    first_purchase,
    lifetime_holdout,
    lifetime_holdout_by_frequency,
    lifetime_model,
    lifetime_values,
    retention_worth,
    still_buying,
    value_by_tier,
    value_checks,
    value_map,
)
from .profit.effort import effort_and_loyalty
from .profit.offers import offers, offers_by, serving_first
from .profit.promoters import promoters
from .profit.referrals import recommenders, referred_customers, won_by_recommendation
from .profit.service import per_contact, service_profit
from .profit.share import share_of_profit
from .profit.switching import switching_differences, would_switch
from .register import claims_register
from .retention.churn import churned, contracts_lost
from .retention.lost import churn_by_period
from .retention.projection import expected_lifetimes, projection, projection_checked
from .retention.starts import contract_cohorts
from .retention.staying import segments_compared, survival_curves, time_held
from .retention.warning import (
    early_warning,
    early_warning_checked,
    stopping,
    stopping_checked,
)
from .scores import (
    distribution,
    mean_by_provider,
    score_by_provider,
    scores,
    scores_by_segment,
    weighting,
)
from .summary import answer
from .trends import score_trend, trends
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
    "audit_link",
    "audit_scatter",
    "changes",
    "changes_by_provider",
    "churn_by_period",
    "churned",
    "claims",
    "claims_register",
    "compared",
    "contact_balance",
    "contacts_compared",
    "contract_cohorts",
    "contracts_lost",
    "cost_of_keeping",
    "costs",
    "costs_by_lag",
    "customer_worth",
    "distribution",
    "driver_cuts",
    "driver_directions",
    "driver_ends",
    "driver_pairs",
    "drivers",
    "early_warning",
    "early_warning_checked",
    "effort_and_loyalty",
    "expected_lifetimes",
    "first_purchase",
    "first_response",
    "importance_performance",
    "indicators",
    "leavers_with_bad_contacts",
    "left_after_contact",
    "lifetime_holdout",
    "lifetime_holdout_by_frequency",
    "lifetime_model",
    "lifetime_values",
    "mean_by_provider",
    "missing_answers",
    "offers",
    "offers_by",
    "payback",
    "per_contact",
    "projection",
    "projection_checked",
    "promoters",
    "recommenders",
    "referred_customers",
    "retention_worth",
    "risk_of_bad_contact",
    "score_by_provider",
    "score_trend",
    "scores",
    "scores_by_segment",
    "segments_compared",
    "service_profit",
    "serving_first",
    "share_of_profit",
    "still_buying",
    "stopping",
    "stopping_checked",
    "survival_curves",
    "switching_differences",
    "time_held",
    "tornado",
    "trends",
    "value_by_tier",
    "value_checks",
    "value_map",
    "weighting",
    "won_by_recommendation",
    "worthwhile",
    "would_switch",
]
