"""The questions of notebook 03: how satisfied, what it goes with, and what it costs."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from .estimate import Estimate, frame, from_row, records
from .finding import Answer, Finding, Skipped, needs
from .language import N_, _, number, percent
from .methods.drivers import lmg
from .methods.ratios import ratio, ratio_of_ratios
from .methods.scores import mean, nps, top_box
from .schema import SIX_POINTS, SURVEY, DataError
from .sources import Care

TABLES = ("survey", "ledger")

SCORES = {"csat": N_("CSAT"), "nps": N_("NPS"), "ces": N_("CES")}
ITEMS = {
    "csat": N_("satisfaction"),
    "friendliness": N_("friendliness"),
    "empathy": N_("empathy"),
    "fairness": N_("fairness"),
    "customer_at_centre": N_("customer at the centre"),
    "information": N_("information"),
    "choice": N_("choice"),
}
# What the cost of keeping customers may be divided by, and how the result is called.
BASES = {
    "retained": N_("accounting cost per retained customer"),
    "customer_years": N_("accounting cost per customer-year held"),
}
RATIOS = {
    "retained": N_("spending on keeping customers / customers kept"),
    "customer_years": N_("spending on keeping customers / years that customers were held"),
}
PER_PERIOD = N_("accounting cost per retained customer and period")
CLAIMS = (
    (N_("Winning costs five times as much as keeping"), "5×"),
    (N_("Selling to a new customer costs ten times as much as to an existing one"), "10×"),
)


@needs("survey")
def scores(care: Care) -> Answer:
    """CSAT, NPS and CES of the wave, whichever the survey asked."""
    rows = care.current("survey")
    asked = [score for score in SCORES if score in rows]
    if not asked:
        return Skipped(_("The survey asked none of CSAT, NPS and CES."))
    estimates = [
        ({"score": _(SCORES[score]), "what": _definition(care, score)}, score_of(care, rows, score))
        for score in asked
    ]
    table = frame(estimates)
    return Finding(
        "scores",
        table,
        headline="; ".join(f"{keys['score']} {estimate}" for keys, estimate in estimates),
        labels={"score": _("score"), "what": _("what it counts"), "value": _("estimate")},
    )


@needs("survey", "provider")
def score_by_provider(care: Care, score: str) -> Answer:
    """One score of each provider, highest first."""
    rows = care.current("survey")
    if score not in rows:
        return Skipped(_("The survey did not ask {score}.").format(score=_(SCORES[score])))
    return _by_provider(
        care,
        rows,
        score_of,
        score,
        name=f"{score}-by-provider",
        label=_(SCORES[score]),
        headline=_("{score} by provider: all together {total}").format(
            score=_(SCORES[score]), total=score_of(care, rows, score)
        ),
        caption=_definition(care, score)
        + " "
        + _(
            "With {level} intervals. Where they overlap widely the order says nothing, and among "
            "many providers a few stand apart by chance."
        ).format(level=percent(care.study.confidence_level)),
    )


@needs("survey", "provider", "csat")
def mean_by_provider(care: Care) -> Answer:
    """Mean satisfaction of each provider, beside the share that is satisfied."""
    rows = care.current("survey")
    low, high = scale_of(care, "csat")
    return _by_provider(
        care,
        rows,
        _mean_of,
        "csat",
        name="mean-satisfaction",
        label=_("mean"),
        headline=_("Mean satisfaction by provider, on the scale {low} to {high}").format(
            low=number(low), high=number(high)
        ),
        notes=(_("The weights of the survey are not used here."),) if "weight" in rows else (),
    )


@needs("survey")
def drivers(care: Care) -> Answer:
    """What satisfaction goes with: each item's share of the explained variance."""
    rows = care.current("survey")
    outcome = care.study.loyalty.outcome
    named = care.study.loyalty.drivers
    items = [item for item in named if item in rows and item != outcome]
    if outcome not in rows:
        return Skipped(_("The survey has no item “{item}”.").format(item=outcome))
    if named != SIX_POINTS and len(items) < len(named):
        lacking = [item for item in named if item not in items]
        return Skipped(_("The survey has no item “{item}”.").format(item="”, “".join(lacking)))
    if len(items) < 2:
        return Skipped(_("The survey has no two items that may drive satisfaction."))
    try:
        found = lmg(
            rows[outcome].to_numpy(dtype=float, na_value=float("nan")),
            rows[items].to_numpy(dtype=float, na_value=float("nan")),
            confidence_level=care.study.confidence_level,
        )
    except DataError as error:
        return Skipped(str(error))
    estimates = [
        ({"item": _(ITEMS.get(item, item))}, share)
        for item, share in zip(items, found.shares, strict=True)
    ]
    table = frame(estimates).sort_values("value", ascending=False, ignore_index=True)
    notes = [
        _(
            "An association within one survey, not an effect: an item without any effect of its "
            "own still takes a share where it goes along with one that has."
        ),
        _("{n} answers that lack an item are left out.").format(
            n=number(len(rows) - found.explained.n)
        ),
    ]
    if "weight" in rows:
        notes.append(_("The weights of the survey are not used here."))
    return Finding(
        "drivers",
        table,
        headline=_leading(outcome, table, found.lead),
        caption=_(
            "Each item’s share of the explained variance of {outcome} (LMG), with {level} "
            "bootstrap intervals. Together the items explain {explained} of it (adjusted R²)."
        ).format(
            outcome=_(ITEMS.get(outcome, outcome)),
            level=percent(care.study.confidence_level),
            explained=found.explained,
        ),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['item']} {from_row(row)}" for row in records(table))
        ),
        labels={"item": _("item"), "value": _("share of explained variance")},
        notes=tuple(notes),
    )


@needs("ledger", "acquisition_spend", "acquired")
def costs(care: Care) -> Answer:
    """Cost per customer won, beside the accounting cost per customer kept, for each base."""
    rows, currency = care.current("ledger"), care.study.currency
    level = care.study.confidence_level
    won = ratio(rows["acquisition_spend"], rows["acquired"], unit=currency, confidence_level=level)
    estimates = [
        (
            {
                "cost": _("cost per customer won"),
                "definition": _("spending on winning customers / customers won"),
            },
            won,
        ),
        *(
            (
                {"cost": _base_name(care, base), "definition": _(RATIOS[base])},
                ratio(rows["retention_spend"], rows[base], unit=currency, confidence_level=level),
            )
            for base in _bases(care)
        ),
    ]  # fmt: skip
    return Finding(
        "costs",
        frame(estimates),
        headline=_("Winning a customer costs {cost}").format(cost=won),
        labels={"cost": _("cost"), "definition": _("how computed"), "value": _("estimate")},
        notes=(
            _coverage(rows),
            _("Intervals are for periods like these, each taken as independent of the last.")
            if "period" in rows
            else _("Intervals are for customers like these."),
            *care.not_limited("ledger"),
            _(
                "An accounting cost divides all spending on keeping customers by all who stayed; "
                "most would have stayed without it. What keeping one more customer costs needs a "
                "control group."
            ),
        ),
    )


@needs("ledger", "acquisition_spend", "acquired", "retention_spend")
def claims(care: Care) -> Answer:
    """The 5× and 10× claims, beside the accounting ratios that these data allow."""
    rows = care.current("ledger")
    if not _bases(care):
        return Skipped(_("The ledger does not say how many customers were kept."))
    accounting = [(_base_name(care, base), _cost_ratio(care, rows, base)) for base in _bases(care)]
    estimates = [
        ({"claim": _(claim), "says": factor, "base": base, "verdict": _(NOT_TESTABLE)}, value)
        for claim, factor in CLAIMS
        for base, value in accounting
    ]
    return Finding(
        "claims",
        frame(estimates),
        headline=_("The claims of 5× and 10× are not testable with these data"),
        labels={
            "claim": _("claim"),
            "says": _("says"),
            "verdict": _("verdict"),
            "base": _("cost per customer won, over"),
            "value": _("accounting ratio"),
        },
        notes=(
            _(
                "The claims speak of what one more customer costs. That needs customers who were "
                "left out of the effort to keep them by chance; this study has no such group. The "
                "accounting ratio depends on the base chosen and tests nothing."
            ),
        ),
    )


MOST_UNWEIGHTED = 0.05  # of the answers; leaving out more would choose among respondents
UNWEIGHTED = N_("more than 5% of the answers have no weight")
NOT_TESTABLE = N_("not testable with these data")


def answer(care: Care) -> list[str]:
    """The notebook's answer in about three lines."""
    lines = []
    asked = scores(care)
    if isinstance(asked, Finding):
        parts = [f"{row['score']} {from_row(row).emphasised()}" for row in records(asked.rows)]
        lines.append("; ".join(parts) + ".")
    found = drivers(care)
    if isinstance(found, Finding):
        lines.append(found.headline + ".")
    spent = costs(care)
    if isinstance(spent, Finding):
        won = from_row(records(spent.rows)[0]).emphasised()
        lines.append(_("Winning a customer costs {cost}.").format(cost=won))
    if isinstance(claims(care), Finding):
        lines.append(_("That this is 5 or 10 times the cost of keeping one: **{verdict}**.").format(
            verdict=_(NOT_TESTABLE)))  # fmt: skip
    return lines or [_("The study holds no survey and no ledger, so nothing can be said.")]


def _leading(outcome: str, table: pd.DataFrame, lead: Estimate) -> str:
    """Which item satisfaction goes with most, or which two are not told apart."""
    first, second = records(table)[:2]
    fields = {"outcome": _(ITEMS.get(outcome, outcome)).capitalize(), "first": first["item"]}
    if lead.low is not None and lead.low > 0:
        return _("{outcome} goes most with {first}: {share} of what the items explain").format(
            **fields, share=from_row(first)
        )
    return _(
        "{outcome} goes most with {first} or {second}: which of the two leads is not told apart"
    ).format(**fields, second=second["item"])


def score_of(care: Care, rows: pd.DataFrame, score: str) -> Estimate:
    """CSAT, NPS or CES of the answers in `rows`, weighted where the survey has weights."""
    answers = rows[score].to_numpy(dtype=float, na_value=float("nan"))
    weights = None
    if "weight" in rows:
        weights = rows["weight"].to_numpy(dtype=float)
        answered = rows[score].notna()
        if rows.loc[answered, "weight"].isna().mean() > MOST_UNWEIGHTED:
            return Estimate.absent(UNWEIGHTED, n=int(answered.sum()))
    level, scale = care.study.confidence_level, scale_of(care, score)
    if score == "nps":
        return nps(answers, scale=scale, weights=weights, confidence_level=level)
    return top_box(answers, scale=scale, weights=weights, confidence_level=level)


def scale_of(care: Care, score: str) -> tuple[float, float]:
    """Lowest and highest point of a score: the study's own, else the usual one."""
    own = care.study.tables["survey"].scales.get(score)
    column = SURVEY.column(score)
    low, high = own if own else (column.low, column.high)
    return float(low or 0), float(high or 0)


def _mean_of(care: Care, rows: pd.DataFrame, item: str) -> Estimate:
    answers = rows[item].to_numpy(dtype=float, na_value=float("nan"))
    return mean(answers, scale=scale_of(care, item), confidence_level=care.study.confidence_level)


def _by_provider(
    care: Care,
    rows: pd.DataFrame,
    estimate: Callable[[Care, pd.DataFrame, str], Estimate],
    item: str,
    *,
    name: str,
    label: str,
    headline: str,
    caption: str = "",
    notes: tuple[str, ...] = (),
) -> Answer:
    """`estimate` of each provider, highest first."""
    estimates = [
        ({"provider": str(provider)}, estimate(care, part, item))
        for provider, part in rows.groupby("provider", observed=True)
    ]
    if not estimates:
        return Skipped(_("The survey names no provider."))
    table = frame(estimates).sort_values("value", ascending=False, ignore_index=True)
    return Finding(
        name,
        table,
        headline=headline,
        caption=caption,
        alt=_("Dots with intervals, highest on top: {rows}.").format(
            rows="; ".join(f"{row['provider']} {from_row(row)}" for row in records(table))
        ),
        labels={"provider": _("provider"), "value": label},
        notes=notes,
    )


def _definition(care: Care, score: str) -> str:
    """What a score counts, with the scale it was asked on."""
    low, high = scale_of(care, score)
    if score == "nps":
        return _("Per cent who would recommend (9–10) less per cent who would not (0–6).")
    text = {
        "csat": _("Share of answers {top} or {high} on the scale {low} to {high}: satisfied."),
        "ces": _("Share of answers {top} or {high} on the scale {low} to {high}: it was easy."),
    }[score]
    return text.format(top=number(high - 1), high=number(high), low=number(low))


def _bases(care: Care) -> list[str]:
    """The bases that the ledger allows for the cost of keeping customers."""
    there = care.columns("ledger")
    return [base for base in BASES if base in there] if "retention_spend" in there else []


def _base_name(care: Care, base: str) -> str:
    """What a cost over `base` is called; a customer kept for two periods counts twice."""
    by_period = base == "retained" and "period" in care.columns("ledger")
    return _(PER_PERIOD if by_period else BASES[base])


def _cost_ratio(care: Care, rows: pd.DataFrame, base: str) -> Estimate:
    return ratio_of_ratios(
        (rows["acquisition_spend"], rows["acquired"]),
        (rows["retention_spend"], rows[base]),
        confidence_level=care.study.confidence_level,
    )


def _coverage(rows: pd.DataFrame) -> str:
    """What the ledger covers, in one sentence."""
    if "period" in rows and rows["period"].notna().any():
        periods = sorted(map(str, rows["period"].dropna().unique()))
        return _("Over {n} periods, from {first} to {last}.").format(
            n=number(len(periods)), first=periods[0], last=periods[-1]
        )
    return _("Over {n} prospects and customers.").format(n=number(len(rows)))
