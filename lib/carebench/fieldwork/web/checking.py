"""Visits the pages of a study's providers, and writes what came of it into the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ...schema import DataError
from ...study import Study
from ..journal import Journal
from ..journal.contact import addresses_of, carry_over
from ..journal.opening import utc_text
from ..rules.limits import stopped
from ..rules.recipients import is_barred
from ..wave import wave_of
from .hours import ClaimedHours, claimed_on_page
from .verdicts import SAID, UNSURE, WORKS, Visit, visit

SHORTEST = timedelta(minutes=5)  # between two visits of one page: a mistaken timer is no siege
PAGES = ("website", "web_form")


@dataclass(frozen=True, slots=True)
class PageSummary:
    """What a round of visits found."""

    visited: int
    up: int
    ours: int
    passed_over: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a provider, and the words that it always holds."""

    provider: str
    address: str
    words: str


def pages_of(study: Study) -> tuple[Page, ...]:
    """The pages that the study names: site and form of each provider.

    Raises
    ------
    DataError
        It names none.
    """
    found = tuple(
        Page(provider, getattr(contact, kind), contact.website_words * (kind == "website"))
        for provider, contact in study.fieldwork.providers.items()
        for kind in PAGES
        if getattr(contact, kind)
    )
    if not found:
        raise DataError(
            f"{study.path.name}: no provider under [fieldwork.providers] has a website or a "
            "web_form. Name the pages to visit."
        )
    return found


def check_pages(
    study: Study,
    journal: Journal,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    say: Callable[[str], None] = print,
) -> PageSummary:
    """Visit every page of the study once, and keep the verdicts and the hours claimed.

    Pages of a provider of whom any address is not to be contacted are left in peace.

    Notes
    -----
    One machine cannot tell their outage from its own: whenever a page fails, the study's
    `controls` are visited, and where none of them answers the failure is ours. Without controls
    it is theirs if their server said so, and else nobody's: unknown.

    Raises
    ------
    DataError
        The study names no page, or its stop file is there.
    """
    if stopped(study):
        raise DataError(
            f"{study.fieldwork.stop_file} is there: nothing is visited until it is gone."
        )
    visited = up = ours = passed_over = 0
    pages = pages_of(study)
    carry_over(wave_of(study), journal, now=now())
    for page in pages:
        if _is_left_alone(journal, study, page):
            say(f"{page.provider}: {page.address} is not visited: they asked not to be contacted")
            continue
        if _just_visited(journal, page, now()):
            passed_over += 1
            continue
        seen = visit(page.address, words=page.words, certificates=study.fieldwork.mail.certificates)
        fault = _fault(seen, study.fieldwork.controls)
        at = utc_text(now())
        _keep(journal, page, seen, fault, at)
        visited, up = visited + 1, up + (seen.verdict in WORKS)
        ours += fault == "ours"
        say(f"{page.provider}: {page.address} {seen.verdict}{f' ({fault})' * bool(fault)}")
        _keep_claim(journal, page, _claimed(seen.text, say), at)
    return PageSummary(visited, up, ours, passed_over)


def _is_left_alone(journal: Journal, study: Study, page: Page) -> bool:
    whole = [page.address, *addresses_of(study, page.provider)]
    with journal.transaction() as books:
        return any(is_barred(books, address, study.zone) for address in whole)


def _claimed(text: str, say: Callable[[str], None]) -> ClaimedHours | None:
    """The hours that a page claims; a page may hold anything, and the round goes on."""
    try:
        return claimed_on_page(text)
    except Exception as error:
        say(f"  its hours cannot be read: {type(error).__name__}")
        return None


def _fault(seen: Visit, controls: Sequence[str]) -> str:
    """Whose failure it was; "" where there was none."""
    if seen.verdict in WORKS:
        return ""
    if seen.verdict in UNSURE:
        return "unknown"
    if not controls:
        return "theirs" if seen.verdict in SAID else "unknown"
    return "theirs" if any(visit(site).verdict in WORKS for site in controls) else "ours"


def _just_visited(journal: Journal, page: Page, now: datetime) -> bool:
    last = journal.value("SELECT max(at_utc) FROM checks WHERE page = ?", page.address)
    return last is not None and str(last) > utc_text(now - SHORTEST)


def _keep(journal: Journal, page: Page, seen: Visit, fault: str, at: str) -> None:
    with journal.transaction() as books:
        books.execute(
            "INSERT INTO checks (provider, page, at_utc, verdict, fault, seconds, detail) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (page.provider, page.address, at, seen.verdict, fault, seen.seconds, seen.detail),
        )


def _keep_claim(journal: Journal, page: Page, claimed: ClaimedHours | None, at: str) -> None:
    if claimed is None:
        return
    with journal.transaction() as books:
        books.execute(
            "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?)",
            (page.provider, page.address, at, claimed.hours, claimed.evidence),
        )


def checked_pages(journal: Journal) -> Iterator[dict[str, object]]:
    """The rows of the table `page_checks`, in the order in which they were made."""
    for row in journal.rows("SELECT * FROM checks ORDER BY at_utc, number"):
        yield {
            "provider": row["provider"],
            "page": row["page"],
            "checked_at": row["at_utc"],
            "verdict": row["verdict"],
            "fault": row["fault"],
            "seconds": row["seconds"],
        }


def claimed_hours(journal: Journal) -> Iterator[dict[str, object]]:
    """What each provider's pages claim of their hours, as read last, with the evidence."""
    query = (
        "SELECT provider, page, max(at_utc) AS at_utc, hours, evidence FROM claims "
        "GROUP BY provider, page ORDER BY provider, page"
    )
    for row in journal.rows(query):
        yield {
            "provider": row["provider"],
            "claimed_hours": row["hours"],
            "page": row["page"],
            "read_at": row["at_utc"],
            "evidence": row["evidence"],
        }
