"""An executed notebook becomes one HTML file that needs nothing else and runs nothing.

The layout is in the folder `template`; here are the facts that go into it and the guard at
the end. The same shell carries the index of all reports.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from nbformat import NotebookNode

from ..language import _, current
from .brand import Brand
from .markdown import Prose
from .pictures import picture
from .sanitise import clean, clean_code, faults
from .sections import without_skipped

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
    provider : str
        The provider that the page is about; none where it is about all.
    brand : Brand
        Logo, colours and words of the study.
    with_code : bool
        Whether each cell's code stands above its output, folded.
    """

    title: str
    masthead: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    files: Sequence[tuple[str, str]] = ()
    simulated: bool = False
    provider: str = ""
    brand: Brand = Brand()
    with_code: bool = False


def report_page(notebook: NotebookNode, content: Content) -> str:
    """The page of an executed `notebook`, whose metadata it changes.

    Raises
    ------
    UnsafePage
        A figure has no alternative text, a formula cannot be read, or something in the page
        could run or call out.
    """
    prose, brand = Prose(), content.brand
    introduction = _words(prose, _("Introduction"), brand.introduction)
    notebook.cells, left_out = without_skipped(notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.metadata["carebench_html"] = _prose(prose, cell.source, cell.get("attachments"))
        cell.metadata["carebench_code"] = _code(cell) if content.with_code else ""
    page = _page(
        content,
        introduction=introduction,
        left_out=_left_out(prose, left_out),
        conclusions=_words(prose, _("Conclusions"), brand.conclusions),
        reply=_reply(content),
        replies=_replies(prose, content),
        headings=[h for h in prose.headings if h.level == 2],
        contents_after=_place_of_contents(notebook.cells),
    )
    environment = _environment()
    environment.filters["html"] = lambda output: _output(output, prose)
    template = environment.get_template("index.html.j2")
    html = template.render(nb=notebook, resources={"page": page}).lstrip()
    return _guarded(html, images=_own_images(content))


def contents_page(reports: Sequence[Mapping[str, Any]], content: Content) -> str:
    """The page that lists all reports, each with the keys that `index` gives it."""
    template = _environment().get_template("contents.html.j2")
    html = template.render(page=_page(content, reports=reports))
    links = [report["html"] for report in reports]
    return _guarded(html, links=links, images=_own_images(content))


def _page(content: Content, **more: Any) -> dict[str, Any]:
    """The names that the templates know."""
    from .. import __version__

    style = _style() + content.brand.style
    return {
        **{name: getattr(content, name) for name in Content.__slots__},
        **more,
        "language": current(),
        "style": style,
        "policy": _policy(style),
        "names": _names(content.brand),
        "words": {
            "skip": _("Skip to the content"),
            "summary": _("Summary"),
            "contents": _("Contents"),
            "provenance": _("Where these numbers come from"),
            "files": _("Files that were read"),
            "file": _("File"),
            "none": _("There is no report yet."),
            "code": _("Code"),
            "logo": _logo_in_words(content.brand),
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
def _environment() -> Environment:
    # The templates escape each fact themselves, and what is HTML already went through `clean`.
    return Environment(loader=FileSystemLoader(FOLDER / "template"), autoescape=False)


def _place_of_contents(cells: Sequence[NotebookNode]) -> int:
    """Index of the cell that the list of contents follows: the summary, or else the first."""
    tagged = [i for i, c in enumerate(cells) if "summary" in c.metadata.get("tags", ())]
    return tagged[0] if tagged else 0


def _prose(
    prose: Prose, source: str, attachments: Mapping[str, Any] | None = None, *, below: int = 0
) -> str:
    try:
        return prose.html(source, attachments, below=below)
    except ValueError as error:
        raise UnsafePage(f"The page was not published: {error}.") from None


def _names(brand: Brand) -> list[str]:
    """For whom a page was made and by whom, as its masthead says it."""
    said = {_("For {client}"): brand.client, _("By {author}"): brand.author}
    return [words.format(client=name, author=name) for words, name in said.items() if name]


def _logo_in_words(brand: Brand) -> str:
    owner = brand.client or brand.author
    return _("Logo of {name}").format(name=owner) if owner else _("Logo")


def _words(prose: Prose, title: str, markdown: str) -> str:
    """A section of the author's words, under `title` where they bring no heading of their own."""
    if not markdown.strip():
        return ""
    first = re.search(r"^(#{1,6})\s", markdown, re.MULTILINE)
    titled = first is not None and not markdown[: first.start()].strip()
    head = "" if titled else prose.heading(title, 2)
    below = (2 if titled else 3) - (len(first[1]) if first else 1)
    return f"<section>{head}{_prose(prose, markdown, below=below)}</section>"


def _left_out(prose: Prose, sections: Sequence[str]) -> str:
    """The sections that could not be asked of this study, and why."""
    if not sections:
        return ""
    head = prose.heading(_("What could not be asked of this study"), 2)
    lines = "".join(f"<li>{escape(line)}</li>" for line in sections)
    return f'<section class="left-out">{head}<ul>{lines}</ul></section>'


def _reply(content: Content) -> str:
    """What the one provider that the page is about replied to its results."""
    text = content.brand.replies.get(content.provider, "")
    if not text:
        return ""
    head = _("{provider} replied:").format(provider=content.provider)
    return f'<section class="reply"><p class="finding">{escape(head)}</p>{_quoted(text)}</section>'


def _replies(prose: Prose, content: Content) -> str:
    """What every provider replied, on a page about all of them."""
    if content.provider or not content.brand.replies:
        return ""
    head = prose.heading(_("What the providers replied"), 2)
    replies = sorted(content.brand.replies.items())
    said = "".join(f"<h3>{escape(who)}</h3>{_quoted(text)}" for who, text in replies)
    return f'<section class="reply">{head}{said}</section>'


def _quoted(text: str) -> str:
    """Somebody else's words, exactly as they were sent."""
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())
    return f"<blockquote>{''.join(f'<p>{escape(part)}</p>' for part in paragraphs)}</blockquote>"


def _code(cell: NotebookNode) -> str:
    """The code of a cell in colours; nothing where there is none or it names this machine."""
    private = {"injected-parameters", "hide"} & set(cell.metadata.get("tags", ()))
    if private or cell.cell_type != "code" or not cell.source.strip():
        return ""
    from nbconvert.filters.highlight import Highlight2HTML

    make: Any = Highlight2HTML  # whose constructor has no types
    return clean_code(make(pygments_lexer="python3")(cell.source))


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
        behind = output.metadata.get("carebench", {}).get("behind_figure", False)
        return _behind_figure(clean(data)) if behind else clean(data)
    return prose.html(data) if kind == "text/markdown" else _text(data)


def _behind_figure(table: str) -> str:
    """The numbers of the figure above: folded, for it shows them all."""
    words = escape(_("The numbers behind the figure"))
    return f'<details class="numbers"><summary>{words}</summary>{table}</details>'


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
    try:
        image = picture(kind, data, alt=alt, narrow=str(ours.get("phone", "")))
    except (ValueError, OSError, struct.error):
        raise UnsafePage("The page was not published: a figure is no picture.") from None
    return f"<figure{anchor}>{image}{words}</figure>"


def _own_images(content: Content) -> list[str]:
    return [content.brand.logo] if content.brand.logo else []


def _guarded(html: str, *, links: Sequence[str] = (), images: Sequence[str] = ()) -> str:
    found = faults(html, links=links, images=images)
    if found:
        raise UnsafePage(f"The page was not published: {'; '.join(dict.fromkeys(found))}.")
    return html
