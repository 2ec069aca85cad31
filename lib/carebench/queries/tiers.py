"""A customer's value tier as SQL, from the least amount of each tier."""

from __future__ import annotations

from collections.abc import Sequence

TIERS = ("special", "large", "medium", "small")
NO_REVENUE = "none"


def tier_case(limits: Sequence[int], amount: str = "revenue") -> str:
    """The tier of an `amount` of money: a word of `TIERS`, or `NO_REVENUE` at or below zero.

    Parameters
    ----------
    limits : sequence of int
        The least amounts, falling and above zero, that are special, large and medium, in the
        currency's smallest unit. Empty where nobody has revenue.
    amount : str
        A column or expression in the same unit; where it is NULL, there was no revenue.
    """
    if not limits:
        return f"'{NO_REVENUE}'"
    pairs = zip(TIERS, limits, strict=False)
    tiers = " ".join(f"WHEN {amount} >= {least} THEN '{tier}'" for tier, least in pairs)
    none = f"WHEN {amount} IS NULL OR {amount} <= 0 THEN '{NO_REVENUE}'"
    return f"CASE {none} {tiers} ELSE '{TIERS[-1]}' END"


def tier_sizes(tier: str, amount: str = "revenue", table: str = "buyers") -> str:
    """Customers, their net revenue, the least and the largest amount of each `tier`."""
    return f"""SELECT tier, COUNT(*) AS customers, CAST(SUM(amount) AS BIGINT) AS revenue,
  MIN(amount) AS smallest, MAX(amount) AS most
FROM (SELECT {tier} AS tier, {amount} AS amount FROM {table} WHERE {amount} IS NOT NULL) q
GROUP BY tier ORDER BY tier NULLS LAST"""


def largest_customers(tier: str, rows: int) -> str:
    """The special customers of `buyers`, at most so many, those with the most revenue first."""
    return f"""SELECT customer_id, revenue, frequency + 1 AS purchases, idle, first_month
FROM buyers WHERE {tier} = '{TIERS[0]}'
ORDER BY revenue DESC NULLS LAST, customer_id NULLS LAST LIMIT {rows}"""
