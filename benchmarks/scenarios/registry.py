"""The scenarios by name, and what each of them yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from numpy.random import Generator

from carebench.estimate import Estimate

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
