"""Opens a study, and beside it the earlier waves that it is compared with.

An earlier wave is a wave of the study's own tables, or another study file. Waves are put in
order by the first attempt of each where all have one, else by their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..engine import quote_name
from ..language import N_
from ..language import use as use_language
from ..schema import TABLES, DataError, nearest
from ..study import Study, load_study
from .care import Care
from .named import unknown_names, waves
from .reading import check_study

SEPARATOR = ";"
NOTHING_EARLIER = N_(
    "There is no earlier wave to compare with: the study’s tables hold none before its own, and "
    "no other study was named with --against."
)
SHARED = ("providers",)  # a list of firms without a wave holds for every wave


def open_study(
    path: str | Path, *, tables: tuple[str, ...] = (), against: str = "", **overrides: Any
) -> Care:
    """Read a study file, and read and check its tables; from here on, speak its language.

    Parameters
    ----------
    path : str or Path
        The study file.
    tables : tuple of str
        The tables that are needed; all that the study has where none is named. Those that
        the study lacks are absent.
    against : str
        What to compare with: waves of the study or other study files (*.toml, seen from the
        working folder), parted by semicolons. Where it is empty, the last wave before the
        study's own in its tables, if there is one.
    **overrides
        Keys of the study that replace those of the file, as for `load_study`.

    Raises
    ------
    DataError
        The study file is wrong, or a table cannot be used; all such tables are named. Or the
        study names a wave or a provider, say, that its tables lack; or what `against` names is
        not there or not earlier.
    """
    study = load_study(path, **overrides)
    use_language(study.language)
    care = _opened(study, tables)
    try:
        for error in () if tables or study.provider else unknown_names(care):
            raise error
        care.against = against
        care.earlier = _earlier(care, items(against), tables)
    except DataError:
        care.close()
        raise
    return care


def items(against: str) -> tuple[str, ...]:
    """The waves and study files that `against` names."""
    return tuple(part.strip() for part in against.split(SEPARATOR) if part.strip())


def is_file(item: str) -> bool:
    """Whether an item of `against` is a study file; else it is the name of a wave."""
    return item.lower().endswith(".toml")


def located(study: Study, against: Sequence[str]) -> str:
    """`against` as one text, its paths made absolute, with every item checked.

    Raises
    ------
    DataError
        A wave is in none of the study's tables, a study file cannot be read, is the study's
        own or is about attempts that are no earlier, or a path holds a semicolon.
    """
    for item in against:
        if SEPARATOR in item and Path(item).exists():
            raise DataError(f"{item!r} holds a semicolon, which parts one wave from the next. "
                            "Rename the file or its folder.")  # fmt: skip
    named = items(SEPARATOR.join(against))
    for item in named:
        if is_file(item):
            _check_earlier(study, item)
    names = [item for item in named if not is_file(item)]
    if names:
        bearing = tuple(t for t in study.tables if "wave" in TABLES[t].names)
        with _opened(replace(study, provider=""), bearing or tuple(study.tables)) as care:
            for name in names:
                _check_wave(care, name)
    absolute = [str(Path(item).resolve()) if is_file(item) else item for item in named]
    return SEPARATOR.join(dict.fromkeys(absolute))


def wave_names(care: Care) -> tuple[str, ...]:
    """What a reader may call the earlier waves and, last, the study's own: no two alike."""
    every = [(one.study.wave, one.study.title, one.study.path) for one in (*care.earlier, care)]
    for names in (
        [wave for wave, _title, _path in every],
        [title for _wave, title, _path in every],
        [f"{title}, {wave}" if wave else title for wave, title, _path in every],
        [f"{title} ({path.parent.name}/{path.name})" for _wave, title, path in every],
    ):
        if all(names) and len(set(names)) == len(names):
            return tuple(names)
    return tuple(f"{number}: {title}" for number, (_wave, title, _path) in enumerate(every, 1))


def _opened(study: Study, tables: tuple[str, ...]) -> Care:
    care, errors = check_study(study, tables)
    if errors:
        care.close()
        raise DataError("\n".join(str(error) for error in errors))
    return care


def _earlier(care: Care, named: Sequence[str], tables: tuple[str, ...]) -> tuple[Care, ...]:
    """The earlier waves that are `named`, oldest first; the last one before where none is."""
    known = waves(care)
    own = care.study.wave
    if not named:
        return tuple(_in_wave(care, wave) for wave in known[: _place(known, own)][-1:])
    found: list[Care] = []
    try:
        for item in dict.fromkeys(named):
            if is_file(item):
                found.append(_elsewhere(care, item, tables))
                _refuse_not_earlier(care, found[-1], item)
            else:
                _check_wave(care, item, complete=not tables)
                found.append(_in_wave(care, item))
    except DataError:
        for one in found:
            one.close()
        raise
    return tuple(_in_order(found))


def _place(known: Sequence[str], wave: str) -> int:
    return known.index(wave) if wave in known else 0


def _check_wave(care: Care, name: str, *, complete: bool = True) -> None:
    """Refuse a wave that the study does not have, or that is its own or a later one."""
    known, own = waves(care), care.study.wave
    if name not in known and complete:
        raise DataError(
            f"{care.study.path.name}: no table has the wave {name!r} to compare with."
            f"{nearest(name, known)} Known are: {', '.join(known) or 'none'}. The path of "
            "another study file ends in .toml."
        )
    if name == own or (name in known and own in known and _place(known, own) < _place(known, name)):
        raise DataError(
            f"{care.study.path.name}: the wave {name!r} is not earlier than {own!r}, which the "
            f"reports are about. In order of time: {', '.join(known)}."
        )


def _in_wave(care: Care, wave: str) -> Care:
    """The same tables, about an earlier wave; those that know nothing of it are absent."""
    study = replace(care.study, wave=wave)
    one = replace(care, study=study, earlier=(), against="")
    return one.limited_to(t for t in care.tables if _speaks_of(one, t))


def _speaks_of(care: Care, table: str) -> bool:
    if "wave" in care.columns(table):
        return care.n_current(table) > 0
    return "wave" not in TABLES[table].names or table in SHARED


def _earlier_study(study: Study, item: str) -> Study:
    """Another study file, in the language and at the level of confidence of this one."""
    path = Path(item).resolve()
    if path == study.path:
        raise DataError(
            f"{item} is the study itself. To compare it with an earlier wave of its own tables, "
            "give the name of that wave."
        )
    same = {"language": study.language, "confidence_level": study.confidence_level}
    return replace(load_study(path, **same), provider="")


def _check_earlier(study: Study, item: str) -> None:
    """Refuse another study file that is not there or not earlier, as far as its attempts tell."""
    earlier = _earlier_study(study, item)
    if not {"attempts"} <= set(study.tables) & set(earlier.tables):
        return
    own, errors = check_study(replace(study, provider=""), ("attempts",))
    with own:
        other, more = check_study(earlier, ("attempts",))
        with other:
            if not errors and not more:  # else the reports that need the table say why
                _refuse_not_earlier(own, other, item)


def _refuse_not_earlier(care: Care, other: Care, item: str) -> None:
    """Refuse another study whose attempts are later than the study's own, or are the same."""
    then, now = _first_moment(other), _first_moment(care)
    if then is not None and now is not None and then > now:
        raise DataError(
            f"{item} is not earlier than {care.study.path.name}: its attempts begin on "
            f"{then:%Y-%m-%d}, the study's own on {now:%Y-%m-%d}. Report on the later study, "
            "against the earlier one."
        )
    if care.study.wave == other.study.wave and _same_attempts(care, other):
        raise DataError(
            f"{item} holds the same attempts as {care.study.path.name}: it is a copy, and nothing "
            "can have changed. Name an earlier study."
        )


def _same_attempts(care: Care, other: Care) -> bool:
    """Whether two studies of one wave hold the same attempts, by their names.

    Studies that name no wave may both count their attempts from 1: there every column is
    compared, times among them.
    """
    shared = [c for c in care.columns("attempts") if c in other.columns("attempts")]
    if care.study.wave and "attempt_id" in shared:
        shared = ["attempt_id"]
    elif "sent_at" not in shared:
        return False
    listed = ", ".join(map(quote_name, shared))
    found = []
    for one in (care, other):
        where, values = _only_wave(one)
        sql = f"SELECT count(*), bit_xor(hash({listed})), sum(hash({listed})) FROM attempts{where}"
        found.append(one.engine.run(sql, values))
    return bool(found[0] == found[1])


def _elsewhere(care: Care, item: str, tables: tuple[str, ...]) -> Care:
    """The wave of another study file, limited to the same provider; empty if it lacks that one."""
    study = _earlier_study(care.study, item)
    wanted = tuple(t for t in study.tables if not tables or t in tables)
    if not wanted:
        return _opened(study, tuple(study.tables)[:1]).limited_to(())
    other, errors = check_study(replace(study, provider=care.study.provider), wanted)
    if errors and care.study.provider:
        other.close()
        other, errors = check_study(study, wanted)
        other = replace(other.limited_to(()), study=replace(study, provider=care.study.provider))
    if not errors and not study.wave and len(found := waves(other)) > 1:
        errors = [
            DataError(
                f"its tables hold several waves: {', '.join(found)}. Say in it which one it is "
                f'about: wave = "{found[-1]}".'
            )
        ]
    if errors:
        other.close()
        raise DataError("\n".join(f"the earlier study {item}: {error}" for error in errors))
    return other


def _in_order(found: Sequence[Care]) -> list[Care]:
    """By the first attempt of each where all have one, else by name, else as given."""
    moments = [_first_moment(care) for care in found]
    if all(moment is not None for moment in moments):
        return [found[i] for i in sorted(range(len(found)), key=lambda i: moments[i])]
    if all(care.study.wave for care in found):
        return sorted(found, key=lambda care: care.study.wave)
    return list(found)


def _first_moment(care: Care) -> Any:
    if "sent_at" not in care.columns("attempts"):
        return None
    where, values = _only_wave(care)
    return care.engine.run(f"SELECT min(sent_at) FROM attempts{where}", values)[0][0]


def _only_wave(care: Care) -> tuple[str, dict[str, str] | None]:
    """What limits a query of attempts to the study's wave, and its values."""
    if care.study.wave and "wave" in care.columns("attempts"):
        return " WHERE wave = $wave", {"wave": care.study.wave}
    return "", None
