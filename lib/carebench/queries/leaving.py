"""Who stopped buying, and what was known of customers before each month.

All of it is made from `customer_days` (`queries.books`); a month is 12 · year + month - 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from .books import month_of

YEAR = 365  # days within which a customer must have bought to count as active


def holders(names: str) -> str:
    """The customers of a query or table with a contract, by name as text, each once."""
    return f"SELECT DISTINCT CAST(customer_id AS STRING) AS customer FROM {names}"


def named(texts: Iterable[str]) -> str:
    """These customers (each an SQL string) as a query with the column `customer`."""
    rows = ", ".join(f"({text})" for text in texts)
    return f"SELECT customer FROM (VALUES {rows}) AS listed(customer)"


def gone_quiet(last_day: dt.date, spans: Collection[int], *, without: str = "") -> str:
    """For each number of days: active customers, and those of them who then bought no more.

    Active is who bought in the 365 days before the last `spans` days. Columns: days; active;
    quiet.

    Parameters
    ----------
    last_day : date
        The last day of the sales.
    spans : collection of int
        Days without a purchase.
    without : str
        A kept table or view of customers to leave out (`customer`); none where "".
    """
    end = f"DATE '{last_day:%Y-%m-%d}'"
    apart = (
        f"LEFT JOIN {without} w ON CAST(d.customer_id AS STRING) = w.customer" if without else ""
    )
    kept = "AND w.customer IS NULL" if without else ""
    columns = ",\n    ".join(
        f"MAX(CASE WHEN age >= {span} AND age < {span + YEAR} THEN 1 ELSE 0 END) AS active_{span},"
        f"\n    MAX(CASE WHEN age < {span} THEN 1 ELSE 0 END) AS later_{span}"
        for span in spans
    )
    parts = " UNION ALL ".join(
        f"SELECT {span} AS days, CAST(COALESCE(SUM(active_{span}), 0) AS BIGINT) AS active, "
        f"CAST(COALESCE(SUM(active_{span} * (1 - later_{span})), 0) AS BIGINT) AS quiet FROM seen"
        for span in spans
    )
    return f"""WITH aged AS (
  SELECT d.customer_id, days_between(d.day, {end}) AS age
  FROM customer_days d {apart} WHERE d.bought = 1 {kept}),
seen AS (
  SELECT customer_id, {columns}
  FROM aged GROUP BY customer_id)
{parts} ORDER BY days NULLS LAST"""


def sampled(size: int, *, without: str = "") -> str:
    """So many customers who bought, the same each time: those of the lowest MD5 sums of names.

    Column: customer. `without` as for `gone_quiet`.
    """
    apart = f"LEFT JOIN {without} w ON b.customer = w.customer" if without else ""
    kept = "WHERE w.customer IS NULL" if without else ""
    return f"""WITH bought AS (
  SELECT DISTINCT CAST(customer_id AS STRING) AS customer FROM customer_days WHERE bought = 1),
drawn AS (
  SELECT b.customer, MD5(b.customer) AS lot FROM bought b {apart} {kept})
SELECT customer FROM drawn ORDER BY lot NULLS LAST, customer NULLS LAST LIMIT {size:d}"""


def monthly(customers: str) -> str:
    """What each of `customers` (a table or view) bought, month by month.

    Columns: customer; month; days of purchase; revenue, net; first_day and last_day of
    purchase, NULL where there are refunds alone.
    """
    month = f"CAST({month_of('d.day')} AS INT)"
    return f"""SELECT c.customer, {month} AS month, CAST(SUM(d.bought) AS BIGINT) AS days,
  CAST(SUM(d.revenue) AS BIGINT) AS revenue,
  MIN(CASE WHEN d.bought = 1 THEN d.day END) AS first_day,
  MAX(CASE WHEN d.bought = 1 THEN d.day END) AS last_day
FROM customer_days d JOIN {customers} c ON CAST(d.customer_id AS STRING) = c.customer
GROUP BY c.customer, {month}
ORDER BY c.customer NULLS LAST, {month} NULLS LAST"""
