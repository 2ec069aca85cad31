"""The tables of one company: its customers, its books, and what is said inside and outside."""

from __future__ import annotations

from .columns import Column, Table
from .words import PROVIDER, SIX_MEANINGS, WAVE

CUSTOMERS = Table(
    "customers",
    "one customer of the company",
    (
        Column("customer_id", "id", "name of the customer, never used twice", required=True),
        Column(
            "scope",
            "category",
            "outside the company or part of it",
            allowed=("external", "internal"),
        ),
        Column(
            "status",
            "category",
            "already a customer, or might become one",
            allowed=("existing", "potential"),
        ),
        Column(
            "buying_mode",
            "category",
            "buys to sell on, or for own use",
            allowed=("intermediary", "end_user"),
        ),
        Column(
            "user_type",
            "category",
            "what kind of user",
            allowed=("public_body", "trader", "sme", "household"),
        ),
        Column(
            "need",
            "category",
            "what the customer looks for first",
            allowed=("high_quality", "average", "price_aware"),
        ),
        Column("region", "category", "administrative area"),
        Column("customer_since", "date", "day of the first dealings"),
    ),
    key="customer_id",
    large=True,
)

TRANSACTIONS = Table(
    "transactions",
    "one sale, or one refund (a negative amount)",
    (
        Column("customer_id", "id", "who bought", required=True),
        Column("occurred_at", "date", "when", required=True),
        Column(
            "amount",
            "money",
            "what was paid; below zero for a refund",
            unit="currency",
            required=True,
        ),
        Column("transaction_id", "id", "invoice or order; several rows may share one"),
        Column("quantity", "number", "how many units", unit="units"),
        Column("category", "category", "what was bought"),
    ),
    large=True,
    refers_to=(("customer_id", "customers"),),
)

LEDGER = Table(
    "ledger",
    "one period, or one customer, of the company's books",
    (
        Column("period", "category", "the month or quarter, such as 2026-03"),
        Column("customer_id", "id", "the prospect or customer, where a row is one of them"),
        Column("acquisition_spend", "number", "spent on winning customers", unit="currency", low=0),
        Column("retention_spend", "number", "spent on keeping customers", unit="currency", low=0),
        Column("acquired", "integer", "customers won", unit="customers", low=0),
        Column("retained", "integer", "customers kept", unit="customers", low=0),
        Column("lost", "integer", "customers lost", unit="customers", low=0),
        Column(
            "customer_years",
            "number",
            "time that retained customers were held",
            unit="customer-years",
            low=0,
        ),
    ),
    any_of=("period", "customer_id"),
)

SURVEY = Table(
    "survey",
    "one respondent in one wave",
    (
        Column("respondent", "id", "code of the respondent", required=True),
        WAVE,
        PROVIDER,
        Column("segment", "category", "group of customers the respondent belongs to"),
        Column("weight", "number", "weight of the respondent in the population", low=0),
        Column("csat", "integer", "satisfaction, 1 worst to 5 best", unit="points", low=1, high=5),
        Column("nps", "integer", "would recommend, 0 to 10", unit="points", low=0, high=10),
        Column("ces", "integer", "was easy, 1 hardest to 7 easiest", unit="points", low=1, high=7),
        *(
            Column(item, "number", f"{meaning}, 1 worst to 5 best", unit="points", low=1, high=5)
            for item, meaning in SIX_MEANINGS.items()
        ),
    ),
    open_kind="number",
)

INTERNAL_SERVICE = Table(
    "internal_service",
    "one score that a member of one department gave another department",
    (
        Column("rater_department", "category", "the department that is served", required=True),
        Column("rated_department", "category", "the department that serves", required=True),
        Column(
            "score",
            "number",
            "the score, 1 worst to 5 best",
            unit="points",
            required=True,
            low=1,
            high=5,
        ),
        Column("respondent", "id", "code of the member of staff"),
        WAVE,
    ),
)
