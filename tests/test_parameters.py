"""Parameters reach a notebook as literals of their type, under declared names, or not at all."""

from __future__ import annotations

import datetime as dt
from pathlib import Path, PureWindowsPath

import numpy as np
import pytest

from carebench.reporting.parameters import accepted, declared, from_text
from carebench.schema import DataError

SOURCE = """study: str = "study.toml"  # the study file
wave: str = ""
confidence_level: float = 0.95  # of every interval
n: int = 3
fast: bool = False  # "#" in a comment
"""


def notebook(*sources):
    return {"cells": [{"source": s, "metadata": {"tags": ["parameters"]}} for s in sources]}


@pytest.fixture
def known():
    return declared(notebook(SOURCE), "n.ipynb")


def test_a_parameter_has_a_name_a_type_a_default_and_a_help(known):
    assert list(known) == ["study", "wave", "confidence_level", "n", "fast"]
    level = known["confidence_level"]
    assert (level.type, level.default, level.help) == (float, 0.95, "of every interval")


def test_the_cell_may_be_stored_line_by_line():
    lines = SOURCE.splitlines(keepends=True)
    assert list(declared(notebook(lines), "n.ipynb")) == list(declared(notebook(SOURCE), "n"))


@pytest.mark.parametrize("sources", [(), (SOURCE, SOURCE)])
def test_exactly_one_cell_holds_the_parameters(sources):
    with pytest.raises(DataError, match="Expected exactly one"):
        declared(notebook(*sources), "n.ipynb")


@pytest.mark.parametrize(
    "line",
    [
        "a = 1",
        "import os",
        'a: str = open("x").read()',
        "a: float = True",
        "a: int = 1.5",
        "a: list = []",
        "a: str",
        "a.b: str = ''",
        "a: str = f'{1}'",
        "a: str = '",
    ],
)
def test_anything_but_typed_literals_is_refused(line):
    with pytest.raises(DataError, match=r"n\.ipynb"):
        declared(notebook(line), "n.ipynb")


@pytest.mark.parametrize("name", ['a=1;open("PWNED","w");b', "wav", "__import__", ""])
def test_a_name_that_is_not_declared_is_refused(known, name):
    with pytest.raises(DataError, match="is no parameter of the notebooks"):
        accepted({name: "x"}, known)


def test_a_misspelt_name_gets_the_nearest_one(known):
    with pytest.raises(DataError, match="Did you mean 'confidence_level'"):
        from_text({"confidence_levl": "0.9"}, known)


@pytest.mark.parametrize(
    "value",
    [
        Path("x'); import os #"),
        PureWindowsPath(r"C:\new\table"),
        np.int64(3),
        dt.date(2026, 1, 1),
        ("a",),
        ["a"],
        None,
        3,
        b"x",
        type("S", (str,), {})("x"),
    ],
)
def test_only_the_very_type_declared_is_accepted(known, value):
    with pytest.raises(DataError, match="Expected text"):
        accepted({"wave": value}, known)


def test_true_is_no_number_but_a_whole_number_is_one(known):
    with pytest.raises(DataError, match="Expected a number"):
        accepted({"confidence_level": True}, known)
    with pytest.raises(DataError, match="Expected a whole number"):
        accepted({"n": True}, known)
    got = accepted({"confidence_level": 1}, known)["confidence_level"]
    assert (got, type(got)) == (1.0, float)


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "\x1b[31m", "a\u2028b", "a\ud800b", "\u202eb"])
def test_control_characters_are_refused(known, text):
    with pytest.raises(DataError, match="control character"):
        accepted({"wave": text}, known)


@pytest.mark.parametrize(
    "text", ["it's", 'a"b', r"a\b", "{wave}", "Điện thoại", "a\u00a0b", "{{}}", "$(x)"]
)
def test_quotes_braces_and_vietnamese_pass_as_they_are(known, text):
    assert accepted({"wave": text}, known) == {"wave": text}


def test_text_is_short_and_a_path_may_be_longer(known):
    with pytest.raises(DataError, match="has 201 characters"):
        accepted({"wave": "x" * 201}, known)
    assert accepted({"study": "x" * 1000}, known)
    with pytest.raises(DataError, match="at most 1,000"):
        accepted({"study": "x" * 1001}, known)


def test_typed_values_become_the_type_declared(known):
    got = from_text(
        {"wave": "007", "confidence_level": "0.9", "n": "4", "fast": "Yes", "study": "no"}, known
    )
    assert got == {"wave": "007", "confidence_level": 0.9, "n": 4, "fast": True, "study": "no"}


@pytest.mark.parametrize(
    ("name", "text"), [("n", "4.5"), ("confidence_level", "high"), ("fast", "1"), ("n", "")]
)
def test_text_that_is_not_of_the_type_is_refused_with_what_was_expected(known, name, text):
    with pytest.raises(DataError, match=rf"{name} is '{text}'. Expected"):
        from_text({name: text}, known)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_a_number_is_finite(known, text):
    with pytest.raises(DataError, match="confidence_level"):
        from_text({"confidence_level": text}, known)
