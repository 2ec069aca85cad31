"""A study file: where the tables are, how their columns map, the parameters of the analysis.

The file is TOML. Every key it may hold is a field of one of the classes in `keys`, whose help
text is what an error message and the documentation print.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..schema import DataError
from ..settings import Reader, described
from .checks import check
from .fieldwork import (
    ChannelPlan,
    Contact,
    Fieldwork,
    Mail,
    Persona,
    Scenario,
    Shopper,
    SignOff,
    Sip,
)
from .keys import Audit, Brand, Input, Loyalty, Segmentation, Study, TableSource, seconds

__all__ = [
    "Audit",
    "Brand",
    "ChannelPlan",
    "Contact",
    "Fieldwork",
    "Input",
    "Loyalty",
    "Mail",
    "Persona",
    "Scenario",
    "Segmentation",
    "Shopper",
    "SignOff",
    "Sip",
    "Study",
    "TableSource",
    "load_study",
    "reference",
    "seconds",
]


def load_study(path: str | Path, **overrides: Any) -> Study:
    """Read the study file at `path`.

    Parameters
    ----------
    path : str or Path
        A TOML file.
    **overrides
        Keys of the study that replace those of the file: `wave`, `provider`, `language`,
        `confidence_level`. Empty ones ("" or 0) are passed over, so that the parameters of
        a notebook can be given as they are.

    Raises
    ------
    DataError
        The file is missing, is no TOML, or holds an unknown key or a value of a wrong type;
        the message names the key, its meaning, the line, and what was expected.
    """
    path = Path(path)
    text = _read_text(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(
            f"{path.name} is no valid TOML: {error}. Text goes between quotes, paths are written "
            "with / (or, with \\, between single quotes), and each table of data has a heading "
            "such as [tables.attempts]."
        ) from None
    overridden = {key: value for key, value in overrides.items() if value}
    known: Study = Reader(path.name, text).read(Study, {**raw, **overridden}, "")
    study = replace(known, path=path.resolve())
    check(study)
    return study


def reference() -> str:
    """Every key that a study file may hold, with its meaning, in Markdown."""
    parts = [
        ("The study file", "At the top of the file.", Study),
        ("[tables.NAME]", "One for each table that the study has; NAME as above.", TableSource),
        ("[tables.NAME.inputs.KEY]", "Further files, which `sql` reads under the name KEY.", Input),
        ("[segmentation]", Segmentation.__doc__, Segmentation),
        ("[audit]", Audit.__doc__, Audit),
        ("[loyalty]", Loyalty.__doc__, Loyalty),
        ("[fieldwork]", Fieldwork.__doc__, Fieldwork),
        ("[fieldwork.channels.CHANNEL]", ChannelPlan.__doc__, ChannelPlan),
        ("[fieldwork.providers.PROVIDER]", Contact.__doc__, Contact),
        ("[fieldwork.scenarios.CODE]", Scenario.__doc__, Scenario),
        ("[fieldwork.personas.CODE]", Persona.__doc__, Persona),
        ("[fieldwork.shoppers.CODE]", Shopper.__doc__, Shopper),
        ("[fieldwork.mail]", Mail.__doc__, Mail),
        ("[fieldwork.sip]", Sip.__doc__, Sip),
        ("[fieldwork.sign_off]", SignOff.__doc__, SignOff),
    ]
    lines = []
    for heading, text, cls in parts:
        lines += ["", f"## {heading}", "", str(text), "", "| key | meaning | where not given |"]
        lines += ["|---|---|---|"]
        lines += [f"| {name} | {meaning} | {usual} |" for name, meaning, usual in described(cls)]
    return "\n".join(lines) + "\n"


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = sorted(p.name for p in path.parent.glob("*.toml")) if path.parent.is_dir() else []
        beside = f" In that folder there are: {', '.join(near)}." if near else ""
        raise DataError(f"There is no study file {path}.{beside}") from None
    except IsADirectoryError:
        raise DataError(f"{path} is a folder. Name the study file in it (*.toml).") from None
    except UnicodeDecodeError:
        raise DataError(f"{path.name} is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}.") from None
