"""What providers say of their own care, and whether what shoppers met agrees."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carebench import audit, figures
from carebench.audit.trials.replies import replies
from carebench.finding import Skipped
from carebench.methods.contacts import share_of_scores
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from conftest import EXAMPLE
from studies import attempts, study

QUESTIONS = (audit.maturity, audit.care_departments, audit.contacts_first, audit.belief_gap)


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((EXAMPLE.parent / "truth.json").read_text("utf-8"))


def _said(*rows: tuple[str, str], **columns: object) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["provider", "care_is_key"])
    return table.assign(**columns)


def _scored(points: dict[str, list[int]]) -> dict[str, pd.DataFrame]:
    """Attempts, all answered, with one score of one item each."""
    tried = attempts({name: (len(given), len(given)) for name, given in points.items()})
    scores = [score for given in points.values() for score in given]
    ratings = pd.DataFrame({"attempt_id": tried["attempt_id"], "item": "empathy", "score": scores})
    return {"attempts": tried, "ratings": ratings}


def _folder(parent: Path, number: int) -> Path:
    folder = parent / str(number)
    folder.mkdir()
    return folder


# Who says what


def test_the_example_says_what_its_truth_says(example, truth):
    believed = truth["maturity"]["beliefs"]
    said = replies(example)
    present = {firm["name"] for firm in truth["providers"]["2026-Q3"]}
    assert set(said.index) == set(believed) & present
    assert list(said.index[said["client"]]) == [truth["maturity"]["client"]]
    first = {name: belief for name, belief in believed.items() if belief["respondents"] == 1}
    for name in set(first) & present:
        row = said.loc[name]
        for item in ("care_is_key", "own_standard", "trains_staff", "contacts_first"):
            assert row[item] == (item in believed[name]["says"].split()), (name, item)


def test_four_in_five_hold_care_to_be_key_and_few_have_a_standard_of_their_own(example):
    rows = audit.maturity(example).rows.set_index("item")
    key = rows.loc["hold customer care to be key to their business"]
    assert (key["k"], key["n"]) == (8, 10)
    standard = rows.loc["have a standard of care distinct from their rivals’"]
    assert standard["k"] == 1


def test_a_count_of_all_who_replied_has_no_interval(example):
    for question in (audit.maturity, audit.care_departments):
        rows = question(example).rows
        assert rows["low"].isna().all() and rows["value"].notna().all()


def test_a_provider_says_what_more_than_half_of_its_people_say(tmp_path):
    said = _said(("A", "yes"), ("A", "yes"), ("A", "no"), ("B", "yes"), ("B", "no"), ("C", "yes"))
    row = audit.maturity(study(tmp_path, maturity=said)).rows.iloc[0]
    assert (row["k"], row["n"], row["divided"]) == (2, 3, 2)


def test_an_empty_cell_is_no_answer_and_no_dissent(tmp_path):
    said = _said(("A", "yes"), ("A", ""), ("B", ""))
    row = audit.maturity(study(tmp_path, maturity=said)).rows.iloc[0]
    assert (row["k"], row["n"], row["divided"]) == (1, 1, 0)


def test_what_the_client_says_is_in_no_count_of_providers(tmp_path):
    said = _said(("A", "no"), ("B", "yes"), ("B", "yes"), asked=["provider", "client", "client"])
    row = audit.maturity(study(tmp_path, maturity=said)).rows.iloc[0]
    assert (row["k"], row["n"]) == (0, 1)
    assert row["client"] == "yes (2 of 2 people say yes)"


def test_who_did_not_reply_is_named_and_not_guessed_at(example):
    notes = " ".join(audit.maturity(example).notes)
    assert "10 of 13 audited providers answered for themselves" in notes
    assert "They say nothing: Trâu Xanh, Ốc Sên Nhanh" in notes
    gap = audit.belief_gap(example).rows.set_index("provider")
    assert gap.loc["Trâu Xanh", "says"] == "they say nothing"
    assert pd.isna(gap.loc["Trâu Xanh", "self_rating"])


def test_a_department_stands_where_more_than_half_of_its_people_put_it(tmp_path):
    said = _said(*[("A", "yes")] * 3, *[("B", "yes")] * 2).assign(
        department=["exists", "organised", "advantage", "none", "advantage"]
    )
    rows = audit.care_departments(study(tmp_path, maturity=said)).rows.set_index("step")
    assert rows.loc["the department is organised", "who"] == "A"
    assert rows.loc["no department of its own", "who"] == "B"


def test_those_who_say_they_contact_first_are_checked_against_the_log(example):
    rows = audit.contacts_first(example).rows.set_index("what")
    says = rows.loc["… of those that say they contact first"]
    others = rows.loc["… of those that say they do not"]
    assert says["value"] > others["value"]
    assert pd.isna(says["low"]) and pd.isna(others["low"])  # two providers are no sample
    whole = rows.loc["incidents of which the provider spoke first"]
    assert whole["k"] >= says["k"] + others["k"]


def test_without_a_log_nothing_is_said_to_be_checked(tmp_path):
    said = _said(("A", "yes"), contacts_first=["yes"])
    answer = audit.contacts_first(study(tmp_path, maturity=said))
    assert len(answer.rows) == 1 and "nothing checks what is said" in " ".join(answer.notes)


# Belief and observation


def test_the_audit_contradicts_the_weak_and_bears_out_the_strong(example, truth):
    quality = {firm["name"]: firm["quality"] for firm in truth["providers"]["2026-Q3"]}
    rows = audit.belief_gap(example).rows.set_index("provider")
    against = rows.index[rows["verdict"] == "contradicted"]
    assert {"Quartz Tamarind", "Nón Lá Phone", "Vịt Cỏ"} <= set(against)
    assert max(quality[name] for name in against) < 3.3
    for name in rows.index[rows["verdict"] == "borne out"]:
        assert quality[name] > 3.5, name


@pytest.mark.parametrize(
    ("rating", "good", "verdict"),
    [
        (5, 38, "borne out"),
        (4, 2, "contradicted"),
        (5, 22, "cannot tell"),
        (1, 2, "borne out"),
        (2, 38, "better than it says"),
        (3, 38, "claims neither"),
    ],
)
def test_a_belief_is_held_against_half_of_the_scores(tmp_path, rating, good, verdict):
    tables = _scored({"A": [5] * good + [2] * (40 - good)})
    said = _said(("A", "yes"), self_rating=[rating])
    row = audit.belief_gap(study(tmp_path, maturity=said, **tables)).rows.iloc[0]
    assert row["verdict"] == verdict


def test_fewer_than_five_scored_contacts_are_not_judged(tmp_path):
    said = _said(("A", "yes"), self_rating=[5])
    answer = audit.belief_gap(study(tmp_path, maturity=said, **_scored({"A": [1] * 4})))
    assert answer.rows["verdict"].tolist() == ["cannot tell"]
    assert "whether they are right cannot be told" in answer.headline


def test_a_verdict_needs_more_evidence_where_more_providers_are_judged(tmp_path):
    scores = [5] * 27 + [2] * 13
    alone, among = (
        audit.belief_gap(
            study(
                _folder(tmp_path, len(names)),
                maturity=_said(*[(name, "yes") for name in names], self_rating=5),
                **_scored({name: scores for name in names}),
            )
        ).rows["verdict"]
        for names in (["A"], [f"P{i:02d}" for i in range(20)])
    )
    assert alone.tolist() == ["borne out"] and set(among) == {"cannot tell"}


def test_a_study_in_which_nobody_is_right_or_wrong_seldom_says_so():
    # Forty providers, all with exactly half of their scores good: any verdict is false.
    good = np.random.default_rng(20140602).binomial(40, 0.5, (400, 40))
    limits = [
        share_of_scores([40], [k], [40], [k], [k], [40], confidence_level=1 - 0.05 / 40)
        for k in range(41)
    ]
    missed = np.array([not one.low <= 0.5 <= one.high for one in limits])
    assert missed[good].any(axis=1).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_scores_of_one_contact_count_as_one(tmp_path):
    tables = _scored({"A": [5, 5, 2, 2, 5, 2]})
    many = pd.concat([tables["ratings"].assign(item=item) for item in ("a", "b", "c", "d")])
    said = _said(("A", "yes"), self_rating=[5])
    row = audit.belief_gap(
        study(tmp_path, maturity=said, attempts=tables["attempts"], ratings=many)
    ).rows.iloc[0]
    assert row["n"] == 6 and row["high"] - row["low"] > 0.5


def test_a_misspelt_provider_is_in_no_count(tmp_path):
    listed = pd.DataFrame({"provider": ["A", "B"]})
    said = _said(("A", "yes"), ("AA", "no"))
    answer = audit.maturity(study(tmp_path, maturity=said, providers=listed))
    assert answer.rows.iloc[0]["n"] == 1 and "1 of 2 audited" in " ".join(answer.notes)


# Any study


def test_every_question_has_a_sentence_for_a_study_that_lacks_what_it_needs(tmp_path):
    bare = study(tmp_path, maturity=pd.DataFrame({"provider": ["A"]}))
    for question in QUESTIONS:
        assert isinstance(question(bare), Skipped), question
        assert question(bare).reason


def test_a_table_of_another_wave_says_nothing_of_this_one(tmp_path):
    said = _said(("A", "yes"), wave=["Q1"], department=["exists"], contacts_first=["yes"])
    tried = attempts({"A": (1, 2)}, wave="Q3")
    care = study(tmp_path, 'wave = "Q3"', maturity=said, attempts=tried)
    assert all(isinstance(question(care), Skipped) for question in QUESTIONS)


def test_tables_fit_a_phone_and_the_figure_can_be_drawn(example):
    for question in QUESTIONS:
        assert len(text_table(question(example)).columns) <= 6
    answer = audit.belief_gap(example)
    assert _png(figures.plot_belief_gap, answer).startswith(b"\x89PNG")


def test_of_many_providers_only_the_widest_gaps_are_drawn(tmp_path):
    names = [f"P{i:02d}" for i in range(60)]
    said = _said(*[(name, "yes") for name in names], self_rating=5)
    tried = attempts({name: (1, 3) for name in names})
    answer = audit.belief_gap(study(tmp_path, maturity=said, attempts=tried))
    assert figures.plot_belief_gap.height(answer.rows) < 15
    assert "24 widest gaps of 60" in answer.caption
    assert len(answer.rows) == 60
