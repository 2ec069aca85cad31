"""Whether an item goes with better answers at the low end of the scale as at the top."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...estimate import Estimate, quantity
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.coefficients import Coefficients
from ...sources import Care
from .answers import Answers, answers
from .models import above, fitted, is_ordered

MOST_CUTS = 4  # shown side by side: those that part the answers most evenly
PER_DRIVER = 5  # answers on either side of a cut for each driver, at least
FEW_COPIES = 5  # of the imputed answers are enough to see a sign
LEVEL = 0.95  # of the intervals that must lie on opposite sides, all of them together
OPPOSITE, ALIKE = N_("opposite ways"), N_("no opposite ways seen")


@needs("survey")
def driver_cuts(care: Care) -> Answer:
    """The odds ratios of each item at each cut of the scale, side by side."""
    found = answers(care)
    if isinstance(found, Skipped):
        return found
    if not is_ordered(found):
        return Skipped(_("The outcome has too many different values to cut its scale."))
    table = at_cuts(care, found)
    if table["cut"].nunique() < 2:
        return Skipped(_("Too few answers lie on either side of two cuts of the scale."))
    turned = opposite(table)
    rows = pd.DataFrame({"item": found.names})
    rows["verdict"] = [_(OPPOSITE if name in turned else ALIKE) for name in found.names]
    labels = {"item": _("item"), "verdict": _("verdict")}
    for at, cut in enumerate(sorted(table["cut"].unique())):
        odds = table[table["cut"].eq(cut)].set_index("item").loc[list(found.names)]
        rows[f"cut_{at + 1}"] = [_odds(*map(float, each)) for each in odds[
            ["odds", "low", "high"]].to_numpy()]  # fmt: skip
        labels[f"cut_{at + 1}"] = _("{least} or more").format(least=number(float(cut)))
    return Finding("driver-cuts", rows, headline=_headline(turned), labels=labels,
                   notes=_notes(care, found, table))  # fmt: skip


def at_cuts(care: Care, found: Answers) -> pd.DataFrame:
    """Log odds of each driver above each cut, with limits that hold for all of them together."""
    return care.once("cuts of the outcome", lambda: _at_cuts(care, found))


def opposite(table: pd.DataFrame) -> list[str]:
    """Drivers that clearly point one way at one cut and the other way at another."""
    if table.empty:
        return []
    ends = table.groupby("item", sort=False).agg(up=("wide_low", "max"), down=("wide_high", "min"))
    return [str(name) for name in ends.index[ends["up"].gt(0) & ends["down"].lt(0)]]


def _at_cuts(care: Care, found: Answers) -> pd.DataFrame:
    cuts, p = _even_cuts(found), len(found.names)
    each = 1 - (1 - LEVEL) / max(1, p * len(cuts))
    parts = []
    for least in cuts:
        slopes = fitted(care, found, above(least - 0.5), most=FEW_COPIES)
        if isinstance(slopes, Coefficients):
            odds = slopes.odds_ratios(care.study.confidence_level)
            wide_low, wide_high = slopes.limits(each)
            part = pd.DataFrame({"item": found.names, "cut": least,
                                 "odds": [e.value for e in odds], "low": [e.low for e in odds],
                                 "high": [e.high for e in odds]})  # fmt: skip
            parts.append(part.assign(wide_low=wide_low, wide_high=wide_high))
    columns = ["item", "cut", "odds", "low", "high", "wide_low", "wide_high"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _even_cuts(found: Answers) -> list[float]:
    """The lowest answers above the cuts that part the answers most evenly, in order."""
    outcome = found.outcome if found.imputed else found.outcome[found.complete]
    n, least = len(outcome), PER_DRIVER * (len(found.names) + 1)
    above_cut = {float(k): int((outcome >= k).sum()) for k in np.unique(outcome)[1:]}
    fit = [k for k, many in above_cut.items() if min(many, n - many) >= least]
    return sorted(sorted(fit, key=lambda k: abs(above_cut[k] - n / 2))[:MOST_CUTS])


def _odds(value: float, low: float, high: float) -> str:
    estimate = Estimate(value, low, high, 0, "", "ratio")
    return f"{quantity(value, 'ratio')} ({estimate.interval_text()})"


def _headline(turned: list[str]) -> str:
    if not turned:
        return _("No item is seen to point in opposite ways at different cuts of the scale")
    return _("At different cuts of the scale, opposite ways are pointed in by: {items}").format(
        items=", ".join(turned)
    )


def _notes(care: Care, found: Answers, table: pd.DataFrame) -> tuple[str, ...]:
    return (
        _(
            "Odds ratios of answers at or above each cut, from a binary logit for each, with "
            "{level} intervals (n = {n}). An ordered logit takes them to be the same at every cut "
            "(proportional odds); “opposite ways” needs intervals on both sides of 1, at 95% for "
            "all of them together."
        ).format(level=percent(care.study.confidence_level), n=number(len(found.outcome))),
    )
