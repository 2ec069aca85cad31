"""Several waves of one score: what is change, and what chance alone would give."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .multiplicity import holm
from .proportions import z_quantile
from .scores import adjusted_nps

Floats = npt.NDArray[np.float64]

FEWEST = 3  # waves; two are compared, not put into a trend
LEAST = 3.0  # n·p(1 − p) of a wave; with less, chi-square misjudges chance

CHANCE = N_("no more than chance")
RISES = N_("rises steadily")
FALLS = N_("falls steadily")
BEYOND = N_("changes beyond chance")
CANNOT_TELL = N_("cannot tell")

SPARSE = N_("one of them rests on too little")
ALIKE = N_("nothing ever differed")
TOO_SHORT = N_("a trend needs three points in time")
LINE = N_("weighted least squares, normal quantiles")
SPREAD = N_("DerSimonian–Laird, limits by Q-profile")
AT_ZERO = N_("they differ no more than chance gives: the estimate stands at its limit, 0")
TOO_ALIKE = N_("they are more alike than chance usually makes them: no limits")


@dataclass(frozen=True, slots=True)
class Spread:
    """How far numbers differ beyond their own errors: Cochran's Q, and the variance between.

    `p_value` is of no difference; `low` and `high` are the limits of `variance`.
    """

    q: float
    p_value: float
    variance: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trend:
    """What several waves say together.

    Parameters
    ----------
    verdict : str
        CHANCE, RISES, FALLS, BEYOND or CANNOT_TELL.
    p_value : float
        Of no change: the smaller of the two tests', by Holm.
    alike_p : float
        Of no difference between the waves (Cochran's Q), of this test alone.
    slope : Estimate
        Change per wave, in points.
    between : Estimate
        Standard deviation of the waves beyond chance, in points.
    band : array of float, shape (waves, 2)
        Limits in which all waves together would lie, more often than the level says, were there
        no change; in the unit of the estimates. nan where there is none.
    """

    verdict: str
    p_value: float
    alike_p: float
    slope: Estimate
    between: Estimate
    band: Floats


def trend(estimates: Sequence[Estimate], *, confidence_level: float = 0.95) -> Trend:
    """Whether waves differ by more than chance, and whether they lie on a line.

    Parameters
    ----------
    estimates : sequence of Estimate
        A score in each wave, oldest first: shares, or net promoter scores in points. Those
        without a value keep their place in time and are otherwise left out.

    Notes
    -----
    Two tests, judged by Holm: that all waves are alike (Cochran's Q [1]_ with the variance of
    one answer over all waves together; for plain shares it is Pearson's chi-square), and that
    the slope is 0. The slope is of weighted least squares; the waves' scatter about the line
    counts as far as it exceeds chance. A slope is called steady only where the waves do not
    differ from its line by more than chance. The variance between waves is that of
    DerSimonian & Laird [2]_ with Q-profile limits [3]_. The band is that of an analysis of
    means [4]_, by Bonferroni and at half the level's error, as Holm grants one of two tests.

    References
    ----------
    .. [1] Cochran (1954), Biometrics 10:101-129.
    .. [2] DerSimonian & Laird (1986), Controlled Clinical Trials 7:177-188.
    .. [3] Viechtbauer (2007), Stat. Med. 26:37-52.
    .. [4] Ott (1967), Industrial Quality Control 24:101-109.
    """
    there = np.array([one.value is not None for one in estimates], dtype=bool)
    known = [one for one in estimates if one.value is not None]
    if len(known) < FEWEST:
        return _untold(TOO_SHORT, estimates)
    value, spread, size = np.array([_one_answer(one) for one in known]).T
    pooled = _pooled(value, spread, size)
    if pooled <= 1e-12:
        return _untold(ALIKE, estimates)
    if (size * pooled).min() < LEAST:
        return _untold(SPARSE, estimates)
    beyond = differences(value, pooled / size, confidence_level=confidence_level)
    own = (size * spread + 2 * pooled) / (size + 2)  # a wave of ones alone varies, too
    slope, error, line_p = _line(np.flatnonzero(there).astype(float), value, own / size)
    slope_p = math.erfc(abs(slope) / error / math.sqrt(2))
    n = sum(one.n for one in known)
    half = z_quantile(confidence_level) * error
    band = np.full((len(estimates), 2), np.nan)
    band[there] = _band(value, size, pooled, known[0].unit, confidence_level)
    return Trend(
        _verdict(slope, slope_p, beyond.p_value, line_p, 1 - confidence_level),
        min(holm([slope_p, beyond.p_value])),
        beyond.p_value,
        Estimate(100 * slope, 100 * (slope - half), 100 * (slope + half), n, LINE, "points",
                 confidence_level),
        _between(beyond, n, confidence_level),
        band,
    )  # fmt: skip


def differences(
    values: npt.ArrayLike, variances: npt.ArrayLike, *, confidence_level: float = 0.95
) -> Spread:
    """Cochran's Q of several independent numbers, and the variance between them beyond chance.

    Parameters
    ----------
    values, variances : arrays of float, shape (k,)
        The numbers, and the squares of their standard errors.

    References
    ----------
    .. [1] DerSimonian & Laird (1986), Controlled Clinical Trials 7:177-188.
    .. [2] Viechtbauer (2007), Stat. Med. 26:37-52.
    """
    from scipy.special import chdtrc, chdtri

    y, v = np.asarray(values, dtype=float), np.asarray(variances, dtype=float)
    df, weight = len(y) - 1, 1 / v

    def profile(between: float) -> float:
        at = 1 / (v + between)
        return float((at * (y - (at @ y) / at.sum()) ** 2).sum())

    q, tail = profile(0.0), (1 - confidence_level) / 2
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    low, high = (_root(profile, float(chdtri(df, share)), v) for share in (tail, 1 - tail))
    variance = max(0.0, (q - df) / scale)
    return Spread(q, float(chdtrc(df, q)), variance, min(low, variance), max(high, variance))


def _root(profile: Callable[[float], float], aim: float, variances: Floats) -> float:
    """Where the falling `profile` comes down to `aim`; 0 where it begins below."""
    from scipy.optimize import brentq

    if profile(0.0) <= aim:
        return 0.0
    upper = float(variances.max())
    while profile(upper) > aim:
        upper *= 4
    return float(brentq(lambda between: profile(between) - aim, 0.0, upper, xtol=1e-12))


def _one_answer(score: Estimate) -> tuple[float, float, float]:
    """A score as a mean of answers: its value, the variance of one answer, how many they are."""
    size = score.n / (score.design_effect or 1.0)
    if score.unit == "share":
        share = score.value or 0.0
        return share, share * (1 - share), size
    _centre, error, adjusted = adjusted_nps(score)
    return (score.value or 0.0) / 100, (error / 100) ** 2 * adjusted, size


def _pooled(value: Floats, spread: Floats, size: Floats) -> float:
    """The variance of one answer where all waves are taken together."""
    mean = float(size @ value / size.sum())
    return float(size @ (spread + value**2) / size.sum()) - mean**2


def _line(x: Floats, y: Floats, v: Floats) -> tuple[float, float, float]:
    """Slope, its standard error, and the p-value of the waves' lying on the line."""
    from scipy.special import chdtrc

    design, df = np.column_stack([np.ones(len(x)), x]), len(x) - 2

    def fit(variance: Floats) -> tuple[Floats, Floats]:
        inverse = np.linalg.inv((design.T / variance) @ design)
        return np.asarray(inverse @ ((design.T / variance) @ y)), np.asarray(inverse)

    line, inverse = fit(v)
    q = float(((y - design @ line) ** 2 / v).sum())
    scale = float((1 / v).sum() - np.trace(inverse @ ((design.T / v**2) @ design)))
    line, inverse = fit(v + max(0.0, (q - df) / scale))
    return float(line[1]), math.sqrt(float(inverse[1, 1])), float(chdtrc(df, q))


def _band(value: Floats, size: Floats, pooled: float, unit: str, level: float) -> Floats:
    """Limits about the common mean that all waves keep within by chance alone."""
    mean = float(size @ value / size.sum())
    strict = 1 - (1 - level) / 2 / len(value)
    half = z_quantile(strict) * np.sqrt(pooled * (1 / size - 1 / size.sum()))
    least, times = (0.0, 1.0) if unit == "share" else (-1.0, 100.0)
    return np.asarray(times * np.clip(np.column_stack([mean - half, mean + half]), least, 1.0))


def _between(beyond: Spread, n: int, level: float) -> Estimate:
    """The standard deviation between waves, in points."""
    value, low, high = (100 * math.sqrt(v) for v in (beyond.variance, beyond.low, beyond.high))
    if high == 0:  # no variance at all would make such likeness likely: the set is empty
        return Estimate(0.0, None, None, n, SPREAD, "points", level, warnings=(TOO_ALIKE,))
    found = Estimate(value, low, high, n, SPREAD, "points", level)
    return found.warn(AT_ZERO) if value == 0 else found


def _verdict(slope: float, slope_p: float, p: float, line_p: float, alpha: float) -> str:
    sloping, differing = (one <= alpha for one in holm([slope_p, p]))
    if not sloping and not differing:
        return CHANCE
    if sloping and line_p > alpha:
        return RISES if slope > 0 else FALLS
    return BEYOND


def _untold(reason: str, estimates: Sequence[Estimate]) -> Trend:
    nothing = Estimate.absent(reason, n=sum(one.n for one in estimates), unit="points")
    return Trend(
        CANNOT_TELL, math.nan, math.nan, nothing, nothing, np.full((len(estimates), 2), np.nan)
    )
