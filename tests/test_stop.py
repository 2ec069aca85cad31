"""Who asks to be left in peace is; and it is said what of them would still be contacted."""

from __future__ import annotations

import unicodedata

import pytest

from carebench.cli import main
from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.plan import lock_plan, make_plan
from carebench.fieldwork.wave import wave_of
from carebench.fieldwork.web import check_pages
from carebench.study import load_study
from field_studies import EMAILS, PHONES, PROVIDERS, field_study

PAGE = "http://127.0.0.1:9/care"  # nobody answers at the port of discarded words


def lock(folder, **changes):
    path = field_study(folder, **changes)
    study = load_study(path)
    lock_plan(study, make_plan(study))
    return path


def stop(path, whom, capsys):
    assert main(["probe", "stop", str(path), whom]) == 0
    return capsys.readouterr().out


def test_what_is_still_planned_at_who_asked_is_said_with_the_command_that_stops_it(
    tmp_path, capsys
):
    path = lock(tmp_path)
    said = stop(path, EMAILS[0], capsys)
    assert f"STILL PLANNED: 9 by phone at {PROVIDERS[0]}, {PHONES[0]}" in said
    assert f'carebench probe stop STUDY "{PROVIDERS[0]}"' in said
    assert PROVIDERS[1] not in said
    assert "STILL PLANNED" not in stop(path, PROVIDERS[0].lower(), capsys)


def test_who_shares_the_centre_of_who_asked_is_named(tmp_path, capsys):
    centre = {f"fieldwork.providers.{name}.centre": "One Centre" for name in PROVIDERS[:2]}
    said = stop(lock(tmp_path, **centre), PROVIDERS[0], capsys)
    assert f"8 by email at {PROVIDERS[1]}, {EMAILS[1]}" in said and PROVIDERS[2] not in said


def with_pages(folder, pages):
    """Three providers as ever, and one that has nothing but these pages."""
    providers = {
        name: {"email": email, "phone": phone}
        for name, email, phone in zip(PROVIDERS, EMAILS, PHONES, strict=True)
    }
    return lock(folder, **{"fieldwork.providers": providers | {"Dune Invented Air": pages}})


def test_a_provider_with_nothing_but_a_site_is_no_longer_visited(tmp_path, capsys):
    path = with_pages(tmp_path, {"website": PAGE})
    said = stop(path, "Dune Invented Air", capsys)
    assert f"Pages of Dune Invented Air are no longer visited either: {PAGE}." in said
    assert "written right" not in said
    study, lines = load_study(path), []
    with open_journal(wave_of(study).journal) as journal:
        assert check_pages(study, journal, say=lines.append).visited == 0
    assert "asked not to be contacted" in lines[0]


def test_a_provider_without_any_address_is_said_to_have_nothing_to_bar(tmp_path, capsys):
    path = with_pages(tmp_path, {"zone": "Asia/Ho_Chi_Minh"})
    assert main(["probe", "stop", str(path), "Dune Invented Air"]) == 1
    assert "there is nothing to bar" in capsys.readouterr().err


NEAR = {
    "car@alder.example": f" Did you mean '{EMAILS[0]}'?",
    "+84 24 7399 9999": "",
}


def test_a_name_that_nobody_has_stops_nobody_and_says_so(tmp_path, capsys):
    path = lock(tmp_path)
    assert main(["probe", "stop", str(path), "Alder Invented Powr"]) == 1
    said = capsys.readouterr().err
    assert f"nobody was stopped. Did you mean '{PROVIDERS[0]}'?" in said
    with open_journal(wave_of(load_study(path)).journal) as journal:
        assert journal.rows("SELECT * FROM do_not_contact") == []


def test_a_name_is_known_however_its_accents_are_written(tmp_path, capsys):
    names = {"Vịt Cỏ Invented": {"email": EMAILS[0], "phone": PHONES[0]}}
    path = lock(tmp_path, **{"fieldwork.providers": names})
    said = stop(path, unicodedata.normalize("NFD", "vịt cỏ  invented"), capsys)
    assert f"{EMAILS[0]} is not contacted again; 8 planned attempts are cancelled." in said
    assert "STILL PLANNED" not in said


def test_a_centre_is_stopped_with_all_who_share_it(tmp_path, capsys):
    centre = {f"fieldwork.providers.{name}.centre": "One Centre" for name in PROVIDERS[:2]}
    said = stop(lock(tmp_path, **centre), "one centre", capsys)
    assert all(f"{one} is not contacted again" in said for one in EMAILS[:2] + PHONES[:2])
    assert "STILL PLANNED" not in said and EMAILS[2] not in said


def test_calls_that_stand_in_handed_out_sheets_are_listed_by_shopper(tmp_path, capsys):
    path = lock(tmp_path)
    said = stop(path, PROVIDERS[0], capsys)
    with open_journal(wave_of(load_study(path)).journal) as journal:
        (n,) = journal.rows(
            "SELECT count(*) FROM probes WHERE state = 'cancelled' AND channel = 'phone'"
        )[0]
    assert "Tell the shoppers to strike it out" in said
    assert n > 0 and said.count(f"phone at {PHONES[0]}, 2026-") == n


@pytest.mark.parametrize("whom", NEAR)
def test_a_name_or_number_that_nobody_has_is_said_to_be_nobodys(tmp_path, capsys, whom):
    said = stop(lock(tmp_path), whom, capsys)
    assert (
        f"Nothing that is planned goes there: look whether it is written right.{NEAR[whom]}\n"
        in said
    )
