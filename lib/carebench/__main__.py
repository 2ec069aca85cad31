"""`python -m carebench` is the command `carebench`."""

import sys

from .cli import main

sys.exit(main())
