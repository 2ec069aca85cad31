"""Planned against done, on plans whose fate is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carebench import audit, open_study
from carebench.estimate import records
from carebench.fieldwork.export import export
from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.plan import lock_plan, make_plan
from carebench.finding import Finding, Skipped
from carebench.language import use
from carebench.study import load_study
from field_studies import field_study
from studies import attempts, study

PROVIDERS = ("Alder", "Birch")
DUE = pd.Timestamp("2026-11-30T02:00:00Z")


def plan(n=20, **columns):
    """A plan of n e-mails and n calls at each of two providers, all made."""
    rows = [
        {"attempt_id": f"{channel}{provider}{i:02d}", "provider": provider, "channel": channel}
        for channel in ("email", "phone")
        for provider in PROVIDERS
        for i in range(n)
    ]
    table = pd.DataFrame(rows).assign(state="made", **columns)
    table["due_at"] = [DUE + pd.Timedelta(hours=13 * i) for i in range(len(table))]
    return table


def made(planned, late=None):
    """The attempts of those planned that were made, some so many hours late by their name."""
    rows = planned[planned["state"].eq("made")]
    hours = rows["attempt_id"].map(late or {}).fillna(0.0)
    return pd.DataFrame(
        {
            "attempt_id": rows["attempt_id"],
            "provider": rows["provider"],
            "channel": rows["channel"],
            "outcome": "no_answer",
            "sent_at": rows["due_at"] + pd.to_timedelta(hours, unit="h"),
        }
    )


def asked(folder, planned, tried):
    with study(folder, planned=planned, attempts=tried) as care:
        found = audit.planned_and_done(care)
    assert isinstance(found, Finding)
    return found, {row["channel"]: row for row in records(found.rows)}


def test_a_plan_that_was_made_in_full_and_in_time_is_said_to_be(tmp_path):
    planned = plan()
    found, rows = asked(tmp_path, planned, made(planned))
    assert list(rows) == ["e-mail", "phone", "all channels"]
    assert (rows["e-mail"]["k"], rows["e-mail"]["n"]) == (40, 40)
    assert rows["all channels"]["on_time"] == "100% (80 of 80)"
    assert "Of 80 attempts that were planned, 80 were made (100%)" in found.headline
    assert "as balanced as the plan" in found.headline
    assert pd.isna(rows["phone"]["low"])  # a count of all there are has no interval


def test_every_fate_of_an_attempt_is_counted_once(tmp_path):
    planned = plan(replaced_by=None)
    phone = planned.index[planned["channel"].eq("phone")]
    planned.loc[phone[:3], "state"] = "not_made"
    planned.loc[phone[3:5], "state"] = "cancelled"
    planned.loc[phone[5:6], "state"] = "unplaced"
    planned.loc[phone[5:6], "due_at"] = pd.NaT
    planned.loc[phone[0], "replaced_by"] = "anew"
    tried = pd.concat(
        [made(planned), made(planned).head(1).assign(attempt_id="anew")], ignore_index=True
    )
    found, rows = asked(tmp_path, planned, tried)
    row = rows["phone"]
    assert (row["k"], row["n"]) == (34, 40)
    fates = ("replaced", "not_made", "called_off", "unplaced")
    assert [row[name] for name in fates] == [1, 2, 2, 1]
    assert row["k"] + sum(row[name] for name in fates) == 40
    assert not any("stand in no plan" in note for note in found.notes)
    assert any("counted as replaced, not as made" in note for note in found.notes)


def test_an_attempt_whose_replacement_was_not_made_either_was_not_made(tmp_path):
    planned = plan(replaced_by=None)
    planned.loc[0, ["state", "replaced_by"]] = ["not_made", "anew"]
    _found, rows = asked(tmp_path, planned, made(planned))
    assert (rows["e-mail"]["replaced"], rows["e-mail"]["not_made"]) == (0, 1)


def test_attempts_at_another_hour_than_planned_are_told(tmp_path):
    planned = plan()
    late = {"emailAlder00": 5.0, "emailAlder01": -3.0, "emailBirch02": 1.5, "phoneAlder03": 0.9}
    found, rows = asked(tmp_path, planned, made(planned, late))
    assert rows["e-mail"]["on_time"] == "92% (37 of 40)"
    assert rows["phone"]["on_time"] == "100% (40 of 40)"
    assert any("3 attempts were made more than an hour" in note for note in found.notes)
    assert any("by more than 3.0 h" in note for note in found.notes)


def test_what_was_not_made_at_one_provider_spoils_the_balance(tmp_path):
    planned = plan(persona=["small", "big"] * 40)
    birch = planned.index[planned["provider"].eq("Birch")]
    planned.loc[birch[:10], "state"] = "not_made"
    found, _rows = asked(tmp_path, planned, made(planned))
    assert "uneven by provider" in found.headline
    assert "persona" not in found.headline  # five of each persona: even
    assert any("by provider, from 75% (Birch) to 100% (Alder)" in note for note in found.notes)


def test_a_persona_that_was_left_out_spoils_the_balance(tmp_path):
    planned = plan(persona=["small", "big"] * 40)
    small = planned.index[planned["persona"].eq("small")]
    planned.loc[small[:20:2], "state"] = "not_made"
    planned.loc[small[20::4], "state"] = "not_made"
    found, _rows = asked(tmp_path, planned, made(planned))
    assert "persona" in found.headline


def test_nights_that_were_left_out_spoil_the_balance(tmp_path):
    planned = plan(40)
    local = planned["due_at"].dt.tz_convert("Asia/Ho_Chi_Minh").dt.hour
    dark = planned["channel"].eq("phone") & ((local >= 22) | (local < 6))
    planned.loc[dark, "state"] = "not_made"
    found, _rows = asked(tmp_path, planned, made(planned))
    assert "part of the week (phone)" in found.headline
    assert "provider" not in found.headline
    assert any("from 0% (weekday nights)" in note for note in found.notes)


def test_a_kind_of_hour_that_was_left_out_spoils_the_balance(tmp_path):
    planned = plan(any_hour=["yes", "no", "no", "no"] * 20)
    planned.loc[planned["any_hour"].eq("yes"), "state"] = "not_made"
    found, _rows = asked(tmp_path, planned, made(planned))
    assert "kind of hour" in found.headline
    assert any("0% (any hour of the week) to 100% (usual hours)" in note for note in found.notes)


def test_what_chance_left_out_of_many_providers_is_not_called_uneven(tmp_path):
    rng = np.random.default_rng(3)
    names = pd.Series([f"P{i:02d}" for i in range(13)] * 12)
    called = 0
    for n in range(20):
        planned = plan(39).assign(provider=names)
        planned["state"] = np.where(rng.random(len(planned)) < 0.1, "not_made", "made")
        folder = tmp_path / str(n)
        folder.mkdir()
        found, _rows = asked(folder, planned, made(planned))
        called += "uneven" in found.headline
    assert called <= 3  # of 20 at .05 over all sides


def test_attempts_of_a_later_week_at_their_hour_are_in_time(tmp_path):
    planned = plan()
    late = {"emailAlder00": 168.0, "emailAlder01": 336.5, "emailBirch02": 170.0}
    found, rows = asked(tmp_path, planned, made(planned, late))
    assert rows["e-mail"]["on_time"] == "98% (39 of 40)"
    assert any("3 attempts were made in another week" in note for note in found.notes)
    assert any("1 attempts were made more than an hour" in note for note in found.notes)


def test_attempts_of_which_nobody_knows_what_came_are_told(tmp_path):
    planned = plan()
    tried = made(planned).iloc[3:]
    codings = pd.DataFrame(
        {"attempt_id": ["call1", tried["attempt_id"].iloc[0]], "item": ["a", "b"],
         "machine": "unsure", "drawn": "unsure"}
    )  # fmt: skip
    with study(tmp_path, planned=planned, attempts=tried, codings=codings) as care:
        found = audit.planned_and_done(care)
    assert any("not known what came, and which are in no share: 4" in note for note in found.notes)
    assert not any("were made is not known" in note for note in found.notes)


def test_attempts_that_nobody_planned_are_told(tmp_path):
    planned = plan()
    tried = pd.concat([made(planned), attempts({"Alder": (1, 2)})], ignore_index=True)
    found, _rows = asked(tmp_path, planned, tried)
    assert any("2 attempts of the wave stand in no plan" in note for note in found.notes)


def test_a_plan_without_times_says_that_they_are_not_known(tmp_path):
    planned = plan().drop(columns="due_at")
    found, rows = asked(tmp_path, planned, made(plan()))
    assert rows["phone"]["on_time"] == "not known"
    assert any("When 80 of those made were made is not known" in note for note in found.notes)


def test_a_study_without_a_plan_skips_the_question_in_words(tmp_path):
    with study(tmp_path, attempts=attempts({"Alder": (1, 2)})) as care:
        found = audit.planned_and_done(care)
    assert isinstance(found, Skipped)
    assert "planned" in found.reason


def test_a_plan_of_another_wave_is_not_taken_for_this_one(tmp_path):
    planned = plan(wave="2026-Q3")
    tried = made(planned).assign(wave="2026-Q4")
    with study(tmp_path, 'wave = "2026-Q4"', planned=planned, attempts=tried) as care:
        found = audit.planned_and_done(care)
    assert isinstance(found, Skipped)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_it_can_be_read_in_both_languages(tmp_path, language):
    planned = plan()
    use(language)
    with study(tmp_path, planned=planned, attempts=made(planned)) as care:
        found = audit.planned_and_done(care)
    assert isinstance(found, Finding)
    assert "80" in found.headline


def test_a_plan_that_was_locked_and_exported_is_reported_as_it_is(tmp_path):
    rare = {"fieldwork.channels.email.gap": "6 d"}
    path = field_study(tmp_path, **rare)
    known = load_study(path)
    whole = make_plan(known)
    wave = lock_plan(known, whole)
    with open_journal(wave.journal) as journal:
        with journal.transaction() as connection:
            connection.execute("UPDATE probes SET state = 'cancelled' WHERE number = 1")
        export(known, journal, wave)
    table = str(wave.tables / "planned.csv")
    again = field_study(tmp_path, **rare, **{"tables.planned.path": table})
    with open_study(again) as care:
        found = audit.planned_and_done(care)
    assert isinstance(found, Finding)
    rows = {row["channel"]: row for row in records(found.rows)}
    every = rows["all channels"]
    assert every["n"] == len(whole.probes) + len(whole.unplaced) == 51
    assert every["unplaced"] == len(whole.unplaced) > 0
    assert every["called_off"] == sum(probe.number == 1 for probe in whole.probes)
    assert every["k"] == 0


# Where the stop rule ended the calls of a day


def _long_wait(minutes: float):
    """Five calls a day at each of two providers; Alder's second on the first day waits."""
    rows = [
        {"attempt_id": f"{provider}{day}{hour}", "provider": provider, "channel": "phone",
         "state": "made", "due_at": DUE + pd.Timedelta(days=day, hours=hour)}
        for provider in PROVIDERS
        for day in range(3)
        for hour in range(5)
    ]  # fmt: skip
    planned = pd.DataFrame(rows)
    tried = made(planned)
    tried["observed_until"] = tried["sent_at"] + pd.Timedelta(minutes=1)
    long = tried["attempt_id"].eq("Alder01")
    tried.loc[long, "observed_until"] += pd.Timedelta(minutes=minutes)
    return planned, tried


def test_the_report_says_when_a_long_queue_ended_the_calls_of_a_day(tmp_path):
    planned, tried = _long_wait(10.0)
    stopped = tried["attempt_id"].isin(["Alder02", "Alder03"])
    tried.loc[stopped, "sent_at"] += pd.Timedelta(weeks=1)
    tried.loc[stopped, "observed_until"] += pd.Timedelta(weeks=1)
    planned.loc[planned["attempt_id"].eq("Alder04"), "state"] = "cancelled"
    tried = tried[tried["attempt_id"].ne("Alder04")].assign(answered_at=None)
    with study(tmp_path, planned=planned, attempts=tried) as care:
        for question in (audit.planned_and_done, audit.speed, audit.by_channel):
            notes = " ".join(question(care).notes)
            assert "After a wait of more than 10 min" in notes
            assert "such days: 1). Planned calls put off so: 3 (Alder 3); 2 of them" in notes
            assert "1 never" in notes


@pytest.mark.parametrize("minutes", [5.0, 10.0])
def test_calls_that_were_all_made_on_their_day_were_not_put_off(tmp_path, minutes):
    planned, tried = _long_wait(minutes)
    with study(tmp_path, planned=planned, attempts=tried) as care:
        assert "put off" not in " ".join(audit.planned_and_done(care).notes)
