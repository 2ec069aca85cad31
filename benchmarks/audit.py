"""Notebook 02 on a million attempts of 300 providers: time and memory of its own computation.

    python benchmarks/audit.py [--attempts 1000000] [--providers 300]

Simulates the attempts, opens the study and asks every question that the notebook asks, in one
process without a kernel. Prints CPU and wall seconds of opening and of the slowest questions,
and the peak of memory. How it is measured stands in README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from carebench import audit, open_study, resources
from carebench.reporting.questions import questions
from carebench.schema import SIX_POINTS

SEED = 168
STUDY = """
title = "Many attempts (simulated)"
wave = "2026-Q3"
zone = "Asia/Ho_Chi_Minh"
simulated = true
[tables.attempts]
path = "attempts.parquet"
[tables.providers]
path = "providers.csv"
[tables.ratings]
path = "ratings.parquet"
[tables.mentions]
path = "mentions.parquet"
[tables.incidents]
path = "incidents.parquet"
[audit]
service_level = { email = "24 h", phone = "60 s" }
benchmark = "VnReview/VTC 2014"
"""


def main() -> None:
    """Simulate in this process; measure in one of its own, so that the peak is its own too."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--attempts", type=int, default=1_000_000)
    parser.add_argument("--providers", type=int, default=300)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        return measure(Path(arguments.measure))
    with tempfile.TemporaryDirectory() as folder:
        simulate(Path(folder), arguments.attempts, arguments.providers)
        path = Path(folder) / "study.toml"
        subprocess.run([sys.executable, __file__, "--measure", str(path)], check=True)


def simulate(folder: Path, n: int, firms: int) -> None:
    """Write a study of `n` attempts in two waves, with the tables that speak of the same firms."""
    rng = np.random.default_rng(SEED)
    names = np.array([f"Provider {number:03d}" for number in range(1, firms + 1)])
    _attempts(rng, n, names).to_parquet(folder / "attempts.parquet")
    _ratings(rng, n).to_parquet(folder / "ratings.parquet")
    _mentions(rng, 50_000, names).to_parquet(folder / "mentions.parquet")
    _incidents(rng, 20_000, names).to_parquet(folder / "incidents.parquet")
    claimed = np.where(rng.random(firms) < 0.2, "24/7", "Mo-Fr 08:00-17:30; Sa 08:00-12:00")
    pd.DataFrame(
        {"provider": names, "channels": "phone email chat", "claimed_hours": claimed}
    ).to_csv(folder / "providers.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")


def _attempts(rng: np.random.Generator, n: int, names: np.ndarray) -> pd.DataFrame:
    """A tenth of them in an earlier wave, half of them calls, over six weeks."""
    firms = len(names)
    which = rng.integers(0, firms, n)
    channel = rng.choice(["phone", "email", "chat"], n, p=[0.5, 0.3, 0.2])
    rate = rng.beta(4, 4, firms)[which]
    answered = rng.random(n) < rate
    earlier = rng.random(n) < 0.1
    begun = np.where(earlier, 0, 26 * 7 * 86400) + rng.integers(0, 42 * 86400, n)
    sent = pd.Timestamp("2026-01-04T17:00Z") + pd.to_timedelta(begun, "s")
    watched = np.where(channel == "email", 14 * 86400, np.where(channel == "phone", 300, 900))
    scale = np.where(channel == "email", 8 * 3600, 60)
    wait = np.minimum(scale * np.exp(rng.standard_normal(n)), watched - 1)
    return pd.DataFrame(
        {
            "attempt_id": [f"A{number:07d}" for number in range(n)],
            "wave": np.where(earlier, "2026-Q1", "2026-Q3"),
            "provider": names[which],
            "channel": channel,
            "outcome": np.where(answered, "answered", rng.choice(["no_answer", "busy"], n)),
            "stage": rng.choice(["before", "at", "after"], n),
            "persona": rng.choice(["student", "retired"], n),
            "method": rng.choice(["centralised", "indirect"], n),
            "shopper": rng.choice([f"S{number}" for number in range(20)], n),
            "sent_at": sent,
            "answered_at": (sent + pd.to_timedelta(wait.round(), "s")).where(answered),
            "observed_until": sent + pd.to_timedelta(watched, "s"),
            "resolved": np.where(answered & (rng.random(n) < 0.5), "yes", "no"),
        }
    )


def _ratings(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """The six points of one attempt in twenty."""
    rated = rng.choice(n, n // 20, replace=False)
    return pd.DataFrame(
        {
            "attempt_id": np.repeat([f"A{number:07d}" for number in rated], len(SIX_POINTS)),
            "item": np.tile(SIX_POINTS, len(rated)),
            "score": rng.integers(1, 6, len(rated) * len(SIX_POINTS)),
            "shopper": np.repeat(rng.choice([f"S{i}" for i in range(20)], len(rated)), 6),
        }
    )


def _mentions(rng: np.random.Generator, n: int, names: np.ndarray) -> pd.DataFrame:
    tones = ["negative", "neutral", "positive"]
    return pd.DataFrame(
        {
            "mention_id": [f"M{number}" for number in range(n)],
            "wave": "2026-Q3",
            "provider": rng.choice(names, n),
            "platform": rng.choice(["Facebook", "Zalo"], n),
            "answered": rng.choice(["yes", "no"], n, p=[0.2, 0.8]),
            "sentiment": rng.choice(tones, n),
            "second_sentiment": rng.choice(tones, n),
        }
    )


def _incidents(rng: np.random.Generator, n: int, names: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "incident_id": [f"I{number}" for number in range(n)],
            "wave": "2026-Q3",
            "provider": rng.choice(names, n),
            "reason": rng.choice(["delay", "fault", "price", "manner"], n, p=[0.4, 0.3, 0.2, 0.1]),
            "severity": rng.integers(1, 5, n),
        }
    )


def measure(path: Path) -> None:
    """Open the study, ask every question of the notebook, and print what it took."""
    notebook = resources.folder("notebooks") / "02_service_audit.ipynb"
    asked = questions(json.loads(notebook.read_text(encoding="utf-8")), notebook.name)
    taken = {}
    with _timed(taken, "open_study"):
        care = open_study(path, tables=audit.TABLES)
    for question in asked:
        with _timed(taken, question.text):
            question.ask(care)
    with _timed(taken, "audit.answer(care)"):
        audit.answer(care)
    slowest = sorted(taken.items(), key=lambda item: -item[1][1])[:12]
    for name, (wall, cpu) in slowest:
        print(f"{wall:7.2f} s wall {cpu:7.2f} s CPU  {name}")
    wall, cpu = (sum(one[part] for one in taken.values()) for part in (0, 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{wall:7.2f} s wall {cpu:7.2f} s CPU  all of {len(taken)}; peak {peak:.2f} GiB")


class _timed:
    """Notes the wall and CPU seconds of what runs inside it."""

    def __init__(self, into: dict[str, tuple[float, float]], name: str) -> None:
        self.into, self.name = into, name

    def __enter__(self) -> None:
        self.began = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        wall, cpu = self.began
        self.into[self.name] = time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
