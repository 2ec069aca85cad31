"""What was planned and what was done of it, and whether what was not made spoils the balance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.coverage import HOURS, part_of_week
from ...methods.proportions import census
from ...methods.week_parts import PARTS
from ...sources import Care
from ..trials.calls import local_times, night
from ..trials.queues import stopped_note
from ..trials.selection import by_channel_or_all, of_wave
from ..trials.whole import over_drawn

ON_TIME_H = 1.0
MOST_APART = 0.10  # of the shares made; from there on the balance of the plan may be called lost
BY_CHANCE = 0.05  # risk to call any side of a plan uneven of which chance left attempts out
DRAWS, SEED = 9999, 7
TINY = 1e-9  # what rounding leaves between two equal sums
ALL_CHANNELS = N_("all channels")
SIDES = {  # by what the plan was balanced
    "provider": N_("provider"),
    "scenario": N_("scenario"),
    "persona": N_("persona"),
    "arm": N_("arm"),
    "stage": N_("stage"),
    "any_hour": N_("kind of hour"),
    "part": N_("part of the week"),
}
KINDS_OF_HOUR = {True: N_("any hour of the week"), False: N_("usual hours")}


@dataclass(frozen=True, slots=True)
class Uneven:
    """A side of the design of which much more was made in one group than in another."""

    name: str
    lowest: str
    low: float
    highest: str
    high: float

    def __str__(self) -> str:
        return _("by {side}, from {low} ({lowest}) to {high} ({highest})").format(
            side=self.name,
            low=percent(self.low),
            lowest=self.lowest,
            high=percent(self.high),
            highest=self.highest,
        )


@needs("planned", "channel")
def planned_and_done(care: Care) -> Answer:
    """By channel, how much of the plan was made, when, and how even what was made still is."""
    plan = of_wave(care, "planned")
    if plan.empty:
        return Skipped(_("No attempt of this wave was planned."))
    plan = _with_hours(care, _with_times(care, plan))
    uneven = _uneven(plan)
    groups = by_channel_or_all(plan)
    if len(groups) > 1:
        groups.append((_(ALL_CHANNELS), plan))
    table = frame(_row(name, part) for name, part in groups)
    return Finding(
        "planned-and-done",
        table,
        headline=_headline(plan, uneven),
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
        notes=(
            *_deviations(care, plan),
            *stopped_note(care),
            *_balance(uneven),
            *over_drawn(care),
        ),
    )


def _with_times(care: Care, plan: pd.DataFrame) -> pd.DataFrame:
    """The plan with `made`, and by how much each attempt missed its hour of the week, if known.

    What found no time in its own week is made in a later one, at the same hour: `moved`.
    """
    made = plan["state"].eq("made").fillna(False).astype(bool)
    plan = plan.assign(made=made, replaced=_replaced(care, plan), hours_off=float("nan"))
    plan["moved"] = False
    if "due_at" in plan and "sent_at" in care.columns("attempts"):
        sent = of_wave(care, "attempts").drop_duplicates("attempt_id").set_index("attempt_id")
        off = plan["attempt_id"].map(sent["sent_at"]) - plan["due_at"]
        hours = (off.dt.total_seconds() / 3600).where(made)
        weeks = (hours / HOURS).round()
        plan["hours_off"], plan["moved"] = (hours - HOURS * weeks).abs(), weeks.abs() > 0
    return plan


def _with_hours(care: Care, plan: pd.DataFrame) -> pd.DataFrame:
    """The plan with the `part` of the provider's week in which each was due, in words."""
    if "any_hour" in plan:
        words = {kind: _(name) for kind, name in KINDS_OF_HOUR.items()}
        plan = plan.assign(any_hour=plan["any_hour"].map(words))
    if "due_at" not in plan:
        return plan
    due = plan.loc[plan["due_at"].notna()].rename(columns={"due_at": "sent_at"})
    parts = part_of_week(local_times(care, due)["minute"] / 60, night(care))
    return plan.assign(part=pd.Series([_(PARTS[part]) for part in parts], due.index, "object"))


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


def _headline(plan: pd.DataFrame, uneven: list[Uneven]) -> str:
    """How much was made and replaced, and whether that left the plan balanced."""
    done = _("Of {n} attempts that were planned, {made} were made ({share})").format(
        n=number(len(plan)),
        made=number(int(plan["made"].sum())),
        share=percent(float(plan["made"].mean())),
    )
    if uneven:
        return _("{done}; what was not made is uneven by {sides}").format(
            done=done, sides=", ".join(side.name for side in uneven)
        )
    return _("{done}; what was made is as balanced as the plan").format(done=done)


def _deviations(care: Care, plan: pd.DataFrame) -> Iterator[str]:
    late = plan["hours_off"].dropna()
    if (n := int((late > ON_TIME_H).sum())) > 0:
        yield _(
            "{n} attempts were made more than an hour before or after their time; half of these "
            "by more than {hours} h. They tell of the hour at which they were made."
        ).format(n=number(n), hours=number(float(late[late > ON_TIME_H].median()), 1))
    if plan["moved"].any():
        yield _(
            "{n} attempts were made in another week than planned; how late they were is counted "
            "from the same hour of that week."
        ).format(n=number(int(plan["moved"].sum())))
    lost = _lost(care, plan)
    if lost:
        yield _(
            "Attempts of which it is not known what came, and which are in no share: {n}."
        ).format(n=number(len(lost)))
    untimed = plan["made"] & plan["hours_off"].isna() & ~plan["attempt_id"].isin(lost)
    if untimed.any():
        text = _("When {n} of those made were made is not known.")
        yield text.format(n=number(int(untimed.sum())))
    if (n := _unplanned(care, plan)) > 0:
        yield _("{n} attempts of the wave stand in no plan.").format(n=number(n))
    if plan["replaced"].any():
        yield _(
            "An attempt that was never sent may be replaced by a new one of the same kind, at "
            "the same hour of a later week; it is counted as replaced, not as made."
        )
    yield _("These are counts of the whole plan, not of a sample, so they have no interval.")


def _lost(care: Care, plan: pd.DataFrame) -> set[str]:
    """Attempts that were made, or wait to be coded, and have no outcome."""
    if not care.columns("attempts"):
        return set()
    made = set(plan.loc[plan["made"], "attempt_id"])
    if care.columns("codings"):
        made |= set(of_wave(care, "codings")["attempt_id"].dropna())
    return made - set(of_wave(care, "attempts")["attempt_id"])


def _unplanned(care: Care, plan: pd.DataFrame) -> int:
    """Attempts that no row of the plan names, nor stands for."""
    if not care.columns("attempts"):
        return 0
    ids = of_wave(care, "attempts")["attempt_id"]
    named = plan["attempt_id"]
    if "replaced_by" in plan:
        named = pd.concat([named, plan["replaced_by"].dropna()])
    return int((~ids.isin(named)).sum())


def _balance(uneven: list[Uneven]) -> Iterator[str]:
    """Where the share made differs most, by each side of the design that is recorded."""
    if uneven:
        yield _(
            "Made or replaced, of those planned: {sides}. Where what was not made differs so, "
            "a comparison of these may be one of what was left out."
        ).format(sides="; ".join(map(str, uneven)))


def _uneven(plan: pd.DataFrame) -> list[Uneven]:
    """The sides whose groups differ in the share made by much, and by more than chance leaves.

    Of many providers with few attempts each, one always seems to lack many. The risk to call
    uneven what is not is shared out over the sides.
    """
    sides = [
        (name, part, side)
        for name, part, side in _sides(plan)
        if len(part[side].dropna().unique()) > 1
    ]
    found = []
    for name, part, side in sides:
        done = (part["made"] | part["replaced"]).groupby(part[side].astype("string"))
        made, planned = done.sum(), done.size()
        shares = (made / planned).sort_values(kind="stable")
        low, high = float(shares.iloc[0]), float(shares.iloc[-1])
        if high - low > MOST_APART and _by_chance(made, planned) < BY_CHANCE / len(sides):
            found.append(Uneven(name, str(shares.index[0]), low, str(shares.index[-1]), high))
    return found


def _sides(plan: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """Each side of the design that is recorded: its name, the attempts to compare, its column.

    The hours are looked at by channel too: calls that were not made at night would not show
    among many e-mails.
    """
    for side, name in SIDES.items():
        if side in plan:
            yield _(name), plan, side
    groups = by_channel_or_all(plan)
    if "part" in plan and len(groups) > 1:
        for channel, part in groups:
            yield f"{_(SIDES['part'])} ({channel})", part, "part"


def _by_chance(made: pd.Series[Any], planned: pd.Series[Any]) -> float:
    """How often groups would differ so if those made were drawn from all planned: chi-squared.

    By permutation, because a group may hold a handful of attempts.
    """
    n, k = planned.to_numpy(dtype=np.int64), made.to_numpy(dtype=np.int64)
    expected = n * k.sum() / n.sum()
    draws = np.random.default_rng(SEED).multivariate_hypergeometric(n, k.sum(), DRAWS)
    apart, by_chance = (((got - expected) ** 2 / n).sum(axis=-1) for got in (k, draws))
    return float((1 + (by_chance >= apart - TINY).sum()) / (1 + DRAWS))
