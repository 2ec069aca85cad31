"""A name is one name however its letters carry their accents, also on a cluster."""

from __future__ import annotations

import re
import sys
from unicodedata import category, is_normalized, normalize

import pytest

from carebench.engine import Engine
from carebench.sources import cleaned
from carebench.sources.cleaned import MAY_CHANGE, REPLACED, cleaned_elsewhere, cleaned_here

COMPOSED = "Nguyễn Thị Phượng"
APART = normalize("NFD", COMPOSED)
HALF = normalize("NFD", "Nguyễn") + " Thị Phượng"
TEXTS = (
    *(COMPOSED, APART, HALF, f"{COMPOSED} ", f" \t{COMPOSED}\xa0", f"\u200b{COMPOSED}", "C001"),
    *(
        "",
        " ",
        "\u200b",
        "ไทย",
        "日本",
        "it's",
        "back\\slash",
        "\u212b",
        "한",
        normalize("NFD", "한"),
    ),
)


class Elsewhere:
    """A cluster as far as its texts are asked about, played by the engine of this machine."""

    def __init__(self, engine):
        self._engine = engine
        self.text, self.frame = engine.text, engine.frame
        engine.run("CREATE MACRO regexp_like(t, p) AS regexp_matches(t, p)")


@pytest.fixture
def engine():
    with Engine() as engine:
        values = ", ".join(f"({engine.text(text)})" for text in TEXTS)
        engine.keep("names", f"SELECT name FROM (VALUES {values}, (NULL)) v(name)")
        yield engine


def pairs(engine, sql):
    rows = engine.run(f"SELECT name, {sql} FROM names ORDER BY 1")
    return dict(rows)


def test_a_text_is_cleaned_on_a_cluster_as_it_is_here(engine):
    sql, left = cleaned_elsewhere(Elsewhere(engine), "names", "name")
    found = pairs(engine, sql)
    assert found == pairs(engine, cleaned_here(engine, "t", "names", "name"))
    assert left == "" and found[APART] == found[HALF] == found[f"\u200b{COMPOSED}"] == COMPOSED


def test_where_all_is_clean_nothing_is_asked_of_each_row(engine):
    engine.keep("names", f"SELECT name FROM (VALUES ('{COMPOSED}'), ('ไทย'), (' C1')) v(name)")
    sql, left = cleaned_elsewhere(Elsewhere(engine), "names", "name")
    assert "CASE" not in sql and left == ""


@pytest.mark.parametrize(("limit", "most"), [("CARRIED", 1), ("FETCHED", 3)])
def test_texts_too_many_to_clean_on_the_way_are_told_of(engine, monkeypatch, limit, most):
    monkeypatch.setattr(cleaned, limit, most)
    sql, left = cleaned_elsewhere(Elsewhere(engine), "names", "name")
    assert pairs(engine, sql)[APART] == APART
    assert engine.run(f"SELECT count(*) FROM names WHERE name = '{APART}' AND {left}") == [(1,)]


def test_every_sign_that_nfc_changes_is_looked_at():
    looked_at = re.compile(f"[{REPLACED}]")
    for code in range(sys.maxunicode + 1):
        sign = chr(code)
        if not is_normalized("NFC", sign):
            assert category(sign).startswith("M") or looked_at.match(sign), hex(code)
    assert r"\p{M}" in MAY_CHANGE
