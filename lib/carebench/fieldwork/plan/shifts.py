"""Who makes each attempt: shoppers share a provider's attempts evenly, within their days."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ...study import Study

APART_S = 15 * 60  # nobody makes two calls, or writes in two chats, within this time
BY_ITSELF = ("email", "website")  # what a machine does; it can do two at once


class Shifts:
    """How much each shopper has to do on each day."""

    def __init__(self, study: Study) -> None:
        self._shoppers = study.fieldwork.shoppers
        self._days: Counter[tuple[str, int]] = Counter()
        self._with: Counter[tuple[str, str, str]] = Counter()
        self._all: Counter[str] = Counter()
        self._at: dict[str, list[float]] = {code: [] for code in self._shoppers}

    def named(self, channel: str) -> list[str]:
        """The shoppers who work in a channel."""
        return [code for code, each in self._shoppers.items() if channel in each.channels]

    def free(self, channel: str, day: int) -> list[str]:
        """Those of them who can take one more attempt on a day (`date.toordinal`)."""
        return [
            code
            for code in self.named(channel)
            if self._days[code, day] < self._shoppers[code].per_day
        ]

    def room(self, channel: str, day: int) -> int:
        """How many attempts more they can take on a day."""
        return sum(
            max(self._shoppers[code].per_day - self._days[code, day], 0)
            for code in self.named(channel)
        )

    def give(
        self, provider: str, channel: str, day: int, at: float, rng: np.random.Generator
    ) -> str:
        """Book one attempt with the shopper who has had the fewest like it; "" if none is free."""
        free = self.free(channel, day)
        if not free:
            return ""
        lots = dict(zip(free, rng.random(len(free)).tolist(), strict=True))
        code = min(
            free,
            key=lambda each: (
                self._busy(each, channel, at),
                self._with[each, provider, channel],
                self._all[each],
                lots[each],
            ),
        )
        self._days[code, day] += 1
        self._with[code, provider, channel] += 1
        self._all[code] += 1
        if channel not in BY_ITSELF:
            self._at[code].append(at)
        return code

    def _busy(self, code: str, channel: str, at: float) -> bool:
        if channel in BY_ITSELF:
            return False
        return any(abs(at - other) < APART_S for other in self._at[code])
