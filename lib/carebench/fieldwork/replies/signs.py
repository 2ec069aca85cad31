"""What speaks for a person or for a machine in one message: evidence, none of it proof alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..letters.reading import Received
from . import wording
from .sameness import Common, Sentence
from .wording import found, plain

QUICK_S = 60.0  # nobody reads a letter and answers it within this time
SLOW_S = 300.0  # from here on a person may well have written

_STRONG = (
    ("auto-submitted", r"auto-replied"),
    ("precedence", r"auto_?reply"),
    ("x-autoreply", r"(?!no\b)\S"),
    ("x-autorespond", r"\S"),
    ("x-autoresponder", r"\S"),
    ("x-auto-reply-from", r"\S"),
    ("x-mail-autoreply", r"\S"),
    ("auto-reply", r"\S"),
    ("x-vacation", r"\S"),
)
# Microsoft marks what persons forward as generated, help desks what their staff writes.
_WEAK = (
    ("auto-submitted", r"(?!no\b|auto-replied)\S"),
    ("precedence", r"bulk|junk|list"),
    ("return-path", r"<>"),
)
_LISTS = ("list-unsubscribe", "list-id", "x-campaign", "x-mailchimp-id", "feedback-id")
HEADERS = frozenset({*(name for name, _shape in (*_STRONG, *_WEAK)), *_LISTS})


@dataclass(frozen=True, slots=True)
class Signs:
    """The evidence in one message.

    Parameters
    ----------
    seconds : float or None
        From our sending to its arrival; None where that is not known.
    answer : str
        The word of a true answer that it holds in what it says to this probe alone.
    common_answer : str
        Such a word in what others got as well.
    strong, weak, lists : tuple of str
        Headers of automatic answers, of generated mail, of mailing lists.
    words : dict
        Turns of phrase, by kind, in what it says to this probe alone or, where that is nothing,
        in all of it.
    repeated : float
        Share of its text that came to three or more probes of this provider.
    """

    seconds: float | None = None
    answer: str = ""
    common_answer: str = ""
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    words: dict[str, str] = field(default_factory=dict)
    repeated: float = 0.0

    @property
    def quick(self) -> bool:
        """Whether it came faster than any person writes."""
        return self.seconds is not None and self.seconds < QUICK_S

    @property
    def slow(self) -> bool:
        """Whether a person had time to write it."""
        return self.seconds is not None and self.seconds >= SLOW_S

    @property
    def machine(self) -> int:
        """How much speaks for a machine, where nothing speaks for a person."""
        said = 2 * ("machine" in self.words) + ("receipt" in self.words) + ("promise" in self.words)
        return said + 2 * bool(self.strong) + bool(self.weak) + 2 * self.quick

    def evidence(self) -> str:
        """All of it in words."""
        parts = [
            "" if self.seconds is None else f"after {self.seconds:.0f} s",
            f"answer word {self.answer or self.common_answer!r}"
            if self.answer or self.common_answer
            else "no answer word",
            *self.strong,
            *self.weak,
            *self.lists,
            *(f"{kind}: {words!r}" for kind, words in self.words.items()),
            f"{self.repeated:.0%} of it also came to other probes" if self.repeated else "",
        ]
        return "; ".join(part for part in parts if part)


def suspects(evidence: str) -> bool:
    """Whether a label's evidence says that the writer took us for a shopper."""
    return "; suspects: " in evidence


KINDS = {
    "machine": wording.MACHINE,
    "receipt": wording.RECEIPT,
    "promise": wording.PROMISE,
    "away": wording.AWAY,
    "bot": wording.BOT,
    "survey": wording.SURVEY,
    "news": wording.NEWS,
    "stop": wording.STOP,
    "suspects": wording.SUSPECTS,
}


def signs_of(
    message: Received,
    said: Sequence[Sentence],
    common: Common,
    *,
    answer_words: Iterable[str],
    seconds: float | None,
    repeated: float,
    subject: str = "",
) -> Signs:
    """Gather the evidence in `message`.

    Parameters
    ----------
    said : sequence of Sentence
        Its sentences, without what repeats our own.
    common : Common
        The sentences that came to three or more probes of this provider.
    answer_words : iterable of str
        Of the scenario.
    subject : str
        Its subject, in plain letters, where that is not ours.
    """
    alone = " . ".join(sentence.text for sentence in said if sentence.key not in common)
    words = tuple(answer_words)
    looked_at = plain(message.text) if repeated >= 0.5 or not common else alone
    looked_at = f"{subject} . {looked_at}"
    return Signs(
        seconds,
        _first(words, alone),
        _first(words, " . ".join(sentence.text for sentence in said)),
        _headers(message, _STRONG),
        _headers(message, _WEAK),
        tuple(f"header {name}" for name in _LISTS if message.header(name)),
        {kind: turn for kind, shape in KINDS.items() if (turn := found(shape, looked_at))},
        repeated,
    )


def _first(words: Iterable[str], text: str) -> str:
    """The first of `words` that stands in the plain text, as words of their own."""
    for word in words:
        if re.search(rf"(?<!\w){re.escape(plain(word))}(?!\w)", text):
            return word
    return ""


def _headers(message: Received, shapes: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(
        f"header {name}: {value[:40]}"
        for name, shape in shapes
        if (value := message.header(name).strip()) and re.match(shape, value, re.IGNORECASE)
    )
