"""What an approver signs for: this plan, for this purpose, how many contacts, with whom, as whom.

Each page to be signed carries a code that stands for all of it, and the journal keeps what the
code stood for. Less than was signed may be done without asking; more may not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ...schema import DataError
from ...study import Mail, Study
from ..journal.opening import Journal, utc_text
from ..journal.states import write_event
from ..rules.recipients import same

PAGE = "page:"  # before the code, in the name of the journal's fact
PLAN_LETTERS, TERMS_LETTERS = 12, 8  # of the code; the first are those that `--lock` prints
WHERE = "fieldwork.sign_off"


@dataclass(frozen=True, slots=True)
class Terms:
    """What one page asks to approve."""

    plan: str  # its whole hash
    purpose: str
    basis: str
    budget: int
    recipients: tuple[str, ...]
    sender: str = ""  # as `sender_of` has it; pages of before it was asked name none

    @property
    def code(self) -> str:
        """The plan's hash, shortened, and a hash of all that is approved."""
        said = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()
        return f"{self.plan[:PLAN_LETTERS]}-{hashlib.sha256(said).hexdigest()[:TERMS_LETTERS]}"


def terms_of(study: Study, journal: Journal) -> Terms:
    """What the study asks to approve as it is now, of the plan that is locked in `journal`."""
    asked = study.fieldwork.sign_off
    recipients = {same(each) for each in asked.recipients}  # alike with and without extras
    return Terms(
        plan=journal.fact("plan"),
        purpose=" ".join(asked.purpose.split()),
        basis=asked.basis,
        budget=asked.budget,
        recipients=tuple(sorted(recipients)),
        sender=sender_of(study.fieldwork.mail),
    )


def sender_of(mail: Mail) -> str:
    """Where e-mails come from, with … for what differs: audit+…@firm.example; "" without any."""
    local, _at, domain = mail.address.strip().rpartition("@")
    before = "" if mail.alias == "catch_all" else f"{local}+"
    return f"{before}…@{domain}" if mail.address else ""


def remember(journal: Journal, terms: Terms, now: datetime) -> None:
    """Keep what the page with the code of `terms` says, so that changes can be told later."""
    said = json.dumps(asdict(terms), ensure_ascii=False)
    with journal.transaction() as connection:
        new = connection.execute(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT DO NOTHING", (PAGE + terms.code, said)
        ).rowcount
        if new:
            write_event(
                connection, "page", f"{terms.code} written on {utc_text(now)[:10]}", now=now
            )


def unsigned(study: Study, journal: Journal) -> list[str]:
    """What nobody has signed for, in one sentence; empty where all of it is signed."""
    signed, now = study.fieldwork.sign_off.page.strip(), terms_of(study, journal)
    if signed == now.code and journal.fact(PAGE + signed):
        return []
    if not signed:
        return [
            f"{WHERE}.page: the code of the page that was signed; `carebench probe approve STUDY` "
            "writes the page and says its code"
        ]
    more = list(_more(signed, now, journal.fact(PAGE + signed)))
    if not more:
        return []
    return [
        f"{WHERE}.page: {'; '.join(more)}. Let the page that `carebench probe approve STUDY` "
        "writes now be signed, and put its code in the place of the old one"
    ]


def _more(signed: str, now: Terms, kept: str) -> Iterator[str]:
    """In what the study goes beyond the page with the code `signed`, of which `kept` is known."""
    if not kept:
        yield f"no page with the code {signed!r} was written for this wave"
        return
    then = _read(kept, signed)
    if then.plan != now.plan:
        yield (
            f"page {signed} is of plan {then.plan[:PLAN_LETTERS]}, and "
            f"{now.plan[:PLAN_LETTERS] or 'none'} is locked now"
        )
    for name in ("purpose", "basis", "sender"):
        old, new = getattr(then, name), getattr(now, name)
        if old != new:
            yield f"since page {signed} was written, {name} was {old!r} and is {new!r}"
    if now.budget > then.budget:
        yield f"page {signed} is of at most {then.budget} contacts, and budget is {now.budget}"
    if new := sorted({*now.recipients} - {*then.recipients}):
        yield f"page {signed} does not name {', '.join(new)}, which recipients does"


def _read(kept: str, code: str) -> Terms:
    try:
        said: dict[str, Any] = json.loads(kept)
        return Terms(**said | {"recipients": tuple(said["recipients"])})
    except (ValueError, TypeError, KeyError):
        raise DataError(
            f"The journal's note of page {code} is damaged. Restore the journal from a backup, or "
            "let a new page of `carebench probe approve STUDY` be signed."
        ) from None
