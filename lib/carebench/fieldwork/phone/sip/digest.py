"""Digest authentication (RFC 8760, RFC 7616): the password itself never leaves this machine."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence

ALGORITHMS = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}  # the better one first
_PART = re.compile(r'([a-zA-Z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


def challenge_of(headers: Sequence[str]) -> dict[str, str] | None:
    """The best challenge that we can answer; None where there is none."""
    read = [_parts(header) for header in headers if header.lower().startswith("digest")]
    for algorithm in ALGORITHMS:
        for parts in read:
            qop = [word.strip() for word in parts.get("qop", "auth").split(",")]
            same = parts.get("algorithm", "MD5").upper() == algorithm
            if same and "auth" in qop and "nonce" in parts and "realm" in parts:
                return parts
    return None


def answer(
    challenge: Mapping[str, str],
    *,
    user: str,
    password: str,
    method: str,
    uri: str,
    cnonce: str = "",
) -> str:
    """The value of (Proxy-)Authorization that answers `challenge`.

    `cnonce` is drawn by chance where it is not given.
    """
    name = challenge.get("algorithm", "MD5").upper()
    realm, nonce = challenge["realm"], challenge["nonce"]
    secret = _hash(name, f"{user}:{realm}:{password}")
    request = _hash(name, f"{method}:{uri}")
    parts = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    if "qop" in challenge:
        cnonce = cnonce or secrets.token_hex(8)
        response = _hash(name, f"{secret}:{nonce}:00000001:{cnonce}:auth:{request}")
        parts["cnonce"] = cnonce
    else:
        response = _hash(name, f"{secret}:{nonce}:{request}")
    parts["response"] = response
    if "opaque" in challenge:
        parts["opaque"] = challenge["opaque"]
    quoted = [f'{key}="{_escaped(value)}"' for key, value in parts.items()]
    plain = [f"algorithm={name}"] if "algorithm" in challenge else []
    plain += ["qop=auth", "nc=00000001"] if "qop" in challenge else []
    return "Digest " + ", ".join([*quoted, *plain])


def _parts(header: str) -> dict[str, str]:
    text = header.partition(" ")[2]
    return {
        found[1].lower(): re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3]
        for found in _PART.finditer(text)
    }


def _hash(algorithm: str, text: str) -> str:
    return ALGORITHMS[algorithm](text.encode()).hexdigest()


def _escaped(value: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", value)
