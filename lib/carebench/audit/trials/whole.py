"""All attempts, counted in the engine: also where memory holds only a sample of them.

Which attempts count is what `selection` and `calls` say of the rows in memory.
"""

from __future__ import annotations

import pandas as pd

from ...engine import quote_text
from ...language import _, number
from ...methods.coverage import HOURS
from ...methods.opening_hours import DAY_MINUTES
from ...queries.attempts import answered_by_hour, counting, tallied
from ...sources import Care, wave_names
from .calls import Tally, night, tally
from .selection import listed_provider


def tried(care: Care) -> pd.DataFrame:
    """The attempts of the study's wave, added up by provider and channel.

    Returns
    -------
    pandas.DataFrame
        Columns: provider, none where the study's own list does not know it, and channel, both
        only where the attempts have them; made; n, of them those that count; k, of these those
        that a person answered; undated, of those made; first and last moment, in UTC.
    """
    return care.once("attempts added up", lambda: _tried(care))


def answered(care: Care, channel: str = "") -> pd.DataFrame:
    """By provider, how many attempts count (n) and were answered (k); by any channel for ""."""
    rows = tried(care)
    rows = rows[rows["channel"].eq(channel)] if channel else rows
    return _by_provider(rows[rows["n"] > 0])


def calls_by_hour(care: Care, *, together: bool = False) -> Tally:
    """Calls of ordinary days, answered and made, by provider and hour of the week.

    With `together` in one row, in which are the calls of providers that nobody knows, too.
    """
    rows = pd.concat([_hours(care, at_night=dark) for dark in (False, True)])
    rows = rows[["hour", "answered", "tried"]] if together else rows
    return tally(rows, rows["hour"], HOURS)


def calls_by_day_and_night(care: Care) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Calls of ordinary days by day, and at night: by provider, made (n) and answered (k)."""
    day, dark = (
        _hours(care, at_night=dark).rename(columns={"tried": "n", "answered": "k"})
        for dark in (False, True)
    )
    return _by_provider(day), _by_provider(dark)


def basis(care: Care) -> str:
    """What is counted over all attempts and what over a sample; "" where memory holds all."""
    said = []
    if sampled := care.sampled("attempts"):
        held, n = map(number, sampled)
        text = _(
            "Of {n} attempts {held}, drawn at random, are looked at one by one. What was tried, "
            "the shares answered by channel and by provider, the hours of the week and how fast "
            "a person answered by channel are counted over all of them; every other result, and "
            "every number of attempts in it, is of those drawn."
        )
        said.append(text.format(n=n, held=held))
    if sampled := care.sampled("attempts", field=True):
        held, n = map(number, sampled)
        text = _("Of {n} attempts at the others {held}, drawn at random, are looked at.")
        said.append(text.format(n=n, held=held))
    for one, wave in zip(care.earlier, wave_names(care), strict=False):
        if sampled := one.sampled("attempts"):
            held, n = map(number, sampled)
            text = _("Of {n} attempts of {wave} {held}, drawn at random, are looked at.")
            said.append(text.format(n=n, held=held, wave=wave))
    return " ".join(said)


def over_all(care: Care) -> tuple[str, ...]:
    """That a table is counted over all attempts, as a note; none where memory holds all."""
    if not care.sampled("attempts"):
        return ()
    return (_("Counted over all attempts, not only over those drawn at random."),)


def over_drawn(care: Care) -> tuple[str, ...]:
    """That the attempts counted are those drawn, as a note; none where memory holds all."""
    if not care.sampled("attempts"):
        return ()
    return (_("The attempts counted here are those drawn at random, not all."),)


def _tried(care: Care) -> pd.DataFrame:
    care.current("attempts")  # several waves and none chosen: refused here, in its own words
    columns = care.columns("attempts")
    rows = care.engine.frame(tallied(columns, _wave(care)))
    for name in ("first", "last"):
        rows[name] = rows[name].astype("datetime64[us]").dt.tz_localize("UTC")
    for name in ("provider", "channel"):
        if name in columns:
            rows[name] = rows[name].astype("category")
        else:
            rows = rows.drop(columns=name)
    return rows.assign(provider=listed_provider(care, rows)) if "provider" in rows else rows


def _by_provider(rows: pd.DataFrame) -> pd.DataFrame:
    """The numbers k and n of each known provider; of all, where rows name none."""
    if "provider" not in rows:
        return rows[["k", "n"]].sum().to_frame().T
    return rows.groupby("provider", observed=True)[["k", "n"]].sum().reset_index()


def _hours(care: Care, *, at_night: bool) -> pd.DataFrame:
    """Answered and tried calls of ordinary days, by provider and hour of the week."""
    name = f"calls by hour {'at night' if at_night else 'by day'}"
    return care.once(name, lambda: _count_hours(care, at_night=at_night))


def _count_hours(care: Care, *, at_night: bool) -> pd.DataFrame:
    columns, zone = care.columns("attempts"), _zone(care)
    local = f"local_time(sent_at, {zone})"
    where = [counted(care), "channel = 'phone'"]
    if days := care.study.audit.holidays:
        listed = ", ".join(f"DATE {quote_text(str(day))}" for day in days)
        where.append(f"CAST({local} AS DATE) NOT IN ({listed})")
    begins, ends = (round(60 * hour) for hour in night(care))
    minute = f"60 * hour_of_week({local}) + EXTRACT(MINUTE FROM {local})"
    dark = f"({minute} + {DAY_MINUTES - begins}) % {DAY_MINUTES} < {(ends - begins) % DAY_MINUTES}"
    where.append(dark if at_night else f"NOT ({dark})")
    provider = "provider" if "provider" in columns else "CAST(NULL AS STRING)"
    rows = care.engine.frame(answered_by_hour(zone, " AND ".join(where), provider=provider))
    if "provider" not in columns:
        return rows.drop(columns="provider")
    rows["provider"] = rows["provider"].astype("string")
    return rows.assign(provider=listed_provider(care, rows))


def counted(care: Care) -> str:
    """The condition, in SQL, of the attempts of the study's wave that count."""
    return counting(care.columns("attempts"), _wave(care))


def _wave(care: Care) -> str:
    return quote_text(care.study.wave) if care.study.wave else ""


def _zone(care: Care) -> str:
    """SQL of the zone that each attempt lives in: its provider's, else the study's."""
    usual = quote_text(care.study.zone or "UTC")
    if "zone" not in care.columns("providers") or "provider" not in care.columns("attempts"):
        return usual
    listed = care.table("providers").drop_duplicates("provider").dropna(subset="zone")
    known = listed[listed_provider(care, listed).notna()]
    pairs = zip(known["provider"], known["zone"], strict=True)
    cases = " ".join(f"WHEN {quote_text(name)} THEN {quote_text(zone)}" for name, zone in pairs)
    return f"CASE provider {cases} ELSE {usual} END" if cases else usual
