"""Who stays, for how long, and what goes before leaving: published values, truths, edges."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import replace
from time import process_time

import matplotlib
import numpy as np
import pandas as pd
import pytest
import seaborn
from matplotlib.figure import Figure

from carebench.estimate import Estimate, from_row, records
from carebench.figures.dots import plot_estimates
from carebench.figures.projection import plot_projection
from carebench.figures.survival import plot_survival
from carebench.finding import Finding, Skipped
from carebench.loyalty.retention import at_risk
from carebench.loyalty.retention.churn import churned, contracts_lost
from carebench.loyalty.retention.lifetimes import (
    contract_lifetimes,
    contract_notes,
    contracts_left_out,
)
from carebench.loyalty.retention.panel import BAD, CONTACTS, FEWER, IDLE
from carebench.loyalty.retention.projection import (
    expected_lifetimes,
    projection,
    projection_checked,
)
from carebench.loyalty.retention.starts import contract_cohorts
from carebench.loyalty.retention.staying import segments_compared, survival_curves, time_held
from carebench.loyalty.retention.warning import (
    TURNS,
    _verdict,
    early_warning,
    early_warning_checked,
    stopping,
    stopping_checked,
)
from carebench.methods import sbg, survival
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table
from studies import study

QUESTIONS = (
    survival_curves,
    time_held,
    segments_compared,
    contract_cohorts,
    contracts_lost,
    churned,
    projection,
    expected_lifetimes,
    projection_checked,
    early_warning,
    early_warning_checked,
    stopping,
    stopping_checked,
)
DRAWN = {"survival": plot_survival, "projection": plot_projection}
# MASS `gehan`, the arm of 6-MP: weeks in remission, and whether it ended (Gehan 1965).
WEEKS = [10, 7, 32, 23, 22, 6, 16, 34, 32, 25, 11, 20, 19, 6, 17, 35, 6, 13, 9, 6, 10]
ENDED = [1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0]


def _contracts(n=120, seed=1, chance=0.08, months=24, **columns):
    """Contracts by the month from 2024 on, watched until the end of 2025."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 30 * months, n), unit="D")
    life = rng.geometric(chance, n)
    end = pd.Series(
        [day + pd.DateOffset(months=int(k)) for day, k in zip(start, life, strict=True)]
    )
    last = pd.Timestamp("2025-12-31")
    return pd.DataFrame(
        {
            "contract_id": [f"H{i:04d}" for i in range(n)],
            "customer_id": [f"C{i:04d}" for i in range(n)],
            "started_at": start.date,
            "ended_at": end.where(end <= last).dt.date,
            "observed_until": last.date(),
        }
    ).assign(**columns)


def _sales(customers, days, amounts=100):
    return pd.DataFrame({"customer_id": customers, "occurred_at": days, "amount": amounts})


# --- contracts as they are read ------------------------------------------------------------------


def test_a_contract_that_ends_on_its_monthly_day_has_run_whole_months(tmp_path):
    table = pd.DataFrame(
        {
            "started_at": ["2025-01-31", "2025-01-31", "2025-01-15", "2024-02-29"],
            "ended_at": ["2025-02-28", "2025-03-31", "2025-07-15", "2025-02-28"],
            "observed_until": "2025-12-31",
        }
    )
    rows = contract_lifetimes(study(tmp_path, contracts=table))
    assert rows["duration"].tolist() == [1, 2, 6, 12] and rows["ended"].all()
    years = 'currency = "VND"\n[loyalty]\ncontract_period = "year"'
    other = contract_lifetimes(study(tmp_path, years, contracts=table))
    assert other["duration"].tolist() == pytest.approx([1 / 12, 2 / 12, 0.5, 1])


def test_a_contract_whose_end_cannot_be_used_is_not_taken_as_running(tmp_path):
    table = _contracts(30)
    table.loc[7, ["started_at", "ended_at"]] = ["2025-06-01", "2025-05-01"]
    care = study(tmp_path, contracts=table)
    rows = contract_lifetimes(care)
    assert "H0007" not in set(rows["contract_id"]) and len(rows) == 29
    assert contracts_left_out(care) == {"the end cannot be used": 1}


def test_without_a_last_day_watched_the_last_day_of_the_table_is_taken_and_said(tmp_path):
    table = pd.DataFrame(
        {"started_at": ["2025-01-01", "2025-03-01"], "ended_at": ["2025-05-01", None]}
    )
    care = study(tmp_path, contracts=table)
    rows = contract_lifetimes(care)
    assert rows["duration"].tolist() == [4, 2] and rows["ended"].tolist() == [True, False]
    assert any("1 May 2025" in note for note in contract_notes(care))


def test_an_end_after_the_last_day_watched_was_not_seen(tmp_path):
    table = pd.DataFrame(
        {"started_at": ["2025-01-01"], "ended_at": ["2026-01-01"], "observed_until": ["2025-07-01"]}
    )
    care = study(tmp_path, contracts=table)
    rows = contract_lifetimes(care)
    assert rows["duration"].tolist() == [6] and not rows["ended"].any()
    assert any("after the last day watched" in note for note in contract_notes(care))


def test_lengths_without_days_are_used_as_they_are(tmp_path):
    table = pd.DataFrame({"duration": [3, 5, 2, None], "ended": ["yes", "no", None, "yes"]})
    care = study(tmp_path, contracts=table)
    assert contract_lifetimes(care)["duration"].tolist() == [3, 5]
    assert sum(contracts_left_out(care).values()) == 2


# --- survival ------------------------------------------------------------------------------------


def test_remission_gives_the_published_kaplan_meier():
    steps = survival.curve(WEEKS, ENDED).set_index("time")
    published = {6: 0.857143, 7: 0.806723, 10: 0.752941, 13: 0.690196, 16: 0.627451, 22: 0.537815}
    for week, held in published.items():
        assert steps.loc[week, "held"] == pytest.approx(held, abs=1e-6)
    assert tuple(steps.loc[6, ["low", "high"]]) == pytest.approx((0.620, 0.952), abs=5e-4)
    assert survival.median(WEEKS, ENDED, unit="score").value == 23


def test_whoever_was_watched_to_the_end_gives_a_plain_share():
    (held,) = survival.held_after([1, 2, 3, 9, 9], [True, True, False, False, False], [3])
    assert (held.value, held.k, held.n) == (0.6, 3, 5)
    (none,) = survival.held_after([1, 2], [True, False], [5])
    assert none.value is None and none.reason == survival.NOT_WATCHED
    (nobody,) = survival.held_after([], [], [1])
    assert nobody.reason == survival.NOBODY


def test_limits_lie_about_their_share_whatever_the_data():
    rng = np.random.default_rng(2)
    for n in (1, 2, 5, 40):
        time, ended = rng.integers(0, 6, n).astype(float), rng.random(n) < 0.6
        for held in survival.held_after(time, ended, [0.5, 1, 3, 5]):
            assert held.value is None or 0 <= held.low <= held.value <= held.high <= 1


def test_the_example_shows_that_plus_is_held_longer(example):
    rows = {row["group"]: row for row in records(segments_compared(example).rows)}
    assert rows["plus"]["verdict"] == "stay longer" and rows["plus"]["p_holm"] < 0.001


def test_segments_alike_are_not_told_apart(tmp_path):
    table = _contracts(200, segment=np.where(np.arange(200) % 2, "a", "b"))
    found = segments_compared(study(tmp_path, contracts=table))
    assert "not distinguishable" in found.headline


# --- cohorts and churn ---------------------------------------------------------------------------


def test_a_cohort_is_blank_until_all_of_it_was_watched_for_so_long(tmp_path):
    table = pd.DataFrame(
        {
            "started_at": ["2025-01-10"] * 8 + ["2025-05-10"] * 8,
            "ended_at": ["2025-02-10"] * 2 + [None] * 14,
            "observed_until": "2025-06-30",
        }
    )
    rows = contract_cohorts(study(tmp_path, contracts=table)).rows.set_index("cohort")
    assert rows.loc["2025-01", ["after_1", "after_3", "after_6"]].tolist() == ["75%", "75%", "–"]
    assert rows.loc["2025-05", ["after_1", "after_3"]].tolist() == ["100%", "–"]
    assert rows.loc["2025-01", "k_3"] == 6


def test_the_cohorts_add_up_to_all_contracts(tmp_path):
    found = contract_cohorts(study(tmp_path, contracts=_contracts(300, months=36, seed=4))).rows
    assert found["contracts"].iloc[0] == found["contracts"].iloc[1:].sum()
    assert found["cohort"].iloc[1].startswith("earlier")


def test_churn_by_days_is_counted_by_hand(tmp_path):
    # The books end on 2025-12-31; 90 days before is 2 October.
    sales = _sales(
        ["a", "a", "b", "c", "d", "e"],
        ["2025-06-01", "2025-12-31", "2025-06-01", "2025-11-01", "2023-01-01", "2025-09-30"],
        [100, 100, 100, 100, 100, -100],
    )
    care = study(tmp_path, 'currency = "VND"\n[loyalty]\nchurn_days = 90', transactions=sales)
    rows = churned(care).rows.set_index("days")
    # Active before: a and b. b never came again; e has a refund alone, d was gone before.
    assert rows.loc[90, ["k", "n"]].tolist() == [1, 2] and rows.loc[90, "by_study"]
    assert rows.loc[45, ["k", "n"]].tolist() == [2, 3]


def test_both_kinds_of_churn_say_that_their_bases_differ(example):
    for question in (churned, contracts_lost):
        assert any("differ by their base" in note for note in question(example).notes)


def test_customers_with_a_contract_are_not_judged_by_their_purchases(tmp_path):
    sales = _sales(["a", "b", "c"], ["2025-06-01", "2025-06-01", "2025-12-31"])
    contract = pd.DataFrame(
        {"customer_id": ["b"], "started_at": ["2025-01-01"], "ended_at": [None]}
    )
    settings = 'currency = "VND"\n[loyalty]\nchurn_days = 90'
    care = study(tmp_path, settings, transactions=sales, contracts=contract)
    assert churned(care).rows.set_index("days").loc[90, ["k", "n"]].tolist() == [1, 1]


def test_books_of_three_months_do_not_tell_who_was_lost_in_180_days(tmp_path):
    sales = _sales(["a", "b"], ["2025-10-01", "2025-12-31"])
    found = churned(study(tmp_path, transactions=sales))
    assert "not known" in found.headline


def test_contracts_lost_in_a_year_are_counted_by_hand(tmp_path):
    table = pd.DataFrame(
        {
            "started_at": ["2024-01-01"] * 4 + ["2025-06-01"],
            "ended_at": ["2025-03-01", "2024-06-01", None, None, "2025-09-01"],
            "observed_until": "2025-12-31",
        }
    )
    first, rate = records(contracts_lost(study(tmp_path, contracts=table)).rows)
    assert (first["k"], first["n"]) == (1, 3)
    # 2 + 12 + 12 months of those that ran, and 3 of the new one; 2 ends.
    assert rate["value"] == pytest.approx(1000 * 2 / 29, rel=0.01)


# --- projection ----------------------------------------------------------------------------------


def test_counts_by_the_period_are_those_of_the_note():
    # Fader & Hardie 2014: 1,000 customers, of whom 631, 468, 382 and 326 were left.
    there = [1000, 631, 468, 382, 326]
    life = np.repeat([1.0, 2, 3, 4, 4], [369, 163, 86, 56, 326])
    lost, active = sbg.counts(life, np.repeat([True, False], [674, 326]))
    assert lost.tolist() == (-np.diff(there)).tolist() and active.tolist() == [0, 0, 0, 326]
    found = sbg.fit(lost, active)
    assert found.parameters == pytest.approx([0.7637, 1.2958], abs=5e-4)


def test_an_end_within_a_period_counts_in_it_and_a_young_contract_tells_nothing():
    lost, active = sbg.counts([0.2, 1.0, 1.4, 0.9, 2.7], [True, True, True, False, False])
    assert lost.tolist() == [2, 1] and active.tolist() == [0, 1]


def _lives(rng, n, alpha=0.764, beta=1.296, watched=7):
    life = rng.geometric(np.clip(rng.beta(alpha, beta, n), 1e-12, 1)).astype(float)
    return np.minimum(life, watched), life <= watched, life


def test_projected_survival_covers_the_truth():
    # statistics.md gives .933 for a bootstrap at n = 1,000, 7 periods, year 12.
    truth = float(sbg.survival(0.764, 1.296, [12])[0])
    inside = ahead = 0
    for seed in range(20):
        time, ended, life = _lives(np.random.default_rng(seed), 1000)
        found = sbg.fitted(*sbg.counts(time, ended))
        (held,) = sbg.interval(found, lambda a, b: sbg.survival(a, b, [12]))
        seen = sbg.still_held(found, time[~ended], 5)
        inside += held.low <= truth <= held.high
        ahead += seen.low <= (life[~ended] > 12).mean() <= seen.high
    assert inside >= 17 and ahead >= 17


def test_contracts_that_are_all_alike_get_an_interval_that_covers_their_one_chance():
    # Intervals from standard errors cover it in 85 of 100 such samples.
    inside = alike = 0
    for seed in range(20):
        life = np.random.default_rng(100 + seed).geometric(0.1, 300).astype(float)
        found = sbg.fitted(*sbg.counts(np.minimum(life, 9), life <= 9))
        alike += found.constant
        held = sbg.interval(found, lambda a, b: sbg.survival(a, b, [18]))[0]
        inside += not found.warning and held.low <= 0.9**18 <= held.high
    assert inside >= 17 and 5 <= alike < 20


def test_the_region_has_the_height_that_the_level_asks_for():
    lost, active = np.array([369, 163, 86, 56]), np.array([0, 0, 0, 326])
    found = sbg.fitted(lost, active)
    (one,) = sbg.interval(found, lambda a, b: np.array([a / (a + b)]))
    wide = sbg.fitted(lost, active, confidence_level=0.99)
    (other,) = sbg.interval(wide, lambda a, b: np.array([a / (a + b)]))
    # The share lost in the first period is nearly the mean chance of leaving: Wilson's limits.
    assert (one.low, one.high) == pytest.approx((0.342, 0.401), abs=0.01)
    assert other.low < one.low < one.value < one.high < other.high


@pytest.mark.parametrize("period", ["month", "year"])
def test_the_expected_lifetime_counts_the_period_that_runs(tmp_path, period):
    # One chance of .2 for all: of 24 periods a contract runs (1 - .8 ** 24) / .2 on average.
    life = np.random.default_rng(3).geometric(0.2, 6000)
    table = pd.DataFrame(
        {"duration": np.minimum(life, 30), "ended": np.where(life < 30, "yes", "no")}
    )
    ahead = 24 if period == "month" else 2
    settings = f'currency = "VND"\n[loyalty]\ncontract_period = "{period}"\nhorizon_months = 24'
    care = study(tmp_path, settings, contracts=table)
    rows = expected_lifetimes(care).rows
    assert rows["value"].iloc[0] == pytest.approx(np.minimum(life, ahead).mean(), rel=0.02)
    within = survival.mean_within(table["duration"], life < 30, ahead, unit="score")
    assert rows["value"].iloc[0] == pytest.approx(within.value, rel=0.02)


def test_one_absurd_length_costs_no_more_than_any_other():
    life = np.random.default_rng(5).geometric(0.1, 300).astype(float)
    life[0] = 20_000
    start = process_time()
    found = sbg.fitted(*sbg.counts(life, np.arange(300) > 0))
    assert process_time() - start < 5 and not found.warning


def test_a_model_that_misses_what_was_observed_is_said_to(tmp_path):
    # Nobody may leave for a year, then most do: no chances that differ between contracts do so.
    life = np.r_[np.full(300, 13.0), np.full(100, 24.0)]
    table = pd.DataFrame({"duration": life, "ended": ["yes"] * 300 + ["no"] * 100})
    assert "does not fit" in projection(study(tmp_path, contracts=table)).caption
    other = projection(study(tmp_path, contracts=_contracts(300)))
    assert "does not fit" not in other.caption


def test_little_known_parameters_give_wide_limits_and_no_nonsense():
    time, ended, _life = _lives(np.random.default_rng(9), 25, alpha=20, beta=160, watched=9)
    found = sbg.fitted(*sbg.counts(time, ended))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        held = sbg.interval(found, lambda a, b: sbg.survival(a, b, [20]))[0]
        seen = sbg.still_held(found, time[~ended], 5)
    for one in (held, seen):
        assert 0 <= one.low <= one.value <= one.high <= 1


def test_the_check_fits_on_nothing_that_came_after_the_cut(tmp_path):
    table = _contracts(150)
    one = projection_checked(study(tmp_path, contracts=table))
    cut = pd.Timestamp("2025-12-31") - pd.DateOffset(months=6)
    late = pd.to_datetime(table["ended_at"]) > cut
    table.loc[late, "ended_at"] = None  # another future, the same past
    other = projection_checked(study(tmp_path, contracts=table))
    assert one.rows["value"].tolist() == other.rows["value"].tolist()
    assert one.rows["happened"].iloc[-1] < 1.0 == other.rows["happened"].iloc[-1]


def test_a_model_of_the_world_that_made_the_data_is_borne_out(tmp_path):
    table = _contracts(600, chance=0.07, seed=11)
    found = projection_checked(study(tmp_path, contracts=table))
    assert found.rows["error"].abs().max() < 8 and "misses" not in found.headline


# --- early warning -------------------------------------------------------------------------------


def test_in_the_example_bad_contacts_go_before_the_end_and_purchases_do_not(example):
    # truth.json: a bad contact adds .05 to the chance of each of the 3 months after it.
    rows = {row["sign_code"]: row for row in records(early_warning(example).rows)}
    assert rows[BAD]["verdict"] == "goes before leaving" and rows[BAD]["low"] > 1
    assert rows[CONTACTS]["verdict"] == "not established"
    assert rows[FEWER]["verdict"] == "not established"


def _panel(care):
    panel = at_risk.contract_panel(care)
    assert not isinstance(panel, Skipped)
    return panel


def test_no_sign_knows_anything_of_its_month_or_of_a_later_one(tmp_path):
    rng = np.random.default_rng(6)
    contracts = _contracts(60, chance=0.05)
    who = rng.choice(contracts["customer_id"], 900)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 731, 900), unit="D")
    sales = _sales(who, day.date).sort_values("occurred_at")
    contacts = pd.DataFrame(
        {
            "contact_id": np.arange(900),
            "customer_id": who,
            "contacted_at": day.strftime("%Y-%m-%dT05:00:00Z"),
            "score": rng.integers(1, 6, 900),
        }
    )
    whole = _panel(study(tmp_path, transactions=sales, contracts=contracts, contacts=contacts))
    cut = pd.Timestamp("2025-07-01")
    # Another future: after the cut all customers buy and complain every day, save on the last.
    sales.loc[pd.to_datetime(sales["occurred_at"]) >= cut, "customer_id"] = "C0000"
    late = day >= cut
    contacts.loc[late, ["customer_id", "score"]] = ["C0000", 1]
    other = _panel(study(tmp_path, transactions=sales, contracts=contracts, contacts=contacts))
    month = 12 * 2025 + 6
    for name in whole.signs:
        past, same = (p.signs.loc[p.month <= month, name].to_numpy() for p in (whole, other))
        if name != "less":  # its unit is a mean over all of the books
            assert past == pytest.approx(same), name
    assert not np.allclose(
        whole.signs.loc[whole.month > month, IDLE], other.signs.loc[other.month > month, IDLE]
    )


def test_signs_are_counted_by_hand(tmp_path):
    contracts = pd.DataFrame(
        {
            "customer_id": ["a"],
            "started_at": ["2025-01-05"],
            "ended_at": ["2025-12-15"],
            "observed_until": ["2026-01-31"],
        }
    )
    days = ["2025-01-01", "2025-06-10", "2025-06-20", "2025-09-09", "2026-01-31"]
    sales = _sales(["x", "a", "a", "a", "x"], days)
    contacts = pd.DataFrame(
        {
            "contact_id": [1, 2, 3],
            "customer_id": ["a", "a", "x"],
            "contacted_at": ["2025-10-01T05:00Z", "2025-11-30T05:00Z", "2026-01-31T05:00Z"],
            "score": [5, 2, 4],
        }
    )
    contacts.loc[3] = [4, "x", "2025-01-02T05:00Z", 4]
    care = study(tmp_path, transactions=sales, contracts=contracts, contacts=contacts)
    panel = _panel(care)
    (row,) = np.flatnonzero(panel.month == 12 * 2025 + 11)  # December
    signs = panel.signs.iloc[row]
    assert panel.left[row] and panel.left.sum() == 1
    # September to November: one day of purchase; June to August: two.
    assert signs[FEWER] == 1 and signs[CONTACTS] == 1 and signs[BAD] == 1
    assert signs[IDLE] == pytest.approx(
        (pd.Timestamp("2025-12-01") - pd.Timestamp("2025-09-09")).days / 30
    )


def test_customers_drawn_and_months_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(at_risk, "SAMPLE", 50)
    monkeypatch.setattr("carebench.loyalty.retention.panel.SAMPLE", 50)
    rng = np.random.default_rng(8)
    who = np.array([f"C{i:04d}" for i in rng.integers(0, 200, 3000)])
    day = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 1800, 3000), unit="D")
    care = study(tmp_path, transactions=_sales(who, day.date))
    panel = at_risk.idle_panel(care)
    assert panel.drawn == 50 == len(np.unique(panel.customer))
    assert len(np.unique(panel.month)) <= 36


def test_no_silence_counts_twice(tmp_path):
    rng = np.random.default_rng(2)
    who = np.array([f"C{i:03d}" for i in rng.integers(0, 150, 1500)])
    day = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 1460, 1500), unit="D")
    panel = at_risk.idle_panel(study(tmp_path, transactions=_sales(who, day.date)))
    assert panel.every == 6  # 180 days; months are never so short that five hold them
    for customer in np.unique(panel.customer):
        months = np.sort(panel.month[panel.customer == customer])
        assert (np.diff(months) % 6 == 0).all() and (np.diff(months) >= 6).all()
    last_seen = pd.DataFrame({"customer": panel.customer, "left": panel.left})
    assert len(np.unique(panel.month % 6)) == 6 and 0 < last_seen["left"].sum()


def test_what_turns_when_others_are_held_alike_goes_before_nothing():
    odds = Estimate(0.8, 0.7, 0.9, 99, "", "ratio")
    assert _verdict(odds, replace(odds, value=1.2, high=1.3), 0.01, 0.05) == TURNS
    assert _verdict(odds, odds, 0.01, 0.05) == "goes before staying"
    assert _verdict(odds, odds, 0.2, 0.05) == "not established"


def test_the_check_says_which_months_taught_it(example):
    # 180 days before 2025-11 is the beginning of May: later months were not yet decided.
    note = stopping_checked(example).notes[0]
    assert "2025-01 to 2025-05: what became of them was known by 2025-11" in note
    assert "180 days without a purchase" in stopping(example).headline
    assert stopping(example).caption.startswith("Logit of")


def test_in_the_example_idle_customers_stop_buying_and_the_check_bears_it_out(example):
    rows = {row["sign_code"]: row for row in records(stopping(example).rows)}
    assert rows[IDLE]["low"] > 1.2
    top, every = (from_row(row) for row in records(stopping_checked(example).rows))
    assert top.low > every.value


def test_no_label_of_the_figure_of_signs_runs_into_the_next(example):
    rows = early_warning(example).rows
    rows["sign"] = rows["sign"].iloc[1] + ", as a longer language says it"
    with matplotlib.rc_context():
        seaborn.set_theme(style="whitegrid")  # as reports are drawn
        figure = Figure(figsize=(7, plot_estimates.height(rows)), layout="constrained")
        ax = plot_estimates(rows, ax=figure.subplots())
        figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert ax.get_yticklabels()[0].get_text().count("\n") == 3
    assert all(one.y0 >= other.y1 for one, other in itertools.pairwise(boxes))


# --- whatever the study holds --------------------------------------------------------------------


def _asked(care):
    """Every question answered and shown, as table and as figure."""
    for question in QUESTIONS:
        answer = question(care)
        if isinstance(answer, Skipped):
            assert answer.reason.endswith(".")
            continue
        assert isinstance(answer, Finding) and answer.headline
        if answer.labels:
            assert text_table(answer).plain() and len(answer.labels) <= 6
        if answer.name in DRAWN:
            assert answer.alt and answer.caption and _png(DRAWN[answer.name], answer)
        yield question.__name__, answer


ONE = pd.DataFrame(
    {"started_at": ["2025-01-01"], "ended_at": [None], "observed_until": ["2025-03-01"]}
)
HOSTILE = {
    "one contract": {"contracts": ONE},
    "one that ended at once": {"contracts": ONE.assign(ended_at="2025-01-01")},
    "all still run": {"contracts": _contracts(40).assign(ended_at=None)},
    "all ended in a month": {"contracts": pd.DataFrame({"duration": [1.0] * 40, "ended": "yes"})},
    "all ended but one": {
        "contracts": pd.DataFrame({"duration": [2.0] * 40, "ended": ["yes"] * 39 + ["no"]})
    },
    "lengths of nought": {"contracts": pd.DataFrame({"duration": [0.0] * 9, "ended": "no"})},
    "starts alone": {"contracts": _contracts(30)[["started_at"]]},
    "one segment to each": {"contracts": _contracts(30).assign(segment=list("abcdefghij" * 3))},
    "nine segments": {"contracts": _contracts(90).assign(segment=[f"s{i % 9}" for i in range(90)])},
    "no customers": {"contracts": _contracts(60).drop(columns="customer_id")},
    "sales alone": {"transactions": _sales(["a", "a"], ["2025-01-01", "2025-03-09"])},
    "refunds alone": {"transactions": _sales(["a", "b"], ["2025-01-01", "2025-02-01"], -5)},
    "contracts and sales of one day": {
        "contracts": _contracts(60),
        "transactions": _sales(["C0001"], ["2025-03-01"]),
    },
    "sales of three months": {
        "contracts": _contracts(60),
        "transactions": _sales(["C0001"] * 90, pd.date_range("2025-03-01", periods=90).date),
    },
    "nobody of the contracts bought": {
        "contracts": _contracts(200),
        "transactions": _sales(["Z"] * 730, pd.date_range("2024-01-01", periods=730).date),
    },
}  # fmt: skip


@pytest.mark.parametrize("tables", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_study_gets_an_answer_or_a_plain_refusal(tables, tmp_path):
    with study(tmp_path, **tables) as care:
        dict(_asked(care))


def test_nobody_left_is_said_and_never_called_loyal(tmp_path):
    care = study(tmp_path, contracts=_contracts(40).assign(ended_at=None))
    for question in (survival_curves, time_held, projection):
        assert question(care).reason.startswith("None of 40 contracts has ended")


def test_the_example_answers_every_question(example):
    asked = dict(_asked(example))
    assert len(asked) == len(QUESTIONS)
    assert not any("because" in a.headline or "caus" in a.headline for a in asked.values())
