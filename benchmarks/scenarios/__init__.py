"""Data of a known truth, room by room: what docs/coverage.md counts the hits of.

Each scenario draws its numbers by its place in the order below: new modules go to the end.
"""

from . import rates, waits, week, shoppers, ranks, comparisons, scales, revenue, loyalty  # noqa: F401, I001
from . import misclassification  # noqa: F401
from .registry import SCENARIOS, inside

__all__ = ["SCENARIOS", "inside"]
