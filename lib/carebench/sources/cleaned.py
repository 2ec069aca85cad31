"""Texts of a large table as we compare them, wherever the table stands.

To clean a text is dear, so it is done once for each different text that needs it: on this machine
by the engine itself. A cluster has no function for letters that carry their accents apart: there
the few texts that need it are fetched, cleaned here, and go back within the query.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from ..engine import Engine, Large
from .opened import UNSEEN, clean_sql, needs_cleaning

FETCHED = 100_000  # different texts of a column that are looked at
CARRIED = 200  # of them so many are cleaned within a query
EDGES = " \t\n\r\xa0"
# Signs that NFC replaces though they are no marks, and those that Korean syllables are made of.
REPLACED = (
    "\u0374\u037e\u0387\u0958-\u095f\u09dc-\u09df\u0a33-\u0a36\u0a59-\u0a5e\u0b5c\u0b5d"
    "\u0f43-\u0f69\u1100-\u11ff\u1f71-\u1ffd\u2000\u2001\u2126\u212a\u212b\u2329\u232a\u2adc"
    "\uf900-\ufaff\ufb1d-\ufb4e\U0001d15e-\U0001d1c0\U0002f800-\U0002fa1f"
)
MAY_CHANGE = rf"{UNSEEN}|[\p{{M}}{REPLACED}]|^ *[\t\n\r\xa0]|[\t\n\r\xa0] *\z"


def cleaned_here(engine: Engine, table: str, relation: str, stored: str) -> str:
    """SQL of the cleaned text of a column of `relation`, on this machine."""
    text, trimmed = _plain(stored)
    cleaned = engine.name(f"cleaned {table} {stored}")
    known = f"SELECT DISTINCT {text} AS raw FROM {relation}"
    dirty = f"SELECT raw, {clean_sql('raw')} AS clean FROM ({known}) WHERE {needs_cleaning('raw')}"
    engine.run(f"CREATE OR REPLACE TEMP TABLE {cleaned} AS {dirty}")
    if not engine.run(f"SELECT COUNT(*) FROM {cleaned}")[0][0]:
        return trimmed
    found = f"SELECT clean FROM {cleaned} WHERE raw = {text}"
    return f"CASE WHEN {text} IN (SELECT raw FROM {cleaned}) THEN ({found}) ELSE {trimmed} END"


def cleaned_elsewhere(cluster: Large, relation: str, stored: str) -> tuple[str, str]:
    """The same on a cluster, and the condition of what is left as it is stored; "" of nothing."""
    text, trimmed = _plain(stored)
    may_change = f"regexp_like({text}, {cluster.text(MAY_CHANGE)})"
    asked = (
        f"SELECT DISTINCT {text} AS raw FROM {relation} WHERE {may_change} "
        f"ORDER BY raw NULLS LAST LIMIT {FETCHED}"
    )
    fetched = [str(raw) for raw in cluster.frame(asked)["raw"]]
    dirty = {raw: clean for raw in fetched if (clean := _clean(raw)) != raw.strip(" ")}
    if not dirty:
        return trimmed, ""
    if len(dirty) > CARRIED or len(fetched) == FETCHED:
        return trimmed, may_change
    cases = " ".join(
        f"WHEN {cluster.text(raw)} THEN {cluster.text(clean) if clean else 'NULL'}"
        for raw, clean in dirty.items()
    )
    inside = f"CASE {text} {cases} ELSE {trimmed} END"
    return f"CASE WHEN {may_change} THEN {inside} ELSE {trimmed} END", ""


def _plain(stored: str) -> tuple[str, str]:
    text = f"CAST({stored} AS STRING)"
    return text, f"NULLIF(TRIM({text}), '')"


def _clean(raw: str) -> str:
    """What `clean_sql` makes of a text."""
    return normalize("NFC", re.sub(UNSEEN, "", raw)).strip(EDGES)
