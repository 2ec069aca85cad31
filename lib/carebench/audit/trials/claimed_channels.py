"""Which channels providers say that they offer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...schema import CHANNELS
from ...sources import Care

# Other ways in which lists of channels are written.
WRITTEN = {"e_mail": "email", "telephone": "phone", "care_centre": "visit"}


def claims_of_channels(care: Care) -> pd.DataFrame:
    """What each listed provider says: providers × channels and networks, missing where unsaid.

    A network that is named beside the channels of the codebook is a column under its own name,
    in small letters.
    """
    if not care.columns("providers"):
        return pd.DataFrame()
    rows = care.current("providers").drop_duplicates("provider").set_index("provider")
    rows.index = rows.index.astype("object")
    claims = pd.DataFrame(index=rows.index)
    if "channels" in rows:
        said = {str(name): channels_in(text) for name, text in rows["channels"].items()}
        words = sorted({word for words in said.values() for word in words or ()} | {*CHANNELS})
        table = [[None if s is None else word in s for word in words] for s in said.values()]
        claims = pd.DataFrame(table, index=rows.index, columns=words, dtype="boolean")
    if "website" in rows:
        listed = claims["website"] if "website" in claims else rows["website"]
        claims["website"] = rows["website"].fillna(listed)
    return claims


def channels_in(text: Any) -> set[str] | None:
    """The channels that a list names; None where there is no list."""
    if pd.isna(text):
        return None
    parts = str(text).replace(",", ";")
    listed = parts.split(";") if ";" in parts else parts.split()
    words = {"_".join(word.casefold().replace("-", " ").split()) for word in listed}
    return {WRITTEN.get(word, word) for word in words if word}
