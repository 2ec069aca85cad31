"""Whether an effort to keep customers is worth what it costs, and what that hangs on."""

from __future__ import annotations

import math

import pandas as pd

from ...estimate import Estimate, frame, from_row, quantity, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.break_even import KEPT, KEPT_WITHOUT, WORTH, BreakEven, Swing, break_even
from ...methods.incremental import NO_SPENDING
from ...sources import Care
from ..lifetime_value.worth import worth_of_contract, worth_of_customer
from .keeping import read

BROUGHT = {"purchases": N_("purchases"), "contract": N_("contracts")}
INPUTS = {
    KEPT: N_("share kept with the effort"),
    KEPT_WITHOUT: N_("share kept without it"),
    WORTH: N_("what a kept customer is still worth"),
}
NO_MARGIN = N_(
    "The study gives no margin: without it nobody can say what a kept customer is worth. Give the "
    "share of revenue left after the cost of goods: margin = 0.30 under [loyalty]."
)
NO_WORTH = N_(
    "What a kept customer is still worth is not known ({reason}). It needs sales with repeat "
    "purchases, or contracts with charges of which some have ended."
)


@needs("retention_trials", "arm", "retained")
def worthwhile(care: Care) -> Answer:
    """The most that is worth spending to keep a customer, beside what was spent, by trial."""
    asked = _worth(care)
    if isinstance(asked, Skipped):
        return asked
    trials, (kind, worth) = read(care), asked
    if not trials.by_name:
        return Skipped(_("No trial has both customers with the effort and customers without it."))
    found = [(name, trial, break_even(trial, worth)) for name, trial in trials.by_name.items()]
    currency = care.study.currency
    rows = frame(
        (
            {
                "trial": name,
                "verdict": _verdict(trial.extra_spend, result),
                "spent": "–" if math.isnan(trial.extra_spend)
                else quantity(trial.extra_spend, currency),
                "net_gain": result.gain.value, "net_gain_low": result.gain.low,
                "net_gain_high": result.gain.high, "chance_of_gain": result.likely,
            },
            result.worthwhile,
        )
        for name, trial, result in found
    )  # fmt: skip
    return Finding(
        "worthwhile",
        rows,
        headline=_headline(rows),
        caption=_caption(care),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['trial']} {from_row(row)}" for row in records(rows))
        ),
        labels={
            "trial": _("trial"),
            "verdict": _("verdict"),
            "spent": _("was spent on each"),
            "value": _("worth spending on each, at most"),
        },
        notes=(
            *_worth_notes(care, kind, worth),
            *trials.notes,
            *care.not_limited("retention_trials"),
        ),
    )


@needs("retention_trials", "arm", "retained", "spend")
def tornado(care: Care) -> Answer:
    """What each input alone, and all together, do to the net gain of the largest trial."""
    asked = _worth(care)
    if isinstance(asked, Skipped):
        return asked
    largest = read(care).largest
    if not largest:
        return Skipped(_("No trial has both customers with the effort and customers without it."))
    name, trial = largest
    if math.isnan(trial.extra_spend):
        return Skipped(_("The largest trial does not say what the effort cost."))
    kind, worth = asked
    found = break_even(trial, worth)
    rows = _swing_rows(care, name, found)
    currency = care.study.currency
    return Finding(
        "tornado",
        rows,
        headline=_(
            "{trial}: net gain {gain} for each customer with the effort; a gain in {likely} of "
            "the draws"
        ).format(trial=name, gain=found.gain, likely=_chance(found.likely)),
        caption=_(
            "Net gain for each customer with the effort: (share kept with it − share kept without "
            "it) × what a kept customer is still worth, from {kind}, − {spent} spent. A bar moves "
            "one input from its 10th to its 90th percentile while the others rest, which ignores "
            "that they vary together; the lowest bar lets all vary at once ({level} interval). "
            "Margin, discount rate and horizon are the study’s own and do not vary."
        ).format(
            kind=_(BROUGHT[kind]),
            spent=quantity(trial.extra_spend, currency),
            level=percent(care.study.confidence_level),
        ),
        alt=_("Bars about a net gain of {gain}: {rows}.").format(
            gain=found.gain.value_text(),
            rows="; ".join(f"{row['input']}: {row['gains']}" for row in records(rows)),
        ),
        labels={
            "input": _("what varies"),
            "range": _("from … to"),
            "gains": _("net gain for each customer"),
        },
        notes=_worth_notes(care, kind, worth),
    )


def retention_line(care: Care) -> str:
    """What retention is worth, in one sentence for the answer; "" where it cannot be said."""
    found = tornado(care)
    if isinstance(found, Skipped):
        return ""
    row = records(found.rows)[-1]
    gain = Estimate(
        row["gain_at_rest"],
        row["gain_at_low"],
        row["gain_at_high"],
        int(row["n"]),
        "",
        care.study.currency,
    ).emphasised()
    return _("{trial}: net gain {gain} for each customer with the effort: **{verdict}**.").format(
        trial=row["trial"], gain=gain, verdict=row["conclusion"]
    )


def _worth(care: Care) -> tuple[str, Estimate] | Skipped:
    """What a kept customer is worth and where that comes from, or why nobody can say.

    Purchases come first: they are of all customers, contracts of some.
    """
    if not care.study.loyalty.margin:
        return Skipped(_(NO_MARGIN))
    asked = {"purchases": worth_of_customer(care), "contract": worth_of_contract(care)}
    for kind, worth in asked.items():
        if _usable(worth):
            return kind, worth
    reasons = dict.fromkeys(_(worth.reason) for worth in asked.values() if worth.reason)
    return Skipped(_(NO_WORTH).format(reason="; ".join(reasons) or _("no interval")))


def _usable(worth: Estimate) -> bool:
    if worth.value is None or worth.low is None or worth.high is None:
        return False
    return worth.value > 0 and math.isfinite(worth.high - worth.low)


def _verdict(spend: float, result: BreakEven) -> str:
    return _(NO_SPENDING) if math.isnan(spend) else _(result.verdict)


def _headline(rows: pd.DataFrame) -> str:
    parts = [
        _("{trial}: {verdict}").format(trial=row["trial"], verdict=row["verdict"])
        for row in records(rows)[:4]
    ]
    return _("Was it worth the cost? {verdicts}").format(verdicts=". ".join(parts))


def _caption(care: Care) -> str:
    return _(
        "Worth spending at most: (share kept with the effort − share kept without it) × what a "
        "kept customer is still worth, for each customer with the effort. {level} intervals let "
        "both vary at once. Worth it: the interval of the net gain lies above zero; not worth it: "
        "below; else nobody can tell."
    ).format(level=percent(care.study.confidence_level))


def _worth_notes(care: Care, kind: str, worth: Estimate) -> tuple[str, ...]:
    """What a kept customer is taken to be worth, with all that it was computed from."""
    settings = care.study.loyalty
    return (
        _(
            "A kept customer is still worth {worth}, from {kind}: margin ({margin} of revenue) "
            "expected over {months} months, discounted at {rate} a year."
        ).format(
            worth=worth,
            kind=_(BROUGHT[kind]),
            margin=percent(settings.margin),
            months=number(settings.horizon_months),
            rate=percent(settings.discount_rate, 1),
        ),
        _(
            "Whoever is kept is taken to be worth as much as an average customer. Those whom an "
            "effort keeps may be worth less, and may leave sooner."
        ),
        *map(_, worth.warnings),
    )


def _chance(likely: float) -> str:
    """A share of draws; of so many, no share is certain."""
    if likely > 0.999:
        return _("more than {share}").format(share=percent(0.999, 1))
    if likely < 0.001:
        return _("less than {share}").format(share=percent(0.001, 1))
    return percent(likely)


def _swing_rows(care: Care, name: str, found: BreakEven) -> pd.DataFrame:
    currency, gain = care.study.currency, found.gain
    rows = [
        {
            "input": _(INPUTS[swing.name]),
            "range": _range(swing, currency),
            **_gains(swing.low, swing.high, currency),
            "joint": False,
        }
        for swing in found.swings
    ]
    rows.append(
        {
            "input": _("all of them together"),
            "range": "–",
            **_gains(gain.low or 0.0, gain.high or 0.0, currency),
            "joint": True,
        }
    )
    return pd.DataFrame(rows).assign(
        gain_at_rest=gain.value, n=gain.n, chance_of_gain=found.likely, unit=currency,
        trial=name, conclusion=_(found.verdict),
    )  # fmt: skip


def _range(swing: Swing, currency: str) -> str:
    unit, digits = (currency, None) if swing.name == WORTH else ("share", 1)
    low, high = (quantity(x, unit, digits) for x in (swing.input_low, swing.input_high))
    return _("{low} to {high}").format(low=low, high=high)


def _gains(one: float, other: float, currency: str) -> dict[str, float | str]:
    """The gain at both ends of what varies, the lower first in words."""
    low, high = (quantity(gain, currency) for gain in sorted((one, other)))
    words = _("{low} to {high}").format(low=low, high=high)
    return {"gains": words, "gain_at_low": one, "gain_at_high": other}
