"""What the fieldwork leaves behind: the plan, the visits of pages, and what people coded."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator

from .world import WAVES, ZONE, Wave, firms

LATE = 0.04  # of the attempts are made hours after they were due
NOT_MADE, CANCELLED = 0.012, 0.004
EVERY_H = 8  # hours between two visits of a page
CONTROL_FAILED = 0.004  # visits at which our own line was down
# Outages of the pages, by provider: how many in six weeks, and their mean length in hours.
OUTAGES = {"Chuồn Chuồn Tre": (1, 30.0), "Lúa Chín Mobile": (4, 9.0), "Rùa Bay": (2, 16.0)}
KINDS = ("server_error", "read_timeout", "refused")
UNSURE, CHECKED = 0.04, 0.40
# What the rules that label e-mails get wrong, and what one coder does.
NO_PERSON, A_PERSON, SLIP = 0.03, 0.05, 0.02
LABELS = {"answered": "human", "auto_ack_only": "auto_ack"}


def planned(rng: Generator, attempts: pd.DataFrame, wave: Wave = WAVES[-1]) -> pd.DataFrame:
    """The plan of a wave: what was made of it, and some that was not."""
    made = attempts[attempts["wave"].eq(wave.name)].reset_index(drop=True)
    late = np.where(rng.random(len(made)) < LATE, rng.integers(90, 400, len(made)), 0)
    early = rng.integers(0, 8, len(made)) + late
    plan = made[["attempt_id", "wave", "provider", "channel", "scenario", "persona", "stage"]]
    plan = plan.assign(
        shopper=made["shopper"],
        due_at=(made["sent_at"] - pd.to_timedelta(early, unit="min")).dt.floor("min"),
        any_hour=np.where(made["channel"].eq("phone"), "yes", "no"),
        state="made",
    )
    left_out = plan.sample(frac=NOT_MADE + CANCELLED, random_state=rng).sort_index()
    chance = CANCELLED / (NOT_MADE + CANCELLED)
    state = np.where(rng.random(len(left_out)) < chance, "cancelled", "not_made")
    names = [f"{wave.name}-x{i:03d}" for i in range(1, len(left_out) + 1)]
    further = left_out.assign(
        attempt_id=names, state=state, due_at=left_out["due_at"] + pd.Timedelta(days=1)
    )
    return pd.concat([plan, further]).sort_values("due_at", kind="stable", ignore_index=True)


def page_checks(rng: Generator, wave: Wave = WAVES[-1]) -> pd.DataFrame:
    """Visits of every provider's site, every eight hours of a wave."""
    start = pd.Timestamp(wave.start, tz=ZONE).tz_convert("UTC")
    at = start + pd.to_timedelta(np.arange(0, wave.weeks * 168, EVERY_H), unit="h")
    ours = rng.random(len(at)) < CONTROL_FAILED  # the same moments for all: it is our line
    parts = [_visits(rng, firm.name, at, ours) for firm in firms(wave.name) if firm.website]
    return pd.concat(parts).assign(wave=wave.name).sort_values(
        ["checked_at", "provider"], kind="stable", ignore_index=True
    )  # fmt: skip


def _visits(
    rng: Generator, provider: str, at: pd.DatetimeIndex, ours: np.ndarray[Any, Any]
) -> pd.DataFrame:
    down = np.zeros(len(at), dtype=bool)
    n, mean = OUTAGES.get(provider, (0, 1.0))
    for first in rng.integers(0, len(at), n):
        down[first : first + max(1, round(rng.exponential(mean) / EVERY_H))] = True
    verdict = np.select([ours, down], ["connect_timeout", rng.choice(KINDS)], "up")
    return pd.DataFrame(
        {
            "provider": provider,
            "page": f"https://www.{_ascii(provider)}.example",
            "checked_at": at + pd.to_timedelta(rng.integers(0, 600, len(at)), unit="s"),
            "verdict": verdict,
            "fault": np.select([ours, down], ["ours", "theirs"], ""),
            "seconds": pd.Series(np.exp(rng.normal(-0.7, 0.5, len(at))).round(2)).where(
                verdict == "up"
            ),
        }
    )


def _ascii(name: str) -> str:
    """A provider's name as a site would have it."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())[:20]


def codings(rng: Generator, attempts: pd.DataFrame, wave: Wave = WAVES[-1]) -> pd.DataFrame:
    """E-mails of which the label was unsure, and a tenth of the others, coded by two people."""
    mails = attempts[
        attempts["wave"].eq(wave.name)
        & attempts["channel"].eq("email")
        & attempts["outcome"].isin(list(LABELS))
        & attempts["fault"].ne("ours")
    ]
    label = mails["outcome"].map(LABELS)
    unsure = rng.random(len(mails)) < UNSURE
    items = pd.DataFrame({"attempt_id": mails["attempt_id"], "machine": label})
    items["provider"] = mails["provider"]
    items["human"] = _truly_human(rng, label.eq("human").to_numpy())
    drawn = [items[unsure].assign(machine="unsure", drawn="unsure", fraction=1.0)]
    for _, part in items[~unsure].groupby(["provider", "machine"], sort=True):
        n = math.ceil(CHECKED * len(part))
        taken = part.sample(n=n, random_state=rng)
        drawn.append(taken.assign(drawn="random", fraction=round(n / len(part), 4)))
    table = pd.concat(drawn).sort_values("attempt_id", ignore_index=True)
    table["item"] = [hashlib.sha256(name.encode()).hexdigest()[:16] for name in table["attempt_id"]]
    return _coded(rng, table)


def _truly_human(rng: Generator, said: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    wrong = rng.random(len(said)) < np.where(said, NO_PERSON, A_PERSON)
    return said ^ wrong


def _coded(rng: Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Two codes of each item, a third where they differ, and what was decided."""
    truth = table["human"].to_numpy()
    said = [truth ^ (rng.random(len(truth)) < SLIP) for _coder in range(3)]
    first, second, third = (pd.Series(np.where(each, "human", "auto_ack")) for each in said)
    differ = first.ne(second)
    table = table.assign(
        first=first, second=second, third=third.where(differ, ""), coded=first.where(~differ, third)
    )
    names = ("attempt_id", "item", "machine", "drawn", "fraction", "first", "second", "third")
    return table[[*names, "coded"]]


def truth() -> dict[str, Any]:
    """Everything above, as `truth.json` holds it."""
    return {
        "plan": {"late": LATE, "not_made": NOT_MADE, "cancelled": CANCELLED},
        "pages": {"outages_and_mean_hours": OUTAGES, "our_own_failures": CONTROL_FAILED},
        "codings": {
            "unsure": UNSURE,
            "checked": CHECKED,
            "no_person_though_labelled_human": NO_PERSON,
            "a_person_though_labelled_automatic": A_PERSON,
            "slips_of_a_coder": SLIP,
        },
    }
