"""The SQL of large tables keeps to what both engines read alike.

What each rule guards against was measured on DuckDB and Spark: the same words gave different
numbers, or failed on one of the two.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "lib" / "carebench"
PORTABLE = [
    *sorted((PACKAGE / "queries").glob("*.py")),
    *sorted((PACKAGE / "sources").glob("typed*.py")),
]
WORDS = re.compile(r"\b(SELECT|FROM|CASE|CAST|COUNT|SUM|MIN|MAX|ORDER BY|GROUP BY|WHERE)\b")

# Each rule finds what may not stand in a query.
RULES = {
    "a decimal literal: Spark makes it DECIMAL and cuts digits; write 1e0": (
        r"(?<![\w.])\d+\.\d+(?!\d*e)"
    ),
    "ORDER BY without NULLS FIRST or LAST for each column": (
        r"ORDER BY (?!\{)(?:[^(),]*NULLS (?:FIRST|LAST)\s*,)*(?![^(),]*NULLS )[^(),]*"
    ),
    "a number made an integer without FLOOR: 2.5 is 3 on DuckDB and 2 on Spark": (
        r"CAST\((?!FLOOR)[^()]*/[^()]* AS (BIG)?INT"
    ),
    "a day of the week, a difference or an epoch outside the named functions": (
        r"(?i)\b(dayofweek|isodow|weekday|date_?diff|epoch|unix_\w+|extract\s*\(\s*(dow|epoch))\b"
    ),
    "a divisor that may be zero: Spark raises; write NULLIF": r"/ (?!NULLIF|\d|\{WIDTH)",
    "a list aggregate: it does not spill": r"(?i)\b(list|\w+_agg|listagg|collect_\w+)\(",
    "DuckDB's own spelling": r"(?i)\b(QUALIFY|ILIKE|VARCHAR|GROUP BY ALL|FILTER\s*\()|::",
}  # fmt: skip


def _texts(path: Path):
    """Every text in a module that is SQL, its fields left as they stand."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documented | inside
        ):
            text = " ".join(ast.unparse(node).replace("\\n", " ").split())
            if WORDS.search(text) and "filename" not in text:  # places, which one engine knows
                yield text


@pytest.mark.parametrize("path", PORTABLE, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", RULES)
def test_a_query_keeps_to_what_both_engines_read_alike(path, rule):
    for text in _texts(path):
        found = re.search(RULES[rule], text)
        assert not found, f"{path.name}: {rule}: {found and found.group(0)!r} in {text}"


@pytest.mark.parametrize(
    ("rule", "sql"),
    [
        ("a decimal literal", "SELECT 1.0 * x FROM t"),
        ("ORDER BY without", "SELECT x FROM t ORDER BY x"),
        ("a number made an integer", "SELECT CAST(x / 2 AS BIGINT) FROM t"),
        ("a day of the week", "SELECT date_diff('day', a, b) FROM t"),
        ("a divisor", "SELECT x / y FROM t"),
        ("a list aggregate", "SELECT LIST(x) FROM t"),
        ("DuckDB's own", "SELECT x FROM t QUALIFY y = 1"),
    ],
)
def test_each_rule_finds_what_it_is_for(rule, sql):
    (pattern,) = [pattern for name, pattern in RULES.items() if name.startswith(rule)]
    assert re.search(pattern, sql)
