"""What one company's own care does: contacts, contracts that end or run on, and trials.

A bad contact truly makes a contract likelier to end, and customers of the basic plan have both
more bad contacts and shorter contracts: what is raw and what is caused differ, by a known amount.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from .world import FIRST_DAY, LAST_DAY, ZONE

CONTRACT_SHARE = 0.45  # of customers
# A contract ends in a month with a chance of its own, beta(a, b).
PLANS: dict[str, dict[str, float]] = {
    "basic": {"share": 0.6, "a": 0.9, "b": 14.0, "bad": 0.40, "charge_vnd": 49_000},
    "plus": {"share": 0.4, "a": 0.9, "b": 28.0, "bad": 0.22, "charge_vnd": 99_000},
}
BAD_WITHOUT_PLAN = 0.30
AFTER_BAD: dict[str, float] = {"months": 3, "added_chance_per_month": 0.05}
CONTACTS_PER_YEAR = 0.9
CHANNELS = {  # share of contacts, median wait for a person in seconds, cost
    "phone": (0.55, 60, 22_000),
    "email": (0.20, 8 * 3600, 9_000),
    "chat": (0.17, 150, 7_000),
    "visit": (0.08, 600, 60_000),
}
REASONS = {"how_to": 0.3, "repair": 0.25, "bill": 0.2, "delivery": 0.15, "complaint": 0.1}
UNANSWERED = 0.08
RESOLVED = {"bad": 0.35, "good": 0.92}
SCORES = {"bad": (0.45, 0.30, 0.15, 0.07, 0.03), "good": (0.02, 0.05, 0.18, 0.40, 0.35)}
OFFERS: dict[str, float] = {
    "made": 0.30,
    "after_serving": 0.85,
    "taken_after_serving": 0.19,
    "taken_before": 0.05,
    "mean_revenue_vnd": 450_000.0,
}
FEE_REASON = "repair"
FEE = {"share": 0.35, "mean_vnd": 260_000.0}
# Customers in each arm, share kept with the effort and without, its cost for each.
TRIALS: dict[str, dict[str, float]] = {
    "renewal call 2025": {"arm": 600, "treated": 0.84, "control": 0.80, "cost_vnd": 35_000},
    "loyalty gift 2026": {"arm": 1200, "treated": 0.83, "control": 0.73, "cost_vnd": 60_000},
}
REFERRED_SHARE = 0.12


def contacts_and_contracts(
    rng: Generator, customers: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contacts with the company's care in two years, and the contracts of its customers."""
    held = customers[customers["status"] == "existing"].reset_index(drop=True)
    n = len(held)
    plan = np.where(rng.random(n) < PLANS["basic"]["share"], "basic", "plus")
    plan = np.where(rng.random(n) < CONTRACT_SHARE, plan, "")
    contacts = _contacts(rng, held, plan)
    return contacts, _contracts(rng, held, plan, contacts)


def _contacts(rng: Generator, held: pd.DataFrame, plan: NDArray[np.str_]) -> pd.DataFrame:
    days = (LAST_DAY - FIRST_DAY).days
    who = np.repeat(np.arange(len(held)), rng.poisson(CONTACTS_PER_YEAR * days / 365, len(held)))
    n = len(who)
    minute = rng.integers(8 * 60, 20 * 60, n)
    day = pd.Timestamp(FIRST_DAY) + pd.to_timedelta(rng.integers(0, days, n), unit="D")
    at = (day + pd.to_timedelta(minute, unit="min")).tz_localize(ZONE).tz_convert("UTC")
    known = (held["customer_since"].to_numpy()[who] <= day.to_numpy()).astype(bool)
    chance = pd.Series(plan).map({name: p["bad"] for name, p in PLANS.items()})
    bad = rng.random(n) < chance.fillna(BAD_WITHOUT_PLAN).to_numpy()[who]
    table = pd.DataFrame({"customer_id": held["customer_id"].to_numpy()[who], "contacted_at": at})
    table = table.assign(**_course(rng, bad, at))
    table = table.assign(**_offers(rng, table, bad), bad=bad)[known]
    table = table.sort_values(["contacted_at", "customer_id"], ignore_index=True, kind="stable")
    table.insert(0, "contact_id", [f"K{number:05d}" for number in range(1, len(table) + 1)])
    return table


def _course(rng: Generator, bad: NDArray[np.bool_], at: pd.DatetimeIndex) -> dict[str, Any]:
    """Channel, wait, outcome and score of each contact, and what it cost."""
    n = len(bad)
    names, shares, medians, costs = (list(CHANNELS), *zip(*CHANNELS.values(), strict=True))
    channel = rng.choice(len(names), n, p=shares)
    wait = np.array(medians)[channel] * np.exp(0.9 * rng.standard_normal(n))
    answered = rng.random(n) >= UNANSWERED
    settled = answered & (rng.random(n) < np.where(bad, RESOLVED["bad"], RESOLVED["good"]))
    spent = np.array(costs)[channel] * np.exp(0.3 * rng.standard_normal(n))
    ladder = np.where(bad[:, None], np.cumsum(SCORES["bad"]), np.cumsum(SCORES["good"]))
    score = 1 + (rng.random(n)[:, None] > ladder[:, :-1]).sum(axis=1)
    reached = (at + pd.to_timedelta(wait.round(), unit="s")).to_series(index=pd.RangeIndex(n))
    return {
        "answered_at": reached.where(answered),
        "channel": np.array(names)[channel],
        "reason": rng.choice(list(REASONS), n, p=list(REASONS.values())),
        "resolved": np.where(settled, "yes", "no"),
        "score": score,
        "cost": np.asarray((spent / 100).round() * 100, dtype=np.int64),
    }


def _offers(rng: Generator, table: pd.DataFrame, bad: NDArray[np.bool_]) -> dict[str, Any]:
    n = len(table)
    offered = table["answered_at"].notna().to_numpy() & (rng.random(n) < OFFERS["made"])
    settled = (table["resolved"] == "yes").to_numpy()
    first = settled & (rng.random(n) < OFFERS["after_serving"])
    chance = np.where(first & ~bad, OFFERS["taken_after_serving"], OFFERS["taken_before"])
    taken = offered & (rng.random(n) < chance)
    worth = rng.gamma(2.0, OFFERS["mean_revenue_vnd"] / 2, n)
    repairs = (table["reason"] == FEE_REASON).to_numpy()
    paid = repairs & settled & (rng.random(n) < FEE["share"])
    fee = rng.gamma(3.0, FEE["mean_vnd"] / 3, n)
    return {
        "offered": np.where(offered, "yes", "no"),
        "served_first": np.where(offered, np.where(first, "yes", "no"), ""),
        "taken": np.where(offered, np.where(taken, "yes", "no"), ""),
        "revenue": np.where(taken, _thousands(worth), 0),
        "fee": np.where(paid, _thousands(fee), 0),
    }


def _contracts(
    rng: Generator, held: pd.DataFrame, plan: NDArray[np.str_], contacts: pd.DataFrame
) -> pd.DataFrame:
    """Contracts by the month: each begins at random and may end on each of its monthly days."""
    rows = held.loc[plan != "", ["customer_id", "customer_since"]].reset_index(drop=True)
    kind, n = plan[plan != ""], len(rows)
    span = (pd.Timestamp(LAST_DAY) - rows["customer_since"]).dt.days.to_numpy()
    begins = rows["customer_since"] + pd.to_timedelta((rng.random(n) * span).astype(int), unit="D")
    chance = rng.beta([PLANS[k]["a"] for k in kind], [PLANS[k]["b"] for k in kind])
    bad = contacts.loc[contacts["bad"], ["customer_id", "contacted_at"]]
    ended = np.full(n, np.datetime64("NaT"), dtype="datetime64[ns]")
    runs = np.ones(n, dtype=bool)
    for month in range(1, 12 * (LAST_DAY.year - 2022) + 1):
        due = begins + pd.DateOffset(months=month)
        runs &= (due <= pd.Timestamp(LAST_DAY)).to_numpy()
        hurt = _lately(rows["customer_id"], due, bad)
        leaves = runs & (rng.random(n) < chance + AFTER_BAD["added_chance_per_month"] * hurt)
        ended[leaves] = due[leaves].to_numpy()
        runs &= ~leaves
    table = pd.DataFrame(
        {
            "contract_id": [f"H{number:05d}" for number in range(1, n + 1)],
            "customer_id": rows["customer_id"],
            "segment": kind,
            "started_at": begins,
            "ended_at": ended,
            "observed_until": pd.Timestamp(LAST_DAY),
            "charge": [PLANS[k]["charge_vnd"] for k in kind],
        }
    )
    return table.sort_values(["started_at", "contract_id"], ignore_index=True, kind="stable")


def _lately(who: pd.Series, due: pd.Series, bad: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a customer had a bad contact in the months before the day a contract may end."""
    asked = pd.DataFrame({"customer_id": who, "due": due}).reset_index()
    met = asked.merge(bad, on="customer_id")
    on = met["contacted_at"].dt.tz_convert(ZONE).dt.tz_localize(None)
    since = met["due"] - pd.DateOffset(months=int(AFTER_BAD["months"]))
    return asked["index"].isin(met.loc[(on < met["due"]) & (on >= since), "index"]).to_numpy()


def retention_trials(rng: Generator) -> pd.DataFrame:
    """One row per trial and arm: how many were in it, how many stayed, and what it cost."""
    rows = []
    for name, trial in TRIALS.items():
        for arm in ("treated", "control"):
            n, p = int(trial["arm"]), float(trial[arm])
            spend = n * int(trial["cost_vnd"]) if arm == "treated" else 0
            kept = int(rng.binomial(n, p))
            rows.append((name, arm, n, kept, spend))
    return pd.DataFrame(rows, columns=["trial", "arm", "customers", "retained", "spend"])


def referrals(rng: Generator, customers: pd.DataFrame) -> pd.Series:
    """By whom each customer was recommended, if by anybody: one who was there before."""
    since = customers["customer_since"]
    order = since.rank(method="first").to_numpy()
    came = (rng.random(len(customers)) < REFERRED_SHARE) & since.notna().to_numpy() & (order > 50)
    by_day = customers.loc[since.sort_values(kind="stable", na_position="last").index]
    earlier = (rng.random(len(customers)) * np.nan_to_num(order - 1)).astype(int)
    names = by_day["customer_id"].to_numpy()[earlier]
    return pd.Series(np.where(came, names, ""), index=customers.index, name="referred_by")


def _thousands(amount: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray((amount / 1000).round() * 1000, dtype=np.int64)


def truth() -> dict[str, Any]:
    """Everything above, as `truth.json` holds it."""
    return {
        "contract_share": CONTRACT_SHARE,
        "plans": PLANS,
        "bad_without_plan": BAD_WITHOUT_PLAN,
        "after_bad_contact": AFTER_BAD,
        "contacts_per_year": CONTACTS_PER_YEAR,
        "channels_share_median_s_cost": CHANNELS,
        "reasons": REASONS,
        "unanswered": UNANSWERED,
        "resolved": RESOLVED,
        "scores": SCORES,
        "offers": OFFERS,
        "fee": {"reason": FEE_REASON, **FEE},
        "trials": TRIALS,
        "referred_share": REFERRED_SHARE,
    }
