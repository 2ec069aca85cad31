"""Every key that a study file may hold, as fields of dataclasses with their meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..schema import TABLES, DataError
from ..settings import key
from .fieldwork import Fieldwork


@dataclass(frozen=True, slots=True)
class Input:
    """One file, or many of one kind, and how to read it."""

    path: str = key("file, or pattern of many files, seen from the study's folder", "")
    format: Literal["", "csv", "blank", "fixed", "xlsx", "parquet", "sqlite", "duckdb"] = key(
        "kind of file, where its name does not say: blank = columns parted by runs of blanks", ""
    )
    header: bool = key("whether the first line holds the names of the columns", True)
    skip: int = key("lines above the headings that are no table: a title, a date, a logo", 0)
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
    constants: Mapping[str, str] = key(
        "our column = its one value, where the file has no such column: channel = 'phone'",
        factory=dict,
    )
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
    traditional_years: float = key(
        "years since the first purchase from which on a customer can be traditional, not new", 1.0
    )
    traditional_purchases: int = key(
        "days of purchase from which on a customer can be traditional, not new", 4
    )
    period_months: int = key(
        "months in each of the two periods that are compared; 0 takes the most of 12, 6, 3 and 1 "
        "that the books cover twice",
        0,
    )
    cross: tuple[tuple[str, ...], ...] = key(
        "pairs of schemes to cross, such as [['region', 'user_type']]", ()
    )
    clusters: int = key("most clusters of customers to try; 0 tries none", 0)
    budget: float = key("what the care plan may cost in one period; 0 where it is not known", 0.0)


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
    population: Mapping[str, Mapping[str, float]] = key(
        "by column of the survey: each group's share of all customers, to weight answers by",
        factory=dict,
    )
    contract_period: Literal["month", "year"] = key(
        "the period in which contracts run and may end", "month"
    )
    churn_days: int = key(
        "days without a purchase after which a customer without a contract counts as lost", 180
    )
    margin_points: float = key(
        "largest change of a share of customers, in points, that still counts as none", 5.0
    )
    leave_days: int = key("days after a contact within which leaving is counted", 90)
    horizon_months: int = key("months ahead for which the value of a customer is counted", 36)
    discount_rate: float = key("by how much money of next year counts less than today's", 0.10)
    margin: float = key(
        "share of revenue that is left after the cost of goods; 0 where it is not known", 0.0
    )
    kept_is: Literal["", "customer", "contract"] = key(
        "what the trials keep: a customer with all it buys, or a contract alone; both where empty",
        "",
    )


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
    engine: str = key(
        "where customers and transactions are asked: duckdb (this machine), or sc://host:port "
        "(a Spark cluster)",
        "duckdb",
    )
    simulated: bool = key("whether the data are invented; every report then says so", False)
    origin: str = key("where the data come from, printed where a report names the study", "")
    tables: Mapping[str, TableSource] = key("the tables that the study has", factory=dict)
    segmentation: Segmentation = key("parameters of notebook 01", factory=Segmentation)
    audit: Audit = key("parameters of notebook 02", factory=Audit)
    loyalty: Loyalty = key("parameters of notebook 03", factory=Loyalty)
    fieldwork: Fieldwork = key("how attempts are made", factory=Fieldwork)
    brand: Brand = key("logo, colours and words of the reports", factory=Brand)
    path: Path = field(default=Path("study.toml"), metadata={})

    @property
    def root(self) -> Path:
        """The folder in which paths start, made absolute."""
        return (self.path.parent / self.folder).resolve()

    def elsewhere(self, table: str) -> bool:
        """Whether a table stands where this machine has no file of it: an address, a cluster."""
        on_cluster = self.engine != "duckdb" and TABLES[table].large
        return on_cluster or "://" in self.tables[table].path

    def source(self, path: str) -> Path:
        """`path` as a study file writes it, made absolute."""
        return self.root / path


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
