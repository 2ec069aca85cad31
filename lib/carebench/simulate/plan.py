"""The care plan of the invented company: declared, not drawn.

Two things are there to be found. Before the purchase, people advise special and large
customers, and nobody advises medium and small ones, though care by people must not depend on
size. And which activities the budget should buy changes with the inputs.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

BUDGET = 420_000_000  # VND in one quarter
RIVALS_ASKED = 6
COLUMNS = ("activity", "segment", "stage", "method", "content", "level")
AMOUNTS = ("cost_low", "cost", "cost_high", "value_low", "value", "value_high")
# Name, customers, stage, method, content, level; cost and value (low, base, high) in millions
# of dong a quarter; need (1 to 5), rivals that offer it (of six), required.
ACTIVITIES: tuple[tuple[Any, ...], ...] = (
    ("Comparison of models and prices", "all", "before", "indirect", "convenience",
     "on the website, always up to date", 15, 18, 24, 22, 40, 58, 4, 5, "no"),
    ("Adviser who visits", "special", "before", "at_customer", "human",
     "one visit a month", 36, 42, 52, 40, 92, 150, 4, 2, "no"),
    ("Adviser by appointment", "large", "before", "centralised", "human",
     "half an hour, on any weekday", 18, 22, 30, 22, 46, 72, 4, 3, "no"),
    ("Phones to try", "medium", "before", "point_of_sale", "other",
     "ten models in every shop", 16, 20, 28, 18, 36, 70, 3, 4, "no"),
    ("Answers on Zalo", "small", "before", "indirect", "convenience",
     "within the hour, 08:00 to 21:00", 12, 15, 20, 15, 33, 54, 4, 3, "no"),
    ("Trained staff at every counter", "all", "at", "point_of_sale", "human",
     "two days of training a quarter", 60, 70, 85, 75, 120, 165, 5, 4, "yes"),
    ("Order, change and pay online", "all", "at", "indirect", "convenience",
     "at any hour", 31, 36, 44, 34, 70, 115, 5, 4, "no"),
    ("Delivery within a day", "all", "at", "at_customer", "convenience",
     "free above 5 million dong", 58, 70, 88, 60, 138, 190, 4, 3, "no"),
    ("Set-up at home", "special", "at", "at_customer", "convenience",
     "on the day of delivery", 20, 25, 34, 22, 40, 58, 3, 1, "no"),
    ("Hotline answered by a person", "all", "after", "indirect", "human",
     "08:00 to 21:00, every day", 80, 90, 105, 95, 140, 180, 5, 5, "yes"),
    ("Call two weeks later", "all", "after", "indirect", "human",
     "once after each purchase", 28, 35, 46, 36, 62, 88, 3, 1, "no"),
    ("Exchange without questions", "all", "after", "point_of_sale", "convenience",
     "within seven days", 46, 55, 72, 70, 112, 140, 5, 2, "no"),
    ("Phone on loan during repair", "large", "after", "point_of_sale", "convenience",
     "for as long as it takes", 22, 28, 36, 28, 54, 74, 4, 2, "no"),
    ("Repair collected and returned", "special", "after", "at_customer", "convenience",
     "within three days", 14, 18, 30, 16, 33, 50, 4, 1, "no"),
    ("Customer conference", "special", "after", "centralised", "other",
     "every half-year, 60 guests", 45, 60, 80, 20, 78, 190, 2, 2, "no"),
    ("Gifts and greetings", "large", "after", "at_customer", "other",
     "once a year, at Tết", 25, 30, 38, 10, 26, 60, 2, 5, "no"),
)  # fmt: skip
MILLION = 1_000_000


def care_activities() -> pd.DataFrame:
    """One row per activity; amounts in dong a quarter."""
    numbers = ("need", "rivals", "required")
    table = pd.DataFrame(ACTIVITIES, columns=pd.Index([*COLUMNS, *AMOUNTS, *numbers]))
    table[list(AMOUNTS)] *= MILLION
    table.insert(len(table.columns) - 1, "rivals_asked", RIVALS_ASKED)
    return table


def truth() -> dict[str, Any]:
    """What the plan was written to show."""
    return {
        "care_plan": {
            "budget_vnd": BUDGET,
            "no_human_care": {"stage": "before", "segments": ["medium", "small"]},
        }
    }
