"""What operators counted themselves, already added up."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.proportions import census
from ...sources import Care
from ..trials.selection import by_channel_or_all, listed

RATES = (
    ("answered", "offered", N_("answered, of those offered")),
    ("abandoned", "offered", N_("abandoned, of those offered")),
    ("answered_within_limit", "answered", N_("answered within the limit, of those answered")),
)
PARTS = ("offered", "answered", "abandoned")


@needs("counts")
def operator_counts(care: Care) -> Answer:
    """What operators counted themselves: answered, abandoned, answered within the limit."""
    rows = care.current("counts")
    by_channel = by_channel_or_all(rows)
    estimates = [
        ({"channel": name, "measure": _(label)}, _share(part, top, bottom))
        for name, part in by_channel
        for top, bottom, label in RATES
        if top in rows and bottom in rows
    ]
    estimates = [pair for pair in estimates if pair[1].value is not None]
    if not estimates:
        return Skipped(_("The counts hold contacts offered but nothing to set against them."))
    labels = {"channel": _("channel"), "measure": _("measure"), "value": _("share")}
    return Finding(
        "operator-counts",
        frame(estimates),
        headline=_("What operators counted: {n} contacts offered").format(
            n=number(int(rows["offered"].sum()))
        ),
        labels=labels
        if len(by_channel) > 1
        else {k: v for k, v in labels.items() if k != "channel"},
        notes=tuple(_notes(rows)),
    )


@needs("counts", "provider", "answered")
def counts_by_provider(care: Care) -> Answer:
    """Provider by provider, what they counted: complete counts, so shares without interval."""
    rows = care.current("counts")
    named = rows[rows["provider"].notna()]
    if named.empty:
        return Skipped(_("The counts name no provider."))
    found = [
        ({"provider": str(name), **_beside(part)}, _share(part, "answered", "offered"))
        for name, part in named.groupby("provider", observed=True)
    ]
    if all(estimate.value is None for _keys, estimate in found):
        reasons = "; ".join(dict.fromkeys(_(estimate.reason) for _keys, estimate in found))
        return Skipped(_("No provider’s counts give a share: {reason}.").format(reason=reasons))
    table = frame(found).sort_values(
        ["value", "provider"], ascending=[False, True], ignore_index=True
    )
    labels = {
        "provider": _("provider"),
        "value": _("answered, of those offered"),
        "abandoned": _("abandoned, of those offered"),
        "within_limit": _("in time, of those answered"),
    }
    return Finding(
        "counts-by-provider",
        table,
        headline=_provider_headline(table),
        caption=_(
            "Share of the contacts offered that the provider itself counted as answered. Complete "
            "counts carry no interval: nothing was sampled. At the right answered/offered."
        ),
        alt=_("Dots without intervals: {rows}.").format(rows=listed(table, "provider")),
        labels={name: words for name, words in labels.items() if table[name].notna().any()},
        styles={"abandoned": "share", "within_limit": "share"},
        notes=tuple(_notes(named)),
    )


def _beside(part: pd.DataFrame) -> dict[str, float | None]:
    """The shares that stand beside the one answered."""
    return {
        "abandoned": _value(part, "abandoned", "offered"),
        "within_limit": _value(part, "answered_within_limit", "answered"),
    }


def _value(part: pd.DataFrame, top: str, bottom: str) -> float | None:
    return _share(part, top, bottom).value if {top, bottom} <= set(part) else None


def _provider_headline(table: pd.DataFrame) -> str:
    known = table[table["value"].notna()]
    if known.empty:
        return _("What each operator counted")
    low, high = percent(known["value"].min()), percent(known["value"].max())
    if len(known) == 1:
        text = _("By its own count, {provider} answered {share} of the contacts offered")
        return text.format(provider=known["provider"].iloc[0], share=low)
    if low == high:
        text = _("By their own count, {n} providers each answered {share} of the contacts offered")
        return text.format(n=number(len(known)), share=low)
    return _(
        "By their own count, providers answered from {low} to {high} of the contacts offered"
    ).format(low=low, high=high)


def _notes(rows: pd.DataFrame) -> Iterator[str]:
    yield _("Counted by the operators themselves: complete counts, not a sample, and not "
            "comparable with attempts by shoppers.")  # fmt: skip
    if "provider" in rows:
        yield _("Providers: {n}.").format(n=number(rows["provider"].nunique()))
    used = rows[[name for name in PARTS if name in rows]]
    if gaps := int(used.isna().any(axis=1).sum()):
        yield _("{n} rows lack a count; each share leaves out the rows that lack its own.").format(
            n=number(gaps)
        )
    if set(PARTS) <= set(rows):
        yield from _sums(used.dropna().astype("int64"))


def _sums(complete: pd.DataFrame) -> Iterator[str]:
    """Where offered is not answered and abandoned together: said, never mended."""
    rest = complete["offered"] - complete["answered"] - complete["abandoned"]
    if (rest > 0).any():
        yield _(
            "In {rows} of {all} rows some of the contacts offered are neither answered nor "
            "abandoned: {n} contacts, {share} of those offered."
        ).format(
            rows=number(int((rest > 0).sum())),
            all=number(len(rest)),
            n=number(int(rest[rest > 0].sum())),
            share=percent(rest[rest > 0].sum() / complete["offered"].sum(), 1),
        )
    if (rest < 0).any():
        yield _(
            "In {rows} of {all} rows answered and abandoned together are more than were offered, "
            "by {n} contacts: what was counted differs from count to count."
        ).format(
            rows=number(int((rest < 0).sum())),
            all=number(len(rest)),
            n=number(int(-rest[rest < 0].sum())),
        )


def _share(rows: pd.DataFrame, top: str, bottom: str) -> Estimate:
    """Σ top of Σ bottom over the rows that have both."""
    pair = rows[[top, bottom]].dropna()
    part, whole = int(pair[top].sum()), int(pair[bottom].sum())
    if part > whole:
        return Estimate.absent(N_("the part was counted higher than the whole"), n=whole)
    return census(part, whole)
