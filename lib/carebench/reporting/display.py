"""What a cell of a notebook may call to show something: nothing else reaches a report.

Each display carries text that is the same on every machine, so that a test can compare it,
and metadata that `page` turns into a figure with its caption and alternative text.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Protocol, cast

import pandas as pd

from ..finding import Answer, Finding, Skipped
from ..language import N_, _, number
from . import phone
from .tables import TextTable, one_line, text_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..sources import Care, Problems

WIDTH, HEIGHT, DPI = 7.2, 3.8, 170
COLOURS = 128  # of a figure, of which one uses perhaps ten and their shades
LONGEST_LABEL = 60  # characters of a name in a drawing; its table has all of them

TABLE_NAMES = {
    "providers": N_("audited providers"),
    "attempts": N_("contact attempts"),
    "planned": N_("planned attempts"),
    "counts": N_("operators’ own counts"),
    "ratings": N_("shoppers’ ratings"),
    "codings": N_("answers coded by hand"),
    "maturity": N_("providers’ own words"),
    "mentions": N_("public mentions"),
    "incidents": N_("complaints and incidents"),
    "page_checks": N_("visits of providers’ pages"),
    "customers": N_("customers"),
    "transactions": N_("transactions"),
    "ledger": N_("cost ledger"),
    "contracts": N_("contracts"),
    "contacts": N_("customers’ contacts"),
    "retention_trials": N_("trials of keeping customers"),
    "survey": N_("survey answers"),
    "internal_service": N_("ratings between departments"),
    "staff": N_("staff survey"),
    "care_activities": N_("activities of the care plan"),
}

# What was shown last: a headline or reason is not repeated by the display right after it.
_previous = ""


class Draw(Protocol):
    """A function of `figures`; it may have an attribute `height(rows)`, in inches."""

    def __call__(self, rows: pd.DataFrame, *, ax: Axes) -> Axes | None: ...


def show_answer(lines: Sequence[str]) -> None:
    """Show the answer of the notebook, in about three lines; the first goes to the index.

    A part between double asterisks is printed large: "**47%** of e-mails were answered".
    """
    lines = [one_line(line) for line in lines]
    paragraphs = "".join(f"<p>{_emphasis(escape(line))}</p>" for line in lines)
    plain = [_plain(line) for line in lines]
    _send(
        {"text/html": f'<div class="answer">{paragraphs}</div>', "text/plain": "\n".join(plain)},
        headline=plain[0] if plain else "",
    )


def show_text(text: str) -> None:
    """Show `text`; an empty line begins a new paragraph."""
    paragraphs = [
        one_line(" ".join(part.split())) for part in re.split(r"\n\s*\n", text) if part.strip()
    ]
    if paragraphs:
        html = "".join(f"<p>{escape(part)}</p>" for part in paragraphs)
        _send({"text/html": html, "text/plain": "\n\n".join(paragraphs)})


def show_figure(draw: Draw, answer: Answer) -> None:
    """Show the headline of `answer` and the figure that `draw` makes of its rows.

    Raises
    ------
    ValueError
        The answer has no alternative text or no caption.
    """
    if isinstance(answer, Skipped):
        return _skip(answer)
    for part in ("alt", "caption"):
        if not getattr(answer, part).strip():
            raise ValueError(f"The figure {answer.name!r} has no {part}: give its Finding one.")
    _title(answer)
    _send(
        {"image/png": _png(draw, answer), "text/plain": fingerprint(answer)},
        {"image/png": {"alt": one_line(answer.alt)}},
        figure=answer.name,
        alt=one_line(answer.alt),
        caption=one_line(answer.caption),
        phone=b64encode(_png(draw, answer, for_phone=True)).decode(),
    )
    _remember(answer.headline)


def show_table(answer: Answer) -> None:
    """Show the labelled columns of `answer`, rounded, with methods and notes under them.

    The headline stands above it, unless the figure just before it said the same: the page then
    folds the table away, for whoever wants the numbers behind the figure.
    """
    if isinstance(answer, Skipped):
        return _skip(answer)
    drawn = bool(answer.headline) and answer.headline == _previous
    caption = "" if drawn else one_line(_plain(answer.headline))
    title = one_line(_plain(answer.headline)) or answer.name
    _show_grid(text_table(answer), answer.name, title, caption, behind_figure=drawn)
    _remember(answer.headline)


def show_problems(care: Care) -> None:
    """Show what was wrong with the data and what was done about it, most frequent first."""
    counts = care.problems.counts
    total = int(counts["n"].sum())
    if not total:
        return _send(_paragraph(_("No problem was found in the data.")), problems=0)
    words = _("Problems found in the data: {n}.").format(n=number(total))
    _send(_paragraph(words), problems=total)
    return _show_grid(_problem_table(care.problems), "problems", _("Problems in the data"), "")


def show_study(care: Care) -> None:
    """Show which study this is and how large, and say loudly where its data are simulated.

    A page has the study, the wave and the warning in its masthead, and shows the rest.
    """
    study = care.study
    facts = {_("Study"): study.title, _("Wave"): study.wave, _("Provider"): study.provider}
    lines = [f"{name}: {text}" for name, text in facts.items() if text]
    if study.origin:
        lines.append(_("Data: {origin}").format(origin=study.origin))
    if study.simulated:
        lines.append(_("Simulated data: no firm and no customer named here exists."))
    html = "".join(f"<p>{escape(one_line(line))}</p>" for line in lines)
    _send({"text/html": html, "text/plain": "\n".join(lines)}, in_masthead=True)
    used = [name for name in study.tables if care.columns(name)]
    listed = ", ".join(f"{_table_name(name)} {_rows_used(care, name)}" for name in used)
    _send(_paragraph(_("Rows that are used: {rows}.").format(rows=listed), "study"))


def _rows_used(care: Care, table: str) -> str:
    """How many rows of a table are used; where they are a sample, of how many."""
    if sampled := care.sampled(table):
        held, n = map(number, sampled)
        return _("{held} at random of {n}").format(held=held, n=n)
    return number(care.n_current(table))


def _table_name(table: str) -> str:
    """A table as a reader would call it; itself where the kit has no word for it."""
    return _(TABLE_NAMES.get(table, table))


def fingerprint(answer: Finding) -> str:
    """A line that changes when the data of a figure do, and not with its pixels or language.

    Only numbers, truths and times count: names may be translated, those of columns too.
    """
    rows = answer.rows
    counted = rows.loc[:, [_is_number(kind) for kind in rows.dtypes]]
    lines = ["\t".join(map(_stable, row)) for row in counted.itertuples(index=False)]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]
    return f"figure {answer.name}: {len(rows)} rows, data sha256 {digest}"


def _is_number(kind: Any) -> bool:
    times = (pd.api.types.is_datetime64_any_dtype, pd.api.types.is_timedelta64_dtype)
    # Truths are numbers too.
    return bool(pd.api.types.is_numeric_dtype(kind)) or any(is_time(kind) for is_time in times)


def _stable(value: Any) -> str:
    """`value` as text that small differences between machines do not change."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, float):
        return f"{round(value, 6) + 0.0:.6g}"  # adding 0.0 makes −0.0 a plain 0
    return str(value)


def _png(draw: Draw, answer: Finding, *, for_phone: bool = False) -> bytes:
    import matplotlib as mpl
    import seaborn as sns
    from matplotlib.figure import Figure

    rows = _drawable(answer.rows)
    height = getattr(draw, "height", None)
    with mpl.rc_context(), warnings.catch_warnings():
        # What the font lacks, an emoji say, is drawn as a box; the table beside it has the name.
        warnings.filterwarnings("ignore", r"Glyph \d+", UserWarning)
        letters = phone.LETTERS if for_phone else {}
        sns.set_theme(style="whitegrid", palette="colorblind", font="DejaVu Sans", rc=letters)
        mpl.rcParams["text.parse_math"] = False  # a name such as "$x_2$" is no formula
        # A figure that pyplot does not know cannot leak into the next cell.
        inches = height(rows) if height else HEIGHT
        width = phone.WIDTH if for_phone else WIDTH
        figure = Figure(figsize=(width, inches), layout="constrained")
        axes = figure.subplots()
        draw(rows, ax=axes)
        if not axes.get_xlabel():  # the axis of estimates bears the heading of their column
            axes.set_xlabel(answer.labels.get("value", ""))
        if for_phone:
            phone.fit(figure)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=phone.DPI if for_phone else DPI)
    return _in_few_colours(file)


def _in_few_colours(picture: io.BytesIO) -> bytes:
    """The same PNG with a palette: a third of the bytes, and nobody sees a difference."""
    from PIL import Image

    plain, smaller = Image.open(picture).convert("RGB"), io.BytesIO()
    few = plain.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette, paper = few.getpalette() or [], 3 * cast(int, few.getpixel((0, 0)))
    palette[paper : paper + 3] = [255] * 3  # few colours leave the paper a shade of grey
    few.putpalette(palette)
    few.save(smaller, format="png")
    return smaller.getvalue()


def _drawable(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with every text on one line, without marks that turn it, and not too long."""
    drawn = rows.copy()
    for at, kind in enumerate(rows.dtypes):
        if not _is_number(kind):
            drawn.isetitem(at, [_label(value) for value in rows.iloc[:, at]])
    return drawn


def _label(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    words = one_line(value)
    return words if len(words) <= LONGEST_LABEL else words[: LONGEST_LABEL - 1] + "…"


def _title(answer: Finding) -> None:
    if answer.headline and answer.headline != _previous:
        _send(_paragraph(_plain(answer.headline), "finding"))


def _skip(answer: Skipped) -> None:
    if answer.reason != _previous:
        words = _("Skipped: {reason}").format(reason=answer.reason)
        _send(_paragraph(words, "skipped"), skipped=one_line(answer.reason))
    _remember(answer.reason)


def _remember(words: str) -> None:
    global _previous
    _previous = words


def _first_seen(file: Any, row: Any, value: Any) -> str:
    """Where a kind of problem occurs first; nothing for one that is in no single row."""
    if pd.isna(file):
        return "–"
    shown = "–" if pd.isna(value) or not value else str(value)
    return _("{file}, row {row}: {value}").format(file=file, row=number(row), value=shown)


def _problem_table(problems: Problems) -> TextTable:
    kinds = ["table", "column", "expected", "action"]
    first = problems.rows.drop_duplicates(kinds)
    rows = problems.counts.merge(first, on=kinds, how="left")
    rows = rows.sort_values("n", ascending=False, kind="stable", ignore_index=True)
    rows["first"] = [
        _first_seen(file, row, value)
        for file, row, value in zip(rows["file"], rows["row"], rows["value"], strict=True)
    ]
    rows["action"] = [_(words) for words in rows["action"]]
    rows["table"] = [_table_name(name) for name in rows["table"]]
    labels = {
        "table": _("table"),
        "column": _("column"),
        "n": _("rows"),
        "expected": _("expected"),
        "first": _("first seen"),
        "action": _("what was done"),
    }
    return text_table(Finding("problems", rows, labels=labels))


def _show_grid(
    table: TextTable, name: str, title: str, caption: str, *, behind_figure: bool = False
) -> None:
    html = table.html(name=name, title=title, caption=caption)
    ours: dict[str, Any] = {"behind_figure": True} if behind_figure else {}
    _send({"text/html": html, "text/plain": table.plain(caption=caption)}, **ours)


def _paragraph(text: str, css: str = "") -> dict[str, str]:
    opening = f'<p class="{css}">' if css else "<p>"
    text = one_line(text)
    return {"text/html": f"{opening}{escape(text)}</p>", "text/plain": text}


def _plain(text: str) -> str:
    """`text` without the asterisks that mark what an answer prints large."""
    return text.replace("**", "")


def _emphasis(escaped: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escaped)


def _send(data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None, **ours: Any) -> None:
    """Display `data`; `ours` travels beside it for the page and the index."""
    from IPython.display import display

    _remember("")
    whole = {**(metadata or {}), **({"carebench": ours} if ours else {})}
    publish: Callable[..., object] = display
    publish(dict(data), raw=True, metadata=whole)
