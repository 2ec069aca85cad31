"""What is in no table or stands there in doubt, in words; and whether a share may be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class LeftOut:
    """Attempts without a row, by the reason for it."""

    open: list[datetime] = field(default_factory=list)  # when the watch of each ends
    uncoded: dict[str, str] = field(default_factory=dict)  # channel, by name of the attempt
    put_off: Counter[str] = field(default_factory=Counter)  # by provider
    unrecorded: int = 0

    def words(self, attempts: Sequence[Mapping[str, object]]) -> list[str]:
        """One sentence each; `attempts` are the rows that are not left out."""
        doubtful = sum(row.get("label_source") == "unsure" for row in attempts)
        said = [*self._open(), *self._put_off(), *self._uncoded(attempts)]
        if self.unrecorded:
            said.append(f"{self.unrecorded} attempts were made, and nobody recorded what came.")
        if doubtful:
            said.append(
                f"{doubtful} attempts rest on replies in doubt that nobody has settled; they are "
                "counted as not answered."
            )
        return said

    def _open(self) -> Iterator[str]:
        if self.open:
            until = max(self.open)
            yield (
                f"{len(self.open)} attempts are left out, whatever came of them so far: the "
                f"mailbox was not yet read to the end of their watch, the last of which is "
                f"{until:%Y-%m-%d %H:%M} UTC."
            )

    def _put_off(self) -> Iterator[str]:
        if self.put_off:
            names = ", ".join(f"{name} {n}" for name, n in sorted(self.put_off.items()))
            yield (
                f"{self.put_off.total()} attempts were put off by the provider's server until "
                f"given up, and are in no share: {names}."
            )

    def _uncoded(self, attempts: Sequence[Mapping[str, object]]) -> Iterator[str]:
        """By channel, what its share may be: lines that failed are in it, these are not."""
        for channel, waiting in sorted(Counter(self.uncoded.values()).items()):
            counted = [
                row["outcome"] == "answered"
                for row in attempts
                if row.get("channel", "") == channel and row.get("fault") != "ours"
            ]
            k, n = sum(counted), len(counted) + waiting
            yield (
                f"{waiting} records of {channel or 'no channel'} say that a line answered, not "
                f"who: they wait to be coded. Do not use its share answered before they are: it "
                f"is {k} of {n - waiting} without them, {k / n:.0%} of all if nobody answered "
                f"these, {(k + waiting) / n:.0%} if somebody answered each."
            )
