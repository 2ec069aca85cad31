"""What customers complain of, how bad it is, whether it comes again, and who speaks first."""

from __future__ import annotations

import pandas as pd

from ...estimate import Estimate, frame, from_row
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods import waiting
from ...methods.proportions import FEW, SMALL, clopper_pearson
from ...sources import Care
from ..trials.selection import listed, of_wave, rate, reworded

MOST_REASONS = 15  # drawn and listed one by one; the others go together
SERIOUS = 3  # severity from which on money, the customer or safety is at stake
SEVERITIES = {
    1: N_("1, a nuisance"),
    2: N_("2, a loss of time"),
    3: N_("3, a loss of money"),
    4: N_("4, of the customer or of safety"),
}
VOICES = {
    "provider": N_("the provider"),
    "customer": N_("the customer"),
    "public": N_("the public"),
}
WEEK_D = 7
SIMULTANEOUS = N_("Clopper–Pearson, simultaneous for all reasons")
# What the methods say of attempts, said of incidents.
WORDS = {
    FEW: N_("fewer than 5 incidents"),
    waiting.NOT_REACHED: N_("not reached: fewer than half were settled"),
    waiting.FEW_ANSWERS: N_("fewer than 5 were settled"),
    waiting.UNEQUAL: N_("incidents were followed for unequal times"),
    waiting.NOT_WATCHED: N_("no incident was followed for that long"),
}
UNKNOWN_PAIRS = N_("no incident names both provider and reason")
UNKNOWN_CUSTOMERS = N_("no incident names its customer")


@needs("incidents", "reason")
def complaint_reasons(care: Care) -> Answer:
    """What customers complain of, the most frequent first, with the cumulative share."""
    rows = of_wave(care, "incidents")
    known = rows[rows["reason"].notna()]
    if known.empty:
        return Skipped(_("No incident of this wave gives its reason."))
    table = _pareto(care, known)
    n, unknown = len(known), len(rows) - len(known)
    notes = [
        _(
            "Only complaints that were logged: who leaves without a word is in no log. Intervals "
            "take each complaint as a draw of its own, all reasons together."
        )
    ]
    if unknown:
        notes.append(_("Left out because they give no reason: {n} incidents.").format(
            n=number(unknown)
        ))  # fmt: skip
    labels = {"complaint": _("complaint"), "value": _("share"), "cumulative": _("up to here")}
    if "severity" in known:
        labels["serious"] = _("serious")
        notes.append(
            _(
                "Serious: severity 3 or 4, a loss of money, of the customer or of safety. "
                "Incidents without a severity ({n}) are not among them."
            ).format(n=number(int(known["severity"].isna().sum())))
        )
    return Finding(
        "complaint-reasons",
        table,
        headline=_pareto_headline(table, n),
        caption=_pareto_caption(care, table, n),
        alt=_("Bars, longest on top: {rows}.").format(rows=listed(table, "complaint")),
        labels=labels,
        styles={"cumulative": "share", "serious": "count"},
        notes=tuple(notes),
    )


@needs("incidents")
def incidents(care: Care) -> Answer:
    """How bad incidents are, how many come again, who spoke first, and when they are settled."""
    rows = of_wave(care, "incidents")
    if rows.empty:
        return Skipped(_("No incident belongs to this wave."))
    parts = (_severity, _recurrence, _who_spoke_first, _settled)
    estimates = [
        ({"topic": topic, "what": what}, estimate)
        for part in parts
        for topic, what, estimate in part(care, rows)
    ]
    estimates = [(of, reworded(estimate, WORDS)) for of, estimate in estimates]
    missing = _missing(care)
    if not estimates:
        return Skipped(
            _("The incidents give no severity, customer, voice or day: only their number is known.")
        )
    return Finding(
        "incidents",
        frame(estimates),
        headline=_incidents_headline(rows, estimates),
        labels={"topic": _("topic"), "what": _("measure"), "value": _("estimate")},
        notes=(
            _(
                "Shares of what was logged, with intervals as if each incident were a draw of its "
                "own. A log holds what was noticed: more incidents may mean worse care or better "
                "listening."
            ),
            _(
                "With few reasons and many incidents, the same provider and reason come again by "
                "chance alone; the same customer does not."
            ),
            _("Settled: the open ones count as waiting until the last day that the log names."),
            *missing,
        ),
    )


def _pareto(care: Care, known: pd.DataFrame) -> pd.DataFrame:
    """Reasons by number, the rare ones together at the end."""
    reason = known["reason"].astype("object")
    counts = reason.value_counts()
    often = counts.sort_index().sort_values(ascending=False, kind="stable").index[:MOST_REASONS]
    reason = reason.where(reason.isin(often), _("all other reasons"))
    counts = reason.value_counts().reindex([*often, _("all other reasons")]).dropna().astype(int)
    serious = known.get("severity", pd.Series(dtype="Int64")).ge(SERIOUS).fillna(False)
    bad = serious.astype(bool).groupby(reason).sum() if len(serious) else pd.Series(dtype=int)
    level = care.study.confidence_level
    table = frame(
        ({"complaint": str(name)}, _simultaneous(int(k), len(known), len(counts), level))
        for name, k in counts.items()
    )
    cumulative = counts.cumsum() / len(known)
    return table.assign(
        cumulative=cumulative.to_numpy(),
        serious=bad.reindex(counts.index).fillna(0).astype(int).to_numpy(),
    )


def _simultaneous(k: int, n: int, reasons: int, level: float) -> Estimate:
    """Share k of n with limits that hold for all reasons at once: exact, after Bonferroni.

    Goodman's limits [1]_, which are Wilson's at the same level, are shorter but cover less than
    they say where reasons are rare: simulated, all at once, .92 with 8 reasons of 20 to 50
    complaints and .88 with 12 reasons of 20, where these cover .98 and more.

    .. [1] Goodman (1965), Technometrics 7:247-254.
    """
    low, high = clopper_pearson(k, n, 1 - (1 - level) / reasons)
    estimate = Estimate(k / n, low, high, n, SIMULTANEOUS, confidence_level=level, k=k)
    return estimate.warn(WORDS[FEW]) if n < SMALL else estimate


def _pareto_headline(table: pd.DataFrame, n: int) -> str:
    first = table.iloc[0]
    share = from_row(dict(first))
    if len(table) == 1:
        return _("All complaints with a reason ({n}) are about one: {reason}").format(
            n=number(n), reason=first["complaint"]
        )
    top = int((table["cumulative"] < 0.8 - 1e-9).sum()) + 1
    text = _("{reason}: {share}; whether it is truly the most frequent is not known")
    if first["low"] > table["high"].iloc[1:].max():
        text = _("{reason}: {share}, clearly the most frequent")
    name = str(first["complaint"])
    text = text.format(reason=name[:1].upper() + name[1:], share=share)
    if top == len(table):
        return text
    together = percent(float(table["cumulative"].iloc[top - 1]))
    rest = _("The first {top} of {all} reasons make {together} of the complaints")
    rest = rest.format(top=number(top), all=number(len(table)), together=together)
    return f"{text}. {rest}"


def _pareto_caption(care: Care, table: pd.DataFrame, n: int) -> str:
    text = _(
        "Bars: share of the {n} complaints, with {level} intervals that hold for all reasons at "
        "once; at the right how many, and the cumulative share (line)."
    ).format(n=number(n), level=percent(care.study.confidence_level))
    if table["serious"].any():
        text += " " + _("Hatched: the serious ones among them (severity 3 or 4).")
    return text


Part = list[tuple[str, str, Estimate]]


def _severity(care: Care, rows: pd.DataFrame) -> Part:
    if "severity" not in rows:
        return []
    known = rows["severity"].dropna().astype(int)
    if known.empty:
        return []
    return [
        (_("severity"), _(words), rate(care, int(known.eq(grade).sum()), len(known)))
        for grade, words in SEVERITIES.items()
    ]


def _recurrence(care: Care, rows: pd.DataFrame) -> Part:
    """How many incidents repeat an earlier one: of a provider, and of one and the same customer."""
    found: Part = []
    topic = _("comes again")
    if {"provider", "reason"} <= set(rows):
        pairs = rows.dropna(subset=["provider", "reason"])
        again = int(pairs.duplicated(["provider", "reason"]).sum())
        estimate = rate(care, again, len(pairs))
        if not len(pairs):
            estimate = Estimate.absent(UNKNOWN_PAIRS)
        found.append((topic, _("same provider and reason as an earlier incident"), estimate))
    if "customer" in rows:
        known = rows.dropna(subset="customer")
        same = ["customer", *(name for name in ("provider",) if name in rows)]
        each = known.groupby(same, observed=True, dropna=False).size()
        estimate = rate(care, int(each.gt(1).sum()), len(each))
        if not len(each):
            estimate = Estimate.absent(UNKNOWN_CUSTOMERS)
        found.append((topic, _("known customers who complained more than once"), estimate))
    return found


def _who_spoke_first(care: Care, rows: pd.DataFrame) -> Part:
    if "raised_by" not in rows:
        return []
    known = rows["raised_by"].dropna()
    return [
        (_("who spoke first"), _(words), rate(care, int(known.eq(voice).sum()), len(known)))
        for voice, words in VOICES.items()
        if len(known)
    ]


def _settled(care: Care, rows: pd.DataFrame) -> Part:
    """How soon incidents are settled; the open ones wait until the last day of the log."""
    if not {"occurred_at", "resolved_at"} <= set(rows):
        return []
    rows = rows.dropna(subset="occurred_at")
    if rows.empty:
        return []
    last = rows[["occurred_at", "resolved_at"]].max().max()
    settled = rows["resolved_at"].notna().to_numpy()
    days = (rows["resolved_at"].fillna(last) - rows["occurred_at"]).dt.days.to_numpy(dtype=float)
    level = care.study.confidence_level
    within = waiting.answered_within(days, settled, WEEK_D, confidence_level=level)
    middle = waiting.median(days, settled, unit="count", confidence_level=level)
    topic = _("settled")
    return [
        (topic, _("within {n} days").format(n=number(WEEK_D)), within),
        (topic, _("days until half of all were settled"), middle),
    ]


def _missing(care: Care) -> list[str]:
    """What cannot be told because the table lacks columns."""
    has = set(care.columns("incidents"))
    needed = {
        "severity": _("No severity is recorded, so how bad they were is not known."),
        "customer": _("No customer is recorded, so whether one complained again is not known."),
        "raised_by": _("Who spoke first is not recorded."),
        "resolved_at": _("When they were settled is not recorded."),
    }
    return [words for column, words in needed.items() if column not in has]


def _incidents_headline(
    rows: pd.DataFrame, estimates: list[tuple[dict[str, str], Estimate]]
) -> str:
    n = number(len(rows))
    known = rows["severity"].dropna() if "severity" in rows else rows.iloc[:0, 0]
    if known.empty:
        return _("{n} incidents were logged").format(n=n)
    return _("{n} incidents were logged; {bad} of {known} with a severity are serious").format(
        n=n, bad=number(int(known.ge(SERIOUS).sum())), known=number(len(known))
    )
