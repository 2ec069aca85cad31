"""How fast, with the unanswered kept in."""
