"""A report limited to one provider names no other, and gives none of their rows away."""

from __future__ import annotations

import datetime as dt
import json
import re
import zipfile

import pandas as pd
import pytest

from carebench import audit, open_study
from carebench.reporting.brand import _warn, read
from carebench.reporting.export import export
from carebench.reporting.provenance import earlier_fingerprints, facts, fingerprints, sha256
from carebench.reporting.report import report
from carebench.resources import folder
from carebench.sources.field import naming
from carebench.study import load_study
from conftest import EXAMPLE
from studies import attempts, study, write_study
from test_scorecard import ONE, _named, others  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("lasting_workers")
COUNTS = {"Own": (2, 9), "Quartz Tamarind": (2, 9), "Rùa Bay": (2, 9), "B": (1, 2)}
OTHERS = set(COUNTS) - {"Own"}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Every text of the limited pages, their manifests and their export."""
    out = tmp_path_factory.mktemp("limited")
    stems = ("02_service_audit", "03_loyalty")
    results = report(
        EXAMPLE, out=out / "pages", parameters={"provider": ONE}, say=lambda line: None,
        notebooks=[folder("notebooks") / f"{stem}.ipynb" for stem in stems],
    )  # fmt: skip
    assert [result.failure for result in results] == ["", ""]
    export(EXAMPLE, out=out / "tables", parameters={"provider": ONE}, identified=True)
    texts = {p.name: p.read_text("utf-8-sig") for s in ("html", "json", "csv")
             for p in out.rglob(f"*.{s}")}  # fmt: skip
    with zipfile.ZipFile(out / "tables" / "tables.xlsx") as book:
        texts |= {name: book.read(name).decode("utf-8", "replace") for name in book.namelist()}
    return texts


def _told_by(file: str, column: str) -> set[str]:
    """What a file of the example says in a column, in rows that are not the provider's."""
    rows = pd.read_csv(EXAMPLE.parent / file, dtype="string")
    return set(rows.loc[rows["provider"].ne(ONE).fillna(False), column].dropna())


def test_nothing_published_of_one_provider_tells_of_another(published):
    truth = json.loads((EXAMPLE.parent / "truth.json").read_text(encoding="utf-8"))
    known = {firm["name"] for wave in truth["providers"].values() for firm in wave}
    secrets = (known - {ONE}) | _told_by("attempts.csv", "provider")
    for file in ("attempt", "mention", "incident"):
        secrets |= _told_by(f"{file}s.csv", f"{file}_id")
    assert len(secrets) > 1000 and {name.rpartition(".")[2] for name in published} >= {
        "html", "json", "csv", "xml",
    }  # fmt: skip
    for name, text in published.items():
        words = re.sub(r"data:image/[^\"]+", "", text).casefold()  # a picture may spell any code
        assert not {secret for secret in secrets if secret.casefold() in words}, name


def test_no_file_of_an_export_names_another_provider(published, others):  # noqa: F811
    texts = [text for name, text in published.items() if name.endswith(".csv")]
    assert texts
    assert not _named(texts, others)


def test_only_problems_of_the_providers_own_rows_are_listed(tmp_path):
    made = attempts(COUNTS, sent_at="2026-07-06T03:00:00Z")
    made.loc[[1, 12, 13], "outcome"] = ["own fault", "secret 12", "secret 13"]
    scores = pd.DataFrame({"attempt_id": made["attempt_id"], "item": "empathy", "score": 4})
    scores.loc[[2, 14], "score"] = [77, 88]
    with open_study(write_study(tmp_path, 'provider = "Own"', ratings=scores, attempts=made)) as c:
        rows, counts = c.problems.rows, c.problems.counts
    listed = [("attempts", 3, "own fault"), ("ratings", 4, "77")]
    assert sorted(zip(rows["table"], rows["row"], rows["value"], strict=True)) == listed
    # Of others two outcomes and one score; and three ratings of attempts that are not used.
    assert counts.set_index("table")["n"].to_dict()["other or unknown providers"] == 6
    assert counts["n"].sum() == 8


def test_a_repeated_key_or_a_broken_line_of_another_is_only_counted(tmp_path):
    made = attempts(COUNTS)
    made.loc[12, "attempt_id"] = made.loc[11, "attempt_id"]
    path = write_study(tmp_path, 'provider = "Own"', attempts=made)
    with (tmp_path / "attempts.csv").open("a", encoding="utf-8") as file:
        file.write("x9,M0127,email,answered,I0032\n")
    with open_study(path) as care:
        assert care.problems.rows.empty
        assert care.problems.counts["n"].tolist() == [2]


def test_a_study_of_all_providers_lists_every_problem(tmp_path):
    made = attempts(COUNTS)
    made.loc[[1, 12], "outcome"] = ["own fault", "secret 12"]
    problems = study(tmp_path, attempts=made).problems
    assert problems.rows["value"].tolist() == ["own fault", "secret 12"]
    assert problems.counts["table"].tolist() == ["attempts"]


@pytest.mark.parametrize("text", [
    "quartz_tamarind.csv", "rua-bay.csv", "Rua.Bay", "QUARTZ TAMARIND’s page", "call_b.csv",
    "Quartz&nbsp;Tamarind", "quartz%20tamarind", "\uff32ua bay",
])  # fmt: skip
def test_a_name_is_found_however_a_file_spells_it(text):
    assert naming([text], OTHERS, "Own") == [text]


@pytest.mark.parametrize("text", ["attempts.csv", "about bees", "Own page", "own.csv", ""])
def test_words_without_a_name_pass(text):
    assert naming([text], OTHERS, "Own") == []


def test_a_name_without_letters_is_compared_as_it_is_written():
    assert naming(["", "-", "a b", "++ shop", "x"], {"++", "-"}) == ["-", "++ shop"]
    assert naming(["A+", "a shop", "A-"], {"A-"}, "A+") == ["A-"]


def test_words_of_its_own_rows_that_name_another_are_withheld(tmp_path):
    made = attempts(COUNTS, platform="Own page", persona="buyer", shopper="S1")
    made.loc[0, ["platform", "persona", "shopper"]] = ["Quartz-Tamarind page", "ex Rua Bay", "B"]
    told = pd.DataFrame({"incident_id": ["I1", "I2"], "provider": ["Own", "Own"],
                         "reason": ["cheaper at quartz_tamarind", "late"]})  # fmt: skip
    listed = pd.DataFrame({"provider": list(COUNTS), "channels": "email; Rùa Bay chat"})
    care = study(tmp_path, 'provider = "Own"', attempts=made, incidents=told, providers=listed)
    kept = care.table("attempts")
    assert kept.loc[0, ["platform", "persona", "shopper"]].tolist() == ["…"] * 3
    assert kept["platform"].value_counts().to_dict() == {"Own page": 8, "…": 1}
    assert care.table("incidents")["reason"].tolist() == ["…", "late"]
    assert care.table("providers")["channels"].isna().all()
    assert kept["attempt_id"].str.startswith("email").all()


def test_provenance_of_one_provider_names_tables_and_no_file(tmp_path):
    calls = tmp_path / "calls"
    calls.mkdir()
    for i, part in enumerate(("quartz_tamarind", "own")):
        made = attempts(COUNTS).assign(attempt_id=lambda t, i=i: t["attempt_id"] + str(i))
        made.to_csv(calls / f"{part}.csv", index=False)
    text = 'title = "x"\nzone = "UTC"\n[tables.attempts]\npath = "calls/*.csv"\n'
    (tmp_path / "rua-bay.toml").write_text(text, encoding="utf-8")
    limited = load_study(tmp_path / "rua-bay.toml", provider="Own")
    found = dict(fingerprints(limited))
    assert list(found) == ["study file", "table attempts (2 files)"]
    (calls / "own.csv").write_text("changed", encoding="utf-8")
    assert (
        dict(fingerprints(limited))["table attempts (2 files)"] != found["table attempts (2 files)"]
    )
    whole = [name for name, _ in fingerprints(load_study(tmp_path / "rua-bay.toml"))]
    assert whole == ["rua-bay.toml", "calls/own.csv", "calls/quartz_tamarind.csv"]


def test_provenance_of_one_provider_numbers_the_earlier_studies(tmp_path):
    older = tmp_path / "quartz_tamarind"
    older.mkdir()
    made = attempts(COUNTS)
    path = write_study(tmp_path, 'provider = "Own"', attempts=made)
    earlier = write_study(older, attempts=made)
    against = f"w1;{earlier}"
    limited = load_study(path)
    found = earlier_fingerprints(limited, against)
    assert found == [
        ("earlier study 1: study file", sha256(earlier)),
        ("earlier study 1: table attempts", sha256(older / "attempts.csv")),
    ]
    stated = dict(facts(limited, {"against": against}, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    assert stated["Parameters"] == "against = w1; earlier study 1"


BRAND = """
[brand]
client = "Rùa-Bay JSC"
author = "We"
introduction = "Of one firm."
conclusions = "Worse than **Quartz** Tamarind."
replies = { Own = "We try.", "Rùa Bay" = "We try harder." }
"""


def test_words_of_a_brand_that_name_another_are_left_out_and_said_once(tmp_path, capsys):
    _warn.cache_clear()
    path = write_study(tmp_path, BRAND, attempts=attempts(COUNTS))
    for _twice in range(2):
        one = read(load_study(path, provider="Own"))
    assert (one.client, one.author, one.conclusions) == ("", "We", "")
    assert (one.introduction, one.replies) == ("Of one firm.", {"Own": "We try."})
    said = capsys.readouterr().err
    assert said.count("warning") == 1 and "brand.client, brand.conclusions name another" in said
    whole = read(load_study(path))
    assert whole.client == "Rùa-Bay JSC" and len(whole.replies) == 2
    assert capsys.readouterr().err == ""


def test_a_reply_that_names_another_is_left_out(tmp_path, capsys):
    _warn.cache_clear()
    text = '\n[brand]\nreplies = { Own = "Ask Quartz Tamarind!" }\n'
    path = write_study(tmp_path, text, attempts=attempts(COUNTS))
    assert read(load_study(path, provider="Own")).replies == {}
    assert "brand.replies.Own" in capsys.readouterr().err


def test_shoppers_are_letters_to_the_firm_they_audited(tmp_path):
    made = attempts(COUNTS)
    made["shopper"] = [f"Ngoc{i % 3}" for i in range(len(made))]
    scores = [{"attempt_id": a, "item": "empathy", "score": 1 + (i * j) % 5, "shopper": f"Ngoc{j}"}
              for i, a in enumerate(made["attempt_id"]) for j in range(3)]  # fmt: skip
    care = study(tmp_path, 'provider = "Own"', attempts=made, ratings=pd.DataFrame(scores))
    load, told = audit.shopper_load(care), audit.shoppers(care)
    assert sorted(load.rows["shopper"]) == sorted(told.rows["shopper"]) == ["A", "B", "C"]
    assert "Ngoc" not in "".join(map(str, (told.headline, told.alt, *told.notes)))
    assert any("Letters stand for the shoppers" in note for note in load.notes)


def test_shoppers_keep_their_codes_in_a_report_on_all(tmp_path):
    care = study(tmp_path, attempts=attempts(COUNTS, shopper="Ngoc"))
    found = audit.shopper_load(care)
    assert found.rows["shopper"].tolist() == ["Ngoc"]
    assert not any("Letters" in note for note in found.notes)


def test_a_shoppers_code_is_no_problem_to_be_shown(tmp_path):
    made = attempts(COUNTS, shopper="ngoc")
    made.loc[0, "shopper"] = "NGOC"
    rows = study(tmp_path, 'provider = "Own"', attempts=made).problems.rows
    assert rows["value"].tolist() == ["…"]
