"""Run a notebook, and say truly whether it ran.

papermill runs the cells; the verdict is ours, because its own calls a killed kernel, a
time-out and `sys.exit(0)` a success.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import IO, Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill import execute_notebook
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from .jobs import Limits
from .parameters import Value

# What a kernel needs of the environment; whatever else is there, secrets too, stays out.
KEPT = {
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP",
    "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONHASHSEED",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA",
    "LOCALAPPDATA", "PROGRAMDATA", "NUMBER_OF_PROCESSORS", "OMP_NUM_THREADS",
}  # fmt: skip
LONGEST_CAUSE = 600
LOG = "kernel.log"


class ReportError(Exception):
    """A notebook did not run to its end, or its page may not be published; the message says why."""


def execute(
    notebook: NotebookNode,
    values: Mapping[str, Value],
    *,
    name: str,
    folder: Path,
    limits: Limits | None = None,
) -> NotebookNode:
    """`notebook` run from top to bottom with `values` as its parameters.

    Parameters
    ----------
    notebook : NotebookNode
        It is not changed.
    values : mapping
        Parameters that `parameters.accepted` let through.
    name : str
        Of the notebook, for messages.
    folder : Path
        A private folder, in which the kernel works.
    limits : Limits, optional
        How long it may take.

    Raises
    ------
    ReportError
        A cell failed, took too long, or did not run; the message names the notebook, the
        cell, its section and the cause.
    """
    run = _Run(notebook, name, limits or Limits())
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what it would say, we say
    try:
        done = _run(run, dict(values), folder)
    except PapermillExecutionError as error:
        raise run.failed(error.cell_index, _cause(error.ename, error.evalue)) from None
    except CellTimeoutError:
        raise run.failed(run.at, run.too_long()) from None
    except (DeadKernelError, RuntimeError) as error:
        raise run.failed(run.at, _death(folder, error)) from None
    run.check(done)
    return done


def _run(run: _Run, values: dict[str, Value], folder: Path) -> NotebookNode:
    with (
        tempfile.TemporaryDirectory(prefix="cb-") as sockets,  # a socket's path must be short
        (folder / LOG).open("wb") as log,
    ):
        done: NotebookNode = execute_notebook(
            run.notebook,
            None,
            parameters=values,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            kernel_manager_class=type(
                "Kernel", (_Kernel,), {"folder": folder.resolve(), "last_words": log}
            ),
            config=Config(KernelManager=_transport(Path(sockets))),
            timeout_func=run.time_left,
            on_cell_start=run.started,
        )
    return done


class _Run:
    """Where a run is, how long it may go on, and what to say when it ends badly."""

    def __init__(self, notebook: NotebookNode, name: str, limits: Limits) -> None:
        self.notebook, self.name, self.limits = notebook, name, limits
        self.at = 0
        self.end = monotonic() + limits.notebook

    def started(self, *, cell: NotebookNode, cell_index: int) -> None:
        self.at = cell_index

    def time_left(self, cell: NotebookNode) -> float:
        return max(0.1, min(self.limits.cell, self.end - monotonic()))

    def too_long(self) -> str:
        if monotonic() < self.end:
            return f"the cell took longer than {self.limits.cell:g} s and was stopped"
        return f"the notebook took longer than {self.limits.notebook:g} s and was stopped"

    def failed(self, index: int, cause: str) -> ReportError:
        """The error of the cell at `index` of the notebook as it ran."""
        cells = self.notebook.cells
        injected = _parameters_at(cells)
        at = index - 1 if injected is not None and index > injected else index
        number = sum(cell.cell_type == "code" for cell in cells[: at + 1])
        section = _section(cells[: at + 1])
        where = f"cell {number}" + (f" (“{section}”)" if section else "")
        return ReportError(f"{self.name}, {where}: {cause}")

    def check(self, done: NotebookNode) -> None:
        """Refuse a notebook with an error in it, or with a cell that never ran."""
        for index, cell in enumerate(done.cells):
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    raise self.failed(index, _cause(output.ename, output.evalue))
            if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
                raise self.failed(index, "the cell did not run, because the kernel stopped")


class _Kernel(AsyncKernelManager):
    """A kernel of the interpreter that runs now, whatever kernels the user has installed."""

    folder: Path
    last_words: IO[bytes]

    @property
    def kernel_spec(self) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")

    async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
        kw |= {"env": _environment(self.folder), "cwd": str(self.folder)}
        kw |= {"stdout": subprocess.DEVNULL, "stderr": self.last_words}
        command, kw = await super()._async_pre_start_kernel(**kw)
        return list(command), dict(kw)


def _environment(folder: Path) -> dict[str, str]:
    """A small environment, without secrets and without the user's IPython settings."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key.upper() in KEPT or key.startswith("LC_")
    }
    return kept | {
        "PYTHONUTF8": "1",
        "MPLBACKEND": "agg",
        "IPYTHONDIR": str(folder / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def _transport(sockets: Path) -> dict[str, str]:
    """How we talk to the kernel: sockets in a private folder where the system has them."""
    connection = {"connection_file": str(sockets / "kernel.json")}
    if os.name != "posix" or len(str(sockets)) > 80:
        return connection
    return {**connection, "transport": "ipc"}


def _cause(ename: str, evalue: str) -> str:
    """What went wrong, for someone who reads no tracebacks."""
    if ename == "SystemExit":
        return "the cell ended the notebook (sys.exit), so nothing after it ran"
    if ename == "KeyboardInterrupt":
        return "interrupted"
    if ename == "MemoryError":
        return "the machine has too little memory for this cell"
    words = re.sub(r"\x1b\[[0-9;]*m", "", evalue).strip()
    words = words if len(words) <= LONGEST_CAUSE else words[:LONGEST_CAUSE] + " …"
    return words if ename == "DataError" else f"{ename}: {words}".removesuffix(": ")


def _death(folder: Path, error: Exception) -> str:
    """That the kernel died, and its last words where there are any."""
    lines = (folder / LOG).read_text("utf-8", "replace").split("\n")
    words = [line.strip() for line in lines if line.strip()]
    if not isinstance(error, DeadKernelError) and not str(error).startswith("Kernel died"):
        words = [str(error)]
    last = f" Its last words: {words[-1][:LONGEST_CAUSE]}" if words else ""
    return (
        "the Python process of the notebook died. It may have run out of memory or been ended "
        f"from outside; try again.{last}"
    )


def _parameters_at(cells: list[NotebookNode]) -> int | None:
    """Index of the cell after which papermill puts the values."""
    return next(
        (i for i, c in enumerate(cells) if "parameters" in c.metadata.get("tags", ())), None
    )


def _section(cells: list[NotebookNode]) -> str:
    """The last heading at or above the end of `cells`."""
    headings = [
        match[1]
        for cell in cells
        if cell.cell_type == "markdown"
        for match in re.finditer(r"^#{1,6}\s+(.+?)\s*$", cell.source, re.MULTILINE)
    ]
    return headings[-1] if headings else ""
