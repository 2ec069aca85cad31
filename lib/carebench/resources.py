"""Where the files that come with the package lie: in a checkout, or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).parent
_IN_CHECKOUT = {
    "notebooks": "notebooks",
    "example": "data/example",
    "benchmarks": "data/benchmarks",
}


def folder(name: Literal["notebooks", "example", "benchmarks"]) -> Path:
    """The folder of the notebooks, the example study or the published figures."""
    packed = _PACKAGE / name
    return packed if packed.is_dir() else _PACKAGE.parents[1] / _IN_CHECKOUT[name]
