"""How servers are reached: host and port, and whom to believe that it is them."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from ...schema import DataError
from ...study import Study

PATIENCE_S = 60.0  # for one answer of a server


class Unreachable(DataError):
    """A server cannot be reached now; later it may be."""


def host_and_port(study: Study, key: str) -> tuple[str, int]:
    """The server that `fieldwork.mail.KEY` of the study names."""
    server = str(getattr(study.fieldwork.mail, key))
    host, _colon, port = server.rpartition(":")
    if not host or not 0 < int(port) < 65536:
        raise DataError(
            f"{study.path.name}: fieldwork.mail.{key} is {server!r}. Expected the server's name "
            "and port, such as mail.b.example:587."
        )
    return host, int(port)


def trust(study: Study) -> ssl.SSLContext:
    """Certificates are always verified: against the system's, and those that the study names."""
    context = ssl.create_default_context()
    named = study.fieldwork.mail.certificates
    if named:
        path = study.path.parent / Path(named).expanduser()
        try:
            context.load_verify_locations(path)
        except OSError as error:  # ssl.SSLError is one
            raise DataError(
                f"fieldwork.mail.certificates: {path} cannot be used ({error.strerror or error}). "
                "Expected certificates in PEM form."
            ) from None
    return context


def at_once(connection: socket.socket) -> None:
    """Send short lines at once: waiting for more to send makes a dialogue four times slower."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def unreachable(server: str, error: Exception) -> DataError:
    """What to say of a connection that failed; of a certificate that does not fit, for good."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return DataError(
            f"The certificate of {server} does not hold: {error.verify_message}. Nothing was sent "
            "to it. Mind the server's name and the clock of this machine; name a certificate of "
            "your own in fieldwork.mail.certificates."
        )
    return Unreachable(
        f"{server} cannot be reached: {plain(str(error)) or type(error).__name__}. Mind the "
        "network, the port and the kind of protection (smtp_security, imap_security)."
    )


def plain(text: str | bytes, most: int = 300) -> str:
    """What a server said, on one line and without anything that could steer a terminal."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    line = "".join(letter if letter.isprintable() else " " for letter in said)
    return " ".join(line.split())[:most]
