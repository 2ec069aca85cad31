"""Calls: a form that stamps what is heard, an experimental caller."""
