"""Every kind of file becomes the attempts, scores and answers that it tells of, once."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from carebench.cli import main
from carebench.fieldwork.imports import KINDS, Asked, importing
from carebench.fieldwork.imports.facebook import repaired
from carebench.fieldwork.imports.summary import ERASED, Summary
from carebench.fieldwork.journal.erasure import REMAINS, erase_person
from carebench.fieldwork.wave import wave_of
from carebench.schema import ATTEMPTS, OUTCOMES, DataError
from carebench.study import Study
from field_studies import PROVIDERS
from imports_study import GOLDEN, import_files, journal_of, planned_study

US = ("Shopper One",)
DESK = {"provider": PROVIDERS[0]}
FILES: dict[str, dict[str, Any]] = {
    "asterisk-cdr.csv": {},
    "asterisk-database.csv": {},
    "twilio.json": {},
    "twilio.csv": {},
    "zendesk.csv": DESK,
    "zendesk.json": DESK,
    "freshdesk.csv": DESK,
    "freshdesk.json": DESK,
    "kobo.json": {},
    "odk.csv": {},
    "call-sheet-vi.csv": {},
    "limesurvey.csv": {"mapping": GOLDEN / "limesurvey.toml"},
    "google-forms.csv": {"mapping": GOLDEN / "google-forms.toml"},
    "kobo-survey.json": {},
    "whatsapp-ios.txt": {"me": US},
    "whatsapp-android-vi.txt": {"me": US},
    "facebook-message_1.json": {"me": US},
    "zalo.csv": {"mapping": GOLDEN / "zalo.toml"},
}
PRIVATE = (
    "Ann Invented", "Ben Invented", "customers.example", "+44207946", "Meter", "Shopper One",
    "papers", "Welcome", "Agent One", "quầy", "invented-", "CAinvented", "Z-1", "Cảm ơn",
)  # fmt: skip


def test_others_may_write_while_records_are_matched_and_nothing_is_taken_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, path, real = planned_study(tmp_path), GOLDEN / "zendesk.csv", importing.match
    others: list[Summary] = []

    def meanwhile(*given: Any, **said: Any) -> Any:
        monkeypatch.setattr(importing, "match", real)
        others.extend(
            import_files(study, [path], Asked(**DESK))
        )  # waits in vain if the journal is held
        return real(*given, **said)

    monkeypatch.setattr(importing, "match", meanwhile)
    (mine,) = import_files(study, [path], Asked(**DESK))
    assert (others[0].new > 0, mine.new, mine.known) == (True, 0, others[0].new)


def test_what_was_erased_of_one_attempt_is_not_brought_back_by_its_sheet(tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    first = take(study, "call-sheet-vi.csv")
    with journal_of(study) as journal:
        token = str(journal.value("SELECT token FROM records"))
        assert erase_person(journal, token).rows > 0
    again = take(study, "call-sheet-vi.csv", update=True)
    assert (again.new, again.known, again.left_out[ERASED]) == (0, first.new - 1, 1)
    with journal_of(study) as journal:
        query = "SELECT count(*) FROM {} WHERE {} = ?"
        for place in (("records", "token"), ("ratings", "attempt_id")):
            assert journal.value(query.format(*place), token) == 0
        told = [row["name"] for row in journal.rows("SELECT name FROM facts")]
    assert not [name for name in told if token in name], "a tombstone names nobody"
    assert "sheets of coders" in REMAINS and "a keyed hash" in REMAINS


def test_an_erased_answer_of_a_survey_stays_erased_and_others_of_its_file_stay(
    tmp_path: Path,
) -> None:
    study = planned_study(tmp_path)
    first = take(study, "limesurvey.csv")
    with journal_of(study) as journal, journal.transaction() as connection:
        connection.execute(
            "UPDATE answers SET answer = ? WHERE rowid = 1", ('{"said": "lan@b.example"}',)
        )
    with journal_of(study) as journal:
        assert erase_person(journal, "lan@b.example").rows == 1
    again = take(study, "limesurvey.csv")
    assert (again.new, again.known, again.left_out[ERASED]) == (0, first.new - 1, 1)


def taken(study: Study) -> dict[str, Any]:
    """What the journal holds, without the names that are hashes."""
    with journal_of(study) as journal:
        attempts = [
            {"token": row["token"]} | json.loads(row["attempt"])
            for row in journal.rows("SELECT * FROM records ORDER BY rowid")
        ]
        answers = [json.loads(r["answer"]) for r in journal.rows("SELECT * FROM answers")]
        ratings = [list(row) for row in journal.rows("SELECT * FROM ratings ORDER BY 1, 3")]
        done = [row[0] for row in journal.rows("SELECT token FROM probes WHERE state = 'done'")]
    for attempt in attempts:
        name = attempt.pop("attempt_id")
        assert name == attempt["token"] or (len(name) == 32 and attempt["token"] is None)
    for answer in answers:
        assert len(answer.pop("respondent")) == 32
    return {"attempts": attempts, "answers": answers, "ratings": ratings, "done": sorted(done)}


def take(study: Study, name: str, **asked: Any) -> Any:
    (summary,) = import_files(study, [GOLDEN / name], Asked(**(FILES.get(name, {}) | asked)))
    return summary


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_each_kind_becomes_the_attempts_it_tells_of(name: str, tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    summary = take(study, name)
    found = taken(study) | {
        "kind": summary.kind,
        "rows": summary.rows,
        "refused": [[p.row, p.column, p.value] for p in summary.problems],
        "left_out": dict(summary.left_out),
        "unmapped": list(summary.unmapped),
        "to_code": summary.to_code,
    }
    expected = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
    assert found == expected[name]
    used = summary.new + summary.known + sum(summary.left_out.values()) + len(summary.problems)
    assert used == summary.rows  # no row is lost without a word


@pytest.mark.parametrize("name", FILES)
def test_imported_twice_nothing_is_new(name: str, tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    first = take(study, name)
    before = taken(study)
    again = take(study, name)
    assert (again.new, again.updated, again.changed) == (0, 0, [])
    assert again.known == first.new
    assert taken(study) == before


@pytest.mark.parametrize("name", FILES)
def test_what_is_kept_names_nobody_and_says_nothing_of_what_was_written(
    name: str, tmp_path: Path
) -> None:
    study = planned_study(tmp_path)
    take(study, name)
    with journal_of(study) as journal:
        kept = [
            tuple(row)
            for table in ("records", "answers", "ratings")
            for row in journal.rows(f"SELECT * FROM {table}")
        ]
        kept += [(row["detail"],) for row in journal.rows("SELECT detail FROM events")]
    for word in PRIVATE:
        assert word not in str(kept), word
    for attempt in taken(study)["attempts"]:
        assert set(attempt) <= {*ATTEMPTS.names, "token", "line_at", "heard"}
        assert attempt.get("outcome", "busy") in OUTCOMES


def test_every_kind_has_a_golden_file() -> None:
    expected = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
    assert {said["kind"] for said in expected.values()} == set(KINDS)


@pytest.mark.parametrize("name", ["asterisk-cdr.csv", "twilio.json", "twilio.csv"])
def test_a_line_that_was_answered_is_never_a_person(name: str, tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    summary = take(study, name)
    attempts = taken(study)["attempts"]
    assert not any(attempt.get("outcome") == "answered" for attempt in attempts)
    assert not any("answered_at" in attempt for attempt in attempts)
    unknown = [attempt for attempt in attempts if "outcome" not in attempt]
    assert len(unknown) == summary.to_code > 0
    assert all(a["fault"] == "unknown" and a["label_source"] == "line" for a in unknown)


def test_a_corrected_row_is_listed_and_wins_only_when_asked(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    take(study, "zendesk.json")
    before = taken(study)
    file = tmp_path / "zendesk.json"
    text = (GOLDEN / "zendesk.json").read_text(encoding="utf-8")
    file.write_text(text.replace('"calendar": 90', '"calendar": 60'), encoding="utf-8")
    (said,) = import_files(study, [file], Asked(**DESK))
    assert (said.new, said.known, said.complete) == (0, 1, False)
    assert said.changed == [(1, ("answered_at",))]
    assert taken(study) == before
    (said,) = import_files(study, [file], Asked(**DESK, update=True))
    assert (said.new, said.known, said.updated, said.complete) == (0, 1, 1, True)
    assert taken(study)["attempts"][0]["answered_at"] == "2026-12-01T03:00:00.000000Z"


def test_that_an_answer_was_watched_for_longer_is_no_correction(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    take(study, "zendesk.json")
    file = tmp_path / "zendesk.json"
    text = (GOLDEN / "zendesk.json").read_text(encoding="utf-8")
    later = text.replace('"updated_at": "2026-12-04T', '"updated_at": "2026-12-09T')
    file.write_text(later, encoding="utf-8")
    (said,) = import_files(study, [file], Asked(**DESK))
    assert (said.known, said.changed) == (2, [])
    assert taken(study)["attempts"][1]["observed_until"] == "2026-12-09T02:00:00.000000Z"
    (said,) = import_files(study, [GOLDEN / "zendesk.json"], Asked(**DESK))  # the older again
    assert (said.known, said.changed) == (2, [])
    assert taken(study)["attempts"][1]["observed_until"] == "2026-12-09T02:00:00.000000Z"


def test_a_dry_run_says_the_same_and_leaves_nothing(tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    empty = taken(study)
    dry = take(study, "asterisk-cdr.csv", dry=True)
    assert taken(study) == empty
    real = take(study, "asterisk-cdr.csv")
    assert (dry.new, dry.matched, dry.to_code) == (real.new, real.matched, real.to_code)


def test_a_dry_run_before_any_plan_begins_no_journal(tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    shutil.rmtree(wave_of(study).folder)
    assert take(study, "freshdesk.csv", dry=True).new == 2
    assert not wave_of(study).journal.exists()
    assert take(study, "freshdesk.csv").new == 2  # tickets may come before a plan
    assert wave_of(study).journal.stat().st_mode & 0o077 == 0


def test_a_queue_that_was_too_long_is_told_to_the_stop_rule(tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    take(study, "kobo.json")
    with journal_of(study) as journal:
        (event,) = journal.rows("SELECT * FROM events WHERE kind = 'queue_too_long'")
    assert event["token"] == "aaaaaaaaaaaaaaa2"
    assert event["at_utc"] == "2026-12-01T02:00:00.000000Z"  # the day of the call, not today


def test_a_file_that_breaks_half_way_leaves_the_journal_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = planned_study(tmp_path)
    empty = taken(study)

    def fail(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("carebench.fieldwork.imports.importing.write_answers", fail)
    with pytest.raises(KeyboardInterrupt):
        take(study, "asterisk-cdr.csv")
    assert taken(study) == empty


def test_the_same_id_in_two_systems_is_two_records(tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    take(study, "asterisk-database.csv")
    other = take(study, "asterisk-database.csv", source="second exchange")
    assert other.new == 2


def test_a_greeting_that_three_conversations_share_is_no_person(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    text = (GOLDEN / "whatsapp-ios.txt").read_text(encoding="utf-8")
    third = (
        "[20/12/2026, 9:00:00 AM] Shopper One: Hello\n"
        "[20/12/2026, 9:00:40 AM] Cedar Invented Bank: "
        "Welcome! A colleague will be with you soon.\n"
    )
    file = tmp_path / "chat.txt"
    file.write_text(text + third, encoding="utf-8")
    import_files(study, [file], Asked(me=US))
    first, second, last = taken(study)["attempts"]
    assert first["acknowledged_at"] == "2026-12-13T02:00:03.000000Z"
    assert first["answered_at"] == "2026-12-13T02:31:00.000000Z"
    assert second["outcome"] == last["outcome"] == "auto_ack_only"


def test_words_that_two_partners_share_prove_nothing(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    files = []
    for number, name in enumerate(PROVIDERS):
        files.append(tmp_path / f"{number}.txt")
        files[-1].write_text(
            f"[13/12/2026, 9:00:00] Shopper One: Hi\n[13/12/2026, 9:05:00] {name}: Hello\n",
            encoding="utf-8",
        )
    import_files(study, files, Asked(me=US))
    assert [a["outcome"] for a in taken(study)["attempts"]] == ["answered"] * 3


def test_a_notice_of_the_program_is_no_answer(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    file = tmp_path / f"WhatsApp Chat with {PROVIDERS[0]}.txt"
    file.write_text(
        "13/12/2026, 09:00 - Shopper One: Hello?\n"
        "13/12/2026, 09:05 - This business changed its address to: Invented Street 1\n"
        f"13/12/2026, 10:00 - {PROVIDERS[0]}: Hello\n",
        encoding="utf-8",
    )
    import_files(study, [file], Asked(me=US))
    (attempt,) = taken(study)["attempts"]
    assert attempt["answered_at"] == "2026-12-13T03:00:00.000000Z"


def test_letters_that_facebook_broke_are_mended(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    tree = json.loads((GOLDEN / "facebook-message_1.json").read_text(encoding="utf-8"))
    broken = "Người hỏi".encode().decode("latin-1")
    file = tmp_path / "message_1.json"
    file.write_text(json.dumps(tree).replace('"Shopper One"', json.dumps(broken)), encoding="utf-8")
    (said,) = import_files(study, [file], Asked(me=("Người hỏi",)))
    assert said.new == 1
    assert repaired("Người hỏi") == "Người hỏi"  # what was right stays as it is


def test_an_outcome_that_a_table_leaves_empty_is_refused(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    file = tmp_path / "zalo.csv"
    text = (GOLDEN / "zalo.csv").read_text(encoding="utf-8")
    file.write_text(text.replace("Im lặng", ""), encoding="utf-8")
    (said,) = import_files(study, [file], Asked(mapping=GOLDEN / "zalo.toml"))
    assert next((p.row, p.column, p.value) for p in said.problems) == (3, "Kết quả", "")


@pytest.mark.parametrize("seed", range(4))
def test_a_spoilt_file_is_taken_or_refused_but_never_breaks(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    study = planned_study(tmp_path / "study")
    for name, asked in FILES.items():
        raw = bytearray((GOLDEN / name).read_bytes())
        for _times in range(rng.randint(1, 12)):
            at = rng.randrange(len(raw))
            raw[at : at + rng.randint(0, 6)] = bytes(rng.choices(range(256), k=rng.randint(0, 6)))
        file = tmp_path / name
        file.write_bytes(raw)
        with contextlib.suppress(DataError):
            import_files(study, [file], Asked(**asked))


def test_a_chat_that_nobody_answered_needs_to_know_until_when(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    file = tmp_path / "chat.txt"
    file.write_text("[13/12/2026, 9:00:00] Shopper One: Hello?\n", encoding="utf-8")
    asked = {"me": US, "provider": PROVIDERS[0]}
    (said,) = import_files(study, [file], Asked(**asked))
    assert [p.column for p in said.problems] == ["end of the chat"]
    (said,) = import_files(study, [file], Asked(**asked, until="2026-12-20T18:00+07:00"))
    assert taken(study)["attempts"][0]["outcome"] == "no_answer"
    assert taken(study)["attempts"][0]["observed_until"] == "2026-12-20T11:00:00.000000Z"


def test_a_chat_with_somebody_else_never_enters_the_journal(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    file = tmp_path / "message_1.json"
    text = (GOLDEN / "facebook-message_1.json").read_text(encoding="utf-8")
    file.write_text(text.replace("Birch Invented Water", "A Friend"), encoding="utf-8")
    (said,) = import_files(study, [file], Asked(me=US))
    assert said.new == 0 and sum(said.left_out.values()) == 1


def test_the_kind_is_said_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = planned_study(tmp_path / "study")
    for name in ("asterisk-cdr.csv", "asterisk-database.csv"):
        text = (GOLDEN / name).read_text(encoding="utf-8").replace("2026-12", "2025-12")
        (tmp_path / name).write_text(text, encoding="utf-8")
    code = main(["import", str(study.path), str(tmp_path / "asterisk-cdr.csv")])
    said = capsys.readouterr()
    assert code == 1  # one row was refused
    assert "asterisk-cdr (known by its columns dst, billsec and disposition)" in said.out
    assert "to be coded" in said.out
    assert "row 9: billsec is '90'" in said.err
    assert main(["import", str(study.path), str(tmp_path / "asterisk-database.csv")]) == 0


def test_a_file_of_no_known_kind_is_refused_with_the_list_of_kinds(tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    with pytest.raises(DataError, match=r"of no kind that is known.*call-sheet: .*zendesk: "):
        import_files(study, [GOLDEN / "zalo.csv"])
    with pytest.raises(DataError, match=r"'zendsk' is no kind. Did you mean 'zendesk'"):
        take(study, "zendesk.csv", kind="zendsk")
    with pytest.raises(DataError, match=r"zendesk.csv is no twilio: that has columns sid"):
        take(study, "zendesk.csv", kind="twilio")


def test_a_file_that_may_be_of_two_kinds_asks_which(tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    file = tmp_path / "two.csv"
    file.write_text("id,submitdate,_uuid,csat\n1,2026-12-01 09:00,x,4\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"may be limesurvey, kobo-survey. Say which with --as"):
        import_files(study, [file])
    (said,) = import_files(study, [file], Asked(kind="limesurvey"))
    assert said.new == 1


def test_tickets_without_an_owner_are_refused(tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    with pytest.raises(DataError, match="whose tickets"):
        take(study, "zendesk.csv", provider="")
    with pytest.raises(DataError, match=r"'Alder Invented Powr' is none.*Did you mean 'Alder"):
        take(study, "zendesk.csv", provider="Alder Invented Powr")


def test_a_survey_whose_questions_are_not_mapped_says_how_to_map_them(tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    with pytest.raises(DataError, match=r"no question is mapped.*csat = 'Anh chị hài lòng"):
        take(study, "google-forms.csv", mapping=None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("table = 'attempts'\ncolumns = { snt_at = 'a' }", "'snt_at' is no column.*'sent_at'"),
        ("table = 'attempts'\ncolumns = { sent_at = 'Bắt dầu' }", "no column 'Bắt dầu'.*'Bắt đầu'"),
        ("table = 'calls'\ncolumns = {}", "table is 'calls'"),
        ("table = 'attempts'\ncolumns = {}\nzone = 'Asia/Hanoi'", "is no IANA time zone"),
        ("table = 'survey'\ncolumns = {}\nscales = { csat = [5, 1] }", "scales.csat"),
        ("table", "no valid TOML"),
    ],
)
def test_a_wrong_mapping_file_is_refused_with_advice(
    text: str, message: str, tmp_path: Path
) -> None:
    study = planned_study(tmp_path)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        take(study, "zalo.csv", mapping=mapping)


def test_a_mapping_of_attempts_goes_before_what_the_columns_look_like(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        "table = 'attempts'\nrecord = 'Id'\ncolumns = { sent_at = 'Created at' }\n"
        "constants = { channel = 'chat', outcome = 'busy' }\n",
        encoding="utf-8",
    )
    said = take(study, "zendesk.csv", mapping=mapping)
    assert (said.kind, said.new) == ("mapped", 7)


def test_an_outcome_that_a_mapping_file_empties_is_to_be_coded(tmp_path: Path) -> None:
    study = planned_study(tmp_path)
    mapping = tmp_path / "mapping.toml"
    text = (GOLDEN / "zalo.toml").read_text(encoding="utf-8")
    mapping.write_text(text.replace('= "answered"', '= ""'), encoding="utf-8")
    said = take(study, "zalo.csv", mapping=mapping)
    assert said.to_code == 1
    assert taken(study)["attempts"][0]["fault"] == "unknown"
