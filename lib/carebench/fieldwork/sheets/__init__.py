"""Sheets, calendars and forms for those who make attempts by hand.

Whoever calls, chats, writes to an account or visits gets one workbook to fill in or print, a
calendar of what is due, and a form for a telephone or tablet. All of them carry the name of
each attempt, by which what was filled in finds its way back.
"""

from .writing import write_sheets

__all__ = ["write_sheets"]
