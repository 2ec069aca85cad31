"""What an audit saw of each provider, and what its customers say of it: the two sides of a link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ..audit.answers.groups import counted_by
from ..audit.quality.quality import share
from ..audit.trials.scores import sums
from ..audit.trials.selection import CHANNEL_NAMES, attempts, rate
from ..audit.trials.waits import Waits, length, service_level, waits_of
from ..audit.waiting.speed import COARSE_S
from ..estimate import Estimate
from ..language import N_, _
from ..methods.proportions import z_quantile
from ..methods.rank_correlation import noise_ceiling, reliability
from ..methods.waiting import answered_within
from ..sources import Care
from .profit.survey import respondents, share_saying
from .scores import SCORES, score_of

CHANNELS = ("phone", "email")  # tried often enough at each provider in most audits
MOST_TIMED = 200  # providers; of more the waits are not read one by one
TIMED = {"sent_at", "answered_at", "observed_until"}
WOULD_SWITCH = N_("would switch at equal price and quality")


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of every provider: its code, its name for the reader, an estimate each."""

    code: str
    name: str
    by_provider: dict[str, Estimate]

    @property
    def known(self) -> set[str]:
        """The providers of whom there is a number."""
        return {name for name, one in self.by_provider.items() if one.value is not None}


def audited(care: Care) -> list[Measured]:
    """What the audit of the study's wave saw of each provider, in an order fixed beforehand.

    Service as it was rated; then, by phone and by e-mail, how many attempts a person answered,
    and how many within the service level. More is better in all of them.
    """
    if "provider" not in care.columns("attempts"):
        return []
    rows = attempts(care)
    rows = rows[rows["provider"].notna()]
    made = list(_rated(care))
    if "channel" in rows:
        for channel in CHANNELS:
            made += _by_channel(care, channel, rows[rows["channel"].eq(channel)])
    return [measure for measure in made if measure.by_provider]


def _rated(care: Care) -> Iterator[Measured]:
    if {"attempt_id", "item", "score"} <= set(care.columns("ratings")):
        table = sums(care)
        table = table[table["provider"].notna()]
        each = {str(row): share(care, part) for row, part in table.groupby("provider")}
        yield Measured("service", _("service rated 4 or 5"), each)


def _by_channel(care: Care, channel: str, rows: pd.DataFrame) -> Iterator[Measured]:
    counted = counted_by(rows, "provider").itertuples(index=False, name=None)
    shares = {str(name): rate(care, int(k), int(n)) for name, k, n in counted}
    name = _(CHANNEL_NAMES[channel])
    yield Measured(f"answered-{channel}", _("answered: {channel}").format(channel=name), shares)
    if TIMED <= set(rows.columns) and len(shares) <= MOST_TIMED:
        yield from _in_time(care, channel, waits_of(rows, channel))


def _in_time(care: Care, channel: str, waits: Waits) -> Iterator[Measured]:
    """The share within the service level, where the study sets one and the times can tell."""
    limit = service_level(care, channel, waits.unit)
    if limit is None or not waits.trusted or (waits.by_minute and limit <= COARSE_S):
        return
    level = care.study.confidence_level
    places = waits.rows.reset_index(drop=True).groupby("provider", observed=True).indices
    within = {
        str(name): answered_within(
            waits.times[at], waits.answered[at], limit, confidence_level=level
        )
        for name, at in places.items()
    }
    text = _("answered within {limit}: {channel}")
    words = text.format(limit=length(limit, waits.unit), channel=_(CHANNEL_NAMES[channel]))
    yield Measured(f"in-time-{channel}", words, within)


def said_by_customers(care: Care) -> list[Measured]:
    """What customers say of each provider: one score of satisfaction, and who would switch.

    CSAT, else NPS, else CES: the three are answers of the same people to nearly the same
    question, and each further one only adds a chance to find something by chance.
    """
    rows = respondents(care)
    rows = rows[rows["provider"].notna()]
    groups = {str(name): part for name, part in rows.groupby("provider", observed=True)}
    asked = next((score for score in SCORES if score in rows), "")
    made = []
    if asked:
        scores = {name: score_of(care, part, asked) for name, part in groups.items()}
        made.append(Measured(asked, _(SCORES[asked]), scores))
    if "would_switch" in rows:
        switch = {name: share_saying(care, part, "would_switch") for name, part in groups.items()}
        made.append(Measured("would_switch", _(WOULD_SWITCH), switch))
    return made


def values(one: Measured, other: Measured) -> tuple[list[float], list[float]]:
    """Both numbers of the providers that have both."""
    first, second = ([found.value or 0.0 for found in part] for part in _paired(one, other))
    return first, second


def _paired(one: Measured, other: Measured) -> tuple[list[Estimate], list[Estimate]]:
    both = sorted(one.known & other.known)
    first, second = ([side.by_provider[name] for name in both] for side in (one, other))
    return first, second


def ceiling(one: Measured, other: Measured) -> float:
    """The correlation that the noise of both measures would leave of a perfect one."""
    first, second = (
        reliability(found, [_error(each) for each in part])
        for found, part in zip(values(one, other), _paired(one, other), strict=True)
    )
    return noise_ceiling(first, second)


def _error(estimate: Estimate) -> float:
    """The standard error that an interval stands for."""
    if estimate.low is None or estimate.high is None:
        return 0.0
    return (estimate.high - estimate.low) / (2 * z_quantile(estimate.confidence_level))
