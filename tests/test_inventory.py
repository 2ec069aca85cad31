"""By which channels providers say that they can be reached, and by which they answered."""

from __future__ import annotations

from functools import partial

import pandas as pd
import pytest

from carebench import audit, figures
from carebench.audit.trials.claimed_channels import claims_of_channels
from carebench.finding import Finding, Skipped
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from studies import attempts, study


def _marks(found: Finding) -> dict[tuple[str, str], str]:
    pairs = found.rows[["provider", "channel"]].itertuples(index=False, name=None)
    return dict(zip(pairs, found.rows["mark"], strict=True))


def _claims(*channels: str | None, **columns: list[str]) -> pd.DataFrame:
    names = [chr(ord("A") + at) for at in range(len(channels))]
    return pd.DataFrame({"provider": names, "channels": channels, **columns})


@pytest.mark.parametrize(
    "question",
    [audit.registry, audit.inventory, audit.channels_offered,
     *(partial(ask, channel="email") for ask in (audit.by_group, audit.groups, audit.funnel))],
)  # fmt: skip
def test_a_report_about_one_provider_lists_no_providers(question, example_of):
    answer = question(example_of("Rùa Bay"))
    assert isinstance(answer, Skipped) and "scorecard" in answer.reason


def test_eleven_of_the_thirteen_of_the_example_have_a_website(example):
    found = audit.inventory(example)
    assert found.headline.startswith("11 of 13 providers have a website")
    table = audit.channels_offered(example).rows.set_index("channel")
    assert (table.loc["website", "k"], table.loc["website", "n"]) == (11, 13)
    assert table.loc["website", "without"] == "Quartz Tamarind, Ốc Sên Nhanh"
    assert table["low"].isna().all()  # a count of all has no interval
    assert "complete count" in text_table(audit.channels_offered(example)).plain()


def test_networks_stand_for_themselves_and_a_visit_is_the_only_direct_channel(example):
    rows = audit.inventory(example).rows
    assert {"Facebook", "Zalo"} <= set(rows["channel"])
    assert "social networks" not in set(rows["channel"])
    assert set(rows.loc[rows["form"].eq("direct"), "channel"]) == {"visit"}


def test_what_is_claimed_and_what_works_are_told_apart(tmp_path):
    tried = pd.concat(
        [attempts({"A": (2, 4), "B": (0, 3), "C": (1, 2), "D": (0, 2)}),
         attempts({"A": (0, 2)}, channel="visit")]
    )  # fmt: skip
    claims = _claims("email chat", "email", "chat", "phone")
    marks = _marks(audit.inventory(study(tmp_path, attempts=tried, providers=claims)))
    assert marks["A", "e-mail"] == "answered by a person"
    assert marks["A", "chat"] == "claimed, not tried"
    assert marks["B", "e-mail"] == "claimed, never answered"
    assert marks["C", "e-mail"] == "answered, though not claimed"
    assert marks["D", "e-mail"] == "not offered"
    assert marks["A", "visit"] == "not offered"
    assert marks["B", "phone"] == "not offered"


def test_a_provider_that_says_nothing_is_not_held_to_offer_nothing(tmp_path):
    tried = attempts({"A": (2, 4), "B": (0, 3)})
    care = study(tmp_path, attempts=tried, providers=_claims(None, None, "email chat"))
    marks = _marks(audit.inventory(care))
    assert marks["A", "e-mail"] == "answered by a person"
    assert marks["B", "e-mail"] == "never answered"
    assert marks["B", "chat"] == "not tried"
    table = audit.channels_offered(care).rows.set_index("channel")
    assert (table.loc["chat", "k"], table.loc["chat", "n"]) == (1, 1)


def test_lists_of_channels_are_read_however_they_are_written(tmp_path):
    claims = _claims("E-mail; Web form; Zalo", "email,phone", "telephone facebook", "care centre;")
    said = claims_of_channels(study(tmp_path, providers=claims))
    assert said.loc["A", ["email", "web_form", "zalo", "phone"]].tolist() == [1, 1, 1, 0]
    assert said.loc["B", ["email", "phone"]].all()
    assert said.loc["C", ["phone", "facebook"]].all()
    assert said.loc["D", "visit"]


def test_the_column_of_websites_goes_before_the_list_of_channels(tmp_path):
    claims = _claims("website email", "email", website=["no", "yes"])
    said = claims_of_channels(study(tmp_path, providers=claims))
    assert said["website"].tolist() == [False, True]


def test_a_claim_of_social_networks_covers_each_that_was_tried(tmp_path):
    tried = attempts({"A": (0, 2), "B": (0, 2)}, channel="social", platform="Zalo")
    claims = _claims("email social", "email facebook")
    marks = _marks(audit.inventory(study(tmp_path, attempts=tried, providers=claims)))
    assert marks["A", "Zalo"] == "claimed, never answered"
    assert marks["B", "Zalo"] == "not offered"
    assert marks["B", "Facebook"] == "claimed, not tried"


def test_failures_of_our_own_are_held_against_no_channel(tmp_path):
    tried = attempts({"A": (0, 2)}, fault="ours")
    marks = _marks(audit.inventory(study(tmp_path, attempts=tried, providers=_claims("email"))))
    assert marks["A", "e-mail"] == "claimed, not tried"


SMALL = {
    "no list of providers": {"attempts": attempts({"A": (1, 3), "B": (0, 2)})},
    "no attempts": {"providers": _claims("email website")},
    "one attempt": {"attempts": attempts({"A": (0, 1)})},
    "no channels listed": {
        "attempts": attempts({"A": (1, 3)}),
        "providers": pd.DataFrame({"provider": ["A"], "sector": ["phones"]}),
    },
    "websites alone": {"providers": pd.DataFrame({"provider": ["A"], "website": ["yes"]})},
}


@pytest.mark.parametrize("name", SMALL)
def test_whatever_is_there_is_shown_and_the_rest_is_said(tmp_path, name):
    care = study(tmp_path, **SMALL[name])
    found = audit.inventory(care)
    assert isinstance(found, Finding)
    assert _png(figures.plot_inventory, found)
    assert text_table(audit.channels_offered(care)).plain()


def test_a_study_without_channels_says_so(tmp_path):
    care = study(tmp_path, attempts=attempts({"A": (1, 3)}).drop(columns="channel"))
    assert isinstance(audit.inventory(care), Skipped)
    assert isinstance(audit.channels_offered(care), Skipped)
    assert isinstance(audit.registry(care), Skipped)


def test_who_was_audited_is_a_count_of_all_without_an_interval(example):
    rows = audit.registry(example).rows
    assert rows["low"].isna().all()
    assert rows.groupby("fact")["k"].sum().eq(13).all()


def test_three_hundred_providers_are_drawn_by_their_extremes(tmp_path):
    names = [f"P{at:03d}" for at in range(300)]
    tried = attempts({name: (at % 3, 3) for at, name in enumerate(names)})
    found = audit.inventory(study(tmp_path, attempts=tried))
    assert "the 20 that answer by most channels" in found.caption
    assert len(found.rows) == 300
    assert figures.plot_inventory.height(found.rows) < 13


def test_providers_whose_long_names_begin_alike_stay_two_rows_of_the_figure(tmp_path):
    from matplotlib.figure import Figure

    long = "The very long name of a firm that is cut before it is told apart, number "
    tried = attempts({long + "one": (0, 3), long + "two": (3, 3)})
    rows = audit.inventory(study(tmp_path, attempts=tried)).rows
    rows["provider"] = rows["provider"].str[:40]
    axes = Figure().subplots()
    figures.plot_inventory(rows, ax=axes)
    assert len(axes.get_yticks()) == 2
    assert {text.get_text() for text in axes.texts} == {"0/3", "3/3"}
