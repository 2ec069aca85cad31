"""The answer of notebook 01 on one screen: a line for each thing that care can act on."""

from __future__ import annotations

from collections.abc import Callable

from ..estimate import from_row, records
from ..finding import Finding, Skipped
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
from .segments import NOT_TO_BE_LOST, SEGMENTS, named_segments

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
    if first["customers"] == 1:
        text = _("{finding}, {least}.")
        if alone is not None and alone >= MAJOR:
            text = _("{finding}, {least}: the company depends on that one.")
    elif alone is not None:
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
    if isinstance(found, Skipped):
        return found.reason if isinstance(tiers(care), Finding) else ""
    if found.rows["value"].isna().all():
        return ""
    return f"{found.headline}."


def _whom_to_call(care: Care) -> str:
    """The special customers who left; where none is known to have, those about to."""
    found = losses(care)
    if not isinstance(found, Finding) or not found.rows["lost"].iloc[0]:
        return _who_may_leave(care)
    text = _(
        "{finding}; ask why: “carebench export --identified” names that customer in "
        "lost-customers.csv."
    )
    if found.rows["lost"].iloc[0] > 1:
        text = _(
            "{finding}; ask them why, those with the most revenue first: “carebench export "
            "--identified” lists them in lost-customers.csv."
        )
    return text.format(finding=found.headline)


def _who_may_leave(care: Care) -> str:
    found = named_segments(care)
    if isinstance(found, Skipped):
        return ""
    number_of = found.rows["customers"].iloc[SEGMENTS.index(NOT_TO_BE_LOST)]
    if not number_of:
        return f"{found.headline}."
    text = _("{finding}. {care} “carebench export --identified” lists them in not-to-be-lost.csv.")
    return text.format(finding=found.headline, care=_(NOT_TO_BE_LOST.care))


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
    _whom_to_call,
    _what_care_to_move,
    _who_serves_whom,
)
