"""What every test shares: strict skips where everything must run, and the real data."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "data" / "example" / "study.toml"
REQUIRE_ALL = os.environ.get("CAREBENCH_REQUIRE_ALL") == "1"


OWN_NAMES = {"", "localhost", socket.gethostname()}


class OutsideError(RuntimeError):
    """A test tried to reach another machine."""


def refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    """Let no test reach, or ask for the address of, anything but this machine.

    Python tells its audit hooks of every socket, whoever opens it, and of children that it forks.
    Fresh interpreters and libraries with sockets of their own (Spark's, the kernels') are not seen.
    """
    if not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # else a file, or one connected
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and not _is_this_machine(name):
        raise OutsideError(f"a test may reach no other machine, yet it wants {name!r} ({event})")


def _is_this_machine(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in OWN_NAMES


sys.addaudithook(refuse_outside)


def skip_or_fail(reason: str) -> None:
    """Skip with `reason` on a user's machine; fail where everything must run."""
    if REQUIRE_ALL:
        pytest.fail(f"CAREBENCH_REQUIRE_ALL is set, yet: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data that tests read and the repository does not hold."""
    named = os.environ.get("CAREBENCH_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (folder / "MANIFEST.csv").exists():
        skip_or_fail("real data not found; name their folder in CAREBENCH_REAL_DATA")
    return folder


@pytest.fixture(autouse=True)
def english():
    """Every test starts in English, whatever the one before it used."""
    from carebench import language

    language.use("en")
    yield
    language.use("en")


class LongAgo(datetime):
    """A clock for plans: they are locked before the day on which tests say they were approved."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime(2026, 11, 1, tzinfo=tz)


@pytest.fixture(autouse=True, scope="session")
def plans_are_locked_before_they_are_approved():
    """Whatever the day on which the tests run."""
    from carebench.fieldwork.plan import locking

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locking, "datetime", LongAgo)
        yield
