"""The answers that questions about drivers rest on: an outcome, drivers, weights, and gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...finding import Skipped
from ...language import N_, _, number, percent
from ...methods.collinearity import alike
from ...methods.drivers import MOST
from ...methods.imputation import IMPUTATIONS, impute
from ...schema import SIX_POINTS, SURVEY, DataError
from ...sources import Care
from ..scores.answers import answers as weighted

Scores = npt.NDArray[np.float64]
Scale = tuple[float, float]

ITEMS = {
    "csat": N_("satisfaction"),
    "nps": N_("recommendation"),
    "ces": N_("ease"),
    "would_switch": N_("readiness to switch"),
    "friendliness": N_("friendliness"),
    "empathy": N_("empathy"),
    "fairness": N_("fairness"),
    "customer_at_centre": N_("customer at the centre"),
    "information": N_("information"),
    "choice": N_("choice"),
}
FEW_LOST = 0.05  # of the answers; where more lack an item, leaving them out may mislead
MOST_UNWEIGHTED = 0.05  # of the answers; leaving out more would choose among respondents
MOST_IMPUTED = 5_000  # answers; of more with gaps, so many are drawn by chance
SEED = 7


@dataclass(frozen=True)
class Answers:
    """Respondents who gave the outcome and some driver.

    `drivers` has one column for each name in `names`, the mean of the items in `merged` where
    they say the same; NaN where an item is missing. `weights` are None where there are none.
    `table` holds the outcome and every item as they were asked.
    """

    outcome_name: str
    outcome_scale: Scale
    outcome: Scores
    table: Scores
    groups: tuple[tuple[int, ...], ...]
    items: tuple[str, ...]
    scales: tuple[Scale, ...]
    weights: Scores | None
    notes: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The drivers in the reader's words."""
        words = [_(ITEMS.get(item, item)) for item in self.items]
        return tuple(" + ".join(words[i] for i in group) for group in self.groups)

    @property
    def outcome_words(self) -> str:
        return _(ITEMS.get(self.outcome_name, self.outcome_name))

    @cached_property
    def drivers(self) -> Scores:
        return self.merged(self.table)

    @property
    def driver_scales(self) -> list[Scale]:
        """Lowest and highest point of each driver."""
        return [self.scales[group[0]] for group in self.groups]

    @cached_property
    def complete(self) -> npt.NDArray[np.bool_]:
        return np.asarray(~np.isnan(self.drivers).any(axis=1))

    @property
    def lost(self) -> float:
        """Share of the answers that lack an item."""
        return 1 - float(self.complete.mean())

    @property
    def imputed(self) -> bool:
        """Whether so many lack an item that regressions fill the gaps."""
        return self.lost >= FEW_LOST

    def merged(self, table: Scores) -> Scores:
        """Means of the items that are taken together, on the scale of the first of them."""
        items = table[:, 1:]
        return np.column_stack(
            [
                np.mean([_rescaled(items[:, i], self.scales[i], self.scales[group[0]])
                         for i in group], axis=0)
                for group in self.groups
            ]
        )  # fmt: skip


def answers(care: Care) -> Answers | Skipped:
    """The answers of the wave, or why nothing can be said of what the outcome goes with."""
    rows = weighted(care)
    outcome = care.study.loyalty.outcome
    named = care.study.loyalty.drivers
    items = [item for item in named if item in rows and item != outcome]
    if skipped := _unasked(rows, outcome, items, named):
        return skipped
    weights, notes = _weights(rows, outcome)
    used = rows[outcome].notna() & rows[items].notna().any(axis=1)
    if weights is not None:
        used &= weights > 0
    table = rows.loc[used, [outcome, *items]].to_numpy(dtype=float, na_value=np.nan)
    varying = [_varies(table[:, 1 + i]) for i in range(len(items))]
    if len(table) and not all(varying):
        text = _("Left out, since every answer is the same or there is none: {items}.")
        notes.append(text.format(items=_listed(items, [not one for one in varying])))
        table = table[:, [True, *varying]]
        items = [item for item, varies in zip(items, varying, strict=True) if varies]
    if skipped := _too_little(table, outcome, items):
        return skipped
    return _grouped(care, table, items, None if weights is None else weights[used], notes)


def copies(care: Care, found: Answers) -> tuple[Scores, list[Scores], Scores | None]:
    """What regressions use: the outcome, the drivers of each copy without gaps, weights."""
    rows = found.complete
    if found.imputed:
        rows = np.zeros(len(rows), dtype=bool)
        rows[np.random.default_rng(SEED).permutation(len(rows))[:MOST_IMPUTED]] = True
        filled = care.once("imputed answers", lambda: _filled(found.table[rows]))
        parts = np.split(filled.to_numpy(), IMPUTATIONS)
    else:
        parts = [found.table[rows]]
    weights = None if found.weights is None else found.weights[rows]
    return found.outcome[rows], [found.merged(part) for part in parts], weights


def _filled(table: Scores) -> pd.DataFrame:
    return pd.DataFrame(np.concatenate([*impute(table, imputations=IMPUTATIONS, seed=SEED)]))


def scale(care: Care, item: str, scores: Scores) -> Scale:
    """Lowest and highest point of an item: as the study says, as usual, else as answered."""
    own = care.study.tables["survey"].scales.get(item)
    column = SURVEY.column(item)
    low, high = own if own else (column.low, column.high)
    lowest = float(np.nanmin(scores)) if low is None else float(low)
    return lowest, float(np.nanmax(scores)) if high is None else float(high)


def _grouped(
    care: Care, table: Scores, items: list[str], weights: pd.Series | None, notes: list[str]
) -> Answers | Skipped:
    """With items that say the same taken together."""
    try:
        groups = alike(table[:, 1:], most=MOST)
    except DataError as error:
        return Skipped(str(error))
    if len(groups) < 2:
        return Skipped(
            _("The items say the same in almost every answer: which of them counts is not known.")
        )
    given = None if weights is None else weights.to_numpy(dtype=float)
    outcome = care.study.loyalty.outcome
    made = Answers(
        outcome,
        scale(care, outcome, table[:, 0]),
        table[:, 0],
        table,
        tuple(groups),
        tuple(items),
        tuple(scale(care, item, table[:, 1 + i]) for i, item in enumerate(items)),
        given,
        (*notes, *_weight_note(given), *_merge_note(groups, items)),
    )
    return made


def _unasked(
    rows: pd.DataFrame, outcome: str, items: list[str], named: tuple[str, ...]
) -> Skipped | None:
    if outcome not in rows:
        return Skipped(_("The survey has no item “{item}”.").format(item=outcome))
    if named != SIX_POINTS and len(items) < len([item for item in named if item != outcome]):
        lacking = [item for item in named if item not in items and item != outcome]
        return Skipped(_("The survey has no item “{item}”.").format(item="”, “".join(lacking)))
    if len(items) < 2:
        return Skipped(_("The survey has no two items that may drive satisfaction."))
    words = [item for item in (outcome, *items) if not _is_number(rows[item])]
    if words:
        text = _("“{item}” holds no scores, so nothing can be said of what goes with what.")
        return Skipped(text.format(item="”, “".join(words)))
    return None


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))


def _too_little(table: Scores, outcome: str, items: list[str]) -> Skipped | None:
    if not len(table):
        text = _("No answer that counts gives both {outcome} and an item.")
        return Skipped(text.format(outcome=_(ITEMS.get(outcome, outcome))))
    n, least = int((~np.isnan(table).any(axis=1)).sum()), 5 * (len(items) + 1)
    if len(items) < 2:
        return Skipped(_("The survey has no two items in which the answers differ."))
    if n < least:
        text = _("{n} complete answers are too few for {items} items; {least} are needed.")
        return Skipped(text.format(n=number(n), items=number(len(items)), least=number(least)))
    full = table[~np.isnan(table).any(axis=1)]
    if not _varies(full[:, 0]):
        text = _("Every complete answer gives the same {outcome}: nothing can go along with it.")
        return Skipped(text.format(outcome=_(ITEMS.get(outcome, outcome))))
    if not all(_varies(full[:, 1 + i]) for i in range(len(items))):
        text = _("Among the complete answers every score of an item is the same: {items}.")
        same = [not _varies(full[:, 1 + i]) for i in range(len(items))]
        return Skipped(text.format(items=_listed(items, same)))
    return None


def _varies(scores: Scores) -> bool:
    known = scores[~np.isnan(scores)]
    return len(known) > 0 and bool(known.min() < known.max())


def _weights(rows: pd.DataFrame, outcome: str) -> tuple[pd.Series | None, list[str]]:
    """The weights of the survey, where nearly all answers have one."""
    if "weight" not in rows:
        return None, []
    if rows.loc[rows[outcome].notna(), "weight"].isna().mean() > MOST_UNWEIGHTED:
        return None, [_("More than 5% of the answers have no weight, so all count alike.")]
    return rows["weight"].fillna(0.0), []


def _weight_note(weights: Scores | None) -> Iterator[str]:
    if weights is not None:
        effect = len(weights) * float((weights**2).sum()) / float(weights.sum()) ** 2
        text = _("Answers count by the survey’s weights (Kish design effect {effect}).")
        yield text.format(effect=number(effect, 2))


def _merge_note(groups: list[tuple[int, ...]], items: list[str]) -> Iterator[str]:
    merged = [" + ".join(_(ITEMS.get(items[i], items[i])) for i in g) for g in groups if len(g) > 1]
    if merged:
        yield _(
            "Taken together as their mean, since their scores hardly differ (variance inflation "
            "above 5, condition index above 30, or more than {most} items): {groups}."
        ).format(groups="; ".join(merged), most=number(MOST))


def loss_note(found: Answers) -> str:
    """How many answers lack an item, and what was done about it."""
    n = int((~found.complete).sum())
    if not n:
        return _("No answer lacks an item.")
    fields = {"n": number(n), "all": number(len(found.outcome)), "share": percent(found.lost)}
    if not found.imputed:
        text = _("{n} of {all} answers ({share}) lack an item and are left out.")
        return text.format(**fields)
    text = _(
        "{n} of {all} answers ({share}) lack an item. Shares leave them out; coefficients rest on "
        "{copies} copies in which the gaps are filled from like answers (multiple imputation)."
    )
    if len(found.outcome) > MOST_IMPUTED:
        text = _(
            "{n} of {all} answers ({share}) lack an item. Shares leave them out; coefficients rest "
            "on {copies} copies, of {most} answers drawn by chance, in which the gaps are filled "
            "from like answers (multiple imputation)."
        )
    return text.format(**fields, copies=number(IMPUTATIONS), most=number(MOST_IMPUTED))


def _rescaled(scores: Scores, own: Scale, common: Scale) -> Scores:
    if own == common or own[0] == own[1]:
        return scores
    share = (scores - own[0]) / (own[1] - own[0])
    return common[0] + share * (common[1] - common[0])


def _listed(items: list[str], chosen: list[bool]) -> str:
    return ", ".join(
        _(ITEMS.get(item, item)) for item, one in zip(items, chosen, strict=True) if one
    )
