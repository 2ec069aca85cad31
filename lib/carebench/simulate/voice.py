"""What firms say of their own care, what is said of it in public, and what is complained of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from ..schema import TABLES
from . import profiles
from .world import WAVES, ZONE, Provider, Wave, firms

TONES = ("negative", "neutral", "positive")
SEVERITIES = (1, 2, 3, 4)
DAY_S = 24 * 3600


def maturity(rng: Generator, waves: Sequence[Wave] = WAVES) -> pd.DataFrame:
    """One row per person asked who replied: of the firms, and of the client of the audit."""
    rows = [
        {
            "provider": firm.name,
            "wave": wave.name,
            "respondent": f"{wave.name[-2:]}-P{number:02d}{person}",
            "asked": "client" if firm.name == profiles.CLIENT else "provider",
            **_answers(rng, profiles.BELIEFS[firm.name], person),
        }
        for wave in waves
        for number, firm in enumerate(firms(wave.name), 1)
        if firm.name in profiles.BELIEFS
        for person in range(1, profiles.BELIEFS[firm.name].respondents + 1)
    ]
    return pd.DataFrame(rows)


def _answers(rng: Generator, belief: profiles.Belief, person: int) -> dict[str, Any]:
    """What one person says: the first as the firm does, the others sometimes not."""
    dissents = (rng.random(len(profiles.ITEMS)) < profiles.DISSENT) & (person > 1)
    rating = belief.self_rating + int(rng.integers(-1, 2)) * (person > 1)
    said = {
        item: "yes" if (item in belief.says.split()) != dissent else "no"
        for item, dissent in zip(profiles.ITEMS, dissents, strict=True)
    }
    return {
        "care_is_key": said.pop("care_is_key"),
        "self_rating": min(5, max(1, rating)),
        **{item: said[item] for item in profiles.ITEMS[1:-1]},
        "department": belief.department,
        "contacts_first": said["contacts_first"],
    }


def mentions(rng: Generator, waves: Sequence[Wave] = WAVES) -> pd.DataFrame:
    """One row per public mention, its tone as one or two coders saw it."""
    rounds = [(wave, firm) for wave in waves for firm in firms(wave.name)]
    parts = [
        _mentions_of(own, firm, wave)
        for (wave, firm), own in zip(rounds, rng.spawn(len(rounds)), strict=True)
    ]
    table = pd.concat(parts, ignore_index=True)
    table = table.sort_values(["posted_at", "provider"], ignore_index=True, kind="stable")
    table["mention_id"] = [f"M{number:04d}" for number in range(1, len(table) + 1)]
    return table[[name for name in TABLES["mentions"].names if name in table]]


def _mentions_of(rng: Generator, firm: Provider, wave: Wave) -> pd.DataFrame:
    n = int(rng.integers(*profiles.MENTIONS))
    platform = rng.choice(list(profiles.PLATFORMS), n, p=list(profiles.PLATFORMS.values()))
    posted_s = np.sort(rng.integers(0, wave.weeks * 7, n)) * DAY_S + rng.integers(
        7 * 3600, 23 * 3600, n
    )
    closes_s = (wave.closes - wave.start).days * DAY_S
    watched_s = np.minimum(profiles.MENTION_WATCH_H * 3600, closes_s - posted_s)
    factor = np.array([profiles.PLATFORM_FACTOR[name] for name in platform])
    median_s = profiles.MENTION_MEDIAN_H * 3600
    wait_s = median_s * np.exp(profiles.MENTION_SPREAD * rng.standard_normal(n))
    reacts = rng.random(n) < firm.messages * profiles.MENTION_ANSWERED * factor
    answered = reacts & (wait_s <= watched_s)
    tone = rng.choice(3, n, p=_tones(firm))
    second = rng.random(n) < profiles.SECOND_CODED
    return pd.DataFrame(
        {
            "provider": firm.name,
            "wave": wave.name,
            "platform": platform,
            "posted_at": _instants(wave, posted_s),
            "answered_at": _instants(wave, np.where(answered, posted_s + wait_s, np.nan)),
            "observed_until": _instants(wave, posted_s + watched_s),
            "answered": np.where(answered, "yes", "no"),
            "sentiment": _coded(rng, tone),
            "second_sentiment": np.where(second, _coded(rng, tone), ""),
        }
    )


def _tones(firm: Provider) -> tuple[float, float, float]:
    negative = profiles.negative_share(firm.quality)
    return negative, profiles.NEUTRAL, 1 - negative - profiles.NEUTRAL


def _coded(rng: Generator, tone: NDArray[np.int64]) -> NDArray[Any]:
    """The tone as a coder writes it down: mostly the true one, else either of the others."""
    missed = rng.random(len(tone)) >= profiles.CODER_RIGHT
    seen = (tone + missed * rng.integers(1, 3, len(tone))) % 3
    words: NDArray[Any] = np.array(TONES, dtype=object)[seen]
    return words


def _instants(wave: Wave, seconds: NDArray[Any]) -> pd.Series:
    start = pd.Timestamp(wave.start, tz=ZONE).tz_convert("UTC")
    return start + pd.Series(pd.to_timedelta(np.round(seconds), unit="s"))


def incidents(rng: Generator, waves: Sequence[Wave] = WAVES) -> pd.DataFrame:
    """One row per complaint; some come again from the same customer."""
    rounds = [(wave, firm) for wave in waves for firm in firms(wave.name)]
    parts = [
        _incidents_of(own, firm, wave)
        for (wave, firm), own in zip(rounds, rng.spawn(len(rounds)), strict=True)
    ]
    drawn = pd.concat(parts, ignore_index=True)
    drawn = drawn.sort_values(["occurred_at", "provider"], ignore_index=True, kind="stable")
    drawn["incident_id"] = [f"I{number:04d}" for number in range(1, len(drawn) + 1)]
    return drawn[[name for name in TABLES["incidents"].names if name in drawn]]


def _incidents_of(rng: Generator, firm: Provider, wave: Wave) -> pd.DataFrame:
    n = int(rng.poisson(profiles.incidents_expected(firm.quality)))
    last = wave.weeks * 7 - 1
    first = pd.DataFrame(
        {
            "day": rng.integers(0, last + 1, n),
            "reason": rng.choice(list(profiles.REASONS), n, p=list(profiles.REASONS.values())),
            "customer": [f"K{number:05d}" for number in rng.integers(1, 100_000, n)],
        }
    )
    again = first[rng.random(n) < profiles.RECURS]
    again = again.assign(day=again["day"] + rng.integers(2, 15, len(again)))
    drawn = pd.concat([first, again[again["day"] <= last]], ignore_index=True)
    known = rng.random(len(drawn)) < profiles.CUSTOMER_KNOWN
    return _settled(rng, wave, drawn).assign(
        provider=firm.name,
        wave=wave.name,
        severity=[int(rng.choice(SEVERITIES, p=profiles.SEVERITY[r])) for r in drawn["reason"]],
        customer=drawn["customer"].where(known, ""),
        raised_by=_raised_by(rng, firm, len(drawn)),
    )


def _raised_by(rng: Generator, firm: Provider, n: int) -> NDArray[Any]:
    first = profiles.proactive(firm.name)
    chances = profiles.RAISED_BY_PROACTIVE if first else profiles.RAISED_BY
    return rng.choice(list(chances), n, p=list(chances.values()))


def _settled(rng: Generator, wave: Wave, drawn: pd.DataFrame) -> pd.DataFrame:
    """`drawn` with its days; what is not settled when the wave closes stays open."""
    n, start = len(drawn), pd.Timestamp(wave.start)
    wait = np.exp(profiles.SETTLED_SPREAD * rng.standard_normal(n)) * profiles.SETTLED_MEDIAN_D
    day = drawn["day"] + np.maximum(1, np.rint(wait)).astype(int)
    watched = (wave.closes - wave.start).days
    settled = (rng.random(n) < profiles.SETTLED) & (day <= watched)
    return drawn.assign(
        occurred_at=start + pd.to_timedelta(drawn["day"], unit="D"),
        resolved_at=(start + pd.to_timedelta(day, unit="D")).where(settled),
    )
