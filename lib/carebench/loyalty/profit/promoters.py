"""Whether those who say that they recommend the company bring more people than the others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _
from ...methods.differences import square_and_add
from ...methods.totals import share
from ...sources import Care
from ..scores import scale_of
from .survey import mean_brought, respondents, weights_note

GROUPS = {
    "promoters": N_("promoters (9–10)"),
    "passives": N_("passives (7–8)"),
    "detractors": N_("detractors (0–6)"),
}
NO_PROGRAMME = N_(
    "Whether the company keeps a programme for those who recommend it is not known: no table of "
    "the study says so."
)


@needs("survey", "nps", "referred")
def promoters(care: Care) -> Answer:
    """People brought by promoters, passives and detractors, and the promoters' part of all."""
    if scale_of(care, "nps") != (0.0, 10.0):
        return Skipped(_("The survey did not ask for recommendation on a scale from 0 to 10."))
    rows = respondents(care)
    rows = rows[rows["nps"].notna() & rows["referred"].notna()]
    if rows.empty:
        return Skipped(_("Nobody answered both whether and whom they recommend."))
    parts = _parts(rows)
    means = {name: mean_brought(care, rows[parts == name]) for name in GROUPS}
    gap = square_and_add(means["promoters"], means["detractors"])
    names = {group: _(words) for group, words in GROUPS.items()}
    each = _("people brought, on average")
    table = [({"who": names[group], "what": each}, means[group]) for group in GROUPS]
    table.append(({"who": _("promoters − detractors"), "what": _("difference")}, gap))
    of_all = _share_of_all(care, rows, parts == "promoters")
    table.append(({"who": names["promoters"], "what": _("of all people brought")}, of_all))
    return Finding(
        "promoters",
        frame(table),
        headline=_headline(means, gap, of_all),
        caption=_("People told of the company so that they came, in the respondents’ own words."),
        labels={"who": _("group"), "what": _("what"), "value": _("estimate")},
        notes=(
            _(
                "An association within one survey, of what respondents recall; whether those whom "
                "they name came for that reason was not checked."
            ),
            _(NO_PROGRAMME),
            *weights_note(care),
            *care.not_limited("survey"),
        ),
    )


def _parts(rows: pd.DataFrame) -> pd.Series[str]:
    answers = rows["nps"].astype("float64")
    names = np.select([answers >= 9, answers >= 7], ["promoters", "passives"], "detractors")
    return pd.Series(names, index=rows.index)


def _share_of_all(care: Care, rows: pd.DataFrame, promoting: pd.Series[bool]) -> Estimate:
    brought = rows["referred"].to_numpy(dtype=float)
    return share(
        np.where(promoting, brought, 0.0),
        bases=brought,
        weights=rows["weight"].to_numpy(dtype=float, na_value=np.nan),
        confidence_level=care.study.confidence_level,
    )


def _headline(means: dict[str, Estimate], gap: Estimate, of_all: Estimate) -> str:
    if gap.low is None or gap.high is None:
        return _("Whether promoters bring more people than detractors cannot be told")
    text = _("Promoters bring {more} people each, detractors {fewer}: {verdict}; {share} of all")
    verdict = _("not distinguishable")
    if gap.low > 0:
        verdict = _("they do bring more")
    elif gap.high < 0:
        verdict = _("they bring fewer")
    return text.format(
        more=means["promoters"].value_text(),
        fewer=means["detractors"].value_text(),
        verdict=verdict,
        share=of_all,
    )
