"""The form beside the telephone: each press once, on the disk at once, and nothing ever lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.contact import stop_contact
from carebench.fieldwork.phone import capture
from carebench.fieldwork.phone.capture import Form, Sentence, call_form
from carebench.fieldwork.phone.stamps import (
    BUTTONS,
    ENDED,
    MENU,
    PERSON,
    QUEUE,
    RINGING,
    Result,
    Stamps,
    attempt_of,
    check,
    replayed,
)
from carebench.fieldwork.phone.taking import Taking
from carebench.fieldwork.plan import lock_plan, locked_probes, make_plan
from carebench.schema import TABLES, DataError
from carebench.study import load_study
from conftest import EXAMPLE, ROOT
from field_studies import PHONES, field_study
from journals import signed

START = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at

    def after(self, seconds):
        self.at += timedelta(seconds=seconds)
        return self.at


def planned(tmp_path, **changes):
    """A study whose plan is locked, a shopper with calls, and a clock at the first of them."""
    study = load_study(field_study(tmp_path, **changes))
    wave = lock_plan(study, make_plan(study))
    calls = [probe for probe in locked_probes(wave) if probe.channel == "phone"]
    return signed(study), calls[0].shopper, Clock(calls[0].due)


@pytest.fixture
def taken(tmp_path):
    study, shopper, clock = planned(tmp_path)
    taking = Taking(study, shopper, now=clock)
    assert taking.next() is not None
    return taking, clock


def rows(taking, query, *values):
    with open_journal(taking.wave.journal) as journal:
        return [dict(row) for row in journal.rows(query, *values)]


def state(taking, token):
    return rows(taking, "SELECT state FROM probes WHERE token = ?", token)[0]["state"]


def made(taking, clock, *presses, result):
    for stage, seconds in presses:
        clock.after(seconds)
        assert taking.press(stage)
    return taking.save(result)


ANSWERED = ((RINGING, 1), (MENU, 5), (QUEUE, 20), (PERSON, 60), (ENDED, 120))


def test_the_form_dials_what_is_due_and_nothing_before(tmp_path):
    study, shopper, clock = planned(tmp_path)
    clock.after(-1)
    taking = Taking(study, shopper, now=clock)
    assert taking.next() is None
    assert taking.next_due() == clock.after(1)
    assert taking.next().due == clock.at
    assert taking.recipient in PHONES


def test_a_call_becomes_one_record_in_the_words_of_the_table(taken):
    taking, clock = taken
    token, begun = taking.probe.token, clock.at
    result = Result("answered", resolved=True, scores={"empathy": 4}, note="they were kind")
    assert made(taking, clock, *ANSWERED, result=result)
    (record,) = rows(taking, "SELECT * FROM records")
    attempt = json.loads(record["attempt"])
    assert (record["source"], record["record"], record["token"]) == ("capture", token, token)
    assert set(attempt) <= {column.name for column in TABLES["attempts"].columns}
    times = {name: datetime.fromisoformat(attempt[name]) - begun for name in
             ("sent_at", "acknowledged_at", "answered_at", "observed_until")}  # fmt: skip
    assert [time.total_seconds() for time in times.values()] == [1, 6, 86, 206]
    assert (attempt["outcome"], attempt["resolved"], attempt["suspected"]) == (
        "answered", "yes", "no")  # fmt: skip
    assert attempt["label_source"] == "person" and "fault" not in attempt
    (probe,) = rows(taking, "SELECT * FROM probes WHERE token = ?", token)
    assert probe["state"] == "done" and probe["sent_utc"] == attempt["sent_at"]
    (rating,) = rows(taking, "SELECT * FROM ratings")
    assert (rating["attempt_id"], rating["item"], rating["score"]) == (token, "empathy", 4)


def test_a_note_is_kept_in_the_journal_and_not_in_what_is_handed_over(taken):
    taking, clock = taken
    result = Result("answered", note="the queue music was loud")
    made(taking, clock, *ANSWERED, result=result)
    assert "music" not in rows(taking, "SELECT attempt FROM records")[0]["attempt"]
    assert rows(taking, "SELECT detail FROM events WHERE kind = 'note'")[0]["detail"]


def test_a_button_pressed_twice_stamps_once(taken):
    taking, clock = taken
    assert taking.press(RINGING)
    first = taking.stamps
    clock.after(3)
    assert not taking.press(RINGING)
    assert taking.stamps == first
    assert len(rows(taking, "SELECT * FROM events WHERE kind = 'pressed'")) == 1


def test_a_call_saved_twice_is_one_record(taken):
    taking, clock = taken
    for stage, seconds in ANSWERED:
        clock.after(seconds)
        taking.press(stage)
    twin = Taking(taking.study, taking.shopper, now=clock)  # the same form in another cell
    begun, taking.probe, taking.stamps = twin.probe, twin.probe, twin.stamps
    assert taking.save(Result("answered"))
    assert not taking.save(Result("answered"))
    twin.probe = begun  # as if nothing kept the two apart
    assert not twin.save(Result("answered", resolved=True))
    (record,) = rows(taking, "SELECT * FROM records")
    assert json.loads(record["attempt"])["resolved"] == "no"


def test_a_kernel_that_dies_between_two_presses_loses_nothing(taken):
    taking, clock = taken
    taking.press(RINGING)
    clock.after(9)
    taking.press(MENU)
    clock.after(9)
    taking.press(QUEUE)
    taking.undo()
    begun, stamps, recipient = taking.probe, taking.stamps, taking.recipient
    again = Taking(taking.study, taking.shopper, now=clock)
    assert (again.probe, again.stamps, again.recipient) == (begun, stamps, recipient)
    assert again.next() == begun  # and no second call is begun beside it


def test_a_call_that_never_rang_is_not_handed_out_once_it_may_not_be_made(taken):
    taking, clock = taken
    token = taking.probe.token
    clock.at = START.replace(hour=19)  # two at night in Hanoi
    again = Taking(taking.study, taking.shopper, now=clock)
    got = again.next()
    assert got is None or got.token != token
    assert state(taking, token) in ("planned", "cancelled")


def test_a_call_that_never_rang_is_cancelled_once_its_number_is_barred(taken):
    taking, clock = taken
    token = taking.probe.token
    with open_journal(taking.wave.journal) as journal:
        stop_contact(journal, taking.recipient, "asked")
    again = Taking(taking.study, taking.shopper, now=clock)
    assert (again.probe, again.recipient, state(taking, token)) == (None, "", "cancelled")


def test_nothing_is_handed_out_while_the_stop_file_is_there(taken):
    taking, clock = taken
    token = taking.probe.token
    (taking.study.path.parent / "STOP").touch()
    for form in (taking, Taking(taking.study, taking.shopper, now=clock)):
        with pytest.raises(DataError, match="stops everything"):
            form.next()
        assert (form.probe, form.recipient) == (None, "")
    assert state(taking, token) == "planned"


def test_a_call_that_never_rang_is_handed_out_again_while_it_may_be_made(taken):
    taking, clock = taken
    begun = taking.probe
    clock.after(60)
    again = Taking(taking.study, taking.shopper, now=clock)
    assert again.probe is None and again.next() == begun


def test_a_call_under_way_is_saved_whatever_is_forbidden_meanwhile(taken):
    taking, clock = taken
    clock.after(1)
    taking.press(RINGING)
    with open_journal(taking.wave.journal) as journal:
        stop_contact(journal, taking.recipient, "asked")
    (taking.study.path.parent / "STOP").touch()
    again = Taking(taking.study, taking.shopper, now=clock)
    assert made(again, clock, (ENDED, 30), result=Result("no_answer", fault="theirs"))


def test_of_two_forms_in_one_notebook_only_the_last_has_the_call(taken):
    taking, clock = taken
    other = Taking(taking.study, taking.shopper, now=clock)
    assert other.next() is not None and taking.probe is None
    assert not taking.press(RINGING) and other.press(RINGING)


HOLDS = """
import sys
from datetime import datetime
from carebench.fieldwork.phone.taking import Taking
from carebench.study import load_study
at = datetime.fromisoformat({at!r})
Taking(load_study({study!r}), {shopper!r}, now=lambda: at).next()
print("begun", flush=True)
sys.stdin.read()
"""


def test_a_form_in_another_process_gets_no_call_while_one_is_begun(tmp_path):
    study, shopper, clock = planned(tmp_path)
    code = HOLDS.format(at=clock.at.isoformat(), study=str(study.path), shopper=shopper)
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as first:  # fmt: skip
        assert first.stdout.readline() == "begun\n"
        second = Taking(study, shopper, now=clock)
        with pytest.raises(DataError, match="open in another window"):
            second.next()
        assert first.communicate("", timeout=60) == ("", "")
    assert second.next() is not None


def test_the_calls_of_the_machine_are_not_handed_to_a_person(tmp_path):
    sip = {"server": "127.0.0.1:5060", "user": "u", "shopper": "s2"}
    study, _shopper, clock = planned(tmp_path, **{"fieldwork.sip": sip})
    with pytest.raises(DataError, match="carebench probe sip"):
        Taking(study, "s2", now=clock)
    said = call_form(study.path, "s2")
    assert isinstance(said, Sentence) and "made by the program" in said


def test_before_the_plan_is_locked_there_is_a_sentence_and_no_form(tmp_path):
    said = call_form(field_study(tmp_path), "s1")
    assert isinstance(said, Sentence) and "not locked yet" in said


def test_what_cannot_be_saved_is_not_lost(taken):
    taking, clock = taken
    for stage, seconds in ANSWERED:
        clock.after(seconds)
        taking.press(stage)
    with pytest.raises(DataError, match="the times do not bear"):
        taking.save(Result("busy", fault="theirs"))
    assert taking.probe is not None and rows(taking, "SELECT * FROM records") == []
    assert taking.save(Result("answered"))


def test_a_record_that_came_by_another_way_first_does_no_harm(taken):
    taking, clock = taken
    with open_journal(taking.wave.journal) as journal, journal.transaction() as connection:
        connection.execute("UPDATE probes SET state = 'done' WHERE token = ?",
                           (taking.probe.token,))  # fmt: skip
    assert made(taking, clock, *ANSWERED, result=Result("answered"))
    assert len(rows(taking, "SELECT * FROM records")) == 1


def test_a_queue_that_is_too_long_is_told_and_its_line_is_left_in_peace(tmp_path):
    study, shopper, clock = planned(tmp_path, **{"fieldwork.stop_queue": "5 min"})
    taking = Taking(study, shopper, now=clock)
    taking.next()
    made(taking, clock, (RINGING, 1), (QUEUE, 9), (ENDED, 301),
         result=Result("abandoned", fault="theirs"))  # fmt: skip
    (event,) = rows(taking, "SELECT * FROM events WHERE kind = 'queue_too_long'")
    assert event["detail"] == "301"


def test_a_queue_that_is_short_enough_is_not(taken):
    taking, clock = taken
    made(taking, clock, *ANSWERED, result=Result("answered"))
    assert rows(taking, "SELECT * FROM events WHERE kind = 'queue_too_long'") == []


def test_nobody_calls_before_the_study_is_signed_off(tmp_path):
    study, shopper, clock = planned(tmp_path, **{"fieldwork.sign_off.approver": ""})
    with pytest.raises(DataError, match="approver"):
        Taking(study, shopper, now=clock).next()


def test_a_stranger_gets_no_calls(tmp_path):
    study, _shopper, clock = planned(tmp_path)
    with pytest.raises(DataError, match=r"no shopper 'x'.*s1, s2"):
        Taking(study, "x", now=clock)


# What a press means.


def stamps(*presses):
    pressed = Stamps()
    for stage, second in presses:
        pressed = pressed.press(stage, START + timedelta(seconds=second))
    return pressed


def test_nothing_is_heard_before_it_rings_or_after_it_ended():
    assert stamps((PERSON, 1)).times == ()
    over = stamps((RINGING, 0), (ENDED, 5))
    assert over.press(PERSON, START) == over
    assert over.undo().press(PERSON, START + timedelta(seconds=6)).at(PERSON)


def test_whatever_is_pressed_again_keeps_its_first_time():
    pressed = stamps((RINGING, 0), (MENU, 4), (MENU, 9), (QUEUE, 12), (MENU, 15))
    assert [stage for stage, _time in pressed.times] == [RINGING, MENU, QUEUE]
    assert pressed.at(MENU) == START + timedelta(seconds=4)


def test_times_never_run_backwards_when_a_clock_is_set_back():
    pressed = stamps((RINGING, 100), (MENU, 40), (ENDED, 120))
    assert [time for _stage, time in pressed.times] == sorted(t for _s, t in pressed.times)


def test_presses_are_played_again_as_they_were():
    events = [("pressed", RINGING, START), ("pressed", MENU, START), ("undone", "", START),
              ("pressed", PERSON, START)]  # fmt: skip
    assert [stage for stage, _time in replayed(events).times] == [RINGING, PERSON]


@pytest.mark.parametrize(
    ("presses", "first"),
    [
        ((RINGING, ENDED), "no_answer"),
        ((RINGING, MENU, ENDED), "menu_only"),
        ((RINGING, MENU, QUEUE, ENDED), "abandoned"),
        ((RINGING, QUEUE, PERSON, ENDED), "answered"),
    ],
)
def test_the_likeliest_outcome_is_offered_first(presses, first):
    pressed = stamps(*((stage, 5 * i) for i, stage in enumerate(presses)))
    assert pressed.outcomes()[0] == first
    assert ("answered" in pressed.outcomes()) == (PERSON in presses)


def test_the_wait_in_the_queue_ends_with_a_person_or_with_the_call():
    assert stamps((RINGING, 0), (QUEUE, 10), (PERSON, 70), (ENDED, 90)).queued_s == 60
    assert stamps((RINGING, 0), (QUEUE, 10), (ENDED, 90)).queued_s == 80
    assert stamps((RINGING, 0), (PERSON, 5), (QUEUE, 10), (ENDED, 90)).queued_s == 80
    assert stamps((RINGING, 0), (ENDED, 90)).queued_s == 0


@pytest.mark.parametrize(
    ("presses", "result", "told"),
    [
        (((RINGING, 0),), Result("no_answer", "theirs"), "not over"),
        (((RINGING, 0), (ENDED, 9)), Result("no_answer"), "whose failure"),
        (((RINGING, 0), (ENDED, 9)), Result("nothing", "theirs"), "is no outcome"),
        (((RINGING, 0), (ENDED, 9)), Result("busy", "theirs", scores={"choice": 3}), "Nobody"),
        (((RINGING, 0), (PERSON, 5), (ENDED, 9)), Result("answered", scores={"choice": 6}), "1 to"),
        (((RINGING, 0), (PERSON, 5), (ENDED, 9)), Result("answered", scores={"x": 3}), "1 to"),
    ],
)
def test_a_result_that_cannot_be_is_refused(presses, result, told):
    with pytest.raises(DataError, match=told):
        check(stamps(*presses), result)


def test_a_failure_of_ours_is_said_to_be_ours():
    said = attempt_of(stamps((RINGING, 0), (ENDED, 3)), Result("no_answer", "ours"))
    assert said["fault"] == "ours" and "answered_at" not in said


# The widgets.


@pytest.fixture
def form(taken):
    return Form(taken[0]), taken[1]


def pressed(form, clock):
    for stage in BUTTONS:
        clock.after(10)
        form.stages[stage].click()


def test_whose_failure_it_was_is_asked_of_each_call_and_never_supposed(form):
    form, clock = form
    for stage in (RINGING, ENDED):
        clock.after(30)
        form.stages[stage].click()
    form.save.click()
    assert "Choose whose failure it was" in form.said.value
    assert rows(form.taking, "SELECT * FROM records") == []
    form.fault.value = "unknown"
    form.save.click()
    (record,) = rows(form.taking, "SELECT attempt FROM records")
    assert json.loads(record["attempt"])["fault"] == "unknown"
    assert form.fault.value == ""


def test_the_form_shows_what_to_dial_and_what_to_ask(form):
    form, _clock = form
    probe = form.taking.probe
    for part in (form.taking.recipient, probe.provider, "price list" if
                 probe.scenario == "prices" else "Saturdays"):  # fmt: skip
        assert part in form.head.value


def test_a_call_is_made_by_clicks_alone(form):
    form, clock = form
    pressed(form, clock)
    form.scores["friendliness"].value = 5
    form.resolved.value = True
    form.save.click()
    assert "Saved" in form.said.value and form.taking.probe is None
    form.save.click()
    (record,) = rows(form.taking, "SELECT * FROM records")
    assert json.loads(record["attempt"])["outcome"] == "answered"
    assert form.scores["friendliness"].value == 0 and not form.resolved.value


def test_buttons_that_mean_nothing_yet_cannot_be_pressed(form):
    form, _clock = form
    assert not form.stages[RINGING].disabled and form.stages[PERSON].disabled
    assert form.save.disabled and form.undo.disabled
    form.stages[RINGING].click()
    assert form.stages[RINGING].disabled and not form.stages[PERSON].disabled
    form.undo.click()
    assert not form.stages[RINGING].disabled


def test_scores_are_asked_for_only_when_a_person_answered(form):
    form, _clock = form
    form.stages[RINGING].click()
    assert form.answered.layout.display == "none"
    form.stages[PERSON].click()
    assert form.answered.layout.display == ""
    assert [value for _name, value in form.outcome.options] == ["answered"]


def test_the_form_says_what_comes_next_and_when_what_was_pressed(form):
    form, clock = form
    assert "press “It rings”" in form.hint.value and "busy" in form.hint.value
    pressed(form, clock)
    there = form.taking.stamps.at(PERSON).astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    assert f"A person {there:%H:%M:%S}" in form.hint.value
    assert "Choose how it ended" in form.hint.value


def test_a_double_click_takes_back_one_press(form, monkeypatch):
    form, clock = form
    pressed(form, clock)
    at = iter((1000.0, 1000.2, 1009.0))
    monkeypatch.setattr(capture, "monotonic", lambda: next(at))
    form.undo.click()
    form.undo.click()
    assert [stage for stage, _time in form.taking.stamps.times] == [RINGING, MENU, QUEUE, PERSON]
    form.undo.click()
    assert form.taking.stamps.at(PERSON) is None


def test_nothing_rings_in_a_chat(tmp_path):
    study = load_study(field_study(tmp_path))
    lock_plan(study, make_plan(study))
    form = Form(Taking(study, "s1", channel="chat"))
    assert form.stages[RINGING].description == "Begun"
    assert form.stages[MENU].description == "Machine"


def test_no_word_of_the_form_is_cut_off(form):
    form, _clock = form
    for widget in (*form.stages.values(), form.undo, form.next, form.save, form.resolved):
        assert widget.layout.width == "auto"
    for widget in (form.outcome, form.fault):
        assert widget.style.description_width == "initial"
    for widget in form.scores.values():
        assert len(widget.description) / 2 < float(widget.style.description_width[:-2])


def test_whoever_does_not_say_who_they_are_is_asked_in_a_sentence(tmp_path):
    study, _shopper, _clock = planned(tmp_path)
    for nobody in ("", "s9"):
        said = call_form(study.path, nobody)
        assert isinstance(said, Sentence) and "one of s1, s2" in said


def test_a_name_with_marks_of_html_is_shown_as_it_is(form):
    form, _clock = form
    form.taking.recipient = "<script>alert(1)</script>"
    form.show()
    assert "<script>" not in form.head.value and "&lt;script&gt;" in form.head.value


def test_a_fault_is_told_in_the_form_and_not_thrown(form):
    form, clock = form
    pressed(form, clock)
    form.taking.wave.journal.rename(form.taking.wave.journal.with_suffix(".away"))
    form.save.click()
    assert "no journal" in form.said.value
    form.taking.wave.journal.with_suffix(".away").rename(form.taking.wave.journal)
    form.save.click()
    assert len(rows(form.taking, "SELECT * FROM records")) == 1


def test_a_study_without_calls_is_told_so_in_a_sentence():
    said = call_form(EXAMPLE)
    assert isinstance(said, Sentence)
    assert repr(said) == str(said) and "nothing to do" in said


DIES = """
import signal, sys, os
sys.path.insert(0, {tests!r})
from datetime import datetime
from carebench.fieldwork.phone.taking import Taking
from carebench.study import load_study
at = datetime.fromisoformat({at!r})
taking = Taking(load_study({study!r}), {shopper!r}, now=lambda: at)
taking.next()
taking.press("ringing")
taking.press("queue")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_is_killed_leaves_every_press_on_the_disk(tmp_path):
    study, shopper, clock = planned(tmp_path)
    code = DIES.format(
        tests=str(ROOT / "tests"), at=clock.at.isoformat(), study=str(study.path), shopper=shopper
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    taking = Taking(study, shopper, now=clock)
    assert [stage for stage, _time in taking.stamps.times] == [RINGING, QUEUE]
    assert made(taking, clock, (ENDED, 30), result=Result("abandoned", fault="theirs"))
