"""Hides who answered: a coder who knows the provider is no longer blind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from ...language import N_, _
from ...study import Study

FIRM = N_("[firm]")
ADDRESS = N_("[address]")
LINK = N_("[link]")
NUMBER = N_("[number]")
NAME = N_("[name]")

MARKS = "[\\u0300-\\u036f]*"  # accents that follow a letter, once letters and accents are parted
BETWEEN = r"[\W_]{0,3}"  # what may stand between the words of a name: blanks, dashes, points
SHORTEST = 4  # letters of a word of a name that betrays it alone
MAIL = re.compile(r"[^\s@<>()\[\]\"',;:]+@[^\s@<>()\[\]\"',;:]+\.[^\s@<>()\[\]\"',;:]+")
WEB = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
HOST = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:com|net|org|vn|example|info|biz|io|app)\b\S*", re.I)
DIGITS = re.compile(r"(?<!\w)\+?\(?\d(?:[\s.()-]{0,2}\d){6,}")
SECOND_LEVELS = ("com", "net", "org", "gov", "edu", "co", "ac")
SHARED_HOSTS = ("gmail", "yahoo", "hotmail", "outlook", "icloud", "facebook", "zalo")


def masked(text: str, study: Study) -> str:
    """`text` without what tells which provider wrote it, or to whom.

    Names of all providers of the study and of its personas, each word of a name that stands
    with a capital, initials, addresses, links and telephone numbers; with or without accents
    and however the words are joined. What a firm says of itself in other words stays.
    """
    work = study.fieldwork
    firms = (*work.providers, *(contact.centre for contact in work.providers.values()))
    hosts = (
        place
        for contact in work.providers.values()
        for place in (contact.email, contact.website, contact.web_form, contact.social)
    )
    personas = (name for persona in work.personas.values() for name in persona.name.values())
    parted = unicodedata.normalize("NFD", text)
    for pattern, words in (
        (MAIL, ADDRESS),
        (WEB, LINK),
        (HOST, LINK),
        *((pattern, FIRM) for pattern in _whole(tuple(firms), tuple(hosts))),
        *((pattern, NAME) for pattern in _names(tuple(personas))),
        *((pattern, FIRM) for pattern in _parts(tuple(firms))),
        (DIGITS, NUMBER),
    ):
        parted = pattern.sub(_(words), parted)
    return unicodedata.normalize("NFC", parted)


@lru_cache(maxsize=8)
def _whole(firms: tuple[str, ...], places: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return _names((*firms, *_hosts(places)))


@lru_cache(maxsize=8)
def _parts(firms: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Single words of the firms' names, written with a capital, and their initials."""
    parts = {word for name in firms for word in _words(name) if len(word) >= SHORTEST}
    initials = {"".join(word[0] for word in _words(name)).upper() for name in firms}
    return (
        *(_capital(word) for word in sorted(parts, key=lambda word: (-len(word), word))),
        *(re.compile(rf"\b{letters}\b") for letters in sorted(initials) if len(letters) >= 3),
    )


@lru_cache(maxsize=8)
def _names(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Whole names, however their words are joined; longest first."""
    found = {tuple(_words(name)) for name in names} - {()}
    ordered = sorted(found, key=lambda words: (-sum(map(len, words)), words))
    return tuple(
        _capital(words[0])
        if len("".join(words)) < SHORTEST  # in small letters a short one may be any word
        else re.compile(rf"(?<!\w){BETWEEN.join(map(_letters, words))}(?![^\W_])", re.IGNORECASE)
        for words in ordered
    )


def _capital(word: str) -> re.Pattern[str]:
    first = re.escape(word[0].upper()) if word[0] not in "dđ" else "[DĐ]"
    rest = _letters(word[1:])
    return re.compile(rf"(?<!\w){first}{MARKS}(?i:{rest})(?![^\W_])")


def _letters(word: str) -> str:
    """A pattern of the word, whatever accents are on its letters."""
    return "".join(f"{'[dđ]' if letter in 'dđ' else re.escape(letter)}{MARKS}" for letter in word)


def _words(name: str) -> list[str]:
    """The words of a name in small letters without accents."""
    bare = re.sub(MARKS, "", unicodedata.normalize("NFD", name)).casefold()
    return re.findall(r"[^\W_]+", bare)


def _hosts(places: Iterable[str]) -> list[str]:
    """The own part of each address: "bluepost" of care@mail.bluepost.com.vn."""
    found = []
    for place in places:
        host = re.sub(r"^[a-z]+://", "", place.rpartition("@")[2].casefold()).partition("/")[0]
        labels = [label for label in host.split(".")[:-1] if label not in SECOND_LEVELS]
        found += [label for label in labels[-1:] if label not in SHARED_HOSTS]
    return found
