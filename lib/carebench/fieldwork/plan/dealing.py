"""What is asked, and by whom: dealt by lot, each card as often as the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ...study import Persona


def deal(
    rng: np.random.Generator, cards: Sequence[str], n: int, used: Counter[str] | None = None
) -> list[str]:
    """`n` cards in blocks that hold each card once, in an order of their own.

    Parameters
    ----------
    cards : sequence of str
    used : Counter of str
        How often each card was in an incomplete block so far; the incomplete block at the end
        takes those that were in the fewest, and is counted. So cards stay even over providers.

    Returns
    -------
    list of str
        No card is in it more than once more than another; n times "" where there is none.
    """
    if not cards:
        return [""] * n
    whole, rest = divmod(n, len(cards))
    dealt = [cards[i] for _block in range(whole) for i in rng.permutation(len(cards))]
    if rest:
        counts: Counter[str] = Counter() if used is None else used
        lots = rng.permutation(len(cards))
        fewest = sorted(range(len(cards)), key=lambda i: (counts[cards[i]], lots[i]))[:rest]
        counts.update(cards[i] for i in fewest)
        at = rng.integers(whole + 1) * len(cards)  # the block that is short lies anywhere
        dealt[at:at] = [cards[i] for i in rng.permutation(fewest)]
    return dealt


def deal_personas(
    rng: np.random.Generator,
    personas: Mapping[str, Persona],
    n: int,
    used: Counter[str],
) -> list[str]:
    """`n` personas: the arms even first, then the personas of each arm."""
    arms: dict[str, list[str]] = {}
    for code, persona in personas.items():
        arms.setdefault(persona.arm, []).append(code)
    names = {f"arm {arm}": arm for arm in arms}
    drawn = [names.get(card, "") for card in deal(rng, tuple(names), n, used)]
    hands = {arm: iter(deal(rng, codes, drawn.count(arm), used)) for arm, codes in arms.items()}
    return [next(hands[arm]) if arms else "" for arm in drawn]
