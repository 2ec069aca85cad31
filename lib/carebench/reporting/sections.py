"""The sections of an executed notebook: those that could not be asked are gathered at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nbformat import NotebookNode


def without_skipped(cells: Sequence[NotebookNode]) -> tuple[list[NotebookNode], list[str]]:
    """The cells without the sections in which every question was skipped, and those sections.

    Returns
    -------
    (cells, left_out)
        `left_out` has a line for each such section: its heading, and why it could not be asked.
    """
    kept: list[NotebookNode] = []
    left_out: list[str] = []
    for chapter in _parts(cells, "##"):
        sections = list(_parts(chapter, "###"))
        reasons = _reasons_of(sections)
        if not all(reasons):
            reasons[0] = []  # what is left below it needs its heading
        for section, why in zip(sections, reasons, strict=True):
            if why:
                left_out.append(f"{_heading(section)} — {' '.join(why)}")
            else:
                kept += section
    return kept, left_out


def _heading(section: Sequence[NotebookNode]) -> str:
    """The words of the heading that begins a section."""
    first: str = section[0].source
    return first.partition("\n")[0].lstrip("#").strip()


def _parts(cells: Sequence[NotebookNode], marks: str) -> Iterator[list[NotebookNode]]:
    """Runs of cells, each begun by a heading with these marks; the first by whatever is there."""
    part: list[NotebookNode] = []
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source.startswith(f"{marks} ") and part:
            yield part
            part = []
        part.append(cell)
    if part:
        yield part


def _reasons_of(sections: Sequence[Sequence[NotebookNode]]) -> list[list[str]]:
    """For each section, why nothing of it could be asked; none where anything was.

    A section that asks and shows nothing was skipped for the reason that was said last.
    """
    found: list[list[str]] = []
    for section in sections:
        reasons = _reasons(section)
        silent = found and not _outputs(section) and any(c.cell_type == "code" for c in section)
        found.append(found[-1][-1:] if silent else reasons)
    return found


def _outputs(section: Sequence[NotebookNode]) -> list[NotebookNode]:
    return [out for cell in section if cell.cell_type == "code" for out in cell.outputs]


def _reasons(section: Sequence[NotebookNode]) -> list[str]:
    outputs = _outputs(section)
    if not outputs:
        return []
    skipped = [out.get("metadata", {}).get("carebench", {}).get("skipped") for out in outputs]
    return list(dict.fromkeys(skipped)) if all(skipped) else []
