"""Churn, with its definition: a contract that ended, or no purchase for so many days."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ... import queries
from ...estimate import Estimate, frame, from_row, records
from ...finding import FEW, Answer, Finding, Skipped, needs
from ...language import N_, _, date, number
from ...methods.proportions import proportion
from ...queries.leaving import YEAR
from ...segmentation import books
from ...sources import Care
from .lifetimes import contract_lifetimes, contract_notes, periods_between
from .periods import by_year

FACTORS = (0.5, 1.0, 2.0)  # of the days that the study sets
TOO_SHORT = N_("the books do not cover so many days and a day before them")
NOBODY = N_("nobody was active")
NONE_HELD = N_("no contract ran then")
HOLDERS = "contract_holders"
BASES = N_(
    "Figures of churn differ by their base and are not to be set against each other: the ledger "
    "has customers lost over those lost or kept in a period, of any kind; contracts have those "
    "that ended over those that ran at the beginning; without a contract it is who bought nothing "
    "for so many days over who had bought before, and some of these come back."
)


@needs("transactions")
def churned(care: Care) -> Answer:
    """Customers who were active and have bought nothing for so many days, for three choices."""
    days = care.study.loyalty.churn_days
    spans = [max(1, round(days * factor)) for factor in FACTORS]
    first, last = books.span(care)
    apart = holders_apart(care)
    found = _quiet(care, spans, apart)
    table = frame(_row(care, span, span == spans[1], found, (last - first).days) for span in spans)
    chosen = records(table[table["by_study"]])[0]
    headline = _("Whether customers stopped buying is not known: {reason}").format(
        reason=_(str(chosen["reason"]))
    )
    if pd.notna(chosen["value"]):
        headline = _("{share} of active customers have bought nothing for {days} days").format(
            share=from_row(chosen), days=number(days)
        )
    return Finding(
        "churned",
        table,
        headline=headline,
        labels={
            "days": _("days without a purchase"),
            "how": _("how computed"),
            "value": _("share lost"),
        },
        styles={"days": "count"},
        notes=(
            _(
                "Lost / active: active are those who bought in the 365 days before the last {days} "
                "days of the books, which end on {day}; lost are those of them who bought nothing "
                "in these {days} days. A refund is no purchase."
            ).format(days=number(days), day=date(last)),
            _(
                "The numbers of days are a choice, not a finding: the rows show how much hangs on "
                "it. A customer counted as lost may come back."
            ),
            _(
                "The counts are complete counts of the company’s own books; the interval is for "
                "customers like these."
            ),
            *_holders_note(care, apart),
            _(BASES),
            *care.not_limited("transactions"),
        ),
    )  # fmt: skip


@needs("contracts", "started_at")
def contracts_lost(care: Care) -> Answer:
    """Contracts that ended in the last year, of those that ran at its beginning, and the rate."""
    rows = contract_lifetimes(care)
    rows = rows[rows["start"].notna() & rows["until"].notna()]
    if rows.empty:
        return Skipped(_("No contract has both a day of start and a known state."))
    end = rows["until"].max()
    begin = end - pd.DateOffset(years=1)
    held = rows[(rows["start"] <= begin) & (rows["until"] > begin)]
    known = held[held["ended"] | (held["until"] >= end)]
    level = care.study.confidence_level
    year = _share(int(known["ended"].sum()), len(known), level, NONE_HELD)
    ended_in = rows["ended"] & (rows["until"] > begin)
    rate, exposure = _rate(care, rows, begin, int(ended_in.sum()))
    table = frame(
        [
            (
                {
                    "measure": _("ended within the year"),
                    "how": _("of the contracts that ran on {day}").format(day=date(begin)),
                },
                year,
            ),
            (
                {
                    "measure": _("ends per 1,000 years of contract")
                    if by_year(care)
                    else _("ends per 1,000 months of contract"),
                    "how": _("ends / periods that contracts were held, all that ran in the year"),
                },
                rate,
            ),
        ]
    )
    headline = _("No contract ran a year before the last day watched")
    if year.value is not None:
        headline = _("{share} of the contracts that ran on {begin} had ended by {end}").format(
            share=year, begin=date(begin), end=date(end)
        )
    return Finding(
        "contracts-lost",
        table,
        headline=headline,
        labels={"measure": _("measure"), "how": _("how computed"), "value": _("estimate")},
        notes=(
            _("Churn of a contract is its end. In the year, {k} ends in {n} periods held.").format(
                k=number(int(ended_in.sum())), n=number(exposure)
            ),
            _("The interval is for customers like these."),
            _(BASES),
            *contract_notes(care),
        ),
    )


def holders_apart(care: Care) -> str:
    """A view of the customers with a contract, where the engine has both tables; else ""."""
    same_engine = care.large is care.engine
    if "customer_id" not in care.columns("contracts") or not same_engine:
        return ""
    care.large.view(HOLDERS, queries.holders("contracts"))
    return HOLDERS


def _quiet(care: Care, spans: list[int], apart: str) -> pd.DataFrame:
    def made() -> pd.DataFrame:
        books.customer_days(care)
        sql = queries.gone_quiet(books.span(care)[1], sorted(set(spans)), without=apart)
        return care.large.frame(sql).set_index("days")

    return care.once(f"gone quiet {spans} {apart}", made)


def _row(
    care: Care, span: int, chosen: bool, found: pd.DataFrame, covered: int
) -> tuple[dict[str, object], Estimate]:
    active, quiet = (int(found[name].to_dict()[span]) for name in ("active", "quiet"))
    share = _share(quiet, active, care.study.confidence_level, NOBODY)
    if covered < span:
        share = Estimate.absent(TOO_SHORT)
    elif covered < span + YEAR - 1:
        share = share.warn(N_("the books cover less than the year before"))
    how = _("nothing in the last {days} days / bought in the 365 before")
    return {"days": span, "how": how.format(days=number(span)), "by_study": chosen}, share


def _share(k: int, n: int, level: float, reason: str) -> Estimate:
    if not n:
        return Estimate.absent(reason)
    found = proportion(k, n, confidence_level=level)
    return replace(found, warnings=(FEW,) if found.warnings else ())


def _rate(care: Care, rows: pd.DataFrame, begin: pd.Timestamp, ends: int) -> tuple[Estimate, float]:
    """Ends per period held within the year: a share of periods, each of which may end it."""
    inside = rows[rows["until"] > begin]
    start = inside["start"].where(inside["start"] > begin, begin)
    exposure = float(periods_between(care, start, inside["until"]).sum())
    n = max(ends, round(exposure))
    share = _share(ends, n, care.study.confidence_level, NONE_HELD)
    if share.value is None or share.low is None or share.high is None:
        return share, exposure
    value, low, high = (1e3 * part for part in (share.value, share.low, share.high))
    return replace(share, value=value, low=low, high=high, unit="score"), exposure


def _holders_note(care: Care, apart: str) -> tuple[str, ...]:
    if apart:
        return (_("Customers with a contract are left out here: of them its end is what counts."),)
    if care.columns("contracts"):
        return (_("Customers with a contract are counted too: they cannot be told apart here."),)
    return ()
