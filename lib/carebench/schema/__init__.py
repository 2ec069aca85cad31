"""Every table that the kit reads, declared once.

From this one declaration come the check of what a user brings (`sources`), the codebook
`data/README.md` (`codebook`) and the words of every error message.
"""

from .codebook import codebook
from .columns import KINDS, Column, DataError, Kind, Rule, Table, nearest
from .service import ATTEMPTS
from .surveys import SURVEY
from .tables import TABLES
from .words import CHANNELS, CONTENTS, METHODS, OUTCOMES, SIX_POINTS, STAGES

__all__ = [
    "ATTEMPTS",
    "CHANNELS",
    "CONTENTS",
    "KINDS",
    "METHODS",
    "OUTCOMES",
    "SIX_POINTS",
    "STAGES",
    "SURVEY",
    "TABLES",
    "Column",
    "DataError",
    "Kind",
    "Rule",
    "Table",
    "codebook",
    "nearest",
]
