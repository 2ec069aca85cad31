"""Sent probes, and a mailbox into which a test puts what it likes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.opening import utc_text
from carebench.fieldwork.journal.probes import add, token_of
from carebench.fieldwork.journal.receiving import keep
from carebench.fieldwork.letters import address_of, compose
from carebench.fieldwork.probe import Probe
from carebench.fieldwork.replies import read_all
from carebench.study import load_study
from field_studies import field_study

SENT = datetime(2026, 12, 1, 3, tzinfo=UTC)
PROVIDER = "Alder Invented Power"


class Field:
    """A study with sent probes, and a mailbox into which a test puts what it likes."""

    def __init__(self, folder, n: int = 6) -> None:
        self.study = load_study(field_study(folder))
        self.journal = open_journal(folder / "journal.sqlite", make=True)
        self.tokens: list[str] = []
        self._uid = 0
        with self.journal.transaction() as connection:
            for number in range(1, n + 1):
                token = token_of("key", "w", PROVIDER, "email", number, False, 1)
                probe = Probe(
                    token, PROVIDER, "email", "prices", "1", "before", "small", "", "s1", "en",
                    f"{SENT:%Y-%m-%dT%H:%M:%SZ}", "Asia/Ho_Chi_Minh", 3, False, number,
                )  # fmt: skip
                made = compose(probe, self.study)
                add(
                    connection, probe, recipient="care@alder.example", centre="alder",
                    watched_s=14 * 86400.0, message_id=made.message_id, raw=made.raw,
                )  # fmt: skip
                query = "UPDATE probes SET state = 'sent', sent_utc = ? WHERE token = ?"
                connection.execute(query, (utc_text(SENT), token))
                self.tokens.append(token)

    def probe(self, n: int = 0):
        return self.journal.rows("SELECT * FROM probes WHERE token = ?", self.tokens[n])[0]

    def own(self, n: int = 0) -> str:
        return address_of(self.tokens[n], self.study.fieldwork.mail)

    def receive(self, message: EmailMessage | bytes, seconds: float = 7200) -> None:
        raw = message if isinstance(message, bytes) else message.as_bytes()
        self._uid += 1
        received = utc_text(SENT + timedelta(seconds=seconds))
        keep(self.journal, "a", "INBOX", 1, [(self._uid, received, raw)])

    def read(self):
        return read_all(self.journal, self.study)

    def matched(self) -> list[str]:
        rows = self.journal.rows("SELECT token FROM matches ORDER BY token")
        return [row["token"] for row in rows]

    def labels(self) -> list[str]:
        query = "SELECT label FROM labels JOIN messages USING (digest) ORDER BY uid"
        return [row["label"] for row in self.journal.rows(query)]

    def evidence(self) -> str:
        return "; ".join(row["evidence"] for row in self.journal.rows("SELECT * FROM labels"))


def letter(text: str, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = headers.pop("From", "Care <care@alder.example>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


ANSWER = "Good day, the price list hangs in our hall and it is printed on the back of each bill."
