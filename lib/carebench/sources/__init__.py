"""Files, patterns of files, databases and queries become checked tables and a list of problems.

A file is found and unpacked (`files`) and becomes rows of text (`opened`: `textfiles`,
`workbooks`, `readers` for the rest; `sandbox` and `queries` for SQL). Rows become columns of
ours (`columns`, `loading`), text becomes values (`parsing`), and values are checked (`checks`):
what cannot be used is listed (`problems`) and left out (`usable`), or refused (`unreadable`).
A large table that is `stored` with the right types is asked where it lies instead (`typed`, by
the SQL of `typed_values`); attempts too many for memory are checked like any other table, and
held as a sample (`sampled`). `reading` puts these together, and `care` is what comes of it: a
study ready to be asked. `named` knows what the study names and its tables lack. `opening` opens
a study with the earlier waves that it is compared with.
"""

from .care import Care
from .named import refuse_unknown_names
from .opening import NOTHING_EARLIER, located, open_study, wave_names
from .problems import Problems
from .reading import check_study

__all__ = [
    "NOTHING_EARLIER",
    "Care",
    "Problems",
    "check_study",
    "located",
    "open_study",
    "refuse_unknown_names",
    "wave_names",
]
