"""Attempts added up in the engine are the same attempts that the audit asks in pandas."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest

import studies
from carebench import audit, open_study, queries
from carebench.audit import operator_counts
from carebench.audit.trials import calls, scores, selection, waits, whole, whole_waits
from carebench.methods import coverage
from carebench.reporting import export as exporting
from carebench.reporting import show_study
from carebench.schema import CHANNELS, DataError
from carebench.sources import readers, sampled
from conftest import EXAMPLE


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
    channel = rows["channel"].map(dict(enumerate(CHANNELS)))
    return by_group(rows.assign(provider=selection.listed_provider(care, rows), channel=channel))


def hours_in_the_engine(care):
    return {
        (*group, int(hour)): (int(counts["tried"]), int(counts["answered"]))
        for group, part in in_the_engine(
            care, queries.answered_by_hour(zone(care), where(care))
        ).items()
        for hour, counts in part.groupby("hour")[["tried", "answered"]].sum().iterrows()
    }


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


def test_our_own_failures_and_other_waves_do_not_count():
    assert queries.counting(()) == "TRUE"
    assert "ours" in queries.counting(("fault",)) and "wave" not in queries.counting(("wave",))
    assert queries.counting(("wave",), "'2026'") == "wave = '2026'"


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


# More attempts than memory holds

HELD, MADE = 1_000, 3_000


@pytest.fixture
def held(monkeypatch):
    monkeypatch.setattr(sampled, "HELD", HELD)


def many(*, seed=8, n=MADE, wave="w2", first=0):
    """Attempts of three providers by three channels, some of them failures of our own."""
    rng = np.random.default_rng(seed)
    provider = rng.choice(["Beta", "Gamma", "Đông Á"], n, p=[0.2, 0.3, 0.5])
    chance = pd.Series(provider).map({"Beta": 0.35, "Gamma": 0.5, "Đông Á": 0.7})
    came = rng.random(n) < chance
    begin = pd.Timestamp("2026-10-05T00:00Z" if wave == "w2" else "2026-04-06T00:00Z")
    sent = begin + pd.to_timedelta(rng.integers(0, 21 * 86400, n), "s")
    return pd.DataFrame(
        {
            "attempt_id": [f"A{i:06d}" for i in range(first, first + n)],
            "provider": provider,
            "channel": rng.choice(["phone", "email", "chat"], n),
            "outcome": np.where(came, "answered", "no_answer"),
            "wave": wave,
            "shopper": rng.choice(["s1", "s2", "s3"], n),
            "sent_at": sent,
            "answered_at": (sent + pd.to_timedelta(rng.exponential(300, n), "s")).where(came),
            "observed_until": sent + pd.Timedelta(hours=1),
            "fault": rng.choice(["ours", "theirs", ""], n, p=[0.05, 0.05, 0.9]),
        }
    )


def names(**columns):
    return pd.DataFrame({"provider": ["Beta", "Gamma", "Đông Á"], **columns})


ZONES = ["Europe/Berlin", "Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Minh"]
WAVE = 'wave = "w2"'
HOLIDAY = f'{WAVE}\n[audit]\nholidays = ["2026-10-07"]\nnight = "21:30-06:15"'


def by_e_mail(care):
    return audit.by_group(care, "email")


def opened(folder, settings=WAVE, table=None, **more):
    folder.mkdir(exist_ok=True)
    table = many() if table is None else table
    return studies.study(folder, settings, attempts=table, providers=names(zone=ZONES), **more)


def test_a_study_of_more_attempts_than_memory_holds_opens_and_says_so(tmp_path, held, capsys):
    with opened(tmp_path) as care:
        assert care.n_rows("attempts") == MADE and care.sampled("attempts") == (HELD, MADE)
        assert len(care.table("attempts")) == len(care.current("attempts")) == HELD
        assert care.sampled("providers") is None and care.sampled("survey") is None
        show_study(care)
        assert "contact attempts 1,000 at random of 3,000" in capsys.readouterr().out
        assert "Of 3,000 attempts 1,000, drawn at random" in audit.answer(care)[-1]
        assert "3,000 attempts" in audit.audited(care).headline


def test_nothing_is_sampled_where_memory_holds_all(tmp_path, capsys):
    with opened(tmp_path) as care:
        assert care.sampled("attempts") is None and whole.basis(care) == ""
        assert len(care.table("attempts")) == MADE
        assert care.table("attempts")["attempt_id"].is_monotonic_increasing  # as in the file
        show_study(care)
        assert "contact attempts 3,000" in capsys.readouterr().out


def test_the_sample_is_the_same_whatever_the_order_of_the_rows(tmp_path, held):
    table = many()
    shuffled = table.sample(frac=1, random_state=3)
    with (
        opened(tmp_path / "a", table=table) as one,
        opened(tmp_path / "b", table=shuffled) as other,
    ):
        pd.testing.assert_frame_equal(one.current("attempts"), other.current("attempts"))


def test_parquet_and_a_query_of_it_are_held_as_the_same_sample(tmp_path, held):
    with opened(tmp_path) as care:
        expected = care.current("attempts")
    many().to_parquet(tmp_path / "attempts.parquet")
    for source in ('path = "attempts.parquet"', "sql = \"FROM 'attempts.parquet'\""):
        text = f'title = "T"\nzone = "UTC"\nwave = "w2"\n[tables.attempts]\n{source}\n'
        (tmp_path / "other.toml").write_text(text)
        with open_study(tmp_path / "other.toml") as care:
            pd.testing.assert_frame_equal(care.current("attempts"), expected)


def test_all_attempts_are_checked_and_not_only_those_drawn(tmp_path, held):
    table = many()
    table.loc[table.index[:40], "attempt_id"] = "A000050"
    table.loc[table.index[100:130], "outcome"] = "perhaps"
    table.loc[table.index[200:205], "answered_at"] = table["sent_at"].min() - pd.Timedelta(days=1)
    with opened(tmp_path, table=table) as care:
        found = care.problems.counts.set_index(["column", "action"])["n"]
        assert found["attempt_id", "row not used"] == 40
        assert found["outcome", "row not used"] == 30
        assert found["answered_at", "value treated as missing"] == 5
        assert care.n_rows("attempts") == MADE - 70


@pytest.mark.parametrize("settings", [WAVE, HOLIDAY])
def test_what_is_counted_is_counted_over_all_attempts(tmp_path, monkeypatch, settings):
    questions = (
        *(audit.by_channel, by_e_mail, audit.week, audit.answerable, audit.audited),
        *(audit.speed, audit.quartiles),
    )
    table = pd.concat([many(), many(seed=9, n=500, wave="w1", first=MADE)])
    table.loc[table.index[:20], "provider"] = "Nobody"
    with opened(tmp_path, settings, table) as care:
        before = [question(care) for question in questions]
    monkeypatch.setattr(sampled, "HELD", HELD)
    with opened(tmp_path, settings, table) as care:
        assert care.sampled("attempts") == (HELD, MADE)
        after = [question(care) for question in questions]
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one.rows, other.rows)
        assert one.headline == other.headline
        assert any("drawn at random" in note for note in other.notes)


def test_rates_by_provider_and_channel_are_those_of_all_attempts(tmp_path, held):
    table = many()
    counted = table[table["fault"].ne("ours")].assign(k=table["outcome"].eq("answered"))
    with opened(tmp_path, table=table) as care:
        for channel, part in counted.groupby("channel"):
            expected = part.groupby("provider")["k"].agg(["sum", "size"])
            found = whole.answered(care, channel).set_index("provider")
            assert found["k"].to_dict() == expected["sum"].to_dict()
            assert found["n"].to_dict() == expected["size"].to_dict()


def test_counts_in_the_engine_are_those_of_the_rows_in_memory(example):
    rows = selection.attempts(example)
    for channel in ("", "phone", "email"):
        part = rows[rows["channel"].eq(channel)] if channel else rows
        expected = (
            part[part["provider"].notna()].groupby("provider")["answered"].agg(["sum", "size"])
        )
        found = whole.answered(example, channel).set_index("provider")
        assert found["k"].to_dict() == expected["sum"].to_dict()
        assert found["n"].to_dict() == expected["size"].to_dict()
    usual = calls.ordinary(calls.calls(example))
    for together in (False, True):
        made = usual.drop(columns="provider") if together else usual
        expected = calls.tally(made, made["minute"] // 60, coverage.HOURS)
        found = whole.calls_by_hour(example, together=together)
        assert found.providers == expected.providers
        assert (found.tried == expected.tried).all()
        assert (found.answered == expected.answered).all()
    dark = coverage.at_night(usual["minute"] / 60, calls.night(example))
    for part, found in zip(
        (usual[~dark], usual[dark]), whole.calls_by_day_and_night(example), strict=True
    ):
        assert selection.overall_of(example, found) == selection.overall(example, part)


def test_waits_counted_in_the_engine_are_those_of_the_rows_in_memory(tmp_path):
    with differing_hours(tmp_path) as care:
        for channel in ("phone", "email"):
            rows = selection.attempts(care)
            one = waits.waits_of(rows[rows["channel"].eq(channel)], channel)
            all_of_them = whole_waits.whole_waits(care, channel)
            for name in ("unit", "ended", "rang_out", "untimed", "untimed_share",
                         "unwatched_share", "by_minute", "n", "watched"):  # fmt: skip
                assert getattr(one, name) == getattr(all_of_them, name), name
            for mine, theirs in (
                (one.times, all_of_them.times),
                (one.gave_up, all_of_them.gave_up),
            ):
                assert np.sort(mine).tolist() == (
                    np.sort(np.repeat(theirs, all_of_them.counts)).tolist()
                )


def test_waits_too_many_to_count_one_by_one_come_out_too_long_by_a_bin_at_most(
    tmp_path, held, monkeypatch
):
    with opened(tmp_path) as care:
        exact = audit.quartiles(care)
    monkeypatch.setattr(whole_waits, "MAX_ROWS", 10)
    with opened(tmp_path / "again") as care:
        binned = audit.quartiles(care)
    assert any("taken together" in note for note in binned.notes)
    assert not any("taken together" in note for note in exact.notes)
    for name in ("value", "low", "high"):
        known = exact.rows[name].notna() & np.isfinite(exact.rows[name])
        longer = binned.rows.loc[known, name] - exact.rows.loc[known, name]
        assert (longer >= -1e-9).all() and longer.gt(0).any()
        assert (longer <= 1e-3 * exact.rows.loc[known, name] + 0.1).all()


def test_an_interval_from_the_sample_holds_the_share_of_all_as_often_as_it_says(tmp_path, held):
    table = many(n=20_000)
    table["scenario"] = np.random.default_rng(4).integers(0, 40, len(table)).astype(str)
    with opened(tmp_path, table=table) as care:
        rows = selection.attempts(care)
        hits = 0
        for scenario, part in rows.groupby("scenario", observed=True):
            mine = table["scenario"].eq(scenario) & table["fault"].ne("ours")
            truth = table.loc[mine, "outcome"].eq("answered").mean()
            found = selection.rate(care, int(part["answered"].sum()), len(part))
            assert found.n == len(part)
            hits += found.low <= truth <= found.high
    assert hits >= 34  # of 40 at 95 %: fewer come once in 600 times


def test_a_wave_is_sampled_by_itself_and_a_small_one_not_at_all(tmp_path, held):
    table = pd.concat([many(), many(seed=9, n=300, wave="w1", first=MADE)])
    with opened(tmp_path, table=table) as care:
        (earlier,) = care.earlier
        assert care.sampled("attempts") == (HELD, MADE) and earlier.sampled("attempts") is None
        assert len(care.current("attempts")) == HELD and len(earlier.current("attempts")) == 300
        assert care.current("attempts")["wave"].eq("w2").all()
    with pytest.raises(DataError, match=r"no table has the wave 'w3'.*w1, w2"):
        opened(tmp_path, 'wave = "w3"', table)


def test_a_report_on_one_provider_says_whose_attempts_are_a_sample(tmp_path, held):
    with opened(tmp_path, f'{WAVE}\nprovider = "Beta"') as care:
        n = care.n_current("attempts")
        assert n < HELD and care.sampled("attempts") is None  # its own are all held
        others = care.sampled("attempts", field=True)
        assert others == (HELD, MADE - n) and len(care.field("attempts")) == HELD
        assert "attempts at the others 1,000, drawn at random" in whole.basis(care)


def test_ratings_of_attempts_that_are_not_held_count(tmp_path, held):
    table = many()
    rated = pd.DataFrame({"attempt_id": table["attempt_id"], "item": "tone", "score": 4})
    with opened(tmp_path, ratings=rated) as care:
        expected = int((table["fault"] != "ours").sum())
        assert scores.sums(care)["contacts"].sum() == expected > HELD


def test_the_ratings_of_an_earlier_wave_are_its_own(tmp_path):
    table = pd.concat([many(n=60), many(seed=9, n=90, wave="w1", first=60)])
    rated = pd.DataFrame({"attempt_id": table["attempt_id"], "item": "tone",
                          "score": table["wave"].map({"w1": 2, "w2": 5})})  # fmt: skip
    with opened(tmp_path, table=table, ratings=rated) as care:
        now, then = scores.sums(care), scores.sums(care.earlier[0])
        assert now["k"].sum() == now["n"].sum() == (table["wave"].eq("w2")
                                                    & table["fault"].ne("ours")).sum()  # fmt: skip
        assert then["k"].sum() == 0
        assert then["n"].sum() == (table["wave"].eq("w1") & table["fault"].ne("ours")).sum()


def test_an_export_says_that_attempts_are_a_sample(tmp_path, held, monkeypatch):
    books = {stem: book for stem, book in exporting._notebooks().items() if stem.startswith("02")}
    monkeypatch.setattr(exporting, "_notebooks", lambda: books)
    with opened(tmp_path):
        pass
    exporting.export(tmp_path / "study.toml", out=tmp_path / "out")
    stated = pd.read_csv(tmp_path / "out" / "provenance.csv").set_index("name")["value"]
    assert "Of 3,000 attempts 1,000, drawn at random" in stated["Sample"]


def test_a_database_may_hold_any_number_of_attempts_but_not_of_ratings(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "MAX_ROWS", 10)
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as database:
        database.execute("CREATE TABLE attempts (attempt_id TEXT, outcome TEXT)")
        database.execute("CREATE TABLE ratings (attempt_id TEXT, item TEXT)")
        for table in ("attempts", "ratings"):
            rows = [(str(i), "busy") for i in range(20)]
            database.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
        database.commit()
    for table in ("attempts", "ratings"):
        text = f'[tables.{table}]\npath = "a.sqlite"\ntable = "{table}"\n'
        (tmp_path / f"{table}.toml").write_text(f'title = "T"\nzone = "UTC"\n{text}')
    with open_study(tmp_path / "attempts.toml") as care:
        assert care.n_rows("attempts") == 20
    with pytest.raises(DataError, match="more than 10 rows"):
        open_study(tmp_path / "ratings.toml")
