"""Which activities of the care plan the budget should buy, by listing every mix of them.

What an activity brings is the study's own assumption, so a mix is shown at low, base and high
inputs, and never as better than one that is nearly as good.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import quantity
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.mixes import MOST, rank
from ...sources import Care
from .choice import (
    ASSUMED,
    DRAWS,
    INPUTS,
    LIMITS,
    NOTHING_TO_CHOOSE,
    Choice,
    amounts,
    choice_of,
    drawn,
    named,
    no_budget,
    over_budget,
)
from .rows import planned
from .sizes import by_size, worse_where
from .words import listed

FITS = {
    "worst": N_("yes, at high costs too"),
    "base": N_("yes, but not at high costs"),
    "best": N_("only at low costs"),
    "": N_("no"),
}
CLOSE = 0.05  # of the best mix's value: no assumption is that exact


@needs("care_activities", "cost", "value")
def mixes(care: Care) -> Answer:
    """The affordable mixes that are worth most; without a budget, value per cost."""
    choice = choice_of(care)
    if choice is None:
        return Skipped(_(NOTHING_TO_CHOOSE))
    if not choice.budget:
        return _value_per_cost(care, choice)
    places = named(choice)
    table = pd.DataFrame([_mix_row(choice, mix, name, places) for name, mix in places.items()])
    return Finding(
        "care-mixes",
        table,
        headline=_mix_headline(choice),
        labels={
            "mix": _("mix"),
            "activities": _("optional activities in it"),
            "cost_text": _("cost, {unit}").format(unit=choice.scale.unit),
            "worth_text": _("assumed value, {unit}").format(unit=choice.scale.unit),
            "fits": _("within the budget"),
            **_fair_label(choice),
        },
        notes=_mix_notes(choice),
        stated=True,
    )


def _fair_label(choice: Choice) -> dict[str, str]:
    return {} if choice.fair is None else {"fair": _("no less human care for smaller customers")}


def _mix_row(choice: Choice, mix: int, name: str, places: dict[str, int]) -> dict[str, Any]:
    ranks = {
        f"rank_{case}": rank(choice.value[case], choice.cost[case], choice.budget, mix)
        for case in INPUTS
    }
    return {
        "mix": name,
        "activities": _contents(choice, mix, places["A"]),
        "cost_text": choice.range(choice.cost, mix),
        "worth_text": choice.range(choice.value, mix),
        "fits": _(FITS[choice.fits(mix)]),
        **({} if choice.fair is None else {"fair": bool(choice.fair[mix])}),
        **amounts(choice, mix),
        **{name: np.nan if place is None else float(place) for name, place in ranks.items()},
    }


def _contents(choice: Choice, mix: int, first: int) -> str:
    """What is in a mix: in full for the first, as what differs from it for the others."""
    names, inside = choice.optional["name"], choice.inside(mix)
    if mix == first:
        return _whole(names[inside], names[~inside])
    out, more = names[choice.inside(first) & ~inside], names[inside & ~choice.inside(first)]
    if not len(out):
        return _("A, with {more}").format(more="; ".join(more))
    if not len(more):
        return _("A, without {out}").format(out="; ".join(out))
    return _("A, without {out}; with {more}").format(out="; ".join(out), more="; ".join(more))


def _whole(inside: pd.Series, outside: pd.Series) -> str:
    if not len(inside):
        return _("none of them")
    if not len(outside):
        return _("all of them")
    return "; ".join(inside)


def _mix_headline(choice: Choice) -> str:
    found = choice.best("base")
    if not len(found):
        return over_budget(choice)
    best = int(found[0])
    lead = _lead(choice, best)
    said = {
        "budget": choice.money(choice.budget),
        "inputs": _at_inputs(choice, lead, None if lead == best else choice.fair),
        "value": choice.range(choice.value, lead),
        "cost": choice.range(choice.cost, lead),
        "unit": choice.scale.unit,
    }
    if lead != best:
        names, inside, instead = (choice.optional["name"], *map(choice.inside, (best, lead)))
        return _(
            "Worth most within {budget} without less human care for smaller customers, {inputs}: "
            "an assumed {value} for {cost} {unit}, {lost} less than the best of all; against that "
            "it adds {more} and drops {out}"
        ).format(
            lost=choice.money(int(choice.value["base"][best] - choice.value["base"][lead])),
            more=_named(names[instead & ~inside]),
            out=_named(names[inside & ~instead]),
            **said,
        )
    return _(
        "Worth most within {budget}, {inputs}, with an assumed {value} for {cost} {unit}: {names}"
    ).format(names=_named(choice.optional["name"][choice.inside(lead)]), **said)


def _lead(choice: Choice, best: int) -> int:
    """The mix to begin with: one that treats nobody worse, if that is worth nearly as much."""
    fair, value = choice.best_fair(), choice.value["base"]
    if len(fair) and value[fair[0]] >= _nearly(int(value[best])):
        return int(fair[0])
    return best


def _nearly(value: int) -> float:
    return value - CLOSE * abs(value)


def _at_inputs(choice: Choice, lead: int, among: npt.NDArray[np.bool_] | None) -> str:
    """At which inputs a mix is the best of those that may be chosen."""
    if not choice.ranged:
        return _("at base inputs (whether at others is not known)")
    if all(lead in choice.best(case, among=among) for case in INPUTS):
        return _("at base inputs as with all inputs low or all high")
    return _("at base inputs (at others the choice changes)")


def _named(names: pd.Series) -> str:
    return listed(names) or _("nothing optional")


def _mix_notes(choice: Choice) -> tuple[str, ...]:
    notes = [*_left_out_note(choice), _(ASSUMED)]
    if len(choice.required):
        text = _("Every mix holds what is required: {names}.")
        notes.append(text.format(names=listed(choice.required["name"])))
    found = choice.best("base")
    if len(found):
        for note in (_close_note, _drawn_note, _fair_notes):
            notes += note(choice, int(found[0]))
    return (*notes, *_input_notes(choice))


def _left_out_note(choice: Choice) -> list[str]:
    if not choice.left_out:
        return []
    text = _(
        "More than 20 may be chosen, so those with the least value per cost are in no mix: {names}."
    )
    return [text.format(names=listed(choice.left_out, MOST))]


def _close_note(choice: Choice, best: int) -> list[str]:
    value, fitting = choice.value["base"], choice.cost["base"] <= choice.budget
    near = fitting & (value >= _nearly(int(value[best])))
    text = _(
        "Of {all} mixes {fitting} are affordable at base costs, and {near} of those are within "
        "{share} of the value of A: between them assumptions cannot decide."
    )
    return [
        text.format(
            all=number(len(value)),
            fitting=number(int(fitting.sum())),
            near=number(int(near.sum())),
            share=percent(CLOSE),
        )
    ]


def _drawn_note(choice: Choice, best: int) -> list[str]:
    """How much hangs on inputs that need not all be low or high at once."""
    if not choice.ranged:
        return []
    often, fits = drawn(choice, best)
    text = _(
        "With each cost and value drawn by itself between its low and high, A is the best mix in "
        "{often} of {n} draws, and within the budget in {fits}."
    )
    return [
        text.format(often=quantity(often, "share"), n=number(DRAWS), fits=quantity(fits, "share"))
    ]


def _fair_notes(choice: Choice, best: int) -> list[str]:
    """Where the best mix treats smaller customers worse, and what the best fair one costs."""
    if choice.fair is None or choice.fair[best]:
        return []
    text = _("Mix A gives smaller customers less human care than larger ones: {where}.")
    where = worse_where(by_size(choice.rows(best), choice.stages))
    notes = [text.format(where=where)]
    found = choice.best_fair()
    if not len(found):
        return [*notes, _("In every affordable mix smaller customers get less human care.")]
    name = next(name for name, mix in named(choice).items() if mix == found[0])
    lost = choice.money(int(choice.value["base"][best] - choice.value["base"][found[0]]))
    text = _(
        "Mix {name} does not, and is worth {lost} less by the same assumptions; the other way is "
        "to plan such care for smaller customers too."
    )
    return [*notes, text.format(name=name, lost=lost)]


def _input_notes(choice: Choice) -> list[str]:
    """What must be known of the inputs before a mix is chosen by them."""
    optional, required = choice.optional, choice.required
    every = pd.concat([required, optional])
    no_range = every[[*LIMITS]].isna().any(axis=1)
    loss = optional[optional["value"] < optional["cost"]]
    no_cost = required[required["cost"].isna()]
    no_value = required[required["value"].isna()]
    unknown = [name for name in choice.unknown if name not in set(required["name"])]
    said = (
        (unknown, _("Without a cost or a value, so in no mix: {names}.")),
        (no_cost["name"], _("Required and without a cost, so every mix costs more than is shown: "
                            "{names}.")),
        (no_value["name"], _("Required and without a value, counted as bringing nothing: "
                             "{names}.")),
        (every.loc[no_range, "name"], _("Low or high inputs are not given, so the ranges are too "
                                        "narrow: {names}.")),
        (loss["name"], _("Assumed to bring less than they cost: {names}.")),
    )  # fmt: skip
    return [text.format(names=listed(names)) for names, text in said if len(names)]


def _value_per_cost(care: Care, choice: Choice) -> Finding:
    """Without a budget: the optional activities, by what they are assumed to bring per cost."""
    table = _per_cost_rows(planned(care), choice)
    return Finding(
        "care-mixes",
        table,
        headline=_("By assumed value per cost, {name} comes first; no budget is given").format(
            name=table["activity"].iloc[0]
        ),
        labels={
            "activity": _("activity"),
            "cost_text": _("cost, {unit}").format(unit=choice.scale.unit),
            "worth_text": _("assumed value, {unit}").format(unit=choice.scale.unit),
            "per_cost_text": _("value per cost (low to high)"),
        },
        notes=(no_budget(), *_left_out_note(choice), _(ASSUMED), *_input_notes(choice)),
        stated=True,
    )


def _per_cost_rows(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    rows = rows[rows["cost"].notna() & rows["value"].notna() & ~rows["required"]]
    ratios = {
        case: rows[value].fillna(rows["value"]) / rows[cost].fillna(rows["cost"])
        for case, (value, cost) in INPUTS.items()
    }
    table = pd.DataFrame(
        {
            "activity": rows["name"],
            "cost_text": [choice.scale.text(amount) for amount in rows["cost"]],
            "worth_text": [choice.scale.text(amount) for amount in rows["value"]],
            "per_cost_text": [_ratio(*parts) for parts in zip(*ratios.values(), strict=True)],
            "cost": rows["cost"],
            "worth": rows["value"],
            **{f"per_cost_{case}": ratio for case, ratio in ratios.items()},
        }
    )
    return table.sort_values(
        ["per_cost_base", "activity"], ascending=[False, True], ignore_index=True
    )


def _ratio(low: float, base: float, high: float) -> str:
    if not np.isfinite([low, base, high]).all():
        return _("costs nothing")
    return f"{number(base, 1)} ({number(low, 1)}–{number(high, 1)})"
