"""Providers, the attempts to reach them, and the operators' own counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from ..schema import ATTEMPTS
from . import profiles
from .world import (
    CALL_PATIENCE_S,
    CALL_SPREAD,
    EMAIL_SPREAD,
    EMAIL_WATCH_H,
    LIMIT_S,
    MINUTES_A_WEEK,
    OUR_FAULTS,
    PERSONA_GAP,
    PERSONAS,
    SCENARIOS,
    SHOPPERS,
    WAVES,
    ZONE,
    Provider,
    Wave,
    firms,
    open_minutes,
)

CALLS, EMAILS = 84, 24
# Channel and platform: attempts per provider and wave, first and last hour, median wait
# and time watched in seconds, what silence is.
FEW = {
    ("website", ""): (3, 8, 21, 6 * 3600, 72 * 3600, "menu_only"),
    ("chat", ""): (4, 9, 17, 90, 900, "menu_only"),
    ("social", "Facebook"): (3, 8, 21, 2 * 3600, 72 * 3600, "no_answer"),
    ("social", "Zalo"): (3, 8, 21, 3600, 72 * 3600, "no_answer"),
    ("visit", ""): (4, 9, 17, 480, 1800, "abandoned"),
}


def providers(waves: Sequence[Wave] = WAVES) -> pd.DataFrame:
    """One row per provider and wave, with what the provider says of itself."""
    return pd.DataFrame(
        {
            "provider": firm.name,
            "wave": wave.name,
            "sector": "smartphones",
            "origin": "foreign" if firm.name in profiles.FOREIGN else "domestic",
            "care_by": "outsourced" if firm.name in profiles.OUTSOURCED else "own",
            "zone": ZONE,
            "channels": " ".join(_offered(firm)),
            "claimed_hours": firm.claimed,
            "website": "yes" if firm.website else "no",
        }
        for wave in waves
        for firm in firms(wave.name)
    )


def _offered(firm: Provider) -> list[str]:
    has = {"website": firm.website, "chat": firm.chat}
    channels = ("email", "phone", "website", "chat", "social", "visit")
    return [channel for channel in channels if has.get(channel, True)]


def schedule(rng: Generator, n: int, *, weeks: int = 6, per_day: int = 1) -> NDArray[np.int64]:
    """Minutes since the start of fieldwork at which `n` probes are made.

    One uniformly random minute in each of `n` equal slices of the week, on which the bound
    on the share of the week that is answered rests; the slices are shuffled over the weeks
    so that no day sees more than `per_day` probes.
    """
    length = MINUTES_A_WEEK // n
    minute = np.arange(n) * length + rng.integers(0, length, n)
    week = np.empty(n, dtype=np.int64)
    for day in range(7):
        here = np.flatnonzero(minute // (24 * 60) == day)
        week[here] = rng.permutation(np.repeat(np.arange(weeks), per_day))[: len(here)]
    return np.sort(week * MINUTES_A_WEEK + minute)


def attempts(rng: Generator, waves: Sequence[Wave] = WAVES) -> pd.DataFrame:
    """One row per contact attempt: e-mails, calls, and a few of every other channel."""
    rounds = [(wave, firm) for wave in waves for firm in firms(wave.name)]
    # A stream for each provider, so that changing one leaves the others as they are.
    parts = [
        part.assign(wave=wave.name, provider=firm.name)
        for (wave, firm), own in zip(rounds, rng.spawn(len(rounds)), strict=True)
        for part in _attempts_of(own, firm, wave)
    ]
    drawn = pd.concat(parts, ignore_index=True).sort_values(
        ["wave", "sent_s", "provider", "channel"], ignore_index=True, kind="stable"
    )
    order = drawn.groupby("wave").cumcount() + 1
    drawn["attempt_id"] = drawn["wave"] + "-" + order.astype(str).str.zfill(4)
    for fault in OUR_FAULTS:
        drawn = _with_our_fault(drawn, fault.wave, fault.channel, fault.shopper, fault.days)
    return _as_table(_resolved(rng, drawn), {wave.name: wave.start for wave in waves})


def _attempts_of(rng: Generator, firm: Provider, wave: Wave) -> list[pd.DataFrame]:
    """Every attempt of a wave at one provider; times in seconds, from the wave's start."""
    closes_s = (wave.closes - wave.start).days * 24 * 3600
    emails = _base(rng, "email", "", schedule(rng, EMAILS, weeks=wave.weeks))
    calls = _base(rng, "phone", "", schedule(rng, CALLS, weeks=wave.weeks, per_day=2))
    parts = [_emails(rng, firm, emails, closes_s), _calls(rng, firm, calls)]
    for (channel, platform), (n, first, last, *_rest) in FEW.items():
        if channel == "chat" and not firm.chat:
            continue
        days = rng.choice([d for d in range(wave.weeks * 7) if d % 7 < 6], n, replace=False)
        minutes = days * 24 * 60 + rng.integers(first * 60, last * 60, n)
        parts.append(_few(rng, firm, _base(rng, channel, platform, np.sort(minutes))))
    return parts


def _base(rng: Generator, channel: str, platform: str, minutes: NDArray[np.int64]) -> pd.DataFrame:
    """Attempts before anyone has reacted; who asks what as whom is dealt at random."""
    n = len(minutes)
    return pd.DataFrame(
        {
            "channel": channel,
            "platform": platform,
            "form": "direct" if channel == "visit" else "indirect",
            "scenario": _deal(rng, tuple(SCENARIOS), n),
            "persona": _deal(rng, PERSONAS, n),
            "shopper": _deal(rng, tuple(SHOPPERS), n),
            "sent_s": minutes * 60 + rng.integers(0, 60, n),
            "label_source": "rules" if channel == "email" else "shopper",
        }
    )


def _deal(rng: Generator, values: tuple[str, ...], n: int) -> NDArray[Any]:
    """`n` of the `values`, as evenly as can be, in random order."""
    return rng.permutation(np.resize(rng.permutation(values), n))


def _reached(firm: Provider, chance: float, persona: pd.Series) -> NDArray[np.float64]:
    """Chance of a human answer to a message on which the persona's name shows."""
    worse = (firm.name == PERSONA_GAP.provider) & (persona == PERSONA_GAP.persona)
    return np.where(worse, chance * PERSONA_GAP.answered_factor, chance)


def _emails(rng: Generator, firm: Provider, sent: pd.DataFrame, closes_s: int) -> pd.DataFrame:
    n = len(sent)
    watched = np.minimum(EMAIL_WATCH_H * 3600, closes_s - sent["sent_s"])
    delay = firm.email_median_h * 3600 * np.exp(EMAIL_SPREAD * rng.standard_normal(n))
    bounced = rng.random(n) < firm.bounces
    human = (rng.random(n) < _reached(firm, firm.email, sent["persona"])) & ~bounced
    answered = human & (delay <= watched)
    acknowledged = np.where(bounced | (not firm.acknowledges), np.nan, rng.integers(3, 56, n))
    outcome = np.select(
        [bounced, answered, ~np.isnan(acknowledged)],
        ["bounced", "answered", "auto_ack_only"],
        "no_answer",
    )
    # Silence may also be a junk folder's; nobody can tell from outside.
    fault = np.select([answered, outcome == "no_answer"], ["", "unknown"], "theirs")
    return sent.assign(
        outcome=outcome,
        fault=fault,
        acknowledged_s=acknowledged,
        answered_s=np.where(answered, np.maximum(delay, 120), np.nan),
        watched_s=watched,
    )


def _calls(rng: Generator, firm: Provider, sent: pd.DataFrame) -> pd.DataFrame:
    n = len(sent)
    staffed = open_minutes(firm.staffed)[(sent["sent_s"] // 60 % MINUTES_A_WEEK).to_numpy()]
    taken = staffed & (rng.random(n) < firm.pick_up)
    wait = firm.wait_median_s * np.exp(CALL_SPREAD * rng.standard_normal(n))
    answered = taken & (wait <= CALL_PATIENCE_S)
    machine = "menu_only" if firm.switchboard else "no_answer"
    dark = rng.choice([machine, "no_answer", "closed"], n, p=[0.5, 0.3, 0.2])
    not_taken = rng.choice(["busy", machine, "no_answer"], n, p=[0.4, 0.3, 0.3])
    outcome = np.select([answered, taken, staffed], ["answered", "abandoned", not_taken], dark)
    return sent.assign(
        outcome=outcome,
        fault=np.where(answered, "", "theirs"),
        acknowledged_s=np.nan,
        answered_s=np.where(answered, wait, np.nan),
        watched_s=CALL_PATIENCE_S,
    )


def _few(rng: Generator, firm: Provider, sent: pd.DataFrame) -> pd.DataFrame:
    """Website questions, chats, social messages and visits."""
    n, channel = len(sent), sent["channel"].iloc[0]
    _n, _first, _last, median, watched, silent = FEW[channel, sent["platform"].iloc[0]]
    delay = median * np.exp(rng.standard_normal(n))
    acknowledges = firm.acknowledges and channel == "social"
    chance = firm.visit if channel == "visit" else firm.messages
    absent = channel == "website" and not firm.website
    human = rng.random(n) < (0 if absent else _reached(firm, chance, sent["persona"]))
    answered = human & (delay <= watched)
    if absent:
        silent = "invalid_contact"
    elif acknowledges:
        silent = "auto_ack_only"
    return sent.assign(
        outcome=np.where(answered, "answered", silent),
        fault=np.where(answered, "", "theirs"),
        acknowledged_s=rng.integers(1, 20, n) if acknowledges else np.nan,
        answered_s=np.where(answered, np.maximum(delay, 20), np.nan),
        watched_s=watched,
    )


def _with_our_fault(
    drawn: pd.DataFrame, wave: str, channel: str, shopper: str, days: tuple[int, ...]
) -> pd.DataFrame:
    """`drawn` with the attempts that never left our own line or mail server on those days."""
    hit = (drawn["wave"] == wave) & (drawn["channel"] == channel)
    hit &= (drawn["sent_s"] // (24 * 3600)).isin(days)
    if shopper:
        hit &= drawn["shopper"] == shopper
    drawn = drawn.copy()
    drawn.loc[hit, "outcome"] = "bounced" if channel == "email" else "no_answer"
    drawn.loc[hit, "fault"] = "ours"
    drawn.loc[hit, ["acknowledged_s", "answered_s"]] = np.nan
    return drawn


def _resolved(rng: Generator, drawn: pd.DataFrame) -> pd.DataFrame:
    """`drawn` with whether and when each request was settled."""
    chances = {(w.name, f.name): f.resolves for w in WAVES for f in firms(w.name)}
    chance = [chances[key] for key in zip(drawn["wave"], drawn["provider"], strict=True)]
    live = drawn["channel"].isin(["phone", "chat", "visit"])
    needs = np.where(live, 300, 8 * 3600) * np.exp(0.7 * rng.standard_normal(len(drawn)))
    settled = (rng.random(len(drawn)) < chance) & drawn["answered_s"].notna()
    settled &= live | (drawn["answered_s"] + needs <= drawn["watched_s"])
    return drawn.assign(
        resolved=np.where(settled, "yes", "no"),
        resolved_s=(drawn["answered_s"] + needs).where(settled),
    )


def _as_table(drawn: pd.DataFrame, starts: dict[str, dt.date]) -> pd.DataFrame:
    """The attempts as the schema has them: UTC instants instead of seconds."""
    start = pd.to_datetime(drawn["wave"].map(starts)).dt.tz_localize(ZONE).dt.tz_convert("UTC")
    sent = start + pd.to_timedelta(drawn["sent_s"], unit="s")
    times = {"sent_at": sent}
    for name in ("acknowledged", "answered", "resolved", "watched"):
        after = pd.to_timedelta(drawn[f"{name}_s"].round(), unit="s")
        times["observed_until" if name == "watched" else f"{name}_at"] = sent + after
    table = drawn.assign(stage=drawn["scenario"].map(SCENARIOS), **times)
    return table[[name for name in ATTEMPTS.names if name in table]]


def with_method(rng: Generator, attempts: pd.DataFrame) -> pd.DataFrame:
    """`attempts` with how care was given, and whether whoever answered seemed suspicious."""
    method = pd.Series("indirect", index=attempts.index, dtype="object")
    centre = attempts["provider"].isin(profiles.CARE_CENTRES)
    for kept, chances in profiles.VISIT_METHODS.items():
        visited = attempts["channel"].eq("visit") & centre.eq(kept)
        n = int(visited.sum())
        method[visited] = rng.choice(list(chances), n, p=list(chances.values()))
    alert = attempts["provider"].eq(profiles.ALERT)
    chance = np.where(alert, profiles.SUSPECTED_BY_ALERT, profiles.SUSPECTED)
    seen = np.where(rng.random(len(attempts)) < chance, "yes", "no")
    seen = np.where(attempts["outcome"].eq("answered"), seen, "")
    table = attempts.assign(method=method, suspected=seen)
    return table[[name for name in ATTEMPTS.names if name in table]]


def counts(rng: Generator, waves: Sequence[Wave] = WAVES) -> pd.DataFrame:
    """Monthly counts as an operator publishes them: of calls in the hours it is staffed.

    Offered is more than answered and abandoned: some calls are cut off before the queue.
    """
    rows = []
    for wave in waves:
        months = pd.period_range(pd.Period(wave.start, "M"), periods=3, freq="M")
        for firm in firms(wave.name):
            for month in months:
                rows.append({"provider": firm.name, "wave": wave.name, "channel": "phone",
                             "period": str(month), **_month(rng, firm)})  # fmt: skip
    return pd.DataFrame(rows)


def _month(rng: Generator, firm: Provider) -> dict[str, int]:
    by_patience, by_limit = (firm.waits_up_to(s) for s in (CALL_PATIENCE_S, LIMIT_S))
    season = np.exp(0.08 * rng.standard_normal())
    offered = int(rng.poisson(2 * season * open_minutes(firm.staffed).sum()))
    answered = int(rng.binomial(offered, firm.pick_up * by_patience))
    return {
        "offered": offered,
        "answered": answered,
        "abandoned": int(rng.binomial(offered - answered, 0.7)),
        "answered_within_limit": int(rng.binomial(answered, by_limit / by_patience)),
    }
