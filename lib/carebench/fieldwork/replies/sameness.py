"""Which texts are the same: what a person writes to one probe is not what two others got.

Compared is sentence by sentence, without names, numbers and what we wrote ourselves, so that
neither a ticket's number nor our own subject makes a template look like a letter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .wording import plain

PROBES = 3  # to whom the same sentence came: from here on it is no chance
TEMPLATE = 0.7  # share of a text's letters in such sentences, from which on all of it is one
_SHORTEST = 8  # letters; shorter sentences are greetings
_END = re.compile(r"[.!?…]+(?=\s|$)|[\r\n]+")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: as it is compared, and as it reads, both in plain letters."""

    key: str
    text: str


def sentences(
    text: str, names: Iterable[str] = (), ours: Iterable[str] = ()
) -> tuple[Sentence, ...]:
    """The sentences of `text`.

    Parameters
    ----------
    names : iterable of str
        Of personas: everybody is greeted by another one.
    ours : iterable of str
        Subject and text of our probe; what repeats them is left out.
    """
    names = tuple(names)
    own = {said.key for written in ours for said in _split(written, names)}
    return tuple(said for said in _split(text, names) if said.key not in own)


def _split(text: str, names: Iterable[str]) -> list[Sentence]:
    for name in names:
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    parts = (part for part in _END.split(text) if part.strip())
    return [Sentence(_without_numbers(text), text) for text in map(plain, parts)]


def _without_numbers(text: str) -> str:
    """A plain text in which every word with a digit, such as a ticket's number, reads 0."""
    return " ".join("0" if _DIGIT.search(word) else word for word in text.split())


def repeated(
    texts: Mapping[str, Iterable[Sequence[Sentence]]], least: int = PROBES
) -> frozenset[str]:
    """Sentences that stand in texts to `least` or more probes.

    Parameters
    ----------
    texts : mapping
        By probe: the texts that came to it, as lists of sentences.
    """
    seen: dict[str, set[str]] = defaultdict(set)
    for token, several in texts.items():
        for said in several:
            for sentence in said:
                if len(sentence.key) >= _SHORTEST:
                    seen[sentence.key].add(token)
    return frozenset(key for key, tokens in seen.items() if len(tokens) >= least)


def share(said: Iterable[Sentence], common: frozenset[str]) -> float:
    """The share of a text's letters that stand in `common` sentences, 0 for an empty text."""
    long = [sentence.key for sentence in said if len(sentence.key) >= _SHORTEST]
    letters = sum(len(key) for key in long)
    return sum(len(key) for key in long if key in common) / letters if letters else 0.0


def alike(texts: Mapping[str, Sequence[Sentence]]) -> list[str]:
    """The probes, of those in `texts`, whose text as good as repeats that of two others."""
    common = repeated({token: [said] for token, said in texts.items()})
    return [token for token, said in texts.items() if share(said, common) >= TEMPLATE]
