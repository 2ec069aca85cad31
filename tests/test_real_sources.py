"""Real data, through the study files of `tests/real`: the figures that are known come out."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carebench.sources import open_study
from carebench.sources.loading import load_text
from carebench.sources.readers import open_file
from carebench.study import Input

STUDIES = Path(__file__).parent / "real"

pytestmark = pytest.mark.real_data


@pytest.fixture
def study(real_data, tmp_path):
    """Open a study of `tests/real` on the real data, wherever they are."""
    opened = []

    def opening(name: str):
        text = (STUDIES / f"{name}.toml").read_text(encoding="utf-8")
        folder = f'folder = "{real_data.resolve().as_posix()}"'
        text, n = re.subn("^folder = .*$", folder, text, flags=re.MULTILINE)
        assert n == 1
        path = tmp_path / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        opened.append(open_study(path))
        return opened[-1]

    yield opening
    for care in opened:
        care.close()


def problems(care):
    """Number of each kind of problem, by column and action."""
    return {(row.column, row.action): row.n for row in care.problems.counts.itertuples()}


def revenue(care):
    """Customers and revenue in the smallest unit of the currency."""
    (row,) = care.engine.run(
        "SELECT count(DISTINCT customer_id), CAST(sum(amount) AS BIGINT) FROM transactions"
    )
    return row


def test_online_retail_is_read_whole_and_what_cannot_be_used_is_counted(study):
    care = study("online_retail")
    assert revenue(care) == (4_372, 830_006_581)
    assert care.n_rows("transactions") == 541_909 - 135_080
    assert problems(care) == {
        ("CustomerID", "row not used"): 135_080,
        ("amount", "kept as a refund"): 9_290,  # 9,288 cancellations and 2 negative prices
        ("", "kept; remove them if they are errors"): 5_268,
    }
    assert [path.name for path in care.files] == ["online_retail_uci.parquet"]


def test_fifty_five_customers_of_online_retail_gave_back_all_they_bought(study):
    care = study("online_retail")
    by_customer = "SELECT customer_id, sum(amount) AS net FROM transactions GROUP BY customer_id"
    # Sums of floats make it 50: for five customers they leave 1e-13 where nothing is left.
    assert care.engine.run(f"SELECT count(*) FROM ({by_customer}) WHERE net <= 0") == [(55,)]
    ranked = f"SELECT net, ntile(5) OVER (ORDER BY net DESC) AS fifth FROM ({by_customer})"
    top = f"SELECT sum(net) FILTER (WHERE fifth = 1) / CAST(sum(net) AS DOUBLE) FROM ({ranked})"
    assert care.engine.run(top)[0][0] == pytest.approx(0.739, abs=0.001)


def test_cdnow_comes_out_to_the_cent(study):
    care = study("cdnow")
    assert revenue(care) == (2_357, 24_409_194)
    (row,) = care.engine.run(
        "SELECT CAST(sum(quantity) AS BIGINT), min(customer_id), count(*), "
        "CAST(min(occurred_at) AS VARCHAR), CAST(max(occurred_at) AS VARCHAR) FROM transactions"
    )
    assert row == (16_479, "00004", 6_919, "1997-01-01", "1998-06-30")


def test_bounced_emails_stay_in_the_base_as_unanswered(study):
    care = study("timed_emails")
    emails = care.table("attempts")
    outcomes = emails["outcome"].value_counts().to_dict()
    assert outcomes == {"answered": 38, "bounced": 11, "no_answer": 31}
    hours = (emails["answered_at"] - emails["sent_at"]) / pd.Timedelta(hours=1)
    assert [(hours <= limit).mean() for limit in (1, 24, 72)] == [0.175, 0.4625, 0.4625]
    assert hours.median() == pytest.approx(3.13, abs=0.005)
    assert care.problems.counts.empty


def test_phantom_calls_are_set_aside_and_counted(study):
    care = study("bank_calls")
    calls = care.table("attempts")
    assert len(calls) == 25_669
    assert (calls["outcome"] == "abandoned").mean() == pytest.approx(0.1858, abs=5e-5)
    assert problems(care)[("outcome", "row not used")] == 221
    listed = care.problems.rows.query("column == 'outcome'")
    assert set(listed["value"]) == {"PHANTOM"} and len(listed) == 221
    assert calls["sent_at"].min().tz_convert("Asia/Jerusalem").day == 1


def test_the_queue_of_the_bank_is_read_as_it_was_recorded(study, real_data):
    engine = study("bank_calls").engine
    file = open_file(engine, Input(), real_data / "bank_calls_dev.csv.gz")
    wanted = {name: name for name in ("outcome", "q_start", "q_time")}
    assert load_text(engine, "calls", [file], wanted) == []
    (row,) = engine.run(
        "SELECT count(*), avg(CAST(outcome = 'HANG' AS INT)), avg(CAST(q_time AS INT)) "
        "FROM calls WHERE q_start <> '0:00:00' AND outcome <> 'PHANTOM'"
    )
    assert row == (13_930, pytest.approx(0.2233, abs=5e-5), pytest.approx(73.8, abs=0.05))


def test_a_sender_of_the_other_name_is_answered_less(study):
    care = study("butler_broockman")
    letters = care.table("attempts")
    answered = letters["outcome"] == "answered"
    assert len(letters) == 4_859 and letters["arm"].nunique() == 6
    assert answered.mean() == pytest.approx(0.5653, abs=5e-5)
    rates = answered.groupby(letters["arm"], observed=True).mean()
    assert rates["Jake, no party"] == pytest.approx(0.6047, abs=5e-5)
    assert rates["Deshawn, no party"] == pytest.approx(0.5533, abs=5e-5)


def test_counts_of_nhs_111_add_up_to_the_published_sums(study):
    counts = study("nhs111").table("counts")
    sums = counts[["offered", "answered", "answered_within_limit"]].sum().to_dict()
    assert sums == {"offered": 6_334_000, "answered": 6_051_251, "answered_within_limit": 5_656_353}
    assert counts["abandoned"].sum() / counts["offered"].sum() == pytest.approx(0.0148, abs=5e-5)
    assert len(counts) == 270


def test_a_workbook_of_calls_is_read_with_its_time_cells(study):
    care = study("phonenow")
    calls = care.table("attempts")
    answered = calls["outcome"] == "answered"
    assert (len(calls), answered.sum(), calls["resolved"].sum()) == (5_000, 4_054, 3_646)
    seconds = (calls["answered_at"] - calls["sent_at"]).dt.total_seconds()
    assert seconds.mean() == pytest.approx(67.52, abs=0.005)
    scores = care.table("ratings")["score"]
    assert scores.mean() == pytest.approx(3.404, abs=5e-4)
    assert (scores >= 4).mean() == pytest.approx(0.499, abs=5e-4)
    assert problems(care) == {
        ("sent_at", "read as UTC; say `zone`"): 5_000,
        ("answered_at", "read as UTC; say `zone`"): 4_054,
    }


def test_satisfaction_with_four_providers(study):
    survey = study("corp_rep").table("survey")
    grouped = survey.groupby("provider", observed=True)["csat"]
    assert grouped.count().tolist() == [130, 127, 43, 43]
    assert grouped.mean().round(2).tolist() == [5.29, 5.61, 5.65, 5.16]
    assert survey["provider"].cat.categories[0] == "provider 1"
    drivers = survey[["quality", "performance", "responsibility", "attractiveness"]]
    assert drivers.min().min() >= 1 and drivers.max().max() <= 7


def test_drivers_of_satisfaction_with_mobile_telephony(study):
    survey = study("ecsi_mobile").table("survey")
    assert len(survey) == 250
    drivers = ["quality", "value", "image", "expectation"]
    z = survey[[*drivers, "satisfaction"]].apply(lambda x: (x - x.mean()) / x.std())
    weights, *_ = np.linalg.lstsq(z[drivers].to_numpy(), z["satisfaction"].to_numpy())
    assert weights == pytest.approx([0.529, 0.194, 0.159, 0.062], abs=6e-4)
    left = z["satisfaction"] - z[drivers] @ weights
    assert 1 - left.var() / z["satisfaction"].var() == pytest.approx(0.669, abs=6e-4)


def test_costs_of_winning_and_of_keeping_by_either_base(study):
    ledger = study("acquisition_retention").table("ledger")
    sums = ledger.select_dtypes("number").sum()
    assert (len(ledger), sums["acquired"]) == (500, 338)
    per_acquired = sums["acquisition_spend"] / sums["acquired"]
    per_retained = sums["retention_spend"] / sums["retained"]
    per_year = sums["retention_spend"] / sums["customer_years"]
    assert per_acquired == pytest.approx(729.81, abs=0.005)
    assert per_retained == pytest.approx(497.43, abs=0.005)
    assert per_year == pytest.approx(165.31, abs=0.005)
    assert per_acquired / per_retained == pytest.approx(1.47, abs=0.005)
