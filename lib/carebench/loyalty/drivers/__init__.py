"""What satisfaction goes with: how much, which way, and how well it is done today."""

from .cuts import driver_cuts
from .directions import driver_directions
from .ends import driver_ends
from .importance import drivers
from .missing import missing_answers
from .performance import importance_performance
from .shares import driver_pairs

__all__ = [
    "driver_cuts",
    "driver_directions",
    "driver_ends",
    "driver_pairs",
    "drivers",
    "importance_performance",
    "missing_answers",
]
