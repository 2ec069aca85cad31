"""The figures of service on one page: each with its numerator, denominator and period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped
from ..language import N_, _, date, number
from ..methods.contacts import share_of_scores
from ..methods.proportions import proportion
from ..sources import Care
from .first_response import answered_in_time
from .retention.lost import contracts_ended, lost_by_period, per_100
from .scores import SCORES, answers, scale_of, score_of

Row = tuple[dict[str, Any], Estimate]

BY_CUSTOMER = N_("clustered by customer, Wilson score at the effective number of customers")
COMPLETE = N_(
    "Counts of a company’s own customers are complete; their intervals say how far a period like "
    "this one could differ by chance alone."
)
ADDING = {  # what a table, with these columns, would add
    "survey": ((), N_("CSAT, NPS and CES: the table “survey”")),
    "contacts": (
        ("resolved", "contacted_at", "answered_at"),
        N_("resolution and first response: resolved, contacted_at and answered_at of “contacts”"),
    ),
    "ledger": (
        ("period", "retained", "lost"),
        N_("churn by period: period, retained and lost of “ledger”"),
    ),
    "contracts": (("started_at",), N_("contracts that ended: started_at of “contracts”")),
}


def indicators(care: Care) -> Answer:
    """Scores, resolution, first response and churn, each with how it was computed."""
    rows = [*_scores(care), *_contacts(care), *_ledger(care), *_contracts(care)]
    if not rows:
        return Skipped(
            _(
                "No figure of service can be computed: the study lacks the tables “survey”, "
                "“contacts”, “ledger” and “contracts”, or what is needed of them."
            )
        )
    table = frame(rows)
    return Finding(
        "indicators",
        table,
        headline=_headline(table),
        labels={
            "indicator": _("indicator"),
            "definition": _("how computed"),
            "period": _("period"),
            "value": _("estimate"),
        },
        notes=tuple(_notes(care)),
    )


def resolved(care: Care) -> Estimate | None:
    """Share of contacts that were settled, customers being the unit where they have several."""
    if "resolved" not in care.columns("contacts"):
        return None
    rows = care.current("contacts")
    rows = rows[rows["resolved"].notna()]
    hits = rows["resolved"].to_numpy(dtype=float)
    plain = proportion(int(hits.sum()), len(hits), confidence_level=care.study.confidence_level)
    if "customer_id" not in rows or not rows["customer_id"].dropna().duplicated().any():
        return plain
    return _clustered(plain, hits, rows["customer_id"])


def _clustered(plain: Estimate, hits: np.ndarray[Any, Any], customer: pd.Series[Any]) -> Estimate:
    """The same share, with the interval that contacts of the same customers leave."""
    codes, names = pd.factorize(customer)
    alone = codes < 0  # a contact of nobody knows whom is taken as a customer of its own
    codes = np.where(alone, len(names) + np.cumsum(alone) - 1, codes)
    n = np.bincount(codes).astype(float)
    k = np.bincount(codes, weights=hits)
    sums = ([float(one)] for one in (len(n), k.sum(), n.sum(), k @ k, k @ n, n @ n))
    found = share_of_scores(*sums, confidence_level=plain.confidence_level)
    customers = len(n) / (found.design_effect or 1.0)
    return replace(
        plain,
        low=found.low,
        high=found.high,
        method=BY_CUSTOMER,
        design_effect=plain.n / customers,
        warnings=found.warnings,
    )


def _row(
    indicator: str,
    definition: str,
    period: str,
    estimate: Estimate,
    counts: tuple[float, float] | None = None,
) -> Row:
    numerator, denominator = counts or (np.nan, np.nan)
    keys = {
        "indicator": indicator,
        "definition": definition,
        "period": period,
        "numerator": numerator,
        "denominator": denominator,
    }
    return keys, estimate


def _counted(estimate: Estimate) -> tuple[float, float] | None:
    return None if estimate.k is None else (float(estimate.k), float(estimate.n))


def _scores(care: Care) -> Iterator[Row]:
    if not care.columns("survey"):
        return
    rows = answers(care)
    for score in SCORES:
        if score in rows:
            estimate = score_of(care, rows, score)
            words = _score_words(care, rows, score, estimate)
            yield _row(
                _(SCORES[score]), words, care.study.wave or "–", estimate, _counted(estimate)
            )


def _score_words(care: Care, rows: pd.DataFrame, score: str, estimate: Estimate) -> str:
    """What was divided by what."""
    _low, high = scale_of(care, score)
    if score == "nps" and "weight" in rows:
        text = _("weighted % of answers 9–10 less weighted % of 0–6; {n} answers")
    elif score == "nps":
        text = _("% of answers 9–10 less % of 0–6; {n} answers")
    elif estimate.k is None:
        text = _("weight of answers {top} or {high} / weight of all {n} answers")
    else:
        text = _("{k} answers {top} or {high} / {n} answers")
    return text.format(
        k=number(estimate.k or 0),
        n=number(estimate.n),
        top=number(high - 1),
        high=number(high),
    )


def _contacts(care: Care) -> Iterator[Row]:
    there = care.columns("contacts")
    settled = resolved(care)
    period = _span(care) if there else ""
    if settled is not None:
        words = _("{k} contacts settled / {n} contacts of which it is known").format(
            k=number(settled.k or 0), n=number(settled.n)
        )
        yield _row(_("resolved"), words, period, settled, _counted(settled))
    if {"contacted_at", "answered_at"} <= set(there) and (found := answered_in_time(care)):
        share, levels = found
        listed = "; ".join(f"{channel} {limit}" for channel, limit in levels.items())
        words = _("contacts answered by a person within {levels} / {n} contacts").format(
            levels=listed, n=number(share.n)
        )
        yield _row(_("first response in time"), words, period, share, _counted(share))


def _span(care: Care) -> str:
    rows = care.current("contacts")
    if "contacted_at" not in rows or rows["contacted_at"].isna().all():
        return "–"
    local = rows["contacted_at"].dropna().dt.tz_convert(care.study.zone or "UTC")
    return _from_to(local.min(), local.max())


def _ledger(care: Care) -> Iterator[Row]:
    if not {"period", "retained", "lost"} <= set(care.columns("ledger")):
        return
    rows = lost_by_period(care)
    if rows.empty:
        return
    lost, kept = (int(rows[name].iloc[-1]) for name in ("lost", "retained"))
    share = proportion(lost, lost + kept, confidence_level=care.study.confidence_level)
    words = _("{k} customers lost / {n} customers lost or kept").format(
        k=number(lost), n=number(lost + kept)
    )
    what = _("customers lost per 100, last period")
    yield _row(what, words, str(rows.index[-1]), per_100(share), _counted(share))


def _contracts(care: Care) -> Iterator[Row]:
    if not care.columns("contracts") or not (found := contracts_ended(care)):
        return
    words = _("{k} contracts ended / {n} that ran at the start").format(
        k=number(found.share.k or 0), n=number(found.share.n)
    )
    period = _from_to(found.first, found.last)
    what = _("contracts ended per 100, last period")
    yield _row(what, words, period, per_100(found.share), _counted(found.share))


def _from_to(first: pd.Timestamp, last: pd.Timestamp) -> str:
    return _("{first} to {last}").format(first=date(first.date()), last=date(last.date()))


def _headline(table: pd.DataFrame) -> str:
    """What its own sections do not say: resolution, response and churn; else the scores."""
    told = [row for row in records(table) if pd.notna(row["value"])]
    if not told:
        return _("None of the figures of service can be told from these data")
    scores = set(map(_, SCORES.values()))
    told = [row for row in told if row["indicator"] not in scores] or told
    return "; ".join(
        f"{row['indicator']} {from_row(row).value_text()} ({from_row(row).interval_text()})"
        for row in told
    )


def _notes(care: Care) -> Iterator[str]:
    lacking = [
        _(words)
        for table, (columns, words) in ADDING.items()
        if not care.columns(table) or not set(columns) <= set(care.columns(table))
    ]
    if lacking:
        yield _("Would be added by tables or columns the study lacks: {what}.").format(
            what="; ".join(lacking)
        )
    if care.columns("contacts"):
        yield _("A contact that nobody answered counts, as unanswered so far.")
        if "resolved" in care.columns("contacts"):
            unknown = int(care.current("contacts")["resolved"].isna().sum())
            if unknown:
                text = _("Of {n} contacts it is not known whether they were settled.")
                yield text.format(n=number(unknown))
    if care.columns("contracts") and (found := contracts_ended(care)) and found.lost_from_sight:
        text = _("{n} contracts were last seen in the middle of that period and are left out.")
        yield text.format(n=number(found.lost_from_sight))
    if care.study.provider and any(map(care.columns, ("contacts", "ledger", "contracts"))):
        text = _("Contacts, ledger and contracts are not limited to {provider}.")
        yield text.format(provider=care.study.provider)
    if care.columns("ledger") or care.columns("contracts"):
        yield _(COMPLETE)
