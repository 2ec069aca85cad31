"""Who answered about care from inside, and what each provider says by its people’s majority."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...language import N_, _, number
from ...sources import Care
from .selection import listed_provider, of_wave, some_names

# Each completes the sentence "k of n providers say that they …".
ITEMS = {
    "care_is_key": N_("hold customer care to be key to their business"),
    "clear_measure": N_("have a clear measure of their care"),
    "surveys_satisfaction": N_("ask their customers how satisfied they are"),
    "own_standard": N_("have a standard of care distinct from their rivals’"),
    "trains_staff": N_("treat the training of staff as core"),
    "contacts_first": N_("contact customers before they complain"),
}
GOOD = 4  # points of a self-rating from which on a provider finds its own care good
GOOD_ITEM = N_("rate their own care as good (4 or 5 of 5)")
STEPS = {
    "none": N_("no department of its own"),
    "exists": N_("a department exists"),
    "organised": N_("the department is organised"),
    "advantage": N_("care is an advantage over rivals"),
}


def replies(care: Care) -> pd.DataFrame:
    """What each provider says, one row each, by the majority of its people who answered.

    Items are 1 (more than half say yes), 0, or missing where nobody said; `<item>_divided`
    tells that its people differ, `<item>_k` and `<item>_n` how many said yes and answered.
    `department` is the highest step that more than half of them reach. Providers that the
    study's own list does not know are left out, and so is whoever answered nothing.
    """
    rows = of_wave(care, "maturity")
    rows = rows.assign(provider=listed_provider(care, rows)).dropna(subset="provider")
    asked = rows["asked"].eq("client").fillna(False) if "asked" in rows else False
    rows = rows.assign(client=asked, provider=rows["provider"].astype("string"))
    if "self_rating" in rows:
        good = rows["self_rating"].ge(GOOD).where(rows["self_rating"].notna())
        rows = rows.assign(good=good.astype("boolean"))
    by = rows.groupby(["client", "provider"])
    parts = [_by_majority(by, item) for item in (*ITEMS, "good") if item in rows]
    if "self_rating" in rows:
        rating = rows.assign(self_rating=rows["self_rating"].astype("float64"))
        parts.append(rating.groupby(["client", "provider"])["self_rating"].median().to_frame())
    if "department" in rows:
        parts.append(_department(rows))
    if not parts:
        return pd.DataFrame({"client": pd.Series(dtype=bool)})
    said = pd.concat(parts, axis=1)
    substance = [name for name in said if not str(name).endswith(("_divided", "_k", "_n"))]
    return said[said[substance].notna().any(axis=1)].reset_index("client")


def one_voice(said: pd.DataFrame) -> pd.DataFrame:
    """Each provider once: in its own words where it spoke, else in those of the client."""
    ordered = said.sort_values("client", kind="stable")
    return ordered[~ordered.index.duplicated()]


def audited_providers(care: Care) -> set[str]:
    """The providers that the study audits; none where it names none."""
    for table in ("providers", "attempts"):
        if "provider" in care.columns(table):
            return set(map(str, of_wave(care, table)["provider"].dropna().unique()))
    return set()


def who_replied(care: Care, said: pd.DataFrame) -> list[str]:
    """How many of the audited answered for themselves, and who is silent."""
    own = set(said.index[~said["client"]])
    everybody = audited_providers(care) | set(said.index)
    silent = sorted(everybody - set(said.index))
    text = _("{k} of {n} audited providers answered for themselves.")
    notes = [text.format(k=number(len(own)), n=number(len(everybody)))]
    client = sorted(set(said.index[said["client"]]))
    if client:
        text = _("The client of the audit answered for {names}.")
        notes.append(text.format(names=some_names(client)))
    if silent:
        text = _("They say nothing: {names}. What the silent would say is not known.")
        notes.append(text.format(names=some_names(silent)))
    return notes


def _by_majority(by: Any, item: str) -> pd.DataFrame:
    answered = by[item].agg(["sum", "count"]).astype("float64")
    share = answered["sum"] / answered["count"].where(answered["count"] > 0)
    return pd.DataFrame(
        {
            item: share.gt(0.5).astype("float64").where(share.notna()),
            f"{item}_divided": share.gt(0) & share.lt(1),
            f"{item}_k": answered["sum"],
            f"{item}_n": answered["count"],
        }
    )


def _department(rows: pd.DataFrame) -> pd.DataFrame:
    order = {step: place for place, step in enumerate(STEPS)}
    place = rows["department"].astype("object").map(order).astype("float64")
    # The lower of the middle two: more than half of the people reach at least this step.
    middle = place.groupby([rows["client"], rows["provider"]]).quantile(0.5, interpolation="lower")
    return middle.map(dict(enumerate(STEPS))).astype("object").to_frame("department")
