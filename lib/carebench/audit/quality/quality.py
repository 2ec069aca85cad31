"""How well care was given: the shoppers' scores on each point, and on all of them by provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.comparisons import ABOVE, BELOW, NOT_DISTINGUISHABLE
from ...methods.contacts import share_of_scores
from ...methods.multiplicity import holm
from ...methods.providers import clustered_proportion
from ...methods.severity import Severity
from ...schema import SIX_POINTS
from ...sources import Care
from ..trials.scores import POINTS, SUMS, TOP, distribution, severity, sums
from ..trials.selection import listed

ITEM_NAMES = {
    "friendliness": N_("friendliness"),
    "empathy": N_("empathy"),
    "fairness": N_("fairness"),
    "customer_at_centre": N_("customer at the centre"),
    "information": N_("information"),
    "choice": N_("choice"),
}
CONTENTS = {
    "convenience": N_("convenience"),
    "human": N_("human factor"),
    "other": N_("other points"),
}
SHARES = [f"score_{point}" for point in POINTS]
NO_SCORES = N_("No score is of an attempt that counts.")


def item_name(item: str) -> str:
    """An item of the ratings as a reader calls it."""
    return _(ITEM_NAMES[item]) if item in ITEM_NAMES else item.replace("_", " ")


@needs("ratings")
def points_of_service(care: Care) -> Answer:
    """Each point's scores from 1 to 5, and the share of good ones, 4 or 5."""
    counted = distribution(care, "item")
    if counted.empty:
        return Skipped(_(NO_SCORES))
    known = {item: place for place, item in enumerate(SIX_POINTS)}
    items = sorted(counted["about"].unique(), key=lambda item: (known.get(item, 99), item))
    by_item = {item: _one_score(part) for item, part in counted.groupby("about")}
    table = _scored(care, counted, {item: by_item[item] for item in items})
    table.insert(0, "item", [item_name(item) for item in items])
    return Finding(
        "points-of-service",
        table,
        headline=_points_headline(table),
        caption=_figure_caption(care) + " " + _(
            "One shopper’s score for each contact: several shoppers’ scores of one contact are no "
            "further evidence on a provider."
        ),
        alt=_("Stacked bars around the middle score: {rows}.").format(rows=listed(table, "item")),
        labels={"item": _("point"), "value": _("good scores")},
    )  # fmt: skip


@needs("ratings")
def contents(care: Care) -> Answer:
    """Convenience, the human factor and the rest: the share of good scores of each."""
    split = care.study.audit.contents
    found = set(distribution(care, "item")["about"])
    groups = [(name, sorted(found & set(items))) for name, items in split.items()]
    groups.append(("", sorted(found - {item for items in split.values() for item in items})))
    rows = [
        (
            {
                "content": _(CONTENTS[name]) if name else _("in no group"),
                "items": ", ".join(map(item_name, items)),
            },
            share(care, sums(care, items)),
        )
        for name, items in groups
        if items
    ]
    if not rows:
        return Skipped(_(NO_SCORES))
    table = frame(rows)
    return Finding(
        "contents",
        table,
        headline=_("Good scores by what was judged: {rows}").format(rows=listed(table, "content")),
        labels={
            "content": _("what was judged"),
            "items": _("its points"),
            "value": _("good scores"),
        },
        notes=(
            _(
                "The study says which point speaks of what. n is the number of contacts; the "
                "scores of one contact are not independent, and the intervals allow for it."
            ),
        ),
    )


@needs("ratings")
def quality_by_provider(care: Care) -> Answer:
    """All points together, provider by provider, with the mean adjusted for who scored."""
    if "provider" not in care.columns("attempts"):
        return Skipped(_("The attempts name no provider."))
    counted = distribution(care, "provider")
    if counted.empty:
        return Skipped(_(NO_SCORES))
    whole = sums(care)
    each = {str(row["provider"]): pd.DataFrame([row]) for row in records(whole)}
    table = _scored(care, counted, each)
    table.insert(0, "provider", list(each))
    names, _shoppers, found = severity(care)
    table = table.merge(_adjusted(care, names, found), on="provider", how="left")
    table = table.sort_values(["value", "provider"], ascending=[False, True], ignore_index=True)
    return Finding(
        "quality-by-provider",
        table,
        headline=_("{rate} of all scores are good (4 or 5)").format(rate=share(care, whole))
        + _stand_out(table),
        caption=_figure_caption(care),
        alt=_("Stacked bars around the middle score, highest on top: {rows}.").format(
            rows=listed(table, "provider")
        ),
        labels={
            "provider": _("provider"),
            "value": _("good scores"),
            "adjusted": _("adjusted mean, 1 to 5"),
            **({} if _not_judged(table) else {"verdict": _("against the mean")}),
        },
        notes=tuple(_mean_notes(table, found)),
    )


def _scored(care: Care, counted: pd.DataFrame, parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Share of each point and the estimate of good scores, for each part that scores are about."""
    shares = _point_shares(care, counted).loc[list(parts)].reset_index(drop=True)
    good = frame(({}, share(care, by_provider)) for by_provider in parts.values())
    return pd.concat([shares, good], axis=1)


def share(care: Care, by_provider: pd.DataFrame) -> Estimate:
    """Share of good scores over the providers in the rows of `scores.sums`."""
    level = care.study.confidence_level
    if care.study.audit.providers_are == "sample" and len(by_provider) > 1:
        k, n = (by_provider[name].astype(int).tolist() for name in ("k", "n"))
        found = clustered_proportion(k, n, confidence_level=level)
        return replace(found, n=int(by_provider["contacts"].sum()), k=None)
    return share_of_scores(*(by_provider[name] for name in SUMS), confidence_level=level)


def _one_score(counted: pd.DataFrame) -> pd.DataFrame:
    """What `scores.sums` would say of one item, with its one score a contact."""
    good = counted["n"].where(counted["point"] >= TOP, 0)
    summed = counted.assign(k=good).groupby("provider", as_index=False)[["k", "n"]].sum()
    return summed.assign(contacts=summed["n"], kk=summed["k"], kn=summed["k"], nn=summed["n"])


def _point_shares(care: Care, counted: pd.DataFrame) -> pd.DataFrame:
    """Share of each point in what `scores.distribution` counted, over providers as in `share`."""
    grid = counted.pivot_table(
        index=["about", "provider"], columns="point", values="n", aggfunc="sum", fill_value=0
    ).reindex(columns=list(POINTS), fill_value=0)
    if care.study.audit.providers_are == "sample":
        grid = grid.groupby("about").sum()
    shares = grid.div(grid.sum(axis=1), axis=0).groupby("about").mean()
    return shares.set_axis(SHARES, axis=1)


def _adjusted(care: Care, names: list[str], found: Severity) -> pd.DataFrame:
    """Each provider's adjusted mean in words, and whether it stands apart from their mean."""
    bar = 1 - care.study.confidence_level
    alone = len(names) < 2
    said = [
        "–" if alone or p != p else _apart(gap, p <= bar)
        for gap, p in zip(found.gaps, holm(found.gap_p_values), strict=True)
    ]
    return pd.DataFrame(
        {
            "provider": names,
            "adjusted": [_in_words(mean) for mean in found.means],
            "adjusted_mean": [mean.value for mean in found.means],
            "adjusted_low": [mean.low for mean in found.means],
            "adjusted_high": [mean.high for mean in found.means],
            "verdict": said,
        }
    ).astype({f"adjusted_{end}": "float64" for end in ("mean", "low", "high")})


def _apart(gap: Estimate, established: bool) -> str:
    if not established:
        return _(NOT_DISTINGUISHABLE)
    return _(ABOVE if (gap.value or 0.0) > 0 else BELOW)


def _in_words(mean: Estimate) -> str:
    if mean.value is None or not mean.has_interval:
        return mean.value_text()
    return _("{value} ({interval})").format(value=mean.value_text(), interval=mean.interval_text())


def _points_headline(table: pd.DataFrame) -> str:
    """Which points are best and worst, where the intervals of the two do not overlap."""
    ordered = records(table.sort_values("value"))
    worst, best = (f"“{row['item']}” {from_row(row)}" for row in (ordered[0], ordered[-1]))
    if len(table) == 1:
        return _("Good scores (4 or 5) for {item}").format(item=best)
    if ordered[-1]["low"] > ordered[0]["high"]:
        text = _("Good scores (4 or 5) are clearly more frequent for {best} than for {worst}")
    else:
        text = _("No point stands out: good scores (4 or 5) run from {worst} to {best}")
    return text.format(best=best, worst=worst)


def _stand_out(table: pd.DataFrame) -> str:
    """How many providers stand apart; nothing where that was not judged."""
    if _not_judged(table):
        return ""
    above, below = (int(table["verdict"].eq(_(words)).sum()) for words in (ABOVE, BELOW))
    return "; " + _(
        "of {n} providers, clearly above their mean: {above}, clearly below: {below}"
    ).format(n=number(len(table)), above=number(above), below=number(below))


def _figure_caption(care: Care) -> str:
    shown = _(
        "Share of scores at each point of the scale, 1 worst to 5 best, set around the middle; at "
        "the right the share of 4 and 5 with its {level} interval."
    ).format(level=percent(care.study.confidence_level))
    if "provider" not in care.columns("attempts"):
        return shown
    if care.study.audit.providers_are == "sample":
        return f"{shown} " + _("The intervals over all providers hold for firms like these.")
    return f"{shown} " + _("Over several providers each counts alike.")


def _not_judged(table: pd.DataFrame) -> bool:
    return bool(table["verdict"].eq("–").all())


def _mean_notes(table: pd.DataFrame, found: Severity) -> Iterator[str]:
    """What the adjusted means are, and what they were compared with."""
    refused = next((mean.reason for mean in found.means if mean.value is None), "")
    if refused:
        yield _("No adjusted means: {reason}.").format(reason=_(refused))
        return
    yield _(
        "The mean is adjusted for how severe each shopper is (least squares on provider and "
        "shopper). The mean of a scale is a convention; the share of good scores is not."
    )
    if not _not_judged(table):
        yield _(
            "Each adjusted mean is compared with the mean over the providers (Student’s t, "
            "Holm’s correction)."
        )
