"""Every mix of the optional activities of the care plan: cost, value, and care by people."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...language import N_, _
from ...methods import mixes as methods
from ...methods.mixes import Ints
from ...schema import DataError
from ...sources import Care
from .rows import SIZES, human_at, knows_sizes, planned, reaches, size_untold, stages_of
from .words import Scale

# Columns of value and of cost in each case.
INPUTS = {
    "worst": ("value_low", "cost_high"),
    "base": ("value", "cost"),
    "best": ("value_high", "cost_low"),
}
LIMITS = ("cost_low", "cost_high", "value_low", "value_high")
SHOWN = 5  # mixes listed for their value at base inputs
DRAWS, SEED = 1000, 1
MOST_MONEY = 1e15  # smallest units of a currency; sums of more would not be exact
ASSUMED = N_(
    "What activities bring is the study’s own assumption, not a measurement; the effects of "
    "activities are added up, as if none took from another."
)
NOTHING_TO_CHOOSE = N_(
    "No activity of the plan that is not required has both a cost and a value, so there is "
    "nothing to choose between."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Every mix of the optional activities, with what all of them hold.

    `value` and `cost` are of each mix in each case of `INPUTS`, in the smallest unit of money,
    `budget` likewise (0: not known), of which a whole one has `minor`. `fair` says which mixes
    give customers of no size fewer activities of the human factor than larger ones, at any of
    `stages`; None where the plan does not tell.
    """

    optional: pd.DataFrame
    required: pd.DataFrame
    left_out: tuple[str, ...]
    unknown: tuple[str, ...]
    value: dict[str, Ints]
    cost: dict[str, Ints]
    fair: npt.NDArray[np.bool_] | None
    stages: tuple[str | None, ...]
    budget: int
    minor: int
    scale: Scale

    @property
    def ranged(self) -> bool:
        """Whether low or high inputs are given for anything that may be in a mix."""
        rows = pd.concat([self.required, self.optional])
        return bool(rows[[*LIMITS]].notna().any(axis=None))

    def best(self, case: str, **how: Any) -> Ints:
        """The places of the affordable mixes worth most in one case."""
        return methods.best(self.value[case], self.cost[case], self.budget, **how)

    def best_fair(self) -> Ints:
        """The best mix at base inputs with human care alike; none where the plan cannot tell."""
        if self.fair is None:
            return np.array([], dtype=np.int64)
        return self.best("base", among=self.fair)

    def inside(self, mix: int) -> npt.NDArray[np.bool_]:
        """Which of the optional activities are in a mix."""
        return methods.members(mix, len(self.optional))

    def rows(self, mix: int) -> pd.DataFrame:
        """The activities of a mix, required ones too."""
        return pd.concat([self.required, self.optional[self.inside(mix)]])

    def money(self, minor: int) -> str:
        """An amount in words."""
        return self.scale.money(minor / self.minor)

    def range(self, of: dict[str, Ints], mix: int) -> str:
        """The amount of a mix with its lowest and highest."""
        low, base, high = sorted(int(of[case][mix]) / self.minor for case in INPUTS)
        return self.scale.range(base, low, high)

    def fits(self, mix: int) -> str:
        """The hardest case in which a mix is affordable; "" where none."""
        return next((case for case in INPUTS if self.cost[case][mix] <= self.budget), "")


def choice_of(care: Care) -> Choice | None:
    """Every mix of what may be chosen; None where there is nothing to choose between."""
    rows = planned(care)
    known = rows["cost"].notna() & rows["value"].notna()
    required, optional = rows[rows["required"]], rows[known & ~rows["required"]]
    if optional.empty:
        return None
    per_cost = (optional["value"] / optional["cost"]).fillna(0)
    first = per_cost.sort_values(ascending=False, kind="stable").index[: methods.MOST]
    left_out = tuple(optional.loc[optional.index.difference(first), "name"])
    optional = optional.loc[first].sort_values("name", ignore_index=True)
    minor = care.minor_per_unit
    value, cost = (
        {case: _sums(optional, required, columns[at], minor) for case, columns in INPUTS.items()}
        for at in (0, 1)
    )
    return Choice(
        optional, required, left_out, tuple(rows.loc[~known, "name"]), value, cost,
        _fair(optional, required, stages_of(rows)) if _tells(rows) else None,
        stages_of(rows), round(care.study.segmentation.budget * minor), minor,
        Scale.of(care, rows["cost"]),
    )  # fmt: skip


def _sums(optional: pd.DataFrame, required: pd.DataFrame, column: str, minor: int) -> Ints:
    """One amount of every mix; a limit that is not given is the base amount."""
    always = int(_minor(required, column, minor).sum())
    return np.asarray(methods.sums(_minor(optional, column, minor)) + always)


def _minor(rows: pd.DataFrame, column: str, minor: int) -> Ints:
    base = rows[column.partition("_")[0]]
    amounts = rows[column].fillna(base).where(base.notna(), 0) * minor
    if amounts.abs().gt(MOST_MONEY).any():
        at = int(amounts.abs().to_numpy().argmax())
        raise DataError(
            f"care_activities: {column} of {rows['name'].iloc[at]!r} is "
            f"{amounts.iloc[at] / minor:g}, too much to be added up. Expected an amount of money "
            "in whole units of the study's currency."
        )
    return amounts.round().to_numpy(dtype=np.int64)


def _tells(rows: pd.DataFrame) -> bool:
    """Whether a plan says what of it is care by people, and for customers of which size."""
    human = human_at(rows, None)
    return knows_sizes(rows) and bool(human.any() and not size_untold(rows).any())


def _fair(
    optional: pd.DataFrame, required: pd.DataFrame, stages: tuple[str | None, ...]
) -> npt.NDArray[np.bool_]:
    """Which mixes give no size of customers fewer activities by people than a larger one."""
    fair = np.ones(2 ** len(optional), dtype=bool)
    for stage in stages:
        larger = np.zeros(len(fair), dtype=np.int64)
        for size in SIZES:
            chosen, always = (
                (human_at(rows, stage) & reaches(rows, size)).to_numpy(dtype=np.int64)
                for rows in (optional, required)
            )
            given = methods.sums(chosen) + always.sum()
            fair &= given >= larger
            larger = given
    return fair


def named(choice: Choice) -> dict[str, int]:
    """The mixes that the tables show, A first: the best at base inputs, then key ones."""
    found = [*choice.best("base", most=SHOWN)] or [0]  # where none fits, the required alone
    found += [place for case in INPUTS for place in choice.best(case)]
    found += [*choice.best_fair()]
    return dict(zip(ascii_uppercase, dict.fromkeys(int(mix) for mix in found), strict=False))


def drawn(choice: Choice, mix: int) -> tuple[float, float]:
    """How often a mix is the best, and how often affordable, if each input varies by itself.

    Shares of `DRAWS`, in each of which every cost and value is drawn between its low and its
    high; inputs without a range stay as they are.
    """
    rows = pd.concat([choice.required, choice.optional])
    random, always = np.random.default_rng(SEED), len(choice.required)
    value, cost = (
        methods.triangular(
            *(_minor(rows, f"{what}{end}", choice.minor) for end in ("_low", "", "_high")),
            uniform=random.random((DRAWS, len(rows))),
        ).round().astype(np.int64)
        for what in ("value", "cost")
    )  # fmt: skip
    left = choice.budget - cost[:, :always].sum(axis=1)
    value, cost, inside = value[:, always:], cost[:, always:], choice.inside(mix)
    worth, fits = value[:, inside].sum(axis=1), cost[:, inside].sum(axis=1) <= left
    is_best = [
        worth[at] == methods.most(value[at], cost[at], int(left[at])) for at in np.flatnonzero(fits)
    ]
    return sum(is_best) / DRAWS, float(fits.mean())


def best_names(choice: Choice) -> dict[str, str]:
    """By case, the name of the mix that is best in it; "–" where none is affordable."""
    names = {mix: name for name, mix in named(choice).items()}
    found = {case: choice.best(case) for case in INPUTS}
    return {case: names[int(mix[0])] if len(mix) else "–" for case, mix in found.items()}


def amounts(choice: Choice, mix: int) -> dict[str, float]:
    """Cost and value of a mix, lowest to highest, in whole units of the currency."""
    return {
        "cost_low": choice.cost["best"][mix] / choice.minor,
        "cost": choice.cost["base"][mix] / choice.minor,
        "cost_high": choice.cost["worst"][mix] / choice.minor,
        "worth_low": choice.value["worst"][mix] / choice.minor,
        "worth": choice.value["base"][mix] / choice.minor,
        "worth_high": choice.value["best"][mix] / choice.minor,
    }


def over_budget(choice: Choice) -> str:
    least = int(choice.cost["base"].min())
    return _(
        "The required activities alone cost {cost}, more than the budget of {budget}: no mix fits"
    ).format(cost=choice.money(least), budget=choice.money(choice.budget))


def no_budget() -> str:
    return _(
        "The study gives no budget for the care plan: set `budget` under [segmentation] to have "
        "mixes compared."
    )
