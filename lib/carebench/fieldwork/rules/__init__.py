"""Whom a probe may reach, how often and when: judged of what is given, changing nothing."""
