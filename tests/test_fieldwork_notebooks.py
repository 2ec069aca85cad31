"""The notebooks of shoppers and coders show their forms, in the language of the study."""

from __future__ import annotations

import json

import pytest

from carebench import language
from carebench.fieldwork.wave import wave_of
from carebench.study import load_study
from coded_waves import coded_wave
from conftest import ROOT
from field_studies import field_study
from test_capture import planned

pytest.importorskip("ipywidgets")
LEFT = {"en": "Left: 18.", "vi": "Còn lại: 18."}
NEXT = {"en": "Next call", "vi": "Cuộc gọi tiếp theo"}


@pytest.fixture(autouse=True)
def _in_english():
    yield
    language.use("en")


def shown(name, **parameters):
    """What the last code cell of a notebook shows, run as its reader runs it."""
    cells = json.loads((ROOT / f"notebooks/fieldwork/{name}.ipynb").read_text("utf-8"))["cells"]
    place = {}
    *before, last = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    exec(before.pop(0), place)
    place.update(parameters)
    *lines, final = last.strip().split("\n")
    exec("\n".join([*before, *lines]), place)
    return eval(final, place)


def words(widget):
    """All that a widget and those in it say."""
    own = [str(getattr(widget, name, "")) for name in ("description", "value", "placeholder")]
    return " ".join([*own, *(words(child) for child in getattr(widget, "children", ()))])


@pytest.mark.parametrize("code", ["en", "vi"])
def test_the_notebook_of_calls_shows_the_form(code, tmp_path):
    study, shopper, _clock = planned(tmp_path, language=code)
    assert NEXT[code] in words(shown("call", study=str(study.path), shopper=shopper))


@pytest.mark.parametrize("code", ["en", "vi"])
def test_the_notebook_of_coding_shows_the_items(code, tmp_path):
    with coded_wave(tmp_path) as (study, _journal):
        field_study(tmp_path, language=code)
        assert wave_of(load_study(study.path)) == wave_of(study)
        assert LEFT[code] in words(shown("code", study=str(study.path), coder="C1"))


def test_a_notebook_that_is_not_told_who_calls_asks(tmp_path):
    study, _shopper, _clock = planned(tmp_path)
    assert "one of s1, s2" in shown("call", study=str(study.path))
