"""The example study: made again byte for byte, designed as promised, true to its truth."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from carebench import DataError, load_study, open_study, simulate
from carebench.schema import OUTCOMES, SIX_POINTS, TABLES
from carebench.simulate import world
from conftest import EXAMPLE

FOLDER = EXAMPLE.parent
ZONE = "Asia/Ho_Chi_Minh"
TIMES = ["sent_at", "acknowledged_at", "answered_at", "resolved_at", "observed_until"]
GAPS = tuple(
    gap
    for flaws in (
        simulate.FLAWS,
        simulate.FLAWS_OF_VOICES,
        simulate.FLAWS_OF_STAFF,
        simulate.FLAWS_OF_CARE,
    )
    for gap in flaws.gaps
)
EACH_WAVE = pytest.mark.parametrize("wave", ["2026-Q1", "2026-Q3"])


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """The tables before they were spoilt."""
    return simulate.clean_tables()


@pytest.fixture(scope="module")
def committed() -> dict[str, pd.DataFrame]:
    """The tables as they stand in the repository."""
    return {
        name: pd.read_csv(FOLDER / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in TABLES
    }


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((FOLDER / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def attempts(tables) -> pd.DataFrame:
    table = tables["attempts"].copy()
    table["local"] = table["sent_at"].dt.tz_convert(ZONE)
    table["answered"] = table["outcome"] == "answered"
    table["minute"] = table["local"].dt.day_of_week * 1440 + (
        table["local"].dt.hour * 60 + table["local"].dt.minute
    )
    return table


@pytest.fixture(scope="module")
def valid(attempts) -> pd.DataFrame:
    """Attempts that did leave our own line or mail server."""
    return attempts[attempts["fault"] != "ours"]


@pytest.fixture
def drawn_already(tables, monkeypatch):
    """The simulation goes on from the tables that these tests share."""

    def copied(_seed: int) -> dict[str, pd.DataFrame]:
        return {name: table.copy() for name, table in tables.items()}

    monkeypatch.setattr(simulate, "clean_tables", copied)


def test_the_example_is_made_again_byte_for_byte(drawn_already, tmp_path):
    simulate.simulate(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.name != "README.md"}
    assert set(made) == set(kept)
    assert [name for name in made if made[name] != kept[name]] == []


def test_another_seed_gives_other_data(tables):
    other = simulate.clean_tables(seed=1)
    drawn = set(tables) - {"providers", "care_activities"}
    assert all(not other[name].equals(tables[name]) for name in drawn)


def test_one_table_does_not_hang_on_the_random_numbers_of_another(tables):
    alone = simulate.survey(simulate._streams(simulate.SEED)["survey"])
    pd.testing.assert_frame_equal(alone, tables["survey"].head(len(alone))[list(alone)])


def test_a_folder_that_cannot_be_written_is_one_clear_error(drawn_already, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DataError, match="cannot be written"):
        simulate.simulate(tmp_path / "taken")


def test_the_example_is_small_plain_utf_8_text():
    files = list(FOLDER.iterdir())
    assert sum(path.stat().st_size for path in files) < 5_000_000
    for path in files:
        text = path.read_bytes().decode("utf-8")
        assert "\r" not in text and not text.startswith("\ufeff")


def test_the_study_file_is_accepted_and_names_every_table():
    study = load_study(EXAMPLE)
    assert set(study.tables) == set(TABLES)
    assert all(study.source(table.path).exists() for table in study.tables.values())
    assert study.simulated and study.wave == "2026-Q3" and study.zone == ZONE


def test_tables_have_only_declared_columns(committed):
    for name, table in committed.items():
        assert set(table.columns) <= set(TABLES[name].names), name
        assert set(TABLES[name].required) <= set(table.columns), name


def test_nothing_looks_like_personal_data():
    for path in FOLDER.glob("*.csv"):
        text = path.read_text("utf-8")
        assert "@" not in text, path.name
        assert not re.search(r"(?<!\d)(\+84|0\d{9})(?!\d)", text), path.name


# The design


@EACH_WAVE
def test_thirteen_providers_of_which_eleven_have_a_website(tables, attempts, wave):
    present = tables["providers"].query("wave == @wave")
    assert len(present) == 13 and (present["website"] == "yes").sum() == 11
    without = present.loc[present["website"] == "no", "provider"]
    asked = attempts.query("wave == @wave and channel == 'website'")
    nowhere = asked[asked["outcome"] == "invalid_contact"]
    assert set(nowhere["provider"]) == set(without)
    assert not asked[asked["provider"].isin(without)]["answered"].any()


@EACH_WAVE
@pytest.mark.parametrize(("channel", "n", "per_day"), [("email", 24, 1), ("phone", 84, 2)])
def test_one_probe_in_each_slice_of_the_week_and_never_too_many_a_day(
    attempts, wave, channel, n, per_day
):
    probes = attempts.query("wave == @wave and channel == @channel")
    days = (probes["local"].dt.date.max() - probes["local"].dt.date.min()).days + 1
    assert days <= 42
    for provider, own in probes.groupby("provider"):
        slices = own["minute"] // (7 * 1440 // n)
        assert sorted(slices) == list(range(n)), provider
        assert own.groupby(own["local"].dt.date).size().max() <= per_day, provider


def test_a_probe_is_made_at_any_minute_of_its_slice():
    rng = np.random.default_rng(1)
    minutes = np.concatenate([simulate.schedule(rng, 84, per_day=2) for _ in range(200)])
    place = minutes % 120
    assert place.min() == 0 and place.max() == 119
    assert place.mean() == pytest.approx(59.5, abs=4 * np.sqrt((120**2 - 1) / 12 / len(place)))


def test_visits_and_chats_are_made_in_daytime(attempts):
    personal = attempts[attempts["channel"].isin(["visit", "chat"])]
    assert personal["local"].dt.hour.between(9, 16).all()
    assert set(attempts.loc[attempts["form"] == "direct", "channel"]) == {"visit"}


def test_who_asks_what_as_whom_is_dealt_evenly(attempts):
    for column in ("persona", "shopper", "scenario"):
        dealt = attempts.groupby(["wave", "provider", "channel", "platform", column]).size()
        spread = dealt.groupby(level=[0, 1, 2, 3]).agg(lambda counts: counts.max() - counts.min())
        assert spread.max() <= 1, column
    assert attempts["shopper"].nunique() == 6 and attempts["persona"].nunique() == 3
    assert (attempts.groupby("stage")["scenario"].nunique() >= 3).all()
    assert set(attempts["platform"]) == {"", "Facebook", "Zalo"}


# The world


@EACH_WAVE
def test_about_half_of_the_emails_are_answered_and_most_calls_are_not(valid, wave):
    rates = valid.query("wave == @wave").groupby("channel")["answered"].mean()
    assert rates["email"] == pytest.approx(0.47, abs=0.06)
    assert 1 - rates["phone"] == pytest.approx(0.62, abs=0.04)


@EACH_WAVE
def test_nobody_is_truly_open_around_the_clock_though_four_say_so(tables, valid, truth, wave):
    claims = tables["providers"].query("wave == @wave and claimed_hours == '24/7'")["provider"]
    assert sorted(claims) == sorted(truth["claims_24_7"]) and len(claims) == 4
    calls = valid.query("wave == @wave and channel == 'phone'")
    for firm in truth["providers"][wave]:
        staffed = world.open_minutes(firm["staffed"])
        assert staffed.mean() == pytest.approx(firm["staffed_share_of_week"], abs=5e-5)
        assert staffed.mean() < 0.8
        answered = calls[calls["answered"] & (calls["provider"] == firm["name"])]
        assert staffed[answered["minute"]].all(), firm["name"]


def test_hours_are_read_minute_by_minute():
    week = world.open_minutes("Mo-Fr 08:00-17:30; Sa 08:00-12:00")
    assert week.sum() == 5 * 570 + 240
    assert not week[479] and week[480] and week[17 * 60 + 29] and not week[17 * 60 + 30]


def test_some_are_dark_while_claimed_open_and_some_answer_while_claimed_closed(truth, valid):
    claimed = {firm["name"]: firm["claimed"] for firm in truth["providers"]["2026-Q3"]}
    calls = valid.query("wave == '2026-Q3' and channel == 'phone'")
    open_then = [
        world.open_minutes(claimed[provider])[minute]
        for provider, minute in zip(calls["provider"], calls["minute"], strict=True)
    ]
    calls = calls.assign(claimed_open=open_then)
    assert set(calls[calls["answered"] & ~calls["claimed_open"]]["provider"]) == {"Trâu Xanh"}
    evenings = calls[(calls["provider"] == "Vịt Cỏ") & (calls["local"].dt.hour >= 17)]
    assert evenings["claimed_open"].any() and not evenings["answered"].any()


def test_one_provider_is_gone_one_is_new_and_two_have_changed(truth):
    first, second = (
        {firm["name"]: firm for firm in truth["providers"][wave]} for wave in ("2026-Q1", "2026-Q3")
    )
    assert set(first) - set(second) == {truth["gone"]}
    assert set(second) - set(first) == {truth["new"]}
    changed = {name for name in set(first) & set(second) if first[name] != second[name]}
    assert changed == set(truth["changed"]) and len(changed) == 2
    for name in changed:
        for chance in ("call_answered", "email_answered"):
            assert abs(first[name][chance] - second[name][chance]) > 0.2


def test_answer_rates_agree_with_the_truth(valid, truth):
    for name, firms in truth["providers"].items():
        wave = valid[valid["wave"] == name]
        for firm in firms:
            for channel, chance in (("email", "email_answered"), ("phone", "call_answered")):
                own = wave[wave["provider"] == firm["name"]]
                answered = own.loc[own["channel"] == channel, "answered"]
                error = np.sqrt(firm[chance] * (1 - firm[chance]) / len(answered))
                assert answered.mean() == pytest.approx(firm[chance], abs=4 * error), firm["name"]


def test_waits_on_the_telephone_agree_with_the_truth(valid):
    calls = valid[(valid["channel"] == "phone") & valid["answered"]]
    waits = (calls["answered_at"] - calls["sent_at"]).dt.total_seconds()
    assert waits.max() <= world.CALL_PATIENCE_S
    known = {
        (wave.name, firm.name): firm for wave in world.WAVES for firm in world.firms(wave.name)
    }
    firms = [known[key] for key in zip(calls["wave"], calls["provider"], strict=True)]
    for limit in (20, 60, 120):
        chance = np.array([f.waits_up_to(limit) / f.waits_up_to(300) for f in firms])
        error = np.sqrt((chance * (1 - chance)).sum()) / len(calls)
        assert (waits <= limit).mean() == pytest.approx(chance.mean(), abs=4 * error), limit


def test_one_provider_treats_one_persona_worse_and_no_other_does(valid, truth):
    gap = truth["persona_gap"]
    written = valid[valid["channel"].isin(["email", "chat", "social"])]
    own = written[written["provider"] == gap["provider"]]
    worse = own["persona"] == gap["persona"]
    assert own.loc[~worse, "answered"].mean() - own.loc[worse, "answered"].mean() > 0.3
    others = written[written["provider"] != gap["provider"]]
    rates = others.groupby("persona")["answered"].agg(["mean", "size"])
    assert rates["mean"].max() - rates["mean"].min() < 4 * np.sqrt(0.5 / rates["size"].min())


def test_outcomes_and_times_agree(attempts):
    assert set(attempts["outcome"]) == set(OUTCOMES)
    assert (attempts["answered_at"].notna() == attempts["answered"]).all()
    assert (attempts["resolved_at"].notna() == (attempts["resolved"] == "yes")).all()
    for earlier, later in (*pairwise(["sent_at", "answered_at", "resolved_at"]), TIMES[::4]):
        both = attempts.dropna(subset=[earlier, later])
        assert (both[earlier] <= both[later]).all(), (earlier, later)
    watched = attempts["answered"]
    assert (attempts["answered_at"] <= attempts["observed_until"])[watched].all()
    assert ((attempts["fault"] == "") == attempts["answered"]).all()


def test_reality_has_its_traps(attempts):
    acknowledged = attempts[attempts["acknowledged_at"].notna()]
    assert acknowledged["outcome"].value_counts()[["answered", "auto_ack_only"]].min() > 20
    waits = acknowledged["acknowledged_at"] - acknowledged["sent_at"]
    assert waits.max() <= pd.Timedelta(minutes=1)
    bounced = attempts[attempts["outcome"] == "bounced"]
    assert set(bounced["fault"]) == {"theirs", "ours"}
    assert 10 <= (attempts["fault"] == "ours").sum() <= 0.02 * len(attempts)
    emails = attempts[attempts["channel"] == "email"]
    watched = emails["observed_until"] - emails["sent_at"]
    censored = (watched < pd.Timedelta(days=14)) & (emails["outcome"] == "no_answer")
    assert censored.sum() > 20


def test_operators_offer_more_calls_than_they_answer_and_lose(tables):
    counts = tables["counts"]
    assert (counts["offered"] > counts["answered"] + counts["abandoned"]).all()
    assert (counts["answered_within_limit"] <= counts["answered"]).all()


def test_visits_are_of_three_methods_and_everything_else_is_indirect(attempts, truth):
    assert (attempts.loc[attempts["channel"] != "visit", "method"] == "indirect").all()
    visits = attempts[attempts["channel"] == "visit"]
    assert set(visits["method"]) == {"centralised", "point_of_sale", "at_customer"}
    centre = visits["provider"].isin(truth["care_centres"])
    for has, name in ((True, "with_care_centre"), (False, "without")):
        own = visits[centre == has]
        for method, chance in truth["visit_methods"][name].items():
            error = np.sqrt(chance * (1 - chance) / len(own))
            assert (own["method"] == method).mean() == pytest.approx(chance, abs=4 * error)


def test_only_who_was_answered_can_be_recognised_and_one_provider_does_it_most(attempts, truth):
    assert ((attempts["suspected"] != "") == attempts["answered"]).all()
    seen = (
        attempts[attempts["answered"]]
        .groupby("provider")["suspected"]
        .agg(lambda words: (words == "yes").mean())
    )
    assert seen.idxmax() in truth["suspected_of_answered"]
    assert 0.01 < (attempts.loc[attempts["answered"], "suspected"] == "yes").mean() < 0.06


def test_some_firms_are_foreign_and_some_have_their_care_given_by_others(tables, truth):
    present = tables["providers"]
    assert set(present.loc[present["origin"] == "foreign", "provider"]) == set(truth["foreign"])
    by_others = set(present.loc[present["care_by"] == "outsourced", "provider"])
    assert by_others == set(truth["outsourced"])


# The voices


@EACH_WAVE
def test_most_call_care_key_and_few_have_measure_survey_or_standard(tables, truth, wave):
    said = tables["maturity"].query("wave == @wave and asked == 'provider'")
    first = said.groupby("provider").first()
    assert set(first.index) == set(truth["maturity"]["beliefs"]) & set(
        tables["providers"].query("wave == @wave")["provider"]
    ) - {truth["maturity"]["client"]}
    shares = (first == "yes").mean()
    assert shares["care_is_key"] == pytest.approx(0.8, abs=0.11)
    assert shares[["clear_measure", "surveys_satisfaction", "trains_staff"]].max() < 0.34
    assert shares["own_standard"] < 0.2 and shares["contacts_first"] < 0.25
    assert (first["department"] == "exists").mean() > 0.5
    assert first["self_rating"].mean() > 3.7


@EACH_WAVE
def test_mentions_are_answered_as_often_as_the_truth_says(tables, wave):
    said = tables["mentions"].query("wave == @wave")
    per_provider = said.groupby("provider").size()
    assert per_provider.between(20, 34).all() and len(per_provider) == 13
    factor = said["platform"].map(simulate.profiles.PLATFORM_FACTOR)
    chances = {firm.name: firm.messages for firm in world.firms(wave)}
    ever = said["provider"].map(chances) * factor * simulate.profiles.MENTION_ANSWERED
    assert (said["answered"] == "yes").sum() < ever.sum() + 4 * np.sqrt(ever.sum())
    assert (said["answered"] == "yes").sum() > 0.85 * ever.sum() - 4 * np.sqrt(ever.sum())


def test_an_answer_to_a_mention_comes_while_it_is_watched(tables):
    said = tables["mentions"]
    assert (said["answered_at"].notna() == (said["answered"] == "yes")).all()
    answered = said.dropna(subset="answered_at")
    assert (answered["answered_at"] >= answered["posted_at"]).all()
    assert (answered["answered_at"] <= answered["observed_until"]).all()
    watched = said["observed_until"] - said["posted_at"]
    assert 0.05 < (watched < pd.Timedelta(days=7)).mean() < 0.3


def test_two_coders_agree_as_often_as_the_truth_says(tables, truth):
    both = tables["mentions"].query("second_sentiment != ''")
    right = truth["mentions"]["coder_right"]
    chance = right**2 + (1 - right) ** 2 / 2
    agree = (both["sentiment"] == both["second_sentiment"]).mean()
    assert agree == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / len(both)))


def test_a_few_reasons_make_most_complaints_and_some_come_again(tables, truth):
    log = tables["incidents"]
    assert set(log["reason"]) == set(truth["incidents"]["reasons"])
    shares = log["reason"].value_counts(normalize=True)
    for reason, chance in truth["incidents"]["reasons"].items():
        assert shares[reason] == pytest.approx(chance, abs=5 * np.sqrt(chance / len(log))), reason
    assert set(log["severity"]) == {1, 2, 3, 4}
    known = log[log["customer"] != ""]
    again = known.duplicated(["wave", "provider", "reason", "customer"]).mean()
    assert 0.03 < again < truth["incidents"]["recurs"]
    first = log["provider"].map(simulate.profiles.proactive)
    by_provider = log["raised_by"] == "provider"
    assert by_provider[first].mean() > by_provider[~first].mean() + 0.1


def test_what_is_not_settled_when_a_wave_closes_stays_open(tables):
    log = tables["incidents"]
    closes = log["wave"].map({wave.name: pd.Timestamp(wave.closes) for wave in world.WAVES})
    settled = log["resolved_at"].notna()
    assert (log["resolved_at"] <= closes)[settled].all()
    assert (log["resolved_at"] > log["occurred_at"])[settled].all()
    assert 0.5 < settled.mean() < simulate.profiles.SETTLED


# Shoppers


@EACH_WAVE
def test_forty_contacts_and_more_are_rated_by_all_six(tables, wave):
    ratings = tables["ratings"][tables["ratings"]["attempt_id"].str.startswith(wave)]
    shoppers = ratings.groupby("attempt_id")["shopper"].nunique()
    assert (shoppers == 6).sum() >= 40 and set(shoppers) == {1, 6}
    assert set(ratings["item"]) == set(SIX_POINTS)


def test_only_answered_contacts_are_rated_and_by_those_who_made_them(tables, attempts):
    rated = tables["ratings"].merge(attempts, on="attempt_id", suffixes=("", "_who_asked"))
    assert len(rated) == len(tables["ratings"]) and rated["answered"].all()
    own = rated[rated["shopper"] == rated["shopper_who_asked"]]
    assert own["attempt_id"].nunique() == rated["attempt_id"].nunique()


def test_the_careless_shopper_agrees_with_nobody(tables, truth):
    means = tables["ratings"].pivot_table("score", "attempt_id", "shopper").dropna()
    with_the_rest = {
        shopper: means[shopper].corr(means.drop(columns=shopper).mean(axis=1)) for shopper in means
    }
    careless = truth["shoppers"]["careless"]
    assert with_the_rest.pop(careless) < 0.3
    assert min(with_the_rest.values()) > 0.6
    kept = means.drop(columns=careless).mean().sort_values()
    severity = truth["shoppers"]["severity"]
    assert list(kept.index) == sorted(kept.index, key=lambda shopper: severity[shopper])


# The company


def test_the_top_fifth_holds_what_the_truth_says(tables, truth):
    revenue = tables["transactions"].groupby("customer_id")["amount"].sum()
    revenue = revenue[revenue > 0].sort_values(ascending=False)
    share = revenue.head(round(len(revenue) / 5)).sum() / revenue.sum()
    assert 0.70 < share < 0.80
    assert share == pytest.approx(truth["drawn_top_shares_of_revenue"]["top_20_percent"], abs=5e-5)


def test_a_few_customers_end_at_or_below_zero(tables):
    revenue = tables["transactions"].groupby("customer_id")["amount"].sum()
    assert 3 <= (revenue == 0).sum() <= 40
    assert 3 <= (revenue < 0).sum() <= 40


def test_refunds_are_partial_full_and_more_than_full(tables):
    bought = tables["transactions"]
    back = bought[bought["amount"] < 0]
    assert len(back) / len(bought) == pytest.approx(world.REFUND_SHARE, abs=0.01)
    sales = bought[bought["amount"] > 0].groupby("customer_id")["amount"].agg(set)
    full = [-row.amount in sales.get(row.customer_id, set()) for row in back.itertuples()]
    assert np.mean(full) == pytest.approx(world.REFUNDS["full"], abs=0.1)


def test_customers_are_of_every_kind_and_only_existing_ones_buy(tables):
    customers, bought = tables["customers"], tables["transactions"]
    assert len(customers) == 4000 and customers["customer_id"].is_unique
    assert 0 < (customers["scope"] == "internal").sum() < 100
    joined = bought.merge(customers, on="customer_id", how="left")
    assert set(joined["status"]) == {"existing"}
    assert (joined["occurred_at"] >= joined["customer_since"]).all()
    revenue = joined.groupby(["buying_mode", "customer_id"])["amount"].sum()
    by_mode = revenue.groupby(level=0).mean()
    assert by_mode["intermediary"] > 3 * by_mode["end_user"]
    assert (bought["amount"] % 1000 == 0).all()


def test_purchases_are_as_many_as_the_model_expects():
    # Fader, Hardie and Lee (2005), equation 9: expected repeat purchases up to t.
    from scipy.special import hyp2f1

    rng = np.random.default_rng(20050502)
    customers = simulate.customers(rng, 4000).assign(buying_mode="end_user")
    bought = simulate.histories(rng, customers)
    repeats = bought.groupby("customer_id").size() - 1
    buyers = customers.set_index("customer_id").loc[repeats.index]
    t = (pd.Timestamp(world.LAST_DAY) - buyers["customer_since"]).dt.days.to_numpy()
    r, alpha, a, b = world.PURCHASES.values()
    term = (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1, t / (alpha + t))
    expected = (a + b - 1) / (a - 1) * (1 - term)
    error = (repeats.to_numpy() - expected).std() / np.sqrt(len(t))
    assert repeats.mean() == pytest.approx(expected.mean(), abs=4 * error)


def test_the_ledger_adds_up_and_costs_what_the_truth_says(tables, truth):
    ledger = tables["ledger"]
    assert len(ledger) == 24
    begun = (ledger["retained"] + ledger["lost"]).to_numpy()[1:]
    carried = ledger["retained"].to_numpy()[:-1]
    assert (begun >= carried).all()
    assert (begun <= carried + ledger["acquired"].to_numpy()[:-1]).all()
    error = 4 * truth["ledger"]["monthly_spread"] / np.sqrt(24)
    for spend, base, cost in (
        ("acquisition_spend", "acquired", "per_acquired_vnd"),
        ("retention_spend", "retained", "per_retained_customer_month_vnd"),
    ):
        drawn = np.log(ledger[spend] / ledger[base] / truth["ledger"][cost]).mean()
        assert drawn == pytest.approx(0, abs=error), spend


# The survey


def test_the_six_points_hang_together_and_two_of_them_have_no_effect(tables, truth):
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    survey = tables["survey"]
    waves = ("2025-Q1", "2025-Q3", "2026-Q1", "2026-Q3")
    assert survey.groupby("wave").size().to_dict() == dict.fromkeys(waves, 1500)
    assert survey["respondent"].is_unique
    scores = survey[list(SIX_POINTS)]
    apart = scores.corr().to_numpy()[np.triu_indices(6, 1)]
    assert 0.4 < apart.min() and apart.max() < 0.6
    effects = truth["survey"]["drivers_log_odds_per_point"]
    assert sum(effect == 0 for effect in effects.values()) == 2
    fitted = OrderedModel(survey["csat"], scores, distr="logit").fit(method="bfgs", disp=False)
    for item, effect in effects.items():
        assert fitted.params[item] == pytest.approx(effect, abs=4 * fitted.bse[item]), item


def test_all_care_was_worse_before_the_audit_by_what_the_truth_says(tables, truth):
    survey = tables["survey"].assign(mean=lambda t: t[list(SIX_POINTS)].mean(axis=1))
    means = survey.pivot_table("mean", "provider", "wave")
    for wave, change in truth["survey"]["quality_before_the_audit"].items():
        found = (means[wave] - means["2026-Q1"]).dropna()
        assert len(found) == 13
        # Scores end at 1 and 5, which keeps a little of any change from showing.
        assert found.mean() == pytest.approx(change, abs=4 * found.std() / np.sqrt(13) + 0.01)


def test_departments_are_rated_by_the_others_as_well_as_they_serve(tables, truth):
    scores = tables["internal_service"]
    assert scores["rated_department"].nunique() == 8
    assert (scores["rated_department"] != scores["rater_department"]).all()
    means = scores.groupby("rated_department")["score"].mean()
    for department, mean in truth["internal_service_means"].items():
        assert means[department] == pytest.approx(mean, abs=4 * 0.85 / np.sqrt(70)), department


# The company's own care


@pytest.fixture(scope="module")
def care_drawn(tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contacts with what nobody knows of real ones, whether each was bad; and contracts."""
    rng = simulate._streams(simulate.SEED)["care"]
    return simulate.contacts_and_contracts(rng, tables["customers"])


def _near(share: float, truth: float, n: int) -> bool:
    return abs(share - truth) <= 4 * np.sqrt(truth * (1 - truth) / n)


def test_contracts_are_held_by_as_many_as_the_truth_says_and_of_its_two_plans(tables, truth):
    care, held = truth["care"], tables["contracts"]
    existing = (tables["customers"]["status"] == "existing").sum()
    assert _near(len(held) / existing, care["contract_share"], existing)
    assert held["contract_id"].is_unique and held["customer_id"].is_unique
    for plan, drawn in care["plans"].items():
        own = held[held["segment"] == plan]
        assert _near(len(own) / len(held), drawn["share"], len(held)), plan
        assert set(own["charge"]) == {drawn["charge_vnd"]}
    ended = held["ended_at"].notna()
    assert 0.1 < ended.mean() < 0.6
    assert (held.loc[ended, "ended_at"] > held.loc[ended, "started_at"]).all()
    assert (held.loc[ended, "ended_at"] <= held.loc[ended, "observed_until"]).all()


def test_bad_contacts_are_as_many_as_the_plan_has_and_go_as_the_truth_says(
    tables, truth, care_drawn
):
    care, (contacts, held) = truth["care"], care_drawn
    pd.testing.assert_frame_equal(contacts.drop(columns="bad"), tables["contacts"])
    plan = contacts["customer_id"].map(held.set_index("customer_id")["segment"]).fillna("")
    chances = {"": care["bad_without_plan"]} | {
        name: drawn["bad"] for name, drawn in care["plans"].items()
    }
    for name, chance in chances.items():
        own = contacts.loc[plan == name, "bad"]
        assert _near(own.mean(), chance, len(own)), name
    answered = contacts[contacts["answered_at"].notna()]
    assert _near(1 - len(answered) / len(contacts), care["unanswered"], len(contacts))
    for kind, own in answered.groupby(answered["bad"].map({True: "bad", False: "good"})):
        settled = (own["resolved"] == "yes").mean()
        assert _near(settled, care["resolved"][kind], len(own)), kind
        shares = own["score"].value_counts(normalize=True)
        for score, share in enumerate(care["scores"][kind], 1):
            assert _near(shares[score], share, len(own)), (kind, score)


def test_offers_are_made_and_taken_as_the_truth_says(truth, care_drawn):
    offers, contacts = truth["care"]["offers"], care_drawn[0]
    answered = contacts[contacts["answered_at"].notna()]
    made = answered[answered["offered"] == "yes"]
    assert _near(len(made) / len(answered), offers["made"], len(answered))
    served = (made["served_first"] == "yes") & ~made["bad"]
    for own, chance in (
        (made[served], offers["taken_after_serving"]),
        (made[~served], offers["taken_before"]),
    ):
        assert _near((own["taken"] == "yes").mean(), chance, len(own))
    brought = contacts["revenue"] > 0
    assert (contacts.loc[brought, "taken"] == "yes").all()
    assert set(contacts.loc[contacts["fee"] > 0, "reason"]) == {truth["care"]["fee"]["reason"]}


def test_a_bad_contact_adds_to_the_chance_of_leaving_what_the_truth_says(truth, care_drawn):
    contacts, held = care_drawn
    added = truth["care"]["after_bad_contact"]["added_chance_per_month"]
    bad = contacts.loc[contacts["bad"], ["customer_id", "contacted_at"]]
    gaps, weights, leave = [], [], []
    for month in range(1, 37):
        due = held["started_at"] + pd.DateOffset(months=month)
        at_risk = (due <= held["observed_until"]) & ~(held["ended_at"] < due)
        hurt = simulate.care._lately(held["customer_id"], due, bad)
        left = (held["ended_at"] == due).to_numpy()
        for plan in truth["care"]["plans"]:
            own = (at_risk & (held["segment"] == plan)).to_numpy()
            n, m = (own & hurt).sum(), (own & ~hurt).sum()
            if n and m:
                gaps.append(left[own & hurt].mean() - left[own & ~hurt].mean())
                weights.append(n * m / (n + m))
                leave.append(left[own].mean())
    found, share = (np.average(each, weights=weights) for each in (gaps, leave))
    error = np.sqrt(share * (1 - share) / sum(weights))
    assert found == pytest.approx(added, abs=4 * error)
    assert found > 4 * error  # and it can be told from none


def test_trials_keep_as_many_as_the_truth_says(tables, truth):
    trials = tables["retention_trials"]
    assert set(trials["trial"]) == set(truth["care"]["trials"])
    for row in trials.itertuples():
        drawn = truth["care"]["trials"][row.trial]
        assert row.customers == drawn["arm"]
        assert _near(row.retained / row.customers, drawn[row.arm], row.customers), row
        spent = drawn["cost_vnd"] * row.customers if row.arm == "treated" else 0
        assert row.spend == spent


def test_customers_were_recommended_by_earlier_ones_as_often_as_the_truth_says(tables, truth):
    customers = tables["customers"]
    since = customers.set_index("customer_id")["customer_since"]
    came = customers[customers["referred_by"] != ""]
    could = customers["customer_since"].notna().sum() - 50  # the first fifty had nobody
    assert _near(len(came) / could, truth["care"]["referred_share"], could)
    first = came["referred_by"].map(since).to_numpy()
    assert (first <= came["customer_since"].to_numpy()).all()


def test_what_customers_say_they_would_do_is_drawn_from_the_truth(tables, truth):
    survey, drawn = tables["survey"], truth["survey"]
    for item, share in drawn["say_yes"].items():
        assert _near((survey[item] == "yes").mean(), share, len(survey)), item
    level = pd.cut(survey["csat"], [0, 2, 3, 5], labels=["low", "middle", "high"])
    for name, share in drawn["would_switch_by_csat"].items():
        own = survey.loc[level == name, "would_switch"] == "yes"
        assert _near(own.mean(), share, len(own)), name
    promoter = survey["nps"] >= 9
    for own, mean in (
        (survey.loc[promoter, "referred"], drawn["referred"]["promoter"]),
        (survey.loc[~promoter, "referred"], drawn["referred"]["other"]),
    ):
        assert own.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / len(own)))


def test_the_flaws_of_the_new_tables_are_found_and_nothing_else_is(truth):
    looked_at = ("contracts", "contacts", "retention_trials", "survey")
    with open_study(EXAMPLE, tables=("customers", *looked_at)) as care:
        found = care.problems.rows
    found = found[found["table"].isin(looked_at)]
    put = [trap for trap in truth["traps"] if trap["table"] in looked_at]
    wrong = sorted((t["table"], t["column"], t["now"]) for t in put if t["column"])
    twice = sorted((t["table"], t["row"]) for t in put if not t["column"])
    keys = found["column"].isin(["contact_id"])
    seen = found[~keys]
    assert sorted(zip(seen["table"], seen["column"], seen["value"], strict=True)) == wrong
    seen = found[keys]
    assert sorted(zip(seen["table"], seen["value"], strict=True)) == twice


# The flaws


def _rows(table: pd.DataFrame, name: str) -> pd.Series:
    keys = simulate.traps.KEYS
    first, *others = keys.get(name, [table.columns[0]])
    return table[first].str.cat([table[other] for other in others], sep=" ")


def test_every_flaw_is_declared_and_nothing_else_is_changed(committed, tables, truth):
    for name, spoilt in committed.items():
        clean = simulate._as_text(tables[name])
        traps = [trap for trap in truth["traps"] if trap["table"] == name]
        doubled = {trap["row"] for trap in traps if trap["kind"] == "row stands twice"}
        assert set(_rows(spoilt, name)[spoilt.duplicated()]) == doubled
        once = spoilt.drop_duplicates(ignore_index=True)
        rows = _rows(clean, name)
        for trap in traps:
            if trap["kind"] != "row stands twice":
                row = rows.index[rows == trap["row"]][0]
                assert clean.loc[row, trap["column"]] == trap["was"]
                clean.loc[row, trap["column"]] = trap["now"]
        changed = (once != clean) & (once != "")
        assert not changed.to_numpy().any(), name
        emptied = ((once != clean) & (once == "")).sum()
        emptied = emptied[emptied > 0]
        shares = {column: share for table, column, share in GAPS if table == name}
        assert set(emptied.index) == set(shares)
        for column, share in shares.items():  # a cell that was empty before is no gap more
            most = len(clean) * share
            assert emptied[column] <= most + 4 * np.sqrt(most), (name, column)


def test_flaws_are_a_handful_and_of_every_kind(truth):
    kinds = pd.DataFrame(truth["traps"])
    assert {"wrong value", "no value", "impossible order of times", "row stands twice"} == set(
        kinds["kind"]
    )
    assert kinds.groupby(["table", "column"]).size().max() <= 8
    spellings = kinds.query("table == 'attempts' and column == 'provider'")["now"]
    assert len(spellings) and not set(spellings) & {firm.name for firm in world.FIRMS}


def test_outcomes_are_allowed_except_the_declared_misspellings(committed, truth):
    wrong = {trap["now"] for trap in truth["traps"] if trap["column"] == "outcome"}
    assert set(committed["attempts"]["outcome"]) - set(OUTCOMES) == wrong
