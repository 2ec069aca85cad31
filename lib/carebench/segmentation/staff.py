"""Staff as internal customers: how content they are, by department, and whether they will stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods.comparisons import ABOVE, BELOW, compare_with_others
from ..methods.proportions import proportion
from ..methods.rank_correlation import TOO_FEW, spearman
from ..methods.scores import NPS_MINIMUM, mean, nps, top_box
from ..sources import Care
from .departments import HIDDEN, cells, may_be_shown, of_wave, rule
from .internal import ratings

SCALE = (1.0, 5.0)
SATISFIED = 4  # and above
MEASURES = {
    "satisfaction": N_("satisfied with their work (4 or 5)"),
    "stays": N_("mean to stay for a year"),
    "nps": N_("net promoter score as an employer"),
}
MEAN = N_("mean satisfaction, 1 to 5")


@needs("staff")
def staff(care: Care) -> Answer:
    """How content all staff are: satisfied, would recommend, mean to stay."""
    rows = _answers(care)
    asked = [measure for measure in MEASURES if measure in rows and rows[measure].notna().any()]
    if not asked:
        return Skipped(_("No member of staff answered in the wave of this study."))
    estimates = [({"what": _(MEASURES[name])}, _estimate(care, rows, name)) for name in asked]
    if "satisfaction" in asked:
        estimates.insert(1, ({"what": _(MEAN)}, _mean(care, rows)))
    parts = [f"{_(MEASURES[name])} {_estimate(care, rows, name)}" for name in asked]
    return Finding(
        "staff",
        frame(estimates),
        headline=_("Staff: {parts}").format(parts="; ".join(parts)),
        labels={"what": _("staff"), "value": _("result")},
        notes=tuple(_notes(care)),
    )


@needs("staff")
def staff_by_department(care: Care, measure: str = "satisfaction") -> Answer:
    """One measure by department: "satisfaction", "stays" or "nps".

    Departments with few answers are counted and not shown.
    """
    rows = _answers(care)
    if measure not in rows:
        text = _("The table “{table}” of the study has no column “{columns}”.")
        return Skipped(text.format(table="staff", columns=measure))
    rows = rows[rows[measure].notna()]
    sizes, shown = _shown(rows, measure, rows["department"])
    shown &= sizes.ge(NPS_MINIMUM if measure == "nps" else 0)
    if not shown.any():
        text = _("Staff of no department can be shown by themselves. {rule}")
        return Skipped(text.format(rule=rule()))
    parts = dict(list(rows.groupby("department", observed=True)))
    names = [str(name) for name in sizes.index[shown]]
    if len(names) == 1:
        text = _("{measure} can be shown of one department only, {department}: {estimate}. {rule}")
        only = _estimate(care, parts[names[0]], measure)
        return Skipped(
            text.format(
                measure=_(MEASURES[measure]).capitalize(),
                department=names[0],
                estimate=only,
                rule=rule(),
            )
        )
    table = frame(({"department": name}, _estimate(care, parts[name], measure)) for name in names)
    if measure == "satisfaction":
        table["mean"] = [parts[name][measure].astype("float64").mean() for name in names]
    if measure != "nps":
        table = table.assign(**_verdicts(care, table))
    table = table.sort_values(["value", "department"], ascending=[False, True], ignore_index=True)
    return Finding(
        f"staff-{measure}",
        table,
        headline=_headline(table, measure),
        caption=_("Answers of staff by department, with {level} intervals.").format(
            level=percent(care.study.confidence_level)
        ),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['department']} {from_row(row)}" for row in records(table))
        ),
        labels=_labels(table, measure),
        styles={"mean": "score"},
        notes=tuple(_notes(care, sizes[~shown], judged="direction" in table)),
    )


@needs("staff", "satisfaction")
def service_and_staff(care: Care) -> Answer:
    """How well a department serves the others beside how content its own staff are."""
    if not care.columns("internal_service"):
        text = _("The study has no table “{table}”.")
        return Skipped(text.format(table="internal_service"))
    both = _both_sides(care)
    if both.empty:
        return Skipped(_("No department can be shown on both sides. {rule}").format(rule=rule()))
    level = care.study.confidence_level
    found = spearman(both["service"], both["satisfaction"], confidence_level=level)
    table = both.sort_values("service", ascending=False).rename_axis("department").reset_index()
    return Finding(
        "service-and-staff",
        table.astype({"service_n": "int64", "satisfaction_n": "int64"}),
        headline=_association(found),
        labels={
            "department": _("department"),
            "service": _("score as a server"),
            "service_n": _("scores"),
            "satisfaction": _("satisfaction of its staff"),
            "satisfaction_n": _("staff asked"),
        },
        styles={"service": "score", "satisfaction": "score"},
        notes=(
            _(
                "Means from 1 to 5. What goes together need not cause each other, and means of few "
                "answers hide much of what goes together."
            ),
        ),
    )


def _both_sides(care: Care) -> pd.DataFrame:
    """Departments whose service and whose own staff may both be shown."""
    given, own = ratings(care), _answers(care).dropna(subset="satisfaction")
    served = cells(given["score"], given["serving"], given["people"])
    served_shown = may_be_shown(served, served.index.to_series())
    sizes, shown = _shown(own, "satisfaction", own["department"])
    return pd.DataFrame(
        {
            "service": given.groupby("serving")["score"].mean()[served_shown],
            "service_n": served["n"],
            "satisfaction": own.groupby("department")["satisfaction"].mean()[shown],
            "satisfaction_n": sizes,
        }
    ).dropna()


def _shown(
    rows: pd.DataFrame, measure: str, by: pd.Series[Any]
) -> tuple[pd.Series[int], pd.Series[bool]]:
    """How many answered the measure in each part of all staff, and which may be shown."""
    answers = rows[measure].ge(SATISFIED) if measure == "satisfaction" else rows[measure]
    table = cells(answers, by)
    return table["n"], may_be_shown(table, pd.Series(0, index=table.index))


def _answers(care: Care) -> pd.DataFrame:
    """One row a person of the study's wave; further rows of the same person are left out."""
    rows = of_wave(care, "staff")
    if "respondent" in rows:
        rows = rows[rows["respondent"].isna() | ~rows.duplicated(["department", "respondent"])]
    return rows.assign(department=rows["department"].astype(str))


def _estimate(care: Care, rows: pd.DataFrame, measure: str) -> Estimate:
    level = care.study.confidence_level
    answers = rows[measure].dropna()
    if not _as_a_whole(rows, measure):
        unit = "points" if measure == "nps" else "share"
        return Estimate.absent(HIDDEN, n=len(answers), unit=unit)
    if measure == "nps":
        return nps(answers.to_numpy(dtype=float), confidence_level=level)
    if measure == "satisfaction":
        scores = answers.to_numpy(dtype=float)
        return top_box(scores, scale=SCALE, confidence_level=level)
    return proportion(int(answers.sum()), len(answers), confidence_level=level)


def _mean(care: Care, rows: pd.DataFrame) -> Estimate:
    answers = rows["satisfaction"].dropna().to_numpy(dtype=float)
    if not _as_a_whole(rows, "satisfaction"):
        return Estimate.absent(HIDDEN, n=len(answers), unit="score")
    return mean(answers, scale=SCALE, confidence_level=care.study.confidence_level)


def _as_a_whole(rows: pd.DataFrame, measure: str) -> bool:
    """Whether these people together may be shown."""
    rows = rows[rows[measure].notna()]
    return bool(_shown(rows, measure, pd.Series(0, index=rows.index))[1].all())


def _verdicts(care: Care, table: pd.DataFrame) -> dict[str, Any]:
    """Each department against the mean of the others."""
    level = care.study.confidence_level
    k, n = (table[name].astype(int).tolist() for name in ("k", "n"))
    said = compare_with_others(k, n, confidence_level=level)
    directions = {ABOVE: 1.0, BELOW: -1.0}
    return {
        "verdict": [_(one.verdict) if one.p_value is not None else None for one in said],
        "direction": [
            directions.get(one.verdict, 0.0) if one.p_value is not None else None for one in said
        ],
        "p_value": [one.p_value for one in said],
    }


def _labels(table: pd.DataFrame, measure: str) -> dict[str, str]:
    labels = {"department": _("department")}
    if "verdict" in table and table["verdict"].notna().any():
        labels["verdict"] = _("against the others")
    labels["value"] = _(MEASURES[measure])
    return labels | ({"mean": _("mean, 1 to 5")} if "mean" in table else {})


def _headline(table: pd.DataFrame, measure: str) -> str:
    """Whose staff are told from the others', or from where to where the departments go."""
    told = table["direction"] if "direction" in table else pd.Series(pd.NA, index=table.index)
    low, high = records(table)[-1], records(table)[0]
    words = {
        "measure": _(MEASURES[measure]),
        "below": ", ".join(table[told.eq(-1).fillna(False)]["department"]),
        "above": ", ".join(table[told.eq(1).fillna(False)]["department"]),
        "low": from_row(low),
        "last": low["department"],
        "high": from_row(high),
        "first": high["department"],
    }
    if words["below"] and words["above"]:
        text = _("Staff, {measure}: clearly below the others {below}; clearly above {above}")
    elif words["below"]:
        text = _("Staff, {measure}: clearly below the others {below}")
    elif words["above"]:
        text = _("Staff, {measure}: clearly above the others {above}")
    elif told.isna().all():
        text = _("Staff, {measure}: from {low} in {last} to {high} in {first}")
    else:
        text = _(
            "Staff, {measure}: from {low} in {last} to {high} in {first}; no department can be "
            "told from the others"
        )
    return text.format(**words)


def _association(found: Estimate) -> str:
    """What can be said of it, which is nothing of few departments."""
    if found.reason == TOO_FEW:
        text = _("Service and staff satisfaction of {k} departments: too few to claim anything")
        return text.format(k=number(found.n))
    if found.low is None or found.high is None:
        text = _("Service and staff satisfaction of {k} departments: nothing can be compared")
        return text.format(k=number(found.n))
    if found.low > 0:
        text = _("Departments that are rated higher have more content staff: rank correlation {r}")
    elif found.high < 0:
        text = _("Departments that are rated higher have less content staff: rank correlation {r}")
    else:
        text = _("Whether departments with content staff are rated higher cannot be told: {r}")
    return text.format(r=found)


def _notes(
    care: Care, hidden: pd.Series[int] | None = None, *, judged: bool = False
) -> Iterator[str]:
    """Who is not shown, and what the intervals stand for."""
    if hidden is not None and len(hidden):
        yield _(
            "Departments not shown, for few answers would identify people: {n}, with {answers} "
            "answers together."
        ).format(n=number(len(hidden)), answers=number(int(hidden.sum())))
        yield rule()
    if judged:
        yield _(
            "Against the others: Fisher’s exact test with Holm’s correction over the departments "
            "shown. The lowest of several looks lower than it is."
        )
    yield _(
        "The intervals take those who answered as a sample of staff like them; whoever kept silent "
        "may think otherwise."
    )
    yield from care.not_limited("staff")
