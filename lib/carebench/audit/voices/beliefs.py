"""What providers believe of their own care, set against what the audit observed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.contacts import share_of_scores
from ...methods.proportions import SMALL
from ...sources import Care
from ..trials.replies import GOOD, audited_providers, one_voice, replies, who_replied
from ..trials.scores import SUMS, sums
from ..trials.selection import attempts, rate

HALF = 0.5  # share of good scores against which a belief is held, fixed before the data
MOST_DRAWN = 24
POOR = 2  # points of a self-rating up to which a provider finds its own care poor
BORNE_OUT = N_("borne out")
CONTRADICTED = N_("contradicted")
BETTER = N_("better than it says")
UNDECIDED = N_("cannot tell")
NO_CLAIM = N_("claims neither")
UNRATED = N_("does not rate itself")
SILENT = N_("they say nothing")
NOT_SCORED = N_("no contact was scored")
NOT_TRIED = N_("never tried")
NOT_RECORDED = N_("not recorded")


@needs("maturity")
def belief_gap(care: Care) -> Answer:
    """Each provider's view of its own care beside what shoppers met, and whether they agree."""
    said = replies(care)
    if not {"care_is_key", "self_rating"} & set(said.columns):
        return Skipped(_("Nobody was asked how good or how important the own care is."))
    if said.empty:
        return Skipped(_("Nobody answered a question about care from inside."))
    if "provider" not in care.columns("attempts"):
        return Skipped(_("No attempt names its provider, so what they say cannot be checked."))
    table = _gap_table(care, said)
    return Finding(
        "belief-gap",
        table,
        headline=_headline(table),
        caption=_caption(care, table),
        alt=_("Providers one below the other: {rows}.").format(rows=_in_words(table)),
        labels={
            "provider": _("provider"),
            "says": _("says of its own care"),
            "good_text": _("good scores"),
            "answered_text": _("answered"),
            "resolved_text": _("resolved"),
            "verdict": _("does the audit agree?"),
        },
        notes=(*who_replied(care, said), *_how_judged(table)),
    )


def _gap_table(care: Care, said: pd.DataFrame) -> pd.DataFrame:
    """One row per provider, the widest gap between belief and observation on top."""
    one = one_voice(said)
    names = sorted(audited_providers(care) | set(one.index))
    scores, strict = _good_scores(care, names)
    shares = {column: _shares(care, column, names) for column in ("answered", "resolved")}
    table = frame(({"provider": name}, scores[name]) for name in names)
    table["self_rating"] = _of(one, "self_rating", names)
    table["care_is_key"] = _of(one, "care_is_key", names)
    words = dict(zip(one.index, records(one), strict=True))
    table["says"] = [_says(words[name]) if name in words else _(SILENT) for name in names]
    table["verdict"] = [
        _(_verdict(words[name], strict[name]) if name in words else SILENT) for name in names
    ]
    table["good_text"] = [_text(scores[name]) for name in names]
    for column, found in shares.items():
        table[f"{column}_text"] = [_text(found[name]) for name in names]
        for part, key in (("value", "rate"), ("low", "low"), ("high", "high")):
            limits = [getattr(found[name], part) for name in names]
            table[f"{column}_{key}"] = pd.Series(limits, dtype="float64")
    gap = (table["self_rating"] - 1) / 4 - table["value"]
    silent = ~table["provider"].isin(one.index)
    order = pd.DataFrame({"silent": silent, "gap": -gap, "name": table["provider"]})
    return table.loc[order.sort_values(["silent", "gap", "name"]).index].reset_index(drop=True)


def _of(said: pd.DataFrame, item: str, names: list[str]) -> pd.Series[Any]:
    """What each of `names` says on `item`; missing where it says nothing."""
    if item not in said:
        return pd.Series([float("nan")] * len(names))
    return said[item].reindex(names).astype("float64").reset_index(drop=True)


def _says(row: dict[str, Any]) -> str:
    """The belief of one provider in words."""
    parts = []
    if pd.notna(row.get("self_rating")):
        rating = number(row["self_rating"], 0 if row["self_rating"] % 1 == 0 else 1)
        parts.append(_("its care is {rating} of 5").format(rating=rating))
    if pd.notna(row.get("care_is_key")):
        parts.append(_("care is key") if row["care_is_key"] else _("care is not key"))
    return "; ".join(parts) or _(UNRATED)


def _verdict(row: dict[str, Any], strict: Estimate) -> str:
    """Whether the scores agree with a provider that finds its own care good, or poor."""
    rating = row.get("self_rating")
    if pd.isna(rating):
        return UNRATED
    if POOR < rating < GOOD:
        return NO_CLAIM
    if strict.value is None or strict.low is None or strict.high is None:
        return UNDECIDED
    good, poor = strict.low > HALF, strict.high < HALF
    if strict.n < SMALL or not (good or poor):
        return UNDECIDED
    if rating >= GOOD:
        return BORNE_OUT if good else CONTRADICTED
    return BETTER if good else BORNE_OUT


def _good_scores(care: Care, names: list[str]) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Share of scores of 4 or 5: at the study's level, and at that of a family of verdicts."""
    level = care.study.confidence_level
    summed = _sums_of_scores(care)
    strict = 1 - (1 - level) / max(1, len(summed))
    of = {str(row.pop("provider")): row for row in records(summed.reset_index(names="provider"))}
    unscored = Estimate.absent(NOT_SCORED)

    def estimates(at: float) -> dict[str, Estimate]:
        found = {
            name: share_of_scores(*([row[part]] for part in SUMS), confidence_level=at)
            for name, row in of.items()
        }
        return {name: found.get(name, unscored) for name in names}

    return estimates(level), estimates(strict)


def _sums_of_scores(care: Care) -> pd.DataFrame:
    """By provider, what its shoppers' scores sum up to; empty where nobody scored."""
    if not {"attempt_id", "item", "score"} <= set(care.columns("ratings")):
        return pd.DataFrame(columns=list(SUMS))
    return sums(care).set_index("provider")[list(SUMS)]


def _shares(care: Care, column: str, names: list[str]) -> dict[str, Estimate]:
    """Share of each provider's attempts where `column` holds."""
    rows = attempts(care)
    if column not in rows:
        return dict.fromkeys(names, Estimate.absent(NOT_RECORDED))
    known = rows[rows[column].notna() & rows["provider"].notna()]
    counted = known[column].astype(bool).groupby(known["provider"], observed=True)
    found = {
        str(name): rate(care, int(k), int(n))
        for name, k, n in counted.agg(["sum", "size"]).itertuples(name=None)
    }
    return {name: found.get(name, Estimate.absent(NOT_TRIED)) for name in names}


def _text(estimate: Estimate) -> str:
    return _(estimate.reason) if estimate.value is None else str(estimate)


def _headline(table: pd.DataFrame) -> str:
    rated = table["self_rating"].dropna()
    if rated.empty:
        key = table["care_is_key"].dropna()
        return _("{k} of {n} providers hold care to be key; none of them rates its own").format(
            k=number(int(key.sum())), n=number(len(key))
        )
    text = _(
        "{k} of {n} providers rate their own care as good; what shoppers met contradicts "
        "{against} of them and bears out {for_it}"
    )
    if not table["verdict"].isin([_(BORNE_OUT), _(CONTRADICTED), _(BETTER)]).any():
        text = _(
            "{k} of {n} providers rate their own care as good; whether they are right cannot be "
            "told from what shoppers met"
        )
    return text.format(
        k=number(int(rated.ge(GOOD).sum())),
        n=number(len(rated)),
        against=number(
            int((table["verdict"].eq(_(CONTRADICTED)) & table["self_rating"].ge(GOOD)).sum())
        ),
        for_it=number(
            int((table["verdict"].eq(_(BORNE_OUT)) & table["self_rating"].ge(GOOD)).sum())
        ),
    )


def _caption(care: Care, table: pd.DataFrame) -> str:
    text = _(
        "Diamonds: how the provider rates its own care, 1 to 5, on the upper axis. Dots: share of "
        "the shoppers’ scores that are good (4 or 5); triangles and squares: attempts answered "
        "by a person, and resolved, all channels together; with {level} intervals. Dotted: one "
        "half. The two axes measure different things, so the length of a grey line is no "
        "quantity: it only shows where word and observation part."
    ).format(level=percent(care.study.confidence_level))
    if len(table) > MOST_DRAWN:
        text += " " + _("Only the {n} widest gaps of {all} providers are drawn.").format(
            n=number(MOST_DRAWN), all=number(len(table))
        )
    return text


def _how_judged(table: pd.DataFrame) -> list[str]:
    if table["value"].isna().all():
        return [_("No scores of shoppers: what they say of their own care cannot be checked.")]
    return [
        _(
            "A provider that gives itself 4 or 5 is contradicted where clearly fewer than half of "
            "its shoppers’ scores are 4 or 5, and borne out where clearly more are; one that "
            "gives itself 1 or 2, the other way round. “Clearly”: the interval, widened for the "
            "number of providers compared (Bonferroni), leaves out one half. Fewer than five "
            "scored contacts are not judged. The unit is the contact."
        ),
        _(
            "A self-rating speaks of the provider’s care as a whole, scores only of the contacts "
            "that were answered and scored."
        ),
    ]


def _in_words(table: pd.DataFrame) -> str:
    return "; ".join(
        _("{provider}: {says}, good scores {share}, {verdict}").format(
            provider=row["provider"],
            says=row["says"],
            share=_text(from_row(row)),
            verdict=row["verdict"],
        )
        for row in records(table.head(MOST_DRAWN))
    )
