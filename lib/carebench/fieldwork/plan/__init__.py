"""The plan of a wave: made by lot from a seed, judged before it is used, then locked."""

from .cautions import past
from .locking import SAME, lock_plan, locked_probes, read_lock, state_of_lock, write_draft
from .making import make_plan
from .planned import Plan, Unplaced

__all__ = [
    "SAME",
    "Plan",
    "Unplaced",
    "lock_plan",
    "locked_probes",
    "make_plan",
    "past",
    "read_lock",
    "state_of_lock",
    "write_draft",
]
