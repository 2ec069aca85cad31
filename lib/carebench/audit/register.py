"""What was claimed of customer care before this study, and what this study found of it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..estimate import Estimate, frame
from ..finding import Answer, Finding
from ..language import N_, _, current, number
from ..methods.comparisons import TOO_FEW, verdict
from ..methods.proportions import SMALL
from ..published import claims
from ..sources import Care
from .evidence import Found, Gathered, found_on, gathered
from .stages import Gap

NOTEBOOK = "02"
STATUS = {
    "published_with_n": N_("published with its number"),
    "published_without_n": N_("published without a number"),
    "survey_with_n": N_("survey, number known"),
    "survey_without_n": N_("survey, number not given"),
    "folklore": N_("said without a source"),
    "rule": N_("a rule, not a finding"),
    "verified": N_("checked in its source"),
}
NOT_MEASURED = N_("not measured here")
BORNE_OUT = N_("borne out")
CONTRADICTED = N_("contradicted")
BORNE_OUT_BY_COUNT = N_("borne out by count")
CONTRADICTED_BY_COUNT = N_("contradicted by count")
CANNOT_TELL = N_("cannot tell")
SAME_COUNT = N_("the same by count")
HIGHER_COUNT = N_("higher by count")
LOWER_COUNT = N_("lower by count")
TOO_FEW_PROVIDERS = N_("too few providers")
NO_DIFFERENCE = N_("no difference established")
CLOSE = 0.005  # shares nearer than half a point print alike
FOR = (BORNE_OUT, BORNE_OUT_BY_COUNT, SAME_COUNT)
AGAINST = (CONTRADICTED, CONTRADICTED_BY_COUNT)


def claims_register(care: Care) -> Answer:
    """Each claim of the sources: where it stands, its status, and this study's own figure."""
    study = gathered(care)
    entries = [_entry(study, claim) for claim in claims(NOTEBOOK).to_dict("records")]
    table = frame(entries)
    return Finding(
        "claims-register",
        table,
        headline=_headline(table),
        labels={
            "claim": _("claim"),
            "source": _("source"),
            "status": _("status"),
            "found": _("this study"),
            "verdict": _("verdict"),
        },
        notes=(
            _(
                "The number of a claim is taken as exact, since hardly one came with its number of "
                "observations; “clearly above” and “clearly below” therefore speak of this study’s "
                "interval alone. What providers said of themselves is a count of those who replied."
            ),
            _(
                "Claims without a number are tested as more or fewer than half; rules about equal "
                "treatment as whether any two groups clearly differ in being answered."
            ),
        ),
    )


def _entry(study: Gathered, claim: dict[Any, Any]) -> tuple[dict[str, Any], Estimate]:
    found = found_on(study, str(claim["id"]))
    estimate = found.difference if isinstance(found, Gap) else found
    words = _judged(str(claim["kind"]), float(claim["value"]), found)
    keys = {
        "claim": claim[f"claim_{current()}"],
        "source": _source(str(claim["source"]), str(claim["year"])),
        "status": _(STATUS[str(claim["status"])]),
        "found": _shown(found),
        "verdict": _(words) if words else "–",
        "claim_id": claim["id"],
        "claimed_value": float(claim["value"]),
        "supported": words in FOR,
        "contradicted": words in AGAINST,
        "measured": found is not None,
    }
    return keys, estimate or Estimate.absent(NOT_MEASURED)


def _shown(found: Found) -> str:
    """Our own figure in words; a complete count by its count, for it has no interval."""
    if found is None:
        return _(NOT_MEASURED)
    if isinstance(found, Gap) or found.value is None or found.has_interval or found.k is None:
        return str(found)
    count = _("{k} of {n}").format(k=number(found.k), n=number(found.n))
    return _("{value} ({interval})").format(value=found.value_text(), interval=count)


def _source(source: str, year: str) -> str:
    return source if not year or year in source else f"{source} ({year})"


def _judged(kind: str, value: float, found: Found) -> str:
    """The verdict on a claim; "" where the study has no figure or the claim no number."""
    if found is None:
        return ""
    if isinstance(found, Gap):
        if kind == "no_difference":
            return CONTRADICTED if found.established else NO_DIFFERENCE
        return _against(kind, value, found.difference)
    if found.value is None:
        return CANNOT_TELL
    if found.has_interval:
        return TOO_FEW if found.n < SMALL else _against(kind, value, found)
    return TOO_FEW_PROVIDERS if found.n < SMALL else _counted(kind, value, found.value)


def _against(kind: str, value: float, found: Estimate) -> str:
    """By the interval: against a number, or against a bound that the claim says is passed."""
    if found.low is None or found.high is None:
        return CANNOT_TELL
    if kind == "equals":
        return verdict(found, value)
    if kind not in ("above", "below"):
        return ""
    passed, failed = found.low > value, found.high < value
    if kind == "below":
        passed, failed = failed, passed
    return BORNE_OUT if passed else CONTRADICTED if failed else CANNOT_TELL


def _counted(kind: str, value: float, share: float) -> str:
    """By plain comparison, where the study counted all there were."""
    if kind == "equals":
        if abs(share - value) < CLOSE:
            return SAME_COUNT
        return HIGHER_COUNT if share > value else LOWER_COUNT
    if kind == "all":  # of the others nothing is established, which contradicts nothing
        return BORNE_OUT_BY_COUNT if share == 1 else CANNOT_TELL
    if kind not in ("above", "below"):
        return ""
    passed = (share > value) == (kind == "above")
    return BORNE_OUT_BY_COUNT if passed else CONTRADICTED_BY_COUNT


def _headline(table: pd.DataFrame) -> str:
    measured = int(table["measured"].sum())
    if not measured:
        return _("This study measured none of the {all} claims of its sources").format(
            all=number(len(table))
        )
    return _(
        "This study can speak to {n} of {all} claims: it bears out {yes} and contradicts {no}"
    ).format(
        n=number(measured),
        all=number(len(table)),
        yes=number(int(table["supported"].sum())),
        no=number(int(table["contradicted"].sum())),
    )
