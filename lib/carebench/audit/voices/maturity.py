"""What providers say of their own care, from inside."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods.proportions import census
from ...sources import Care
from ..trials.replies import GOOD_ITEM, ITEMS, STEPS, one_voice, replies, who_replied
from ..trials.selection import of_wave, some_names

NOBODY = N_("nobody replied")


@needs("maturity")
def maturity(care: Care) -> Answer:
    """Which signs of mature care the providers, and the client, say they show."""
    said = replies(care)
    items = [name for name in (*ITEMS, "good") if name in said and said[name].notna().any()]
    if not items:
        return Skipped(_("Nobody answered a question about care from inside."))
    own, client = said[~said["client"]], said[said["client"]]
    table = frame(
        (
            {
                "item": _(ITEMS.get(item, GOOD_ITEM)),
                "divided": int(own[f"{item}_divided"].sum()),
                "client": _client_says(client, item),
            },
            _counted(own[item].dropna()),
        )
        for item in items
    )
    labels = {
        "item": _("they say that they …"),
        "value": _("share of providers"),
        "divided": _("divided"),
        "client": _("the client"),
    }
    hidden = {"divided"} if not table["divided"].any() else set()
    hidden |= {"client"} if client.empty else {"value", "divided"} if own.empty else set()
    return Finding(
        "maturity",
        table,
        headline=_maturity_headline(table),
        caption=_("Complete counts of those who replied, so without an interval."),
        labels={name: label for name, label in labels.items() if name not in hidden},
        styles={"divided": "count"},
        notes=(*who_replied(care, said), *_how_counted(said)),
    )


@needs("maturity", "department")
def care_departments(care: Care) -> Answer:
    """How far the care departments have come: none, exists, organised, advantage."""
    said = replies(care)
    known = said[said["department"].notna()]
    if known.empty:
        return Skipped(_("Nobody said how far the care department has come."))
    own, client = known[~known["client"]], known[known["client"]]
    estimates = []
    for step, words in STEPS.items():
        here = own["department"].eq(step)
        where = {"step": _(words), "who": some_names(own.index[here].tolist()) or "–"}
        estimates.append((where, _counted(here)))
    notes = [*who_replied(care, said), _("Where people of one provider differ, it stands on the "
             "highest step that more than half of them reach.")]  # fmt: skip
    if len(client):
        text = _("The client of the audit, not counted here, says: {words}.")
        notes.append(text.format(words=_client_steps(client)))
    return Finding(
        "care-departments",
        frame(estimates),
        headline=_ladder_headline(own),
        labels={"step": _("step"), "value": _("share of providers"), "who": _("who")},
        notes=tuple(notes),
    )


@needs("maturity", "contacts_first")
def contacts_first(care: Care) -> Answer:
    """Who says that it contacts customers first, and who was first to speak of incidents."""
    said = replies(care)
    known = said[said["contacts_first"].notna()]
    if known.empty:
        return Skipped(_("Nobody said whether customers are contacted first."))
    own, client = known[~known["client"]], known[known["client"]]
    said_by = _counted(own["contacts_first"])
    estimates = [({"what": _("providers that say they contact customers first")}, said_by)]
    if len(client):
        what = {"what": _("the same, of those that the client speaks for")}
        estimates.append((what, _counted(client["contacts_first"])))
    observed = _first_to_speak(care, one_voice(known)["contacts_first"])
    notes = [*who_replied(care, said), _first_note(bool(observed))]
    return Finding(
        "contacts-first",
        frame([*estimates, *observed]),
        headline=_first_headline(said_by, observed),
        labels={"what": _("measure"), "value": _("share")},
        notes=tuple(notes),
    )


def _counted(values: pd.Series[Any]) -> Estimate:
    if not len(values):
        return Estimate.absent(NOBODY)
    return census(int(values.sum()), len(values))


def _client_says(client: pd.DataFrame, item: str) -> str:
    """What the client of the audit says: of itself, or of how many of the providers."""
    known = client[client[item].notna()] if item in client else client.head(0)
    if len(known) > 1:
        return _("{k} of {n}").format(k=number(int(known[item].sum())), n=number(len(known)))
    if known.empty:
        return "–"
    row = known.iloc[0]
    word = _("yes") if row[item] else _("no")
    if row[f"{item}_n"] < 2:
        return word
    text = _("{word} ({k} of {n} people say yes)")
    return text.format(word=word, k=number(row[f"{item}_k"]), n=number(row[f"{item}_n"]))


def _maturity_headline(table: pd.DataFrame) -> str:
    known = table[table["value"].notna()].sort_values("value", kind="stable")
    if known.empty:
        return _("No provider answered for itself; the client of the audit did")
    most, least = table.iloc[0], known.iloc[0]
    if pd.isna(most["value"]):
        most = known.iloc[-1]
    text = _("{k} of {n} providers say that they {most}")
    if least["value"] < most["value"]:
        text = _("{k} of {n} providers say that they {most}; {j} of {m} that they {least}")
    return text.format(
        k=number(most["k"]),
        n=number(most["n"]),
        most=most["item"],
        j=number(least["k"]),
        m=number(least["n"]),
        least=least["item"],
    )


def _ladder_headline(own: pd.DataFrame) -> str:
    if own.empty:
        return _("No provider answered for itself; the client of the audit did")
    steps = own["department"].value_counts()
    return _(
        "{exists} of {n} care departments exist without being organised; {advantage} of {n} "
        "are called an advantage over rivals"
    ).format(
        exists=number(int(steps.get("exists", 0))),
        n=number(len(own)),
        advantage=number(int(steps.get("advantage", 0))),
    )


def _client_steps(client: pd.DataFrame) -> str:
    text = _("{provider}: {step}")
    steps = zip(client.index, client["department"], strict=True)
    return some_names([text.format(provider=name, step=_(STEPS[step])) for name, step in steps])


def _first_headline(said_by: Estimate, observed: list[tuple[dict[str, str], Estimate]]) -> str:
    if not said_by.n:
        return _("No provider answered for itself; the client of the audit did")
    text = _("{k} of {n} providers say that they contact customers before they complain")
    if observed:
        text = _(
            "{k} of {n} providers say that they contact customers before they complain; of all "
            "incidents the provider spoke first of {share}"
        )
    share = observed[0][1] if observed else ""
    return text.format(k=number(said_by.k or 0), n=number(said_by.n), share=share)


def _first_note(observed: bool) -> str:
    if not observed:
        return _("No log of incidents says who spoke first, so nothing checks what is said.")
    return _(
        "What is said comes from the providers, who spoke first from the log of incidents: an "
        "incident that nobody noticed is in no log. Incidents of one provider are no draws of "
        "their own, so they are counted without an interval."
    )


def _how_counted(said: pd.DataFrame) -> list[str]:
    notes = [
        _(
            "A provider counts as saying so where more than half of its people who answered do. "
            "“Divided”: its people gave different answers."
        )
    ]
    asked = "" if said["client"].any() else _("Every answer is taken as the provider’s own.")
    return [*notes, asked] if asked else notes


def _first_to_speak(care: Care, known: pd.Series[Any]) -> list[tuple[dict[str, str], Estimate]]:
    """Share of incidents of which the provider spoke first: of all, and by what it says."""
    if "raised_by" not in care.columns("incidents"):
        return []
    rows = of_wave(care, "incidents").dropna(subset="raised_by")
    if rows.empty:
        return []
    first = rows["raised_by"].eq("provider")
    found = [(_("incidents of which the provider spoke first"), first)]
    if "provider" in rows:
        says = rows["provider"].astype("object").map(known)
        found += [
            (_("… of those that say they contact first"), first[says.eq(1)]),
            (_("… of those that say they do not"), first[says.eq(0)]),
        ]
    return [({"what": words}, _counted(part)) for words, part in found]
