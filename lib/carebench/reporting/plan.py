"""Which reports a study asks for: notebooks × providers × languages, each with its own name.

A report is called `<study>-<wave>-<notebook>`, where the study is named by its file, or by
its folder where the file is called study.toml; a provider or a language that was asked for
goes behind. So the same question is always answered under the same address.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

from .. import __version__, resources
from ..engine import quote_name
from ..language import use
from ..schema import TABLES, DataError
from ..sources import Care, located, open_study, refuse_unknown_names
from ..study import Study, load_study
from . import parameters
from .brand import read as read_brand
from .jobs import Job, Limits
from .messages import notebook_messages, package_messages, untranslated
from .names import slug
from .provenance import earlier_fingerprints, fingerprints, sha256, without_folders

OVERRIDES = ("wave", "provider", "language", "confidence_level")
PACKAGE = Path(__file__).parents[1]


def plan(
    path: Path,
    out: Path,
    *,
    notebooks: Sequence[Path] | None = None,
    given: Mapping[str, str] | None = None,
    against: Sequence[str] = (),
    each_provider: bool = False,
    languages: Sequence[str] = (),
    with_code: bool = False,
    limits: Limits | None = None,
) -> list[Job]:
    """What is to be rendered, with everything checked that can be before a kernel starts.

    Parameters
    ----------
    path, out : Path
        The study file, and the folder of the reports.
    notebooks : sequence of Path, optional
        Those of the package where not given.
    given : mapping of str to str, optional
        Parameters as typed on a command line.
    against : sequence of str
        Earlier waves of the study, or other study files (*.toml), to compare with.
    each_provider : bool
        Whether every provider that the study's wave knows gets reports of its own.
    languages : sequence of str
        Of the reports; that of the study where none is named.
    with_code : bool
        Whether each page shows the code of its cells, folded.
    limits : Limits, optional
        For every report.

    Raises
    ------
    DataError
        Something that was asked for cannot be made.
    """
    found = list(notebooks) if notebooks is not None else _own_notebooks()
    typed = dict(given or {})
    _refuse_twice(typed, against, each_provider, languages)
    as_written = load_study(path)
    known = refuse_unknown_names(_study(found, typed, path))
    typed |= compared(_study(found, typed, path), against or [typed.get("against", "")])
    jobs: list[Job] = []
    providers: list[str] = []
    for language in dict.fromkeys(languages) or [typed.get("language", "")]:
        asked = typed | ({"language": language} if language else {})
        study = _study(found, asked, path)
        _refuse_untranslated(found, study.language)
        use(study.language)
        providers = providers or (_providers(study) if each_provider else [study.provider])
        for provider in providers:
            one = replace(study, provider=provider)
            earlier = earlier_fingerprints(one, typed.get("against", ""))
            files, brand = [*fingerprints(one), *earlier], read_brand(one, known)
            all_asked = asked | ({"provider": provider} if each_provider else {})
            values = _values(found, all_asked, path)
            names = _names(
                one, as_written, found, against=typed.get("against", ""), with_code=with_code
            )
            for notebook, name in zip(found, names, strict=True):
                job = Job(
                    notebook, name, one, values[notebook], files, out,
                    limits=limits or Limits(), brand=brand, with_code=with_code,
                )  # fmt: skip
                jobs.append(replace(job, made_from=_made_from(job)))
    use("en")
    return _told_apart(jobs)


def compared(study: Study, against: Sequence[str]) -> dict[str, str]:
    """The parameter `against`, checked, with its paths made absolute; none where it is empty."""
    text = located(study, against)
    return {"against": text} if text else {}


def _refuse_twice(
    given: Mapping[str, str], against: Sequence[str], each_provider: bool, languages: Sequence[str]
) -> None:
    for name, option, used in (
        ("against", "--against", bool(against)),
        ("provider", "--each provider", each_provider),
        ("language", "--languages", bool(languages)),
    ):
        if used and name in given:
            raise DataError(f"{option} and -p {name} contradict each other. Give one of them.")


def _own_notebooks() -> list[Path]:
    folder = resources.folder("notebooks")
    found = sorted(folder.glob("*.ipynb"))
    if not found:
        raise DataError(f"There is no notebook in {folder}. Install the package again.")
    return found


def _study(notebooks: Sequence[Path], given: Mapping[str, str], path: Path) -> Study:
    """The study with the values given in place of its own."""
    values = _values(notebooks, given, path).values()
    every = {name: value for known in values for name, value in known.items()}
    return load_study(path, **{name: every[name] for name in OVERRIDES if name in every})


def _values(
    notebooks: Sequence[Path], given: Mapping[str, str], study: Path
) -> dict[Path, dict[str, parameters.Value]]:
    """For each notebook, the values given that it declares; a name none declares is refused."""
    if "study" in given:
        raise DataError("The study is named first, not with -p: carebench report STUDY.")
    known = {path: _declared(path) for path in notebooks}
    anywhere = {name: p for one in known.values() for name, p in one.items() if name != "study"}
    parameters.from_text(given, anywhere)
    values = {}
    for path, declared in known.items():
        own = {name: given[name] for name in declared if name in given}
        located = parameters.accepted({"study": str(study.resolve())}, declared)
        values[path] = {**located, **parameters.from_text(own, declared)}
    return values


@cache
def _read(path: Path, _changed: int) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def _notebook(path: Path) -> dict[str, Any]:
    """A notebook, read once as long as it does not change."""
    try:
        notebook = _read(path, path.stat().st_mtime_ns)
        return {"cells": [dict(cell) for cell in notebook["cells"]]}
    except OSError as error:
        raise DataError(f"The notebook {path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{path.name} is no notebook (*.ipynb, format 4).") from None


def _declared(path: Path) -> dict[str, parameters.Parameter]:
    return parameters.declared(_notebook(path), path.name)


def _refuse_untranslated(notebooks: Sequence[Path], language: str) -> None:
    """A report is wholly in its language, or is not made."""
    if language == "en":
        return
    prose = [message for path in notebooks for message in notebook_messages(_notebook(path))]
    if lacking := untranslated([*package_messages(), *prose], language):
        raise DataError(
            f"{len(lacking)} messages have no translation into {language!r}, first: "
            f"{lacking[0]!r}. Add them to the catalogue (locale/{language}/LC_MESSAGES/"
            "carebench.po), or render the reports in English: -p language en."
        )


def _providers(study: Study) -> list[str]:
    """The providers of the study's wave: those of its table of them, or else all that are named.

    A table that lists whom the audit is about is taken at its word: a name elsewhere that is
    not in it is a misspelling, which every report lists among the problems.
    """
    naming = [name for name in study.tables if "provider" in TABLES[name].names]
    concerned = ("providers",) if "providers" in naming else tuple(naming)
    found: set[str] = set()
    if concerned:
        with open_study(study.path, tables=concerned, wave=study.wave) as care:
            for name in concerned:
                found |= _named_in(care, name)
    if not found:
        raise DataError(
            f"{study.path.name}: no table names a provider in the wave {study.wave!r}. Leave out "
            "--each provider, or give the tables a column `provider`."
        )
    return sorted(found)


def _named_in(care: Care, table: str) -> set[str]:
    """The providers in one table, of the study's wave where the table tells waves apart."""
    if "provider" not in care.columns(table):
        return set()
    sql = f"SELECT DISTINCT provider FROM {quote_name(table)} WHERE provider IS NOT NULL"
    if care.study.wave and "wave" in care.columns(table):
        rows = care.engine.run(f"{sql} AND wave = $wave", {"wave": care.study.wave})
    else:
        rows = care.engine.run(sql)
    return {str(row[0]) for row in rows}


def _names(
    study: Study,
    as_written: Study,
    notebooks: Sequence[Path],
    *,
    against: str,
    with_code: bool,
) -> Iterator[str]:
    """The name of each report; what the study file itself says needs no mention."""
    stem = study.path.stem if study.path.stem != "study" else study.path.parent.name
    asked = [
        _name_of(value)
        for value, usual in (
            (study.provider, as_written.provider),
            (study.language, as_written.language),
            (f"{study.confidence_level:g}", f"{as_written.confidence_level:g}"),
        )
        if value != usual
    ]
    if against:
        named = without_folders(against).replace("/study.toml", "")
        # The name of another study's file may name another firm.
        hidden = bool(study.provider) and ".toml" in against
        words = f"against {named}"
        asked.append(_with_digits("against", named) if hidden else _name_of(words))
    asked += ["with-code"] * with_code
    before = [_name_of(part) for part in (stem, study.wave) if part]
    for notebook in notebooks:
        yield "-".join([*before, slug(notebook.stem), *asked])


def _name_of(words: str) -> str:
    """A slug; where it had to drop something, a few digits keep two names apart."""
    name = slug(words)
    return name if name == words.lower().replace(" ", "-") else _with_digits(name, words)


def _with_digits(name: str, words: str) -> str:
    return "-".join(p for p in (name, hashlib.sha256(words.encode()).hexdigest()[:4]) if p)


def _told_apart(jobs: Sequence[Job]) -> list[Job]:
    """The jobs, with digits where two providers differ in no letter that a name can hold."""
    often = Counter(job.slug for job in jobs)
    apart = [
        job
        if often[job.slug] == 1 or not job.study.provider
        else replace(job, slug=_with_digits(job.slug, job.study.provider))
        for job in jobs
    ]
    names = Counter(job.slug for job in apart)
    for job in apart:
        if names[job.slug] > 1:
            raise DataError(
                f"Two reports would be called {job.slug!r}. Rename one of the notebooks "
                f"{job.notebook.name}, or render them into two folders."
            )
    return apart


def _made_from(job: Job) -> str:
    """SHA-256 over all that a report is made from; the code itself counts too."""
    study = job.study
    asked = {name: value for name, value in job.values.items() if name != "study"}
    if "against" in asked:  # where a study lies does not matter, what is in it does
        asked["against"] = without_folders(str(asked["against"]))
    facts = [
        __version__, _code(), sha256(job.notebook), [study.wave, study.provider, study.language],
        study.confidence_level, asked, list(job.files), asdict(job.brand), job.with_code,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@cache
def _code() -> str:
    """SHA-256 over the package, so that a change in it that has no version yet is noticed."""
    files = (p for p in sorted(PACKAGE.rglob("*")) if p.suffix in (".py", ".po", ".j2", ".css"))
    return hashlib.sha256("\n".join(map(sha256, files)).encode()).hexdigest()
