"""Whether the providers' pages were there, and for how long they were not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carebench import audit
from carebench.finding import Skipped
from studies import study

HOURS = pd.date_range("2026-09-07T00:00Z", periods=24 * 7, freq="h")


def visits(down=(), *, provider="Sao Mai", verdict="server_error", fault="theirs", every=HOURS):
    return pd.DataFrame(
        {
            "provider": provider,
            "page": f"https://{provider.replace(' ', '').lower()}.example",
            "checked_at": every.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "verdict": [verdict if i in down else "up" for i in range(len(every))],
            "fault": [fault if i in down else "" for i in range(len(every))],
        }
    )


def asked(tmp_path, table):
    with study(tmp_path, page_checks=table) as care:
        return audit.pages(care)


def test_an_outage_of_one_day_makes_a_wider_interval_than_as_many_failures_spread(tmp_path):
    gathered = asked(tmp_path, visits(range(30, 44))).rows.iloc[0]
    scattered = np.random.default_rng(1).choice(168, 14, replace=False)
    spread = asked(tmp_path, visits(scattered)).rows.iloc[0]
    assert gathered["value"] == spread["value"] == pytest.approx(154 / 168)
    assert gathered["high"] - gathered["low"] > 2 * (spread["high"] - spread["low"])


def test_the_longest_failure_ends_with_the_next_good_visit(tmp_path):
    found = asked(tmp_path, visits([3, 10, 11, 12, 40]))
    assert found.rows["longest"].tolist() == ["3 h at most"]
    assert found.headline == "1 of 1 pages were not always there"


def test_a_failure_that_lasts_when_we_stop_says_so(tmp_path):
    found = asked(tmp_path, visits([5, 166, 167]))
    assert found.rows["longest"].tolist() == ["1 h or more: it lasted when we stopped"]


def test_our_own_failures_are_missing_and_never_theirs(tmp_path):
    found = asked(tmp_path, visits(range(20), verdict="no_address", fault="ours"))
    assert (found.rows["k"].tolist(), found.rows["n"].tolist()) == ([148], [148])
    assert any("20 failures of our own connection" in note for note in found.notes)


def test_where_every_failure_may_be_ours_nothing_is_claimed(tmp_path):
    table = visits(range(168), verdict="blocked", fault="unknown")
    assert isinstance(asked(tmp_path, table), Skipped)


def test_failures_that_nobody_can_judge_take_all_there_out_of_the_headline(tmp_path):
    found = asked(tmp_path, visits(range(84), verdict="read_timeout", fault="unknown"))
    assert found.headline == (
        "No page is known to have been away when visited, but 84 failures cannot be judged"
    )
    assert any("at no more than 50%" in note for note in found.notes)


def test_a_page_of_which_no_visit_can_be_judged_counts_in_the_lowest_share(tmp_path):
    dark = visits(range(168), provider="Đông Á", verdict="refused", fault="unknown")
    found = asked(tmp_path, pd.concat([visits(), dark], ignore_index=True))
    assert "All" not in found.headline
    assert any("at no more than 0%" in note for note in found.notes)


def test_visits_of_one_day_alone_give_no_interval(tmp_path):
    row = asked(tmp_path, visits([2], every=HOURS[:24])).rows.iloc[0]
    assert pd.isna(row["value"]) and row["n"] == 24


def test_each_kind_of_failure_is_named_with_its_number(tmp_path):
    first, second = visits([1, 2]), visits([5], verdict="refused")
    first["verdict"] = first["verdict"].where(second["verdict"].eq("up"), second["verdict"])
    first["fault"] = first["fault"].where(second["fault"].eq(""), second["fault"])
    found = asked(tmp_path, first).rows["failed"].iloc[0]
    assert found == "error of the server, 5xx (2), connection refused (1)"


def test_a_page_that_never_failed_is_known_by_days_and_not_by_visits(tmp_path):
    # 7 days without a failure: 1 - .025^(1/7) is .41 (Clopper & Pearson 1934); t makes it wider.
    row = asked(tmp_path, visits()).rows.iloc[0]
    assert row["value"] == 1 and row["low"] < 0.59
