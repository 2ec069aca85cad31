"""Which texts are the same: what a person writes to one probe is not what two others got.

Compared is sentence by sentence, without names, numbers and what we wrote ourselves, so that
neither a ticket's number nor our own subject makes a template look like a letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from .wording import plain

PROBES = 3  # to whom the same sentence came: from here on it is no chance
TEMPLATE = 0.7  # share of a text's letters in such sentences, from which on all of it is one
_SHORTEST = 8  # letters; shorter sentences are greetings
_MARK = 8  # bytes: of a million sentences two share a mark in one of 30 million waves
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
    return [sentence(text) for text in map(plain, parts)]


def sentence(text: str) -> Sentence:
    """The sentence that reads `text` in plain letters."""
    return Sentence(_without_numbers(text), text)


def _without_numbers(text: str) -> str:
    """A plain text in which every word with a digit, such as a ticket's number, reads 0."""
    return " ".join("0" if _DIGIT.search(word) else word for word in text.split())


def marks_of(said: Iterable[Sentence]) -> bytes:
    """What tells the sentences of a text from others, eight bytes for each that is no greeting."""
    keys = {sentence.key for sentence in said if len(sentence.key) >= _SHORTEST}
    return b"".join(sorted(map(_mark, keys)))


def _mark(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=_MARK).digest()


class Common:
    """The sentences that stand in texts to three or more probes.

    Parameters
    ----------
    texts : iterable of (str, bytes)
        Probe and `marks_of` each text that came to it. Of millions of sentences the marks alone
        are in memory.
    """

    def __init__(self, texts: Iterable[tuple[str, bytes]] = ()) -> None:
        numbers: dict[str, int] = {}
        marks, probes = [], []
        for token, some in texts:
            marks.append(some)
            n = len(some) // _MARK
            probes.append(np.full(n, numbers.setdefault(token, len(numbers)), dtype=np.int32))
        self._marks = _to_three(b"".join(marks), np.concatenate([*probes, np.zeros(0, np.int32)]))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and len(key) >= _SHORTEST and _mark(key) in self._marks

    def __bool__(self) -> bool:
        return bool(self._marks)

    def within(self, marks: bytes) -> bytes:
        """Those of `marks` that are among them."""
        each = (marks[at : at + _MARK] for at in range(0, len(marks), _MARK))
        return b"".join(mark for mark in each if mark in self._marks)


def _to_three(marks: bytes, probes: NDArray[np.int32]) -> frozenset[bytes]:
    """The marks that stand beside three or more numbers of probes."""
    keys = np.frombuffer(marks, dtype=np.uint64)
    order = np.lexsort((probes, keys))
    keys, probes = keys[order], probes[order]
    again = (keys[1:] == keys[:-1]) & (probes[1:] == probes[:-1])
    distinct = keys[np.concatenate([np.ones(min(len(keys), 1), dtype=bool), ~again])]
    values, counts = np.unique(distinct, return_counts=True)
    return frozenset(value.tobytes() for value in values[counts >= PROBES])


def share(said: Iterable[Sentence], common: Common) -> float:
    """The share of a text's letters that stand in `common` sentences, 0 for an empty text."""
    long = [sentence.key for sentence in said if len(sentence.key) >= _SHORTEST]
    letters = sum(len(key) for key in long)
    return sum(len(key) for key in long if key in common) / letters if letters else 0.0


def alike(texts: Mapping[str, Sequence[Sentence]]) -> list[str]:
    """The probes, of those in `texts`, whose text as good as repeats that of two others."""
    common = Common((token, marks_of(said)) for token, said in texts.items())
    return [token for token, said in texts.items() if share(said, common) >= TEMPLATE]
