"""Writes notes of failed, delayed and other deliveries in the forms that mail systems use."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from random import Random

BOUNDARY = "=_note_of_the_post_7"


def head_of(raw: bytes) -> bytes:
    """The header lines of a message."""
    return raw.replace(b"\r\n", b"\n").split(b"\n\n")[0] + b"\n"


def dsn(
    raw: bytes,
    to: str,
    recipient: str,
    action: str,
    status: str,
    diagnostic: str,
    *,
    words: str = "",
    subject: str = "",
    sender: str = "MAILER-DAEMON@relay.example",
    whole: bool = False,
    international: bool = False,
    extra: str = "",
) -> bytes:
    """A report of RFC 3464 on the message `raw`; with `international` one of RFC 6533."""
    kind = "message/global-delivery-status" if international else "message/delivery-status"
    family = "utf-8" if international else "rfc822"
    returned = ("message/rfc822", raw) if whole else ("text/rfc822-headers", head_of(raw))
    lines = [
        f"From: Mail Delivery System <{sender}>",
        f"To: {to}",
        f"Subject: {subject or 'Delivery Status Notification'}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{BOUNDARY}"',
        "",
        f"--{BOUNDARY}",
        "Content-Type: text/plain; charset=utf-8",
        "",
        words or "This is a note about your message.",
        "",
        f"--{BOUNDARY}",
        f"Content-Type: {kind}",
        "",
        "Reporting-MTA: dns; relay.example",
        "Arrival-Date: Mon, 5 Oct 2026 09:12:00 +0700",
        "",
        f"Final-Recipient: {family}; {recipient}",
        f"Action: {action}",
        f"Status: {status}",
        *([f"Diagnostic-Code: smtp; {diagnostic}"] if diagnostic else []),
        *([extra] if extra else []),
        "",
        f"--{BOUNDARY}",
        f"Content-Type: {returned[0]}",
        "",
    ]
    end = f"\n--{BOUNDARY}--\n"
    return "\n".join(lines).encode() + b"\n" + returned[1] + end.encode()


def qmail_bounce(raw: bytes, to: str, recipient: str, reason: str) -> bytes:
    """The form of qmail: plain text, then the message itself."""
    text = (
        "Hi. This is the qmail-send program at relay.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{recipient}>:\n{reason}\n\n"
        "--- Below this line is a copy of the message.\n\n"
    )
    head = f"From: MAILER-DAEMON@relay.example\nTo: {to}\nSubject: failure notice\n\n"
    return head.encode() + text.encode() + b"Return-Path: <x>\n" + raw


def plain_note(
    raw: bytes,
    to: str,
    subject: str,
    text: str,
    sender: str = "MAILER-DAEMON@relay.example",
    **headers: str,
) -> bytes:
    """A note in free words, with the head of the message below it."""
    note = EmailMessage()
    note["From"] = f"Mail System <{sender}>"
    note["To"] = to
    note["Subject"] = subject
    for name, value in headers.items():
        note[name.replace("_", "-")] = value
    original = message_from_bytes(raw)
    below = f"Message-ID: {original['Message-ID']}\nSubject: {original['Subject']}"
    note.set_content(f"{text}\n\n------ your message ------\n{below}\n")
    return note.as_bytes()


def a_probe(rng: Random, token: str = "abcdefghij234567") -> bytes:
    """A message that might come back."""
    message = EmailMessage()
    message["From"] = f"Ann Invented <audit+{token}@kit.example>"
    message["To"] = "care@alder.example"
    message["Subject"] = f"Prices, KR{rng.randrange(10**8):08d}"
    message["Message-ID"] = f"<{rng.randrange(10**12)}.{token}@kit.example>"
    message.set_content("Dear Alder, where is the price list?\n")
    return message.as_bytes()
