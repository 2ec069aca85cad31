"""The journal of a wave: an SQLite file that a power cut, a kill or a second runner cannot spoil.

Every step is committed before the world is touched: first the intent, then the act, then what
came of it. What was received and how far the mailbox was read move in one transaction.
"""

from .opening import Journal, open_journal

__all__ = ["Journal", "open_journal"]
