"""What came back: which probe a message answers, what it is, and how that is known."""

from .labels import LABELS, PERSON
from .sorting import Summary, our_own_texts, read_all

__all__ = ["LABELS", "PERSON", "Summary", "our_own_texts", "read_all"]
