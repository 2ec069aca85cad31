"""The shoppers themselves: how mild or severe each is, and who follows nobody."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from string import ascii_uppercase

import numpy as np
import pandas as pd

from ...engine import quote_name
from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.agreement import ENOUGH
from ...methods.consistency import correlations_with_rest
from ...methods.multiplicity import holm
from ...methods.severity import two_way
from ...sources import Care
from ...sources.field import digest
from ..trials.scores import common, severity, sums, table_of_means
from .quality import NO_SCORES, share

FOLLOWS = 0.3  # correlation with the mean of the others; below, a shopper scores another thing
FEWEST_SHOPPERS = 3  # of two who disagree, nobody knows which one departs
MILDER, SEVERER = N_("milder"), N_("severer")
LIKE_THE_OTHERS = N_("like the others")
DEPARTS = N_("does not follow the others")


@needs("ratings", "shopper")
def shoppers(care: Care) -> Answer:
    """How mild or severe each shopper is, and whether each follows the others."""
    names, severities, p_values, source = _severities(care)
    if not names:
        return Skipped(_(NO_SCORES))
    follows, note = _follows(care)
    adjusted = holm(p_values)
    called = shopper_names(care)
    table = frame(
        (
            {
                "shopper": called.get(name, name),
                "with_rest": follows.get(name, math.nan),
                "verdict": _(_said(one, p, name in departing_names(follows), care)),
                "reference": 0.0,
                "reference_name": _("mean of the shoppers"),
            },
            one,
        )
        for name, one, p in zip(names, severities, adjusted, strict=True)
    ).sort_values(["value", "shopper"], ascending=[False, True], ignore_index=True)
    odd = sorted(called.get(name, name) for name in departing_names(follows))
    return Finding(
        "shoppers",
        table,
        headline=_shoppers_headline(table, odd),
        caption=_(
            "How many points each shopper scores above (milder) or below (severer) the mean of the "
            "shoppers, with {level} intervals."
        ).format(level=percent(care.study.confidence_level))
        + f" {source}",
        alt=_shoppers_alt(table),
        labels={
            "shopper": _("shopper"),
            "value": _("points milder (+) or severer (−)"),
            "with_rest": _("correlation with the others"),
            "verdict": _("verdict"),
        },
        notes=(
            *note,
            _("Severity is judged with Holm’s correction over the shoppers."),
            *letters_note(care),
        ),
    )


@needs("ratings", "shopper")
def without_departing(care: Care) -> Answer:
    """The share of good scores with everyone, and without shoppers who follow nobody."""
    departing = departing_shoppers(care)
    if not departing:
        return Skipped(
            _(
                "No shopper was found to depart from the others (who is milder or severer gives "
                "other points, but ranks the contacts alike), so no result is shown without one."
            )
        )
    both = [(_("all shoppers"), sums(care)), (without_them(), sums(care, without=departing))]
    table = frame(({"shoppers": name}, share(care, counted)) for name, counted in both)
    first, second = (from_row(row) for row in records(table))
    return Finding(
        "without-departing",
        table,
        headline=_(
            "Good scores: {all} with every shopper, {rest} without those who do not follow the "
            "others"
        ).format(all=first, rest=second),
        labels={"shoppers": _("shoppers"), "value": _("good scores")},
        notes=(
            _(
                "Nothing is left out of the other results. A shopper departs whose scores of "
                "{n} common contacts or more correlate with the mean of the others by less than "
                "{limit}; one in twenty good shoppers would be found so by chance."
            ).format(n=number(ENOUGH), limit=number(FOLLOWS, 2)),
        ),
    )


def shopper_names(care: Care) -> Mapping[str, str]:
    """Letters for the shoppers' codes where a report is limited to the firm they audited.

    Their order cannot be worked out without the rows themselves. Empty in any other report.
    """
    if not care.study.provider:
        return {}
    tables = [name for name in ("attempts", "ratings") if "shopper" in care.columns(name)]
    codes: set[str] = set()
    digests = []
    for name in tables:
        found = care.engine.run(f"SELECT DISTINCT shopper FROM {quote_name(name)}")
        codes |= {str(row[0]) for row in found if row[0] is not None}
        digests.append(care.engine.run(f"SELECT {digest(name)}")[0][0])
    order = sorted(codes)
    random.Random(str(digests)).shuffle(order)
    return {code: _letter(place) for place, code in enumerate(order)}


def letters_note(care: Care) -> tuple[str, ...]:
    """What a reader must know of the shoppers' letters."""
    if not care.study.provider:
        return ()
    return (_("Letters stand for the shoppers, whom a report on one provider does not name."),)


def _letter(place: int) -> str:
    """A, B … Z, A2, B2 …"""
    turn, letter = divmod(place, len(ascii_uppercase))
    return ascii_uppercase[letter] + (str(turn + 1) if turn else "")


def departing_shoppers(care: Care) -> list[str]:
    """Shoppers whose scores do not follow those of the others; none where that is not known."""
    if "shopper" not in care.columns("ratings"):
        return []
    return departing_names(_follows(care)[0])


def departing_names(follows: dict[str, float]) -> list[str]:
    """Those who follow nobody, unless they are half of all: then there is nobody to follow."""
    odd = [name for name, correlation in follows.items() if correlation < FOLLOWS]
    return odd if 2 * len(odd) < len(follows) else []


def _severities(care: Care) -> tuple[list[str], tuple[Estimate, ...], tuple[float, ...], str]:
    """Shoppers, their severity and its p-values; and in words from what it was worked out."""
    scores = common(care)
    if scores["contact"].nunique() >= ENOUGH:
        names, table = table_of_means(scores)
        found = two_way(
            np.ones_like(table),
            table,
            float((table**2).sum()),
            confidence_level=care.study.confidence_level,
        )
        source = _("Worked out from the {n} contacts that all of them scored.")
        return (
            names, found.shoppers, found.shopper_p_values, source.format(n=number(len(table))),
        )  # fmt: skip
    _providers, names, found = severity(care)
    source = _("Worked out by least squares on provider and shopper, one score for each contact.")
    return names, found.shoppers, found.shopper_p_values, source


def _follows(care: Care) -> tuple[dict[str, float], tuple[str, ...]]:
    """Correlation of each shopper with the mean of the others, and why there is none."""
    scores = common(care)
    n = scores["contact"].nunique()
    names, table = table_of_means(scores)
    if n < ENOUGH or len(names) < FEWEST_SHOPPERS:
        text = _(
            "Whether a shopper follows the others cannot be told: that takes {n} contacts that "
            "three or more shoppers all scored."
        )
        return {}, (text.format(n=number(ENOUGH)),)
    follows = correlations_with_rest(table)
    return {name: float(r) for name, r in zip(names, follows, strict=True) if r == r}, ()


def _said(one: Estimate, p: float, departs: bool, care: Care) -> str:
    if departs:
        return DEPARTS
    if one.value is None or p != p:
        return N_("cannot tell")
    if p > 1 - care.study.confidence_level:
        return LIKE_THE_OTHERS
    return MILDER if one.value > 0 else SEVERER


def _shoppers_headline(table: pd.DataFrame, odd: list[str]) -> str:
    if odd:
        return _("Shoppers whose scores do not follow those of the others: {names}").format(
            names=", ".join(odd)
        )
    if table["value"].isna().all():
        return _("How severe each shopper is cannot be told")
    apart = int(table["verdict"].isin([_(MILDER), _(SEVERER)]).sum())
    return _("Of {n} shoppers, {apart} are clearly milder or severer than the others").format(
        n=number(len(table)), apart=number(apart)
    )


def _shoppers_alt(table: pd.DataFrame) -> str:
    known = table[table["value"].notna()]
    if known.empty:
        return _("No severity can be worked out.")
    ends = (records(known)[0], records(known)[-1])
    mildest, severest = (f"{row['shopper']} {from_row(row)}" for row in ends)
    return _(
        "Dots with intervals, from the mildest, {mildest}, to the severest, {severest}."
    ).format(mildest=mildest, severest=severest)


def without_them() -> str:
    """In words, and without naming anybody: a table of results is no place for it."""
    return _("without those who do not follow the others")
