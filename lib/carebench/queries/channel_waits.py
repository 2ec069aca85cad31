"""How long attempts by one channel waited, each different wait once: enough for every quantile.

Which attempts count, and which ended for good, is as `attempts` has it; what nobody timed, and
what a shopper gave up, stays apart.
"""

from __future__ import annotations

from .attempts import ENDED, LIVE

SHORT_S = 100.0  # seconds up to which a bin is a tenth of one; longer ones are 0.1 % wide
WIDTH = 0.001


def waits_by_channel(channel: str, where: str = "TRUE", *, binned: bool = False) -> str:
    """Attempts by one channel, by outcome and by how long they waited for a person.

    Parameters
    ----------
    channel : str
        A channel of the schema.
    where : str
        Condition of the attempts that count, see `counting`.
    binned : bool
        In few rows: each wait is the longest of a bin, too long by 0.1 % or 0.1 s at most.

    Returns
    -------
    str
        Columns: outcome; ended, 1 for what ended for good without an answer; wait, in seconds to
        the answer or to the end of watching, NULL where it is not known and where the end was no
        matter of waiting; n; precise, 1 where a time is no whole minute.
    """
    listed = [", ".join(f"'{word}'" for word in words) for words in (ENDED, LIVE)]
    for_good = (
        f"(outcome IN ({listed[0]}) OR (outcome = 'no_answer' AND channel IN ({listed[1]}) "
        "AND observed_until IS NULL))"
    )
    wait = f"MAX(wait) AS wait, {_bin()} AS bin" if binned else "wait"
    by = _bin() if binned else "wait"
    return f"""WITH waited AS (
  SELECT outcome, CASE WHEN {for_good} THEN 1 ELSE 0 END AS ended,
    CASE WHEN outcome = 'answered' THEN secs_between(sent_at, answered_at)
      WHEN outcome = 'abandoned' THEN secs_between(sent_at, observed_until)
      WHEN {for_good} THEN NULL
      ELSE secs_between(sent_at, observed_until) END AS wait,
    CASE WHEN DATE_TRUNC('minute', sent_at) <> sent_at
      OR DATE_TRUNC('minute', answered_at) <> answered_at THEN 1 ELSE 0 END AS precise
  FROM attempts WHERE {where} AND channel = '{channel}')
SELECT outcome, ended, {wait}, COUNT(*) AS n, MAX(precise) AS precise
FROM waited GROUP BY outcome, ended, {by}
ORDER BY outcome NULLS LAST, ended NULLS LAST, wait NULLS LAST"""


def _bin() -> str:
    """SQL of the number of the bin in which a wait lies; NULL for none."""
    return f"""CASE WHEN wait < {SHORT_S:e} THEN CAST(FLOOR(wait * 10) AS BIGINT)
      WHEN wait IS NOT NULL THEN 10000 + CAST(FLOOR(LN(wait) / {WIDTH:e}) AS BIGINT) END"""
