"""Attempts added up in the engine are the same attempts that the audit asks in pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import studies
from carebench import open_study, queries
from carebench.audit import operator_counts
from carebench.audit.trials import selection, waits
from carebench.methods import waiting
from carebench.queries.attempts import EXACT_S, WIDTH
from conftest import EXAMPLE

QUARTERS = (0.25, 0.5, 0.75)


@pytest.fixture(scope="module")
def example():
    with open_study(EXAMPLE, tables=("providers", "attempts")) as care:
        yield care


def where(care):
    wave = care.large.text(care.study.wave) if care.study.wave else ""
    return queries.counting(care.columns("attempts"), wave)


def zone(care):
    """SQL of each provider's zone: its own, else the study's."""
    usual = care.large.text(care.study.zone)
    if "zone" not in care.columns("providers"):
        return usual
    listed = care.table("providers").drop_duplicates("provider").dropna(subset="zone")
    cases = [
        f"WHEN {care.large.text(name)} THEN {care.large.text(there)}"
        for name, there in zip(listed["provider"], listed["zone"], strict=True)
    ]
    return f"CASE provider {' '.join(cases)} ELSE {usual} END"


def by_group(rows):
    """The rows of each provider and channel, an unknown one as ""."""
    known = rows.assign(**{name: rows[name].astype("object") for name in ("provider", "channel")})
    return {
        (str(provider or ""), str(channel or "")): part
        for (provider, channel), part in known.fillna({"provider": "", "channel": ""}).groupby(
            ["provider", "channel"]
        )
    }


def hours_in_pandas(care):
    rows = selection.attempts(care)
    rows = rows[rows["sent_at"].notna()]
    clock = pd.DatetimeIndex(waits.local_times(care, rows, "sent_at"))
    rows = rows.assign(hour=clock.day_of_week * 24 + clock.hour)
    return {
        (*group, int(hour)): (len(part), int(part["answered"].sum()))
        for group, of_group in by_group(rows).items()
        for hour, part in of_group.groupby("hour")
    }


def in_the_engine(care, sql):
    """What the engine counted, by provider that the study lists and channel."""
    rows = care.large.frame(sql)
    return by_group(rows.assign(provider=selection.listed_provider(care, rows)))


def hours_in_the_engine(care):
    return {
        (*group, int(hour)): (int(counts["tried"]), int(counts["answered"]))
        for group, part in in_the_engine(
            care, queries.answered_by_hour(zone(care), where(care))
        ).items()
        for hour, counts in part.groupby("hour")[["tried", "answered"]].sum().iterrows()
    }


def each_wait(counts):
    """The waits of a life table one by one, and whether each ended in an answer."""
    known = counts[counts["wait"].notna()]
    times, answered, lost = (known[name].to_numpy() for name in ("wait", "answered", "lost"))
    return (
        np.repeat(np.concatenate([times, times]), np.concatenate([answered, lost])),
        np.repeat([True, False], [answered.sum(), lost.sum()]),
    )


def waits_in_pandas(care):
    found = {}
    for (provider, channel), part in by_group(selection.attempts(care)).items():
        of = waits.waits_of(part.assign(channel=channel), channel)
        size = 1 if of.unit == "seconds" else 3600
        found[provider, channel] = of.times * size, of.answered, of.untimed
    return found


def differing_hours(tmp_path):
    """Attempts at the edges: clocks that change, the week's end, faults, what nobody knows."""
    moments = ["2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-11-22T23:30Z", "2026-03-29T01:00Z"]
    kinds = [
        ("answered", "", 90.0, 300.0), ("answered", "theirs", 0.0, 300.0),
        ("answered", "ours", 5.0, 300.0), ("no_answer", "", None, 300.0),
        ("no_answer", "", None, None), ("busy", "", None, 10.0), ("bounced", "theirs", None, None),
        ("abandoned", "", None, 40.0), ("answered", "", None, 300.0),
        ("auto_ack_only", "", None, 7200.0),
    ]  # fmt: skip
    rows = [
        (provider, channel, outcome, fault, moment, answer, watched)
        for provider in ("Đông Á", "Beck & Söhne", None)
        for channel in ("phone", "email", None)
        for moment in moments
        for outcome, fault, answer, watched in kinds
    ]
    names = ["provider", "channel", "outcome", "fault", "sent_at", "answer", "watched"]
    table = pd.DataFrame(rows, columns=names)
    sent = pd.to_datetime(table["sent_at"])
    table["answered_at"] = sent + pd.to_timedelta(table.pop("answer"), "s")
    table["observed_until"] = sent + pd.to_timedelta(table.pop("watched"), "s")
    table.insert(0, "attempt_id", [f"A{i}" for i in range(len(table))])
    zones = {"provider": ["Đông Á", "Beck & Söhne"], "zone": ["Asia/Ho_Chi_Minh", "Europe/Berlin"]}
    return studies.study(tmp_path, attempts=table, providers=pd.DataFrame(zones))


def test_the_hours_of_the_week_are_those_of_the_audit(example):
    assert hours_in_the_engine(example) == hours_in_pandas(example)


def test_an_hour_is_that_of_the_providers_clock_though_it_changes(tmp_path):
    with differing_hours(tmp_path) as care:
        found = hours_in_the_engine(care)
        assert found == hours_in_pandas(care)
    # Both are 02:30 of a Sunday in Berlin, before and after the clock went back.
    assert found["Beck & Söhne", "phone", 6 * 24 + 2][0] == 18
    assert found["Đông Á", "phone", 6][0] == 9  # Monday, though UTC says Sunday


def test_quantiles_of_the_waits_come_out_as_in_pandas(example):
    found = in_the_engine(example, queries.waits(where(example)))
    expected = waits_in_pandas(example)
    assert found.keys() == expected.keys()
    for group, (times, answered, untimed) in expected.items():
        assert found[group].loc[found[group]["wait"].isna(), ["answered", "lost"]].sum().sum() == (
            untimed
        )
        for mine, theirs in zip(
            waiting.quantiles(*each_wait(found[group]), QUARTERS),
            waiting.quantiles(times, answered, QUARTERS),
            strict=True,
        ):
            assert (mine.value is None) == (theirs.value is None) and mine.n == theirs.n
            assert (mine.value or 0, mine.low, mine.high) == pytest.approx(
                (theirs.value or 0, theirs.low, theirs.high), rel=1e-9
            )


def test_quantiles_from_bins_are_too_long_by_at_most_a_bin(example):
    binned = in_the_engine(example, queries.waits_in_bins(where(example)))
    for group, (times, answered, _untimed) in waits_in_pandas(example).items():
        for mine, theirs in zip(
            waiting.quantiles(*each_wait(binned[group]), QUARTERS),
            waiting.quantiles(times, answered, QUARTERS),
            strict=True,
        ):
            assert (mine.value is None) == (theirs.value is None) and mine.n == theirs.n
            longest = max(1.0, (theirs.value or 0) * (np.exp(WIDTH) - 1))
            assert -1e-6 <= (mine.value or 0) - (theirs.value or 0) <= longest + 1e-6


def test_what_ended_what_was_lost_and_what_nobody_knows_are_kept_apart(tmp_path):
    with differing_hours(tmp_path) as care:
        expected = waits_in_pandas(care)
        for sql in (queries.waits(where(care)), queries.waits_in_bins(where(care))):
            found = in_the_engine(care, sql)
            assert found.keys() == expected.keys()
            for group, (times, answered, untimed) in expected.items():
                mine, ended = each_wait(found[group])
                order, theirs = np.lexsort((ended, mine)), np.lexsort((answered, times))
                assert mine[order] == pytest.approx(times[theirs])
                assert (ended[order] == answered[theirs]).all()
                unknown = found[group][found[group]["wait"].isna()]
                assert unknown[["answered", "lost"]].sum().sum() == untimed


def test_our_own_failures_and_other_waves_do_not_count():
    assert queries.counting(()) == "TRUE"
    assert "ours" in queries.counting(("fault",)) and "wave" not in queries.counting(("wave",))
    assert queries.counting(("wave",), "'2026'") == "wave = '2026'"


def test_bins_hold_many_waits_in_few_rows(tmp_path):
    generator = np.random.default_rng(3)
    n = 50_000
    sent = pd.Timestamp("2026-01-05T00:00Z") + pd.to_timedelta(generator.random(n) * 6e6, "s")
    wait = np.exp(generator.normal(9, 2, n))
    table = pd.DataFrame(
        {
            "attempt_id": [f"A{i}" for i in range(n)],
            "provider": "P",
            "channel": "email",
            "outcome": np.where(wait < 86400, "answered", "no_answer"),
            "sent_at": sent,
            "answered_at": (sent + pd.to_timedelta(wait, "s")).where(wait < 86400),
            "observed_until": sent + pd.Timedelta(days=1),
        }
    )
    table.to_parquet(tmp_path / "attempts.parquet")
    (tmp_path / "study.toml").write_text(
        'title = "T"\nzone = "UTC"\n[tables.attempts]\npath = "attempts.parquet"\n'
    )
    with open_study(tmp_path / "study.toml") as care:
        binned = care.large.frame(queries.waits_in_bins(where(care)))
    assert len(binned) < EXACT_S + np.log(86400 / EXACT_S) / WIDTH + 5
    for mine, share in zip(
        waiting.quantiles(*each_wait(binned), (0.1, 0.25, 0.5)), (0.1, 0.25, 0.5), strict=True
    ):
        truth = np.quantile(np.where(wait < 86400, wait, np.inf), share, method="inverted_cdf")
        assert truth - 1e-3 <= mine.value <= truth * np.exp(WIDTH) + 1


ADDED_UP = """
title = "T"
zone = "UTC"
[tables.counts]
sql = '''
SELECT provider, channel, strftime(sent_at, '%Y-%m') AS period, count(*) AS offered,
  count(*) FILTER (outcome = 'answered') AS answered,
  count(*) FILTER (outcome = 'abandoned') AS abandoned,
  count(*) FILTER (outcome = 'answered' AND answered_at <= sent_at + INTERVAL 20 SECOND)
    AS answered_within_limit
FROM 'attempts.parquet' WHERE coalesce(fault, '') <> 'ours' GROUP BY ALL
'''
"""


def test_attempts_too_many_for_their_own_table_can_be_added_up_in_the_study_file(tmp_path):
    table = studies.attempts({"A": (3, 4), "B": (1, 4)}, "phone")
    table["sent_at"] = pd.Timestamp("2026-11-02T08:00:00")
    answer = table["sent_at"] + pd.to_timedelta([5, 15, 30, 0, 10, 0, 0, 0], "s")
    table["answered_at"] = answer.where(table["outcome"].eq("answered"))
    table["fault"] = ["ours", *[None] * 7]
    table.to_parquet(tmp_path / "attempts.parquet")
    (tmp_path / "study.toml").write_text(ADDED_UP)
    with open_study(tmp_path / "study.toml") as care:
        rows = care.table("counts").set_index("provider")
        found = operator_counts(care).rows
    assert rows["offered"].to_dict() == {"A": 3, "B": 4}
    assert rows["answered_within_limit"].to_dict() == {"A": 1, "B": 1}
    assert found["value"].iloc[0] == pytest.approx(3 / 7)
