"""What may stand in a page: an allow-list for each fragment, and a check of the whole.

The fragments come from data, so nothing in them is trusted; the check at the end reads the
finished page the way a browser does and refuses it if anything in it could run or call out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import nh3

MATH = frozenset(
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot msup msub msubsup mover munder "
    "munderover mtable mtr mtd mstyle mpadded".split()
)
TEXT = frozenset(
    "p div section span br hr h1 h2 h3 h4 h5 h6 em strong b i s del sub sup abbr code pre kbd "
    "blockquote ul ol li dl dt dd a img figure figcaption table caption thead tbody tr th "
    "td".split()
)
SHELL = frozenset(
    "html head meta title style body header main nav footer details summary picture source".split()
)
ATTRIBUTES = {
    "*": {"id", "class"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "source": {"media", "srcset", "width", "height"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan", "data-label"},
    "div": {"role", "aria-label", "tabindex"},
    "math": {"display"},
}
# Attributes of the page's own shell, which no fragment may bring.
SHELL_ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name"}
CLASSES = {
    "p": {"finding", "skipped", "study"},
    "div": {"answer", "table", "wide", "notes"},
    "th": {"number", "short", "words"},
    "td": {"number", "short", "words"},
}
IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")


def clean(fragment: str) -> str:
    """`fragment` of HTML with nothing left in it that could run or call out."""
    return nh3.clean(
        fragment,
        tags=set(TEXT | MATH),
        clean_content_tags={"script", "style", "template", "noscript"},
        attributes={tag: set(names - {"class"}) for tag, names in ATTRIBUTES.items()},
        allowed_classes={tag: set(names) for tag, names in CLASSES.items()},
        attribute_filter=_attribute,
        url_schemes={"data"},
        link_rel=None,
    )


def clean_code(highlighted: str) -> str:
    """Highlighted source as text whose kinds of words are classes of `span`."""
    return nh3.clean(highlighted, tags={"pre", "span"}, attributes={"span": {"class"}})


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if value.startswith("#") else None
    if name == "src":
        return value if IMAGE.fullmatch(value) else None
    return value


def faults(page: str, *, links: Sequence[str] = (), images: Sequence[str] = ()) -> list[str]:
    """What in a finished page could run, call out, or leave a reader without an answer.

    Parameters
    ----------
    page : str
        A whole HTML page.
    links : sequence of str
        Files beside the page that it may link to.
    images : sequence of str
        Pictures, as data URIs, that it may show beside those that any fragment may bring.

    Returns
    -------
    list of str
        One sentence per fault; none where the page may be published.
    """
    reader = _Reader(frozenset(links), frozenset(images))
    reader.feed(page)
    reader.close()
    return reader.all_faults()


class _Reader(HTMLParser):
    """Walks through a page and notes every fault in it."""

    def __init__(self, links: frozenset[str], images: frozenset[str]) -> None:
        super().__init__()
        self.links = links
        self.images = images
        self.found: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.styles = 0
        self.policies = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TEXT | MATH | SHELL:
            self.found.append(f"it holds <{tag}>")
        self.styles += tag == "style"
        given = {name: value or "" for name, value in attrs}
        for name, value in given.items():
            self._attribute(tag, name, value)
        if tag == "img" and not given.get("alt", "").strip():
            self.found.append("an image has no alternative text")
        if tag == "img" and not given.get("src"):
            self.found.append("an image is not embedded in the page")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        known = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | SHELL_ATTRIBUTES
        if name not in known | {"aria-label"}:
            self.found.append(f"<{tag}> has the attribute {name}")
        if name == "id":
            self.ids.append(value)
        if name == "href" and value.startswith("#"):
            self.targets.append(value[1:])
        elif name == "href" and value not in self.links:
            self.found.append(f"it links to {value[:80]!r}")
        shown = name in ("src", "srcset")
        if shown and value not in self.images and not IMAGE.fullmatch(value):
            self.found.append(f"it loads {value[:80]!r}")
        if name == "http-equiv":
            self.policies += 1
            if value != "Content-Security-Policy":
                self.found.append(f"it gives the browser the order {value[:80]!r}")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style" and re.search(
            r"url\(|@import|expression\(", data, re.IGNORECASE
        ):
            self.found.append("its style sheet loads something")

    def all_faults(self) -> list[str]:
        twice = sorted({name for name in self.ids if self.ids.count(name) > 1})
        lost = sorted(set(self.targets) - set(self.ids))
        ends = [f"two things are called #{name}" for name in twice]
        ends += [f"a link leads to #{name}, which is not there" for name in lost]
        if (self.styles, self.policies) != (1, 1):
            ends.append("it needs exactly one style block and one security policy")
        return self.found + ends
