"""Complaints: what they are about, how bad, whether they come again, who spoke first."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from carebench import audit, figures
from carebench.audit.voices.incidents import _simultaneous
from carebench.finding import Skipped
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from conftest import EXAMPLE
from studies import attempts, study


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((EXAMPLE.parent / "truth.json").read_text("utf-8"))


def _log(n: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"incident_id": [f"i{i}" for i in range(n)]}).assign(**columns)


def _measure(answer, what: str) -> pd.Series:
    return answer.rows.set_index("what").loc[what]


# Reasons


def test_limits_are_exact_at_the_level_that_all_reasons_share():
    from statsmodels.stats.proportion import proportion_confint

    for k in (0, 1, 33, 108, 109):
        got = _simultaneous(k, 109, 8, 0.95)
        expected = proportion_confint(k, 109, alpha=0.05 / 8, method="beta")
        assert (got.low, got.high) == pytest.approx(expected, abs=1e-12)
        assert got.low <= got.value <= got.high


def test_limits_hold_for_all_reasons_at_once_as_often_as_they_say(truth):
    shares = np.array(list(truth["incidents"]["reasons"].values()))
    rng = np.random.default_rng(20140602)
    for n in (20, 30, 109, 400):
        drawn = rng.multinomial(n, shares, size=1500)
        limits = [_simultaneous(k, n, len(shares), 0.95) for k in range(n + 1)]
        low, high = (np.array([getattr(one, end) for one in limits]) for end in ("low", "high"))
        # A reason that nobody named has no row, so nothing is said of it.
        inside = (((low[drawn] <= shares) & (shares <= high[drawn])) | (drawn == 0)).all(axis=1)
        assert inside.mean() > 0.955, n


def test_reasons_stand_in_order_and_add_up_to_all(example, truth):
    rows = audit.complaint_reasons(example).rows
    assert set(rows["complaint"]) == set(truth["incidents"]["reasons"])
    assert rows["value"].is_monotonic_decreasing
    assert rows["value"].sum() == pytest.approx(1)
    assert rows["cumulative"].iloc[-1] == pytest.approx(1)
    assert rows["cumulative"].to_numpy() == pytest.approx(rows["value"].cumsum().to_numpy())
    assert (rows["serious"] <= rows["k"]).all()
    for reason, share in truth["incidents"]["reasons"].items():
        row = rows.set_index("complaint").loc[reason]
        assert row["low"] <= share <= row["high"], reason


@pytest.mark.parametrize(("first", "words"), [(60, "clearly the most frequent"), (22, "not known")])
def test_the_most_frequent_reason_is_named_only_where_it_is_known(tmp_path, first, words):
    reasons = ["late"] * first + ["rude"] * 20 + ["lost"] * 10
    answer = audit.complaint_reasons(study(tmp_path, incidents=_log(len(reasons), reason=reasons)))
    assert words in answer.headline


def test_many_rare_reasons_go_together_at_the_end(tmp_path):
    reasons = [f"r{i:02d}" for i in range(40)] + ["r00"] * 5
    rows = audit.complaint_reasons(study(tmp_path, incidents=_log(45, reason=reasons))).rows
    assert len(rows) == 16
    assert rows["complaint"].iloc[0] == "r00"
    assert rows["complaint"].iloc[-1] == "all other reasons" and rows["k"].iloc[-1] == 25


def test_a_complaint_without_a_reason_is_left_out_and_counted(tmp_path):
    answer = audit.complaint_reasons(
        study(tmp_path, incidents=_log(3, reason=["late", "late", ""]))
    )
    assert answer.rows["n"].iloc[0] == 2
    assert "give no reason: 1 incidents" in " ".join(answer.notes)


# How bad, again, first, settled


def test_severity_adds_up_and_who_spoke_first_agrees_with_the_truth(example, truth):
    answer = audit.incidents(example)
    severity = answer.rows[answer.rows["topic"] == "severity"]
    assert severity["value"].sum() == pytest.approx(1)
    most = truth["incidents"]["raised_by"]["most"]
    row = _measure(answer, "the customer")
    assert row["low"] - 0.05 <= most["customer"] <= row["high"]


def test_the_same_customer_again_is_found(tmp_path):
    log = _log(5, provider=list("AAABB"), customer=["c1", "c1", "c2", "c1", ""])
    row = _measure(
        audit.incidents(study(tmp_path, incidents=log)),
        "known customers who complained more than once",
    )
    assert (row["k"], row["n"]) == (1, 3)  # c1 of B is another firm's customer


def test_the_same_provider_and_reason_again_is_found(tmp_path):
    log = _log(5, provider=list("AAABB"), reason=["late", "late", "rude", "late", ""])
    row = _measure(
        audit.incidents(study(tmp_path, incidents=log)),
        "same provider and reason as an earlier incident",
    )
    assert (row["k"], row["n"]) == (1, 4)


def test_what_is_not_settled_waits_on(tmp_path):
    log = _log(
        8,
        occurred_at="2026-07-06",
        resolved_at=["2026-07-08", "2026-07-10", "", "", "", "", "", "2026-08-05"],
    )
    answer = audit.incidents(study(tmp_path, incidents=log))
    within = _measure(answer, "within 7 days")
    assert (within["k"], within["n"]) == (2, 8)
    assert pd.isna(_measure(answer, "days until half of all were settled")["value"])


def test_days_to_settle_agree_with_the_truth(example, truth):
    said = truth["incidents"]
    from statistics import NormalDist

    row = _measure(audit.incidents(example), "within 7 days")
    in_time = NormalDist().cdf(np.log(7.5 / said["median_days_to_settle"]) / 0.9)
    assert row["low"] <= said["settled"] * in_time <= row["high"]


def test_what_the_log_lacks_is_said(tmp_path):
    log = _log(4, severity=[1, 2, 3, 4])
    notes = " ".join(audit.incidents(study(tmp_path, incidents=log)).notes)
    for words in ("whether one complained again", "Who spoke first", "When they were settled"):
        assert words in notes


def test_a_bare_log_is_a_number_and_no_more(tmp_path):
    bare = study(tmp_path, incidents=_log(3))
    assert isinstance(audit.incidents(bare), Skipped)
    assert isinstance(audit.complaint_reasons(bare), Skipped)


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_incidents_are_shown_with_a_warning(tmp_path, n):
    log = _log(n, reason="late", severity=4, raised_by="public")
    care = study(tmp_path, incidents=log)
    for question in (audit.complaint_reasons, audit.incidents):
        table = text_table(question(care))
        assert "fewer than 5 incidents" in " ".join(table.notes)


def test_an_incident_of_another_wave_is_none_of_this_one(tmp_path):
    log = _log(3, reason="late", severity=1, wave="Q1")
    care = study(
        tmp_path, 'wave = "Q3"', incidents=log, attempts=attempts({"A": (1, 1)}, wave="Q3")
    )
    assert isinstance(audit.incidents(care), Skipped)
    assert isinstance(audit.complaint_reasons(care), Skipped)


def test_tables_fit_a_phone_and_the_figure_can_be_drawn(example):
    for question in (audit.complaint_reasons, audit.incidents):
        columns = text_table(question(example)).columns
        assert len(columns) <= 6
    drawn = _png(figures.plot_pareto, audit.complaint_reasons(example))
    assert drawn.startswith(b"\x89PNG")
