"""A study file that is wrong says where, what the key means and what was expected."""

from __future__ import annotations

import pytest

from carebench.audit.ranking.parts_of_index import PARTS
from carebench.schema import DataError
from carebench.study import load_study, seconds
from carebench.study.checks import PARTS_OF_INDEX
from conftest import EXAMPLE

GOOD = """
title = "Thử nghiệm"
wave = "2026-Q3"
confidence_level = 0.9
zone = "Asia/Ho_Chi_Minh"

[tables.attempts]
path = "attempts.csv"
columns = { provider = "Firm" }
values = { outcome = { Yes = "answered" } }
missing = [-99, ""]

[audit]
service_level = { email = "24 h", phone = "60 s" }
"""


def _load(tmp_path, text, **overrides):
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return load_study(path, **overrides)


def test_a_good_study_is_read_whole(tmp_path):
    study = _load(tmp_path, GOOD)
    assert study.title == "Thử nghiệm" and study.confidence_level == 0.9
    assert study.tables["attempts"].columns == {"provider": "Firm"}
    assert study.tables["attempts"].missing == (-99, "")
    assert study.audit.service_level["phone"] == "60 s"
    assert study.root == tmp_path.resolve()


def test_the_example_study_is_good():
    assert load_study(EXAMPLE).simulated


def test_overrides_replace_keys_and_empty_ones_do_not(tmp_path):
    study = _load(tmp_path, GOOD, wave="2026-Q1", language="", confidence_level=0.0)
    assert (study.wave, study.language, study.confidence_level) == ("2026-Q1", "en", 0.9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("wave =", "wawe ="), ["line 3", "'wawe'", "Did you mean 'wave'?"]),
        (('title = "Thử nghiệm"', ""), ["'title' is missing", "name of the study"]),
        (("0.9", '"high"'), ["line 4", "confidence_level", "of every interval", "a number"]),
        (("0.9", "95"), ["confidence_level is 95", "0.95"]),
        (("Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Min"), ["zone", "Did you mean 'Asia/Ho_Chi_Minh'?"]),
        (("tables.attempts", "tables.attempt"), ["attempt", "Did you mean 'attempts'?"]),
        (("path =", "pth ="), ["line 8", "tables.attempts.pth", "Did you mean 'path'?"]),
        (('path = "attempts.csv"', ""), ["either `path`", "or `sql`"]),
        (("provider =", "providr ="), ["names 'providr'", "Did you mean 'provider'?"]),
        (('missing = [-99, ""]', "missing = 5"), ["values that mean empty", "a list"]),
        (('"24 h"', '"a day"'), ["'a day' is no length of time", "'24 h'"]),
        (("[audit]", "[audit"), ["no valid TOML"]),
        (('title = "Thử nghiệm"', "title = 5"), ["title is 5", "text in quotes"]),
        (('"2026-Q3"', '"2026-Q3"\ncurrency = "dong"'), ["currency", "ISO 4217"]),
        (('"2026-Q3"', '"2026-Q3"\nlanguage = "vn"'), ["language is 'vn'", "'en', 'vi'"]),
        (('"24 h", phone', '"24 h", telephone'), ["'telephone'", "no channel"]),
        (("[audit]", "[segmentation]\ntier_cut_offs = [5, 20, 50]\n[audit]"), ["[0.05, 0.2, 0.5]"]),
        (('Yes = "answered"', 'Yes = "anwered"'), ["'anwered'", "Did you mean 'answered'?"]),
        (("missing =", 'date_format = "dd/mm/yyyy"\nmissing ='), ["marked by %"]),
        (("missing =", 'delimiter = "; "\nmissing ='), ["one character"]),
        (("missing =", "scales = { provider = [7, 1] }\nmissing ="), ["lowest and its highest"]),
    ],
)
def test_a_wrong_study_says_what_is_wrong_and_what_to_do(tmp_path, change, words):
    with pytest.raises(DataError) as error:
        _load(tmp_path, GOOD.replace(*change, 1))
    for word in words:
        assert word in str(error.value)


def test_a_missing_study_names_those_that_are_there(tmp_path):
    (tmp_path / "audit.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(DataError, match=r"no study file .*audit\.toml"):
        load_study(tmp_path / "study.toml")
    with pytest.raises(DataError, match="is a folder"):
        load_study(tmp_path)


def test_a_study_in_another_encoding_is_refused_in_words(tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes('title = "Thử"'.encode("utf-16"))
    with pytest.raises(DataError, match="not UTF-8"):
        load_study(path)


def test_kinds_of_file_follow_from_their_names(tmp_path):
    for name, kind in {
        "a.csv": "csv", "a.txt.gz": "csv", "b.XLSX": "xlsx", "c.parquet": "parquet",
        "d.sqlite": "sqlite", "e.duckdb": "duckdb",
    }.items():  # fmt: skip
        study = _load(tmp_path, GOOD.replace("attempts.csv", name))
        assert study.tables["attempts"].kind == kind


def test_lengths_of_time():
    assert [seconds(t) for t in ("60 s", "1.5 min", "24h", "7 d")] == [60, 90, 86400, 604800]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("equivalence_margin = 15", "such as 0.15 for 15 points"),
        ('holidays = ["17.02.2026"]', "Expected days as YYYY-MM-DD"),
        ('contents = { humane = ["empathy"] }', "Did you mean 'human'?"),
        ('contents = { human = ["empathy", "empathy"] }', "more than once"),
        ("weights = { hours = -1 }", "Expected 0 or more"),
        ("weights = { hour = 1 }", "Did you mean 'hours'?"),
        ('business_hours = "always"', "business_hours.*Expected 24/7"),
    ],
)
def test_a_parameter_of_the_audit_that_cannot_be_meant_is_refused(tmp_path, line, words):
    with pytest.raises(DataError, match=words):
        _load(tmp_path, f"{GOOD}{line}\n")


def test_a_margin_of_points_is_not_taken_for_a_share(tmp_path):
    text = GOOD.replace("[audit]", "[loyalty]\nmargin_points = 0.05\n[audit]")
    with pytest.raises(DataError, match=r"margin_points is 0\.05\. Expected a number from 1 to 50"):
        _load(tmp_path, text)


def test_the_parts_that_may_be_weighted_are_those_of_the_index():
    assert set(PARTS_OF_INDEX) == set(PARTS)


def test_words_may_be_written_as_true_or_as_numbers(tmp_path):
    text = GOOD.replace("values = {", 'values = { resolved = { "Rồi" = true, K = false, x = 1 },')
    words = _load(tmp_path, text).tables["attempts"].values["resolved"]
    assert words == {"Rồi": "yes", "K": "no", "x": "1"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("population.segment = { a = -0.1, b = 0.6, c = 0.5 }", "holds a = -0.1. Expected"),
        ("population.segment = { a = nan, b = 1.0 }", "holds a = nan. Expected"),
        ("population.segment = { a = 0.6, b = 0.6 }", "adds up to 1.2. Expected"),
        ("population.segment = {}", "adds up to 0. Expected"),
        ("margin = 28", "Expected a number from 0 to 1. 28 % is 0.28."),
    ],
)
def test_shares_that_cannot_be_meant_are_named(tmp_path, given, said):
    with pytest.raises(DataError) as error:
        _load(tmp_path, f"{GOOD}\n[loyalty]\n{given}\n")
    assert said in str(error.value)
