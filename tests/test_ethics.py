"""What may be done to whom: nothing real without a signature, and no means no."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from carebench import language
from carebench.cli import main
from carebench.fieldwork.ethics import gate
from carebench.fieldwork.ethics.approval import write_approval
from carebench.fieldwork.ethics.debriefing import _file_names, write_debriefs
from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.claims import claim, settle
from carebench.fieldwork.journal.contact import addresses_of, stop_contact
from carebench.fieldwork.journal.opening import utc_text
from carebench.fieldwork.journal.receiving import keep
from carebench.fieldwork.journal.status import status
from carebench.fieldwork.journal.tables import STATES
from carebench.fieldwork.plan import lock_plan, make_plan
from carebench.fieldwork.plan.lines import lines
from carebench.fieldwork.replies import read_all
from carebench.fieldwork.rules.limits import crowded, in_quiet_hours, stopped
from carebench.fieldwork.rules.never_called import why_never_called
from carebench.fieldwork.rules.numbers import line_of
from carebench.fieldwork.rules.recipients import is_allowed, same
from carebench.fieldwork.wave import wave_of
from carebench.schema import CHANNELS, DataError
from carebench.study import ChannelPlan, load_study
from field_studies import EMAILS, PHONES, PROVIDERS, field_study
from journals import MONDAY, a_probe, kinds, put, signed, state, wave

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 29, tzinfo=UTC)
UNSIGNED = {
    f"fieldwork.sign_off.{key}": ""
    for key in ("purpose", "basis", "approver", "approved_on", "staff_told_on")
}


def missing(path, now=NOW):
    study = load_study(path)
    with open_journal(wave_of(study).journal, make=True) as journal:
        return gate.missing(study, wave_of(study), journal, now)


@pytest.fixture
def locked(tmp_path):
    """The path of a study whose plan is locked."""
    path = field_study(tmp_path)
    study = load_study(path)
    lock_plan(study, make_plan(study))
    signed(study)
    return path


def changed(locked, **changes):
    """The same study with other keys, and the same page still named as signed."""
    page = load_study(locked).fieldwork.sign_off.page
    return field_study(locked.parent, **{"fieldwork.sign_off.page": page} | changes)


def test_a_study_that_is_signed_off_and_locked_lacks_nothing(locked):
    assert missing(locked) == []
    study = load_study(locked)
    with open_journal(wave_of(study).journal) as journal:
        gate.check(study, wave_of(study), journal, NOW)


def test_everything_that_is_missing_is_said_at_once(tmp_path):
    budget = {"fieldwork.sign_off.budget": 0, "fieldwork.sign_off.recipients": []}
    study, journal = wave(tmp_path, **UNSIGNED | budget)
    with journal, pytest.raises(DataError) as said:
        put(journal, a_probe("a"))
        gate.check(study, wave_of(study), journal, NOW)
    for word in ("purpose", "basis", "approver", "approved_on", "budget", EMAILS[0], "locked plan"):
        assert word in str(said.value), word
    assert "Nothing is sent" in str(said.value)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"purpose": " "}, "purpose"),
        ({"approved_on": "2026-12-01"}, "has not come"),
        ({"staff_told_on": ""}, "own staff"),
        ({"staff_told_on": "2026-12-01"}, "own staff"),
        ({"budget": 0}, "budget"),
        ({"recipients": list(EMAILS)}, PHONES[0]),
    ],
)
def test_each_line_of_the_sign_off_is_asked_for(locked, changes, word):
    keys = {f"fieldwork.sign_off.{key}": value for key, value in changes.items()}
    (fault,) = missing(changed(locked, **keys))
    assert word in fault


def test_staff_of_others_need_not_be_told_before(locked):
    changes = {"fieldwork.sign_off.basis": "competitor", "fieldwork.sign_off.staff_told_on": ""}
    path = changed(locked, **changes)
    signed(load_study(path))
    assert missing(path) == []


def test_an_approval_counts_by_the_day_where_the_study_lives(locked):
    changed(locked, **{"fieldwork.sign_off.approved_on": "2026-11-29"})
    assert missing(locked, datetime(2026, 11, 28, 16, 30, tzinfo=UTC))  # half past eleven at night
    assert not missing(locked, datetime(2026, 11, 28, 17, 30, tzinfo=UTC))


def test_who_approved_before_the_plan_was_locked_has_not_seen_it(locked):
    on = {day: {"fieldwork.sign_off.approved_on": day} for day in ("2026-10-31", "2026-11-01")}
    (fault,) = missing(changed(locked, **on["2026-10-31"]))
    assert "before the plan was locked, on 2026-11-01" in fault
    assert missing(changed(locked, **on["2026-11-01"])) == []


def test_an_allowed_number_may_be_written_in_another_way(locked):
    written = [f"  {EMAILS[0].upper()} ", *EMAILS[1:], "+44 (20) 7946-0101", *PHONES[1:]]
    assert missing(changed(locked, **{"fieldwork.sign_off.recipients": written})) == []


def test_a_plan_that_was_changed_by_hand_is_not_sent(locked):
    plan = wave_of(load_study(locked)).plan
    plan.write_text(plan.read_text().replace(",prices,", ",opening,", 1))
    (fault,) = missing(locked)
    assert "was changed after" in fault


def test_a_limit_that_was_loosened_after_the_plan_was_locked_stops_everything(locked):
    path = changed(locked, **{"fieldwork.channels.email.gap": "1 s"})
    (fault,) = missing(path)
    assert "fieldwork.channels.email.gap was '12 h' and is '1 s'" in fault


def test_while_the_stop_file_is_there_the_gate_is_closed(locked):
    (locked.parent / "STOP").touch()
    (fault,) = missing(locked)
    assert "stops everything" in fault


VIETNAM, PARIS = "Asia/Ho_Chi_Minh", "Europe/Paris"


@pytest.mark.parametrize(
    "number",
    [
        *("111", "112", "113", "114", "115", "911", "999", "000", "110", "18", "1080", ""),
        *("+84 115", "0084114", "+84113", "1-1-2", "\uff11\uff11\uff13", "+1911", "tel:113"),
    ],
)
def test_emergency_and_short_numbers_are_never_called(number):
    assert why_never_called(number, VIETNAM)


@pytest.mark.parametrize(
    "number", [*PHONES, "1900 1234", "18001091", "+84 24 7300 1115", "+33 1 99 00 01 12"]
)
def test_numbers_of_firms_may_be_called(number):
    assert why_never_called(number, PARIS if number.startswith("+33") else VIETNAM) == ""


def test_without_the_lists_of_countries_emergency_numbers_are_known_all_the_same(monkeypatch):
    from carebench.fieldwork.rules import numbers

    def none():
        raise DataError("not installed")

    monkeypatch.setattr(numbers, "_lists", none)
    for number in ("113", "+84113", "115", "000", "10111", "116117", "+84 24 12"):
        assert why_never_called(number, VIETNAM), number
    assert why_never_called("+84 24 7300 1115", VIETNAM) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Care <Help@Firm.Example>", "help@firm.example"),
        ("+84 (24) 1234-567", "+84241234567"),
        ("0084 24 1234567", "+84241234567"),
        (" https://Firm.example/Form ", "https://firm.example/form"),
    ],
)
def test_two_writings_of_an_address_are_the_same(one, other):
    assert same(one) == same(other) == other


NUMBER = "024 7300 0101"
WRITTEN = [
    "+84 24 7300 0101",
    "0084 24 73000101",
    "tel:+842473000101",
    "\uff10\uff12\uff1473000101",
]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("with_lists", [True, False])
def test_a_number_is_barred_in_whatever_writing(tmp_path, monkeypatch, written, with_lists):
    if not with_lists:
        monkeypatch.setitem(sys.modules, "phonenumbers", None)
    line_of.cache_clear()
    same.cache_clear()
    study, journal = wave(tmp_path, **{"fieldwork.sign_off.recipients": [NUMBER]})
    with journal:
        put(journal, a_probe("a", channel="phone"), recipient=NUMBER)
        assert stop_contact(journal, written, "asked") == 1
        put(journal, a_probe("b", channel="phone", number=2), recipient=NUMBER)
        assert claim(journal, study, MONDAY, channel="phone", live=True) is None
        assert state(journal, "b") == "cancelled"
    line_of.cache_clear()
    same.cache_clear()


def test_a_number_is_allowed_in_the_writing_of_its_country(tmp_path):
    study, _journal = wave(tmp_path, **{"fieldwork.sign_off.recipients": ["+84 24 7300 0101"]})
    assert is_allowed(study, NUMBER, VIETNAM)
    assert not is_allowed(study, NUMBER, PARIS)
    assert not is_allowed(study, "028 7300 0101", VIETNAM)


def test_providers_with_one_number_in_two_writings_are_at_one_line(tmp_path):
    providers = {"A": {"phone": NUMBER}, "B": {"phone": "+84 24 7300 0101"}}
    study = load_study(field_study(tmp_path, **{"fieldwork.providers": providers}))
    assert len(set(lines(study, "phone").values())) == 1


@pytest.mark.parametrize("name", ["STOP", "STOP.txt", "stop", "Stop.TXT", "STOP ", "a link"])
def test_a_stop_file_stops_however_it_is_written(tmp_path, name):
    study = load_study(field_study(tmp_path))
    (tmp_path / "STOPPED").touch()
    assert not stopped(study)
    if name == "a link":
        (tmp_path / "STOP").symlink_to(tmp_path / "nowhere")
    else:
        (tmp_path / name).touch()
    assert stopped(study)


@pytest.mark.parametrize("number", ["(+84)113", "84 113", "(84) 115", "(+84) 0113", "84 114"])
@pytest.mark.parametrize("with_lists", [True, False])
def test_a_short_number_with_its_country_is_never_called(monkeypatch, number, with_lists):
    if not with_lists:
        monkeypatch.setitem(sys.modules, "phonenumbers", None)
    assert why_never_called(number, VIETNAM)


@pytest.mark.skipif(os.name != "posix", reason="rights as POSIX has them")
def test_folder_and_page_are_their_owners_alone_though_they_were_open_before(locked):
    study = load_study(locked)
    folder = wave_of(study).folder
    folder.chmod(0o755)
    (folder / "approval-en.txt").touch(mode=0o644)
    with open_journal(wave_of(study).make().journal) as journal:
        page = write_approval(study, journal, wave_of(study), "en", now=NOW)
    assert [path.stat().st_mode & 0o777 for path in (folder, page)] == [0o700, 0o600]


@pytest.mark.parametrize("key", ["stop_queue", "stop_file"])
def test_what_stops_the_wave_is_as_it_was_when_the_plan_was_locked(locked, key):
    value = {"stop_queue": "10 h", "stop_file": "NEVER"}[key]
    (fault,) = missing(changed(locked, **{f"fieldwork.{key}": value}))
    assert f"fieldwork.{key} was" in fault


def test_letters_to_providers_of_another_script_do_not_overwrite_each_other():
    names = ["\u6771\u4eac\u96fb\u529b", "\u5927\u962a\u6c34\u9053", "Alder"]
    assert _file_names(names) == ["provider--1", "provider--2", "alder"]


def test_quiet_hours_are_those_of_the_providers_clock():
    plan = ChannelPlan(attempts=1, quiet="21:00-08:00")
    at = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)  # eight in the morning in Hanoi
    assert not in_quiet_hours(plan, at, VIETNAM)
    assert in_quiet_hours(plan, at - timedelta(seconds=1), VIETNAM)
    assert in_quiet_hours(plan, at, "UTC")
    assert not in_quiet_hours(ChannelPlan(attempts=1), at, "UTC")


def test_a_gap_is_kept_before_and_behind():
    plan = ChannelPlan(attempts=1, gap="12 h", per_day=1)
    assert crowded(plan, NOW, [NOW - 11 * HOUR], "UTC") == "less than 12 h from another"
    assert crowded(plan, NOW, [NOW + 11 * HOUR], "UTC")
    assert crowded(plan, NOW, [NOW + 13 * HOUR], "UTC") == "1 a day is the most"
    assert crowded(plan, NOW, [NOW - 13 * HOUR], "UTC") == ""


def test_no_means_no_from_the_reply_to_the_last_planned_probe(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        put(
            journal,
            a_probe("a"),
            *(a_probe(f"b{n}", MONDAY + n * 24 * HOUR, number=n) for n in (1, 2, 3)),
            a_probe("c", MONDAY + 24 * HOUR, provider=PROVIDERS[1]),
        )
        assert claim(journal, study, MONDAY, channel="email", live=True)["token"] == "a"
        settle(journal, "a", "sent", now=MONDAY)
        keep(journal, "us", "INBOX", 1, [(1, MONDAY.isoformat(), b"Please stop.")])
        assert stop_contact(journal, EMAILS[0], "asked to stop in a reply") == 3
        assert [state(journal, f"b{n}") for n in (1, 2, 3)] == ["cancelled"] * 3
        assert kinds(journal, "b1") == ["do_not_contact"]
        assert state(journal, "a") == "sent", "what was sent stays sent"
        given = [
            row["token"]
            for day in range(28)
            if (row := claim(journal, study, MONDAY + day * 24 * HOUR, channel="email", live=True))
        ]
        assert given == ["c"]
        assert stop_contact(journal, EMAILS[0], "again") == 0
        assert journal.value("SELECT reason FROM do_not_contact") == "asked to stop in a reply"
        with pytest.raises(DataError, match="whom not to contact"):
            stop_contact(journal, " ", "x")


@pytest.mark.parametrize(
    "text",
    [
        "Please stop writing to us and remove this address from your list.",
        "Đề nghị anh không gửi thư cho chúng tôi nữa.",
    ],
)
def test_a_reply_that_asks_to_stop_is_read_and_honoured(locked, text):
    study = load_study(locked)
    with open_journal(wave_of(study).journal) as journal:
        due = journal.value("SELECT min(not_before) FROM probes WHERE recipient = ?", EMAILS[0])
        now = datetime.fromisoformat(str(due))
        probe = claim(journal, study, now, channel="email", live=True)
        assert probe["recipient"] == EMAILS[0]
        settle(journal, probe["token"], "sent", now=now)
        reply = EmailMessage()
        reply["From"], reply["To"] = "desk@outsourced.example", "audit@kit.example"
        reply["In-Reply-To"], reply["Subject"] = probe["message_id"], "Re: ..."
        reply.set_content(text)
        later = (now + 2 * HOUR).isoformat()
        keep(journal, "us", "INBOX", 1, [(1, later, reply.as_bytes())])
        read_all(journal, study)
        barred = {row[0] for row in journal.rows("SELECT address FROM do_not_contact")}
        assert barred == {EMAILS[0], PHONES[0], "desk@outsourced.example"}
        open_ones = "SELECT count(*) FROM probes WHERE recipient = ? AND state = 'planned'"
        assert journal.value(open_ones, EMAILS[0]) == 0
        assert journal.value(open_ones, EMAILS[1]) == 8


def test_who_said_no_in_one_wave_is_not_contacted_in_the_next(tmp_path):
    earlier, before = wave(tmp_path, wave="2026-Q3")
    with before:
        stop_contact(before, EMAILS[0], "asked in the summer")
    path = field_study(tmp_path)
    study = load_study(path)
    lock_plan(study, make_plan(study))
    study = signed(study)
    with open_journal(wave_of(study).journal) as journal:
        gate.check(study, wave_of(study), journal, NOW)
        query = "SELECT count(*) FROM probes WHERE recipient = ? AND state = 'planned'"
        assert journal.value(query, EMAILS[0]) == 0
        assert journal.value(query, EMAILS[1]) == 8
        assert journal.value("SELECT reason FROM do_not_contact") == "asked in the summer"
        wave_of(earlier).journal.write_bytes(b"damaged" * 999)
        with pytest.raises(DataError, match="no journal, or is damaged"):
            gate.check(study, wave_of(study), journal, NOW)


def test_a_provider_may_be_stopped_by_its_name(tmp_path):
    study, journal = wave(tmp_path)
    journal.close()
    assert addresses_of(study, PROVIDERS[1]) == [EMAILS[1], PHONES[1]]
    assert addresses_of(study, "x@y.example") == ["x@y.example"]


def made(tmp_path, **changes):
    study, journal = wave(tmp_path, **changes)
    put(
        journal,
        a_probe("a"),
        a_probe("b", MONDAY + 26 * HOUR, channel="phone"),
        a_probe("c", provider=PROVIDERS[1]),
    )
    for channel, at, outcome in (
        ("email", MONDAY, "sent"),
        ("email", MONDAY, "sent"),
        ("phone", MONDAY + 26 * HOUR, "done"),
    ):
        row = claim(journal, study, at, channel=channel, live=True)
        settle(journal, row["token"], outcome, now=at)
    return study, journal


@pytest.mark.parametrize(("code", "day"), [("en", "30 November 2026"), ("vi", "30/11/2026")])
def test_a_debrief_says_when_how_often_why_and_how_to_object(tmp_path, code, day):
    study, journal = made(tmp_path)
    with journal:
        first, second = write_debriefs(study, journal, wave_of(study), code)
    assert first.name == f"debrief-alder-invented-power-{code}.txt"
    text = first.read_text(encoding="utf-8")
    for word in (PROVIDERS[0], day, "to test the kit", "audit@kit.example", ": 1", "10", "180"):
        assert word in text, word
    assert "{" not in text and PROVIDERS[1] not in text and "Ann Invented" not in text
    assert PROVIDERS[1] in second.read_text(encoding="utf-8")
    assert language.current() == "en"


def test_no_debrief_gives_an_audit_away_that_goes_on(tmp_path):
    study, journal = made(tmp_path)
    with journal:
        put(journal, a_probe("d", MONDAY + 50 * HOUR, number=9))
        with pytest.raises(DataError, match="1 attempts of this wave are still to be made"):
            write_debriefs(study, journal, wave_of(study), now=MONDAY + 27 * HOUR)
        assert not (wave_of(study).folder / "debrief").exists()


def test_what_a_wave_that_is_over_never_sent_keeps_no_letter_back(tmp_path):
    study, journal = made(tmp_path)
    with journal:
        put(journal, a_probe("d", MONDAY + 50 * HOUR, number=9))
        put(journal, a_probe("e", MONDAY + 51 * HOUR, channel="phone", number=9))
        postponed = (utc_text(MONDAY + 14 * DAY), "e")
        with journal.transaction() as connection:
            connection.execute("UPDATE probes SET not_before = ? WHERE token = ?", postponed)
        with pytest.raises(DataError, match="2 attempts"):  # either may go to a later week
            write_debriefs(study, journal, wave_of(study), now=MONDAY + 4 * DAY)
        assert len(write_debriefs(study, journal, wave_of(study), now=MONDAY + 28 * DAY)) == 2


def test_what_has_begun_and_not_ended_is_finished_before_a_letter_is_written(tmp_path):
    study, journal = made(tmp_path)
    with journal:
        put(journal, a_probe("d", MONDAY + 50 * HOUR, number=9))
        assert claim(journal, study, MONDAY + 50 * HOUR, channel="email", live=True)
        with pytest.raises(DataError, match="1 attempts of this wave were begun and have no end"):
            write_debriefs(study, journal, wave_of(study), now=MONDAY + 28 * DAY)


def test_each_provider_is_told_in_the_language_it_was_written_to_in(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        put(journal, a_probe("a", language="vi"), a_probe("b", provider=PROVIDERS[1]))
        for _each in range(2):
            row = claim(journal, study, MONDAY, channel="email", live=True)
            settle(journal, row["token"], "sent", now=MONDAY)
        paths = write_debriefs(study, journal, wave_of(study))
        assert [path.stem[-3:] for path in paths] == ["-vi", "-en"]
        assert "Kính gửi" in paths[0].read_text(encoding="utf-8")


def test_who_is_left_in_peace_is_told_that_the_letter_is_the_last(tmp_path, capsys):
    study, journal = made(tmp_path)
    with journal:
        stop_contact(journal, EMAILS[0], "asked to stop in a reply")
    assert run("probe", "debrief", study.path) == 0
    told, folder = capsys.readouterr().out, wave_of(study).folder / "debrief"
    assert f"stopped by you: {PROVIDERS[0]}." in told and "never learn" in told
    stopped, other = (path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()))
    assert "the last you hear" in stopped and "If you wish never" not in stopped
    assert "the last you hear" not in other and "If you wish never" in other


def test_who_was_not_contacted_gets_no_letter(tmp_path):
    study, journal = wave(tmp_path)
    with journal, pytest.raises(DataError, match="Nobody was contacted"):
        write_debriefs(study, journal, wave_of(study), "en")


def test_the_status_fits_a_terminal_and_names_what_needs_a_look(tmp_path):
    study, journal = made(tmp_path)
    with journal:
        put(journal, a_probe("e", MONDAY + 48 * HOUR, number=8))
        put(journal, a_probe("f", MONDAY + 72 * HOUR, number=9))
        claim(journal, study, MONDAY + 48 * HOUR, channel="email", live=True)
        keep(journal, "us", "INBOX", 1, [(1, MONDAY.isoformat(), b"x")])
        (study.path.parent / "STOP").touch()
        lines = status(study, journal, MONDAY + 72 * HOUR)
    text = "\n".join(lines)
    assert max(map(len, lines)) <= 79 and len(lines) < 25
    for word in (
        "due now: 1", "Begun and not ended: 1", "STOPPED", "4 of at most 200", "contacted: 0",
        "2027-05-29", "last read to its end: never", "mailbox was not read yet",
    ):  # fmt: skip
        assert word in text, (word, text)


def test_the_status_of_all_channels_in_all_states_still_fits(tmp_path):
    study, journal = wave(tmp_path)
    pairs = [(channel, at) for channel in CHANNELS for at in STATES]
    with journal:
        for n, (channel, at) in enumerate(pairs):
            put(journal, a_probe(f"t{n}", channel=channel, number=n))
            with journal.transaction() as connection:
                connection.execute("UPDATE probes SET state = ? WHERE token = ?", (at, f"t{n}"))
        assert max(map(len, status(study, journal, NOW))) <= 79


def test_the_status_of_a_study_without_probes_is_no_error(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        assert "No attempt is planned." in status(study, journal, NOW)


@pytest.mark.parametrize("code", ["en", "vi"])
def test_the_approver_reads_every_word_that_will_be_asked(locked, code):
    study = load_study(locked)
    with open_journal(wave_of(study).journal) as journal:
        path = write_approval(study, journal, wave_of(study), code, now=NOW)
    page = " ".join(path.read_text(encoding="utf-8").split())
    for scenario in study.fieldwork.scenarios.values():
        assert " ".join(scenario.text[code].split()) in page
        assert scenario.source in page
    assert page.count("[ ]") == 13
    for word in (*EMAILS, *PHONES, "to test the kit", "51", "200"):  # 3 x (8 + 6 + 3) contacts
        assert word in page, word
    assert max(map(len, path.read_text(encoding="utf-8").splitlines())) <= 79


def test_the_approver_reads_when_the_wave_is_who_is_disturbed_at_night_and_as_whom_we_ask(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        put(
            journal,
            a_probe("a", MONDAY - 6 * HOUR),  # by e-mail at three in the morning: nobody wakes up
            a_probe("b", MONDAY - 6 * HOUR, channel="phone"),
            a_probe("c", MONDAY - 2 * HOUR, channel="phone", number=2),  # seven: quiet until eight
            a_probe("d", channel="phone", number=3),
        )
        page = write_approval(study, journal, wave_of(study), "en", now=NOW).read_text("utf-8")
    text = " ".join(page.split())
    assert "The wave lasts from 30 November 2026 to 27 December 2026" in text
    assert f"{PHONES[0]}: 3, of which 2 at night or in quiet hours" in text
    assert f"{EMAILS[0]}: 1 " in text
    assert "Night is 22:00-06:00, where the provider is. Quiet hours: telephone calls 21:" in text
    assert "Invented names that are given: Ann Invented, Ben Invented" in text


def run(*words):
    return main([str(word) for word in words])


def test_the_commands_stop_erase_tell_and_show(locked, capsys):
    assert run("probe", "status", locked) == 0
    assert "planned" in capsys.readouterr().out
    assert run("probe", "approve", locked) == 0
    assert "-en.txt" in capsys.readouterr().out
    assert run("probe", "stop", locked, PROVIDERS[0], "--reason", "asked by telephone") == 0
    out = capsys.readouterr().out
    assert f"{EMAILS[0]} is not contacted again; 8 planned attempts are cancelled." in out
    assert f"{PHONES[0]} is not contacted again; 9 planned attempts" in out
    assert "Nothing that is planned goes there" not in out
    assert run("probe", "stop", locked, "+84 24 7399 9999") == 0
    assert "Nothing that is planned goes there" in capsys.readouterr().out
    assert run("probe", "erase", locked) == 0
    assert "What remains" in capsys.readouterr().out
    assert run("probe", "erase", locked, "--person", "the") == 1
    assert "names nobody" in capsys.readouterr().err
    assert run("probe", "debrief", locked) == 1
    assert "still to be made" in capsys.readouterr().err


def test_a_wave_that_was_never_planned_is_said_in_words(tmp_path, capsys):
    assert run("probe", "status", field_study(tmp_path)) == 1
    assert "There is no journal" in capsys.readouterr().err
