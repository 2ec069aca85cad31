"""Tables that look for trouble: what an engine might read, sort, round or count its own way."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd

SEED = 20261122
ACCENTED = "Nguyễn Thị Phượng"
NAMES = (
    "C001", "c001", "O'Brien", 'Công ty "Sao Mai"', "back\\slash", "\\n", "100%_", "${spark.x}",
    "`tick`", "--", "/* */", "Đặng Ướt", "Straße", "STRASSE", "İstanbul", "日本", "🙂", ACCENTED,
)  # fmt: skip
# Only where no reader cleans them: the same name in letters that carry their marks apart.
RAW_NAMES = (unicodedata.normalize("NFD", ACCENTED), " C001", "C001\t", "")
DAYS = (
    "2024-02-28", "2024-02-29", "2024-03-01", "2024-12-30", "2024-12-31", "2025-01-01",
    "2025-03-30", "2025-10-26", "2026-01-31", "2026-02-28", "2026-03-01", "2026-11-22",
)  # fmt: skip
TEXTS = (*NAMES, *RAW_NAMES, "'", '"', "\\", "\\'", "a'' b", "\\u0041", "two\nlines", "r'x'", ":p")
REGIONS = ("Hà Nội", "Hồ Chí Minh", "Cần Thơ", "O'Hara", None)
BERLIN, NEW_YORK, SAIGON = "Europe/Berlin", "America/New_York", "Asia/Ho_Chi_Minh"


def customers(names: Iterable[str] = NAMES, n: int = 300) -> pd.DataFrame:
    """A list of customers, some of whom never buy; most columns have gaps."""
    rng = np.random.default_rng(SEED)
    ids = [*names, *(f"K{i:04d}" for i in range(n))]

    def some(*values: str | None) -> list[str | None]:
        return [values[i] for i in rng.integers(len(values), size=len(ids))]

    # By somebody on the list, themselves among them; most by nobody.
    by = np.random.default_rng(SEED + 9).integers(3 * len(ids), size=len(ids))
    since = [_day(i) if i % 3 else None for i in rng.integers(-900, 700, len(ids))]
    return pd.DataFrame(
        {
            "customer_id": ids,
            "scope": some("external", "external", "internal"),
            "status": some("existing", "existing", "potential", None),
            "buying_mode": some("intermediary", "end_user", None),
            "user_type": some("public_body", "trader", "sme", "household"),
            "need": some("high_quality", "average", "price_aware", None),
            "region": some(*REGIONS),
            "customer_since": since,
            "referred_by": [ids[i] if i < len(ids) else None for i in by],
        }
    )


def sales(names: Iterable[str] = NAMES, n: int = 300) -> pd.DataFrame:
    """Sales with ties, refunds, nothing paid, rows twice, and days at the edges of months.

    Every fourth customer of the list never buys; some who buy are not on it.
    """
    rng = np.random.default_rng(SEED + 1)
    ids = [*names, *(f"K{i:04d}" for i in range(n) if i % 4), "not listed 1", "not listed 2"]
    buyers = rng.choice(ids, size=12 * n, p=_shares(rng, len(ids)))
    table = pd.DataFrame(
        {
            "customer_id": buyers.astype(object),
            "occurred_at": [_day(i) for i in rng.integers(0, 1080, len(buyers))],
            "amount": 1_000 * np.ceil(rng.pareto(1.2, len(buyers)) * 5).astype("int64"),
            "quantity": [None if i == 0 else i / 4 for i in rng.integers(0, 9, len(buyers))],
        }
    )
    # Refunds of whole sales leave ties at zero; the same amounts on the same days tie the rest.
    refunds = table.sample(frac=0.06, random_state=SEED).assign(amount=lambda t: -t["amount"])
    edges = pd.DataFrame(
        [
            {"customer_id": name, "occurred_at": dt.date.fromisoformat(day), "amount": amount}
            for name in (*names, "K0001", "K0002")
            for day, amount in zip(DAYS, (0, 5_000, 5_000, -5_000) * 3, strict=True)
        ]
    )
    only_refunds = table.head(3).assign(customer_id="refunds alone", amount=-7_000)
    twice = table.head(20)
    return pd.concat([table, refunds, edges, only_refunds, twice], ignore_index=True)


def stored_sales() -> pd.DataFrame:
    """Sales as a till's system stores them: instants, fractions of money, and holes."""
    rng = np.random.default_rng(SEED + 2)
    table = sales().drop(columns="quantity")
    day = pd.to_datetime(table["occurred_at"])
    # Around midnight, and the hours in which clocks are put forward and back.
    minutes = rng.choice([0, 1, 59, 60, 61, 119, 120, 1019, 1020, 1319, 1320, 1380, 1439], len(day))
    instant = day + pd.to_timedelta(minutes, unit="min")
    table["occurred_at"] = instant.dt.as_unit("us").dt.tz_localize("UTC")
    table["amount"] = table["amount"] / 1_000 + rng.choice([0, 0.285, 1.005, -0.5], len(day))
    table.loc[rng.choice(len(table), 15, replace=False), "amount"] = np.nan
    table.loc[rng.choice(len(table), 15, replace=False), "customer_id"] = None
    table.loc[rng.choice(len(table), 15, replace=False), "occurred_at"] = pd.NaT
    return table


def numbered(table: pd.DataFrame) -> pd.DataFrame:
    """The same with numbers for names, as many a company has."""
    codes = table["customer_id"].map(lambda name: sum(map(ord, name)) * 31 + len(name))
    return table.assign(customer_id=codes.astype("int64"))


def attempts(n: int = 4_000) -> pd.DataFrame:
    """Attempts as they were checked, in UTC, with waits of no time at all and of months."""
    rng = np.random.default_rng(SEED + 3)

    def some(*values: str | None) -> list[str | None]:
        return [values[i] for i in rng.integers(len(values), size=n)]

    changes = pd.to_datetime(["2025-03-30", "2025-10-26", "2025-11-02", "2026-11-22"])
    sent = changes[rng.integers(len(changes), size=n)].as_unit("us") + pd.to_timedelta(
        rng.integers(0, 36 * 3600, n) * 1_000_000, unit="us"
    )
    waits = np.exp(rng.normal(6, 3, n)) * rng.integers(0, 2, n)
    until = pd.to_timedelta((waits * 1e6).astype("int64"), unit="us")
    answered = rng.random(n) < 0.5
    table = pd.DataFrame(
        {
            "provider": some(*NAMES[:5]),
            "channel": some("email", "phone", "chat", None),
            "outcome": np.where(answered, "answered", some("no_answer", "busy", "bounced", "late")),
            "fault": some("ours", "theirs", None),
            "wave": some("2026-Q1", "2026-Q4", "O'Neill"),
            "zone": some(BERLIN, NEW_YORK, SAIGON),
            "sent_at": sent,
            "answered_at": pd.Series(sent + until).where(answered),
            "observed_until": pd.Series(sent + until).where(~answered & (rng.random(n) < 0.7)),
        }
    )
    table.loc[rng.choice(n, 20, replace=False), "sent_at"] = pd.NaT
    return table


def instants() -> pd.DataFrame:
    """Pairs of instants around the days on which Berlin and New York change their clocks."""
    changes = ("2025-03-30T01", "2025-10-26T01", "2025-03-09T07", "2025-11-02T06")
    around = pd.to_timedelta([-3601.5, -1, -0.000001, 0, 0.1, 1, 1800, 3599.999999], unit="s")
    edges = pd.to_datetime(
        ["2024-02-29T23:59:59.999999", "2024-12-31T23:00", "2026-11-22T23:30"], format="ISO8601"
    )
    times = pd.DatetimeIndex([pd.Timestamp(at) + by for at in changes for by in around]).append(
        edges
    )
    later = times[::-1].append(pd.DatetimeIndex([pd.NaT]))
    return pd.DataFrame(
        {
            "sent_at": times.append(times[:1]).as_unit("us").tz_localize("UTC"),
            "answered_at": later.as_unit("us").tz_localize("UTC"),
        }
    )


def _day(number: int) -> dt.date:
    return dt.date(2023, 12, 1) + dt.timedelta(days=int(number))


def _shares(rng: np.random.Generator, n: int) -> np.ndarray:
    weights = rng.pareto(1.5, n) + 0.2
    return weights / weights.sum()
