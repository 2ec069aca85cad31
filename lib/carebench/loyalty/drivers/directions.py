"""Which way each driver goes along with the outcome, the other drivers held fixed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame, quantity, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _
from ...methods.coefficients import Coefficients
from ...methods.multiplicity import holm
from ...sources import Care
from .answers import Answers, Scores, answers, copies, loss_note
from .cuts import at_cuts, opposite
from .models import LINEAR, ORDERED, Model, above, fitted, is_ordered
from .shares import of_items, shares

UP, DOWN = N_("goes with higher"), N_("goes with lower")
NOT_ESTABLISHED, NOT_KNOWN = N_("not established"), N_("not known")
SIGNIFICANT = 0.05  # of p-values adjusted for all drivers


@needs("survey")
def driver_directions(care: Care) -> Answer:
    """What one point more on each item goes along with, the other items held fixed."""
    found = answers(care)
    if isinstance(found, Skipped):
        return found
    rows = shares(care, found)
    if isinstance(rows, Skipped):
        return rows
    table, words = coefficients(care, found, rows)
    linear = not is_ordered(found)
    return Finding(
        "driver-directions",
        table.drop(columns="points") if linear else table,
        headline=_headline(found, table),
        labels={
            "item": _("item"),
            "verdict": _("verdict"),
            "value": _(_model(care, found).heading),
            **({} if linear else {"points": _("points for one point more (least squares)")}),
            "standardised": _("in standard deviations"),
        },
        styles={"standardised": "score"},
        notes=(words, *_notes(found, linear), loss_note(found), *found.notes),
    )


def coefficients(care: Care, found: Answers, rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Each driver's coefficient, in the order of `rows` (of `shares`), and what it is in words."""
    model = _model(care, found)
    table = care.once("coefficients of drivers", lambda: _table(care, found, rows, model))
    return table, _(model.words)


def _model(care: Care, found: Answers) -> Model:
    """Ordered logit; of the two best answers where cuts disagree; least squares of many values."""
    if not is_ordered(found):
        return LINEAR
    top_two = above(found.outcome_scale[1] - 2)
    if opposite(at_cuts(care, found)) and isinstance(fitted(care, found, top_two), Coefficients):
        return top_two
    return ORDERED


def _table(care: Care, found: Answers, rows: pd.DataFrame, model: Model) -> pd.DataFrame:
    level, p = care.study.confidence_level, len(found.names)
    slopes, points = fitted(care, found, model), fitted(care, found, LINEAR)
    estimates = _estimates(found, slopes, model, level)
    p_values = holm(
        slopes.p_values().tolist() if isinstance(slopes, Coefficients) else [np.nan] * p
    )
    beside = _estimates(found, points, LINEAR, level)
    scaled = _in_deviations(points, *copies(care, found))
    at = {name: j for j, name in enumerate(found.names)}
    return frame(
        (
            {
                "item": row["item"],
                **_judged(row, estimates[at[row["item"]]], p_values[at[row["item"]]]),
                "points": _with_interval(beside[at[row["item"]]]),
                "standardised": scaled[at[row["item"]]],
            },
            estimates[at[row["item"]]],
        )
        for row in records(of_items(rows))
    )


def _estimates(
    found: Answers, slopes: Coefficients | str, model: Model, confidence_level: float
) -> list[Estimate]:
    if isinstance(slopes, Coefficients):
        return model.estimates(slopes, confidence_level)
    nothing = Estimate.absent(slopes, n=len(found.outcome), unit=model.unit)
    return [nothing] * len(found.names)


def _judged(share: dict[str, Any], slope: Estimate, p_value: float) -> dict[str, Any]:
    """Established only where Holm's p-value and the share's interval both say so."""
    clear = share["low"] > share["borrowed"] or share["high"] < share["borrowed"]
    own = bool(clear and p_value < SIGNIFICANT)
    middle = 1.0 if slope.unit == "ratio" else 0.0
    verdict = UP if (slope.value or 0) > middle else DOWN
    if slope.value is None:
        verdict = NOT_KNOWN
    elif not own:
        verdict = NOT_ESTABLISHED
    return {"verdict": _(verdict), "tied": own, "p_value": p_value}


def _in_deviations(
    points: Coefficients | str, outcome: Scores, drivers: list[Scores], weights: Scores | None
) -> Scores:
    """Least squares in standard deviations of the outcome for one of the driver."""
    if not isinstance(points, Coefficients):
        return np.full(drivers[0].shape[1], np.nan)
    spread = np.mean([_deviations(copy, weights) for copy in drivers], axis=0)
    slopes = np.array([one.value for one in points.estimates()])
    return np.asarray(slopes * spread / _deviations(outcome, weights))


def _deviations(scores: Scores, weights: Scores | None) -> Scores:
    middle = np.average(scores, axis=0, weights=weights)
    return np.asarray(np.sqrt(np.average((scores - middle) ** 2, axis=0, weights=weights)))


def _with_interval(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    return f"{quantity(estimate.value, 'score')} ({estimate.interval_text()})"


def _headline(found: Answers, table: pd.DataFrame) -> str:
    """Which items go with a better outcome by themselves, and of which that is not established."""
    if table["value"].isna().all():
        return _("Which way the items go along with {outcome} is not known").format(
            outcome=found.outcome_words
        )
    parts = []
    for verdict in (UP, DOWN):
        names = table.loc[table["verdict"].eq(_(verdict)), "item"].tolist()
        if names:
            text = {
                UP: _("higher scores of {items} go along with higher {outcome}"),
                DOWN: _("higher scores of {items} go along with lower {outcome}"),
            }[verdict]
            parts.append(text.format(items=", ".join(names), outcome=found.outcome_words))
    rest = table.loc[table["verdict"].eq(_(NOT_ESTABLISHED)), "item"].tolist()
    if rest:
        parts.append(_("not established for {items}").format(items=", ".join(rest)))
    sentence = "; ".join(parts)
    return _("The other items held fixed: {sentence}").format(sentence=sentence)


def _notes(found: Answers, linear: bool) -> Iterator[str]:
    """What “established” asks for, and what the last columns are."""
    yield _(
        "Established: the p-value adjusted for all items (Holm) is below 5%, and the interval of "
        "the item’s share of variance leaves out the share that it would take without a tie of "
        "its own. These are associations, not effects."
    )
    yield (
        _(
            "The last column has both sides in standard deviations, so that items on any scale "
            "compare."
        )
        if linear
        else _(
            "Least squares (HC3) stands beside as a check; its last column has both sides in "
            "standard deviations, so that items on any scale compare."
        )
    )
    if found.weights is not None:
        yield _("Standard errors allow for the weights (sandwich).")
