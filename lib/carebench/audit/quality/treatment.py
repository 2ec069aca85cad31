"""The same care for every customer? Personas were given out at random, so this can be tested."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from ...estimate import Estimate, quantity, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.comparisons import THE_SAME
from ...methods.equal_care import (
    CANNOT_SHOW,
    SLIGHTLY_WORSE,
    TOO_FEW,
    WORSE,
    combined,
    verdicts,
    worse_by_counts,
    worse_by_means,
    worse_by_means_within,
)
from ...methods.proportions import SMALL, difference
from ...methods.strata import below_within, difference_within
from ...sources import Care
from ..trials.scores import means, severity
from ..trials.selection import attempts, channels, some_names

ALL = ""  # stands for all providers together
STRATA = ["provider", "channel", "persona"]
KEYS, SIZES = ["provider", "persona"], ["k", "n", "other_k", "other_n"]
MEASURES = ("answered", "scored")
BLIND = "phone"  # a call is picked up before anybody knows who calls
ONE_PERSONA = N_("The attempts name fewer than two personas, so there is nothing to compare.")
UNEVEN = 0.01  # p-value below which personas were hardly spread over channels at random


@needs("attempts", "persona")
def equal_care(care: Care) -> Answer:
    """Whether a provider answers or serves one kind of customer worse than the others."""
    measures = {name: part for name, part in _measures(care) if len(part)}
    if not measures:
        return Skipped(_(ONE_PERSONA))
    level, margin = care.study.confidence_level, care.study.audit.equivalence_margin
    table = _judged(measures, margin, level)
    shown = pd.DataFrame(_shown(table))
    return Finding(
        "equal-care",
        shown,
        headline=_headline(shown, margin),
        labels={
            "provider": _("provider"),
            "persona": _("persona"),
            **{name: heading for name, heading in _headings().items() if name in measures},
            "verdict": _("verdict"),
        },
        notes=tuple(_notes(measures, int(table["p"].notna().sum()), margin, level)),
    )


@needs("attempts", "persona", "channel")
def persona_balance(care: Care) -> Answer:
    """Whether the personas were spread evenly over the channels, as a random draw would."""
    from scipy.stats import chi2_contingency

    rows = attempts(care)
    grid = pd.crosstab(rows["channel"].astype(str), rows["persona"].astype(str))
    grid = grid.loc[:, grid.any()]
    if grid.shape[1] < 2:
        return Skipped(_(ONE_PERSONA))
    made = {str(row.pop("channel")): row for row in records(grid.reset_index())}
    shares = grid.div(grid.sum(axis=1), axis=0)
    away = (shares - grid.sum() / grid.to_numpy().sum()).abs().max(axis=1)
    order = [(channel, name) for channel, name, _part in channels(rows)]
    table = pd.DataFrame(
        {
            "channel": [name for _channel, name in order],
            "n": [sum(made[channel].values()) for channel, _name in order],
            "personas": [_spread(made[channel]) for channel, _name in order],
            "away": [float(away[channel]) for channel, _name in order],
        }
    )
    p = float(chi2_contingency(grid)[1]) if grid.shape[0] > 1 else 1.0
    headline = _("Personas are spread over the channels as a random draw would spread them")
    if p < UNEVEN:
        headline = _("Personas are not spread evenly: comparing them also compares channels")
    return Finding(
        "persona-balance",
        table,
        headline=headline,
        labels={
            "channel": _("channel"),
            "n": _("attempts"),
            "personas": _("by persona"),
            "away": _("most from even"),
        },
        styles={"n": "count", "away": "share"},
    )


def _measures(care: Care) -> Iterator[tuple[str, pd.DataFrame]]:
    """Of each measure, every persona against the others: counts, difference, p of "worse"."""
    level = 2 * care.study.confidence_level - 1
    answered = _answered(care)
    each = _compared(answered, KEYS)
    if len(each):
        each = each.assign(p=worse_by_counts(*(each[name] for name in SIZES)))
        yield "answered", _with_all(answered, each, _p_of_counts, level)
    if not care.columns("ratings"):
        return
    scored = _scored(care)
    each = _compared(scored, KEYS)
    if len(each):
        own, others = (_moments(each, prefix) for prefix in ("", "other_"))
        each = each.assign(p=worse_by_means(*own, *others))
        yield "scored", _with_all(scored, each, _p_of_means, level)


def _answered(care: Care) -> pd.DataFrame:
    """Attempts n and answers k by provider, channel and persona, where the shopper is seen."""
    rows = attempts(care)
    channel = rows["channel"].astype(str) if "channel" in rows else ""
    provider = rows["provider"] if "provider" in rows else ""
    rows = rows.assign(channel=channel, provider=provider)
    rows = rows[rows["channel"].ne(BLIND)]
    summed = rows.groupby(["provider", "channel", "persona"], observed=True)["answered"]
    counted = summed.agg(n="size", k="sum").reset_index()
    return counted.astype({"provider": str, "persona": str})


def _scored(care: Care) -> pd.DataFrame:
    """Contacts n, good ones k, and the sums of their adjusted scores, by provider and persona."""
    counted = means(care, "provider", "persona", "rater")
    counted = counted[counted["persona"].notna()]
    if counted.empty:
        return counted
    _providers, names, found = severity(care)
    effect = counted["rater"].map(
        {name: one.value or 0.0 for name, one in zip(names, found.shoppers, strict=True)}
    )
    n, total = counted["n"], counted["total"]
    adjusted = counted.assign(
        k=counted["good"],
        total=total - n * effect,
        squares=counted["squares"] - 2 * effect * total + n * effect**2,
    )
    columns = ["n", "k", "total", "squares"]
    return adjusted.groupby(["provider", "persona"], as_index=False)[columns].sum()


def _compared(counted: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The sums of each persona beside those of the others in the same cell of `by`."""
    if counted.empty or counted["persona"].nunique() < 2:
        return counted.head(0)
    sums = [name for name in counted if name not in STRATA]
    cells = counted.groupby(by, as_index=False)[sums].sum()
    totals = cells.groupby([name for name in by if name != "persona"])[sums].transform("sum")
    return pd.concat([cells, (totals - cells[sums]).add_prefix("other_")], axis=1)


def _with_all(
    counted: pd.DataFrame,
    each: pd.DataFrame,
    p_within: Callable[[pd.DataFrame], float],
    level: float,
) -> pd.DataFrame:
    """`each` with its differences; before it, of several providers, all together as `ALL`.

    All together are compared within provider and channel only: a persona that met the worse
    provider more often is not treated worse.
    """
    gaps = [
        difference(int(k), int(n), int(other_k), int(other_n), confidence_level=level)
        for k, n, other_k, other_n in each[SIZES].itertuples(index=False)
    ]
    each = each.assign(gap=pd.Series(gaps, index=each.index, dtype="object"))
    if each["provider"].nunique() < 2:
        return each
    cells = _compared(counted, [name for name in STRATA if name in counted])
    cells = cells[(cells["n"] > 0) & (cells["other_n"] > 0)]
    whole = [
        {
            "provider": ALL,
            "persona": persona,
            **part[SIZES].sum().to_dict(),
            "gap": difference_within(*(part[name] for name in SIZES), confidence_level=level),
            "p": p_within(part),
        }
        for persona, part in cells.groupby("persona")
    ]
    return pd.concat([pd.DataFrame(whole), each], ignore_index=True)


def _p_of_counts(cells: pd.DataFrame) -> float:
    if min(cells["n"].sum(), cells["other_n"].sum()) < SMALL:
        return math.nan
    return below_within(*(cells[name] for name in SIZES))


def _p_of_means(cells: pd.DataFrame) -> float:
    names = ("n", "total", "squares")
    return worse_by_means_within(*(cells[f"{of}{name}"] for of in ("", "other_") for name in names))


def _moments(pairs: pd.DataFrame, prefix: str) -> tuple[pd.Series[Any], ...]:
    """Number, mean and variance of the adjusted scores."""
    n, total, squares = (pairs[f"{prefix}{name}"] for name in ("n", "total", "squares"))
    mean = total / n.where(n > 0)
    variance = (squares - n * mean**2) / (n - 1).where(n > 1)
    return n, mean, variance.where(variance > 1e-9, 0.0)


def _judged(measures: dict[str, pd.DataFrame], margin: float, level: float) -> pd.DataFrame:
    """All comparisons as one family: the measures side by side, one p-value, one verdict."""
    parts = [
        part.set_index(KEYS)[[*SIZES, "gap", "p"]].add_prefix(f"{name}_")
        for name, part in measures.items()
    ]
    table = pd.concat(parts, axis=1).reset_index()
    p = combined(table[[f"{name}_p" for name in measures]])
    gaps = [
        [row[f"{name}_gap"] for name in measures if row[f"{name}_n"] > 0] for row in records(table)
    ]
    said = verdicts(p.tolist(), gaps, margin, confidence_level=level)
    return table.assign(p=p, said=said)


def _shown(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """All providers together, persona by persona; then of each provider the worst-off persona."""
    ordered = table.assign(p=table["p"].fillna(2.0)).sort_values(["p", *KEYS])
    whole, each = (ordered[ordered["provider"].eq(ALL) == is_whole] for is_whole in (True, False))
    if whole.empty:
        yield from (_row(row, str(row["said"])) for row in records(each))
        return
    yield from (_row(row, str(row["said"])) for row in records(whole))
    said = each.groupby("provider")["said"].agg(set)
    for row in records(each.drop_duplicates("provider")):
        yield _row(row, _of_provider(said[row["provider"]]))


def _row(row: dict[str, Any], said: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "provider": _("all providers") if row["provider"] == ALL else row["provider"],
        "persona": _persona(row["persona"]),
        "verdict": _(said),
        "over_all": row["provider"] == ALL,
    }
    for name in MEASURES:
        if pd.notna(row.get(f"{name}_n")):
            k, n, other_k, other_n = (int(row[f"{name}_{size}"]) for size in SIZES)
            gap = row[f"{name}_gap"]
            shown |= {
                name: _gap(gap, k, n, other_k, other_n),
                f"{name}_k": k,
                f"{name}_n": n,
                f"{name}_others_k": other_k,
                f"{name}_others_n": other_n,
                f"{name}_gap": gap.value,
                f"{name}_gap_low": gap.low,
                f"{name}_gap_high": gap.high,
            }
    return shown


def _gap(gap: Estimate, k: int, n: int, other_k: int, other_n: int) -> str:
    """A difference in words: "−48 (−67 to −21); 4/13, others 22/28"."""
    counts = _("{k}/{n}, others {other_k}/{other_n}").format(
        k=number(k), n=number(n), other_k=number(other_k), other_n=number(other_n)
    )
    if gap.value is None or gap.low is None or gap.high is None:
        return counts
    value, low, high = (quantity(100 * x, "points") for x in (gap.value, gap.low, gap.high))
    text = _("{value} ({low} to {high}); {counts}")
    return text.format(value=value, low=low, high=high, counts=counts)


def _of_provider(said: set[str]) -> str:
    """One verdict of a provider from those of its personas: "the same" takes all of them."""
    for words in (WORSE, SLIGHTLY_WORSE, CANNOT_SHOW, TOO_FEW):
        if words in said:
            return words
    return THE_SAME


def _headings() -> dict[str, str]:
    return {"answered": _("answered, difference in points"),
            "scored": _("good scores, difference in points")}  # fmt: skip


def _headline(shown: pd.DataFrame, margin: float) -> str:
    worse = shown[shown["verdict"].isin([_(WORSE), _(SLIGHTLY_WORSE)])]
    if len(worse):
        names = [f"{row['persona']} ({row['provider']})" for row in records(worse)]
        return _("Treated worse than other customers: {names}").format(names=some_names(names, 4))
    whole = shown[shown["over_all"]]
    if len(whole) and whole["verdict"].eq(_(THE_SAME)).all():
        return _(
            "No kind of customer is found to be treated worse; over all providers they are treated "
            "the same within {margin} points"
        ).format(margin=number(100 * margin))
    return _(
        "No kind of customer is found to be treated worse; that all are treated the same within "
        "{margin} points cannot be shown"
    ).format(margin=number(100 * margin))


def _notes(measures: dict[str, pd.DataFrame], n: int, margin: float, level: float) -> Iterator[str]:
    yield _(
        "Each persona is set against the others at the same provider, with {level} intervals; of "
        "many providers each shows the persona that fares worst; all providers together are "
        "compared within provider and, for answers, channel (Mantel–Haenszel weights). A "
        "difference is the provider’s doing where personas were given out at random."
    ).format(level=percent(2 * level - 1))
    if "answered" in measures:
        yield _(
            "Answered: attempts in the channels where the shopper is seen before the answer, so "
            "not by phone; Fisher’s exact test."
        )
    if "scored" in measures:
        yield _(
            "Good scores: contacts scored 4 or 5, mean over the points; Welch’s test of the mean "
            "scores, adjusted for the severity of the shoppers."
        )
    yield _(
        "“Treated worse”: one-sided p-values of the measures joined by Fisher’s method, Holm’s "
        "correction over the {n} comparisons with enough contacts. “The same”: every interval "
        "lies inside ±{margin} points."
    ).format(n=number(n), margin=number(100 * margin))


def _persona(name: Any) -> str:
    return str(name).replace("_", " ")


def _spread(counts: dict[str, Any]) -> str:
    return some_names([f"{_persona(name)} {number(n)}" for name, n in counts.items()], 6)
