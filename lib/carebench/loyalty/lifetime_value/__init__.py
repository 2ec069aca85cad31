"""What customers are still to bring, and how far that can be trusted."""

from .activity import still_buying
from .checks import lifetime_model, value_checks
from .holdout import lifetime_holdout, lifetime_holdout_by_frequency
from .spread import value_by_tier, value_map
from .values import lifetime_values, retention_worth
from .worth import (
    customer_worth,
    first_purchase,
    worth_against_first,
    worth_of_contract,
    worth_of_customer,
)

__all__ = [
    "customer_worth",
    "first_purchase",
    "lifetime_holdout",
    "lifetime_holdout_by_frequency",
    "lifetime_model",
    "lifetime_values",
    "retention_worth",
    "still_buying",
    "value_by_tier",
    "value_checks",
    "value_map",
    "worth_against_first",
    "worth_of_contract",
    "worth_of_customer",
]
