"""Dark while claimed open, and answered while claimed closed: two failures, never one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods import coverage
from ...methods.multiplicity import holm
from ...methods.proportions import SMALL, proportion
from ...sources import Care
from ..trials.calls import Counts, Tally, claimed, claimed_open, night, ordinary, tally
from ..trials.selection import some_names
from .round_the_clock import calls_with_provider, level, unchecked

# Where a provider that claims to be open is looked for: the first is what the others must match.
PLACES = (
    N_("weekdays by day"),
    N_("weekends by day"),
    N_("evenings"),
    N_("nights"),
)
# Each but the first, and all together.
JUDGED = (*PLACES[1:], N_("all claimed hours"))
HALF = 0.5  # a line that answers half of its calls is not dark
EVENING = 18.0  # hour of the day at which the evening begins
SLIPS = 0.01  # share of answers in unstaffed hours that a wrong clock or record may explain


@needs("providers", "claimed_hours")
def dark_while_open(care: Care) -> Answer:
    """Calls that nobody answered though the provider claims to be open, and where that gathers."""
    made = calls_with_provider(care)
    if made is None:
        return unchecked()
    usual = ordinary(made)
    inside = usual[claimed_open(usual, claimed(care))]
    if inside.empty:
        return Skipped(_("No call was made in hours that its provider claims to be open."))
    counted = tally(inside, _place(inside, night(care)), len(PLACES))
    table = _dark_rows(care, counted)
    return Finding(
        "dark-while-open",
        table,
        headline=_dark_headline(table),
        labels={
            "provider": _("provider"),
            "where": _("where it answers less often"),
            "value": _("unanswered while claimed open"),
        },
        notes=(
            _(
                "A single call without an answer may have met a busy line. Calls claimed to be in "
                "open hours at weekends by day, in evenings from 18:00 and at night are set "
                "against those on weekdays by day: one-sided Fisher test at {level}, Holm over all "
                "of them. Dark means that none was answered there. Where no call at all was "
                "answered, it is set against a line that answers half of them."
            ).format(level=percent(level(care))),
        ),
    )


def _place(made: pd.DataFrame, span: tuple[float, float]) -> Any:
    """The index of `PLACES` in which each call falls."""
    hour = made["minute"].to_numpy() / 60
    dark = coverage.at_night(hour, span)
    # The evening ends with the night; a night that begins earlier leaves none.
    evening, weekend = hour % 24 >= EVENING, hour >= 5 * 24
    return np.where(dark, 3, np.where(evening, 2, np.where(weekend, 1, 0)))


def _dark_rows(care: Care, counted: Tally) -> pd.DataFrame:
    k, n, tested, adjusted = _places_judged(counted)
    fewer = adjusted <= level(care)
    rows = [
        (
            {
                "provider": provider,
                "where": _where(fewer[i], k[i], n[i], bool(tested[i].any())),
                "less_often": bool(fewer[i].any()),
                "dark": bool((fewer[i] & (k[i] == 0)).any()),
                "p_value": float(adjusted[i].min()),
            },
            proportion(
                int(n[i, -1] - k[i, -1]),
                int(n[i, -1]),
                method="clopper-pearson",
                confidence_level=care.study.confidence_level,
            ),
        )
        for i, provider in enumerate(counted.providers)
    ]
    order = ["dark", "less_often", "value", "provider"]
    falling = [False, False, False, True]
    return frame(rows).sort_values(order, ascending=falling, ignore_index=True)


def _places_judged(
    counted: Tally,
) -> tuple[Counts, Counts, npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Calls answered and made in each of `JUDGED`; whether it is judged, and Holm's p-value."""
    k, n = counted.answered, counted.tried
    k_all, n_all = k.sum(axis=1, keepdims=True), n.sum(axis=1, keepdims=True)
    # With no answer at all there is nothing to compare a place with: is it half or more?
    silent = (k_all == 0) & (n_all >= SMALL)
    p = np.hstack([coverage.seldom(k[:, 1:], n[:, 1:], k[:, :1], n[:, :1]), HALF**n_all])
    tested = np.hstack([(n[:, 1:] > 0) & (n[:, :1] > 0) & (k_all > 0), silent])
    adjusted = np.ones(p.shape)
    adjusted[tested] = holm(p[tested].tolist())
    return np.hstack([k[:, 1:], k_all]), np.hstack([n[:, 1:], n_all]), tested, adjusted


def _where(fewer: Any, k: Any, n: Any, tested: bool) -> str:
    """The places where fewer calls are answered, with their counts."""
    said = [
        _("{place}: {k} of {n} answered").format(
            place=_(place), k=number(int(answered)), n=number(int(tried))
        )
        for place, low, answered, tried in zip(JUDGED, fewer, k, n, strict=True)
        if low
    ]
    if said:
        return "; ".join(said)
    return _("nowhere established") if tested else _("cannot tell")


def _dark_headline(table: pd.DataFrame) -> str:
    dark = table.loc[table["dark"], "provider"].tolist()
    less = int(table["less_often"].sum()) - len(dark)
    fields = {"n": number(len(dark)), "all": number(len(table)), "less": number(less)}
    if dark:
        text = _("{n} of {all} providers are dark in hours that they claim to be open: {names}")
        return text.format(names=some_names(dark, 4), **fields)
    if less:
        text = _("{less} of {all} providers answer less often in some hours that they claim")
        return text.format(**fields)
    return _("No provider is shown to be dark in hours that it claims to be open")


@needs("providers", "claimed_hours")
def answered_while_closed(care: Care) -> Answer:
    """Calls that were answered in hours in which the provider claims to be closed."""
    made = calls_with_provider(care)
    if made is None:
        return unchecked()
    usual, hours = ordinary(made), claimed(care)
    outside = usual[usual["provider"].isin(list(hours)) & ~claimed_open(usual, hours)]
    if outside.empty:
        return Skipped(_("No call was made in hours in which its provider claims to be closed."))
    table = _closed_rows(care, tally(outside, np.zeros(len(outside), dtype=int), 1))
    there = table.loc[table["present"], "provider"].tolist()
    headline = _("No provider is shown to answer in hours in which it claims to be closed")
    if there:
        headline = _(
            "{n} of {all} providers answer in hours in which they claim to be closed: {names}"
        )
    return Finding(
        "answered-while-closed",
        table,
        headline=headline.format(
            n=number(len(there)), all=number(len(table)), names=some_names(there, 4)
        ),
        labels={
            "provider": _("provider"),
            "verdict": _("verdict"),
            "value": _("answered while claimed closed"),
        },
        notes=(
            _(
                "Answers are judged against slips of record or clock in {slips} of the calls: "
                "exact binomial test at {level}, Holm over the providers."
            ).format(slips=percent(SLIPS), level=percent(level(care))),
        ),
    )


def _closed_rows(care: Care, counted: Tally) -> pd.DataFrame:
    from scipy.stats import binom

    k, n = counted.answered[:, 0], counted.tried[:, 0]
    adjusted = holm(binom.sf(k - 1, n, SLIPS).tolist())
    words = (N_("answers outside its hours"), N_("no answer"), N_("not distinguishable from slips"))
    rows = []
    for provider, answered, tried, p in zip(
        counted.providers, k.tolist(), n.tolist(), adjusted, strict=True
    ):
        present = p <= level(care)
        share = proportion(
            answered, tried, method="clopper-pearson", confidence_level=care.study.confidence_level
        )
        verdict = words[0] if present else words[2] if answered else words[1]
        keys = {"provider": provider, "verdict": _(verdict), "present": present, "p_value": p}
        rows.append((keys, share))
    order = ["present", "value", "provider"]
    return frame(rows).sort_values(order, ascending=[False, False, True], ignore_index=True)
