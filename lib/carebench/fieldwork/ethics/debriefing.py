"""The letter that tells a provider, when all is over, that it was audited and how to answer."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ... import language
from ...language import _, number, speaking
from ...schema import DataError
from ...study import Study
from ..journal.contact import reached_at
from ..journal.later import LATE, never_sent
from ..journal.opening import Journal, utc_text
from ..journal.states import REACHED
from ..wave import Wave

WIDTH = 78
MADE = tuple(state for state in REACHED if state not in ("sending", "not_sent"))


@dataclass(frozen=True, slots=True)
class Contacts:
    """What one provider was asked: attempts by channel, first and last day, staff minutes."""

    provider: str
    by_channel: dict[str, int]
    first: date
    last: date
    staff_minutes: float
    language: str  # in which it was written to
    in_peace: bool  # asked not to be contacted


def write_debriefs(
    study: Study, journal: Journal, wave: Wave, code: str = "", *, now: datetime | None = None
) -> list[Path]:
    """Write one letter for each provider that was contacted.

    Who asked not to be contacted gets one too: it is the only way to learn what was done and is
    kept. It says that it is the last.

    Parameters
    ----------
    code : str
        Language of all letters; where empty, of each that in which the provider was written to.

    Returns
    -------
    list of Path
        debrief/debrief-PROVIDER-LANGUAGE.txt in the wave's folder, in the order of providers.

    Raises
    ------
    DataError
        Attempts are still to be made: the letter would give them away. Or none was made.
    """
    _refuse_early(study, journal, now or datetime.now(UTC))
    made = contacts(study, journal)
    if not made:
        raise DataError("Nobody was contacted in this wave, so nobody is owed a letter.")
    folder = wave.folder / "debrief"
    folder.mkdir(mode=0o700, exist_ok=True)
    names = _file_names([each.provider for each in made])
    return [
        _write(folder, name, study, each, code or each.language)
        for name, each in zip(names, made, strict=True)
    ]


def _refuse_early(study: Study, journal: Journal, now: datetime) -> None:
    """Raise `DataError` where an attempt may still be made, or is under way."""
    # What a person was to make and did not is past once its time is: no sheet brings it back.
    missed = "channel != 'email' AND not_before < ?"
    query = f"SELECT count(*) FROM probes WHERE state = 'planned' AND NOT ({missed})"
    planned = int(str(journal.value(query, utc_text(now - LATE))))
    if still := planned - len(never_sent(study, journal, now)):
        raise DataError(
            f"{still} attempts of this wave are still to be made, and a debrief would give them "
            "away. Wait, or cancel them with `carebench probe stop STUDY ADDRESS`."
        )
    if begun := journal.value("SELECT count(*) FROM probes WHERE state = 'sending'"):
        raise DataError(
            f"{begun} attempts of this wave were begun and have no end. `carebench probe status "
            "STUDY` says how each is finished; then write the letters."
        )


def contacts(study: Study, journal: Journal) -> list[Contacts]:
    """What each provider was asked, as the journal knows it; doubts count as made."""
    rows = journal.rows(
        "SELECT provider, channel, zone, language, coalesce(sent_utc, tried_utc, not_before) AS at "
        f"FROM probes WHERE state IN {MADE} ORDER BY provider, channel"
    )
    barred = [row["address"] for row in journal.rows("SELECT address FROM do_not_contact")]
    in_peace = reached_at(study, barred)
    found = []
    for provider in dict.fromkeys(row["provider"] for row in rows):
        own = [row for row in rows if row["provider"] == provider]
        days = [datetime.fromisoformat(r["at"]).astimezone(ZoneInfo(r["zone"])).date() for r in own]
        channels = [row["channel"] for row in own]
        counts = {channel: channels.count(channel) for channel in dict.fromkeys(channels)}
        plans = study.fieldwork.channels
        minutes = sum(n * plans[c].staff_minutes for c, n in counts.items() if c in plans)
        written, asked = own[0]["language"], provider in in_peace
        found.append(Contacts(provider, counts, min(days), max(days), minutes, written, asked))
    return found


def letter(study: Study, made: Contacts) -> str:
    """The letter to one provider, in the language in use."""
    fields = {
        "provider": made.provider,
        "author": study.brand.author or study.fieldwork.sign_off.approver,
        "purpose": study.fieldwork.sign_off.purpose,
        "address": study.fieldwork.mail.address,
        "first": language.date(made.first),
        "last": language.date(made.last),
        "minutes": number(made.staff_minutes),
        "days": number(study.fieldwork.keep_days),
    }
    counts = [
        f"- {channel_names()[channel]}: {number(n)}" for channel, n in made.by_channel.items()
    ]
    before, after = _before(), _after(made)
    told = [textwrap.fill(text.format_map(fields), WIDTH) for text in before]
    rest = [textwrap.fill(text.format_map(fields), WIDTH) for text in after]
    signed = f"{fields['author']}\n{fields['address']}"
    return "\n\n".join([*told, "\n".join(counts), *rest, signed]) + "\n"


def _before() -> list[str]:
    return [
        _("To the customer care of {provider}"),
        _(
            "Between {first} and {last} we contacted you as customers do, to learn how customers "
            "are answered. We did not say so at the time, because an answer that knows of "
            "the test is another answer. We tell you now."
        ),
        _("The purpose of the study: {purpose}."),
        _("How often we contacted you:"),
    ]


def _after(made: Contacts) -> list[str]:
    return [
        _(
            "By our estimate this took {minutes} minutes of your staff's time. We asked only what "
            "is public, ordered nothing and complained of nobody."
        ),
        _(
            "We recorded no voices. We judge the care of the firm, not persons: no employee is "
            "named, ranked or described in any result, and the results may not be used against "
            "one."
        ),
        _(
            "You may see your own results before they are published, and reply to them; your "
            "reply is printed with them in your own words."
        ),
        _(
            "What was received is kept for {days} days and then erased. Every person who "
            "answered may ask us what we hold, object to it, and have it erased at once: a line "
            "to {address} is enough, without giving a reason."
        ),
        _("You will not be contacted by us again: this letter is the last you hear from us.")
        if made.in_peace
        else _("If you wish never to be contacted by us again, say so at the same address."),
    ]


def channel_names() -> dict[str, str]:
    """What contacts are called, by channel."""
    return {
        "email": _("e-mails"),
        "phone": _("telephone calls"),
        "chat": _("chats"),
        "social": _("messages on social networks"),
        "web_form": _("web forms"),
        "visit": _("visits"),
        "website": _("visits to the website"),
    }


def _write(folder: Path, name: str, study: Study, made: Contacts, code: str) -> Path:
    path = folder / f"debrief-{name}-{code}.txt"
    with speaking(code):
        path.write_text(letter(study, made), encoding="utf-8")
    return path


def _file_names(providers: list[str]) -> list[str]:
    """A name for each provider's file; those of other scripts may be alike, so are numbered.

    Two dashes stand in no other name.
    """
    names = [_slug(provider) for provider in providers]
    return [
        f"{name}--{n}" if names.count(name) > 1 else name for n, name in enumerate(names, start=1)
    ]


def _slug(name: str) -> str:
    """A provider's name as part of the name of a file, on any system."""
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D"))
    letters = plain.encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "provider"
