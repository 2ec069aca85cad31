"""The register of claims: every claim of the sources, its status, and this study's own figure."""

from __future__ import annotations

import pandas as pd
import pytest

from carebench import audit, language, open_study
from carebench.audit.evidence import EVIDENCE
from carebench.audit.register import STATUS
from carebench.estimate import records
from carebench.published import claims
from carebench.reporting.tables import text_table
from conftest import EXAMPLE
from studies import attempts, study


@pytest.fixture(scope="module")
def example():
    with open_study(EXAMPLE, tables=audit.TABLES) as care:
        yield care


def _by_claim(care):
    return {row["claim_id"]: row for row in records(audit.claims_register(care).rows)}


def test_every_claim_of_notebook_02_has_its_evidence_and_every_evidence_its_claim():
    assert set(EVIDENCE) == set(claims("02")["id"])
    assert set(claims("02")["status"]) | set(claims("03")["status"]) <= set(STATUS)


def test_the_example_speaks_to_every_claim(example):
    rows = _by_claim(example)
    assert all(row["measured"] for row in rows.values())
    assert len(text_table(audit.claims_register(example)).columns) == 5


def test_the_famous_figures_stand_beside_the_studys_own(example):
    rows = _by_claim(example)
    assert rows["website"]["found"] == "85% (11 of 13)"  # counted, so without an interval
    assert rows["website"]["verdict"] == "the same by count"
    assert rows["calls-unanswered"]["claimed_value"] == 0.62
    assert "published without a number" in rows["emails-answered"]["status"]
    assert rows["not-24-7"]["verdict"] == "borne out by count"


@pytest.mark.parametrize(
    ("answered", "verdict"),
    [(47, "not distinguishable"), (80, "clearly above"), (10, "clearly below")],
)
def test_a_published_share_is_judged_by_our_interval_alone(tmp_path, answered, verdict):
    care = study(tmp_path, attempts=attempts({"A": (answered, 100)}))
    assert _by_claim(care)["emails-answered"]["verdict"] == verdict


@pytest.mark.parametrize(
    ("answered", "verdict"), [(10, "borne out"), (90, "contradicted"), (50, "cannot tell")]
)
def test_most_means_more_than_half(tmp_path, answered, verdict):
    table = attempts({"A": (answered, 100)})
    table["resolved"] = (table["outcome"] == "answered").map({True: "yes", False: "no"})
    assert _by_claim(study(tmp_path, attempts=table))["not-helped"]["verdict"] == verdict


def test_four_attempts_judge_nothing(tmp_path):
    rows = _by_claim(study(tmp_path, attempts=attempts({"A": (0, 4)}, resolved="no")))
    for claim in ("emails-answered", "not-helped"):
        assert rows[claim]["verdict"] == "too few attempts"


def test_what_was_not_measured_says_so_and_is_judged_by_nothing(tmp_path):
    care = study(tmp_path, attempts=attempts({"A": (5, 9)}))
    row = _by_claim(care)["care-is-key"]
    assert (row["found"], row["verdict"]) == ("not measured here", "–")
    assert not row["supported"] and not row["contradicted"]


def test_a_study_without_any_evidence_still_lists_the_claims(tmp_path):
    care = study(tmp_path, providers=pd.DataFrame({"provider": ["A"]}))
    found = audit.claims_register(care)
    assert len(found.rows) == len(claims("02"))
    assert "measured none" in found.headline


def _round_the_clock(silent: int, answering: int) -> pd.DataFrame:
    """Calls at providers of which some never answer at night and the others always do."""
    by_day = {f"P{at}": (20, 20) for at in range(silent + answering)}
    at_night = {f"P{at}": (0 if at < silent else 9, 9) for at in range(silent + answering)}
    day = attempts(by_day, "phone", sent_at="2026-01-05T05:00:00Z")
    night = attempts(at_night, "phone", sent_at="2026-01-05T19:00:00Z")
    table = pd.concat([day, night], ignore_index=True)
    return table.assign(attempt_id=range(len(table)))


@pytest.mark.parametrize(
    ("silent", "answering", "verdict"),
    [(5, 0, "borne out by count"), (4, 1, "cannot tell"), (1, 0, "too few providers")],
)
def test_a_provider_without_a_gap_contradicts_nothing(tmp_path, silent, answering, verdict):
    care = study(tmp_path, attempts=_round_the_clock(silent, answering))
    row = _by_claim(care)["not-24-7"]
    assert (row["k"], row["n"]) == (silent, silent + answering)
    assert row["verdict"] == verdict


def test_what_providers_say_of_themselves_is_counted_and_the_clients_word_left_out(tmp_path):
    maturity = pd.DataFrame(
        {
            "provider": ["A", "B", "C", "Me"],
            "asked": ["provider"] * 3 + ["client"],
            "clear_measure": ["yes", "no", "no", "yes"],
        }
    )
    row = _by_claim(study(tmp_path, maturity=maturity))["clear-measure"]
    assert (row["k"], row["n"]) == (1, 3)
    assert pd.isna(row["low"])


def test_the_claims_speak_the_readers_language(tmp_path):
    care = study(tmp_path, attempts=attempts({"A": (5, 9)}))
    language.use("vi")
    found = audit.claims_register(care)
    assert found.rows["claim"].iloc[0] == "11 trên 13 nhà cung cấp có website"
