"""Scores, drivers, costs, and what follows for the future: contracts and customers' value."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import numpy as np
from numpy.random import Generator

from carebench.methods import (
    bg_nbd,
    customer_value,
    drivers,
    gamma_gamma,
    incremental,
    ratios,
    sbg,
    scores,
)

from .registry import Hits, inside, scenario

PROMOTERS = {"50, 30 and 20 %": (0.2, 0.3, 0.5), "85, 10 and 5 %": (0.05, 0.10, 0.85)}


@scenario("NPS")
def net_promoters(rng: Generator, repeats: int) -> Hits:
    for name, shares in PROMOTERS.items():
        truth = 100 * (shares[2] - shares[0])
        for n in (20, 100, 300):

            def draw(shares=shares, truth=truth, n=n) -> Iterator[list[bool]]:
                # Reports give no score below 50 answers; here its interval is tried all the same.
                with patch.object(scores, "NPS_MINIMUM", 1):
                    for _ in range(repeats):
                        answers = rng.choice([3.0, 8.0, 10.0], n, p=shares)
                        yield [inside(scores.nps(answers), truth)]

            yield "adjusted Wald", f"n = {n}; promoters, passives, detractors {name}", draw()


EFFECTS = np.array([0.9, 0.7, 0.5, 0.3, 0.0, 0.0])


@scenario("share of a driver")
def driver_shares(rng: Generator, repeats: int) -> Hits:
    for alike in (0.0, 0.3, 0.6):
        truth = drivers_truth(alike)
        for n in (100, 300):
            for effect in (True, False):

                def draw(alike=alike, truth=truth, n=n, effect=effect) -> Iterator[list[bool]]:
                    for _ in range(repeats // 10):
                        items, outcome = _answers(rng, alike, n)
                        found = drivers.lmg(outcome, items, replicates=400)
                        every = zip(found.shares, truth, EFFECTS > 0, strict=True)
                        yield [inside(share, true) for share, true, has in every if has == effect]

                what = "with an effect" if effect else "without an effect of its own"
                setting = f"n = {n}, 6 drivers correlated {alike:g}, one {what}"
                yield "LMG, bootstrap", setting, draw()


def drivers_truth(alike: float) -> list[float]:
    """The shares in so many answers that chance hardly matters."""
    items, outcome = _answers(np.random.default_rng(1), alike, 400_000)
    found = drivers.lmg(outcome, items, replicates=2)
    return [float(share.value or 0.0) for share in found.shares]


def _answers(rng: Generator, alike: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    common = rng.standard_normal((n, 1))
    items = alike**0.5 * common + (1 - alike) ** 0.5 * rng.standard_normal((n, len(EFFECTS)))
    return items, items @ EFFECTS + 2 * rng.standard_normal(n)


@scenario("cost per customer won")
def period_ratios(rng: Generator, repeats: int) -> Hits:
    name = "Fieller, for periods in time"
    for growth in (0.0, 4.0):
        for alike in (0.0, 0.3, 0.6):
            for n in (6, 8, 12, 24):

                def draw(growth=growth, alike=alike, n=n) -> Iterator[list[bool]]:
                    for _ in range(repeats):
                        won = rng.poisson(400 * (1 + growth * np.arange(n) / n))
                        spent = won * 900.0 + 65_000 * _resembling(rng, alike, n)
                        found = ratios.ratio(spent, won, periods=np.arange(n))
                        yield [inside(found, 900.0)]

                how = "growing fourfold" if growth else "alike"
                yield name, f"{n} months {how}, autocorrelation {alike:g}", draw()


def _resembling(rng: Generator, alike: float, n: int) -> np.ndarray:
    """A series of mean 0 and variance 1 in which one period resembles the last."""
    shocks = rng.standard_normal(n) * (1 - alike**2) ** 0.5
    series = np.empty(n)
    last = rng.standard_normal()
    for i, shock in enumerate(shocks):
        last = series[i] = alike * last + shock
    return series


@scenario("cost of keeping one more customer")
def incremental_costs(rng: Generator, repeats: int) -> Hits:
    for kept in (0.84, 0.80):
        for n in (500, 2_000, 8_000):
            truth = 30.0 / (kept - 0.80) if kept > 0.80 else np.inf

            def draw(kept=kept, n=n, truth=truth) -> Iterator[list[bool]]:
                for _ in range(repeats):
                    with_it, without = int(rng.binomial(n, kept)), int(rng.binomial(n, 0.80))
                    trial = incremental.Trial(with_it, n, without, n, spend=30.0)
                    yield [inside(incremental.cost_per_kept(trial, unit="USD"), truth)]

            what = f"{kept:.0%} kept with it" if kept > 0.80 else "nobody kept by it"
            yield "inverted Newcombe", f"{n:,} in each group, {what}, 80% without", draw()


FAR = 12  # the period to which contracts are projected


@scenario("share of contracts still held")
def projections(rng: Generator, repeats: int) -> Hits:
    for alpha, beta in ((0.8, 3.0), (2.0, 12.0)):
        for seen in (4, 7):
            truth = float(sbg.survival(alpha, beta, [FAR])[0])

            def draw(alpha=alpha, beta=beta, seen=seen, truth=truth) -> Iterator[list[bool]]:
                for _ in range(repeats // 10):
                    ends = rng.geometric(rng.beta(alpha, beta, 1000))
                    lost = np.array([(ends == age).sum() for age in range(1, seen + 1)])
                    active = np.r_[np.zeros(seen - 1, dtype=int), 1000 - lost.sum()]
                    fitted = sbg.fitted(lost, active)
                    if fitted.warning:
                        continue  # a report then projects nothing either
                    found = sbg.interval(fitted, lambda a, b: sbg.survival(a, b, [FAR]))
                    yield [inside(found[0], truth)]

            setting = f"1,000 contracts of chances Beta({alpha:g}, {beta:g})"
            yield "sBG, profile likelihood", f"{setting}, {seen} periods seen, period {FAR}", draw()


BUYING = bg_nbd.BgNbd(r=0.8, alpha=50.0, a=1.0, b=4.0)
SPENDING = gamma_gamma.GammaGamma(p=5.0, q=3.5, gamma=1e6)
AHEAD = customer_value.Ahead(730.0, 0.1)


@scenario("what customers will bring in two years, in total")
def future_totals(rng: Generator, repeats: int) -> Hits:
    for n in (300, 1_000, 3_000):

        def draw(n=n) -> Iterator[list[bool]]:
            for _ in range(repeats // 20):
                past, brought = _customers(rng, n)
                buying, spend = _fitted(past)
                if buying.warning or spend.warning:
                    continue  # a report then gives no total either
                yield [inside(_predicted(buying, spend, past), brought)]

        yield "BG/NBD and gamma–gamma, simulated futures", f"{n:,} customers", draw()


def _fitted(past):  # type: ignore[no-untyped-def]
    again = past.x > 0
    spend = gamma_gamma.fit(past.x[again], past.spent[again] / past.x[again])
    return bg_nbd.fit(past.x, past.t_x, past.t), spend


def _predicted(buying, spend, past):  # type: ignore[no-untyped-def]
    models = bg_nbd.BgNbd(*buying.parameters), gamma_gamma.GammaGamma(*spend.parameters)
    groups = np.zeros(len(past.x), dtype=np.int64)
    draws = customer_value.drawn_totals(buying, spend, past, AHEAD, groups, draws=100)
    variance, _times = customer_value.future_variance(*models, past, AHEAD, futures=20)
    total = float(customer_value.value(*models, past, AHEAD).sum())
    return customer_value.interval(
        total, draws.value[:, 0], len(past.x), variance=float(variance.sum()), unit="USD"
    )


def _customers(rng: Generator, n: int) -> tuple[customer_value.Histories, float]:
    """What is known of customers who follow both models, and what they then brought."""
    rate, leaves = rng.gamma(BUYING.r, 1 / BUYING.alpha, n), rng.beta(BUYING.a, BUYING.b, n)
    scale, t = rng.gamma(SPENDING.q, 1 / SPENDING.gamma, n), rng.uniform(140, 700, n)
    x, t_x, spent, brought = np.zeros(n), np.zeros(n), np.zeros(n), 0.0
    there, now = np.arange(n), np.zeros(n)
    while len(there):
        now[there] += rng.exponential(1 / rate[there])
        there = there[now[there] <= t[there] + AHEAD.days]
        amount = rng.gamma(SPENDING.p, 1 / scale[there])
        known = now[there] <= t[there]
        x[there[known]] += 1
        t_x[there[known]] = now[there[known]]
        spent[there[known]] += amount[known]
        later = AHEAD.discount(now[there[~known]] - t[there[~known]])
        brought += float((amount[~known] * later).sum())
        there = there[rng.random(len(there)) >= leaves[there]]
    return customer_value.Histories(x, t_x, t, spent), brought


@scenario("what the model of buying expects of customers in two years")
def expected_of_customers(rng: Generator, repeats: int) -> Hits:
    for what in ("days of purchase, lognormal", "chance of still buying, normal on the log odds"):
        for n in (300, 1_000):

            def draw(what=what, n=n) -> Iterator[list[bool]]:
                for _ in range(repeats // 5):
                    past, _brought = _customers(rng, n)
                    buying, spend = _fitted(past)
                    if buying.warning or spend.warning:
                        continue  # a report then gives neither
                    yield [
                        inside(*_expected(buying, spend, past, chance=what.startswith("chance")))
                    ]

            yield f"BG/NBD, {what}", f"{n:,} customers", draw()


def _expected(buying, spend, past, *, chance: bool):  # type: ignore[no-untyped-def]
    """What is expected of customers who bought again, and what the true parameters say of it."""
    again = past.x > 0
    n, groups = int(again.sum()), again.astype(np.int64)
    draws = customer_value.drawn_totals(buying, spend, past, AHEAD, groups, draws=100)
    found = customer_value.expect(bg_nbd.BgNbd(*buying.parameters), past, AHEAD)
    truth = customer_value.expect(BUYING, past, AHEAD)
    if chance:
        mean = found.alive[again].mean()
        return customer_value.chance_interval(mean, draws.alive[:, 1] / n, n), truth.alive[
            again
        ].mean()
    total = found.purchases[again].sum()
    return (
        customer_value.interval(total, draws.purchases[:, 1], n, unit="ratio"),
        truth.purchases[again].sum(),
    )
