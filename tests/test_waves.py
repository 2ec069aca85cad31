"""What changed between two waves is told from noise, and what cannot be compared is not."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carebench import DataError, audit, figures, loyalty, open_study
from carebench.audit.waves.definitions import definition_changes
from carebench.estimate import COLUMNS, Estimate, from_row, records
from carebench.finding import Finding, Skipped
from carebench.methods.paired_waves import mean_change, named_change
from carebench.methods.scores import nps
from carebench.methods.two_rates import limits
from carebench.methods.wave_words import seen_from
from carebench.methods.waves import (
    CHANGED,
    FELL,
    NO_CHANGE,
    NOT_JUDGED,
    ROSE,
    ROSE_LITTLE,
    SAME,
    Change,
    adjusted,
    count_changes,
    estimate_change,
    nps_change,
    verdicts,
)
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from carebench.sources import located, wave_names
from carebench.study import load_study
from studies import attempts, study, write_study

EXAMPLE = Path(__file__).resolve().parents[1] / "data" / "example" / "study.toml"


def two_waves(then, now, **columns):
    """Attempts by e-mail of two waves, k of n by provider in each."""
    waves = {"2026-Q1": then, "2026-Q3": now}
    parts = [attempts(counts, wave=wave, **columns) for wave, counts in waves.items()]
    return pd.concat(parts, ignore_index=True).assign(
        attempt_id=lambda t: [f"a{i}" for i in t.index]
    )


def timed(rows, watched_h=72, days=None):
    """The same with times, spread over a week unless `days` says which."""
    n = len(rows)
    day = pd.Series(np.arange(n) % 7 if days is None else np.resize(days, n), index=rows.index)
    start = rows["wave"].map({"2026-Q1": "2026-01-05", "2026-Q3": "2026-07-06"})
    sent = pd.to_datetime(start, utc=True) + pd.to_timedelta(24 * day + np.arange(n) % 24, unit="h")
    until = sent + pd.to_timedelta(watched_h, unit="h")
    return rows.assign(sent_at=sent.astype(str), observed_until=until.astype(str))


Q3 = 'wave = "2026-Q3"'


# Methods


def test_a_difference_of_waves_is_newcombes():
    # 56/70 against 48/80: Newcombe (1998), Stat. Med. 17:873-890, table II, method 10.
    (change,) = count_changes(([48], [80]), ([56], [70]))
    got = change.estimate
    assert (got.value, got.low, got.high) == pytest.approx((20, 5.24, 33.39), abs=0.005)


def test_the_paired_interval_is_students():
    change = mean_change(([5, 6, 4], [10, 10, 10]), ([7, 9, 5], [10, 10, 10]))
    # Differences 20, 30, 10: mean 20, standard error 10/√3, t₂ = 4.3027.
    assert change.estimate.value == pytest.approx(20)
    assert change.estimate.low == pytest.approx(20 - 4.302653 * 10 / math.sqrt(3))
    assert change.p_value == pytest.approx(0.07418, abs=1e-5)


def test_the_variance_of_an_nps_change_is_the_sum_of_two():
    # 50 promoters, 30 passive, 20 detractors of 100: .291 ± .151 (adjusted Wald).
    score = nps([10] * 50 + [8] * 30 + [0] * 20)
    change = nps_change(score, score).estimate
    assert change.value == 0
    assert change.high == pytest.approx(15.1 * math.sqrt(2), abs=0.1)
    none = nps_change(nps([10] * 49), score).estimate
    assert none.value is None and none.reason == "too few answers"


def test_an_interval_holds_its_change_and_stays_within_all_that_is_possible():
    n = np.repeat([1, 5, 13], 14 * 14)
    k = np.array([(i, j) for size in (1, 5, 13) for i in range(14) for j in range(14)])
    k = np.minimum(k, n[:, None])
    for change in count_changes((k[:, 0], n), (k[:, 1], n[::-1] * 0 + n)):
        one = change.estimate
        assert -100 <= one.low <= one.value <= one.high <= 100


def test_what_is_called_a_change_leaves_0_out_of_its_interval():
    rng = np.random.default_rng(5)
    n1, n2 = rng.integers(5, 40, 200), rng.integers(5, 40, 200)
    found = count_changes((rng.binomial(n1, 0.3), n1), (rng.binomial(n2, 0.6), n2))
    seen = 0
    for change in found:
        (word,) = verdicts([change], margin=15)
        if word in CHANGED:
            seen += 1
            assert change.estimate.low > 0 or change.estimate.high < 0
    assert seen > 50


def test_newcombes_interval_covers_a_change_as_often_as_it_says():
    from scipy.stats import binom

    covered, z, k = [], 1.959964, np.arange(13)
    p1, p2 = (x.ravel() / 12 for x in np.meshgrid(k, k, indexing="ij"))
    low, high = limits(p1, p2, np.full(169, 12.0), np.full(169, 12.0), z)
    for a in np.linspace(0.05, 0.95, 19):
        for b in np.linspace(0.05, 0.95, 19):
            chance = np.outer(binom.pmf(k, 12, a), binom.pmf(k, 12, b)).ravel()
            covered.append(chance[(low <= b - a) & (b - a <= high)].sum())
    assert np.mean(covered) == pytest.approx(0.9504, abs=0.001)
    assert min(covered) == pytest.approx(0.903, abs=0.001)


@pytest.mark.parametrize(("n1", "n2"), [(5, 5), (12, 12), (24, 24), (8, 60)])
def test_nothing_changed_is_seldom_called_a_change_among_all_providers(n1, n2):
    rng = np.random.default_rng(20140602)
    false = 0
    for _study in range(150):
        k1, k2 = rng.binomial(n1, 0.5, 12), rng.binomial(n2, 0.5, 12)
        words = verdicts(count_changes((k1, [n1] * 12), (k2, [n2] * 12)), margin=15)
        false += any(word in CHANGED for word in words)
    assert false / 150 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 150)


def test_the_test_holds_its_size_at_the_worst_common_rate():
    """Enumerated: the interval alone would be wrong 1.6 times as often as .05 / 12."""
    from scipy.stats import binom

    k, level = np.arange(13), 0.05 / 12
    pairs = np.array([(i, j) for i in k for j in k])
    n = np.full(169, 12)
    found = np.array([c.p_value for c in count_changes((pairs[:, 0], n), (pairs[:, 1], n))])
    sizes = [
        np.outer(binom.pmf(k, 12, p), binom.pmf(k, 12, p)).ravel()[found <= level].sum()
        for p in np.linspace(0.01, 0.99, 99)
    ]
    assert 0.5 * level < max(sizes) <= level


@pytest.mark.parametrize(("m", "n", "spread"), [(4, 12, 0.0), (13, 12, 0.0), (13, 12, 0.15)])
def test_the_paired_interval_covers_the_mean_change_of_firms_like_these(m, n, spread):
    rng = np.random.default_rng(7)
    covered = 0
    for _study in range(600):
        before = 1 / (1 + np.exp(-rng.normal(0, 0.6, m)))
        after = before + rng.choice([-spread, spread], m)
        counts = [(rng.binomial(n, np.clip(p, 0, 1)), np.full(m, n)) for p in (before, after)]
        one = mean_change(*counts).estimate
        covered += one.low <= 0 <= one.high
    assert covered / 600 == pytest.approx(0.95, abs=0.025)


def test_for_these_named_firms_the_stratified_change_is_the_narrower_answer():
    """Where providers changed differently, that is noise to the one and not to the other."""
    rng = np.random.default_rng(11)
    m, covered, narrower = 12, 0, 0
    before = np.linspace(0.3, 0.7, m)
    after = np.clip(before + np.where(np.arange(m) % 2, 0.3, -0.2), 0, 1)
    for _study in range(400):
        counts = [(rng.binomial(24, p), np.full(m, 24)) for p in (before, after)]
        paired, named = mean_change(*counts).estimate, named_change(*counts).estimate
        covered += named.low <= 100 * (after - before).mean() <= named.high
        narrower += named.high - named.low < paired.high - paired.low
    assert covered / 400 == pytest.approx(0.95, abs=0.03)
    assert narrower == 400


def test_providers_that_all_changed_alike_have_an_interval_all_the_same():
    change = mean_change(([24] * 6, [24] * 6), ([24] * 6, [24] * 6)).estimate
    assert change.value == 0 and change.low < -1 and change.high > 1


def test_one_provider_has_no_mean_change():
    assert mean_change(([3], [5]), ([4], [5])).estimate.reason


def test_words_fit_the_evidence():
    def change(value, low, high, p):
        return Change(Estimate(value, low, high, 99, "m", "points"), p, (low + 1, high - 1))

    family = [
        change(30, 20, 40, 1e-6),
        change(-30, -40, -20, 1e-6),
        change(5, 1, 9, 1e-6),
        change(0, -10, 10, 0.9),
        change(10, -5, 25, 0.2),
        change(10, 0.1, 25, 0.04),  # of this comparison alone, not of the family
        Change(Estimate.absent("few", unit="points")),
    ]
    words = verdicts(family, margin=15)
    assert words == [ROSE, FELL, ROSE_LITTLE, SAME, NO_CHANGE, NO_CHANGE, NOT_JUDGED]
    assert verdicts(family, margin=None)[3] == NO_CHANGE
    assert math.isnan(adjusted(family)[-1])


def test_fewer_than_five_attempts_are_shown_and_not_judged():
    (change,) = count_changes(([0], [4]), ([40], [40]))
    assert change.estimate.low > 0 and math.isnan(change.p_value)
    assert estimate_change(Estimate(0.5, 0, 1, 4, "m"), Estimate(0.5, 0, 1, 40, "m")).inner is None


# Questions


@pytest.fixture(scope="module")
def truth():
    return json.loads(EXAMPLE.with_name("truth.json").read_text(encoding="utf-8"))


def changed(answer):
    return {
        row["provider"]: row["value"] > 0 for row in records(answer.rows[answer.rows["changed"]])
    }


def test_who_entered_and_who_left_is_named_and_in_no_comparison(example, truth):
    last = records(audit.compared(example).rows)[-1]
    assert (last["entered"], last["left"]) == (truth["new"], truth["gone"])
    for channel in ("email", "phone", "social"):
        there = set(audit.changes_by_provider(example, channel).rows["provider"])
        assert not there & {truth["new"], truth["gone"]}
        assert len(there) == 12


def test_the_two_that_really_changed_are_found_and_nobody_else_is_accused(example, truth):
    found = [
        changed(audit.changes_by_provider(example, channel, measure))
        for channel in ("email", "phone", "chat", "social", "visit", "website")
        for measure in ("answered", "resolved")
        if isinstance(audit.changes_by_provider(example, channel, measure), Finding)
    ]
    found += [changed(audit.changes_by_provider(example, "phone", "within"))]
    together = {name: up for one in found for name, up in one.items()}
    assert together == {"Lúa Chín Mobile": True, "Nón Lá Phone": False}
    assert set(together) == set(truth["changed"])
    assert changed(loyalty.changes_by_provider(example, "csat")) == together


def test_no_channel_as_a_whole_is_said_to_have_changed(example):
    for measure in ("answered", "within", "resolved"):
        table = audit.changes(example, measure).rows
        assert not table["changed"].any()
        seen = table[table["verdict"].eq(NO_CHANGE)]
        assert (seen["detectable"] > 0).all()  # and how much would have been seen is printed
        assert seen["seen_from"].str.contains("points").all()


def test_the_example_changed_no_definition(example):
    assert set(audit.definitions(example).rows["verdict"]) == {"unchanged"}


def test_a_study_without_an_earlier_wave_says_so(tmp_path):
    with study(tmp_path, attempts=attempts({"A": (3, 6)})) as care:
        for answer in (audit.compared(care), audit.definitions(care), audit.changes(care),
                       audit.changes_by_provider(care, "email"), audit.trend(care)):  # fmt: skip
            assert isinstance(answer, Skipped) and "no earlier wave" in answer.reason


def test_the_last_wave_before_this_one_is_taken_by_time_not_by_name(tmp_path):
    rows = two_waves({"A": (3, 6)}, {"A": (3, 6)}).assign(
        wave=lambda t: t["wave"].map({"2026-Q1": "winter", "2026-Q3": "summer"}),
    )
    sent = rows["wave"].map({"winter": "2026-01-05T10:00Z", "summer": "2026-07-06T10:00Z"})
    with study(tmp_path, 'wave = "summer"', attempts=rows.assign(sent_at=sent)) as care:
        assert wave_names(care) == ("winter", "summer")
        assert "last wave before this one" in audit.compared(care).notes[0]
    with open_study(tmp_path / "study.toml", wave="winter") as care:
        assert care.earlier == ()


def test_a_wave_is_earlier_by_name_where_there_are_no_times(tmp_path):
    rows = two_waves({"A": (3, 6), "B": (2, 6)}, {"A": (5, 6), "B": (2, 6)})
    with study(tmp_path, Q3, attempts=rows) as care:
        assert wave_names(care) == ("2026-Q1", "2026-Q3")
        assert audit.changes(care).rows["value"].iloc[0] == pytest.approx(100 / 6)


def test_answers_watched_for_half_as_long_block_the_share_answered(tmp_path):
    rows = two_waves({"A": (3, 20), "B": (4, 20)}, {"A": (9, 20), "B": (9, 20)})
    rows = timed(rows).assign(
        observed_until=lambda t: np.where(
            t["wave"].eq("2026-Q3"), pd.to_datetime(t["sent_at"]) + pd.Timedelta("36h"),
            pd.to_datetime(t["observed_until"]),
        ).astype(str)
    )  # fmt: skip
    with study(tmp_path, Q3, attempts=rows) as care:
        (line,) = records(audit.definitions(care).rows)
        assert (line["then"], line["now"]) == ("72 h", "36 h")
        (row,) = records(audit.changes(care).rows)
        assert "watched" in row["reason"] and row["verdict"] == NOT_JUDGED
        assert "watched" in audit.changes_by_provider(care, "email").reason


def test_other_hours_of_the_week_block_the_comparison_and_chance_does_not(tmp_path):
    rows = two_waves({"A": (9, 60), "B": (9, 60)}, {"A": (9, 60), "B": (9, 60)})
    shifted = timed(rows, days=np.where(rows["wave"].eq("2026-Q1"), rows.index % 5, 5))
    with study(tmp_path, Q3, attempts=shifted) as care:
        assert "hours of the week" in audit.changes(care).rows["reason"].iloc[0]
    few = two_waves({"A": (2, 6)}, {"A": (2, 6)})
    other = tmp_path / "few"
    other.mkdir()
    with study(other, Q3, attempts=timed(few, days=[0, 1, 5, 2])) as care:
        assert not definition_changes(care).rows["changed"].any()


def earlier_study(folder, settings, counts):
    folder.mkdir()
    return write_study(folder, settings, attempts=attempts(counts))


def test_another_study_is_an_earlier_wave_and_its_other_service_level_blocks_speed_only(tmp_path):
    level = '[audit]\nservice_level = {{ email = "{}" }}'.format
    old = earlier_study(tmp_path / "old", level("48 h"), {"A": (2, 20), "B": (3, 20)})
    new = earlier_study(tmp_path / "new", level("24 h"), {"A": (18, 20), "B": (19, 20)})
    old.write_text(old.read_text().replace("A study", "The first study"), encoding="utf-8")
    with open_study(new, against=str(old)) as care:
        assert wave_names(care) == ("The first study", "A study")
        (line,) = records(audit.definitions(care).rows)
        assert (line["then"], line["now"]) == ("48 h", "24 h")
        assert audit.changes(care).rows["value"].iloc[0] == pytest.approx(80)
        assert changed(audit.changes_by_provider(care, "email")) == {"A": True, "B": True}


def test_a_word_read_otherwise_blocks_every_comparison(tmp_path):
    words = '[tables.attempts.values]\noutcome = {{ "machine" = "{}" }}'.format
    old = earlier_study(tmp_path / "old", words("menu_only"), {"A": (2, 20), "B": (3, 20)})
    new = earlier_study(tmp_path / "new", words("answered"), {"A": (18, 20), "B": (19, 20)})
    with open_study(new, against=str(old)) as care:
        assert "words" in audit.changes(care).rows["reason"].iloc[0]


def test_what_an_earlier_wave_lacks_is_said_and_never_made_up(tmp_path):
    rows = two_waves({"A": (3, 6)}, {"B": (5, 6), "C": (1, 6)})
    with study(tmp_path, Q3, attempts=rows) as care:
        assert audit.changes(care).rows["value"].isna().all()
        assert isinstance(audit.changes_by_provider(care, "email"), Skipped)
        assert isinstance(audit.changes(care, "within"), Skipped)
        assert isinstance(audit.changes(care, "resolved"), Skipped)
    with open_study(tmp_path / "study.toml", provider="B") as care:
        assert care.earlier == () and isinstance(audit.changes(care), Skipped)
    with open_study(tmp_path / "study.toml", provider="B", against="2026-Q1",
                    tables=("attempts",)) as care:  # fmt: skip
        assert "holds no attempts" in audit.changes(care).reason


def test_a_report_of_one_provider_names_no_other(tmp_path):
    rows = two_waves({"A": (3, 9), "B": (5, 9)}, {"A": (3, 9), "C": (5, 9)})
    with study(tmp_path, Q3 + '\nprovider = "A"', attempts=rows) as care:
        answers = [
            audit.compared(care),
            audit.changes(care),
            audit.changes_by_provider(care, "email"),
        ]
    said = " ".join(str(a.rows.to_dict()) + a.headline + a.caption + a.alt for a in answers)
    assert "'A'" in said and "'B'" not in said and "'C'" not in said


def test_several_earlier_waves_make_a_trend(tmp_path):
    rows = pd.concat(
        [attempts({"A": (k, 20), "B": (k + 1, 20)}, wave=wave)
         for wave, k in (("w1", 4), ("w2", 8), ("w3", 16))], ignore_index=True,
    ).assign(attempt_id=lambda t: [f"a{i}" for i in t.index])  # fmt: skip
    with study(tmp_path, 'wave = "w3"', attempts=rows) as care:
        assert isinstance(audit.trend(care), Skipped)  # only the last one is taken of itself
    with open_study(tmp_path / "study.toml", against="w2; w1") as care:
        table = audit.trend(care).rows
        assert table["wave"].tolist() == ["w1", "w2", "w3"]
        assert table["since_first"].str.startswith("60").tolist() == [False, False, True]
        assert table["since_last"].str.startswith("40").tolist() == [False, False, True]


@pytest.mark.parametrize("share", [0, 20])
def test_none_answered_and_all_answered_are_compared_too(tmp_path, share):
    rows = two_waves(*[{name: (share, 20) for name in "ABC"}] * 2)
    with study(tmp_path, Q3, attempts=rows) as care:
        (row,) = records(audit.changes(care).rows)
        assert row["value"] == 0 and row["low"] < 0 < row["high"]
        assert not audit.changes_by_provider(care, "email").rows["changed"].any()


@pytest.mark.parametrize("dropped", [("provider",), ("channel",), ("provider", "channel")])
def test_missing_columns_are_no_reason_to_fail(tmp_path, dropped):
    rows = two_waves({"A": (3, 20)}, {"A": (19, 20)}).drop(columns=list(dropped))
    with study(tmp_path, Q3, attempts=rows) as care:
        assert audit.changes(care).rows["changed"].tolist() == [True]
        for answer in (audit.compared(care), audit.changes(care), audit.definitions(care)):
            assert text_table(answer).plain(caption="")
        audit.changes_by_provider(care, "email")


def test_a_table_for_a_reader_is_short_and_its_numbers_travel_with_their_n(example):
    for answer in (audit.changes(example), audit.changes_by_provider(example, "phone")):
        assert len(answer.labels) <= 6
        assert set(COLUMNS) <= set(answer.rows.columns)
        assert from_row(records(answer.rows)[0]).unit == "points"


# The survey


def survey(n, csat, **columns):
    rows = pd.DataFrame({"respondent": [f"r{i}" for i in range(n)], "csat": np.resize(csat, n)})
    return rows.assign(**columns)


def test_a_scale_that_changed_blocks_its_score_and_says_so(tmp_path):
    for name, top in (("old", 7), ("new", 5)):
        (tmp_path / name).mkdir()
        table = survey(80, [1, 5], nps=np.resize([0, 10, 9], 80))
        path = write_study(tmp_path / name, survey=table)
        path.write_text(path.read_text() + f"scales = {{ csat = [1, {top}] }}\n", encoding="utf-8")
    with open_study(path, against=str(tmp_path / "old" / "study.toml")) as care:
        table = loyalty.changes(care).rows.set_index("score")
        assert "scale" in table.loc["CSAT", "reason"]
        assert table.loc["NPS", "value"] == 0
        assert any("1 to 7, now on 1 to 5" in note for note in loyalty.compared(care).notes)


def test_a_fall_that_may_be_of_17_points_is_not_called_none(example):
    """60 to 56 per cent, between 17 points fewer and 9 more."""
    table = loyalty.changes_by_provider(example, "csat").rows.set_index("provider")
    assert table.loc["Trâu Xanh", "verdict"] == "no change seen"
    assert set(table["margin"]) == {5}


def test_an_nps_of_fewer_than_fifty_has_no_change(tmp_path):
    rows = pd.concat([survey(40, [5], wave="a", nps=9), survey(400, [1], wave="b", nps=0)])
    rows["respondent"] = [f"r{i}" for i in range(len(rows))]
    with study(tmp_path, 'wave = "b"', survey=rows) as care:
        table = loyalty.changes(care).rows.set_index("score")
        assert table.loc["NPS", "reason"] == "too few answers"
        assert table.loc["CSAT", "verdict"] == FELL


# The figure


def test_a_figure_of_hundreds_shows_both_ends_and_says_so(tmp_path):
    then = {f"P{i:03d}": (i % 20, 20) for i in range(300)}
    now = {name: (20 - k, 20) for name, (k, _n) in then.items()}
    with study(tmp_path, Q3, attempts=two_waves(then, now)) as care:
        answer = audit.changes_by_provider(care, "email")
        assert len(answer.rows) == 300
        assert figures.plot_changes.height(answer.rows) < 16
        from matplotlib.figure import Figure

        ax = figures.plot_changes(answer.rows, ax=Figure().subplots())
        assert len(ax.get_yticklabels()) == 40 and "260" in ax.get_title(loc="left")


def test_a_blocked_row_is_drawn_with_its_reason(example):
    rows = audit.changes(example).rows.copy()
    rows.loc[0, ["value", "low", "high"]] = np.nan
    rows.loc[0, "reason"] = "not compared: the service level changed"
    from matplotlib.figure import Figure

    ax = figures.plot_changes(rows, ax=Figure().subplots())
    assert any("service" in text.get_text() for text in ax.texts)
    assert _png(figures.plot_changes, audit.changes(example)).startswith(b"\x89PNG")


# What --against names


@pytest.mark.parametrize(
    ("against", "said"),
    [
        ("2026-Q2", "Did you mean '2026-Q"),
        ("2026-Q3", "not earlier"),
        ("nowhere.toml", "no study file"),
    ],
)
def test_an_earlier_wave_that_is_not_there_is_one_clear_error(tmp_path, against, said):
    path = write_study(tmp_path, Q3, attempts=two_waves({"A": (3, 6)}, {"A": (3, 6)}))
    with pytest.raises(DataError, match=said):
        open_study(path, against=against)


def test_a_study_is_not_compared_with_itself(tmp_path):
    path = write_study(tmp_path, Q3, attempts=two_waves({"A": (3, 6)}, {"A": (3, 6)}))
    with pytest.raises(DataError, match="the study itself"):
        open_study(path, against=str(path))


def test_an_earlier_study_of_several_waves_must_say_which(tmp_path):
    (tmp_path / "old").mkdir()
    old = write_study(tmp_path / "old", attempts=two_waves({"A": (3, 6)}, {"A": (3, 6)}))
    new = write_study(tmp_path, attempts=attempts({"A": (3, 6)}))
    with pytest.raises(DataError, match="hold several waves: 2026-Q1, 2026-Q3"):
        open_study(new, against=str(old))


def test_a_later_study_is_no_earlier_wave(tmp_path):
    level = '[audit]\nservice_level = { email = "24 h" }'
    old = earlier_study(tmp_path / "old", level, {"A": (2, 20)})
    new = earlier_study(tmp_path / "new", level, {"A": (9, 20)})
    for path, day in ((old, "2026-01-05"), (new, "2026-07-06")):
        rows = pd.read_csv(path.parent / "attempts.csv")
        rows.assign(sent_at=f"{day}T10:00Z").to_csv(path.parent / "attempts.csv", index=False)
    with open_study(new, against=str(old)) as care:
        assert len(care.earlier) == 1
    with pytest.raises(DataError, match="not earlier than"):
        open_study(old, against=str(new))
    with pytest.raises(DataError, match="not earlier than"):
        located(load_study(old), [str(new)])


@pytest.mark.parametrize("wave", [Q3, ""])
def test_a_copy_of_the_study_is_no_earlier_wave(tmp_path, wave):
    rows = timed(two_waves({}, {"A": (3, 6)}))
    if not wave:
        rows = rows.drop(columns="wave")
    (tmp_path / "copy").mkdir()
    copy = write_study(tmp_path / "copy", wave, attempts=rows)
    with pytest.raises(DataError, match="it is a copy"):
        open_study(write_study(tmp_path, wave, attempts=rows), against=str(copy))


def test_studies_that_both_count_their_attempts_from_one_are_no_copies(tmp_path):
    settings = '[audit]\nservice_level = { email = "24 h" }'
    old = earlier_study(tmp_path / "old", settings, {"A": (9, 9)})
    new = earlier_study(tmp_path / "new", settings, {"A": (9, 9)})
    with open_study(new, against=str(old)) as care:
        assert len(care.earlier) == 1


def test_a_wave_that_names_no_provider_gives_that_as_the_reason(tmp_path):
    (tmp_path / "old").mkdir()
    unnamed = attempts({"A": (3, 9)}).drop(columns="provider")
    old = write_study(tmp_path / "old", 'wave = "w1"', attempts=unnamed)
    new = write_study(tmp_path, 'wave = "w2"', attempts=attempts({"A": (5, 9), "B": (5, 9)}))
    with open_study(new, against=str(old)) as care:
        assert "names no provider" in audit.changes(care).rows["reason"].iloc[0]
        assert "names no provider" in audit.changes_by_provider(care, "email").reason
        (_then, now) = records(audit.compared(care).rows)
        assert now["entered"] == "–" and "entered" not in audit.compared(care).headline
    with open_study(new, against=str(old), provider="A") as care:
        assert "names no provider" in audit.changes(care).rows["reason"].iloc[0]
    named = write_study(tmp_path / "old", 'wave = "w1"', attempts=attempts({"B": (3, 9)}))
    with open_study(new, against=str(named), provider="A") as care:
        assert "known to be at A" in audit.changes(care).reason


def test_answers_watched_for_less_than_the_service_level_do_not_become_all_in_time(tmp_path):
    settings = Q3 + '\n[audit]\nservice_level = { email = "24 h" }'
    rows = timed(two_waves({"A": (30, 40)}, {"A": (10, 40)}), watched_h=20)
    came = pd.to_datetime(rows["sent_at"]) + pd.to_timedelta(3, unit="h")
    rows["answered_at"] = came.astype(str).where(rows["outcome"].eq("answered"))
    with study(tmp_path, settings, attempts=rows) as care:
        found = audit.changes(care, "within")
        assert found.rows["value"].isna().all() and "nothing can be compared" in found.headline
        assert "were not watched for so long" in found.rows["reason"].iloc[0]
        with pytest.raises(StopIteration):
            next(r for r in records(found.rows) if "within the margin" in r["verdict"])
    rows["observed_until"] = pd.to_datetime(rows["sent_at"]) + pd.to_timedelta(30, unit="h")
    (tmp_path / "longer").mkdir()
    with study(tmp_path / "longer", settings, attempts=rows) as care:
        assert audit.changes(care, "within").rows["value"].iloc[0] == pytest.approx(-50)


def test_no_change_is_said_to_be_seen_from_more_than_all_there_is():
    wide = mean_change(([0, 6], [6, 6]), ([6, 0], [6, 6]))
    assert wide.detectable > 100 and seen_from(wide) == "not at this n"
    assert seen_from(replace(wide, detectable=math.nan)) == "–"
    assert "points" in seen_from(replace(wide, detectable=40.0))


def test_channels_that_were_not_compared_are_not_said_to_be_unchanged(tmp_path):
    calls = attempts({"A": (5, 9)}, channel="phone", wave="2026-Q3")
    rows = pd.concat([two_waves({"A": (5, 9)}, {"A": (5, 9)}), calls], ignore_index=True)
    with study(tmp_path, Q3, attempts=rows) as care:
        assert "of 2 channels 1 could be compared" in audit.changes(care).headline


def test_of_several_earlier_waves_the_caption_names_the_one_that_is_the_base(tmp_path):
    parts = [attempts({"A": (5, 9)}, wave=wave) for wave in ("w1", "w2", "w3")]
    rows = pd.concat(parts, ignore_index=True).assign(attempt_id=lambda t: t.index.astype(str))
    path = write_study(tmp_path, 'wave = "w3"', attempts=rows)
    with open_study(path, against="w1;w2") as care:
        for found in (audit.changes(care), audit.changes_by_provider(care, "email")):
            assert "counted from w2, the last of the 2 earlier waves" in found.caption
    with open_study(path, against="w1") as care:
        assert "counted from" not in audit.changes(care).caption


def test_a_study_without_a_wave_is_called_by_its_title_alone(tmp_path):
    (tmp_path / "old").mkdir()
    old = write_study(tmp_path / "old", attempts=attempts({"A": (3, 9)}))
    new = write_study(tmp_path, 'wave = "w2"', attempts=attempts({"A": (5, 9)}))
    with open_study(new, against=str(old)) as care:
        assert wave_names(care) == ("A study", "A study, w2")
