"""How revenue is spread over customers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from carebench.methods import concentration

from .registry import Hits, inside, scenario

# How revenue is spread: the sd of its log, or the index of a Pareto tail.
TAILS = {
    "lognormal, sd 1.30": ("lognormal", 1.3011),
    "lognormal, sd 1.68": ("lognormal", 1.6832),
    "Pareto of index 1.5": ("Pareto", 1.5),
    "Pareto of index 1.16": ("Pareto", 1.1610),
}
WIDER = "influence function, twice as wide with a warning"


def _revenues(rng: Generator, tail: tuple[str, float], n: int) -> np.ndarray:
    kind, x = tail
    return (
        rng.lognormal(sigma=x, size=n) if kind == "lognormal" else (1 - rng.random(n)) ** (-1 / x)
    )


def _true_top(tail: tuple[str, float], share: float) -> float:
    """What the top `share` brings among very many: a Lorenz ordinate in closed form."""
    from scipy.stats import norm

    kind, x = tail
    if kind == "lognormal":
        return float(1 - norm.cdf(norm.ppf(1 - share) - x))
    return float(share ** (1 - 1 / x))


def _true_gini(tail: tuple[str, float]) -> float:
    from scipy.stats import norm

    kind, x = tail
    return float(2 * norm.cdf(x / 2**0.5) - 1) if kind == "lognormal" else 1 / (2 * x - 1)


@scenario("share of revenue of the top customers")
def top_shares(rng: Generator, repeats: int) -> Hits:
    for name, tail in TAILS.items():
        for n in (200, 500, 2000):
            for share in (0.2, 0.1, 0.05):
                truth = _true_top(tail, share)

                def draw(tail=tail, n=n, share=share, truth=truth) -> Iterator[list[bool]]:
                    for _ in range(repeats):
                        got = concentration.top_share(_revenues(rng, tail, n), share)
                        yield [inside(got, truth)]

                yield WIDER, f"{name}, n = {n:,}, top {share:.0%} bring {truth:.3f}", draw()


@scenario("Gini coefficient of revenue")
def ginis(rng: Generator, repeats: int) -> Hits:
    for name, tail in TAILS.items():
        for n in (200, 500, 2000):
            truth = _true_gini(tail)

            def draw(tail=tail, n=n, truth=truth) -> Iterator[list[bool]]:
                for _ in range(repeats):
                    yield [inside(concentration.gini(_revenues(rng, tail, n)), truth)]

            yield WIDER, f"{name}, n = {n:,}, Gini {truth:.3f}", draw()
