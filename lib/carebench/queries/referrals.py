"""Who came by recommendation, whether they buy and stay, and how many customers brought others.

A customer is one on the list who is not potential; nobody is recommended by himself. Names are
compared as text, for one of two tables may hold numbers.
"""

from __future__ import annotations

import datetime as dt

from .books import month_of

MOST_BROUGHT = 3  # whoever brought so many or more is one group: nobody is told by a large number


def won_by_month(*, since: bool, status: bool) -> str:
    """Customers, those who were recommended, and those by themselves, by month of joining.

    Columns: month, NULL where it is not recorded; customers; referred; by_self.
    """
    month = month_of("CAST(since AS DATE)") if since else "CAST(NULL AS INT)"
    return f"""WITH {_won(since, status)}
SELECT month, COUNT(*) AS customers, CAST(SUM(referred) AS BIGINT) AS referred,
  CAST(SUM(by_self) AS BIGINT) AS by_self
FROM (SELECT {month} AS month, referred, by_self FROM won) dated GROUP BY month
ORDER BY month NULLS LAST"""


def brought(*, status: bool) -> str:
    """How many customers recommended 1, 2, or `MOST_BROUGHT` and more of those who joined.

    Columns: brought; recommenders; listed, of them on the list; joined, whom they brought.
    """
    number = f"CASE WHEN brought > {MOST_BROUGHT} THEN {MOST_BROUGHT} ELSE brought END"
    return f"""WITH {_won(False, status)},
named AS (
  SELECT referred_by AS customer, COUNT(*) AS brought FROM won WHERE referred = 1
  GROUP BY referred_by),
listed AS (SELECT DISTINCT customer FROM won)
SELECT {number} AS brought, COUNT(*) AS recommenders, COUNT(listed.customer) AS listed,
  CAST(SUM(brought) AS BIGINT) AS joined
FROM named LEFT JOIN listed ON named.customer = listed.customer GROUP BY {number}
ORDER BY brought NULLS LAST"""


def bought(
    *, since: bool, status: bool, first_day: dt.date, last_day: dt.date, churn_days: int
) -> str:
    """Two rows, customers recommended and not: what they bought, over what time, and who stays.

    Columns: referred, 1 or 0; customers; years, from joining or from `first_day` to `last_day`;
    money, in the currency's smallest unit, and purchases, days on which something was bought;
    of each the sums of the squares and of the fourth powers of what is left of it when the mean
    of a year is taken off; settled, who first bought `churn_days` or more before `last_day`;
    staying, of them bought within those days. Who joined after `last_day`, or on a day that is
    not recorded where days are, is left out.
    """
    start, end = f"DATE '{first_day:%Y-%m-%d}'", f"DATE '{last_day:%Y-%m-%d}'"
    begins = f"CASE WHEN CAST(since AS DATE) < {start} THEN {start} ELSE CAST(since AS DATE) END"
    days = f"days_between({begins if since else start}, {end})"
    return f"""WITH {_won(since, status)},
sold AS (
  SELECT CAST(customer_id AS STRING) AS customer, revenue, frequency, t, idle FROM buyers),
watched AS (
  SELECT referred, COALESCE(revenue, 0) AS money, COALESCE(frequency + 1, 0) AS purchases,
    {days} + 1 AS days, t, idle
  FROM won LEFT JOIN sold ON won.customer = sold.customer),
rates AS (
  SELECT referred AS side, CAST(SUM(money) AS DOUBLE) / NULLIF(SUM(days), 0) AS of_money,
    CAST(SUM(purchases) AS DOUBLE) / NULLIF(SUM(days), 0) AS of_purchases
  FROM watched WHERE days > 0 GROUP BY referred),
parts AS (
  SELECT referred, money, purchases, days, t, idle, money - of_money * days AS money_part,
    purchases - of_purchases * days AS purchases_part
  FROM watched JOIN rates ON referred = side WHERE days > 0)
SELECT referred, COUNT(*) AS customers, SUM(days) / 365.25e0 AS years, {_spread("money")},
  {_spread("purchases")}, COUNT(CASE WHEN t >= {churn_days} THEN 1 END) AS settled,
  COUNT(CASE WHEN t >= {churn_days} AND idle <= {churn_days} THEN 1 END) AS staying
FROM parts GROUP BY referred ORDER BY referred NULLS LAST"""


def sales_by_month() -> str:
    """Net revenue of each month of `customer_months`."""
    return """SELECT month, CAST(SUM(revenue) AS BIGINT) AS revenue FROM customer_months
GROUP BY month ORDER BY month NULLS LAST"""


def _spread(column: str) -> str:
    """The sum of a column of `parts`, and those of its part's squares and fourth powers.

    Only these, which no more than an interval rests on, are sums of fractions.
    """
    part = f"{column}_part"
    return f"""CAST(SUM({column}) AS BIGINT) AS {column}, SUM({part} * {part}) AS {column}_squares,
  SUM({part} * {part} * {part} * {part}) AS {column}_fourths"""


def _won(since: bool, status: bool) -> str:
    """The table `won`: customer, who recommended, whether anybody else did, day of joining."""
    existing = "WHERE status IS NULL OR status <> 'potential'" if status else ""
    day = "customer_since" if since else "CAST(NULL AS DATE)"
    return f"""named_won AS (
  SELECT CAST(customer_id AS STRING) AS customer, CAST(referred_by AS STRING) AS referred_by,
    {day} AS since
  FROM customers {existing}),
won AS (
  SELECT customer, referred_by, since,
    CASE WHEN referred_by IS NOT NULL AND referred_by <> customer THEN 1 ELSE 0 END AS referred,
    CASE WHEN referred_by = customer THEN 1 ELSE 0 END AS by_self
  FROM named_won)"""
