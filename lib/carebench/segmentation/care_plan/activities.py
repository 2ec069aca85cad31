"""What the care plan offers to whom, at which stage, and where it offers nothing.

What is planned is the study's own word; whether it is given is measured in the service audit.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...estimate import records
from ...finding import Answer, Finding, needs
from ...language import _, number
from ...schema import CONTENTS, STAGES
from ...sources import Care
from .rows import (
    ALL,
    CONTENT_NAMES,
    GROUPS,
    METHOD_NAMES,
    SIZES,
    STAGE_NAMES,
    not_placed,
    parted,
    planned,
    reaches,
    what,
    word,
)
from .words import Scale, listed

# In an answer, `method` and `value` would be taken for those of an estimate.
OWN_NAMES = {
    "stage": "care_stage",
    "method": "care_method",
    "segment": "whom_for",
    "name": "activity",
    "value_low": "worth_low",
    "value": "worth",
    "value_high": "worth_high",
}
STRONG = 4  # of 5: a need from which on it counts as strong


@needs("care_activities")
def activities(care: Care) -> Answer:
    """The plan: each activity with its customers, stage, content, method, cost and need."""
    rows = planned(care)
    scale = Scale.of(care, rows["cost"])
    shown = rows.assign(
        what=[what(row["name"], row["level"]) for row in records(rows)],
        whom=[parted(STAGE_NAMES, row["stage"], row["segment"]) for row in records(rows)],
        how=[
            f"{word(CONTENT_NAMES, row['content'])}; {word(METHOD_NAMES, row['method'])}"
            for row in records(rows)
        ],
        cost_text=[scale.text(cost) for cost in rows["cost"]],
        need_text=[_of(need, np.nan) for need in rows["need"]],
        offered=[_of(row["rivals"], row["rivals_asked"]) for row in records(rows)],
    )
    labels = {
        "what": _("activity and its level"),
        "whom": _("when, for whom"),
        "how": _("what, how"),
        "cost_text": _("cost, {unit}").format(unit=scale.unit),
        "need_text": _("need, 1 to 5"),
        "offered": _("rivals that offer it"),
    }
    return Finding(
        "care-activities",
        shown.drop(columns=["activity", "level"]).rename(columns=OWN_NAMES),
        headline=_plan_headline(rows, scale),
        labels={name: label for name, label in labels.items() if _known(rows, name)},
        notes=_plan_notes(rows),
        stated=True,
    )


@needs("care_activities", "stage", "content")
def care_gaps(care: Care) -> Answer:
    """Stage by content: which activities there are, and for which customers there is none."""
    rows = planned(care)
    groups = _groups(rows)
    found = pd.DataFrame(
        [_place(rows, stage, content, groups) for stage in STAGES for content in CONTENTS]
    )
    bare = [
        parted(STAGE_NAMES, stage, group)
        for stage in STAGES
        for group in _without(rows[rows["stage"].eq(stage)], groups)
    ]
    return Finding(
        "care-gaps",
        found,
        headline=_gap_headline(found, bare),
        labels={
            "what": _("stage and content"),
            "activities": _("activities"),
            "nothing_for": _("nothing for"),
        },
        notes=(
            _("An empty place is a question to the plan, not an error in it."),
            *not_placed(rows),
        ),
        stated=True,
    )


def _place(rows: pd.DataFrame, stage: str, content: str, groups: list[str]) -> dict[str, object]:
    """The activities of one content at one stage, and the groups for which there is none."""
    here = rows[rows["stage"].eq(stage) & rows["content"].eq(content)]
    lacking = _without(here, groups)
    return {
        "what": parted(STAGE_NAMES, stage, content, CONTENT_NAMES),
        "activities": listed(here["name"]) or "–",
        "nothing_for": _whom(lacking, groups),
        "groups_without": float(len(lacking)),
        "groups": float(len(groups)),
    }


def _without(rows: pd.DataFrame, groups: list[str]) -> list[str]:
    return [group for group in groups if not reaches(rows, group).any()]


def _of(k: float, n: float) -> str:
    if pd.isna(k):
        return "–"
    return number(k) if pd.isna(n) else _("{k} of {n}").format(k=number(k), n=number(n))


def _known(rows: pd.DataFrame, shown: str) -> bool:
    """Whether a column of the table says anything."""
    behind = {"cost_text": "cost", "offered": "rivals", "need_text": "need"}.get(shown)
    return behind is None or bool(rows[behind].notna().any())


def _plan_headline(rows: pd.DataFrame, scale: Scale) -> str:
    n = number(len(rows))
    if not rows["cost"].notna().all():
        return _("Activities in the care plan: {n}").format(n=n)
    cost = scale.range(
        rows["cost"].sum(),
        rows["cost_low"].fillna(rows["cost"]).sum(),
        rows["cost_high"].fillna(rows["cost"]).sum(),
    )
    return _("Activities in the care plan: {n}, for {cost} {unit} a period").format(
        n=n, cost=cost, unit=scale.unit
    )


def _plan_notes(rows: pd.DataFrame) -> tuple[str, ...]:
    notes = []
    rare = rows["rivals"] < rows["rivals_asked"] / 2
    ahead = rows[rows["need"].ge(STRONG) & rare]
    behind = rows[rows["need"].ge(STRONG) & rows["rivals"].gt(rows["rivals_asked"] / 2)]
    if len(ahead):
        text = _("Strongly needed (4 or 5) and offered by fewer than half of the rivals: {names}.")
        notes.append(text.format(names=listed(ahead["name"])))
    if len(behind):
        text = _("Strongly needed and offered by most rivals, so expected of all: {names}.")
        notes.append(text.format(names=listed(behind["name"])))
    without = rows[rows["cost"].isna()]
    if len(without):
        notes.append(_("Without a cost: {names}.").format(names=listed(without["name"])))
    if rows.duplicated(["activity", "segment", "stage", "method"]).any():
        notes.append(_("An activity stands more than once for the same customers: is that meant?"))
    notes.append(_("Need, cost and level are the study’s own statements."))
    return tuple(notes)


def _groups(rows: pd.DataFrame) -> list[str]:
    """The groups of customers that a plan is to reach: the four sizes, else those it names."""
    named = {str(word) for word in rows["segment"].dropna()} - {ALL}
    return [*SIZES] if not named or named & set(SIZES) else sorted(named)


def _whom(lacking: list[str], groups: list[str]) -> str:
    if len(lacking) == len(groups):
        return _("anyone")
    return ", ".join(word(GROUPS, group) for group in lacking) or "–"


def _gap_headline(table: pd.DataFrame, bare: list[str]) -> str:
    if bare:
        return _("No activity at all {where}").format(where=listed(bare))
    empty, every = table["groups_without"].sum(), table["groups"].sum()
    return _(
        "Some care for all customers at each stage; empty are {k} of {n} combinations of stage, "
        "content and customers"
    ).format(k=number(empty), n=number(every))
