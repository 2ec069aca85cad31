"""What people say: shoppers of contacts, customers in the survey, departments of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from ..schema import SIX_POINTS
from .world import (
    CARELESS_SHOPPER,
    CONTACT_SPREAD,
    CONTACTS_RATED_BY_ALL,
    DEPARTMENTS,
    DRIVER_CORRELATION,
    DRIVERS,
    MEMBERS_ASKED,
    PERSONA_GAP,
    REFERRED,
    RESPONDENTS,
    SAY_YES,
    SCORE_SPREAD,
    SEGMENTS,
    SHOPPERS,
    SURVEY_CUTS,
    WAVES,
    WOULD_SWITCH,
    Wave,
    firms,
)


def ratings(rng: Generator, attempts: pd.DataFrame) -> pd.DataFrame:
    """Scores on the six points by the shopper who made each answered contact.

    Some written contacts of each wave, which leave a text and need no recording, are rated
    by all shoppers.
    """
    rated = attempts[
        (attempts["outcome"] == "answered")
        & attempts["channel"].isin(["phone", "visit", "chat", "email"])
    ]
    own = rated[["attempt_id", "shopper"]]
    written = rated[rated["channel"].isin(["email", "chat"])]
    shared = written.groupby("wave").sample(CONTACTS_RATED_BY_ALL, random_state=rng)
    every = shared[["attempt_id"]].merge(pd.DataFrame({"shopper": list(SHOPPERS)}), how="cross")
    pairs = pd.concat([own, every]).drop_duplicates().sort_values(["attempt_id", "shopper"])
    level = _contact_quality(rng, rated)
    severity = pairs["shopper"].map(SHOPPERS).to_numpy()
    mean = pairs["attempt_id"].map(level).to_numpy() + severity
    noise = SCORE_SPREAD * rng.standard_normal((len(pairs), len(SIX_POINTS)))
    scores = np.clip(np.rint(mean[:, None] + noise), 1, 5).astype(int)
    careless = (pairs["shopper"] == CARELESS_SHOPPER).to_numpy()
    scores[careless] = rng.integers(1, 6, scores[careless].shape)
    table = pairs.reset_index(drop=True).join(pd.DataFrame(scores, columns=SIX_POINTS))
    long = table.melt(["attempt_id", "shopper"], SIX_POINTS, "item", "score")
    long["order"] = long["item"].map({item: i for i, item in enumerate(SIX_POINTS)})
    long = long.sort_values(["attempt_id", "shopper", "order"], ignore_index=True)
    return long[["attempt_id", "item", "score", "shopper"]]


def _contact_quality(rng: Generator, rated: pd.DataFrame) -> pd.Series:
    """How good each contact truly was, on the scale of the scores."""
    means = {(w.name, f.name): f.quality for w in WAVES for f in firms(w.name)}
    mean = [means[key] for key in zip(rated["wave"], rated["provider"], strict=True)]
    worse = (rated["provider"] == PERSONA_GAP.provider) & (rated["persona"] == PERSONA_GAP.persona)
    level = mean + CONTACT_SPREAD * rng.standard_normal(len(rated))
    level += np.where(worse, PERSONA_GAP.quality_change, 0.0)
    return pd.Series(level, index=rated["attempt_id"])


def survey(
    rng: Generator, waves: Sequence[Wave] = WAVES, n: int = RESPONDENTS, *, first: int = 1
) -> pd.DataFrame:
    """One row per respondent and wave, every answer given; codes count up from `first`.

    CSAT, NPS and CES follow an ordered logit of the six scores as they are recorded, so
    that an item without effect has none.
    """
    tables = [_wave_of_survey(rng, wave, n) for wave in waves]
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "respondent", [f"R{first + i:05d}" for i in range(len(table))])
    return table


def _wave_of_survey(rng: Generator, wave: Wave, n: int) -> pd.DataFrame:
    present = firms(wave.name)
    which = rng.permutation(np.resize(np.arange(len(present)), n))
    segment = rng.choice(list(SEGMENTS), n, p=[share for share, _ in SEGMENTS.values()])
    level = np.array([SEGMENTS[name][1] for name in segment])
    scores = _scores(rng, np.array([firm.quality for firm in present])[which])
    pull = scores @ np.array(list(DRIVERS.values()))
    weight = level * np.exp(0.2 * rng.standard_normal(n))
    return pd.DataFrame(
        {
            "wave": wave.name,
            "provider": [present[i].name for i in which],
            "segment": segment,
            "weight": (weight / weight.mean()).round(3),
            "csat": 1 + _ordered_logit(rng, pull, SURVEY_CUTS["csat"]),
            "nps": _ordered_logit(rng, pull, SURVEY_CUTS["nps"]),
            "ces": 1 + _ordered_logit(rng, pull, SURVEY_CUTS["ces"]),
            **{item: scores[:, i] for i, item in enumerate(DRIVERS)},
        }
    )


def opinions(rng: Generator, answers: pd.DataFrame) -> pd.DataFrame:
    """What each respondent of `answers` says it does, or would do, because of service."""
    n, csat = len(answers), answers["csat"]
    switch = np.select([csat <= 2, csat == 3], [WOULD_SWITCH["low"], WOULD_SWITCH["middle"]],
                       WOULD_SWITCH["high"])  # fmt: skip
    shares: dict[str, Any] = {"would_switch": switch, **SAY_YES}
    said = {item: np.where(rng.random(n) < share, "yes", "no") for item, share in shares.items()}
    told = rng.poisson(np.where(answers["nps"] >= 9, REFERRED["promoter"], REFERRED["other"]))
    return answers.assign(**said, referred=told)


def _scores(rng: Generator, quality: NDArray[np.float64]) -> NDArray[np.int64]:
    """The six points of each respondent, correlated through one common impression."""
    n, items = len(quality), len(DRIVERS)
    common = np.sqrt(DRIVER_CORRELATION) * rng.standard_normal((n, 1))
    own = np.sqrt(1 - DRIVER_CORRELATION) * rng.standard_normal((n, items))
    scores: NDArray[np.int64] = np.clip(np.rint(quality[:, None] + common + own), 1, 5).astype(int)
    return scores


def _ordered_logit(
    rng: Generator, pull: NDArray[np.float64], cuts: tuple[float, ...]
) -> NDArray[np.int64]:
    latent = pull + rng.logistic(size=len(pull))
    passed: NDArray[np.int64] = (latent[:, None] > np.array(cuts)).sum(axis=1)
    return passed


def internal_service(rng: Generator, waves: Sequence[Wave] = WAVES) -> pd.DataFrame:
    """Scores that members of each department give every other department."""
    names = list(DEPARTMENTS)
    rows = [
        {
            "rater_department": rater,
            "rated_department": rated,
            "score": int(np.clip(np.rint(rng.normal(DEPARTMENTS[rated], 0.8)), 1, 5)),
            "respondent": f"E{names.index(rater) + 1}{member}",
            "wave": wave.name,
        }
        for wave in waves
        for rater in names
        for member in range(1, MEMBERS_ASKED + 1)
        for rated in names
        if rated != rater
    ]
    return pd.DataFrame(rows)
