"""An experimental caller over SIP: it rings, and says whether the line was picked up, and when.

That a line was picked up says nothing of who did: a person, a menu and a voicemail look the same
to it. So the most that it can report is “answered, unknown who”, and whoever wants more must
listen. It keeps no sound, and it can show no number but its own account's.
"""

from .account import Account, CallResult, Timers
from .calling import place_call

__all__ = ["Account", "CallResult", "Timers", "place_call"]
