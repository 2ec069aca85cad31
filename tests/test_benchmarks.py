"""The published figures: complete, inside their domains, and never of mixed kinds."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from carebench.schema import CHANNELS
from conftest import ROOT

FOLDER = ROOT / "data" / "benchmarks"
KINDS = {"mystery_contact", "operator_data", "customer_survey", "norm"}
UNITS = {"share", "s", "h", "days", "months", "points of 1000", "index points"}
# Each line of the table of published figures, and how many figures it gives.
SOURCES = {
    "VnReview/VTC 2014": 4,
    "Hornstein 2001–07": 9,
    "SuperOffice 2018": 4,
    "Netomi telecom 2020": 9,
    "Netomi retail 2020": 5,
    "Eptica UK 2014": 4,
    "Eptica UK retail 2015": 5,
    "Eptica UK retail 2016": 6,
    "Eptica US 2015": 10,
    "Malaysia hotels 2012 (Hashim)": 2,
    "Giulietti et al. 2019": 4,
    "Chong et al., postal": 3,
    "Senate Finance 2023": 2,
    "Which? energy 2018–19": 3,
    "Which? energy 2020": 3,
    "Which? 2010": 2,
    "Which? npower (Scotsman)": 2,
    "Money Mail 2022": 3,
    "Ofcom 2016": 8,
    "Ofcom 2019–22 mobile": 4,
    "Ofcom 2021 mobile": 9,
    "Ofcom 2019–22 fixed": 9,
    "Ofcom 2022 mobile": 4,
    "Ofcom 2024 complaints": 3,
    "HMRC (NAO) 2022–23": 1,
    "HMRC 2023–24": 3,
    "HMRC 2008–09 (NAO)": 1,
    "Basecamp 2014": 5,
    "Geckoboard 2021": 2,
    "J.D. Power wireless 2009": 7,
    "J.D. Power 2006": 3,
    "PwC 2018": 3,
    "VNPT Đồng Nai": 5,
    "CMS": 7,
    "QCVN 36:2022/BTTTT": 3,
}


@pytest.fixture(scope="module")
def figures() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "published.csv", keep_default_na=False, dtype=str)


def test_every_source_is_there_with_all_its_figures(figures):
    assert figures["source"].value_counts().to_dict() == SOURCES


def test_no_figure_stands_twice(figures):
    assert figures["id"].is_unique
    same = ["source", "year", "place", "sector", "channel", "platform", "subject", "measure"]
    repeated = figures[figures.duplicated([*same, "limit", "definition", "value"], keep=False)]
    # Two groups whose names were not seen may not look like one figure given twice.
    assert repeated.empty


def test_shares_lie_between_0_and_1_and_times_are_positive(figures):
    value = pd.to_numeric(figures["value"])
    shares = figures["unit"] == "share"
    assert value[shares].between(0, 1).all()
    assert (value[~shares] > 0).all()
    assert set(figures["unit"]) - UNITS == {"per 100 customers in 3 months"}


def test_words_are_those_that_the_readme_declares(figures):
    declared = set(re.findall(r"`([a-z0-9_]+)`", (FOLDER / "README.md").read_text("utf-8")))
    assert set(figures["measure"]) <= declared
    assert set(figures.columns) <= declared
    assert set(figures["kind"]) == KINDS
    assert set(figures["channel"]) <= {*CHANNELS, "post", ""}
    assert set(figures["relation"]) <= {"=", "~", "<", ">", "<=", ">="}
    assert set(figures["comparability"]) <= {"high", "medium", "low", "none"}
    assert set(figures["primary_read"]) <= {"yes", "no"}


def test_every_figure_says_what_it_is_and_how_far_it_compares(figures):
    for column in ("source", "kind", "measure", "value", "unit", "definition", "reason"):
        assert (figures[column] != "").all(), column


def test_a_limit_in_time_is_given_where_the_measure_needs_one(figures):
    needs = figures["measure"].str.contains("within|over$")
    assert ((figures["limit"] != "") == needs).all()


def test_kinds_of_evidence_are_never_mixed_in_one_figure(figures):
    of = ["source", "place", "sector", "channel", "platform", "subject", "measure"]
    assert not figures[[*of, "kind"]].drop_duplicates().duplicated(of).any()
    assert set(figures.loc[figures["relation"].isin(["<=", ">="]), "kind"]) == {"norm"}


def test_numbers_of_cases_have_a_unit_and_cannot_be_parts_of_one(figures):
    given = figures["n"] != ""
    assert ((figures["n_unit"] != "") == given).all()
    assert (figures.loc[given, "n"].astype(int) > 0).all()


def test_computed_shares_come_out(figures):
    pairs = figures["definition"].str.extract(r"([\d.,]+) of ([\d.,]+)(?: (million))?(?=\D|$)")
    counted = figures[pairs[0].notna() & figures["note"].str.contains("share computed")]
    assert len(counted) == 7
    for row in counted.itertuples():
        k, n = (float(text.replace(",", "").strip(".")) for text in pairs.loc[row.Index, [0, 1]])
        assert float(row.value) == pytest.approx(k / n, abs=6e-4), row.id


def test_the_audit_of_2014_is_there_without_an_n_that_nobody_published(figures):
    audit = figures[figures["source"] == "VnReview/VTC 2014"].set_index("measure")
    assert audit["value"].astype(float).to_dict() == {
        "offers_channel": pytest.approx(11 / 13, abs=5e-5),
        "answered": 0.47,
        "unanswered": 0.62,
        "available_24_7": 0,
    }
    assert audit["n"].to_dict() == {
        "offers_channel": "13",
        "answered": "",
        "unanswered": "",
        "available_24_7": "13",
    }


# Claims ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "claims.csv", keep_default_na=False, dtype=str)


def test_every_claim_says_what_it_is_in_both_languages(claims):
    assert claims["id"].is_unique
    for column in ("claim_en", "claim_vi", "source", "kind", "value", "status", "note"):
        assert (claims[column].str.strip() != "").all(), column
    assert (claims["claim_en"] != claims["claim_vi"]).all()
    assert set(claims["notebook"]) == {"02", "03"}


def test_words_of_claims_are_those_that_the_readme_declares(claims):
    declared = set(re.findall(r"`([a-z0-9_]+)`", (FOLDER / "README.md").read_text("utf-8")))
    for column in ("kind", "status"):
        assert set(claims[column]) <= declared
    assert set(claims.columns) <= declared


def test_no_claim_has_a_number_of_observations_that_its_status_denies(claims):
    counted = claims["status"].str.endswith("_with_n")
    assert ((claims["n"] != "") == counted).all()
    assert (claims["status"] != "verified").all()  # none of the sources has been read yet


def test_the_famous_numbers_are_among_the_claims(claims):
    values = {
        notebook: sorted(part["value"].astype(float))
        for notebook, part in claims.groupby("notebook")
    }
    for famous in (0.47, 0.62, 1, 0.8, 0.8462):
        assert famous in values["02"]
    for famous in (0.63, 0.73, 0.64, 0.6, 0.32, 0.77, 10, 0.2, 5, 0.1, 0.8):
        assert famous in values["03"]


def test_claims_and_published_figures_agree(claims, figures):
    ours = claims.set_index("id")["value"].astype(float)
    theirs = figures.set_index("id")["value"].astype(float)
    for claim, figure in {
        "website": "vnreview-2014-website",
        "emails-answered": "vnreview-2014-email-answered",
        "calls-unanswered": "vnreview-2014-phone-unanswered",
        "leave-after-one": "pwc-2018-12-countries",
    }.items():
        assert ours[claim] == theirs[figure]
