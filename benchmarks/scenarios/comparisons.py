"""One wave against another, one provider against the others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from carebench.methods import differences, paired_waves, proportions, providers, restricted_mean

from .rates import logit_normal
from .registry import Hits, inside, scenario
from .waits import waited


@scenario("change of a channel between two waves")
def change_of_a_channel(rng: Generator, repeats: int) -> Hits:
    for n in (12, 24):
        for spread in (0.0, 0.1):

            def draw(n=n, spread=spread) -> Iterator[list[bool]]:
                for _ in range(repeats // 4):
                    before = logit_normal(rng, 0.45, 1.0, 12)
                    after = np.clip(before + 0.1 + spread * rng.standard_normal(12), 0.02, 0.98)
                    k1, k2, size = rng.binomial(n, before), rng.binomial(n, after), np.full(12, n)
                    got = paired_waves.mean_change((k1, size), (k2, size)).estimate
                    truth = 10.0 if spread else 100 * float((after - before).mean())
                    yield [inside(got, truth)]

            kind = "changes that differ by .1" if spread else "the same change for all"
            yield "paired t", f"12 providers × {n} a wave, {kind}", draw()


@scenario("one provider against the mean of the others")
def against_the_field(rng: Generator, repeats: int) -> Hits:
    for own in (6, 24, 84):

        def draw(own=own) -> Iterator[list[bool]]:
            p = logit_normal(rng, 0.4, 1.0, 13)
            for _ in range(repeats // 2):
                k = rng.binomial(own, p)
                first = proportions.proportion(int(k[0]), own)
                others = providers.stratified_proportion(k[1:].tolist(), [own] * 12)
                got = differences.square_and_add(first, others)
                yield [inside(got, float(p[0] - p[1:].mean()))]

        yield "square-and-add", f"13 providers × {own}", draw()


@scenario("longer wait than the others")
def slower(rng: Generator, repeats: int) -> Hits:
    for n in (5, 12, 28):

        def draw(n=n) -> Iterator[list[bool]]:
            ever = np.linspace(0.2, 0.9, 13)
            many = [waited(np.random.default_rng(4), 400_000, e, 48.0)[0].mean() for e in ever]
            truth = np.array([m - (sum(many) - m) / 12 for m in many])
            group = np.repeat(np.arange(13), n)
            for _ in range(repeats // 10):
                parts = [waited(rng, n, e, 48.0) for e in ever]
                waits, flags = (np.concatenate(part) for part in zip(*parts, strict=True))
                means = restricted_mean.restricted_means(waits, flags, group, 48.0, groups=13)
                got = restricted_mean.against_the_others(means)
                yield [inside(one, t) for one, t in zip(got, truth, strict=True)]

        yield "variance recovery", f"13 providers × {n}, 20 to 90 % ever answered, 48 h", draw()
