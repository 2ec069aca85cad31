"""What changed from one period of the company's books to the next."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .. import queries
from ..estimate import Estimate, frame, quantity
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, percent
from ..methods.concentration import Spread, gini, top_share
from ..methods.concentration_change import Pairs, gini_change, pieces, top_share_change
from ..sources import Care
from .books import Periods, amounts
from .dominance import part_of_whole
from .migration import customer_periods, period_name
from .tiers import BINNED, in_smallest_units

PERIODS = ("earlier", "later")
BOOKS = N_("complete count of the books")
NOTHING_BEFORE = N_("nothing to set it against")


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, in each period, and the change.

    `largest_part` is what one customer brings of it, at most; `top_n` how many are the top.
    """

    name: str
    before: Estimate
    after: Estimate
    change: Estimate
    largest_part: float = math.nan
    top_n: float = math.nan


@needs("transactions")
def changes(care: Care) -> Answer:
    """Revenue, customers and concentration of the last period against the one before."""
    found = customer_periods(care)
    if isinstance(found, Skipped):
        return found
    rows = [*_counted(care), *_concentrated(care)]
    table = frame(({"measure": row.name}, row.change) for row in rows).assign(
        before_value=np.array([row.before.value for row in rows], dtype=float),
        after_value=np.array([row.after.value for row in rows], dtype=float),
        before_text=[row.before.value_text() for row in rows],
        after_text=[row.after.value_text() for row in rows],
        change=[_signed(row.change) for row in rows],
        judged=[_judged(row.change) for row in rows],
        largest_part=[row.largest_part for row in rows],
        top_n=[row.top_n for row in rows],
    )
    return Finding(
        "changes-of-books",
        table,
        headline=_in_one_sentence(rows, found),
        caption=_(
            "{later} against {earlier}. Revenue and customers are complete counts: their change "
            "has no sampling error, and no cause either. Concentration is compared among all who "
            "had sales or refunds in the period, with {level} intervals that take them as a sample "
            "of customers like them; customers of both periods are counted as the same."
        ).format(
            later=period_name(found.later),
            earlier=period_name(found.earlier),
            level=percent(care.study.confidence_level),
        ),
        labels={
            "measure": _("what"),
            "change": _("change"),
            "judged": _("what can be said"),
            "before_text": _("before"),
            "after_text": _("after"),
        },
        notes=_notes(care, rows),
    )


def _counted(care: Care) -> Iterator[Row]:
    """What the books give for certain."""
    totals = care.large.frame(queries.period_totals()).sort_values("place")
    revenue = care.in_units(totals["revenue"].astype("float64")).tolist()
    buying = totals["buying"].astype(int).tolist()
    each = [r / n if n else None for r, n in zip(revenue, buying, strict=True)]
    currency, one = care.study.currency, max(_parts(care), default=math.nan)
    for name, unit, (before, after), part in (
        (_("net revenue"), currency, revenue, one),
        (_("customers who bought"), "count", buying, math.nan),
        (_("revenue per customer who bought"), currency, each, one),
    ):
        relative = after / before - 1 if before and before > 0 and after is not None else None
        yield Row(
            name,
            _exact(before, buying[0], unit),
            _exact(after, buying[1], unit),
            _exact(relative, buying[1], "share"),
            part,
        )


def _parts(care: Care) -> list[float]:
    """What the largest customer of each period brings of its revenue, where there is any."""
    parts = (part_of_whole(care, name, "customer_periods") for name in PERIODS)
    return [part for part in parts if not math.isnan(part)]


def _exact(value: float | None, n: int, unit: str) -> Estimate:
    if value is None:
        return Estimate.absent(NOTHING_BEFORE, n=n, unit=unit)
    return Estimate(float(value), None, None, n, BOOKS, unit)


def _concentrated(care: Care) -> Iterator[Row]:
    """How the revenue is spread, taking the customers as a sample."""
    before, after = (_spread(care, name) for name in PERIODS)
    level, share = care.study.confidence_level, care.study.segmentation.tier_cut_offs[0]
    pairs, one = _pairs(care, before, after, share), max(_parts(care), default=math.nan)
    first, last = (top_share(s.values, share, counts=s.counts) for s in (before, after))
    yield Row(
        _("share of revenue of the top {share}").format(share=percent(share)),
        first,
        last,
        top_share_change(before, after, pairs, share, confidence_level=level),
        one / min((top.value for top in (first, last) if top.value), default=math.nan),
        share * min(before.n, after.n),
    )
    yield Row(
        _("Gini coefficient"),
        gini(before.values, counts=before.counts),
        gini(after.values, counts=after.counts),
        gini_change(before, after, pairs, confidence_level=level),
        one,
    )


def _spread(care: Care, period: str) -> Spread:
    """The amounts of a period in the smallest unit of money, as the engine has them."""
    found = amounts(care, period, "customer_periods")
    return Spread.of(in_smallest_units(care, found.values), found.customers)


def _pairs(care: Care, before: Spread, after: Spread, share: float) -> Pairs:
    cuts = tuple(pieces(s.values, counts=s.counts, share=share) for s in (before, after))
    sql = queries.pairs(*([int(cut) for cut in at] for at in cuts))
    found = care.large.frame(sql)
    shape = (len(cuts[0]) + 1, len(cuts[1]) + 1)

    def grid(column: str) -> npt.NDArray[np.float64]:
        whole = np.zeros(shape)
        whole[found["piece_earlier"], found["piece_later"]] = found[column]
        return whole

    names = ("customers", "sum_earlier", "sum_later", "sum_product")
    return Pairs((cuts[0], cuts[1]), *(grid(name) for name in names))


def _signed(change: Estimate) -> str:
    """The change in the table's words, with its sign and its interval."""
    if change.value is None:
        return "–"
    sign = "+" if change.value > 0 else ""
    value = sign + quantity(change.value, change.unit)
    if change.unit == "points":
        value = _("{n} points").format(n=value)
    return f"{value} ({change.interval_text()})" if change.has_interval else value


def _judged(change: Estimate) -> str:
    if change.value is None:
        return _("not known")
    if change.low is None or change.high is None:
        return _("counted")
    if change.low <= 0 <= change.high:
        return _("not distinguishable")
    if change.warnings:  # the interval is too short: a longer one might hold zero
        return _("cannot tell")
    return _("more concentrated") if change.low > 0 else _("less concentrated")


def _in_one_sentence(rows: list[Row], found: Periods) -> str:
    revenue, customers, each = map(_moved, rows[:3])
    return _(
        "{later} against {earlier}: net revenue {revenue}, customers who bought {customers}, "
        "revenue per customer {each}"
    ).format(
        later=period_name(found.later),
        earlier=period_name(found.earlier),
        revenue=revenue,
        customers=customers,
        each=each,
    )


def _moved(row: Row) -> str:
    """The change of what was counted; both numbers where there is nothing to set it against."""
    if row.change.value is not None:
        return _signed(row.change)
    before, after = row.before.value_text(), row.after.value_text()
    return _("{after} (before: {before})").format(after=after, before=before)


def _notes(care: Care, rows: list[Row]) -> tuple[str, ...]:
    said = [_(note) for row in rows for note in row.change.warnings]
    if any(amounts(care, period, "customer_periods").binned for period in PERIODS):
        said.append(_(BINNED))
    return tuple(dict.fromkeys(f"{note[:1].upper()}{note[1:]}." for note in said))
