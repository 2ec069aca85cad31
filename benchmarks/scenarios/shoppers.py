"""Scores of shoppers: how far they agree, and means without their severity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from carebench.methods import consistency, contacts, severity

from .registry import Hits, inside, scenario


@scenario("ICC of shoppers")
def agreements(rng: Generator, repeats: int) -> Hits:
    for units in (13, 26, 40):
        for which, name in enumerate(("ICC(2,1)", "ICC(2,k)")):

            def draw(units=units, which=which) -> Iterator[list[bool]]:
                truth = _likert_icc(4)
                for _ in range(repeats // 2):
                    yield [inside(consistency.icc(_likert(rng, units, 4))[which], truth[which])]

            yield f"{name}, F", f"{units} contacts, 4 shoppers, 1 to 5", draw()


def _likert(rng: Generator, units: int, raters: int) -> np.ndarray:
    level = 3 + 0.7 * rng.standard_normal((units, 1)) + 0.3 * rng.standard_normal((1, raters))
    return np.clip(np.rint(level + 0.5 * rng.standard_normal((units, raters))), 1, 5)


def _likert_icc(raters: int) -> tuple[float, float]:
    """Of the rounded scores, from variances over very many shoppers and contacts."""
    rng = np.random.default_rng(3)
    table = _likert(rng, 4000, 400)
    rows, columns, rest = consistency._mean_squares(table)
    between, shopper = (rows - rest) / 400, (columns - rest) / 4000
    one = between / (between + shopper + rest)
    return float(one), float(raters * one / (1 + (raters - 1) * one))


@scenario("providers' means, shoppers' severity taken out")
def severities(rng: Generator, repeats: int) -> Hits:
    def draw() -> Iterator[list[bool]]:
        truth = 3 + 0.3 * rng.standard_normal(13)
        for _ in range(repeats // 2):
            n, sums, squares = np.zeros((13, 6)), np.zeros((13, 6)), 0.0
            strict = 0.3 * rng.standard_normal(6)
            strict -= strict.mean()
            for provider in range(13):
                for shopper in (np.arange(3) + provider) % 6:
                    score = truth[provider] + strict[shopper] + 0.7 * rng.standard_normal(4)
                    n[provider, shopper], sums[provider, shopper] = 4, score.sum()
                    squares += float((score**2).sum())
            means = severity.two_way(n, sums, squares, scale=(-9, 15)).means
            yield [inside(one, t) for one, t in zip(means, truth, strict=True)]

    yield "two-way least squares", "13 providers, 3 of 6 shoppers each, 4 contacts a pair", draw()


@scenario("share of 4s and 5s")
def top_two(rng: Generator, repeats: int) -> Hits:
    for firms, m in ((1, 12), (1, 40), (13, 12)):

        def draw(firms=firms, m=m) -> Iterator[list[bool]]:
            level = 3.3 + 0.4 * rng.standard_normal(firms)
            many = np.clip(
                np.rint(level[:, None] + 0.86 * rng.standard_normal((firms, 200_000))), 1, 5
            )
            truth = float((many >= 4).mean())
            for _ in range(repeats // 2):
                contact = level[:, None, None] + 0.7 * rng.standard_normal((firms, m, 1))
                score = np.clip(np.rint(contact + 0.5 * rng.standard_normal((firms, m, 6))), 1, 5)
                k, n = (score >= 4).sum(axis=2), np.full((firms, m), 6)
                sums = (part.sum(axis=1) for part in (k, n, k * k, k * n, n * n))
                yield [inside(contacts.share_of_scores(np.full(firms, m), *sums), truth)]

        yield "contact as unit, Wilson", f"{firms} providers × {m} contacts × 6 points", draw()
