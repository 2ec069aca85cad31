"""Tables of any size, asked in SQL: DuckDB on this machine, or Spark on a cluster.

`door` is what both share, `duck` the embedded engine that every study uses, `spark` the cluster
that a study may name for its large tables.
"""

from .door import MAX_ROWS, Large, TooManyRows, literal, quote_file, quote_name, quote_text
from .duck import (
    LOCAL,
    SETTINGS,
    Bound,
    Engine,
    first_sentence,
    readable_errors,
    stoppable,
    without_progress,
)
from .work import WorkFolder

__all__ = [
    "LOCAL",
    "MAX_ROWS",
    "SETTINGS",
    "Bound",
    "Engine",
    "Large",
    "TooManyRows",
    "WorkFolder",
    "first_sentence",
    "literal",
    "quote_file",
    "quote_name",
    "quote_text",
    "readable_errors",
    "stoppable",
    "without_progress",
]
