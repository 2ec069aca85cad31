"""Customers of one company, what they bought, and what winning and keeping them cost."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from .world import (
    COSTS,
    CUSTOMERS,
    EARLIEST_CUSTOMER,
    FIRST_DAY,
    INTERMEDIARY,
    INTERMEDIARY_SHARE,
    INTERNAL_SHARE,
    LAST_DAY,
    POTENTIAL_SHARE,
    PURCHASES,
    REFUND_SHARE,
    REFUND_WITHIN_DAYS,
    REFUNDS,
    SPEND,
)

REGIONS = {
    "TP. Hồ Chí Minh": 0.26,
    "Hà Nội": 0.22,
    "Hải Phòng": 0.09,
    "Đà Nẵng": 0.09,
    "Đồng Nai": 0.08,
    "Cần Thơ": 0.07,
    "Nghệ An": 0.06,
    "An Giang": 0.05,
    "Huế": 0.04,
    "Lâm Đồng": 0.04,
}
NEEDS = {"high_quality": 0.25, "average": 0.40, "price_aware": 0.35}
USER_TYPES = {
    "intermediary": {"trader": 0.8, "sme": 0.2},
    "end_user": {"household": 0.75, "sme": 0.2, "public_body": 0.05},
}
GOODS = {"phone": 0.45, "accessory": 0.35, "repair": 0.12, "care_plan": 0.08}


def customers(rng: Generator, n: int = CUSTOMERS) -> pd.DataFrame:
    """One row per customer, every cell filled."""
    days = (LAST_DAY - EARLIEST_CUSTOMER).days
    since = pd.Timestamp(EARLIEST_CUSTOMER) + pd.to_timedelta(rng.integers(0, days, n), unit="D")
    table = pd.DataFrame(
        {
            "customer_id": [f"{number:05d}" for number in range(1, n + 1)],
            "scope": np.where(rng.random(n) < INTERNAL_SHARE, "internal", "external"),
            "status": np.where(rng.random(n) < POTENTIAL_SHARE, "potential", "existing"),
            "buying_mode": np.where(rng.random(n) < INTERMEDIARY_SHARE, "intermediary", "end_user"),
            "user_type": "",
            "need": _choose(rng, NEEDS, n),
            "region": _choose(rng, REGIONS, n),
            "customer_since": since,
        }
    )
    table.loc[table["scope"] == "internal", ["status", "buying_mode"]] = ["existing", "end_user"]
    for mode, types in USER_TYPES.items():
        here = table["buying_mode"] == mode
        table.loc[here, "user_type"] = _choose(rng, types, int(here.sum()))
    table.loc[table["status"] == "potential", "customer_since"] = pd.NaT
    return table


def _choose(rng: Generator, shares: dict[str, float], n: int) -> NDArray[np.str_]:
    return rng.choice(list(shares), n, p=list(shares.values()))


def histories(rng: Generator, customers: pd.DataFrame) -> pd.DataFrame:
    """Every purchase from each customer's first day to the end, one row each.

    A customer buys at random intervals of a rate of its own and after each purchase drops
    out with a chance of its own, for good [1]_; amounts are gamma with a mean of the
    customer's own [2]_. `last` marks the purchase after which the customer is gone.

    .. [1] Fader, Hardie and Lee (2005), "Counting your customers" the easy way,
       Marketing Science 24:275-284.
    .. [2] Fader and Hardie (2013), The gamma-gamma model of monetary value.
    """
    buyers = customers[customers["status"] == "existing"]
    n, trades = len(buyers), (buyers["buying_mode"] == "intermediary").to_numpy()
    rate = rng.gamma(PURCHASES["r"], 1 / PURCHASES["alpha_days"], n)
    rate *= np.where(trades, INTERMEDIARY["purchases_factor"], 1)
    leaves = rng.beta(PURCHASES["a"], PURCHASES["b"], n)
    spend_rate = rng.gamma(SPEND["q"], 1 / SPEND["gamma_vnd"], n)
    spend_rate /= np.where(trades, INTERMEDIARY["spend_factor"], 1)
    first = (buyers["customer_since"] - pd.Timestamp(EARLIEST_CUSTOMER)).dt.days.to_numpy()
    end = (LAST_DAY - EARLIEST_CUSTOMER).days
    who, day, last = _purchases(rng, first.astype(float), rate, leaves, end)
    return pd.DataFrame(
        {
            "customer_id": buyers["customer_id"].to_numpy()[who],
            "occurred_at": pd.Timestamp(EARLIEST_CUSTOMER) + pd.to_timedelta(day, unit="D"),
            "amount": rng.gamma(SPEND["p"], 1 / spend_rate[who]),
            "last": last,
        }
    ).sort_values(["occurred_at", "customer_id"], ignore_index=True, kind="stable")


def _purchases(
    rng: Generator,
    first: NDArray[np.float64],
    rate: NDArray[np.float64],
    leaves: NDArray[np.float64],
    end: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Who bought, on which day, and whether never again: one round of purchases at a time."""
    rounds = []
    who, now = np.arange(len(first)), first
    while len(who):
        gone = rng.random(len(who)) < leaves[who]
        rounds.append((who, now.astype(np.int64), gone))
        who, now = who[~gone], now[~gone]
        now = now + rng.exponential(1 / rate[who])
        who, now = who[now <= end], now[now <= end]
    whos, days, lasts = zip(*rounds, strict=True)
    return np.concatenate(whos), np.concatenate(days), np.concatenate(lasts)


def transactions(rng: Generator, histories: pd.DataFrame) -> pd.DataFrame:
    """Sales and refunds of the two years, amounts in whole thousands of dong."""
    n = len(histories)
    sales = histories.assign(
        amount=_thousands(histories["amount"]),
        category=_choose(rng, GOODS, n),
        quantity=1 + rng.poisson(0.3, n),
    )
    refunded = sales[rng.random(n) < REFUND_SHARE]
    kind = rng.choice(3, len(refunded), p=list(REFUNDS.values()))
    part = np.choose(kind, [rng.uniform(0.1, 0.9, len(refunded)), 1.0, 1.1])
    later = pd.to_timedelta(rng.integers(1, REFUND_WITHIN_DAYS, len(refunded)), unit="D")
    refunds = refunded.assign(
        occurred_at=refunded["occurred_at"] + later,
        amount=-_thousands(refunded["amount"] * part),
    )
    both = pd.concat([sales, refunds]).sort_values(
        ["occurred_at", "customer_id"], ignore_index=True, kind="stable"
    )
    kept = both[both["occurred_at"].between(pd.Timestamp(FIRST_DAY), pd.Timestamp(LAST_DAY))]
    names = ["customer_id", "occurred_at", "amount", "transaction_id", "quantity", "category"]
    numbers = [f"T{number:06d}" for number in range(1, len(kept) + 1)]
    return kept.assign(transaction_id=numbers)[names].reset_index(drop=True)


def _thousands(amount: pd.Series) -> pd.Series:
    return ((amount / 1000).clip(lower=10).round() * 1000).astype("int64")


def ledger(rng: Generator, customers: pd.DataFrame, histories: pd.DataFrame) -> pd.DataFrame:
    """One row per month: customers won, kept and lost, and what was spent on it."""
    left = histories.loc[histories["last"]].set_index("customer_id")["occurred_at"]
    buyers = customers[customers["status"] == "existing"]
    joined = buyers["customer_since"]
    gone = buyers["customer_id"].map(left).fillna(pd.Timestamp(LAST_DAY + dt.timedelta(days=1)))
    rows = []
    for month in pd.period_range(FIRST_DAY, LAST_DAY, freq="M"):
        start, end = month.start_time, (month + 1).start_time
        held = (joined < start) & (gone >= start)
        left_or_end = gone[held].where(gone[held] < end, end)
        days = (left_or_end - start).dt.total_seconds().sum() / 86400
        acquired = int(joined.between(start, end, inclusive="left").sum())
        retained = int((held & (gone >= end)).sum())
        spread = np.exp(COSTS["monthly_spread"] * rng.standard_normal(2))
        rows.append(
            {
                "period": str(month),
                "acquisition_spend": _round(COSTS["per_acquired_vnd"] * acquired * spread[0]),
                "retention_spend": _round(
                    COSTS["per_retained_customer_month_vnd"] * retained * spread[1]
                ),
                "acquired": acquired,
                "retained": retained,
                "lost": int(held.sum()) - retained,
                "customer_years": round(days / 365.25, 2),
            }
        )
    return pd.DataFrame(rows)


def _round(amount: float) -> int:
    return round(amount / 1000) * 1000
