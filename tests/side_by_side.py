"""What two engines say, set side by side: results, and the answers of whole studies."""

from __future__ import annotations

import inspect
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd

from carebench import loyalty, segmentation
from carebench.engine import quote_text
from carebench.engine.spark import Spark

FLOATS = 1e-9  # relative difference that two floating numbers may have


def relation(engine, path: Path) -> str:
    if isinstance(engine, Spark):
        return engine.relation(str(path))
    return f"read_parquet({quote_text(str(path))})"


def assert_same(duck: pd.DataFrame, spark: pd.DataFrame, what: str = "") -> None:
    """The same columns and, in any order, the same rows; whole numbers to the last digit."""
    assert list(duck.columns) == list(spark.columns), what
    kinds = [frame.dtypes.map(_kind).tolist() for frame in (duck, spark)]
    assert kinds[0] == kinds[1], what
    for one, other in zip(_rows(duck), _rows(spark), strict=True):
        assert one == other or _close(one, other), what


def _kind(dtype: object) -> str:
    for kind in ("bool", "integer", "float", "datetime64_any"):
        if getattr(pd.api.types, f"is_{kind}_dtype")(dtype):
            return kind
    return "text"


def _rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """The rows in an order of their own: by what is exact first, then by floats to nine digits."""
    floats = [c for c in frame if _kind(frame[c].dtype) == "float"]
    ordered = frame[[c for c in frame if c not in floats] + floats]
    rows = (
        tuple(None if pd.isna(v) else v for v in row) for row in ordered.itertuples(index=False)
    )
    return sorted(rows, key=lambda row: [f"{v:.9g}" if type(v) is float else repr(v) for v in row])


def _close(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return all(
        math.isclose(a, b, rel_tol=FLOATS) if type(a) is type(b) is float else a == b
        for a, b in zip(one, other, strict=True)
    )


class Recorder:
    """An engine that remembers every result it handed out."""

    def __init__(self, engine):
        self.engine, self.results = engine, []

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def frame(self, sql, **options):
        result = self.engine.frame(sql, **options)
        self.results.append((sql, result))
        return result


def ask(care, questions):
    """Ask every question that needs no more than the study; the results behind the answers."""
    recorder = Recorder(care.large)
    care = replace(care, _cluster=recorder)
    answers = [question(care) for question in questions]
    return recorder.results, answers


def questions():
    """The questions of notebooks 01 and 03 that are asked of the study alone."""
    rooms = (segmentation, loyalty)
    for question in [getattr(room, name) for room in rooms for name in room.__all__]:
        if callable(question):
            first, *more = inspect.signature(question).parameters.values()
            if first.name == "care" and all(p.default is not p.empty for p in more):
                yield question
