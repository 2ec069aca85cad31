"""Probes as the journal keeps them: their names, and how one is put in."""

from __future__ import annotations

import base64
import sqlite3

from ..probe import NAMES, Probe
from .keyed import keyed
from .opening import utc_text

TOKEN_LETTERS = 16


def plan_name(wave: str, hashed: str) -> str:
    """What tokens are of: a sheet of a plan that was replaced names nothing of the next one."""
    return f"{wave} {hashed}".rstrip()


def token_of(
    key: str, plan: str, provider: str, channel: str, number: int, any_hour: bool, trial: int
) -> str:
    """The name of a probe: a keyed hash of the cell of the design, the same whenever asked.

    Parameters
    ----------
    key : str
        The fact `key` of the journal. Without it a token says nothing of what was planned.
    plan : str
        As `plan_name` has it.
    number : int
        Of the attempt at this provider in this channel, from 1.
    trial : int
        1 when planned; one more for each probe that replaces one that was never sent.

    Returns
    -------
    str
        16 lower-case letters and digits (base32), 80 bits.
    """
    cell = (plan, provider, channel, str(number), str(int(any_hour)), str(trial))
    digest = keyed(key, "probe", *cell)
    return base64.b32encode(digest).decode()[:TOKEN_LETTERS].lower()


def add(
    connection: sqlite3.Connection,
    probe: Probe,
    *,
    recipient: str,
    centre: str,
    watched_s: float,
    message_id: str | None = None,
    raw: bytes | None = None,
    replaces: str | None = None,
) -> None:
    """Put one planned probe into the journal, inside a transaction.

    Parameters
    ----------
    recipient, centre : str
        Whom it goes to; the line or centre whose caps it counts against.
    watched_s : float
        For how many seconds an answer is watched for.
    message_id, raw
        Of an e-mail: its name and its bytes, never made again.
    replaces : str
        Token of the probe in whose place it stands.
    """
    values: dict[str, object] = {name: getattr(probe, name) for name in NAMES}
    values["any_hour"] = int(probe.any_hour)
    values |= {"recipient": recipient, "centre": centre, "watched_s": watched_s}
    values |= {"message_id": message_id, "raw": raw, "replaces": replaces}
    values["not_before"] = utc_text(probe.due)
    connection.execute(
        f"INSERT INTO probes ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )


def probe_of(row: sqlite3.Row) -> Probe:
    """The probe in one row of the table `probes`."""
    values = {name: row[name] for name in NAMES}
    return Probe(**values | {"any_hour": bool(row["any_hour"])})
