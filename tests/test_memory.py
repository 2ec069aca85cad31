"""The engine's limit holds for the whole process, whatever the size of the tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STATUS = Path("/proc/self/status")
pytestmark = pytest.mark.skipif(
    not STATUS.exists(), reason="only Linux says how much memory one program took at most"
)

LIMIT = 105  # MB, far less than the tables take
MARGIN = 256  # MiB above the limit: Python, pandas and what a result takes
ASKED = """
import datetime as dt, re, sys
from carebench import queries
from carebench.engine import Engine
with Engine(memory_mb=int(sys.argv[1])) as engine:
    n, sold = 2_000_000, f"{engine.work}/sold.parquet"
    engine.run(f"COPY (SELECT hash(range) % {n // 4} AS customer_id, CAST(hash(range) % 90000 AS "
               f"BIGINT) AS amount, DATE '2024-01-01' + CAST(hash(range + 7) % 700 AS INT) AS "
               f"occurred_at FROM range({n})) TO '{sold}'")
    engine.view("transactions", f"SELECT * FROM '{sold}'")
    engine.keep("customer_days", queries.customer_days())
    engine.keep("buyers", queries.buyers(dt.date(2025, 12, 31)))
    spilt = any("storage" in path.name for path in engine.work.iterdir())
    print(len(engine.frame(queries.amounts())), spilt)
# Not `ru_maxrss`, which begins with what the process took that started this one.
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) // 1024)
"""


def test_a_process_takes_no_more_memory_than_the_limit_and_a_margin():
    ran = subprocess.run(
        [sys.executable, "-c", ASKED, str(LIMIT)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answer, peak = ran.stdout.splitlines()
    assert answer == "233189 True"  # all of it, with the rest on disk
    assert int(peak) <= LIMIT * 1e6 / 2**20 + MARGIN
