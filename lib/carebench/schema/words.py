"""What several tables share: columns, channels, outcomes, the six points of service, limits."""

from __future__ import annotations

from .columns import Column

CHANNELS = ("website", "email", "phone", "chat", "social", "web_form", "visit")
OUTCOMES = (
    "answered",
    "auto_ack_only",
    "menu_only",
    "no_answer",
    "busy",
    "abandoned",
    "bounced",
    "invalid_contact",
    "closed",
)
VERDICTS = (  # on a visit of a page
    "up",
    "wrong_page",
    "http_error",
    "server_error",
    "blocked",
    "not_allowed",
    "refused",
    "no_address",
    "bad_certificate",
    "connect_timeout",
    "read_timeout",
    "redirect_loop",
    "dropped",
    "unreadable",
)
PLAN_STATES = ("made", "not_made", "cancelled", "unplaced")
FAULTS = ("theirs", "ours", "unknown")
STAGES = ("before", "at", "after")
# How care is given: at one centre, dispersed over points of sale, at the customer's, from afar.
METHODS = ("centralised", "point_of_sale", "at_customer", "indirect")
# What care consists of.
CONTENTS = ("convenience", "human", "other")
SIX_POINTS = (
    "friendliness",
    "empathy",
    "fairness",
    "customer_at_centre",
    "information",
    "choice",
)
SIX_MEANINGS = {
    "friendliness": "friendliness of the staff",
    "empathy": "empathy and listening",
    "fairness": "fair treatment",
    "customer_at_centre": "the customer is given a central place",
    "information": "information on product, policy and procedure",
    "choice": "choice of product and of form of service",
}

MOST = 1e15  # of any currency
MANY = 1e9  # of customers, and of whatever else a row counts
WAVE = Column("wave", "category", "round of fieldwork the row belongs to, such as 2026-Q3")
PROVIDER = Column("provider", "category", "the firm whose care is audited")
CHANNEL = Column("channel", "category", "how contact was made", allowed=CHANNELS)
