"""Large tables stored with the right types are asked where they lie, and checked all the same."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebench import open_study, segmentation
from carebench.engine import Engine
from carebench.finding import Finding, Skipped
from carebench.schema import DataError

SALES = "customer_id, occurred_at, amount"


@pytest.fixture
def opened(tmp_path):
    """Opens a study whose tables are Parquet files, each written from a query."""
    cares = []

    def opening(head: str = 'currency = "USD"', keys: str = "", **queries: str):
        text = f'title = "A study"\n{head}\n'
        for name, sql in queries.items():
            duckdb.execute(f"COPY ({sql}) TO '{tmp_path / name}.parquet'")
            text += f'[tables.{name}]\npath = "{name}.parquet"\n{keys}\n'
        path = tmp_path / "study.toml"
        path.write_text(text, encoding="utf-8")
        cares.append(open_study(path))
        return cares[-1]

    yield opening
    for care in cares:
        care.close()


def rows(values: str, columns: str = SALES) -> str:
    return f"SELECT * FROM (VALUES {values}) v({columns})"


def read(care, sql: str):
    return care.large.frame(sql).to_numpy().tolist()


def counts(care) -> dict[tuple[str, str], int]:
    return {(row.column, row.action): row.n for row in care.problems.counts.itertuples()}


def test_the_file_is_asked_where_it_lies(opened):
    care = opened(transactions=rows("(1, DATE '2026-01-31', 5.25)"))
    kind = care.engine.run(
        "SELECT table_type FROM information_schema.tables WHERE table_name = 'transactions'"
    )
    assert kind == [("VIEW",)]
    assert read(care, "SELECT customer_id, amount FROM transactions") == [[1, 525]]


def test_what_cannot_be_used_is_counted_and_listed_with_its_place(opened):
    sales = rows(
        "(1, DATE '2026-01-31', 5.0), (NULL, DATE '2026-01-31', 5.0), (2, NULL, 5.0), "
        "(3, DATE '2026-01-31', 'nan'::DOUBLE), (4, DATE '2026-01-31', -2.5), "
        "(1, DATE '2026-01-31', 5.0)"
    )
    care = opened(transactions=sales)
    assert counts(care) == {
        ("customer_id", "row not used"): 1,
        ("occurred_at", "row not used"): 1,
        ("amount", "row not used"): 1,
        ("amount", "kept as a refund"): 1,
        ("", "kept; remove them if they are errors"): 1,
    }
    places = care.problems.rows.set_index("action")["row"]
    assert places["kept as a refund"] == 5
    assert care.n_rows("transactions") == 3


def test_codes_for_missing_and_translated_words_hold_here_too(opened):
    keys = "missing = [-99, 'n/a']\nvalues.status = { \"O'Brien \\\\ co\" = 'existing' }"
    customers = rows(
        "(1, 'O''Brien \\ co'), (2, 'potential'), (3, 'n/a'), (4, 'nobody'), (-99, 'existing')",
        "customer_id, status",
    )
    care = opened(keys=keys, customers=customers)
    known = "SELECT customer_id, COALESCE(status, '–') FROM customers ORDER BY customer_id"
    assert read(care, known) == [[1, "existing"], [2, "potential"], [3, "–"], [4, "–"]]
    assert counts(care) == {
        ("customer_id", "row not used"): 1,
        ("status", "value treated as missing"): 1,
    }


def test_whole_numbers_that_pandas_made_floating_stay_the_names_they_were(opened):
    sales = rows("(17850.0::DOUBLE, DATE '2026-01-31', 1), ('nan'::DOUBLE, DATE '2026-01-31', 1)")
    care = opened(transactions=sales)
    assert read(care, "SELECT customer_id FROM transactions") == [[17850]]


def test_an_instant_belongs_to_the_day_of_the_studys_clocks(opened):
    sales = rows("(1, TIMESTAMPTZ '2026-01-31 18:00:00+00', 1)")
    care = opened('zone = "Asia/Ho_Chi_Minh"', transactions=sales)
    assert read(care, "SELECT CAST(occurred_at AS VARCHAR) AS day FROM transactions") == [
        ["2026-02-01"]
    ]


def test_texts_that_look_alike_are_one(opened):
    regions = rows("(1, 'Huế'), (2, 'Hue\u0302\u0301'), (3, ' Huế\u200b')", "customer_id, region")
    care = opened(customers=regions)
    assert read(care, "SELECT region, COUNT(*) FROM customers GROUP BY region") == [["Huế", 3]]


def test_a_name_used_twice_keeps_the_same_row_in_whatever_order(opened):
    first = "(1, 'north'), (1, 'south'), (2, 'west')"
    other = "(2, 'west'), (1, 'south'), (1, 'north')"
    found = []
    for values in (first, other):
        care = opened(customers=rows(values, "customer_id, region"))
        found.append(read(care, "SELECT * FROM customers ORDER BY customer_id"))
        assert counts(care) == {("customer_id", "row not used"): 1}
    assert found[0] == found[1] == [[1, "north"], [2, "west"]]


def test_buyers_who_are_not_on_the_list_are_counted(opened):
    care = opened(
        customers=rows("('1', 'north')", "customer_id, region"),
        transactions=rows("(1, DATE '2026-01-31', 1), (7, DATE '2026-01-31', 1)"),
    )
    assert counts(care) == {("customer_id", "kept, but in no comparison"): 1}


def test_a_column_of_which_much_cannot_be_used_stops_the_study(opened):
    values = ", ".join(f"({i}, 'word {i % 3}')" for i in range(40))
    with pytest.raises(DataError, match=r"40 of 40 values of 'status'.*'word 0' \(14 ×\)"):
        opened(customers=rows(values, "customer_id, status"))


def test_text_where_a_day_should_stand_is_read_as_text_files_are(opened):
    care = opened(
        keys='date_format = "%d/%m/%Y"', transactions=rows("('007', '31/01/2026', '5.25')")
    )
    assert read(care, "SELECT customer_id, amount FROM transactions") == [["007", 525]]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-10_000_000, 10_000_000), min_size=1, max_size=50))
def test_cents_survive_binary_fractions(tmp_path_factory, cents):
    folder = tmp_path_factory.mktemp("cents")
    values = ", ".join(f"(1, DATE '2026-01-31', {c / 100!r}::DOUBLE)" for c in cents)
    duckdb.execute(f"COPY ({rows(values)}) TO '{folder}/t.parquet'")
    path = folder / "study.toml"
    path.write_text('title = "A"\ncurrency = "USD"\n[tables.transactions]\npath = "t.parquet"\n')
    with open_study(path) as care:
        assert read(care, "SELECT CAST(SUM(amount) AS BIGINT) AS s FROM transactions") == [
            [sum(cents)]
        ]


def test_an_address_without_the_network_says_what_to_fetch(tmp_path, monkeypatch):
    monkeypatch.setattr(Engine, "run", _offline(Engine.run))
    path = tmp_path / "study.toml"
    path.write_text('title = "A"\n[tables.transactions]\npath = "https://127.0.0.1/t.parquet"\n')
    with pytest.raises(DataError, match=r"httpfs.*INSTALL.*download the file"):
        open_study(path)


def _offline(run):
    def refusing(self, sql, *values, **how):
        if sql.startswith(("LOAD", "INSTALL")):
            raise DataError("no network")
        return run(self, sql, *values, **how)

    return refusing


def test_a_table_of_a_cluster_needs_a_cluster(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text('title = "A"\n[tables.transactions]\npath = "table:sales.rows"\n')
    with pytest.raises(DataError, match=r"table of a cluster.*engine = 'sc://host:15002'"):
        open_study(path)


def test_amounts_with_decimals_where_the_currency_has_none_are_another_currencys(opened):
    sales = rows("(1, DATE '2026-01-31', 1250.50), (2, DATE '2026-01-31', 250000.0)")
    care = opened('currency = "VND"', transactions=sales)
    assert counts(care) == {("amount", "rounded; is it another currency?"): 1}


def test_a_region_in_other_capitals_is_said(opened):
    regions = rows("(1, 'Hà Nội'), (2, 'Hà Nội'), (3, 'Hà nội')", "customer_id, region")
    care = opened(customers=regions)
    assert counts(care) == {("region", "kept as it is; give it one spelling"): 1}


@pytest.mark.parametrize("amount", ["900000000000000000", "2e12::DOUBLE * 100"])
def test_an_absurd_amount_is_counted_and_the_rest_is_used(opened, amount):
    sales = rows(f"(1, DATE '2026-01-31', {amount}), (2, DATE '2026-01-31', 5)")
    care = opened(transactions=sales)
    assert counts(care) == {("amount", "row not used"): 1}
    assert read(care, "SELECT customer_id, amount FROM transactions") == [[2, 500]]


def test_what_is_kept_is_made_anew_where_it_is_asked_otherwise(opened):
    care = opened(transactions=rows("(1, DATE '2026-01-31', 5), (2, DATE '2026-01-31', 7)"))
    for most, expected in ((6, [[500]]), (8, [[500], [700]]), (8, [[500], [700]])):
        care.keep("cheap", f"SELECT amount FROM transactions WHERE amount < {most}00")
        care.keep("again", "SELECT amount FROM cheap")
        assert read(care, "SELECT amount FROM again ORDER BY amount") == expected


def test_a_list_with_texts_and_sales_with_numbers_name_the_same_customers(opened):
    care = opened(
        customers=rows(
            "('1', DATE '2020-01-05'), ('WALK-IN', NULL)", "customer_id, customer_since"
        ),
        transactions=rows("(1, DATE '2026-01-31', 5), (1, DATE '2026-03-31', 5)"),
    )
    assert isinstance(segmentation.retention(care), Finding | Skipped)
    assert isinstance(segmentation.groups(care), Finding)


def test_placeholder_dates_and_empty_files_are_said(opened):
    sales = "(1, DATE '9999-12-31', 5), (1, DATE '0001-01-01', 5), (2, DATE '2026-01-31', 5)"
    care = opened(transactions=rows(sales))
    assert counts(care) == {("occurred_at", "row not used"): 2}
    with pytest.raises(DataError, match="not one row can be used"):
        opened(transactions=rows("(1, DATE '2026-01-31', 5)") + " WHERE customer_id = 9")


def test_a_column_that_is_called_like_a_place_does_no_harm(opened):
    named = rows("(1, DATE '2026-01-31', -5, 7)", f"{SALES}, file_row_number")
    assert counts(opened(transactions=named)) == {("amount", "kept as a refund"): 1}


def test_sums_that_cannot_be_counted_are_refused(opened):
    with pytest.raises(DataError, match=r"add up to 9e\+18 .* Is the currency right"):
        opened(
            transactions="SELECT i AS customer_id, DATE '2026-01-31' AS occurred_at, "
            "900000000000 AS amount FROM range(100002) t(i)"
        )


def test_a_file_that_changes_while_it_is_read_is_noticed(opened, tmp_path):
    care = opened(transactions=rows("(1, DATE '2026-01-31', 5)"))
    sales = rows("(1, DATE '2026-01-31', 5), (2, DATE '2026-01-31', 7)")
    duckdb.execute(f"COPY ({sales}) TO '{tmp_path / 'transactions'}.parquet'")
    with pytest.raises(DataError, match=r"transactions\.parquet was changed or removed while"):
        segmentation.tiers(care)
