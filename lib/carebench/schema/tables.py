"""All tables of the kit, by name."""

from __future__ import annotations

from .columns import Table
from .company import (
    CARE_ACTIVITIES,
    CONTACTS,
    CONTRACTS,
    CUSTOMERS,
    LEDGER,
    RETENTION_TRIALS,
    TRANSACTIONS,
)
from .service import (
    ATTEMPTS,
    CODINGS,
    COUNTS,
    INCIDENTS,
    MATURITY,
    MENTIONS,
    PAGE_CHECKS,
    PLANNED,
    PROVIDERS,
    RATINGS,
)
from .surveys import INTERNAL_SERVICE, STAFF, SURVEY

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PROVIDERS,
        ATTEMPTS,
        PLANNED,
        COUNTS,
        RATINGS,
        CODINGS,
        MATURITY,
        MENTIONS,
        INCIDENTS,
        PAGE_CHECKS,
        CUSTOMERS,
        TRANSACTIONS,
        LEDGER,
        CONTRACTS,
        CONTACTS,
        RETENTION_TRIALS,
        SURVEY,
        INTERNAL_SERVICE,
        STAFF,
        CARE_ACTIVITIES,
    )
}
