"""What is heard in a call and when: presses in order, and what may be said of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ...language import N_
from ...schema import DataError
from ...schema.words import FAULTS, OUTCOMES, SIX_POINTS

RINGING, MENU, QUEUE, PERSON, ENDED = "ringing", "menu", "queue", "person", "ended"
BUTTONS = {
    RINGING: N_("It rings"),
    MENU: N_("Menu or recording"),
    QUEUE: N_("In the queue"),
    PERSON: N_("A person"),
    ENDED: N_("Ended"),
}
FIELDS = {
    RINGING: "sent_at",
    MENU: "acknowledged_at",
    PERSON: "answered_at",
    ENDED: "observed_until",
}


@dataclass(frozen=True, slots=True)
class Stamps:
    """The presses of one call, in their order; each stage is stamped at most once."""

    times: tuple[tuple[str, datetime], ...] = ()

    def press(self, stage: str, now: datetime) -> Stamps:
        """These and `stage` at `now`; the same where it is stamped already, or cannot be yet."""
        if not self.takes(stage):
            return self
        latest = self.times[-1][1] if self.times else now
        return Stamps((*self.times, (stage, max(now, latest))))  # a clock may be set back

    def undo(self) -> Stamps:
        """These without the last press."""
        return Stamps(self.times[:-1])

    def takes(self, stage: str) -> bool:
        """Whether `stage` can be pressed now: ringing first, nothing twice or after the end."""
        begun, over = self.at(RINGING) is not None, self.at(ENDED) is not None
        return self.at(stage) is None and not over and begun != (stage == RINGING)

    def at(self, stage: str) -> datetime | None:
        """When `stage` was pressed."""
        return dict(self.times).get(stage)

    @property
    def queued_s(self) -> float:
        """Seconds in the queue, until a person or the end; 0 where there was none."""
        begun, times = self.at(QUEUE), [time for _stage, time in self.times]
        if begun is None:
            return 0.0
        after = self.at(PERSON)
        until = after if after is not None and after >= begun else self.at(ENDED) or times[-1]
        return (until - begun).total_seconds()

    def outcomes(self) -> tuple[str, ...]:
        """What the call can have come to, the likeliest first."""
        if self.at(PERSON):
            return ("answered",)
        likely = "abandoned" if self.at(QUEUE) else "menu_only" if self.at(MENU) else "no_answer"
        others = ("no_answer", "busy", "menu_only", "abandoned", "closed", "invalid_contact")
        return (likely, *(word for word in others if word != likely))


def replayed(events: Iterable[tuple[str, str, datetime]]) -> Stamps:
    """The presses that are left of (kind, stage, time): "pressed" adds one, "undone" takes one."""
    stamps = Stamps()
    for kind, stage, moment in events:
        stamps = stamps.press(stage, moment) if kind == "pressed" else stamps.undo()
    return stamps


@dataclass(frozen=True, slots=True)
class Result:
    """What the shopper says of a call that is over."""

    outcome: str
    fault: str = ""
    resolved: bool = False
    suspected: bool = False
    scores: Mapping[str, int] | None = None
    note: str = ""


def check(stamps: Stamps, result: Result) -> None:
    """Raise `DataError` where the result cannot be what the stamps say."""
    if not stamps.at(ENDED):
        raise DataError("The call is not over: press “ended” first.")
    if result.outcome not in OUTCOMES:
        raise DataError(f"{result.outcome!r} is no outcome. Expected one of {', '.join(OUTCOMES)}.")
    if result.outcome not in stamps.outcomes():
        raise DataError(
            f"The outcome is {result.outcome!r}, which the times do not bear: expected one of "
            f"{', '.join(stamps.outcomes())}. Choose another, or undo a press."
        )
    answered = result.outcome == "answered"
    if not answered and result.fault not in FAULTS:
        raise DataError(f"Say whose failure it was: one of {', '.join(FAULTS)}.")
    scores = result.scores or {}
    if scores and not answered:
        raise DataError("Nobody answered, so there is nobody to score: take the scores back.")
    for item, score in scores.items():
        if item not in SIX_POINTS or score not in range(1, 6):
            raise DataError(f"{item} is scored {score!r}. Expected a whole number from 1 to 5.")


def attempt_of(stamps: Stamps, result: Result) -> dict[str, datetime | str]:
    """The call as columns of the table of attempts, without what the plan knows of it."""
    answered = result.outcome == "answered"
    times = {FIELDS[stage]: time for stage, time in stamps.times if stage in FIELDS}
    said = {"outcome": result.outcome, "resolved": "yes" if result.resolved else "no"}
    said |= {"suspected": "yes" if result.suspected else "no"} if answered else {}
    said |= {} if answered else {"fault": result.fault}
    if answered and result.resolved:
        times["resolved_at"] = times["observed_until"]
    return {**times, **said}
