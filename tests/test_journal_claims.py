"""Which probe is made, and when none is: every limit holds in the moment of the claim."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.claims import MOST_TRIES, claim, settle
from carebench.fieldwork.journal.contact import stop_contact
from carebench.fieldwork.journal.opening import utc_text
from carebench.fieldwork.journal.states import EDGES, move, write_event
from carebench.fieldwork.journal.tables import STATES
from carebench.fieldwork.wave import wave_of
from carebench.schema import DataError
from field_studies import EMAILS, PROVIDERS
from journals import HANOI, MONDAY, WEEK, a_probe, kinds, put, state, steps_of, wave

FORK = multiprocessing.get_context("fork")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LOOSE = {"gap": "0 s", "per_day": 1000, "attempts": 3}


def token_of(journal, study, now, **changes):
    row = claim(journal, study, now, **{"channel": "email", "live": True} | changes)
    return row["token"] if row else None


def loose(**changes):
    return {"fieldwork.channels": {"email": LOOSE | changes, "phone": LOOSE | changes}}


@pytest.fixture
def field(tmp_path):
    """Makes a wave with given settings, and closes its journal in the end."""
    opened = []

    def make(**changes):
        study, journal = wave(tmp_path, **changes)
        opened.append(journal)
        return study, journal

    yield make
    for journal in opened:
        journal.close()


def test_the_intent_is_on_the_disk_before_the_probe_is_given(field):
    study, journal = field()
    put(journal, a_probe("a"))
    row = claim(journal, study, MONDAY, channel="email", live=True)
    assert (row["state"], row["tries"], row["tried_utc"]) == ("sending", 1, utc_text(MONDAY))
    assert kinds(journal, "a") == ["claimed"]
    assert token_of(journal, study, MONDAY) is None, "never given twice"


def test_what_may_be_made_now_is_found_without_reading_all_that_was_made(field):
    (study, journal), steps = field(), []
    for token, n in (("a", 5), ("b", 500)):
        put(journal, a_probe(token))
        others = [a_probe(f"{token}{at}", provider=PROVIDERS[1], shopper="s2") for at in range(n)]
        put(journal, *others)
        with journal.transaction() as connection:
            connection.execute("UPDATE probes SET state = 'sent' WHERE shopper = 's2'")
        ask = partial(claim, journal, study, MONDAY, channel="email", live=False)
        steps.append(steps_of(journal._connection, ask))
        assert state(journal, token) == ("sending" if token == "a" else "planned")
    assert steps[1] < 2 * steps[0]


def test_what_is_asked_of_a_probe_does_not_read_its_letter(field):
    _study, journal = field()
    columns = [row["name"] for row in journal.rows("PRAGMA table_info(probes)")]
    assert columns[-1] == "raw", "SQLite reads a row from its first column to the last one asked"


def take_all(study, queue):
    with open_journal(wave_of(study).journal) as journal:
        taken = iter(lambda: token_of(journal, study, MONDAY), None)
        queue.put(list(taken))


def test_of_many_who_ask_at_once_each_probe_is_given_to_one(field):
    study, journal = field(**loose() | {"fieldwork.shoppers.s1.per_day": 1000})
    tokens = [f"t{n:03}" for n in range(100)]
    put(journal, *(a_probe(token, number=n) for n, token in enumerate(tokens)))
    queue = FORK.Queue()
    takers = [FORK.Process(target=take_all, args=(study, queue)) for _ in range(4)]
    for taker in takers:
        taker.start()
    taken = [queue.get(timeout=60) for _ in takers]
    for taker in takers:
        taker.join(20)
    queue.close()
    queue.join_thread()
    assert sorted(token for some in taken for token in some) == tokens


def test_nothing_is_given_before_it_is_due(field):
    study, journal = field()
    put(journal, a_probe("a"))
    assert token_of(journal, study, MONDAY - MINUTE) is None
    assert token_of(journal, study, MONDAY) == "a"


def test_a_clock_that_was_put_back_gives_nothing_and_forgets_no_gap(field):
    study, journal = field()
    put(journal, a_probe("a"), a_probe("b", MONDAY - 2 * HOUR, number=2))
    assert token_of(journal, study, MONDAY) == "a"  # b was missed by two hours, and has moved
    settle(journal, "a", "sent", now=MONDAY)
    with journal.transaction() as connection:
        connection.execute("UPDATE probes SET not_before = due_utc WHERE token = 'b'")
    assert token_of(journal, study, MONDAY - 2 * HOUR) is None, "a lies ahead, less than a gap off"


def test_two_probes_at_one_provider_keep_their_gap_and_their_days(field):
    study, journal = field(**loose(gap="2 h", per_day=2))
    times = [MONDAY + n * HOUR for n in (0, 1, 2, 4)]
    put(journal, *(a_probe(f"t{n}", at, number=n) for n, at in enumerate(times)))
    given = [token_of(journal, study, at) for at in times]
    assert given == ["t0", None, "t1", None], "t1 waits for its gap; two a day are the most"


def test_a_centre_that_providers_share_counts_as_one(field):
    study, journal = field()
    put(journal, a_probe("a"), centre="one centre")
    put(journal, a_probe("b", provider=PROVIDERS[1]), centre="one centre")
    put(journal, a_probe("c", provider=PROVIDERS[2]))
    assert [token_of(journal, study, MONDAY) for _ in range(3)] == ["a", "c", None]


def test_a_day_is_a_day_of_the_provider_and_not_of_greenwich(field):
    study, journal = field(**loose(per_day=1))
    late = datetime(2026, 11, 30, 23, 30, tzinfo=HANOI)  # both are on Monday in Greenwich
    put(journal, a_probe("a", late), a_probe("b", late + HOUR, number=2))
    assert token_of(journal, study, late) == "a"
    assert token_of(journal, study, late + HOUR) == "b"


def test_quiet_hours_hold_all_but_the_probes_that_test_any_hour(field):
    study, journal = field(**loose(quiet="21:00-08:00"))
    night = datetime(2026, 11, 30, 23, 0, tzinfo=HANOI)
    put(journal, a_probe("a", night), a_probe("b", night, number=2, any_hour=True))
    assert token_of(journal, study, night) == "b"
    assert token_of(journal, study, night) is None


def test_a_shopper_makes_no_more_in_a_day_than_agreed(field):
    study, journal = field(**loose() | {"fieldwork.shoppers.s1.per_day": 1})
    put(journal, a_probe("a"), a_probe("b", provider=PROVIDERS[1]))
    put(journal, a_probe("c", provider=PROVIDERS[2], shopper="s2"))
    assert [token_of(journal, study, MONDAY) for _ in range(3)] == ["a", "c", None]


def test_a_shopper_gets_only_its_own(field):
    study, journal = field()
    put(journal, a_probe("a"))
    assert token_of(journal, study, MONDAY, shopper="s2") is None
    assert token_of(journal, study, MONDAY, shopper="s1") == "a"


def test_an_approved_budget_is_never_overdrawn(field):
    study, journal = field(**loose() | {"fieldwork.sign_off.budget": 2})
    put(journal, *(a_probe(f"t{n}", number=n) for n in range(4)))
    given = [token_of(journal, study, MONDAY) for _ in range(4)]
    assert given == ["t0", "t1", None, None]


def test_live_nobody_is_contacted_who_is_not_allowed_to_be(field):
    study, journal = field(**{"fieldwork.sign_off.recipients": list(EMAILS[1:])})
    put(journal, a_probe("a"))
    assert token_of(journal, study, MONDAY) is None
    assert token_of(journal, study, MONDAY, live=False) == "a"


def test_while_the_stop_file_is_there_nothing_is_given(field):
    study, journal = field()
    put(journal, a_probe("a"))
    stop = study.path.parent / "STOP"
    stop.touch()
    assert token_of(journal, study, MONDAY) is None
    stop.unlink()
    assert token_of(journal, study, MONDAY) == "a"


def test_who_asked_not_to_be_contacted_is_not_even_if_planned_again(field):
    study, journal = field()
    stop_contact(journal, EMAILS[0].upper(), "asked")
    put(journal, a_probe("a"))
    assert token_of(journal, study, MONDAY) is None
    assert (state(journal, "a"), kinds(journal, "a")) == ("cancelled", ["barred"])


def test_an_emergency_number_is_never_called_whatever_the_study_says(field):
    study, journal = field(**{"fieldwork.sign_off.recipients": ["115"]})
    put(journal, a_probe("a", channel="phone"), recipient="115")
    assert token_of(journal, study, MONDAY, channel="phone") is None
    assert state(journal, "a") == "cancelled"


def test_after_a_long_queue_a_line_is_left_in_peace_for_the_day(field):
    study, journal = field(**loose())
    now = MONDAY + 30 * MINUTE
    put(
        journal,
        a_probe("a", channel="phone"),
        a_probe("b", now, channel="phone", number=2),
        a_probe("c", MONDAY + DAY, channel="phone", number=3),
        a_probe("d", now, channel="phone", provider=PROVIDERS[1]),
    )
    assert token_of(journal, study, MONDAY, channel="phone") == "a"
    with journal.transaction() as connection:
        write_event(connection, "queue_too_long", "900", token="a", now=MONDAY + 15 * MINUTE)
    assert token_of(journal, study, now, channel="phone") == "d", "another line"
    assert token_of(journal, study, now, channel="phone") is None
    assert token_of(journal, study, MONDAY + DAY, channel="phone") == "c", "another day"
    assert kinds(journal, "b") == ["moved"]


def test_a_missed_probe_moves_to_the_same_hour_of_a_later_week(field):
    study, journal = field()
    put(journal, a_probe("a"))
    assert token_of(journal, study, MONDAY + 61 * MINUTE) is None
    assert kinds(journal, "a") == ["moved"]
    assert journal.value("SELECT due_utc FROM probes") == "2026-11-30T02:00:00Z", "as planned"
    assert token_of(journal, study, MONDAY + WEEK - MINUTE) is None
    assert token_of(journal, study, MONDAY + WEEK) == "a"


def test_a_probe_is_not_moved_onto_a_holiday_or_into_another_probes_gap(field):
    study, journal = field(**{"audit.holidays": ["2026-12-07"]})
    other = MONDAY + 2 * WEEK + 3 * HOUR
    put(journal, a_probe("a"), a_probe("b", other, number=2))
    token_of(journal, study, MONDAY + 2 * HOUR)
    moved = journal.value("SELECT not_before FROM probes WHERE token = 'a'")
    assert moved == utc_text(MONDAY + 3 * WEEK)


def test_where_no_later_week_is_left_a_missed_probe_is_cancelled_and_says_so(field):
    study, journal = field()
    put(journal, a_probe("a", MONDAY + 3 * WEEK))
    token_of(journal, study, MONDAY + 3 * WEEK + 2 * HOUR)
    assert (state(journal, "a"), kinds(journal, "a")) == ("cancelled", ["missed"])


def test_the_hour_of_the_week_is_that_of_the_wall_clock_through_a_change_of_the_clocks(field):
    study, journal = field(**{"fieldwork.starts": "2026-10-12", "zone": "Europe/Paris"})
    monday = datetime(2026, 10, 19, 7, 0, tzinfo=UTC)  # nine in Paris, summer time
    put(journal, a_probe("a", monday, zone="Europe/Paris"))
    token_of(journal, study, monday + 2 * HOUR)
    assert journal.value("SELECT not_before FROM probes") == "2026-10-26T08:00:00.000000Z"


def test_a_minute_that_the_clocks_skip_is_not_used(field):
    study, journal = field(**{"fieldwork.starts": "2026-03-16", "zone": "Europe/Paris"})
    sunday = datetime(2026, 3, 22, 1, 30, tzinfo=UTC)  # 02:30; a week later there is none
    put(journal, a_probe("a", sunday, zone="Europe/Paris"))
    token_of(journal, study, sunday + 2 * HOUR)
    assert journal.value("SELECT not_before FROM probes") == "2026-04-05T00:30:00.000000Z"


def test_what_was_put_off_is_tried_again_later_each_time_and_at_last_given_up(field):
    study, journal = field()
    put(journal, a_probe("a"))
    now, waits = MONDAY, []
    for _ in range(MOST_TRIES):
        assert token_of(journal, study, now) == "a"
        settle(journal, "a", "again", "451 later", now=now)
        if state(journal, "a") == "planned":
            due = datetime.fromisoformat(str(journal.value("SELECT not_before FROM probes")))
            waits.append((due - now) / MINUTE)
            now = due
    assert waits == [5, 15, 45, 135, 405]
    assert (state(journal, "a"), kinds(journal, "a")[-1]) == ("failed", "gave_up")
    assert journal.value("SELECT message_id FROM probes") == "<a@kit.example>", "the same mail"


@pytest.mark.parametrize("outcome", ["sent", "refused", "failed", "in_doubt", "done"])
def test_what_came_of_a_probe_is_written_once(field, outcome):
    study, journal = field()
    put(journal, a_probe("a"))
    token_of(journal, study, MONDAY)
    settle(journal, "a", outcome, "250 ok", now=MONDAY)
    assert (state(journal, "a"), kinds(journal, "a")) == (outcome, ["claimed", outcome])
    sent = journal.value("SELECT sent_utc FROM probes")
    assert sent == (utc_text(MONDAY) if outcome in ("sent", "done") else None)
    for again in ("again", "failed", "refused"):
        with pytest.raises(DataError, match="can no longer become"):
            settle(journal, "a", again, now=MONDAY)


def test_a_probe_that_nobody_claimed_cannot_be_settled(field):
    _study, journal = field()
    put(journal, a_probe("a"))
    with pytest.raises(DataError, match="planned: it can no longer become refused"):
        settle(journal, "a", "refused", now=MONDAY)
    with pytest.raises(DataError, match="no probe 'b'"):
        settle(journal, "b", "again", now=MONDAY)
    with pytest.raises(ValueError, match="no outcome"):
        settle(journal, "a", "eaten", now=MONDAY)


def test_a_channel_that_the_study_forgot_is_said_in_words(field):
    study, journal = field(**{"fieldwork.channels": {"email": LOOSE}})
    with pytest.raises(DataError, match=r"no \[fieldwork.channels.phone\]"):
        claim(journal, study, MONDAY, channel="phone", live=True)


def test_every_state_has_its_ways_out_and_only_columns_that_may_change_do(field):
    _study, journal = field()
    put(journal, a_probe("a"))
    assert set(EDGES) == set(STATES)
    with pytest.raises(ValueError, match="never change"), journal.transaction() as connection:
        move(connection, "a", "sending", kind="x", now=MONDAY, zone="b")
