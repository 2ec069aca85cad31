"""Who moved from one value tier to another between two periods, with chance beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import queries
from ..estimate import Estimate, quantity
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, money, number
from ..methods.migration import expected_by_chance, staying
from ..sources import Care
from .books import Periods, customer_months, month_name, month_number, periods, span
from .revenue import COMPLETE
from .tiers import TIERS, tier_of

CODES = (*TIERS, queries.NO_REVENUE)
NAMES = {**{tier: tier for tier in TIERS}, queries.NO_REVENUE: N_("no revenue")}
BY_ITSELF = N_(
    "Part of who is special in one period is luck: some special customers fall back and some "
    "small ones rise whatever care they get (regression to the mean). That the top tier loses "
    "members is therefore no sign of bad care by itself."
)


def customer_periods(care: Care) -> Periods | Skipped:
    """The two periods that are compared, for which the table `customer_periods` is kept."""
    found = periods(care)
    if found is None:
        return Skipped(_too_short(care))
    customer_months(care)
    care.keep("customer_periods", queries.customer_periods(found.earlier, found.later))
    return found


def tiers_of_periods(care: Care) -> tuple[str, str]:
    """A customer's tier in the earlier and in the later period, as SQL over `customer_periods`."""
    earlier, later = (tier_of(care, name, "customer_periods") for name in ("earlier", "later"))
    return earlier, later


def period_name(months: tuple[int, int]) -> str:
    """A period as 2025-07 to 2025-12, or as its one month."""
    first, last = map(month_name, months)
    return first if first == last else _("{low} to {high}").format(low=first, high=last)


@needs("transactions")
def migration(care: Care) -> Answer:
    """From which tier to which the customers moved, and how many would by chance."""
    found = customer_periods(care)
    if isinstance(found, Skipped):
        return found
    counts = _matrix(care, "customers")
    before = counts[: len(TIERS)]
    if not before.sum():
        text = _("Nobody brought revenue in {period}, so nobody can have moved since.")
        return Skipped(text.format(period=period_name(found.earlier)))
    square = np.vstack([before, np.zeros(len(CODES))])
    kappa = staying(square, confidence_level=care.study.confidence_level)
    chance = expected_by_chance(square)
    return Finding(
        "migration",
        _cells(counts, chance),
        headline=_staying_in_words(square, chance, kappa),
        caption=_about_the_grid(found, kappa),
        alt=_("A grid of tiers before and after. Stayed: {rows}.").format(rows=_stayed(square)),
        labels={
            "earlier": _("tier before"),
            "later": _("tier after"),
            "customers": _("customers"),
            "share": _("share of the row"),
            "chance": _("by chance"),
        },
        styles={"customers": "count", "share": "share", "chance": "share"},
        notes=(_(COMPLETE), _(BY_ITSELF)),
    )


@needs("transactions")
def losses(care: Care) -> Answer:
    """How many of each tier stayed, how many bought nothing more, and what these had brought."""
    found = customer_periods(care)
    if isinstance(found, Skipped):
        return found
    moved = migration(care)
    if isinstance(moved, Skipped):
        return moved
    table = _loss_table(care)
    return Finding(
        "losses",
        table,
        headline=_lost_in_words(care, table.iloc[0], found),
        caption=_("Customers by their tier in {earlier}, and where they stood in {later}.").format(
            earlier=period_name(found.earlier), later=period_name(found.later)
        ),
        labels={
            "tier": _("tier before"),
            "customers": _("customers"),
            "lost": _("no revenue after"),
            "revenue_lost": _("revenue these had brought"),
            "stayed": _("stayed in it"),
            "by_chance": _("by chance"),
        },
        styles={
            "customers": "count",
            "stayed": "share",
            "by_chance": "share",
            "lost": "count",
            "revenue_lost": care.study.currency,
        },
        notes=(_newcomers(care), _(BY_ITSELF)),
    )


def _too_short(care: Care) -> str:
    """Why two periods cannot be compared, and what would make it possible."""
    asked = care.study.segmentation.period_months
    first, last = map(month_number, span(care))
    longest = (last - first + 1) // 2
    words = _("The books do not cover two whole periods of {n} months, so they are not compared.")
    if asked == 1:
        words = _("The books do not cover two whole months, so they are not compared.")
    if not 0 < longest < asked:
        return words.format(n=number(asked))
    advice = _("A shorter segmentation.period_months in the study file, at most {n}, may do.")
    return f"{words.format(n=number(asked))} {advice.format(n=number(longest))}"


def _matrix(care: Care, what: str) -> npt.NDArray[np.float64]:
    """`what` by tier in the earlier period (rows) and in the later one, as `CODES` has them."""
    moved = care.once("moves", lambda: care.large.frame(queries.moves(*tiers_of_periods(care))))
    grid = np.zeros((len(CODES), len(CODES)))
    for before, after, number_of in zip(
        moved["tier_earlier"], moved["tier_later"], moved[what], strict=True
    ):
        grid[CODES.index(before), CODES.index(after)] = number_of
    return grid


def _of(part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))


def _cells(counts: npt.NDArray[np.float64], chance: npt.NDArray[np.float64]) -> pd.DataFrame:
    """A row per cell; that of customers with revenue in neither period is left out."""
    totals = np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape).copy()
    totals[-1] -= counts[-1, -1]
    names = [_(NAMES[code]) for code in CODES]
    table = pd.DataFrame(
        {
            "earlier": np.repeat(names, len(CODES)),
            "later": names * len(CODES),
            "customers": counts.ravel().astype(int),
            "share": _of(counts.ravel(), totals.ravel()),
            "chance": _of(chance.ravel(), np.where(chance.ravel() > 0, totals.ravel(), 0)),
        }
    )
    return table.iloc[:-1]


def _loss_table(care: Care) -> pd.DataFrame:
    counts = _matrix(care, "customers")[: len(TIERS)]
    brought = _matrix(care, "revenue_earlier")[: len(TIERS)]
    n, chance = counts.sum(axis=1), expected_by_chance(counts)
    return pd.DataFrame(
        {
            "tier": [_(tier) for tier in TIERS],
            "customers": n.astype(int),
            "lost": counts[:, -1].astype(int),
            "revenue_lost": care.in_units(pd.Series(brought[:, -1])),
            "stayed": _of(np.diag(counts), n),
            "by_chance": _of(np.diag(chance), n),
        }
    )


def _about_the_grid(found: Periods, kappa: Estimate) -> str:
    return _(
        "Rows: the tier in {earlier}. Columns: the tier in {later}. Tiers are cut within each "
        "period among those with revenue in it. In each cell: customers, their share of the "
        "row, and in brackets the share to be expected if the tier before told nothing (row "
        "total × column total). “No revenue” is net, after refunds; the last row are new "
        "customers and those who came back. Cohen’s kappa {kappa}."
    ).format(earlier=period_name(found.earlier), later=period_name(found.later), kappa=kappa)


def _stayed(square: npt.NDArray[np.float64]) -> str:
    """How many of each tier stayed in it, for those who cannot see the grid."""
    return "; ".join(
        f"{_(tier)} {number(square[i, i])}/{number(square[i].sum())}"
        for i, tier in enumerate(TIERS)
    )


def _staying_in_words(
    square: npt.NDArray[np.float64], chance: npt.NDArray[np.float64], kappa: Estimate
) -> str:
    stayed, n = float(np.trace(square)), float(square.sum())
    if kappa.low is None or kappa.high is None:
        text = _(
            "{stayed} of {n} customers stayed in their tier; by chance it would be {chance}, and "
            "whether that differs cannot be told"
        )
    elif kappa.low > 0:
        text = _(
            "{stayed} of {n} customers stayed in their tier, clearly more than the {chance} to be "
            "expected by chance"
        )
    elif kappa.high < 0:
        text = _(
            "{stayed} of {n} customers stayed in their tier, clearly fewer than the {chance} to be "
            "expected by chance"
        )
    else:
        text = _(
            "{stayed} of {n} customers stayed in their tier, not distinguishable from the {chance} "
            "to be expected by chance"
        )
    return text.format(stayed=number(stayed), n=number(n), chance=number(float(np.trace(chance))))


def _lost_in_words(care: Care, special: pd.Series[Any], found: Periods) -> str:
    n, lost = number(special["customers"]), number(special["lost"])
    if not special["lost"]:
        text = _("Special customers of {earlier}: {n}, and all brought revenue again")
        return text.format(n=n, earlier=period_name(found.earlier))
    brought = care.in_units(pd.Series(_matrix(care, "revenue_earlier")[0])).sum()
    return _(
        "{lost} of {n} special customers brought no revenue any more; in {earlier} they had "
        "brought {revenue}, {share} of their tier’s"
    ).format(
        lost=lost,
        n=n,
        earlier=period_name(found.earlier),
        revenue=money(special["revenue_lost"], care.study.currency),
        share=quantity(special["revenue_lost"] / brought, "share"),
    )


def _newcomers(care: Care) -> str:
    came = _matrix(care, "customers")[-1, : len(TIERS)]
    text = _(
        "{n} customers had no revenue in the earlier period and have some in the later one: new, "
        "or back again. {special} of them are special at once."
    )
    return text.format(n=number(came.sum()), special=number(came[0]))
