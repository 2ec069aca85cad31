"""What the types of a study's keys alone cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from zoneinfo import available_timezones

from ..methods.opening_hours import claimed_minutes, night_span
from ..schema import CHANNELS, CONTENTS, TABLES, DataError, nearest
from .fieldwork_checks import check_fieldwork
from .keys import Audit, Loyalty, Segmentation, Study, TableSource, seconds

CLUSTER = r"sc://[^@/;?=\s]+(/(;use_ssl=(true|false))?)?"
MOST_MONEY = 1e15  # of any currency
MOST_CLUSTERS = 10  # more groups than anybody could treat differently
RANGES_OF_LOYALTY = (  # lowest and highest that can be meant
    ("churn_days", 1, 3650),
    ("leave_days", 1, 3650),
    ("margin_points", 1, 50),
    ("horizon_months", 1, 240),
    ("discount_rate", 0, 1),
    ("margin", 0, 1),
)
MOST_ROUNDING = 0.01  # by which shares of a whole may miss it
PARTS_OF_INDEX = ("channel", "resolved", "quality", "hours")
GROUPED = tuple(c.name for c in TABLES["customers"].columns if c.kind == "category")
SCHEMES = (*GROUPED, "tenure", "tier")  # by which customers can be grouped


def check(study: Study) -> None:
    """Raise `DataError` where a key of the study holds what cannot be meant."""
    name = study.path.name
    _check_whole(study, name)
    _check_audit(study.audit, name)
    _check_segmentation(study.segmentation, name)
    _check_loyalty(study.loyalty, name)
    check_fieldwork(study.fieldwork, name)
    for table_name, table in study.tables.items():
        _check_table(name, table_name, table)


def _check_whole(study: Study, name: str) -> None:
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
    if study.engine != "duckdb" and not re.fullmatch(CLUSTER, study.engine):
        raise DataError(  # which may hold a secret, so it is not repeated
            f"{name}: engine is no address of a cluster. Expected 'duckdb', or one such as "
            "'sc://cluster.example:15002'; a token belongs in the environment variable "
            "SPARK_CONNECT_AUTHENTICATE_TOKEN."
        )
    if not study.tables and not study.fieldwork.providers:
        raise DataError(
            f"{name} names neither a table of data nor a provider to be contacted. For a report, "
            'add a table, such as [tables.attempts] with path = "attempts.csv". To plan a wave of '
            'attempts, say where each provider is reached, such as [fieldwork.providers."NAME"] '
            'with email = "care@firm.example"; docs/fieldwork.md has a whole example.'
        )


def _check_audit(audit: Audit, name: str) -> None:
    for channel, limit in audit.service_level.items():
        _refuse_unknown(channel, CHANNELS, f"{name}: audit.service_level", "channel")
        seconds(limit)
    if not 0 < audit.equivalence_margin < 1:
        raise DataError(
            f"{name}: audit.equivalence_margin is {audit.equivalence_margin:g}. Expected a share "
            "between 0 and 1, such as 0.15 for 15 points."
        )
    _check_night(audit.night, name)
    _check_hours(audit.business_hours, name)
    for day in audit.holidays:
        _check_day(day, name)
    for content, items in audit.contents.items():
        _refuse_unknown(content, CONTENTS, f"{name}: audit.contents", "kind of content")
        _refuse_repeated(items, f"{name}: audit.contents.{content}")
    for part, weight in audit.weights.items():
        _refuse_unknown(part, PARTS_OF_INDEX, f"{name}: audit.weights", "part of the index")
        if weight < 0:
            raise DataError(
                f"{name}: audit.weights.{part} is {weight:g}. Expected 0 or more; parts that are "
                "not named weigh nothing."
            )


def _check_hours(hours: str, name: str) -> None:
    try:
        claimed_minutes(hours)
    except DataError as error:
        raise DataError(f"{name}: audit.business_hours: {error}") from None


def _check_night(night: str, name: str) -> None:
    try:
        night_span(night)
    except DataError as error:
        raise DataError(f"{name}: audit.night: {error}") from None


def _check_day(day: str, name: str) -> None:
    try:
        date.fromisoformat(day)
    except ValueError:
        raise DataError(
            f"{name}: audit.holidays holds {day!r}. Expected days as YYYY-MM-DD, such as "
            "2026-02-17."
        ) from None


def _check_segmentation(segmentation: Segmentation, name: str) -> None:
    cuts = segmentation.tier_cut_offs
    if len(cuts) != 3 or not 0 < cuts[0] < cuts[1] < cuts[2] < 1:
        raise DataError(
            f"{name}: segmentation.tier_cut_offs is {list(cuts)}. Expected three rising shares "
            "between 0 and 1, such as [0.05, 0.2, 0.5]."
        )

    if segmentation.period_months < 0:
        raise DataError(
            f"{name}: segmentation.period_months is {segmentation.period_months}. Expected a "
            "number of months, or 0 for as many as the books cover twice."
        )
    if segmentation.clusters not in (0, *range(2, MOST_CLUSTERS + 1)):
        raise DataError(
            f"{name}: segmentation.clusters is {segmentation.clusters}. Expected 0, which looks "
            f"for no groups, or the most groups to look for: 2 to {MOST_CLUSTERS}."
        )
    if not 0 <= segmentation.budget < MOST_MONEY:
        raise DataError(
            f"{name}: segmentation.budget is {segmentation.budget:g}. Expected 0 or more, and less "
            f"than {MOST_MONEY:g}."
        )
    if not 0 <= segmentation.traditional_years <= 100 or segmentation.traditional_purchases < 1:
        raise DataError(
            f"{name}: segmentation.traditional_years is {segmentation.traditional_years:g} and "
            f"traditional_purchases {segmentation.traditional_purchases}. Expected 0 to 100 years "
            "and 1 or more days of purchase."
        )
    for pair in segmentation.cross:
        _check_pair(pair, name)
    if len({frozenset(pair) for pair in segmentation.cross}) < len(segmentation.cross):
        raise DataError(f"{name}: segmentation.cross names a pair more than once. Name it once.")


def _check_loyalty(loyalty: Loyalty, name: str) -> None:
    for key, low, high in RANGES_OF_LOYALTY:
        value = getattr(loyalty, key)
        if not low <= value <= high:
            raise DataError(
                f"{name}: loyalty.{key} is {value:g}. Expected a number from {low:g} to {high:g}."
                + (f" {value:g} % is {value / 100:g}." if high == 1 < value <= 100 else "")
            )
    for column, shares in loyalty.population.items():
        total = sum(shares.values())
        wrong = [f"{group} = {share:g}" for group, share in shares.items() if not share > 0]
        if wrong or not abs(total - 1) <= MOST_ROUNDING:  # so written, nan is wrong too
            raise DataError(
                f"{name}: loyalty.population.{column} "
                + (f"holds {', '.join(wrong)}" if wrong else f"adds up to {total:g}")
                + ". Expected each group's share of all customers, above 0 and together 1, such "
                "as { household = 0.7, business = 0.3 }."
            )


def _check_pair(pair: tuple[str, ...], name: str) -> None:
    if len(pair) != 2 or pair[0] == pair[1]:
        raise DataError(
            f"{name}: segmentation.cross holds {list(pair)}. Expected pairs of two different "
            "schemes, such as [['region', 'user_type']]."
        )
    for scheme in pair:
        _refuse_unknown(scheme, SCHEMES, f"{name}: segmentation.cross", "scheme of customers")


def _refuse_unknown(word: str, known: Iterable[str], where: str, what: str) -> None:
    known = tuple(known)
    if word not in known:
        raise DataError(
            f"{where} names {word!r}, which is no {what}.{nearest(word, known)} "
            f"Expected {', '.join(known)}."
        )


def _refuse_repeated(words: tuple[str, ...], where: str) -> None:
    twice = sorted({word for word in words if words.count(word) > 1})
    if twice:
        raise DataError(f"{where} names {', '.join(twice)} more than once. Name it once.")


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
        if source.skip < 0:
            raise DataError(f"{where} has skip = {source.skip}. Expected 0 or more lines.")
        if len(source.delimiter) > 1:
            raise DataError(
                f"{where} has the delimiter {source.delimiter!r}. Expected one "
                'character, such as ";"; for runs of blanks say format = "blank".'
            )
    declared = TABLES[table_name]
    both = sorted(set(table.columns) & set(table.constants))
    if both:
        raise DataError(
            f"{where} takes {', '.join(both)} from a column and gives it a constant. Keep one."
        )
    mapped = {
        "columns": table.columns,
        "constants": table.constants,
        "values": table.values,
        "scales": table.scales,
    }
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
