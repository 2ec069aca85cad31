"""How the choice of a mix hangs on its inputs and on the budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _
from ...methods.mixes import Ints, best, efficient
from ...sources import Care
from .choice import (
    ASSUMED,
    INPUTS,
    NOTHING_TO_CHOOSE,
    Choice,
    amounts,
    best_names,
    choice_of,
    named,
    no_budget,
    over_budget,
)

INPUT_NAMES = {
    "worst": N_("worst case: values low, costs high"),
    "base": N_("base inputs"),
    "best": N_("best case: values high, costs low"),
}
NO_RANGE = N_(
    "The plan gives no low or high inputs, so it cannot be said whether the choice of a mix hangs "
    "on them."
)
DRAWN = 40  # points of the curve of efficient mixes


@needs("care_activities", "cost", "value")
def mix_scenarios(care: Care) -> Answer:
    """Which mix is best at low, base and high inputs, and what choosing by base inputs loses."""
    choice = choice_of(care)
    if choice is None:
        return Skipped(_(NOTHING_TO_CHOOSE))
    if not choice.budget:
        return Skipped(no_budget())
    if not len(choice.best("base")):
        return Skipped(over_budget(choice))
    if not choice.ranged:
        return Skipped(_(NO_RANGE))
    table = pd.DataFrame([_case_row(choice, case) for case in INPUTS])
    return Finding(
        "care-scenarios",
        table,
        headline=_case_headline(table),
        labels={
            "inputs": _("inputs"),
            "mix": _("best mix"),
            "worth_text": _("brings, {unit}").format(unit=choice.scale.unit),
            "chosen_text": _("mix A brings, {unit}").format(unit=choice.scale.unit),
            "lost": _("what choosing A loses"),
        },
        notes=(
            _(
                "All values and costs are taken as low or high at once; the mixes are those of "
                "the table above, and each best one is within the budget in its own case."
            ),
            _(ASSUMED),
        ),
        stated=True,
    )


@needs("care_activities", "cost", "value")
def mix_frontier(care: Care) -> Answer:
    """What more or less money would buy: the efficient mixes, and those best in a case."""
    choice = choice_of(care)
    if choice is None:
        return Skipped(_(NOTHING_TO_CHOOSE))
    value, cost = choice.value["base"], choice.cost["base"]
    every = efficient(value, cost)
    drawn = every[np.unique(np.linspace(0, len(every) - 1, DRAWN).round().astype(int))]
    cases = best_names(choice) if choice.budget else {}
    key = {name: mix for name, mix in named(choice).items() if name in cases.values()}
    marks = [*[("", int(mix)) for mix in drawn], *key.items()]
    table = pd.DataFrame([{"mix": name, **amounts(choice, mix)} for name, mix in marks])
    return Finding(
        "care-frontier",
        table.assign(
            efficient=np.isin([mix for _name, mix in marks], every),
            budget=choice.budget / choice.minor if choice.budget else np.nan,
            scale=float(choice.scale.factor),
            money=choice.scale.unit,
        ),
        headline=_frontier_headline(choice, every),
        caption=_frontier_caption(choice, cases, key),
        alt=_("A curve of assumed value against cost, from {low} to {high}; named: {rows}.").format(
            low=choice.money(int(cost[drawn[0]])),
            high=choice.money(int(cost[drawn[-1]])),
            rows="; ".join(f"{name} {choice.range(choice.value, mix)}" for name, mix in key.items())
            or "–",
        ),
        stated=True,
    )


def _case_row(choice: Choice, case: str) -> dict[str, Any]:
    chosen, found = int(choice.best("base")[0]), choice.best(case)
    value, over = choice.value[case], int(choice.cost[case][chosen]) - choice.budget
    worth = int(value[found[0]]) if len(found) else None
    lost = None if worth is None or over > 0 else worth - int(value[chosen])
    return {
        "inputs": _(INPUT_NAMES[case]),
        "mix": best_names(choice)[case],
        "worth_text": "–" if worth is None else choice.scale.text(worth / choice.minor),
        "chosen_text": _chosen(choice, int(value[chosen]), over),
        "lost": _lost(choice, lost),
        "worth": np.nan if worth is None else worth / choice.minor,
        "chosen": int(value[chosen]) / choice.minor,
        "regret": np.nan if lost is None else lost / choice.minor,
        "over_budget": max(over, 0) / choice.minor,
    }


def _chosen(choice: Choice, value: int, over: int) -> str:
    if over > 0:
        return _("– ({over} over the budget)").format(over=choice.money(over))
    return choice.scale.text(value / choice.minor)


def _lost(choice: Choice, lost: int | None) -> str:
    if lost is None:
        return "–"
    return choice.money(lost) if lost else _("nothing")


def _case_headline(table: pd.DataFrame) -> str:
    if table["mix"].eq(table["mix"].iloc[0]).all():
        return _("The same mix is best with all inputs low, at base inputs and with all high")
    names = [_("no mix") if mix == "–" else mix for mix in table["mix"]]
    return _("Which mix is best changes with the inputs: {worst} in the worst case, {base} at "
             "base inputs, {best} in the best case").format(
        **dict(zip(INPUTS, names, strict=True))
    )  # fmt: skip


def _frontier_caption(choice: Choice, cases: Mapping[str, str], key: Mapping[str, int]) -> str:
    words = _(
        "Each point of the line is a mix than which none is worth more for the same cost or less, "
        "at base inputs; the band is its value at low and at high inputs. Value is the study’s own "
        "assumption, not a measurement."
    )
    if choice.left_out:
        words += " " + _("Only the 20 activities with the most value per cost are in it.")
    if not key:
        return words
    return f"{words} " + _(
        "Named is the best mix within the budget at base inputs ({base}), in the worst case "
        "({worst}) and in the best case ({best}), with crosses from low to high inputs."
    ).format(**cases)


def _frontier_headline(choice: Choice, efficient: Ints) -> str:
    value, cost = choice.value["base"], choice.cost["base"]
    found = choice.best("base")
    if value[efficient[-1]] <= 0:
        return _("By its own assumptions, no mix of the plan brings anything")
    if not choice.budget or not len(found):
        half = efficient[value[efficient] >= value[efficient[-1]] / 2][0]
        return _("Half of all the value that the plan assumes comes for {cost} of {all}").format(
            cost=choice.money(int(cost[half])), all=choice.money(int(cost[efficient[-1]]))
        )
    tenth = choice.budget // 10
    more, less = (best(value, cost, choice.budget + step) for step in (tenth, -tenth))
    gain = choice.money(int(value[more[0]] - value[found[0]]))
    if not len(less):
        return _(
            "At base inputs a tenth more budget would buy {gain} of assumed value; with a tenth "
            "less not even the required activities fit"
        ).format(gain=gain)
    return _(
        "At base inputs a tenth more budget would buy {gain} more of assumed value, a tenth less "
        "would cost {loss} of it"
    ).format(gain=gain, loss=choice.money(int(value[found[0]] - value[less[0]])))
