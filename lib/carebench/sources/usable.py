"""Which rows of a table are used: complete ones that do not only sum up the others."""

from __future__ import annotations

from ..engine import quote_text
from .columns import Checking
from .parsing import layer

TOTAL = (
    r"(^|.*[^\p{L}])(tổng|tong|cộng|total|totals|subtotal|sum|grand|lũy kế|luỹ kế)([^\p{L}].*|$)"
)


def usable(checking: Checking) -> str:
    """Whether a row has a value in every required column, and is no total of the others."""
    tests = [f"{layer('value', c.name)} IS NOT NULL" for c in checking.columns if c.required]
    if (summed := sums_up(checking)) != "false":
        tests.append(f"NOT {summed}")
    return " AND ".join(tests) or "true"


def sums_up(checking: Checking) -> str:
    """The condition, in SQL, on rows of the books that only sum up the others.

    Such a row says so, or each of its amounts, two at least, is the sum of all the others.
    """
    if checking.table.name != "ledger":
        return "false"
    named = "false"
    if "period" in checking.theirs:
        words = f"lower({layer('value', 'period')})"
        named = f"coalesce(regexp_full_match({words}, {quote_text(TOTAL)}), false)"
    amounts = [layer("value", c.name) for c in checking.columns if c.kind in ("integer", "number")]
    others = f"FROM {checking.read} WHERE NOT {named}"
    sums = [f"(SELECT sum({amount}) {others})" for amount in amounts]
    differ = [
        f"coalesce(abs(2 * {amount} - {whole}) > 1e-9 * {whole}, false)"
        for amount, whole in zip(amounts, sums, strict=True)
    ]
    # Of three others that are above zero, so that no two rows alike pass for a total.
    added = [
        f"CAST(coalesce({amount} > 0, false) AND "
        f"(SELECT count(*) {others} AND {amount} > 0) > 3 AS INTEGER)"
        for amount in amounts
    ]
    tests = [f"{' + '.join(['0', *added])} > 1", f"NOT ({' OR '.join(['false', *differ])})"]
    if "customer_id" in checking.theirs:
        tests.append(f"{layer('value', 'customer_id')} IS NULL")
    return f"({named} OR ({' AND '.join(tests)}))"
