"""Who calls, how long is waited, and what came of a call."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """Who calls, and through which server. The number shown is the account's own: no other."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    domain: str = ""

    @property
    def address(self) -> str:
        """The account's own address, which every call shows."""
        return f"sip:{self.user}@{self.domain or self.host}"


@dataclass(frozen=True, slots=True)
class Timers:
    """How long is waited, in seconds; the defaults are those of RFC 3261."""

    again: float = 0.5  # T1: until a request is sent again, then twice as long each time
    longest: float = 4.0  # T2: but never longer than this
    give_up: float = 32.0  # 64 times T1


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a call. Seconds run from the first INVITE that the server could take."""

    outcome: str
    code: int = 0  # the last answer of the server, 0 where none came
    reason: str = ""
    rang_after_s: float | None = None
    answered_after_s: float | None = None
    lasted_s: float = 0.0
    early_sound: bool = False  # 183: a tone or an announcement before anybody answered
