"""Groups that customers form by themselves: looked for on request, shown only where stable."""

from __future__ import annotations

import math
from string import ascii_uppercase
from typing import Any

import numpy as np
import pandas as pd

from .. import queries
from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number
from ..methods.partition import CLOSE, STABLE, Points, closeness, k_means, stability
from ..sources import Care
from .dominance import largest_part, with_whole
from .recency import with_revenue

SEED = 20140602
SAMPLE = 20_000  # customers, at most
FEWEST = 100  # customers; among fewer, groups come and go
FOUND, ONE_CLOUD, UNSTABLE = (
    N_("found again, and apart"),
    N_("stable, but not apart"),
    N_("not stable"),
)


@needs("transactions")
def groupings(care: Care) -> Answer:
    """For each number of groups: whether they come again in other samples and lie apart."""
    sample = _asked(care)
    if isinstance(sample, Skipped):
        return sample
    points = _points(sample)
    tried = range(2, care.study.segmentation.clusters + 1)
    rows = frame(row for k in tried for row in _tried(points, k))
    best = _best(rows)
    headline = _("No stable grouping found: customers differ by degrees, or in no lasting way")
    if best is not None:
        text = _("{k} groups of customers come again in other samples: agreement {agreement}")
        headline = text.format(k=number(best["groups"]), agreement=from_row(best))
    return Finding(
        "groupings",
        rows,
        headline=headline,
        labels={
            "groups": _("groups"),
            "verdict": _("verdict"),
            "value": _("agreement of two samples"),
            "smallest": _("customers in the smallest"),
        },
        styles={"groups": "count", "smallest": "count"},
        notes=(
            _(
                "Found again, and apart: agreement of {stable} or more between groupings of two "
                "bootstrap samples (1 is the same groups, 0 no more than chance), and groups "
                "clearly closer round their middle than parts of one cloud. Measured on simulated "
                "customers: those who all buy alike are not taken for groups."
            ).format(stable=number(STABLE, 1)),
            *_notes(care, sample),
        ),
    )


@needs("transactions")
def group_profiles(care: Care) -> Answer:
    """Who is in the groups, where stable ones were found."""
    found = groupings(care)
    if isinstance(found, Skipped):
        return found
    best = _best(found.rows)
    if best is None:
        return Skipped(_("No stable grouping was found, so there is none to describe."))
    sample = _sample(care)
    partition = k_means(_points(sample), best["groups"], rng=_random(best["groups"]))
    labels = pd.Series(0 if partition is None else partition.labels, index=sample.index)
    rows = _profiles(sample.assign(revenue=care.in_units(sample["revenue"])), labels)
    rows["largest_part"] = with_whole(care, rows["largest_part"])
    return Finding(
        "group-profiles",
        rows,
        headline=_("The {k} groups: what is usual in each").format(k=number(len(rows))),
        labels={
            "group": _("group"),
            "customers": _("customers"),
            "revenue_share": _("share of revenue"),
            "days": _("median days of purchase"),
            "idle": _("median days since the last purchase"),
            "typical": _("median net revenue"),
        },
        styles={
            "customers": "count",
            "revenue_share": "share",
            "days": "count",
            "idle": "count",
            "typical": care.study.currency,
        },
        notes=_notes(care, sample),
    )


def _asked(care: Care) -> pd.DataFrame | Skipped:
    """The customers among whom groups are looked for; why that is not done."""
    if care.study.segmentation.clusters < 2:
        return Skipped(
            _(
                "Groups are looked for only on request: “clusters = 6” under [segmentation] in the "
                "study file tries two to six."
            )
        )
    sample = _sample(care)
    if len(sample) < FEWEST:
        text = _("To look for groups takes {least} customers with revenue; the books hold {n}.")
        return Skipped(text.format(least=number(FEWEST), n=number(len(sample))))
    if not _points(sample).shape[1]:
        return Skipped(_("All customers are alike, so there are no groups."))
    return sample


def _sample(care: Care) -> pd.DataFrame:
    """Frequency, idle days and revenue of at most `SAMPLE` customers, in a fixed order."""

    def make() -> pd.DataFrame:
        with_revenue(care)
        drawn = care.large.frame(queries.paying_sample(SAMPLE)).astype("int64")
        return drawn.sort_values(["revenue", "frequency", "idle"], ignore_index=True)

    return care.once("sample of customers", make)


def _points(sample: pd.DataFrame) -> Points:
    """Logarithms, standardised: differences count as ratios. Columns that do not vary are gone."""
    logs = np.column_stack(
        [np.log1p(sample["frequency"]), np.log1p(sample["idle"]), np.log(sample["revenue"])]
    )
    spread = logs.std(axis=0)
    varies = spread > 1e-9
    return np.asarray((logs - logs.mean(axis=0))[:, varies] / spread[varies])


def _tried(points: Points, k: int) -> list[tuple[dict[str, object], Estimate]]:
    """The row of the table for k groups; none where the customers are not that many kinds."""
    whole = k_means(points, k, rng=_random(k))
    if whole is None:
        return []
    agreement = stability(points, k, rng=_random(k))
    lasting = agreement.value is not None and agreement.value >= STABLE
    close = closeness(points, k, rng=_random(k)) if lasting else math.nan
    verdict = UNSTABLE if not lasting else FOUND if close <= CLOSE else ONE_CLOUD
    smallest = int(np.bincount(whole.labels, minlength=k).min())
    keys = {"groups": k, "smallest": smallest, "closeness": close, "found": verdict == FOUND}
    return [({**keys, "verdict": _(verdict)}, agreement)]


def _best(rows: pd.DataFrame) -> dict[str, Any] | None:
    """The row of the most stable groups among those found."""
    found = rows[rows["found"]].sort_values("value", ascending=False, kind="stable")
    return records(found)[0] if len(found) else None


def _profiles(sample: pd.DataFrame, labels: pd.Series[int]) -> pd.DataFrame:
    """Each group's size, share of revenue and medians, that with most revenue each first."""
    parts = sample.groupby(labels)
    table = pd.DataFrame(
        {
            "customers": parts.size(),
            "revenue_share": parts["revenue"].sum() / sample["revenue"].sum(),
            "days": parts["frequency"].median() + 1,
            "idle": parts["idle"].median(),
            "typical": parts["revenue"].median(),
            "largest_part": largest_part(parts["revenue"].sum(), parts["revenue"].max()),
        }
    ).sort_values("typical", ascending=False, ignore_index=True)
    table.insert(0, "group", list(ascii_uppercase[: len(table)]))
    return table


def _notes(care: Care, sample: pd.DataFrame) -> tuple[str, ...]:
    """What the groups were looked for among, and by."""
    notes = [
        _(
            "Groups are made by k-means on the logarithms of days of purchase, days since the "
            "last purchase and net revenue; customers at or below zero are left out."
        )
    ]
    if len(sample) == SAMPLE:
        text = _("Looked for among {n} customers drawn by their names, always the same.")
        notes.append(text.format(n=number(len(sample))))
    return tuple(notes)


def _random(k: int) -> np.random.Generator:
    return np.random.default_rng((SEED, k))
