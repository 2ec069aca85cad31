"""What customers bring in the months after their first purchase, in three sums per cohort."""

from __future__ import annotations

import datetime as dt


def brought_by_month(
    first_day: dt.date, last_month: int, *, settled: int, log_discount: float, with_since: bool
) -> str:
    """What new customers had brought by so many months after their first purchase.

    Columns: cohort, the month of the first purchase; later, months since then; customers who
    bought or gave back in that month; gained, what it adds to the cohort's discounted net
    revenue, in the currency's smallest unit; squares, what it adds to the sum of the squares
    of what each customer has brought so far. Whatever is not listed added nothing.

    New is who, by `customers` (`with_since`), came on `first_day` of the books or later; who
    has no such day, if the first purchase lies in the month `settled` or later. A month ahead
    counts for exp(-`log_discount`) of this one. Nothing after `last_month` counts. Only the
    squares, which no more than an interval rests on, are a sum of fractions.
    """
    since = "c.customer_since" if with_since else "CAST(NULL AS DATE)"
    # By name as text: one of the two tables may hold numbers.
    same = "CAST(b.customer_id AS STRING) = CAST(c.customer_id AS STRING)"
    joined = f"LEFT JOIN customers c ON {same}" if with_since else ""
    begin = f"DATE '{first_day:%Y-%m-%d}'"
    return f"""WITH fresh AS (
  SELECT b.customer_id, b.first_month AS cohort FROM buyers b {joined}
  WHERE {since} >= {begin} OR ({since} IS NULL AND b.first_month >= {settled})),
dated AS (
  SELECT f.customer_id, f.cohort, m.month - f.cohort AS later, m.revenue,
    EXP(-{log_discount:e} * (m.month - f.cohort)) AS counts_for
  FROM fresh f JOIN customer_months m ON f.customer_id = m.customer_id
  WHERE m.month >= f.cohort AND m.month <= {last_month}),
summed AS (
  SELECT cohort, later, revenue, counts_for, revenue * counts_for AS gained,
    SUM(revenue * counts_for) OVER (PARTITION BY customer_id ORDER BY later NULLS FIRST) AS so_far
  FROM dated)
SELECT cohort, later, COUNT(*) AS customers,
  CAST(SUM(revenue) AS BIGINT) * MIN(counts_for) AS gained,
  SUM(gained * (2e0 * so_far - gained)) AS squares
FROM summed GROUP BY cohort, later ORDER BY cohort NULLS LAST, later NULLS LAST"""
