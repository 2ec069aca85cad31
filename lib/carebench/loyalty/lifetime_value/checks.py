"""What the models take for granted, looked at in the company's own books."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.least_squares import pearson
from ...methods.likelihood import Maximum
from ...sources import Care
from ..company_wide import of_company
from . import holdout, model
from .totals import BANDS, ONCE, group_totals, individuals

LARGEST = 0.1  # correlation of frequency and spending from which on they are not independent
SHARE_OF_MODEL = 0.5  # of the value, that rests on customers who never bought again
TOO_FAR = 2.0  # times the length of the books, beyond which the horizon is a guess

NOT_TRIED = N_("the models could not be tried on a later time")
TRIED_BADLY = N_("tried on the last third of the books, the models were off by more than 20%")
NOT_INDEPENDENT = N_(
    "how often and how much customers buy go together, which the models take as unrelated"
)
ONCE_OFF = N_(
    "tried on the last third of the books, what came of those who had bought once was off by more "
    "than 20%"
)
GAP = N_(
    "for longer than it takes a customer to count as lost nothing was sold at all: a date may be "
    "wrong, and every value rests on the last one"
)
MODEL_ALONE = N_(
    "most of the value is of customers who bought once, of whom the model alone speaks"
)
FAR = N_("the horizon is more than twice as long as the books")

PARAMETERS = {"BG/NBD": ("r", "alpha", "a", "b"), "gamma–gamma": ("p", "q", "gamma")}
MEANING = {
    "BG/NBD": (
        N_("how alike customers are in how often they buy: larger is more alike"),
        N_("days; over r, the days from one purchase to the next"),
        N_("over a + b, the chance of leaving after a purchase"),
        N_("how alike customers are in that chance: larger is more alike"),
    ),
    "gamma–gamma": (
        N_("how steady one customer’s spending is: larger is steadier"),
        N_("how alike customers are in what they spend: larger is more alike"),
        N_("the scale of spending"),
    ),
}
DELTA = N_("observed information, lognormal")
HOLDS, FAILS, UNKNOWN = N_("holds"), N_("does not hold"), N_("cannot tell")


@needs("transactions")
def value_checks(care: Care) -> Answer:
    """What the models take for granted, and whether it holds in these books."""
    found = model.fitted(care)
    if found.reason:
        text = _("No lifetime value can be given: {reason}.")
        return Skipped(text.format(reason=_(found.reason)))
    rows = pd.DataFrame([*_tried(care), *_taken_for_granted(care)])
    failed = int((rows["result"] == FAILS).sum())
    rows["verdict"] = [_(state) for state in rows["result"]]
    text = _("Not all that the values rest on holds in these books: {failed} of {n} fail")
    if not failed:
        text = _("None of the {n} things that the values rest on is contradicted by these books")
    return Finding(
        "value-checks",
        rows,
        headline=text.format(n=number(len(rows)), failed=number(failed)),
        labels={
            "check": _("what the values rest on"),
            "found": _("found"),
            "bound": _("bound"),
            "verdict": _("verdict"),
        },
        notes=(
            _(
                "Purchases are days on which a customer bought; refunds are taken off the day on "
                "which they fall, and those on other days off all values alike. Time runs from a "
                "customer’s first purchase in the books. {n} customers bought again."
            ).format(n=number(found.people["again"])),
            _(
                "The correlation is Pearson’s; its interval allows for spending that spreads less "
                "the more purchases it is the mean of (least squares, HC3)."
            ),
            *fitted_to_words(care),
            *_why_it_matters(care),
            *of_company(care, "transactions"),
        ),
    )


@needs("transactions")
def lifetime_model(care: Care) -> Answer:
    """The parameters of both models with their intervals, for whoever wants to check them."""
    found = model.fitted(care)
    if found.reason:
        text = _("No lifetime value can be given: {reason}.")
        return Skipped(text.format(reason=_(found.reason)))
    level = care.study.confidence_level
    sources = (
        (found.buying, found.to["customers"], "BG/NBD"),
        (found.spend, found.to["paid"], "gamma–gamma"),
    )
    estimates = []
    for maximum, n, name in sources:
        for at in range(len(maximum.parameters)):
            keys = {
                "model": name,
                "parameter": PARAMETERS[name][at],
                "meaning": _(MEANING[name][at]),
            }
            estimates.append((keys, _with_interval(maximum, at, n, level)))
    text = _("The models: a customer buys every {days} days on average while it is one")
    days = found.model.alpha / found.model.r
    return Finding(
        "lifetime-model",
        frame(estimates),
        headline=text.format(days=number(days)),
        labels={
            "parameter": _("parameter"),
            "meaning": _("what it stands for"),
            "value": _("estimate"),
        },
        notes=(
            _("Times are in days, money is in {currency}. Log-likelihood: {models}.").format(
                currency=care.study.currency,
                models="; ".join(
                    f"{name} {number(maximum.log_likelihood, 1)}" for maximum, _n, name in sources
                ),
            ),
            *fitted_to_words(care),
            *of_company(care, "transactions"),
        ),
    )


def fitted_to_words(care: Care) -> tuple[str, ...]:
    """Whom the models were fitted to, where that is not everybody they value."""
    found = model.fitted(care)
    if found.to["customers"] == found.bought:
        return ()
    return (
        _(
            "The models are fitted to the {n} customers who are new: who came after the books "
            "began or, where no day is known, whose first purchase comes {months} months or more "
            "after that. The other {others} are valued by the same models, from their first "
            "purchase in the books on: since when they buy is not known."
        ).format(
            n=number(found.to["customers"]),
            others=number(found.bought - found.to["customers"]),
            months=number(model.run_in_months(care)),
        ),
    )


def warnings(care: Care) -> tuple[str, ...]:
    """What a reader of any value must know, as English messages; only where models are fitted."""
    found = [GAP] if model.longest_gap(care) > care.study.loyalty.churn_days else []
    to = model.fitted(care)
    if model.rests_on_older(care):
        found.append(model.OLDER_TOO)
    elif to.to["customers"] < to.bought / 2:
        found.append(model.MOST_OLDER)
    if holdout.untried(care):
        found.append(NOT_TRIED)
    elif holdout.beyond(care):
        found.append(TRIED_BADLY)
    if _independent(correlation(care)) == FAILS:
        found.append(NOT_INDEPENDENT)
    if share_of_once(care) > SHARE_OF_MODEL:
        found.append(MODEL_ALONE)
    if times_too_far(care) > TOO_FAR:
        found.append(FAR)
    return tuple(found)


def warnings_of_once(care: Care) -> tuple[str, ...]:
    """The same of the value of customers who bought on one day only."""
    told = warnings(care)
    tried = NOT_TRIED not in told and TRIED_BADLY not in told
    return (*told, ONCE_OFF) if tried and holdout.once_beyond(care) else told


def correlation(care: Care) -> Estimate:
    """Pearson's, of repeat purchases and mean spending, among who bought again.

    Not of ranks: spending is skewed, and a mean of more purchases less so. In books that the
    model itself makes, ranks go together by .04 and more.
    """
    rows = individuals(care)
    again = rows[(rows["frequency"] > 0) & (rows["spent"] > 0)]
    each = again["spent"] / again["frequency"]
    return pearson(again["frequency"], each, confidence_level=care.study.confidence_level)


def _independent(found: Estimate) -> str:
    """Whether spending goes with frequency no more than a little; only as far as it is known."""
    if found.value is None or found.low is None or found.high is None:
        return UNKNOWN
    if abs(found.value) >= LARGEST and not found.low <= 0 <= found.high:
        return FAILS
    return HOLDS if -LARGEST < found.low and found.high < LARGEST else UNKNOWN


def share_of_once(care: Care) -> float:
    """What share of the value is of customers without a repeat purchase."""
    rows = group_totals(care)
    total = float(rows["value"].sum())
    return (
        float(rows.loc[rows["band"] == BANDS.index(ONCE), "value"].sum()) / total if total else 0.0
    )


def times_too_far(care: Care) -> float:
    """The horizon over the length of the books."""
    return model.ahead(care).days / max(model.span_days(care), 1)


def _tried(care: Care) -> list[dict[str, str]]:
    names = {
        "purchases": _("purchases of the last third of the books are foretold from the rest"),
        "money": _("so is the money they brought"),
    }
    bound = _("within {bound}").format(bound=percent(holdout.OFF))
    if reason := holdout.untried(care):
        return [_row(name, _(reason), bound, UNKNOWN) for name in names.values()]
    rows = []
    for what, error in holdout.errors(care).items():
        if error.value is None:
            rows.append(_row(names[what], _(error.reason), bound, UNKNOWN))
            continue
        state = FAILS if abs(error.value) > holdout.OFF else HOLDS
        rows.append(_row(names[what], holdout.with_interval(error), bound, state))
    return rows


def _taken_for_granted(care: Care) -> list[dict[str, str]]:
    r, once, far = correlation(care), share_of_once(care), times_too_far(care)
    times = _("{n} times")
    return [
        _row(
            _("what is spent on a purchase does not go with how often (correlation)"),
            str(r),
            _("below {bound}").format(bound=number(LARGEST, 2)),
            _independent(r),
        ),
        _row(
            _("little of the value is of customers who bought on one day only"),
            percent(once),
            _("at most {bound}").format(bound=percent(SHARE_OF_MODEL)),
            FAILS if once > SHARE_OF_MODEL else HOLDS,
        ),
        _row(
            _("the horizon is not far beyond the length of the books"),
            times.format(n=number(far, 2)),
            _("at most {bound}").format(bound=times.format(n=number(TOO_FAR))),
            FAILS if far > TOO_FAR else HOLDS,
        ),
    ]


def _row(check: str, found: str, bound: str, state: str) -> dict[str, str]:
    return {"check": check, "found": found, "bound": bound, "result": state}


def _why_it_matters(care: Care) -> list[str]:
    """What a failed check means for the values."""
    r = correlation(care)
    if r.value is None or _independent(r) != FAILS:
        return []
    if r.value > 0:
        return [_(
            "Who buys more often spends more on a purchase: the model expects of frequent "
            "customers what they spent, yet of those it knows little of too much like all others."
        )]  # fmt: skip
    return [_(
        "Who buys more often spends less on a purchase: of customers it knows little of the "
        "model expects too much like all others."
    )]  # fmt: skip


def _with_interval(found: Maximum, at: int, n: int, level: float) -> Estimate:
    from scipy.special import ndtri

    value, error = float(found.parameters[at]), float(np.sqrt(found.covariance[at, at]))
    factor = float(np.exp(ndtri((1 + level) / 2) * error))
    return Estimate(value, value / factor, value * factor, n, DELTA, "score", level)
