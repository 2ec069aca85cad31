"""The care plan: gaps that are there are found, and no mix is called best that is not."""

from __future__ import annotations

from itertools import product
from unicodedata import normalize

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from carebench import DataError, figures, open_study, segmentation
from carebench.finding import Finding, Skipped
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from carebench.schema import TABLES
from carebench.segmentation.care_plan.choice import choice_of, drawn
from carebench.segmentation.care_plan.rows import planned
from carebench.segmentation.care_plan.sizes import WORSE, by_size
from carebench.simulate import care_activities, plan
from conftest import EXAMPLE
from studies import study

QUESTIONS = [
    segmentation.activities, segmentation.care_gaps, segmentation.human_care, segmentation.mixes,
    segmentation.mix_scenarios, segmentation.mix_frontier,
]  # fmt: skip
OF_MONEY = QUESTIONS[3:]


@pytest.fixture(scope="module")
def example():
    with open_study(EXAMPLE, tables=("care_activities",)) as care:
        yield care


def _plan(*rows: dict[str, object], **all_rows: object) -> pd.DataFrame:
    """Activities a, b, c … for all customers after the purchase, where a row says no other."""
    usual = {"segment": "all", "stage": "after", "content": "convenience", "cost": 10, "value": 20}
    table = [{"activity": "abcdefghijklmnopqrstuvwxyz"[i], **usual, **all_rows, **row}
             for i, row in enumerate(rows)]  # fmt: skip
    return pd.DataFrame(table)


def _care(folder, table, budget=0.0, more=""):
    return study(folder, f"{more}\n[segmentation]\nbudget = {budget}\n", care_activities=table)


def _rows(answer) -> pd.DataFrame:
    assert isinstance(answer, Finding), answer
    return answer.rows


def _words(answer) -> str:
    assert isinstance(answer, Finding), answer
    return " ".join([answer.headline, *answer.notes])


# The example


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_of_the_example_has_an_answer_that_fits_a_phone(example, question):
    answer = question(example)
    assert answer.headline and len(answer.labels) <= 6
    if answer.labels:
        assert text_table(answer).plain()


def test_the_gap_in_human_care_that_was_planned_is_the_one_that_is_found(example):
    declared = plan.truth()["care_plan"]["no_human_care"]
    table = _rows(segmentation.human_care(example))
    worse = table[table["judged"].isin(WORSE)]
    assert worse["whom_for"].tolist() == declared["segments"]
    assert set(worse["care_stage"]) == {f"{declared['stage']} the purchase"}
    assert "medium, small" in segmentation.human_care(example).headline


def test_the_best_mix_of_the_example_changes_with_the_inputs_and_that_is_said(example):
    table = _rows(segmentation.mix_scenarios(example))
    assert table["mix"].nunique() == 3 and table["mix"].iloc[1] == "A"
    assert "changes with the inputs" in segmentation.mix_scenarios(example).headline
    assert "the choice changes" in segmentation.mixes(example).headline
    assert table["over_budget"].iloc[0] > 0 and np.isnan(table["regret"].iloc[0])
    assert table["chosen_text"].iloc[0] == "– (100 million VND over the budget)"
    assert table["regret"].iloc[1] == 0 and table["regret"].iloc[2] > 0


def test_the_first_mix_of_the_example_is_what_a_search_by_hand_finds(example):
    table = care_activities()
    pairs = [table.loc[table["required"].eq(word), ["value", "cost"]] for word in ("no", "yes")]
    optional, (always_value, always_cost) = pairs[0].to_numpy().tolist(), pairs[1].sum()
    best = (0, 0)
    for chosen in product((False, True), repeat=len(optional)):
        inside = [pair for pair, there in zip(optional, chosen, strict=True) if there]
        value = always_value + sum(value for value, _cost in inside)
        cost = always_cost + sum(cost for _value, cost in inside)
        best = max(best, (value, -cost)) if cost <= plan.BUDGET else best
    first = _rows(segmentation.mixes(example)).iloc[0]
    assert (first["worth"], -first["cost"]) == best


def test_the_price_of_human_care_that_does_not_depend_on_size_is_named(example):
    table, said = _rows(segmentation.mixes(example)), _words(segmentation.mixes(example))
    fair = table[table["fair"]].iloc[0]
    assert not table["fair"].iloc[0] and fair["cost"] <= plan.BUDGET
    lost = (table["worth"].iloc[0] - fair["worth"]) / 1e6
    assert f"Mix {fair['mix']} does not, and is worth {lost:.0f} million VND less" in said


def test_a_mix_that_treats_nobody_worse_leads_where_it_is_worth_nearly_as_much(example):
    headline = segmentation.mixes(example).headline
    assert "without less human care for smaller customers" in headline
    assert "15 million VND less than the best of all" in headline
    assert "drops Adviser by appointment" in headline and "adds Phone on loan" in headline


@pytest.mark.parametrize(("value", "leads"), [(96, True), (94, False)])
def test_only_a_mix_within_a_twentieth_of_the_best_leads_in_its_place(tmp_path, value, leads):
    table = _plan({"segment": "special", "value": 100}, {"value": value}, content="human")
    headline = segmentation.mixes(_care(tmp_path, table, 10)).headline
    assert ("without less human care" in headline) is leads
    assert headline.endswith("adds b and drops a" if leads else ": a")


def test_how_often_a_mix_is_best_is_what_chance_gives_where_each_input_varies(tmp_path):
    sure = {"cost_low": 5, "cost": 5, "cost_high": 5, "value_low": 10}
    table = _plan(*[{**sure, "value_high": 30}] * 2)
    choice = choice_of(_care(tmp_path, table, 5))
    best, fits = drawn(choice, int(choice.best("base")[0]))
    assert best == pytest.approx(0.5, abs=0.05) and fits == 1
    dear = {"required": "yes", "cost_low": 400, "cost": 500, "cost_high": 600}
    choice = choice_of(_care(tmp_path, _plan(dear, {}), 510))
    assert drawn(choice, 1)[1] == pytest.approx(0.5, abs=0.05)
    said = _words(segmentation.mixes(_care(tmp_path, table, 5)))
    assert "of 1,000 draws, and within the budget in 100%" in said


# Care by people


def _human(*rows):
    return _plan(*rows, content="human")


@pytest.mark.parametrize(
    ("rows", "judged"),
    [
        ([{"segment": "all"}], ["same", "same", "same"]),
        ([{"segment": "special"}], ["none", "none", "none"]),
        ([{"segment": "small"}], ["empty", "empty", "same"]),
        ([{"segment": "all"}, {"segment": "large"}], ["same", "fewer", "fewer"]),
        ([{"segment": "Special"}, {"segment": "LARGE"}, {"segment": "medium"},
          {"segment": "small"}], ["other", "other", "other"]),
        ([{"segment": size, "activity": "talk"} for size in
          ("special", "large", "medium", "small")], ["same", "same", "same"]),
        ([{"segment": "special", "activity": "talk", "level": "weekly"},
          {"segment": "large", "activity": "talk", "level": "yearly"}],
         ["other", "none", "none"]),
    ],
)  # fmt: skip
def test_what_smaller_customers_get_is_judged_by_what_larger_ones_get(tmp_path, rows, judged):
    table = _rows(segmentation.human_care(_care(tmp_path, _human(*rows))))
    assert table.loc[table["care_stage"].eq("after the purchase"), "judged"].tolist() == judged


def test_convenience_and_gifts_may_grow_with_the_customer(tmp_path):
    table = _plan({"segment": "special"}, {"segment": "special", "content": "other"},
                  {"segment": "all", "content": "human"})  # fmt: skip
    assert "no size less human care" in segmentation.human_care(_care(tmp_path, table)).headline


def test_care_at_another_stage_does_not_make_up_for_a_gap(tmp_path):
    table = _human({"segment": "special", "stage": "before"}, {"segment": "all", "stage": "after"})
    headline = segmentation.human_care(_care(tmp_path, table)).headline
    assert headline.endswith("before the purchase (large, medium, small)")


def test_a_plan_that_names_no_size_is_not_called_equal(tmp_path):
    care = _care(tmp_path, _human({"segment": "traders"}, {"segment": "families"}), 10)
    assert isinstance(segmentation.human_care(care), Skipped)
    assert "fair" not in _rows(segmentation.mixes(care))


def test_a_plan_without_human_care_says_so_and_claims_no_equality(tmp_path):
    care = _care(tmp_path, _plan({}, {}), 10)
    assert "holds no human care" in segmentation.human_care(care).headline
    assert "fair" not in _rows(segmentation.mixes(care))


@pytest.mark.parametrize("seed", [1, 2])
def test_mixes_and_the_plan_judge_human_care_alike(tmp_path, seed):
    rng = np.random.default_rng(seed)
    rows = [
        {
            "segment": rng.choice(["special", "large", "medium", "small", "all"]),
            "stage": rng.choice(["before", "at"]),
            "content": rng.choice(["human", "other"], p=[0.8, 0.2]),
            "required": at == 0,
        }
        for at in range(5)
    ]
    choice = choice_of(_care(tmp_path, _plan(*rows, {"content": "human"}), 99))
    assert choice is not None and choice.fair is not None and 0 < choice.fair.sum() < 32
    for mix, fair in enumerate(choice.fair):
        judged = by_size(choice.rows(mix), choice.stages)["judged"]
        assert fair == (not judged.isin(WORSE).any())


@pytest.mark.parametrize(
    ("words", "group"),
    [("tất cả", "all"), ("Mọi khách hàng", "all"), ("ĐẶC BIỆT", "special"), ("Lớn", "large"),
     ("vừa", "medium"), (normalize("NFD", "nhỏ"), "small")],
)  # fmt: skip
def test_groups_are_known_by_their_vietnamese_names(tmp_path, words, group):
    assert planned(_care(tmp_path, _plan({"segment": words})))["segment"].tolist() == [group]


@pytest.mark.parametrize("whom", ["traders", None])
def test_human_care_of_customers_of_no_known_size_leaves_the_verdict_open(tmp_path, whom):
    table = _plan({"segment": "small"}, {"segment": whom, "content": "human"})
    care = _care(tmp_path, table, 20)
    assert "cannot be told" in segmentation.human_care(care).headline
    assert set(_rows(segmentation.human_care(care))["judged"]) == {"untold", "empty"}
    assert "fair" not in _rows(segmentation.mixes(care))


# Mixes


def test_a_dear_activity_makes_way_for_two_that_bring_more(tmp_path):
    table = _plan({"cost": 6, "value": 9}, {"cost": 5, "value": 7}, {"cost": 5, "value": 7})
    rows = _rows(segmentation.mixes(_care(tmp_path, table, 10)))
    assert (rows["activities"].iloc[0], rows["worth"].iloc[0]) == ("b; c", 14)
    assert rows["worth"].is_monotonic_decreasing and (rows["cost"] <= 10).all()


def test_what_is_required_is_in_every_mix_and_counts_against_the_budget(tmp_path):
    always = {"required": "yes", "cost": 8, "value": 1}
    table = _plan(always, {"cost": 3, "value": 50}, {"cost": 2})
    answer = segmentation.mixes(_care(tmp_path, table, 10))
    assert _rows(answer)["activities"].iloc[0] == "c" and _rows(answer)["cost"].iloc[0] == 10
    assert "what is required: a" in _words(answer)


def test_a_budget_below_what_is_required_is_said_and_nothing_is_recommended(tmp_path):
    table = _plan({"required": "yes", "cost": 30}, {})
    care = _care(tmp_path, table, 20)
    answer = segmentation.mixes(care)
    assert "alone cost" in answer.headline and _rows(answer)["fits"].tolist() == ["no"]
    assert isinstance(segmentation.mix_scenarios(care), Skipped)
    assert isinstance(segmentation.mix_frontier(care), Finding)


def test_a_mix_that_stays_best_is_said_to(tmp_path):
    low_high = {"cost_low": 9, "cost_high": 11, "value_low": 15, "value_high": 25}
    care = _care(tmp_path, _plan(low_high, low_high), 1000)
    assert "as with all inputs low or all high" in segmentation.mixes(care).headline
    assert "The same mix is best with all inputs low" in segmentation.mix_scenarios(care).headline
    assert (_rows(segmentation.mix_scenarios(care))["regret"] == 0).all()


def test_without_low_and_high_inputs_nobody_is_told_that_the_choice_is_robust(tmp_path):
    care = _care(tmp_path, _plan({}, {}), 10)
    assert "is not known" in segmentation.mixes(care).headline
    assert "hangs on them" in segmentation.mix_scenarios(care).reason


def test_in_the_worst_case_values_are_low_and_costs_high(tmp_path):
    table = _plan({"cost_low": 5, "cost": 6, "cost_high": 7, "value_low": 1, "value_high": 30})
    row = _rows(segmentation.mixes(_care(tmp_path, table, 6))).iloc[0]
    assert (row["cost_low"], row["cost_high"], row["worth_low"], row["worth_high"]) == (5, 7, 1, 30)
    assert row["fits"] == "yes, but not at high costs"
    worst, base, _best = _rows(segmentation.mix_scenarios(_care(tmp_path, table, 6))).to_dict(
        "records"
    )
    assert (worst["over_budget"], base["chosen"]) == (1, 20)


def test_a_case_in_which_nothing_fits_names_no_mix(tmp_path):
    always = {"required": "yes", "cost": 10, "cost_high": 20}
    answer = segmentation.mix_scenarios(_care(tmp_path, _plan(always, {"cost": 1}), 15))
    assert _rows(answer)["mix"].tolist() == ["–", "A", "A"]
    assert "no mix in the worst case" in answer.headline


def test_regret_is_never_below_zero(tmp_path):
    rng = np.random.default_rng(7)
    for at in range(3):
        steps = np.cumsum(rng.integers(0, 9, (5, 6)).reshape(5, 2, 3), axis=2)
        names = ("cost_low", "cost", "cost_high", "value_low", "value", "value_high")
        rows = [dict(zip(names, row.ravel().tolist(), strict=True)) for row in steps]
        (tmp_path / str(at)).mkdir()
        found = segmentation.mix_scenarios(_care(tmp_path / str(at), _plan(*rows), 25))
        assert not (_rows(found)["regret"] < 0).any()


def test_above_twenty_the_least_for_the_money_are_left_out_by_name(tmp_path):
    rows = [{"activity": f"x{i:02d}", "value": 100 - i} for i in range(23)]
    answer = segmentation.mixes(_care(tmp_path, _plan(*rows[::-1]), 30))
    assert "in no mix: x20; x21; x22" in _words(answer)
    assert "1,048,576 mixes" in _words(answer)
    assert _rows(answer)["activities"].iloc[0] == "x00; x01; x02"


def test_without_a_budget_the_key_is_asked_for_and_value_per_cost_is_shown(tmp_path):
    care = _care(tmp_path, _plan({"value": 15}, {"value": 40}, {"cost": 0}))
    answer = segmentation.mixes(care)
    assert "`budget`" in _words(answer) and "[segmentation]" in _words(answer)
    assert _rows(answer)["activity"].tolist() == ["c", "b", "a"]
    assert _rows(answer)["per_cost_text"].iloc[0] == "costs nothing"
    assert isinstance(segmentation.mix_scenarios(care), Skipped)
    assert _rows(segmentation.mix_frontier(care))["budget"].isna().all()


def test_what_is_not_known_of_an_activity_is_said(tmp_path):
    table = _plan({}, {"cost": None}, {"value": None}, {"cost": None, "required": "yes"})
    said = _words(segmentation.mixes(_care(tmp_path, table, 50)))
    assert "Without a cost or a value, so in no mix: b; c." in said
    assert "every mix costs more than is shown: d." in said
    assert "the ranges are too narrow" in said


def test_values_are_called_assumptions_wherever_they_stand(example):
    for question in OF_MONEY:
        answer = question(example)
        assert "assum" in " ".join([answer.headline, answer.caption, *answer.notes])


def test_cents_are_added_up_exactly(tmp_path):
    table = _plan({"cost": 0.1}, {"cost": 0.2}, {"cost": 0.3, "value": 1})
    rows = _rows(segmentation.mixes(_care(tmp_path, table, 0.3, 'currency = "USD"')))
    assert rows["activities"].iloc[0] == "a; b"
    assert rows["cost"].iloc[0] == 0.3


def test_an_amount_beyond_all_money_is_one_clear_error(tmp_path):
    with pytest.raises(DataError, match=r"care_activities: cost\w* of 'b' is 1e"):
        segmentation.mixes(_care(tmp_path, _plan({}, {"cost": 1e14}), 10, 'currency = "USD"'))


# The table, and what may be missing of it


def test_low_base_and_high_that_do_not_rise_are_listed_and_not_used(tmp_path):
    table = _plan({"cost_low": 12, "cost": 10}, {"value": 20, "value_high": 15}, {})
    care = _care(tmp_path, table, 50)
    expected = care.problems.counts["expected"].tolist()
    assert "cost not below cost_low" in expected and "value_high not below value" in expected
    said = _words(segmentation.mixes(care))
    assert "in no mix: a." in said and "the ranges are too narrow" in said


def test_more_rivals_than_were_looked_at_are_listed(tmp_path):
    care = _care(tmp_path, _plan({"rivals": 4, "rivals_asked": 3}, {"rivals": 1}))
    assert "rivals_asked not below rivals" in care.problems.counts["expected"].tolist()
    assert _rows(segmentation.activities(care))["offered"].tolist() == ["4", "1"]


def _show(answer):
    """Everything that a page would make of an answer."""
    if isinstance(answer, Finding) and answer.labels:
        assert text_table(answer).plain()
    elif isinstance(answer, Finding):
        assert figures.plot_mixes(answer.rows, ax=Figure().subplots()).get_xlabel()
    else:
        assert answer.reason


@pytest.mark.parametrize(
    "columns",
    [["activity"], ["activity", "cost"], ["activity", "cost", "value"],
     ["activity", "segment", "content"], ["activity", "stage", "content"],
     ["activity", "segment", "content", "cost", "value"]],
)  # fmt: skip
def test_a_plan_with_few_columns_is_shown_as_far_as_it_goes(tmp_path, columns):
    care = _care(tmp_path, _plan({"content": "human"}, {})[columns], 10)
    for question in QUESTIONS:
        _show(question(care))


@pytest.mark.parametrize(
    "row",
    [{"cost": 0, "value": 0}, {"value": -5}, {"segment": None, "stage": None},
     {"required": "yes"}, {"cost": None, "value": None, "content": None}],
)  # fmt: skip
@pytest.mark.parametrize("budget", [0, 10])
@pytest.mark.parametrize("times", [1, 2])
def test_a_plan_of_one_odd_activity_or_of_two_alike_raises_nothing(tmp_path, row, budget, times):
    care = _care(tmp_path, _plan(*[{**row, "activity": "a"}] * times), budget)
    for question in QUESTIONS:
        _show(question(care))


OPTIONAL = [column.name for column in TABLES["care_activities"].columns if not column.required]


@pytest.mark.parametrize("column", OPTIONAL)
def test_one_blank_cell_is_not_recorded_and_stops_nothing(tmp_path, column):
    full = {"content": "human", "method": "indirect", "level": "x", "need": 3, "rivals": 1,
            "rivals_asked": 2, "required": "no", "cost_low": 9, "cost_high": 11,
            "value_low": 9, "value_high": 30}  # fmt: skip
    care = _care(tmp_path, _plan({}, {column: None}, **full), 15)
    for question in QUESTIONS:
        answer = question(care)
        _show(answer)
        if isinstance(answer, Finding) and answer.labels:
            assert "nan" not in text_table(answer).plain(caption=_words(answer)).lower()
    assert segmentation.answer(care)


def test_a_study_without_a_plan_is_told_so(tmp_path):
    sales = pd.DataFrame({"customer_id": ["1"], "occurred_at": ["2026-01-05"], "amount": [5]})
    care = study(tmp_path, transactions=sales)
    for question in QUESTIONS:
        answer = question(care)
        assert isinstance(answer, Skipped) and "care_activities" in answer.reason


def test_an_activity_that_stands_twice_is_two_rows_and_a_question(tmp_path):
    answer = segmentation.activities(_care(tmp_path, _plan({}, {"activity": "a"})))
    assert _rows(answer)["activity"].tolist() == ["a (all customers) 1", "a (all customers) 2"]
    assert "more than once" in _words(answer)


def test_a_stage_without_any_care_for_some_customers_is_the_headline(tmp_path):
    table = _plan({"stage": "before"}, {"stage": "at"}, {"segment": "special"})
    headline = segmentation.care_gaps(_care(tmp_path, table)).headline
    assert headline == (
        "No activity at all after the purchase: large; after the purchase: medium; "
        "after the purchase: small"
    )


def test_groups_that_are_no_sizes_are_compared_among_themselves(tmp_path):
    table = _plan({"segment": "traders"}, {"segment": "families", "stage": "before"})
    found = _rows(segmentation.care_gaps(_care(tmp_path, table))).set_index("what")
    assert found.loc["after the purchase: convenience", "nothing_for"] == "families"


# The figure


@pytest.mark.parametrize("for_phone", [False, True])
def test_the_figure_is_drawn_for_a_desk_and_for_a_phone(example, for_phone):
    png = _png(figures.plot_mixes, segmentation.mix_frontier(example), for_phone=for_phone)
    assert png.startswith(b"\x89PNG")


def test_the_figure_says_at_which_inputs_a_mix_is_efficient(example):
    figure = Figure()
    figures.plot_mixes(_rows(segmentation.mix_frontier(example)), ax=figure.subplots())
    labels = {text.get_text() for text in figure.legends[0].get_texts()}
    assert {"efficient at base inputs", "not efficient at base inputs"} <= labels


def test_the_figure_names_the_best_mixes_and_draws_few_points(example):
    rows = _rows(segmentation.mix_frontier(example))
    line, marked = rows[rows["mix"].eq("")], rows[rows["mix"].ne("")]
    assert len(line) <= 40 and line["efficient"].all()
    assert line["cost"].is_monotonic_increasing and line["worth"].is_monotonic_increasing
    assert set(marked["mix"]) == set(_rows(segmentation.mix_scenarios(example))["mix"])
