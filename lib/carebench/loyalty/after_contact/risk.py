"""How many more leave after a bad contact than after a good one: raw, and adjusted.

Chance did not decide who had a bad contact. Adjusting makes the groups alike in what was known
before it; the words stay those of an association.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods.adjusted_difference import OVERLAP, UNBALANCED, e_values
from ...sources import Care
from .. import bad_contacts
from ..company_wide import of_company
from .contacts import no_comparison
from .estimates import Risks, balance, risks
from .left import groups, left_rule


@needs("contacts", "customer_id", "contacted_at")
def risk_of_bad_contact(care: Care) -> Answer:
    """How many more left after a bad contact than after a good one: raw beside adjusted."""
    if reason := no_comparison(care):
        return Skipped(reason)
    found = risks(care)
    table = _table(care, found)
    return Finding(
        "risk-of-bad-contact",
        table,
        headline=_headline(care, found),
        caption=_caption(care, found),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['pair']} {from_row(row)}" for row in records(table))
        ),
        labels={
            "pair": _("difference"),
            "computed": _("how computed"),
            "value": _("points more who left"),
        },
        notes=tuple(_notes(care, found)),
    )


@needs("contacts", "customer_id", "contacted_at")
def contact_balance(care: Care) -> Answer:
    """How alike customers with bad and good contacts were beforehand, raw and weighted."""
    if reason := no_comparison(care):
        return Skipped(reason)
    rows = balance(care)
    if rows.empty:
        return Skipped(_("Nothing that tells customers apart was recorded before the contact."))
    if rows["before"].isna().all():
        return Skipped(_("All contacts compared are bad, or all are good."))
    reach = rows[["before", "after"]].abs().max(axis=1)
    rows = rows.loc[reach.sort_values(ascending=False, kind="stable").index]
    text = _("The largest difference of a trait is {before} before weighting and {after} after.")
    return Finding(
        "contact-balance",
        rows.reset_index(drop=True).assign(band=UNBALANCED, n=risks(care).n),
        headline=_balance_headline(rows),
        caption=_(
            "Each trait’s difference of means, customers with a bad contact less those with a good "
            "one, in standard deviations (standardised mean difference). Hollow: as they are; "
            "filled: weighted for the adjusted difference. Within the band of ±{band} the groups "
            "count as alike. All traits were known before the contact."
        ).format(band=number(UNBALANCED, 1)),
        alt=text.format(before=_largest(rows["before"]), after=_largest(rows["after"])),
        labels={
            "trait": _("known before the contact"),
            "before": _("difference as they are"),
            "after": _("weighted"),
        },
        styles={"before": "ratio", "after": "ratio"},
        notes=of_company(care, "contacts"),
    )


def in_words(difference: Estimate) -> str:
    """A difference of shares in points with its interval, for a sentence."""
    points = difference.in_points()
    return _("{value} points ({interval}, n = {n})").format(
        value=points.value_text(), interval=points.interval_text(), n=number(points.n)
    )


def _table(care: Care, found: Risks) -> pd.DataFrame:
    """The raw and the adjusted difference in points; the E-values go to the export."""
    explained = e_values(found.ratio) or (None, None)
    same = _("the same, weighted so that both groups are alike in what was known before")
    those = _("the same, the good ones weighted to be like those with a bad contact")
    rows = (
        (_("raw"), _counted(care), found.raw),
        (_("adjusted, mean over all compared"), same, found.adjusted),
        (_("adjusted, mean over those with a bad contact"), those, found.among_bad),
    )
    table = frame(
        ({"pair": pair, "computed": computed}, one.in_points()) for pair, computed, one in rows
    )
    for name, value in zip(("e_value", "e_value_limit"), explained, strict=True):
        table[name] = pd.Series([None, value, None], dtype="float64")
    return table


def _counted(care: Care) -> str:
    """The raw difference with its numerators and denominators."""
    bad, good = (f"{number(int(rows['left'].sum()))}/{number(len(rows))}" for rows in groups(care))
    return _("{bad} after a bad contact less {good} after a good one").format(bad=bad, good=good)


def _headline(care: Care, found: Risks) -> str:
    days, adjusted = number(care.study.loyalty.leave_days), found.adjusted
    if found.raw.value is None:
        text = _("Whether more leave after a bad contact cannot be told: {reason}")
        return text.format(reason=_(found.raw.reason))
    if adjusted.value is None or adjusted.low is None or adjusted.high is None:
        text = _(
            "Raw difference in leaving within {n} days of a bad contact: {raw}; how much of it "
            "goes with the kind of customer cannot be told"
        )
        return text.format(n=days, raw=in_words(found.raw))
    if adjusted.low > 0:
        text = _("A bad contact is associated with more leaving within {n} days: {points}")
    elif adjusted.high < 0:
        text = _("A bad contact is associated with less leaving within {n} days: {points}")
    else:
        text = _(
            "Whether more leave within {n} days of a bad contact than of a good one is not "
            "distinguishable: {points}"
        )
    return text.format(n=days, points=in_words(adjusted))


def _caption(care: Care, found: Risks) -> str:
    what = _(
        "Points more who left after a bad contact than after a good one, with {level} intervals."
    ).format(level=percent(care.study.confidence_level))
    whom = _("Each customer counts once, with the first contact that can tell.")
    if found.trimmed:
        whom = _(
            "The adjusted difference is that of customers who might have had either kind of "
            "contact: {n} of {all}, each counted once."
        ).format(n=number(found.adjusted.n), all=number(found.n))
    return " ".join([what, whom, bad_contacts.definition(care), left_rule(care)])


def _notes(care: Care, found: Risks) -> Iterator[str]:
    yield _(
        "“Associated with”, not caused by: chance did not decide who had a bad contact, and "
        "adjusting knows only what was recorded."
    )
    if found.adjusted.value is not None:
        yield _adjusted_for(care)
        yield _overlap(found)
    if explained := e_values(found.ratio):
        yield _hidden(*explained)
    yield from care.not_limited("contacts")


def _adjusted_for(care: Care) -> str:
    rows = balance(care)
    if rows.empty:
        return _("Nothing was known before the contact that could be adjusted for.")
    text = _(
        "Adjusted for {n} traits known before the contact, named where their balance is shown: "
        "once weighted, none differs by more than {most} standard deviations."
    )
    return text.format(n=number(len(rows)), most=_largest(rows["after"]))


def _overlap(found: Risks) -> str:
    fields = {"low": percent(OVERLAP), "high": percent(1 - OVERLAP), "all": number(found.n)}
    if not found.trimmed:
        text = _(
            "Each of the {all} customers had a chance of a bad contact between {low} and {high}: "
            "for everybody there is somebody to compare with."
        )
        return text.format(**fields)
    text = _(
        "Left out of the adjusted difference: {n} of {all} customers ({share}) whose chance of a "
        "bad contact was below {low} or above {high}, for want of anybody to compare with."
    )
    return text.format(n=number(found.trimmed), share=percent(found.trimmed / found.n), **fields)


def _hidden(value: float, limit: float) -> str:
    """How strong what nobody recorded would have to be (VanderWeele & Ding 2017)."""
    text = _(
        "To explain the adjusted difference away, something unrecorded would have to go with both "
        "bad contacts and leaving by a risk ratio of {value} each, beyond what is adjusted for; to "
        "make it not distinguishable, of {limit} (E-values)."
    )
    if limit == 1:
        text = _(
            "To explain the adjusted difference away, something unrecorded would have to go with "
            "both bad contacts and leaving by a risk ratio of {value} each, beyond what is "
            "adjusted for (E-value); for the interval nothing need be: it leaves room for no "
            "difference as it is."
        )
    return text.format(value=number(value, 2), limit=number(limit, 2))


def _balance_headline(rows: pd.DataFrame) -> str:
    if rows["after"].isna().all():
        return _("Customers with bad and good contacts were not weighted: too few, or too unlike")
    over = rows.loc[rows["after"].abs() > UNBALANCED, "trait"]
    if len(over):
        text = _(
            "Even weighted, customers with bad and good contacts differ in {k} of {n} traits, so "
            "no adjusted difference is given"
        )
        return text.format(k=number(len(over)), n=number(len(rows)))
    text = _("Weighted, customers with bad and good contacts are alike in all {n} recorded traits")
    return text.format(n=number(len(rows)))


def _largest(differences: pd.Series[float]) -> str:
    largest = differences.abs().max()
    return number(float(largest), 2) if pd.notna(largest) else "–"
