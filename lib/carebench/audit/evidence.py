"""What this study itself found on each claim of its sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..estimate import Estimate
from ..methods import coverage, round_the_clock
from ..methods.differences import square_and_add
from ..methods.proportions import census
from ..sources import Care
from .calls import calls, night, ordinary, tally
from .hours import level
from .replies import replies
from .scores import own_scores
from .selection import attempts, over_providers, overall
from .stages import Gap, clearest_gap, with_resolved
from .voice import public_mentions

Found = Estimate | Gap | None
POOR = 2  # points of 5: a contact whose scores have no higher mean was served poorly
BELIEVED_GOOD = "good"  # the item of `replies` that says who rates its own care 4 or 5
NEEDED = (
    "answered", "channel", "form", "persona", "provider", "resolved", "sent_at", "stage",
)  # fmt: skip
EVERYWHERE = ("phone", "email", "chat", "social")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the claims are set against: the attempts that count, and the providers' own words.

    Tables that the study lacks are without a column.
    """

    care: Care
    rows: pd.DataFrame
    said: pd.DataFrame


def gathered(care: Care) -> Gathered:
    """The attempts, and what providers (not the client) say of themselves."""
    rows = attempts(care) if care.columns("attempts") else pd.DataFrame()
    rows = rows[[name for name in rows if name in NEEDED]]
    said = replies(care) if care.columns("maturity") else pd.DataFrame({"client": []})
    return Gathered(care, rows, said[~said["client"].astype(bool)])


def found_on(study: Gathered, claim: str) -> Found:
    """The study's own figure on a claim, by its `id` in `claims.csv`; none where not measured."""
    evidence = EVIDENCE.get(claim)
    return evidence(study) if evidence else None


def _websites(study: Gathered) -> Found:
    if "website" not in study.care.columns("providers"):
        return None
    known = study.care.current("providers")["website"].dropna()
    return census(int(known.sum()), len(known)) if len(known) else None


def _answered(channel: str, *, unanswered: bool = False) -> Callable[[Gathered], Found]:
    """The share of a channel's attempts that a person answered, or did not."""

    def share(study: Gathered) -> Found:
        if "channel" not in study.rows or not study.rows["channel"].eq(channel).any():
            return None
        part = study.rows[study.rows["channel"].eq(channel)]
        return overall(study.care, part.assign(said=part["answered"] ^ unanswered), "said")

    return share


def _not_at_night(study: Gathered) -> Found:
    """Providers shown to answer less often at night, or never, of those tried at night."""
    if not {"channel", "sent_at", "provider"} <= set(study.rows.columns):
        return None
    made = ordinary(calls(study.care))
    dark = coverage.at_night(made["minute"] / 60, night(study.care)).astype(int)
    halves = tally(made, dark, 2)
    k, n = halves.answered.tolist(), halves.tried.tolist()
    tried = [at for at, counts in enumerate(n) if counts[1]]
    verdicts = round_the_clock.night_verdicts(
        [(k[at][1], n[at][1]) for at in tried],
        [(k[at][0], n[at][0]) for at in tried],
        level=level(study.care),
    )
    gaps = sum(v in (round_the_clock.REFUTED, round_the_clock.LESS_OFTEN) for v in verdicts)
    return census(gaps, len(tried)) if tried else None


def _not_resolved(study: Gathered) -> Found:
    part = with_resolved(study.rows).get("resolved") if "answered" in study.rows else None
    if part is None:
        return None
    return overall(study.care, part.assign(failed=~part["resolved"]), "failed")


def _poor(study: Gathered) -> Found:
    """Rated contacts whose scores have a mean of 2 or less."""
    if not study.care.columns("ratings") or not len(study.rows):
        return None
    counted = study.care.engine.frame(
        f"""SELECT provider, COUNT(*) AS n, COUNT(CASE WHEN mean <= {POOR} THEN 1 END) AS k
            FROM (SELECT provider, contact, AVG(score) AS mean FROM {own_scores(study.care)}
                  WHERE provider IS NOT NULL GROUP BY provider, contact)
            GROUP BY provider ORDER BY provider"""
    )
    k, n = counted["k"].astype(int).tolist(), counted["n"].astype(int).tolist()
    return over_providers(study.care, k, n) if n else None


def _says(item: str, *, no: bool = False) -> Callable[[Gathered], Found]:
    """The share of the providers that say yes, or no, of themselves."""

    def share(study: Gathered) -> Found:
        if item not in study.said:
            return None
        known = study.said[item].dropna()
        if known.empty:
            return None
        yes = int(known.sum())
        return census(len(known) - yes if no else yes, len(known))

    return share


def _not_organised(study: Gathered) -> Found:
    """Of the study.care departments that there are, those that merely exist."""
    if "department" not in study.said:
        return None
    step = study.said["department"].dropna()
    there = step[step.ne("none")]
    return census(int(there.eq("exists").sum()), len(there)) if len(there) else None


def _gap(column: str) -> Callable[[Gathered], Found]:
    """The clearest difference in being answered between the groups of `column`."""

    def gap(study: Gathered) -> Found:
        return (
            clearest_gap(study.care, study.rows, column, "answered")
            if column in study.rows
            else None
        )

    return gap


def _direct_ahead(study: Gathered) -> Found:
    part = with_resolved(study.rows).get("resolved") if "form" in study.rows else None
    if part is None:
        return None
    shares = [part[part["form"].eq(form)] for form in ("direct", "indirect")]
    if any(share.empty for share in shares):
        return None
    direct, indirect = (overall(study.care, share, "resolved") for share in shares)
    return Gap("direct", "indirect", square_and_add(direct, indirect))


def _on_every_channel(study: Gathered) -> Found:
    """Providers that answered at least once on each of the four channels."""
    if not {"provider", "channel"} <= set(study.rows.columns):
        return None
    named = study.rows[study.rows["provider"].notna() & study.rows["channel"].isin(EVERYWHERE)]
    if set(EVERYWHERE) - set(map(str, named["channel"].unique())):
        return None
    codes, names = pd.factorize(named["provider"])
    there = np.zeros((len(names), len(EVERYWHERE)), dtype=bool)
    for at, channel in enumerate(EVERYWHERE):
        hit = (named["channel"].eq(channel) & named["answered"]).to_numpy(dtype=bool)
        there[codes[hit], at] = True
    return census(int(there.all(axis=1).sum()), len(names))


def _mentions(study: Gathered) -> Found:
    said = public_mentions(study.care) if study.care.columns("mentions") else pd.DataFrame()
    if "answered" not in said:
        return None
    known = said[said["answered"].notna()]
    return overall(study.care, known.astype({"answered": bool})) if len(known) else None


EVIDENCE: dict[str, Callable[[Gathered], Found]] = {
    "website": _websites,
    "emails-answered": _answered("email"),
    "calls-unanswered": _answered("phone", unanswered=True),
    "not-24-7": _not_at_night,
    "not-helped": _not_resolved,
    "poor-service": _poor,
    "care-is-key": _says("care_is_key"),
    "needs-improving": _says(BELIEVED_GOOD, no=True),
    "clear-measure": _says("clear_measure"),
    "no-survey": _says("surveys_satisfaction", no=True),
    "no-own-standard": _says("own_standard", no=True),
    "trains-staff": _says("trains_staff"),
    "not-organised": _not_organised,
    "reactive": _says("contacts_first", no=True),
    "same-at-every-stage": _gap("stage"),
    "same-for-everyone": _gap("persona"),
    "direct-helps-more": _direct_ahead,
    "any-channel": _on_every_channel,
    "few-reply-in-social": _mentions,
}
