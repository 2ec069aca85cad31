"""A study file: where the tables are, how their columns map, the parameters of the analysis.

The file is TOML. Every key it may hold is a field of one of the classes below, whose help
text is what an error message and the documentation print.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from zoneinfo import available_timezones

from .schema import CHANNELS, TABLES, DataError, nearest
from .settings import Reader, described, key


@dataclass(frozen=True, slots=True)
class Input:
    """One file, or many of one kind, and how to read it."""

    path: str = key("file, or pattern of many files, seen from the study's folder", "")
    format: Literal["", "csv", "blank", "fixed", "xlsx", "parquet", "sqlite", "duckdb"] = key(
        "kind of file, where its name does not say: blank = columns parted by runs of blanks", ""
    )
    header: bool = key("whether the first line holds the names of the columns", True)
    names: tuple[str, ...] = key("names of the columns, where the file has none", ())
    widths: tuple[int, ...] = key("widths of the columns in characters, for fixed text", ())
    delimiter: str = key("character between columns; found by itself where not given", "")
    encoding: Literal["", "utf-8", "utf-16", "windows-1258"] = key("how text is coded", "")
    sheet: str = key("sheet of a workbook; needed where it has several", "")
    table: str = key("table of a database", "")

    @property
    def kind(self) -> str:
        """The format, from the key or from the file's name; "csv" where neither says."""
        if self.format:
            return self.format
        name = self.path.lower().removesuffix(".gz")
        suffix = name.rpartition(".")[2]
        return {
            "xlsx": "xlsx",
            "xlsm": "xlsx",
            "parquet": "parquet",
            "sqlite": "sqlite",
            "sqlite3": "sqlite",
            "db": "sqlite",
            "duckdb": "duckdb",
        }.get(suffix, "csv")


@dataclass(frozen=True, slots=True)
class TableSource(Input):
    """Where one table comes from and how it becomes ours."""

    sql: str = key("a SELECT over the study's own files and `inputs`, instead of `path`", "")
    inputs: Mapping[str, Input] = key("further files that `sql` names", factory=dict)
    columns: Mapping[str, str] = key("our column = theirs", factory=dict)
    values: Mapping[str, Mapping[str, str]] = key("by our column: their value = ours", factory=dict)
    missing: tuple[str | float, ...] = key("values that mean empty", ())
    zone: str = key("IANA time zone of times that carry none", "")
    date_format: str = key("form of dates and times that are not ISO 8601, as %d/%m/%Y", "")
    decimal: Literal[".", ","] = key("decimal mark; with a comma, points part thousands", ".")
    scales: Mapping[str, tuple[float, ...]] = key(
        "lowest and highest point of an item's scale", factory=dict
    )


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Parameters of notebook 01."""

    tier_cut_offs: tuple[float, ...] = key(
        "shares of customers, by revenue, above which they are special, large, medium",
        (0.05, 0.20, 0.50),
    )


@dataclass(frozen=True, slots=True)
class Audit:
    """Parameters of notebook 02."""

    service_level: Mapping[str, str] = key(
        "by channel: within what time an answer should come, such as '24 h' or '60 s'",
        factory=dict,
    )
    benchmark: str = key(
        "source of the published figures to set ours against (see data/benchmarks)", ""
    )
    providers_are: Literal["all", "sample"] = key(
        "whom overall rates speak for: all = these named providers, sample = firms like them",
        "all",
    )
    equivalence_margin: float = key(
        "largest difference of two rates that still counts as the same, fixed before the data",
        0.15,
    )
    night: str = key("out-of-hours of every day, fixed before the fieldwork", "22:00-06:00")
    holidays: tuple[str, ...] = key("days (YYYY-MM-DD) kept apart from ordinary weeks", ())
    business_hours: str = key(
        "hours in which business time runs; each provider's claimed hours where not given", ""
    )
    contents: Mapping[str, tuple[str, ...]] = key(
        "which items of the ratings speak of convenience, of the human factor, of other things",
        factory=lambda: {
            "convenience": ("choice",),
            "human": ("friendliness", "empathy", "fairness", "customer_at_centre", "information"),
            "other": (),
        },
    )
    index: Literal["geometric", "arithmetic"] = key(
        "mean that the index is: geometric, or arithmetic where strengths may make up for gaps",
        "geometric",
    )
    weights: Mapping[str, float] = key(
        "by part of the index (channel, resolved, quality, hours): its weight; alike where empty",
        factory=dict,
    )
    missing_channel: Literal["zero", "left_out"] = key(
        "how the index scores a channel that a provider does not offer", "zero"
    )
    company: str = key("the provider for whom “what to do” is written", "")


@dataclass(frozen=True, slots=True)
class Loyalty:
    """Parameters of notebook 03."""

    drivers: tuple[str, ...] = key(
        "survey items that may drive satisfaction",
        ("friendliness", "empathy", "fairness", "customer_at_centre", "information", "choice"),
    )
    outcome: str = key("survey item that the drivers explain", "csat")


@dataclass(frozen=True, slots=True)
class Brand:
    """How the reports look and what people say in them; read by `reporting.brand`."""

    logo: str = key("picture in the study's folder (PNG, JPEG or SVG), put into each page", "")
    accent: str = key("colour of links and large numbers on white, such as '#0b5c8a'", "")
    accent_dark: str = key("the same colour on a dark page; made from `accent` where empty", "")
    client: str = key("for whom the reports are made", "")
    author: str = key("who made them", "")
    introduction: str = key("Markdown before the first section, or a .md file", "")
    conclusions: str = key("Markdown after the last section, or a .md file", "")
    replies: Mapping[str, str] = key(
        "by provider: what it replied to its results, in its own words", factory=dict
    )


@dataclass(frozen=True, slots=True)
class Study:
    """A study file that has been read and checked."""

    title: str = key("name of the study, printed on every report")
    wave: str = key("round of fieldwork that the reports are about", "")
    provider: str = key("limit the reports to this provider", "")
    language: Literal["en", "vi"] = key("language of the reports", "en")
    confidence_level: float = key("of every interval, such as 0.95", 0.95)
    zone: str = key("IANA time zone of times that carry none and of clocks shown", "")
    currency: str = key("ISO 4217 code of amounts of money", "VND")
    folder: str = key("folder in which paths start; the study file's own where not given", "")
    simulated: bool = key("whether the data are invented; every report then says so", False)
    tables: Mapping[str, TableSource] = key("the tables that the study has", factory=dict)
    segmentation: Segmentation = key("parameters of notebook 01", factory=Segmentation)
    audit: Audit = key("parameters of notebook 02", factory=Audit)
    loyalty: Loyalty = key("parameters of notebook 03", factory=Loyalty)
    brand: Brand = key("logo, colours and words of the reports", factory=Brand)
    path: Path = field(default=Path("study.toml"), metadata={})

    @property
    def root(self) -> Path:
        """The folder in which paths start, made absolute."""
        return (self.path.parent / self.folder).resolve()

    def source(self, path: str) -> Path:
        """`path` as a study file writes it, made absolute."""
        return self.root / path


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
    _check(study)
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
    ]
    lines = []
    for heading, text, cls in parts:
        lines += ["", f"## {heading}", "", str(text), "", "| key | meaning | where not given |"]
        lines += ["|---|---|---|"]
        lines += [f"| {name} | {meaning} | {usual} |" for name, meaning, usual in described(cls)]
    return "\n".join(lines) + "\n"


def seconds(text: str) -> float:
    """A length of time as a study writes it, "24 h" or "60 s", in seconds.

    Raises
    ------
    DataError
        The text is no number with one of the units s, min, h, d.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|h|d)\s*", text)
    if not match:
        raise DataError(
            f"{text!r} is no length of time. Expected a number and one of s, min, h, d, such as "
            "'24 h'."
        )
    return float(match[1]) * {"s": 1, "min": 60, "h": 3600, "d": 86400}[match[2]]


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


def _check(study: Study) -> None:
    """What types alone cannot say."""
    name = study.path.name
    if not 0.5 <= study.confidence_level < 1:
        raise DataError(
            f"{name}: confidence_level is {study.confidence_level:g}. Expected a number from 0.5 "
            "to below 1, such as 0.95."
        )
    if not re.fullmatch("[A-Z]{3}", study.currency):
        raise DataError(
            f"{name}: currency is {study.currency!r}. Expected three capital letters of "
            "ISO 4217, such as VND or USD."
        )
    zones = [("zone", study.zone)]
    zones += [(f"tables.{part}.zone", table.zone) for part, table in study.tables.items()]
    for where, zone in zones:
        if zone and zone not in available_timezones():
            raise DataError(
                f"{name}: {where} is {zone!r}. Expected an IANA time zone such as "
                f"Asia/Ho_Chi_Minh.{nearest(zone, sorted(available_timezones()))}"
            )
    for channel, limit in study.audit.service_level.items():
        if channel not in CHANNELS:
            raise DataError(
                f"{name}: audit.service_level names {channel!r}, which is no channel."
                f"{nearest(channel, CHANNELS)} Expected {', '.join(CHANNELS)}."
            )
        seconds(limit)
    cuts = study.segmentation.tier_cut_offs
    if len(cuts) != 3 or not 0 < cuts[0] < cuts[1] < cuts[2] < 1:
        raise DataError(
            f"{name}: segmentation.tier_cut_offs is {list(cuts)}. Expected three rising shares "
            "between 0 and 1, such as [0.05, 0.2, 0.5]."
        )
    if not study.tables:
        raise DataError(
            f"{name} names no table of data. Add at least one, such as [tables.attempts] with "
            'path = "attempts.csv".'
        )
    for table_name, table in study.tables.items():
        _check_table(name, table_name, table)


def _check_table(study_name: str, table_name: str, table: TableSource) -> None:
    where = f"{study_name}: tables.{table_name}"
    if table_name not in TABLES:
        raise DataError(
            f"{where} is no table of the kit.{nearest(table_name, TABLES)} "
            f"Expected one of {', '.join(TABLES)}."
        )
    if bool(table.path) == bool(table.sql):
        raise DataError(
            f"{where} needs either `path` (a file) or `sql` (a query over files), and not both."
        )
    for source in (table, *table.inputs.values()):
        if len(source.delimiter) > 1:
            raise DataError(
                f"{where} has the delimiter {source.delimiter!r}. Expected one "
                'character, such as ";"; for runs of blanks say format = "blank".'
            )
    declared = TABLES[table_name]
    mapped = {"columns": table.columns, "values": table.values, "scales": table.scales}
    for setting, mapping in mapped.items():
        for column in mapping:
            if column not in declared.names and not declared.open_kind:
                raise DataError(
                    f"{where}.{setting} names {column!r}, which is no column "
                    f"of {table_name}.{nearest(column, declared.names)} On the left stands our "
                    f"name, one of {', '.join(declared.names)}."
                )
    if table.date_format and "%" not in table.date_format:
        raise DataError(
            f"{where}.date_format is {table.date_format!r}. Expected the parts "
            "marked by %, such as %d/%m/%Y %H:%M."
        )
    for column, words in table.values.items():
        allowed = declared.column(column).allowed
        for word in words.values() if allowed else ():
            if word and word.casefold() not in allowed:
                raise DataError(
                    f"{where}.values.{column} turns a value into {word!r}, "
                    f"which is none of ours.{nearest(word, allowed)} Expected {', '.join(allowed)}."
                )
    for column, scale in table.scales.items():
        if len(scale) != 2 or not scale[0] < scale[1]:
            raise DataError(
                f"{where}.scales.{column} is {list(scale)}. Expected its "
                "lowest and its highest point, such as [1, 7]."
            )
