"""What every test shares: the example study, the real data, and skips that fail in our checks."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from carebench import Care, language, open_study
from lasting_workers import Lasting, lasting

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "data" / "example" / "study.toml"
REQUIRE_ALL = os.environ.get("CAREBENCH_REQUIRE_ALL") == "1"
# The files that take longest go first, or one worker would end with them while the others wait.
LONGEST = {
    "test_trial", "test_conformance", "test_accessibility", "test_real_reports", "test_kill",
    "test_whole_wave", "test_failures", "test_batch", "test_notebooks", "test_language",
    "test_export", "test_scorecard", "test_privacy", "test_capture", "test_init",
}  # fmt: skip

# How long an example takes says how busy the machine is; chance would make another test each time.
hypothesis.settings.register_profile(
    "steady", deadline=None, derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)  # fmt: skip
hypothesis.settings.load_profile("steady")

OWN_NAMES = {"", "localhost", socket.gethostname()}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in LONGEST)


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


class InEachLanguage(dict[Any, Any]):
    """Answers that are kept apart by the language in which they were given."""

    def __contains__(self, asked: object) -> bool:
        return super().__contains__((language.current(), asked))

    def __getitem__(self, asked: object) -> Any:
        return super().__getitem__((language.current(), asked))

    def __setitem__(self, asked: object, answer: Any) -> None:
        super().__setitem__((language.current(), asked), answer)


@pytest.fixture(scope="session")
def example_of() -> Iterator[Callable[[str], Care]]:
    """The example study limited to a provider, for tests that ask it and change nothing of it."""
    with ExitStack() as opened:

        def of(provider: str) -> Care:
            care = opened.enter_context(open_study(EXAMPLE, provider=provider))
            care.answers = InEachLanguage()
            return care

        yield cache(of)


@pytest.fixture(scope="session")
def example(example_of) -> Care:
    """The example study with all its tables, likewise."""
    return example_of("")


@pytest.fixture(autouse=True)
def english():
    """Every test starts in English, whatever the one before it used."""
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


@pytest.fixture(scope="module")
def no_doctest():
    """pyspark takes a main module without a file, such as that of xdist's workers, for one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "ps1", ">>> ", raising=False)
        yield


@pytest.fixture(scope="session")
def _worker() -> Iterator[Callable[[], Lasting]]:
    with lasting() as worker:
        yield worker


@pytest.fixture(scope="module")
def lasting_workers(_worker):
    """The reports of these tests are made by workers that outlast each of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carebench.reporting.workers._worker", _worker)
        yield
