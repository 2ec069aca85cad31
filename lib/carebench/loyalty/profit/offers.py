"""Offers that service staff make: how many are taken, where, and whether serving comes first."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ...audit.trials.selection import CHANNEL_NAMES
from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods.differences import square_and_add
from ...methods.totals import ratio, share, turned
from ...sources import Care
from .money import caveats, customers_of, period

NO_OFFERS = N_("No offer by service staff is on record.")
GROUPS = {"channel": N_("channel"), "reason": N_("reason of the contact")}
MOST_GROUPS = 12  # channels or reasons; the others are together
BY_CHANCE = N_("Of many groups a few stand apart by chance.")


@needs("contacts", "offered", "taken")
def offers(care: Care) -> Answer:
    """From contacts to offers made and offers taken, and what an offer brings."""
    rows = _contacts(care)
    made = rows[rows["offered"]]
    if made.empty:
        return Skipped(_(NO_OFFERS))
    taken = _share_taken(care, made)
    steps = [
        ({"step": _("contacts"), "of": "–", "reached": len(rows)}, _all(len(rows))),
        (
            {"step": _("an offer was made"), "of": _("of the contacts"), "reached": len(made)},
            _share(care, rows, rows["offered"]),
        ),
        (
            {"step": _("the offer was taken"), "of": _("of the offers"), "reached": taken.k or 0},
            taken,
        ),
    ]
    sold = _revenue_per_offer(care, made)
    return Finding(
        "offers",
        frame(steps),
        headline=_("Of the offers at contacts {taken} are taken; an offer brings {sold}").format(
            taken=taken, sold=sold
        ),
        caption=period(care)
        + " "
        + _("Each bar is a part of the one above; the interval is of its share in it."),
        alt=_("Bars: {rows}.").format(
            rows="; ".join(
                f"{keys['step']} {number(int(str(keys['reached'])))}" for keys, _one in steps
            )
        ),
        labels={"step": _("from contact to sale"), "of": _("share"), "value": _("estimate")},
        notes=(*_unknown(made), *caveats(care)),
    )


@needs("contacts", "offered", "taken")
def offers_by(care: Care, group: str) -> Answer:
    """Offers made, the share taken and the revenue per offer, by `channel` or `reason`."""
    if group not in care.columns("contacts"):
        text = _("The table “{table}” of the study has no column “{columns}”.")
        return Skipped(text.format(table="contacts", columns=group))
    rows = _contacts(care)
    if not rows["offered"].any():
        return Skipped(_(NO_OFFERS))
    found = [_group_row(care, name, part) for name, part in _parts(rows, group)]
    table = frame(found).sort_values("value", ascending=False, ignore_index=True)
    return Finding(
        f"offers-by-{group}",
        table,
        headline=_("Offers taken by {group}: all together {taken}").format(
            group=_(GROUPS[group]), taken=_share_taken(care, rows[rows["offered"]])
        ),
        caption=period(care) + " " + _("Share of the offers made that were taken."),
        alt=_("Dots with intervals, highest on top: {rows}.").format(
            rows="; ".join(f"{row['group']} {from_row(row)}" for row in records(table))
        ),
        labels={
            "group": _(GROUPS[group]),
            "made": _("contacts with an offer"),
            "per_offer": _("revenue per offer"),
            "value": _("taken"),
        },
        notes=(_(BY_CHANCE), *caveats(care)),
    )


@needs("contacts", "offered", "taken", "served_first")
def serving_first(care: Care) -> Answer:
    """The share of offers taken where the request was settled first, and where it was not."""
    rows = _contacts(care)
    made = rows[rows["offered"] & rows["served_first"].notna()]
    if made.empty:
        return Skipped(_("No offer says whether the request was settled first."))
    first = made["served_first"].astype("boolean").fillna(False).astype(bool)
    after, before = _share_taken(care, made[first]), _share_taken(care, made[~first])
    gap = square_and_add(after, before).in_points()
    table = frame(
        [
            ({"order": _("settled first, then offered")}, after),
            ({"order": _("offered before it was settled")}, before),
            ({"order": _("difference in points")}, gap),
        ]
    )
    return Finding(
        "serving-first",
        table,
        headline=_serving_headline(after, before, gap),
        caption=period(care) + " " + _("Share of the offers that were taken."),
        labels={"order": _("order of service and offer"), "value": _("taken")},
        notes=(
            _(
                "An association: nobody was randomised. Requests that are settled may be easier, "
                "and their customers in a better mood."
            ),
            *_unknown(rows[rows["offered"]]),
            *caveats(care),
        ),
    )


def _contacts(care: Care) -> pd.DataFrame:
    """The contacts, whose each is, whether an offer was made and (where known) taken."""
    rows = care.table("contacts")
    taken = rows["taken"].astype("boolean")
    offered = (rows["offered"].astype("boolean").fillna(False) | taken.fillna(False)).astype(bool)
    return rows.assign(offered=offered, taken=taken, customer=customers_of(rows))


def _share(care: Care, rows: pd.DataFrame, succeeded: pd.Series[bool]) -> Estimate:
    level = care.study.confidence_level
    return share(succeeded, clusters=rows["customer"], confidence_level=level)


def _share_taken(care: Care, made: pd.DataFrame) -> Estimate:
    known = made[made["taken"].notna()]
    return _share(care, known, known["taken"].astype(bool))


def _revenue_per_offer(care: Care, made: pd.DataFrame) -> Estimate:
    unit = care.study.currency
    if "revenue" not in made or made["revenue"].isna().all():
        return Estimate.absent(N_("no revenue of offers is on record"), n=len(made), unit=unit)
    return ratio(
        made["revenue"].fillna(0.0),
        np.ones(len(made)),
        clusters=made["customer"],
        logarithm=True,
        unit=unit,
        confidence_level=care.study.confidence_level,
    )


def _group_row(care: Care, name: str, part: pd.DataFrame) -> tuple[dict[str, str], Estimate]:
    made = part[part["offered"]]
    per_offer = _revenue_per_offer(care, made)
    text = _("{value} ({interval})") if per_offer.has_interval else "{value}"
    brings = text.format(value=per_offer.value_text(), interval=per_offer.interval_text())
    counts = _("{k} of {n}").format(k=number(len(made)), n=number(len(part)))
    return {"group": name, "made": counts, "per_offer": brings}, _share_taken(care, made)


def _parts(rows: pd.DataFrame, group: str) -> Iterable[tuple[str, pd.DataFrame]]:
    """The contacts of each group, the largest by name and the rest together."""
    named = rows[group].astype("object").where(rows[group].notna(), None)
    largest = named.value_counts().index[:MOST_GROUPS]
    if group == "channel":  # words of the kit; a reason is in the study's own
        shown = {word: _(CHANNEL_NAMES[word]) for word in largest}
        named = pd.Series([shown.get(word, word) for word in named], rows.index, dtype="object")
        largest = pd.Index(list(shown.values()), dtype="object")
    words = named.where(named.isin(largest), _("other")).where(named.notna(), _("not recorded"))
    yield from ((str(name), part) for name, part in rows.groupby(words, observed=True))


def _all(n: int) -> Estimate:
    return Estimate(1.0, None, None, n, "", k=n)


def _unknown(made: pd.DataFrame) -> tuple[str, ...]:
    unknown = int(made["taken"].isna().sum())
    if not unknown:
        return ()
    text = _("Offers of which it is not known whether they were taken, left out: {n}.")
    return (text.format(n=number(unknown)),)


def _serving_headline(after: Estimate, before: Estimate, gap: Estimate) -> str:
    shares = _(
        "{after} of offers are taken where the request was settled first, {before} where not"
    )
    head = shares.format(after=after.value_text(), before=before.value_text())
    if gap.low is None or gap.high is None:
        return _("{head}: the difference cannot be told").format(head=head)
    if gap.low <= 0 <= gap.high:
        apart = _("{gap} points").format(gap=gap.interval_text())
        return _("{head}: not distinguishable, {gap}").format(head=head, gap=apart)
    clear = gap if gap.low > 0 else turned(gap)
    apart = _("{gap} points").format(gap=clear.interval_text())
    if clear is gap:
        return _("{head}: serving first goes with more sales, by {gap}").format(
            head=head, gap=apart
        )
    return _("{head}: serving first goes with fewer sales, by {gap}").format(head=head, gap=apart)
