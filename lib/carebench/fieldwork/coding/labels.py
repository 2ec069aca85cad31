"""What a coder can say of an item, in the words of the coder's language."""

from __future__ import annotations

from collections.abc import Mapping

from ...language import LANGUAGES, N_, _, catalogue
from ...methods.coders import UNSURE
from ..sheets.columns import compared

MESSAGE_LABELS: dict[str, str] = {
    "human": N_("a person wrote it for this request"),
    "auto_ack": N_("automatic: confirms that the request has come"),
    "bot": N_("automatic: tries to answer the request"),
    "out_of_office": N_("automatic: nobody is there now"),
    "survey": N_("asks how satisfied we are"),
    "newsletter": N_("advertising or newsletter"),
    "bounce": N_("could not be delivered"),
    "delay": N_("delivery is delayed"),
    "stop": N_("a person asks us not to write again"),
    "unrelated": N_("has nothing to do with the request"),
    UNSURE: N_("cannot be told"),
}
RECORD_LABELS: dict[str, str] = {
    "answered": N_("a person answered"),
    "menu_only": N_("a menu or a recording only"),
    "auto_ack_only": N_("an automatic answer only"),
    "abandoned": N_("we gave up while waiting for a person"),
    "closed": N_("said to be closed"),
    "no_answer": N_("nobody answered"),
    UNSURE: N_("cannot be told"),
}


def labels_of(kind: str) -> Mapping[str, str]:
    """The labels that an item of this kind ("message" or "record") can be given."""
    return MESSAGE_LABELS if kind == "message" else RECORD_LABELS


def label_said(text: str, kind: str) -> str | None:
    """The label that a cell of a sheet names, in any language of the kit; None where it is none.

    Case, accents typed in another way and blanks around do not matter.
    """
    return _by_words(kind).get(compared(text))


def words_of(kind: str) -> list[str]:
    """The labels in the language in use, in their order."""
    return [_(words) for words in labels_of(kind).values()]


def words_in(language: str, kind: str) -> dict[str, str]:
    """By label, its words in `language`."""
    known = catalogue(language)
    return {label: known.get(words, words) for label, words in labels_of(kind).items()}


def _by_words(kind: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for label, words in labels_of(kind).items():
        translated = (catalogue(language).get(words, words) for language in LANGUAGES)
        said |= {compared(form): label for form in (label, words, *translated)}
    return said
