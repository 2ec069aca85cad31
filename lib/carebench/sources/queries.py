"""Reads the SQL of a study file: that it only reads, what it names, and how it reads csv files.

In a csv file that a query names, a column of nothing but numbers holds numbers, to be added up;
every other column is text as it is written: `000012` keeps its zeros, and no day is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..engine import quote_text
from ..schema import DataError

READING_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE"}
NAMING_KEYS = {"text", "value", "table_name"}  # of a parsed query: where a file's name may stand
# The whole of a file tells what its columns hold: its first rows may be plain numbers by chance.
READ_CSV = {
    "sample_size": "-1",
    "auto_type_candidates": "['BIGINT', 'HUGEINT', 'DOUBLE', 'VARCHAR']",
}
GUIDED = {"dateformat", "date_format", "timestampformat", "timestamp_format"}
CSV_FILE = re.compile(r"\.(csv|tsv)(\.gz)?$", re.IGNORECASE)
ONE_SELECT = "Expected one SELECT statement, which may begin with WITH, and nothing that writes."


def one_select(
    box: Any, sql: str, where: str, relations: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """The query without its semicolon, and every text in it that may name a file."""
    import duckdb

    statements = box.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(s.type.name for s in statements) or "nothing"
        raise DataError(f"{where}: the query is {kinds}. {ONE_SELECT}")
    query = str(statements[0].query).strip().rstrip(";")
    tree = _parsed(box, query)
    if tree["error"]:
        raise DataError(f"{where}: {tree['error_message']} {ONE_SELECT}")
    kinds_of_node, texts = set(), []
    for key, value in _leaves(tree):
        if key == "type" and value.endswith("_NODE"):
            kinds_of_node.add(value)
        if key in NAMING_KEYS:
            texts.append(value)
    if written := kinds_of_node - READING_NODES:
        words = ", ".join(sorted(node.partition("_")[0] for node in written))
        raise DataError(f"{where}: the query contains {words}. {ONE_SELECT}")
    return _reading_whole_files(box, query, tree, relations), tuple(texts)


def _reading_whole_files(box: Any, query: str, tree: Any, relations: tuple[str, ...]) -> str:
    """The query, with every csv file in it read as `READ_CSV` says."""
    readers = [node for node in _nodes(tree) if _reads_csv(node, relations)]
    if not readers:
        return query
    for node in readers:
        if node["type"] == "BASE_TABLE":
            name = node["table_name"]
            alias = node["alias"] or _known_as(name)
            made = _parsed(box, f"SELECT * FROM read_csv({quote_text(name)})")
            kept = {key: node[key] for key in ("sample", "column_name_alias")}
            node.clear()
            node |= made["statements"][0]["node"]["from_table"] | kept | {"alias": alias}
        given = node["function"]["arguments"]
        said = {name.casefold() for argument in given for name in _option(argument)}
        wanted = {
            option: value
            for option, value in READ_CSV.items()
            if option not in said and not (option == "auto_type_candidates" and said & GUIDED)
        }
        listed = "".join(f", {option} = {value}" for option, value in wanted.items())
        made = _parsed(box, f"SELECT * FROM read_csv(''{listed})")
        given += made["statements"][0]["node"]["from_table"]["function"]["arguments"][1:]
    text = json.dumps(tree)
    return str(box.execute("SELECT json_deserialize_sql($tree)", {"tree": text}).fetchone()[0])


def _known_as(name: str) -> str:
    """What the engine calls a file in the rest of a query, where the query says nothing."""
    pattern = any(mark in name for mark in "*?[")
    return name if pattern else re.split(r"[/\\]", name)[-1].partition(".")[0]


def _reads_csv(node: Mapping[str, Any], relations: tuple[str, ...]) -> bool:
    if node.get("type") == "BASE_TABLE" and not node["schema_name"]:
        name = str(node["table_name"])
        return bool(CSV_FILE.search(name)) and name not in relations
    if node.get("type") != "TABLE_FUNCTION":
        return False
    return str(node["function"]["function_name"]).casefold() in ("read_csv", "read_csv_auto")


def _option(argument: Any) -> list[str]:
    """The name of a named argument of a function; nothing for a plain one."""
    if argument["name"]:
        return [str(argument["name"])]
    expression = argument["expression"]
    left = expression.get("left", {}) if expression["type"] == "COMPARE_EQUAL" else {}
    return [str(name) for name in left.get("column_names", [])]


def _parsed(box: Any, query: str) -> Any:
    return json.loads(box.execute("SELECT json_serialize_sql($q)", {"q": query}).fetchone()[0])


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every part of a parsed query."""
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(child, dict | list):
            yield from _nodes(child)


def _leaves(tree: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a parsed query, with the key it stands under."""
    if isinstance(tree, str):
        yield key, tree
    elif isinstance(tree, dict):
        for name, child in tree.items():
            yield from _leaves(child, name)
    elif isinstance(tree, list):
        for child in tree:
            yield from _leaves(child, key)
