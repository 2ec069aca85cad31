"""Whether the providers' sites and contact pages can be reached, over time."""

from __future__ import annotations

import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.providers import clustered_proportion
from ...sources import Care
from ..trials.selection import some_names

VERDICT_NAMES = {
    "up": N_("as it should be"),
    "wrong_page": N_("another page came"),
    "http_error": N_("page not found, or another error 4xx"),
    "server_error": N_("error of the server, 5xx"),
    "blocked": N_("visitors like us are turned away"),
    "not_allowed": N_("robots.txt asks to stay away"),
    "refused": N_("connection refused"),
    "no_address": N_("the name leads nowhere"),
    "bad_certificate": N_("bad certificate"),
    "connect_timeout": N_("no connection in time"),
    "read_timeout": N_("no page in time"),
    "redirect_loop": N_("sent in circles"),
    "dropped": N_("connection broken off"),
    "unreadable": N_("no address of the web"),
}
MOST_NAMED = 3  # kinds of failure in one cell


@needs("page_checks", "checked_at", "fault")
def pages(care: Care) -> Answer:
    """The share of visits at which each page was there, and what was there instead."""
    every = care.current("page_checks")
    every = every[every["checked_at"].notna()]
    judged = every[~every["fault"].isin(["ours", "unknown"])]
    if judged.empty:
        return Skipped(_("No visit of a page can be judged: each failure may be our own."))
    table = _table(care, judged)
    return Finding(
        "pages",
        table,
        headline=_headline(table, int(every["fault"].eq("unknown").sum())),
        labels={
            "provider": _("provider"),
            "page": _("page"),
            "value": _("there when visited"),
            "failed": _("what was there instead"),
            "longest": _("longest failure seen"),
        },
        notes=(
            _(
                "An outage meets many visits of one day, so the interval takes days, not visits, "
                "as what was drawn. The longest failure runs from its first failed visit to the "
                "next good one."
            ),
            *_not_judged(every),
        ),
    )


def _table(care: Care, judged: pd.DataFrame) -> pd.DataFrame:
    rows = [
        _row(care, str(provider), str(page), part)
        for (provider, page), part in judged.groupby(["provider", "page"], observed=True)
    ]
    return frame(rows).sort_values(["value", "provider"]).reset_index(drop=True)


def _row(
    care: Care, provider: str, page: str, visits: pd.DataFrame
) -> tuple[dict[str, str], Estimate]:
    visits = visits.sort_values("checked_at")
    up = visits["verdict"].eq("up")
    by_day = up.groupby(visits["checked_at"].dt.floor("D")).agg(["sum", "size"])
    share = clustered_proportion(
        by_day["sum"].tolist(),
        by_day["size"].tolist(),
        clusters="days",
        confidence_level=care.study.confidence_level,
    )
    kinds = visits.loc[~up, "verdict"].astype(str).value_counts()
    said = [f"{_(VERDICT_NAMES[str(kind)])} ({number(n)})" for kind, n in kinds.items()]
    facts = {
        "provider": provider,
        "page": page,
        "failed": some_names(said, MOST_NAMED) if said else _("nothing"),
        "longest": _longest(visits["checked_at"], up),
    }
    return facts, share


def _longest(at: pd.Series, up: pd.Series) -> str:
    """The longest time from a failed visit to the next good one, in words."""
    if up.all():
        return _("none")
    started = at.where(~up & up.shift(fill_value=True)).ffill()
    ends = up & ~up.shift(fill_value=True)
    lengths = (at - started)[ends]
    open_end = not up.iloc[-1]
    still = at.iloc[-1] - started.iloc[-1]
    longest = max([*lengths, still] if open_end else lengths)
    hours = number(round(longest.total_seconds() / 3600, 1))
    if open_end and longest == still:
        return _("{hours} h or more: it lasted when we stopped").format(hours=hours)
    return _("{hours} h at most").format(hours=hours)


def _headline(table: pd.DataFrame, unknown: int) -> str:
    failed = int((table["k"] < table["n"]).sum())
    if not failed and unknown:
        return _(
            "No page is known to have been away when visited, but {n} failures cannot be judged"
        ).format(n=number(unknown))
    if not failed:
        return _("All {n} pages were there whenever they were visited").format(n=number(len(table)))
    return _("{failed} of {n} pages were not always there").format(
        failed=number(failed), n=number(len(table))
    )


def _not_judged(every: pd.DataFrame) -> list[str]:
    """What was left out, and why."""
    ours, unknown = (int(every["fault"].eq(fault).sum()) for fault in ("ours", "unknown"))
    said = []
    if ours:
        said.append(
            _("Left out: {n} failures of our own connection, when the control site failed too.")
            .format(n=number(ours))
        )  # fmt: skip
    if unknown:
        said.append(
            _("Left out: {n} failures of which one machine cannot tell whose they were.").format(
                n=number(unknown)
            )
        )
        said.append(
            _(
                "Were they counted as failures of the pages, a page would have been there at no "
                "more than {share} of the visits: that is the lowest of all pages."
            ).format(share=percent(_lowest(every)))
        )
    return said


def _lowest(every: pd.DataFrame) -> float:
    """The smallest share of a page's visits at which it was there, whoever failed but us."""
    counted = every[~every["fault"].eq("ours")]
    up = counted["verdict"].eq("up")
    return float(up.groupby([counted["provider"], counted["page"]], observed=True).mean().min())
