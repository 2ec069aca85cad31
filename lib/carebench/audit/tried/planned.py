"""What was planned and what was done of it, and whether what was not made spoils the balance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ...estimate import Estimate, frame, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.proportions import census
from ...sources import Care
from ..trials.selection import by_channel_or_all, of_wave
from ..trials.whole import over_drawn

ON_TIME_H = 1.0
MOST_APART = 0.10  # of the shares made; from there on the balance of the plan is called lost
ALL_CHANNELS = N_("all channels")
SIDES = {  # by what the plan was balanced
    "provider": N_("provider"),
    "scenario": N_("scenario"),
    "persona": N_("persona"),
    "arm": N_("arm"),
    "stage": N_("stage"),
}


@needs("planned", "channel")
def planned_and_done(care: Care) -> Answer:
    """By channel, how much of the plan was made, when, and how even what was made still is."""
    plan = of_wave(care, "planned")
    if plan.empty:
        return Skipped(_("No attempt of this wave was planned."))
    plan = _with_times(care, plan)
    groups = by_channel_or_all(plan)
    if len(groups) > 1:
        groups.append((_(ALL_CHANNELS), plan))
    table = frame(_row(name, part) for name, part in groups)
    return Finding(
        "planned-and-done",
        table,
        headline=_headline(plan),
        labels={
            "channel": _("channel"),
            "value": _("made, of those planned"),
            "on_time": _("of these within an hour of the plan"),
            "replaced": _("replaced by another"),
            "called_off": _("called off"),
            "not_made": _("not made"),
            "unplaced": _("without a place in the wave"),
        },
        styles={name: "count" for name in ("replaced", "called_off", "not_made", "unplaced")},
        notes=(*_deviations(care, plan), *_balance(plan), *over_drawn(care)),
    )


def _with_times(care: Care, plan: pd.DataFrame) -> pd.DataFrame:
    """The plan with `made`, and by how much each attempt missed its time, where that is known."""
    made = plan["state"].eq("made").fillna(False).astype(bool)
    plan = plan.assign(made=made, replaced=_replaced(care, plan), hours_off=float("nan"))
    if "due_at" in plan and "sent_at" in care.columns("attempts"):
        sent = of_wave(care, "attempts").drop_duplicates("attempt_id").set_index("attempt_id")
        off = plan["attempt_id"].map(sent["sent_at"]) - plan["due_at"]
        plan["hours_off"] = (off.abs().dt.total_seconds() / 3600).where(made)
    return plan


def _replaced(care: Care, plan: pd.DataFrame) -> pd.Series[Any]:
    """Which attempts were not made, but another in their place was."""
    if "replaced_by" not in plan or not care.columns("attempts"):
        return pd.Series(False, index=plan.index)
    there = plan["replaced_by"].isin(of_wave(care, "attempts")["attempt_id"])
    return there & plan["state"].ne("made").fillna(True)


def _row(name: str, part: pd.DataFrame) -> tuple[dict[str, Any], Estimate]:
    left = part[~part["made"] & ~part["replaced"]]["state"]
    facts = {
        "channel": name,
        "on_time": _on_time(part),
        "replaced": int(part["replaced"].sum()),
        "called_off": int(left.eq("cancelled").sum()),
        "not_made": int(left.eq("not_made").sum()),
        "unplaced": int(left.eq("unplaced").sum()),
    }
    return facts, census(int(part["made"].sum()), len(part))


def _on_time(part: pd.DataFrame) -> str:
    known = part["hours_off"].dropna()
    if known.empty:
        return _("not known")
    near = int((known <= ON_TIME_H).sum())
    return _("{share} ({k} of {n})").format(
        share=percent(near / len(known)), k=number(near), n=number(len(known))
    )


def _headline(plan: pd.DataFrame) -> str:
    """How much was made and replaced, and whether that left the plan balanced."""
    done = _("Of {n} attempts that were planned, {made} were made ({share})").format(
        n=number(len(plan)),
        made=number(int(plan["made"].sum())),
        share=percent(float(plan["made"].mean())),
    )
    lost = [names for _side, names, gap in _sides(plan) if gap > MOST_APART]
    if lost:
        return _("{done}; what was not made is uneven by {sides}").format(
            done=done, sides=", ".join(lost)
        )
    return _("{done}; what was made is as balanced as the plan").format(done=done)


def _deviations(care: Care, plan: pd.DataFrame) -> Iterator[str]:
    late = plan["hours_off"].dropna()
    if (n := int((late > ON_TIME_H).sum())) > 0:
        yield _(
            "{n} attempts were made more than an hour before or after their time; half of these "
            "by more than {hours} h. They tell of the hour at which they were made."
        ).format(n=number(n), hours=number(float(late[late > ON_TIME_H].median()), 1))
    unknown = int((plan["made"] & plan["hours_off"].isna()).sum())
    if unknown:
        yield _("When {n} of those made were made is not known.").format(n=number(unknown))
    if (n := _unplanned(care, plan)) > 0:
        yield _("{n} attempts of the wave stand in no plan.").format(n=number(n))
    if plan["replaced"].any():
        yield _(
            "An attempt that was never sent may be replaced by a new one of the same kind, at "
            "the same hour of a later week; it is counted as replaced, not as made."
        )
    yield _("These are counts of the whole plan, not of a sample, so they have no interval.")


def _unplanned(care: Care, plan: pd.DataFrame) -> int:
    """Attempts that no row of the plan names, nor stands for."""
    if not care.columns("attempts"):
        return 0
    ids = of_wave(care, "attempts")["attempt_id"]
    named = plan["attempt_id"]
    if "replaced_by" in plan:
        named = pd.concat([named, plan["replaced_by"].dropna()])
    return int((~ids.isin(named)).sum())


def _balance(plan: pd.DataFrame) -> Iterator[str]:
    """Where the share made differs most, by each side of the design that is recorded."""
    said = []
    for side, name, gap in _sides(plan):
        if gap > MOST_APART:
            shares = _shares(plan, side)
            said.append(
                _("by {side}, from {low} ({lowest}) to {high} ({highest})").format(
                    side=name,
                    low=percent(float(shares.iloc[0])),
                    lowest=shares.index[0],
                    high=percent(float(shares.iloc[-1])),
                    highest=shares.index[-1],
                )
            )
    if said:
        yield _(
            "Made or replaced, of those planned: {sides}. Where what was not made differs so, "
            "a comparison of these may be one of what was left out."
        ).format(sides="; ".join(said))


def _sides(plan: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Each side of the design, its name, and how far apart the shares made are."""
    found = []
    for side, name in SIDES.items():
        if side in plan and len(shares := _shares(plan, side)) > 1:
            found.append((side, _(name), float(shares.iloc[-1] - shares.iloc[0])))
    return found


def _shares(plan: pd.DataFrame, side: str) -> pd.Series[Any]:
    """Share of the planned that was made, or replaced, for each group of a side; lowest first."""
    done = plan["made"] | plan["replaced"]
    by_group = done.groupby(plan[side].astype("string"), observed=True).mean()
    rows = records(by_group.rename("share").reset_index())
    ordered = sorted(rows, key=lambda row: (row["share"], row[side]))
    return pd.Series([row["share"] for row in ordered], index=[row[side] for row in ordered])
