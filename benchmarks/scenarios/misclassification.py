"""Shares answered, corrected for labels that are sometimes wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.random import Generator

from carebench.methods.misclassification import Checked, corrected
from carebench.methods.proportions import proportion

from .registry import Hits, inside, scenario

SETTLED = 0.04  # of the attempts are in doubt, and settled by people
CHECKED = 0.10  # of the others


def once(rng: Generator, n: int, truth: float, sensitivity: float, specificity: float) -> bool:
    positive, settled = rng.random(n) < truth, rng.random(n) < SETTLED
    labelled = np.where(positive, rng.random(n) < sensitivity, rng.random(n) >= specificity)
    kinds = []
    for kind in (labelled, ~labelled):
        those = np.flatnonzero(kind & ~settled)
        drawn = rng.choice(those, math.ceil(CHECKED * len(those)), replace=False)
        found = float(positive[drawn].mean()) if len(drawn) else 0.0
        kinds.append(Checked(len(those) / n, found, len(drawn)))
    k = int(positive[settled].sum() + labelled[~settled].sum())
    return inside(corrected(proportion(k, n), *kinds), truth)


@scenario("share answered, corrected for wrong labels")
def double_sampling(rng: Generator, repeats: int) -> Hits:
    for n, (sensitivity, specificity) in product(
        (84, 250, 1000), ((0.98, 0.98), (0.9, 0.9), (0.98, 0.9))
    ):
        for truth in (0.1, 0.3, 0.5, 0.9):

            def draw(n=n, truth=truth, se=sensitivity, sp=specificity) -> Iterator[list[bool]]:
                for _ in range(repeats):
                    yield [once(rng, n, truth, se, sp)]

            setting = f"{n:,} attempts, share {truth}, sensitivity {sensitivity}, specificity"
            yield "double sampling, Jeffreys", f"{setting} {specificity}, 10% checked", draw()
