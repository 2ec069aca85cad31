"""Who stays, for how long, and what goes before leaving."""
