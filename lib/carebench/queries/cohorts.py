"""Cohorts: customers by the period of their first purchase, and when they bought again."""

from __future__ import annotations

import datetime as dt


def cohort_activity(first_day: dt.date, *, quarters: bool = False, with_since: bool = False) -> str:
    """How many customers of each cohort bought so many periods after their first.

    A period is a month, or one of the `quarters` of a year: 4 · year + quarter - 1. Columns:
    old, 1 where `customers` says (`with_since`) that the company dealt with them before the
    books began on `first_day`; undated, 1 where it says nothing; cohort, the period of the
    first purchase in the books; later, periods since then; customers, those who bought in it;
    back, those of them who bought on a second day for the first time.
    """
    since = "c.customer_since" if with_since else "CAST(NULL AS DATE)"
    # By name as text: one of the two tables may hold numbers.
    same = "CAST(b.customer_id AS STRING) = CAST(c.customer_id AS STRING)"
    joined = f"LEFT JOIN customers c ON {same}" if with_since else ""
    begin = f"DATE '{first_day:%Y-%m-%d}'"
    return f"""WITH first_ones AS (
  SELECT b.customer_id, {_period("b.first_month", quarters)} AS cohort,
    CASE WHEN {since} < {begin} THEN 1 ELSE 0 END AS old,
    CASE WHEN {since} IS NULL THEN 1 ELSE 0 END AS undated
  FROM buyers b {joined} WHERE b.first_month IS NOT NULL),
periods AS (
  SELECT customer_id, {_period("month", quarters)} AS period, SUM(days) AS days
  FROM customer_months WHERE days > 0
  GROUP BY customer_id, {_period("month", quarters)}),
dated AS (
  SELECT f.customer_id, f.old, f.undated, f.cohort, p.period - f.cohort AS later, p.days
  FROM first_ones f JOIN periods p ON f.customer_id = p.customer_id),
returns AS (
  SELECT customer_id, MIN(CASE WHEN later > 0 OR days > 1 THEN later END) AS first_return
  FROM dated GROUP BY customer_id)
SELECT d.old, d.undated, d.cohort, d.later, COUNT(*) AS customers,
  COUNT(CASE WHEN d.later = r.first_return THEN 1 END) AS back
FROM dated d JOIN returns r ON d.customer_id = r.customer_id
GROUP BY d.old, d.undated, d.cohort, d.later
ORDER BY d.old NULLS LAST, d.undated NULLS LAST, d.cohort NULLS LAST, d.later NULLS LAST"""


def _period(month: str, quarters: bool) -> str:
    return f"CAST(FLOOR({month} / 3e0) AS BIGINT)" if quarters else month
