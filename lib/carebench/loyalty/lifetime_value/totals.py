"""What groups of customers are still to bring: expected, and how far off that may be."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import Estimate
from ...finding import FEW, FEWEST
from ...language import N_
from ...methods import bg_nbd
from ...methods.customer_value import (
    Ahead,
    Histories,
    chance_interval,
    drawn_totals,
    expect,
    future_variance,
    interval,
    spending,
    value,
)
from ...methods.likelihood import Vector
from ...methods.totals import times
from ...queries.lifetimes import histories_sample
from ...sources import Care
from . import model
from .model import Fitted

SAMPLE = 200_000  # customers whose own values are worked out; of fewer, everyone's
FUTURES_OF = 4_000  # of them, of whom futures are drawn
ONCE = N_("bought on one day only")
LIKELY, UNLIKELY = 0.8, 0.2  # chance of still buying, from which on, and below which
BANDS = (
    N_("bought again, still buying: chance 80% or more"),
    N_("bought again, not certain: chance 20% to 80%"),
    N_("bought again, probably gone: chance below 20%"),
    ONCE,
)


def past(rows: pd.DataFrame) -> Histories:
    """Rows of `model.histories` as the methods take them."""
    customers = rows["customers"] if "customers" in rows else 1.0
    return Histories(rows["frequency"], rows["recency"], rows["t"], rows["spent"], customers)


def band_of(found: Fitted, of: Histories) -> npt.NDArray[np.int64]:
    """Into which of `BANDS` each row falls. Of who bought once the model knows nothing."""
    chance = bg_nbd.alive(found.model, of.x, of.t_x, of.t)
    bands = np.where(chance >= LIKELY, 0, np.where(chance >= UNLIKELY, 1, 2))
    return np.where(of.x > 0, bands, len(BANDS) - 1)


def group_totals(care: Care, *, leaving: float = 1.0) -> pd.DataFrame:
    """What each band and tier is to bring, one row for each pair that occurs.

    Columns: band, tier, customers, alive (expected number), purchases and value (of revenue, net
    of refunds, discounted), variance of the future, and draws of those three (`drawn`).
    `leaving` multiplies the chance of leaving after a purchase from now on; where it does, the
    variance is 0.
    """
    name = f"group totals {leaving}"
    return care.once(name, lambda: _group_totals(care, model.ahead(care, leaving=leaving)))


def estimate(care: Care, rows: pd.DataFrame, *, per_customer: bool) -> Estimate:
    """The value of the groups in `rows` of `group_totals` together, or of one customer of them.

    The interval of one customer's mean is of the parameters; that of a total is a prediction
    and holds the chance of the future too.
    """
    n = int(rows["customers"].sum())
    if n < FEWEST:
        return Estimate.absent(FEW, n=n, unit=care.study.currency)
    total, draws = _summed(rows, "value")
    variance = 0.0 if per_customer else float(rows["variance"].sum())
    found = interval(
        total, draws, n, variance=variance, unit=care.study.currency,
        confidence_level=care.study.confidence_level,
    )  # fmt: skip
    return times(found, share(care) / (n if per_customer and n else 1))


def still_alive(care: Care, rows: pd.DataFrame) -> Estimate:
    """The mean chance that a customer of `rows` of `group_totals` still buys.

    Its interval is of the parameters: whether each one does is not in it.
    """
    n = int(rows["customers"].sum())
    if n < FEWEST:
        return Estimate.absent(FEW, n=n)
    total, draws = _summed(rows, "alive")
    return chance_interval(total / n, draws / n, n, confidence_level=care.study.confidence_level)


def purchases_ahead(care: Care, rows: pd.DataFrame) -> Estimate:
    """Days of purchase expected of a customer of `rows` of `group_totals`, not discounted.

    The interval is of the parameters, as that of `still_alive`.
    """
    n = int(rows["customers"].sum())
    if n < FEWEST:
        return Estimate.absent(FEW, n=n, unit="ratio")
    total, draws = _summed(rows, "purchases")
    level = care.study.confidence_level
    return times(interval(total, draws, n, unit="ratio", confidence_level=level), 1 / n)


def share(care: Care) -> float:
    """What of revenue is counted: the margin, or all of it where that is not known."""
    return care.study.loyalty.margin or 1.0


def individuals(care: Care) -> pd.DataFrame:
    """Single customers with the value each is expected to bring, at most `SAMPLE`, by chance."""
    return care.once("individual values", lambda: _individuals(care))


def _individuals(care: Care) -> pd.DataFrame:
    found = model.fitted(care)
    model.table_of(care)
    rows = care.large.frame(histories_sample(SAMPLE))
    rows = rows.assign(spent=care.in_units(rows["spent"]))
    of = past(rows)
    worth = value(found.model, found.spending, of, model.ahead(care))
    return rows.assign(band=band_of(found, of), value=worth * found.net * share(care))


def _group_totals(care: Care, ahead: Ahead) -> pd.DataFrame:
    found, rows = model.fitted(care), model.histories(care)
    of = past(rows)
    keys = pd.DataFrame({"band": band_of(found, of), "tier": rows["tier"].astype(str)})
    groups = keys.groupby(["band", "tier"], sort=True)
    which = groups.ngroup().to_numpy().astype(np.int64)
    table = keys.drop_duplicates().sort_values(["band", "tier"], ignore_index=True)
    expected = expect(found.model, of, ahead)
    columns = {
        "customers": of.customers,
        "alive": of.customers * expected.alive,
        "purchases": of.customers * expected.purchases,
        "value": expected.discounted * spending(found.spending, of) * found.net,
    }
    for name, amounts in columns.items():
        table[name] = np.bincount(which, amounts)
    table["variance"] = _future(care, found, table, ahead) if ahead.leaving == 1 else 0.0
    draws = drawn_totals(found.buying, found.spend, of, ahead, which)
    parts = {"value": draws.value * found.net, "purchases": draws.purchases, "alive": draws.alive}
    named = [pd.DataFrame(part.T).add_prefix(f"{what} ") for what, part in parts.items()]
    return pd.concat([table, *named], axis=1)


def _future(care: Care, found: Fitted, groups: pd.DataFrame, ahead: Ahead) -> Any:
    """The variance that the future adds to the value of each group, from drawn customers."""
    rows = individuals(care).head(FUTURES_OF)
    money, _times = future_variance(found.model, found.spending, past(rows), ahead)
    rows = rows.assign(variance=money * found.net**2, tier=rows["tier"].astype(str))
    mean = rows.groupby(["band", "tier"])["variance"].mean().rename("each").reset_index()
    each = groups[["band", "tier"]].merge(mean, how="left")["each"].fillna(rows["variance"].mean())
    return each.to_numpy() * groups["customers"].to_numpy()


def drawn(rows: pd.DataFrame, what: str = "value") -> list[str]:
    """The columns of draws of `group_totals`: of "value", "purchases" or "alive"."""
    return [name for name in rows.columns if name.startswith(f"{what} ")]


def _summed(rows: pd.DataFrame, what: str) -> tuple[float, Vector]:
    """The sum of one column of `group_totals` over the groups in `rows`, and its draws."""
    return float(rows[what].sum()), rows[drawn(rows, what)].sum().to_numpy(dtype=float)
