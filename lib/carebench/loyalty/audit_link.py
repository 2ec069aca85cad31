"""Whether what an audit saw of providers goes with what their customers say.

The two are set side by side provider by provider. What was seen in the same weeks foretells
nothing; of an earlier audit it can at least be said that it came first.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods.multiplicity import holm
from ..methods.rank_correlation import permutation_p, smallest_established, spearman
from ..sources import NOTHING_EARLIER, Care, wave_names
from .audit_scores import Measured, audited, ceiling, said_by_customers, values

FEWEST = 6  # providers; the order of fewer is by chance too often
TOO_FEW = N_("fewer than six providers")
HIGHER = N_("higher where the audit is better")
LOWER = N_("lower where the audit is better")
NO_LINK = N_("no link is seen")
NOT_JUDGED = N_("not judged")
FIXED = N_("The pair was fixed beforehand, not chosen for its link.")
EVIDENCE = N_(
    "There may be no link, and published evidence is mixed: in three chains the scores of mystery "
    "shoppers hardly went with satisfaction or sales (Blessing and Natter 2019); in 41 medical "
    "practices attempts to get an appointment agreed with patients in 5 of 7 questions, while how "
    "calls were handled did not go with satisfaction (British Journal of General Practice)."
)


@needs("survey", "provider")
def audit_link(care: Care, *, earlier: bool = False) -> Answer:
    """How audit scores go with customers' answers, provider by provider.

    With `earlier`, the audit is that of the wave before.
    """
    audit = _audit_of(care, earlier=earlier)
    if isinstance(audit, Skipped):
        return audit
    sides = _both(audit, care)
    if isinstance(sides, Skipped):
        return sides
    table = _table(care, [(one, other) for one in sides[0] for other in sides[1]])
    if table["value"].isna().all():
        return Skipped(_(table["reason"].iloc[0]).capitalize() + ".")
    return Finding(
        "audit-link-earlier" if earlier else "audit-link",
        table,
        headline=_headline(care, table),
        labels={
            "audit": _("audit"),
            "customers": _("customers"),
            "value": _("rank correlation"),
            "verdict": _("verdict"),
        },
        notes=(
            _when(care, audit, earlier=earlier),
            _how(care, table),
            _noise(table),
            _(EVIDENCE),
            *_only_one_side(sides),
        ),
    )


@needs("survey", "provider")
def audit_scatter(care: Care, audit_score: str = "", answer: str = "") -> Answer:
    """One audit score against one answer of customers, a point for each provider.

    Without names they are the first that the study has, in an order that was fixed without
    looking: service as rated, then what was answered; CSAT, then who would switch.
    """
    sides = _both(care, care)
    if isinstance(sides, Skipped):
        return sides
    one, other = (
        _named(side, code) for side, code in zip(sides, (audit_score, answer), strict=True)
    )
    if one is None or other is None:
        code = audit_score if one is None else answer
        return Skipped(_("The study has no measure “{name}” by provider.").format(name=code))
    both = sorted(one.known & other.known)
    if len(both) < FEWEST:
        return Skipped(_(TOO_FEW).capitalize() + ".")
    rows = pd.DataFrame([_point(name, one, other) for name in both])
    rows = rows.sort_values(["x", "provider"], ascending=[False, True], ignore_index=True)
    rows["place"] = rows.index + 1
    found = _correlation(care, one, other)
    text = _("“{audit}” and “{customers}”, provider by provider: rank correlation {value}")
    return Finding(
        f"audit-scatter-{one.code}-{other.code}",
        rows,
        headline=text.format(audit=one.name, customers=other.name, value=found),
        caption=" ".join(
            [
                _(
                    "A point for each provider: across, what the audit saw; up, what customers "
                    "say; with {level} intervals of both."
                ).format(level=percent(care.study.confidence_level)),
                *([] if audit_score or answer else [_(FIXED)]),
                _when(care, care, earlier=False),
            ]
        ),
        alt=_("Points with crossed intervals, from the best in the audit: {rows}.").format(
            rows="; ".join(
                f"{row['provider']} {row['x_text']}, {row['y_text']}" for row in records(rows)
            )
        ),
        labels={
            "place": _("number on a phone"),
            "provider": _("provider"),
            "x_text": one.name,
            "y_text": other.name,
        },
        styles={"x_n": "count", "y_n": "count"},
    )


def _audit_of(care: Care, *, earlier: bool) -> Care | Skipped:
    """The study whose audit is looked at."""
    if not earlier:
        return care
    return care.earlier[-1] if care.earlier else Skipped(_(NOTHING_EARLIER))


def _both(audit: Care, care: Care) -> tuple[list[Measured], list[Measured]] | Skipped:
    """The measures of the audit and the answers of the customers; or why there are none."""
    if "provider" not in audit.columns("attempts"):
        return Skipped(_("No audit by provider stands beside this survey."))
    seen, said = audited(audit), said_by_customers(care)
    if not seen or not said:
        return Skipped(_("The audit or the survey has no score by provider to set against."))
    return seen, said


def _table(care: Care, pairs: list[tuple[Measured, Measured]]) -> pd.DataFrame:
    """One row a pair: its correlation, its place in the family, and what noise leaves of it."""
    found = [_correlation(care, one, other) for one, other in pairs]
    raw = [
        float("nan") if estimate.value is None else permutation_p(*values(one, other))
        for estimate, (one, other) in zip(found, pairs, strict=True)
    ]
    bar = 1 - care.study.confidence_level
    return frame(
        (
            {
                "audit": one.name,
                "customers": other.name,
                "verdict": _(_verdict(estimate, p, bar)),
                "linked": bool(p <= bar),
                "p_value": p,
                "ceiling": ceiling(one, other) if estimate.value is not None else float("nan"),
            },
            estimate,
        )
        for (one, other), estimate, p in zip(pairs, found, holm(raw), strict=True)
    )


def _correlation(care: Care, one: Measured, other: Measured) -> Estimate:
    return spearman(
        *values(one, other),
        fewest=FEWEST,
        too_few=TOO_FEW,
        confidence_level=care.study.confidence_level,
    )


def _verdict(estimate: Estimate, p: float, bar: float) -> str:
    if estimate.value is None or p != p:
        return NOT_JUDGED
    if p > bar:
        return NO_LINK
    return HIGHER if estimate.value > 0 else LOWER


def _headline(care: Care, table: pd.DataFrame) -> str:
    judged = table[table["p_value"].notna()]
    linked = int(judged["linked"].sum())
    if not linked:
        text = _("No link between the audit and what customers say is seen: {seen}")
        return text.format(seen=_could_be_seen(care, table))
    first = records(judged[judged["linked"]])[0]
    return _(
        "{n} of {all} pairs of an audit score and an answer of customers go together, provider by "
        "provider; {audit} and {customers}: {value}"
    ).format(
        n=number(linked),
        all=number(len(judged)),
        audit=first["audit"],
        customers=first["customers"],
        value=from_row(first),
    )


def _could_be_seen(care: Care, table: pd.DataFrame) -> str:
    """How strong a link must be, for so many providers and pairs, before it is called one."""
    n, pairs = int(table["n"].max()), int(table["p_value"].notna().sum())
    least = smallest_established(n, tests=pairs, confidence_level=care.study.confidence_level)
    text = _("over {n} providers none could be (pairs tested: {pairs})")
    if math.isfinite(least):
        text = _(
            "over {n} providers only rank correlations above about {least}, either way, could be "
            "(pairs tested: {pairs})"
        )
    return text.format(n=number(n), pairs=number(pairs), least=number(least, 2))


def _when(care: Care, audit: Care, *, earlier: bool) -> str:
    """Of which waves both are, and what that allows to say."""
    if earlier:
        then, now = wave_names(care)[-2:]
        return _(
            "The audit is of {then}, the survey of {now}: the audit came first. Providers that "
            "stay as they are give such a link too, so it does not show that one moves the other."
        ).format(then=then, now=now)
    dated = all(
        "wave" in side.columns(table) for side, table in ((audit, "attempts"), (care, "survey"))
    )
    if care.study.wave and dated:
        return _(
            "Audit and survey are of the same wave, {wave}: which came first is not known, so "
            "neither is said to foretell the other."
        ).format(wave=care.study.wave)
    return _(
        "Audit or survey name no wave: which came first is not known, so neither is said to "
        "foretell the other."
    )


def _how(care: Care, table: pd.DataFrame) -> str:
    return _(
        "Each provider is one observation: {n} of them, so the intervals are wide. They are of "
        "providers like these, each pair on its own at {level}; the verdicts take all {pairs} "
        "pairs as one family (permutation test, Holm). Associated with, not caused by: providers "
        "differ in more than their care."
    ).format(
        n=number(table["n"].max()),
        level=percent(care.study.confidence_level),
        pairs=number(int(table["p_value"].notna().sum())),
    )


def _noise(table: pd.DataFrame) -> str:
    """How far the noise of both sides hides a link."""
    known = table["ceiling"].dropna()
    if known.empty:
        return _("How far noise hides a link cannot be told here.")
    return _(
        "Noise in both draws a correlation towards 0: with intervals as wide as these, a perfect "
        "link would show as {low} to {high}, by the pair."
    ).format(low=number(known.min(), 2), high=number(known.max(), 2))


def _only_one_side(sides: tuple[list[Measured], list[Measured]]) -> tuple[str, ...]:
    """The providers that only the audit or only the survey knows."""
    seen, said = (set().union(*(one.by_provider for one in side)) for side in sides)
    apart = sorted(seen ^ said)
    if not apart:
        return ()
    text = _("Providers in only one of audit and survey, and in no pair: {n}.")
    return (text.format(n=number(len(apart))),)


def _named(side: list[Measured], code: str) -> Measured | None:
    return next((one for one in side if code in ("", one.code)), None)


def _point(name: str, one: Measured, other: Measured) -> dict[str, Any]:
    point: dict[str, Any] = {"provider": name}
    for axis, side in (("x", one), ("y", other)):
        found = side.by_provider[name]
        point |= {
            axis: found.value,
            f"{axis}_low": found.low,
            f"{axis}_high": found.high,
            f"{axis}_n": found.n,
            f"{axis}_unit": found.unit,
            f"{axis}_name": side.name,
            f"{axis}_text": str(found),
        }
    return point
