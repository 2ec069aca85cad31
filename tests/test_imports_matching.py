"""Each record finds the attempt that it is of, one to one, and none that it is not of."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from carebench.cli.imports import _say
from carebench.fieldwork.imports import Asked
from carebench.fieldwork.imports.matching import Matches, Planned, match
from carebench.fieldwork.imports.records import Record
from carebench.fieldwork.journal.opening import utc_text
from carebench.fieldwork.letters import reference_of
from carebench.fieldwork.rules import numbers
from carebench.schema import DataError
from field_studies import PHONES, PROVIDERS
from imports_study import import_files, journal_of, planned_study
from test_imports import taken

START = datetime(2026, 12, 1, tzinfo=UTC)
HOUR = 3600.0
HEAD = "calldate,clid,src,dst,duration,billsec,disposition,uniqueid,userfield\n"


def record(minute: float, *hints: str, line: str = "", provider: str = "A") -> Record:
    at = utc_text(START + timedelta(minutes=minute))
    attempt = {"provider": provider, "channel": "phone", "sent_at": at}
    return Record(1, "", attempt, hints, line)


def planned(token: str, minute: float, line: str = "", provider: str = "A") -> Planned:
    at = (START + timedelta(minutes=minute)).timestamp()
    return Planned(token * 16, provider, "phone", line, at)


def matched(records: Sequence[Record], plan: Sequence[Planned], within_s: float = HOUR) -> Matches:
    return match(records, plan, within_s, kept={}, held=set())


def test_a_record_that_names_its_attempt_is_of_it_however_late() -> None:
    plan = [planned("a", 0), planned("b", 600)]
    assert matched([record(5, "call bbbbbbbbbbbbbbbb again")], plan).tokens == {0: "b" * 16}
    reference = reference_of("b" * 16)
    assert matched([record(5, f"order {reference}")], plan).tokens == {0: "b" * 16}


def test_a_record_that_names_two_attempts_is_not_matched_by_name() -> None:
    plan = [planned("a", 0), planned("b", 600)]
    assert matched([record(300, "a" * 16 + " " + "b" * 16)], plan).tokens == {}


def test_no_record_is_matched_beyond_the_time_or_to_another_provider_channel_or_line() -> None:
    plan = [planned("a", 0, line="+1")]
    assert matched([record(61)], plan).tokens == {}
    assert matched([record(0, provider="B")], plan).tokens == {}
    assert matched([record(0, line="+2")], plan).tokens == {}
    assert matched([record(59, line="+1")], plan).tokens == {0: "a" * 16}


def test_two_records_are_never_of_one_attempt_and_the_nearer_has_it() -> None:
    found = matched([record(20), record(2)], [planned("a", 0)])
    assert found.tokens == {1: "a" * 16}


def test_where_another_pairing_would_do_nearly_as_well_it_is_said() -> None:
    assert matched([record(2), record(4)], [planned("a", 0)]).unsure == {0}
    assert matched([record(2), record(50)], [planned("a", 0)]).unsure == set()


def test_the_pairing_is_the_best_there_is() -> None:
    rng = random.Random(7)
    for _round in range(60):
        records = [record(rng.uniform(0, 100)) for _ in range(rng.randint(1, 4))]
        plan = [planned(letter, rng.uniform(0, 100)) for letter in "abcd"[: rng.randint(1, 4)]]
        found = matched(records, plan).tokens
        at = {p.token: p.at for p in plan}
        times = [datetime.fromisoformat(r.attempt["sent_at"]).timestamp() for r in records]
        best = _best(times, [p.at for p in plan])
        mine = len(found), -sum(abs(times[i] - at[token]) for i, token in found.items())
        assert mine == pytest.approx(best, abs=1e-3)


def _best(times: list[float], due: list[float]) -> tuple[int, float]:
    """Most pairs, then least time between them, by trying all."""
    best = (0, 0.0)
    places = [*range(len(due)), *[None] * len(times)]
    for chosen in set(itertools.permutations(places, len(times))):
        gaps = [abs(times[i] - due[j]) for i, j in enumerate(chosen) if j is not None]
        if all(gap <= HOUR for gap in gaps):
            best = max(best, (len(gaps), -sum(gaps)))
    return best


def test_a_record_keeps_its_attempt_when_others_come_later(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    first = tmp_path / "first.csv"
    row = f"2026-12-01 09:20:00,s1,s1,{PHONES[0]},40,0,NO ANSWER,x1,\n"
    first.write_text(HEAD + row, encoding="utf-8")
    import_files(study, [first])
    both = tmp_path / "both.csv"
    nearer = f"2026-12-01 09:00:00,s1,s1,{PHONES[0]},40,0,BUSY,x2,\n"
    both.write_text(HEAD + nearer + row, encoding="utf-8")
    (said,) = import_files(study, [both])
    assert (said.new, said.known, said.changed) == (1, 1, [])
    assert [a["token"] for a in taken(study)["attempts"]] == ["aaaaaaaaaaaaaaa2", None]


def test_a_second_record_of_a_named_attempt_is_refused_and_says_where_the_first_is(
    tmp_path: Path,
) -> None:
    study = planned_study(tmp_path / "study")
    path = tmp_path / "calls.csv"
    row = "2026-12-01 09:0{0}:00,s1,s1,{1},40,0,BUSY,x{0},aaaaaaaaaaaaaaa2\n"
    path.write_text(HEAD + row.format(0, PHONES[0]) + row.format(5, PHONES[0]), encoding="utf-8")
    (said,) = import_files(study, [path])
    assert said.new == 1
    assert [(p.row, p.expected) for p in said.problems] == [
        (3, "one record for each attempt; row 2 has it")
    ]


def test_a_call_sheet_and_the_exchange_may_both_tell_of_one_attempt(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    golden = Path(__file__).parent / "golden"
    import_files(study, [golden / "call-sheet-vi.csv", golden / "asterisk-database.csv"])
    with journal_of(study) as journal:
        rows = journal.rows("SELECT source FROM records WHERE token = 'aaaaaaaaaaaaaaa2'")
        (state,) = journal.rows("SELECT state FROM probes WHERE token = 'aaaaaaaaaaaaaaa2'")
    assert {row["source"] for row in rows} == {"call-sheet", "asterisk-cdr"}
    assert state["state"] == "done"


def test_a_line_that_two_providers_share_is_never_guessed(tmp_path: Path) -> None:
    changes = {
        f"fieldwork.providers.{PROVIDERS[1]}.phone": PHONES[0],
    }
    study = planned_study(tmp_path / "study", **changes)
    path = tmp_path / "calls.csv"
    path.write_text(
        f"{HEAD}2026-12-20 09:00:00,s1,s1,{PHONES[0]},40,0,BUSY,x1,\n", encoding="utf-8"
    )
    (said,) = import_files(study, [path])
    assert said.problems[0].expected == f"--provider with one of {PROVIDERS[0]}, {PROVIDERS[1]}"
    (said,) = import_files(study, [path], Asked(provider=PROVIDERS[1]))
    assert taken(study)["attempts"][0]["provider"] == PROVIDERS[1]


@pytest.mark.parametrize("written", ["+84 24 7300 0000", "0084 2473000000", "024 7300 0000"])
@pytest.mark.parametrize("with_lists", [True, False])
def test_a_number_is_one_line_however_it_is_written(
    written: str, with_lists: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_number: str, _zone: str) -> str:
        raise DataError("the extra is missing")

    if not with_lists:
        monkeypatch.setattr(numbers, "e164", none)
    numbers.line_of.cache_clear()
    same = numbers.line_of("+842473000000", "Asia/Ho_Chi_Minh")
    assert numbers.line_of(written, "Asia/Ho_Chi_Minh") == same != ""
    assert numbers.line_of("+842473000001", "Asia/Ho_Chi_Minh") != same
    numbers.line_of.cache_clear()


def test_a_year_of_calls_is_matched_in_seconds() -> None:
    rng = random.Random(3)
    records = [record(rng.uniform(0, 525_600), provider="AB"[i % 2]) for i in range(20_000)]
    plan = [
        Planned(f"{i:016d}", "AB"[i % 2], "phone", "", START.timestamp() + rng.uniform(0, 3.15e7))
        for i in range(2_000)
    ]
    begun = time.process_time()
    found = matched(records, plan, 1800.0)
    assert len(set(found.tokens.values())) == len(found.tokens) > 1_000
    assert time.process_time() - begun < 20


AT_HOURS = """token;made_on;sent_at;observed_until;outcome;fault
aaaaaaaaaaaaaaa2;01/12/2026;4h45;4h50;no_answer;theirs
aaaaaaaaaaaaaaa3;01/12/2026;10:55;10:58;no_answer;theirs
aaaaaaaaaaaaaaa4;01/12/2026;13:30;13:35;no_answer;theirs
aaaaaaaaaaaaaaa5;21/12/2026;11:05;11:09;no_answer;theirs
"""


def test_what_was_made_at_another_hour_than_planned_is_taken_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, sheet = planned_study(tmp_path), tmp_path / "sheet.csv"
    sheet.write_text(AT_HOURS, encoding="utf-8")
    with journal_of(study) as journal, journal.transaction() as connection:
        query = "UPDATE probes SET {} = ? WHERE token = ?"
        for column in ("due_utc", "not_before"):  # at 16:42 in Hanoi
            changes = ("2026-12-01T09:42:00Z", "aaaaaaaaaaaaaaa2")
            connection.execute(query.format(column), changes)
        moved = ("2026-12-21T04:00:00Z", "aaaaaaaaaaaaaaa5")  # a week later, at eleven
        connection.execute(query.format("not_before"), moved)
    (summary,) = import_files(study, [sheet])
    assert (summary.new, summary.complete) == (4, True)
    assert summary.off == [
        (
            2,
            "made 2026-12-01 04:45, planned 2026-12-01 16:42. "
            "Is it a clock that forgot the afternoon?",
        ),
        (4, "made 2026-12-01 13:30, planned 2026-12-01 11:00"),
    ]
    _say(summary)
    assert "row 4: made 2026-12-01 13:30" in capsys.readouterr().out
    assert import_files(study, [sheet])[0].off == [], "said once"
