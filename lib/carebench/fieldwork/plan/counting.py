"""What a plan holds, counted: by channel, provider, hour, scenario and persona."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from ...methods.opening_hours import HOURS
from ...study import Study
from ..probe import Probe
from .cells import suiting
from .lines import reached
from .shifts import APART_S, BY_ITSELF

LATER = ("email", "social", "web_form")  # whose answers need not come at the hour of the attempt


@dataclass(frozen=True, slots=True)
class Held:
    """The probes of one channel of a plan."""

    channel: str
    providers: tuple[str, ...]
    probes: tuple[Probe, ...]
    scenarios: tuple[str, ...]

    @property
    def each(self) -> int:
        """Attempts at a provider: the median."""
        counts = self._by_provider(self.probes)
        return int(median(counts)) if counts else 0

    def around_the_clock(self, quiet: str) -> int:
        """Attempts at a provider that were drawn from the whole week: the median."""
        whole = self.probes if not quiet else [probe for probe in self.probes if probe.any_hour]
        counts = self._by_provider(whole)
        return int(median(counts)) if counts else 0

    @property
    def untried_hours(self) -> int:
        """Hours of the week, of 168, in which no provider is tried."""
        return HOURS - len({probe.slot for probe in self.probes})

    @property
    def per_hour(self) -> tuple[int, int]:
        """Attempts over all providers in the hours that have any: fewest and most."""
        return _ends(Counter(probe.slot for probe in self.probes).values())

    def spread(self, what: str, cards: Sequence[str]) -> tuple[int, int]:
        """How often a provider gets each of `cards`, by the probes' field `what`: ends."""
        found = Counter((probe.provider, getattr(probe, what)) for probe in self.probes)
        return _ends(found[provider, card] for provider in self.providers for card in cards)

    @property
    def in_shopper_days(self) -> float:
        """Attempts at a provider by one shopper on one day, as an attempt finds them: the mean."""
        days = Counter((probe.provider, probe.shopper, local_day(probe)) for probe in self.probes)
        return sum(m * m for m in days.values()) / max(sum(days.values()), 1)

    @property
    def shoppers(self) -> set[str]:
        """Who makes the attempts."""
        return {probe.shopper for probe in self.probes}

    def _by_provider(self, probes: Sequence[Probe]) -> list[int]:
        counts = Counter(probe.provider for probe in probes)
        return [counts[provider] for provider in self.providers]


def held(study: Study, probes: Sequence[Probe], channel: str) -> Held:
    """What a plan holds of one channel."""
    mine = tuple(probe for probe in probes if probe.channel == channel)
    providers = tuple(reached(study, channel))
    return Held(channel, providers, mine, tuple(suiting(study, channel)))


def local_day(probe: Probe) -> int:
    """The provider's day on which a probe is due, as `date.toordinal` counts."""
    return probe.due.astimezone(ZoneInfo(probe.zone)).date().toordinal()


def crowded(probes: Sequence[Probe]) -> int:
    """Attempts that begin within a quarter of an hour of the same shopper's one before."""
    by_hand = [probe for probe in probes if probe.shopper and probe.channel not in BY_ITSELF]
    in_order = sorted(by_hand, key=lambda probe: (probe.shopper, probe.due_utc))
    apart = timedelta(seconds=APART_S)
    return sum(
        one.shopper == two.shopper and two.due - one.due < apart for one, two in pairwise(in_order)
    )


def _ends(counts: Iterable[int]) -> tuple[int, int]:
    found = list(counts)
    return (min(found), max(found)) if found else (0, 0)
