"""Two sockets of one call: one for what is said about it, one for sound, which is thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from .messages import Message, read


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message and when it came, on the clock of the loop."""

    message: Message
    at: float


class Line(asyncio.DatagramProtocol):
    """What goes to the server and comes from it. Only its own address is listened to."""

    def __init__(self) -> None:
        self.host, self.port, self.sound_port = "", 0, 0
        self.error: OSError | None = None  # the machine there says that nobody listens
        self._arrived: asyncio.Queue[Arrival] = asyncio.Queue(maxsize=1000)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.host, self.port = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        message = read(data)
        if message is not None and not self._arrived.full():
            self._arrived.put_nowait(Arrival(message, self.now))

    def error_received(self, exc: Exception) -> None:
        self.error = exc if isinstance(exc, OSError) else None

    @property
    def now(self) -> float:
        """Seconds on the clock of the loop, which is never set back."""
        return asyncio.get_running_loop().time()

    def send(self, data: bytes) -> None:
        """Send one datagram."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data)

    async def receive(self, until: float) -> Arrival | None:
        """The next message; None where none came until then."""
        if not self._arrived.empty():
            return self._arrived.get_nowait()
        try:
            async with asyncio.timeout_at(until):
                return await self._arrived.get()
        except TimeoutError:
            return None


class _Silence(asyncio.DatagramProtocol):
    """Takes sound and keeps none of it."""


@asynccontextmanager
async def open_line(host: str, port: int) -> AsyncIterator[Line]:
    """A line to the server at `host`, closed again whatever happens.

    Raises
    ------
    OSError
        The server's name is not known, or this machine has no network.
    """
    loop = asyncio.get_running_loop()
    transport, line = await loop.create_datagram_endpoint(Line, remote_addr=(host, port))
    try:
        sound, _silence = await loop.create_datagram_endpoint(_Silence, local_addr=(line.host, 0))
    except BaseException:
        transport.close()
        raise
    line.sound_port = sound.get_extra_info("sockname")[1]
    try:
        yield line
    finally:
        sound.close()
        transport.close()
        await asyncio.sleep(0)  # lets the loop close them
