"""That sales are added up in one currency: the study's own."""

from __future__ import annotations

import re

from ..schema import DataError
from .care import Care

LISTED = 5  # currencies that a message names
CODE = "[A-Z]{3}"  # of ISO 4217


def other_currencies(care: Care) -> list[DataError]:
    """Why sales must not be added up: they are not all in the currency of the study.

    One and the same word that is no code of ISO 4217, such as "đồng", is taken for the study's.
    """
    if "currency" not in care.columns("transactions"):
        return []
    found = _found(care)
    if set(found) <= {care.study.currency}:
        return []
    only = next(iter(found)) if len(found) == 1 else ""
    if only and not re.fullmatch(CODE, only):
        return []
    rows = ", ".join(f"{code} ({n:,} ×)" for code, n in found.items())
    remedy = (
        "Take one currency with a query, such as sql = \"SELECT * FROM 'sales.csv' WHERE currency "
        f"= '{care.study.currency}'\", or convert all to one and leave the column out."
    )
    if only:
        remedy = f'If the amounts are in {only}, say currency = "{only}" in the study file.'
    return [
        DataError(
            f"{care.study.path.name}, tables.transactions: the column currency holds {rows}, but "
            f"all amounts would be added up as {care.study.currency}. Expected the currency of "
            f"the study in every row. {remedy}"
        )
    ]


def _found(care: Care) -> dict[str, int]:
    """The most frequent currencies, in capitals, and in how many rows each stands."""
    sql = (
        "SELECT UPPER(TRIM(currency)) AS code, COUNT(*) AS n FROM transactions WHERE currency IS "
        "NOT NULL GROUP BY UPPER(TRIM(currency)) ORDER BY n DESC NULLS LAST, code NULLS LAST "
        f"LIMIT {LISTED}"
    )
    table = care.large.frame(sql)
    return {str(code): int(n) for code, n in zip(table["code"], table["n"], strict=True)}
