"""A small study whose attempts are planned and made: three invented providers, two channels."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROVIDERS = ("Alder Invented Power", "Birch Invented Water", "Cedar Invented Bank")
EMAILS = ("care@alder.example", "help@birch.example", "contact@cedar.example")
PHONES = ("+442079460101", "+442079460102", "+442079460103")  # kept free for invented numbers

STUDY: dict[str, Any] = {
    "title": "An invented audit",
    "wave": "2026-Q4",
    "zone": "Asia/Ho_Chi_Minh",
    "language": "en",
    "currency": "VND",
    "audit": {"night": "22:00-06:00", "holidays": []},
    "fieldwork": {
        "starts": "2026-11-30",  # a Monday
        "weeks": 4,
        "seed": 20261130,
        "channels": {
            "email": {"attempts": 8, "gap": "12 h", "cost": 2000.0, "staff_minutes": 6.0},
            "phone": {
                "attempts": 6,
                "at_any_hour": 3,
                "gap": "12 h",
                "per_day": 2,
                "quiet": "21:00-08:00",
                "watched": "5 min",
                "cost": 15000.0,
                "staff_minutes": 4.0,
            },
        },
        "providers": {
            name: {"email": email, "phone": phone}
            for name, email, phone in zip(PROVIDERS, EMAILS, PHONES, strict=True)
        },
        "scenarios": {
            "prices": {
                "stage": "before",
                "channels": ["email", "phone"],
                "subject": {"en": "Prices, {reference}", "vi": "Giá, {reference}"},
                "text": {
                    "en": "Dear {provider}, where is the price list? {reference}. {persona}",
                    "vi": "Kính gửi {provider}, bảng giá ở đâu ạ? {reference}. {persona}",
                },
                "answer_words": ["price list", "bảng giá"],
                "source": "https://www.alder.example/prices",
            },
            "opening": {
                "stage": "at",
                "channels": ["email", "phone"],
                "subject": {"en": "Opening hours, {reference}", "vi": "Giờ mở cửa, {reference}"},
                "text": {
                    "en": "Hello, when is your office open on Saturdays? {reference}. {persona}",
                    "vi": "Chào anh chị, thứ bảy mở cửa lúc nào ạ? {reference}. {persona}",
                },
                "answer_words": ["saturday", "thứ bảy"],
                "source": "https://www.alder.example/hours",
            },
            "moving": {
                "stage": "after",
                "channels": ["email"],
                "subject": {"en": "Moving house, {reference}", "vi": "Chuyển nhà, {reference}"},
                "text": {
                    "en": "Hello, which papers do I need when I move? {reference}. {persona}",
                    "vi": "Chào anh chị, chuyển nhà cần giấy tờ gì ạ? {reference}. {persona}",
                },
                "answer_words": ["contract", "hợp đồng"],
                "source": "https://www.alder.example/moving",
            },
        },
        "personas": {
            "small": {"name": {"en": "Ann Invented", "vi": "An Giả Định"}, "arm": "small"},
            "big": {"name": {"en": "Ben Invented", "vi": "Bình Giả Định"}, "arm": "big"},
        },
        "shoppers": {
            "s1": {"channels": ["email", "phone"], "per_day": 20},
            "s2": {"channels": ["phone"], "per_day": 10},
        },
        "mail": {
            "address": "audit@kit.example",
            "smtp": "127.0.0.1:2525",
            "smtp_security": "none",
            "imap": "127.0.0.1:1143",
            "imap_security": "none",
            "folders": ["INBOX"],
        },
        "sign_off": {
            "purpose": "to test the kit",
            "basis": "own",
            "approver": "invented office",
            "approved_on": "2026-11-02",
            "staff_told_on": "2026-11-03",
            "budget": 200,
            "recipients": [*EMAILS, *PHONES],
        },
    },
}


def field_study(tmp_path: Path, **changes: Any) -> Path:
    """Write a study file into `tmp_path` and return its path.

    `changes` replace keys, named by their path with points: `wave="x"`, or
    `**{"fieldwork.channels.email.attempts": 3}`; a value of None takes the key away. Names
    that hold points themselves are changed in a mapping above them.
    """
    tmp_path.mkdir(parents=True, exist_ok=True)
    study = copy.deepcopy(STUDY)
    for dotted, value in changes.items():
        *above, last = dotted.split(".")
        place = study
        for name in above:
            place = place.setdefault(name, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    path = tmp_path / "study.toml"
    path.write_text(toml(study), encoding="utf-8")
    return path


def toml(table: Mapping[str, Any], heading: str = "") -> str:
    """`table` as TOML: text, numbers, lists of these, and tables of tables."""
    plain = {name: value for name, value in table.items() if not isinstance(value, Mapping)}
    lines = [
        f"{quoted(name)} = {json.dumps(value, ensure_ascii=False)}" for name, value in plain.items()
    ]
    parts = [f"[{heading}]\n" * bool(heading) + "".join(f"{line}\n" for line in lines)]
    for name, value in table.items():
        if isinstance(value, Mapping):
            below = f"{heading}.{quoted(name)}" if heading else quoted(name)
            parts.append(toml(value, below))
    return "\n".join(parts)


def quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
