"""One provider against the others, and what it should do."""
