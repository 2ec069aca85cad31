"""Files, globs and databases become checked tables and a list of problems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from .study import Study


class Care:
    """placeholder"""

    study: Study
    problems: Any
    engine: Any

    def columns(self, table: str) -> tuple[str, ...]:
        raise NotImplementedError

    def table(self, name: str) -> pd.DataFrame:
        raise NotImplementedError


def open_study(path: str | Path, *, tables: tuple[str, ...] = (), **overrides: Any) -> Care:
    raise NotImplementedError
