"""Shares of explained variance, and which of them are told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...estimate import COLUMNS, Estimate, frame, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods.drivers import Importance, NothingExplained, lmg
from ...schema import DataError
from ...sources import Care
from .answers import Answers, answers

APART, TOGETHER = N_("clearly larger"), N_("not distinguishable")


@needs("survey")
def driver_pairs(care: Care) -> Answer:
    """Which shares are told apart: every pair, all pairs allowed for."""
    found = answers(care)
    if isinstance(found, Skipped):
        return found
    rows = shares(care, found)
    if isinstance(rows, Skipped):
        return rows
    pairs = rows[rows["second"].ne("")].reset_index(drop=True)
    words = _("{first} before {second}")
    table = pairs.loc[:, list(COLUMNS)]
    table.insert(
        0, "pair", [words.format(first=r["first"], second=r["second"]) for r in records(pairs)]
    )
    clear = pairs["low"].gt(0)
    table["verdict"] = [_(APART if one else TOGETHER) for one in clear]
    return Finding(
        "driver-pairs",
        table,
        headline=_("{k} of {n} pairs of items are told apart by their shares").format(
            k=number(clear.sum()), n=number(len(table))
        ),
        labels={"pair": _("pair"), "value": _("difference of shares, in points"),
                "verdict": _("verdict")},
        notes=(_("The intervals hold for all pairs together. “Not distinguishable” does not say "
                 "that two items count alike."),),
    )  # fmt: skip


def shares(care: Care, found: Answers) -> pd.DataFrame | Skipped:
    """Shares (`first` alone) and their differences (`first` less `second`), largest first."""
    try:
        return care.once("importance of drivers", lambda: _importance(care, found))
    except NothingExplained:
        text = _("The items explain no more of {outcome} than chance would.")
        return Skipped(text.format(outcome=found.outcome_words))
    except DataError as error:
        return Skipped(str(error))


def of_items(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `shares` that are about one item, which `item` names."""
    alone = rows[rows["second"].eq("")].drop(columns="second")
    return alone.rename(columns={"first": "item"}).reset_index(drop=True)


def _importance(care: Care, found: Answers) -> pd.DataFrame:
    level = care.study.confidence_level
    moved = lmg(found.outcome, found.drivers, weights=found.weights, confidence_level=level)
    order = np.argsort([-(share.value or 0) for share in moved.shares], kind="stable")
    alone = frame(_share(found, moved, int(j)) for j in order)
    pairs = frame(
        (
            {"first": found.names[pair.first], "second": found.names[pair.second]},
            pair.estimate.in_points(),
        )
        for pair in moved.differences
    )
    return pd.concat([alone, pairs], ignore_index=True)


def _share(found: Answers, moved: Importance, j: int) -> tuple[dict[str, Any], Estimate]:
    place = moved.ranks[j]
    best, worst = int(place.low or 0), int(place.high or 0)
    words = _("{low} to {high}").format(low=number(best), high=number(worst))
    keys = {
        "first": found.names[j],
        "second": "",
        "places": words if best < worst else number(best),
        "best_place": best,
        "worst_place": worst,
        "borrowed": moved.borrowed[j],
        "r_squared": moved.r_squared,
        "adjusted_r_squared": moved.explained.value,
    }
    return keys, moved.shares[j]
