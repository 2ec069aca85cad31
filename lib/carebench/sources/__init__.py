"""Files, patterns of files, databases and queries become checked tables and a list of problems.

A file is found and unpacked (`files`) and becomes rows of text (`opened`: `textfiles`,
`workbooks`, `readers` for the rest; `sandbox` and `queries` for SQL). Rows become columns of
ours (`columns`, `loading`), text becomes values (`parsing`), and values are checked (`checks`).
`care` puts these together: one path for every table, small or large.
"""

from .care import Care, check_study, open_study
from .checks import Problems

__all__ = ["Care", "Problems", "check_study", "open_study"]
