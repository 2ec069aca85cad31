"""Ranks and the index."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from carebench.methods import composite, providers, ranking

from .rates import BETAS, true_rates
from .registry import Hits, scenario


@scenario("rank")
def rank(rng: Generator, repeats: int) -> Hits:
    for name in ("Beta(2, 2)", "Beta(10, 10)", "all alike"):

        def draw(name=name) -> Iterator[list[bool]]:
            for _ in range(repeats // 10):
                p = true_rates(rng, BETAS[name], 13)
                drawn = providers.posterior_draws(rng.binomial(12, p).tolist(), [12] * 13)
                low, high = ranking.rank_intervals(drawn)
                true = ranking.ranks(p + 1e-9 * rng.random(13))
                yield list((low <= true) & (true <= high))

        yield "posterior", f"13 providers × 12, true rates {name}", draw()


@scenario("index")
def index(rng: Generator, repeats: int) -> Hits:
    for mean in ("arithmetic", "geometric"):

        def draw(mean=mean) -> Iterator[list[bool]]:
            weights = np.full(4, 0.25)
            for _ in range(repeats // 20):
                p = rng.beta(4, 4, (13, 4))
                parts = [
                    providers.posterior_draws(
                        rng.binomial(12, p[:, part]).tolist(),
                        [12] * 13,
                        seed=int(rng.integers(1e9)),
                    )
                    for part in range(4)
                ]
                drawn = composite.composite(np.stack(parts, axis=-1), weights, mean=mean)
                low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
                truth = composite.composite(p, weights, mean=mean)
                yield list((low <= truth) & (truth <= high))

        yield f"{mean} mean of joint draws", "13 providers × 4 parts × 12, Beta(4, 4)", draw()
