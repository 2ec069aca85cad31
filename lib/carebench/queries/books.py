"""The company's books: one pass over the sales, from which all else is summed up.

A purchase is a row of which the amount is zero or more, a refund one below zero. A month is the
integer 12 · year + month - 1, so that months can be subtracted.
"""

from __future__ import annotations

import datetime as dt


def month_of(day: str) -> str:
    """The month of a column or expression that is a day."""
    return f"(YEAR({day}) * 12 + MONTH({day}) - 1)"


def totals(*, with_units: bool) -> str:
    """One row: customers, rows, refunds, units, net revenue, first and last day."""
    units = "CAST(SUM(quantity) AS DOUBLE)" if with_units else "CAST(NULL AS DOUBLE)"
    return f"""SELECT COUNT(DISTINCT customer_id) AS customers, COUNT(*) AS sales,
  COUNT(CASE WHEN amount < 0 THEN 1 END) AS refunds, {units} AS units,
  CAST(SUM(amount) AS BIGINT) AS revenue, MIN(occurred_at) AS first_day,
  MAX(occurred_at) AS last_day
FROM transactions"""


def customer_days() -> str:
    """One row per customer and day of sales: the one pass over all rows.

    Columns: customer_id; day; revenue, net; bought, 1 where something was bought on it and 0
    where there are refunds alone.
    """
    return """SELECT customer_id, occurred_at AS day, CAST(SUM(amount) AS BIGINT) AS revenue,
  MAX(CASE WHEN amount >= 0 THEN 1 ELSE 0 END) AS bought
FROM transactions GROUP BY customer_id, occurred_at"""


def span_of_sales() -> str:
    """One row: the first and the last day of `customer_days`."""
    return "SELECT MIN(day) AS first, MAX(day) AS last FROM customer_days"


def days_of_sales() -> str:
    """Every day of `customer_days`, once."""
    return "SELECT DISTINCT day FROM customer_days"


def customer_months() -> str:
    """One row per customer and month of `customer_days`.

    Columns: customer_id; month; revenue, net; days on which something was bought.
    """
    month = f"CAST({month_of('day')} AS INT)"
    return f"""SELECT customer_id, {month} AS month, CAST(SUM(revenue) AS BIGINT) AS revenue,
  CAST(SUM(bought) AS BIGINT) AS days
FROM customer_days GROUP BY customer_id, {month}"""


def buyers(last_day: dt.date) -> str:
    """One row per customer of `customer_days`, as things stood at the end of `last_day`.

    Columns: customer_id; revenue, net, of all rows; frequency, the days of purchase after the
    first; recency, days from the first purchase to the last; t, days from the first purchase
    to `last_day`; idle, days since the last; monetary, mean net revenue of a day of purchase
    after the first, 0 where there is none (Fader, Hardie & Lee 2005); first_month of purchase.
    For a customer of refunds alone frequency is -1, monetary 0, and the days are NULL.
    """
    end = f"DATE '{last_day:%Y-%m-%d}'"
    return f"""WITH dated AS (
  SELECT customer_id, revenue, bought, CASE WHEN bought = 1 THEN day END AS bought_on
  FROM customer_days WHERE day <= {end}),
whole AS (
  SELECT customer_id, CAST(SUM(revenue) AS BIGINT) AS revenue,
    COUNT(bought_on) AS days, MIN(bought_on) AS first_day,
    MAX(bought_on) AS last_day, CAST(SUM(revenue * bought) AS BIGINT) AS purchases,
    MIN_BY(revenue, bought_on) AS first_one
  FROM dated GROUP BY customer_id)
SELECT customer_id, revenue, days - 1 AS frequency, days_between(first_day, last_day) AS recency,
  days_between(first_day, {end}) AS t, days_between(last_day, {end}) AS idle,
  CASE WHEN days > 1 THEN CAST(purchases - first_one AS DOUBLE) / NULLIF(days - 1, 0) ELSE 0e0 END
    AS monetary,
  {month_of("first_day")} AS first_month
FROM whole"""
