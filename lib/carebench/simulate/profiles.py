"""The truth behind the voices: whose each firm is, what it says of itself, what is said of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .world import GONE, LONG_NAME, NEW

FOREIGN = ("Hạc Giấy Mobile", "Quartz Tamarind", "Rùa Bay", GONE, NEW)
OUTSOURCED = ("Đom Đóm Điện Thoại", "Quartz Tamarind", "Ốc Sên Nhanh", "Rùa Bay")
CARE_CENTRES = ("Hạc Giấy Mobile", "Chuồn Chuồn Tre", LONG_NAME, "Vịt Cỏ", "Trâu Xanh", NEW)

# How a visit is received, by whether the firm keeps a care centre. It changes no outcome.
VISIT_METHODS = {
    True: {"centralised": 0.80, "point_of_sale": 0.10, "at_customer": 0.10},
    False: {"centralised": 0.05, "point_of_sale": 0.90, "at_customer": 0.05},
}
SUSPECTED, ALERT, SUSPECTED_BY_ALERT = 0.025, "Chuồn Chuồn Tre", 0.15  # of answered contacts


@dataclass(frozen=True, slots=True)
class Belief:
    """What a firm says of its own care: the items it says yes to, and how many people say so."""

    says: str
    department: str
    self_rating: int
    respondents: int


CLIENT = "Vịt Cỏ"  # who ordered the audit, asked about itself
ITEMS = (
    "care_is_key",
    "clear_measure",
    "surveys_satisfaction",
    "own_standard",
    "trains_staff",
    "contacts_first",
)
EVERYTHING = " ".join(ITEMS)
# Whoever is not here did not reply.
BELIEFS = {
    "Hạc Giấy Mobile": Belief(EVERYTHING, "advantage", 5, 3),
    "Chuồn Chuồn Tre": Belief("care_is_key", "exists", 4, 2),
    "Đom Đóm Điện Thoại": Belief("care_is_key surveys_satisfaction", "exists", 4, 1),
    "Quartz Tamarind": Belief("care_is_key", "exists", 5, 1),
    LONG_NAME: Belief(
        "care_is_key clear_measure surveys_satisfaction trains_staff", "organised", 4, 3
    ),
    "Nón Lá Phone": Belief("care_is_key", "exists", 4, 2),
    "Mèo Mướp Mobile": Belief("care_is_key clear_measure trains_staff", "organised", 4, 1),
    "Lúa Chín Mobile": Belief("", "exists", 3, 1),
    "Rùa Bay": Belief("care_is_key contacts_first", "exists", 4, 3),
    GONE: Belief("care_is_key", "exists", 4, 1),
    NEW: Belief("", "none", 3, 1),
    CLIENT: Belief("care_is_key surveys_satisfaction", "exists", 4, 5),
}
DISSENT = 0.10  # chance that one of several people of a firm answers an item the other way

MENTIONS = (20, 35)  # public mentions of a firm in a wave: fewest, and one more than most
PLATFORMS = {"Facebook": 0.60, "Zalo": 0.15, "forum": 0.25}
PLATFORM_FACTOR = {"Facebook": 1.0, "Zalo": 1.3, "forum": 0.2}  # of the chance of an answer
MENTION_ANSWERED = 0.45  # of the chance that a message sent to the firm is answered
MENTION_MEDIAN_H, MENTION_SPREAD, MENTION_WATCH_H = 7.0, 1.2, 7 * 24
NEUTRAL = 0.25  # share of the mentions, whatever the firm
SECOND_CODED = 0.5  # share of the mentions that a second person coded too
CODER_RIGHT = 0.92  # chance that a coder sees the true tone; else either of the others

REASONS = {
    "repair takes too long": 0.33,
    "nobody answers": 0.22,
    "wrong information": 0.16,
    "same fault again": 0.10,
    "charged too much": 0.07,
    "rude staff": 0.05,
    "goods missing": 0.04,
    "data lost": 0.03,
}
# Chances of severity 1 to 4.
SEVERITY = {
    "repair takes too long": (0.25, 0.55, 0.15, 0.05),
    "nobody answers": (0.50, 0.40, 0.05, 0.05),
    "wrong information": (0.30, 0.40, 0.25, 0.05),
    "same fault again": (0.10, 0.45, 0.30, 0.15),
    "charged too much": (0.10, 0.10, 0.75, 0.05),
    "rude staff": (0.40, 0.30, 0.10, 0.20),
    "goods missing": (0.05, 0.30, 0.55, 0.10),
    "data lost": (0.00, 0.20, 0.40, 0.40),
}
RECURS = 0.18  # chance that the same customer complains of the same again
CUSTOMER_KNOWN = 0.80
RAISED_BY = {"customer": 0.64, "public": 0.30, "provider": 0.06}
RAISED_BY_PROACTIVE = {"customer": 0.45, "public": 0.15, "provider": 0.40}
SETTLED, SETTLED_MEDIAN_D, SETTLED_SPREAD = 0.75, 6.0, 0.9


def negative_share(quality: float) -> float:
    """Share of the mentions of a firm that are negative: the worse its care, the more."""
    return 1.05 - 0.17 * quality


def incidents_expected(quality: float) -> float:
    """First complaints expected in a wave at a firm of that quality."""
    return 4 + 5 * (4.0 - quality)


def proactive(provider: str) -> bool:
    """Whether a firm truly contacts customers first."""
    return provider in BELIEFS and "contacts_first" in BELIEFS[provider].says


def truth() -> dict[str, Any]:
    """Everything above, as `truth.json` holds it."""
    return {
        "foreign": FOREIGN,
        "outsourced": OUTSOURCED,
        "care_centres": CARE_CENTRES,
        "visit_methods": {
            "with_care_centre": VISIT_METHODS[True],
            "without": VISIT_METHODS[False],
        },
        "suspected_of_answered": {"most": SUSPECTED, ALERT: SUSPECTED_BY_ALERT},
        "maturity": {
            "client": CLIENT,
            "beliefs": {name: asdict(belief) for name, belief in BELIEFS.items()},
            "dissent": DISSENT,
        },
        "mentions": {
            "platforms": PLATFORMS,
            "answered_of_messages": MENTION_ANSWERED,
            "platform_factor": PLATFORM_FACTOR,
            "median_wait_h": MENTION_MEDIAN_H,
            "log_sd_of_waits": MENTION_SPREAD,
            "watched_h": MENTION_WATCH_H,
            "neutral": NEUTRAL,
            "negative": "1.05 − 0.17 × quality",
            "second_coded": SECOND_CODED,
            "coder_right": CODER_RIGHT,
        },
        "incidents": {
            "reasons": REASONS,
            "severity": SEVERITY,
            "recurs": RECURS,
            "raised_by": {"most": RAISED_BY, "who_contact_first": RAISED_BY_PROACTIVE},
            "settled": SETTLED,
            "median_days_to_settle": SETTLED_MEDIAN_D,
        },
    }
