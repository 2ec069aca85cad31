"""Cohorts: customers by the month of their first purchase, and when they bought again."""

from __future__ import annotations

import datetime as dt


def cohort_activity(
    first_day: dt.date, first_period: int, *, quarters: bool = False, with_since: bool = False
) -> str:
    """How many customers of each cohort bought so many periods after their first.

    A period is a month, or one of the `quarters` of a year: 4 · year + quarter - 1. Columns:
    apart, 1 where the first purchase may lie before the books, which begin on `first_day` in
    `first_period`; cohort, the period of the first purchase; later, periods since then;
    customers.

    Apart is who dealt with the company before the books began, where `customers` has the day
    (`with_since`); where it is not known, who bought in the first period.
    """
    since = "c.customer_since" if with_since else "CAST(NULL AS DATE)"
    joined = "LEFT JOIN customers c ON b.customer_id = c.customer_id" if with_since else ""
    # A customer has one row a month, but up to three a quarter.
    counted = "DISTINCT m.customer_id" if quarters else "m.customer_id"
    return f"""WITH first_ones AS (
  SELECT b.customer_id, {_period("b.first_month", quarters)} AS cohort, {since} AS since
  FROM buyers b {joined} WHERE b.first_month IS NOT NULL),
cohorts AS (
  SELECT customer_id, cohort,
    CASE WHEN since < DATE '{first_day:%Y-%m-%d}' THEN 1
      WHEN since IS NULL AND cohort = {first_period} THEN 1 ELSE 0 END AS apart
  FROM first_ones)
SELECT f.apart, f.cohort, {_period("m.month", quarters)} - f.cohort AS later,
  COUNT({counted}) AS customers
FROM cohorts f JOIN customer_months m ON f.customer_id = m.customer_id
WHERE m.days > 0
GROUP BY f.apart, f.cohort, {_period("m.month", quarters)} - f.cohort
ORDER BY f.apart NULLS LAST, f.cohort NULLS LAST, later NULLS LAST"""


def _period(month: str, quarters: bool) -> str:
    return f"CAST(FLOOR({month} / 3e0) AS BIGINT)" if quarters else month
