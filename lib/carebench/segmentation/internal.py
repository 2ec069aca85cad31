"""How departments serve each other."""

from __future__ import annotations

from ..estimate import frame, from_row, records
from ..finding import Answer, Finding, needs
from ..language import _, percent
from ..methods.scores import mean
from ..sources import Care


@needs("internal_service")
def internal_service(care: Care) -> Answer:
    """How departments rate the departments that serve them."""
    rows = care.current("internal_service")
    estimates = [
        ({"department": str(name)}, mean(part["score"].to_numpy(dtype=float), scale=(1, 5),
         confidence_level=care.study.confidence_level))
        for name, part in rows.groupby("rated_department", observed=True)
    ]  # fmt: skip
    table = frame(estimates).sort_values("value", ascending=False, ignore_index=True)
    best, worst = records(table)[0], records(table)[-1]
    return Finding(
        "internal-service",
        table,
        headline=_("Departments rate each other from {low} ({worst}) to {high} ({best})").format(
            low=from_row(worst),
            worst=worst["department"],
            high=from_row(best),
            best=best["department"],
        ),
        caption=_(
            "Mean score from 1 to 5 that the served departments gave, with {level} intervals. "
            "Scores of one member of staff are taken as independent. The lowest of several looks "
            "lower than it is, and the highest higher."
        ).format(level=percent(care.study.confidence_level)),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['department']} {from_row(row)}" for row in records(table))
        ),
        labels={"department": _("department that serves"), "value": _("mean score")},
    )
