"""Two schemes at once: customers and revenue in each pair of groups that a study asks for."""

from __future__ import annotations

import pandas as pd

from .. import queries
from ..estimate import records
from ..finding import Answer, Finding, Skipped
from ..language import _
from ..queries.groups import OTHERS
from ..sources import Care
from .schemes import (
    SCHEMES,
    amount_labels,
    amount_styles,
    customer_groups,
    group_name,
    of_customers,
    schemes,
    with_shares,
)

MOST_CELLS = 24  # of all cross tables together, by name
FEWEST_CELLS = 8  # of each


def crossed(care: Care) -> Answer:
    """The pairs of schemes that the study asks to cross: customers and revenue of each cell."""
    if not care.study.segmentation.cross:
        return Skipped(_("The study asks for no schemes to be crossed (segmentation.cross)."))
    return _crossed(care)


@of_customers
def _crossed(care: Care) -> Answer:
    known = schemes(care)
    asked = care.study.segmentation.cross
    there = [(first, second) for first, second in asked if {first, second} <= set(known)]
    absent = dict.fromkeys(name for pair in asked for name in pair if name not in known)
    text = _("Not crossed, for the study does not record it: {names}.")
    missing = text.format(names=", ".join(_(SCHEMES[name]) for name in absent))
    if not there:
        return Skipped(missing)
    most = max(FEWEST_CELLS, MOST_CELLS // len(there) - 1)
    tables = [_cells(care, first, second, most) for first, second in there]
    return Finding(
        "crossed",
        pd.concat(tables, ignore_index=True),
        headline=_("Customers by two schemes at once: {pairs}").format(
            pairs="; ".join(_pair_name(first, second) for first, second in there)
        ),
        labels={"pair": _("crossed"), "group": _("both groups"), **amount_labels(care)},
        styles=amount_styles(care),
        notes=(
            *([missing] if absent else []),
            _("Complete counts of the company’s own books: no sampling error."),
        ),
    )


def _cells(care: Care, first: str, second: str, most: int) -> pd.DataFrame:
    """One cross table, the cells with most revenue first and the rest of them in one row."""
    customer_groups(care)
    cells = care.large.frame(queries.crossed_groups(first, second, most))
    cells = cells.assign(rest=cells["kind"].eq(OTHERS)).sort_values(
        ["rest", "revenue", "customers", "code", "other_code"],
        ascending=[True, False, False, True, True],
        ignore_index=True,
    )
    table = with_shares(care, cells, pd.Series(0, index=cells.index))
    table["group"] = [
        group_name(first, row["code"], row["kind"], row["groups"])
        if row["rest"]
        else f"{group_name(first, row['code'], row['kind'])} · "
        f"{group_name(second, row['other_code'], row['other_kind'])}"
        for row in records(table)
    ]
    table["pair"] = [_pair_name(first, second), *[""] * (len(table) - 1)]
    table["by"] = f"{first}, {second}"
    numbers = ["customers", "share", "revenue", "revenue_share", "largest_part"]
    return table[["by", "group", *numbers, "pair", "code", "other_code"]]


def _pair_name(first: str, second: str) -> str:
    return f"{_(SCHEMES[first])} × {_(SCHEMES[second])}"
