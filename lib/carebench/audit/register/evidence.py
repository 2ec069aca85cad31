"""What this study itself found on each claim of its sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from ...estimate import Estimate
from ...finding import Skipped
from ...language import N_, _
from ...methods import coverage, round_the_clock
from ...methods.comparisons import THE_SAME
from ...methods.equal_care import SLIGHTLY_WORSE, WORSE
from ...methods.proportions import census
from ...sources import Care
from ..answers.stages import FORMS, Gap, by_hour, clearest_gap, gap_between, with_resolved
from ..hours.round_the_clock import level
from ..quality.treatment import equal_care
from ..trials.calls import calls, night, ordinary, tally, uneven
from ..trials.replies import audited_providers, replies
from ..trials.scores import own_scores
from ..trials.selection import attempts, over_providers, overall, some_names
from ..voices.voice import public_mentions

SEVERAL = 4  # channels, whose intervals hold together
UNTOLD = N_("too few calls at night and by day to tell")
SPREAD = N_("the calls do not lie over the week as its hours do")
TESTED = N_("providers told by Fisher’s test, Holm over those tried at night")
BOUNDS = N_("share of those who replied; limits over whatever the silent would say")
POOR = 2  # points of 5: a contact whose scores have no higher mean was served poorly
BELIEVED_GOOD = "good"  # the item of `replies` that says who rates its own care 4 or 5
NEEDED = (
    "answered", "channel", "form", "persona", "provider", "resolved", "sent_at", "stage",
)  # fmt: skip
EVERYWHERE = ("phone", "email", "chat", "social")


@dataclass(frozen=True, slots=True)
class Count:
    """Providers that say yes, or have something, of those who said so and of all audited."""

    yes: int
    known: int
    everybody: int

    @property
    def low(self) -> float:
        """The share of all where every silent one would say no."""
        return self.yes / self.everybody

    @property
    def high(self) -> float:
        """The share of all where every silent one would say yes."""
        return (self.yes + self.everybody - self.known) / self.everybody

    def estimate(self) -> Estimate:
        """The share of those who replied, between the bounds that the silent leave."""
        if self.known == self.everybody:
            return census(self.yes, self.known)
        share = self.yes / self.known
        return Estimate(share, self.low, self.high, self.known, BOUNDS, k=self.yes)


@dataclass(frozen=True, slots=True)
class Refuted:
    """Providers that the calls show not to be there, of those of whom they could show it."""

    providers: int
    testable: int

    def estimate(self) -> Estimate:
        return replace(census(self.providers, self.testable), method=TESTED)


@dataclass(frozen=True, slots=True)
class Treated:
    """What `equal_care` found: whom, if anybody, a provider treats worse, and all the same."""

    words: str
    worse: bool
    same: bool


Found = Estimate | Gap | Count | Refuted | Treated | None


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
    listed = study.care.current("providers")["website"]
    return _count(int(listed.sum()), int(listed.notna().sum()), len(listed))


def _count(yes: int, known: int, everybody: int) -> Count | None:
    return Count(yes, known, max(known, everybody)) if known else None


def _answered(channel: str, *, unanswered: bool = False) -> Callable[[Gathered], Found]:
    """The share of a channel's attempts that a person answered, or did not."""

    def share(study: Gathered) -> Found:
        if "channel" not in study.rows or not study.rows["channel"].eq(channel).any():
            return None
        part = study.rows[study.rows["channel"].eq(channel)]
        if uneven(study.care, channel):
            return Estimate.absent(SPREAD, n=len(part))
        return overall(study.care, part.assign(said=part["answered"] ^ unanswered), "said")

    return share


def _not_at_night(study: Gathered) -> Found:
    """Providers never answering at night, of those of whom silence at night would show it."""
    if not {"channel", "sent_at", "provider"} <= set(study.rows.columns):
        return None
    made = ordinary(calls(study.care))
    dark = coverage.at_night(made["minute"] / 60, night(study.care)).astype(int)
    halves, bar = tally(made, dark, 2), level(study.care)
    (x, k), (m, n) = halves.answered.T, halves.tried.T
    told = (n > 0) & (round_the_clock.seldom(0 * k, n, x, m) <= bar)
    if not told.any():
        return Estimate.absent(UNTOLD, n=int((n > 0).sum())) if n.any() else None
    tried = n > 0
    at_night, by_day = zip(k[tried], n[tried], strict=True), zip(x[tried], m[tried], strict=True)
    verdicts = round_the_clock.night_verdicts(list(at_night), list(by_day), level=bar)
    return Refuted(verdicts.count(round_the_clock.REFUTED), int(told.sum()))


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
    """The providers that say yes, or no, of themselves."""

    def share(study: Gathered) -> Found:
        if item not in study.said:
            return None
        known = study.said[item].dropna()
        yes = int(known.sum())
        return _count(len(known) - yes if no else yes, len(known), _everybody(study))

    return share


def _not_organised(study: Gathered) -> Found:
    """Of the care departments that there are, or may be, those that merely exist."""
    if "department" not in study.said:
        return None
    step = study.said["department"].dropna()
    there = step[step.ne("none")]
    without = len(step) - len(there)
    return _count(int(there.eq("exists").sum()), len(there), _everybody(study) - without)


def _everybody(study: Gathered) -> int:
    """How many providers are audited, with those that only the client speaks for."""
    return len(audited_providers(study.care) | set(map(str, study.said.index)))


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
    if part is None or not set(FORMS) <= set(map(str, part["form"].unique())):
        return None
    counted = by_hour(study.care, part, "form", "resolved")
    return gap_between(counted, *FORMS, study.care.study.confidence_level)


def _treated(study: Gathered) -> Found:
    found = equal_care(study.care)
    if isinstance(found, Skipped):
        return None
    said = found.rows["verdict"]
    worse = said.isin([_(WORSE), _(SLIGHTLY_WORSE)])
    accused = found.rows.loc[worse, ["persona", "provider"]].itertuples(index=False)
    names = [f"{persona} ({provider})" for persona, provider in accused]
    words = _("treated worse: {names}").format(names=some_names(names, 4))
    same = bool(said.eq(_(THE_SAME)).all())
    return Treated(words if names else _("nobody is found to be treated worse"), bool(names), same)


def _on_every_channel(study: Gathered) -> Found:
    """The share answered on the channel, of four, that answers least.

    The limits hold for the four at once, so that they hold for whichever is the least.
    """
    care = study.care
    if "channel" not in study.rows or not set(EVERYWHERE) <= set(study.rows["channel"].unique()):
        return None
    if uneven(care, "phone"):
        return Estimate.absent(SPREAD, n=len(study.rows))
    together = 1 - (1 - care.study.confidence_level) / SEVERAL
    parts = [study.rows[study.rows["channel"].eq(channel)] for channel in EVERYWHERE]
    shares = [overall(care, part, level=together) for part in parts]
    if any(share.low is None for share in shares):
        return None
    least = min(shares, key=lambda share: share.value or 0.0)
    low, high = (min(getattr(share, name) for share in shares) for name in ("low", "high"))
    return replace(least, low=low, high=high, confidence_level=care.study.confidence_level)


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
    "same-for-everyone": _treated,
    "direct-helps-more": _direct_ahead,
    "any-channel": _on_every_channel,
    "few-reply-in-social": _mentions,
}
