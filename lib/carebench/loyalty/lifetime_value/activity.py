"""Who still buys, and how often they will, by the model of buying alone."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...estimate import frame
from ...finding import Answer, Finding, needs
from ...language import _, number, percent
from ...queries import NO_REVENUE
from ...segmentation.tiers import TIERS
from ...sources import Care
from ..company_wide import of_company, valued_from
from .checks import NOT_INDEPENDENT, fitted_to_words, warnings
from .totals import BANDS, ONCE, group_totals, purchases_ahead, still_alive
from .words import coverage_words, refusal, sentence, tier_name, warned, with_interval


@needs("transactions")
def still_buying(care: Care) -> Answer:
    """The chance of still buying, and the purchases ahead, by tier of past revenue."""
    if refused := refusal(care):
        return refused
    parts = _parts(group_totals(care))
    again, whole = parts[_again()], parts[tier_name("")]
    rows = frame((_row(care, name, part), purchases_ahead(care, part))
                 for name, part in parts.items() if len(part))  # fmt: skip
    text = _(
        "{alive} of the {again} customers who bought again still buy, by the model; all customers "
        "are expected to buy on {days} days each in the {months} months {since}"
    )
    return Finding(
        "still-buying",
        rows,
        headline=warned(
            care,
            text.format(
                alive=with_interval(still_alive(care, again)),
                again=number(again["customers"].sum()),
                days=with_interval(purchases_ahead(care, whole)),
                months=number(care.study.loyalty.horizon_months),
                since=valued_from(care),
            ),
        ),
        labels={
            "group": _("tier by past revenue"),
            "still": _("chance of still buying"),
            "value": _("days of purchase per customer in {months} months").format(
                months=number(care.study.loyalty.horizon_months)
            ),
            "together": _("together"),
        },
        styles={"together": "count"},
        notes=(
            activity_words(care),
            coverage_words(),
            *fitted_to_words(care),
            *(sentence(told) for told in warnings(care) if told != NOT_INDEPENDENT),
            *of_company(care, "transactions"),
        ),
    )


def activity(care: Care, rows: pd.DataFrame) -> dict[str, float | None]:
    """Both for the groups in `rows` of `group_totals`, as columns with their limits."""
    found = {"alive": still_alive(care, rows), "purchases": purchases_ahead(care, rows)}
    return {
        f"{name}{end}": value
        for name, one in found.items()
        for end, value in (("", one.value), ("_low", one.low), ("_high", one.high))
    }


def activity_words(care: Care) -> str:
    """What their intervals hold, and what they do not."""
    return _(
        "The chance of still buying and the days of purchase, which are not discounted, are means "
        "over customers. Their {level} intervals hold what is not known of the parameters; whether "
        "single customers stay, and buy more or less often than expected, is not in them. Who "
        "bought on one day only has a chance of 100% in this model, whatever the parameters."
    ).format(level=percent(care.study.confidence_level))


def _parts(groups: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Tiers of those who bought again, and the others, of whom the model cannot tell who left."""
    once = groups["band"].eq(BANDS.index(ONCE))
    again = groups[~once]
    tiers = {tier_name(tier): again[again["tier"] == tier] for tier in (*TIERS, NO_REVENUE)}
    return {**tiers, _again(): again, _(ONCE): groups[once], tier_name(""): groups}


def _again() -> str:
    return _("all who bought again")


def _row(care: Care, name: str, part: pd.DataFrame) -> dict[str, Any]:
    alive, each = still_alive(care, part), purchases_ahead(care, part)
    return {
        "group": name,
        "still": "–" if alive.value is None else with_interval(alive),
        "together": None if each.value is None else each.value * each.n,
        **activity(care, part),
    }
