"""The tables of one company: its customers, its books, and the care that it plans."""

from __future__ import annotations

from .columns import Column, Rule, Table
from .words import CHANNEL, CONTENTS, MANY, METHODS, MOST, STAGES

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
        Column("referred_by", "id", "the customer who recommended the company to this one"),
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
        Column("quantity", "number", "how many units", unit="units", low=-MOST, high=MOST),
        Column("category", "category", "what was bought"),
        Column("currency", "category", "currency of the amount: that of the study in every row"),
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
        Column(
            "acquisition_spend",
            "number",
            "spent on winning customers",
            unit="currency",
            low=0,
            high=MOST,
        ),
        Column(
            "retention_spend",
            "number",
            "spent on keeping customers",
            unit="currency",
            low=0,
            high=MOST,
        ),
        Column("acquired", "integer", "customers won", unit="customers", low=0, high=MANY),
        Column("retained", "integer", "customers kept", unit="customers", low=0, high=MANY),
        Column("lost", "integer", "customers lost", unit="customers", low=0, high=MANY),
        Column(
            "customer_years",
            "number",
            "time that retained customers were held",
            unit="customer-years",
            low=0,
            high=MANY,
        ),
    ),
    any_of=("period", "customer_id"),
)

CONTRACTS = Table(
    "contracts",
    "one contract of one customer, from its beginning until it ended or was last seen",
    (
        Column("contract_id", "id", "name of the contract"),
        Column("customer_id", "id", "whose contract it is"),
        Column("segment", "category", "kind of contract, or group of customers"),
        Column("started_at", "date", "day on which it began"),
        Column("ended_at", "date", "day on which it ended; empty while it runs"),
        Column("observed_until", "date", "day until which its end would have been seen"),
        Column(
            "duration",
            "number",
            "how long it has run, in the study's periods, where days are not known",
            unit="periods",
            low=0,
            high=1200,  # a century of months
        ),
        Column("ended", "yes_no", "whether it ended, where days are not known"),
        Column("charge", "number", "what it brings in a period", unit="currency", low=0, high=MOST),
    ),
    refers_to=(("customer_id", "customers"),),
    rules=(Rule("started_at", "ended_at"), Rule("started_at", "observed_until")),
    any_of=("started_at", "duration"),
)

CONTACTS = Table(
    "contacts",
    "one contact of one customer with the company's own care",
    (
        Column("contact_id", "id", "name of the contact, never used twice", required=True),
        Column("customer_id", "id", "whose contact it was"),
        Column("contacted_at", "time", "when the customer turned to the company", unit="UTC"),
        Column("answered_at", "time", "when a person first answered", unit="UTC"),
        CHANNEL,
        Column("reason", "category", "what it was about, in a few fixed words"),
        Column("resolved", "yes_no", "whether the request was settled"),
        Column(
            "score",
            "integer",
            "satisfaction with the contact, 1 worst to 5 best",
            unit="points",
            low=1,
            high=5,
        ),
        Column("offered", "yes_no", "whether the service staff offered something to buy"),
        Column("served_first", "yes_no", "whether the request was settled before the offer"),
        Column("taken", "yes_no", "whether the customer took the offer"),
        Column(
            "revenue",
            "number",
            "what was sold because of the offer",
            unit="currency",
            low=0,
            high=MOST,
        ),
        Column(
            "fee",
            "number",
            "what was paid for the service itself",
            unit="currency",
            low=0,
            high=MOST,
        ),
        Column(
            "cost", "number", "what the contact cost the company", unit="currency", low=0, high=MOST
        ),
    ),
    key="contact_id",
    refers_to=(("customer_id", "customers"),),
    rules=(Rule("contacted_at", "answered_at"),),
)

RETENTION_TRIALS = Table(
    "retention_trials",
    "customers whom chance gave an effort to keep them, or none: a group of them, or one",
    (
        Column("trial", "category", "name of the trial"),
        Column(
            "arm",
            "category",
            "whether the effort was made, as chance decided",
            allowed=("treated", "control"),
            required=True,
        ),
        Column(
            "customers", "integer", "customers in the group; one where not given", low=1, high=MANY
        ),
        Column(
            "retained", "integer", "how many of them were kept", required=True, low=0, high=MANY
        ),
        Column("spend", "number", "spent on the effort", unit="currency", low=0, high=MOST),
        Column("customer_id", "id", "the customer, where a row is one of them"),
    ),
    rules=(Rule("retained", "customers", amounts=True),),
)

CARE_ACTIVITIES = Table(
    "care_activities",
    "one activity of the care plan, for one group of customers at one stage of the purchase",
    (
        Column("activity", "category", "name of the activity", required=True),
        Column(
            "segment",
            "category",
            "customers it is for: special, large, medium, small, another group, or all",
        ),
        Column("stage", "category", "stage of purchase it belongs to", allowed=STAGES),
        Column("method", "category", "how the care is given", allowed=METHODS),
        Column("content", "category", "what the care consists of", allowed=CONTENTS),
        Column("level", "text", "quality, volume and frequency, as the study puts them"),
        Column(
            "cost_low",
            "number",
            "what it costs in a period, at least",
            unit="currency",
            low=0,
            high=MOST,
        ),
        Column("cost", "number", "what it costs in a period", unit="currency", low=0, high=MOST),
        Column(
            "cost_high",
            "number",
            "what it costs in a period, at most",
            unit="currency",
            low=0,
            high=MOST,
        ),
        Column(
            "value_low",
            "number",
            "what it is assumed to bring, at least",
            unit="currency",
            low=-MOST,
            high=MOST,
        ),
        Column(
            "value",
            "number",
            "what it is assumed to bring in a period, before its cost",
            unit="currency",
            low=-MOST,
            high=MOST,
        ),
        Column(
            "value_high",
            "number",
            "what it is assumed to bring, at most",
            unit="currency",
            low=-MOST,
            high=MOST,
        ),
        Column(
            "need",
            "integer",
            "how much these customers need it, 1 least to 5 most",
            unit="points",
            low=1,
            high=5,
        ),
        Column("rivals", "integer", "rivals that offer it", unit="rivals", low=0),
        Column("rivals_asked", "integer", "rivals that were looked at", unit="rivals", low=0),
        Column("required", "yes_no", "must be in every plan"),
    ),
    rules=(
        Rule("cost_low", "cost", amounts=True),
        Rule("cost_low", "cost_high", amounts=True),
        Rule("cost", "cost_high", amounts=True),
        Rule("value_low", "value", amounts=True),
        Rule("value_low", "value_high", amounts=True),
        Rule("value", "value_high", amounts=True),
        Rule("rivals", "rivals_asked", amounts=True),
    ),
)
