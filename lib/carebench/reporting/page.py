"""An executed notebook becomes one HTML file that needs nothing else and runs nothing.

The layout is in the folder `template`; here are the facts that go into it and the guard at
the end. The same shell carries the index of all reports.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode

from ..language import _, current
from .display import DPI
from .markdown import Prose
from .sanitise import clean, faults

FOLDER = Path(__file__).parent
LONGEST_TEXT = 20_000
# What is shown of an output, the best first; every other kind is dropped.
KINDS = ("image/png", "image/jpeg", "text/html", "text/markdown", "text/plain")


class UnsafePage(ValueError):
    """The page may not be published; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a page shows beside its notebook.

    Parameters
    ----------
    title : str
        Of the page.
    masthead : sequence of str
        The line above the title: study, wave, date.
    facts : sequence of (str, str)
        Provenance: what, and how it was.
    files : sequence of (str, str)
        Provenance: file and SHA-256.
    simulated : bool
        Whether the data are invented; the page then says so at the top.
    """

    title: str
    masthead: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    files: Sequence[tuple[str, str]] = ()
    simulated: bool = False


def report_page(notebook: NotebookNode, content: Content) -> str:
    """The page of an executed `notebook`, whose metadata it changes.

    Raises
    ------
    UnsafePage
        A figure has no alternative text, a formula cannot be read, or something in the page
        could run or call out.
    """
    prose = Prose()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.metadata["carebench_html"] = _prose(prose, cell)
    page = _page(
        content,
        headings=[h for h in prose.headings if h.level == 2],
        contents_after=_place_of_contents(notebook.cells),
    )
    exporter = _exporter()
    exporter.register_filter("html", lambda output: _output(output, prose))
    html, _resources = exporter.from_notebook_node(notebook, {"page": page})
    return _guarded(html)


def contents_page(reports: Sequence[Mapping[str, Any]], content: Content) -> str:
    """The page that lists all reports, each with the keys that `index` gives it."""
    template = _exporter().environment.get_template("contents.html.j2")
    html = template.render(page=_page(content, reports=reports))
    return _guarded(html, links=[report["html"] for report in reports])


def _page(content: Content, **more: Any) -> dict[str, Any]:
    """The names that the templates know."""
    from .. import __version__

    return {
        **{name: getattr(content, name) for name in Content.__slots__},
        **more,
        "language": current(),
        "style": _style(),
        "policy": _policy(_style()),
        "words": {
            "skip": _("Skip to the content"),
            "summary": _("Summary"),
            "contents": _("Contents"),
            "provenance": _("Where these numbers come from"),
            "files": _("Files that were read"),
            "file": _("File"),
            "none": _("There is no report yet."),
            "simulated": _("Simulated data: no firm and no customer named here exists."),
            "made_with": _("Made with carebench {version}.").format(version=__version__),
        },
    }


@cache
def _style() -> str:
    return (FOLDER / "template" / "style.css").read_text(encoding="utf-8")


def _policy(style: str) -> str:
    """Nothing may load or run, and of styles only the block that we wrote."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _exporter() -> Any:
    make: Any = TemplateExporter  # whose constructor has no types
    return make(
        template_name="template",
        template_file="index.html.j2",
        extra_template_basedirs=[str(FOLDER)],
        log=logging.getLogger("carebench.page"),
    )


def _place_of_contents(cells: Sequence[NotebookNode]) -> int:
    """Index of the cell that the list of contents follows: the summary, or else the first."""
    tagged = [i for i, c in enumerate(cells) if "summary" in c.metadata.get("tags", ())]
    return tagged[0] if tagged else 0


def _prose(prose: Prose, cell: NotebookNode) -> str:
    try:
        return prose.html(cell.source, cell.get("attachments"))
    except ValueError as error:
        raise UnsafePage(f"The page was not published: {error}.") from None


def _output(output: NotebookNode, prose: Prose) -> str:
    """One output of a cell as HTML; what was written to stderr is for the author alone."""
    if output.output_type == "stream":
        return _text(output.text) if output.name == "stdout" else ""
    kind = next((kind for kind in KINDS if kind in output.get("data", {})), "")
    if not kind or output.metadata.get("carebench", {}).get("in_masthead"):
        return ""
    data = output.data[kind]
    if kind.startswith("image/"):
        return _figure(kind, data, output.metadata)
    if kind == "text/html":
        return clean(data)
    return prose.html(data) if kind == "text/markdown" else _text(data)


def _text(text: str) -> str:
    cut = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "\n…"
    return f"<pre>{escape(cut)}</pre>"


def _figure(kind: str, data: str, metadata: Mapping[str, Any]) -> str:
    ours = metadata.get("carebench", {})
    alt, caption, name = (str(ours.get(key, "")) for key in ("alt", "caption", "figure"))
    if not alt.strip():
        raise UnsafePage(
            "The page was not published: a figure has no alternative text. Show it with "
            "show_figure, which takes it from the finding."
        )
    anchor = f' id="figure-{escape(name)}"' if name else ""
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    payload = "".join(data.split())
    return (
        f'<figure{anchor}><img src="data:{kind};base64,{escape(payload)}" '
        f'alt="{escape(alt)}"{_size(kind, payload)}>{words}</figure>'
    )


def _size(kind: str, payload: str) -> str:
    """Width and height in CSS pixels, so that the text does not jump while a page opens."""
    if kind != "image/png":
        return ""
    width, height = struct.unpack(">II", base64.b64decode(payload[:64])[16:24])
    return f' width="{round(width * 96 / DPI)}" height="{round(height * 96 / DPI)}"'


def _guarded(html: str, *, links: Sequence[str] = ()) -> str:
    found = faults(html, links=links)
    if found:
        raise UnsafePage(f"The page was not published: {'; '.join(dict.fromkeys(found))}.")
    return html
