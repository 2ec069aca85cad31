"""Recency, frequency and monetary value as scores of customers, and what scores add up to."""

from __future__ import annotations

from collections.abc import Iterable

PAYING = "frequency >= 0 AND revenue > 0"
Cuts = Iterable[tuple[int, int]]


def paying() -> str:
    """The rows of `buyers` who bought something and brought more than they were refunded."""
    return f"SELECT * FROM buyers WHERE {PAYING}"


def paying_sample(size: int) -> str:
    """So many rows of `paying`, the same on every engine and each time: those whose names have
    the lowest MD5 sums, which have nothing to do with when or what somebody bought.
    """
    return f"""WITH drawn AS (
  SELECT customer_id, frequency, idle, revenue, MD5(customer_id) AS lot FROM paying)
SELECT frequency, idle, revenue FROM drawn
ORDER BY lot NULLS LAST, customer_id NULLS LAST LIMIT {size:d}"""


def scored(recency: Cuts, frequency: Cuts, monetary: Cuts) -> str:
    """The rows of `buyers` with the scores r, f and m; NULL for those who are not `paying`.

    Each score comes with the number from which on it is given; recency with minus the days.
    """
    given = {"r": ("-idle", recency), "f": ("frequency", frequency), "m": ("revenue", monetary)}
    columns = ",\n  ".join(
        f"CASE WHEN {PAYING} THEN {_score(value, cuts)} END AS {name}"
        for name, (value, cuts) in given.items()
    )
    return f"SELECT customer_id, frequency, idle, revenue,\n  {columns}\nFROM buyers"


def score_groups(later: tuple[int, int], earlier: tuple[int, int]) -> str:
    """What the customers of `scored` add up to, by their scores and days since the last purchase.

    Columns: r, f, m, idle; customers; once, those with one day of purchase; revenue; later and
    earlier, net revenue from the first to the last month of each period; most, most_later and
    most_earlier, the same of the customer who brought or was refunded most.
    """
    return f"""WITH periods AS (
  SELECT customer_id, {_within(later)} AS later, {_within(earlier)} AS earlier
  FROM customer_months GROUP BY customer_id)
SELECT s.r, s.f, s.m, s.idle, COUNT(*) AS customers,
  COUNT(CASE WHEN s.frequency = 0 THEN 1 END) AS once,
  CAST(SUM(s.revenue) AS BIGINT) AS revenue, CAST(SUM(p.later) AS BIGINT) AS later,
  CAST(SUM(p.earlier) AS BIGINT) AS earlier, MAX(ABS(s.revenue)) AS most,
  MAX(ABS(p.later)) AS most_later, MAX(ABS(p.earlier)) AS most_earlier
FROM scored s LEFT JOIN periods p ON s.customer_id = p.customer_id
GROUP BY s.r, s.f, s.m, s.idle
ORDER BY s.r NULLS LAST, s.f NULLS LAST, s.m NULLS LAST, s.idle NULLS LAST"""


def _score(value: str, cuts: Cuts) -> str:
    """The score of a value: the highest of which it reaches the number, else the lowest."""
    (lowest, _), *above = cuts
    whens = " ".join(f"WHEN {value} >= {number} THEN {score}" for score, number in reversed(above))
    return f"CASE {whens} ELSE {lowest} END" if whens else f"{lowest}"


def _within(months: tuple[int, int]) -> str:
    first, last = months
    inside = f"month BETWEEN {first} AND {last}"
    return f"CAST(SUM(CASE WHEN {inside} THEN revenue ELSE 0 END) AS BIGINT)"
