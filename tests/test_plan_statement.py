"""What a plan can and cannot show, as it is said before anybody is contacted."""

from __future__ import annotations

import re

import pytest

from carebench.fieldwork.plan import make_plan
from carebench.fieldwork.plan.counting import held
from carebench.fieldwork.plan.statement import chance_to_find
from carebench.methods.clusters import design_effect
from carebench.methods.planning import detectable_difference, providers_in_both_waves
from carebench.study import load_study
from field_studies import field_study
from test_plan import firms


def stated(folder, **changes):
    """The study and its plan, and what the plan states, in one line."""
    study = load_study(field_study(folder, **changes))
    plan = make_plan(study)
    return study, plan, " ".join(part.strip() for part in plan.statement)


def row(plan, header, channel):
    """The cells of a channel in the table of the statement that begins with a header."""
    lines = iter(plan.statement)
    while not re.match(header, next(lines)):
        continue
    return next(re.split(r"\s{2,}", line) for line in lines if line.split("  ")[0] == channel)


def test_costs_and_staff_minutes_are_those_that_a_reader_computes(tmp_path):
    _study, plan, text = stated(tmp_path)
    assert row(plan, "channel  providers", "email")[1:] == [
        "3", "8", "₫48,000", "₫16,000", "144",  # 24 attempts at 2,000 and 6 minutes
    ]  # fmt: skip
    assert row(plan, "channel  providers", "phone")[1:] == ["3", "9", "₫405,000", "₫135,000", "108"]
    assert "In all ₫453,000, ₫151,000 a provider; 252 minutes" in text
    # 151,000 in the ratio of 1/sqrt(2,000) to 1/sqrt(15,000), that is 2.739 to 1
    assert "most exact with, at each: email 20, phone 7." in text


def test_detectable_differences_are_those_of_the_planners_table(tmp_path):
    # Two rates about .5 that differ by .20: 218 attempts each for 78 pairs, 95 for one.
    often = {"attempts": 218, "gap": "10 min", "per_day": 20}
    changes = {
        "fieldwork.channels": {"email": often},
        "fieldwork.providers": firms(13),
        "fieldwork.shoppers": {},
    }
    _study, plan, _text = stated(tmp_path, **changes)
    one, every = row(plan, "channel  one pair", "email")[1:3]
    assert every == "20 points"
    assert one == f"{-(-100 * detectable_difference(218, 218) // 1):.0f} points"


def test_attempts_of_one_shopper_and_day_count_as_alike(tmp_path):
    often = {"attempts": 40, "gap": "10 min", "per_day": 10}
    changes = {
        "fieldwork.channels": {"phone": often},
        "fieldwork.shoppers": {"s1": {"channels": ["phone"], "per_day": 100}},
        "fieldwork.weeks": 1,
    }
    study, plan, _text = stated(tmp_path, **changes)
    days = held(study, plan.probes, "phone").in_shopper_days
    assert days > 5  # about six of 40 a day
    gap = detectable_difference(40, 40, design_effect=design_effect(days, 0.1))
    one, _every, clustered, waves = row(plan, "channel  one pair", "phone")[1:]
    assert clustered == f"{-(-100 * gap // 1):.0f} points" != one
    needed = providers_in_both_waves(0.4, 0.6, attempts=40, icc=0.1)
    assert waves == f"{needed} (has 3)"


def test_one_provider_has_no_pair_to_be_told_apart(tmp_path):
    changes = {"fieldwork.providers": firms(1)}
    _study, plan, _text = stated(tmp_path, **changes)
    assert row(plan, "channel  one pair", "email")[1:4] == ["–", "–", "–"]


@pytest.mark.parametrize(
    ("n", "hours", "chance"),
    [(14, 3, 0.846), (28, 3, 0.976), (14, 8, 0.9966), (0, 3, 0.0), (5, 24, 1.0)],
)
def test_the_chance_to_find_a_nightly_gap_is_the_published_one(n, hours, chance):
    assert chance_to_find(n, hours) == pytest.approx(chance, abs=5e-4)  # 1 - (1 - g/168)^n


@pytest.mark.parametrize(
    ("n", "dark"), [(14, "19.3 %"), (59, "5.0 %"), (84, "3.5 %"), (218, "1.4 %")]
)
def test_what_could_stay_dark_though_all_answer_is_the_exact_limit(tmp_path, n, dark):
    # Hanley & Lippman-Hand (1983): 0 of 14 leaves 19.3 %. 3/84 is the rule of three's 3.6 %.
    often = {"attempts": n, "gap": "1 h", "per_day": 8}
    changes = {"fieldwork.channels": {"phone": often}, "fieldwork.shoppers": {}}
    _study, _plan, text = stated(tmp_path, **changes)
    assert f"{n} over the whole week. If all are answered: no gap found, and up to {dark}" in text


def test_quiet_hours_without_attempts_are_said_to_stay_unknown(tmp_path):
    calls = {"attempts": 14, "quiet": "21:00-08:00"}
    _study, _plan, text = stated(tmp_path, **{"fieldwork.channels": {"phone": calls}})
    assert "phone: no attempt from 21:00-08:00; it says nothing of these hours." in text
    assert "phone: no attempt at night on a weekend." in text


def test_an_answer_that_may_come_later_says_nothing_of_hours(tmp_path):
    _study, _plan, text = stated(tmp_path)
    assert "Around the clock, at each provider: email: answers may come later: this says" in text
    assert "phone: 3 over the whole week." in text
    pages = {
        "fieldwork.channels": {"website": {"attempts": 14}},
        "fieldwork.providers": {"Invented": {"website": "https://www.alder.example"}},
    }
    assert "website: 14 over the whole week." in stated(tmp_path / "pages", **pages)[2]


@pytest.mark.parametrize(("at_any_hour", "missed"), [(0, 3), (168, 0)])
def test_providers_with_a_part_of_the_week_untried_are_counted(tmp_path, at_any_hour, missed):
    calls = {"attempts": 14, "at_any_hour": at_any_hour, "quiet": "21:00-08:00"}
    channels = {"phone": {**calls, "gap": "1 min", "per_day": 24}, "email": {"attempts": 2}}
    changes = {"fieldwork.channels": channels, "fieldwork.shoppers": {}}
    _study, _plan, text = stated(tmp_path, **changes)
    assert (f"phone: {missed} of 3 providers get no attempt in some part" in text) == bool(missed)
    assert "email: 3 of 3 providers" not in text


def test_a_part_of_the_week_that_a_long_night_leaves_no_hour_is_not_missed(tmp_path):
    often = {"attempts": 168, "gap": "1 min", "per_day": 24}
    changes = {
        "fieldwork.channels": {"phone": often},
        "fieldwork.shoppers": {},
        "audit.night": "18:00-08:00",
    }
    assert "in some part of the week" not in stated(tmp_path, **changes)[2]


def test_the_statement_fits_a_screen(tmp_path):
    every = {"attempts": 12, "gap": "6 d", "cost": 10.0}
    changes = {
        "fieldwork.channels": {name: every for name in ("email", "phone", "chat", "visit")},
        "fieldwork.providers": {
            name: {**contact, "chat": name, "visit": name} for name, contact in firms(9).items()
        },
    }
    _study, plan, _text = stated(tmp_path, **changes)
    assert plan.unplaced
    assert len(plan.statement) < 60
    assert max(map(len, plan.statement)) <= 100


CAUTIONS = {
    "fewer scenarios than attempts": ({}, "scenarios to ask: 2. The same comes twice"),
    "more than the budget": ({"fieldwork.sign_off.budget": 50}, "budget allows (50): the last 1"),
    "no budget": ({"fieldwork.sign_off.budget": None}, "budget is not given; 51 attempts"),
    "one shopper": (
        {"fieldwork.shoppers": {"s1": {"channels": ["phone"]}}},
        "phone: all attempts by s1: what is a shopper's doing cannot be told",
    ),
    "Tet": ({"fieldwork.starts": "2027-01-11"}, "Tết falls between 2027-01-20 and 2027-02-21"),
    "no time to answer": (
        {"fieldwork.channels.phone.watched": "0 s"},
        "phone: `watched` is no time at all",
    ),
    "no cost": ({"fieldwork.channels.phone.cost": None}, "phone: `cost` is not given"),
}


@pytest.mark.parametrize("name", CAUTIONS)
def test_a_weakness_of_the_plan_is_said_before_it_is_locked(tmp_path, name):
    changes, said = CAUTIONS[name]
    assert said in stated(tmp_path, **changes)[2]


def test_a_sound_plan_is_not_warned_of_what_it_does_not_lack(tmp_path):
    scenario = {"stage": "at", "channels": ["phone"]}
    many = {f"q{i}": scenario for i in range(30)}
    calls = {"attempts": 14, "at_any_hour": 28, "gap": "2 h", "per_day": 2, "cost": 5.0}
    changes = {
        "fieldwork.channels": {"phone": {**calls, "quiet": "21:00-08:00"}},
        "fieldwork.scenarios": many,
        "fieldwork.weeks": 7,
        "audit.holidays": ["2027-02-05"],
        "fieldwork.starts": "2026-11-30",
        "fieldwork.shoppers": {code: {"channels": ["phone"]} for code in ("s1", "s2")},
    }
    _study, plan, text = stated(tmp_path, **changes)
    assert not plan.unplaced
    assert "Before it is locked" not in text or "15 minutes" in text


def test_tet_is_not_warned_of_where_its_days_are_listed_or_nobody_keeps_it(tmp_path):
    listed = {"fieldwork.starts": "2027-01-25", "audit.holidays": ["2027-02-05"]}
    assert "Tết" not in stated(tmp_path / "1", **listed)[2]
    elsewhere = {"fieldwork.starts": "2027-01-25", "zone": "Europe/Paris"}
    assert "Tết" not in stated(tmp_path / "2", **elsewhere)[2]


def test_two_calls_that_one_person_cannot_make_are_avoided_or_counted(tmp_path):
    calls = {"attempts": 300, "gap": "0 s", "per_day": 60}
    alone = {"s1": {"channels": ["phone"], "per_day": 500}}
    both = {code: {"channels": ["phone"], "per_day": 500} for code in ("s1", "s2", "s3")}
    changes = {"fieldwork.channels": {"phone": calls}, "fieldwork.weeks": 1}
    one = stated(tmp_path / "1", **changes, **{"fieldwork.shoppers": alone})[2]
    three = stated(tmp_path / "3", **changes, **{"fieldwork.shoppers": both})[2]
    assert int(re.search(r"(\d+) attempts begin within 15 minutes", one)[1]) > 20
    assert "within 15 minutes" not in three
