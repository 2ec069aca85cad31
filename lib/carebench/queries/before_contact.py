"""What customers bought before and after given days: of a bounded number of them at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable


def around_days(
    asked: Iterable[tuple[str, dt.date]], before: int, near: int, text: Callable[[str], str]
) -> str:
    """What each customer bought around a day, from `customer_days`; nothing of who bought none.

    Parameters
    ----------
    asked : iterable of (customer, day)
        At least one; as many as a query may hold as text, some ten thousand.
    before : int
        Days before the day that count as before it.
    near : int
        Days just before and just after it.
    text : function
        Makes a name an SQL string.

    Returns
    -------
    str
        Columns: customer; day; purchases, days of purchase before; amount, net revenue before;
        since, days since the last purchase before; lately and afterwards, days of purchase
        among the days just before and just after. The day itself counts nowhere: what was
        bought on it may come before the contact or out of it.
    """
    rows = ",\n  ".join(f"({text(name)}, DATE '{day:%Y-%m-%d}')" for name, day in asked)
    return f"""WITH asked AS (
  SELECT customer, day FROM (VALUES {rows}) AS given(customer, day)),
around AS (
  SELECT a.customer, a.day, d.revenue, d.bought, days_between(d.day, a.day) AS gap
  FROM customer_days d JOIN asked a ON CAST(d.customer_id AS STRING) = a.customer
  WHERE days_between(d.day, a.day) BETWEEN {-near} AND {max(before, near)})
SELECT customer, day,
  COUNT(CASE WHEN bought = 1 AND gap BETWEEN 1 AND {before} THEN 1 END) AS purchases,
  CAST(SUM(CASE WHEN gap BETWEEN 1 AND {before} THEN revenue ELSE 0 END) AS BIGINT) AS amount,
  MIN(CASE WHEN bought = 1 AND gap BETWEEN 1 AND {before} THEN gap END) AS since,
  COUNT(CASE WHEN bought = 1 AND gap BETWEEN 1 AND {near} THEN 1 END) AS lately,
  COUNT(CASE WHEN bought = 1 AND gap BETWEEN {-near} AND -1 THEN 1 END) AS afterwards
FROM around GROUP BY customer, day ORDER BY customer NULLS LAST, day NULLS LAST"""
