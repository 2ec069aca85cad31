"""Who answered: verdicts, groups, the funnel, arms and operators' counts on known studies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carebench import audit, figures
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from conftest import EXAMPLE
from studies import attempts, study
from test_real_sources import study as real_study  # noqa: F401 - a fixture

QUESTIONS = [
    audit.by_channel, audit.outcomes, audit.outcome_rates, audit.by_group, audit.groups,
    audit.funnel, audit.differences, audit.counts_by_provider,
    lambda care: audit.by_group(care, "email"), lambda care: audit.groups(care, "email"),
    lambda care: audit.funnel(care, "email"), lambda care: audit.differences(care, "phone"),
]  # fmt: skip
DRAWN = {"funnel": figures.plot_funnel, "outcomes": figures.plot_parts,
         "differences": figures.plot_estimates}  # fmt: skip
VNREVIEW = '\n[audit]\nbenchmark = "VnReview/VTC 2014"'


def _by(found: Finding, column: str) -> dict[str, dict]:
    return {row[column]: row for row in records(found.rows)}


def _said(found: Finding) -> dict[str, str]:
    return {row["provider"]: row["verdict"] for row in records(found.rows)}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_example_answers_every_question_that_mixes_no_channels(example, question):
    mixing = question in (audit.by_group, audit.groups, audit.funnel)
    assert isinstance(question(example), Skipped if mixing else Finding)


ODD = {
    "one attempt": attempts({"A": (1, 1)}),
    "one provider": attempts({"A": (3, 9)}),
    "none answered": attempts({"A": (0, 9), "B": (0, 3)}),
    "all answered": attempts({"A": (9, 9), "B": (30, 30)}),
    "ids and outcomes alone": attempts({"A": (3, 9)})[["attempt_id", "outcome"]],
    "no channel": attempts({"A": (3, 9), "B": (4, 30)}).drop(columns="channel"),
    "one shopper": attempts({"A": (3, 9), "B": (4, 30)}, shopper="S1"),
    "all our fault": attempts({"A": (3, 9)}, fault="ours"),
    "no provider named": attempts({"A": (3, 9)}).assign(provider=None),
    "another channel": attempts({"A": (3, 9), "B": (1, 2)}, "phone"),
    "arms": attempts({"A": (3, 9), "B": (1, 2)}).assign(arm=["x", "y", *["x"] * 9]),
    "arms of nobody": attempts({"A": (3, 9)}).assign(provider=None, arm=["x"] * 5 + ["y"] * 4),
    "one arm, two personas": attempts({"A": (3, 9)}, arm="x", persona=["p"] * 5 + ["q"] * 4),
    "many": attempts({f"P{i:03d}": (i % 20, 20) for i in range(45)}),
}


@pytest.mark.parametrize("settings", ["", VNREVIEW, '\n[audit]\nproviders_are = "sample"'])
@pytest.mark.parametrize("odd", ODD)
def test_odd_studies_are_drawn_and_told_or_skipped_and_never_crash(tmp_path, odd, settings):
    care = study(tmp_path, settings, attempts=ODD[odd])
    for question in QUESTIONS:
        found = question(care)
        if isinstance(found, Skipped):
            assert found.reason
            continue
        assert "nan" not in (found.headline + found.caption + " ".join(found.notes))
        if found.labels:
            table = text_table(found)
            assert len(table.columns) <= 6
            assert "nan" not in table.plain()
        drawn = DRAWN.get(found.name.split("-")[0], figures.plot_rates)
        if found.alt and settings == VNREVIEW:
            assert _png(drawn, found)


def test_one_attempt_is_shown_and_never_judged(tmp_path):
    care = study(tmp_path, VNREVIEW, attempts=attempts({"A": (1, 1)}))
    (row,) = records(audit.by_channel(care).rows)
    assert row["verdict"] == "too few attempts"
    assert _said(audit.by_group(care, "email")) == {"A": "too few attempts"}
    assert isinstance(audit.groups(care, "email"), Skipped)


def test_a_provider_with_few_attempts_stands_below_unranked_however_well_it_did(tmp_path):
    table = attempts({"A": (2, 20), "B": (4, 4), "C": (15, 20)})
    found = audit.by_group(study(tmp_path, attempts=table), "email")
    assert found.rows["provider"].tolist() == ["C", "A", "B"]
    assert found.rows["ranked"].tolist() == [True, True, False]
    assert _said(found)["B"] == "too few attempts"
    assert "fewer than five" in found.caption


def test_groups_name_who_is_apart_and_count_who_is_not(tmp_path):
    table = attempts({"A": (23, 24), "B": (12, 24), "C": (10, 24), "D": (0, 24), "E": (2, 2)})
    found = audit.groups(study(tmp_path, VNREVIEW, attempts=table), "email")
    rows = _by(found, "verdict")
    assert rows["clearly above"]["names"] == "A"
    assert rows["clearly below"]["names"] == "D"
    assert rows["not distinguishable"]["providers"] == "2 of 5"
    assert rows["too few attempts"]["names"] == "E"
    assert "above the 47% of VnReview/VTC 2014 are 1 of 5 providers" in found.headline
    assert "points of difference are needed" in found.notes[-1]


def test_without_a_published_figure_each_is_set_against_the_others(tmp_path):
    table = attempts({"A": (24, 24), "B": (6, 24), "C": (5, 24), "D": (7, 24)})
    found = audit.by_group(study(tmp_path, attempts=table), "email")
    assert _said(found)["A"] == "clearly above"
    assert _by(found, "provider")["A"]["benchmark"] == pytest.approx(18 / 72)
    assert any("the mean of the others" in note for note in found.notes)


def test_a_published_figure_is_what_all_may_be_above_of(tmp_path):
    table = attempts({"A": (24, 24), "B": (23, 24), "C": (24, 24)})
    found = audit.by_group(study(tmp_path, VNREVIEW, attempts=table), "email")
    assert set(_said(found).values()) == {"clearly above"}
    assert found.rows["benchmark"].eq(0.47).all()


def test_a_provider_alone_is_set_against_nothing(tmp_path):
    care = study(tmp_path, attempts=attempts({"A": (9, 20)}))
    assert isinstance(audit.groups(care, "email"), Skipped)
    assert isinstance(audit.funnel(care, "email"), Skipped)
    assert "verdict" not in audit.by_group(care, "email").labels


def test_the_funnel_draws_the_verdict_and_nothing_else(example):
    points = audit.funnel(example, "phone").rows
    points = points[points["provider"].notna()]
    said = _said(audit.by_group(example, "phone"))
    assert dict(zip(points["provider"], points["verdict"], strict=True)) == said
    assert set(points.loc[points["label"].notna(), "provider"]) == {
        name for name, words in said.items() if words.startswith("clearly")
    }


def test_few_attempts_have_no_limits_of_chance(tmp_path):
    found = audit.funnel(study(tmp_path, attempts=attempts({"A": (9, 12), "B": (3, 12)})), "email")
    assert found.rows["provider"].notna().all()
    assert "no limits of chance are drawn" in found.caption


def test_of_many_providers_the_figure_shows_the_ends_and_says_so(tmp_path):
    table = attempts({f"P{i:03d}": (i % 20, 20) for i in range(300)})
    care = study(tmp_path, attempts=table)
    found = audit.by_group(care, "email")
    assert len(found.rows) == 300 and "first and the last 20" in found.caption
    assert figures.plot_rates.height(found.rows) < 14
    assert len(found.alt) < 2000
    named = audit.funnel(care, "email").rows["label"].notna().sum()
    assert 0 < named <= 12


def test_named_providers_are_strata_and_firms_like_them_are_clusters(tmp_path):
    counts = {"A": (2, 12), "B": (11, 12), "C": (10, 12), "D": (1, 12), "E": (6, 12)}
    (tmp_path / "all").mkdir()
    (tmp_path / "sample").mkdir()
    settings = '\n[audit]\nproviders_are = "sample"'
    named = audit.by_channel(study(tmp_path / "all", attempts=attempts(counts)))
    like = audit.by_channel(study(tmp_path / "sample", settings, attempts=attempts(counts)))
    first, second = (from_row(records(found.rows)[0]) for found in (named, like))
    assert first.value == pytest.approx(second.value)
    assert second.high - second.low > 1.5 * (first.high - first.low)
    assert "not for firms like them" in named.caption and "as a sample" in like.caption
    assert any("narrower, and misleading" in note for note in like.notes)
    assert not any("narrower" in note for note in named.notes)


def test_one_sampled_provider_says_nothing_of_others(tmp_path):
    settings = '\n[audit]\nproviders_are = "sample"'
    found = audit.by_channel(study(tmp_path, settings, attempts=attempts({"A": (5, 20)})))
    assert "one provider only" in from_row(records(found.rows)[0]).warnings[0]


def test_a_channel_is_judged_by_its_own_interval(tmp_path):
    table = attempts({"A": (150, 200), "B": (140, 200)})
    (row,) = records(audit.by_channel(study(tmp_path, VNREVIEW, attempts=table)).rows)
    assert (row["reference"], row["verdict"]) == (0.47, "clearly above")


def test_not_distinguishable_is_told_from_the_same(tmp_path):
    (tmp_path / "few").mkdir()
    (tmp_path / "many").mkdir()
    few = study(tmp_path / "few", VNREVIEW, attempts=attempts({"A": (10, 20)}))
    many = study(tmp_path / "many", VNREVIEW, attempts=attempts({"A": (96, 200), "B": (94, 200)}))
    for care, words in ((few, "not the same; a difference of"), (many, "the same as the")):
        found = audit.by_channel(care)
        assert found.rows["verdict"].tolist() == ["not distinguishable"]
        assert any(words in note for note in found.notes)


def test_one_shopper_who_made_most_attempts_is_named_as_a_limit(tmp_path):
    table = attempts({"A": (5, 10), "B": (5, 10)}, shopper=["S1"] * 15 + ["S2"] * 5)
    found = audit.by_channel(study(tmp_path, attempts=table))
    assert any("one shopper made 75% of the attempts" in note for note in found.notes)


def test_calls_of_office_hours_alone_do_not_speak_for_the_week(tmp_path):
    calls = attempts({"A": (30, 60)}, "phone", sent_at="2026-01-05T03:00:00Z")
    found = audit.by_channel(study(tmp_path, attempts=calls))
    assert any("not spread evenly over the week" in note for note in found.notes)


@pytest.mark.parametrize("hour", ["T16:00:00Z", "T03:00:00Z"])
def test_calls_at_night_or_by_day_alone_are_judged_against_nothing(tmp_path, hour):
    days = [f"2026-01-{5 + i % 7:02d}{hour}" for i in range(120)]
    calls = attempts({"A": (3, 60), "B": (58, 60)}, "phone", sent_at=days)
    care = study(tmp_path, VNREVIEW, attempts=calls)
    found = audit.by_channel(care)
    assert found.rows["verdict"].isna().all()
    for question in (audit.groups, audit.funnel):
        assert "judged against nothing" in question(care, "phone").reason
    line = audit.answer(care)[0]
    assert "clearly" not in line and "judged against nothing" in line


def _at_hours(channel: str, hours: list[int]) -> pd.DataFrame:
    """Sixty attempts at each of two providers, at hours of the day in Vietnam, on all days."""
    start = pd.Timestamp("2026-01-05", tz="Asia/Ho_Chi_Minh")
    moments = [
        start + pd.Timedelta(days=i % 7, hours=hours[i // 7 % len(hours)]) for i in range(120)
    ]
    return attempts({"A": (10, 60), "B": (50, 60)}, channel, sent_at=moments)


@pytest.mark.parametrize("channel", ["chat", "social"])
def test_chats_by_day_alone_do_not_speak_for_the_week(tmp_path, channel):
    by_day = study(tmp_path, attempts=_at_hours(channel, [9, 11, 14, 16]))
    (note,) = [note for note in audit.by_channel(by_day).notes if "not tried" in note]
    assert "(weekdays, early and late; weekday nights; weekend nights)" in note
    found = audit.by_group(by_day)
    assert found.rows["verdict"].isna().all()
    assert any("judged against nothing" in note for note in found.notes)
    assert "in part of the week only" in audit.answer(by_day)[0]


def test_e_mails_by_day_alone_are_judged_among_each_other_but_not_for_the_week(tmp_path):
    by_day = study(tmp_path, attempts=_at_hours("email", [9, 11, 14, 16]))
    assert any("weekday nights" in note for note in audit.by_channel(by_day).notes)
    assert set(_said(audit.by_group(by_day, "email")).values()) == {
        "clearly above",
        "clearly below",
    }


def test_no_headline_sets_a_share_by_day_against_one_of_day_and_night(tmp_path):
    everywhen = _at_hours("email", [2, 7, 9, 12, 16, 19, 23])
    both = pd.concat([everywhen, _at_hours("chat", [9, 11])], ignore_index=True)
    headline = audit.by_channel(study(tmp_path, attempts=both)).headline
    assert "by e-mail" in headline and "chat" not in headline


@pytest.mark.parametrize("channel", ["chat", "email"])
def test_nothing_is_said_of_hours_where_the_whole_week_was_tried(tmp_path, channel):
    care = study(tmp_path, attempts=_at_hours(channel, [2, 7, 9, 12, 16, 19, 23]))
    assert not any("not tried" in note for note in audit.by_channel(care).notes)
    assert "part of the week" not in audit.answer(care)[0]


def test_a_handful_of_attempts_may_miss_a_part_of_the_week_by_chance(tmp_path):
    few = _at_hours("chat", [9, 19]).iloc[:7]  # three are expected in no part that they leave out
    assert not any(
        "not tried" in note for note in audit.by_channel(study(tmp_path, attempts=few)).notes
    )


def test_attempts_of_one_shopper_on_one_day_are_told_as_clusters(tmp_path):
    days = [f"2026-01-{5 + i % 5:02d}T03:00:00Z" for i in range(30)]
    table = attempts({"A": (15, 30)}, shopper="S1", sent_at=days)
    found = audit.by_group(study(tmp_path, attempts=table), "email")
    # Six attempts a shopper-day: √(1 + 5 · .1) = 1.22.
    assert any("6.0 attempts a day" in note and "22% wider" in note for note in found.notes)


def test_listed_providers_that_were_not_tried_are_named(tmp_path):
    providers = pd.DataFrame({"provider": ["A", "B", "C"]})
    care = study(tmp_path, attempts=attempts({"A": (5, 10), "B": (1, 9)}), providers=providers)
    assert "Not tried: C." in audit.by_group(care, "email").notes


def test_the_verdicts_of_the_example_are_true(example):
    # What the example was drawn from is known: nobody is called better or worse than printed
    # who is not.
    import json

    truth = json.loads((EXAMPLE.parent / "truth.json").read_text(encoding="utf-8"))
    rates = {one["name"]: one["email_answered"] for one in truth["providers"]["2026-Q3"]}
    for provider, words in _said(audit.by_group(example, "email")).items():
        if words.startswith("clearly"):
            assert (rates[provider] > 0.47) == (words == "clearly above")


def test_arms_are_compared_two_by_two_and_larger_differences_come_first(tmp_path):
    table = attempts({"x": (600, 1000), "y": (400, 1000), "z": (405, 1000)})
    care = study(tmp_path, attempts=table.rename(columns={"provider": "arm"}))
    found = audit.differences(care)
    assert found.rows["verdict"].tolist() == [
        "clearly above", "clearly above", "the same within the margin"]  # fmt: skip
    assert from_row(records(found.rows)[0]).value == pytest.approx(20)
    assert "2 of 3 pairs" in found.headline


def test_more_arms_than_anybody_would_compare_are_refused_in_words(tmp_path):
    table = attempts({f"arm {i}": (5, 10) for i in range(20)})
    care = study(tmp_path, attempts=table.rename(columns={"provider": "arm"}))
    assert "more pairs than anybody would read" in audit.differences(care).reason


COUNTS = pd.DataFrame({
    "provider": ["A", "A", "B", "C"], "offered": [100, 100, 50, 10],
    "answered": [80, 70, 20, 0], "abandoned": [10, 20, 40, 10],
    "answered_within_limit": [40, 35, 20, 0],
})  # fmt: skip


def test_operators_counts_by_provider_are_complete_and_carry_no_interval(tmp_path):
    found = audit.counts_by_provider(study(tmp_path, counts=COUNTS))
    rows = _by(found, "provider")
    assert (rows["A"]["k"], rows["A"]["n"]) == (150, 200)
    assert found.rows["low"].isna().all()
    assert rows["A"]["abandoned"] == pytest.approx(0.15)
    assert rows["A"]["within_limit"] == pytest.approx(0.5)
    assert rows["C"]["within_limit"] is None or np.isnan(rows["C"]["within_limit"])
    assert found.rows["provider"].tolist() == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        ({"A": 72}, "By its own count, A answered 72% of the contacts offered"),
        ({"A": 72, "B": 72}, "By their own count, 2 providers each answered 72%"),
        ({"A": 72, "B": 40}, "By their own count, providers answered from 40% to 72%"),
    ],
)
def test_the_headline_of_the_counts_says_one_share_once(tmp_path, answered, said):
    rows = {"provider": list(answered), "answered": list(answered.values()), "offered": 100}
    found = audit.counts_by_provider(study(tmp_path, counts=pd.DataFrame(rows)))
    assert found.headline.startswith(said)


def test_where_counts_do_not_add_up_it_is_said_and_not_mended(tmp_path):
    notes = " ".join(audit.operator_counts(study(tmp_path, counts=COUNTS)).notes)
    assert "In 2 of 4 rows some of the contacts offered are neither" in notes
    assert "20 contacts, 7.7% of those offered" in notes
    assert "In 1 of 4 rows answered and abandoned together are more than were offered" in notes


def test_a_part_counted_higher_than_its_whole_is_no_share(tmp_path):
    counts = pd.DataFrame({"provider": ["A", "B"], "offered": [10, 10], "answered": [12, 5]})
    found = audit.counts_by_provider(study(tmp_path, counts=counts))
    row = from_row(_by(found, "provider")["A"])
    assert row.value is None and "higher than the whole" in row.reason
    assert _png(figures.plot_rates, found).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("offered", "answered", "said"), [(10, 20, "higher than the whole"), (0, 0, "share")]
)
def test_where_no_counts_give_a_share_that_is_said(tmp_path, offered, answered, said):
    counts = pd.DataFrame({"provider": ["A"], "offered": [offered], "answered": [answered]})
    found = audit.counts_by_provider(study(tmp_path, counts=counts))
    assert isinstance(found, Skipped) and said in found.reason


@pytest.mark.real_data
def test_the_letters_of_butler_and_broockman_come_out(real_study):  # noqa: F811
    care = real_study("butler_broockman")
    assert from_row(records(audit.by_channel(care).rows)[0]).value == pytest.approx(
        0.5653, abs=5e-5
    )
    rows = _by(audit.by_group(care, "email"), "arm")
    assert rows["Jake, no party"]["value"] == pytest.approx(0.6047, abs=5e-5)
    assert rows["Deshawn, no party"]["value"] == pytest.approx(0.5533, abs=5e-5)
    pair = _by(audit.differences(care, "email"), "pair")["Deshawn, no party against Jake, no party"]
    found = from_row(pair)
    assert found.value == pytest.approx(-5.1, abs=0.05)
    # By its own interval it differs; among all 15 pairs that cannot be said.
    assert found.low < found.high < 0 and pair["verdict"] == "not distinguishable"


@pytest.mark.real_data
def test_the_letters_to_landlords_come_out(real_study):  # noqa: F811
    care = real_study("craigslist")
    (row,) = records(audit.by_channel(care).rows)
    assert (from_row(row).k, from_row(row).n) == (308, 800)
    assert len(audit.differences(care).rows) == 6


@pytest.mark.real_data
def test_the_national_counts_come_out_provider_by_provider(real_study):  # noqa: F811
    found = audit.counts_by_provider(real_study("nhs111"))
    assert found.rows["n"].sum() == 6_334_000 and found.rows["k"].sum() == 6_051_251
    assert any("neither answered nor abandoned" in note for note in found.notes)
