"""Section 6 of notebook 02: requests resolved, scores, the shoppers behind them, equal care."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from carebench import audit, figures
from carebench.audit.ranking.parts_of_index import PARTS, parts_of_index
from carebench.audit.trials.scores import TOP, field_scores, means, own_scores, severity
from carebench.finding import Finding, Skipped
from carebench.methods.severity import NOT_CONNECTED
from carebench.reporting.display import _png, fingerprint
from carebench.reporting.tables import text_table
from conftest import EXAMPLE
from studies import attempts, study

QUESTIONS = (
    audit.resolved,
    audit.resolved_by_provider,
    audit.points_of_service,
    audit.contents,
    audit.quality_by_provider,
    audit.agreement,
    audit.consistency,
    audit.shoppers,
    audit.without_departing,
    audit.persona_balance,
    audit.equal_care,
    audit.fieldwork,
    audit.shopper_load,
    audit.exclusions,
)
DRAWN = {
    audit.resolved_by_provider: figures.plot_rates,
    audit.points_of_service: figures.plot_scores,
    audit.quality_by_provider: figures.plot_scores,
    audit.shoppers: figures.plot_estimates,
}
POINTS = ("friendliness", "empathy", "fairness", "customer_at_centre", "information", "choice")


@pytest.fixture(scope="module")
def truth():
    return json.loads((EXAMPLE.parent / "truth.json").read_text(encoding="utf-8"))


def ratings(contacts, score, *, items=POINTS, **columns):
    """The same score on every item of every contact."""
    rows = [{"attempt_id": c, "item": i, "score": score} for c in contacts for i in items]
    return pd.DataFrame(rows).assign(**columns)


def row(finding, **wanted):
    """The one row of a finding that has these values."""
    found = finding.rows
    for name, value in wanted.items():
        found = found[found[name].eq(value)]
    assert len(found) == 1
    return found.iloc[0]


def good_of(care, scores):
    """Good scores, and all of them, in a relation of scores."""
    counted = care.engine.frame(
        f"SELECT count(*) FILTER (WHERE point >= {TOP}) AS k, count(*) AS n FROM {scores}"
    )
    return tuple(counted.iloc[0])


# --- requests resolved ---


def test_both_denominators_of_requests_resolved_are_stated(tmp_path):
    table = attempts({"A": (6, 10), "B": (4, 10)})
    table["resolved"] = ["yes"] * 3 + ["no"] * 7 + ["yes"] * 1 + ["no"] * 9
    with study(tmp_path, attempts=table) as care:
        found = audit.resolved(care)
        assert row(found, base="all attempts").value == pytest.approx(4 / 20)
        # The mean of the providers' rates: 3 of 6 and 1 of 4.
        assert row(found, base="those answered").value == pytest.approx((3 / 6 + 1 / 4) / 2)


def test_who_was_not_answered_was_not_helped_and_who_knows_not_is_left_out(tmp_path):
    table = attempts({"A": (4, 8)})
    table["resolved"] = ["yes", "no", None, None] + [None] * 4
    with study(tmp_path, attempts=table) as care:
        found = audit.resolved(care)
        assert (row(found, base="all attempts").k, row(found, base="all attempts").n) == (1, 6)
        assert row(found, base="those answered").n == 2
        assert any("2 answered attempts do not say" in note for note in found.notes)


def test_a_request_resolved_by_a_machine_counts_among_all_attempts_only(tmp_path):
    table = attempts({"A": (4, 8)})
    table["resolved"] = ["yes"] * 2 + ["no"] * 2 + ["yes"] + ["no"] * 3
    with study(tmp_path, attempts=table) as care:
        found = audit.resolved(care)
        assert row(found, base="all attempts").k == 3
        assert row(found, base="those answered").k == 2
        assert audit.resolved_by_provider(care).rows["of_answered"].tolist() == ["2/4"]


def test_each_provider_is_judged_against_the_others_once_only(example):
    found = audit.resolved_by_provider(example).rows
    assert set(found["verdict"]) <= {"clearly above", "not distinguishable", "clearly below"}
    assert found["value"].is_monotonic_decreasing
    assert found["n"].sum() == audit.resolved(example).rows["n"].iloc[0]


# --- the points of service ---


def test_shares_of_the_five_points_sum_to_one_and_the_top_two_to_the_estimate(example):
    for found in (audit.points_of_service(example), audit.quality_by_provider(example)):
        shares = found.rows[[f"score_{point}" for point in range(1, 6)]]
        assert shares.sum(axis=1).to_numpy() == pytest.approx(1)
        top = shares["score_4"] + shares["score_5"]
        assert top.to_numpy() == pytest.approx(found.rows["value"].to_numpy())


def test_the_top_two_are_the_same_for_firms_like_these(tmp_path):
    table = attempts({"A": (10, 10), "B": (20, 20)})
    scores = pd.concat(
        [ratings(table["attempt_id"][:10], 5.0), ratings(table["attempt_id"][10:], 2.0)]
    )
    with study(tmp_path, attempts=table, ratings=scores) as care:
        assert audit.points_of_service(care).rows["value"].to_numpy() == pytest.approx(1 / 2)
    settings = '[audit]\nproviders_are = "sample"'
    (tmp_path / "sample").mkdir()
    with study(tmp_path / "sample", settings, attempts=table, ratings=scores) as care:
        found = audit.points_of_service(care).rows
        assert found["value"].to_numpy() == pytest.approx(1 / 3)
        assert found["score_5"].to_numpy() == pytest.approx(1 / 3)
        assert (found["n"] == 30).all()


def test_a_contact_counts_once_however_many_shoppers_scored_it(tmp_path):
    table = attempts({"A": (10, 10)}, shopper="S3")
    own = ratings(table["attempt_id"], 5.0, shopper="S3")
    others = [ratings(table["attempt_id"], 1.0, shopper=f"S{i}") for i in (1, 2, 4, 5)]
    with study(tmp_path, attempts=table, ratings=pd.concat([*others, own])) as care:
        found = audit.points_of_service(care).rows
        assert (found["n"] == 10).all() and (found["value"] == 1).all()


def test_the_first_in_the_alphabet_stands_in_where_the_own_shopper_did_not_score(tmp_path):
    table = attempts({"A": (10, 10)}, shopper="S9")
    scores = pd.concat(
        [ratings(table["attempt_id"], 1.0, shopper="S2"),
         ratings(table["attempt_id"], 5.0, shopper="S1")]
    )  # fmt: skip
    with study(tmp_path, attempts=table, ratings=scores) as care:
        assert (audit.points_of_service(care).rows["value"] == 1).all()


@pytest.mark.parametrize(("score", "good"), [(3.5, 0), (3.99, 0), (4.0, 1), (4.5, 1)])
def test_a_score_is_good_from_four_on_wherever_it_is_counted(tmp_path, score, good):
    table = attempts({"A": (10, 10)})
    with study(tmp_path, attempts=table, ratings=ratings(table["attempt_id"], score)) as care:
        found = audit.points_of_service(care).rows
        assert (found["value"] == good).all() and (found[f"score_{int(score)}"] == 1).all()
        quality = next(part for part in parts_of_index(care)[1] if part.name == "quality")
        assert (quality.trials[0].k, quality.trials[0].n) == (10 * good, 10)
        assert good_of(care, own_scores(care)) == (60 * good, 60)
        assert means(care, "provider")["good"].tolist() == [10 * good]


def test_the_index_and_the_points_take_the_same_one_shopper_of_a_contact(tmp_path):
    table = attempts({"A": (10, 10)}, shopper="S2")
    own = ratings(table["attempt_id"], 5.0, shopper="S2")
    other = ratings(table["attempt_id"], 1.0, shopper="S1")
    with study(tmp_path, attempts=table, ratings=pd.concat([other, own])) as care:
        quality = next(part for part in parts_of_index(care)[1] if part.name == "quality")
        assert (quality.trials[0].k, quality.trials[0].n) == (10, 10)
        assert good_of(care, own_scores(care)) == (60, 60)


def test_the_others_scores_are_counted_by_the_rule_of_ones_own(tmp_path):
    table = attempts({"A": (10, 10), "B": (10, 10)}, shopper="S2", persona="student")
    own = ratings(table["attempt_id"], 4.0, shopper="S2")
    other = ratings(table["attempt_id"], 3.5, shopper="S1")
    tables = {"attempts": table, "ratings": pd.concat([other, own])}
    with study(tmp_path, 'provider = "A"', **tables) as care:
        assert good_of(care, own_scores(care)) == (60, 60)
        assert good_of(care, field_scores(care)) == (60, 60)
        others = care.engine.frame(f"SELECT DISTINCT provider FROM {field_scores(care)}")
        assert len(others) == 1 and others["provider"].ne("A").all()


def test_the_index_says_that_its_share_of_requests_is_of_those_answered(example):
    assert parts_of_index(example)[1][1].name == "resolved"
    assert PARTS["resolved"] == "resolved once answered"


def test_a_severe_shopper_who_ranks_alike_is_not_said_to_be_two_things(tmp_path):
    table = attempts({"A": (30, 30)})
    levels = np.arange(30) % 3 + 2.0
    scores = pd.concat(
        [pd.DataFrame({"attempt_id": table["attempt_id"], "item": "empathy", "score": levels + off,
                       "shopper": name}) for name, off in (("S1", 0), ("S2", 0), ("S3", -1))]
    )  # fmt: skip
    with study(tmp_path, attempts=table, ratings=scores) as care:
        assert "clearly milder or severer" in audit.shoppers(care).headline
        assert "ranks the contacts alike" in audit.without_departing(care).reason


def test_scores_of_attempts_that_failed_through_us_do_not_count(tmp_path):
    table = attempts({"A": (10, 10)}, fault=["ours"] * 4 + [""] * 6)
    scores = pd.concat([ratings(table["attempt_id"][:4], 1.0), ratings(table["attempt_id"][4:], 5)])
    with study(tmp_path, attempts=table, ratings=scores) as care:
        found = audit.points_of_service(care).rows
        assert (found["n"] == 6).all() and (found["value"] == 1).all()


def test_scores_of_another_wave_and_of_unlisted_providers_do_not_count(tmp_path):
    table = attempts({"A": (6, 6), "B": (6, 6)}, wave=["w1"] * 3 + ["w2"] * 9)
    scores = pd.concat(
        [ratings(table["attempt_id"][:3], 1.0), ratings(table["attempt_id"][3:6], 5.0),
         ratings(table["attempt_id"][6:], 1.0)]
    )  # fmt: skip
    providers = pd.DataFrame({"provider": ["A"]})
    tables = {"attempts": table, "ratings": scores, "providers": providers}
    with study(tmp_path, 'wave = "w2"', **tables) as care:
        found = audit.points_of_service(care).rows
        assert (found["n"] == 3).all() and (found["value"] == 1).all()


def test_the_study_says_which_points_are_convenience(tmp_path):
    table = attempts({"A": (10, 10)})
    scores = pd.concat(
        [ratings(table["attempt_id"], 5.0, items=["choice", "speed"]),
         ratings(table["attempt_id"], 1.0, items=["empathy", "other"])]
    )  # fmt: skip
    settings = '[audit.contents]\nconvenience = ["choice", "speed"]\nhuman = ["empathy"]'
    with study(tmp_path, settings, attempts=table, ratings=scores) as care:
        found = audit.contents(care).rows.set_index("content")["value"]
        assert found.to_dict() == {"convenience": 1, "human factor": 0, "in no group": 0}


def test_no_point_is_called_best_where_intervals_overlap(example):
    assert "No point stands out" in audit.points_of_service(example).headline


def test_an_adjusted_mean_is_refused_where_shoppers_and_providers_never_meet(tmp_path):
    table = attempts({"A": (10, 10), "B": (10, 10)}, shopper=["S1"] * 10 + ["S2"] * 10)
    scores = pd.concat(
        [ratings(table["attempt_id"][:10], 4.0, shopper="S1"),
         ratings(table["attempt_id"][10:], 3.0, shopper="S2")]
    )  # fmt: skip
    with study(tmp_path, attempts=table, ratings=scores) as care:
        found = audit.quality_by_provider(care)
        assert found.rows["adjusted"].tolist() == ["–", "–"]
        assert any(NOT_CONNECTED in note for note in found.notes)
        assert found.rows["verdict"].tolist() == ["–", "–"]


def test_the_example_gives_back_the_quality_it_was_drawn_with(example, truth):
    drawn = {p["name"]: p["quality"] for p in truth["providers"]["2026-Q3"]}
    names, _shoppers, found = severity(example)
    pairs = [(one.value, drawn[name]) for name, one in zip(names, found.means, strict=True)]
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.9


# --- the shoppers ---


def test_the_careless_shopper_is_found_and_nobody_else(example, truth):
    found = audit.shoppers(example)
    odd = found.rows.loc[found.rows["verdict"].eq("does not follow the others"), "shopper"]
    assert odd.tolist() == [truth["shoppers"]["careless"]]
    assert truth["shoppers"]["careless"] in found.headline


def test_intervals_of_severity_hold_what_it_was_drawn_with(example, truth):
    drawn = truth["shoppers"]["severity"]
    rows = audit.shoppers(example).rows.set_index("shopper")
    honest = rows.drop(index=truth["shoppers"]["careless"])
    # Scores end at 1 and 5, which draws the mildest and severest a little to the middle.
    for name, one in honest.iterrows():
        assert one["low"] - 0.1 <= drawn[name] <= one["high"] + 0.1
    assert rows.loc["S2", "verdict"] == "severer" and rows.loc["S6", "verdict"] == "milder"


def test_leaving_out_the_careless_shopper_shows_more_agreement_beside_the_first_result(example):
    rows = audit.consistency(example).rows
    assert len(rows) == 4
    assert rows["value"].iloc[2] > rows["value"].iloc[0]
    both = audit.without_departing(example).rows
    assert both["n"].iloc[1] < both["n"].iloc[0]
    # Never in silence: other results keep every contact.
    assert audit.points_of_service(example).rows["n"].max() == both["n"].iloc[0]


def test_without_twenty_common_contacts_there_is_no_reliability_figure(tmp_path):
    table = attempts({"A": (19, 19)}, shopper="S1")
    rng = np.random.default_rng(1)
    parts = [
        ratings(table["attempt_id"], 1.0, shopper=f"S{i}").assign(
            score=rng.integers(1, 6, 19 * len(POINTS))
        )
        for i in range(3)
    ]
    with study(tmp_path, attempts=table, ratings=pd.concat(parts)) as care:
        for question in (audit.agreement, audit.consistency):
            assert "no reliability figure" in question(care).reason
        assert audit.shoppers(care).rows["with_rest"].isna().all()


def test_where_nobody_agrees_nobody_is_blamed(tmp_path):
    table = attempts({"A": (40, 40)}, shopper="S1")
    rng = np.random.default_rng(2)
    parts = [
        ratings(table["attempt_id"], 1.0, shopper=f"S{i}").assign(
            score=np.repeat(rng.integers(1, 6, 40), len(POINTS))
        )
        for i in range(4)
    ]
    with study(tmp_path, attempts=table, ratings=pd.concat(parts)) as care:
        assert isinstance(audit.without_departing(care), Skipped)
        assert "firmly on 0 of 6 points" in audit.agreement(care).headline


# --- the same care for every customer ---


def test_the_one_customer_treated_worse_is_found_and_no_other_provider_is_accused(example, truth):
    gap = truth["persona_gap"]
    found = audit.equal_care(example)
    worse = found.rows[found.rows["verdict"].eq("treated worse")]
    assert worse[["provider", "persona"]].to_numpy().tolist() == [[gap["provider"], gap["persona"]]]
    assert gap["provider"] in found.headline


def test_few_contacts_never_show_that_customers_are_treated_the_same(example):
    rows = audit.equal_care(example).rows
    each = rows[~rows["over_all"]]
    assert not each["verdict"].eq("the same within the margin").any()
    assert each["verdict"].eq("cannot show equivalence at this n").sum() == len(each) - 1


def test_many_alike_contacts_show_that_customers_are_treated_the_same(tmp_path):
    table = attempts({"A": (600, 1000)})
    table["persona"] = np.where(np.arange(1000) % 2 == 0, "big", "small")
    with study(tmp_path, attempts=table) as care:
        found = audit.equal_care(care)
        assert set(found.rows["verdict"]) == {"the same within the margin"}
        assert list(found.labels) == ["provider", "persona", "answered", "verdict"]


def test_a_customer_who_met_the_worse_provider_more_often_is_not_treated_worse(tmp_path):
    parts = [
        attempts({provider: (round(n * share), n)}, persona=persona)
        for provider, share in (("good", 0.9), ("bad", 0.1))
        for persona, n in (("big", 60 if provider == "bad" else 20),
                           ("small", 20 if provider == "bad" else 60))
    ]  # fmt: skip
    table = pd.concat(parts, ignore_index=True).assign(attempt_id=range(160))
    with study(tmp_path, attempts=table) as care:
        found = audit.equal_care(care)
    assert "No kind of customer is found to be treated worse" in found.headline
    assert found.rows.loc[found.rows["over_all"], "answered_gap"].abs().max() < 1e-9


def test_the_family_is_those_comparisons_that_had_enough_contacts(tmp_path):
    table = pd.concat([attempts({"A": (9, 20), "B": (1, 4)}, persona="big"),
                       attempts({"A": (9, 20), "B": (1, 4)}, persona="small")])  # fmt: skip
    with study(tmp_path, attempts=table.assign(attempt_id=range(48))) as care:
        notes = " ".join(audit.equal_care(care).notes)
    assert "over the 4 comparisons with enough contacts" in notes  # B’s two have too few


def test_calls_tell_nothing_of_personas_for_nobody_sees_who_calls(tmp_path):
    table = attempts({"A": (20, 40)}, channel="phone")
    table["persona"] = ["big"] * 20 + ["small"] * 20  # picked up: all of the big, none of the small
    with study(tmp_path, attempts=table) as care:
        assert isinstance(audit.equal_care(care), Skipped)


def test_personas_that_follow_the_channel_are_called_unbalanced(tmp_path):
    mail = attempts({"A": (10, 30)}, channel="email", persona="big")
    chat = attempts({"A": (10, 30)}, channel="chat", persona="small")
    with study(tmp_path, attempts=pd.concat([mail, chat])) as care:
        assert "not spread evenly" in audit.persona_balance(care).headline


def test_the_example_dealt_its_personas_evenly(example):
    found = audit.persona_balance(example)
    assert "as a random draw" in found.headline and found.rows["away"].max() < 0.05


# --- whatever the study lacks ---


def _cases():
    def rated(table, **columns):
        return {"attempts": table, "ratings": ratings(table["attempt_id"], 4.0, **columns)}

    full = {"shopper": "S1", "persona": "big", "resolved": "yes", "fault": "", "suspected": "no"}
    one = attempts({"A": (1, 1)}, **full)
    none = attempts({"A": (0, 9), "B": (0, 9)}, **{**full, "resolved": "no"})
    bare = attempts({"A": (5, 9)})[["attempt_id", "outcome"]]
    two = attempts({"A": (5, 9), "B": (3, 9)}, **full)
    two["persona"] = ["big", "small"] * 9
    return {
        "one attempt": rated(one, shopper="S1"),
        "none answered, no ratings": {"attempts": none},
        "all answered": rated(attempts({"A": (9, 9), "B": (9, 9)}, **full), shopper="S1"),
        "outcomes alone": {"attempts": bare},
        "no provider": rated(bare),
        "one shopper": rated(two, shopper="S1"),
        "shoppers unknown": rated(two),
        "one item": {"attempts": two,
                     "ratings": ratings(two["attempt_id"], 2.0, items=["other"], shopper="S1")},
        "empty cells": {"attempts": two.assign(persona=None, shopper=None, resolved=None,
                                               provider=None, channel=None)},
        "nobody listed": {**rated(two), "providers": pd.DataFrame({"provider": ["Z"]})},
    }  # fmt: skip


@pytest.mark.parametrize("case", _cases())
def test_every_question_renders_or_says_why_not(case, tmp_path):
    with study(tmp_path, **_cases()[case]) as care:
        for question in QUESTIONS:
            answer = question(care)
            if isinstance(answer, Skipped):
                assert answer.reason
                continue
            table = text_table(answer)
            # What a phone can hold; the column of notes comes and goes.
            assert len([c for c in table.columns if c.heading != "note"]) <= 6
            fingerprint(answer)
            if question in DRAWN:
                assert answer.caption and answer.alt
                drawing = Figure(layout="constrained").subplots()
                assert DRAWN[question](answer.rows, ax=drawing) is drawing


def test_three_hundred_providers_are_drawn_as_the_first_and_the_last(tmp_path):
    table = attempts({f"P{i:03d}": (2, 3) for i in range(300)}, shopper="S1", resolved="no")
    scores = ratings(table["attempt_id"], 3.0, items=["empathy"], shopper="S1")
    scores["score"] = np.random.default_rng(1).integers(1, 6, len(scores))
    with study(tmp_path, attempts=table, ratings=scores) as care:
        found = audit.quality_by_provider(care)
        assert isinstance(found, Finding) and len(found.rows) == 300
        assert figures.plot_scores.height(found.rows) < 20
        assert _png(figures.plot_scores, found).startswith(b"\x89PNG")
