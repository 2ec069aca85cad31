"""Attempts of which nobody has settled whether a person answered, and what hangs on them.

The rate lies between two bounds: had no person given any of the answers in doubt, and had a
person given each. How many are in doubt depends on how often a provider was tried: prepared
answers are found out by their likeness, and a few letters have nothing to be alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from ...estimate import Estimate, frame, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...sources import Care
from ..trials.selection import attempts, channels, listed_provider, of_wave, overall, some_names
from ..trials.whole import over_drawn
from .corrected import coded_attempts

UNEQUAL = 1.5  # times the attempts at another provider; from there on their doubt is not alike
MOST_SAID = 12  # providers named in one sentence; the table has them all
BOUNDS = N_("as counted; limits from those had no person given any in doubt, to a person each")
NONE = N_("No attempt is in doubt: of each it is settled whether a person answered.")


@needs("attempts")
def answers_in_doubt(care: Care) -> Answer:
    """By channel and provider, between which bounds the share answered lies until all is coded."""
    rows = doubts(care)
    if not rows["open"].any():
        return Skipped(_(NONE))
    table = frame(
        found for name, part in _by_channel(rows) for found in _of_channel(care, name, part)
    )
    return Finding(
        "answers-in-doubt",
        table,
        headline=_headline(records(table)[0]),
        labels={
            "group": _("attempts"),
            "open": _("in doubt"),
            "value": _("answered, as counted"),
            "none": _("if no person gave these"),
            "all": _("if a person gave each"),
        },
        styles={"open": "count"},
        notes=(*_notes(rows), *over_drawn(care)),
    )


def doubts(care: Care, channel: str = "") -> pd.DataFrame:
    """The attempts that count and those still to be coded, by `channel` where one is given.

    Columns: provider and channel where the attempts have them; `counted`, whether the attempt is
    in the shares as they stand, and `answered` there; `open`, whether it is in doubt or to be
    coded; `never` and `ever`, whether it would be answered if no person, or a person each,
    had given those.
    """
    rows = care.once("attempts in doubt", lambda: _doubts(care))
    return rows[rows["channel"].eq(channel)] if channel and "channel" in rows else rows


def bounds_text(care: Care, rows: pd.DataFrame) -> tuple[str, str]:
    """The share answered in `rows` of `doubts` had no person given those in doubt; and each."""
    none, each = (overall(care, rows, name) for name in ("never", "ever"))
    return none.value_text(), each.value_text()


def channel_doubt_notes(care: Care) -> Iterator[str]:
    """By channel, how many attempts are in doubt and between which bounds that leaves the share."""
    rows = doubts(care)
    said = [
        _("{group} {k} of {n} ({low} to {high})").format(group=name, **_bounds(care, part))
        for name, part in _by_channel(rows)
        if part["open"].any()
    ]
    if said:
        yield _(
            "Whether a person answered is not settled for some attempts: {groups}. In brackets the "
            "share answered if no person gave these answers, and if a person gave each."
        ).format(groups="; ".join(said))
    if _read_by_rules_alone(care):
        yield _(
            "Who answered was read by rules alone: nobody has read one of these answers again, so "
            "how often the rules are wrong is not known."
        )
        if not said and not _comparable(rows):
            yield _unequal_note()


def doubt_notes(care: Care, channel: str = "") -> Iterator[str]:
    """By provider, the bounds that doubt sets to its share, and what comparisons it spoils."""
    rows = doubts(care, channel)
    if "provider" not in rows or not rows["open"].any():
        return
    parts = rows.groupby("provider", observed=True)
    said = [
        _("{group} {k} of {n} ({low} to {high})").format(group=name, **_bounds(care, part))
        for name, part in parts
        if part["open"].any()
    ]
    yield _(
        "Whether a person answered is not settled for some attempts: {groups}. In brackets the "
        "share answered if no person gave these answers, and if a person gave each. A verdict "
        "stands only where it holds either way."
    ).format(groups=some_names(said, MOST_SAID))
    if not _comparable(rows):
        yield _unequal_note()


def _bounds(care: Care, rows: pd.DataFrame) -> dict[str, str]:
    low, high = bounds_text(care, rows)
    k, n = number(int(rows["open"].sum())), number(len(rows))
    return {"k": k, "n": n, "low": low, "high": high}


def _comparable(rows: pd.DataFrame) -> bool:
    """Whether providers were tried about alike often, so that doubt falls on them alike."""
    if "provider" not in rows:
        return True
    sizes = rows["provider"].dropna().astype(str).value_counts()
    return sizes.empty or bool(sizes.max() <= UNEQUAL * sizes.min())


def _unequal_note() -> str:
    return _(
        "Until people have coded these, providers with unequal numbers of attempts are not "
        "comparable: a prepared answer is known by coming several times, so that with few "
        "attempts it counts as a person’s and with many it is in doubt."
    )


def _read_by_rules_alone(care: Care) -> bool:
    """Whether the kit decided who answered, and people have settled none of it."""
    rows = attempts(care)
    if "label_source" not in rows:
        return False
    by_rules = rows["label_source"].eq("machine").fillna(False) & rows["answered"]
    read = care.columns("codings") and coded_attempts(care)["truth"].notna().any()
    return bool(by_rules.any()) and not read


def _doubts(care: Care) -> pd.DataFrame:
    rows = attempts(care)
    rows = rows[
        [name for name in ("attempt_id", "provider", "channel", "answered") if name in rows]
    ]
    rows = rows.assign(counted=True, open=_in_doubt(care))
    waiting = _to_be_coded(care)
    if len(waiting):
        there = [name for name in ("attempt_id", "provider", "channel") if name in rows]
        extra = waiting.reindex(columns=there).assign(answered=False, counted=False, open=True)
        rows = pd.concat([rows.astype({n: "object" for n in there}), extra], ignore_index=True)
    sure = rows["answered"] & ~rows["open"]
    return rows.assign(never=sure, ever=sure | rows["open"])


def _in_doubt(care: Care) -> pd.Series[Any]:
    """Attempts of which neither rules nor people could say, or have said, who answered."""
    rows = attempts(care)
    doubted = pd.Series(False, index=rows.index)
    if "label_source" in rows:
        doubted |= rows["label_source"].eq("unsure").fillna(False).astype(bool)
    if care.columns("codings"):
        found = coded_attempts(care)
        open_ = found["doubted"] & ~found["machine"] & found["truth"].isna()
        doubted |= rows["attempt_id"].isin(found.loc[open_, "attempt_id"])
    return doubted


def _to_be_coded(care: Care) -> pd.DataFrame:
    """Attempts without an outcome whose records wait to be coded, as the plan describes them."""
    if not care.columns("codings"):
        return pd.DataFrame()
    known = set(care.current("attempts")["attempt_id"])
    ids = of_wave(care, "codings")["attempt_id"].dropna().drop_duplicates()
    waiting = pd.DataFrame({"attempt_id": ids[~ids.isin(known)]})
    if waiting.empty or not care.columns("planned"):
        return waiting
    plan = of_wave(care, "planned")
    plan = plan[[name for name in ("attempt_id", "provider", "channel") if name in plan]]
    waiting = waiting.merge(plan, how="left", on="attempt_id")
    if "provider" in waiting:
        waiting["provider"] = listed_provider(care, waiting)
    return waiting


def _by_channel(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Channels with attempts in doubt, those with most first."""
    if "channel" not in rows:
        return [("", rows)]
    parts = [(name, part) for _channel, name, part in channels(rows) if part["open"].any()]
    unnamed = rows[rows["channel"].isna()]
    if unnamed["open"].any():
        parts.append((_("no channel recorded"), unnamed))
    return sorted(parts, key=lambda part: -int(part[1]["open"].sum()))


def _of_channel(
    care: Care, name: str, part: pd.DataFrame
) -> Iterator[tuple[dict[str, Any], Estimate]]:
    """All its attempts, then the providers of which some are in doubt."""
    name = name or _("all attempts")
    yield _row(care, name, part)
    if "provider" in part and len(part["provider"].dropna().unique()) > 1:
        for provider, own in part.groupby("provider", observed=True):
            if own["open"].any():
                yield _row(care, f"{name}, {provider}", own)


def _row(care: Care, group: str, part: pd.DataFrame) -> tuple[dict[str, Any], Estimate]:
    none, each = (overall(care, part, bound) for bound in ("never", "ever"))
    n = len(part)
    words = {
        "group": group,
        "open": int(part["open"].sum()),
        "none": _("{share} of {n}").format(share=none.value_text(), n=number(n)),
        "all": _("{share} of {n}").format(share=each.value_text(), n=number(n)),
    }
    counted = overall(care, part[part["counted"]], "answered")
    if none.low is None or each.high is None:
        return words, counted
    low = min(none.low, none.low if counted.low is None else counted.low)
    high = max(each.high, each.high if counted.high is None else counted.high)
    return words, replace(counted, low=low, high=high, method=BOUNDS, k=None)


def _headline(first: dict[str, Any]) -> str:
    return _(
        "Whether a person answered is not settled for {n} attempts ({group}): the share answered "
        "is {none} if no person gave these answers, {each} if a person gave each"
    ).format(n=number(first["open"]), group=first["group"], none=first["none"], each=first["all"])


def _notes(rows: pd.DataFrame) -> Iterator[str]:
    yield _(
        "The interval reaches from the lower limit had no person given any of these answers to "
        "the upper limit had a person given each: it holds chance and doubt. Providers without a "
        "row have none in doubt."
    )
    if n := int((~rows["counted"]).sum()):
        yield _(
            "{n} of these are records of a line that was picked up, nobody knows by whom: they are "
            "in no share of this report until they are coded."
        ).format(n=number(n))
    if not _comparable(rows):
        yield _unequal_note()
