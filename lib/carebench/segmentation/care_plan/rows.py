"""The activities of the care plan, by stage and customers, and the words for what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from ...estimate import records
from ...language import N_, _
from ...schema import CONTENTS, STAGES, TABLES
from ...sources import Care
from ..tiers import TIERS
from .words import listed

SIZES = TIERS
ALL = "all"
GROUPS = {
    ALL: N_("all customers"),
    **{size: size for size in SIZES},
}
# What a plan may call a group besides its code.
CALLED = {
    "tất cả": ALL,
    "tất cả khách hàng": ALL,
    "mọi khách hàng": ALL,
    "đặc biệt": "special",
    "lớn": "large",
    "vừa": "medium",
    "nhỏ": "small",
}
STAGE_NAMES = {
    "before": N_("before the purchase"),
    "at": N_("at the purchase"),
    "after": N_("after the purchase"),
}
METHOD_NAMES = {
    "centralised": N_("at a care centre"),
    "point_of_sale": N_("at a point of sale"),
    "at_customer": N_("at the customer’s"),
    "indirect": N_("from afar"),
}
CONTENT_NAMES = {
    "convenience": N_("convenience"),
    "human": N_("human factor"),
    "other": N_("gifts, events and the like"),
}


def planned(care: Care) -> pd.DataFrame:
    """The activities of the plan by stage and customers, every column of the schema there.

    `name` tells the rows apart; words that a row lacks are None.
    """
    return care.once("care plan", lambda: _planned(care))


def knows_sizes(rows: pd.DataFrame) -> bool:
    """Whether a plan says of any activity for customers of which size it is."""
    return bool(_of_known_size(rows).any())


def size_untold(rows: pd.DataFrame) -> pd.Series:
    """Which activities of the human factor are for customers of no known size."""
    return human_at(rows, None) & ~_of_known_size(rows)


def _of_known_size(rows: pd.DataFrame) -> pd.Series:
    return rows["segment"].isin((ALL, *SIZES))


def stages_of(rows: pd.DataFrame) -> tuple[str | None, ...]:
    """The stages at which a plan can be compared; None, for any stage, where it names none."""
    return STAGES if rows["stage"].notna().any() else (None,)


def human_at(rows: pd.DataFrame, stage: str | None) -> pd.Series:
    """Which activities are of the human factor, at one stage or, where it is None, at any."""
    human = rows["content"].eq("human")
    return human if stage is None else human & rows["stage"].eq(stage)


def reaches(rows: pd.DataFrame, group: str) -> pd.Series:
    """Which activities are for a group of customers, by name or as for all."""
    return rows["segment"].isin((ALL, group))


def not_placed(rows: pd.DataFrame) -> tuple[str, ...]:
    """The activities that no stage, customers or content are known of."""
    lacking = rows[rows[["stage", "segment", "content"]].isna().any(axis=1)]
    others = sorted({str(word) for word in rows["segment"].dropna()} - set(GROUPS))
    notes = []
    if len(lacking):
        text = _("Stage, customers or content not recorded, so in no comparison here: {names}.")
        notes.append(text.format(names=listed(lacking["name"])))
    if others and rows["segment"].isin(SIZES).any():
        text = _("No size of customers, so in no comparison by size: {groups}.")
        notes.append(text.format(groups=listed(others)))
    return tuple(notes)


def word(names: Mapping[str, str], word: str | None) -> str:
    return _("not recorded") if word is None else _(names.get(word, word))


def parted(
    first: Mapping[str, str],
    one: str | None,
    other: str | None,
    second: Mapping[str, str] = GROUPS,
) -> str:
    return f"{word(first, one)}: {word(second, other)}"


def what(name: str, level: str | None) -> str:
    return name if level is None else f"{name}: {level}"


def _planned(care: Care) -> pd.DataFrame:
    table = TABLES["care_activities"]
    rows = care.table(table.name).reindex(columns=list(table.names))
    for column in table.columns:
        if column.kind in ("category", "text"):
            known = _known_group if column.name == "segment" else str
            rows[column.name] = _words(rows[column.name], known)
        elif column.kind != "yes_no":
            rows[column.name] = rows[column.name].astype("float64")
    rows["required"] = rows["required"].astype("boolean").fillna(value=False).astype(bool)
    rows["name"] = _names(rows)
    order = {
        "stage": _places(rows["stage"], STAGES),
        "segment": _places(rows["segment"], GROUPS),
        "content": _places(rows["content"], CONTENTS),
    }
    keys = pd.DataFrame(order).assign(group=rows["segment"].fillna(""), name=rows["name"])
    by = keys.sort_values(["stage", "segment", "group", "content", "name"], kind="stable")
    return rows.loc[by.index].reset_index(drop=True)


def _words(given: pd.Series, known: Callable[[str], str]) -> pd.Series:
    """Words without blanks around them; None, which a column of strings cannot hold, for none."""
    words = [None if pd.isna(word) else known(str(word).strip()) for word in given]
    return pd.Series(words, index=given.index, dtype=object)


def _known_group(word: str) -> str:
    """A group of customers; those that the kit knows, whatever their capitals and language."""
    code = CALLED.get(word.casefold(), word.casefold())
    return code if code in GROUPS else word


def _names(rows: pd.DataFrame) -> list[str]:
    """A name for each row: the activity's, with its customers and a number where it repeats."""
    repeats = rows["activity"].duplicated(keep=False)
    names = rows["activity"].where(
        ~repeats,
        [f"{row['activity']} ({word(GROUPS, row['segment'])})" for row in records(rows)],
    )
    number_in_group = names.groupby(names).cumcount() + 1
    again = names.duplicated(keep=False)
    return [
        f"{name} {at}" if repeated else str(name)
        for name, at, repeated in zip(names, number_in_group, again, strict=True)
    ]


def _places(words: pd.Series, known: Iterable[str]) -> list[int]:
    order = {word: place for place, word in enumerate(known)}
    return [order.get(word, len(order)) for word in words]
