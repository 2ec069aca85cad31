"""A relay that takes e-mail and a mailbox that holds it: real SMTP and IMAP, on loopback alone.

    with Mailbox() as mailbox, Relay(deliver=mailbox.deliver) as relay:
        changes = {**relay.keys(), **mailbox.keys()}      # for field_study(tmp_path, **changes)
        mailbox.deliver(raw, received)                    # into INBOX, with that INTERNALDATE
        relay.accepted                                    # what it took, in order

What the relay answers is decided by `Relay(reply=...)`: see `Relay`.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import warnings
from argparse import Namespace
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

with warnings.catch_warnings():  # what these packages do at import is theirs
    warnings.simplefilter("ignore")
    import trustme
    from aiosmtpd.smtp import SMTP, AuthResult
    from proxyprotocol.reader import ProxyProtocolReader
    from pymap.backend.dict import Config, Login
    from pymap.concurrent import Subsystem
    from pymap.imap import IMAPServer
    from pymap.parsing.message import AppendMessage
    from pymap.user import UserMetadata
    from pysasl.hashing import BuiltinHash

HOST = "127.0.0.1"
USER, PASSWORD = "audit", "an invented password"
LOGIN = {"fieldwork.mail.user": USER, "fieldwork.mail.password": "CAREBENCH_MAIL_PASSWORD"}
DROP = "drop"  # a reply that closes the connection instead
ENDS_WITHIN = 60  # seconds, on a machine that does much else
for name in ("mail.log", "asyncio"):  # clients that vanish are meant to
    logging.getLogger(name).setLevel(logging.ERROR)


class _Served:
    """A server in a thread with a loop of its own, on a port that the system chose."""

    def __init__(self, security: str) -> None:
        self.security = security
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._authority = trustme.CA() if security != "none" else None
        self._writers: set[asyncio.BaseTransport] = set()

    async def listen(self) -> asyncio.Server:
        raise NotImplementedError

    def server_context(self) -> ssl.SSLContext | None:
        if self._authority is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert(HOST, "localhost").configure_cert(context)
        return context

    def certificates(self, folder: Path) -> str:
        """Write the certificate to trust into `folder`; its path."""
        path = folder / f"trust-{self.port}.pem"
        self._authority.cert_pem.write_to_path(path)
        return str(path)

    def call(self, coroutine):
        """Run `coroutine` in the server's loop; what it returns."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(ENDS_WITHIN)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def __enter__(self):
        self._thread.start()
        self._server = self.call(self.listen())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_error) -> None:
        self.call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ENDS_WITHIN)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        for transport in list(self._writers):
            transport.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Accepted:
    """One message that the relay answered for with 250."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


class Relay(_Served):
    """Takes mail for anybody.

    `reply(point, sender, recipient, tries)` is asked at the points connect, mail, rcpt, data (the
    command), middle (after 354), dot (all of it is here), taken (after 250 went out). It returns
    None to go on; a text such as "550 5.1.1 no such user" to answer that; a number of seconds
    to wait; DROP to close the connection. At connect, middle and taken there is no answer to
    change. `tries` counts the same point, sender and recipient, from 1.
    """

    def __init__(
        self,
        *,
        reply: Callable[[str, str, str, int], str | float | None] | None = None,
        security: str = "none",
        login: bool = False,
        tokens: tuple[str, ...] = (),
        deliver: Callable[..., object] | None = None,
        own: str = "@kit.example",
        utf8: bool = True,
    ) -> None:
        super().__init__(security)
        self.accepted: list[Accepted] = []
        self.commands: list[str] = []
        self.logins: list[str] = []
        self._reply, self._deliver, self._own, self.utf8 = reply, deliver, own, utf8
        self._login, self._tokens = login or bool(tokens), tokens
        self._tries: Counter[tuple[str, str, str]] = Counter()

    def keys(self) -> dict[str, object]:
        """What a study file must say to send through this relay."""
        keys = {
            "fieldwork.mail.smtp": f"{HOST}:{self.port}",
            "fieldwork.mail.smtp_security": self.security,
        }
        return keys | (LOGIN if self._login else {})

    async def listen(self) -> asyncio.Server:
        context = self.server_context()
        return await self._loop.create_server(
            lambda: _Session(self, context, login=self._login),
            HOST,
            0,
            ssl=context if self.security == "tls" else None,
        )

    async def ask(self, session: _Session, point: str, sender: str, recipient: str) -> str | None:
        """What to answer at `point`; None to go on."""
        self._tries[point, sender, recipient] += 1
        if self._reply is None:
            return None
        said = self._reply(point, sender, recipient, self._tries[point, sender, recipient])
        if isinstance(said, int | float):
            await asyncio.sleep(said)
            return None
        if said == DROP:
            session.transport.abort()
            await asyncio.sleep(ENDS_WITHIN)  # cancelled as soon as the connection is gone
        return said

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.commands.append(f"MAIL {address}")
        answer = await self.ask(server, "mail", address, "")
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 2.1.0 sender ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.commands.append(f"RCPT {address}")
        answer = await self.ask(server, "rcpt", envelope.mail_from, address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 recipient ok"

    async def handle_DATA(self, server, session, envelope):
        answer = await self.ask(server, "dot", envelope.mail_from, "")
        if answer is not None:
            return answer
        taken = Accepted(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content)
        self.accepted.append(taken)
        if self._deliver and any(address.endswith(self._own) for address in taken.recipients):
            self._deliver(taken.raw, datetime.now(UTC))
        return "250 2.0.0 taken"

    async def auth_XOAUTH2(self, server, arguments):
        sent = b64decode(arguments[1]) if arguments[1:] else await server.challenge_auth("")
        said = sent.decode()
        token = said.partition("auth=Bearer ")[2].strip("\x01")
        self.logins.append("XOAUTH2")
        if token in self._tokens:
            return AuthResult(success=True)
        await server.challenge_auth(b64encode(b'{"status":"401"}'), encode_to_b64=False)
        return AuthResult(success=False, handled=False)

    def _authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append(mechanism)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)


class _Session(SMTP):
    """One connection to the relay, which tells it of the points that no handler is told of."""

    line_length_limit = 12_288  # RFC 4954, section 4: of a line that answers a challenge

    def __init__(self, relay: Relay, context: ssl.SSLContext | None, *, login: bool) -> None:
        self._relay = relay
        starttls = relay.security == "starttls"
        super().__init__(
            relay,
            loop=relay._loop,
            hostname="relay.example",
            enable_SMTPUTF8=relay.utf8,
            tls_context=context if starttls else None,
            require_starttls=starttls,
            authenticator=relay._authenticate,
        )
        self._auth_required, self._auth_require_tls = login, starttls

    def connection_made(self, transport):
        super().connection_made(transport)
        self._relay._writers.add(transport)

    def connection_lost(self, error):
        self._relay._writers.discard(self.transport)
        super().connection_lost(error)

    async def _handle_client(self):
        await self._relay.ask(self, "connect", "", "")
        await super()._handle_client()

    async def smtp_DATA(self, arg):
        self._relay.commands.append("DATA")
        if self.envelope is not None and self.envelope.rcpt_tos:
            answer = await self._relay.ask(self, "data", self.envelope.mail_from, "")
            if answer is not None:
                return await self.push(answer)
        await super().smtp_DATA(arg)

    async def push(self, status):
        sender = (self.envelope and self.envelope.mail_from) or ""
        await super().push(status)
        text = status if isinstance(status, str) else status.decode()
        point = {"354": "middle", "250 2.0.0 taken": "taken"}
        for start, name in point.items():
            if text.startswith(start):
                await self._relay.ask(self, name, sender, "")


class Mailbox(_Served):
    """An account with folders, read over IMAP."""

    def __init__(self, *, security: str = "none", folders: tuple[str, ...] = ()) -> None:
        super().__init__(security)
        self._folders = folders
        self._config: Config | None = None

    def keys(self) -> dict[str, object]:
        """What a study file must say to read this mailbox."""
        return {
            "fieldwork.mail.imap": f"{HOST}:{self.port}",
            "fieldwork.mail.imap_security": self.security,
            "fieldwork.mail.folders": ["INBOX", *self._folders],
            **LOGIN,
        }

    def deliver(
        self, raw: bytes, received: datetime, folder: str = "INBOX", *, wait: bool = False
    ) -> None:
        """Put `raw` into `folder` with the INTERNALDATE `received`; from any thread."""
        done = asyncio.run_coroutine_threadsafe(self._append(raw, received, folder), self._loop)
        if wait:
            done.result(ENDS_WITHIN)

    def count(self, folder: str = "INBOX") -> int:
        """How many messages lie in `folder`."""
        return self.call(self._count(folder))

    def flags(self, folder: str = "INBOX") -> list[frozenset[object]]:
        """The flags of every message in `folder`."""
        return self.call(self._flags(folder))

    def begin_anew(self) -> None:
        """An empty INBOX with another UIDVALIDITY and numbers from the first, as after a loss."""
        self.call(self._begin_anew())

    async def listen(self) -> asyncio.Server:
        context = self.server_context()
        arguments = Namespace(passlib_cfg=None, proxy_protocol=None)
        self._config = Config(
            arguments,
            host=HOST,
            port=0,
            demo_data=False,
            demo_user=USER,
            demo_password=PASSWORD,
            ssl_context=context or ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
            tls_enabled=self.security == "starttls",
            invalid_user_sleep=0,
            reject_dnsbl=False,
            hash_context=BuiltinHash(rounds=1),
            cpu_subsystem=Subsystem.for_asyncio(),
        )
        self._config.apply_context()
        login = Login(self._config)
        identity = login.demo_user_identity
        hashed = BuiltinHash(rounds=1).hash(PASSWORD)
        await identity.set(UserMetadata(self._config, USER, password=hashed))
        async with identity.new_session() as session:
            self._set = session.mailbox_set
        for folder in self._folders:
            await self._set.add_mailbox(folder)
        read = ProxyProtocolReader(self._config.proxy_protocol).get_callback(
            IMAPServer(login, self._config)
        )

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._writers.add(writer.transport)
            self._config.apply_context()
            await read(reader, writer)

        return await asyncio.start_server(
            serve, HOST, 0, ssl=context if self.security == "tls" else None
        )

    async def _append(self, raw: bytes, received: datetime, folder: str) -> None:
        self._config.apply_context()
        box = await self._set.get_mailbox(folder)
        await box.append(AppendMessage(raw, received, frozenset()))

    async def _count(self, folder: str) -> int:
        return len((await self._set.get_mailbox(folder))._messages)

    async def _flags(self, folder: str) -> list[frozenset[object]]:
        box = await self._set.get_mailbox(folder)
        return [message.permanent_flags for message in box._messages.values()]

    async def _begin_anew(self) -> None:
        self._config.apply_context()
        before = self._set._inbox
        self._set._inbox = type(before)(before._content_cache, before._thread_cache)
        self._set._inbox._uid_validity = before.uid_validity + 1


class Wire(_Served):
    """A wire to a server on this machine that breaks, or falls silent, after so many bytes.

    `breaks` says, for each connection in turn, after how many bytes of the server's answers;
    later connections hold.
    """

    def __init__(self, to: int, breaks: tuple[int, ...], *, silent: bool = False) -> None:
        super().__init__("none")
        self._to, self._breaks, self._silent = to, list(breaks), silent
        self.connections = 0
        self.asked = b""  # what was said to the server, over all connections

    async def listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._connect, HOST, 0)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        left = self._breaks.pop(0) if self._breaks else None
        answers, questions = await asyncio.open_connection(HOST, self._to)
        self._writers |= {writer.transport, questions.transport}
        asking = asyncio.create_task(self._carry(reader, questions, None, heard=True))
        await self._carry(answers, writer, left)
        if self._silent:
            await asking  # until the other side has lost its patience
        asking.cancel()
        for transport in (writer.transport, questions.transport):
            transport.abort()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        left: int | None,
        *,
        heard: bool = False,
    ) -> None:
        while left is None or left > 0:
            some = await reader.read(65536 if left is None else min(65536, left))
            if not some:
                break
            self.asked += some if heard else b""
            writer.write(some)
            await writer.drain()
            left = left if left is None else left - len(some)
