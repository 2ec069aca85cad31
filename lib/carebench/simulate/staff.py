"""What a company's own staff say of their work: whom they serve well need not serve them well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from .world import DEPARTMENTS, WAVES, Wave

ANSWERS = {  # of each department in each wave
    "Sales": 18,
    "Care centre": 16,
    "Warehouse": 14,
    "Accounting": 9,
    "Technical": 12,
    "Personnel": 7,
    "Marketing": 8,
    "IT": 3,
}
SATISFACTION = {  # true mean before it is rounded to whole points
    "Sales": 3.5,
    "Care centre": 3.9,
    "Warehouse": 2.7,
    "Accounting": 3.0,
    "Technical": 3.9,
    "Personnel": 3.8,
    "Marketing": 3.6,
    "IT": 3.1,
}
SPREAD = 0.9  # of one person's satisfaction
RECOMMENDS = {"points_per_point": 1.9, "at_zero": 0.4, "sd": 1.4}  # of the answer from 0 to 10
STAYS = {"log_odds_per_point": 1.1, "at_zero": -2.6}


def staff(rng: Generator, waves: Sequence[Wave] = WAVES) -> pd.DataFrame:
    """One row per member of staff and wave, every answer given."""
    wave = np.repeat([wave.name for wave in waves], sum(ANSWERS.values()))
    department = np.tile(
        np.repeat(list(DEPARTMENTS), [ANSWERS[d] for d in DEPARTMENTS]), len(waves)
    )
    mean = np.array([SATISFACTION[name] for name in department])
    n = len(department)
    felt = mean + SPREAD * rng.standard_normal(n)
    expected = RECOMMENDS["at_zero"] + RECOMMENDS["points_per_point"] * felt
    stays = 1 / (1 + np.exp(-STAYS["at_zero"] - STAYS["log_odds_per_point"] * felt))
    return pd.DataFrame(
        {
            "respondent": [f"W{number:04d}" for number in range(1, n + 1)],
            "wave": wave,
            "department": department,
            "satisfaction": _points(felt, 1, 5),
            "nps": _points(expected + RECOMMENDS["sd"] * rng.standard_normal(n), 0, 10),
            "stays": np.where(rng.random(n) < stays, "yes", "no"),
        }
    )


def _points(value: NDArray[np.float64], low: int, high: int) -> NDArray[np.int64]:
    return np.asarray(np.clip(np.rint(value), low, high), dtype=np.int64)


def truth() -> dict[str, Any]:
    """Everything above, as `truth.json` holds it."""
    return {
        "answers_per_wave": ANSWERS,
        "satisfaction_means_before_rounding": SATISFACTION,
        "sd": SPREAD,
        "recommends": RECOMMENDS,
        "stays": STAYS,
    }
