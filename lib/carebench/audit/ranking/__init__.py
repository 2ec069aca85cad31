"""One index, its parts, and which ranks it supports."""
