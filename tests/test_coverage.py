"""The 168-hour week: published values, properties, and coverage simulated."""

from __future__ import annotations

import numpy as np
import pytest

from carebench.estimate import Estimate
from carebench.methods import coverage, round_the_clock
from carebench.methods.edges import STEPS, edges
from carebench.methods.opening_hours import WEEK_MINUTES, claimed_minutes, claimed_week, night_span
from carebench.methods.proportions import clopper_pearson
from carebench.schema import DataError

SCHEDULES = {
    "weekdays": claimed_minutes("Mo-Fr 08:00-17:00"),
    "office": claimed_minutes("Mo-Fr 08:00-17:30; Sa 08:00-12:00"),
    "extended": claimed_minutes("Mo-Su 07:00-22:00"),
    "24/7": claimed_minutes("24/7"),
    "dark from 2 to 5": ~claimed_minutes("Mo-Su 02:00-05:00"),
}


def _slices(generator, n, rounds):
    """One attempt at a random minute in each of n equal slices of the week."""
    length = WEEK_MINUTES / n
    return (np.arange(n) * length + generator.random((rounds, n)) * length).astype(int)


def _office_heavy(generator, n, rounds):
    """Half of the attempts anywhere in the week, half in office hours of weekdays."""
    anywhere = generator.integers(0, WEEK_MINUTES, (rounds, n - n // 2))
    day = generator.integers(0, 5, (rounds, n // 2)) * 1440
    return np.hstack([anywhere, day + 480 + generator.integers(0, 600, (rounds, n // 2))])


def _crowded(hours):
    """Half of the attempts anywhere in the week, half in these hours."""
    inside = np.flatnonzero(claimed_minutes(hours))

    def draw(generator, n, rounds):
        anywhere = generator.integers(0, WEEK_MINUTES, (rounds, n - n // 2))
        return np.hstack([anywhere, generator.choice(inside, (rounds, n // 2))])

    return draw


_nine_to_five = _crowded("Mo-Fr 09:00-17:00")
_saturdays_too = _crowded("Mo-Fr 08:00-17:30; Sa 08:00-12:00")


def _counts(minutes, answered):
    """Attempts answered and made in each hour of the week."""
    place = minutes // 60 + coverage.HOURS * np.arange(len(minutes))[:, None]
    size = coverage.HOURS * len(minutes)
    return tuple(np.bincount(at.ravel(), minlength=size).reshape(-1, coverage.HOURS)
                 for at in (place[answered], place))  # fmt: skip


def _alone(answered, tried):
    """The share of each row as if no other provider had been called."""
    return [coverage.answerable(k, n)[0] for k, n in zip(answered, tried, strict=True)]


@pytest.mark.parametrize("design", [_slices, _office_heavy, _nine_to_five, _saturdays_too])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("chance", [0.62, 1.0])
def test_the_answerable_share_is_covered_whatever_the_staff_and_the_design(
    design, schedule, chance
):
    generator, opened = np.random.default_rng(11), SCHEDULES[schedule]
    truth = opened.mean() * chance
    for n in (42, 84):
        minutes = design(generator, n, 200)
        answered = opened[minutes] & (generator.random(minutes.shape) < chance)
        found = _alone(*_counts(minutes, answered))
        covered = np.mean([one.low - 1e-12 <= truth <= one.high + 1e-12 for one in found])
        assert covered >= 0.92  # simulated: .945 to 1, standard error .015


@pytest.mark.parametrize("design", [_slices, _nine_to_five, _saturdays_too])
@pytest.mark.parametrize("schedule", ["weekdays", "office", "24/7"])
def test_the_mean_over_providers_is_covered_though_half_the_calls_crowd(design, schedule):
    # With five parts alone the same small bias of each of the 13 adds up: .00 to .32 covered.
    generator, opened = np.random.default_rng(21), SCHEDULES[schedule]
    covered = []
    for _ in range(100):
        minutes = design(generator, 84, 13)
        answered = opened[minutes] & (generator.random(minutes.shape) < 0.62)
        mean = coverage.mean_share(coverage.answerable(*_counts(minutes, answered)))
        covered.append(mean.low <= opened.mean() * 0.62 <= mean.high)
    assert np.mean(covered) >= 0.9


def test_hours_that_were_left_out_are_not_known_and_widen():
    tried = np.full(coverage.HOURS, 1)
    tried[[day * 24 + 17 for day in range(5)]] = 0  # weekdays from 17:00, five hours
    (found,) = coverage.answerable(tried, tried)
    (whole,) = coverage.answerable(np.ones(coverage.HOURS, int), np.ones(coverage.HOURS, int))
    assert whole.low - found.low > 4.9 / 168


def test_a_lean_that_many_calls_would_show_is_no_even_spread():
    weights = coverage.part_weights()
    lean = np.array([0.045, -0.02, -0.045, 0.04, -0.02])
    assert coverage.even(np.rint([84 * weights, 10_000 * weights])).all()
    assert not coverage.even(np.rint([1_000 * (weights + lean)])).any()
    assert not coverage.even([[2, 1, 1, 1, 0]]).any()  # no weekend night was tried
    (found,) = coverage.answerable([[2, 1, 1, 1, 0]], [[2, 1, 1, 1, 0]])
    assert found.value is None


def test_half_of_the_calls_in_office_hours_must_not_be_pooled():
    generator, opened = np.random.default_rng(12), SCHEDULES["office"]
    minutes = _office_heavy(generator, 84, 300)
    answered = opened[minutes]
    pooled = [clopper_pearson(int(k), 84) for k in answered.sum(axis=1)]
    assert not any(coverage.spread_evenly(row / 60) for row in minutes)
    # What pooling would have done: it covers next to never.
    assert np.mean([low <= opened.mean() <= high for low, high in pooled]) < 0.3


def test_a_part_of_the_week_that_was_not_tried_widens_by_its_whole_weight():
    tried = np.array([25, 15, 0, 15, 5])
    (found,) = coverage.answerable(tried, tried)
    weight = coverage.part_weights()[2]
    assert found.value is None and found.reason == coverage.UNTRIED
    assert found.high == pytest.approx(1)
    assert found.low < 1 - weight < found.high


def test_nothing_tried_is_no_share_at_all():
    (found,) = coverage.answerable([0] * 5, [0] * 5)
    assert (found.value, found.low, found.high, found.n) == (None, 0, 1, 0)


def test_a_share_lies_inside_its_limits_whatever_the_counts():
    generator = np.random.default_rng(13)
    tried = generator.integers(0, 9, (400, 5))
    answered = generator.binomial(tried, 0.5)
    for one in coverage.answerable(answered, tried):
        assert 0 <= one.low <= one.high <= 1
        assert one.value is None or one.low <= one.value <= one.high


def test_the_parts_of_the_week_make_up_the_week():
    assert coverage.part_weights().sum() == pytest.approx(1)
    hours = dict(zip(coverage.PARTS, coverage.part_weights() * 168, strict=True))
    assert list(hours.values()) == pytest.approx([50, 30, 40, 32, 16])
    # A night that takes all but office hours leaves nothing early and late.
    assert coverage.part_weights((18.0, 8.0))[1] == 0


def test_many_limits_at_once_are_those_of_clopper_and_pearson():
    # 81 of 263 and 0 of 20: Newcombe (1998), Stat. Med. 17:857-872.
    low, high = coverage.exact_limits([81, 0], [263, 20])
    assert low == pytest.approx([0.2527, 0], abs=5e-5)
    assert high == pytest.approx([0.3676, 0.1684], abs=5e-5)
    low, high = coverage.exact_limits([0, 5], [0, 5])
    assert (low[0], high[0], high[1]) == (0, 1, 1)


def _share(value, low, high, n=84):
    return Estimate(value, low, high, n, "m")


def test_the_staffed_share_is_more_than_the_answerable_one_by_the_busy_lines():
    found = coverage.staffed_share(_share(0.4, 0.3, 0.5), 16, 20)
    assert found.value == pytest.approx(0.5)
    assert 0.3 < found.low < 0.5 < found.high < 1
    assert coverage.staffed_share(_share(0.9, 0.8, 1.0), 10, 20).value == 1
    assert coverage.staffed_share(_share(0.1, 0.0, 0.2), 0, 20).value is None
    assert coverage.staffed_share(Estimate.absent("none"), 5, 9).reason == "none"


def test_the_staffed_share_is_covered_though_the_chance_is_estimated():
    generator, opened, chance = np.random.default_rng(14), SCHEDULES["extended"], 0.7
    minutes = _slices(generator, 84, 400)
    answered = opened[minutes] & (generator.random(minutes.shape) < chance)
    core = (minutes < 5 * 1440) & (minutes % 1440 >= 540) & (minutes % 1440 < 1020)
    shares = _alone(*_counts(minutes, answered))
    found = [
        coverage.staffed_share(share, int(k), int(n))
        for share, k, n in zip(shares, (answered & core).sum(axis=1), core.sum(axis=1), strict=True)
    ]
    covered = [one.low <= opened.mean() <= one.high for one in found]
    assert np.mean(covered) >= 0.95  # conservative: the two shares are taken as independent


def test_the_mean_share_speaks_for_these_providers_or_for_others_like_them():
    shares = [_share(0.2, 0.1, 0.3), _share(0.6, 0.5, 0.7), Estimate.absent("not tried")]
    named, alike = coverage.mean_share(shares), coverage.mean_share(shares, sample=True)
    assert named.value == alike.value == pytest.approx(0.4)
    assert named.high - named.low == pytest.approx(0.2 / np.sqrt(2))
    assert alike.low < named.low and named.high < alike.high  # two providers say little of others
    assert coverage.mean_share(shares[2:]).value is None
    assert coverage.mean_share(shares[:1], sample=True).value is None  # one says nothing of others
    assert coverage.mean_share(shares[:1]) == shares[0]


@pytest.mark.parametrize("share", [0.0, 2 / 7, 1.0])
def test_providers_alike_by_chance_leave_an_interval_with_width(share):
    alike = coverage.mean_share([_share(share, share, share, n=42)] * 4, sample=True)
    assert alike.low <= share <= alike.high and alike.high - alike.low > 0.05
    assert "named" not in alike.method


def test_calls_may_be_pooled_only_where_they_lie_over_the_week_as_its_hours_do():
    generator = np.random.default_rng(2)
    slices = _slices(generator, 84, 1)[0] / 60
    assert coverage.spread_evenly(slices)
    office = np.concatenate([slices[:42], 24 * generator.integers(0, 5, 42) + 10])
    assert not coverage.spread_evenly(office)
    assert not coverage.spread_evenly([])


# Claims of 24/7 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by_day", "silent"), [((4, 10), 10), ((6, 10), 5), ((8, 10), 3), ((10, 10), 2), ((12, 20), 4)]
)
def test_24_7_is_refuted_by_just_so_many_silent_nights(by_day, silent):
    verdict = round_the_clock.night_verdicts
    assert verdict([(0, silent)], [by_day]) == ["refuted"]
    assert verdict([(0, silent - 1)], [by_day]) == ["cannot tell"]


def test_claimants_are_judged_as_one_family():
    # One alone would be refuted by four silent nights; among five, Holm asks for more.
    nights, days = [(0, 4)] + [(9, 9)] * 4, [(12, 20)] * 5
    assert round_the_clock.night_verdicts(nights, days)[0] == "cannot tell"
    nights[0] = (0, 8)
    assert round_the_clock.night_verdicts(nights, days)[0] == "refuted"


def test_one_sided_p_values_are_fishers():
    from scipy.stats import fisher_exact

    for k, n, x, m in [(0, 4, 12, 20), (2, 40, 30, 40), (5, 5, 1, 9), (0, 1, 0, 1)]:
        exact = fisher_exact([[k, n - k], [x, m - x]], alternative="less").pvalue
        assert round_the_clock.seldom(k, n, x, m) == pytest.approx(exact)
    assert round_the_clock.seldom([0, 3], [0, 4], [1, 0], [2, 0]).tolist() == [1, 1]


def test_what_may_still_be_uncovered_is_the_exact_rule_of_three():
    # 0 of 14: Hanley & Lippman-Hand (1983), JAMA 249:1743-1745; 59 and 299 are the usual sizes.
    assert round_the_clock.uncovered(14) == pytest.approx(0.193, abs=5e-4)
    assert round_the_clock.uncovered(59) == pytest.approx(0.05, abs=1e-3)
    assert round_the_clock.uncovered(299) == pytest.approx(0.01, abs=1e-4)
    assert round_the_clock.uncovered(0) == 1


# Opening hours as people write them --------------------------------------------------------------


@pytest.mark.parametrize(
    ("vietnamese", "english"),
    [
        ("T2-T6 8h-17h30; T7 8h-12h", "Mo-Fr 08:00-17:30; Sa 08:00-12:00"),
        ("T2-CN 7h-22h", "Mo-Su 07:00-22:00"),
        ("CN 20H-24H", "Su 20:00-24:00"),
        ("t2, t4 9:00-10:00", "Mo,We 09:00-10:00"),
    ],
)
def test_hours_may_be_written_the_vietnamese_way(vietnamese, english):
    assert (claimed_week(vietnamese) == claimed_week(english)).all()


@pytest.mark.parametrize(
    "text", ["T8 8h-9h", "T2 8-9", "T2 8h-25h", "24/24", "T2-T6", "CN 8h75-9h"]
)
def test_hours_that_are_not_understood_say_what_was_expected(text):
    with pytest.raises(DataError, match=r"Expected .*"):
        claimed_week(text)


def test_hours_are_known_to_the_minute():
    minutes = claimed_minutes("Mo 08:15-09:00")
    assert np.flatnonzero(minutes).tolist() == list(range(495, 540))


def test_a_night_may_begin_at_any_minute_and_must_leave_a_day():
    assert night_span("22:00-06:00") == (22, 6)
    assert night_span("21:30-7h") == (21.5, 7)
    assert coverage.at_night([21.4, 21.6, 30.9, 31.1], (21.5, 7)).tolist() == [0, 1, 1, 0]
    for text in ("", "late", "22:00", "06:00-06:00", "00:00-24:00", "25:00-06:00"):
        with pytest.raises(DataError, match="span of the clock"):
            night_span(text)


# Edges of the working day ------------------------------------------------------------------------


def _quarters(generator, opens, closes, chance, n):
    """Calls answered and made by quarter of an hour, one in each of n slices of the day."""
    hours = (np.arange(n) + generator.random((len(opens), n))) * 24 / n
    hit = (hours >= opens[:, None]) & (hours < closes[:, None])
    hit &= generator.random(hours.shape) < chance
    rows = np.repeat(np.arange(len(opens)), n)
    counts = np.zeros((2, len(opens), STEPS), dtype=int)
    quarter = (hours * 4).astype(int).ravel()
    np.add.at(counts[0], (rows, quarter), hit.ravel())
    np.add.at(counts[1], (rows, quarter), 1)
    return counts


def test_the_edges_of_the_day_are_covered():
    generator = np.random.default_rng(15)
    opens, closes = generator.integers(28, 39, 250) / 4, generator.integers(64, 85, 250) / 4
    found = edges(*_quarters(generator, opens, closes, 0.62, 48))
    for at, truth in ((0, opens), (1, closes)):
        limits = [pair[at].limits() for pair in found]
        covered = [low <= t <= high for (low, high), t in zip(limits, truth, strict=True)]
        assert np.mean(covered) >= 0.95  # simulated: .98
        widths = [high - low for low, high in limits]
        assert 1.5 < np.mean(widths) < 4


def test_more_calls_find_the_edges_more_closely():
    generator = np.random.default_rng(16)
    opens, closes = np.full(60, 8.0), np.full(60, 17.5)
    width = {
        n: np.mean([pair[0].limits()[1] - pair[0].limits()[0]
                    for pair in edges(*_quarters(generator, opens, closes, 0.8, n))])
        for n in (48, 192)
    }  # fmt: skip
    assert width[192] < width[48] / 2


def test_no_edge_is_given_below_48_calls_or_without_answers():
    tried = np.zeros((3, STEPS), dtype=int)
    tried[0, :47] = tried[1, :48] = tried[2, :48] = 1
    answered = tried.copy()
    answered[1] = 0
    few, silent, enough = edges(answered, tried)
    assert few is None and silent is None and enough is not None


def test_a_single_slip_of_the_clock_does_not_open_the_night():
    answered, tried = np.zeros(STEPS, dtype=int), np.full(STEPS, 2)
    answered[32:68] = 2
    answered[8] = 1  # one answer at 02:00
    ((opening, _closing),) = edges(answered, tried)
    assert opening.limits() == (8, 8)
