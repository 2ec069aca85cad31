"""E-mails as they stand: whose address each bears, what a probe's says, what one that came says."""

from .addresses import address_of, reference_of, token_in
from .composing import Composed, compose

__all__ = ["Composed", "address_of", "compose", "reference_of", "token_in"]
