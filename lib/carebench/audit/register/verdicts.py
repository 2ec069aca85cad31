"""The words of a register of claims: where a claim stands, and what a study says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...estimate import Estimate
from ...language import N_, _, current, number
from ...methods.comparisons import THE_SAME, verdict

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
SUPPORTED = N_("supported")
FOR = (BORNE_OUT, BORNE_OUT_BY_COUNT, SAME_COUNT, THE_SAME, SUPPORTED)
AGAINST = (CONTRADICTED, CONTRADICTED_BY_COUNT)


def entry(claim: Mapping[Any, Any], shown: str, words: str, *, measured: bool) -> dict[str, Any]:
    """The words of one claim, to stand beside the estimate that the study has of it.

    Parameters
    ----------
    claim : mapping
        A row of `published.claims`.
    shown : str
        The study's own figure, in the reader's language.
    words : str
        The verdict, a message not yet translated; "" where there is none.
    """
    return {
        "claim": claim[f"claim_{current()}"],
        "source": _source(str(claim["source"]), str(claim["year"])),
        "status": _(STATUS[str(claim["status"])]),
        "found": shown,
        "verdict": _(words) if words else "–",
        "claim_id": claim["id"],
        "claimed_value": float(claim["value"]),
        "supported": words in FOR,
        "contradicted": words in AGAINST,
        "measured": measured,
    }


def _source(source: str, year: str) -> str:
    said, _within, where = source.partition(", in ")
    named = _("{source}, in {where}").format(source=said, where=where) if where else source
    return named if not year or year in source else f"{named} ({year})"


def labels() -> dict[str, str]:
    """The columns of a register that a reader sees, with their headings."""
    return {
        "claim": _("claim"),
        "source": _("source"),
        "status": _("status"),
        "found": _("this study"),
        "verdict": _("verdict"),
    }


def headline(table: pd.DataFrame) -> str:
    """How many of the claims in the rows of `entry` the study can speak to."""
    measured = table.loc[table["measured"], "claim_id"].nunique()
    n = number(table["claim_id"].nunique())
    if not measured:
        return _("This study measured none of the {all} claims of its sources").format(all=n)
    return _(
        "This study has a figure of its own on {n} of the {all} claims of its sources; each is "
        "judged alone"
    ).format(n=number(measured), all=n)


def against(kind: str, value: float, found: Estimate) -> str:
    """By the interval: against a number, or against a bound that the claim says is passed.

    `kind` is that of the claim; "" where claims of its kind are judged otherwise.
    """
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
