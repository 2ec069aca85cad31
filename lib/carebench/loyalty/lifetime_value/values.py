"""What customers are still to bring, and what it would be if fewer of them left."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, needs
from ...language import _, number, percent
from ...queries import NO_REVENUE
from ...segmentation.tiers import TIERS
from ...sources import Care
from ..company_wide import of_company, valued_from
from .activity import activity
from .checks import fitted_to_words, warnings, warnings_of_once
from .totals import BANDS, ONCE, drawn, estimate, group_totals, individuals
from .words import (
    amount,
    apart,
    coverage_words,
    how,
    money_name,
    once_words,
    per_customer_label,
    refusal,
    sentence,
    spread_words,
    tier_name,
    warned,
    with_interval,
)

KEPT_BETTER = 0.9  # the chance of leaving, as a share of what it is, in “what if”


@needs("transactions")
def lifetime_values(care: Care) -> Answer:
    """What customers are to bring within the horizon, by their chance of still buying."""
    if refused := refusal(care):
        return refused
    groups = group_totals(care)
    parts = [(_(BANDS[b]), groups[groups["band"] == b]) for b in sorted(set(groups["band"]))]
    rows = _valued(care, [*parts, (_("all customers"), groups)])
    total, mean = _total(care), from_row(records(rows)[-1])
    each = individuals(care)["value"]
    text = _(
        "{n} customers are expected to bring {total} of {money} in the {months} months {since}: "
        "{mean} each, half of them less than {median}"
    )
    return Finding(
        "lifetime-values",
        rows,
        headline=warned(
            care,
            text.format(
                n=number(mean.n),
                total=with_interval(total),
                money=money_name(care),
                months=number(care.study.loyalty.horizon_months),
                since=valued_from(care),
                mean=with_interval(mean),
                median=amount(care, each.median()),
            ),
        ),
        labels={
            "group": _("customers"),
            "value": per_customer_label(care),
            "total": _("together"),
            "share": _("share of it"),
        },
        styles={"total": care.study.currency, "share": "share"},
        notes=(
            how(care),
            coverage_words(),
            *fitted_to_words(care),
            once_words(care),
            spread_words(each),
            *apart(care),
        ),
    )


@needs("transactions")
def retention_worth(care: Care) -> Answer:
    """By how much the model’s value rises where the chance of leaving falls by a tenth."""
    if refused := refusal(care):
        return refused
    now, then = group_totals(care), group_totals(care, leaving=KEPT_BETTER)
    gained = then.assign(value=then["value"] - now["value"])
    gained[drawn(then)] = then[drawn(then)] - now[drawn(now)]
    estimates = []
    for tier in (*TIERS, NO_REVENUE, ""):
        at = gained["tier"].eq(tier) | (tier == "")
        if at.any():
            base = float(now.loc[at, "value"].sum())
            rise = float(gained.loc[at, "value"].sum()) / base if base else None
            keys = {"group": tier_name(tier), "rise": rise}
            estimates.append((keys, estimate(care, gained[at], per_customer=False)))
    rows = frame(estimates)
    last = records(rows)[-1]
    return Finding(
        "retention-worth",
        rows,
        headline=warned(
            care,
            _(
                "If the chance of leaving fell by a tenth, the model would count {gain} more in "
                "{months} months, {rise} of what is to come"
            ).format(
                gain=with_interval(from_row(last)),
                months=number(care.study.loyalty.horizon_months),
                rise=percent(last["rise"], 1),
            ),
        ),
        labels={
            "group": _("tier by past revenue"),
            "value": _("more {money} in {months} months").format(
                money=money_name(care), months=number(care.study.loyalty.horizon_months)
            ),
            "rise": _("more than now"),
        },
        styles={"rise": "share"},
        notes=(
            _(
                "A consequence of the model, not a measurement: nothing here says that any effort "
                "would make fewer customers leave. That takes a trial with a control group."
            ),
            _(
                "Changed is the chance of leaving after each purchase from today on, times "
                "{factor}; "
                "how often customers buy and what they spend stay as they are."
            ).format(factor=number(KEPT_BETTER, 1)),
            *map(sentence, warnings(care)),
            *of_company(care, "transactions"),
        ),
    )


def _valued(care: Care, parts: Sequence[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """One row per group: value per customer with its interval, total with its prediction."""
    whole = float(parts[-1][1]["value"].sum())
    told, of_once = warnings(care), warnings_of_once(care)
    estimates = []
    for name, part in parts:
        total = estimate(care, part, per_customer=False)
        keys = {
            "group": name,
            "total": total.value,
            "total_low": total.low,
            "total_high": total.high,
            "share": float(part["value"].sum()) / whole if whole and total.value else None,
            **activity(care, part),
        }
        estimates.append((keys, estimate(care, part, per_customer=True).warn(
            *(of_once if part["band"].eq(BANDS.index(ONCE)).all() else told)
        )))  # fmt: skip
    return frame(estimates)


def _total(care: Care) -> Estimate:
    return estimate(care, group_totals(care), per_customer=False)
