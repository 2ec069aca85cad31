"""How sound the fieldwork was: faults, repeats, load, and the result with and without them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ...estimate import frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...sources import Care
from ..quality.shoppers import departing_shoppers, letters_note, shopper_names
from ..trials.selection import attempts, listed_provider, overall, rate
from ..trials.whole import over_drawn

SAME_CONTACT = ["provider", "channel", "shopper"]  # and the same minute: a repeat
MOST_OF_ALL = 0.5  # of the attempts; above, one shopper's manner is mixed up with the result


@needs("attempts")
def fieldwork(care: Care) -> Answer:
    """What went wrong in the fieldwork or is not recorded, and what was done about it."""
    everything = care.current("attempts")
    total = len(everything)
    rows = [
        {"what": what, "found": n, "share": n / total, "done": done, "n": total}
        for what, n, done in _flaws(care, everything)
    ]
    table = pd.DataFrame(rows, columns=["what", "found", "share", "done", "n"])
    found = int((table["found"] > 0).sum())
    return Finding(
        "fieldwork",
        table,
        headline=_("Of {n} attempts that were made, {out} were failures of our own").format(
            n=number(total), out=number(int(_ours(everything).sum()))
        )
        if "fault" in everything
        else _("{n} attempts were made; failures of our own were not recorded").format(
            n=number(total)
        ),
        labels={
            "what": _("looked for"),
            "found": _("found"),
            "share": _("of all attempts"),
            "done": _("what was done"),
        },
        styles={"found": "count", "n": "count", "share": "share"},
        notes=(
            _("{found} of {n} things looked for were found.").format(
                found=number(found), n=number(len(table))
            ),
            *_not_looked_for(everything),
            *over_drawn(care),
        ),
    )


@needs("attempts", "shopper")
def shopper_load(care: Care) -> Answer:
    """How many attempts each shopper made, and how many of them were answered."""
    rows = attempts(care)
    unnamed = int(rows["shopper"].isna().sum())
    counted = rows.groupby("shopper", observed=True)["answered"].agg(["size", "sum"])
    if counted.empty:
        return Skipped(_("No attempt names its shopper."))
    total = int(counted["size"].sum())
    called = shopper_names(care)
    table = frame(
        (
            {"shopper": called.get(str(name), str(name)), "share": n / total},
            rate(care, int(k), int(n)),
        )
        for name, n, k in zip(counted.index, counted["size"], counted["sum"], strict=True)
    ).sort_values(["n", "shopper"], ascending=[False, True], ignore_index=True)
    most = records(table)[0]
    headline = _("{n} shoppers made the attempts; the busiest made {share}").format(
        n=number(len(table)), share=percent(most["share"])
    )
    notes = [
        _("Shoppers met different providers and hours: their shares answered may differ for that.")
    ]
    if most["share"] > MOST_OF_ALL:
        headline = _("One shopper made {share} of the attempts").format(
            share=percent(most["share"])
        )
        notes.insert(
            0,
            _(
                "What is this shopper’s doing cannot be told from what is the providers’; no "
                "shopper should make more than half of the attempts."
            ),
        )
    if unnamed:
        notes.append(_("{n} attempts name no shopper.").format(n=number(unnamed)))
    notes += [*letters_note(care), *over_drawn(care)]
    return Finding(
        "shopper-load",
        table,
        headline=headline,
        labels={"shopper": _("shopper"), "share": _("of all attempts"), "value": _("answered")},
        styles={"share": "share"},
        notes=tuple(notes),
    )


@needs("attempts")
def exclusions(care: Care) -> Answer:
    """The share answered as reported, and had attempts been left out or counted otherwise."""
    found = list(_versions(care))
    if len(found) < 2:
        return Skipped(_("Nothing was left out and nothing is in doubt, so there is one result."))
    table = frame(({"version": name}, overall(care, rows)) for name, rows in found)
    reported = records(table)[0]
    moved = (table["value"] - reported["value"]).abs().max() if reported["value"] is not None else 0
    return Finding(
        "exclusions",
        table,
        headline=_(
            "Whatever is left out or counted otherwise, the share answered moves by at most "
            "{points} points: {rate} as reported"
        ).format(points=number(100 * float(moved), 1), rate=from_row(reported)),
        labels={"version": _("attempts that count"), "value": _("answered")},
        notes=(
            _(
                "Share of all attempts that a person answered, over all channels, as this report "
                "has it and with one decision of the fieldwork made otherwise."
            ),
        ),
    )


def _flaws(care: Care, rows: pd.DataFrame) -> Iterator[tuple[str, int, str]]:
    """What is looked for, in how many attempts it is found, and what was done with them."""
    there = set(rows.columns)
    answered = rows["outcome"].eq("answered")
    if "fault" in there:
        yield _("failures of our own"), int(_ours(rows).sum()), _("left out: missing data")
    if _can_repeat(rows):
        done = _("kept; the result without them is below")
        yield _("repeats in the same minute"), int(_repeats(rows).sum()), done
    if "suspected" in there:
        done = _("kept; the result without them is below")
        yield _("shopper seems to be recognised"), int(_suspected(rows).sum()), done
    if "provider" in there:
        unlisted = listed_provider(care, rows).isna()
        done = _("in no comparison of providers")
        yield _("provider not listed or not named"), int(unlisted.sum()), done
    if "sent_at" in there:
        done = _("in no question of time")
        yield _("time of the attempt missing"), int(rows["sent_at"].isna().sum()), done
    if "answered_at" in there:
        untimed = answered & rows["answered_at"].isna()
        done = _("counted as answered; in no waiting time")
        yield _("answered, but when is missing"), int(untimed.sum()), done
    if "resolved" in there:
        unknown = answered & rows["resolved"].isna()
        done = _("left out where requests settled are counted")
        yield _("answered, but whether it was settled is missing"), int(unknown.sum()), done


def _not_looked_for(rows: pd.DataFrame) -> Iterator[str]:
    """What the study did not record, so that nobody can look for it."""
    names = {
        "fault": _("whose fault a failure was"),
        "suspected": _("whether a shopper was recognised"),
        "shopper": _("who made the attempt"),
        "sent_at": _("when it was made"),
        "answered_at": _("when it was answered"),
        "observed_until": _("until when an answer was watched for"),
        "resolved": _("whether the request was settled"),
    }
    absent = [words for column, words in names.items() if column not in rows]
    if absent:
        yield _("Not recorded, so not looked for: {names}.").format(names="; ".join(absent))


def _versions(care: Care) -> Iterator[tuple[str, pd.DataFrame]]:
    """The attempts as reported, and each other way to count them that makes a difference."""
    everything, kept = care.current("attempts"), attempts(care)
    yield _("as reported"), kept
    if len(kept) < len(everything):
        answered = everything["outcome"].eq("answered") & ~_ours(everything)
        whole = everything.assign(answered=answered.astype(bool))
        if "provider" in whole:
            whole = whole.assign(provider=listed_provider(care, whole))
        yield _("failures of our own counted as unanswered"), whole
    if "suspected" in kept and _suspected(kept).any():
        yield _("without shoppers who seem to be recognised"), kept[~_suspected(kept)]
    if "label_source" in kept and (doubted := _in_doubt(kept)).any():
        otherwise = kept.assign(answered=kept["answered"] | doubted)
        yield _("replies in doubt counted as answered"), otherwise
    if _can_repeat(kept) and _repeats(kept).any():
        yield _("without repeats in the same minute"), kept[~_repeats(kept)]
    departing = departing_shoppers(care)
    if departing and "shopper" in kept:
        rest = kept[~kept["shopper"].isin(departing)]
        yield _("without shoppers who do not follow the others"), rest


def _ours(rows: pd.DataFrame) -> pd.Series[Any]:
    return rows["fault"].eq("ours").fillna(False).astype(bool)


def _suspected(rows: pd.DataFrame) -> pd.Series[Any]:
    return rows["suspected"].fillna(False).astype(bool)


def _in_doubt(rows: pd.DataFrame) -> pd.Series[Any]:
    """Attempts with a reply of which neither the kit nor coders could say whether it answers."""
    return rows["label_source"].eq("unsure").fillna(False).astype(bool)


def _can_repeat(rows: pd.DataFrame) -> bool:
    return {*SAME_CONTACT, "sent_at"} <= set(rows.columns)


def _repeats(rows: pd.DataFrame) -> pd.Series[Any]:
    """All but the first of attempts by one shopper to one provider and channel in one minute."""
    keys = rows[SAME_CONTACT].assign(minute=rows["sent_at"].dt.floor("min"))
    return keys.duplicated() & keys.notna().all(axis=1)
