"""Rates of answers: over all providers, of firms like these, of each provider."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from carebench.methods import providers

from .registry import Hits, inside, scenario


def logit_normal(rng: Generator, mean: float, sd: float, size: int) -> np.ndarray:
    return 1 / (1 + np.exp(-(np.log(mean / (1 - mean)) + sd * rng.standard_normal(size))))


SIZES = {
    "13 providers × 12": np.full(13, 12),
    "13 providers × 24": np.full(13, 24),
    "13 providers of 4 to 60": np.array([4, 4, 6, 8, 8, 12, 12, 16, 20, 24, 30, 40, 60]),
    "5 providers × 20": np.full(5, 20),
}


@scenario("mean rate of these named providers")
def stratified(rng: Generator, repeats: int) -> Hits:
    for name, n in SIZES.items():
        p = logit_normal(rng, 0.4, 1.0, len(n))

        def draw(n=n, p=p) -> Iterator[list[bool]]:
            for _ in range(repeats):
                got = providers.stratified_proportion(rng.binomial(n, p).tolist(), n.tolist())
                yield [inside(got, p.mean())]

        yield "stratified, Wilson", name, draw()


@scenario("rate of firms like these")
def clustered(rng: Generator, repeats: int) -> Hits:
    for name, n in SIZES.items():
        for mean, sd in ((0.4, 1.0), (0.4, 1.5), (0.1, 1.0)):
            truth = float(logit_normal(np.random.default_rng(1), mean, sd, 400_000).mean())

            def draw(n=n, mean=mean, sd=sd, truth=truth) -> Iterator[list[bool]]:
                for _ in range(repeats):
                    k = rng.binomial(n, logit_normal(rng, mean, sd, len(n)))
                    got = providers.clustered_proportion(k.tolist(), n.tolist())
                    yield [inside(got, truth)]

            yield "logit-t, clusters", f"{name}, rate {truth:.2f}, sd {sd:g} on the logit", draw()


BETAS = {"Beta(2, 2)": (2, 2), "Beta(10, 6)": (10, 6), "Beta(10, 10)": (10, 10), "all alike": None}


def true_rates(rng: Generator, beta: tuple[int, int] | None, size: int) -> np.ndarray:
    return np.full(size, 0.5) if beta is None else rng.beta(*beta, size)


@scenario("each provider's rate, drawn towards the others'")
def shrunken(rng: Generator, repeats: int) -> Hits:
    for name in ("Beta(2, 2)", "Beta(10, 6)"):
        for n in (5, 12):

            def draw(name=name, n=n) -> Iterator[list[bool]]:
                for _ in range(repeats // 10):
                    p = true_rates(rng, BETAS[name], 13)
                    got = providers.shrunken(rng.binomial(n, p).tolist(), [n] * 13)
                    yield [inside(one, truth) for one, truth in zip(got, p, strict=True)]

            yield "beta-binomial, full Bayes", f"13 providers × {n}, true rates {name}", draw()
