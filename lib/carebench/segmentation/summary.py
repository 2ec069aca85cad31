"""The answer of notebook 01 on one screen: a line for each thing that care can act on."""

from __future__ import annotations

from collections.abc import Callable

from ..estimate import from_row, records
from ..finding import Finding
from ..language import _, money, percent
from ..sources import Care
from .care_plan import human_care, mixes
from .care_plan.sizes import WORSE
from .changes import changes
from .concentration import top_shares, verdict
from .internal import internal_service
from .largest import MAJOR, largest_alone
from .migration import losses
from .revenue import tiers

MOST = 6  # lines that a screen holds


def answer(care: Care) -> list[str]:
    """The notebook's answer, the most important line first; what cannot be told is left out."""
    lines = [line for say in LINES if (line := say(care))][:MOST]
    if lines:
        return lines
    if care.columns("transactions"):
        return [_("The sales of this study leave no revenue that could be shared out.")]
    return [_("The study holds no transactions, so nothing can be said of revenue.")]


def _how_concentrated(care: Care) -> str:
    shares = top_shares(care)
    if not isinstance(shares, Finding):
        return ""
    top20 = from_row(records(shares.rows)[0])
    return _(
        "The top 20% of the customers who bought bring {share} of the net revenue; that 20% bring "
        "80% is **{verdict}** here."
    ).format(share=top20.emphasised(), verdict=_(verdict(top20)))


def _who_is_special(care: Care) -> str:
    found = tiers(care)
    if not isinstance(found, Finding):
        return ""
    first, alone = records(found.rows)[0], largest_alone(care)
    text = _("{finding}; such a customer brings {least} or more.")
    if alone is not None and first["customers"] > 1:
        text = _("{finding}; such a customer brings {least} or more, the largest alone {share}.")
        if alone >= MAJOR:
            text = _(
                "{finding}; such a customer brings {least} or more, the largest alone **{share}**: "
                "the company depends on that one."
            )
    return text.format(
        finding=found.headline,
        least=money(first["smallest"], care.study.currency),
        share=percent(alone or 0.0),
    )


def _what_changed(care: Care) -> str:
    found = changes(care)
    if not isinstance(found, Finding) or found.rows["value"].isna().all():
        return ""
    return f"{found.headline}."


def _who_was_lost(care: Care) -> str:
    found = losses(care)
    if not isinstance(found, Finding) or not found.rows["lost"].iloc[0]:
        return ""
    text = _(
        "{finding}; ask them why, those with the most revenue first: “carebench export "
        "--identified” lists them in lost-customers.csv."
    )
    return text.format(finding=found.headline)


def _what_care_to_move(care: Care) -> str:
    """First that nobody is treated worse, then what the budget buys."""
    alike, chosen = human_care(care), mixes(care)
    judged = isinstance(alike, Finding) and alike.rows["judged"].isin((*WORSE, "same")).any()
    found = [alike, chosen] if judged else [chosen]
    return " ".join(f"{one.headline}." for one in found if isinstance(one, Finding))


def _who_serves_whom(care: Care) -> str:
    found = internal_service(care)
    if not isinstance(found, Finding) or not found.rows["direction"].isin((-1, 1)).any():
        return ""
    return f"{found.headline}."


LINES: tuple[Callable[[Care], str], ...] = (
    _how_concentrated,
    _who_is_special,
    _what_changed,
    _who_was_lost,
    _what_care_to_move,
    _who_serves_whom,
)
