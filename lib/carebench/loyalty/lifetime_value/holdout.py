"""Would the model have foretold the last third of the books from the first two thirds?

Nobody should believe a value ahead that has not been tried on a time that is over.
"""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame, from_row, quantity, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, date, number, percent
from ...methods.customer_value import (
    SEED,
    Ahead,
    drawn_totals,
    future_variance,
    interval,
    purchases,
    spending,
)
from ...queries import lifetimes as queries
from ...segmentation import books
from ...sources import Care
from ..company_wide import of_company
from . import model
from .model import Fitted
from .totals import FUTURES_OF, past

FITTED = 2 / 3  # of the time that the books cover
OFF = 0.20  # error beyond which values carry a warning
CLASSES = (0, 1, 2, 3, 5, 10)  # least number of repeat purchases
DRAWS = 100  # of the parameters
NOTHING = N_("nobody bought in the time that was to be foretold")
BEFORE_TOO_FEW = N_("fewer than 50 customers bought again in the first two thirds of the books")


@needs("transactions")
def lifetime_holdout(care: Care) -> Answer:
    """Purchases made and foretold in the last third of the books, week by week."""
    if reason := untried(care):
        return _not_tried(reason)
    rows = _by_week(care)
    all_ = errors(care)["purchases"]
    split, last = split_day(care), books.span(care)[1]
    return Finding(
        "lifetime-holdout",
        rows,
        headline=_headline(care),
        caption=_(
            "Both models were fitted to the books up to {split} and foretold the purchases of the "
            "{n} customers known then until {last}. Solid: made; dashed: foretold; the bar at the "
            "end is the {level} prediction interval for the total, with what is not known of the "
            "parameters and the chance of the future. A purchase is a day on which a customer "
            "bought."
        ).format(
            split=date(split),
            last=date(last),
            n=number(all_.n),
            level=percent(all_.confidence_level),
        ),
        alt=_("Two rising lines over {weeks} weeks: {made} purchases made, {foretold} foretold.")
        .format(
            weeks=number(len(rows) - 1),
            made=number(rows["made"].iloc[-1]),
            foretold=number(rows["foretold"].iloc[-1]),
        ),
        labels={
            "week": _("week"),
            "made": _("purchases made"),
            "foretold": _("purchases foretold"),
        },
        styles={"week": "count", "made": "count", "foretold": "count"},
        notes=of_company(care, "transactions"),
    )  # fmt: skip


@needs("transactions")
def lifetime_holdout_by_frequency(care: Care) -> Answer:
    """Purchases made and foretold by how often a customer had bought before."""
    if reason := untried(care):
        return _not_tried(reason)
    sums = _by_class(care)
    rows = sums[["bought_before", "customers", "made", "foretold"]].assign(
        error=sums["error"],
        earned=sums["earned"],
        foretold_money=sums["money"],
    )
    rows["difference"] = [words_of(error) for error in rows["error"]]
    rows["difference_of_money"] = [words_of(error) for error in sums["error_of_money"]]
    money = errors(care)["money"]
    text = _("Money: {made} of net revenue came in, {foretold} was foretold: the model {verdict}.")
    return Finding(
        "lifetime-holdout-classes",
        rows,
        headline=_headline(care),
        labels={
            "bought_before": _("days of purchase before"),
            "customers": _("customers"),
            "made": _("purchases made"),
            "foretold": _("purchases foretold"),
            "difference": _("the model"),
            "difference_of_money": _("of their money, it"),
        },
        styles={
            **dict.fromkeys(("customers", "made", "foretold"), "count"),
            **dict.fromkeys(("earned", "foretold_money"), care.study.currency),
            "error": "share",
        },
        notes=(
            text.format(
                made=_money(care, sums["earned"].sum()),
                foretold=_money(care, sums["money"].sum()),
                verdict=with_interval(money),
            ),
            _bound(care),
            *_classes_beyond(sums),
            *of_company(care, "transactions"),
        ),
    )


def untried(care: Care) -> str:
    """Why the models could not be tried on a later time; "" where they were."""
    found = model.fitted(care, split_day(care))
    if found.reason == model.TOO_FEW:
        return BEFORE_TOO_FEW
    if found.reason:
        return found.reason
    return "" if _by_class(care)["made"].sum() > 0 else NOTHING


def errors(care: Care) -> dict[str, Estimate]:
    """Foretold over made, less 1, of purchases and of money; only where not `untried`.

    The interval is that of the prediction: where it holds 0, chance alone may have made the
    error.
    """
    kept = care.once("holdout errors", lambda: _errors(care))
    return {row["what"]: from_row(row) for row in records(kept)}


def beyond(care: Care) -> list[str]:
    """Which of "purchases" and "money" the models missed by more than the bound."""
    return [
        what
        for what, error in errors(care).items()
        if error.value is not None and abs(error.value) > OFF
    ]


def once_beyond(care: Care) -> bool:
    """Whether what came of customers who had bought once was missed by more than the bound."""
    sums = _by_class(care)
    of_once = sums.loc[sums["group"] == 0, ["error", "error_of_money"]]
    return bool(of_once.abs().gt(OFF).any(axis=None))


def split_day(care: Care) -> dt.date:
    """The last day of the first two thirds of the books."""
    first, last = books.span(care)
    return first + dt.timedelta(days=math.floor((last - first).days * FITTED))


def _ahead(care: Care) -> Ahead:
    return Ahead(float((books.span(care)[1] - split_day(care)).days))


def _fitted(care: Care) -> Fitted:
    return model.fitted(care, split_day(care))


def _rows(care: Care) -> pd.DataFrame:
    """Histories up to the split, what followed, and what was foretold."""

    def make() -> pd.DataFrame:
        split, found = split_day(care), _fitted(care)
        table = model.table_of(care, split)
        sql = queries.holdout(table, split, weeks=model.in_weeks(care))
        rows = care.large.frame(sql)
        rows = rows.assign(
            spent=care.in_units(rows["spent"]),
            earned=care.in_units(rows["earned"]),
            group=np.searchsorted(CLASSES, rows["frequency"], side="right") - 1,
        )
        each, of = purchases(found.model, past(rows), _ahead(care)), past(rows)
        money = each * spending(found.spending, of) * found.net
        return rows.assign(foretold=each * of.customers, money=money)

    return care.once("holdout rows", make)


def _by_class(care: Care) -> pd.DataFrame:
    names = ["customers", "made", "foretold", "earned", "money"]
    sums = _rows(care).groupby("group", as_index=False)[names].sum()
    return sums.assign(
        bought_before=[_class_name(g) for g in sums["group"]],
        error=sums["foretold"] / sums["made"].where(sums["made"] > 0) - 1,
        error_of_money=sums["money"] / sums["earned"].where(sums["earned"] > 0) - 1,
    )


def _errors(care: Care) -> pd.DataFrame:
    found, rows, ahead = _fitted(care), _rows(care), _ahead(care)
    nobody_apart = np.zeros(len(rows), dtype=np.int64)
    of, level = past(rows), care.study.confidence_level
    draws = drawn_totals(found.buying, found.spend, of, ahead, nobody_apart, draws=DRAWS)
    money, times = draws.value[:, 0], draws.purchases[:, 0]
    n = int(rows["customers"].sum())
    variances = [n * v for v in _mean_variances(rows, found, ahead)]
    made, earned = float(rows["made"].sum()), float(rows["earned"].sum())
    predicted = {
        "purchases": (rows["foretold"].sum(), times, variances[1], made),
        "money": (rows["money"].sum(), money * found.net, variances[0] * found.net**2, earned),
    }
    return frame(
        (
            {"what": what},
            _relative(
                interval(
                    float(value), drawn, n, variance=var, unit="ratio", confidence_level=level
                ),
                truth,
            ),
        )
        for what, (value, drawn, var, truth) in predicted.items()
    )


def _mean_variances(rows: pd.DataFrame, found: Fitted, ahead: Ahead) -> tuple[float, float]:
    """What the future adds to the variance of money and purchases, a customer on average."""
    chance = rows["customers"].to_numpy(dtype=float)
    rng = np.random.default_rng(SEED)
    drawn = rng.choice(len(rows), min(FUTURES_OF, int(chance.sum())), p=chance / chance.sum())
    money, times = future_variance(found.model, found.spending, past(rows).part(drawn), ahead)
    return float(money.mean()), float(times.mean())


def _relative(predicted: Estimate, made: float) -> Estimate:
    """A prediction as its error against what was made."""
    if made <= 0 or predicted.value is None:
        return Estimate.absent(NOTHING, n=predicted.n, method=predicted.method)
    value, low, high = (
        None if v is None else v / made - 1
        for v in (predicted.value, predicted.low, predicted.high)
    )
    level = predicted.confidence_level
    return Estimate(value, low, high, predicted.n, predicted.method, "share", level)


def _by_week(care: Care) -> pd.DataFrame:
    """Cumulated purchases at the end of each week, and of the last the interval of the total."""
    split, rows, days = split_day(care), _rows(care), _ahead(care).days
    made = care.large.frame(queries.weeks_after(model.table_of(care, split), split))
    weeks = np.arange(math.ceil(days / 7) + 1)
    by_week = made.set_index("week")["made"].reindex(weeks, fill_value=0)
    found, of = _fitted(care), past(rows)
    foretold = [
        float((purchases(found.model, of, Ahead(min(7.0 * w, days))) * of.customers).sum())
        for w in weeks
    ]
    table = pd.DataFrame({"week": weeks, "made": by_week.cumsum().to_numpy(), "foretold": foretold})
    error, total = errors(care)["purchases"], float(rows["made"].sum())
    limits = (error.low, error.high) if error.low is not None else (np.nan, np.nan)
    for name, limit in zip(("low", "high"), limits, strict=True):
        table[name] = np.where(weeks == weeks[-1], (1 + (limit or 0.0)) * total, np.nan)
    return table


def _headline(care: Care) -> str:
    found = errors(care)
    text = _("Tried on the last third of the books, the model {purchases}; of money, it {money}")
    return text.format(
        purchases=with_interval(found["purchases"]), money=with_interval(found["money"])
    )


def with_interval(error: Estimate) -> str:
    """An error with its interval, in words."""
    if error.value is None:
        return _("cannot be tried")
    if error.low is None:
        return words_of(error.value)
    text = _("{words} (prediction interval {interval})")
    return text.format(words=words_of(error.value), interval=error.interval_text())


def words_of(error: float) -> str:
    """An error with its sign in words."""
    if math.isnan(error):
        return "–"
    if abs(error) < 0.005:
        return _("is right to the per cent")
    text = _("under-predicts by {share}") if error < 0 else _("over-predicts by {share}")
    return text.format(share=percent(abs(error)))


def _bound(care: Care) -> str:
    if beyond(care):
        text = _(
            "The error is beyond {bound}: every value that rests on this model carries a warning."
        )
    else:
        text = _("The error is within {bound}, the bound beyond which values carry a warning.")
    return text.format(bound=percent(OFF))


def _classes_beyond(sums: pd.DataFrame) -> list[str]:
    """The classes of customers of whom the model missed purchases or money by too much."""
    beyond = sums[sums[["error", "error_of_money"]].abs().gt(OFF).any(axis=1)]
    if beyond.empty:
        return []
    text = _("By class the error is beyond {bound} where the days of purchase before are: {names}.")
    names = "; ".join(beyond["bought_before"])
    return [text.format(bound=percent(OFF), names=names)]


def _class_name(group: int) -> str:
    """The days of purchase of a class, the first one counted."""
    least = CLASSES[group] + 1
    if group == len(CLASSES) - 1:
        return _("{low} or more").format(low=number(least))
    most = CLASSES[group + 1]
    if least == most:
        return number(least)
    return _("{low} to {high}").format(low=number(least), high=number(most))


def _not_tried(reason: str) -> Skipped:
    text = _("The model of lifetime value could not be tried on a later time: {reason}.")
    return Skipped(text.format(reason=_(reason)))


def _money(care: Care, amount: float) -> str:
    return quantity(float(amount), care.study.currency)
