"""Whether sites and contact pages can be reached, and which hours they claim."""

from .checking import PageSummary, check_pages
from .hours import ClaimedHours, claimed_on_page
from .verdicts import Visit, visit

__all__ = ["ClaimedHours", "PageSummary", "Visit", "check_pages", "claimed_on_page", "visit"]
