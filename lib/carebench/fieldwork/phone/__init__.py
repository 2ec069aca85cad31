"""Calls: numbers as they are dialled, a form that stamps what is heard, an experimental caller."""
