"""One number from several parts, each a share of 1: the index of a provider."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..schema import DataError

Floats = npt.NDArray[np.float64]

FLOOR = 0.01  # a part of 0 would make any geometric mean 0
CONCENTRATION = 8  # of the Dirichlet weights: with four parts a weight of .25 varies by .075
MEANS = ("geometric", "arithmetic")
SEED = 20140602


def composite(parts: npt.ArrayLike, weights: npt.ArrayLike, *, mean: str = "geometric") -> Floats:
    """Weighted mean of parts on their natural scale, 0 to 1.

    Parameters
    ----------
    parts : array of float, shape (..., parts)
        Shares, 0 to 1; a missing one is left out, and its weight goes to the others.
    weights : array of float, shape (parts,) or (..., parts)
        Not negative; only their ratios matter.
    mean : {"geometric", "arithmetic"}
        Geometric: a part that fails weighs on all the others; parts below .01 count as .01.
        Arithmetic: a strength makes up for a gap.

    Returns
    -------
    array of float, shape (...)
        Missing where no part with a weight is there.

    Notes
    -----
    Parts are never stretched to the worst and best provider seen, for one provider would then
    set the scale of all. The geometric form is that of the human development index [1]_.
    Nominal 95 % intervals of it from joint draws (`providers.posterior_draws`, part by part)
    cover .94 to .96 where rates vary, .99 where all are alike; arithmetic .93 to .96 and .99
    (13 or 100 providers, four parts of 12 attempts).

    References
    ----------
    .. [1] UNDP (2010), Human Development Report, technical note 1.

    Examples
    --------
    >>> round(float(composite([0.847, 0.589, 0.584], [1, 1, 1])), 3)
    0.663
    """
    if mean not in MEANS:
        raise ValueError(f"`mean` must be one of {', '.join(MEANS)}, not {mean!r}")
    given = np.asarray(parts, dtype=float)
    weight = np.where(np.isnan(given), 0.0, np.asarray(weights, dtype=float))
    value = np.where(np.isnan(given), 1.0, given)
    total = weight.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        if mean == "geometric":
            logs = (weight * np.log(np.maximum(value, FLOOR))).sum(axis=-1)
            return np.asarray(np.exp(logs / total))
        return np.asarray((weight * value).sum(axis=-1) / total)


def part_weights(given: dict[str, float], parts: tuple[str, ...], known: tuple[str, ...]) -> Floats:
    """The weights of `parts`, adding up to 1; alike where none is given.

    Parameters
    ----------
    given : dict of str to float
        The study's weights; a part that it leaves out has none.
    parts, known : tuple of str
        The parts that this study has, and all that an index may have.

    Raises
    ------
    DataError
        A name is unknown, a weight is below 0, or no part that the study has is given any.
    """
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise DataError(
            f"audit.weights names {unknown[0]!r}, which is no part of the index. Expected "
            f"{', '.join(known)}."
        )
    if not given:
        return np.full(len(parts), 1 / max(len(parts), 1))
    weights = np.array([given.get(part, 0.0) for part in parts], dtype=float)
    if min(given.values()) < 0 or weights.sum() <= 0:
        raise DataError(
            f"audit.weights gives no weight to any part that the study has ({', '.join(parts)}), "
            "or one below 0. Expected weights of 0 or more, such as { channel = 2, quality = 1 }."
        )
    return np.asarray(weights / weights.sum())


def varied_weights(weights: Floats, *, draws: int = 2000) -> Floats:
    """Other weights that one might have chosen: Dirichlet around `weights`, 8 per part.

    Returns
    -------
    array of float, shape (draws, parts)
        Each row adds up to 1; a part without weight stays without.
    """
    around = CONCENTRATION * len(weights) * weights / weights.sum()
    gamma = np.random.default_rng(SEED).standard_gamma(around, size=(draws, len(weights)))
    return np.asarray(gamma / gamma.sum(axis=1, keepdims=True))
