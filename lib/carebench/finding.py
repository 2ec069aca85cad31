"""What a question of a notebook returns: a table of numbers and the words that explain it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import pandas as pd

from .language import N_, _

FEWEST = 5  # customers, or contracts, in a group that is shown; of fewer it would show persons
FEW = N_("fewer than 5 customers")


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question.

    Parameters
    ----------
    name : str
        Short name of the answer, letters and hyphens; the anchor of its figure and table.
    rows : DataFrame
        The numbers. Where it has the columns of `estimate.frame`, each row is one estimate.
    headline : str
        The finding in one sentence, with its uncertainty: the title of the figure.
    caption : str
        What is shown: definitions, whom it covers, what the marks mean.
    alt : str
        The figure in words, for a reader who cannot see it.
    labels : mapping of str to str
        Columns of `rows` that a reader sees, in order, with their headings. The column
        `value` of estimates stands for value, interval, n and notes together.
    styles : mapping of str to str
        How a column's numbers are written where they are not estimates: "share", "count",
        "score", "hours", "date" or a currency code.
    notes : tuple of str
        Warnings about the whole answer.
    stated : bool
        Whether the numbers are what the study says, such as a budget: no observations, so
        nobody can be told from them.
    """

    name: str
    rows: pd.DataFrame
    headline: str = ""
    caption: str = ""
    alt: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    styles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why a question cannot be asked of this study, in one sentence."""

    reason: str


Answer = Finding | Skipped


class HasColumns(Protocol):
    """Anything that can say which columns a table of the study has, and keep answers."""

    answers: dict[Any, Answer]

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns that `table` has; none where the study lacks the table."""
        ...


P = ParamSpec("P")
C = TypeVar("C", bound=HasColumns)
Question = Callable[Concatenate[C, P], Answer]


def needs(table: str, *columns: str) -> Callable[[Question[C, P]], Question[C, P]]:
    """Skip a question, in one sentence, where the study lacks `table` or one of `columns`.

    A question is worked out once, though a figure and a table show its answer.
    """

    def decorate(question: Question[C, P]) -> Question[C, P]:
        @wraps(question)
        def ask(care: C, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
            found = care.columns(table)
            if not found:
                return Skipped(_("The study has no table “{table}”.").format(table=table))
            absent = [column for column in columns if column not in found]
            if absent:
                return Skipped(
                    _("The table “{table}” of the study has no column “{columns}”.").format(
                        table=table, columns="”, “".join(absent)
                    )
                )
            asked = (question, args, tuple(sorted(kwargs.items())))
            if asked not in care.answers:
                care.answers[asked] = question(care, *args, **kwargs)
            return care.answers[asked]

        return ask

    return decorate
