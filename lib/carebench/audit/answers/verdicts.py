"""One verdict per provider: three groups instead of a league table, and the funnel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods import comparisons
from ...methods.planning import minimum_detectable_difference
from ...methods.providers import heterogeneity
from ...sources import Care
from ..quality.doubt import doubt_notes
from ..trials.calls import uneven
from ..trials.selection import listed, published, some_names
from .groups import by_group, verdict_note, what

BEYOND = 1.08  # times the most attempts of a provider: where the limits of a funnel end
MOST_NAMED = 12  # points of a funnel that bear their name
MOST_LISTED = 20  # names of a group in the table


@needs("attempts", "provider")
def groups(care: Care, channel: str = "") -> Answer:
    """Three groups of providers instead of a league table."""
    table = _judged(care, channel)
    if isinstance(table, Skipped):
        return table
    return Finding(
        "groups" + (f"-{channel}" if channel else ""),
        _three_groups(table),
        headline=_groups_headline(care, channel, table),
        labels={"verdict": _("verdict"), "providers": _("providers"), "names": _("which")},
        notes=tuple(_groups_notes(care, channel, table)),
    )


@needs("attempts", "provider")
def funnel(care: Care, channel: str = "") -> Answer:
    """Every provider's rate against its number of attempts, with exact limits of chance."""
    table = _judged(care, channel)
    if isinstance(table, Skipped):
        return table
    centre = _centre(care, channel, table)
    if not 0 < centre < 1:
        return Skipped(
            _("{what}: there is nothing to set the providers against in a funnel.").format(
                what=what(channel)
            )
        )
    points = table.assign(
        flag=comparisons.funnel_flags(table["k"].tolist(), table["n"].tolist(), centre),
        label=_labels(table),
        centre=centre,
    )
    keep = ["provider", "value", "k", "n", "verdict", "direction", "flag", "label", "centre"]
    limits = comparisons.funnel_limits(centre, int(table["n"].max() * BEYOND))
    return Finding(
        "funnel" + (f"-{channel}" if channel else ""),
        pd.concat([points[keep], limits.assign(centre=centre)], ignore_index=True),
        headline=_groups_headline(care, channel, table),
        caption=" ".join(_funnel_caption(care, channel, points, limits)),
        alt=_("A funnel plot of {n} providers around {centre}: {rows}.").format(
            n=number(len(table)), centre=percent(centre), rows=listed(table, "provider")
        ),
    )


def _judged(care: Care, channel: str) -> pd.DataFrame | Skipped:
    """The providers with their verdicts, where one at least has one."""
    found = by_group(care, channel)
    if isinstance(found, Skipped):
        return found
    if why := uneven(care, channel):
        return Skipped(why)
    if "provider" not in found.rows:
        return Skipped(_("No attempt names a provider."))
    if found.rows["p_value"].isna().all():
        return Skipped(
            _("{what}: no provider had the five attempts that a verdict needs.").format(
                what=what(channel)
            )
        )
    return found.rows


def _three_groups(table: pd.DataFrame) -> pd.DataFrame:
    """One row per verdict that occurs: how many providers, which, on how many attempts."""
    rows = []
    for words in map(_, comparisons.VERDICTS):
        part = table[table["verdict"].eq(words)]
        if len(part):
            share = _("{k} of {n}").format(k=number(len(part)), n=number(len(table)))
            names = some_names(part["provider"].tolist(), MOST_LISTED)
            rows.append({"verdict": words, "providers": share, "names": names,
                         "n": int(part["n"].sum())})  # fmt: skip
    return pd.DataFrame(rows)


def _groups_headline(care: Care, channel: str, table: pd.DataFrame) -> str:
    fields = {"what": what(channel), "n": number(len(table))}
    for name, way in (("above", 1), ("same", 0), ("below", -1)):
        fields[name] = number(int(table["direction"].eq(way).sum()))
    reference = published(care, channel)["reference"]
    if reference is not None:
        return _(
            "{what}: clearly above the {share} of {source} are {above} of {n} providers, clearly "
            "below {below}; {same} cannot be told from it"
        ).format(**fields, share=percent(reference), source=care.study.audit.benchmark)
    return _(
        "{what}: clearly above the others are {above} of {n} providers, clearly below {below}; "
        "{same} cannot be told from them"
    ).format(**fields)


def _groups_notes(care: Care, channel: str, table: pd.DataFrame) -> Iterator[str]:
    judged = table[table["p_value"].notna()]
    yield verdict_note(care, channel)
    yield from doubt_notes(care, channel)
    p = heterogeneity(judged["k"].tolist(), judged["n"].tolist())
    if len(judged) > 1:
        differ = p < 1 - care.study.confidence_level
        text = _("Taken together, the providers differ no more than by chance ({p}).")
        if differ:
            text = _("Taken together, the providers differ by more than chance ({p}).")
        yield text.format(p=_p_text(p))
        if not differ and judged["direction"].abs().eq(1).any():
            yield _(
                "That is no contradiction: this test spreads its strength over all providers, "
                "while each verdict looks at one alone, against its own benchmark."
            )
    if judged["direction"].eq(0).any():
        yield _what_could_be_found(care, judged, _centre(care, channel, table))


def _what_could_be_found(care: Care, judged: pd.DataFrame, centre: float) -> str:
    """Not distinguishable is not the same: how far from the benchmark would have been seen."""
    typical = int(judged["n"].median())
    gap = minimum_detectable_difference(
        typical,
        benchmark=min(max(centre, 0.01), 0.99),
        comparisons=len(judged),
        confidence_level=care.study.confidence_level,
    )
    if not np.isfinite(gap):
        return _(
            "Not distinguishable is not the same: with {n} attempts each, no difference at all "
            "would surely have been found."
        ).format(n=number(typical))
    return _(
        "Not distinguishable is not the same: with {n} attempts each, about {points} points of "
        "difference are needed to be found four times in five."
    ).format(n=number(typical), points=number(gap * 100))


def _p_text(p: float) -> str:
    return _("p < {p}").format(p=number(0.001, 3)) if p < 0.001 else f"p = {number(p, 3)}"


def _centre(care: Care, channel: str, table: pd.DataFrame) -> float:
    """What the funnel stands around: the published figure, else the providers' mean rate."""
    reference = published(care, channel)["reference"]
    return float(table["value"].mean()) if reference is None else float(reference)


def _labels(table: pd.DataFrame) -> pd.Series[Any]:
    """The names of those apart from the benchmark; of many, the highest and the lowest."""
    apart = table.index[table["direction"].abs().eq(1)]
    if len(apart) > MOST_NAMED:
        half = MOST_NAMED // 2
        apart = apart[:half].union(apart[-half:])
    return table["provider"].where(table.index.isin(apart))


def _funnel_caption(
    care: Care, channel: str, points: pd.DataFrame, limits: pd.DataFrame
) -> Iterator[str]:
    yield _("Each mark is a provider; its form is the verdict, which allows for all comparisons.")
    if len(limits):
        yield _(
            "Lines: of providers that answer at the middle line at most 5% lie outside the inner "
            "pair and 0.2% outside the outer pair (exact binomial tails); here {n} lie outside the "
            "inner pair. Below 20 attempts no line is drawn."
        ).format(n=number(int(points["flag"].ne(0).sum())))
    else:
        yield _("With fewer than 20 attempts each, no limits of chance are drawn.")
    if published(care, channel)["reference"] is None:
        yield _("The middle line is the mean of all the providers.")
    else:
        yield _(
            "The middle line is the figure that {source} printed; how sure it was is unknown."
        ).format(source=care.study.audit.benchmark)
    if points["direction"].abs().eq(1).sum() > MOST_NAMED:
        yield _("Of those apart, only the {n} furthest out are named.").format(n=number(MOST_NAMED))
