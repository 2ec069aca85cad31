"""The README of an engagement, in the language of its reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..language import _, current, use


def readme(language: str) -> str:
    """What to fill in, which commands, and what is owed to the people at the other end."""
    before = current()
    use(language)
    try:
        return "\n\n".join(_paragraphs()) + "\n"
    finally:
        use(before)


def _paragraphs() -> Iterator[str]:
    yield "# " + _("An audit of customer care")
    yield "## " + _("What to fill in")
    yield _listed(_steps())
    yield "## " + _("Commands")
    yield _listed(f"`{command}`: {what}" for command, what in _commands())
    yield _(
        "`carebench report` uses the notebooks of the installed package; those in the folder "
        "`notebooks` are yours. Whoever runs a notebook runs its code: open only those you trust."
    )
    yield "## " + _("What is owed to the people at the other end")
    yield _listed(_ethics())


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _steps() -> Iterator[str]:
    yield _(
        "Fill in a template of the folder `data`, either the CSV file of a table or its sheet in "
        "`templates.xlsx`; the sheet `codebook` says what each column means. Only the tables "
        "that you have are needed."
    )
    yield _(
        "In `study.toml`, set the title, the wave and the time zone, and take the # away before "
        "the two lines of each table that you filled in."
    )
    yield _(
        "Where a file writes decimals with a comma, or dates with the day first, say so under the "
        'heading of its table: `decimal = ","`, `date_format = "%d/%m/%Y"`.'
    )
    if current() != "en":
        yield _(
            "What `study.toml`, the templates and the commands say of themselves is in English; "
            "the reports, this page and what is shown to shoppers and coders are not."
        )


def _commands() -> Iterator[tuple[str, str]]:
    yield "carebench check study.toml", _("lists every problem in the data, row by row.")
    yield (
        "carebench report study.toml",
        _("makes the reports; open `reports/index.html` in a browser."),
    )
    yield (
        "carebench export study.toml --out tables",
        _("writes the tables behind the reports as CSV and xlsx, de-identified."),
    )
    yield (
        "carebench plan study.toml",
        _(
            "where you make the attempts yourself: says what a plan can show; then `carebench "
            "probe`, `carebench import` and `carebench code` help to carry it out."
        ),
    )
    yield "jupyter lab notebooks", _("runs the notebooks by hand and lets you change them.")


def _ethics() -> Iterator[str]:
    yield _(
        "Write down who ordered the audit and why before the first contact; tell your own staff "
        "that audits take place."
    )
    yield _(
        "Ask only what could be asked openly: no emergencies, no invented orders, no complaints "
        "about named staff."
    )
    yield _("Take little of their time, and never keep a line busy that customers need.")
    yield _(
        "Keep no names of staff and record no call without consent; judge the firm, never one "
        "person."
    )
    yield _("Let a competitor reply before anything about it is published.")
