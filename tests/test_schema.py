"""The one declaration of every table, and the codebook written from it."""

from __future__ import annotations

import pandas as pd
import pytest

from carebench.schema import ATTEMPTS, KINDS, TABLES, DataError, codebook, nearest
from carebench.study import reference
from conftest import ROOT
from studies import study


def test_the_codebook_in_the_repository_is_not_stale():
    written = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert written == codebook() + reference(), "run: carebench codebook > data/README.md"


def test_attempts_require_only_an_id_and_an_outcome():
    assert ATTEMPTS.required == ("attempt_id", "outcome")


def test_every_column_is_declared_once_with_a_known_type_and_a_meaning():
    for table in TABLES.values():
        assert len(set(table.names)) == len(table.names), table.name
        for column in table.columns:
            assert column.kind in KINDS and column.meaning, (table.name, column.name)


def test_what_tables_refer_to_exists():
    for table in TABLES.values():
        for column, other in table.refers_to:
            assert column in table.names and column in TABLES[other].names
        for rule in table.rules:
            assert {rule.earlier, rule.later} <= set(table.names)
        assert set(table.any_of) <= set(table.names)
        assert not table.key or table.column(table.key).required


def test_the_nearest_spelling_is_offered_and_a_far_one_is_not():
    assert nearest("provder", ["provider", "channel"]) == " Did you mean 'provider'?"
    assert nearest("xyz", ["provider", "channel"]) == ""


def test_every_number_of_a_companys_customers_has_an_end():
    """1e300 of anything is a slip, and no money that a report could write."""
    about = ("ledger", "survey", "contracts", "contacts", "retention_trials", "transactions")
    for table in about:
        for column in TABLES[table].columns:
            if column.kind in ("integer", "number"):
                assert column.high is not None and column.high <= 1e15, (table, column.name)


def test_amounts_whose_sum_cannot_be_counted_are_refused_by_name(tmp_path):
    sales = {"customer_id": list("ab") * 5, "occurred_at": "2026-01-02", "amount": 10**15}
    study(tmp_path, transactions=pd.DataFrame(sales))
    many = pd.DataFrame({**sales, "amount": 99 * 10**16})
    with pytest.raises(
        DataError, match=r"transactions.*'amount' add up to 9.9e\+18.*them 9.9e\+17"
    ):
        study(tmp_path, transactions=many)
