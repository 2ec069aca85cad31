"""How fast a person answered: the questions of section 4 on studies whose answers are known."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
import re
import time

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from carebench import audit, figures, methods
from carebench.audit.trials import selection, waits
from carebench.audit.waiting.slower import ALIKE, FASTER, SLOWER, _verdict
from carebench.estimate import from_row, records
from carebench.finding import Finding, Skipped
from carebench.methods import business_time, restricted_mean, waiting
from carebench.methods.logrank import logrank
from carebench.methods.multiplicity import holm
from carebench.methods.opening_hours import claimed_minutes
from carebench.methods.restricted_mean import against_the_others, restricted_means
from carebench.reporting.tables import text_table
from carebench.schema import DataError
from studies import attempts, study
from test_real_sources import study as real_study  # noqa: F401

SENT = "2026-01-05T03:00:00Z"  # a Monday, 10:00 in Hanoi
LEVELS = '\n[audit]\nservice_level = { email = "24 h", phone = "60 s" }'
QUESTIONS = {
    "speed": audit.speed,
    "quartiles": audit.quartiles,
    "business": audit.speed_business,
    "curve": lambda care: audit.waiting_curve(care, "email"),
    "slower": lambda care: audit.slower_or_faster(care, "email"),
}
DRAWINGS = {"curve": figures.plot_waiting, "slower": figures.plot_gaps}


def emails(counts, *, hours=1.0, watched=48.0, **columns):
    """E-mails of which k of n were answered, each after `hours`, the others watched."""
    table = attempts(counts, sent_at=SENT, **columns)
    sent = pd.to_datetime(table["sent_at"])
    came = table["outcome"].eq("answered")
    wait = pd.to_timedelta(np.broadcast_to(hours, len(table)), unit="h")
    table["answered_at"] = (sent + wait).where(came)
    table["observed_until"] = sent + pd.to_timedelta(np.broadcast_to(watched, len(table)), unit="h")
    return table


def first(answer):
    assert isinstance(answer, Finding), answer
    return from_row(records(answer.rows)[0])


def rows_of(answer, **wanted):
    """The estimates of the rows that hold the wanted words."""
    return [
        from_row(row)
        for row in records(answer.rows)
        if all(str(word) in str(row[name]) for name, word in wanted.items())
    ]


# The example


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_of_the_example_is_answered_quickly_with_few_columns(example, name):
    audit.audited(example)  # the tables are read
    QUESTIONS[name](example)
    example.answers.clear()
    started = time.process_time()
    answer = QUESTIONS[name](example)
    assert time.process_time() - started < 0.5
    assert isinstance(answer, Finding) and answer.headline
    if answer.labels:
        assert len(text_table(answer).columns) <= 7


def test_the_median_of_the_fast_provider_of_the_example_is_found(example):
    # truth.json: Hạc Giấy Mobile takes calls in 30 s, Ốc Sên Nhanh in 95 s and seldom at all.
    found = audit.slower_or_faster(example, "phone").rows.set_index("provider")
    assert found.loc["Hạc Giấy Mobile", "way"] == -1
    assert found.loc["Ốc Sên Nhanh", "way"] == 1


# What counts


def test_no_function_offers_an_average_of_the_answered_alone():
    offered = {
        name
        for package in (methods, audit)
        for room in pkgutil.iter_modules(package.__path__, package.__name__ + ".")
        for name, value in vars(importlib.import_module(room.name)).items()
        if inspect.isfunction(value)
    }
    assert "restricted_mean" in offered
    telling = re.compile("(mean|average)_(repl|answer|wait|respon)|(repl|answer|wait|speed)_mean")
    assert not [name for name in offered if telling.search(name)]


@pytest.mark.parametrize(
    "method",
    [
        lambda w, e: waiting.median(w, e).value,
        lambda w, e: waiting.quantiles(w, e, [0.25])[0].value,
        lambda w, e: waiting.answered_within(w, e, 24).value,
        lambda w, e: waiting.curve(w, e)["share"].iloc[0],
        lambda w, e: restricted_mean.restricted_mean(w, e, 48).value,
    ],
)
def test_every_number_on_time_changes_with_those_who_were_never_answered(method):
    wait, came = np.arange(1.0, 21), np.ones(20, dtype=bool)
    alone = method(wait, came)
    assert method(np.append(wait, [48.0] * 20), np.append(came, [False] * 20)) != alone
    assert method(np.append(wait, [np.inf] * 20), np.append(came, [False] * 20)) != alone


def test_two_providers_who_answer_alike_when_they_do_differ_in_how_long_one_waits():
    # 80 % and 47 % answered with the same times: about 11 h among the answered for both.
    generator = np.random.default_rng(7)
    times = generator.weibull(0.8, 4000) * 10
    means = []
    for share in (0.8, 0.47):
        came = (generator.random(4000) < share) & (times <= 48)
        means.append(restricted_mean.restricted_mean(np.where(came, times, 48.0), came, 48).value)
    assert means == pytest.approx([18.1, 30.4], abs=1.0)


def test_an_automatic_reply_is_a_dashed_curve_and_never_an_answer(tmp_path):
    table = emails({"A": (4, 10)}, hours=5.0)
    table["acknowledged_at"] = [None] * 4 + ["2026-01-05T03:01:00Z"] * 6
    table.loc[4:, "outcome"] = "auto_ack_only"
    care = study(tmp_path, LEVELS, attempts=table)
    rows = audit.waiting_curve(care, "email").rows
    last = rows.groupby("event")["share"].last()
    assert (last["answered"], last["acknowledged"]) == pytest.approx((0.4, 0.6))
    assert rows.loc[rows["event"].eq("answered") & rows["share"].gt(0), "time"].min() == 5.0
    assert first(audit.speed(care)).value == pytest.approx(0.4)
    axes = Figure().subplots()
    figures.plot_waiting(rows, ax=axes)
    assert [line.get_linestyle() for line in axes.lines[:2]] == ["-", "--"]


def test_bounced_mail_waits_for_ever_and_is_counted_out_loud(tmp_path):
    table = emails({"A": (10, 30)})
    table.loc[10:19, "outcome"] = "bounced"
    table.loc[10:19, "observed_until"] = table.loc[10:19, "sent_at"]
    found = audit.speed(study(tmp_path, LEVELS, attempts=table))
    assert (first(found).k, first(found).n) == (10, 30)
    assert any("bounced 10" in note for note in found.notes)


def test_the_share_within_the_service_level_is_a_claim_and_exact(tmp_path):
    found = first(audit.speed(study(tmp_path, LEVELS, attempts=emails({"A": (0, 14)}))))
    assert found.method == "Clopper–Pearson"
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 14))


def test_calls_given_up_are_bounded_from_both_sides(tmp_path):
    calls = attempts({"A": (40, 100)}, "phone", sent_at=SENT)
    calls["answered_at"] = ["2026-01-05T03:00:30Z"] * 40 + [None] * 60
    calls["observed_until"] = ["2026-01-05T03:00:40Z"] * 80 + ["2026-01-05T03:05:00Z"] * 20
    calls.loc[40:79, "outcome"] = "abandoned"
    found = audit.speed(study(tmp_path, LEVELS, attempts=calls))
    assert [e.value for e in rows_of(found, measure="answered within")] == [0.4]
    assert [e.value for e in rows_of(found, measure="gave up")] == [0.8, 40.0]
    assert any("not known" in note for note in found.notes)


def calls(counts, *, answered_s=30, watched=None):
    """Calls of which k of n were answered; when the others were given up is not recorded."""
    table = attempts(counts, "phone", sent_at="2026-01-05T03:00:07Z", observed_until=watched)
    came = pd.Timestamp("2026-01-05T03:00:07Z") + pd.Timedelta(answered_s, "s")
    table["answered_at"] = pd.Series(came, index=table.index).where(table["outcome"].eq("answered"))
    return table


def test_a_call_that_rang_out_without_an_end_has_ended_unanswered(tmp_path):
    care = study(tmp_path, LEVELS, attempts=calls({"A": (40, 100), "B": (46, 103)}))
    found = audit.speed(care)
    assert (first(found).k, first(found).n) == (86, 203)
    assert any("no answer 117" in note for note in found.notes)
    assert any("117 do not say when" in note for note in found.notes)
    curve = audit.waiting_curve(care, "phone")
    assert curve.rows["share"].max() == pytest.approx(86 / 203)
    assert set(audit.slower_or_faster(care, "phone").rows["n"]) == {100, 103}


def test_emails_of_which_nobody_knows_how_long_they_were_watched_have_no_share(tmp_path):
    table = emails({"A": (10, 30), "B": (10, 30)})
    table.loc[table.index[20:24], "observed_until"] = pd.NaT
    care = study(tmp_path, LEVELS, attempts=table)
    found = audit.speed(care)
    assert first(found).value is None and "how long they were watched" in first(found).reason
    assert any(note.startswith("4 attempts lack a time") for note in found.notes)
    for question in ("quartiles", "curve", "slower"):
        answer = QUESTIONS[question](care)
        assert isinstance(answer, Skipped) and "how long they were watched" in answer.reason


def test_a_few_unwatched_emails_are_left_out_and_counted(tmp_path):
    table = emails({"A": (10, 50)})
    table.loc[table.index[-2:], "observed_until"] = pd.NaT
    found = audit.speed(study(tmp_path, LEVELS, attempts=table))
    assert (first(found).k, first(found).n) == (10, 48)
    assert any(note.startswith("2 attempts lack a time") for note in found.notes)


def test_times_written_to_the_minute_tell_nothing_of_seconds(tmp_path):
    by_minute = calls({"A": (60, 100)}).assign(sent_at=SENT)
    by_minute["answered_at"] = [SENT] * 40 + ["2026-01-05T03:02:00Z"] * 20 + [None] * 40
    care = study(tmp_path, LEVELS, attempts=by_minute)
    found = audit.speed(care)
    within, middle = rows_of(found, channel="phone")
    assert within.value is None and within.reason == "times are written to the minute"
    assert middle.value == 120
    assert any("written to the minute" in note for note in found.notes)
    quarter, _three_quarters, _mean = rows_of(audit.quartiles(care))
    assert quarter.value is None and quarter.reason == "times are written to the minute"
    assert "written to the minute" in audit.waiting_curve(care, "phone").caption


def test_one_time_with_seconds_shows_that_they_were_written_down(tmp_path):
    table = calls({"A": (60, 100)}).assign(sent_at=SENT)
    table["answered_at"] = [SENT] * 59 + ["2026-01-05T03:00:20Z"] + [None] * 40
    found = audit.speed(study(tmp_path, LEVELS, attempts=table))
    assert first(found).value == 0.6
    assert not any("written to the minute" in note for note in found.notes)


def test_a_service_level_of_minutes_can_be_told_from_times_to_the_minute(tmp_path):
    table = calls({"A": (60, 100)}).assign(sent_at=SENT)
    table["answered_at"] = ["2026-01-05T03:02:00Z"] * 60 + [None] * 40
    settings = '\n[audit]\nservice_level = { phone = "5 min" }'
    assert first(audit.speed(study(tmp_path, settings, attempts=table))).value == 0.6


def test_lengths_are_written_in_the_unit_that_they_fill():
    assert [waits.length(x, "seconds") for x in (60, 90, 86_400, 0.5)] == [
        "1 min", "90 s", "24 h", "0.5 s"]  # fmt: skip
    assert waits.length(0.5, "hours") == "30 min"


def test_waits_are_averaged_no_further_than_attempts_were_watched(tmp_path):
    care = study(tmp_path, LEVELS, attempts=emails({"A": (10, 20)}, watched=30.0))
    found = audit.quartiles(care)
    # Twice the service level is 48 h; watched for 30 h, the longest round length is 24 h.
    (mean,) = rows_of(found, measure="in the first 24 h")
    assert mean.value == pytest.approx((1 + 24) / 2)


# Two clocks


WEEK = claimed_minutes("Mo-Fr 08:00-17:30; Sa 08:00-12:00").astype(float)


def _open_hours(start, end, *, holidays=(), week=WEEK):
    clock = business_time.BusinessClock(np.array([week]), np.array(holidays, dtype="datetime64[D]"))
    times = [np.array([when], dtype="datetime64[us]") for when in (start, end)]
    return float(clock.between(*times, np.array([0]))[0])


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-01-05T10:00", "2026-01-05T12:00", 2.0),
        ("2026-01-05T17:00", "2026-01-06T09:00", 1.5),
        ("2026-01-09T17:00", "2026-01-12T08:30", 5.0),  # over a weekend: half, Saturday, half
        ("2026-01-10T13:00", "2026-01-11T20:00", 0.0),
        ("2026-01-05T00:00", "2026-01-19T00:00", 2 * 51.5),
        ("2026-01-05T07:59:30", "2026-01-05T08:00:30", 30 / 3600),
    ],
)
def test_business_time_runs_only_while_it_is_open(start, end, hours):
    assert _open_hours(start, end) == pytest.approx(hours, abs=1e-9)


def test_holidays_stand_still():
    days = ["2026-01-07", "2026-01-06", "2026-01-07"]
    two_weeks = "2026-01-05T00:00", "2026-01-19T00:00"
    assert _open_hours(*two_weeks, holidays=days) == pytest.approx(2 * 51.5 - 19)
    assert _open_hours("2026-01-06T10:00", "2026-01-07T10:00", holidays=days) == 0
    assert _open_hours("2026-01-05T17:00", "2026-01-08T09:00", holidays=days) == 1.5


def test_business_time_equals_counting_minutes():
    generator = np.random.default_rng(3)
    start = np.datetime64("2026-01-05") + generator.integers(0, 30_000, 300).astype(
        "timedelta64[m]"
    )
    end = start + generator.integers(0, 30_000, 300).astype("timedelta64[m]")
    shut = np.array(["2026-01-09", "2026-01-20"], dtype="datetime64[D]")
    minutes = np.datetime64("2026-01-05") + np.arange(70_000).astype("timedelta64[m]")
    is_open = np.tile(WEEK, 7)[:70_000] * ~np.isin(minutes.astype("datetime64[D]"), shut)
    counted = np.concatenate([[0], np.cumsum(is_open)])
    at = [
        (x - np.datetime64("2026-01-05")).astype("timedelta64[m]").astype(int) for x in (start, end)
    ]
    clock = business_time.BusinessClock(np.array([np.ones(168), WEEK[::60]])[:1], ())
    assert clock.between(start, end, np.zeros(300, dtype=int)) == pytest.approx(
        (end - start).astype(float) / 60
    )
    clock = business_time.BusinessClock(np.array([WEEK]), shut)
    got = clock.between(start, end, np.zeros(300, dtype=int))
    assert got == pytest.approx((counted[at[1]] - counted[at[0]]) / 60, abs=1e-9)


def test_each_provider_is_timed_by_its_own_hours_in_its_own_zone(tmp_path):
    # Sent on Monday 03:00 UTC: 10:00 in Hanoi, 04:00 in Paris; answered six hours later.
    table = emails({"Hanoi": (10, 10), "Paris": (10, 10)}, hours=6.0)
    providers = pd.DataFrame({
        "provider": ["Hanoi", "Paris"],
        "zone": ["Asia/Ho_Chi_Minh", "Europe/Paris"],
        "claimed_hours": ["Mo-Fr 09:00-12:00", "Mo-Fr 09:00-12:00"],
    })  # fmt: skip
    care = study(tmp_path, attempts=table, providers=providers)
    one = {
        name: waits.in_business(care, waits.waits_of(part, "email")).times
        for name, part in selection.attempts(care).groupby("provider", observed=True)
    }
    assert one["Hanoi"] == pytest.approx([2.0] * 10)  # 10 to 12
    assert one["Paris"] == pytest.approx([1.0] * 10)  # 9 to 10


def test_the_hours_that_the_study_sets_go_before_those_claimed(tmp_path):
    table = emails({"A": (20, 20)}, hours=24.0)
    providers = pd.DataFrame({"provider": ["A"], "claimed_hours": ["24/7"]})
    settings = '\n[audit]\nbusiness_hours = "Mo-Fr 08:00-17:30"\nholidays = ["2026-01-06"]'
    found = audit.speed_business(study(tmp_path, settings, attempts=table, providers=providers))
    wall, business = rows_of(found, measure="half")
    assert (wall.value, business.value) == pytest.approx((24, 7.5))


def test_an_attempt_at_a_provider_without_known_hours_is_left_out_and_counted(tmp_path):
    table = emails({"A": (8, 10), "B": (8, 10)})
    providers = pd.DataFrame({"provider": ["A", "B"], "claimed_hours": ["24/7", None]})
    found = audit.speed_business(study(tmp_path, attempts=table, providers=providers))
    assert [e.n for e in rows_of(found, measure="half")] == [20, 10]
    assert any(note.startswith("10 attempts are left out") for note in found.notes)


def test_business_hours_that_nobody_understands_name_the_key(tmp_path):
    settings = '\n[audit]\nbusiness_hours = "office"'
    with pytest.raises(DataError, match=r"audit\.business_hours"):
        audit.speed_business(study(tmp_path, settings, attempts=emails({"A": (1, 2)})))


def test_whoever_is_open_longer_does_not_speak_for_the_others(tmp_path):
    # In 14 days B, always open, is watched for 336 business hours and A for 103. Fewer than
    # half were answered; of those still watched when B answers late, B's, more than half were.
    hours = [1.0] * 40 + [300.0] * 40
    table = pd.concat([emails({"A": (9, 40)}), emails({"B": (48, 80)}, hours=hours, watched=336)])
    table = table.assign(attempt_id=range(len(table)))
    table.loc[table["provider"].eq("A"), "observed_until"] = pd.Timestamp(SENT) + pd.Timedelta(
        "14D"
    )
    providers = pd.DataFrame(
        {"provider": ["A", "B"], "claimed_hours": ["Mo-Fr 08:00-17:30; Sa 08:00-12:00", "24/7"]}
    )
    found = audit.speed_business(study(tmp_path, attempts=table, providers=providers))
    assert [e.value for e in rows_of(found, measure="half")] == [None, None]


# Who is slower


def _two_hundred(shares, seed, n=30):
    generator = np.random.default_rng(seed)
    parts = []
    for name, share in shares.items():
        k = int(generator.binomial(n, share))
        parts.append(emails({name: (k, n)}, hours=generator.weibull(0.8, n) * 10, watched=400.0))
    table = pd.concat(parts)
    return table.assign(attempt_id=range(len(table)))


def test_a_provider_that_seldom_answers_is_slower_and_one_that_always_does_faster(tmp_path):
    table = _two_hundred({"seldom": 0.1, "always": 1.0, "x": 0.5, "y": 0.5, "z": 0.5}, 1)
    found = audit.slower_or_faster(study(tmp_path, LEVELS, attempts=table), "email")
    verdicts = found.rows.set_index("provider")["verdict"].to_dict()
    assert verdicts == {
        "seldom": "clearly slower", "always": "clearly faster",
        "x": "not distinguishable", "y": "not distinguishable", "z": "not distinguishable",
    }  # fmt: skip
    assert "clearly slower seldom; clearly faster always" in found.headline
    gap = rows_of(found, provider="seldom")[0]
    assert gap.low > 0 and gap.unit == "hours"


def test_providers_with_few_attempts_are_listed_and_not_judged(tmp_path):
    table = emails({"A": (5, 10), "B": (5, 10), "C": (0, 4)})
    found = audit.slower_or_faster(study(tmp_path, LEVELS, attempts=table), "email")
    last = records(found.rows)[-1]
    assert (last["provider"], last["verdict"], last["reason"]) == (
        "C", "not judged", "fewer than 5 attempts")  # fmt: skip
    assert "2 compared" in found.headline


def test_arms_are_compared_where_no_provider_is_named(tmp_path):
    table = emails({"x": (10, 20), "y": (2, 20)}).rename(columns={"provider": "arm"})
    found = audit.slower_or_faster(study(tmp_path, LEVELS, attempts=table), "email")
    assert found.rows["arm"].tolist() == ["y", "x"]
    assert found.rows["way"].tolist() == [1, -1]


def test_whoever_was_tried_at_worse_hours_is_compared_with_the_others_at_those_hours(tmp_path):
    # By day 9 of 10 are answered, at night 1 of 10, whoever is tried; A was tried at night.
    by_day, at_night = {"A": (9, 10), "B": (54, 60)}, {"A": (6, 60), "B": (1, 10)}
    night = "2026-01-04T19:00:00Z"  # 02:00 in Hanoi
    table = pd.concat([emails(by_day), emails(at_night).assign(sent_at=night)])
    table = table.assign(attempt_id=range(len(table)))
    sent = pd.to_datetime(table["sent_at"])
    table["answered_at"] = (sent + pd.Timedelta("1h")).where(table["answered_at"].notna())
    found = audit.slower_or_faster(study(tmp_path, LEVELS, attempts=table), "email")
    assert set(found.rows["verdict"]) == {"cannot tell: the log-rank test finds no difference"}
    assert found.rows["low"].iloc[0] > 0  # all hours together, A does make one wait longer


def test_nobody_is_clearly_slower_whose_printed_limits_hold_no_difference(example):
    for channel in ("email", "phone"):
        rows = audit.slower_or_faster(example, channel).rows
        apart = (rows["low"] > 0) | (rows["high"] < 0)
        assert apart[rows["way"].abs().eq(1)].all()
        assert not apart[rows["way"].eq(0)].any()
        assert set(rows["confidence_level"]) == {0.95}


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_of_providers_that_are_alike_hardly_one_is_called_slower_or_faster(share):
    generator, accused, by_limits, rounds = np.random.default_rng(3), 0, 0, 60
    of = np.repeat(np.arange(13), 12)
    for _round in range(rounds):
        came = generator.random(len(of)) < share
        data = np.where(came, np.minimum(generator.exponential(10, len(of)), 47), 48.0), came, of
        means = restricted_means(*data, 48, groups=13, confidence_level=1 - 0.05 / 13)
        tests = holm(logrank(*data, groups=13)["p"].tolist())
        said = {
            _verdict(gap, p, 0.05) for gap, p in zip(against_the_others(means), tests, strict=True)
        }
        accused += bool(said & {SLOWER, FASTER})
        by_limits += said != {ALIKE}
    assert accused / rounds <= 0.1  # in 250 audits .04 and .02
    assert by_limits > accused  # the limits alone would accuse too often


def test_crossing_curves_are_said(tmp_path):
    early, late = [1.0] * 20 + [400.0] * 20, [20.0] * 40
    table = pd.concat([
        emails({"early": (20, 40)}, hours=early, watched=400.0),
        emails({"late": (40, 40)}, hours=late, watched=400.0),
    ])  # fmt: skip
    table = table.assign(attempt_id=range(80))
    found = audit.slower_or_faster(study(tmp_path, LEVELS, attempts=table), "email")
    assert all("curves cross" in " ".join(e.warnings) for e in rows_of(found))
    assert "clearly slower" not in set(found.rows["verdict"])


def test_who_answers_all_but_late_is_not_called_faster_where_curves_cross(tmp_path):
    table = pd.concat([
        emails({"early": (14, 40)}, hours=1.0, watched=400.0),
        emails({"late": (40, 40)}, hours=12.0, watched=400.0),
    ])  # fmt: skip
    table = table.assign(attempt_id=range(80))
    rows = audit.slower_or_faster(study(tmp_path, LEVELS, attempts=table), "email").rows
    assert rows["low"].iloc[0] > 0
    assert set(rows["verdict"]) == {"different, yet neither slower nor faster"}


def test_bounced_mail_without_a_time_is_compared_like_all_other(tmp_path):
    table = emails({"A": (10, 20), "B": (10, 20)})
    table.loc[10:19, "outcome"] = "bounced"
    table.loc[10:19, "sent_at"] = None
    found = audit.slower_or_faster(study(tmp_path, LEVELS, attempts=table), "email")
    assert found.rows["n"].tolist() == [20, 20]


def test_a_figure_of_many_shows_both_ends_and_says_how_many_lie_between():
    table = pd.DataFrame({
        "provider": [f"P{i}" for i in range(90)], "value": np.linspace(9, -9, 90),
        "low": np.linspace(8, -10, 90), "high": np.linspace(10, -8, 90), "n": 12,
        "unit": "hours", "reason": "", "verdict": "not distinguishable", "way": 0.0,
    })  # fmt: skip
    table.loc[80:, ["value", "low", "high"]] = math.nan
    axes = Figure(layout="constrained").subplots()
    figures.plot_gaps(table, ax=axes)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[0] == "P0" and names[-1] == "P79" and len(names) == 41
    assert "40 more" in [text.get_text() for text in axes.texts]
    assert figures.plot_gaps.height(table) < 15


# Whatever the data lack


def _edges():
    base = emails({"A": (3, 6), "B": (2, 6)})
    later = base["sent_at"].str.replace("03:00", "04:00")
    return {
        "one provider": emails({"A": (3, 6)}),
        "one attempt": emails({"A": (1, 1)}),
        "one silent attempt": emails({"A": (0, 1)}),
        "none answered": emails({"A": (0, 6), "B": (0, 6)}),
        "all answered": emails({"A": (6, 6), "B": (6, 6)}),
        "no provider": base.drop(columns="provider"),
        "nobody named": base.assign(provider=None),
        "no times": base.drop(columns=["sent_at", "answered_at", "observed_until"]),
        "empty times": base.assign(sent_at=None),
        "answers without times": base.assign(answered_at=None),
        "unwatched": base.assign(observed_until=None),
        "another channel": base.assign(channel="phone"),
        "no channel": base.drop(columns="channel"),
        "at once": base.assign(answered_at=base["sent_at"].where(base["answered_at"].notna())),
        "all bounced": base.assign(outcome="bounced", answered_at=None),
        "watched for no time": base.assign(observed_until=base["sent_at"]),
        "times apart": base.assign(acknowledged_at=later, outcome="auto_ack_only"),
    }


@pytest.mark.parametrize("case", _edges())
def test_every_question_renders_or_says_why_not(tmp_path, case):
    providers = pd.DataFrame({"provider": ["A", "B"], "claimed_hours": ["24/7", None]})
    tables = {"attempts": _edges()[case]}
    if case != "one provider":
        tables["providers"] = providers
    care = study(tmp_path, LEVELS, **tables)
    for name, question in QUESTIONS.items():
        answer = question(care)
        if isinstance(answer, Skipped):
            assert answer.reason.endswith(".")
            continue
        assert not answer.rows.empty and answer.headline
        assert not re.search(r"\bnan\b", answer.headline)
        if answer.labels:
            assert text_table(answer).plain()
        if name in DRAWINGS:
            assert answer.alt and answer.caption
            figure = Figure(layout="constrained")
            DRAWINGS[name](answer.rows, ax=figure.subplots())
            figure.draw_without_rendering()


def test_nothing_claims_certainty_where_none_was_answered(tmp_path):
    care = study(tmp_path, LEVELS, attempts=emails({"A": (0, 6), "B": (0, 6)}))
    (mean,) = rows_of(audit.quartiles(care), measure="mean wait")
    assert mean.value == 48 and mean.low < 40
    assert isinstance(audit.waiting_curve(care, "email"), Skipped)
    verdicts = audit.slower_or_faster(care, "email").rows["verdict"]
    assert set(verdicts) == {"not distinguishable"}


# Real data


@pytest.mark.real_data
def test_the_timed_emails_come_out_with_their_bounces_counted(real_study):  # noqa: F811
    care = real_study("timed_emails")
    found = audit.speed(care)
    within, middle = (from_row(row) for row in records(found.rows))
    assert (within.k, within.n) == (37, 80)  # .4625 within the service level of 24 h
    assert middle.value is None and middle.reason.startswith("not reached")
    assert any("bounced 11" in note for note in found.notes)
    rows = audit.waiting_curve(care, "email").rows
    steps = rows[rows["event"].eq("answered")]
    shares = [steps.loc[steps["time"] <= limit, "share"].iloc[-1] for limit in (1, 24, 72)]
    assert shares == pytest.approx([0.175, 0.4625, 0.4625])


@pytest.mark.real_data
def test_the_calls_of_the_bank_come_out_with_their_phantoms_counted(real_study):  # noqa: F811
    care = real_study("bank_calls")
    found = audit.speed(care)
    within, at_most, *_median = rows_of(found, channel="phone")
    assert within.n == 25_669 - 46  # those whose recorded answer lies before the call
    assert any(note.startswith("46 attempts lack a time") for note in found.notes)
    assert within.value < at_most.value
    assert any("given up while waiting 4,770" in note for note in found.notes)
    counts = care.problems.counts
    assert counts.loc[counts["action"].eq("row not used"), "n"].sum() == 221
    assert 4_770 / 25_669 == pytest.approx(0.1858, abs=5e-5)
    curve = audit.waiting_curve(care, "phone").rows
    assert len(curve) < 450
