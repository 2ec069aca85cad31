"""That sales in two currencies are never added up."""

from __future__ import annotations

import pandas as pd
import pytest

from carebench import DataError, segmentation
from studies import study


def _sales(*currencies: str | None) -> pd.DataFrame:
    table = pd.DataFrame({"currency": currencies, "amount": 5, "occurred_at": "2026-01-05"})
    return table.assign(customer_id=[f"c{i}" for i in range(len(table))])


@pytest.mark.parametrize(
    ("currencies", "said"),
    [
        (("VND", "USD", "VND"), r"holds VND \(2 ×\), USD \(1 ×\).*Take one currency"),
        (("USD", "USD"), 'say currency = "USD" in the study file'),
        (("usd", "USD"), 'say currency = "USD"'),
        (("đồng", "$"), "would be added up as VND"),
    ],
)
def test_sales_that_are_not_in_the_currency_of_the_study_are_refused(tmp_path, currencies, said):
    with pytest.raises(DataError, match=said):
        study(tmp_path, transactions=_sales(*currencies))


@pytest.mark.parametrize("currencies", [("VND", "vnd", None), ("đồng", "đồng"), (None, None)])
def test_one_currency_by_whatever_name_is_the_study_s(tmp_path, currencies):
    care = study(tmp_path, transactions=_sales(*currencies))
    assert segmentation.overview(care).rows["revenue"].tolist() == [5 * len(currencies)]
