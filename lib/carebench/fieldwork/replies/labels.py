"""What a message is: the ladder from headers over wording and time to repeated texts.

Headers alone are wrong in both directions, and so is any one turn of phrase. A person is believed
only where a word of a true answer came, late enough, in a text of its own; whatever is left
between is `unsure` and goes to people who read it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .sameness import TEMPLATE
from .signs import Signs

LABELS = (
    "witness",
    "human",
    "auto_ack",
    "out_of_office",
    "bot",
    "survey",
    "newsletter",
    "bounce",
    "delay",
    "stop",
    "unrelated",
    "unsure",
)
PERSON = ("human", "stop")
_CERTAIN = 3  # of what speaks for a machine, where nothing speaks for a person


@dataclass(frozen=True, slots=True)
class Label:
    """What a message is taken for, whether that is sure, and why."""

    label: str
    sure: bool
    evidence: str


def label_of(signs: Signs) -> Label:
    """The label that the evidence bears; `unsure` where it speaks both ways or hardly at all."""
    label = _asked_to_stop(signs) or _not_an_answer(signs) or _template(signs) or _letter(signs)
    return Label(label, label != "unsure", signs.evidence())


def _asked_to_stop(signs: Signs) -> str:
    """A machine's footer may sound like it; who is quick or says so is looked at by people."""
    if "stop" not in signs.words or signs.lists or "news" in signs.words:
        return ""
    return "unsure" if signs.machine >= 2 or signs.answer else "stop"


def _not_an_answer(signs: Signs) -> str:
    """Away, a bot, a survey, a newsletter: they say what they are."""
    answered = signs.answer and not signs.quick
    if signs.lists or "news" in signs.words:
        return "unsure" if answered else "newsletter"
    for word, label in (("away", "out_of_office"), ("bot", "bot"), ("survey", "survey")):
        if word in signs.words:
            return "unsure" if answered and label != "bot" else label
    return ""


def _template(signs: Signs) -> str:
    """The same text to several probes: a machine's, unless it answers and came late.

    A person who sends the same prepared answer to each cannot be told from a slow machine.
    """
    if signs.repeated < TEMPLATE or signs.answer:
        return ""
    if not signs.common_answer:
        return "auto_ack" if signs.machine or signs.quick else "unsure"
    if signs.quick:
        return "bot"
    return "auto_ack" if signs.machine >= 2 else "unsure"


def _letter(signs: Signs) -> str:
    """A text of its own: a person's where it answers and took its time."""
    if signs.answer:
        if signs.slow and not (signs.strong or {"machine", "receipt"} & set(signs.words)):
            return "human"
        return "bot" if signs.quick and signs.machine > 2 else "unsure"
    if signs.quick or signs.machine >= _CERTAIN:
        return "auto_ack"
    return "unsure"
