"""Which contacts tell whether customers leave after a bad one: one for each customer.

Of each customer the first contact counts that can tell: bad or good, it begins the same span of
days, so that both groups are at risk for the same time.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from ... import queries
from ...language import N_, _, number
from ...segmentation import books
from ...sources import Care
from .. import bad_contacts
from ..retention.lifetimes import contract_lifetimes

BEFORE = 180  # days before a contact of which the purchases are known of the customer
MOST = 20_000  # customers who are compared; of more, so many are drawn by lot
SEED = 20180328
AT_ONCE = 5_000  # customers that one query asks about
# Why a contact is not compared, in the order in which it is asked.
UNKNOWN = N_("customer, day or outcome of the contact not recorded")
NOT_OVER = N_("the {n} days after the contact were not over when observation ended")
NOT_WHOLE = N_("the {n} days before the contact or those after it were not all observed")
NO_CONTRACT = N_("no contract of the customer ran on the day of the contact")
NO_PURCHASE = N_("no purchase in the {n} days before the contact")
LOST_SIGHT = N_("a contract that was lost from sight within the {n} days")
LATER = N_("a later contact of a customer who is compared already")
NOT_DRAWN = N_("customers not drawn by lot")
COMPARED = N_("compared: the first contact of each customer that can tell")
REASONS = (
    UNKNOWN,
    NOT_OVER,
    NOT_WHOLE,
    NO_CONTRACT,
    NO_PURCHASE,
    LOST_SIGHT,
    LATER,
    NOT_DRAWN,
    COMPARED,
)


def judged(care: Care) -> pd.DataFrame:
    """Every contact, with what is known of it, and whether it is compared.

    Returns
    -------
    DataFrame
        Columns: customer; day, on the study's clocks; bad and left, yes or no; status, one of
        `REASONS`; first_bad, whether it is the first bad contact of the customer that can tell;
        segment and tenure (days) of the contract, where there is one; earlier and earlier_bad,
        contacts of the customer before it; purchases, amount, since, of the 180 days before.
        What is not known is missing.
    """
    return care.once("judged contacts", lambda: _judged(care))


def followed(care: Care, days: int) -> pd.DataFrame:
    """Every contact as `judged` has it, with who left within so many days of it.

    Without contracts as many days before the contact must hold a purchase. What was bought
    before is not always there.
    """
    return care.once(f"contacts followed {days}", lambda: _followed(care, days))


def no_comparison(care: Care) -> str:
    """Why nobody can be compared, in a sentence; "" where somebody can."""
    if not bad_contacts.telling(care):
        return _("The contacts say neither how they were rated nor whether they were settled.")
    if not by_contract(care) and not _has_sales(care):
        return _(
            "Who left after a contact is not known: the study has neither contracts with their "
            "days nor sales."
        )
    if not judged(care)["status"].eq(COMPARED).any():
        text = _("No contact of a customer was followed by {n} days that were all observed.")
        return text.format(n=number(care.study.loyalty.leave_days))
    return ""


def by_contract(care: Care) -> bool:
    """Whether leaving is the end of a contract, and not a purchase that did not come."""
    asked = {"customer_id", "started_at", "ended_at"}
    return asked <= set(care.columns("contracts")) and care.n_rows("contracts") > 0


def _has_sales(care: Care) -> bool:
    return bool(care.columns("transactions")) and care.n_rows("transactions") > 0


def _judged(care: Care) -> pd.DataFrame:
    days = care.study.loyalty.leave_days
    made = followed(care, days)
    if by_contract(care) and _has_sales(care):
        made = _with_purchases(care, made, days).drop(columns=["lately", "afterwards"])
    return made


def _followed(care: Care, days: int) -> pd.DataFrame:
    rows = _contacts(care)
    within = _under_contract if by_contract(care) else _among_buyers
    made = within(care, rows, days)
    can_tell = made["status"].eq("")
    made["first_bad"] = _first(made, can_tell & made["bad"].eq(True))
    _mark(made, LATER, ~_first(made, can_tell & made.pop("leading")))
    _draw(made)
    made["status"] = made["status"].replace("", COMPARED)
    return made


def _contacts(care: Care) -> pd.DataFrame:
    """All contacts in order of time; status "" where customer, day and outcome are known."""
    table = care.table("contacts").sort_values(
        ["contacted_at", "contact_id"], kind="stable", ignore_index=True
    )
    zone = care.study.zone or "UTC"
    day = table["contacted_at"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    rows = pd.DataFrame({"customer": table["customer_id"], "day": day})
    rows["bad"] = bad_contacts.is_bad(care, table)
    for name in ("channel", "reason"):
        if name in table:
            rows[name] = table[name].astype("string")
    known = rows[["customer", "day", "bad"]].notna().all(axis=1)
    rows["status"] = np.where(known, "", UNKNOWN)
    return rows.assign(
        left=pd.array([pd.NA] * len(rows), dtype="boolean"),
        earlier=rows.groupby("customer").cumcount(),
        earlier_bad=_bad_before(rows),
    )


def _bad_before(rows: pd.DataFrame) -> pd.Series[int]:
    bad = rows["bad"].fillna(False).astype(int)
    return bad.groupby(rows["customer"]).cumsum().fillna(0).astype(int) - bad


def _under_contract(care: Care, rows: pd.DataFrame, days: int) -> pd.DataFrame:
    """Who held a contract on the day of a contact, and whether none ran when the days were over."""
    held = contract_lifetimes(care).rename(columns={"customer_id": "customer"})
    held = held[held[["customer", "start", "until"]].notna().all(axis=1)]
    span = pd.Timedelta(days=days)
    _mark(rows, NOT_OVER, rows["day"] + span > held["until"].max())
    open_rows = rows.loc[rows["status"].eq(""), ["customer", "day"]].reset_index(names="contact")
    met = open_rows.merge(held, on="customer")
    met = met.assign(over=met["day"] + span)
    runs = _running(met, "day")
    still = _running(met, "over")
    lost = runs & ~met["ended"] & met["until"].lt(met["over"])
    met = met.assign(runs=runs, still=still & ~lost, lost=lost)
    # A contract that begins after the contact keeps a customer, but says nothing of before.
    kept = met.groupby("contact")[["runs", "still", "lost"]].any()
    oldest = met[runs].sort_values("start", kind="stable").groupby("contact").first()
    rows["left"] = (~kept["still"]).astype("boolean").reindex(rows.index)
    segment = oldest["segment"].astype("string")
    rows["segment"] = segment.where(segment.ne("")).reindex(rows.index)
    rows["tenure"] = (oldest["day"] - oldest["start"]).dt.days.reindex(rows.index)
    _mark(rows, NO_CONTRACT, ~rows.index.isin(oldest.index))
    _mark(rows, LOST_SIGHT, rows.index.isin(kept.index[kept["lost"] & ~kept["still"]]))
    return rows.assign(leading=True)


def _running(met: pd.DataFrame, on: str) -> pd.Series[bool]:
    return met["start"].le(met[on]) & (~met["ended"] | met["until"].gt(met[on]))


def _among_buyers(care: Care, rows: pd.DataFrame, days: int) -> pd.DataFrame:
    """Who bought in the days before a contact, and whether nothing in as many days after it.

    Asked of the first contact of each customer whose days were all observed, and of the first
    bad one.
    """
    first_day, last_day = map(pd.Timestamp, books.span(care))
    span = pd.Timedelta(days=days)
    _mark(rows, NOT_WHOLE, ~rows["day"].between(first_day + span, last_day - span))
    fits = rows["status"].eq("")
    # Were a later bad one to stand in for a first one that cannot tell, a good one could not.
    rows["leading"] = _first(rows, fits)
    _mark(rows, LATER, ~(rows["leading"] | _first(rows, fits & rows["bad"].eq(True))))
    _draw(rows)
    rows = _with_purchases(care, rows, days)
    rows["left"] = rows.pop("afterwards").eq(0).astype("boolean").where(rows["status"].eq(""))
    _mark(rows, NO_PURCHASE, rows.pop("lately").eq(0))
    return rows


def _with_purchases(care: Care, rows: pd.DataFrame, days: int) -> pd.DataFrame:
    """The rows with what their customers bought before; 0 where they bought nothing."""
    books.customer_days(care)
    asked = rows.loc[rows["status"].isin(["", COMPARED]), ["customer", "day"]].drop_duplicates()
    pairs = list(zip(asked["customer"].astype(str), asked["day"].dt.date, strict=True))
    parts = [pairs[at : at + AT_ONCE] for at in range(0, len(pairs), AT_ONCE)]
    found = [_ask(care, part, days) for part in parts]
    empty = ("purchases", "amount", "since", "lately", "afterwards")
    if not found:
        return rows.assign(**dict.fromkeys(empty, np.nan))
    bought = pd.concat(found, ignore_index=True)
    bought["customer"] = bought["customer"].astype("string")
    made = rows.merge(bought, on=["customer", "day"], how="left")
    counted = [name for name in empty if name != "since"]
    return made.assign(**{name: made[name].fillna(0) for name in counted})


def _ask(care: Care, pairs: list[tuple[str, dt.date]], days: int) -> pd.DataFrame:
    found = care.large.frame(queries.around_days(pairs, BEFORE, days, care.large.text))
    found["amount"] = care.in_units(found["amount"])
    return found.assign(day=pd.to_datetime(found["day"]).astype("datetime64[us]"))


def _draw(rows: pd.DataFrame) -> None:
    """Keep by lot at most so many customers of those whose contacts have no status yet."""
    customers = rows["customer"].where(rows["status"].eq(""))
    names = customers.dropna().drop_duplicates().to_numpy()
    if len(names) > MOST:
        drawn = np.random.default_rng(SEED).permutation(len(names))[:MOST]
        _mark(rows, NOT_DRAWN, ~customers.isin(names[drawn]))


def _mark(rows: pd.DataFrame, reason: str, where: object) -> None:
    """Give the contacts that have no status yet this one, where it holds."""
    rows.loc[rows["status"].eq("") & np.asarray(where, dtype=bool), "status"] = reason


def _first(rows: pd.DataFrame, among: pd.Series[bool]) -> pd.Series[bool]:
    """Whether a row is the first of its customer among those that are in question."""
    return among & ~rows["customer"].where(among).duplicated()
