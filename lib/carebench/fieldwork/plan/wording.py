"""How the statement of a plan writes numbers and tables."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence


def in_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of text in columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def by_channels(said: Sequence[tuple[str, str]]) -> list[str]:
    """What is said of channels, once for all of which the same is said: "email, chat: ..."."""
    channels: dict[str, list[str]] = {}
    for channel, text in said:
        channels.setdefault(text, []).append(channel)
    return [f"{', '.join(names)}: {text}" for text, names in channels.items()]


def wrapped(line: str) -> list[str]:
    """A line of text in lines of 100 columns, set in where it goes on."""
    inset = len(line) - len(line.lstrip(" -")) if line[:1] == " " else 0
    return textwrap.wrap(line, 100, subsequent_indent=" " * inset, drop_whitespace=True) or [""]


def points(gap: float) -> str:
    """A difference of rates, rounded up to whole points."""
    return "none" if math.isinf(gap) else f"{math.ceil(round(100 * gap, 6))} points"


def share(value: float, digits: int = 0) -> str:
    """A share as per cent; never rounded to certainty."""
    if digits == 0 and 0.995 <= value < 1:
        return "over 99 %"
    return f"{100 * value:.{digits}f} %"
