"""How often the intervals of a report hold the truth: the long run behind docs/coverage.md.

    python benchmarks/coverage.py [--repeats 2000] [--only rank] [--write]

Every scenario draws data of a known truth, asks the very functions that the reports ask, and
counts how often the truth lies inside. The tests run short versions of some of them. --write
puts the table into docs/coverage.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.random import Generator

from carebench.estimate import Estimate
from carebench.methods import (
    agreement,
    composite,
    concentration,
    consistency,
    contacts,
    coverage,
    differences,
    edges,
    opening_hours,
    paired_waves,
    proportions,
    providers,
    ranking,
    restricted_mean,
    severity,
    waiting,
)

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
SEED = 95
LOW = 0.93  # below this the report itself says so
Hits = Iterator[tuple[str, str, Iterator[list[bool]]]]  # method, setting, one list a repeat
SCENARIOS: dict[str, Callable[[Generator, int], Hits]] = {}


def scenario(what: str) -> Callable[[Callable[..., Hits]], Callable[..., Hits]]:
    """Register a scenario under the name of the number that its interval is of."""

    def register(simulate: Callable[..., Hits]) -> Callable[..., Hits]:
        SCENARIOS[what] = simulate
        return simulate

    return register


def inside(estimate: Estimate, truth: float) -> bool:
    """Whether the interval holds the truth; one that is not given covers nothing."""
    if estimate.low is None or estimate.high is None:
        return False
    return bool(estimate.low - 1e-12 <= truth <= estimate.high + 1e-12)


def main() -> None:
    """Run every scenario and print, or write, the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=2000)
    parser.add_argument("--only", default="", help="scenarios whose name holds this word")
    parser.add_argument("--write", action="store_true", help="into docs/coverage.md")
    arguments = parser.parse_args()
    lines = [*enumerated()] if not arguments.only else []
    for number, (what, simulate) in enumerate(SCENARIOS.items()):
        if arguments.only in what:
            started, rng = time.process_time(), np.random.default_rng([SEED, number])
            for method, setting, repeats in simulate(rng, arguments.repeats):
                lines.append(row(what, method, setting, [hit for hits in repeats for hit in hits]))
                print(lines[-1], flush=True)
            print(f"  {time.process_time() - started:.0f} CPU s", flush=True)
    if arguments.write:
        DOCUMENT.write_text(document(lines, arguments.repeats), encoding="utf-8")


def row(what: str, method: str, setting: str, hits: list[bool]) -> str:
    share = float(np.mean(hits))
    error = (share * (1 - share) / len(hits)) ** 0.5
    shown = f"**{share:.3f}**" if share < LOW else f"{share:.3f}"
    return f"| {what} | {method} | {setting} | {shown} | ±{1.96 * error:.3f} |"


def document(lines: list[str], repeats: int) -> str:
    return "\n".join(
        [
            "# How often the intervals hold the truth",
            "",
            "Coverage of nominal 95 % intervals, of the functions that the reports call. Written",
            f"by `python benchmarks/coverage.py --write` with up to {repeats:,} repeats a row; the",
            "first rows are enumerated and have no error of their own. Bold: below .93, where the",
            "report's method box says so. Above .95 an interval is wider than it need be. Several",
            "intervals of one repeat (one for each provider) are counted one by one; the error",
            "takes them as independent.",
            "",
            "| interval of | method | setting | covers | 95 % error |",
            "|---|---|---|---|---|",
            *lines,
            "",
        ]
    )


def enumerated() -> Iterator[str]:
    """Coverage of one rate and of a difference, from every count there can be."""
    from scipy.stats import binom

    rates = np.linspace(0.02, 0.98, 49)
    for method in ("wilson", "clopper-pearson"):
        for n in (5, 12, 20, 84):
            every = [proportions.proportion(k, n, method=method) for k in range(n + 1)]
            chance = binom.pmf(np.arange(n + 1)[:, None], n, rates)
            held = np.array([[inside(one, p) for p in rates] for one in every])
            yield _exact("one rate", method, f"n = {n}", (chance * held).sum(axis=0))
    for n1, n2 in ((5, 5), (12, 12), (20, 20), (12, 84)):
        coarse = np.linspace(0.05, 0.95, 19)
        one, two = (binom.pmf(np.arange(n + 1)[:, None], n, coarse) for n in (n1, n2))
        held = np.zeros((len(coarse), len(coarse)))
        for i in range(n1 + 1):
            for j in range(n2 + 1):
                limits = proportions.difference(i, n1, j, n2)
                gap = coarse[:, None] - coarse[None, :]
                is_in = (limits.low - 1e-12 <= gap) & (gap <= limits.high + 1e-12)
                held += np.outer(one[i], two[j]) * is_in
        yield _exact("difference of two rates", "Newcombe", f"n = {n1} and {n2}", held)


def _exact(what: str, method: str, setting: str, covers: np.ndarray) -> str:
    mean, least = float(covers.mean()), float(covers.min())
    shown = f"**{mean:.3f}**" if mean < LOW else f"{mean:.3f}"
    line = f"| {what} | {method} | {setting} | {shown} on average, {least:.3f} at worst | exact |"
    print(line, flush=True)
    return line


def _logit_normal(rng: Generator, mean: float, sd: float, size: int) -> np.ndarray:
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
        p = _logit_normal(rng, 0.4, 1.0, len(n))

        def draw(n=n, p=p) -> Iterator[list[bool]]:
            for _ in range(repeats):
                got = providers.stratified_proportion(rng.binomial(n, p).tolist(), n.tolist())
                yield [inside(got, p.mean())]

        yield "stratified, Wilson", name, draw()


@scenario("rate of firms like these")
def clustered(rng: Generator, repeats: int) -> Hits:
    for name, n in SIZES.items():
        for mean, sd in ((0.4, 1.0), (0.4, 1.5), (0.1, 1.0)):
            truth = float(_logit_normal(np.random.default_rng(1), mean, sd, 400_000).mean())

            def draw(n=n, mean=mean, sd=sd, truth=truth) -> Iterator[list[bool]]:
                for _ in range(repeats):
                    k = rng.binomial(n, _logit_normal(rng, mean, sd, len(n)))
                    got = providers.clustered_proportion(k.tolist(), n.tolist())
                    yield [inside(got, truth)]

            yield "logit-t, clusters", f"{name}, rate {truth:.2f}, sd {sd:g} on the logit", draw()


BETAS = {"Beta(2, 2)": (2, 2), "Beta(10, 6)": (10, 6), "Beta(10, 10)": (10, 10), "all alike": None}


def _rates(rng: Generator, beta: tuple[int, int] | None, size: int) -> np.ndarray:
    return np.full(size, 0.5) if beta is None else rng.beta(*beta, size)


@scenario("each provider's rate, drawn towards the others'")
def shrunken(rng: Generator, repeats: int) -> Hits:
    for name in ("Beta(2, 2)", "Beta(10, 6)"):
        for n in (5, 12):

            def draw(name=name, n=n) -> Iterator[list[bool]]:
                for _ in range(repeats // 10):
                    p = _rates(rng, BETAS[name], 13)
                    got = providers.shrunken(rng.binomial(n, p).tolist(), [n] * 13)
                    yield [inside(one, truth) for one, truth in zip(got, p, strict=True)]

            yield "beta-binomial, full Bayes", f"13 providers × {n}, true rates {name}", draw()


def _waits(rng: Generator, n: int, ever: float, window: np.ndarray | float):
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
                    yield [inside(waiting.quantiles(*_waits(rng, n, ever, 72.0), [p])[0], truth)]

            yield "order statistics", f"n = {n}, {ever:.0%} ever answered, p = {p:g}", common()
    for n in (12, 20, 40):

        def differing(n=n) -> Iterator[list[bool]]:
            truth = _quantile_of_all(0.5, 0.8)
            for _ in range(repeats // 2):
                window = rng.uniform(8, 96, n)
                yield [inside(waiting.quantiles(*_waits(rng, n, 0.8, window), [0.5])[0], truth)]

        yield "log(−log) band", f"n = {n}, watched for 8 to 96 h, median", differing()


@scenario("restricted mean wait")
def restricted(rng: Generator, repeats: int) -> Hits:
    for n in (8, 12, 20, 40):
        for ever in (0.8, 0.47):
            many, _flags = _waits(np.random.default_rng(2), 2_000_000, ever, 48.0)
            truth = float(np.minimum(many, 48).mean())

            def draw(n=n, ever=ever, truth=truth) -> Iterator[list[bool]]:
                for _ in range(repeats // 2):
                    waits = _waits(rng, n, ever, 48.0)
                    yield [inside(restricted_mean.restricted_mean(*waits, 48.0), truth)]

            yield "area, t", f"n = {n}, 48 h, {ever:.0%} ever answered", draw()


@scenario("share answered within a limit")
def within(rng: Generator, repeats: int) -> Hits:
    from scipy.stats import norm

    truth = 0.6 * float(norm.cdf(np.log(24 / 8)))
    for n in (12, 20, 40):

        def draw(n=n) -> Iterator[list[bool]]:
            for _ in range(repeats // 2):
                waits = _waits(rng, n, 0.6, rng.uniform(8, 96, n))
                yield [inside(waiting.answered_within(*waits, 24.0), truth)]

        yield "Kaplan–Meier, log(−log)", f"n = {n}, limit 24 h, watched for 8 to 96 h", draw()


WEEK = {
    "weekdays 08–17": "Mo-Fr 08:00-17:00",
    "office, Saturday mornings": "Mo-Fr 08:00-17:30; Sa 08:00-12:00",
    "extended": "Mo-Su 07:00-22:00",
    "24/7": "24/7",
    "24/7, dark 02 to 05": "Mo-Su 05:00-24:00; Mo-Su 00:00-02:00",
}
# Where half of the calls are made; the other half lies at random over the week.
CROWDED = {
    "half on weekdays 08–18": "Mo-Fr 08:00-18:00",
    "half on weekdays 09–17": "Mo-Fr 09:00-17:00",
    "half in office hours, Saturday mornings too": WEEK["office, Saturday mornings"],
}
DESIGNS = ("sliced", "at random", *CROWDED)


@scenario("answerable share of the week")
def answerable(rng: Generator, repeats: int) -> Hits:
    """One provider, whose own calls are all that is known of how they were spread."""
    for is_open, s, n, design, setting in _weeks():

        def draw(is_open=is_open, s=s, n=n, design=design) -> Iterator[list[bool]]:
            for _ in range(repeats // 4):
                counts = _called(rng, is_open * s, n, design, providers=1)
                yield [inside(coverage.answerable(*counts)[0], float(is_open.mean()) * s)]

        yield "weighted by hour, MOVER", setting, draw()


@scenario("answerable share of the week, mean over providers")
def mean_answerable(rng: Generator, repeats: int) -> Hits:
    for is_open, s, n, design, setting in _weeks():

        def draw(is_open=is_open, s=s, n=n, design=design) -> Iterator[list[bool]]:
            for _ in range(repeats // 4):
                counts = _called(rng, is_open * s, n, design, providers=13)
                mean = coverage.mean_share(coverage.answerable(*counts))
                yield [inside(mean, float(is_open.mean()) * s)]

        yield "mean of the named, MOVER", f"13 × {setting}", draw()


def _weeks() -> Iterator[tuple[np.ndarray, float, int, str, str]]:
    """Hours staffed, chance to be answered in them, calls, their design, and all in words."""
    for design in DESIGNS:
        for n in (42, 84):
            for name, hours in WEEK.items():
                for s in (0.62, 1.0):
                    setting = f"{name}, s = {s:g}, n = {n}, {design}"
                    yield opening_hours.claimed_week(hours), s, n, design, setting


def _called(
    rng: Generator, chance: np.ndarray, n: int, design: str, providers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Calls answered and made by hour of the week, n a provider."""
    hour = np.array([_schedule(rng, n, design) for _ in range(providers)])
    hit = rng.random(hour.shape) < chance[hour]
    place = hour + 168 * np.arange(providers)[:, None]
    answered, tried = (np.bincount(at.ravel(), minlength=168 * providers)
                       for at in (place[hit], place))  # fmt: skip
    return answered.reshape(-1, 168), tried.reshape(-1, 168)


def _schedule(rng: Generator, n: int, design: str) -> np.ndarray:
    if design == "sliced":
        return ((np.arange(n) + rng.random(n)) * 168 / n).astype(int)
    if design == "at random":
        return rng.integers(0, 168, n)
    crowded = np.flatnonzero(opening_hours.claimed_week(CROWDED[design]) == 1)
    return np.concatenate([rng.choice(crowded, n // 2), rng.integers(0, 168, n - n // 2)])


@scenario("opening and closing time")
def opening(rng: Generator, repeats: int) -> Hits:
    for n in (48, 96):
        for s in (0.62, 0.9):

            def draw(n=n, s=s) -> Iterator[list[bool]]:
                for _ in range(repeats // 10):
                    begins, ends = rng.integers(24, 40) / 4, rng.integers(64, 88) / 4
                    hour = (np.arange(n) + rng.random(n)) * 24 / n
                    hit = (hour >= begins) & (hour < ends) & (rng.random(n) < s)
                    quarter = (hour * 4).astype(int)
                    tried = np.bincount(quarter, minlength=96)
                    answered = np.bincount(quarter[hit], minlength=96)
                    (found,) = edges.edges(answered, tried)
                    if found is not None:
                        limits = [edge.limits() for edge in found]
                        yield [
                            low <= x <= high
                            for (low, high), x in zip(limits, (begins, ends), strict=True)
                        ]

            yield "grid posterior", f"{n} attempts, s = {s:g}, on the quarter of an hour", draw()


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


@scenario("rank")
def rank(rng: Generator, repeats: int) -> Hits:
    for name in ("Beta(2, 2)", "Beta(10, 10)", "all alike"):

        def draw(name=name) -> Iterator[list[bool]]:
            for _ in range(repeats // 10):
                p = _rates(rng, BETAS[name], 13)
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


@scenario("change of a channel between two waves")
def change_of_a_channel(rng: Generator, repeats: int) -> Hits:
    for n in (12, 24):
        for spread in (0.0, 0.1):

            def draw(n=n, spread=spread) -> Iterator[list[bool]]:
                for _ in range(repeats // 4):
                    before = _logit_normal(rng, 0.45, 1.0, 12)
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
            p = _logit_normal(rng, 0.4, 1.0, 13)
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
            many = [_waits(np.random.default_rng(4), 400_000, e, 48.0)[0].mean() for e in ever]
            truth = np.array([m - (sum(many) - m) / 12 for m in many])
            group = np.repeat(np.arange(13), n)
            for _ in range(repeats // 10):
                parts = [_waits(rng, n, e, 48.0) for e in ever]
                waits, flags = (np.concatenate(part) for part in zip(*parts, strict=True))
                means = restricted_mean.restricted_means(waits, flags, group, 48.0, groups=13)
                got = restricted_mean.against_the_others(means)
                yield [inside(one, t) for one, t in zip(got, truth, strict=True)]

        yield "variance recovery", f"13 providers × {n}, 20 to 90 % ever answered, 48 h", draw()


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


if __name__ == "__main__":
    main()
