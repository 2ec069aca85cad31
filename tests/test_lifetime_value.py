"""What customers are still to bring: against simulated futures, and on books that tell little."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import studies
from carebench import language
from carebench.estimate import from_row, records
from carebench.figures import plot_holdout, plot_rates, plot_value_map
from carebench.finding import FEW, Finding, Skipped
from carebench.loyalty import lifetime_value as lv
from carebench.loyalty.lifetime_value import checks, holdout, model, totals
from carebench.methods import bg_nbd, gamma_gamma, sbg
from carebench.methods import customer_value as cv
from carebench.methods.likelihood import AT_BOUNDARY, maximise
from carebench.reporting.deidentify import deidentified
from carebench.reporting.display import _png
from carebench.reporting.tables import text_table

BUYING = bg_nbd.BgNbd(r=0.8, alpha=50.0, a=1.0, b=4.0)
SPENDING = gamma_gamma.GammaGamma(p=5.0, q=3.5, gamma=1e6)
QUESTIONS = [getattr(lv, name) for name in lv.__all__ if not name.startswith("worth")]


def _world(n: int, days: float, later: float, seed: int, ahead: cv.Ahead | None = None):
    """Purchases of customers drawn from both models: who, when since its first, how much, T."""
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(BUYING.r, 1 / BUYING.alpha, n), rng.beta(BUYING.a, BUYING.b, n)
    scale = rng.gamma(SPENDING.q, 1 / SPENDING.gamma, n)
    t = rng.uniform(0.2 * days, days, n)
    who, now, rounds = np.arange(n), np.zeros(n), []
    while len(who):
        rounds.append((who, now, rng.gamma(SPENDING.p, 1 / scale[who])))
        stays = (rng.random(len(who)) >= leaves[who]) | (now == 0)  # nobody leaves at the first
        who, now = who[stays], now[stays]
        now = now + rng.exponential(1 / rate[who])
        who, now = who[now <= t[who] + later], now[now <= t[who] + later]
    return (*(np.concatenate(part) for part in zip(*rounds, strict=True)), t)


def _summed(n: int, days: float, ahead: cv.Ahead, seed: int):
    """What is known of drawn customers, and what each then bought and spent, discounted."""
    who, when, amount, t = _world(n, days, ahead.days, seed)
    again, after = (when > 0) & (when <= t[who]), when > t[who]
    t_x = np.zeros(n)
    np.maximum.at(t_x, who[again], when[again])
    past = cv.Histories(
        np.bincount(who[again], minlength=n), t_x, t, np.bincount(who[again], amount[again], n)
    )
    worth = amount[after] * ahead.discount((when - t[who])[after])
    return past, np.bincount(who[after], minlength=n), np.bincount(who[after], worth, n)


def _transactions(n: int = 700, days: int = 720, seed: int = 1, **more: object) -> pd.DataFrame:
    who, when, amount, t = _world(n, days, 0.0, seed)
    on = pd.Timestamp("2024-01-01") + pd.to_timedelta((days - t[who] + when).astype(int), unit="D")
    table = pd.DataFrame({
        "customer_id": [f"C{i:05d}" for i in who],
        "occurred_at": on.strftime("%Y-%m-%d"),
        "amount": np.maximum(amount.round(-3), 1000).astype(int),
    })  # fmt: skip
    return table.assign(**more)


def _new(**more: object) -> dict[str, pd.DataFrame]:
    """Books of which every customer is known to have come while they ran."""
    table = _transactions(**more)
    began = table.groupby("customer_id", as_index=False)["occurred_at"].min()
    return {
        "transactions": table,
        "customers": began.rename(columns={"occurred_at": "customer_since"}),
    }


def _with_older(n: int = 900, seed: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The last 1,200 of 2,160 days of sales, and since when each customer buys."""
    table = _transactions(n, 2160, seed)
    day = pd.to_datetime(table["occurred_at"])
    since = day.groupby(table["customer_id"]).min().rename("customer_since").reset_index()
    return table[day >= pd.Timestamp("2024-01-01") + pd.Timedelta(days=960)], since


@pytest.fixture(scope="module")
def care(tmp_path_factory):
    with studies.study(
        tmp_path_factory.mktemp("value"), "[loyalty]\nmargin = 0.25", **_new()
    ) as opened:
        yield opened


# --- the methods ---------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.5, 65.0, 3000.0])
def test_the_integral_without_a_discount_is_the_published_equation(alpha):
    rng = np.random.default_rng(2)
    x = np.r_[np.arange(60), rng.poisson(2, 800)].astype(float)
    t = rng.integers(1, 730, len(x)).astype(float)
    t_x = np.where(x > 0, np.floor(t * rng.random(len(x))), 0.0)
    one = bg_nbd.BgNbd(0.6, alpha, 0.7, 6.4)
    got = cv.purchases(one, cv.Histories(x, t_x, t), cv.Ahead(1096.0))
    assert got == pytest.approx(bg_nbd.expected_purchases(one, 1096.0, x, t_x, t), rel=2e-4)


def test_a_discount_is_that_of_the_months_in_which_purchases_are_expected():
    past = cv.Histories([0, 2, 9], [0.0, 200.0, 500.0], [300.0, 400.0, 510.0])
    months = 365.25 / 12 * np.arange(37)
    reached = np.array([
        bg_nbd.expected_purchases(BUYING, max(m, 1e-9), past.x, past.t_x, past.t) for m in months
    ])  # fmt: skip
    by_month = np.diff(reached, axis=0) * 1.1 ** -((np.arange(36) + 0.5) / 12)[:, None]
    got = cv.purchases(BUYING, past, cv.Ahead(months[-1], 0.1))
    assert got == pytest.approx(by_month.sum(axis=0), rel=1e-3)


def test_a_customer_of_a_thousand_purchases_is_no_harder_than_one_of_two():
    (got,) = bg_nbd.expected_purchases(BUYING, 365.0, [1000], [729.0], [730.0])
    assert 350 < got < 468  # a rate of 1,000.8 in 780 days, and one in 1,005 leaves at each


def test_customers_who_never_leave_buy_at_their_rate():
    past = cv.Histories([3.0], [90.0], [100.0])
    (got,) = cv.purchases(BUYING, past, cv.Ahead(50.0, leaving=0.0))
    alive = bg_nbd.alive(BUYING, past.x, past.t_x, past.t)[0]
    assert got == pytest.approx(alive * 50 * (BUYING.r + 3) / (BUYING.alpha + 100))


def test_less_leaving_longer_horizons_and_lower_discounts_are_worth_more():
    past = cv.Histories([0, 1, 7], [0.0, 30.0, 600.0], [400.0, 400.0, 610.0])
    now = cv.purchases(BUYING, past, cv.Ahead(700.0, 0.1))
    for better in (cv.Ahead(700.0, 0.1, 0.9), cv.Ahead(800.0, 0.1), cv.Ahead(700.0, 0.05)):
        assert (cv.purchases(BUYING, past, better) > now).all()


def test_rows_taken_together_are_worth_what_they_are_worth_apart():
    apart = cv.Histories([2, 2, 0], [50.0, 50.0, 0.0], [90.0, 90.0, 10.0], [3e5, 7e5, 0.0])
    together = cv.Histories([2, 0], [50.0, 0.0], [90.0, 10.0], [1e6, 0.0], [2, 1])
    one, other = (cv.value(BUYING, SPENDING, rows, cv.Ahead(365.0)) for rows in (apart, together))
    assert other == pytest.approx([one[0] + one[1], one[2]])


def test_the_future_strays_as_far_as_it_is_said_to():
    ahead = cv.Ahead(400.0, 0.1)
    past, times, money = _summed(6000, 700.0, ahead, seed=8)
    variance, of_times = cv.future_variance(BUYING, SPENDING, past, ahead, futures=60)
    off = money - cv.value(BUYING, SPENDING, past, ahead)
    assert abs(off.sum()) < 4 * np.sqrt(variance.sum())
    assert np.mean(off**2) == pytest.approx(variance.mean(), rel=0.35)
    off = times - cv.purchases(BUYING, past, cv.Ahead(400.0))
    assert np.mean(off**2) == pytest.approx(of_times.mean(), rel=0.15)


def test_a_prediction_covers_the_true_future_total():
    # Of 300 customers; many more runs stand in docs/coverage.md.
    ahead, inside, runs = cv.Ahead(730.0, 0.1), 0, 20
    for seed in range(runs):
        past, _times, money = _summed(300, 700.0, ahead, seed=500 + seed)
        buying = bg_nbd.fit(past.x, past.t_x, past.t)
        again = past.x > 0
        spend = gamma_gamma.fit(past.x[again], (past.spent / np.maximum(past.x, 1))[again])
        if buying.warning or spend.warning:
            runs -= 1
            continue
        models = bg_nbd.BgNbd(*buying.parameters), gamma_gamma.GammaGamma(*spend.parameters)
        nobody_apart = np.zeros(len(past.x), dtype=np.int64)
        draws = cv.drawn_totals(buying, spend, past, ahead, nobody_apart, draws=30)
        variance, _t = cv.future_variance(*models, past, ahead, futures=20)
        total = cv.value(*models, past, ahead).sum()
        found = cv.interval(total, draws.value[:, 0], 300, variance=variance.sum(), unit="USD")
        inside += found.low <= money.sum() <= found.high
    assert runs >= 15
    assert inside >= binom.ppf(0.005, runs, 0.93)


def test_what_is_expected_of_customers_is_covered_as_often_as_it_says():
    # Of 300 customers; more runs stand in docs/coverage.md. The truth is what the parameters
    # that they were drawn from say of the same customers.
    ahead, inside, runs = cv.Ahead(730.0, 0.1), np.zeros(2), 30
    for seed in range(runs):
        past, _times, _money = _summed(300, 700.0, ahead, seed=900 + seed)
        buying, again = bg_nbd.fit(past.x, past.t_x, past.t), past.x > 0
        spend = gamma_gamma.fit(past.x[again], past.spent[again] / past.x[again])
        if buying.warning or spend.warning:
            runs -= 1
            continue
        draws = cv.drawn_totals(buying, spend, past, ahead, again.astype(np.int64), draws=40)
        one = cv.expect(bg_nbd.BgNbd(*buying.parameters), past, ahead)
        true, n = cv.expect(BUYING, past, ahead), int(again.sum())
        chance = cv.chance_interval(one.alive[again].mean(), draws.alive[:, 1] / n, n)
        times = cv.interval(one.purchases.sum(), draws.purchases.sum(axis=1), 300, unit="ratio")
        inside += (
            chance.low <= true.alive[again].mean() <= chance.high,
            times.low <= true.purchases.sum() <= times.high,
        )
    assert runs >= 24
    assert (inside >= binom.ppf(0.005, runs, 0.93)).all()


def test_a_chance_stays_between_0_and_1_and_a_certain_one_has_no_interval():
    near = cv.chance_interval(0.998, np.array([0.9, 0.99, 0.9999, 1.0]), 9)
    assert 0 < near.low < near.value < near.high < 1
    sure = cv.chance_interval(1.0, np.ones(5), 9)
    assert sure.value == 1.0 and not sure.has_interval


def test_purchases_ahead_are_not_discounted_and_those_of_the_value_are():
    past = cv.Histories([0, 4], [0.0, 200.0], [300.0, 210.0])
    now, later = (cv.expect(BUYING, past, cv.Ahead(900.0, rate)) for rate in (0.0, 0.3))
    assert later.purchases == pytest.approx(now.purchases)
    assert now.discounted == pytest.approx(now.purchases)
    assert (later.discounted < 0.9 * now.purchases).all()


def test_draws_without_a_mean_give_no_interval():
    found = cv.interval(5.0, np.array([4.0, np.inf]), 9, unit="USD")
    assert found.value == 5.0 and not found.has_interval and found.warnings == (cv.NO_MEAN,)
    assert cv.interval(np.inf, np.array([1.0]), 9, unit="USD").reason == cv.NO_MEAN


def test_a_likelihood_that_is_a_saddle_has_no_covariance():
    def saddle(logs):
        return float(logs[0] * logs[1]), np.array([logs[1], logs[0]])

    assert maximise(saddle, np.array([1.0, 1.0]), 10).warning == AT_BOUNDARY


# --- the questions -------------------------------------------------------------------------


def test_the_total_is_the_mean_times_the_customers_and_the_bands_add_up(care):
    rows = records(lv.lifetime_values(care).rows)
    bands, whole = rows[:-1], rows[-1]
    assert whole["total"] == pytest.approx(whole["value"] * whole["n"])
    assert sum(row["total"] for row in bands) == pytest.approx(whole["total"])
    assert sum(row["n"] for row in bands) == whole["n"] == 700
    assert whole["total_low"] < whole["low"] * whole["n"]  # a prediction is wider than a mean
    mean = lv.worth_of_customer(care)
    assert (mean.value, mean.low, mean.unit) == (whole["value"], whole["low"], "VND")


def test_who_still_buys_and_how_often_adds_up_and_holds_the_truth(care):
    answer = lv.still_buying(care)
    rows = {row["group"]: row for row in records(answer.rows)}
    again, once, whole = list(rows.values())[-3:]
    tiers = [row for name, row in rows.items() if row not in (again, once, whole)]
    assert len(tiers) >= 3 and sum(row["n"] for row in tiers) == again["n"]
    assert again["n"] + once["n"] == whole["n"] == 700
    assert again["together"] + once["together"] == pytest.approx(whole["together"])
    assert (once["alive"], once["still"]) == (1.0, "100%") and np.isnan(once["alive_low"])
    of = totals.past(model.histories(care))
    true, rest = cv.expect(BUYING, of, model.ahead(care)), of.x > 0
    alive = np.average(true.alive[rest], weights=of.customers[rest])
    days = np.average(true.purchases, weights=of.customers)
    assert again["alive_low"] < alive < again["alive_high"]
    assert whole["low"] < days < whole["high"]
    by_band = records(lv.lifetime_values(care).rows)
    assert by_band[-1]["alive"] == pytest.approx(whole["alive"])
    assert by_band[-1]["purchases_high"] == pytest.approx(whole["high"])
    assert by_band[0]["alive"] >= totals.LIKELY > by_band[1]["alive_low"]
    assert any("not in them" in note for note in answer.notes)


def test_the_mean_is_that_of_the_truth_within_its_interval(care):
    rows = model.histories(care)
    ahead, share = model.ahead(care), 0.25
    truth = cv.value(BUYING, SPENDING, totals.past(rows), ahead).sum() * share / 700
    mean = lv.worth_of_customer(care)
    assert mean.low < truth < mean.high


def test_older_customers_are_valued_by_models_of_the_new(tmp_path):
    table, since = _with_older()
    with studies.study(tmp_path, transactions=table, customers=since) as found:
        kept, first = model.fitted(found), table["occurred_at"].min()
        new = since.loc[since["customer_since"] >= first, "customer_id"]
        assert kept.to["customers"] == len(new) < kept.bought == table["customer_id"].nunique()
        rows = found.large.frame("SELECT * FROM lifetimes")
        of_new = rows[rows["customer_id"].isin(new)]
        by_hand = bg_nbd.fit(of_new["frequency"], of_new["recency"], of_new["t"])
        assert kept.buying.parameters == pytest.approx(by_hand.parameters, rel=1e-3)
        assert lv.worth_of_customer(found).n == kept.bought
        assert any(
            f"{len(new)} customers who are new" in n for n in lv.lifetime_values(found).notes
        )
        assert model.OLDER_TOO not in checks.warnings(found)


def test_where_no_day_is_known_the_new_are_those_first_seen_after_a_run_in(tmp_path):
    table, _since = _with_older()
    with studies.study(tmp_path, transactions=table) as found:
        first = pd.to_datetime(table.groupby("customer_id")["occurred_at"].min())
        books = pd.to_datetime(table["occurred_at"])
        late = (first - books.min()).dt.days >= model.RUN_IN * model.DAYS_A_MONTH - 1
        assert model.run_in_months(found) == 12
        assert model.fitted(found).to["customers"] == pytest.approx(late.sum(), abs=2)


def test_too_few_new_customers_leave_models_of_all_and_a_warning(tmp_path):
    table, since = _with_older(300)
    old = since.assign(customer_since="2010-01-01")
    with studies.study(tmp_path, transactions=table, customers=old) as found:
        assert model.fitted(found).to["customers"] == model.fitted(found).bought
        assert model.OLDER_TOO in lv.worth_of_customer(found).warnings


def test_what_new_customers_bring_is_foretold_by_models_of_the_new_and_not_of_all():
    ahead, start, days, n, of_new, of_all = cv.Ahead(700.0, 0.1), 1000.0, 2100.0, 1200, [], []
    for seed in range(6):
        who, when, amount, t = _world(n, days, ahead.days, 40 + seed)
        day = days - t[who] + when
        inside, later = (day >= start) & (day <= days), day > days
        first = np.full(n, np.inf)
        np.minimum.at(first, who[inside], day[inside])
        seen, again = np.isfinite(first), inside & (day > first[who])
        last = np.where(seen, first, 0.0)
        np.maximum.at(last, who[again], day[again])
        past = cv.Histories(
            np.bincount(who[again], minlength=n)[seen], (last - first)[seen],
            days - first[seen], np.bincount(who[again], amount[again], n)[seen],
        )  # fmt: skip
        worth = amount[later] * ahead.discount(day[later] - days)
        new = (days - t >= start)[seen]
        truth = np.bincount(who[later], worth, n)[seen][new].sum()
        for foretold, rows in ((of_new, past.part(np.flatnonzero(new))), (of_all, past)):
            paid = rows.x > 0
            buying = bg_nbd.fit(rows.x, rows.t_x, rows.t)
            spend = gamma_gamma.fit(rows.x[paid], rows.spent[paid] / rows.x[paid])
            one = bg_nbd.BgNbd(*buying.parameters), gamma_gamma.GammaGamma(*spend.parameters)
            foretold.append(cv.value(*one, past, ahead)[new].sum() / truth)
    assert np.median(of_new) == pytest.approx(1, abs=0.05) and np.median(of_all) > 1.05


def test_one_date_far_from_the_others_is_warned_of_wherever_a_value_stands(tmp_path):
    table = _transactions(300)
    typed = table.iloc[[0]].assign(occurred_at="2062-06-01")
    with studies.study(tmp_path, transactions=pd.concat([table, typed])) as found:
        assert checks.GAP in lv.worth_of_customer(found).warnings
        assert "a date may be wrong" in lv.customer_worth(found).headline


def test_what_the_horizon_the_discount_and_the_margin_do(tmp_path):
    table, worth = _transactions(250), {}
    for name, settings in {
        "plain": "horizon_months = 24\ndiscount_rate = 0.0",
        "margin": "horizon_months = 24\ndiscount_rate = 0.0\nmargin = 0.3",
        "later": "horizon_months = 24\ndiscount_rate = 0.2",
        "longer": "horizon_months = 36\ndiscount_rate = 0.0",
    }.items():
        (tmp_path / name).mkdir()
        with studies.study(tmp_path / name, "[loyalty]\n" + settings, transactions=table) as found:
            worth[name] = lv.worth_of_customer(found).value
    assert worth["margin"] == pytest.approx(0.3 * worth["plain"])
    assert worth["later"] < worth["plain"] < worth["longer"]


def test_refunds_on_other_days_take_their_share_off_every_value(tmp_path):
    table = _transactions(500)
    day = (pd.to_datetime(table["occurred_at"]).max() + pd.Timedelta(days=0)).strftime("%Y-%m-%d")
    back = pd.DataFrame({
        "customer_id": [*table["customer_id"].iloc[:3], "only refunds"],
        "occurred_at": [*["2026-01-15"] * 3, day],
        "amount": -1_000_000,
    })  # fmt: skip
    with studies.study(tmp_path, transactions=pd.concat([table, back])) as found:
        kept = model.fitted(found)
        purchases = table["amount"].sum()
        assert kept.people["refunded"] == 1
        assert kept.net == pytest.approx(1 - 4e6 / purchases, abs=2e-3)
        rows, ahead = model.histories(found), model.ahead(found)
        gross = cv.value(kept.model, kept.spending, totals.past(rows), ahead).sum()
        total = lv.lifetime_values(found).rows["total"].iloc[-1]
        assert total == pytest.approx(gross * kept.net) and total < gross
        assert any("1 customers of refunds alone" in n for n in lv.lifetime_values(found).notes)


def test_a_tenth_less_leaving_is_worth_more_and_said_to_be_the_model_s_alone(care):
    found = lv.retention_worth(care)
    rows = records(found.rows)
    assert all(row["low"] > 0 for row in rows if row["value"] == row["value"])
    assert sum(row["value"] for row in rows[:-1]) == pytest.approx(rows[-1]["value"])
    assert "not a measurement" in found.notes[0]


def test_the_holdout_counts_what_was_bought_after_two_thirds_of_the_books(care):
    split = pd.Timestamp(holdout.split_day(care))
    table = care.large.frame("SELECT DISTINCT customer_id, occurred_at AS day FROM transactions")
    day = pd.to_datetime(table["day"])
    known = set(table.loc[day <= split, "customer_id"])
    made = int(((day > split) & table["customer_id"].isin(known)).sum())
    classes, weeks = lv.lifetime_holdout_by_frequency(care).rows, lv.lifetime_holdout(care).rows
    assert classes["made"].sum() == weeks["made"].iloc[-1] == made
    assert classes["customers"].sum() == len(known)
    assert classes["foretold"].sum() == pytest.approx(weeks["foretold"].iloc[-1])
    error = holdout.errors(care)["purchases"]
    assert error.low < 0 < error.high  # the model made these books
    assert not holdout.beyond(care)


def test_the_class_whose_money_is_missed_is_named_and_warned_of(tmp_path):
    table = _transactions(700)
    day, name = pd.to_datetime(table["occurred_at"]), table["customer_id"]
    split = day.min() + pd.Timedelta(days=int((day.max() - day.min()).days * 2 / 3))
    once = name.map((day <= split).groupby(name).sum()).eq(1) & (day > split)
    less = table.assign(amount=np.where(once, table["amount"] / 3, table["amount"]).astype(int))
    with studies.study(tmp_path, transactions=less) as found:
        classes = lv.lifetime_holdout_by_frequency(found)
        first = records(classes.rows)[0]
        error = first["foretold_money"] / first["earned"] - 1
        assert error > holdout.OFF
        assert first["difference_of_money"] == holdout.words_of(error)
        assert any("before are: 1" in note for note in classes.notes)
        if not holdout.beyond(found):
            rows = records(lv.lifetime_values(found).rows)
            assert [checks.ONCE_OFF in row["warnings"] for row in rows] == [
                row["group"] == totals.ONCE for row in rows
            ]


def test_lives_cut_off_decide_a_claim_only_where_they_are_above_it():
    from carebench.estimate import Estimate
    from carebench.loyalty.lifetime_value.worth import NOT_REACHED, REACHED, reached

    found = Estimate(4.8, 3.9, 5.8, 1075, "", "ratio")
    assert [reached(found, times) for times in (3, 4.5, 10)] == [REACHED, NOT_REACHED, NOT_REACHED]


def test_a_model_that_missed_by_more_than_the_bound_warns_wherever_its_values_appear(tmp_path):
    table = _transactions(600)
    day = pd.to_datetime(table["occurred_at"])
    rng = np.random.default_rng(3)
    late = day > day.min() + 0.667 * (day.max() - day.min())
    slump = table[~late | (rng.random(len(table)) < 0.35)]
    with studies.study(tmp_path, transactions=slump) as found:
        assert holdout.beyond(found)
        assert "over-predicts by" in lv.lifetime_holdout(found).headline
        assert checks.TRIED_BADLY in lv.worth_of_customer(found).warnings
        for question in (lv.lifetime_values, lv.value_by_tier, lv.value_map, lv.retention_worth):
            assert "off by more than 20%" in question(found).headline
        assert checks.FAILS in set(lv.value_checks(found).rows["result"])


def test_spending_that_rises_with_frequency_is_found(tmp_path):
    table = _transactions(600)
    often = table["customer_id"].map(table["customer_id"].value_counts())
    with studies.study(
        tmp_path, transactions=table.assign(amount=table["amount"] * often)
    ) as found:
        together = checks.correlation(found)
        assert together.value > 0.1 and together.low > 0
        told = records(lv.value_checks(found).rows)[2]
        assert told["found"] == str(together) and "n = " in told["found"]
        assert checks.NOT_INDEPENDENT in lv.worth_of_customer(found).warnings


def test_whether_spending_goes_with_frequency_is_left_open_where_few_bought_again(tmp_path):
    table = _transactions(120)
    with studies.study(tmp_path, transactions=table) as found:
        together = checks.correlation(found)
        assert together.low < -checks.LARGEST < checks.LARGEST < together.high
        assert records(lv.value_checks(found).rows)[2]["result"] == checks.UNKNOWN
        assert checks.NOT_INDEPENDENT not in lv.worth_of_customer(found).warnings


def test_later_purchases_over_the_first_are_over_everybody_watched_for_a_year(tmp_path):
    rows = [("a", "2024-01-01", 10), ("a", "2025-12-31", 50), ("b", "2024-02-01", 20),
            ("c", "2024-03-01", 30), ("c", "2024-04-01", 60), ("c", "2024-04-02", -10),
            ("late", "2025-06-01", 500), ("late", "2025-07-01", 900),
            *[(f"x{i}", "2024-05-01", 10) for i in range(4)]]  # fmt: skip
    table = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])
    with studies.study(tmp_path, transactions=table) as found:
        ratio = lv.worth_against_first(found)
        assert (ratio.value, ratio.n) == (pytest.approx(100 / 100), 7)
        assert ratio.low < 1 < ratio.high and ratio.method == "Fieller"


def test_who_was_a_customer_before_the_books_has_no_first_purchase_in_them(tmp_path):
    table = pd.DataFrame({
        "customer_id": [*"abcdefgh", "a", "end"],
        "occurred_at": ["2024-01-01"] * 8 + ["2024-06-01", "2026-01-01"],
        "amount": 100,
    })  # fmt: skip
    people = pd.DataFrame({"customer_id": ["a", "b"], "customer_since": ["2019-01-01", None]})
    with studies.study(tmp_path, transactions=table, customers=people) as found:
        assert lv.worth_against_first(found).n == 7
        assert lv.worth_against_first(found).value == 0


@pytest.mark.parametrize("amount", [100, 9_000])
def test_purchases_that_one_customer_made_nearly_alone_are_withheld(tmp_path, amount):
    days = ["2024-01-01"] * 8 + ["2024-06-01"] * 8 + ["2026-01-01"]
    table = pd.DataFrame({"customer_id": [*"abcdefgh" * 2, "end"], "occurred_at": days})
    table["amount"] = [100] * 8 + [amount] + [100] * 8
    with studies.study(tmp_path, transactions=table) as found:
        safe = deidentified(lv.first_purchase(found))
    told = safe.rows.iloc[0]
    assert told[["value", "later_purchases"]].isna().all() == (amount > 100)
    assert ("9" in str(told["how"] or "")) <= (amount == 100)


def test_a_contract_is_worth_its_charge_times_the_renewals_to_come(tmp_path):
    rng = np.random.default_rng(4)
    ends = rng.geometric(rng.beta(0.9, 14.0, 4000))
    watched = rng.integers(1, 30, 4000)
    table = pd.DataFrame({
        "duration": np.minimum(ends, watched).astype(float),
        "ended": np.where(ends <= watched, "yes", "no"),
        "charge": 100,
    })  # fmt: skip
    settings = "[loyalty]\nhorizon_months = 12\ndiscount_rate = 0.1\nmargin = 0.5"
    with studies.study(tmp_path, settings, contracts=table) as found:
        worth = lv.worth_of_contract(found)
    running, months = watched[ends > watched], np.arange(1, 13)
    still = sbg.survival(0.9, 14.0, running[:, None] + months)
    held = still / sbg.survival(0.9, 14.0, running[:, None])
    expected = 50 * (held * 1.1 ** (-months / 12)).sum(axis=1).mean()
    assert worth.n == len(running)
    assert worth.low < expected < worth.high and worth.high - worth.low < 0.1 * expected


# --- books that tell little ----------------------------------------------------------------


def _books(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "amount"])


LITTLE = {
    "one purchase": _books([("a", "2026-01-01", 5)]),
    "refunds alone": _books([("a", "2026-01-01", -5), ("b", "2026-01-03", -5)]),
    "one day": _books([(f"c{i}", "2026-01-01", 5 + i) for i in range(200)]),
    "nobody bought again": _books([(f"c{i}", f"2026-0{1 + i % 9}-01", 5) for i in range(200)]),
    "everybody on the same two days": _books(
        [(f"c{i}", day, 100) for i in range(90) for day in ("2025-01-01", "2026-01-01")]
    ),
    "free goods": _transactions(300).assign(amount=0),
    "three months": _transactions(400, days=90),
    "the same amount always": _transactions(300).assign(amount=5000),
}


@pytest.mark.parametrize("books", LITTLE.values(), ids=LITTLE)
def test_books_that_tell_little_get_an_answer_or_a_plain_refusal(books, tmp_path):
    with studies.study(tmp_path, transactions=books) as found:
        for question in QUESTIONS:
            answer = question(found)
            assert isinstance(answer, Finding | Skipped)
            if isinstance(answer, Finding):
                assert text_table(answer).columns and "nan" not in answer.headline
        worth = lv.worth_of_customer(found)
        assert worth.reason or worth.low <= worth.value <= worth.high


def test_too_few_who_bought_again_are_refused_by_name(tmp_path):
    with studies.study(tmp_path, transactions=LITTLE["nobody bought again"]) as found:
        assert model.TOO_FEW in lv.lifetime_values(found).reason
        assert lv.worth_of_customer(found).reason == model.TOO_FEW


def test_a_study_without_sales_or_contracts_says_so(tmp_path):
    table = pd.DataFrame({"respondent": ["a"], "csat": [4]})
    with studies.study(tmp_path, survey=table) as found:
        assert lv.worth_of_customer(found).reason == model.NO_SALES
        assert lv.worth_against_first(found).reason == model.NO_SALES
        assert "contracts" in lv.worth_of_contract(found).reason
        assert all(isinstance(question(found), Skipped) for question in QUESTIONS)


@pytest.mark.parametrize(
    "table",
    [
        {"duration": [3.0] * 40, "ended": ["no"] * 40, "charge": [5] * 40},
        {"duration": [3.0] * 40, "ended": ["yes"] * 40, "charge": [5] * 40},
        {"duration": [3.0] * 40, "ended": ["yes"] * 20 + ["no"] * 20},
    ],
    ids=["everyone censored", "everyone lost", "no charge"],
)
def test_contracts_that_cannot_be_valued_say_why(table, tmp_path):
    with studies.study(tmp_path, contracts=pd.DataFrame(table)) as found:
        assert lv.worth_of_contract(found).reason


def test_histories_in_weeks_give_nearly_the_same_values(care, tmp_path, monkeypatch):
    monkeypatch.setattr(model, "MOST", 100)
    with studies.study(tmp_path, "[loyalty]\nmargin = 0.25", **_new()) as found:
        assert model.in_weeks(found) and model.WEEKS in lv.lifetime_values(found).notes
        exact, rounded = lv.worth_of_customer(care), lv.worth_of_customer(found)
        assert rounded.value == pytest.approx(exact.value, rel=0.05)


def test_sums_in_bins_and_lots_stand_for_more_rows_than_memory_holds(care, tmp_path, monkeypatch):
    from carebench.loyalty.lifetime_value import worth

    monkeypatch.setattr(model, "MAX_ROWS", 100)
    monkeypatch.setattr(worth, "MAX_ROWS", 100)
    with studies.study(tmp_path, "[loyalty]\nmargin = 0.25", **_new()) as found:
        assert lv.worth_of_customer(found).value == pytest.approx(
            lv.worth_of_customer(care).value, rel=0.01
        )
        one, other = lv.worth_against_first(care), lv.worth_against_first(found)
        assert other.value == pytest.approx(one.value) and other.n == one.n
        assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.2)


@pytest.mark.parametrize("code", ["en", "vi"])
@pytest.mark.parametrize("for_phone", [False, True])
def test_the_figures_are_drawn(care, code, for_phone):
    language.use(code)
    for draw, question in (
        (plot_holdout, lv.lifetime_holdout),
        (plot_value_map, lv.value_map),
        (plot_rates, lv.value_by_tier),
    ):
        assert _png(draw, question(care), for_phone=for_phone).startswith(b"\x89PNG")


def test_no_value_of_a_tier_or_of_a_field_of_the_map_stands_without_its_interval(care):
    rows = lv.value_by_tier(care).rows
    assert rows["each"].str.contains(" to ").all() and rows["total"].str.contains(" to ").all()
    shown = lv.value_map(care)
    assert re.search(r"what is to come, \d+% \(\d+% to \d+%\), lies with", shown.headline)
    assert "by the model" in shown.headline


@pytest.mark.parametrize("question", [lv.still_buying, lv.lifetime_values, lv.customer_worth])
def test_tables_of_the_models_say_how_often_their_intervals_held_the_truth(care, question):
    assert any("days of purchase in 90% to 95%" in note for note in question(care).notes)


def test_every_table_fits_a_phone(care):
    for question in QUESTIONS:
        answer = question(care)
        assert isinstance(answer, Finding), answer
        assert len(text_table(answer).columns) <= 6, answer.name


def test_a_group_of_fewer_than_five_has_no_value_of_its_own(care):
    rows = totals.group_totals(care).head(1).assign(customers=4.0)
    assert totals.estimate(care, rows, per_customer=True).reason == FEW
    assert totals.still_alive(care, rows).reason == FEW
    assert totals.purchases_ahead(care, rows).reason == FEW


def test_parameters_come_with_intervals_that_hold_the_truth(care):
    rows = records(lv.lifetime_model(care).rows)
    truth = (BUYING.r, BUYING.alpha, BUYING.a, BUYING.b, SPENDING.p, SPENDING.q, SPENDING.gamma)
    inside = sum(
        from_row(row).low <= value <= from_row(row).high
        for row, value in zip(rows, truth, strict=True)
    )
    assert inside >= 6
