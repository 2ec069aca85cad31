"""The share answered, corrected for answers that were taken for something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods.agreement import ENOUGH
from ...methods.coders import BY_A_PERSON
from ...methods.misclassification import Checked, corrected
from ...sources import Care
from ..trials.selection import attempts, channels, listed, overall
from .coding import NONE_CODED, answers_coded


@needs("codings")
def corrected_rates(care: Care) -> Answer:
    """The share answered by a person, corrected for answers that were taken for something else."""
    rows, checks = attempts(care), coded_attempts(care)
    if checks.empty:
        return Skipped(_(NONE_CODED))
    if "provider" in rows:
        rows = rows[rows["provider"].notna()]
    rows = rows.merge(checks, how="left", on="attempt_id")
    found = [one for name, part in _channels(rows) for one in _channel(care, name, part)]
    if not found:
        return Skipped(_(NONE_CODED))
    table = frame(found)
    return Finding(
        "corrected-rates",
        table,
        headline=_headline(records(table)[0]),
        caption=_(
            "Share of attempts answered by a person, corrected by what people found among the "
            "answers they checked, with {level} intervals that carry the wrong labels in them. "
            "Marks: as labelled, before anybody checked."
        ).format(level=percent(care.study.confidence_level)),
        alt=_("Dots with intervals: {rows}.").format(rows=listed(table, "group")),
        labels={
            "group": _("channel"),
            "labelled": _("as labelled"),
            "value": _("corrected"),
            "checked": _("checked by people"),
        },
        styles={"checked": "count", "reference": "share"},
        notes=tuple(_notes(rows)),
    )


def _channel(
    care: Care, name: str, part: pd.DataFrame
) -> Iterator[tuple[dict[str, Any], Estimate]]:
    """A channel's rate, then those of its providers of which enough was checked."""
    if part["machine"].isna().all():
        return
    yield _rate(care, name, "", part)
    if "provider" not in part or part["provider"].nunique() < 2:
        return
    for provider, own in part.groupby("provider", observed=True):
        if own["truth"].notna().sum() >= ENOUGH:
            yield _rate(care, name, str(provider), own)


def _rate(
    care: Care, name: str, provider: str, part: pd.DataFrame
) -> tuple[dict[str, Any], Estimate]:
    """The share answered in `part`, corrected, beside the share by the labels as they stand.

    Of all providers where `provider` is empty.
    """
    part = part[part["machine"].isna() | ~part["doubted"] | part["truth"].notna()]
    part = part.assign(labelled=_labelled(part), weight=_weights(care, part))
    labelled = overall(care, part, "labelled")
    sure = part[~part["doubted"]]
    yes, no = (_checked(sure[sure["labelled"] == kind]) for kind in (True, False))
    level = care.study.confidence_level
    words = {
        "group": ", ".join(filter(None, (name or _("all attempts"), provider))),
        "channel": name,
        "provider": provider,
        "labelled": str(labelled),
        "reference": labelled.value,
        "reference_name": _("as labelled"),
        "checked": int(part["truth"].notna().sum()),
    }
    return words, corrected(labelled, yes, no, confidence_level=level)


def _labelled(part: pd.DataFrame) -> pd.Series[Any]:
    """Whether a person answered: as settled where in doubt, else as taken before people read."""
    labelled = part["machine"].where(part["machine"].notna(), part["answered"])
    return labelled.where(~part["doubted"], part["truth"]).astype(bool)


def _weights(care: Care, part: pd.DataFrame) -> pd.Series[Any]:
    """What each attempt counts for in the rate: providers alike, or firms as their attempts."""
    if "provider" not in part or care.study.audit.providers_are == "sample":
        return pd.Series(1 / max(len(part), 1), index=part.index)
    sizes = part.groupby("provider", observed=True)["provider"].transform("size")
    return 1 / (sizes * part["provider"].nunique())


def _checked(kind: pd.DataFrame) -> Checked:
    """Of attempts labelled alike: their share of all, and what those that were checked are."""
    drawn = kind[kind["drawn"].eq("random")]
    if drawn.empty:
        return Checked(0.0, 0.0, 0.0)  # nothing like it could be drawn: taken as recorded
    stands = drawn["weight"] / drawn["fraction"].fillna(_fraction(kind, drawn))
    known = drawn["truth"].notna()
    counted, weight = drawn.loc[known, "truth"].astype(bool), stands[known]
    share = min(float(stands.sum()), float(kind["weight"].sum()))
    if weight.empty:
        return Checked(share, 0.0, 0.0)
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    return Checked(share, float(weight[counted].sum() / weight.sum()), effective)


def _fraction(kind: pd.DataFrame, drawn: pd.DataFrame) -> float:
    """The share drawn of those with the same outcomes, where the study does not say it."""
    return len(drawn) / int(kind["outcome"].isin(drawn["outcome"].unique()).sum())


def coded_attempts(care: Care) -> pd.DataFrame:
    """By attempt: taken for a person's answer or not, in doubt or not, and what is true of it."""
    return care.once("attempts coded by hand", lambda: _by_attempt(answers_coded(care)))


def _by_attempt(answers: pd.DataFrame) -> pd.DataFrame:
    """Any answer from a person makes the attempt answered; the truth takes all its answers."""
    rows = pd.DataFrame(
        {
            "attempt_id": answers["attempt_id"],
            "machine": answers["machine"].isin(BY_A_PERSON),
            "doubted": answers["machine"].eq("unsure") | answers["drawn"].eq("unsure"),
            "earlier": answers["drawn"].eq("earlier"),
            "fraction": answers["fraction"].astype("float64").where(answers["fraction"].gt(0)),
            "person": answers["coded"].isin(BY_A_PERSON),
            "open": answers["coded"].isna(),
            "unsure": answers["coded"].eq("unsure"),
        }
    )
    found = rows.groupby("attempt_id", as_index=False).agg(
        {name: "first" if name == "fraction" else "any" for name in rows if name != "attempt_id"}
    )
    known = ~found["open"] & (found["person"] | ~found["unsure"])
    drawn = (
        found["earlier"].map({True: "earlier", False: "random"}).mask(found["doubted"], "unsure")
    )
    truth = found["person"].astype("object").where(known, None)
    return found[["attempt_id", "machine", "doubted", "fraction"]].assign(drawn=drawn, truth=truth)


def _channels(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The attempts by the name of their channel; all under no name where none is recorded."""
    rows = rows.assign(doubted=rows["doubted"].eq(True).fillna(False).astype(bool))
    if "channel" not in rows:
        return [("", rows)]
    return [(name, part) for _channel, name, part in channels(rows)]


def _headline(first: dict[str, Any]) -> str:
    text = _("Corrected for wrong labels, a person answered {rate}; as labelled, {was}")
    if first["channel"]:
        text = _(
            "Corrected for wrong labels, a person answered {rate} by {channel}; as labelled, {was}"
        )
    was = "–" if first["reference"] is None else percent(first["reference"])
    return text.format(rate=from_row(first), channel=first["channel"], was=was)


def _notes(rows: pd.DataFrame) -> Iterator[str]:
    yield _(
        "What two people say alike is taken for true; where they differ, what a third says too. "
        "Where they err alike, this does not correct it."
    )
    yield _(
        "Attempts in doubt are counted as people settled them. Of the others some were drawn at "
        "random, and stand for those like them. Attempts to which nothing came back stay as they "
        "are."
    )
    found = rows[rows["machine"].notna()]
    lost = int((found["doubted"].eq(True) & found["truth"].isna()).sum())
    if lost:
        text = _("Left out because people have not settled what they are: {n} attempts in doubt.")
        yield text.format(n=number(lost))
    waiting = int((found["drawn"].eq("random") & found["truth"].isna()).sum())
    if waiting:
        text = _("Drawn but not settled yet: {n} attempts; those settled stand for them.")
        yield text.format(n=number(waiting))
