"""How long attempts waited by channel, each different wait once: enough for every quantile.

Which attempts count, and which ended for good, is as `attempts` has it; what nobody timed, and
what a shopper gave up, stays apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..schema import CHANNELS, OUTCOMES
from .attempts import place

# Outcomes that say for good that no answer will come, and channels that end when one leaves.
ENDED = ("bounced", "invalid_contact", "busy", "closed", "menu_only", "abandoned")
LIVE = ("phone", "chat", "visit")
SHORT_S = 100.0  # seconds up to which a bin is a tenth of one; longer ones are 0.1 % wide
WIDTH = 0.001


def waits_by_channel(where: str = "TRUE", *, binned: bool = False) -> str:
    """Attempts by channel, by outcome and by how long they waited for a person.

    Parameters
    ----------
    where : str
        Condition of the attempts that count, see `counting`.
    binned : bool
        In few rows: each wait is the longest of a bin, too long by 0.1 % or 0.1 s at most.

    Returns
    -------
    str
        Columns: channel and outcome, as their places in `CHANNELS` and `OUTCOMES`; ended, 1 for
        what ended for good without an answer; wait, in seconds to the answer or else to the end
        of watching, NULL where it is not known; n; precise, 1 where a time shows seconds beside
        its minute.
    """
    ended, live = (_places(words, among) for words, among in ((ENDED, OUTCOMES), (LIVE, CHANNELS)))
    for_good = (
        f"outcome IN ({ended}) OR (outcome = {OUTCOMES.index('no_answer')} "
        f"AND channel IN ({live}) AND unwatched = 1)"
    )
    wait, by = (f"MAX(wait) AS wait, {_bin()} AS bin", _bin()) if binned else ("wait", "wait")
    # What an outcome means is asked once for each different wait, not once for each attempt.
    return f"""WITH waited AS (
  SELECT {place("channel", CHANNELS)} AS channel, {place("outcome", OUTCOMES)} AS outcome,
    CASE WHEN observed_until IS NULL THEN 1 ELSE 0 END AS unwatched,
    secs_between(sent_at, CASE WHEN outcome = 'answered' THEN answered_at ELSE observed_until END)
      AS wait,
    CASE WHEN SECOND(sent_at) <> 0 OR SECOND(answered_at) <> 0 THEN 1 ELSE 0 END AS precise
  FROM attempts WHERE {where}),
counted AS (
  SELECT channel, outcome, unwatched, {wait}, COUNT(*) AS n, MAX(precise) AS precise
  FROM waited GROUP BY channel, outcome, unwatched, {by})
SELECT channel, outcome, CASE WHEN {for_good} THEN 1 ELSE 0 END AS ended, wait, n, precise
FROM counted
ORDER BY wait NULLS LAST, outcome NULLS LAST, unwatched NULLS LAST, channel NULLS LAST"""


def _places(words: Sequence[str], among: Sequence[str]) -> str:
    return ", ".join(str(among.index(word)) for word in words)


def _bin() -> str:
    """SQL of the number of the bin in which a wait lies; NULL for none."""
    return f"""CASE WHEN wait < {SHORT_S:e} THEN CAST(FLOOR(wait * 10) AS BIGINT)
      WHEN wait IS NOT NULL THEN 10000 + CAST(FLOOR(LN(wait) / {WIDTH:e}) AS BIGINT) END"""
