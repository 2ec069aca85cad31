"""Who moved from one value tier to another between two periods, with chance beside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import queries
from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number
from ..methods.migration import expected_by_chance, staying
from ..methods.proportions import proportion
from ..sources import Care
from .books import (
    Periods,
    customer_months,
    first_whole_month,
    last_whole_month,
    month_name,
    period_months,
    periods,
)
from .dominance import largest_part
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
    both = before[:, : len(TIERS)]
    kappa = staying(both, confidence_level=care.study.confidence_level)
    return Finding(
        "migration",
        _cells(counts),
        headline=_staying_in_words(both, kappa),
        caption=_about_the_grid(found, kappa),
        alt=_("A grid of tiers before and after. Stayed: {rows}.").format(rows=_stayed(both)),
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
    """How many of each tier stayed, how many brought nothing, and what these had brought."""
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
        headline=_lost_in_words(table, found),
        caption=_(
            "Customers by their tier in {earlier}, and where they stood in {later}. The intervals "
            "of who left take the customers as a sample of customers like them."
        ).format(earlier=period_name(found.earlier), later=period_name(found.later)),
        labels={
            "tier": _("tier before"),
            "value": _("no revenue after"),
            "revenue_lost": _("revenue these had brought"),
            "stayed": _("stayed in it"),
            "by_chance": _("by chance"),
        },
        styles={
            "stayed": "share",
            "by_chance": "share",
            "lost": "count",
            "revenue_lost": care.study.currency,
        },
        notes=(_newcomers(care), _(BY_ITSELF)),
    )


def _too_short(care: Care) -> str:
    """Why two periods cannot be compared, and what would make it possible."""
    asked = period_months(care)
    longest = (last_whole_month(care) - first_whole_month(care) + 1) // 2
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


def _chance(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Customers in each cell by chance, as `counts`: it says nothing of who leaves or comes."""
    tiers = len(TIERS)
    chance = np.full(counts.shape, np.nan)
    chance[:tiers, :tiers] = expected_by_chance(counts[:tiers, :tiers])
    return chance


def _cells(counts: npt.NDArray[np.float64]) -> pd.DataFrame:
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
            "chance": _of(_chance(counts).ravel(), totals.ravel()),
        }
    )
    return table.iloc[:-1]


def _loss_table(care: Care) -> pd.DataFrame:
    """A row per tier and one of all of them; the estimate is of the share that left."""
    counts = _matrix(care, "customers")[: len(TIERS)]
    brought, most = (
        _matrix(care, what)[: len(TIERS), -1] for what in ("revenue_earlier", "most_earlier")
    )
    lost = np.append(counts[:, -1], counts[:, -1].sum()).astype(int)
    n = np.append(counts.sum(axis=1), counts.sum()).astype(int)
    stayed, chance = (np.append(x, x.sum()) for x in map(np.diag, (counts, _chance(counts))))
    level = care.study.confidence_level
    shares = [proportion(k, of, confidence_level=level) for k, of in zip(lost, n, strict=True)]
    names = [*map(_, TIERS), _("all tiers")]
    money = care.in_units(pd.Series(np.append(brought, brought.sum())))
    largest = care.in_units(pd.Series(np.append(most, most.max())))
    return frame(({"tier": name}, share) for name, share in zip(names, shares, strict=True)).assign(
        lost=lost,
        revenue_lost=money,
        largest_part=largest_part(money, largest),
        stayed=_of(stayed, n),
        by_chance=_of(chance, n),
    )


def _about_the_grid(found: Periods, kappa: Estimate) -> str:
    return _(
        "Rows: the tier in {earlier}. Columns: the tier in {later}. Tiers are cut within each "
        "period among those with revenue in it. In each cell: customers and their share of the "
        "row; in brackets, for those with revenue in both periods, the share to be expected if "
        "the tier before told nothing of the tier after (row total × column total). “No revenue” "
        "is net, after refunds; the last row are new customers and those who came back. Cohen’s "
        "kappa of those with revenue in both periods: {kappa}."
    ).format(earlier=period_name(found.earlier), later=period_name(found.later), kappa=kappa)


def _stayed(both: npt.NDArray[np.float64]) -> str:
    """How many of each tier stayed in it, for those who cannot see the grid."""
    return "; ".join(
        f"{_(tier)} {number(both[i, i])}/{number(both[i].sum())}" for i, tier in enumerate(TIERS)
    )


def _staying_in_words(both: npt.NDArray[np.float64], kappa: Estimate) -> str:
    if not kappa.n:
        return _("Nobody had revenue in both periods, so nobody can have stayed in a tier")
    if kappa.low is None or kappa.high is None:
        text = _(
            "Of {n} customers with revenue in both periods {stayed} stayed in their tier; by "
            "chance it would be {chance}, and whether that differs cannot be told"
        )
    elif kappa.low > 0:
        text = _(
            "Of {n} customers with revenue in both periods {stayed} stayed in their tier, clearly "
            "more than the {chance} to be expected by chance"
        )
    elif kappa.high < 0:
        text = _(
            "Of {n} customers with revenue in both periods {stayed} stayed in their tier, clearly "
            "fewer than the {chance} to be expected by chance"
        )
    else:
        text = _(
            "Of {n} customers with revenue in both periods {stayed} stayed in their tier, not "
            "distinguishable from the {chance} to be expected by chance"
        )
    chance = float(np.trace(expected_by_chance(both)))
    return text.format(
        n=number(kappa.n), stayed=number(float(np.trace(both))), chance=number(chance)
    )


def _lost_in_words(table: pd.DataFrame, found: Periods) -> str:
    special, every = records(table)[0], records(table)[-1]
    earlier, later = period_name(found.earlier), period_name(found.later)
    if not special["lost"]:
        text = _("Special customers of {earlier}: {n}, and all brought revenue in {later}")
        return text.format(n=number(special["n"]), earlier=earlier, later=later)
    if special["n"] == 1:
        text = _(
            "The one special customer of {earlier} brought no revenue in {later}, and may have "
            "paused anyway; of all customers {all} brought none"
        )
        all_of_them = from_row(every).value_text()
        return text.format(earlier=earlier, later=later, all=all_of_them)
    return _(
        "{lost} of {n} special customers of {earlier} brought no revenue in {later}, and some "
        "would have paused anyway: {share}, against {all} of all customers"
    ).format(
        lost=number(special["lost"]),
        n=number(special["n"]),
        earlier=earlier,
        later=later,
        share=_("{value} ({interval})").format(
            value=from_row(special).value_text(), interval=from_row(special).interval_text()
        ),
        all=from_row(every).value_text(),
    )


def _newcomers(care: Care) -> str:
    came = _matrix(care, "customers")[-1, : len(TIERS)]
    text = _(
        "Customers without revenue in the earlier period and with some in the later one, new or "
        "back again: {n}; special at once: {special}."
    )
    return text.format(n=number(came.sum()), special=number(came[0]))
