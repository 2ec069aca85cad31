"""The tone of what is said in public, as far as two coders agree on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import Estimate
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.agreement import (
    CANNOT_TELL,
    ENOUGH,
    NOT_RELIABLE,
    krippendorff_alpha,
    raw_agreement,
    verdict,
)
from ...sources import Care
from ..trials.selection import listed, overall, rate, reworded
from .voice import WORDS, of_mentions, public_mentions

TONES = {
    "negative": N_("negative"),
    "neutral": N_("neutral"),
    "positive": N_("positive"),
}
ALPHA = N_("Krippendorff’s ordinal alpha, bootstrap of mentions: for these two coders")
TOO_FEW = N_("fewer than 20 mentions were coded by two people")
CODED_ONCE = N_("no mention was coded by two people")
ALL_ALIKE = N_("both coders saw one tone only, so agreement beyond chance cannot be told")


@needs("mentions", "sentiment")
def sentiment(care: Care) -> Answer:
    """The tone of public mentions, how far two coders agree on it, and which tone is answered."""
    rows = public_mentions(care)
    coded = rows[rows["sentiment"].notna()]
    if coded.empty:
        return Skipped(_("No mention was coded for its tone."))
    estimates = []
    for tone, name in TONES.items():
        here = coded["sentiment"].eq(tone).astype(bool)
        row = {"tone": _(name), "answered_text": _answered_text(care, coded[here])}
        estimates.append((row, overall(care, coded.assign(tone=here), "tone")))
    if estimates[0][1].value is None:
        return Skipped(_("No mention names a listed provider."))
    table = of_mentions(estimates)
    alpha = _agreement(care, rows)
    labels = {"tone": _("tone"), "value": _("share"), "answered_text": _("answered by a person")}
    if "answered" not in coded:
        labels.pop("answered_text")
    return Finding(
        "sentiment",
        table,
        headline=_("{share} of the public mentions are negative; {agreement}").format(
            share=estimates[0][1], agreement=_in_words(alpha)
        ),
        caption=_(
            "Tone of public mentions as one person coded it by hand, with {level} intervals; "
            "where providers are named, the mean over them, each counting alike."
        ).format(level=percent(care.study.confidence_level)),
        alt=_("Dots with intervals: {rows}.").format(rows=listed(table, "tone")),
        labels=labels,
        notes=(*_agreement_notes(rows, alpha), *_uncoded(rows, coded)),
    )


def _answered_text(care: Care, part: pd.DataFrame) -> str:
    if "answered" not in part:
        return "–"
    known = part["answered"].dropna().astype(bool)
    estimate = reworded(rate(care, int(known.sum()), len(known)), WORDS)
    return _(estimate.reason) if estimate.value is None else str(estimate)


def _agreement(care: Care, rows: pd.DataFrame) -> Estimate:
    """Krippendorff's alpha of the two codings: tones are ordered from negative to positive."""
    if "second_sentiment" not in rows:
        return Estimate.absent(CODED_ONCE, unit="score")
    level = care.study.confidence_level
    found = krippendorff_alpha(*_codings(rows), confidence_level=level)
    if found.value is None:
        return replace(found, reason=ALL_ALIKE if found.n else CODED_ONCE)
    if found.n < ENOUGH:
        return Estimate.absent(TOO_FEW, n=found.n, unit="score")
    return replace(found, method=ALPHA)


def _codings(rows: pd.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Mention and tone (0 negative to 2 positive) of each coding, the first and the second."""
    order = {tone: place for place, tone in enumerate(TONES)}
    codes = [
        rows[column].astype("object").map(order).to_numpy(dtype=float)
        for column in ("sentiment", "second_sentiment")
    ]
    return np.tile(np.arange(len(rows)), 2), np.concatenate(codes)


def _in_words(alpha: Estimate) -> str:
    if alpha.value is None:
        return _("how reliable that coding is, is not known")
    found = verdict(alpha)
    if found in (NOT_RELIABLE, CANNOT_TELL):
        return _("two coders do not agree enough to rely on it")
    return _("the agreement of two coders is {word}").format(word=_(found))


def _agreement_notes(rows: pd.DataFrame, alpha: Estimate) -> list[str]:
    if alpha.value is None:
        return [_("Agreement of the coders: {alpha}.").format(alpha=alpha)]
    equal, _most, _share = raw_agreement(*_codings(rows))
    unordered = krippendorff_alpha(*_codings(rows), level="nominal")
    return [
        _(
            "Agreement of the coders: {alpha} ({method}); they gave the same tone to {equal} of "
            "the mentions that both coded. At least .80 is firm, .67 tentative, judged by the "
            "lower limit."
        ).format(alpha=alpha, method=_(ALPHA), equal=percent(equal)),
        _(
            "Without the order of the tones, as mere names, alpha is {unordered} (nominal). Were "
            "it much lower, the coders would mostly differ by one step."
        ).format(unordered=unordered.value_text()),
    ]


def _uncoded(rows: pd.DataFrame, coded: pd.DataFrame) -> list[str]:
    missing = len(rows) - len(coded)
    text = _("Left out because nobody coded their tone: {n} mentions.")
    return [text.format(n=number(missing))] if missing else []
