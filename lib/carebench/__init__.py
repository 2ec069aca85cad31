"""carebench audits and benchmarks customer care.

>>> import carebench
>>> care = carebench.open_study("study.toml")  # doctest: +SKIP

`open_study` reads a study file, checks its tables and returns them with a list of every
problem that was found. The questions of the three notebooks are in `carebench.segmentation`,
`carebench.audit` and `carebench.loyalty`.
"""

from .estimate import Estimate
from .schema import DataError
from .sources import Care, open_study
from .study import Study, load_study

__all__ = ["Care", "DataError", "Estimate", "Study", "load_study", "open_study"]
__version__ = "0.1.0"
