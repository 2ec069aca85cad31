"""The register of claims: every claim of the sources, its status, and this study's own figure."""

from __future__ import annotations

import pandas as pd
import pytest

from carebench import audit, language
from carebench.audit.register.evidence import EVIDENCE, Count
from carebench.audit.register.register import _judged
from carebench.audit.register.verdicts import STATUS
from carebench.estimate import records
from carebench.published import claims
from carebench.reporting.tables import text_table
from studies import attempts, study


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
    assert rows["website"]["found"] == "11 of 13"  # counted, so without an interval
    assert rows["website"]["verdict"] == "the same by count"
    assert rows["calls-unanswered"]["claimed_value"] == 0.62
    assert "published without a number" in rows["emails-answered"]["status"]
    # One provider answers some calls at night: less often than by day is not never.
    assert rows["not-24-7"]["found"] == "12 of 13 that could be told"
    assert rows["not-24-7"]["verdict"] == "cannot tell"


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
    [(5, 0, "borne out"), (4, 1, "cannot tell"), (1, 0, "too few providers")],
)
def test_a_provider_without_a_gap_contradicts_nothing(tmp_path, silent, answering, verdict):
    care = study(tmp_path, attempts=_round_the_clock(silent, answering))
    row = _by_claim(care)["not-24-7"]
    assert (row["k"], row["n"]) == (silent, silent + answering)
    assert row["verdict"] == verdict


def test_whoever_answers_half_of_the_night_is_not_said_to_be_away(tmp_path):
    day = attempts({f"P{at}": (38, 40) for at in range(6)}, "phone", sent_at="2026-01-05T05:00:00Z")
    night = attempts({f"P{at}": (15, 30) for at in range(6)}, "phone",
                     sent_at="2026-01-05T19:00:00Z")  # fmt: skip
    table = pd.concat([day, night], ignore_index=True)
    row = _by_claim(study(tmp_path, attempts=table.assign(attempt_id=range(len(table)))))
    assert row["not-24-7"]["found"] == "0 of 6 that could be told"
    assert row["not-24-7"]["verdict"] == "cannot tell"


def test_a_provider_called_twice_at_night_could_not_be_told(tmp_path):
    day = attempts({f"P{at}": (2, 4) for at in range(6)}, "phone", sent_at="2026-01-05T05:00:00Z")
    night = attempts({f"P{at}": (0, 1) for at in range(6)}, "phone", sent_at="2026-01-05T19:00:00Z")
    table = pd.concat([day, night], ignore_index=True)
    row = _by_claim(study(tmp_path, attempts=table.assign(attempt_id=range(len(table)))))
    assert row["not-24-7"]["verdict"] == "cannot tell"
    assert "too few calls" in row["not-24-7"]["found"]


def test_calls_of_the_night_alone_judge_no_claim_on_calls(tmp_path):
    night = attempts({"A": (0, 40), "B": (0, 40)}, "phone", sent_at="2026-01-05T19:00:00Z")
    row = _by_claim(study(tmp_path, attempts=night))["calls-unanswered"]
    assert row["verdict"] == "cannot tell" and pd.isna(row["value"])


def test_more_attempts_do_not_make_every_channel_answer(tmp_path):
    # One in ten is answered by every provider on every channel: tried ever more often, each of
    # them answers at least once.
    hours = pd.date_range("2026-01-05", periods=168, freq="h", tz="UTC")
    parts = [
        attempts({"A": (17, 168), "B": (17, 168)}, channel)
        for channel in ("phone", "email", "chat", "social")
    ]
    table = pd.concat(parts, ignore_index=True)
    table["sent_at"] = [hours[at * 5 % 168].isoformat() for at in range(len(table))]
    row = _by_claim(study(tmp_path, attempts=table))["any-channel"]
    assert row["verdict"] == "contradicted"
    assert row["high"] < 0.2


def test_the_verdict_on_equal_care_is_that_of_the_table_of_equal_care(example):
    row = _by_claim(example)["same-for-everyone"]
    headline = audit.equal_care(example).headline
    assert row["verdict"] == "contradicted" and "Trâu Xanh" in row["found"]
    assert headline.startswith("Treated worse")


def test_scores_of_the_answered_say_nothing_of_requests_never_answered(example):
    assert _by_claim(example)["poor-service"]["verdict"] == "cannot tell"


@pytest.mark.parametrize(
    ("kind", "value", "count", "verdict"),
    [
        ("above", 0.5, Count(7, 10, 13), "borne out by count"),
        ("above", 0.5, Count(6, 10, 13), "cannot tell"),  # 6 to 9 of 13
        ("above", 0.5, Count(3, 10, 12), "contradicted by count"),
        ("above", 0.5, Count(5, 10, 10), "contradicted by count"),  # half is not more than half
        ("below", 1 / 3, Count(3, 10, 13), "cannot tell"),  # 3 to 6 of 13
        ("below", 1 / 3, Count(3, 13, 13), "borne out by count"),
        ("equals", 1 / 3, Count(3, 10, 10), "the same by count"),  # 3 of 10 comes nearest
        ("equals", 1 / 3, Count(3, 10, 13), "cannot tell"),
        ("equals", 1 / 3, Count(8, 10, 13), "higher by count"),
        ("equals", 0.8, Count(2, 10, 13), "lower by count"),
    ],
)
def test_a_count_is_judged_whatever_the_silent_would_say(kind, value, count, verdict):
    assert _judged(kind, value, count) == verdict


def test_the_headline_adds_up_no_verdicts(example):
    headline = audit.claims_register(example).headline
    assert "bears out" not in headline and "contradict" not in headline


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
