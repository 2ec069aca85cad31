"""Cohorts: customers by the period of their first purchase, and when they bought again."""

from __future__ import annotations

import datetime as dt

from .books import month_of

LONGEST = 24  # periods after the first that are counted; a set of them fits one integer


def cohort_activity(
    first_day: dt.date, last_day: dt.date, *, quarters: bool = False, with_since: bool = False
) -> str:
    """How many customers of each cohort bought so many periods after their first.

    A period is a month, or one of the `quarters` of a year: 4 · year + quarter - 1. The books run
    from `first_day` to `last_day`. Columns: old, 1 where `customers` says (`with_since`) that the
    company dealt with them before the books began; undated, 1 where it says nothing; cohort, the
    period of the first purchase in the books; and for each k from 0 to `LONGEST` in_k, the
    customers who bought k periods later, and back_k, those of them who bought on a second day for
    the first time then.
    """
    since = "c.customer_since" if with_since else "CAST(NULL AS DATE)"
    # By name as text: one of the two tables may hold numbers.
    same = "CAST(b.customer_id AS STRING) = CAST(c.customer_id AS STRING)"
    joined = f"LEFT JOIN customers c ON {same}" if with_since else ""
    begin, end = (f"DATE '{day:%Y-%m-%d}'" for day in (first_day, last_day))
    counts = ",\n  ".join(
        f"{_with_bit('periods', k)} AS in_{k}, {_with_bit('back', k)} AS back_{k}"
        for k in range(LONGEST + 1)
    )
    # The periods in which a customer bought are the bits of one number: to take each customer's
    # days together once is cheaper than by customer and period, and then by customer.
    later = f"CAST({_period(month_of('d.day'), quarters)} - f.cohort AS INT)"
    return f"""WITH first_ones AS (
  SELECT b.customer_id, b.t, {_period("b.first_month", quarters)} AS cohort,
    CASE WHEN {since} < {begin} THEN 1 ELSE 0 END AS old,
    CASE WHEN {since} IS NULL THEN 1 ELSE 0 END AS undated
  FROM buyers b {joined} WHERE b.first_month IS NOT NULL),
followed AS (
  SELECT d.customer_id,
    BIT_OR({_bit(later)}) AS periods,
    MIN(CASE WHEN days_between(d.day, {end}) < f.t THEN {later} END) AS first_return
  FROM customer_days d JOIN first_ones f ON d.customer_id = f.customer_id
  WHERE d.bought = 1 GROUP BY d.customer_id),
known AS (
  SELECT f.old, f.undated, f.cohort, g.periods, {_bit("g.first_return")} AS back
  FROM followed g JOIN first_ones f ON g.customer_id = f.customer_id)
SELECT old, undated, cohort, {counts}
FROM known GROUP BY old, undated, cohort
ORDER BY old NULLS LAST, undated NULLS LAST, cohort NULLS LAST"""


def _bit(k: str) -> str:
    """The number of which only the bit `k` is set; 0 where that is not counted, or NULL."""
    return f"CASE WHEN {k} <= {LONGEST} THEN CAST(1 AS BIGINT) << {k} ELSE 0 END"


def _with_bit(bits: str, k: int) -> str:
    """How many rows of a group have the bit `k` set."""
    return f"CAST(SUM(({bits} >> {k}) & 1) AS BIGINT)"


def _period(month: str, quarters: bool) -> str:
    return f"CAST(FLOOR({month} / 3e0) AS BIGINT)" if quarters else month
