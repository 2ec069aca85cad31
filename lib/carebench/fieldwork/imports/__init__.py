"""What others recorded, taken into the journal: call sheets, calls, tickets, chats, forms, surveys.

Every kind of file is read by a module of its own into the same records. A record is matched to
the attempt that was planned, or becomes an attempt of its own; whatever is taken twice is kept
once. Names, numbers, addresses and what was written stay in the file.
"""

from .importing import Asked, import_files
from .kinds import KINDS
from .summary import Summary

__all__ = ["KINDS", "Asked", "Summary", "import_files"]
