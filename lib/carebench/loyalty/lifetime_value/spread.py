"""Where what is to come lies: among tiers of past revenue, and by the chance of still buying."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import FEW, FEWEST, Answer, Finding, needs
from ...language import _, number, percent
from ...methods.customer_value import interval
from ...queries import NO_REVENUE
from ...segmentation.tiers import TIERS
from ...sources import Care
from ..company_wide import of_company
from .checks import warnings
from .totals import BANDS, drawn, estimate, group_totals, share
from .words import money_name, refusal, sentence, tier_name, warned, with_interval


@needs("transactions")
def value_by_tier(care: Care) -> Answer:
    """Which share of what is to come each tier of past revenue holds."""
    if refused := refusal(care):
        return refused
    groups = group_totals(care)
    everybody = groups["customers"].sum()
    whole = groups[drawn(groups)].sum().to_numpy(dtype=float)
    estimates: list[tuple[dict[str, Any], Estimate]] = []
    for tier in (*TIERS, NO_REVENUE):
        part = groups[groups["tier"] == tier]
        if part.empty:
            continue
        keys = {
            "tier": tier_name(tier),
            "each": with_interval(estimate(care, part, per_customer=True)),
            "total": with_interval(estimate(care, part, per_customer=False)),
            "reference": part["customers"].sum() / everybody,
            "reference_name": "" if estimates else _("share of the customers"),
        }
        estimates.append((keys, _share(care, part, groups, whole)))
    rows = frame(estimates)
    first = records(rows)[0]
    return Finding(
        "value-by-tier",
        rows,
        headline=warned(
            care,
            _(
                "The {tier} customers of the past, {customers} of all, hold {share} of what is to "
                "come"
            ).format(
                tier=first["tier"], customers=percent(first["reference"]), share=from_row(first)
            ),
        ),
        caption=" ".join([_(
            "Share of the expected {money} of the next {months} months by tier of past revenue; "
            "the mark is the tier’s share of the customers. Intervals of {level} are predictions: "
            "they hold what is not known of the parameters and the chance of the future. Tiers "
            "were made from the past that the model was fitted to: part of what sets them apart "
            "was chance, and the model draws it back to the mean."
        ).format(
            money=money_name(care), months=number(care.study.loyalty.horizon_months),
            level=percent(care.study.confidence_level),
        ), *map(sentence, warnings(care))]),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['tier']} {from_row(row)}" for row in records(rows))
        ),
        labels={
            "tier": _("tier by past revenue"),
            "value": _("share of what is to come"),
            "each": _("per customer"),
            "total": _("together"),
        },
        notes=of_company(care, "transactions"),
    )  # fmt: skip


@needs("transactions")
def value_map(care: Care) -> Answer:
    """Where what is to come lies: past revenue against the chance of still buying."""
    if refused := refusal(care):
        return refused
    groups = group_totals(care)
    total = float(groups["value"].sum())
    here = groups[groups["tier"] != NO_REVENUE]
    places = pd.MultiIndex.from_product([range(len(BANDS)), TIERS], names=["band", "tier"])
    sums = here.groupby(["band", "tier"])[["customers", "value"]].sum()
    rows = sums.reindex(places, fill_value=0.0).reset_index()
    rows = rows.assign(
        group=[_(BANDS[b]) for b in rows["band"]],
        tier_name=[_(tier) for tier in rows["tier"]],
        share=rows["value"] / total,
        customers=rows["customers"].astype(int),
        total=rows["value"] * share(care),
    )
    rows.loc[rows["customers"].between(1, FEWEST - 1), ["share", "total"]] = np.nan
    names = ["group", "tier_name", "customers", "share", "total"]
    best = records(rows.sort_values("share", ascending=False))[0]
    lost = rows[(rows["band"] == 2) & rows["tier"].isin(TIERS[:2])]["customers"].sum()
    return Finding(
        "value-map",
        rows[names],
        headline=warned(
            care,
            _(
                "The largest part of what is to come, {share}, lies with {n} {tier} customers; "
                "{lost} special or large ones are probably gone, by the model"
            ).format(
                share=_of_field(care, groups, best), n=number(best["customers"]),
                tier=best["tier_name"], lost=number(lost),
            ),
        ),
        caption=" ".join([_(
            "Columns: tier by past revenue. Rows: the chance that a customer still buys, by the "
            "model. Each field: its share of the {money} expected in the next {months} months, "
            "and its customers; darker is more. Of customers who bought on one day only the model "
            "cannot tell who is gone."
        ).format(money=money_name(care), months=number(care.study.loyalty.horizon_months)),
        *map(sentence, warnings(care))]),
        alt=_("A grid of tiers and chances; shares: {rows}.").format(
            rows="; ".join(
                f"{row['group']}, {row['tier_name']} {percent(row['share'])}"
                for row in records(rows.sort_values("share", ascending=False).head(4))
            )
        ),
        labels={
            "group": _("chance of still buying"),
            "tier_name": _("tier by past revenue"),
            "customers": _("customers"),
            "share": _("share of what is to come"),
            "total": _("together"),
        },
        styles={"customers": "count", "share": "share", "total": care.study.currency},
        notes=of_company(care, "transactions"),
    )  # fmt: skip


def _of_field(care: Care, groups: pd.DataFrame, field: dict[str, Any]) -> str:
    """The share that one field of the map holds, with its interval."""
    there = groups["band"].eq(field["band"]) & groups["tier"].eq(field["tier"])
    whole = groups[drawn(groups)].sum().to_numpy(dtype=float)
    return with_interval(_share(care, groups[there], groups, whole))


def _share(care: Care, part: pd.DataFrame, groups: pd.DataFrame, whole: Any) -> Estimate:
    """The share of one group of the value of all, with what the future may do to both."""
    n, total = int(part["customers"].sum()), float(groups["value"].sum())
    if n < FEWEST:
        return Estimate.absent(FEW, n=n)
    value = float(part["value"].sum()) / total if total else 0.0
    own, others = part["variance"].sum(), groups["variance"].sum() - part["variance"].sum()
    future = ((1 - value) ** 2 * own + value**2 * others) / total**2 if total else 0.0
    draws = part[drawn(part)].sum().to_numpy(dtype=float) / whole
    level = care.study.confidence_level
    return interval(value, draws, n, variance=future, unit="share", confidence_level=level)
