"""Attempts at contact, added up: by provider and channel, and by hour of the week.

Which attempts count, and which ended for good, is as the audit has it: our own failures are
missing data, and what ended without an answer waits for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..schema import CHANNELS


def counting(columns: Collection[str], wave: str = "") -> str:
    """The condition of an attempt that counts.

    Parameters
    ----------
    columns : collection of str
        Columns that the study's attempts have.
    wave : str
        The wave that is asked about, as an SQL string; all of them where it is "".
    """
    conditions = ["(fault IS NULL OR fault <> 'ours')"] if "fault" in columns else []
    conditions += [f"wave = {wave}"] if wave and "wave" in columns else []
    return " AND ".join(conditions) or "TRUE"


def place(column: str, words: Sequence[str]) -> str:
    """The place in `words`, from 0, of what a column says; NULL for anything else.

    A number a row is handed over in half the time that a text takes, and grouped in less.
    """
    places = " ".join(f"WHEN '{word}' THEN {n}" for n, word in enumerate(words))
    return f"CASE {column} {places} END"


def tallied(columns: Collection[str], wave: str = "") -> str:
    """Attempts by provider and channel: made, counting, answered, and in which time.

    Parameters
    ----------
    columns : collection of str
        Columns that the study's attempts have.
    wave : str
        The wave that is asked about, as an SQL string; all of them where it is "".

    Returns
    -------
    str
        Columns: provider and channel, NULL where attempts have none; made; n, of them those
        that count; k, of these those answered by a person; undated, of those made; first and
        last time of sending.
    """
    counts = counting([name for name in columns if name != "wave"])
    provider, channel = (
        name if name in columns else "CAST(NULL AS STRING)" for name in ("provider", "channel")
    )
    sent = "sent_at" if "sent_at" in columns else "CAST(NULL AS TIMESTAMP)"
    return f"""SELECT {provider} AS provider, {channel} AS channel, COUNT(*) AS made,
  COUNT(CASE WHEN {counts} THEN 1 END) AS n,
  COUNT(CASE WHEN {counts} AND outcome = 'answered' THEN 1 END) AS k,
  COUNT(*) - COUNT({sent}) AS undated, MIN({sent}) AS first, MAX({sent}) AS last
FROM attempts WHERE {counting([name for name in columns if name != "fault"], wave)}
GROUP BY {provider}, {channel}
ORDER BY provider NULLS LAST, channel NULLS LAST"""


def answered_by_hour(zone: str, where: str = "TRUE", *, provider: str = "provider") -> str:
    """Attempts and answered ones by provider, channel and hour of the week.

    Parameters
    ----------
    zone : str
        SQL of the zone in which each attempt's provider lives.
    where : str
        Condition of the attempts that count, see `counting`.
    provider : str
        SQL of the provider of an attempt, NULL where the study names none.

    Returns
    -------
    str
        Columns: provider; channel, as its place in `CHANNELS`; hour, 0 for Monday 00:00 on the
        provider's clock; tried; answered, by a person.
    """
    return f"""WITH timed AS (
  SELECT {provider} AS provider, {place("channel", CHANNELS)} AS channel, outcome,
    hour_of_week(local_time(sent_at, {zone})) AS hour
  FROM attempts WHERE {where} AND sent_at IS NOT NULL)
SELECT provider, channel, hour, COUNT(*) AS tried,
  COUNT(CASE WHEN outcome = 'answered' THEN 1 END) AS answered
FROM timed GROUP BY provider, channel, hour
ORDER BY provider NULLS LAST, channel NULLS LAST, hour NULLS LAST"""
