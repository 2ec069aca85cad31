"""How many of how many, by channel and provider: what two waves are compared by."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _
from ...sources import Care
from ...study import seconds
from ..trials.selection import CHANNEL_NAMES, attempts
from ..trials.waits import MOST_UNTIMED, ended_unanswered

MEASURES = {
    "answered": N_("answered by a person"),
    "within": N_("answered within the service level"),
    "resolved": N_("resolved"),
}
UNTIMED = N_("more than 5% of the attempts have no time or were not watched for so long")
# What a measure needs of the attempts beyond their outcome.
_COLUMNS = {
    "answered": (),
    "within": ("channel", "sent_at", "answered_at", "observed_until"),
    "resolved": ("resolved",),
}


@needs("attempts")
def tallies(care: Care, measure: str) -> Answer:
    """Successes `k` of `n` by `channel` and `provider` of the study's wave, for one measure.

    `channel` or `provider` is "" where the attempts have no such column; attempts that name
    none, or a provider that is not listed, are left out. `timed` is false where of too many
    attempts by a channel it is not known whether they were answered in time.
    """
    lacking = [name for name in _COLUMNS[measure] if name not in care.columns("attempts")]
    if lacking:
        return Skipped(
            _("The table “{table}” of the study has no column “{columns}”.").format(
                table="attempts", columns="”, “".join(lacking)
            )
        )
    rows = attempts(care)
    if measure == "within":
        if not care.study.audit.service_level:
            return Skipped(_("The study sets no service level."))
        rows = rows[rows["channel"].isin(care.study.audit.service_level)]
    rows = rows.assign(**{name: "" for name in ("channel", "provider") if name not in rows})
    success = _success(care, rows, measure)
    counted = (
        success.astype("float64")
        .groupby([rows["channel"], rows["provider"]], observed=True)
        .agg(k="sum", n="count")
        .astype(int)
        .reset_index()
    )
    counted[["channel", "provider"]] = counted[["channel", "provider"]].astype(str)
    counted["timed"] = _timed(rows, success, counted, measure)
    return Finding("tallies", counted[counted["n"].gt(0) | ~counted["timed"]])


def channel_name(channel: str) -> str:
    """A channel as a reader calls it."""
    return _(CHANNEL_NAMES[channel]) if channel else _("all attempts")


def _success(care: Care, rows: pd.DataFrame, measure: str) -> pd.Series[Any]:
    """True, false, or missing where it is not known."""
    if measure == "answered":
        return rows["answered"].astype("boolean")
    if measure == "resolved":
        # Who was not answered was not helped, whether or not that was written down.
        return rows["resolved"].where(rows["answered"] | rows["resolved"].notna(), False)
    limits = {name: seconds(text) for name, text in care.study.audit.service_level.items()}
    limit = rows["channel"].map(limits).astype("float64")
    wait = (rows["answered_at"] - rows["sent_at"]).dt.total_seconds()
    watched = (rows["observed_until"] - rows["sent_at"]).dt.total_seconds()
    late = ~rows["answered"] & (ended_unanswered(rows) | (watched >= limit))
    known = limit.notna() & ((rows["answered"] & wait.notna()) | late)
    return (rows["answered"] & (wait <= limit)).astype("boolean").where(known)


def _timed(
    rows: pd.DataFrame, success: pd.Series[Any], counted: pd.DataFrame, measure: str
) -> pd.Series[Any]:
    """Whether it is known of nearly all attempts by each row's channel how they ended.

    Those answered tell at once, those that still wait only once they were watched for as long
    as the service level: without the others, what remains would be the answered alone.
    """
    if measure != "within":
        return pd.Series(True, index=counted.index)
    untimed = success.isna().groupby(rows["channel"], observed=True).mean()
    share = counted["channel"].map({str(name): one for name, one in untimed.items()})
    return share.fillna(0.0) <= MOST_UNTIMED
