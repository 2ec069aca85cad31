"""Contracts by when they began, and how many of each cohort are still held later."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...estimate import Estimate
from ...finding import FEWEST, Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods import survival
from ...methods.proportions import wilson
from ...sources import Care
from .lifetimes import contract_lifetimes, contract_notes
from .periods import by_year, periods

AFTER = {"month": (1, 3, 6, 12), "year": (1, 2, 3, 5)}
MOST = 8  # cohorts, the latest; the others are one row
MONTHS_APART = 12  # cohorts are months where contracts began within so many, else quarters
ROUNDING = 1e-9
OTHERS = ""  # the name that sorts first


@needs("contracts", "started_at")
def contract_cohorts(care: Care) -> Answer:
    """The share of the contracts begun in each period that were still held later."""
    rows = contract_lifetimes(care)
    rows = rows[rows["start"].notna()].reset_index(drop=True)
    if rows.empty:
        return Skipped(_("No contract has both a day of start and a known state."))
    after = AFTER[care.study.loyalty.contract_period]
    whole = _pooled(care, rows, after)
    told = [(span, held) for span, held in zip(after, whole, strict=True) if held.value is not None]
    if not told:
        return Skipped(_("No contract was watched for a whole period."))
    cohorts = _by_start(rows, by_year=by_year(care))
    table = pd.concat([_first_row(rows, after, whole), _grid(cohorts, after)], ignore_index=True)
    table["cohort"] = table["cohort"].replace(OTHERS, _("earlier, or fewer than 5"))
    span, held = told[-1]
    return Finding(
        "contract-cohorts",
        table,
        headline=_("Of the contracts begun, {held} are still held after {span}").format(
            held=held, span=periods(care, span)
        ),
        labels={
            "cohort": _("begun in"),
            "contracts": _("contracts"),
            **{f"after_{n}": _("after {span}").format(span=periods(care, n)) for n in after},
        },
        styles={"contracts": "count"},
        notes=(
            _(
                "Contracts still held / contracts begun in that period; “–” where not all of them "
                "have been watched for so long. The first row takes in the partly watched too "
                "(Kaplan–Meier), with {level} intervals."
            ).format(level=percent(care.study.confidence_level)),
            *_doubt(care, cohorts),
            _(
                "Customers without a contract: notebook 01 follows by cohort who bought again."
            ),
            *contract_notes(care),
        ),
    )  # fmt: skip


def _pooled(care: Care, rows: pd.DataFrame, after: tuple[int, ...]) -> list[Estimate]:
    level = care.study.confidence_level
    times = rows["duration"].to_numpy(dtype=float), rows["ended"].to_numpy(dtype=bool)
    return survival.held_after(*times, after, confidence_level=level)


def _first_row(rows: pd.DataFrame, after: tuple[int, ...], held: list[Estimate]) -> pd.DataFrame:
    row: dict[str, Any] = {"cohort": _("all"), "contracts": len(rows)}
    for n, one in zip(after, held, strict=True):
        both = f"{one.value_text()} ({one.interval_text()})" if one.value is not None else "–"
        row |= {
            f"after_{n}": both,
            f"held_{n}": one.value,
            f"low_{n}": one.low,
            f"high_{n}": one.high,
        }
    return pd.DataFrame([row])


def _by_start(rows: pd.DataFrame, *, by_year: bool) -> pd.DataFrame:
    """The rows with the name of the cohort, where it is one of the latest."""
    start = rows["start"]
    first, last = start.min(), start.max()
    months = 12 * (last.year - first.year) + last.month - first.month + 1
    if by_year:
        name = start.dt.year.astype(str)
    elif months <= MONTHS_APART:
        name = start.dt.strftime("%Y-%m")
    else:
        name = start.dt.year.astype(str) + " Q" + start.dt.quarter.astype(str)
    sizes = name.value_counts()
    shown = sorted(sizes.index[sizes >= FEWEST])[-MOST:]
    return rows.assign(cohort=name.where(name.isin(shown), OTHERS))


def _grid(rows: pd.DataFrame, after: tuple[int, ...]) -> pd.DataFrame:
    """One row per cohort: contracts, and how many and what share are held after each span."""
    parts = rows.groupby("cohort")
    table = pd.DataFrame({"contracts": parts.size()})
    for n in after:
        held = (rows["duration"] > n - ROUNDING) & ~(rows["ended"] & (rows["duration"] <= n))
        unknown = ~rows["ended"] & (rows["duration"] < n - ROUNDING)
        known = ~unknown.groupby(rows["cohort"]).any()
        k = held.groupby(rows["cohort"]).sum().where(known).astype("Int64")
        share = (k / table["contracts"]).astype("float64")
        table[f"after_{n}"] = [percent(x) if pd.notna(x) else "–" for x in share]
        table[f"held_{n}"], table[f"k_{n}"] = share, k
    return table.reset_index().rename(columns={"index": "cohort"})


def _doubt(care: Care, cohorts: pd.DataFrame) -> tuple[str, ...]:
    """By how much a share may be off by chance, said of a cohort of middling size."""
    sizes = cohorts["cohort"].value_counts().drop(OTHERS, errors="ignore")
    if sizes.empty:
        return ()
    n = int(np.median(sizes))
    low, high = wilson(0.8, n, care.study.confidence_level)
    text = _(
        "In a cohort of middling size (n = {n}), a share of {share} may by chance be anything from "
        "{low} to {high}."
    )
    return (text.format(n=number(n), share=percent(0.8), low=percent(low), high=percent(high)),)
