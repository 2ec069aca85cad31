"""By which channels providers say that they can be reached, and by which they answered."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...estimate import frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods.proportions import census
from ...schema import CHANNELS
from ...sources import Care
from ..trials.claimed_channels import claims_of_channels
from ..trials.selection import ABOUT_ONE, CHANNEL_NAMES, attempts, some_names

MOST_PLATFORMS = 4  # social networks with a column of their own
MOST_NAMES = 4  # providers named in one cell
MOST_DRAWN = 40

WORKS = N_("answered by a person")
UNCLAIMED = N_("answered, though not claimed")
SILENT = N_("claimed, never answered")
UNTRIED = N_("claimed, not tried")
ABSENT = N_("not offered")
IN_VAIN = N_("never answered")
UNKNOWN = N_("not tried")


def inventory(care: Care) -> Answer:
    """Every provider's channels: claimed or not, tried, and answered k of n times."""
    if care.study.provider:
        return Skipped(_(ABOUT_ONE))
    tried = {"provider", "channel"} <= set(care.columns("attempts"))
    if tried or not care.columns("providers"):
        return _grid_of_attempts(care)
    return _grid_of_claims(care)


@needs("attempts", "provider", "channel")
def _grid_of_attempts(care: Care) -> Answer:
    return _grid(care)


@needs("providers")
def _grid_of_claims(care: Care) -> Answer:
    return _grid(care)


def channels_offered(care: Care) -> Answer:
    """Channel by channel: how many providers claim it, at how many it worked, who lacks it."""
    found = inventory(care)
    if isinstance(found, Skipped):
        return found
    by_channel = found.rows.groupby("channel", sort=False)
    rows = [_offered(str(channel), part) for channel, part in by_channel]
    labels = {
        "channel": _("channel"),
        "form": _("form"),
        "value": _("offered by"),
        "worked": _("answered at least once"),
        "without": _("do not offer it"),
    }
    return Finding(
        "channels-offered",
        frame(rows),
        headline=found.headline,
        labels=labels,
        notes=(
            _(
                "Counts of all audited providers, not of a sample. “Offered” is what providers "
                "say; where they say nothing of a channel it is not known."
            ),
            _(
                "Direct is face to face, indirect at a distance. A provider that names “social "
                "networks” in general is taken to claim each network that was tried."
            ),
        ),
    )


def _grid(care: Care) -> Answer:
    """One row per provider and channel."""
    tried, claims = _tried(care), claims_of_channels(care)
    table = _cells(tried, claims)
    if table.empty:
        return Skipped(_("Neither a claim nor an attempt names a channel of a provider."))
    table["state"] = [
        _state(*cell) for cell in table[["claimed", "k", "n"]].itertuples(index=False)
    ]
    works = table["k"].gt(0).groupby(table["provider"]).transform("sum")
    offers = table["claimed"].fillna(False).groupby(table["provider"]).transform("sum")
    table = table.assign(works=works, offers=offers.astype(int)).sort_values(
        ["works", "offers"], ascending=False, kind="stable", ignore_index=True
    )
    table["place"] = pd.factorize(table["provider"])[0]
    table["mark"], table["state"] = table["state"], [_(state) for state in table["state"]]
    providers = table["provider"].nunique()
    return Finding(
        "inventory",
        table[["provider", "channel", "form", "claimed", "k", "n", "mark", "state", "place"]],
        headline=_headline(table),
        caption=_caption(providers),
        alt=_("A grid of providers and channels. {channels}.").format(
            channels="; ".join(_spoken(str(c), p) for c, p in table.groupby("channel", sort=False))
        ),
    )


def _tried(care: Care) -> pd.DataFrame:
    """Attempts and answers by provider and channel, a network standing for itself."""
    if not {"provider", "channel"} <= set(care.columns("attempts")):
        return pd.DataFrame(columns=["provider", "channel", "k", "n"])
    rows = attempts(care)
    by = [name for name in ("provider", "channel", "platform") if name in rows]
    grouped = rows.groupby(by, observed=True, dropna=False)["answered"].agg(k="sum", n="size")
    table = grouped.reset_index().astype(dict.fromkeys(by, "object"))
    table = table[table["provider"].notna() & table["channel"].notna()]
    if "platform" in table:
        network = table["platform"].map(_network, na_action="ignore")
        table["channel"] = table["channel"].where(
            table["channel"].ne("social") | network.isna(), network
        )
    return table.groupby(["provider", "channel"], as_index=False)[["k", "n"]].sum()


def _network(name: Any) -> str:
    return "_".join(str(name).casefold().split())


def _cells(tried: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Every provider × every channel that anyone claims or was tried by."""
    claimed = [word for word in claims if claims[word].fillna(False).any()]
    order = _order([*dict.fromkeys([*tried["channel"], *claimed])], tried, claims)
    providers = [*dict.fromkeys([*claims.index, *tried["provider"]])]
    every = pd.MultiIndex.from_product([providers, order], names=["provider", "channel"])
    counts = tried.set_index(["provider", "channel"])[["k", "n"]]
    cells = counts.reindex(every, fill_value=0).astype(int)
    cells["claimed"] = pd.array(
        [_claimed(claims, provider, channel) for provider, channel in every], dtype="boolean"
    )
    cells = cells.reset_index()
    cells["form"] = [_("direct") if c == "visit" else _("indirect") for c in cells["channel"]]
    cells["channel"] = [_channel_name(c) for c in cells["channel"]]
    return cells


def _order(found: list[str], tried: pd.DataFrame, claims: pd.DataFrame) -> list[str]:
    """Channels as the codebook lists them, with the networks most tried in place of “social”."""
    networks = [word for word in found if word not in CHANNELS]
    size = tried.groupby("channel")["n"].sum()
    networks.sort(key=lambda word: -size.get(word, 0))
    networks = networks[:MOST_PLATFORMS]
    social = "social" in tried["channel"].to_numpy() or ("social" in found and not networks)
    own = [c for c in CHANNELS if c in found and (c != "social" or social)]
    at = next(
        (i for i, c in enumerate(own) if CHANNELS.index(c) > CHANNELS.index("chat")), len(own)
    )
    return [*own[:at], *networks, *own[at:]]


def _claimed(claims: pd.DataFrame, provider: str, channel: str) -> Any:
    """Whether it says that it offers the channel; a claim of “social” covers every network."""
    if provider not in claims.index:
        return pd.NA
    words = [channel] if channel in CHANNELS else [channel, "social"]
    said = [claims.loc[provider, word] for word in words if word in claims]
    if any(word is not pd.NA and bool(word) for word in said):
        return True
    return False if said and all(word is not pd.NA for word in said) else pd.NA


def _state(claimed: Any, k: int, n: int) -> str:
    """What a cell shows, as an English message."""
    if k:
        return UNCLAIMED if claimed is not pd.NA and not claimed else WORKS
    if claimed is pd.NA:
        return IN_VAIN if n else UNKNOWN
    if not claimed:
        return ABSENT
    return SILENT if n else UNTRIED


def _channel_name(channel: str) -> str:
    """The channel for a reader; a network by its own name."""
    known = CHANNEL_NAMES.get(channel)
    return _(known) if known else channel.replace("_", " ").title()


def _offered(channel: str, part: pd.DataFrame) -> Any:
    known = part[part["claimed"].notna()]
    offer = known["claimed"].astype(bool)
    tried = part[part["n"] > 0]
    row = {
        "channel": channel,
        "form": part["form"].iloc[0],
        "worked": _("{k} of {n} tried").format(
            k=number(int(tried["k"].gt(0).sum())), n=number(len(tried))
        )
        if len(tried)
        else _("not tried"),
        "without": some_names(sorted(known.loc[~offer, "provider"]), MOST_NAMES) or "–",
    }
    return row, census(int(offer.sum()), len(known))


def _headline(table: pd.DataFrame) -> str:
    """The website count, and how many claims were never answered."""
    claimed = table[table["claimed"].fillna(False)]
    silent = int(claimed["mark"].eq(SILENT).sum())
    tried = int(claimed["n"].gt(0).sum())
    website = table[table["channel"].eq(_(CHANNEL_NAMES["website"])) & table["claimed"].notna()]
    fields = {"silent": number(silent), "tried": number(tried)}
    if website.empty and not tried:
        return _("By which channels providers can be reached")
    if website.empty:
        return _("Of {tried} claimed channels that were tried, {silent} never answered").format(
            **fields
        )
    fields |= {"k": number(int(website["claimed"].sum())), "n": number(len(website))}
    if not tried:
        return _("{k} of {n} providers have a website").format(**fields)
    return _(
        "{k} of {n} providers have a website; of {tried} claimed channels that were tried, "
        "{silent} never answered"
    ).format(**fields)


def _caption(providers: int) -> str:
    text = _(
        "Each mark says whether the provider claims the channel and whether a person ever "
        "answered there; beside it answered/made. “Never answered” rests on those attempts "
        "alone: after a few it proves nothing."
    )
    if providers > MOST_DRAWN:
        text += " " + _(
            "Of {n} providers the {half} that answer by most channels and the {half} that answer "
            "by fewest are drawn; the data has all."
        ).format(n=number(providers), half=number(MOST_DRAWN // 2))
    return text


def _spoken(channel: str, part: pd.DataFrame) -> str:
    return _("{channel}: answered by {k} of {n} providers").format(
        channel=channel, k=number(int(part["k"].gt(0).sum())), n=number(len(part))
    )
