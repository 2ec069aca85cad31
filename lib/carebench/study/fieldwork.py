"""The keys of a study file that say how attempts are made: [fieldwork] and what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..settings import key

Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """How often each provider is contacted through one channel, and within what limits."""

    attempts: int = key("attempts at each provider in the wave")
    at_any_hour: int = key("further ones, at any hour of the week, quiet ones too", 0)
    per_day: int = key("most attempts at one provider, or one line, in one day", 1)
    gap: str = key("shortest time between two attempts at one provider or line", "12 h")
    quiet: str = key("hours of the provider's day without attempts, such as '21:00-08:00'", "")
    watched: str = key("how long an answer is watched for", "14 d")
    cost: float = key("what one attempt costs, in the study's currency", 0.0)
    staff_minutes: float = key("time of the provider's staff that one attempt takes", 5.0)


@dataclass(frozen=True, slots=True)
class Contact:
    """Where one provider is reached."""

    email: str = key("address that customers write to", "")
    phone: str = key("number that customers call, with country code: +84 ...", "")
    website: str = key("address of its site", "")
    website_words: str = key("words that its site always holds; a page without is no page", "")
    web_form: str = key("address of its form", "")
    chat: str = key("where its chat is found", "")
    social: str = key("its page or account", "")
    visit: str = key("address of its care centre", "")
    centre: str = key("name of a centre that several providers share, who then count as one", "")
    zone: str = key("IANA time zone of its staff; the study's where not given", "")
    language: Literal["", "en", "vi"] = key("language to write in; the study's if empty", "")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a shopper asks. {reference}, {persona} and {provider} stand for what each attempt has.

    It asks for what is public, could be asked openly, and can be closed at once.
    """

    stage: Literal["before", "at", "after"] = key("stage of purchase the request belongs to")
    channels: tuple[str, ...] = key("channels it suits")
    subject: Mapping[str, str] = key("by language: subject of the e-mail", factory=dict)
    text: Mapping[str, str] = key("by language: what is asked", factory=dict)
    answer_words: tuple[str, ...] = key("words of which a true answer holds one or more", ())
    source: str = key("where the public answer stands", "")
    version: str = key("changed whenever the text is", "1")


@dataclass(frozen=True, slots=True)
class Persona:
    """Who the shopper says to be."""

    name: Mapping[str, str] = key("by language: an invented name to sign with")
    arm: str = key("arm of an experiment, such as big or small customer", "")


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who makes attempts; a code, never a name."""

    channels: tuple[str, ...] = key("channels this shopper works in")
    per_day: int = key("most attempts in one day", 20)


@dataclass(frozen=True, slots=True)
class Mail:
    """The mailbox that probes are sent from and answers come to."""

    address: str = key("our address; each probe gets its own, by + or as an alias", "")
    alias: Literal["plus", "catch_all"] = key(
        "form of a probe's own address: plus = audit+token@..., catch_all = token@...", "plus"
    )
    smtp: str = key("server that sends, as host:port", "")
    smtp_security: Security = key("how the connection is protected", "starttls")
    imap: str = key("server of the mailbox, as host:port", "")
    imap_security: Security = key("how the connection is protected", "tls")
    folders: tuple[str, ...] = key("folders to read; junk too", ("INBOX", "Junk"))
    archives: tuple[str, ...] = key("mbox files or Maildir folders, read instead of IMAP", ())
    user: str = key("login name; the address where empty", "")
    password: str = key(
        "environment variable that holds the password, or keyring:SERVICE",
        "CAREBENCH_MAIL_PASSWORD",
    )
    token_command: str = key("command that prints an OAuth token; then no password is used", "")
    certificates: str = key("file of certificates to trust besides the system's (PEM)", "")


@dataclass(frozen=True, slots=True)
class Sip:
    """The telephone account that the experimental caller uses; its own number is what shows."""

    server: str = key("the provider of the line, as host:port (UDP)", "")
    domain: str = key("domain of the account; the server's name where empty", "")
    user: str = key("name or number of the account", "")
    password: str = key("environment variable that holds the password", "CAREBENCH_SIP_PASSWORD")
    shopper: str = key("code of the shopper whose calls the caller makes", "sip")
    ring: str = key("how long it rings before the caller hangs up", "45 s")
    hold: str = key("how long an answered line is kept", "2 s")


@dataclass(frozen=True, slots=True)
class SignOff:
    """What must stand written before anything real is sent."""

    purpose: str = key("what the audit is for", "")
    basis: Literal["", "own", "contracted", "competitor", "public_body"] = key(
        "on what ground these providers are audited", ""
    )
    approver: str = key("who approved it: office or role", "")
    approved_on: str = key("day of the approval (YYYY-MM-DD)", "")
    staff_told_on: str = key("day on which own staff was told that audits happen (YYYY-MM-DD)", "")
    page: str = key("code of the page that was signed, as `probe approve` says it", "")
    budget: int = key("most attempts that may be made in the wave", 0)
    recipients: tuple[str, ...] = key("addresses and numbers that may be contacted", ())


@dataclass(frozen=True, slots=True)
class Fieldwork:
    """How attempts are made; read by `carebench plan`, `probe`, `import` and `code`."""

    starts: str = key("first day of the wave (YYYY-MM-DD)", "")
    weeks: int = key("length of the wave in weeks", 4)
    seed: int = key("the same seed makes the same plan", 1)
    channels: Mapping[str, ChannelPlan] = key("by channel: how often", factory=dict)
    providers: Mapping[str, Contact] = key("by provider: where it is reached", factory=dict)
    scenarios: Mapping[str, Scenario] = key("what is asked", factory=dict)
    personas: Mapping[str, Persona] = key("who the shoppers say to be", factory=dict)
    shoppers: Mapping[str, Shopper] = key("who makes the attempts", factory=dict)
    mail: Mail = key("the mailbox of the audit", factory=Mail)
    sip: Sip = key("the account of the experimental caller", factory=Sip)
    sign_off: SignOff = key("what must be written before anything is sent", factory=SignOff)
    stop_file: str = key("a file in the study's folder; while it is there, nothing is sent", "STOP")
    stop_queue: str = key("calls stop at a line whose queue was longer than this", "10 min")
    keep_days: int = key("days for which what was received is kept as it came", 180)
    double_coded: float = key("share of sure answers that are coded by hand all the same", 0.10)
    controls: tuple[str, ...] = key("sites that are up; when they fail, the fault is ours", ())
