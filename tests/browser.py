"""Opens pages in headless Chromium, which has no network, and listens to what it says."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from conftest import skip_or_fail

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --disable-dev-shm-usage "
    "--proxy-server=127.0.0.1:9"  # where nobody listens; loopback itself needs no proxy
).split()
SECONDS = 240  # for one page, on a machine that does much else

# A page in a frame that is as wide as a phone, which hands up what a script in it found.
FRAME = """<!DOCTYPE html><html><body style="margin:0"><pre id="found"></pre>
<iframe src="{source}" style="border:0;width:{width}px;height:4000px"></iframe>
<script>addEventListener("message", event => {{
  document.getElementById("found").textContent = event.data; }});</script></body></html>"""
INSIDE = """<script>{library}</script><script>addEventListener("load", async () => {{
  let found; try {{ found = await (async () => {{ {script} }})(); }}
  catch (error) {{ found = {{ error: String(error) }}; }}
  parent.postMessage(JSON.stringify(found), "*"); }});</script>"""


def chromium() -> str:
    """The browser's command; where there is none, the test skips, or fails if it must run."""
    return _command("chromium", "chromium-browser")


def axe() -> str:
    """The source of axe-core, which CAREBENCH_AXE names; without it the test skips or fails."""
    path = Path(os.environ.get("CAREBENCH_AXE", ""))
    if not path.is_file():
        skip_or_fail("CAREBENCH_AXE names no axe.min.js (npm package axe-core)")
    return path.read_text(encoding="utf-8")


def _command(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        skip_or_fail(f"there is no {names[0]} on the PATH")
    return str(found)


def console(browser: str, page: Path, profile: Path, *flags: str) -> str:
    """What the browser says while it opens a page; a refused request is among it."""
    done = _open(browser, page, profile, "--enable-logging=stderr", "--log-level=0", *flags)
    return done.stderr.decode("utf-8", "replace")


def evaluate(
    browser: str,
    page: Path,
    script: str,
    folder: Path,
    *,
    library: str = "",
    width: int = 1280,
    dark: bool = False,
) -> Any:
    """What `script`, the body of an async function, returns when it runs in a copy of `page`.

    The copy lacks the page's security policy, which lets no script run.
    """
    text = page.read_text(encoding="utf-8")
    open_text, policies = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    assert policies == 1
    inside = INSIDE.format(library=library, script=script)
    copy = folder / f"copy-{page.name}"
    copy.write_text(open_text.replace("</body>", inside + "</body>"), encoding="utf-8")
    frame = folder / "frame.html"
    frame.write_text(FRAME.format(source=copy.name, width=width), encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    size = f"--window-size={max(width, 800)},4200"
    done = _open(browser, frame, folder, scheme, size, "--virtual-time-budget=60000")
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout.decode(), re.DOTALL)
    assert found is not None and found[1], "the script in the page gave no answer"
    return json.loads(html.unescape(found[1]))


def pdf(browser: str, page: Path, file: Path, profile: Path) -> Path:
    """`page` as it is printed."""
    _open(browser, page, profile, "--no-pdf-header-footer", f"--print-to-pdf={file}", dump=False)
    return file


def told(command: str, *arguments: object) -> str:
    """What a command of poppler says of a PDF."""
    line = [_command(command), *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=SECONDS, check=True).stdout


def _open(
    browser: str, page: Path, profile: Path, *flags: str, dump: bool = True
) -> subprocess.CompletedProcess[bytes]:
    own = [f"--user-data-dir={profile / 'profile'}", *(["--dump-dom"] if dump else [])]
    command = [browser, *FLAGS, *flags, *own, page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
    assert not dump or b"</html>" in done.stdout
    return done


@contextmanager
def beacon() -> Iterator[tuple[str, list[str]]]:
    """An address on loopback, and the paths that whoever calls it asks for."""
    heard: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()
