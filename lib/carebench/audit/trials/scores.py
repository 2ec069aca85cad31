"""The shoppers' scores, one shopper's for each contact, summed up in the engine.

Several shoppers' scores of one contact say how far shoppers agree; as evidence on a provider
they are one observation. Here each contact counts once, with the scores of the shopper who
made it, else of the first in the alphabet among those who rated it. A score is good from 4 on,
as it stands: 3.5 is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import numpy as np
import pandas as pd

from ...engine import quote_name, quote_text
from ...methods.severity import Severity, two_way
from ...sources import Care
from ...sources.field import field_name

POINTS = (1, 2, 3, 4, 5)
TOP = 4  # from here on a score is good
SUMS = ("contacts", "k", "n", "kk", "kn", "nn")
COMMON_SCORES = 600_000  # scores of contacts rated by all that are looked at; more say no more


def own_scores(care: Care) -> str:
    """Name in the engine of the scores: contact, provider, persona, rater, item, score, point.

    `point` is the score without its fraction, so that no score below 4 is among the good. A
    provider that the study's own list does not know is NULL; all are "" where attempts name
    none.
    """
    care.current("attempts")  # several waves and none chosen: refused here, in its own words
    sql = _one_rater_each(care, _counted(care), "ratings")
    return _kept(care, "scores of contacts", sql)


def field_scores(care: Care) -> str:
    """The same of the field, the other providers in a report limited to one, as a SELECT."""
    made = _counted(care, quote_name(field_name("attempts")), listed=False)
    return f"({_one_rater_each(care, made, quote_name(field_name('ratings')))})"


def _one_rater_each(care: Care, made: str, ratings: str) -> str:
    """Each contact's scores by its own shopper, else by the first who rated it; as a SELECT."""
    return f"""WITH counted AS ({made}),
        given AS (
          SELECT attempt_id, item, {_rater(care)} AS rater, AVG(score) AS score
          FROM {ratings} WHERE score IS NOT NULL GROUP BY attempt_id, item, {_rater(care)}),
        chosen AS (
          SELECT c.attempt_id, COALESCE(MAX(CASE WHEN g.rater = c.own THEN g.rater END),
            MIN(g.rater)) AS rater
          FROM given g JOIN counted c ON g.attempt_id = c.attempt_id GROUP BY c.attempt_id)
        SELECT c.attempt_id AS contact, c.provider, c.persona, g.rater, g.item, g.score,
          CAST(FLOOR(g.score) AS INTEGER) AS point
        FROM given g JOIN chosen h ON g.attempt_id = h.attempt_id AND g.rater = h.rater
          JOIN counted c ON g.attempt_id = c.attempt_id"""


def distribution(care: Care, by: str) -> pd.DataFrame:
    """Scores of each point: `by` ("provider" or "item"), provider, point, n."""
    return care.engine.frame(
        f"""SELECT {by} AS about, provider, point, COUNT(*) AS n FROM {own_scores(care)}
            WHERE provider IS NOT NULL GROUP BY {by}, provider, point ORDER BY 1, 2, 3"""
    )


def sums(
    care: Care, items: Collection[str] | None = None, *, without: Collection[str] = ()
) -> pd.DataFrame:
    """By provider, over contacts: numbers of good scores k and of scores n, and their products.

    Parameters
    ----------
    items : collection of str, optional
        The items that count; all of them where not given.
    without : collection of str
        Shoppers whose contacts are left out.
    """
    contacts = _contacts(care) if items is None else f"({_by_contact(care, items)})"
    kept = f"rater NOT IN ({_listed(without)})" if without else "TRUE"
    return care.engine.frame(
        f"""SELECT provider, COUNT(*) AS contacts, SUM(k) AS k, SUM(n) AS n,
              SUM(k * k) AS kk, SUM(k * n) AS kn, SUM(n * n) AS nn
            FROM {contacts} WHERE {kept} GROUP BY provider ORDER BY provider"""
    )


def means(care: Care, *by: str) -> pd.DataFrame:
    """Of the contacts' mean scores, by the columns `by`: n, sum, sum of squares, good ones.

    A contact is good where more than half of its scores are.
    """
    columns = ", ".join(by)
    return care.engine.frame(
        f"""SELECT {columns}, COUNT(*) AS n, SUM(mean) AS total, SUM(mean * mean) AS squares,
              COUNT(CASE WHEN 2 * k > n THEN 1 END) AS good
            FROM {_contacts(care)} GROUP BY {columns} ORDER BY {columns}"""
    )


def severity(care: Care) -> tuple[list[str], list[str], Severity]:
    """Providers, shoppers, and both told apart."""
    counted = means(care, "provider", "rater")
    n, total = (
        counted.pivot_table(index="provider", columns="rater", values=name, fill_value=0)
        for name in ("n", "total")
    )
    found = two_way(
        n,
        total,
        float(counted["squares"].sum()),
        confidence_level=care.study.confidence_level,
    )
    return list(map(str, n.index)), list(map(str, n.columns)), found


def common(care: Care) -> pd.DataFrame:
    """The scores of contacts that every shopper rated: contact (a number), item, rater, score.

    Empty where fewer than two shoppers rated. Of very many such contacts some are taken, by a
    fixed rule that knows nothing of their scores.
    """
    if "shopper" not in care.columns("ratings"):
        return pd.DataFrame({"contact": [], "item": [], "rater": [], "score": []})
    care.current("attempts")
    given = f"""SELECT r.attempt_id, r.item, r.shopper AS rater, r.score
                FROM ratings r JOIN ({_counted(care)}) c ON r.attempt_id = c.attempt_id
                WHERE r.score IS NOT NULL AND r.shopper IS NOT NULL"""
    kept = _kept(
        care,
        "scores of common contacts",
        f"""WITH given AS ({given}),
            size AS (SELECT COUNT(DISTINCT rater) AS raters, COUNT(DISTINCT item) AS items
                     FROM given),
            shared AS (
              SELECT attempt_id, row_number() OVER (ORDER BY md5(attempt_id)) AS place
              FROM given GROUP BY attempt_id
              HAVING COUNT(DISTINCT rater) = (SELECT raters FROM size))
            SELECT dense_rank() OVER (ORDER BY g.attempt_id) AS contact, g.item, g.rater,
              AVG(g.score) AS score
            FROM given g JOIN shared s ON g.attempt_id = s.attempt_id CROSS JOIN size
            WHERE raters > 1 AND place * raters * items <= {COMMON_SCORES}
            GROUP BY g.attempt_id, g.item, g.rater""",
    )
    return care.engine.frame(f"SELECT * FROM {kept} ORDER BY contact, item, rater")


def table_of_means(scores: pd.DataFrame) -> tuple[list[str], np.ndarray[tuple[int, int]]]:
    """Shoppers, and each one's mean score of each common contact: rows contacts."""
    wide = scores.pivot_table(index="contact", columns="rater", values="score", aggfunc="mean")
    return list(map(str, wide.columns)), wide.to_numpy(dtype=float)


def _contacts(care: Care) -> str:
    """Name in the engine of the contacts scored, with all their items: see `_by_contact`."""
    return _kept(care, "contacts scored", _by_contact(care))


def _kept(care: Care, what: str, sql: str) -> str:
    """Name in the engine of a query's rows, kept once.

    An earlier wave of the same study shares the engine, so the name stands for the very query:
    whoever asks for another wave or other providers is given a table of its own.
    """
    name = quote_name(f"{what} {hashlib.sha256(sql.encode()).hexdigest()}")
    care.engine.run(f"CREATE TABLE IF NOT EXISTS {name} AS {sql}")
    return name


def _by_contact(care: Care, items: Collection[str] | None = None) -> str:
    """Each contact of a known provider: scores n, good ones k, and their mean; as a SELECT."""
    chosen = "TRUE" if items is None else f"item IN ({_listed(items)})"
    return f"""SELECT provider, persona, rater, contact, COUNT(*) AS n, AVG(score) AS mean,
                 COUNT(CASE WHEN point >= {TOP} THEN 1 END) AS k
               FROM {own_scores(care)} WHERE {chosen} AND provider IS NOT NULL
               GROUP BY provider, persona, rater, contact"""


def _counted(care: Care, made: str = "attempts", *, listed: bool = True) -> str:
    """The attempts that count, as `selection.attempts` has them, as a SELECT.

    `made` is the relation of the attempts; with `listed` its providers must be in the list.
    """
    there = care.columns("attempts")
    wave = care.study.wave
    where = [f"wave = {quote_text(wave)}"] if wave and "wave" in there else []
    if "fault" in there:
        where.append("COALESCE(fault, '') <> 'ours'")
    provider = "provider" if "provider" in there else "''"
    if listed and "provider" in there and care.columns("providers"):
        known = _listed(care.current("providers")["provider"])
        provider = f"CASE WHEN provider IN ({known}) THEN provider END"
    own = "shopper" if "shopper" in there else "NULL"
    persona = "persona" if listed and "persona" in there else "NULL"  # the field keeps none
    return (
        f"SELECT attempt_id, {provider} AS provider, CAST({persona} AS VARCHAR) AS persona, "
        f"CAST({own} AS VARCHAR) AS own FROM {made} WHERE {' AND '.join(where) or 'TRUE'}"
    )


def _rater(care: Care) -> str:
    return "COALESCE(shopper, '')" if "shopper" in care.columns("ratings") else "''"


def _listed(words: Collection[str] | pd.Series[str]) -> str:
    return ", ".join(quote_text(str(word)) for word in words) or "NULL"
