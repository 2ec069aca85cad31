"""Who makes a call: a person, or the program by the account of [fieldwork.sip]."""

from __future__ import annotations

from ...study import Study


def is_by_sip(study: Study, channel: str, shopper: str) -> bool:
    """Whether the attempts of a shopper in a channel are those of `carebench probe sip`."""
    sip = study.fieldwork.sip
    return bool(sip.server) and channel == "phone" and shopper == sip.shopper
