"""The plan of a wave: who is asked what, when, by whom, and what finds no place."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from carebench.fieldwork.plan import make_plan
from carebench.fieldwork.plan.dealing import deal, deal_personas
from carebench.fieldwork.plan.lines import lines
from carebench.fieldwork.plan.slices import drawn, open_minutes
from carebench.fieldwork.plan.streams import stream
from carebench.fieldwork.plan.weeks import Weeks, moments
from carebench.fieldwork.probe import as_text, from_text
from carebench.methods.coverage import exact_limits
from carebench.schema import DataError
from carebench.study import Persona, load_study
from conftest import ROOT
from field_studies import field_study

PARIS = "Europe/Paris"
SPRING, AUTUMN = "2026-03-23", "2026-10-19"  # Mondays of the weeks in which clocks change there
CALLS = {"attempts": 14, "gap": "12 h", "per_day": 1, "watched": "5 min"}


def firms(n, **more):
    """So many invented providers, each with an address and a number of its own."""
    return {
        f"Invented {i:02d}": {
            "email": f"care@p{i}.example",
            "phone": f"+4420794601{i:02d}",
            **more,
        }
        for i in range(n)
    }


def study_of(folder, **changes):
    return load_study(field_study(folder, **changes))


def plan_of(folder, *, work=None, **channels):
    """The plan of a study with these channels; `work` changes other keys of [fieldwork]."""
    changes = {f"fieldwork.{name}": value for name, value in (work or {}).items()}
    changes["fieldwork.channels"] = channels
    return make_plan(study_of(folder, **changes))


def local(probe):
    return probe.due.astimezone(ZoneInfo(probe.zone))


def minute_of_week(probe):
    at = local(probe)
    return at.weekday() * 1440 + at.hour * 60 + at.minute


@given(
    n=st.integers(1, 200),
    providers=st.integers(1, 15),
    quiet=st.sampled_from(["", "21:00-08:00", "22:30-06:15"]),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=150, deadline=None)
def test_every_slice_of_the_week_holds_one_minute_of_every_provider(n, providers, quiet, seed):
    week = open_minutes(quiet)
    place = np.searchsorted(week, drawn(np.random.default_rng(seed), providers, n, week))
    begins = np.arange(n) * len(week) / n
    assert place.shape == (providers, n)
    assert (place + 1 > begins).all()
    assert (place < begins + len(week) / n).all()


def test_a_minute_is_uniform_in_its_slice_and_tells_nothing_of_the_next_one():
    week = open_minutes()
    draws = [drawn(stream(seed, "test"), 3, 14, week)[1] for seed in range(1500)]
    inside = (np.array(draws) / (10080 / 14)) % 1
    assert kstest(inside[:, 0], "uniform").pvalue > 0.01
    assert kstest(inside[:, 9], "uniform").pvalue > 0.01
    assert abs(np.corrcoef(inside[:, 3], inside[:, 4])[0, 1]) < 0.07
    assert abs(np.corrcoef(inside[:, 0], inside[:, 13])[0, 1]) < 0.07


def test_pooled_exact_intervals_hold_the_share_of_the_week_that_answers():
    week = open_minutes()
    hour = week // 60 % 24
    for number, staffed in enumerate([(hour >= 8) & (hour < 17), week % 60 < 30]):
        rng, truth, covered = stream(number, "coverage"), staffed.mean() * 0.62, 0
        for _wave in range(600):
            k = (staffed[drawn(rng, 5, 21, week)[2]] & (rng.random(21) < 0.62)).sum()
            (low,), (high,) = exact_limits([k], [21], 0.95)
            covered += low <= truth <= high
        assert covered / 600 >= 0.93


@pytest.mark.parametrize(
    ("providers", "n"), [(13, 84), (3, 8), (5, 28), (1, 42), (20, 24), (7, 168)]
)
def test_hours_have_as_many_attempts_as_any_other_or_one_more(providers, n):
    hours = drawn(stream(3, "hours"), providers, n, open_minutes()).ravel() // 60
    counts = np.bincount(hours, minlength=168)
    assert counts.max() - counts.min() <= 1


def test_thirteen_providers_with_84_attempts_in_twelve_weeks_are_all_placed(tmp_path):
    calls = {"attempts": 84, "gap": "12 h", "per_day": 1}
    people = {"s1": {"channels": ["phone"], "per_day": 50}}
    plan = plan_of(
        tmp_path, phone=calls, work={"weeks": 12, "providers": firms(13), "shoppers": people}
    )
    assert (len(plan.probes), plan.unplaced) == (13 * 84, ())
    hours = Counter(probe.slot for probe in plan.probes)
    assert (len(hours), min(hours.values()), max(hours.values())) == (168, 6, 7)


def test_the_same_seed_makes_the_same_plan_and_another_seed_another(tmp_path):
    one, same, other = (
        plan_of(tmp_path / str(i), email=CALLS, phone=CALLS, work={"seed": seed})
        for i, seed in enumerate((5, 5, 6))
    )
    assert as_text(one.probes) == as_text(same.probes)
    assert one.hash == same.hash != other.hash
    assert {p.due_utc for p in one.probes} != {p.due_utc for p in other.probes}


def test_a_further_channel_leaves_the_times_and_questions_of_the_others_as_they_were(tmp_path):
    def seen(plan):
        return {
            (p.provider, p.number, p.due_utc, p.scenario, p.persona)
            for p in plan.probes
            if p.channel == "email"
        }

    alone = plan_of(tmp_path / "1", email=CALLS)
    beside = plan_of(tmp_path / "2", email=CALLS, phone=CALLS)
    assert seen(alone) == seen(beside)


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", PARIS, "America/New_York", "Asia/Kathmandu"])
def test_gaps_and_daily_caps_hold_at_every_line(tmp_path, zone):
    calls = {"attempts": 20, "at_any_hour": 8, "gap": "5 h", "per_day": 2, "quiet": "21:00-08:00"}
    plan = plan_of(tmp_path, phone=calls, work={"providers": firms(4, zone=zone), "weeks": 3})
    assert len(plan.probes) == 4 * 28
    for provider in firms(4):
        mine = sorted((p for p in plan.probes if p.provider == provider), key=lambda p: p.due)
        apart = [(b.due - a.due).total_seconds() / 3600 for a, b in pairwise(mine)]
        assert min(apart) >= 5
        assert max(Counter(local(p).date() for p in mine).values()) <= 2


def test_quiet_hours_are_kept_but_by_attempts_at_any_hour(tmp_path):
    calls = {**CALLS, "at_any_hour": 14, "quiet": "21:00-08:00", "per_day": 2, "gap": "2 h"}
    plan = plan_of(tmp_path, phone=calls)
    ordinary = [local(p).hour for p in plan.probes if not p.any_hour]
    anywhere = [local(p).hour for p in plan.probes if p.any_hour]
    assert (len(ordinary), len(anywhere)) == (42, 42)
    assert all(8 <= hour < 21 for hour in ordinary)
    assert any(not 8 <= hour < 21 for hour in anywhere)


def test_nothing_is_planned_on_a_holiday_and_its_attempts_move_to_other_weeks(tmp_path):
    days = ["2026-12-02", "2026-12-09", "2026-12-16"]
    twice = {**CALLS, "per_day": 2, "gap": "1 min"}
    study = study_of(tmp_path, **{"audit.holidays": days, "fieldwork.channels": {"email": twice}})
    plan = make_plan(study)
    assert (len(plan.probes), plan.unplaced) == (42, ())
    assert not {local(p).date().isoformat() for p in plan.probes} & set(days)
    assert any(local(p).weekday() == 2 for p in plan.probes)


def test_attempts_whose_day_is_a_holiday_in_every_week_are_listed_as_unplaced(tmp_path):
    days = ["2026-12-02", "2026-12-09", "2026-12-16", "2026-12-23"]  # all Wednesdays there are
    study = study_of(tmp_path, **{"audit.holidays": days, "fieldwork.channels": {"email": CALLS}})
    plan = make_plan(study)
    assert len(plan.probes) + len(plan.unplaced) == 42
    assert len(plan.unplaced) == 6  # two of fourteen slices lie in a Wednesday
    assert "holiday" in plan.unplaced[0].reason
    assert any("NOT PLACED: 6" in line for line in plan.statement)


@pytest.mark.parametrize("starts", [SPRING, AUTUMN])
def test_local_times_are_right_in_the_weeks_in_which_clocks_change(tmp_path, starts):
    often = {"attempts": 84, "gap": "1 min", "per_day": 24}
    work = {"starts": starts, "weeks": 1, "providers": firms(6, zone=PARIS), "shoppers": {}}
    plan = plan_of(tmp_path, email=often, work=work)
    assert (len(plan.probes), plan.unplaced) == (6 * 84, ())
    for probe in plan.probes:
        begins = (probe.number - 1) * 120
        assert begins <= minute_of_week(probe) < begins + 120
        assert probe.slot == minute_of_week(probe) // 60


def test_an_hour_that_clocks_skip_holds_no_attempt_and_is_listed(tmp_path):
    hourly = {"attempts": 168, "gap": "0 s", "per_day": 24}
    work = {"starts": SPRING, "weeks": 1, "providers": firms(2, zone=PARIS), "shoppers": {}}
    plan = plan_of(tmp_path, email=hourly, work=work)
    assert [(u.number, "does not exist" in u.reason) for u in plan.unplaced] == [(147, True)] * 2
    assert len(plan.probes) == 2 * 167  # the week has 167 hours


def test_a_minute_that_comes_twice_is_taken_from_either(tmp_path):
    weeks, zone = Weeks(date(2026, 10, 19), 1, frozenset()), ZoneInfo(PARIS)
    at, days = moments(weeks, [6 * 1440 + 150] * 40, [zone] * 40, stream(1, "fold"))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()
    assert Counter(at.ravel().tolist()).keys() == {first, first + 3600}
    assert set(days.ravel().tolist()) == {date(2026, 10, 25).toordinal()}


def test_a_wave_may_begin_on_any_day_and_keeps_within_its_weeks(tmp_path):
    plan = plan_of(tmp_path, email=CALLS, work={"starts": "2026-12-03", "weeks": 2})
    days = [local(p).date() for p in plan.probes]
    assert (len(days), plan.unplaced) == (42, ())
    assert date(2026, 12, 3) <= min(days)
    assert max(days) <= date(2026, 12, 16)


def test_providers_at_one_centre_or_one_number_count_as_one(tmp_path):
    providers = firms(5)
    providers["Invented 00"]["centre"] = providers["Invented 01"]["centre"] = "Invented Centre"
    providers["Invented 03"]["phone"] = "+44 (20) 7946-0102"  # that of 02, written otherwise
    study = study_of(
        tmp_path,
        **{"fieldwork.providers": providers, "fieldwork.channels": {"phone": CALLS}},
    )
    line_of = lines(study, "phone")
    assert line_of["Invented 00"] == line_of["Invented 01"] == "Invented Centre"
    assert line_of["Invented 02"] == line_of["Invented 03"] != line_of["Invented 04"]
    plan = make_plan(study)
    for line in set(line_of.values()):
        mine = sorted((p for p in plan.probes if line_of[p.provider] == line), key=lambda p: p.due)
        assert all((b.due - a.due).total_seconds() >= 12 * 3600 for a, b in pairwise(mine))
        assert max(Counter(local(p).date() for p in mine).values()) == 1
    assert len(plan.probes) + len(plan.unplaced) == 5 * 14
    assert "2 providers share the line Invented Centre" in " ".join(plan.statement)


def test_bonds_join_providers_one_after_the_other(tmp_path):
    providers = firms(4)
    providers["Invented 00"]["centre"] = "Invented Centre"
    providers["Invented 02"]["centre"] = "invented centre "  # the same, written otherwise
    providers["Invented 03"]["phone"] = providers["Invented 02"]["phone"]
    line_of = lines(study_of(tmp_path, **{"fieldwork.providers": providers}), "phone")
    assert line_of["Invented 00"] == line_of["Invented 02"] == line_of["Invented 03"]
    assert line_of["Invented 01"] == "+442079460101"


def test_what_cannot_be_placed_is_listed_with_its_reason(tmp_path):
    plan = plan_of(tmp_path, email={"attempts": 14, "gap": "6 d", "per_day": 1})
    assert len(plan.probes) + len(plan.unplaced) == 42
    assert len(plan.probes) <= 3 * 5  # 28 days hold five attempts six days apart
    assert len(plan.unplaced) >= 27
    assert all("no week leaves 6 d" in each.reason for each in plan.unplaced)
    assert len({each.name for each in plan.unplaced}) == len(plan.unplaced)


def test_an_attempt_that_no_shopper_can_take_is_listed(tmp_path):
    people = {"s1": {"channels": ["phone"], "per_day": 1}}
    plan = plan_of(tmp_path, phone=CALLS, work={"shoppers": people})
    assert 0 < len(plan.probes) <= 28
    assert len(plan.probes) + len(plan.unplaced) == 42
    assert {each.reason for each in plan.unplaced} == {
        "no shopper can take one more on any of its days"
    }
    assert max(Counter(local(p).date() for p in plan.probes).values()) == 1


def test_shoppers_too_few_for_a_plan_fill_every_day_and_drop_no_hour_more_than_another(tmp_path):
    people = {"s1": {"channels": ["phone"], "per_day": 5}}
    work = {"shoppers": people, "providers": firms(13), "weeks": 8}
    plan = plan_of(tmp_path, phone={**CALLS, "attempts": 28}, work=work)
    assert len(plan.probes) == 5 * 7 * 8  # all that their days hold, of 364
    made = Counter(local(p).hour // 6 for p in plan.probes)
    assert min(made.values()) >= 0.85 * max(made.values())  # in order of time: 48 against 91
    for provider in firms(13):  # those in another week than first dealt keep the line's limits
        mine = sorted((p for p in plan.probes if p.provider == provider), key=lambda p: p.due)
        assert all((b.due - a.due).total_seconds() >= 12 * 3600 for a, b in pairwise(mine))
        assert max(Counter(local(p).date() for p in mine).values()) == 1


def test_an_attempt_moves_to_another_week_before_a_full_day_refuses_it(tmp_path):
    people = {"s1": {"channels": ["phone"], "per_day": 6}}
    work = {"shoppers": people, "providers": firms(10), "weeks": 8}
    plan = plan_of(tmp_path, phone={**CALLS, "attempts": 28}, work=work)
    assert (len(plan.probes), plan.unplaced) == (280, ())  # of 336 that their days would hold


def test_shoppers_share_the_attempts_at_each_provider(tmp_path):
    people = {f"s{i}": {"channels": ["phone"], "per_day": 10} for i in (1, 2, 3)}
    work = {"shoppers": people, "providers": firms(8)}
    plan = plan_of(tmp_path, phone={**CALLS, "attempts": 18}, work=work)
    counts = Counter((p.provider, p.shopper) for p in plan.probes)
    assert len(counts) == 24
    assert set(counts.values()) <= {5, 6, 7}


def test_channels_alike_in_all_are_tried_at_other_times_with_other_questions(tmp_path):
    plan = plan_of(tmp_path, email=CALLS, phone=CALLS)
    seen = {
        channel: {(p.provider, p.number, p.due_utc) for p in plan.probes if p.channel == channel}
        for channel in ("email", "phone")
    }
    assert len(seen["email"]) == len(seen["phone"]) == 42
    assert not seen["email"] & seen["phone"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_scenarios_and_personas_are_dealt_evenly_to_each_provider_and_over_all(tmp_path, seed):
    work = {"providers": firms(6), "seed": seed}
    plan = plan_of(tmp_path, email={**CALLS, "attempts": 16}, work=work)
    scenarios = Counter((p.provider, p.scenario) for p in plan.probes)
    personas = Counter((p.provider, p.persona) for p in plan.probes)
    assert set(scenarios.values()) == {5, 6}  # 16 of three
    assert set(personas.values()) == {8}
    assert set(Counter(p.scenario for p in plan.probes).values()) == {32}  # 96 of three
    assert all(p.arm == p.persona for p in plan.probes)
    assert {p.stage for p in plan.probes if p.scenario == "moving"} == {"after"}


def test_a_scenario_is_asked_only_in_channels_that_suit_it(tmp_path):
    plan = plan_of(tmp_path, phone=CALLS)
    assert {p.scenario for p in plan.probes} == {"prices", "opening"}


def test_arms_are_even_though_one_has_more_personas():
    people = {
        code: Persona({"en": code}, arm) for code, arm in (("a", "x"), ("b", "x"), ("c", "y"))
    }
    dealt = deal_personas(stream(1, "arms"), people, 12, Counter())
    assert Counter(dealt) == {"c": 6, "a": 3, "b": 3}


@given(n=st.integers(0, 60), cards=st.integers(1, 9), seed=st.integers(0, 1000))
@settings(max_examples=80, deadline=None)
def test_a_deal_holds_every_card_as_often_as_any_other_or_once_more(n, cards, seed):
    names = [f"card {i}" for i in range(cards)]
    counts = Counter(deal(stream(seed, "deal"), names, n))
    assert sum(counts.values()) == n
    assert max(counts.values(), default=0) - min(counts[name] for name in names) <= 1


def test_a_plan_is_read_back_as_it_was_written(tmp_path):
    plan = plan_of(
        tmp_path,
        email=CALLS,
        work={"providers": firms(2) | {'A "b", c\r\n\re': firms(1)["Invented 00"]}},
    )
    text = as_text(plan.probes)
    assert as_text(from_text(text)) == text
    assert set(from_text(text)) == set(plan.probes)


def test_a_provider_without_an_address_is_named_and_not_planned(tmp_path):
    providers = firms(3)
    del providers["Invented 01"]["phone"]
    plan = plan_of(tmp_path, phone=CALLS, work={"providers": providers})
    assert {p.provider for p in plan.probes} == {"Invented 00", "Invented 02"}
    assert any("nothing is planned at Invented 01" in line for line in plan.statement)


def test_everything_that_a_study_lacks_for_a_plan_is_said_at_once(tmp_path):
    study = study_of(
        tmp_path,
        **{
            "zone": None,
            "fieldwork.starts": None,
            "fieldwork.personas.big.name": {"vi": "Bình Giả Định"},
            "fieldwork.scenarios.moving.text": {"vi": "Chuyển nhà"},
        },
    )
    with pytest.raises(DataError) as refused:
        make_plan(study)
    for missing in ("fieldwork.starts", ".zone", "personas.big", "scenarios.moving"):
        assert missing in str(refused.value)


def test_an_emergency_number_is_refused_when_the_plan_is_made(tmp_path):
    providers = firms(2)
    providers["Invented 01"]["phone"] = "113"
    with pytest.raises(DataError, match=r"Invented 01\.phone"):
        plan_of(tmp_path, phone=CALLS, work={"providers": providers})
    assert plan_of(tmp_path, email=CALLS, work={"providers": providers}).probes


def test_a_mail_channel_without_a_scenario_is_refused(tmp_path):
    study = study_of(tmp_path, **{"fieldwork.scenarios": {}})
    with pytest.raises(DataError, match="no scenario suits `email`"):
        make_plan(study)


def test_the_guide_says_of_its_example_what_finds_no_place_and_what_helps(tmp_path):
    guide = (ROOT / "docs/fieldwork.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(title = .*?)```", guide, flags=re.DOTALL)
    path = tmp_path / "study.toml"
    for weeks, unplaced in ((6, 3), (7, 0)):
        text = example.replace("weeks = 6", f"weeks = {weeks}")
        path.write_text(text, encoding="utf-8")
        assert len(make_plan(load_study(path)).unplaced) == unplaced
    assert "three attempts find no place" in guide and "With `weeks = 7` all fit" in guide
    assert guide.index("probe approve") < guide.index("send study.toml --live")
