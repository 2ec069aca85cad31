"""Visits of pages on loopback: each kind of failure has its own name, and its own culprit."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.contact import stop_contact
from carebench.fieldwork.web import check_pages, checking, claimed_on_page, verdicts, visit
from carebench.fieldwork.web.checking import checked_pages, claimed_hours
from carebench.schema import DataError
from carebench.study import load_study
from journals import steps_of

HOME = "<html><body><h1>Sao Mai</h1><p>Hotline 8h - 21h</p></body></html>"


class Site(BaseHTTPRequestHandler):
    """Pages that fail as their names say."""

    def do_GET(self) -> None:
        name = self.path.strip("/")
        if name == "robots.txt":
            self.page(200, "User-agent: *\nDisallow: /private\n")
        elif name == "drops":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
        elif name == "round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
        elif name == "slow":
            time.sleep(4)
        elif name == "odd":
            self.page(200, HOME, "text/html; charset=klingon")
        else:
            self.page(int(name) if name.isdigit() else 200, HOME)

    def page(self, status: int, text: str, kind: str = "text/html; charset=utf-8") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        pass


@contextmanager
def serving():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def site():
    with serving() as address:
        yield address


@pytest.fixture
def nobody():
    """An address of loopback where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(verdicts, "READ_S", 2)
    monkeypatch.setattr(verdicts, "CONNECT_S", 2)


@pytest.mark.parametrize(
    ("page", "verdict"),
    [
        ("home", "up"),
        ("404", "http_error"),
        ("410", "http_error"),
        ("500", "server_error"),
        ("503", "server_error"),
        ("401", "blocked"),
        ("403", "blocked"),
        ("429", "blocked"),
        ("drops", "dropped"),
        ("round", "redirect_loop"),
        ("slow", "read_timeout"),
        ("odd", "up"),
        ("private", "not_allowed"),
    ],
)
def test_each_kind_of_failure_has_its_own_verdict(site, page, verdict):
    seen = visit(f"{site}/{page}")
    assert seen.verdict == verdict
    assert (seen.seconds is not None) == (seen.detail.startswith("HTTP"))


def test_a_page_without_its_words_is_no_page(site):
    assert visit(f"{site}/home", words="sao mai").verdict == "up"
    assert visit(f"{site}/home", words="Đông Á").verdict == "wrong_page"


def test_a_port_where_nobody_listens_refuses(nobody):
    assert visit(nobody).verdict == "refused"


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/x", "http://", "no address", "http://[::1"])
def test_what_is_no_address_of_the_web_is_said_so(address):
    assert visit(address).verdict == "unreadable"


def test_a_plain_port_that_is_asked_for_a_certificate_is_named_as_such(site):
    assert visit(site.replace("http:", "https:")).verdict == "bad_certificate"


def test_a_page_that_drips_is_given_up(site, monkeypatch):
    monkeypatch.setattr(verdicts, "WHOLE_S", -1.0)
    assert visit(f"{site}/home").verdict == "read_timeout"


def study_of(folder, pages, controls=()):
    lines = ['title = "Pages"', 'wave = "w1"', 'zone = "Asia/Ho_Chi_Minh"', "[fieldwork]"]
    lines.append(f"controls = {list(controls)!r}".replace("'", '"'))
    for provider, address in pages.items():
        lines += [f'[fieldwork.providers."{provider}"]', f'website = "{address}"']
    path = folder / "study.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return load_study(path)


def faults(folder, pages, controls=()):
    with open_journal(folder / "journal.sqlite", make=True) as journal:
        check_pages(study_of(folder, pages, controls), journal, say=lambda line: None)
        return {row["provider"]: row["fault"] for row in checked_pages(journal)}


def test_a_failure_is_theirs_only_while_the_control_answers(site, nobody, tmp_path):
    pages = {"Sao Mai": f"{site}/home", "Đông Á": f"{site}/500"}
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir(), (tmp_path / "c").mkdir()
    assert faults(tmp_path / "a", pages, [f"{site}/home"]) == {"Sao Mai": "", "Đông Á": "theirs"}
    assert faults(tmp_path / "b", pages, [nobody]) == {"Sao Mai": "", "Đông Á": "ours"}
    assert faults(tmp_path / "c", {"Sao Mai": nobody}) == {"Sao Mai": "unknown"}


def test_what_their_own_server_says_is_theirs_without_a_control(site, tmp_path):
    pages = {"A": f"{site}/home", "B": f"{site}/500", "C": f"{site}/404"}
    assert faults(tmp_path, pages) == {"A": "", "B": "theirs", "C": "theirs"}


@pytest.mark.parametrize("whom", ["page", "care@alder.example"])
def test_whoever_asked_not_to_be_contacted_is_not_visited(site, tmp_path, whom):
    study_of(tmp_path, {"Sao Mai": f"{site}/home"})
    with (tmp_path / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\nemail = "care@alder.example"\n')
    said = []
    with open_journal(tmp_path / "journal.sqlite", make=True) as journal:
        stop_contact(journal, f"{site}/home" if whom == "page" else whom, "asked")
        seen = check_pages(load_study(tmp_path / "study.toml"), journal, say=said.append)
        assert (seen.visited, list(checked_pages(journal))) == (0, [])
    assert "asked not to be contacted" in said[0]


def test_a_page_whose_hours_cannot_be_read_has_its_verdict_and_the_round_goes_on(
    site, tmp_path, monkeypatch
):
    monkeypatch.setattr(checking, "claimed_on_page", lambda text: [].index(text))
    found = faults(tmp_path, {"A": f"{site}/home", "B": f"{site}/odd"})
    assert found == {"A": "", "B": ""}


@pytest.mark.parametrize(
    "day", ["fr\u0131", "FR\u0130", "thứ ha\u0131", "thứ \u017fáu", "\u017fat", "MON\u212a"]
)
def test_letters_that_only_look_like_those_of_a_day_are_none(day):
    claim = claimed_on_page(f"<p>hotline {day} 8:00-17:00</p>")
    assert claim is not None and "08:00-17:00" in claim.hours


@pytest.mark.parametrize(
    "page", ["<!", "<!--", "<a ", "</", "<script ", "<script>", "<style x", "<p>hotline 8h-9h "]
)
def test_a_broken_page_of_a_megabyte_is_read_in_seconds(page):
    begun = time.process_time()
    claimed_on_page(page * (1_000_000 // len(page)))
    assert time.process_time() - begun < 5


def test_scripts_however_long_do_not_hide_the_words_after_them():
    page = f"<script>{'a<!b;' * 100_000}</script><p>Hotline 24/7</p>"
    claim = claimed_on_page(page)
    assert claim is not None and claim.hours == "24/7"


def test_whom_a_site_turns_away_cannot_say_that_it_is_down(site, tmp_path):
    assert faults(tmp_path, {"Sao Mai": f"{site}/403"}, [f"{site}/home"]) == {"Sao Mai": "unknown"}


def test_a_page_is_not_visited_twice_within_minutes(site, tmp_path):
    start = datetime(2026, 9, 7, 1, tzinfo=UTC)
    study = study_of(tmp_path, {"Sao Mai": f"{site}/home"})
    with open_journal(tmp_path / "journal.sqlite", make=True) as journal:
        rounds = [
            check_pages(study, journal, now=lambda m=m: start + timedelta(minutes=m), say=str)
            for m in (0, 1, 10)
        ]
        assert [r.visited for r in rounds] == [1, 0, 1]
        assert [r.passed_over for r in rounds] == [0, 1, 0]
        assert len(list(checked_pages(journal))) == 2


def test_when_a_page_was_visited_last_is_found_however_many_visits_there_were(site, tmp_path):
    study, steps = study_of(tmp_path, {"Sao Mai": f"{site}/home"}), []
    check = ("Tre", "https://tre.example", "2026-09-01T00:00:00.000000Z", "ok", "", 0.1, "")
    for n in (5, 500):
        with open_journal(tmp_path / f"{n}.sqlite", make=True) as journal:
            with journal.transaction() as connection:
                query = "INSERT INTO checks VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)"
                connection.executemany(query, [check] * n)
            visits = partial(check_pages, study, journal, say=str)
            steps.append(steps_of(journal._connection, visits))
    assert steps[1] < 2 * steps[0]


def test_the_hours_that_a_page_claims_are_kept_with_their_evidence(site, tmp_path):
    with open_journal(tmp_path / "journal.sqlite", make=True) as journal:
        check_pages(study_of(tmp_path, {"Sao Mai": f"{site}/home"}), journal, say=str)
        (claim,) = claimed_hours(journal)
    assert claim["claimed_hours"] == "Mo-Su 08:00-21:00"
    assert "Hotline 8h - 21h" in claim["evidence"] and "no days are named" in claim["evidence"]


def test_a_study_without_pages_is_told_which_to_name(tmp_path):
    study = study_of(tmp_path, {"Sao Mai": ""})
    with open_journal(tmp_path / "journal.sqlite", make=True) as journal:
        with pytest.raises(DataError, match="Name the pages to visit"):
            check_pages(study, journal)


DATA = '<script type="application/ld+json">{}</script><p>Hotline 24/7</p>'


@pytest.mark.parametrize(
    ("page", "hours"),
    [
        (DATA.format('{"openingHours": ["Mo-Fr 08:00-17:30", "Sa 08:00-12:00"]}'),
         "Mo-Fr 08:00-17:30; Sa 08:00-12:00"),
        (DATA.format('{"@graph": [{"openingHoursSpecification": {"dayOfWeek": '
                     '["https://schema.org/Monday", "Tuesday"], "opens": "08:00:00", '
                     '"closes": "23:59"}}]}'), "Mo,Tu 08:00-24:00"),
        (DATA.format('{"openingHours": "Mo-Su"}'), "24/7"),
        (DATA.format('{"openingHours": "by appointment"}'), "24/7"),  # the words, then
        (DATA.format("{broken"), "24/7"),
        ("<p>Tổng đài chăm sóc khách hàng 24/24</p>", "24/7"),
        ("<p>Tổng đài T2-CN: 7h30 - 22h</p>", "Mo-Su 07:30-22:00"),
        ("<p>Thứ 2 - Thứ 6: 8h00 – 17h30</p><p>Thứ 7: 8h - 12h</p>",
         "Mo-Fr 08:00-17:30; Sa 08:00-12:00"),
        ("<p>Hỗ trợ từ 8 giờ đến 17 giờ 30 phút</p>", "Mo-Su 08:00-17:30"),
        ("<p>Customer care: Monday to Friday 8 am to 9 pm</p>", "Mo-Fr 08:00-21:00"),
        ("<p>Không phục vụ 24/7. Hotline 8h đến 21h</p>", "Mo-Su 08:00-21:00"),
        ("<p>Hotline 22:00-06:00</p>", "Mo-Su 22:00-06:00"),
        (f"<p>Cửa hàng mở 9h - 22h</p>{'<p>tin tức</p>' * 30}<p>Hotline 8h - 18h</p>",
         "Mo-Su 08:00-18:00"),
        ("<p>Hotline 8h - 18h</p><p>Tổng đài 7h - 22h</p>", ""),  # two things said
    ],
)  # fmt: skip
def test_hours_are_read_from_data_before_words(page, hours):
    claim = claimed_on_page(page)
    assert claim is not None and claim.hours == hours and claim.evidence


@pytest.mark.parametrize(
    "page",
    [
        "<p>Điện thoại giá 8 - 17 triệu</p>",
        "<p>Gọi 024 7300 1900 hoặc 1800-8018</p>",
        "<p>6.1 - 6.7 inch, 128GB - 256GB</p>",
        "<p>Từ ngày 8/2026 đến 17/2026</p>",
        "<script>var shown = '24/7'</script><style>a{b:c}</style><p>Xin chào</p>",
        "<p>We are not open 24/7.</p>",
        "",
    ],
)
def test_prices_numbers_and_hidden_code_are_no_hours(page):
    assert claimed_on_page(page) is None


def test_nothing_is_visited_while_the_stop_file_is_there(site, tmp_path):
    study = study_of(tmp_path, {"Sao Mai": f"{site}/home"})
    (tmp_path / "STOP").touch()
    with open_journal(tmp_path / "journal.sqlite", make=True) as journal:
        with pytest.raises(DataError, match="STOP is there"):
            check_pages(study, journal)
        assert list(checked_pages(journal)) == []
