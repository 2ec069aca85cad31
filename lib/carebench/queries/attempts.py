"""Attempts at contact, added up: by hour of the week, and by how long the answer took.

Which attempts count, and which ended for good, is as the audit has it: our own failures are
missing data, and what ended without an answer waits for ever. No average or quantile of the
answered alone can be asked for: the counts keep those who still waited when watching ended.
"""

from __future__ import annotations

from collections.abc import Collection

EXACT_S = 100  # seconds up to which bins are of one second; longer ones are 1 % wide
WIDTH = 0.01
# Outcomes that say for good that no answer will come, and channels that end when one leaves.
ENDED = ("bounced", "invalid_contact", "busy", "closed", "menu_only", "abandoned")
LIVE = ("phone", "chat", "visit")


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
        Columns: provider; channel; hour, 0 for Monday 00:00 on the provider's clock; tried;
        answered, by a person.
    """
    hour = f"hour_of_week(local_time(sent_at, {zone}))"
    return f"""SELECT {provider} AS provider, channel, {hour} AS hour, COUNT(*) AS tried,
  COUNT(CASE WHEN outcome = 'answered' THEN 1 END) AS answered
FROM attempts WHERE {where} AND sent_at IS NOT NULL
GROUP BY {provider}, channel, {hour}
ORDER BY provider NULLS LAST, channel NULLS LAST, hour NULLS LAST"""


def waits(where: str = "TRUE") -> str:
    """How many waited how long for a person's answer, by provider and channel: exact.

    Returns
    -------
    str
        Columns: provider; channel; wait, in seconds, infinite for what ended without an answer
        and NULL where it is not known; answered, how many had an answer then; lost, how many
        had none when watching ended.
    """
    return f"""WITH waited AS ({_waited(where)})
SELECT provider, channel, wait, {_counts()}
FROM waited GROUP BY provider, channel, wait
ORDER BY provider NULLS LAST, channel NULLS LAST, wait NULLS LAST"""


def waits_in_bins(where: str = "TRUE") -> str:
    """The same in few rows: each wait is the longest of a bin of a second, or of 1 %.

    A quantile of the waits comes out too long by at most a bin.
    """
    return f"""WITH waited AS ({_waited(where)}),
binned AS (
  SELECT provider, channel, wait, answered,
    CASE WHEN wait < {EXACT_S} THEN CAST(FLOOR(wait) AS BIGINT)
      WHEN wait < {_forever()} THEN {EXACT_S} + CAST(FLOOR(LN(wait) / {WIDTH:e}) AS BIGINT)
      WHEN wait IS NOT NULL THEN -1 END AS bin FROM waited)
SELECT provider, channel, MAX(wait) AS wait, {_counts()}
FROM binned GROUP BY provider, channel, bin
ORDER BY provider NULLS LAST, channel NULLS LAST, wait NULLS LAST"""


def _waited(where: str) -> str:
    """One row per attempt that counts: its wait, and whether an answer ended it."""
    ended, live = (", ".join(f"'{word}'" for word in words) for words in (ENDED, LIVE))
    for_good = f"""outcome IN ({ended})
    OR (outcome = 'no_answer' AND channel IN ({live}) AND observed_until IS NULL)"""
    return f"""SELECT provider, channel,
  CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END AS answered,
  CASE WHEN outcome = 'answered' THEN secs_between(sent_at, answered_at)
    WHEN {for_good} THEN {_forever()}
    ELSE secs_between(sent_at, observed_until) END AS wait
FROM attempts WHERE {where}"""


def _counts() -> str:
    return "CAST(SUM(answered) AS BIGINT) AS answered, CAST(SUM(1 - answered) AS BIGINT) AS lost"


def _forever() -> str:
    return "CAST('Infinity' AS DOUBLE)"
