"""The tables of the service audit: who was audited, what was tried, and what came of it."""

from __future__ import annotations

from .columns import Column, Rule, Table
from .words import (
    CHANNEL,
    FAULTS,
    METHODS,
    OUTCOMES,
    PLAN_STATES,
    PROVIDER,
    STAGES,
    VERDICTS,
    WAVE,
)

PROVIDERS = Table(
    "providers",
    "one audited firm",
    (
        Column("provider", "id", "the firm's name, as the other tables use it", required=True),
        WAVE,
        Column("sector", "category", "line of business"),
        Column("origin", "category", "where the firm is at home", allowed=("domestic", "foreign")),
        Column("care_by", "category", "who gives the care", allowed=("own", "outsourced")),
        Column("zone", "zone", "time zone in which its care lives"),
        Column("channels", "text", "channels it offers, separated by blanks or semicolons"),
        Column(
            "claimed_hours",
            "hours",
            "when it says that its telephone is answered",
        ),
        Column("website", "yes_no", "whether it has a website of its own for these customers"),
    ),
)

ATTEMPTS = Table(
    "attempts",
    "one attempt to contact a provider",
    (
        Column("attempt_id", "id", "name of the attempt, never used twice", required=True),
        Column(
            "outcome",
            "category",
            "how the attempt ended; only a human answer counts as answered",
            allowed=OUTCOMES,
            required=True,
        ),
        WAVE,
        PROVIDER,
        CHANNEL,
        Column("platform", "category", "which social network or messenger, such as Facebook, Zalo"),
        Column(
            "form",
            "category",
            "direct (face to face) or indirect (at a distance)",
            allowed=("direct", "indirect"),
        ),
        Column("method", "category", "how the care is given", allowed=METHODS),
        Column("stage", "category", "stage of purchase the request belongs to", allowed=STAGES),
        Column("scenario", "category", "what was asked"),
        Column("persona", "category", "who the shopper pretended to be"),
        Column("arm", "category", "arm of an experiment, where treatment was randomised"),
        Column("shopper", "category", "code of the person who made the attempt"),
        Column("sent_at", "time", "when the attempt was made", unit="UTC"),
        Column("acknowledged_at", "time", "when an automatic reply came", unit="UTC"),
        Column("answered_at", "time", "when the first human answer came", unit="UTC"),
        Column("resolved_at", "time", "when the request was settled", unit="UTC"),
        Column("observed_until", "time", "until when an answer was watched for", unit="UTC"),
        Column("resolved", "yes_no", "whether the request was settled"),
        Column(
            "fault",
            "category",
            "whose failure it was; ours is missing data, never an unanswered attempt",
            allowed=FAULTS,
        ),
        Column("suspected", "yes_no", "whether the shopper seems to have been recognised as one"),
        Column("label_source", "category", "who or what decided the outcome"),
    ),
    key="attempt_id",
    refers_to=(("provider", "providers"),),
    rules=(
        Rule("sent_at", "acknowledged_at"),
        Rule("sent_at", "answered_at"),
        Rule("sent_at", "resolved_at"),
        Rule("sent_at", "observed_until"),
    ),
)

PLANNED = Table(
    "planned",
    "one attempt of the plan, whether it was made or not",
    (
        Column("attempt_id", "id", "name of the attempt, the same as in attempts", required=True),
        Column(
            "state",
            "category",
            "what became of it; unplaced: the wave had no time for it that the plan's rules allow",
            allowed=PLAN_STATES,
            required=True,
        ),
        WAVE,
        PROVIDER,
        CHANNEL,
        Column("stage", "category", "stage of purchase the request belongs to", allowed=STAGES),
        Column("scenario", "category", "what was to be asked"),
        Column("persona", "category", "who the shopper was to be"),
        Column("arm", "category", "arm of an experiment, where treatment was randomised"),
        Column("shopper", "category", "code of the person who was to make it"),
        Column("due_at", "time", "when it was to be made", unit="UTC"),
        Column("any_hour", "yes_no", "whether it was drawn from all hours of the week"),
        Column("replaced_by", "id", "the attempt that was made in its place"),
    ),
    key="attempt_id",
    refers_to=(("provider", "providers"),),
)

COUNTS = Table(
    "counts",
    "attempts of one provider, channel and period, already added up",
    (
        Column("offered", "integer", "contacts offered", unit="contacts", required=True, low=0),
        Column("answered", "integer", "contacts answered by a person", unit="contacts", low=0),
        Column("abandoned", "integer", "contacts given up while waiting", unit="contacts", low=0),
        Column(
            "answered_within_limit",
            "integer",
            "contacts answered within the time limit of the source",
            unit="contacts",
            low=0,
        ),
        WAVE,
        PROVIDER,
        CHANNEL,
        Column("period", "category", "the month, week or day that the row adds up"),
    ),
)

RATINGS = Table(
    "ratings",
    "one score that one shopper gave one attempt on one item",
    (
        Column("attempt_id", "id", "the attempt that was rated", required=True),
        Column(
            "item",
            "category",
            "what was rated: one of the six points or a rubric's item",
            required=True,
        ),
        Column("score", "number", "the score, 1 worst to 5 best", unit="points", low=1, high=5),
        Column("shopper", "category", "code of the person who rated"),
    ),
    refers_to=(("attempt_id", "attempts"),),
)

MATURITY = Table(
    "maturity",
    "what one person says of one provider's care, from inside",
    (
        Column("provider", "category", "the provider it is said of", required=True),
        WAVE,
        Column("respondent", "id", "code of the person who answered"),
        Column(
            "asked",
            "category",
            "who answered: the provider itself, or the client of the audit",
            allowed=("provider", "client"),
        ),
        Column("care_is_key", "yes_no", "holds customer care to be key to its business"),
        Column(
            "self_rating",
            "integer",
            "how good it finds its own care, 1 worst to 5 best",
            unit="points",
            low=1,
            high=5,
        ),
        Column("clear_measure", "yes_no", "has a clear measure of its care"),
        Column("surveys_satisfaction", "yes_no", "asks its customers how satisfied they are"),
        Column("own_standard", "yes_no", "has a standard of care distinct from its rivals'"),
        Column("trains_staff", "yes_no", "treats the training of staff as core"),
        Column(
            "department",
            "category",
            "how far its care department has come",
            allowed=("none", "exists", "organised", "advantage"),
        ),
        Column("contacts_first", "yes_no", "contacts customers before they complain"),
    ),
    refers_to=(("provider", "providers"),),
)

MENTIONS = Table(
    "mentions",
    "one public mention of a provider on a social network",
    (
        Column("mention_id", "id", "name of the mention, never used twice", required=True),
        WAVE,
        PROVIDER,
        Column("platform", "category", "which social network, such as Facebook, Zalo"),
        Column("posted_at", "time", "when it was posted", unit="UTC"),
        Column("answered_at", "time", "when a person first answered it in public", unit="UTC"),
        Column("observed_until", "time", "until when an answer was watched for", unit="UTC"),
        Column("answered", "yes_no", "whether a person of the provider answered it"),
        Column(
            "sentiment",
            "category",
            "its tone, coded by hand",
            allowed=("negative", "neutral", "positive"),
        ),
        Column(
            "second_sentiment",
            "category",
            "its tone, coded by a second person who did not see the first code",
            allowed=("negative", "neutral", "positive"),
        ),
    ),
    key="mention_id",
    refers_to=(("provider", "providers"),),
    rules=(Rule("posted_at", "answered_at"), Rule("posted_at", "observed_until")),
)

INCIDENTS = Table(
    "incidents",
    "one complaint or incident of a provider's care",
    (
        Column("incident_id", "id", "name of the incident, never used twice", required=True),
        WAVE,
        PROVIDER,
        Column("occurred_at", "date", "when"),
        Column("reason", "category", "what it was about, in a few fixed words"),
        Column(
            "severity",
            "integer",
            "how bad: 1 a nuisance, 2 a loss of time, 3 of money, 4 of the customer or of safety",
            low=1,
            high=4,
        ),
        Column("customer", "id", "code of the customer, where known"),
        Column(
            "raised_by",
            "category",
            "who spoke of it first",
            allowed=("provider", "customer", "public"),
        ),
        Column("resolved_at", "date", "when it was settled"),
    ),
    key="incident_id",
    refers_to=(("provider", "providers"),),
    rules=(Rule("occurred_at", "resolved_at"),),
)

PAGE_CHECKS = Table(
    "page_checks",
    "one visit of one page of a provider",
    (
        Column("provider", "category", "the provider whose page it is", required=True),
        Column("page", "category", "its address", required=True),
        Column(
            "verdict",
            "category",
            "what came of the visit; only `up` is a page as it should be",
            allowed=VERDICTS,
            required=True,
        ),
        WAVE,
        Column("checked_at", "time", "when it was visited", unit="UTC"),
        Column(
            "fault",
            "category",
            "whose failure it was; ours is missing data, never a page that was down",
            allowed=FAULTS,
        ),
        Column("seconds", "number", "until the whole page was there", unit="seconds", low=0),
    ),
    refers_to=(("provider", "providers"),),
)

# What came back, as the kit or a person may take it; of a contact, as it may have ended.
CODES = (
    "human",
    "stop",
    "bot",
    "out_of_office",
    "auto_ack",
    "survey",
    "newsletter",
    "bounce",
    "delay",
    "unrelated",
    "unsure",
    *OUTCOMES,
)

CODINGS = Table(
    "codings",
    "what the kit, and then people, took one answer to an attempt for",
    (
        Column("attempt_id", "id", "the attempt that it answers", required=True),
        Column(
            "machine",
            "category",
            "what it was taken for before people read it",
            allowed=CODES,
            required=True,
        ),
        WAVE,
        Column("item", "id", "name of the answer; an attempt may have several"),
        Column(
            "drawn",
            "category",
            "why people read it: in doubt, drawn at random, or drawn earlier and no more",
            allowed=("unsure", "random", "earlier"),
        ),
        Column(
            "fraction",
            "number",
            "share of such attempts that were drawn; where not given, all alike",
            low=0,
            high=1,
        ),
        Column("first", "category", "what the first coder took it for", allowed=CODES),
        Column("second", "category", "what the second coder took it for", allowed=CODES),
        Column("third", "category", "what a third took it for, where two differ", allowed=CODES),
        Column("coded", "category", "what people settled on; empty until then", allowed=CODES),
    ),
    refers_to=(("attempt_id", "attempts"),),
)
