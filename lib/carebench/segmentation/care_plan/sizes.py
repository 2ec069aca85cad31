"""Care by people must not depend on how much a customer buys: whether it would, by the plan."""

from __future__ import annotations

import pandas as pd

from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _
from ...sources import Care
from .rows import (
    GROUPS,
    SIZES,
    STAGE_NAMES,
    human_at,
    knows_sizes,
    not_placed,
    parted,
    planned,
    reaches,
    size_untold,
    stages_of,
    what,
    word,
)
from .words import listed

WORSE = ("none", "fewer")
SIZE_VERDICTS = {
    "none": N_("worse: none, though larger customers get some"),
    "fewer": N_("worse: fewer than larger customers get"),
    "untold": N_("cannot tell: some human care is for customers of no known size"),
    "other": N_("cannot tell: other activities or levels"),
    "same": N_("no less than larger customers get"),
    "empty": N_("none for these or larger customers"),
}
NO_SIZES = N_(
    "The care plan names no customers by size (special, large, medium, small, all), so it cannot "
    "be said whether human care varies with it."
)
COMPARED = N_(
    "Knowledge, skill and attitude of staff must not depend on how much a customer buys; "
    "convenience and gifts may. Compared are activities of the human factor, at each stage, with "
    "those of the larger customers who get the most."
)
NOT_PRACTICE = N_(
    "A plan is not its practice: whether customers are treated alike is measured by contacts, in "
    "the service audit."
)


@needs("care_activities", "segment", "content")
def human_care(care: Care) -> Answer:
    """Whether smaller customers would get less care by people than larger ones."""
    rows = planned(care)
    if not knows_sizes(rows):
        return Skipped(_(NO_SIZES))
    table = by_size(rows, stages_of(rows))
    table["verdict"] = [_(SIZE_VERDICTS[code]) for code in table["judged"]]
    return Finding(
        "human-care",
        table,
        headline=_size_headline(table),
        labels={
            "where": _("stage and customers"),
            "verdict": _("verdict"),
            "own": _("they get"),
            "larger": _("larger customers get besides"),
        },
        notes=(_(COMPARED), _(NOT_PRACTICE), *not_placed(rows)),
        stated=True,
    )


def by_size(rows: pd.DataFrame, stages: tuple[str | None, ...]) -> pd.DataFrame:
    """Care by people at each stage: what each size of customers gets beside larger ones.

    `judged` is a key of `SIZE_VERDICTS`.
    """
    return pd.DataFrame(
        [
            _one_size(rows[human_at(rows, stage)], stage, at)
            for stage in stages
            for at in range(1, len(SIZES))
        ]
    )


def worse_where(sizes: pd.DataFrame) -> str:
    """Which customers get less care by people, and at which stage; "" where none do."""
    worse = sizes[sizes["judged"].isin(WORSE)]
    return "; ".join(
        f"{stage} ({', '.join(part['whom_for'])})"
        for stage, part in worse.groupby("care_stage", sort=False)
    )


def _one_size(human: pd.DataFrame, stage: str | None, at: int) -> dict[str, object]:
    """What the size at place `at` gets at one stage, beside the larger one that gets most."""
    own, *others = [_given(human, size) for size in (SIZES[at], *SIZES[:at])]
    larger = max(others, key=len)
    besides = [what(*given) for given in larger if given not in own]
    return {
        "where": parted(STAGE_NAMES, stage, SIZES[at]),
        "care_stage": word(STAGE_NAMES, stage),
        "whom_for": _(GROUPS[SIZES[at]]),
        "judged": _judged(own, larger, untold=bool(size_untold(human).any())),
        "own": listed(name for name, _level in own) or "–",
        "larger": listed(besides) or "–",
        "own_activities": float(len(own)),
        "larger_activities": float(len(larger)),
    }


def _given(human: pd.DataFrame, size: str) -> list[tuple[str, str | None]]:
    """The activities that customers of one size get, each with its level."""
    found = human[reaches(human, size)]
    return [*zip(found["activity"], found["level"], strict=True)]


def _judged(
    own: list[tuple[str, str | None]], larger: list[tuple[str, str | None]], *, untold: bool
) -> str:
    if len(own) < len(larger):
        return "fewer" if own else "none"
    if untold:
        return "untold"
    if not own:
        return "empty"
    return "same" if set(larger) <= set(own) else "other"


def _size_headline(table: pd.DataFrame) -> str:
    judged = set(table["judged"])
    if judged & set(WORSE):
        return _(
            "The plan gives smaller customers less human care than larger ones: {where}"
        ).format(where=worse_where(table))
    if "untold" in judged:
        return _(
            "Whether smaller customers get less human care cannot be told: some of it is for "
            "customers of no known size"
        )
    if judged == {"empty"}:
        return _("The plan holds no human care for customers of any size")
    if "other" in judged:
        return _(
            "No size of customers gets fewer human activities than larger ones, but they differ: "
            "whether they are as good cannot be told from the plan"
        )
    return _("The plan gives customers of no size less human care than larger ones")
