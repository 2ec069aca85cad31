"""What the server's last word on a call means, and whose failure it is."""

from __future__ import annotations

from collections.abc import Mapping

BUSY = (486, 600)
NO_SUCH_NUMBER = (404, 410, 484, 604)
NOT_PICKED_UP = (408, 480, 487, 603)  # no answer, nobody there, taken back by us, declined

# Outcome of a call -> outcome and fault in the table of attempts. An answered line has no outcome
# before somebody says who was there; what failed on our side is tried again, and never counted.
MEANINGS: Mapping[str, tuple[str, str]] = {
    "busy": ("busy", "theirs"),
    "ring_no_answer": ("no_answer", "theirs"),
    "no_ring": ("no_answer", "unknown"),
    "bad_number": ("invalid_contact", "unknown"),
    "answered_unknown_who": ("", "unknown"),
}
OURS = ("trunk_error", "no_sip_reply")


def outcome_of(code: int, *, rang: bool) -> str:
    """The outcome of a call whose last response was `code`; `rang` where 180 had come before.

    A redirection (3xx) is not followed: it leads to a number that nobody allowed. Refusals of
    our account, and every other failure, are the trunk's.
    """
    if 200 <= code < 300:
        return "answered_unknown_who"
    if code in BUSY:
        return "busy"
    if code in NO_SUCH_NUMBER:
        return "bad_number"
    if code in NOT_PICKED_UP:
        return "ring_no_answer" if rang else "no_ring"
    return "trunk_error"
