"""Care data with a known truth, for the example study and for tests.

`world` and `profiles` declare the truth; `contacts`, `company`, `answers` and `voice` draw
clean tables from it; `traps` spoils them as reality does. `simulate` writes all of it as a study.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..schema import DataError
from . import plan, profiles
from .answers import internal_service, opinions, ratings, survey
from .care import contacts_and_contracts, referrals, retention_trials
from .care import truth as truth_of_care
from .company import customers, histories, ledger, transactions
from .contacts import attempts, counts, providers, schedule, with_method
from .fieldwork import codings, page_checks, planned
from .fieldwork import truth as truth_of_fieldwork
from .plan import care_activities
from .staff import staff
from .staff import truth as truth_of_staff
from .traps import (
    FLAWS,
    FLAWS_OF_CARE,
    FLAWS_OF_STAFF,
    FLAWS_OF_VOICES,
    GAPS_BEFORE,
    Trap,
    set_traps,
)
from .voice import incidents, maturity, mentions
from .world import ASKED_BEFORE, QUALITY_BEFORE, truth

__all__ = [
    "attempts",
    "care_activities",
    "clean_tables",
    "codings",
    "contacts_and_contracts",
    "counts",
    "customers",
    "histories",
    "incidents",
    "internal_service",
    "ledger",
    "maturity",
    "mentions",
    "opinions",
    "page_checks",
    "planned",
    "providers",
    "ratings",
    "referrals",
    "retention_trials",
    "schedule",
    "simulate",
    "staff",
    "survey",
    "transactions",
    "with_method",
]

SEED = 20140602  # the day the audit of 2014 was in the news
# Each has a stream of random numbers of its own; new ones go to the end, so that the
# others stay as they are.
STREAMS = (
    "attempts",
    "counts",
    "ratings",
    "customers",
    "histories",
    "transactions",
    "ledger",
    "survey",
    "internal_service",
    "traps",
    "methods",
    "maturity",
    "mentions",
    "incidents",
    "traps_of_voices",
    "staff",
    "traps_of_staff",
    "care",
    "trials",
    "referrals",
    "opinions",
    "traps_of_care",
    "survey_before",
    "traps_before",
    "planned",
    "page_checks",
    "codings",
)


def simulate(folder: Path, *, seed: int = SEED) -> None:
    """Write the example study into `folder`: its tables, `study.toml` and `truth.json`.

    The same `seed` gives the same bytes.

    Raises
    ------
    DataError
        The folder cannot be written.
    """
    tables = clean_tables(seed)
    clean = {name: _as_text(table) for name, table in tables.items()}
    streams = _streams(seed)
    # Spoilt apart, so that the flaws of the waves of the audit stay where they are.
    answers, before = clean["survey"], tables["survey"]["wave"].isin(QUALITY_BEFORE)
    clean["survey"] = answers[~before]
    early, _none = set_traps(streams["traps_before"], {"survey": answers[before]}, GAPS_BEFORE)
    spoilt, traps = set_traps(streams["traps"], clean, FLAWS)
    spoilt, further = set_traps(streams["traps_of_voices"], spoilt, FLAWS_OF_VOICES)
    spoilt, of_staff = set_traps(streams["traps_of_staff"], spoilt, FLAWS_OF_STAFF)
    spoilt, of_care = set_traps(streams["traps_of_care"], spoilt, FLAWS_OF_CARE)
    spoilt["survey"] = pd.concat([spoilt["survey"], early["survey"]])
    files = {
        f"{name}.csv": table.to_csv(index=False, lineterminator="\n")
        for name, table in spoilt.items()
    }
    known = json.dumps(
        _truth(seed, tables, traps + further + of_staff + of_care), ensure_ascii=False, indent=1
    )
    files["truth.json"] = f"{known}\n"
    files["study.toml"] = Path(__file__).with_name("study.toml").read_text(encoding="utf-8")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_bytes(text.encode())
    except OSError as error:
        raise DataError(
            f"The example study cannot be written to {folder}: {error.strerror}. "
            "Name a folder that you may write to."
        ) from None


def clean_tables(seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The tables as they were drawn, before anything is spoilt."""
    streams = _streams(seed)
    tried = attempts(streams["attempts"])
    bought_by = customers(streams["customers"])
    bought = histories(streams["histories"], bought_by)
    in_care, held = contacts_and_contracts(streams["care"], bought_by)
    asked, said = survey(streams["survey"]), streams["survey_before"]
    before = survey(said, ASKED_BEFORE, first=len(asked) + 1)
    answers = [opinions(streams["opinions"], asked), opinions(said, before)]
    return {
        "providers": providers(),
        "attempts": with_method(streams["methods"], tried),
        "counts": counts(streams["counts"]),
        "ratings": ratings(streams["ratings"], tried),
        "maturity": maturity(streams["maturity"]),
        "mentions": mentions(streams["mentions"]),
        "incidents": incidents(streams["incidents"]),
        "planned": planned(streams["planned"], tried),
        "codings": codings(streams["codings"], tried),
        "page_checks": page_checks(streams["page_checks"]),
        "customers": bought_by.assign(referred_by=referrals(streams["referrals"], bought_by)),
        "transactions": transactions(streams["transactions"], bought),
        "ledger": ledger(streams["ledger"], bought_by, bought),
        "contracts": held,
        "contacts": in_care.drop(columns="bad"),
        "retention_trials": retention_trials(streams["trials"]),
        "survey": pd.concat(answers, ignore_index=True),
        "internal_service": internal_service(streams["internal_service"]),
        "staff": staff(streams["staff"]),
        "care_activities": care_activities(),
    }


def _streams(seed: int) -> dict[str, np.random.Generator]:
    children = np.random.SeedSequence(seed).spawn(len(STREAMS))
    return {
        name: np.random.Generator(np.random.PCG64(child))
        for name, child in zip(STREAMS, children, strict=True)
    }


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Every cell as it will stand in the file."""
    return pd.DataFrame({name: _text(table[name]) for name in table})


def _text(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    elif pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    return column.astype("object").where(column.notna(), "").astype(str)


def _truth(seed: int, tables: dict[str, pd.DataFrame], traps: list[Trap]) -> dict[str, Any]:
    return {
        "about": "What the simulated example study was drawn from. Nothing here is real.",
        "seed": seed,
        **truth(),
        **profiles.truth(),
        **plan.truth(),
        "staff": truth_of_staff(),
        "care": truth_of_care(),
        "fieldwork": truth_of_fieldwork(),
        "drawn_top_shares_of_revenue": _top_shares(tables["transactions"]),
        "traps": [asdict(trap) for trap in traps],
    }


def _top_shares(transactions: pd.DataFrame) -> dict[str, float]:
    """Share of revenue that the top 5, 10 and 20 % of the customers who bought hold."""
    revenue = transactions.groupby("customer_id")["amount"].sum().sort_values(ascending=False)
    revenue = revenue[revenue > 0]
    return {
        f"top_{percent}_percent": round(
            float(revenue.iloc[: round(len(revenue) * percent / 100)].sum() / revenue.sum()), 4
        )
        for percent in (5, 10, 20)
    }
