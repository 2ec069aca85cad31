"""How departments serve each other, how content their staff are, and what must not be shown."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from carebench import figures, segmentation
from carebench.finding import Finding, Skipped
from carebench.methods.comparisons import ABOVE, BELOW, TOO_FEW
from carebench.methods.mutual_ratings import compare_gaps, compare_ratings, gaps
from carebench.methods.rank_correlation import spearman
from carebench.reporting.tables import text_table
from carebench.segmentation.departments import may_be_shown
from conftest import EXAMPLE
from studies import attempts, study

SEED = 20140602
DEPARTMENTS = ["Sales", "Stores", "Books", "Lab"]


@pytest.fixture(scope="module")
def truth():
    return json.loads((EXAMPLE.parent / "truth.json").read_text("utf-8"))


def _scores(people: int = 6, **means: float) -> pd.DataFrame:
    """Whole scores around the mean of each department, given by so many of each of the others."""
    noise = [-1, 0, 1, 0, 1, -1, 0]
    rows = [
        (rater, rated, np.clip(mean + noise[(i + at) % len(noise)], 1, 5), f"{rater}{i}")
        for rater in means
        for i in range(people)
        for at, (rated, mean) in enumerate(means.items())
        if rated != rater
    ]
    return pd.DataFrame(
        rows, columns=["rater_department", "rated_department", "score", "respondent"]
    )


def _staff(answers: dict[str, list[int]], **columns: object) -> pd.DataFrame:
    rows = [(name, score) for name, scores in answers.items() for score in scores]
    return pd.DataFrame(rows, columns=["department", "satisfaction"]).assign(**columns)


# The method


def _survey(rng, means, members=5, spread=0.8):
    """Who rated, for whom, whom, and the score: every member of each department all others."""
    size = len(means)
    people = np.repeat(np.arange(size * members), size - 1)
    home = people // members
    others = [np.delete(np.arange(size), department) for department in range(size)]
    rated = np.concatenate([others[department] for department in home[:: size - 1]])
    severe = rng.normal(0, 0.4, size * members)[people]
    drawn = np.asarray(means)[rated] + severe + spread * rng.standard_normal(len(people))
    return people, home, rated, np.clip(np.rint(drawn), 1, 5)


def test_a_gap_is_a_score_less_the_mean_of_the_others():
    got = gaps([0, 0, 0, 1, 1, 2], [5, 3, 1, 4, 2, 3])
    assert got == pytest.approx([3, 0, -3, 2, -2, np.nan], nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(st.floats(-3, 3))
def test_it_does_not_matter_who_is_severe(shift):
    people, _home, _rated, scores = _survey(np.random.default_rng(1), [3, 4, 2])
    assert gaps(people, scores + shift * (people % 2)) == pytest.approx(gaps(people, scores))


def test_intervals_of_gaps_hold_the_truth_as_often_as_they_say_and_no_difference_is_seldom_seen():
    rng, size = np.random.default_rng(SEED), 8
    held, any_department, any_pair, surveys = [], 0, 0, 200
    for _ in range(surveys):
        people, home, rated, scores = _survey(rng, [3.4] * size)
        gap = gaps(people, scores)
        departments = compare_gaps(gap, rated, np.arange(size))
        pairs = compare_gaps(gap, home * size + rated, np.tile(np.arange(size), size))
        held += [estimate.low <= 0 <= estimate.high for estimate, _ in departments]
        any_department += any(said.verdict in (ABOVE, BELOW) for _, said in departments)
        any_pair += any(said.verdict in (ABOVE, BELOW) for _, said in pairs)
    assert np.mean(held) == pytest.approx(0.955, abs=0.02)
    assert any_department / surveys <= 0.06 and any_pair / surveys <= 0.06


def test_a_department_that_divides_its_raters_is_not_told_apart_by_that():
    rng, size, told = np.random.default_rng(SEED), 6, 0
    for _ in range(100):
        people, home, rated, scores = _survey(rng, [3.0] * size, spread=0.7)
        extreme = rng.choice([1.0, 5.0], len(scores))
        gap = gaps(people, np.where(rated == 2, extreme, scores))
        found = compare_gaps(gap, home * size + rated, np.tile(np.arange(size), size))
        told += any(said.verdict in (ABOVE, BELOW) for _, said in found)
    assert told <= 8


@pytest.mark.parametrize("shift", [-1.5, 1.5])
def test_one_department_that_stands_out_does_not_make_the_others_stand_out(shift):
    rng, size, surveys = np.random.default_rng(SEED), 6, 60
    alone, lifted = 0, 0
    for _ in range(surveys):
        people, _home, rated, scores = _survey(rng, [3 + shift] + [3.0] * (size - 1), members=15)
        bare = compare_gaps(gaps(people, scores), rated, np.arange(size))
        found = compare_ratings(people, scores, rated, np.arange(size))
        alone += found[0][1].verdict == (BELOW if shift < 0 else ABOVE)
        lifted += any(said.verdict in (ABOVE, BELOW) for _, said in found[1:])
        assert [estimate for estimate, _ in found] == [estimate for estimate, _ in bare]
    assert alone == surveys and lifted / surveys <= 0.07


def test_the_worst_and_the_best_are_both_told_where_both_stand_out():
    people, _home, rated, scores = _survey(
        np.random.default_rng(SEED), [2, 3, 3, 3, 3, 4.5], members=15
    )
    found = [said.verdict for _, said in compare_ratings(people, scores, rated, np.arange(6))]
    assert (found[0], found[5]) == (BELOW, ABOVE) and not {ABOVE, BELOW} & set(found[1:5])


def test_five_scores_are_needed_and_scores_without_spread_judge_nothing():
    people = np.repeat(np.arange(4), 2)
    found = compare_gaps(gaps(people, [5, 1] * 4), np.tile([0, 1], 4), [0, 1])
    assert [said.verdict for _, said in found] == [TOO_FEW] * 2
    people = np.repeat(np.arange(9), 2)
    found = compare_gaps(gaps(people, [5, 1] * 9), np.tile([0, 1], 9), [0, 1])
    assert [estimate.value for estimate, _ in found] == [None, None]


def test_spearman_agrees_with_a_published_value():
    # Hours of television and intelligence of ten people: rho = -29/165.
    iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    got = spearman(iq, hours)
    assert got.value == pytest.approx(-29 / 165) and got.low < got.value < got.high


def test_the_interval_of_a_rank_correlation_holds_it_as_often_as_it_says():
    rng, true, n = np.random.default_rng(SEED), 0.5, 20
    rank = 6 / np.pi * np.arcsin(true / 2)  # Spearman's of normal pairs
    held = 0
    for _ in range(400):
        x = rng.standard_normal(n)
        got = spearman(x, true * x + np.sqrt(1 - true**2) * rng.standard_normal(n))
        held += got.low <= rank <= got.high
    assert held / 400 == pytest.approx(0.95, abs=0.03)


def test_nothing_is_claimed_of_nine_things():
    assert spearman(range(9), range(9)).value is None
    assert spearman(range(10), range(10)).value == pytest.approx(1)
    assert spearman(range(10), range(10)).low < 0.97
    assert spearman(range(10), [1] * 10).value is None


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 24), st.integers(0, 2), st.sampled_from([(1, 1), (5, 5), (1, 5)])),
        min_size=1,
        max_size=12,
    )
)
def test_what_is_hidden_cannot_be_found_by_subtraction(parts):
    table = pd.DataFrame(
        [(n, of, low, high) for n, of, (low, high) in parts],
        columns=["people", "of", "low", "high"],
    )
    shown = may_be_shown(table, table["of"])
    alike = table["low"].eq(table["high"])
    telling = table["people"].lt(5) | (table["people"].lt(20) & alike)
    assert not (shown & telling).any()
    for of, total in table.groupby("of"):
        hidden = total[~shown[total.index]]
        together = hidden["people"].sum()
        differ = hidden["low"].min() < hidden["high"].max()
        safe = together >= 5 and (differ or together >= 20)
        assert hidden.empty or safe or len(hidden) == len(total), of
        assert (~telling[hidden.index]).sum() <= 1


# Departments


def test_the_worst_and_the_best_departments_of_the_example_are_found(example, truth):
    rows = segmentation.internal_service(example).rows
    means = truth["internal_service_means"]
    told = rows.set_index("department")["direction"]
    assert set(told.index[told == -1]) == {"Accounting", "IT"}
    assert set(told.index[told == 1]) == {"Technical"}
    truly = pd.Series(means) - np.mean(list(means.values()))
    assert (np.sign(truly[told.index[told != 0]]) == told[told != 0]).all()
    for row in rows.itertuples():
        assert row.low - 0.1 <= means[row.department] <= row.high + 0.1, row.department


def test_the_lowest_of_52_pairs_of_five_people_is_not_called_worst(example):
    answer = segmentation.worst_service(example)
    assert "not distinguishable" in answer.headline and len(answer.rows) == 10
    assert answer.rows["value"].is_monotonic_increasing
    assert "52" in " ".join(answer.notes)


def test_a_pair_that_is_far_worse_is_found(tmp_path):
    scores = _scores(8, Sales=4, Stores=4, Books=4, Lab=4)
    bad = scores["rater_department"].eq("Lab") & scores["rated_department"].eq("Books")
    scores.loc[bad, "score"] = [1, 1, 2, 1, 1, 2, 1, 1]
    answer = segmentation.worst_service(study(tmp_path, internal_service=scores))
    assert answer.rows["pair"].iloc[0] == "Books → Lab" and answer.rows["direction"].iloc[0] == -1
    assert answer.headline.startswith("Served worst: Books → Lab")


def test_cells_of_few_people_show_their_number_alone(tmp_path):
    scores = _scores(6, Sales=4, Stores=3, Books=2)
    few = scores["rater_department"].eq("Sales") & ~scores["respondent"].isin(["Sales0", "Sales1"])
    answer = segmentation.service_matrix(study(tmp_path, internal_service=scores[~few]))
    rows = answer.rows.set_index("pair")
    assert np.isnan(rows.loc["Stores → Sales", "value"]) and rows.loc["Stores → Sales", "n"] == 2
    assert np.isnan(rows.loc["Stores → Sales", "p_value"])
    # Its total less the only other cell would give it away.
    assert np.isnan(rows.loc["Stores → Books", "value"]) and rows.loc["Stores → Books", "n"] == 6
    assert not np.isnan(rows.loc["Sales → Books", "value"])
    assert "not shown" in text_table(answer).plain()


def test_what_a_department_gives_itself_does_not_count(tmp_path):
    scores = _scores(6, Sales=2, Stores=3)
    own = scores.assign(rater_department=scores["rated_department"], score=5)
    care = study(tmp_path, internal_service=pd.concat([scores, own]))
    rows = segmentation.internal_service(care).rows.set_index("department")
    assert rows.loc["Sales", "n"] == 6 and rows.loc["Sales", "value"] < 3


def test_several_scores_of_one_person_count_once(tmp_path):
    scores = _scores(6, Sales=4, Stores=3, Books=2)
    care = study(tmp_path, internal_service=pd.concat([scores] * 3))
    assert set(segmentation.internal_service(care).rows["n"]) == {12}


def test_codes_that_two_departments_share_are_not_one_person(tmp_path):
    scores = _scores(6, Sales=4, Stores=3, Books=2)
    scores["respondent"] = scores["respondent"].str[-1]
    care = study(tmp_path, internal_service=scores)
    assert set(segmentation.internal_service(care).rows["n"]) == {12}


def test_without_people_nothing_is_set_against_the_others(tmp_path):
    scores = _scores(24, Sales=4.5, Stores=3, Books=1.5).drop(columns="respondent")
    care = study(tmp_path, internal_service=scores)
    for question in (segmentation.internal_service, segmentation.worst_service):
        answer = question(care)
        assert "verdict" not in answer.labels and "clearly" not in answer.headline
        assert any("not set against" in note for note in answer.notes)
        assert any("without a code" in note for note in answer.notes)


def test_without_people_nobody_knows_how_many_they_were_and_fewer_than_twenty_scores_are_hidden(
    tmp_path,
):
    scores = _scores(12, Sales=4, Stores=3, Books=2)
    one = scores.assign(
        respondent=scores["respondent"].where(scores["rated_department"] != "Sales")
    )
    care = study(tmp_path, internal_service=one)
    rows = segmentation.service_matrix(care).rows.set_index("pair")
    hidden = rows.index.str.startswith("Sales")
    assert rows.loc[hidden, "value"].isna().all() and rows.loc[~hidden, "value"].notna().all()
    totals = segmentation.internal_service(care).rows
    assert totals["value"].notna().all() and set(totals["n"]) == {24}
    none = study(
        tmp_path, internal_service=_scores(6, Sales=4, Stores=3).drop(columns="respondent")
    )
    assert segmentation.internal_service(none).rows["value"].isna().all()
    assert isinstance(segmentation.worst_service(none), Skipped)


@pytest.mark.parametrize("score", [1, 5])
def test_a_pair_whose_people_all_say_the_same_is_hidden_and_so_is_what_would_give_it_away(
    tmp_path, score
):
    scores = _scores(6, Sales=3, Stores=3, Books=3, Lab=3)
    told = scores["rater_department"].eq("Sales") & scores["rated_department"].eq("Books")
    scores.loc[told, "score"] = score
    care = study(tmp_path, internal_service=scores)
    answer = segmentation.service_matrix(care)
    rows = answer.rows.set_index("pair")
    numbers = ["value", "low", "high", "direction", "p_value"]
    assert not [name for name in rows if name.startswith("gap")]  # less a mean: a hidden one
    assert rows.loc["Books → Sales", numbers].isna().all()
    of_books = rows[rows["serving"] == "Books"]
    assert of_books["value"].isna().sum() == 2 and rows["value"].isna().sum() == 2
    assert any("fewer than 20 that are all alike" in note for note in answer.notes)
    assert "Books → Sales" not in set(segmentation.worst_service(care).rows["pair"])
    assert "Books → Sales" not in answer.alt + answer.headline


def test_a_department_to_which_all_give_the_same_is_hidden_until_they_are_twenty(tmp_path):
    for people, hidden in ((3, True), (9, True), (10, False)):
        scores = _scores(people, Sales=3, Stores=3, Books=3)
        scores.loc[scores["rated_department"].eq("Sales"), "score"] = 1
        care = study(tmp_path, internal_service=scores)
        answer = segmentation.internal_service(care)
        row = answer.rows.set_index("department").loc["Sales"]
        assert np.isnan(row["value"]) == np.isnan(row["direction"]) == hidden
        assert ("Sales" in answer.headline) != hidden


ONE = _scores(1, Sales=4, Stores=3)
OWN = pd.DataFrame({"rater_department": ["A"], "rated_department": ["A"], "score": [3]})
ALIKE = _scores(6, Sales=3, Stores=3, Books=3).assign(score=3)


@pytest.mark.parametrize("scores", [ONE, OWN, ALIKE], ids=["one person", "own alone", "all alike"])
def test_odd_surveys_are_shown_as_they_are(tmp_path, scores):
    care = study(tmp_path, internal_service=scores)
    for question in (
        segmentation.internal_service,
        segmentation.service_matrix,
        segmentation.worst_service,
    ):
        answer = question(care)
        if isinstance(answer, Finding):
            assert answer.headline and text_table(answer).plain()
            assert not answer.rows["direction"].abs().eq(1).any()
    matrix = segmentation.service_matrix(care)
    if isinstance(matrix, Finding):
        _draw(figures.plot_service_matrix, matrix)


def test_another_wave_says_nothing_of_this_one(tmp_path):
    scores = _scores(6, Sales=4, Stores=3).assign(wave="Q1")
    staff = _staff({"Sales": [4] * 6}, wave="Q1")
    tried = attempts({"A": (1, 2)}, wave="Q3")
    care = study(tmp_path, 'wave = "Q3"', internal_service=scores, staff=staff, attempts=tried)
    for question in (
        segmentation.internal_service,
        segmentation.service_matrix,
        segmentation.worst_service,
        segmentation.staff,
        segmentation.staff_by_department,
        segmentation.service_and_staff,
    ):
        assert isinstance(question(care), Skipped), question


def test_of_many_departments_the_figure_draws_some_and_the_table_has_all(tmp_path):
    means = {f"D{i:02d}": 3 for i in range(16)}
    answer = segmentation.service_matrix(study(tmp_path, internal_service=_scores(5, **means)))
    assert len(answer.rows) == 16 * 15 and answer.rows["drawn"].sum() == 12 * 11
    axes = _draw(figures.plot_service_matrix, answer)
    assert len(axes.get_yticklabels()) == 12


def _draw(draw, answer):
    figure = Figure(figsize=(7.2, draw.height(answer.rows)))
    axes = draw(answer.rows, ax=figure.subplots())
    figure.canvas.draw()
    return axes


# Staff


def test_staff_are_as_content_as_they_were_drawn(example, truth):
    rows = segmentation.staff(example).rows.set_index("what")
    assert list(rows["unit"]) == ["share", "score", "share", "points"]
    means = truth["staff"]["satisfaction_means_before_rounding"]
    asked = truth["staff"]["answers_per_wave"]
    expected = sum(means[name] * n for name, n in asked.items()) / sum(asked.values())
    mean = rows.loc["mean satisfaction, 1 to 5"]
    assert mean["low"] <= expected <= mean["high"]


def test_departments_with_few_answers_are_counted_and_not_shown(example):
    answer = segmentation.staff_by_department(example)
    shown = set(answer.rows["department"])
    assert "IT" not in shown and "Personnel" not in shown  # seven, who would give two away
    assert any("2, with 8 answers" in note for note in answer.notes)
    assert answer.rows["n"].min() >= 5 and len(answer.labels) <= 4


def test_a_person_who_answered_twice_counts_once(tmp_path):
    staff = _staff({"Sales": [5, 4, 3, 2, 1, 5]}, respondent=["a", "b", "c", "d", "e", "a"])
    assert segmentation.staff(study(tmp_path, staff=staff)).rows["n"].iloc[0] == 5


def test_staff_of_one_department_far_below_the_others_are_named(tmp_path):
    staff = _staff({"Sales": [5, 4] * 15, "Stores": [4, 5] * 15, "Books": [1, 2] * 10})
    answer = segmentation.staff_by_department(study(tmp_path, staff=staff))
    assert answer.headline.endswith("clearly below the others Books; clearly above Sales, Stores")
    assert answer.rows["direction"].tolist() == [1, 1, -1]


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_department_whose_staff_all_say_the_same_is_hidden_with_what_would_give_it_away(
    tmp_path, answer
):
    mixed = ["yes", "no", "yes", "no", "yes"]
    said = {"Alpha": [answer] * 5, "Beta": [*mixed, "no"], "Gamma": mixed * 3, "Delta": mixed * 4}
    staff = pd.DataFrame(
        [(name, one) for name, given in said.items() for one in given],
        columns=["department", "stays"],
    )
    found = segmentation.staff_by_department(study(tmp_path, staff=staff), "stays")
    assert set(found.rows["department"]) == {"Gamma", "Delta"}
    assert any("2, with 11 answers" in note for note in found.notes)
    for text in (found.headline, found.alt, text_table(found).plain(), *found.notes):
        assert "Alpha" not in text and "Beta" not in text
    alone = study(tmp_path, staff=staff.head(5))
    assert isinstance(segmentation.staff_by_department(alone, "stays"), Skipped)
    assert segmentation.staff(alone).rows[["value", "k"]].isna().all(axis=None)


def test_staff_who_are_all_content_are_hidden_though_their_scores_differ(tmp_path):
    staff = _staff({"Sales": [4, 5, 4, 5, 5], "Stores": [1, 5] * 4, "Books": [1, 5] * 5})
    scores = _scores(6, Sales=4, Stores=3, Books=2)
    care = study(tmp_path, staff=staff, internal_service=scores)
    assert "one department only, Books: 50%" in segmentation.staff_by_department(care).reason
    assert list(segmentation.service_and_staff(care).rows["department"]) == ["Books"]


def test_twenty_who_all_say_the_same_are_shown(tmp_path):
    staff = _staff({"Sales": [5] * 20, "Stores": [1, 5] * 4})
    shown = segmentation.staff_by_department(study(tmp_path, staff=staff)).rows
    assert shown["k"].tolist() == [20, 4]


def test_a_net_promoter_score_takes_fifty_answers(tmp_path):
    staff = _staff({"Sales": [4] * 60, "Stores": [4] * 49}, nps=[9] * 60 + [3] * 49)
    answer = segmentation.staff_by_department(study(tmp_path, staff=staff), "nps")
    assert "one department only, Sales: 100" in answer.reason
    staff.loc[len(staff)] = ["Stores", 4, 3]
    both = segmentation.staff_by_department(study(tmp_path, staff=staff), "nps").rows
    assert both["value"].tolist() == [100, -100]
    small = study(tmp_path, staff=staff.head(30))
    assert isinstance(segmentation.staff_by_department(small, "nps"), Skipped)
    assert segmentation.staff(small).rows["value"].isna().sum() == 1


def test_one_department_alone_is_not_said_to_go_from_itself_to_itself(tmp_path):
    scores = _scores(6, Sales=4, Stores=3)
    scores = scores[scores["rated_department"] == "Sales"]
    found = segmentation.internal_service(study(tmp_path, internal_service=scores))
    assert found.headline.startswith("How well departments serve can be shown of one only, Sales: ")


def test_a_survey_without_a_measure_is_shown_without_it(tmp_path):
    staff = pd.DataFrame({"department": ["A"] * 6, "stays": ["yes", "no"] * 3})
    care = study(tmp_path, staff=staff)
    assert len(segmentation.staff(care).rows) == 1
    assert isinstance(segmentation.staff_by_department(care), Skipped)
    alone = segmentation.staff_by_department(care, "stays").reason
    assert alone.startswith("Mean to stay for a year can be shown of one department only, A: 50%")
    assert isinstance(segmentation.service_and_staff(care), Skipped)
    bare = study(tmp_path, staff=staff[["department"]])
    assert isinstance(segmentation.staff(bare), Skipped)


def test_few_departments_are_set_side_by_side_and_nothing_is_claimed(example):
    answer = segmentation.service_and_staff(example)
    assert "too few to claim anything" in answer.headline and len(answer.rows) < 10


@pytest.mark.parametrize(("together", "words"), [(True, "more content"), (False, "cannot be told")])
def test_of_twelve_departments_an_association_is_named_where_it_is_clear(tmp_path, together, words):
    means = {f"D{i:02d}": 1.5 + 0.25 * i for i in range(12)}
    order = range(12) if together else [5, 1, 9, 3, 11, 0, 7, 2, 10, 4, 8, 6]
    mood = {name: [1, 5, 1 + (at > 3) + (at > 6), 1 + at // 4, 3 + at // 6, 2 + at // 5]
            for name, at in zip(means, order, strict=True)}  # fmt: skip
    care = study(tmp_path, internal_service=_scores(5, **means), staff=_staff(mood))
    assert words in segmentation.service_and_staff(care).headline
