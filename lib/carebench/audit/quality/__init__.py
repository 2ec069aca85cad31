"""How good the service was, and how sure the scores are."""
