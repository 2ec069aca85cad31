"""The twelve ways in which an audit most often misleads: each is refused, or cannot be written."""

from __future__ import annotations

import inspect
import json

import numpy as np
import pandas as pd
import pytest

from carebench import audit, loyalty
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.language import catalogue
from carebench.methods import restricted_mean, scores, waiting
from carebench.reporting.messages import package_messages
from carebench.reporting.tables import text_table
from conftest import ROOT
from studies import attempts, study

MONDAY = pd.Timestamp("2026-01-11T17:00Z")  # 00:00 in Hanoi
ZONE = 'wave = ""'


def _waits(firms: dict[str, int], answered: int, **columns) -> pd.DataFrame:
    """E-mails a firm, of which the first few are answered after an hour; watched for two days."""
    table = attempts({firm: (answered, n) for firm, n in firms.items()})
    sent = MONDAY + pd.to_timedelta(np.arange(len(table)) % 40, unit="h")
    hit = table["outcome"].eq("answered")
    return table.assign(
        sent_at=sent.astype(str),
        answered_at=(sent + pd.Timedelta(hours=1)).astype(str).where(hit, ""),
        observed_until=(sent + pd.Timedelta(hours=48)).astype(str),
        **columns,
    )


def test_1_a_share_without_its_count_is_no_table():
    rows = pd.DataFrame({"provider": ["A", "B"], "share": [0.2, 0.9]})
    labels, styles = {"provider": "provider", "share": "answered"}, {"share": "share"}
    with pytest.raises(ValueError, match="without its count"):
        text_table(Finding("league", rows, labels=labels, styles=styles))
    counted = rows.assign(n=[10, 10])
    assert text_table(Finding("x", counted, labels={**labels, "n": "n"}, styles=styles))


def test_2_the_unanswered_make_every_wait_longer(tmp_path):
    few, many = (_waits({"A": n}, 20) for n in (22, 60))
    measures = []
    for name, table in (("few", few), ("many", many)):
        (tmp_path / name).mkdir()
        with study(tmp_path / name, attempts=table) as care:
            found = [*records(audit.speed(care).rows), *records(audit.quartiles(care).rows)]
        measures.append({row["measure"]: from_row(row) for row in found})
    for measure, before in measures[0].items():
        after = measures[1][measure]
        limits = (before.low, before.high) != (after.low, after.high)
        assert after.value is None or after.value != before.value or limits, measure


def test_2_no_function_averages_the_answered_alone():
    names = [name for room in (waiting, restricted_mean, audit) for name in dir(room)]
    assert not [n for n in names if "mean" in n and "restricted" not in n]
    for function in (restricted_mean.restricted_mean, waiting.quantiles, waiting.answered_within):
        assert "answered" in inspect.signature(function).parameters


def test_3_an_automatic_reply_is_no_answer(tmp_path):
    table = _waits({"A": 10, "B": 10}, 0)
    table["outcome"] = "auto_ack_only"
    table["acknowledged_at"] = table["sent_at"]
    with study(tmp_path, attempts=table) as care:
        assert set(audit.by_group(care, "email").rows["value"]) == {0.0}
        assert "not reached" in from_row(records(audit.speed(care).rows)[0]).reason


def test_4_calls_in_office_hours_do_not_speak_for_the_week(tmp_path):
    hours = [h for h in range(168) if h // 24 < 5 and 8 <= h % 24 < 18] + list(range(0, 168, 7))
    sent = [str(MONDAY + pd.Timedelta(hours=h)) for h in hours]
    table = attempts({"A": (0, len(hours))}, "phone", sent_at=sent)
    office = [h // 24 < 5 and 8 <= h % 24 < 18 for h in hours]
    table["outcome"] = np.where(office, "answered", "no_answer")
    with study(tmp_path, attempts=table) as care:
        share = from_row(records(audit.answerable(care).rows)[0])
    assert share.low <= 50 / 168 <= share.high < np.mean(office)
    assert "weighted by hour of the week" in share.method


def test_5_attempts_at_firms_like_these_are_clustered_and_the_design_effect_is_said(tmp_path):
    firms = {f"F{i}": (k, 12) for i, k in enumerate((0, 1, 2, 11, 12, 6, 0, 12, 3, 9))}
    settings = '\n[audit]\nproviders_are = "sample"'
    with study(tmp_path, settings, attempts=attempts(firms)) as care:
        (row,) = records(audit.by_channel(care).rows)
    assert row["design_effect"] > 3
    assert row["high"] - row["low"] > 1.5 * 2 * 1.96 * np.sqrt(0.25 / 120)


def test_6_among_firms_that_are_all_alike_nobody_is_singled_out(tmp_path):
    rng = np.random.default_rng(7)
    said = 0
    for at in range(6):
        firms = {f"F{i:02d}": (int(rng.binomial(12, 0.5)), 12) for i in range(13)}
        folder = tmp_path / str(at)
        folder.mkdir()
        with study(folder, attempts=attempts(firms)) as care:
            said += audit.groups(care, "email").rows["verdict"].ne("not distinguishable").sum()
            index = audit.index(care)
            assert isinstance(index, Skipped) or "truly the best" not in " ".join(index.notes)
    assert said == 0


def test_7_not_distinguishable_comes_with_what_would_have_been_seen(tmp_path):
    with study(tmp_path, attempts=attempts({f"F{i}": (6, 12) for i in range(6)})) as care:
        notes = " ".join(audit.groups(care, "email").notes)
    assert "Not distinguishable is not the same" in notes and "points" in notes


def test_8_none_of_five_is_no_zero_and_no_sentence_confirms_24_7(tmp_path):
    with study(tmp_path, attempts=attempts({"A": (0, 5), "B": (0, 5)})) as care:
        (row, *_rest) = records(audit.by_group(care, "email").rows)
    assert row["value"] == 0 and row["high"] > 0.4
    assert not [m for m in package_messages() if "24/7" in m and "confirmed" in m.lower()]


def test_9_a_promoter_score_has_its_margin_or_is_withheld():
    assert scores.nps([10] * 30 + [0] * 19).value is None
    shown = scores.nps([10] * 60 + [0] * 40)
    assert shown.low < 0.2 * 100 < shown.high


def test_10_scores_come_as_shares_and_one_shopper_gives_no_reliability(tmp_path):
    made = attempts({"A": (8, 8), "B": (8, 8)}, shopper="S1")
    rated = pd.DataFrame(
        [
            {"attempt_id": attempt, "item": item, "score": score, "shopper": "S1"}
            for attempt, score in zip(made["attempt_id"], [1, 2, 3, 4, 5, 4, 3, 2] * 2, strict=True)
            for item in ("friendliness", "empathy")
        ]
    )
    with study(tmp_path, attempts=made, ratings=rated) as care:
        points, reliable = audit.points_of_service(care), audit.agreement(care)
    assert {from_row(row).unit for row in records(points.rows)} == {"share"}
    assert isinstance(reliable, Skipped) or reliable.rows["value"].isna().all()


def test_11_a_share_of_a_driver_is_never_called_an_effect(example):
    found = loyalty.drivers(example)
    words = f"{found.headline} {found.caption} {' '.join(found.notes)}"
    assert "not an effect" in words and not {"causes", "because of"} & set(words.split())
    assert {"low", "high"} <= set(found.rows) and found.rows["low"].notna().all()


def test_12_folk_claims_are_tested_or_called_untestable(example):
    for row in records(loyalty.claims(example).rows):  # an accounting average tests nothing
        assert row["incremental"] or row["verdict_5"] == "an average: tests nothing", row["base"]
    register = audit.claims_register(example)
    assert len(register.rows) > 15 and register.rows["verdict"].ne("").all()
    cells = json.loads((ROOT / "notebooks" / "02_service_audit.ipynb").read_text("utf-8"))["cells"]
    assert any("audit.claims_register(care)" in "".join(cell["source"]) for cell in cells)
    assert catalogue("vi")  # and both languages have it
