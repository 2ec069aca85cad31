"""The claims that winning costs five or ten times as much as keeping, tested where they can be.

Only the cost of keeping one *more* customer can test them. An accounting ratio is printed beside
it, so labelled, and tests nothing: it depends on the base chosen.
"""

from __future__ import annotations

from typing import Any

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.incremental import cost_per_kept, times_the_cost, verdict
from ...sources import Care
from ..company_wide import of_company
from .averages import accounting_ratios, cost_of_winning
from .keeping import NOT_TESTABLE, cost_kept, read

CLAIMED = (5, 10)
AVERAGE = N_("an average: tests nothing")
NOT_GIVEN = N_("no interval: not judged")


@needs("ledger", "acquisition_spend", "acquired")
def claims(care: Care) -> Answer:
    """What winning costs against keeping one more customer, with a verdict on 5× and 10×."""
    tested, averages = _tested(care), accounting_ratios(care)
    if not tested and not averages:
        return Skipped(_("The ledger does not say how many customers were kept."))
    rows = frame(
        [
            *(({"base": name, **_judged(times), "incremental": True}, times)
              for name, times in tested),
            *(({"base": name, **_unjudged(), "incremental": False}, times)
              for name, times in averages),
        ]
    )  # fmt: skip
    return Finding(
        "claims",
        rows,
        headline=_headline(care, bool(tested)),
        caption=_caption(care, bool(tested)),
        alt=_("Dots with intervals, lines at 1, 5 and 10: {rows}.").format(
            rows="; ".join(f"{row['base']} {from_row(row)}" for row in records(rows))
        ),
        labels={
            "base": _("cost per customer won, over"),
            "verdict_5": _("at least 5×"),
            "verdict_10": _("at least 10×"),
            "value": _("ratio"),
        },
        notes=(*_notes(tested_any=bool(tested)), *of_company(care, "ledger")),
    )


def cost_ratio(care: Care) -> Estimate:
    """How many times as much winning a customer costs as keeping one more.

    Absent, with its reason, where no trial left customers out by chance, where the trials
    differ, or where the ledger does not say what winning costs.
    """
    if not read(care).by_name:
        return Estimate.absent(NOT_TESTABLE, unit="ratio")
    return times_the_cost(cost_of_winning(care), cost_kept(care))


def _tested(care: Care) -> list[tuple[str, Estimate]]:
    """The ratio for each trial, and for all together where they are alike."""
    found, winning = read(care), cost_of_winning(care)
    level, unit = care.study.confidence_level, care.study.currency
    text = _("keeping one more: {trial}")
    tested = [
        (text.format(trial=name),
         times_the_cost(winning, cost_per_kept(trial, unit=unit, confidence_level=level)))
        for name, trial in found.by_name.items()
    ]  # fmt: skip
    if found.together:
        name = _("{n} trials together").format(n=number(len(found.together)))
        tested.append((text.format(trial=name), cost_ratio(care)))
    return tested


def _judged(times: Estimate) -> dict[str, str]:
    return {f"verdict_{claim}": _(verdict(times, claim) or NOT_GIVEN) for claim in CLAIMED}


def _unjudged() -> dict[str, str]:
    return {f"verdict_{claim}": _(AVERAGE) for claim in CLAIMED}


def _headline(care: Care, tested: bool) -> str:
    if not tested:
        return _("The claims of 5× and 10× are not testable with these data")
    times = cost_ratio(care)
    if times.value is None:
        text = _("How winning compares with keeping one more customer is not known: {reason}")
        return text.format(reason=_(times.reason))
    words: dict[str, Any] = _judged(times)
    if alike(times):
        text = _(
            "No difference is established between winning a customer and keeping one more: winning "
            "costs {times} times as much; at least 5 times: {five}; at least 10 times: {ten}"
        )
    else:
        text = _(
            "Winning a customer costs {times} times as much as keeping one more; at least 5 times: "
            "{five}; at least 10 times: {ten}"
        )
    return text.format(
        times=in_words(care, times), five=words["verdict_5"], ten=words["verdict_10"]
    )


def alike(times: Estimate) -> bool:
    """Whether the interval holds 1: no difference of the two costs is established."""
    if times.low is None or times.high is None or times.outside:
        return False
    return times.low <= 1 <= times.high


def in_words(care: Care, times: Estimate) -> str:
    """A ratio of `cost_ratio` with both of what it rests on."""
    return _("{times} ({interval}; {rows} rows of the ledger, {customers} customers)").format(
        times=times.value_text(), interval=times.interval_text(),
        rows=number(cost_of_winning(care).n), customers=number(times.n),
    )  # fmt: skip


def _caption(care: Care, tested: bool) -> str:
    accounting = _(
        "An accounting ratio divides all spending on keeping customers by all who stayed, on each "
        "base that the ledger gives. It depends on the base chosen and tests no claim."
    )
    if not tested:
        return accounting
    return (
        _(
            "Cost per customer won over the cost of keeping one more, with {level} intervals; an "
            "arrow has no end. A claim of “5 times” is supported where the whole interval lies at "
            "5 or above, contradicted where all of it lies below, else undecided."
        ).format(level=percent(care.study.confidence_level))
        + " "
        + accounting
    )


def _notes(*, tested_any: bool) -> list[str]:
    notes = [
        _(
            "“Selling to an existing customer costs a tenth” is the claim of 10×. That and 5× "
            "cannot both be exact. “Ten times as profitable” speaks of profit, which costs do not "
            "test."
        )
    ]
    if not tested_any:
        notes.insert(
            0,
            _(
                "The claims speak of what one more customer costs. That needs customers who were "
                "left out of the effort to keep them by chance; this study has no such group. The "
                "accounting ratio depends on the base chosen and tests nothing."
            ),
        )
    return notes
