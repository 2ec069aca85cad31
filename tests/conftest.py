"""What every test shares: strict skips where everything must run, and the real data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "data" / "example" / "study.toml"
REQUIRE_ALL = os.environ.get("CAREBENCH_REQUIRE_ALL") == "1"


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
