"""How far people agree on what answers were, and how far with what they had been taken for."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods.agreement import ENOUGH, verdict
from ...methods.coders import BY_A_PERSON, agreement_of, settled
from ...sources import Care
from ..trials.selection import OUTCOME_NAMES, attempts, rate

LABEL_NAMES = {
    "human": N_("answer from a person"),
    "stop": N_("a person asks not to be written to"),
    "bot": N_("answer from a machine"),
    "out_of_office": N_("automatic: nobody there"),
    "auto_ack": N_("automatic confirmation"),
    "survey": N_("survey"),
    "newsletter": N_("advertising"),
    "bounce": N_("could not be delivered"),
    "delay": N_("delivery delayed"),
    "unrelated": N_("unrelated"),
    "unsure": N_("in doubt"),
    **OUTCOME_NAMES,
}
CODES = ["first", "second", "third"]
NONE_CODED = N_("No answer to an attempt that counts was coded by hand.")
TOO_FEW = N_("fewer than 20 answers were coded by two people")
IN_DOUBT = N_("nothing was claimed of these")


@needs("codings", "first", "second")
def coding_agreement(care: Care) -> Answer:
    """How far two people agree on what an answer was, and on whether a person gave it."""
    pairs = answers_coded(care)[["first", "second"]].dropna()
    if pairs.empty:
        return Skipped(_("No answer was coded by two people."))
    by_person = pairs.isin(BY_A_PERSON)
    rows = []
    for what, codes in ((_("what it was"), pairs), (_("whether a person answered"), by_person)):
        same, alpha = _agreement(care, codes)
        words = {"what": what, "measure": _("same label"), "verdict": "–"}
        rows.append((words, same))
        rows.append((words | {"measure": _("alpha"), "verdict": _(verdict(alpha))}, alpha))
    return Finding(
        "coding-agreement",
        frame(rows),
        headline=_("Two people say the same of {same}; on whether a person answered, of {either}")
        .format(same=rows[0][1], either=rows[2][1]),
        labels={
            "what": _("two people judge"),
            "measure": _("agreement"),
            "value": _("how far"),
            "verdict": _("which is"),
        },
        notes=(
            _(
                "Coders knew neither the provider, nor each other’s codes, nor what the answer had "
                "been taken for. In doubt are more of these answers than of all, so that coders "
                "agree less on them than they would on others."
            ),
            _(
                "Alpha is 1 where coders agree and 0 where they agree as by chance. Firm from "
                "0.80, tentative from 0.667, judged by the lower limit; it holds for these coders."
            ),
        ),
    )  # fmt: skip


@needs("codings")
def labels_checked(care: Care) -> Answer:
    """What answers had been taken for, and what people say they were."""
    answers = answers_coded(care)
    settled = answers[answers["coded"].notna()]
    if settled.empty:
        return Skipped(_(NONE_CODED))
    rows = []
    for label, part in settled.groupby("machine", observed=True, sort=False):
        right = int(part["coded"].eq(label).sum())
        claimed = rate(care, right, len(part))
        if label == "unsure":
            claimed = Estimate.absent(IN_DOUBT, n=len(part))
        rows.append(({"label": _label(label), "said": _said(part["coded"])}, claimed))
    table = frame(rows).sort_values(["n", "label"], ascending=[False, True], ignore_index=True)
    sure = settled[settled["machine"].ne("unsure")]
    same = sure["machine"].isin(BY_A_PERSON) == sure["coded"].isin(BY_A_PERSON)
    wrong = rate(care, int((~same).sum()), len(sure))
    return Finding(
        "labels-checked",
        table,
        headline=_("Of the answers that people checked, {wrong} had been taken for a person’s and "
                   "were none, or the other way round").format(wrong=wrong)
        if len(sure)
        else _("Only answers in doubt were coded by people"),
        labels={
            "label": _("taken for"),
            "value": _("people say the same"),
            "said": _("what people say"),
        },
        notes=(_(
            "Rare labels are checked more often than common ones: these shares are of the answers "
            "that were checked, not of all."
        ),),
    )  # fmt: skip


def answers_coded(care: Care) -> pd.DataFrame:
    """The answers to attempts that count, with `coded`, what people settled on."""
    return care.once("answers coded by hand", lambda: _settle(care))


def _settle(care: Care) -> pd.DataFrame:
    rows = care.table("codings")
    rows = rows[rows["attempt_id"].isin(attempts(care)["attempt_id"])].copy()
    for name in ("machine", "drawn", "coded", *CODES):
        rows[name] = rows[name].astype("object") if name in rows else None
    if "fraction" not in rows:
        rows["fraction"] = float("nan")
    alone = "second" not in care.columns("codings")  # one coder is all there was
    by_rule = rows["first"] if alone else [_settled(codes) for codes in rows[CODES].to_numpy()]
    return rows.assign(coded=rows["coded"].where(rows["coded"].notna(), by_rule))


def _settled(codes: Any) -> str | None:
    return settled([str(code) for code in codes if pd.notna(code)])


def _agreement(care: Care, codes: pd.DataFrame) -> tuple[Estimate, Estimate]:
    first, second = (codes[name].astype(str).tolist() for name in ("first", "second"))
    same, alpha = agreement_of(first, second, confidence_level=care.study.confidence_level)
    if len(codes) < ENOUGH:
        return same, Estimate.absent(TOO_FEW, n=len(codes), unit="score")
    return same, alpha


def _label(label: Any) -> str:
    return _(LABEL_NAMES[str(label)])


def _said(codes: pd.Series[Any]) -> str:
    """What people say, commonest first: "answer from a person 12; in doubt 1"."""
    counted = codes.value_counts()
    return "; ".join(f"{_label(label)} {number(n)}" for label, n in counted.items())
