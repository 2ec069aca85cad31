"""Random numbers by name: what is drawn for one purpose does not move what is drawn for another."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *names: str) -> np.random.Generator:
    """The generator of the plan's `seed` for one purpose, such as ("minutes", "email")."""
    digest = hashlib.sha256("\x1f".join(names).encode()).digest()
    words = np.frombuffer(digest, dtype=np.uint32).tolist()
    return np.random.default_rng([seed % 2**64, *words])
