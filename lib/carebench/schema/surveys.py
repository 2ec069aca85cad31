"""The tables of what people were asked: customers, and the company's own staff."""

from __future__ import annotations

from .columns import Column, Table
from .words import MANY, PROVIDER, SIX_MEANINGS, WAVE

SURVEY = Table(
    "survey",
    "one respondent in one wave",
    (
        Column("respondent", "id", "code of the respondent", required=True),
        WAVE,
        PROVIDER,
        Column("segment", "category", "group of customers the respondent belongs to"),
        Column("weight", "number", "weight of the respondent in the population", low=0, high=MANY),
        Column("csat", "integer", "satisfaction, 1 worst to 5 best", unit="points", low=1, high=5),
        Column("nps", "integer", "would recommend, 0 to 10", unit="points", low=0, high=10),
        Column("ces", "integer", "was easy, 1 hardest to 7 easiest", unit="points", low=1, high=7),
        *(
            Column(item, "number", f"{meaning}, 1 worst to 5 best", unit="points", low=1, high=5)
            for item, meaning in SIX_MEANINGS.items()
        ),
        Column("would_switch", "yes_no", "would go to a rival of the same price and quality"),
        Column("bought_more", "yes_no", "has bought more where the service stood out"),
        Column("experience_matters", "yes_no", "holds the experience as important as the product"),
        Column("expects_more", "yes_no", "expects more of service than before"),
        Column("experience_decides", "yes_no", "decides what to buy by the experience"),
        Column("values_time", "yes_no", "holds that to value one's time matters most in service"),
        Column("would_leave", "yes_no", "would leave after one bad experience"),
        Column(
            "referred", "integer", "people told of the company so that they came", low=0, high=1e6
        ),
    ),
    open_kind="number",
)

INTERNAL_SERVICE = Table(
    "internal_service",
    "one score that a member of one department gave another department",
    (
        Column("rater_department", "category", "the department that is served", required=True),
        Column("rated_department", "category", "the department that serves", required=True),
        Column(
            "score",
            "number",
            "the score, 1 worst to 5 best",
            unit="points",
            required=True,
            low=1,
            high=5,
        ),
        Column("respondent", "id", "code of the member of staff"),
        WAVE,
    ),
)

STAFF = Table(
    "staff",
    "one member of staff in one survey",
    (
        Column("respondent", "id", "code of the member of staff"),
        WAVE,
        Column("department", "category", "the department that the person works in", required=True),
        Column(
            "satisfaction",
            "integer",
            "satisfaction with the work, 1 worst to 5 best",
            unit="points",
            low=1,
            high=5,
        ),
        Column(
            "nps",
            "integer",
            "would recommend working here, 0 to 10",
            unit="points",
            low=0,
            high=10,
        ),
        Column("stays", "yes_no", "means to stay for a year"),
    ),
)
