"""Small studies, written to a folder, for tests that ask questions of real tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from carebench import Care, open_study


def write_study(folder: Path, settings: str = "", **tables: pd.DataFrame) -> Path:
    """Write `tables` as CSV and a study file that names them."""
    head, _mark, rest = settings.partition("\n[")
    lines = ['title = "A study"', 'zone = "Asia/Ho_Chi_Minh"', head]
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
        lines += [f"[tables.{name}]", f'path = "{name}.csv"']
    path = folder / "study.toml"
    path.write_text("\n".join(lines) + (f"\n[{rest}" if rest else "\n"), encoding="utf-8")
    return path


def study(folder: Path, settings: str = "", **tables: pd.DataFrame) -> Care:
    """A small study, opened."""
    return open_study(write_study(folder, settings, **tables))


def attempts(
    counts: dict[str, tuple[int, int]], channel: str = "email", **columns: object
) -> pd.DataFrame:
    """Attempts of which k of n were answered, by provider."""
    rows = [
        {"provider": provider, "channel": channel, "outcome": outcome}
        for provider, (k, n) in counts.items()
        for outcome in ["answered"] * k + ["no_answer"] * (n - k)
    ]
    table = pd.DataFrame(rows).assign(**columns)
    table.insert(0, "attempt_id", [f"{channel}{i:05d}" for i in range(len(table))])
    return table


def survey(n: int = 400, seed: int = 4, **columns: object) -> pd.DataFrame:
    """Answers of whom the less content would rather switch; segments are all alike."""
    rng = np.random.default_rng(seed)
    csat, ces = rng.integers(1, 6, n), rng.integers(1, 8, n)
    table = pd.DataFrame(
        {
            "respondent": [f"R{i}" for i in range(n)],
            "segment": rng.choice(["home", "shop", "office"], n),
            "csat": csat,
            "ces": ces,
            "nps": np.clip(ces + rng.integers(0, 5, n), 0, 10),
            "would_switch": np.where(rng.random(n) < 0.7 - 0.12 * csat, "yes", "no"),
            "referred": rng.poisson(0.1 * ces),
        }
    )
    return table.assign(**columns)
