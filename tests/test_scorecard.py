"""One provider against the field: nobody else is named, and the verdicts are earned."""

from __future__ import annotations

import dataclasses
import inspect
import json

import numpy as np
import pandas as pd
import pytest

from carebench import audit, figures, open_study
from carebench.audit.provider.measures import Measure
from carebench.audit.provider.scorecard import BENEATH, LONE_BELOW, judged
from carebench.estimate import Estimate, records
from carebench.finding import Finding, Skipped
from carebench.methods.comparisons import ABOVE, BELOW, NOT_DISTINGUISHABLE, TOO_FEW
from carebench.methods.differences import p_value, square_and_add
from carebench.methods.proportions import difference, proportion
from carebench.methods.providers import stratified_proportion
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from conftest import EXAMPLE
from studies import attempts, study, write_study

ONE = "Vịt Cỏ"
FEW = {"A": (2, 20), "B": (15, 20), "C": (16, 20), "D": (14, 20)}


@pytest.fixture(scope="module")
def example(example_of):
    return example_of(ONE)


@pytest.fixture(scope="module")
def others():
    """Everybody else's name, in every spelling that the example holds."""
    truth = json.loads((EXAMPLE.parent / "truth.json").read_text(encoding="utf-8"))
    known = {firm["name"] for wave in truth["providers"].values() for firm in wave}
    rows = pd.read_csv(EXAMPLE.parent / "attempts.csv")
    return (known | set(rows["provider"].dropna())) - {ONE}


def _named(texts, names):
    return {name for text in texts for name in names if name.casefold() in str(text).casefold()}


def _words(table: pd.DataFrame):
    return [value for column in table for value in table[column].dropna().unique()]


def _every_question(care):
    """The answer to each question of the audit, with each channel where it takes one."""
    for name, question in inspect.getmembers(audit, inspect.isfunction):
        parameters = list(inspect.signature(question).parameters.values())[1:]
        needed = [p.name for p in parameters if p.default is inspect.Parameter.empty]
        if not needed:
            yield name, question(care)
        if needed in ([], ["channel"]) and "channel" in [p.name for p in parameters]:
            yield from ((name, question(care, channel)) for channel in ("email", "phone"))


def _texts(found):
    """Every word of an answer."""
    if isinstance(found, Finding):
        words = (found.headline, found.caption, found.alt, *found.notes)
        return [*words, *found.labels.values(), *_words(found.rows)]
    return [found.reason] if isinstance(found, Skipped) else found


def test_no_answer_of_a_scorecard_names_another_provider(example, others):
    for name, found in _every_question(example):
        assert not _named(_texts(found), others), name


def test_neither_tables_nor_problems_name_another_provider(example, others):
    for table in audit.TABLES:
        assert not _named(_words(example.table(table)), others), table
        assert not _named(_words(example.field(table)), others), table
    assert not _named(_words(example.problems.rows), others)


def test_the_field_holds_the_others_under_codes(tmp_path):
    care = study(tmp_path, 'provider = "A"', attempts=attempts(FEW))
    field = care.field("attempts")
    assert sorted(field["provider"].unique()) == ["other 01", "other 02", "other 03"]
    assert len(field) == 60 and field["outcome"].eq("answered").sum() == 45
    assert len(care.table("attempts")) == 20


def test_codes_cannot_be_worked_out_from_the_names_alone(tmp_path):
    # The same names with other rows get their codes in another order.
    def first(seed: int) -> int:
        folder = tmp_path / str(seed)
        folder.mkdir()
        generator = np.random.default_rng(seed)
        names = {f"P{i}": (i, 20) for i in range(1, 9)} | {"A": (seed, 20)}
        table = attempts(names).sample(frac=1, random_state=generator)
        field = study(folder, 'provider = "A"', attempts=table).field("attempts")
        rows = field[field["provider"].eq("other 01")]
        return int(rows["outcome"].eq("answered").sum())

    assert len({first(seed) for seed in range(1, 7)}) > 1


def test_the_field_is_empty_where_the_report_is_about_all(tmp_path):
    care = study(tmp_path, attempts=attempts(FEW))
    assert care.field("attempts").empty and care.field("ratings").empty


def test_the_field_follows_the_wave(tmp_path):
    rows = [attempts(FEW, wave=wave) for wave in ("Q1", "Q3")]
    table = pd.concat(rows, ignore_index=True).assign(attempt_id=range(160))
    care = study(tmp_path, 'provider = "A"\nwave = "Q3"', attempts=table)
    assert len(care.field("attempts")) == 60


def test_a_misspelt_provider_is_no_other_one(tmp_path):
    table = attempts({**FEW, "Aa": (5, 5)})
    listed = pd.DataFrame({"provider": list("ABCD")})
    care = study(tmp_path, 'provider = "A"', attempts=table, providers=listed)
    assert care.field("attempts")["provider"].nunique() == 3


def test_ids_and_words_that_name_a_provider_do_not_reach_the_field(tmp_path):
    table = attempts({"Own": (2, 9), "Sao Mai": (2, 9), "Trăng": (2, 9), "Biển": (2, 9)})
    table["attempt_id"] = [f"{p}-{i}" for i, p in enumerate(table["provider"])]
    table["shopper"] = ["S1" if i % 2 else "trang’s own" for i in range(len(table))]
    field = study(tmp_path, 'provider = "Own"', attempts=table).field("attempts")
    assert not _named(_words(field), {"sao mai", "trăng", "trang", "biển"})
    assert set(field["shopper"].dropna()) == {"S1"}


def test_ratings_are_limited_through_their_attempts(tmp_path):
    made = attempts(FEW)
    scores = pd.DataFrame(
        {"attempt_id": made["attempt_id"], "item": "empathy", "score": 4, "shopper": "S1"}
    )
    care = study(tmp_path, 'provider = "A"', attempts=made, ratings=scores)
    assert len(care.table("ratings")) == 20 and len(care.field("ratings")) == 60
    assert care.not_limited("ratings") == ()
    assert care.problems.counts.empty
    joined = care.field("ratings").merge(care.field("attempts"), on="attempt_id")
    assert (joined["provider_x"].astype(str) == joined["provider_y"].astype(str)).all()


def test_a_scorecard_needs_a_provider(tmp_path):
    found = audit.scorecard(study(tmp_path, attempts=attempts(FEW)))
    assert isinstance(found, Skipped) and "-p provider NAME" in found.reason


def test_two_others_would_give_each_other_away(tmp_path):
    table = attempts({"A": (2, 20), "B": (15, 20), "C": (3, 20)})
    found = audit.scorecard(study(tmp_path, 'provider = "A"', attempts=table))
    assert isinstance(found, Skipped)


def test_the_provider_is_set_against_the_mean_of_the_others(tmp_path):
    care = study(tmp_path, 'provider = "A"', attempts=attempts(FEW))
    (row,) = records(audit.scorecard(care).rows)
    assert (row["own"], row["field"]) == (pytest.approx(0.1), pytest.approx(0.75))
    # Of three others, the range and the mean would give each away.
    assert pd.isna(row["others_low"]) and pd.isna(row["others_high"])
    assert row["verdict"] == BELOW and row["value"] == pytest.approx(-65)
    assert "clearly below it on 1" in audit.scorecard(care).headline
    assert "clearly below the 75% of the others" in audit.answer(care)[0]


def test_the_truth_of_the_example_is_found(example):
    rows = audit.scorecard(example).rows.set_index(["kind", "about"])
    assert rows.loc[("resolved", ""), "verdict"] == BELOW
    assert not rows["verdict"].eq(ABOVE).any()


def test_the_best_provider_of_the_example_stands_above(example_of):
    said = audit.scorecard(example_of("Hạc Giấy Mobile")).rows["verdict"]
    assert said.eq(ABOVE).sum() >= 3 and not said.eq(BELOW).any()


def test_a_table_for_a_phone_has_at_most_six_columns(example):
    assert len(text_table(audit.scorecard(example)).columns) <= 6


def test_the_figure_draws_what_the_table_holds(example):
    assert _png(figures.plot_scorecard, audit.scorecard(example))[:4] == b"\x89PNG"


@pytest.mark.parametrize("counts", [
    {"A": (0, 1), "B": (0, 1), "C": (1, 1), "D": (0, 1)},
    {"A": (0, 9), "B": (0, 9), "C": (0, 9), "D": (0, 9)},
    {"A": (9, 9), "B": (9, 9), "C": (9, 9), "D": (9, 9)},
])  # fmt: skip
def test_the_smallest_field_is_rendered_and_claims_nothing(tmp_path, counts):
    found = audit.scorecard(study(tmp_path, 'provider = "A"', attempts=attempts(counts)))
    assert not found.rows["verdict"].isin([ABOVE, BELOW]).any()
    assert _png(figures.plot_scorecard, found)


def test_hours_of_the_field_need_no_table_of_providers(tmp_path):
    table = attempts(FEW, "phone", sent_at="2026-07-06T03:00:00Z")
    found = audit.scorecard(study(tmp_path, 'provider = "A"', attempts=table))
    assert set(found.rows["kind"]) <= {"answered", "hours"}


def test_a_study_of_few_columns_is_never_a_crash(tmp_path):
    table = attempts(FEW).drop(columns="channel")
    found = audit.scorecard(study(tmp_path, 'provider = "A"', attempts=table))
    assert found.rows["verdict"].tolist() == [BELOW]
    (tmp_path / "none").mkdir()
    alone = study(tmp_path / "none", 'provider = "A"', attempts=table.drop(columns="provider"),
                  providers=pd.DataFrame({"provider": list("ABCD")}))  # fmt: skip
    assert isinstance(audit.scorecard(alone), Skipped)


def test_a_provider_of_unlike_capitals_in_a_file_name_is_withheld(tmp_path):
    made = attempts({"Own": (2, 9), "Sao Mai": (2, 9), "B": (1, 2)})
    made.loc[2, "outcome"] = "asked saomai twice"
    path = write_study(tmp_path, 'provider = "Own"', attempts=made)
    with open_study(path) as care:
        assert care.problems.rows["value"].tolist() == ["…"]


def test_two_wilson_intervals_square_and_add_to_newcombes():
    # 56 of 70 less 48 of 80: Newcombe (1998), Stat. Med. 17:873-890, table II, method 10.
    got = square_and_add(proportion(56, 70), proportion(48, 80))
    assert (got.low, got.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    other = difference(56, 70, 48, 80)
    assert (got.low, got.high) == pytest.approx((other.low, other.high))


def test_no_interval_gives_no_difference():
    found = square_and_add(Estimate.absent("not tried"), proportion(1, 2))
    assert found.value is None and found.reason == "not tried"


@pytest.mark.parametrize("counts", [(3, 24, 12, 24), (0, 12, 40, 90), (24, 24, 20, 24)])
def test_a_p_value_is_below_a_level_where_the_interval_leaves_out_0(counts):
    def at(level: float) -> Estimate:
        return difference(*counts, confidence_level=level)

    p = p_value(at)
    for level in (0.8, 0.9, 0.95, 0.99):
        found = at(level)
        assert (p < 1 - level) == (found.low > 0 or found.high < 0)


def test_no_difference_has_a_p_value_of_1():
    assert p_value(lambda level: difference(5, 10, 5, 10, confidence_level=level)) == 1


def test_the_difference_from_a_field_is_covered_as_often_as_it_says():
    generator = np.random.default_rng(5)
    truths = generator.beta(2, 2, size=13)
    covered, repeats = 0, 600
    for _repeat in range(repeats):
        k = generator.binomial(24, truths)
        found = square_and_add(proportion(int(k[0]), 24),
                               stratified_proportion(k[1:].tolist(), [24] * 12))  # fmt: skip
        covered += found.low <= truths[0] - truths[1:].mean() <= found.high
    assert 0.93 <= covered / repeats <= 0.98


def _alike(generator: np.random.Generator, measures: int, n: int) -> list[Measure]:
    rates = generator.uniform(0.1, 0.9, size=measures)
    return [
        Measure("answered", "", str(i), generator.binomial(n, [rate]), np.array([n]),
                generator.binomial(n, rate, size=(12, 1)), np.full((12, 1), n))
        for i, rate in enumerate(rates)
    ]  # fmt: skip


def test_a_provider_like_all_others_is_seldom_called_different():
    generator = np.random.default_rng(8)
    wrong = sum(
        any(said in (ABOVE, BELOW) for said in judged(_alike(generator, 12, 24), 0.95))
        for _repeat in range(60)
    )
    assert wrong / 60 <= 0.1


def test_each_set_of_attempts_is_judged_once(example):
    rows = audit.scorecard(example).rows
    told = rows[rows["verdict"].ne(BENEATH)]
    assert told["kind"].tolist().count("service") == 1 and "point" not in set(told["kind"])
    assert told["about"].eq("phone").sum() == 1
    assert set(rows.loc[rows["kind"].isin(["point", "in_time"]), "verdict"]) == {BENEATH}
    assert f"Of {len(told)} measures" in audit.scorecard(example).headline


def test_the_family_does_not_shrink_with_what_was_tried_too_seldom():
    found = _alike(np.random.default_rng(2), 8, 24)
    found[0] = dataclasses.replace(found[0], k=np.array([1]), others_k=np.full((12, 1), 12))
    assert judged(found[:1], 0.95) == [BELOW]
    few = [dataclasses.replace(m, k=np.array([1]), n=np.array([3])) for m in found[1:]]
    p = p_value(lambda level: square_and_add(found[0].own(level), found[0].field(level)))
    level = 1 - 4 * p  # established alone, not among eight
    assert judged(found[:1], level) == [BELOW]
    assert judged([found[0], *few], level)[0] == LONE_BELOW


def test_the_family_is_listed(example):
    (note,) = [note for note in audit.scorecard(example).notes if "Holm" in note]
    for name in ("answered: e-mail", "answered: website", "service rated 4 or 5, all points"):
        assert name in note
    assert "empathy" not in note


def test_fewer_than_five_attempts_are_not_judged():
    measure = _alike(np.random.default_rng(1), 1, 24)[0]
    few = dataclasses.replace(measure, k=np.array([0]), n=np.array([4]))
    assert judged([few], 0.95) == [TOO_FEW]
    assert judged([measure], 0.95) == [NOT_DISTINGUISHABLE]


def test_a_contact_that_two_shoppers_scored_counts_once(tmp_path):
    made = attempts(FEW, shopper="S1")
    scores = [
        {"attempt_id": attempt, "item": "empathy", "score": score, "shopper": shopper}
        for attempt in made["attempt_id"]
        for score, shopper in ((5, "S1"), (1, "S2"), (1, "S0"))
    ]
    care = study(tmp_path, 'provider = "A"', attempts=made, ratings=pd.DataFrame(scores))
    rows = audit.scorecard(care).rows
    (quality,) = records(rows[rows["kind"].eq("service")])
    assert (quality["own"], quality["own_n"], quality["field"]) == (1, 20, 1)


def test_a_finding_is_made_once(example):
    assert audit.scorecard(example) is audit.scorecard(example)
    assert isinstance(audit.scorecard(example), Finding)
