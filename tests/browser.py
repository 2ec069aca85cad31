"""Opens pages in headless Chromium, which has no network, and listens to what it says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from conftest import skip_or_fail


def chromium() -> str:
    """The browser's command; where there is none, the test skips, or fails if it must run."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None:
        skip_or_fail("there is no Chromium on the PATH")
    return str(found)


def console(browser: str, page: Path, profile: Path) -> str:
    """What the browser says while it opens a page; a refused request is among it."""
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    flags += "--disable-background-networking --disable-component-update "
    flags += "--proxy-server=127.0.0.1:9 --enable-logging=stderr --log-level=0 --dump-dom"
    command = [browser, *flags.split(), f"--user-data-dir={profile / 'profile'}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert b"</html>" in done.stdout
    return done.stderr.decode("utf-8", "replace")
