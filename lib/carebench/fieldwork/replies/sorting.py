"""Matches and labels all that was received, each message in the light of all others."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from ...study import Study
from ..journal import Journal
from ..letters.reading import Received, read
from .examining import examine, reader_of
from .kept import Reading, Said, marks_by_probe, readings, said_in
from .labels import Label, label_of
from .matching import Probes
from .sameness import Common, Sentence, alike, sentence, sentences, share
from .signs import signs_of
from .stopping import asked_apart, stop

_ALIKE = "our own texts"  # among the facts of the journal
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


_PROBES = "SELECT token, provider, recipient, scenario, message_id, sent_utc, tried_utc FROM probes"


@dataclass(frozen=True, slots=True)
class _Change:
    """A label that is new or another than before, and what it rests on."""

    digest: str
    basis: str
    token: str
    matched_by: str
    label: Label


@dataclass(slots=True)
class _Found:
    """What came of looking at all messages: what changed, and what somebody should know."""

    changed: list[_Change] = field(default_factory=list)
    conflicts: list[tuple[str, str]] = field(default_factory=list)
    apart: set[str] = field(default_factory=set)  # providers that asked us to stop
    n_complaints: int = 0
    n_damaged: int = 0


def read_all(journal: Journal, study: Study) -> Summary:
    """Say of every received message which probe it answers and what it is.

    Each is read once; what it is depends on the others too, since what a provider wrote to one
    probe may turn out to be what it wrote to others. Those whose bytes were erased keep what
    was said of them. Whoever asked us to stop, by the kit's reading or a coder's, is written to
    no more.
    """
    probes = Probes(journal.rows(_PROBES), study.fieldwork.mail)
    reader = examine(journal, study, probes)
    found = _look(journal, study, probes, reader)
    with journal.transaction() as connection:
        for change in found.changed:
            _write(connection, change)
    return Summary(
        messages=int(str(journal.value("SELECT count(*) FROM messages"))),
        matched=int(str(journal.value("SELECT count(*) FROM matches"))),
        labels=dict(Counter(row["label"] for row in journal.rows("SELECT label FROM labels"))),
        conflicts=tuple(words for _received, words in sorted(found.conflicts)),
        stopped=tuple(stop(journal, study, found.apart)),
        warnings=(*_to_look_at(found), *_alike(our_own_texts(journal, study))),
    )


def _look(journal: Journal, study: Study, probes: Probes, reader: str) -> _Found:
    """Look at all that was read, and label what is new or stands in a new light."""
    found, common = _Found(), _common(journal, probes)
    for reading in readings(journal, probes):
        match, kind = reading.match, reading.brief.kind
        if len(match.named) > 1:
            words = f"{reading.digest[:12]} ({match.evidence})"
            found.conflicts.append((reading.received_utc, words))
        found.apart.update(asked_apart(reading, probes))
        found.n_complaints += kind == "complaint"
        found.n_damaged += kind == "damaged"
        light = _light(reading, probes, study, common)
        if (basis := _basis(reader, reading, light)) != reading.basis:
            label = _label(journal, reading, light)
            change = _Change(reading.digest, basis, match.token, match.evidence, label)
            found.changed.append(change)
    return found


def _common(journal: Journal, probes: Probes) -> dict[str, Common]:
    """By provider: the sentences that came to three or more of its probes."""
    texts: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for token, marks in marks_by_probe(journal):
        texts[probes.rows[token]["provider"]].append((token, marks))
    return {provider: Common(each) for provider, each in texts.items()}


@dataclass(frozen=True, slots=True)
class _Light:
    """What the label of a reply rests on besides the reply."""

    common: Common
    answer_words: tuple[str, ...] = ()
    seconds: float | None = None


def _light(
    reading: Reading, probes: Probes, study: Study, common: dict[str, Common]
) -> _Light | None:
    if reading.brief.kind != "reply":
        return None
    row = probes.rows[reading.token]
    scenario = study.fieldwork.scenarios.get(row["scenario"])
    words = tuple(scenario.answer_words) if scenario else ()
    seconds = _seconds(row, datetime.fromisoformat(reading.received_utc))
    return _Light(common.get(row["provider"], Common()), words, seconds)


def _basis(reader: str, reading: Reading, light: _Light | None) -> str:
    """All that a label rests on, as a hash: where it is as it was, so is the label."""
    told: list[object] = [reader, reading.match]
    if light is not None:
        shared = light.common.within(reading.marks)
        told += [light.answer_words, light.seconds, bool(light.common), shared]
    return blake2b(repr(told).encode(), digest_size=16).hexdigest()


def _label(journal: Journal, reading: Reading, light: _Light | None) -> Label:
    """The label of one message, in the light of all others."""
    match, brief = reading.match, reading.brief
    if brief.kind == "damaged":
        return Label("unsure", False, brief.told)
    if match.own:
        return Label("witness", True, match.evidence)
    if not match.token:
        return Label("unrelated", len(match.named) < 2, match.evidence)
    if brief.kind == "complaint":
        return Label("unsure", False, "a complaint about spam; somebody may want us to stop")
    if brief.kind == "note" or light is None:
        return Label("bounce" if brief.lost else "delay", True, brief.told)
    said = said_in(journal, reading.digest)
    try:
        return _judged(said, light)
    except Exception as error:  # as in reading it: no message stops the others
        return Label("unsure", False, f"it could not be judged ({type(error).__name__})")


def _judged(said: Said, light: _Light) -> Label:
    told = tuple(map(sentence, said.sentences))
    signs = signs_of(
        Received(headers=said.headers, text=said.text),
        told,
        light.common,
        answer_words=light.answer_words,
        seconds=light.seconds,
        repeated=share(told, light.common),
        subject=said.subject,
    )
    return label_of(signs)


def _seconds(row: sqlite3.Row, received: datetime) -> float | None:
    """Seconds from sending to arrival; None where a clock must be wrong, or nothing is known."""
    sent = row["sent_utc"] or row["tried_utc"]
    if not sent:
        return None
    waited = (received - datetime.fromisoformat(sent)).total_seconds()
    return max(waited, 0.0) if waited > -_CLOCKS_S else None


def _write(connection: sqlite3.Connection, change: _Change) -> None:
    """Put match and label of a message in the place of those that were there."""
    digest, label = change.digest, change.label
    known = "UPDATE readings SET basis = ? WHERE digest = ?"
    if not connection.execute(known, (change.basis, digest)).rowcount:
        return  # its bytes were erased meanwhile: it keeps what was said of it
    connection.execute("DELETE FROM matches WHERE digest = ?", (digest,))
    if change.token:
        values = (digest, change.token, change.matched_by)
        connection.execute("INSERT INTO matches VALUES (?, ?, ?)", values)
    connection.execute(
        "INSERT OR REPLACE INTO labels VALUES (?, ?, ?, ?)",
        (digest, label.label, int(label.sure), label.evidence),
    )


def _to_look_at(found: _Found) -> Iterator[str]:
    if found.n_damaged:
        yield (
            f"{found.n_damaged} messages could not be read and are labelled unsure. Their bytes "
            "are kept: look at them in the mailbox."
        )
    if found.n_complaints:
        yield (
            f"{found.n_complaints} complaints about spam came for our own messages. Read them: "
            "whoever complains may want us to stop (`carebench probe stop`)."
        )


def _alike(warnings: list[str]) -> Iterator[str]:
    """The first of many warnings of one kind, and how many more there are."""
    if warnings:
        more = f" So it is with {len(warnings) - 1} more." if len(warnings) > 1 else ""
        yield warnings[0] + more


def our_own_texts(journal: Journal, study: Study) -> list[str]:
    """Where our own texts are so alike that staff may recognise them, by provider and scenario.

    Letters are fixed when they are planned: what was once found of the same ones is kept.
    """
    query = "SELECT token FROM probes WHERE raw IS NOT NULL ORDER BY token"
    tokens = [str(row["token"]) for row in journal.rows(query)]
    basis = blake2b(f"{reader_of(study)} {tokens}".encode(), digest_size=16).hexdigest()
    known, _line, kept = journal.fact(_ALIKE).partition("\n")
    if known == basis:
        return kept.splitlines()
    warnings = list(_recognisable(journal, study, tokens))
    with journal.transaction() as connection:
        told = "\n".join([basis, *warnings])
        connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (_ALIKE, told))
    return warnings


def _recognisable(journal: Journal, study: Study, tokens: list[str]) -> Iterator[str]:
    personas = study.fieldwork.personas
    names = {name for persona in personas.values() for name in persona.name.values()}
    texts: dict[str, dict[str, tuple[Sentence, ...]]] = defaultdict(dict)
    scenario: dict[str, str] = {}
    for token in tokens:
        (row,) = journal.rows("SELECT provider, scenario, raw FROM probes WHERE token = ?", token)
        written, provider = read(row["raw"] or b""), row["provider"]
        said = sentences(f"{written.subject}\n{written.whole}", {*names, provider})
        texts[provider][token], scenario[token] = said, row["scenario"]
    for provider, said_to in sorted(texts.items()):
        for name, n in sorted(Counter(scenario[token] for token in alike(said_to)).items()):
            yield (
                f"{provider} gets {n} probes of scenario {name} in the same words, and may "
                "recognise them. Write further versions of it."
            )
