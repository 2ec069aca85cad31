"""Whether requests were resolved: of all that were made, and of those that a person answered."""

from __future__ import annotations

import pandas as pd

from ...estimate import frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods.comparisons import compare_with_others
from ...sources import Care
from ..trials.selection import attempts, by_channel_or_all, left_out, listed, overall, rate


@needs("attempts", "resolved")
def resolved(care: Care) -> Answer:
    """Share of requests resolved by channel, of all attempts and of those answered."""
    rows, unknown = _known(care)
    if rows.empty:
        return Skipped(_("Of no attempt is it known whether the request was resolved."))
    parts = by_channel_or_all(rows)
    if len(parts) > 1:
        parts = [(_("all channels"), rows), *parts]
    bases = ((_("all attempts"), slice(None)), (_("those answered"), "answered"))
    table = frame(
        ({"channel": name, "base": base}, overall(care, part.loc[_which(part, key)], "resolved"))
        for name, part in parts
        for base, key in bases
    )
    first, second = (from_row(row) for row in records(table.head(2)))
    return Finding(
        "resolved",
        table,
        headline=_(
            "Of all requests, {all} were resolved; of those that a person answered, {answered}"
        ).format(all=first, answered=second),
        labels={"channel": _("channel"), "base": _("share of"), "value": _("resolved")},
        notes=(*([_mixture_note()] if len(parts) > 1 else []), *_notes(rows, unknown)),
    )


def mixed(found: Finding) -> bool:
    """Whether the first row of `resolved` is of several channels together."""
    return len(found.rows["channel"].unique()) > 1


@needs("attempts", "resolved", "provider")
def resolved_by_provider(care: Care) -> Answer:
    """Share of all requests resolved, provider by provider."""
    rows, _unknown = _known(care)
    named = rows[rows["provider"].notna()]
    if named.empty:
        return Skipped(_("None of these attempts names its group."))
    table = _by_provider(care, named)
    judged = table["verdict"].ne("–").any()
    labels = {
        "provider": _("provider"),
        "value": _("resolved"),
        "of_answered": _("of those answered"),
        **({"verdict": _("against the others")} if judged else {}),
    }
    note = _(
        "Each provider is compared with the mean of the others (Fisher’s exact test, Holm’s "
        "correction over the providers)."
    )
    return Finding(
        "resolved-by-provider",
        table,
        headline=_("Requests resolved, of all that were made: {rate}").format(
            rate=overall(care, rows, "resolved")
        ),
        caption=_(
            "Share of all attempts that ended with the request resolved, with {level} Wilson "
            "intervals; at the right resolved/made."
        ).format(level=percent(care.study.confidence_level)),
        alt=_("Dots with intervals, highest on top: {rows}.").format(
            rows=listed(table, "provider")
        ),
        labels=labels,
        notes=(*([note] if judged else []), *left_out(rows, "provider")),
    )


def _by_provider(care: Care, named: pd.DataFrame) -> pd.DataFrame:
    """Share resolved of each provider, best first, with the verdict against the others."""
    counted = named.groupby("provider", observed=True).agg(
        k=("resolved", "sum"),
        n=("resolved", "size"),
        resolved_answers=("resolved_answer", "sum"),
        answers_n=("answered", "sum"),
    )
    k, n = counted["k"].tolist(), counted["n"].tolist()
    compared = compare_with_others(k, n, confidence_level=care.study.confidence_level)
    table = frame(
        (
            {
                "provider": str(name),
                "of_answered": f"{number(one.resolved_answers)}/{number(one.answers_n)}",
                "resolved_answers": int(one.resolved_answers),
                "answers_n": int(one.answers_n),
                "verdict": _(said.verdict) if len(counted) > 1 else "–",
            },
            rate(care, int(one.k), int(one.n)),
        )
        for (name, one), said in zip(counted.iterrows(), compared, strict=True)
    )
    return table.sort_values(["value", "provider"], ascending=[False, True], ignore_index=True)


def _known(care: Care) -> tuple[pd.DataFrame, int]:
    """Attempts of which it is known whether they were resolved, and how many it is not.

    Who was not answered was not helped, whether or not that was written down.
    """
    rows = attempts(care)
    unknown = rows["resolved"].isna() & rows["answered"]
    known = rows[~unknown]
    helped = known["resolved"].fillna(False).astype(bool)
    table = known.assign(resolved=helped, resolved_answer=helped & known["answered"])
    return table, int(unknown.sum())


def _which(part: pd.DataFrame, key: str | slice) -> pd.Series[bool] | slice:
    return part[key] if isinstance(key, str) else key


def _mixture_note() -> str:
    return _(
        "All channels together are mixed as they were tried, by channel and by day and night: "
        "customers who use them otherwise would find another share."
    )


def _notes(rows: pd.DataFrame, unknown: int) -> list[str]:
    notes = [_("A request that nobody answered counts as not resolved.")]
    if unknown:
        notes.append(
            _(
                "{n} answered attempts do not say whether the request was resolved; they are left "
                "out."
            ).format(n=number(unknown))
        )
    if alone := int((rows["resolved"] & ~rows["answered"]).sum()):
        notes.append(
            _(
                "{n} requests were resolved without an answer from a person; they count among all "
                "attempts only."
            ).format(n=number(alone))
        )
    return notes
