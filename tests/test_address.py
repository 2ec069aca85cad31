"""Parquet at an address is asked where it stands; an address that does not serve it is said so."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import duckdb
import pytest

from carebench import open_study, segmentation
from carebench.engine import Engine
from carebench.finding import Finding
from carebench.schema import DataError

ROWS = 200_000
SALES = (
    f"SELECT 'C' || range % 997 AS customer_id, DATE '2025-01-01' + CAST(range % 500 AS INT) "
    f"AS occurred_at, 1 + range % 91 AS amount, md5(CAST(range AS VARCHAR)) AS note "
    f"FROM range({ROWS})"
)


@pytest.fixture(scope="module", autouse=True)
def httpfs():
    """What reads addresses; where it is not on this machine, only a network could bring it."""
    with Engine() as engine:
        try:
            engine.run("LOAD httpfs")
        except DataError as error:
            pytest.skip(f"DuckDB's extension httpfs is not on this machine: {error}")


class Served(BaseHTTPRequestHandler):
    """One file, whole or in the ranges that are asked for; every other path is not there."""

    content = b""
    sent: list[int]  # how many bytes went out, by request

    def do_HEAD(self):
        self._answer(head=True)

    def do_GET(self):
        self._answer(head=False)

    def _answer(self, *, head):
        if self.path != "/sales.parquet":
            self.send_error(404)
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (
            (int(part) if part else len(self.content) - 1 for part in asked.groups())
            if (asked)
            else (0, len(self.content) - 1)
        )
        part = self.content[first : last + 1]
        self.send_response(206 if asked else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(part)))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(self.content)}")
        self.end_headers()
        if not head:
            self.sent.append(len(part))
            self.wfile.write(part)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    duckdb.execute(f"COPY ({SALES}) TO '{tmp_path}/sales.parquet'")
    Served.content, Served.sent = (tmp_path / "sales.parquet").read_bytes(), []
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    thread = threading.Thread(target=serving.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()
    thread.join(10)


def asking(folder, path):
    file = folder / "study.toml"
    file.write_text(f'title = "A"\n[tables.transactions]\npath = "{path}"\n', encoding="utf-8")
    return open_study(file)


def test_sales_at_an_address_say_what_the_same_file_says_here(server, tmp_path):
    with asking(tmp_path, f"{server}/sales.parquet") as there:
        answers = segmentation.overview(there), segmentation.tiers(there)
        assert len(Served.sent) > 1 and max(Served.sent) < len(Served.content)  # in ranges
    with asking(tmp_path, "sales.parquet") as here:
        for one, other in zip(
            answers, (segmentation.overview(here), segmentation.tiers(here)), strict=True
        ):
            assert isinstance(one, Finding) and isinstance(other, Finding)
            assert one.headline == other.headline and one.rows.equals(other.rows)


@pytest.mark.parametrize("path", ["/absent.parquet", ":1/sales.parquet"])
def test_an_address_that_does_not_answer_is_said_in_one_sentence(server, tmp_path, path):
    address = f"{server}{path}" if path.startswith("/") else f"http://127.0.0.1{path}"
    with pytest.raises(DataError) as said:
        asking(tmp_path, address)
    assert "tables.transactions" in str(said.value) and "\n" not in str(said.value)
    assert address in str(said.value)
