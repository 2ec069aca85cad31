"""Whose line a number is: the numbers of the study, in the one form that is dialled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...study import Study
from ..journal import Journal
from ..rules.numbers import line_of

__all__ = ["line_of", "lines_of"]


def lines_of(study: Study, journal: Journal) -> Mapping[str, frozenset[str]]:
    """By line: the providers that are called there, as the study and the plan name them."""
    found: dict[str, set[str]] = {}
    for provider, number in _numbers(study, journal):
        if line := line_of(number, _zone(study, provider)):
            found.setdefault(line, set()).add(provider)
    return {line: frozenset(providers) for line, providers in found.items()}


def _numbers(study: Study, journal: Journal) -> Iterable[tuple[str, str]]:
    named = ((name, contact.phone) for name, contact in study.fieldwork.providers.items())
    planned = "SELECT DISTINCT provider, recipient FROM probes WHERE channel = 'phone'"
    rows = ((row["provider"], row["recipient"]) for row in journal.rows(planned))
    return (pair for pair in (*named, *rows) if pair[1])


def _zone(study: Study, provider: str) -> str:
    contact = study.fieldwork.providers.get(provider)
    return (contact.zone if contact else "") or study.zone
