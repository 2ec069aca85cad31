"""Whether an effort to keep customers is worth what it costs, and what that hangs on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ...estimate import Estimate, frame, from_row, quantity, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.break_even import (
    CANNOT_TELL,
    KEPT,
    KEPT_WITHOUT,
    WORTH,
    BreakEven,
    Swing,
    break_even,
)
from ...methods.incremental import NO_SPENDING, Trial, cost_per_kept
from ...sources import Care
from ..company_wide import of_company, valued_from
from ..lifetime_value.worth import worth_of_contract, worth_of_customer
from ..margin import NO_MARGIN, margin_text
from .keeping import read

BROUGHT = {"purchases": N_("purchases"), "contract": N_("contracts")}
# What a kept customer may be, by what its worth comes from; and as a part of a sentence.
BASES = {"purchases": N_("a customer, with all it buys"), "contract": N_("a contract alone")}
IF_KEPT = {
    "purchases": N_("if a customer with all it buys is kept"),
    "contract": N_("if a contract alone is kept"),
}
EITHER = N_("whether a customer or a contract alone is kept")
KEPT_IS = {"customer": ("purchases",), "contract": ("contract",), "": tuple(BASES)}
INPUTS = {
    KEPT: N_("share kept with the effort"),
    KEPT_WITHOUT: N_("share kept without it"),
    WORTH: N_("what a kept customer is still worth"),
}
NOT_WORTH_KNOWN = N_("Nobody can say what a kept customer is worth: {reason}.")
NO_WORTH = N_(
    "What a kept customer is still worth is not known ({reason}). It needs sales with repeat "
    "purchases, or contracts with charges of which some have ended."
)

Worths = Mapping[str, Estimate]  # by what it comes from, the first of `BASES` first


@needs("retention_trials", "arm", "retained")
def worthwhile(care: Care) -> Answer:
    """The most that is worth spending to keep a customer, beside what was spent, by trial."""
    worths = _worths(care)
    if isinstance(worths, Skipped):
        return worths
    trials = read(care)
    if not trials.by_name:
        return Skipped(_("No trial has both customers with the effort and customers without it."))
    rows = frame(
        (
            {
                "effort": _with_spending(care, name, trial),
                "base": _(BASES[base]),
                "verdict": _verdict(trial, result),
                "trial": name,
                "spent": trial.extra_spend,
                "net_gain": result.gain.value, "net_gain_low": result.gain.low,
                "net_gain_high": result.gain.high, "chance_of_gain": result.likely,
            },
            result.worthwhile,
        )
        for name, trial in trials.by_name.items()
        for base, result in _results(trial, worths).items()
    )  # fmt: skip
    parts = [
        _("{trial}: {verdict}").format(trial=name, verdict=_conclusion(care, trial, worths))
        for name, trial in [*trials.by_name.items()][:4]
    ]
    return Finding(
        "worthwhile",
        rows,
        headline=_("Was it worth the cost? {verdicts}").format(verdicts=". ".join(parts)),
        caption=_caption(care),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['effort']}, {row['base']} {from_row(row)}"
                           for row in records(rows))
        ),
        labels={
            "effort": _("trial"),
            "base": _("what is kept"),
            "verdict": _("verdict"),
            "value": _("worth spending on each, at most"),
        },
        styles={"spent": care.study.currency},
        notes=(
            *_worth_notes(care, worths),
            *trials.notes,
            *care.not_limited("retention_trials"),
        ),
    )  # fmt: skip


@needs("retention_trials", "arm", "retained", "spend")
def tornado(care: Care) -> Answer:
    """What each input alone, and all together, do to the net gain of the largest trial."""
    worths, largest = _worths(care), read(care).largest
    if isinstance(worths, Skipped):
        return worths
    if not largest:
        return Skipped(_("No trial has both customers with the effort and customers without it."))
    name, trial = largest
    if math.isnan(trial.extra_spend):
        return Skipped(_("The largest trial does not say what the effort cost."))
    base, found = next(iter(_results(trial, worths).items()))
    rows, currency = _swing_rows(care, name, trial, worths), care.study.currency
    return Finding(
        "tornado",
        rows,
        headline=_("{trial}: {verdict}; net gain {gain} for each customer, {base}").format(
            trial=name, verdict=_conclusion(care, trial, worths), gain=found.gain,
            base=_(IF_KEPT[base]),
        ),
        caption=_(
            "Net gain for each customer with the effort: (share kept with it − share kept without "
            "it) × what a kept customer is still worth, {base}, − {spent} spent; a gain in "
            "{likely} of the draws. A bar moves one input from its 10th to its 90th percentile "
            "while the others rest, which ignores that they vary together; the lowest bar lets all "
            "vary at once ({level} interval). Margin, discount rate and horizon are the study’s "
            "own and do not vary."
        ).format(
            base=_(IF_KEPT[base]),
            spent=quantity(trial.extra_spend, currency),
            likely=_chance(found.likely),
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
        notes=(*_worth_notes(care, worths), *of_company(care, "retention_trials")),
    )  # fmt: skip


def retention_line(care: Care) -> str:
    """What retention is worth, in one sentence for the answer; "" where it cannot be said."""
    worths, largest = _worths(care), read(care).largest
    if isinstance(worths, Skipped) or not largest or math.isnan(largest[1].extra_spend):
        return ""
    name, trial = largest
    results = _results(trial, worths)
    gains = [
        _("{base} {gain}").format(base=_(IF_KEPT[base]), gain=result.gain.emphasised())
        for base, result in results.items()
    ]
    text = _("The effort “{trial}”: {verdict}. Net gain for each customer with it: {gains}.")
    return text.format(trial=name, verdict=_conclusion(care, trial, worths), gains="; ".join(gains))


def _worths(care: Care) -> Worths | Skipped:
    """What a kept customer is worth by what it may be, or why nobody can say."""
    if not care.study.loyalty.margin:
        return Skipped(_(NOT_WORTH_KNOWN).format(reason=_(NO_MARGIN)))
    ask = {"purchases": worth_of_customer, "contract": worth_of_contract}
    asked = {base: ask[base](care) for base in KEPT_IS[care.study.loyalty.kept_is]}
    if usable := {base: worth for base, worth in asked.items() if _usable(worth)}:
        return usable
    reasons = dict.fromkeys(_(worth.reason) for worth in asked.values() if worth.reason)
    return Skipped(_(NO_WORTH).format(reason="; ".join(reasons) or _("no interval")))


def _usable(worth: Estimate) -> bool:
    if worth.value is None or worth.low is None or worth.high is None:
        return False
    return worth.value > 0 and math.isfinite(worth.high - worth.low)


def _results(trial: Trial, worths: Worths) -> dict[str, BreakEven]:
    return {base: break_even(trial, worth) for base, worth in worths.items()}


def _verdict(trial: Trial, result: BreakEven) -> str:
    return _(NO_SPENDING) if math.isnan(trial.extra_spend) else _(result.verdict)


def _conclusion(care: Care, trial: Trial, worths: Worths) -> str:
    """The verdict with what is kept; where it hangs on that, from which worth on it pays."""
    verdicts = {base: _verdict(trial, result) for base, result in _results(trial, worths).items()}
    if len(set(verdicts.values())) == 1:
        base, verdict = next(iter(verdicts.items()))
        told = IF_KEPT[base] if len(verdicts) == 1 else EITHER
        return _("{verdict}, {base}").format(verdict=verdict, base=_(told))
    cost = cost_per_kept(
        trial, unit=care.study.currency, confidence_level=care.study.confidence_level
    )
    if cost.value is None:
        return _(CANNOT_TELL)
    return _(
        "it hangs on what a kept customer is worth: it pays where that is above {cost} ({interval})"
    ).format(cost=cost.value_text(), interval=cost.interval_text())


def _with_spending(care: Care, name: str, trial: Trial) -> str:
    if math.isnan(trial.extra_spend):
        return name
    spent = quantity(trial.extra_spend, care.study.currency)
    return _("{trial}: {spent} was spent on each").format(trial=name, spent=spent)


def _caption(care: Care) -> str:
    return _(
        "Worth spending at most: (share kept with the effort − share kept without it) × what a "
        "kept customer is still worth, for each customer with the effort. {level} intervals let "
        "both vary at once. Worth it: the interval of the net gain lies above zero; not worth it: "
        "below; else nobody can tell."
    ).format(level=percent(care.study.confidence_level))


def _worth_notes(care: Care, worths: Worths) -> tuple[str, ...]:
    """What a kept customer is taken to be worth, with all that it was computed from."""
    return tuple(dict.fromkeys(_notes(care, worths)))


def _notes(care: Care, worths: Worths) -> Iterator[str]:
    settings = care.study.loyalty
    for base, worth in worths.items():
        yield _(
            "A kept customer is still worth {worth}, {base}: margin ({margin} of revenue) expected "
            "over the {months} months {since}, discounted at {rate} a year."
        ).format(
            since=valued_from(care) if base == "purchases" else _("from its age now on"),
            worth=worth,
            base=_(IF_KEPT[base]),
            margin=margin_text(care),
            months=number(settings.horizon_months),
            rate=percent(settings.discount_rate, 1),
        )
    if len(worths) > 1:
        yield _(
            "The study does not say what its trials keep: a customer with all it buys, or a "
            'contract alone. Say so: kept_is = "customer" or "contract" under [loyalty].'
        )
    yield _(
        "Whoever is kept is taken to be worth as much as an average customer. Those whom an "
        "effort keeps may be worth less, and may leave sooner."
    )
    for worth in worths.values():
        yield from map(_, worth.warnings)


def _chance(likely: float) -> str:
    """A share of draws; of so many, no share is certain."""
    if likely > 0.999:
        return _("more than {share}").format(share=percent(0.999, 1))
    if likely < 0.001:
        return _("less than {share}").format(share=percent(0.001, 1))
    return percent(likely)


def _swing_rows(care: Care, name: str, trial: Trial, worths: Worths) -> pd.DataFrame:
    """A row for each input, the widest first, and for all of them; gains of the first base."""
    currency, results = care.study.currency, _results(trial, worths)
    found = next(iter(results.values()))
    gain = found.gain
    rows: list[dict[str, Any]] = [
        {
            "input": _(INPUTS[swing.name]),
            "range": _range(swing, currency),
            **_gains(swing.low, swing.high, currency),
            "joint": False,
        }
        for swing in found.swings
    ]
    if len(results) > 1:
        worth_low, worth_high = sorted(worth.value or 0.0 for worth in worths.values())
        low, high = sorted(one.gain.value or 0.0 for one in results.values())
        rows.append(
            {
                "input": _("what is kept: a contract or a customer"),
                "range": _range(Swing(WORTH, worth_low, worth_high, low, high), currency),
                **_gains(low, high, currency),
                "joint": False,
            }
        )
    rows.sort(key=lambda row: -abs(row["gain_at_high"] - row["gain_at_low"]))
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
        trial=name, conclusion=_conclusion(care, trial, worths),
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
