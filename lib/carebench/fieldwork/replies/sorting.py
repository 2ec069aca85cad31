"""Matches and labels all that was received, anew whenever it is called."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ...study import Study
from ..journal import Journal
from ..letters.reading import Received, read
from .bounces import Note, note_of
from .labels import Label, label_of
from .matching import Match, Probes
from .sameness import Sentence, alike, repeated, sentences, share
from .signs import signs_of
from .wording import STOP, found, plain

_CLOCKS_S = 120.0  # by which clocks of servers may differ; beyond it a time says nothing


@dataclass(frozen=True, slots=True)
class Summary:
    """What was received, in numbers.

    Parameters
    ----------
    messages : int
        All that the journal holds, our own copies too.
    matched : int
        Those that answer one probe for certain.
    labels : dict
        By label: how many.
    conflicts : tuple of str
        Messages that name two probes; they are taken for neither.
    stopped : tuple of str
        Addresses whose holder asked us to stop, which are written to no more.
    warnings : tuple of str
        What somebody should look at.
    """

    messages: int
    matched: int
    labels: dict[str, int] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        named = ", ".join(f"{n} {label}" for label, n in sorted(self.labels.items()))
        said = f"{self.messages} messages, {self.matched} of them matched to a probe"
        lines = [f"{said}: {named}." if named else f"{said}."]
        lines += [f"Names two probes, taken for neither: {words}." for words in self.conflicts]
        lines += [f"Asked us to stop: {address}." for address in self.stopped]
        return "\n".join([*lines, *self.warnings])


@dataclass(slots=True)
class _Item:
    """One message on its way to a label."""

    digest: str
    received: datetime
    message: Received
    match: Match
    note: Note | None = None
    said: tuple[Sentence, ...] = ()
    subject: str = ""  # in plain letters, where it is not our own


def read_all(journal: Journal, study: Study) -> Summary:
    """Say of every received message which probe it answers and what it is.

    All messages are looked at together, since what a provider wrote to one probe may turn out
    to be what it wrote to others. Those whose bytes were erased keep what was said of them.
    Whoever asked us to stop, by the kit's reading or a coder's, is written to no more.
    """
    probes = Probes(journal.rows("SELECT * FROM probes"), study.fieldwork.mail)
    items = [_item(row, probes) for row in journal.rows(_RECEIVED)]
    _split(items, probes, study)
    labels = dict(_labels(items, probes, study))
    with journal.transaction() as connection:
        _write(connection, items, labels)
    return Summary(
        messages=int(str(journal.value("SELECT count(*) FROM messages"))),
        matched=int(str(journal.value("SELECT count(*) FROM matches"))),
        labels=dict(Counter(row["label"] for row in journal.rows("SELECT label FROM labels"))),
        conflicts=tuple(
            f"{item.digest[:12]} ({item.match.evidence})" for item in items if _is_conflict(item)
        ),
        stopped=tuple(_stop(journal, study, list(_asked_apart(items, probes)))),
        warnings=(*_complaints(items), *_alike(our_own_texts(journal, study))),
    )


_RECEIVED = (
    "SELECT digest, received_utc, raw FROM messages WHERE raw IS NOT NULL "
    "ORDER BY received_utc, digest"
)


def _item(row: sqlite3.Row, probes: Probes) -> _Item:
    message = read(row["raw"])
    match = probes.match(message)
    item = _Item(row["digest"], datetime.fromisoformat(row["received_utc"]), message, match)
    if match.token and not match.own:
        item.note = note_of(message, probes.is_ours)
    return item


def _is_conflict(item: _Item) -> bool:
    return len(item.match.named) > 1


def _is_reply(item: _Item) -> bool:
    """Whether somebody, or some machine, of the provider may have written it."""
    return bool(item.match.token) and not (item.match.own or item.note or _is_complaint(item))


def _is_complaint(item: _Item) -> bool:
    return "feedback-report" in item.message.kind


def _split(items: Iterable[_Item], probes: Probes, study: Study) -> None:
    """Give each reply its sentences, without what repeats our own letter."""
    personas = study.fieldwork.personas
    names = {name for persona in personas.values() for name in persona.name.values()}
    ours: dict[str, list[str]] = {}
    for item in filter(_is_reply, items):
        token = item.match.token
        if token not in ours:
            raw = probes.rows[token]["raw"]
            written = read(raw) if raw else Received()
            ours[token] = [written.subject, written.whole]
        item.said = sentences(item.message.text, names, ours[token])
        subject = plain(item.message.subject)
        own = plain(ours[token][0])
        item.subject = "" if own and own in subject else subject


def _labels(items: Iterable[_Item], probes: Probes, study: Study) -> Iterator[tuple[str, Label]]:
    common = _common(items, probes)
    for item in items:
        yield item.digest, _label(item, common, probes, study)


def _common(items: Iterable[_Item], probes: Probes) -> dict[str, frozenset[str]]:
    """By provider: the sentences that came to three or more of its probes."""
    by_provider: dict[str, dict[str, list[tuple[Sentence, ...]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for item in filter(_is_reply, items):
        provider = probes.rows[item.match.token]["provider"]
        by_provider[provider][item.match.token].append(item.said)
    return {provider: repeated(texts) for provider, texts in by_provider.items()}


def _label(item: _Item, common: dict[str, frozenset[str]], probes: Probes, study: Study) -> Label:
    """The label of one message, in the light of all others."""
    if item.match.own:
        return Label("witness", True, item.match.evidence)
    if not item.match.token:
        return Label("unrelated", not _is_conflict(item), item.match.evidence)
    if _is_complaint(item):
        return Label("unsure", False, "a complaint about spam; somebody may want us to stop")
    if item.note:
        label = "bounce" if item.note.kind == "failed" else "delay"
        return Label(label, True, str(item.note))
    row = probes.rows[item.match.token]
    scenario = study.fieldwork.scenarios.get(row["scenario"])
    shared = common[row["provider"]]
    signs = signs_of(
        item.message,
        item.said,
        shared,
        answer_words=scenario.answer_words if scenario else (),
        seconds=_seconds(row, item.received),
        repeated=share(item.said, shared),
        subject=item.subject,
    )
    return label_of(signs)


def _seconds(row: sqlite3.Row, received: datetime) -> float | None:
    """Seconds from sending to arrival; None where a clock must be wrong, or nothing is known."""
    sent = row["sent_utc"] or row["tried_utc"]
    if not sent:
        return None
    waited = (received - datetime.fromisoformat(sent)).total_seconds()
    return max(waited, 0.0) if waited > -_CLOCKS_S else None


def _write(
    connection: sqlite3.Connection, items: Iterable[_Item], labels: dict[str, Label]
) -> None:
    """Put matches and labels in the place of those that were there for the same messages."""
    there = "(SELECT digest FROM messages WHERE raw IS NOT NULL)"
    for table in ("matches", "labels"):
        connection.execute(f"DELETE FROM {table} WHERE digest IN {there}")
    for item in items:
        if item.match.token:
            values = (item.digest, item.match.token, item.match.evidence)
            connection.execute("INSERT INTO matches VALUES (?, ?, ?)", values)
        label = labels[item.digest]
        connection.execute(
            "INSERT INTO labels VALUES (?, ?, ?, ?)",
            (item.digest, label.label, int(label.sure), label.evidence),
        )


def _asked_apart(items: Iterable[_Item], probes: Probes) -> Iterator[str]:
    """Providers that ask us to stop in what answers no single probe.

    They write anew from the address that we wrote to, or name several probes. A newsletter
    tells everybody how to stop it.
    """
    whose = {row["recipient"].casefold(): row["provider"] for row in probes.rows.values()}
    for item in items:
        message = item.message
        if item.match.token or message.header("List-Unsubscribe"):
            continue
        if found(STOP, plain(message.text)):
            yield from (probes.rows[token]["provider"] for token in item.match.named)
            if sender := whose.get(message.sender.casefold()):
                yield sender


def _stop(journal: Journal, study: Study, apart: Iterable[str]) -> Iterator[str]:
    """See that nobody who asked us to stop is contacted again, by whatever channel.

    Where it is in doubt whether somebody asked, they are left in peace. A sender that is the
    address of another provider is not believed: anybody can write any name.

    Parameters
    ----------
    apart : iterable of str
        Providers that asked in what answers no single probe.
    """
    from ..journal.contact import addresses_of, stop_contact

    asked = journal.rows(
        "SELECT DISTINCT probes.provider, probes.recipient, messages.raw FROM matches "
        "JOIN probes USING (token) JOIN messages USING (digest) JOIN labels USING (digest) "
        "WHERE labels.label = 'stop' "
        "OR labels.label = 'unsure' AND labels.evidence LIKE '%stop: %' OR EXISTS "
        "(SELECT 1 FROM codes WHERE item = messages.digest AND codes.label = 'stop')"
    )
    known = {name: addresses_of(study, name) for name in study.fieldwork.providers}
    whose = {address.casefold(): name for name, each in known.items() for address in each}
    addresses = {""}.union(*(known.get(provider, ()) for provider in apart))
    for row in asked:
        addresses |= {row["recipient"], *known.get(row["provider"], ())}
        sender = read(row["raw"]).sender if row["raw"] else ""
        if whose.get(sender.casefold(), row["provider"]) == row["provider"]:
            addresses.add(sender)
    for address in sorted(addresses - {""}):
        stop_contact(journal, address, "asked to stop in a reply")
        yield address


def _complaints(items: Iterable[_Item]) -> Iterator[str]:
    n = sum(_is_complaint(item) and bool(item.match.token) for item in items)
    if n:
        yield (
            f"{n} complaints about spam came for our own messages. Read them: whoever complains "
            "may want us to stop (`carebench probe stop`)."
        )


def _alike(warnings: list[str]) -> Iterator[str]:
    """The first of many warnings of one kind, and how many more there are."""
    if warnings:
        more = f" So it is with {len(warnings) - 1} more." if len(warnings) > 1 else ""
        yield warnings[0] + more


def our_own_texts(journal: Journal, study: Study) -> list[str]:
    """Where our own texts are so alike that staff may recognise them, by provider and scenario."""
    personas = study.fieldwork.personas
    names = {name for persona in personas.values() for name in persona.name.values()}
    texts: dict[str, dict[str, tuple[Sentence, ...]]] = defaultdict(dict)
    rows = journal.rows("SELECT token, provider, scenario, raw FROM probes WHERE raw IS NOT NULL")
    scenario = {row["token"]: row["scenario"] for row in rows}
    for row in rows:
        written = read(row["raw"])
        said = sentences(f"{written.subject}\n{written.whole}", {*names, row["provider"]})
        texts[row["provider"]][row["token"]] = said
    warnings = []
    for provider, said_to in sorted(texts.items()):
        for name, n in sorted(Counter(scenario[token] for token in alike(said_to)).items()):
            warnings.append(
                f"{provider} gets {n} probes of scenario {name} in the same words, and may "
                "recognise them. Write further versions of it."
            )
    return warnings
