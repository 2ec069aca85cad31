"""How far the coding is, and how far the coders agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ...estimate import Estimate
from ...methods.coders import agreement_of, settled
from ...study import Study
from ..journal import Journal
from .codes import all_codes
from .drawing import drawn_items


@dataclass(frozen=True, slots=True)
class Status:
    """What is to be coded, what was, and the agreement of the first two codes of each item."""

    unsure: int
    random: int
    none: int  # items of the draw that nobody coded
    once: int
    differing: int  # coded twice, differently, and waiting for a third
    done: int
    by_coder: dict[str, int]
    equal: Estimate
    alpha: Estimate

    @property
    def items(self) -> int:
        """All items of the draw."""
        return self.unsure + self.random


def status(journal: Journal, study: Study) -> Status:
    """How far the coding of the wave is."""
    items = [item for item in drawn_items(journal, study) if item.drawn != "earlier"]
    codes = all_codes(journal)
    given = [codes.get(item.item, []) for item in items]
    done = sum(settled([code.label for code in said]) is not None for said in given)
    once = sum(len(said) == 1 for said in given)
    none = sum(not said for said in given)
    twice = [said for said in given if len(said) >= 2]
    labels = ([said[place].label for said in twice] for place in range(2))
    return Status(
        sum(item.drawn == "unsure" for item in items),
        sum(item.drawn == "random" for item in items),
        none,
        once,
        len(items) - done - once - none,
        done,
        dict(sorted(Counter(code.coder for said in given for code in said).items())),
        *agreement_of(*labels, confidence_level=study.confidence_level),
    )
