"""What a study sets about the look of its reports, and what people say in them.

A logo is embedded and has to be harmless, a colour has to be readable, words are read from
their files: all of it is checked before the first notebook runs.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from ..schema import DataError
from ..sources import refuse_unknown_names
from ..sources.field import naming
from ..sources.opened import clean_name
from ..study import Study

LARGEST_LOGO = 200_000  # bytes: one file with all its figures stays small enough to mail
LONGEST_WORDS = 20_000
LEAST_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3
# The paler of the two grounds on which the accent stands, from `template/style.css`.
GROUNDS = {"light": "#f4f6f8", "dark": "#1d2329"}
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Brand:
    """What `read` made of a study's table `brand`.

    Parameters
    ----------
    logo : str
        The picture as a data URI.
    style : str
        CSS that sets the study's colours.
    client, author : str
        Names for the masthead.
    introduction, conclusions : str
        Markdown.
    replies : mapping of str to str
        By provider, its reply as plain text.
    """

    logo: str = ""
    style: str = ""
    client: str = ""
    author: str = ""
    introduction: str = ""
    conclusions: str = ""
    replies: Mapping[str, str] = field(default_factory=dict)


def read(study: Study, providers: set[str] | None = None) -> Brand:
    """The brand of `study`, with its files read.

    Where the study is limited to one provider, words that name another are left out, which
    standard error says once.

    Parameters
    ----------
    study : Study
    providers : set of str, optional
        Every provider that the study's tables name; read from them where not given.

    Raises
    ------
    DataError
        A file is missing, outside the study's folder, too large or no picture; or a colour
        cannot be read on the page.
    """
    given = study.brand
    words = {
        "client": given.client,
        "introduction": _words(study, "introduction", given.introduction),
        "conclusions": _words(study, "conclusions", given.conclusions),
        **{f"replies.{who}": text for who, text in given.replies.items() if text.strip()},
    }
    if study.provider:
        words = _about_one(study, words, providers)
    return Brand(
        logo=_logo(study) if given.logo else "",
        style=_style(study) if given.accent or given.accent_dark else "",
        client=words.get("client", ""),
        author=given.author,
        introduction=words.get("introduction", ""),
        conclusions=words.get("conclusions", ""),
        replies={who: words[key] for who in given.replies if (key := f"replies.{who}") in words},
    )


def _about_one(
    study: Study, words: Mapping[str, str], providers: set[str] | None
) -> dict[str, str]:
    """Of `words`, by key of the study's table `brand`, those that name no other provider."""
    own = clean_name(study.provider)
    given = {
        key: text
        for key, text in words.items()
        if text and (not key.startswith("replies.") or key == f"replies.{study.provider}")
    }
    if not given:
        return {}
    known = refuse_unknown_names(study) if providers is None else providers
    found = naming(given.values(), known - {own}, own)
    left_out = [f"brand.{key}" for key, text in given.items() if text in found]
    if left_out:
        _warn(
            f"{study.path.name}: {', '.join(left_out)} name another provider, so a report limited "
            "to one leaves them out."
        )
    return {key: text for key, text in given.items() if text not in found}


@cache
def _warn(text: str) -> None:
    """Say it on standard error, once a run."""
    print(f"carebench: warning: {text}", file=sys.stderr)


def _logo(study: Study) -> str:
    key, name = "brand.logo", study.brand.logo
    data = _bytes(study, key, _inside(study, key, name))
    if len(data) > LARGEST_LOGO:
        raise DataError(
            f"{study.path.name}: {key} names {name!r} of {len(data):,} bytes. Expected at most "
            f"{LARGEST_LOGO:,}, since it is put into every page. Save it smaller."
        )
    kinds = [kind for signature, kind in SIGNATURES.items() if data.startswith(signature)]
    if not kinds:
        _check_drawing(study, data)
    kind = kinds[0] if kinds else "image/svg+xml"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _check_drawing(study: Study, data: bytes) -> None:
    """A browser runs nothing in an SVG that is an image; a reader may open it by itself."""
    refusal = f"{study.path.name}: brand.logo names {study.brand.logo!r}, "
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise DataError(f"{refusal}an SVG with a document type. Save it as plain SVG, or as PNG.")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError:
        root = ElementTree.Element("")
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        raise DataError(f"{refusal}which is no picture. Expected a PNG, JPEG or SVG file.")
    for element in root.iter():
        if found := _danger(element):
            raise DataError(
                f"{refusal}an SVG with {found}, which could run or call out. Save it as plain "
                "SVG without it, or as PNG."
            )


def _danger(element: ElementTree.Element) -> str:
    tag = str(element.tag).rpartition("}")[2].lower()
    if tag in ("script", "foreignobject", "iframe", "handler", "listener"):
        return f"<{tag}>"
    for name, value in element.attrib.items():
        local = name.rpartition("}")[2].lower()
        if local.startswith("on"):
            return f"the attribute {local}"
        if local in ("href", "src") and not re.match(r"#|data:image/(png|jpeg);", value.strip()):
            return f"a link to {value[:60]!r}"
        if _loads(value):
            return f"the style {value[:60]!r}"
    return "a style sheet that loads something" if _loads(element.text or "") else ""


def _loads(text: str) -> bool:
    """Whether a style fetches something; a reference inside the drawing is no fetch."""
    return bool(re.search(r"@import|url\((?>\s*['\"]?)(?!#)", text, re.IGNORECASE))


def _words(study: Study, key: str, given: str) -> str:
    """Markdown as it stands, or from the file that is named; in the reports' language first."""
    given = given.strip()
    if "\n" in given or not given.lower().endswith(".md"):
        return _short_enough(study, key, given)
    path = _inside(study, f"brand.{key}", given)
    translated = path.with_suffix(f".{study.language}.md")
    data = _bytes(study, f"brand.{key}", translated if translated.is_file() else path)
    try:
        return _short_enough(study, key, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DataError(f"{path.name} is not UTF-8 text. Save it as UTF-8.") from None


def _short_enough(study: Study, key: str, text: str) -> str:
    if len(text) > LONGEST_WORDS:
        raise DataError(
            f"{study.path.name}: brand.{key} has {len(text):,} characters. Expected at most "
            f"{LONGEST_WORDS:,}."
        )
    return text


def _inside(study: Study, key: str, name: str) -> Path:
    path = study.source(name).resolve()
    if not path.is_relative_to(study.root):
        raise DataError(
            f"{study.path.name}: {key} is {name!r}, outside the study's folder. Copy the file "
            "into it."
        )
    return path


def _bytes(study: Study, key: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{study.path.name}: {key} names {path.name!r}, which cannot be read: "
            f"{error.strerror}. Put the file into the study's folder."
        ) from None


def _style(study: Study) -> str:
    """The study's accent, for light pages, dark pages and paper."""
    light, dark = study.brand.accent, study.brand.accent_dark
    _check_colour(study, "accent", light or "#0b5c8a", "light")
    dark = dark or _readable(light, "dark")
    _check_colour(study, "accent_dark", dark, "dark")
    rule = ":root {{ --accent: {}; }}"
    usual = rule.format(light) if light else ""
    return (
        f"{usual}\n@media (prefers-color-scheme: dark) {{ {rule.format(dark)} }}\n"
        f"@media print {{ {usual} }}\n"
    )


def _check_colour(study: Study, key: str, colour: str, page: str) -> None:
    where = f"{study.path.name}: brand.{key} is {colour!r}"
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise DataError(f"{where}. Expected six digits behind a #, such as '#0b5c8a'.")
    ratio = contrast(colour, GROUNDS[page])
    if ratio < LEAST_CONTRAST:
        raise DataError(
            f"{where}, whose contrast with a {page} page is {ratio:.1f}:1. Expected at least "
            f"{LEAST_CONTRAST}:1, so that everybody can read it: take "
            f"{_readable(colour, page)!r}, the nearest shade of it that is readable."
        )


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours such as "#0b5c8a", from 1 to 21 [1]_.

    .. [1] W3C (2023), Web Content Accessibility Guidelines 2.2, "contrast ratio".
    """
    low, high = sorted(_luminance(_channels(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> Colour:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _readable(colour: str, page: str) -> str:
    """`colour`, mixed with as little black (on light) or white (on dark) as makes it readable."""
    towards = 0.0 if page == "light" else 1.0
    mixed = colour
    for step in range(101):
        parts = [c + (towards - c) * step / 100 for c in _channels(colour)]
        mixed = "#" + "".join(f"{round(part * 255):02x}" for part in parts)
        if contrast(mixed, GROUNDS[page]) >= LEAST_CONTRAST:
            break
    return mixed
