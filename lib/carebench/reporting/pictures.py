"""A figure in a page: drawn for a desk and for paper, and once more for a phone."""

from __future__ import annotations

import base64
import io
import struct
from html import escape

from . import phone
from .display import DPI

SCREENS = "screen and (max-width: 34rem)"  # phones, as in style.css

TALL = 1.2  # times as high as wide: paper gives it more room, or its words could not be read


def picture(kind: str, data: str, *, alt: str, narrow: str = "") -> str:
    """The HTML of a picture, which a phone shows as `narrow` where there is such a drawing.

    Parameters
    ----------
    kind : str
        Media type of `data`.
    data : str
        The picture, in base64.
    alt : str
        What it shows, in words.
    narrow : str
        The same figure as a PNG drawn for a phone, in base64.
    """
    image = f'<img src={_embedded(kind, data, DPI, smaller=bool(narrow))} alt="{escape(alt)}">'
    if not narrow:
        return image
    drawn = _embedded("image/png", narrow, phone.DPI, smaller=True)
    return f'<picture><source media="{SCREENS}" srcset={drawn}>{image}</picture>'


def _embedded(kind: str, data: str, dpi: int, *, smaller: bool) -> str:
    """A quoted data URI and, where it is known, the size of the picture in CSS pixels.

    With its size the text does not jump while a page opens. Our own figures become WebP, which
    loses nothing and has six tenths of the bytes: so the page has room for both drawings.
    """
    payload, size = "".join(data.split()), ""
    if kind == "image/png":
        width, height = struct.unpack(">II", base64.b64decode(payload[:64])[16:24])
        size = f' width="{round(width * 96 / dpi)}" height="{round(height * 96 / dpi)}"'
        size += ' class="tall"' * (height > TALL * width)
    if smaller:
        kind, payload = "image/webp", _webp(payload)
    return f'"data:{kind};base64,{escape(payload)}"{size}'


def _webp(png: str) -> str:
    from PIL import Image

    file = io.BytesIO()
    drawn = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    drawn.save(file, "webp", lossless=True, quality=60)  # of the effort: more gains nothing
    return base64.b64encode(file.getvalue()).decode()
