"""What the models of lifetime value are fitted to: histories of customers, counted.

Every table here is of customers who bought something; those of refunds alone are apart. Times
are days, or days rounded to whole weeks where there would be too many different ones.
"""

from __future__ import annotations

import datetime as dt

WIDTH = 0.01  # of a bin of spending, as a share of it


def lifetimes(table: str, tier: str) -> str:
    """The customers of a table like `buyers` who bought something, one row each.

    Columns: customer_id; frequency, recency, t as there; spent, net revenue of the days of
    purchase after the first, 0 where it is not above zero; tier.
    """
    return f"""SELECT customer_id, frequency, recency, t, {tier} AS tier,
  CASE WHEN monetary > 0 THEN CAST(FLOOR(frequency * monetary + 5e-1) AS BIGINT) ELSE 0 END
    AS spent
FROM {table} WHERE frequency >= 0"""


def newcomers(table: str, *, longest: int, since: dt.date | None = None) -> str:
    """Who of a table like `lifetimes` came while the books ran, with its columns.

    Parameters
    ----------
    longest : int
        The most days since the first purchase of whoever counts as new where no day is known.
    since : date, optional
        The first day of the books, where the table `customers` says when dealings began: whose
        day is known is new if it is this one or later.
    """
    if since is None:
        return f"SELECT * FROM {table} WHERE t <= {longest:d}"
    # By name as text: one of the two tables may hold numbers.
    return f"""SELECT l.* FROM {table} l LEFT JOIN (
  SELECT CAST(customer_id AS STRING) AS customer, customer_since AS since FROM customers) c
  ON CAST(l.customer_id AS STRING) = c.customer
WHERE c.since >= {_date(since)} OR (c.since IS NULL AND l.t <= {longest:d})"""


def sizes(table: str = "lifetimes") -> str:
    """One row: customers, those who bought again, and those who then paid for it."""
    return f"""SELECT COUNT(*) AS customers, COUNT(CASE WHEN frequency > 0 THEN 1 END) AS again,
  COUNT(CASE WHEN frequency > 0 AND spent > 0 THEN 1 END) AS paid
FROM {table}"""


def histories(table: str = "lifetimes", *, weeks: bool = False) -> str:
    """Customers alike in tier, frequency, recency and t: how many, and what they spent."""
    recency, t = _days("recency", weeks), _days("t", weeks)
    return f"""SELECT tier, frequency, {recency} AS recency, {t} AS t, COUNT(*) AS customers,
  CAST(SUM(spent) AS BIGINT) AS spent
FROM {table} GROUP BY tier, frequency, {recency}, {t}
ORDER BY tier NULLS LAST, frequency NULLS LAST, recency NULLS LAST, t NULLS LAST"""


def histories_sample(size: int) -> str:
    """So many customers of `lifetimes`, the same each time: those of the lowest MD5 sums."""
    return f"""WITH drawn AS (
  SELECT customer_id, tier, frequency, recency, t, spent, MD5(CAST(customer_id AS STRING)) AS lot
  FROM lifetimes)
SELECT tier, frequency, recency, t, spent FROM drawn
ORDER BY lot NULLS LAST, customer_id NULLS LAST LIMIT {size:d}"""


def spending(table: str = "lifetimes") -> str:
    """What customers who bought again spent on that, by how often: exact."""
    return f"""SELECT frequency, spent, COUNT(*) AS customers FROM {table}
WHERE frequency > 0 AND spent > 0 GROUP BY frequency, spent
ORDER BY frequency NULLS LAST, spent NULLS LAST"""


def spending_in_bins(table: str = "lifetimes") -> str:
    """The same in few rows: the mean spent of each bin of 1 % width."""
    return f"""WITH binned AS (
  SELECT frequency, spent, CAST(FLOOR(LN(CAST(spent AS DOUBLE)) / {WIDTH:e}) AS BIGINT) AS bin
  FROM {table} WHERE frequency > 0 AND spent > 0)
SELECT frequency, CAST(SUM(spent) AS DOUBLE) / NULLIF(COUNT(*), 0) AS spent,
  COUNT(*) AS customers
FROM binned GROUP BY frequency, bin ORDER BY frequency NULLS LAST, spent NULLS LAST"""


def made_of(table: str, until: dt.date) -> str:
    """One row: who is in a table like `buyers`, and what days of purchase and others brought.

    Columns: customers; refunded, those of refunds alone; again, those who bought again;
    unpaid, those who bought again for nothing after refunds; purchases, net revenue of the days
    on which something was bought, and net, of all days, both to the end of the day `until`.
    """
    return f"""WITH money AS (
  SELECT CAST(SUM(CASE WHEN bought = 1 THEN revenue ELSE 0 END) AS BIGINT) AS purchases,
    CAST(SUM(revenue) AS BIGINT) AS net
  FROM customer_days WHERE day <= {_date(until)}),
people AS (
  SELECT COUNT(*) AS customers, COUNT(CASE WHEN frequency < 0 THEN 1 END) AS refunded,
    COUNT(CASE WHEN frequency > 0 THEN 1 END) AS again,
    COUNT(CASE WHEN frequency > 0 AND monetary <= 0 THEN 1 END) AS unpaid
  FROM {table})
SELECT customers, refunded, again, unpaid, purchases, net FROM people CROSS JOIN money"""


def holdout(table: str, split: dt.date, *, weeks: bool = False) -> str:
    """Histories up to `split`, with the days of purchase and the net revenue after it."""
    recency, t = _days("b.recency", weeks), _days("b.t", weeks)
    return f"""WITH later AS (
  SELECT customer_id, CAST(SUM(bought) AS BIGINT) AS made, CAST(SUM(revenue) AS BIGINT) AS earned
  FROM customer_days WHERE day > {_date(split)} GROUP BY customer_id)
SELECT b.frequency, {recency} AS recency, {t} AS t, COUNT(*) AS customers,
  CAST(SUM(b.spent) AS BIGINT) AS spent, CAST(SUM(COALESCE(l.made, 0)) AS BIGINT) AS made,
  CAST(SUM(COALESCE(l.earned, 0)) AS BIGINT) AS earned
FROM {table} b LEFT JOIN later l ON b.customer_id = l.customer_id
GROUP BY b.frequency, {recency}, {t}
ORDER BY frequency NULLS LAST, recency NULLS LAST, t NULLS LAST"""


def weeks_after(table: str, split: dt.date) -> str:
    """Days of purchase in each week after `split`, of the customers of `table`."""
    week = f"CAST(FLOOR((days_between({_date(split)}, d.day) + 6) / 7e0) AS INT)"
    return f"""SELECT {week} AS week, CAST(SUM(d.bought) AS BIGINT) AS made
FROM customer_days d JOIN {table} b ON d.customer_id = b.customer_id
WHERE d.day > {_date(split)} GROUP BY {week} ORDER BY week NULLS LAST"""


def first_and_later(last: dt.date, *, since: dt.date | None = None) -> str:
    """Net revenue of each customer's first day of purchase, and of all that came later.

    Parameters
    ----------
    last : date
        Customers who first bought after it have not been watched long enough.
    since : date, optional
        The first day of the books, where the table `customers` says when dealings began: who
        was a customer before has made its first purchase unseen, and is left out.
    """
    return f"""{_firsts(last, since)}
SELECT first_one, revenue - first_one AS later FROM firsts
ORDER BY first_one NULLS LAST, later NULLS LAST"""


def first_and_later_in_lots(last: dt.date, *, since: dt.date | None = None) -> str:
    """The same, added up over 4,096 lots into which customers fall by chance."""
    return f"""{_firsts(last, since)}
SELECT CAST(SUM(first_one) AS BIGINT) AS first_one,
  CAST(SUM(revenue - first_one) AS BIGINT) AS later
FROM firsts GROUP BY SUBSTR(MD5(CAST(customer_id AS STRING)), 1, 3)
ORDER BY first_one NULLS LAST, later NULLS LAST"""


def watched(last: dt.date, *, since: dt.date | None = None) -> str:
    """One row: how many customers of `first_and_later` there are, and what both add up to.

    Columns: customers; first_one, later; most_first and most_later, the same of the customer
    farthest from zero, without its sign.
    """
    return f"""{_firsts(last, since)}
SELECT COUNT(*) AS customers, CAST(SUM(first_one) AS BIGINT) AS first_one,
  CAST(SUM(revenue - first_one) AS BIGINT) AS later, MAX(ABS(first_one)) AS most_first,
  MAX(ABS(revenue - first_one)) AS most_later
FROM firsts"""


def _firsts(last: dt.date, since: dt.date | None) -> str:
    # By name as text: one of the two tables may hold numbers.
    older = (
        f"""LEFT JOIN (
    SELECT CAST(customer_id AS STRING) AS customer FROM customers
    WHERE customer_since < {_date(since)}) o ON CAST(w.customer_id AS STRING) = o.customer
  WHERE o.customer IS NULL AND"""
        if since
        else "WHERE"
    )
    return f"""WITH dated AS (
  SELECT customer_id, revenue, CASE WHEN bought = 1 THEN day END AS bought_on FROM customer_days),
whole AS (
  SELECT customer_id, MIN(bought_on) AS first_day, MIN_BY(revenue, bought_on) AS first_one,
    CAST(SUM(revenue) AS BIGINT) AS revenue
  FROM dated GROUP BY customer_id),
firsts AS (
  SELECT w.customer_id, w.first_one, w.revenue FROM whole w {older} w.first_day <= {_date(last)})"""


def _days(column: str, weeks: bool) -> str:
    return f"CAST(FLOOR(({column} + 3) / 7e0) * 7 AS INT)" if weeks else column


def _date(day: dt.date) -> str:
    return f"DATE '{day:%Y-%m-%d}'"
