"""Service as a profit centre, and who would switch, on many rows: the processor time of each.

    python benchmarks/profit.py [--contacts 100000] [--answers 200000]

Draws contacts and answers of a survey, opens the study and asks each question once, in this
process and with the tables read. Every question is to take less than two seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from carebench import loyalty, open_study

SEED = 168
AT_MOST = 2.0  # seconds for a question
QUESTIONS = {
    "contacts": (
        "per_contact", "service_profit", "share_of_profit", "offers", "serving_first",
    ),
    "survey": ("would_switch", "switching_differences", "effort_and_loyalty", "promoters"),
}  # fmt: skip
STUDY = """title = "Many contacts (simulated)"
zone = "Asia/Ho_Chi_Minh"
simulated = true
[tables.contacts]
path = "contacts.parquet"
[tables.survey]
path = "survey.parquet"
[tables.transactions]
path = "transactions.parquet"
[loyalty]
margin = 0.25
"""
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))  # where answers are drawn


def main() -> None:
    """Draw, open, ask, and say what each question took."""
    from studies import survey

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--answers", type=int, default=200_000)
    arguments = parser.parse_args()
    rng = np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        contacts(rng, arguments.contacts).to_parquet(Path(folder, "contacts.parquet"))
        survey(arguments.answers, SEED).to_parquet(Path(folder, "survey.parquet"))
        sales(rng, arguments.contacts).to_parquet(Path(folder, "transactions.parquet"))
        Path(folder, "study.toml").write_text(STUDY, encoding="utf-8")
        ask(Path(folder, "study.toml"))


def contacts(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Contacts of half as many customers over 20 months; every fifth takes what is offered."""
    taken = rng.random(n) < 0.2
    return pd.DataFrame(
        {
            "contact_id": [f"K{number}" for number in range(n)],
            "customer_id": [f"C{number}" for number in rng.integers(0, n // 2, n)],
            "contacted_at": _moments(rng, n, 600),
            "channel": rng.choice(["phone", "chat"], n),
            "reason": rng.choice(["bill", "fault"], n),
            "offered": np.where(taken | (rng.random(n) < 0.5), "yes", "no"),
            "served_first": rng.choice(["yes", "no"], n),
            "taken": np.where(taken, "yes", "no"),
            "revenue": np.where(taken, 1000, 0),
            "fee": np.where(rng.random(n) < 0.25, 80, 0),
            "cost": rng.integers(100, 107, n),
        }
    )


def sales(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """As many sales as contacts, of the same customers."""
    who = [f"C{number}" for number in rng.integers(0, n // 2, n)]
    return pd.DataFrame({"customer_id": who, "occurred_at": _moments(rng, n, 600), "amount": 1000})


def _moments(rng: np.random.Generator, n: int, days: int) -> pd.Series[pd.Timestamp]:
    start = pd.Timestamp("2024-01-02T03:00Z")
    return start + pd.Series(pd.to_timedelta(rng.integers(0, days * 86400, n), unit="s"))


def ask(path: Path) -> None:
    """Print the processor time of each question, and which took too long."""
    with open_study(path) as care:
        for table, names in QUESTIONS.items():
            care.current(table)
            for name in names:
                begun = time.process_time()
                getattr(loyalty, name)(care)
                taken = time.process_time() - begun
                print(f"{name:24}{taken:6.2f} s{'' if taken <= AT_MOST else '  too long'}")


if __name__ == "__main__":
    main()
