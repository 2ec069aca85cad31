"""How long customers stay, on data that nobody here made: the figures that are known come out."""

from __future__ import annotations

import pytest

from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.loyalty.retention.lifetimes import contract_lifetimes, contracts_left_out
from carebench.loyalty.retention.projection import expected_lifetimes, projection
from carebench.loyalty.retention.starts import contract_cohorts
from carebench.loyalty.retention.staying import segments_compared, survival_curves, time_held
from carebench.loyalty.retention.warning import early_warning
from test_real_sources import study  # noqa: F401 - a fixture

pytestmark = pytest.mark.real_data


def _estimate(finding, **keys):
    (row,) = [
        row for row in records(finding.rows) if all(row[name] == key for name, key in keys.items())
    ]
    return from_row(row)


def test_1869_of_7043_customers_of_the_constructed_company_left(study):  # noqa: F811
    care = study("telco_churn")
    rows = contract_lifetimes(care)
    assert (len(rows), int(rows["ended"].sum())) == (7_043, 1_869)
    assert rows["ended"].mean() == pytest.approx(0.2654, abs=5e-5)
    assert int((rows["duration"] == 0).sum()) == 11 and not contracts_left_out(care)
    assert care.study.origin.startswith("constructed")


def test_customers_who_may_leave_every_month_leave_sooner(study):  # noqa: F811
    care = study("telco_churn")
    found = segments_compared(care)
    assert dict(zip(found.rows["group"], found.rows["verdict"], strict=True)) == {
        "Two year": "stay longer",
        "One year": "stay longer",
        "Month-to-month": "leave sooner",
    }
    every = _estimate(time_held(care), group="all contracts", measure="median")
    assert every.value is None and every.reason.startswith("not reached")
    assert isinstance(survival_curves(care), Finding)


def test_the_model_of_the_constructed_company_is_given_with_its_interval(study):  # noqa: F811
    care = study("telco_churn")
    drawn = projection(care)
    # The 11 who have just begun have completed no period and tell nothing yet.
    assert "1,869 ends of 7,032 contracts" in drawn.caption
    kept = expected_lifetimes(care).rows["retention_value"]
    assert kept.is_monotonic_increasing


def test_without_days_there_are_no_cohorts_and_no_early_warning(study):  # noqa: F811
    care = study("telco_churn")
    assert isinstance(contract_cohorts(care), Skipped)
    assert isinstance(early_warning(care), Skipped)


def test_the_median_of_the_textbook_is_not_reached(study):  # noqa: F811
    care = study("customer_churn")
    rows = contract_lifetimes(care)
    assert (~rows["ended"]).mean() == pytest.approx(0.536)
    half = _estimate(time_held(care), group="all contracts", measure="median")
    assert half.value is None and half.reason == "not reached: fewer than half have left"
    assert half.low == pytest.approx(21, abs=4)
    assert "half have not left yet" in survival_curves(care).headline
