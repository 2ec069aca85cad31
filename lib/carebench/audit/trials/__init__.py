"""Which attempts, calls, waits, scores and answers count, and in whose clock."""
