"""What keeping one more customer costs, where chance decided who got an effort to keep them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from ...estimate import Estimate, frame, from_row, quantity, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.incremental import (
    NO_MORE_KEPT,
    UNLIKE,
    Trial,
    cost_per_kept,
    cost_per_kept_together,
    heterogeneity,
)
from ...sources import Care

UNNAMED = N_("the trial")
NOT_TESTABLE = N_("not testable with these data")
UNALIKE = N_("the trials differ by more than chance, so they have no common cost")
ARMS = ("treated", "control")


@dataclass(frozen=True, slots=True)
class Trials:
    """The usable trials of a study by name, in the order of the table, and what was left out.

    `alike` is the p-value that keeping one more customer costs the same in all of them; None
    where there are not two to compare.
    """

    by_name: Mapping[str, Trial]
    alike: float | None
    notes: tuple[str, ...]

    @property
    def together(self) -> list[Trial]:
        """The trials that are taken together; none where they differ, or there is but one."""
        if self.alike is None or self.alike < UNLIKE:
            return []
        return _with_spending(self.by_name)

    @property
    def largest(self) -> tuple[str, Trial] | None:
        """The trial with the most customers."""
        return max(self.by_name.items(), key=lambda item: item[1].n, default=None)


def read(care: Care) -> Trials:
    """The trials of the study; none where it has no table of them."""
    if not {"arm", "retained"} <= set(care.columns("retention_trials")):
        return Trials({}, None, ())
    rows = care.current("retention_trials")
    sized = rows.assign(
        trial=_names(rows),
        customers=_column(rows, "customers", 1.0).fillna(1.0),
        retained=rows["retained"].astype("float64"),
        spend=_column(rows, "spend", float("nan")),
    )
    usable = sized["retained"].le(sized["customers"]) & sized["arm"].notna()
    by_name = {
        str(name): _trial(part)
        for name, part in sized[usable].groupby("trial", sort=False)
        if set(part["arm"]) == set(ARMS)
    }
    paid = _with_spending(by_name)
    alike = heterogeneity(paid) if len(paid) > 1 else None
    return Trials(by_name, alike, tuple(_left_out(sized, usable, by_name)))


@needs("retention_trials", "arm", "retained")
def cost_of_keeping(care: Care) -> Answer:
    """What it cost to keep one more customer, by trial and over all that are alike."""
    found, currency = read(care), care.study.currency
    if not found.by_name:
        return Skipped(_("No trial has both customers with the effort and customers without it."))
    kept = partial(cost_per_kept, unit=currency, confidence_level=care.study.confidence_level)
    estimates = [
        ({"trial": name, "definition": _computed(care, trial)}, kept(trial))
        for name, trial in found.by_name.items()
    ]
    if found.together:
        text = _("weighted by the customers of each trial")
        name = _("{n} trials together").format(n=number(len(found.together)))
        estimates.append(({"trial": name, "definition": text}, cost_kept(care)))
    rows = frame(estimates)
    return Finding(
        "cost-of-keeping",
        rows,
        headline=_headline(care, found, rows),
        caption=_caption(care),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['trial']} {from_row(row)}" for row in records(rows))
        ),
        labels={
            "trial": _("trial"),
            "definition": _("how computed"),
            "value": _("cost of keeping one more"),
        },
        notes=(*_likeness(found), *found.notes, *care.not_limited("retention_trials")),
    )


def cost_kept(care: Care) -> Estimate:
    """What it cost to keep one more customer: of the one trial, or of all together."""
    found, currency = read(care), care.study.currency
    level = care.study.confidence_level
    if not found.by_name:
        return Estimate.absent(NOT_TESTABLE, unit=currency)
    if found.together:
        return cost_per_kept_together(found.together, unit=currency, confidence_level=level)
    if len(_with_spending(found.by_name)) > 1:
        return Estimate.absent(UNALIKE, unit=currency)
    named = _with_spending(found.by_name) or list(found.by_name.values())
    return cost_per_kept(named[0], unit=currency, confidence_level=level)


def _with_spending(by_name: Mapping[str, Trial]) -> list[Trial]:
    return [trial for trial in by_name.values() if trial.extra_spend > 0]


def _names(rows: pd.DataFrame) -> pd.Series[str]:
    if "trial" not in rows:
        return pd.Series(_(UNNAMED), index=rows.index)
    return rows["trial"].astype("string").fillna(_(UNNAMED)).astype(str)


def _column(rows: pd.DataFrame, name: str, otherwise: float) -> pd.Series[float]:
    if name not in rows:
        return pd.Series(otherwise, index=rows.index, dtype="float64")
    return rows[name].astype("float64")


def _trial(part: pd.DataFrame) -> Trial:
    """The sums of a trial's two groups; a control group without any spending had none."""
    with_effort, without = (part[part["arm"].eq(arm)] for arm in ARMS)
    sizes = [int(group["customers"].sum()) for group in (with_effort, without)]
    spend, other = (
        float(group["spend"].sum(skipna=False)) / size
        for group, size in zip((with_effort, without), sizes, strict=True)
    )
    return Trial(
        int(with_effort["retained"].sum()), sizes[0], int(without["retained"].sum()), sizes[1],
        spend, 0.0 if without["spend"].isna().all() else other,
    )  # fmt: skip


def _left_out(
    rows: pd.DataFrame, usable: pd.Series[bool], by_name: Mapping[str, Trial]
) -> Iterator[str]:
    if lacking := int((~usable).sum()):
        text = _("Left out: {n} rows without a group, or with more kept than there were.")
        yield text.format(n=number(lacking))
    if single := sorted(set(rows.loc[usable, "trial"]) - set(by_name)):
        text = _("Left out, for one of the two groups is missing: {names}.")
        yield text.format(names=", ".join(single))


def _computed(care: Care, trial: Trial) -> str:
    """Numerator and denominator of the cost, in words."""
    shares = _("({k} of {n} kept − {other_k} of {other_n} kept)").format(
        k=number(trial.kept), n=number(trial.treated),
        other_k=number(trial.kept_without), other_n=number(trial.control),
    )  # fmt: skip
    if trial.extra_spend != trial.extra_spend:  # not a number
        return _("spending not given / {shares}").format(shares=shares)
    text = _("{spend} more spent a customer / {shares}")
    return text.format(spend=quantity(trial.extra_spend, care.study.currency), shares=shares)


def _headline(care: Care, found: Trials, rows: pd.DataFrame) -> str:
    together = bool(found.together)
    best = records(rows)[-1] if together else max(records(rows), key=lambda row: int(row["n"]))
    cost, name = from_row(best), best["trial"]
    if cost.value is not None:
        return _("Keeping one more customer cost {cost}: {trial}").format(cost=cost, trial=name)
    more = None if together else found.by_name[name].more_kept(care.study.confidence_level)
    if more and more.high is not None and more.high < 0:
        text = _(
            "More were lost with the effort than without it: {points} points more kept: {trial}"
        )
        return text.format(points=more.in_points(), trial=name)
    if cost.reason == NO_MORE_KEPT:
        return _("The effort is not seen to keep anybody who would have left: {trial}").format(
            trial=name
        )
    text = _("What keeping one more customer costs is not known: {reason}")
    return text.format(reason=_(cost.reason))


def _caption(care: Care) -> str:
    return _(
        "Chance decided who got the effort to keep them. Its cost for each customer beyond that "
        "of a customer without it, over the difference of the shares kept: so much was spent for "
        "each customer who would otherwise have left. {level} intervals; where the difference may "
        "be zero, no upper limit is finite. Spending is taken as known. Kept is whoever was a "
        "customer when the trial ended, whatever came later; for how long they were followed the "
        "study does not say."
    ).format(level=percent(care.study.confidence_level))


def _likeness(found: Trials) -> Iterator[str]:
    """Whether the trials are taken together, and what that rests on."""
    if found.alike is None:
        return
    p = number(found.alike, 2)
    if found.together:
        yield _(
            "The costs of the trials differ by no more than chance gives (Cochran’s Q, p = {p}), "
            "so they are taken together too; of a few trials the test finds only large differences."
        ).format(p=p)
    else:
        yield _(
            "The costs of the trials differ by more than chance gives (Cochran’s Q, p = {p}): they "
            "are not taken together."
        ).format(p=p)
