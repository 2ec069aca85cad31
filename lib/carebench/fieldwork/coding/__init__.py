"""People code what the kit cannot tell, and some of what it can, without knowing of each other.

All items in doubt and a random share of the others are coded twice, blind to the provider; where
two people differ, a third decides. What they find corrects the shares of notebook 02.
"""

from .codes import decided, put, queue, take_back
from .drawing import Item, drawn_items
from .rows import coding_rows
from .status import Status, status

__all__ = [
    "Item",
    "Status",
    "coding_rows",
    "decided",
    "drawn_items",
    "put",
    "queue",
    "status",
    "take_back",
]
