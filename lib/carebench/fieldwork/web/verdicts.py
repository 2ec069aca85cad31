"""One visit of one page, and the verdict on it: kinds of failure are kept apart."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ...schema import DataError

if TYPE_CHECKING:
    import httpx

Verdict = Literal[
    "up",
    "wrong_page",  # it came, without the words that it always holds
    "http_error",  # the server answered 4xx
    "server_error",  # the server answered 5xx
    "blocked",  # 401, 403, 429: perhaps a visitor like us alone
    "not_allowed",  # robots.txt asks visitors like us to stay away, so we did
    "refused",
    "no_address",  # the name is known to no name server
    "bad_certificate",
    "connect_timeout",
    "read_timeout",
    "redirect_loop",
    "dropped",  # the connection ended in the middle
    "unreadable",  # no address of the web
]
WORKS: frozenset[Verdict] = frozenset({"up"})
# Of these nobody can say from one machine whose failure they are, though the controls work.
UNSURE: frozenset[Verdict] = frozenset({"blocked", "not_allowed", "unreadable"})
# These a server of theirs has said itself.
SAID: frozenset[Verdict] = frozenset({"server_error", "http_error", "wrong_page"})

CONNECT_S, READ_S, WHOLE_S = 10.0, 20.0, 60.0
MOST_BYTES = 5_000_000
MOST_REDIRECTS = 10
BLOCKING = (401, 403, 429)
NAME = "carebench"  # to which rules in robots.txt may speak
AGENT = f"{NAME} (audit of customer care; a few visits a day)"


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit of a page gave; `seconds` until the whole page was there."""

    verdict: Verdict
    seconds: float | None
    detail: str
    text: str = ""


def visit(address: str, *, words: str = "", certificates: str = "") -> Visit:
    """Fetch the page at `address` once, as any visitor would, and judge what came.

    Parameters
    ----------
    address : str
        http:// or https://.
    words : str
        What the page always holds; a page without them is `wrong_page`. Not looked for if empty.
    certificates : str
        File of certificates (PEM) to trust besides the system's.

    Notes
    -----
    Every visit has a connection of its own: a shared pool that is full looks like a broken site.

    Raises
    ------
    DataError
        httpx is not installed.
    """
    try:
        import httpx
    except ImportError:
        raise DataError(
            'Pages are checked by httpx, which is not installed: pip install "carebench[web]"'
        ) from None
    started = time.monotonic()
    try:
        with _client(certificates) as client:
            if not _welcome(client, address):
                return Visit("not_allowed", None, "robots.txt asks us to stay away")
            started = time.monotonic()
            status, text = _page(client, address, started + WHOLE_S)
    except httpx.HTTPError as error:
        return Visit(_failure(error), None, f"{type(error).__name__}: {error}")
    except (httpx.InvalidURL, ValueError) as error:
        return Visit("unreadable", None, f"{type(error).__name__}: {error}")
    verdict = _judged(status, text, words)
    return Visit(verdict, round(time.monotonic() - started, 3), f"HTTP {status}", text)


def _client(certificates: str) -> httpx.Client:
    import httpx

    trusted = ssl.create_default_context()
    if certificates:
        trusted.load_verify_locations(certificates)
    return httpx.Client(
        headers={"User-Agent": AGENT},
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
        follow_redirects=True,
        max_redirects=MOST_REDIRECTS,
        verify=trusted,
    )


def _welcome(client: httpx.Client, address: str) -> bool:
    """Whether robots.txt lets us in; where it cannot be read, nobody asked us to stay away."""
    from urllib.robotparser import RobotFileParser

    import httpx

    try:
        status, text = _page(client, str(httpx.URL(address).join("/robots.txt")), None)
    except httpx.HTTPError:
        return True
    rules = RobotFileParser()
    rules.parse(text.splitlines() if status == 200 else [])
    return rules.can_fetch(NAME, address)


def _page(client: httpx.Client, address: str, until: float | None) -> tuple[int, str]:
    """Status and text of a page, of which no more than 5 MB are read and no longer than asked."""
    with client.stream("GET", address) as response:
        body = b"".join(_parts(response, until or time.monotonic() + WHOLE_S))
        encoding = response.charset_encoding or "utf-8"
    try:
        return response.status_code, body.decode(encoding, "replace")
    except LookupError:  # the server names a coding that does not exist
        return response.status_code, body.decode("utf-8", "replace")


def _parts(response: httpx.Response, until: float) -> Iterator[bytes]:
    import httpx

    size = 0
    for part in response.iter_bytes():
        yield part
        size += len(part)
        if time.monotonic() > until:
            raise httpx.ReadTimeout(f"the page was not whole after {WHOLE_S:g} s")
        if size > MOST_BYTES:
            return


def _judged(status: int, text: str, words: str) -> Verdict:
    if status in BLOCKING:
        return "blocked"
    if status >= 500:
        return "server_error"
    if status >= 400:
        return "http_error"
    return "up" if words.casefold() in text.casefold() else "wrong_page"


def _failure(error: httpx.HTTPError) -> Verdict:
    """The verdict where no whole answer came."""
    import httpx

    for kind, verdict in (
        (httpx.ConnectTimeout, "connect_timeout"),
        (httpx.TimeoutException, "read_timeout"),
        (httpx.TooManyRedirects, "redirect_loop"),
        (httpx.UnsupportedProtocol, "unreadable"),
    ):
        if isinstance(error, kind):
            return verdict  # type: ignore[return-value]
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "bad_certificate"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "no_address"
    return "refused" if isinstance(error, httpx.ConnectError) else "dropped"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
