"""How well the items of a scale go together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from carebench.methods import agreement

from .registry import Hits, inside, scenario


@scenario("alpha of shoppers")
def alphas(rng: Generator, repeats: int) -> Hits:
    truth = agreement.krippendorff_alpha(
        np.repeat(np.arange(20_000), 4), _likert_of(np.random.default_rng(5), 20_000).ravel()
    ).value
    for units in (20, 48):

        def draw(units=units) -> Iterator[list[bool]]:
            for _ in range(repeats // 10):
                scores = _likert_of(rng, units).ravel()
                got = agreement.krippendorff_alpha(np.repeat(np.arange(units), 4), scores)
                yield [inside(got, truth)]

        yield "bootstrap of contacts", f"{units} contacts, the same 4 shoppers, 1 to 5", draw()


def _likert_of(rng: Generator, units: int) -> np.ndarray:
    """Scores of four shoppers whose severities are fixed."""
    level = 3 + 0.7 * rng.standard_normal((units, 1)) + np.array([-0.4, -0.1, 0.1, 0.4])
    return np.clip(np.rint(level + 0.5 * rng.standard_normal((units, 4))), 1, 5)
