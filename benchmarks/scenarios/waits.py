"""How long customers wait, the unanswered kept in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from carebench.methods import restricted_mean, waiting

from .registry import Hits, inside, scenario


def waited(rng: Generator, n: int, ever: float, window: np.ndarray | float):
    """Log-normal waits of those who ever are answered, watched for a time; and the flags."""
    wait = np.where(rng.random(n) < ever, 8 * np.exp(rng.standard_normal(n)), np.inf)
    return np.minimum(wait, window), wait <= window


def _quantile_of_all(p: float, ever: float) -> float:
    from scipy.stats import norm

    return float(8 * np.exp(norm.ppf(p / ever))) if p < ever else np.inf


@scenario("quantile of the wait of all")
def quantiles(rng: Generator, repeats: int) -> Hits:
    for n in (8, 12, 20, 40):
        for ever, p in ((0.8, 0.5), (0.8, 0.25), (0.47, 0.25)):
            truth = _quantile_of_all(p, ever)

            def common(n=n, ever=ever, p=p, truth=truth) -> Iterator[list[bool]]:
                for _ in range(repeats // 2):
                    yield [inside(waiting.quantiles(*waited(rng, n, ever, 72.0), [p])[0], truth)]

            yield "order statistics", f"n = {n}, {ever:.0%} ever answered, p = {p:g}", common()
    for n in (12, 20, 40):

        def differing(n=n) -> Iterator[list[bool]]:
            truth = _quantile_of_all(0.5, 0.8)
            for _ in range(repeats // 2):
                window = rng.uniform(8, 96, n)
                yield [inside(waiting.quantiles(*waited(rng, n, 0.8, window), [0.5])[0], truth)]

        yield "log(−log) band", f"n = {n}, watched for 8 to 96 h, median", differing()


@scenario("restricted mean wait")
def restricted(rng: Generator, repeats: int) -> Hits:
    for n in (8, 12, 20, 40):
        for ever in (0.8, 0.47):
            many, _flags = waited(np.random.default_rng(2), 2_000_000, ever, 48.0)
            truth = float(np.minimum(many, 48).mean())

            def draw(n=n, ever=ever, truth=truth) -> Iterator[list[bool]]:
                for _ in range(repeats // 2):
                    waits = waited(rng, n, ever, 48.0)
                    yield [inside(restricted_mean.restricted_mean(*waits, 48.0), truth)]

            yield "area, t", f"n = {n}, 48 h, {ever:.0%} ever answered", draw()


@scenario("share answered within a limit")
def within(rng: Generator, repeats: int) -> Hits:
    from scipy.stats import norm

    truth = 0.6 * float(norm.cdf(np.log(24 / 8)))
    for n in (12, 20, 40):

        def draw(n=n) -> Iterator[list[bool]]:
            for _ in range(repeats // 2):
                waits = waited(rng, n, 0.6, rng.uniform(8, 96, n))
                yield [inside(waiting.answered_within(*waits, 24.0), truth)]

        yield "Kaplan–Meier, log(−log)", f"n = {n}, limit 24 h, watched for 8 to 96 h", draw()
