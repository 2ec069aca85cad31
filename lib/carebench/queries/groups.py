"""Who the customers are: their groups by every scheme, from the list and from the sales.

The customers are those on the list and those who bought, joined by name as text, for one of two
tables may hold numbers. A group is a `code` of one `kind`: named; others, too many to name; not
recorded; not on the list.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

NAMED, OTHERS, NOT_RECORDED, NOT_LISTED = 0, 1, 2, 3
FROM_SALES = ("tenure", "tier")  # schemes that need no list


def customer_groups(
    recorded: Sequence[str],
    *,
    listed: bool,
    since: bool = False,
    tenure: str = "",
    tier: str = "",
) -> str:
    """One row per customer on the list or in `buyers`, with its group by every scheme.

    Columns: customer; listed, 1 or 0; bought, 1 where anything was; revenue, NULL without sales;
    one column for each scheme.

    Parameters
    ----------
    recorded : sequence of str
        Schemes that are columns of `customers`.
    listed : bool
        Whether there is such a table.
    since : bool
        Whether it has the column `customer_since`.
    tenure, tier : str
        Expressions over `whole`; without them there are no sales.
    """
    sold = bool(tenure)
    derived = [f"{tenure} AS tenure", f"{tier} AS tier"] if sold else []
    bought = "CASE WHEN frequency >= 0 THEN 1 ELSE 0 END" if sold else "0"
    columns = ["customer", "listed", f"{bought} AS bought", "revenue", *recorded, *derived]
    return f"WITH {_whole(recorded, listed, since, sold)}\nSELECT {', '.join(columns)} FROM whole"


def tenure(
    *, years: float, purchases: int, first_day: dt.date, last_day: dt.date, since: bool
) -> str:
    """The code of a customer: traditional, occasional, new or never; NULL if it cannot be told.

    Occasional are those of the same tenure who bought on fewer days.
    Books shorter than the tenure asked for tell it only of customers whose first dealings
    (`since`, a column of the list) are on record.
    """
    needed, end = math.ceil(years * 365.25), f"DATE '{last_day:%Y-%m-%d}'"
    dealt = f"days_between(CAST(customer_since AS DATE), {end})" if since else ""
    long_enough = f"(t >= {needed} OR {dealt} >= {needed})" if since else f"t >= {needed}"
    recent = f"t < {needed} AND {dealt} < {needed}" if since else "1 = 0"
    covered = (last_day - first_day).days >= needed
    is_occasional, is_new = (long_enough, "1 = 1") if covered else ("1 = 0", recent)
    return f"""CASE WHEN frequency IS NULL OR frequency < 0 THEN 'never'
    WHEN {long_enough} AND frequency + 1 >= {purchases} THEN 'traditional'
    WHEN {is_occasional} THEN 'occasional'
    WHEN {is_new} THEN 'new' END"""


def group_sizes(schemes: Sequence[str], most: int) -> str:
    """Customers and net revenue of the groups of each scheme, the `most` largest by name.

    Columns: scheme; code; kind; groups, of which the row is made up; customers; revenue; most,
    what the customer farthest from zero brings, without its sign.
    """
    return "\nUNION ALL\n".join(_sizes(scheme, most) for scheme in schemes)


def crossed_groups(first: str, second: str, most: int) -> str:
    """The same of pairs of groups: code and kind of the `first` scheme and of the `second`.

    The `most` pairs with the highest revenue, or most customers where nothing was sold, stand
    by name.
    """
    return f"""WITH cells AS (
  SELECT {first} AS code, {_kind(first)} AS kind, {second} AS other_code,
    {_kind(second)} AS other_kind, COUNT(*) AS customers,
    CAST(SUM(revenue) AS BIGINT) AS revenue, MAX(ABS(revenue)) AS most
  FROM customer_groups GROUP BY {first}, {_kind(first)}, {second}, {_kind(second)}),
placed AS (
  SELECT *, ROW_NUMBER() OVER (ORDER BY revenue DESC NULLS LAST, customers DESC NULLS LAST,
    kind NULLS LAST, code NULLS LAST, other_kind NULLS LAST, other_code NULLS LAST) AS place
  FROM cells),
named AS (
  SELECT CASE WHEN place <= {most} THEN code END AS code,
    CASE WHEN place <= {most} THEN kind ELSE {OTHERS} END AS kind,
    CASE WHEN place <= {most} THEN other_code END AS other_code,
    CASE WHEN place <= {most} THEN other_kind ELSE {OTHERS} END AS other_kind,
    customers, revenue, most
  FROM placed)
SELECT code, kind, other_code, other_kind, COUNT(*) AS groups,
  CAST(SUM(customers) AS BIGINT) AS customers, CAST(SUM(revenue) AS BIGINT) AS revenue,
  MAX(most) AS most
FROM named GROUP BY code, kind, other_code, other_kind"""


def list_and_sales(*, status: bool) -> str:
    """One row: how list and sales fit together.

    Columns: customers; listed; never_bought, of the listed; not_listed, who bought all the
    same, not_listed_revenue and not_listed_most, what the one of them farthest from zero
    brought; potential_bought, recorded as potential.
    """
    contradicts = "status = 'potential' AND bought = 1" if status else "1 = 0"
    return f"""SELECT COUNT(*) AS customers, CAST(SUM(listed) AS BIGINT) AS listed,
  COUNT(CASE WHEN listed = 1 AND bought = 0 THEN 1 END) AS never_bought,
  COUNT(CASE WHEN listed = 0 THEN 1 END) AS not_listed,
  CAST(SUM(CASE WHEN listed = 0 THEN revenue END) AS BIGINT) AS not_listed_revenue,
  MAX(CASE WHEN listed = 0 THEN ABS(revenue) END) AS not_listed_most,
  COUNT(CASE WHEN {contradicts} THEN 1 END) AS potential_bought
FROM customer_groups"""


def _whole(recorded: Sequence[str], listed: bool, since: bool, sold: bool) -> str:
    """Every customer once: on the list, in the sales, or both."""
    own = "".join(f", {column}" for column in (*recorded, *(["customer_since"] if since else [])))
    listing = f"""listed AS (
  SELECT CAST(customer_id AS STRING) AS customer{own} FROM customers)"""
    buying = """bought AS (
  SELECT CAST(customer_id AS STRING) AS customer, revenue, frequency, t FROM buyers)"""
    if not listed:
        return f"{buying},\nwhole AS (SELECT *, 0 AS listed FROM bought)"
    if not sold:
        return f"""{listing},
whole AS (SELECT *, 1 AS listed, CAST(NULL AS BIGINT) AS revenue FROM listed)"""
    return f"""{listing},
{buying},
whole AS (
  SELECT COALESCE(listed.customer, bought.customer) AS customer,
    CASE WHEN listed.customer IS NULL THEN 0 ELSE 1 END AS listed, revenue, frequency, t{own}
  FROM listed FULL OUTER JOIN bought ON listed.customer = bought.customer)"""


def _sizes(scheme: str, most: int) -> str:
    return f"""SELECT '{scheme}' AS scheme, code, kind, COUNT(*) AS groups,
  CAST(SUM(customers) AS BIGINT) AS customers, CAST(SUM(revenue) AS BIGINT) AS revenue,
  MAX(most) AS most
FROM (
  SELECT CASE WHEN kind = {NAMED} AND place > {most} THEN NULL ELSE code END AS code,
    CASE WHEN kind = {NAMED} AND place > {most} THEN {OTHERS} ELSE kind END AS kind,
    customers, revenue, most
  FROM (
    SELECT *, ROW_NUMBER() OVER (
      PARTITION BY kind ORDER BY customers DESC NULLS LAST, code NULLS LAST) AS place
    FROM (
      SELECT {scheme} AS code, {_kind(scheme)} AS kind, COUNT(*) AS customers,
        SUM(revenue) AS revenue, MAX(ABS(revenue)) AS most
      FROM customer_groups GROUP BY {scheme}, {_kind(scheme)}) sized) placed) named
GROUP BY code, kind"""


def _kind(scheme: str) -> str:
    """Whether a customer's group is known, and if not, why: sales say it of whoever bought."""
    apart = "" if scheme in FROM_SALES else f"WHEN listed = 0 THEN {NOT_LISTED} "
    return f"CASE {apart}WHEN {scheme} IS NULL THEN {NOT_RECORDED} ELSE {NAMED} END"
