"""What each customer brought in two periods, and how many moved from which tier to which."""

from __future__ import annotations

from collections.abc import Iterable

from .tiers import NO_REVENUE, TIERS


def customer_periods(earlier: tuple[int, int], later: tuple[int, int]) -> str:
    """One row per customer of `customer_months` with sales or refunds in one of two periods.

    Columns: customer_id; earlier and later, net revenue in each, NULL where there was neither
    sale nor refund; days_earlier and days_later, on which something was bought.

    Parameters
    ----------
    earlier, later : (int, int)
        First and last month of each period.
    """
    columns = ", ".join(
        f"CAST(SUM(CASE WHEN month BETWEEN {first} AND {last} THEN {what} END) AS BIGINT) AS {name}"
        for (first, last), period in ((earlier, "earlier"), (later, "later"))
        for what, name in (("revenue", period), ("days", f"days_{period}"))
    )
    return f"""SELECT customer_id, {columns} FROM customer_months
WHERE month BETWEEN {earlier[0]} AND {later[1]} GROUP BY customer_id"""


def period_totals() -> str:
    """One row per period of `customer_periods`, the earlier first: customers buying, revenue."""
    parts = (
        f"""SELECT {place} AS place, COUNT(CASE WHEN days_{name} > 0 THEN 1 END) AS buying,
  CAST(COALESCE(SUM({name}), 0) AS BIGINT) AS revenue FROM customer_periods"""
        for place, name in enumerate(("earlier", "later"))
    )
    return " UNION ALL ".join(parts) + " ORDER BY place NULLS LAST"


def moves(tier_earlier: str, tier_later: str) -> str:
    """Customers of `customer_periods` by their tier in each period, and what they brought.

    Columns: tier_earlier, tier_later; customers; revenue_earlier, revenue_later; most_earlier,
    what the one farthest from zero brought in the earlier period.

    Parameters
    ----------
    tier_earlier, tier_later : str
        The tier as SQL (`tier_case`) of the columns `earlier` and `later`.
    """
    return f"""SELECT tier_earlier, tier_later, COUNT(*) AS customers,
  CAST(COALESCE(SUM(earlier), 0) AS BIGINT) AS revenue_earlier,
  CAST(COALESCE(SUM(later), 0) AS BIGINT) AS revenue_later,
  COALESCE(MAX(ABS(earlier)), 0) AS most_earlier
FROM (SELECT {tier_earlier} AS tier_earlier, {tier_later} AS tier_later, earlier, later
  FROM customer_periods) q
GROUP BY tier_earlier, tier_later ORDER BY tier_earlier NULLS LAST, tier_later NULLS LAST"""


def lost_customers(tier_earlier: str, tier_later: str, rows: int) -> str:
    """Special customers of the earlier period without revenue in the later one, largest first.

    At most so many `rows`; the tiers as for `moves`.
    """
    return f"""SELECT p.customer_id, p.earlier AS revenue, b.idle
FROM (SELECT customer_id, earlier FROM customer_periods
  WHERE {tier_earlier} = '{TIERS[0]}' AND {tier_later} = '{NO_REVENUE}') p
JOIN buyers b ON p.customer_id = b.customer_id
ORDER BY p.earlier DESC NULLS LAST, p.customer_id NULLS LAST LIMIT {rows}"""


def pairs(cuts_earlier: Iterable[int], cuts_later: Iterable[int]) -> str:
    """Customers with amounts in both periods, by the pieces in which the two amounts lie.

    Columns: piece_earlier and piece_later, from 0; customers; sum_earlier, sum_later and
    sum_product, the last a float, for it may be too large for an integer.

    Parameters
    ----------
    cuts_earlier, cuts_later : iterable of int
        The largest amount of each piece but the last one, rising.
    """
    return f"""SELECT piece_earlier, piece_later, COUNT(*) AS customers,
  CAST(SUM(earlier) AS DOUBLE) AS sum_earlier, CAST(SUM(later) AS DOUBLE) AS sum_later,
  SUM(CAST(earlier AS DOUBLE) * CAST(later AS DOUBLE)) AS sum_product
FROM (SELECT {_piece("earlier", cuts_earlier)} AS piece_earlier,
    {_piece("later", cuts_later)} AS piece_later, earlier, later
  FROM customer_periods WHERE earlier IS NOT NULL AND later IS NOT NULL) q
GROUP BY piece_earlier, piece_later ORDER BY piece_earlier NULLS LAST, piece_later NULLS LAST"""


def _piece(amount: str, cuts: Iterable[int]) -> str:
    """The number of the piece in which an amount lies, as SQL."""
    cases = [f"WHEN {amount} <= {cut} THEN {place}" for place, cut in enumerate(cuts)]
    return f"CASE {' '.join(cases)} ELSE {len(cases)} END" if cases else "0"
