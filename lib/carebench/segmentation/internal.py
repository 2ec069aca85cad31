"""Internal customers: how departments serve each other, who is served worst, and by whom."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import _, number, percent
from ..methods.comparisons import ABOVE, BELOW, NOT_DISTINGUISHABLE
from ..methods.mutual_ratings import compare_ratings
from ..methods.proportions import SMALL
from ..methods.scores import mean
from ..sources import Care
from .departments import HIDDEN, MANY, cells, may_be_shown, of_wave, rule

SCALE = (1.0, 5.0)
MOST_DRAWN = 12  # departments on each side of the matrix
MOST_WORST = 10  # pairs of departments in the short table
MOST_NAMED = 3  # departments in a sentence
DIRECTIONS = {ABOVE: 1, NOT_DISTINGUISHABLE: 0, BELOW: -1}


@needs("internal_service")
def internal_service(care: Care) -> Answer:
    """How departments are rated by those they serve, and which stand out from the others."""
    rows = ratings(care)
    if rows.empty:
        return _nothing()
    table = _judged(care, rows, ["serving"]).rename(columns={"serving": "department"})
    table = table.sort_values(["value", "department"], ascending=[False, True], ignore_index=True)
    return Finding(
        "internal-service",
        table,
        headline=_headline_of_departments(table),
        caption=_(
            "Mean score from 1 to 5 that people of other departments gave, with {level} intervals "
            "for people like them."
        ).format(level=percent(care.study.confidence_level)),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['department']} {from_row(row)}" for row in records(table))
        ),
        labels={"department": _("department that serves"), **_labels(table)},
        notes=tuple(_notes(care, table)),
    )


@needs("internal_service")
def service_matrix(care: Care) -> Answer:
    """Which department serves which how well: mean score and number of people in each cell."""
    table = _cells(care)
    if table.empty:
        return _nothing()
    shown = table[table["value"].notna()]
    return Finding(
        "service-matrix",
        table,
        headline=_headline_of_cells(shown),
        caption=_(
            "Mean score from 1 to 5 that people of the department at the left gave the department "
            "at the top, and below it how many they were. Hatched: not shown, for few answers "
            "would identify people. ▼ and ▲: clearly below or above the others. The department "
            "that serves worst stands first; of more than {most} those with most answers are drawn."
        ).format(most=number(MOST_DRAWN)),
        alt=_("A grid of departments. Lowest: {rows}.").format(rows=_some(shown)),
        labels={"pair": _("serves → is served"), **_labels(shown)},
        notes=tuple(_notes(care, shown, hidden=len(table) - len(shown), of=len(table))),
    )


@needs("internal_service")
def worst_service(care: Care) -> Answer:
    """Who serves whom worst: the lowest cells of the matrix, and what can be said of them."""
    table = _cells(care)
    if table.empty:
        return _nothing()
    shown = table[table["value"].notna()].reset_index(drop=True)
    if shown.empty:
        return Skipped(_("No pair of departments can be shown. {rule}").format(rule=rule()))
    first = records(shown)[0]
    text = {
        -1: _("Served worst: {pair}, {score}, clearly below what the same people give others"),
        0: _("Lowest: {pair}, {score}, not distinguishable from what the same people give others"),
    }.get(first["direction"], _("Lowest: {pair}, {score}"))
    many = _(
        "The lowest of many looks lower than it is. A verdict allows for all {n} pairs at once; "
        "what is not distinguishable is not thereby the same."
    ).format(n=number(len(shown)))
    return Finding(
        "worst-service",
        shown.head(MOST_WORST),
        headline=text.format(pair=first["pair"], score=from_row(first)),
        labels={"pair": _("serves → is served"), **_labels(shown)},
        notes=(many, *_notes(care, shown)),
    )


def ratings(care: Care) -> pd.DataFrame:
    """One score for each person and other department that it rated.

    Columns `person`, a code that is the department's own; `served` and `serving`, departments;
    `score`; `people`, how many stand at least behind it. Several scores that one person gave one
    department count as their mean; those that a department gave itself are left out. Of scores
    without a code nobody knows how many people gave them: twenty are taken for five.
    """
    rows = of_wave(care, "internal_service")
    rows = rows[rows["rater_department"].astype(str) != rows["rated_department"].astype(str)]
    line = pd.Series(np.arange(len(rows)), index=rows.index).map("row {}".format)
    who = rows["respondent"].astype("object") if "respondent" in rows else line.where(line.isna())
    table = pd.DataFrame(
        {
            "served": rows["rater_department"].astype(str),
            "serving": rows["rated_department"].astype(str),
            "person": who.where(who.notna(), line),
            "people": np.where(who.notna(), 1.0, SMALL / MANY),
            "score": rows["score"].to_numpy(dtype=float),
        }
    )
    means = table.groupby(["served", "person", "serving"])[["score", "people"]].mean()
    return means.reset_index()


def _cells(care: Care) -> pd.DataFrame:
    """Every pair of departments, the lowest mean first, those not shown last."""
    rows = ratings(care)
    if rows.empty:
        return rows
    table = _judged(care, rows, ["serving", "served"])
    table.insert(0, "pair", table["serving"] + " → " + table["served"])
    table["drawn"] = _drawn(rows, table)
    return table.sort_values(["value", "pair"], na_position="last", ignore_index=True)


def _judged(care: Care, rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Mean of each group of scores, and a verdict against the other scores of the same people.

    Not how large the difference is: with the means it would give a hidden one away.
    """
    people = rows.groupby(["served", "person"]).ngroup()
    grouped = rows.groupby(keys)
    table = cells(rows["score"], [rows[key] for key in keys], rows["people"]).reset_index()
    shown = may_be_shown(table, table["serving"])
    level = care.study.confidence_level
    found = compare_ratings(
        people,
        rows["score"],
        grouped.ngroup(),
        pd.factorize(table["serving"])[0],
        confidence_level=level,
    )
    told = [
        {
            "verdict": _(said.verdict) if said.verdict in DIRECTIONS else None,
            "direction": DIRECTIONS.get(said.verdict),
            "p_value": said.p_value,
        }
        for _gap, said in found
    ]
    numbers = pd.DataFrame(told).astype({"direction": "float64", "p_value": "float64"})
    return frame(
        (key, _mean(part, level) if may else Estimate.absent(HIDDEN, n=len(part), unit="score"))
        for key, (_key, part), may in zip(
            records(table[keys].join(numbers.where(shown, None))), grouped, shown, strict=True
        )
    )


def _mean(part: pd.DataFrame, level: float) -> Estimate:
    return mean(part["score"].to_numpy(), scale=SCALE, confidence_level=level)


def _drawn(rows: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series[bool]:
    """Pairs of departments that fit a page: those of which, or from which, most answers are."""
    answers = pd.concat([rows["served"], rows["serving"]]).value_counts().sort_index()
    most = answers.sort_values(ascending=False, kind="stable").index[:MOST_DRAWN]
    return pairs["served"].isin(most) & pairs["serving"].isin(most)


def _labels(table: pd.DataFrame) -> dict[str, str]:
    told = {"verdict": _("against the others")} if table["verdict"].notna().any() else {}
    return told | {"value": _("mean score")}


def _headline_of_departments(table: pd.DataFrame) -> str:
    """Who is told from the others; where nobody is judged, from where to where the means go."""
    known = table[table["value"].notna()]
    if known.empty:
        return _("How well departments serve cannot be shown: few answers would identify people")
    best, worst = records(known)[0], records(known)[-1]
    if len(known) == 1:
        text = _("How well departments serve can be shown of one only, {department}: {score}")
        return text.format(department=best["department"], score=from_row(best))
    if known["direction"].isna().all():
        return _("Departments rate each other from {low} ({worst}) to {high} ({best})").format(
            low=from_row(worst),
            worst=worst["department"],
            high=from_row(best),
            best=best["department"],
        )
    below, above = known[known["direction"] == -1][::-1], known[known["direction"] == 1]
    if below.empty and above.empty:
        return _("No department can be told from the others by how it is rated")
    if below.empty:
        return _("Departments rated clearly above the others: {above}").format(above=_scored(above))
    if above.empty:
        return _("Departments rated clearly below the others: {below}").format(below=_scored(below))
    return _("Departments rated clearly below the others: {below}; clearly above: {above}").format(
        below=_scored(below), above=_scored(above)
    )


def _headline_of_cells(shown: pd.DataFrame) -> str:
    if shown.empty:
        return _("No pair of departments can be shown: few answers would identify people")
    judged = shown["direction"].dropna()
    if judged.empty:
        return _("Who serves whom how well, from {low} to {high}").format(
            low=number(shown["value"].min(), 1), high=number(shown["value"].max(), 1)
        )
    if not judged.any():
        text = _("Of {n} pairs of departments not one can be told from the others")
        return text.format(n=number(len(judged)))
    return _(
        "Of {n} pairs of departments {below} are rated clearly below the others, {above} clearly "
        "above; the rest cannot be told apart"
    ).format(
        n=number(len(judged)),
        below=number(int((judged == -1).sum())),
        above=number(int((judged == 1).sum())),
    )


def _scored(table: pd.DataFrame) -> str:
    """Departments with their scores; of many the first few, and how many more."""
    names = [
        f"{row['department']} {from_row(row).value_text()} ({from_row(row).interval_text()})"
        for row in records(table.head(MOST_NAMED))
    ]
    if len(table) <= MOST_NAMED:
        return ", ".join(names)
    text = _("{names} and {n} more")
    return text.format(names=", ".join(names), n=number(len(table) - MOST_NAMED))


def _some(shown: pd.DataFrame) -> str:
    rows = records(shown.head(MOST_NAMED))
    return "; ".join(f"{row['pair']} {number(row['value'], 1)}" for row in rows) or "–"


def _notes(care: Care, table: pd.DataFrame, *, hidden: int = 0, of: int = 0) -> Iterator[str]:
    """How rows were judged, or why not, and what was left out."""
    if hidden:
        text = _("Not shown, for few answers would identify people: {n} of {all} pairs.")
        yield text.format(n=number(hidden), all=number(of))
    if table["value"].isna().any() or hidden:
        yield rule()
    if ratings(care)["people"].lt(1).any():
        yield _(
            "Scores without a code of the person: nobody can tell how many people gave them, so "
            "{many} of them count as {few} people, and n counts scores. A column “respondent” "
            "with any code, the same for all scores of one person, would tell."
        ).format(many=number(MANY), few=number(SMALL))
    if table["direction"].notna().any():
        yield _(
            "Against the others: each score less what the same person gave the other departments, "
            "so that it does not matter who is severe (Student’s t, Holm’s correction over all "
            "rows). Whatever stands out farthest is then left out, and the rest must stand out "
            "without it too."
        )
    else:
        yield _(
            "Rows are not set against each other: that takes people known by a code who rated "
            "several departments."
        )
    yield _("The intervals take these people as a sample of people like them.")
    yield from care.not_limited("internal_service")


def _nothing() -> Skipped:
    return Skipped(_("No department rated another one in the wave of this study."))
