"""Names that lead nowhere without the journal's key."""

from __future__ import annotations

import hmac

BETWEEN = "\x1f"  # no name has it, so ("a|b", "c") and ("a", "b|c") stay two


def keyed(key: str, purpose: str, *parts: str) -> bytes:
    """A hash of `parts`, 32 bytes, that nobody can trace back who has not the journal's key.

    Parameters
    ----------
    key : str
        The fact `key` of the journal.
    purpose : str
        What it names. The same parts have another name for another purpose.
    """
    text = BETWEEN.join((purpose, *parts))
    return hmac.digest(key.encode(), text.encode(), "sha256")
