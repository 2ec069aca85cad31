"""The truth that the example study is drawn from: every number of it, declared as data.

The world resembles the audit of 13 smartphone providers in Vietnam that VnReview published
in 2014: about half of the e-mails answered, some 62 % of calls not picked up, 11 of 13 with
a website, nobody open around the clock although some say so. All names are invented.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

ZONE = "Asia/Ho_Chi_Minh"
MINUTES_A_WEEK = 7 * 24 * 60
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@dataclass(frozen=True, slots=True)
class Wave:
    """A round of fieldwork: six weeks from a Monday, then two more days of watching."""

    name: str
    start: dt.date
    weeks: int = 6

    @property
    def closes(self) -> dt.date:
        return self.start + dt.timedelta(weeks=self.weeks, days=2)


@dataclass(frozen=True, slots=True)
class Provider:
    """One invented firm and how its care truly works.

    `email`, `messages` and `visit` are chances that a person ever answers; `pick_up` is the
    chance that a call in staffed hours reaches a person or the queue for one. Waits are
    lognormal with the medians given here.
    """

    name: str
    claimed: str
    staffed: str
    pick_up: float
    email: float
    messages: float
    quality: float
    wait_median_s: float = 45
    email_median_h: float = 10
    resolves: float = 0.45
    visit: float = 0.85
    bounces: float = 0.0
    acknowledges: bool = False
    switchboard: bool = True
    website: bool = True
    chat: bool = True

    @property
    def call_answered(self) -> float:
        """Chance that a call at a random minute of the week reaches a person in time."""
        in_time = self.waits_up_to(CALL_PATIENCE_S)
        return float(open_minutes(self.staffed).mean()) * self.pick_up * in_time

    def waits_up_to(self, seconds: float) -> float:
        """Share of the calls that are taken which wait no longer than `seconds`."""
        deviate = math.log(seconds / self.wait_median_s) / CALL_SPREAD
        return 0.5 * (1 + math.erf(deviate / math.sqrt(2)))

    @property
    def email_answered(self) -> float:
        """Chance that a person ever answers an e-mail, whoever seems to have sent it."""
        reached = self.email * (1 - self.bounces)
        if self.name == PERSONA_GAP.provider:
            reached *= 1 - (1 - PERSONA_GAP.answered_factor) / len(PERSONAS)
        return reached


@dataclass(frozen=True, slots=True)
class PersonaGap:
    """One provider treats one persona worse where the sender's name shows."""

    provider: str
    persona: str
    answered_factor: float
    quality_change: float


@dataclass(frozen=True, slots=True)
class OurFault:
    """Days on which our own line or mail server was down; no shopper means all of them."""

    wave: str
    channel: str
    shopper: str
    days: tuple[int, ...]


CALL_PATIENCE_S = 300
CALL_SPREAD = 0.9
EMAIL_SPREAD = 1.0
EMAIL_WATCH_H = 14 * 24
LIMIT_S = 60  # the "answered within" limit of the operators' own counts

WAVES = (Wave("2026-Q1", dt.date(2026, 1, 5)), Wave("2026-Q3", dt.date(2026, 7, 6)))
# Customers were asked before anybody was audited; all care was then worse by so many points.
ASKED_BEFORE = (Wave("2025-Q1", dt.date(2025, 1, 6)), Wave("2025-Q3", dt.date(2025, 7, 7)))
QUALITY_BEFORE = {"2025-Q1": -0.30, "2025-Q3": -0.15}
OFFICE = "Mo-Fr 08:00-17:30; Sa 08:00-12:00"
LONG_NAME = "Công ty Cổ phần Thiết bị Di động Bảy Ngọn Đèn Dầu"

FIRMS = (
    Provider("Hạc Giấy Mobile", "24/7", "Mo-Su 06:00-23:00", 0.86, 0.85, 0.80, 3.9, 30, 5, 0.65,
             acknowledges=True),
    Provider("Chuồn Chuồn Tre", "24/7", "Mo-Su 07:00-22:00", 0.76, 0.60, 0.65, 3.4, 50, 9,
             acknowledges=True),
    Provider("Đom Đóm Điện Thoại", "24/7", "Mo-Su 08:00-21:00", 0.80, 0.45, 0.50, 3.1, 60, 14),
    Provider("Quartz Tamarind", "24/7", "Mo-Fr 08:00-20:00; Sa-Su 08:00-17:00", 0.70, 0.35, 0.30,
             2.6, 80, 20, 0.30, acknowledges=True, website=False),
    Provider(LONG_NAME, "Mo-Su 08:00-21:00", "Mo-Su 08:00-21:00", 0.90, 0.70, 0.60, 3.6, 35, 8,
             0.55),
    Provider("Nón Lá Phone", "Mo-Su 07:30-21:30", "Mo-Su 07:30-21:30", 0.82, 0.62, 0.60, 3.5, 40,
             9, 0.50),
    Provider("Mèo Mướp Mobile", OFFICE, OFFICE, 0.90, 0.50, 0.45, 3.7, 25, 7, switchboard=False),
    Provider("Vịt Cỏ", "Mo-Su 08:00-21:00", "Mo-Su 08:00-17:00", 0.76, 0.30, 0.35, 2.8, 70, 18,
             0.35, acknowledges=True),
    Provider("Trâu Xanh", OFFICE, "Mo-Sa 07:30-20:00", 0.86, 0.80, 0.75, 3.6, 40, 6, 0.55),
    Provider("Lúa Chín Mobile", "Mo-Sa 08:00-18:00", "Mo-Sa 08:00-18:00", 0.85, 0.22, 0.25, 3.0,
             55, 16, 0.40, acknowledges=True),
    Provider("Ốc Sên Nhanh", "Mo-Fr 08:00-17:00", "Mo-Fr 08:00-17:00", 0.70, 0.15, 0.20, 2.3, 95,
             30, 0.20, bounces=0.30, switchboard=False, website=False, chat=False),
    Provider("Rùa Bay", "Mo-Su 08:00-22:00", "Mo-Su 08:00-22:00", 0.80, 0.45, 0.55, 3.2, 50, 12),
    Provider("Kite & Carp", "Mo-Su 09:00-21:00", "Mo-Su 09:00-21:00", 0.75, 0.40, 0.40, 3.0, 60,
             15, chat=False),
    Provider("Cầu Vồng Nhỏ", "Mo-Su 08:00-20:00", "Mo-Su 08:00-20:00", 0.75, 0.42, 0.50, 3.1, 55,
             13, acknowledges=True),
)  # fmt: skip
GONE = "Kite & Carp"
NEW = "Cầu Vồng Nhỏ"
CHANGED: dict[str, dict[str, Any]] = {
    "Nón Lá Phone": {"pick_up": 0.35, "email": 0.22, "messages": 0.25, "quality": 2.5},
    "Lúa Chín Mobile": {
        "claimed": "Mo-Su 07:00-22:00",
        "staffed": "Mo-Su 07:00-22:00",
        "pick_up": 0.90,
        "email": 0.75,
        "messages": 0.70,
        "quality": 3.8,
    },
}

SHOPPERS = {"S1": 0.0, "S2": -0.5, "S3": 0.3, "S4": -0.2, "S5": 0.0, "S6": 0.4}  # severity
CARELESS_SHOPPER = "S5"
CONTACT_SPREAD, SCORE_SPREAD = 0.7, 0.5
CONTACTS_RATED_BY_ALL = 48
PERSONAS = ("student", "office_worker", "retired")
PERSONA_GAP = PersonaGap("Trâu Xanh", "retired", 0.25, -1.2)
SCENARIOS = {
    "compare_models": "before",
    "price_and_instalments": "before",
    "stock_in_store": "before",
    "forms_of_payment": "at",
    "home_delivery": "at",
    "exchange_on_the_spot": "at",
    "warranty_claim": "after",
    "battery_repair": "after",
    "return_of_goods": "after",
    "software_help": "after",
}
OUR_FAULTS = (
    OurFault("2026-Q1", "email", "", (16,)),
    OurFault("2026-Q1", "phone", "S4", (9, 10)),
    OurFault("2026-Q3", "phone", "S2", (23, 24)),
)

# Ordered logit on the scores as recorded: effect of one point more of each item.
DRIVERS = {
    "friendliness": 0.5,
    "empathy": 0.0,
    "fairness": 0.7,
    "customer_at_centre": 0.3,
    "information": 0.9,
    "choice": 0.0,
}
DRIVER_CORRELATION = 0.42  # of the scores before they are rounded to whole points
SURVEY_CUTS = {
    "csat": (4.4, 6.2, 7.9, 9.9),
    "nps": (3.6, 4.3, 4.9, 5.5, 6.1, 6.8, 7.5, 8.3, 9.2, 10.2),
    "ces": (4.0, 5.2, 6.3, 7.3, 8.4, 9.8),
}
WOULD_SWITCH = {"low": 0.55, "middle": 0.35, "high": 0.12}  # by satisfaction: 1-2, 3, 4-5
SAY_YES = {
    "bought_more": 0.51,
    "experience_matters": 0.74,
    "expects_more": 0.66,
    "experience_decides": 0.58,
    "values_time": 0.62,
    "would_leave": 0.27,
}
REFERRED = {"promoter": 0.9, "other": 0.15}  # people that one respondent brought
RESPONDENTS = 1500
SEGMENTS = {"household": (0.70, 1.10), "business": (0.20, 0.80), "reseller": (0.10, 0.70)}

FIRST_DAY, LAST_DAY = dt.date(2024, 7, 1), dt.date(2026, 6, 30)  # of transactions and ledger
EARLIEST_CUSTOMER = dt.date(2023, 1, 1)
CUSTOMERS = 4000
POTENTIAL_SHARE, INTERNAL_SHARE, INTERMEDIARY_SHARE = 0.08, 0.01, 0.14
PURCHASES = {"r": 0.9, "alpha_days": 110.0, "a": 0.8, "b": 4.5}  # BG/NBD
SPEND = {"p": 4.0, "q": 3.2, "gamma_vnd": 1_200_000.0}  # gamma–gamma
INTERMEDIARY = {"purchases_factor": 3.0, "spend_factor": 3.5}
REFUND_SHARE, REFUND_WITHIN_DAYS = 0.04, 90
REFUNDS = {"part": 0.5, "full": 0.35, "full_and_a_tenth_for_the_trouble": 0.15}
COSTS = {
    "per_acquired_vnd": 900_000.0,
    "per_retained_customer_month_vnd": 45_000.0,
    "monthly_spread": 0.12,
}

DEPARTMENTS = {  # true mean of the scores a department gets from the others
    "Sales": 3.6,
    "Care centre": 4.1,
    "Warehouse": 3.2,
    "Accounting": 2.7,
    "Technical": 3.8,
    "Personnel": 3.4,
    "Marketing": 3.5,
    "IT": 2.9,
}
MEMBERS_ASKED = 5


def firms(wave: str) -> list[Provider]:
    """The 13 providers of a wave, as they truly were in it."""
    if wave in QUALITY_BEFORE:
        change = QUALITY_BEFORE[wave]
        return [replace(f, quality=f.quality + change) for f in firms(WAVES[0].name)]
    first = wave == WAVES[0].name
    present = [firm for firm in FIRMS if firm.name != (NEW if first else GONE)]
    return present if first else [replace(f, **CHANGED.get(f.name, {})) for f in present]


def open_minutes(hours: str) -> NDArray[np.bool_]:
    """Which of the 10,080 minutes of a week are open, from "Mo-Fr 08:00-17:30; Sa …" or "24/7"."""
    week = np.zeros((7, 24 * 60), dtype=bool)
    if hours == "24/7":
        return ~week.ravel()
    for part in hours.split("; "):
        days, times = part.split(" ")
        first, last = (days.split("-") * 2)[:2]
        opens, closes = (_minute(clock) for clock in times.split("-"))
        week[DAYS.index(first) : DAYS.index(last) + 1, opens:closes] = True
    return week.ravel()


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def truth() -> dict[str, Any]:
    """Everything above, as `truth.json` holds it."""
    return {
        "zone": ZONE,
        "providers": {wave.name: [_described(firm) for firm in firms(wave.name)] for wave in WAVES},
        "gone": GONE,
        "new": NEW,
        "changed": CHANGED,
        "truly_24_7": [],
        "claims_24_7": [firm.name for firm in FIRMS if firm.claimed == "24/7"],
        "call": {"patience_s": CALL_PATIENCE_S, "log_sd_of_waits": CALL_SPREAD},
        "email": {"watched_h": EMAIL_WATCH_H, "log_sd_of_waits": EMAIL_SPREAD},
        "persona_gap": asdict(PERSONA_GAP),
        "our_faults": [asdict(fault) for fault in OUR_FAULTS],
        "shoppers": {
            "severity": SHOPPERS,
            "careless": CARELESS_SHOPPER,
            "sd_between_contacts": CONTACT_SPREAD,
            "sd_of_one_score": SCORE_SPREAD,
            "contacts_rated_by_all_per_wave": CONTACTS_RATED_BY_ALL,
        },
        "survey": {
            "quality_before_the_audit": QUALITY_BEFORE,
            "drivers_log_odds_per_point": DRIVERS,
            "correlation_before_rounding": DRIVER_CORRELATION,
            "cuts": SURVEY_CUTS,
            "would_switch_by_csat": WOULD_SWITCH,
            "say_yes": SAY_YES,
            "referred": REFERRED,
        },
        "customers": {
            "potential_share": POTENTIAL_SHARE,
            "internal_share": INTERNAL_SHARE,
            "intermediary_share": INTERMEDIARY_SHARE,
            "purchases_bg_nbd": PURCHASES,
            "spend_gamma_gamma": SPEND,
            "intermediary": INTERMEDIARY,
            "refund_share": REFUND_SHARE,
            "refunds": REFUNDS,
            "refund_within_days": REFUND_WITHIN_DAYS,
        },
        "ledger": COSTS,
        "internal_service_means": DEPARTMENTS,
    }


def _described(firm: Provider) -> dict[str, Any]:
    return {
        **asdict(firm),
        "staffed_share_of_week": round(float(open_minutes(firm.staffed).mean()), 4),
        "call_answered": round(firm.call_answered, 4),
        "email_answered": round(firm.email_answered, 4),
    }
