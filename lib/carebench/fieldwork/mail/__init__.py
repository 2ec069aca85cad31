"""E-mail: what each probe says, how it is sent once and only once, how answers are fetched."""

from .addresses import address_of, reference_of, token_in
from .composing import Composed, compose

__all__ = ["Composed", "address_of", "compose", "reference_of", "token_in"]
