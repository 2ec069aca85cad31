"""From a study and its notebooks to HTML reports.

What a notebook cell may call to show something is here; rendering the reports is
`carebench.reporting.report`, loaded by whoever needs it, because it is slow to import.
"""

from .display import show_answer, show_figure, show_problems, show_study, show_table, show_text

__all__ = ["show_answer", "show_figure", "show_problems", "show_study", "show_table", "show_text"]
