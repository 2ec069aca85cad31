"""What people who code the same answers make of them, and how far they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ..estimate import Estimate
from ..language import N_
from .agreement import krippendorff_alpha
from .proportions import proportion

BY_A_PERSON = ("human", "stop", "answered")  # whoever says one of these says: a person answered
UNSURE = "unsure"
ALPHA = N_("Krippendorff’s nominal alpha, bootstrap of answers: for these coders")
ALL_ALIKE = N_("Krippendorff’s nominal alpha, limit from that of the share of equal codes")
NOT_TWICE = N_("no answer was coded by two people")
ONE_LABEL = N_("all codes are the same, so agreement beyond chance cannot be told")


def settled(labels: Sequence[str]) -> str | None:
    """The label that people agree on, None while they have not said enough.

    Parameters
    ----------
    labels : sequence of str
        What was said of one answer, in the order in which it was said.

    Notes
    -----
    Two who agree are right. Where the first two differ, the third decides between them; where
    the third says something else again, it is "unsure": it cannot be told.
    """
    if len(labels) < 2:
        return None
    if labels[0] == labels[1]:
        return labels[0]
    if len(labels) == 2:
        return None
    return labels[2] if labels[2] in labels[:2] else UNSURE


def agreement_of(
    first: Sequence[str], second: Sequence[str], *, confidence_level: float = 0.95
) -> tuple[Estimate, Estimate]:
    """How far two codes of the same answers agree.

    Returns
    -------
    tuple of Estimate
        The share of answers with the same code, Wilson's interval; and Krippendorff's nominal
        alpha, which takes off what chance would make agree, unit "score".

    Notes
    -----
    Alpha's interval is a bootstrap of answers [1]_. Where all codes are equal that would have no
    width; then the lower limit is 1 − (1 − low)/expected, of the share's own lower limit and the
    share of pairs that chance would make differ.

    References
    ----------
    .. [1] Krippendorff (2004), Content Analysis, 2nd ed., Sage, section 11.3.
    """
    pairs = list(zip(first, second, strict=True))
    same = sum(one == other for one, other in pairs)
    equal = proportion(same, len(pairs), confidence_level=confidence_level)
    if not pairs:
        return replace(equal, reason=NOT_TWICE), Estimate.absent(NOT_TWICE, unit="score")
    places = {label: place for place, label in enumerate(sorted({*first, *second}))}
    alpha = krippendorff_alpha(
        [answer for answer in range(len(pairs)) for _twice in range(2)],
        [places[label] for pair in pairs for label in pair],
        level="nominal",
        confidence_level=confidence_level,
    )
    if alpha.value is None:
        return equal, replace(alpha, reason=ONE_LABEL)
    if same == len(pairs):
        return equal, replace(alpha, low=_least(equal, [*first, *second]), method=ALL_ALIKE)
    return equal, replace(alpha, method=ALPHA)


def _least(equal: Estimate, codes: Sequence[str]) -> float:
    """Alpha were no more codes equal than the lower limit of `equal` says."""
    n = len(codes)
    alike = sum(count * (count - 1) for count in Counter(codes).values()) / (n * (n - 1))
    return 1 - (1 - (equal.low or 0.0)) / (1 - alike)
