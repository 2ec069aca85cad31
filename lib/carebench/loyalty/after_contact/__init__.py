"""Whether customers leave after a bad contact: counted, compared, and put against a claim."""

from .leavers import leavers_with_bad_contacts
from .left import contacts_compared, left_after_bad, left_after_contact, left_by_days
from .risk import contact_balance, risk_of_bad_contact

__all__ = [
    "contact_balance",
    "contacts_compared",
    "leavers_with_bad_contacts",
    "left_after_bad",
    "left_after_contact",
    "left_by_days",
    "risk_of_bad_contact",
]
