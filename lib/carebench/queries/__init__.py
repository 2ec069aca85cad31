"""The questions of large tables as SQL, one text for DuckDB and Spark alike.

Each function returns a query over the tables as they were checked (`transactions`,
`customers`, `attempts`) or over one that an engine keeps (`customer_days`, `customer_months`,
`buyers`). Money is an integer count of the currency's smallest unit, so that no sum depends on
its order.

What both engines read alike, and nothing else, may stand in a query: no literal such as 1.0
(write 1e0), NULLS FIRST or LAST in every ORDER BY, FLOOR before a number is made an integer,
NULLIF around a divisor, every tie broken by name; days, hours and seconds only through
`days_between`, `hour_of_week`, `secs_between` and `local_time`; no list aggregates, which
do not spill to disk. Tests keep these rules and run every query on both engines.
"""

from .attempts import answered_by_hour, counting
from .before_contact import around_days
from .books import (
    buyers,
    customer_days,
    customer_months,
    days_of_sales,
    month_of,
    span_of_sales,
    totals,
)
from .cohorts import LONGEST, cohort_activity
from .groups import FROM_SALES, crossed_groups, customer_groups, group_sizes, list_and_sales, tenure
from .leaving import gone_quiet, holders, monthly, named, sampled
from .migration import customer_periods, lost_customers, moves, pairs, period_totals
from .recency import paying, paying_sample, score_groups, scored
from .tiers import NO_REVENUE, TIERS, largest_customers, tier_case, tier_sizes
from .values import amounts, amounts_in_bins, listed_without_sales

__all__ = [
    "FROM_SALES",
    "LONGEST",
    "NO_REVENUE",
    "TIERS",
    "amounts",
    "amounts_in_bins",
    "answered_by_hour",
    "around_days",
    "buyers",
    "cohort_activity",
    "counting",
    "crossed_groups",
    "customer_days",
    "customer_groups",
    "customer_months",
    "customer_periods",
    "days_of_sales",
    "gone_quiet",
    "group_sizes",
    "holders",
    "largest_customers",
    "list_and_sales",
    "listed_without_sales",
    "lost_customers",
    "month_of",
    "monthly",
    "moves",
    "named",
    "pairs",
    "paying",
    "paying_sample",
    "period_totals",
    "sampled",
    "score_groups",
    "scored",
    "span_of_sales",
    "tenure",
    "tier_case",
    "tier_sizes",
    "totals",
]
