"""What a study names must be there: waves, providers, items and published sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..engine import quote_name
from ..published import references
from ..schema import TABLES, DataError, nearest
from ..study import Audit, Loyalty, Study
from .care import Care
from .columns import listed
from .opened import clean_name
from .reading import check_study

NAMING = ("wave", "provider", "item")  # columns whose words a study may name


def waves(care: Care) -> tuple[str, ...]:
    """The waves in the study's tables, oldest first."""
    first: dict[str, Any] = {}
    for table in care.tables:
        columns = care.columns(table)
        if "wave" in columns:
            moment = "min(sent_at)" if "sent_at" in columns else "NULL"
            sql = (
                f"SELECT wave, {moment} FROM {quote_name(table)} WHERE wave IS NOT NULL GROUP BY 1"
            )
            for wave, at in care.engine.run(sql):
                first[str(wave)] = first.get(str(wave)) or at
    if all(at is not None for at in first.values()):
        return tuple(sorted(first, key=lambda wave: (first[wave], wave)))
    return tuple(sorted(first))


def refuse_unknown_names(study: Study) -> set[str]:
    """Every provider that a table names; stop where the study names what none of them holds.

    Raises
    ------
    DataError
        Every such name, with the nearest that is known. A table that cannot be read might hold
        it: then nothing is refused here, and what needs that table fails by itself.
    """
    naming = tuple(t for t in study.tables if set(NAMING) & set(TABLES[t].names))
    care, errors = check_study(replace(study, provider=""), naming or tuple(study.tables)[:1])
    with care:
        found = [] if errors else unknown_names(replace(care, study=study))
        providers = _words(care, "provider")
    if found:
        raise DataError("\n".join(map(str, found)))
    return providers


def unknown_names(care: Care) -> list[DataError]:
    """One error for each name in the study that is in none of its tables.

    All of them must have been read, and not for one provider alone.
    """
    texts = [*_wave(care), *_providers(care), *_contents(care.study.audit, care)]
    texts += _answers(care)
    found = [DataError(f"{care.study.path.name}: {text}") for text in texts]
    try:
        references(care.study.audit.benchmark)
    except DataError as error:
        found.append(DataError(f"{care.study.path.name}: {error}"))
    return found


def _wave(care: Care) -> Iterator[str]:
    known, own = waves(care), care.study.wave
    if known and own and own not in known:
        yield f"no table has the wave {own!r}.{nearest(own, known)} Known are: {', '.join(known)}."
    if not own and len(known) > 1:
        yield (
            f"the tables hold several waves: {', '.join(known)}. Say which one the reports are "
            f'about: wave = "{known[-1]}".'
        )


def _providers(care: Care) -> Iterator[str]:
    """The provider that reports are limited to, and the company that they are written for."""
    known = sorted(_words(care, "provider"))
    asked, company = clean_name(care.study.provider), clean_name(care.study.audit.company)
    shown = f"Known are: {listed(known) or 'none'}."
    if asked and asked not in known:
        yield f"no table has the provider {asked!r}.{nearest(asked, known)} {shown}"
    if company and known and company not in known:
        yield f"audit.company is {company!r}, which no table has.{nearest(company, known)} {shown}"


def _contents(audit: Audit, care: Care) -> Iterator[str]:
    """Items that the study itself sorts by content; those of the kit need not all be there."""
    known = sorted(_words(care, "item", "ratings"))
    if not known or audit.contents == Audit().contents:
        return
    for content, items in audit.contents.items():
        for item in items:
            if item not in known:
                yield (
                    f"audit.contents.{content} names {item!r}, which no rating has."
                    f"{nearest(item, known)} Known are: {listed(known)}."
                )


def _answers(care: Care) -> Iterator[str]:
    """Columns of the survey that the study itself names; those of the kit need not be there."""
    loyalty, usual = care.study.loyalty, Loyalty()
    known = care.columns("survey")
    named = [("outcome", loyalty.outcome)] if loyalty.outcome != usual.outcome else []
    if loyalty.drivers != usual.drivers:
        named += [("drivers", driver) for driver in loyalty.drivers]
    named += [("population", column) for column in loyalty.population]
    for key, name in named if known else []:
        if name not in known:
            yield (
                f"loyalty.{key} names {name!r}, which the survey lacks.{nearest(name, known)} "
                f"It has: {listed(known)}."
            )


def _words(care: Care, column: str, *tables: str) -> set[str]:
    """The words in one column of the tables named, or of all tables that have it."""
    found: set[str] = set()
    for table in tables or care.tables:
        if column in care.columns(table):
            name = quote_name(column)
            sql = f"SELECT DISTINCT {name} FROM {quote_name(table)} WHERE {name} IS NOT NULL"
            found |= {str(row[0]) for row in care.engine.run(sql)}
    return found
