"""Who stands where among many, and how little of it is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carebench import audit
from carebench.finding import Finding, Skipped
from carebench.methods.providers import posterior_draws
from carebench.methods.ranking import (
    beside_the_others,
    chance_of_best,
    differ,
    rank_intervals,
    rank_sets,
    ranks,
)
from carebench.reporting.tables import text_table
from carebench.schema import DataError
from studies import attempts, study

PROVIDERS, TRIED = 13, 12


def _audits(seed: int, repeats: int, first: float = 0, second: float = 0):
    """True rates and joint draws of simulated audits; all alike without the two parameters."""
    rng = np.random.default_rng(seed)
    for repeat in range(repeats):
        alike = np.full(PROVIDERS, 0.5)
        rates = rng.beta(first, second, PROVIDERS) if first else alike
        k = rng.binomial(TRIED, rates).tolist()
        yield rates, k, posterior_draws(k, [TRIED] * PROVIDERS, draws=500, seed=repeat)


def test_the_highest_comes_first():
    assert ranks(np.array([0.2, 0.9, 0.5])).tolist() == [3, 1, 2]
    assert ranks(np.array([[0.2, 0.9], [0.9, 0.2]])).tolist() == [[2, 1], [1, 2]]


def test_rank_intervals_cover_the_true_rank_as_often_as_they_say():
    # .984 with rates from Beta(2, 2) in 4,000 audits elsewhere; never below what they say.
    covered = []
    for rates, _k, draws in _audits(1, 120, 2, 2):
        low, high = rank_intervals(draws)
        true = ranks(rates)
        covered.append(((low <= true) & (true <= high)).mean())
    assert 0.96 <= np.mean(covered) <= 1


def test_where_all_are_alike_any_rank_is_left_open():
    # Any order is the true one: .96 of an arbitrary one is covered.
    covered, order = [], np.arange(1, PROVIDERS + 1)
    for _rates, _k, draws in _audits(2, 120):
        low, high = rank_intervals(draws)
        covered.append(((low <= order) & (order <= high)).mean())
    assert np.mean(covered) >= 0.93


@pytest.mark.parametrize(("first", "second"), [(2, 2), (10, 10), (0, 0)])
def test_all_rank_sets_hold_at_once_in_nineteen_audits_of_twenty(first, second):
    held = []
    for rates, _k, draws in _audits(3, 60, first, second):
        low, high = rank_sets(draws)
        best = 1 + (rates[None, :] > rates[:, None]).sum(axis=1)
        worst = PROVIDERS - (rates[None, :] < rates[:, None]).sum(axis=1)
        held.append(((low <= worst) & (high >= best)).all())
    assert np.mean(held) >= 0.95


def test_rank_sets_narrow_to_the_ranks_where_everything_is_known():
    values = np.array([0.1, 0.9, 0.5, 0.3])
    draws = values + np.random.default_rng(1).normal(0, 1e-4, (200, 4))
    low, high = rank_sets(draws)
    assert low.tolist() == high.tolist() == [4, 1, 2, 3]
    low, high = rank_sets(np.tile(values, (10, 1)))
    assert low.tolist() == high.tolist() == [4, 1, 2, 3]


def _draws(values, error):
    """Two draws with exactly these means and this spread."""
    return np.array(values) + error * np.array([[1.0], [-1.0]])


def test_a_pair_is_told_apart_at_the_level_and_holm_asks_more_of_many_pairs():
    # z = 1.9 is not enough at .05, z = 2.1 is; of three pairs the first must reach z = 2.39.
    for z, low in ((1.9, [1, 1]), (2.1, [1, 2])):
        assert rank_sets(_draws([z * np.sqrt(2), 0], 1))[0].tolist() == low
    for z, low in ((2.3, [1, 1, 1]), (2.5, [1, 1, 2])):
        gap = z * np.sqrt(2)
        assert rank_sets(_draws([gap, gap / 2, 0], 1))[0].tolist() == low


def test_each_is_set_beside_the_mean_of_the_others_and_not_of_all():
    centre, low, high = beside_the_others(np.tile([1.0, 0.0, 0.0], (4, 1)))
    assert centre.tolist() == low.tolist() == high.tolist() == [1.0, -0.5, -0.5]


def test_ties_without_any_spread_share_their_ranks():
    low, high = rank_sets(np.tile([0.5, 0.5, 0.1], (10, 1)))
    assert (low.tolist(), high.tolist()) == ([1, 1, 3], [2, 2, 3])


@pytest.mark.parametrize(("first", "second"), [(2, 2), (10, 10), (0, 0)])
def test_few_audits_wrongly_put_anybody_above_or_below_the_others(first, second):
    wrong = []
    for rates, _k, draws in _audits(4, 80, first, second):
        _centre, low, high = beside_the_others(draws)
        distance = rates - (rates.sum() - rates) / (PROVIDERS - 1)
        wrong.append((((low > 0) & (distance <= 0)) | ((high < 0) & (distance >= 0))).any())
    assert np.mean(wrong) <= 0.06


def test_the_gate_opens_for_differences_and_rarely_without_them():
    opened = {
        alike: np.mean([differ([(k, [TRIED] * PROVIDERS)]) for _r, k, _d in audits])
        for alike, audits in ((True, _audits(5, 150)), (False, _audits(6, 40, 2, 2)))
    }
    assert opened[True] <= 0.09
    assert opened[False] >= 0.8


def test_many_parts_do_not_open_the_gate_by_their_number():
    rng = np.random.default_rng(7)
    n = [TRIED] * PROVIDERS
    opened = [
        differ([(rng.binomial(TRIED, 0.5, PROVIDERS).tolist(), n) for _part in range(6)])
        for _audit in range(60)
    ]
    assert np.mean(opened) <= 0.1
    assert not differ([])


def test_the_chance_of_being_best_is_right_about_as_often_as_it_says_where_rates_differ():
    stated, hit = [], []
    for rates, _k, draws in _audits(8, 200, 2, 2):
        chance = chance_of_best(draws)
        assert chance.sum() == pytest.approx(1)
        stated.append(chance.max())
        hit.append(chance.argmax() == rates.argmax())
    assert np.mean(stated) == pytest.approx(np.mean(hit), abs=0.1)


def test_the_best_and_the_worst_of_the_example_are_told_from_the_others(example):
    rows = audit.index(example).rows.set_index("provider")
    assert rows.loc["Hạc Giấy Mobile", "mark"] == "clearly above"
    assert rows.loc["Ốc Sên Nhanh", "mark"] == "clearly below"
    assert rows.loc["Hạc Giấy Mobile", "rank_low"] == 1
    assert (rows["low"] <= rows["value"]).all() and (rows["value"] <= rows["high"]).all()
    assert (rows["rank_low"] <= rows["rank_high"]).all()
    # What holds for all at once leaves at least as much open.
    assert (rows["set_high"] - rows["set_low"] >= rows["rank_high"] - rows["rank_low"]).mean() > 0.8


def test_the_index_says_what_it_is_made_of_and_shows_the_other_mean(example):
    found = audit.index(example)
    for words in ("geometric mean", "channels answered 25%", "independent", "counts as 0"):
        assert words in found.caption
    parts = text_table(audit.index_parts(example)).plain()
    assert "index by arithmetic mean" in parts
    assert (found.rows["other"] >= found.rows["value"] - 0.01).all()  # never below the geometric


def test_weights_move_ranks_and_the_report_says_by_how_much(example):
    found = audit.rank_ranges(example)
    moved = (found.rows["weights_high"] - found.rows["weights_low"]).max()
    assert f"up to {moved} places" in found.headline


def test_providers_that_are_alike_get_no_ranking_and_no_best(tmp_path):
    same = {f"P{at}": (6, 12) for at in range(13)}
    care = study(tmp_path, attempts=attempts(same))
    found = audit.index(care)
    assert "No ranking is supported" in found.headline
    assert set(found.rows["mark"]) == {"not distinguishable"}
    assert found.rows["best"].isna().all()
    assert "nobody’s chance" in " ".join(found.notes)


def test_a_provider_hardly_tried_has_an_index_but_no_rank(tmp_path):
    care = study(tmp_path, attempts=attempts({"A": (10, 12), "B": (2, 12), "C": (2, 2)}))
    rows = audit.index(care).rows.set_index("provider")
    assert rows.loc["C", "mark"] == "too few attempts"
    assert pd.isna(rows.loc["C", "rank_low"]) and pd.notna(rows.loc["C", "value"])
    assert rows.loc["A", "rank_low"] == 1


def _two_channels(offered: str) -> dict[str, pd.DataFrame]:
    tried = [attempts({"A": (6, 12), "B": (6, 12)}), attempts({"A": (3, 6)}, channel="chat")]
    providers = pd.DataFrame({"provider": ["A", "B"], "channels": ["email chat", offered]})
    return {"attempts": pd.concat(tried), "providers": providers}


def test_a_channel_that_is_not_offered_counts_as_the_study_says(tmp_path):
    indices = {}
    for rule in ("zero", "left_out"):
        folder = tmp_path / rule
        folder.mkdir()
        settings = f'\n[audit]\nmissing_channel = "{rule}"\n'
        care = study(folder, settings, **_two_channels("email"))
        rows = audit.index(care).rows.set_index("provider")
        indices[rule] = rows["channel_share"]
    assert indices["zero"]["B"] == pytest.approx(indices["left_out"]["B"] / 2)
    assert indices["zero"]["A"] == pytest.approx(indices["left_out"]["A"])


def test_a_channel_that_was_offered_and_not_tried_is_left_out_and_never_scored(tmp_path):
    care = study(tmp_path, **_two_channels("email chat"))
    rows = audit.index(care).rows.set_index("provider")
    assert rows.loc["B", "channel_share"] > 0.35


def test_weights_with_an_unknown_name_are_refused(tmp_path):
    settings = "\n[audit]\nweights = { kindness = 2 }\n"
    with pytest.raises(DataError, match="kindness"):
        study(tmp_path, settings, attempts=attempts({"A": (6, 12), "B": (6, 12)}))


TINY = {
    "one provider": attempts({"A": (6, 12)}),
    "one attempt": attempts({"A": (1, 1)}),
    "none answered": attempts({"A": (0, 12), "B": (0, 7)}),
    "all answered": attempts({"A": (12, 12), "B": (7, 7)}),
    "no channel": attempts({"A": (3, 12), "B": (5, 7)}).drop(columns="channel"),
    "calls at night": attempts(
        {"A": (3, 12), "B": (5, 7)}, channel="phone", sent_at="2026-07-06T18:00:00Z"
    ),
    "nothing resolved": attempts({"A": (3, 12), "B": (0, 7)}, resolved="no"),
}


@pytest.mark.parametrize("name", TINY)
def test_small_and_lopsided_audits_render_and_claim_nothing_false(tmp_path, name):
    care = study(tmp_path, attempts=TINY[name])
    for question in (audit.index, audit.index_parts, audit.rank_ranges):
        found = question(care)
        assert isinstance(found, Finding | Skipped)
        if isinstance(found, Finding):
            assert text_table(found).plain()
    marks = set(audit.index(care).rows["mark"])
    assert not marks & {"clearly above", "clearly below"}


def test_attempts_at_providers_that_nobody_lists_make_no_index(tmp_path):
    providers = pd.DataFrame({"provider": ["Z"], "sector": ["phones"]})
    care = study(tmp_path, attempts=attempts({"A": (3, 12)}), providers=providers)
    assert isinstance(audit.index(care), Skipped)
    no_name = attempts({"A": (3, 12)}).drop(columns="provider")
    (tmp_path / "b").mkdir()
    assert isinstance(audit.index(study(tmp_path / "b", attempts=no_name)), Skipped)


def test_ratings_make_the_quality_one_opinion_for_each_rated_contact(tmp_path):
    tried = attempts({"A": (8, 12), "B": (8, 12)})
    items = ["empathy", "choice"] * len(tried)
    ratings = pd.DataFrame({"attempt_id": tried["attempt_id"].repeat(2), "item": items, "score": 5})
    care = study(tmp_path, attempts=tried, ratings=ratings)
    rows = audit.index(care).rows
    assert rows["quality_n"].tolist() == [12, 12]
    assert (rows["quality_share"] > 0.8).all()


def test_the_index_of_many_providers_stays_readable(tmp_path):
    rng = np.random.default_rng(9)
    counts = {f"P{at:03d}": (int(k), 12) for at, k in enumerate(rng.binomial(12, 0.5, 120))}
    care = study(tmp_path, attempts=attempts(counts))
    found = audit.index(care)
    assert "the first 15 and the last 15 are drawn" in found.caption
    assert len(found.rows) == 120
    assert len(found.alt) < 3_000


def test_no_call_counts_both_as_a_channel_and_as_the_share_of_the_week(example):
    rows = audit.index(example).rows.set_index("provider")
    calls = example.current("attempts").query("channel == 'phone'").groupby("provider").size()
    others = rows["n"] - calls.reindex(rows.index)
    assert (rows["channel_n"] <= others + 3).all()  # a few failures of our own are left out
    assert (rows["channel_n"] + rows["hours_n"] <= rows["n"]).all()


def test_calls_without_times_are_a_channel_like_others(tmp_path):
    tried = [attempts({"A": (6, 12), "B": (3, 12)}, channel=name) for name in ("phone", "email")]
    care = study(tmp_path, attempts=pd.concat(tried))
    found = audit.index(care)
    assert found.rows["channel_n"].tolist() == [24, 24]
    assert "hours_share" not in found.rows
    nothing = "The study holds nothing for: resolved once answered, quality, share of the week"
    assert nothing in found.caption
