"""Every table that the kit reads, declared once.

From this one declaration come the check of what a user brings (`sources`), the codebook
`data/README.md` (`codebook`) and the words of every error message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from .language import N_, _

Kind = Literal[
    "id",
    "text",
    "category",
    "time",
    "date",
    "integer",
    "number",
    "money",
    "yes_no",
    "zone",
    "hours",
]

KINDS: dict[str, str] = {
    "id": N_("text that names one thing; leading zeros are kept"),
    "text": N_("free text"),
    "category": N_("one of a few words"),
    "time": N_("an instant with its clock time, such as 2026-07-03 15:49; kept in UTC"),
    "date": N_("a day, or an instant of which the day is used"),
    "integer": N_("a whole number"),
    "number": N_("a number"),
    "money": N_("an amount in the study’s currency"),
    "yes_no": N_("yes or no (also true/false, 1/0, có/không)"),
    "zone": N_("an IANA time zone, such as Asia/Ho_Chi_Minh"),
    "hours": N_("24/7, or days and times such as Mo-Fr 08:00-17:30; Sa 08:00-12:00"),
}


class DataError(ValueError):
    """What a user brought cannot be used: says what, where, what was expected, what to do."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `required` columns must be there and hold a value in every row that is used; any other
    may be absent (which switches off the sections that need it) or empty. `low` and `high`
    bound a number, both included.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    required: bool = False
    low: float | None = None
    high: float | None = None

    @property
    def expected(self) -> str:
        """What a value of this column looks like, in the language in use."""
        kind = _(KINDS[self.kind])
        if self.allowed:
            return _("one of {words}").format(words=", ".join(self.allowed))
        if self.low is not None and self.high is not None:
            return _("{kind} from {low} to {high}").format(
                kind=kind, low=f"{self.low:g}", high=f"{self.high:g}"
            )
        if self.low is not None:
            return _("{kind}, {low} or more").format(kind=kind, low=f"{self.low:g}")
        return kind


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between two columns of one row; `later` is emptied where it does not."""

    earlier: str
    later: str

    @property
    def expected(self) -> str:
        return _("{later} at or after {earlier}").format(later=self.later, earlier=self.earlier)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, its columns, its key, and what it refers to.

    `large` tables never enter pandas whole: they are checked and summarised in the engine.
    `refers_to` maps a column to the table in which its values should be found.
    `open_kind`, where set, admits further columns that a study maps by name, of that kind.
    `any_of` names columns of which at least one must be there.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: str = ""
    large: bool = False
    refers_to: tuple[tuple[str, str], ...] = ()
    rules: tuple[Rule, ...] = ()
    open_kind: Kind | None = None
    any_of: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """The column called `name`; a column that a study added where the table is open."""
        for column in self.columns:
            if column.name == name:
                return column
        if self.open_kind:
            return Column(name, self.open_kind, "an item that the study adds")
        raise KeyError(name)


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
FAULTS = ("theirs", "ours", "unknown")
STAGES = ("before", "at", "after")
SIX_POINTS = (
    "friendliness",
    "empathy",
    "fairness",
    "customer_at_centre",
    "information",
    "choice",
)
_SIX_MEANINGS = {
    "friendliness": "friendliness of the staff",
    "empathy": "empathy and listening",
    "fairness": "fair treatment",
    "customer_at_centre": "the customer is given a central place",
    "information": "information on product, policy and procedure",
    "choice": "choice of product and of form of service",
}

_WAVE = Column("wave", "category", "round of fieldwork the row belongs to, such as 2026-Q3")
_PROVIDER = Column("provider", "category", "the firm whose care is audited")
_CHANNEL = Column("channel", "category", "how contact was made", allowed=CHANNELS)

PROVIDERS = Table(
    "providers",
    "one audited firm",
    (
        Column("provider", "id", "the firm's name, as the other tables use it", required=True),
        _WAVE,
        Column("sector", "category", "line of business"),
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
        _WAVE,
        _PROVIDER,
        _CHANNEL,
        Column("platform", "category", "which social network or messenger, such as Facebook, Zalo"),
        Column(
            "form",
            "category",
            "direct (face to face) or indirect (at a distance)",
            allowed=("direct", "indirect"),
        ),
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
        _WAVE,
        _PROVIDER,
        _CHANNEL,
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
        _WAVE,
        _PROVIDER,
        Column("segment", "category", "group of customers the respondent belongs to"),
        Column("weight", "number", "weight of the respondent in the population", low=0),
        Column("csat", "integer", "satisfaction, 1 worst to 5 best", unit="points", low=1, high=5),
        Column("nps", "integer", "would recommend, 0 to 10", unit="points", low=0, high=10),
        Column("ces", "integer", "was easy, 1 hardest to 7 easiest", unit="points", low=1, high=7),
        *(
            Column(item, "number", f"{meaning}, 1 worst to 5 best", unit="points", low=1, high=5)
            for item, meaning in _SIX_MEANINGS.items()
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
        _WAVE,
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PROVIDERS,
        ATTEMPTS,
        COUNTS,
        RATINGS,
        CUSTOMERS,
        TRANSACTIONS,
        LEDGER,
        SURVEY,
        INTERNAL_SERVICE,
    )
}


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice for a misspelt word: " Did you mean 'provider'?", or nothing where none is near."""
    folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""


def codebook() -> str:
    """The text of `data/README.md`: every table and column, in Markdown."""
    lines = [
        "# Codebook",
        "",
        "The tables and keys of a study. Written by `carebench codebook` from `schema.py` and",
        "`study.py` in `lib/carebench`; change it there.",
        "",
        "A study needs only the tables it has. A required column must be there and hold a value",
        "in every row that is used; any other column may be absent or empty, and the sections of",
        "the reports that need it say so and are skipped.",
        "",
        "| type | what it is |",
        "|---|---|",
        *(f"| {kind} | {meaning} |" for kind, meaning in KINDS.items()),
    ]
    for table in TABLES.values():
        lines += ["", f"## {table.name}", "", f"One row is {table.row}.{_table_notes(table)}", ""]
        lines += ["| column | type | unit | may be empty | meaning | values |"]
        lines += ["|---|---|---|---|---|---|"]
        for column in table.columns:
            lines.append(
                f"| {column.name} | {column.kind} | {column.unit} "
                f"| {'no' if column.required else 'yes'} | {column.meaning} | {_values(column)} |"
            )
    return "\n".join(lines) + "\n"


def _table_notes(table: Table) -> str:
    notes = []
    if table.key:
        notes.append(f"`{table.key}` never repeats.")
    if table.any_of:
        notes.append(f"At least one of {' and '.join(f'`{n}`' for n in table.any_of)} is needed.")
    notes += [f"`{column}` is found in {other}." for column, other in table.refers_to]
    notes += [f"`{rule.later}` is not before `{rule.earlier}`." for rule in table.rules]
    if table.open_kind:
        notes.append("A study may add items of its own, mapped by name, read as numbers.")
    if table.large:
        notes.append("May hold any number of rows: it never enters pandas whole.")
    return "".join(" " + note for note in notes)


def _values(column: Column) -> str:
    if column.allowed:
        return ", ".join(column.allowed)
    if column.low is not None and column.high is not None:
        return f"{column.low:g} to {column.high:g}"
    return f"{column.low:g} or more" if column.low is not None else ""
