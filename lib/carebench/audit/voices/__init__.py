"""What providers say of themselves, what is said in public, and what goes wrong."""
