"""The care plan: what it offers to whom, where it leaves gaps, and which mix the budget buys."""

from .activities import activities, care_gaps
from .cases import mix_frontier, mix_scenarios
from .mixes import mixes
from .sizes import human_care

__all__ = ["activities", "care_gaps", "human_care", "mix_frontier", "mix_scenarios", "mixes"]
