"""Run a notebook, and say truly whether it ran.

papermill writes the parameters as a cell, and nbclient, which papermill runs on, runs the
cells. The verdict is ours: theirs calls a killed kernel, a time-out and `sys.exit(0)` a
success, and neither minds how much a cell prints.
"""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import IO, Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, v4
from papermill.translators import PythonTranslator
from traitlets.config import Config

from ..engine import WorkFolder
from . import warm
from .jobs import Limits
from .parameters import Value

LONGEST_CAUSE = 600
INJECTED = "injected-parameters"


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
    run = _Run(_with_values(notebook, values), name, limits or Limits())
    try:
        _run(run, folder)
    except CellExecutionError as error:
        raise run.failed(run.at, _cause(error.ename, error.evalue)) from None
    except CellTimeoutError:
        raise run.failed(run.at, run.too_long()) from None
    except (DeadKernelError, RuntimeError) as error:
        raise run.failed(run.at, run.too_much() or _death(folder, error)) from None
    run.check()
    return run.notebook


def _with_values(notebook: NotebookNode, values: Mapping[str, Value]) -> NotebookNode:
    """A copy of `notebook` with a cell that sets `values`, right after their defaults."""
    told: Any = PythonTranslator.codify(dict(values), "Parameters")
    cell: Any = v4.new_code_cell  # which has no types
    with_values = copy.deepcopy(notebook)
    at = next((i for i, c in enumerate(notebook.cells) if "parameters" in _tags(c)), -1)
    with_values.cells.insert(at + 1, cell(told, metadata={"tags": [INJECTED]}))
    return with_values


def _run(run: _Run, folder: Path) -> None:
    with (
        WorkFolder("cb-") as sockets,  # a socket's path must be short
        (folder / warm.LOG).open("wb") as log,
    ):
        client = _Client(
            run.notebook,
            kernel_name="python3",
            kernel_manager_class=type(
                "Kernel", (_Kernel,), {"folder": folder.resolve(), "last_words": log}
            ),
            config=Config(KernelManager=_transport(sockets)),
            timeout_func=run.time_left,
            on_cell_start=run.started,
            raise_on_iopub_timeout=True,
        )
        client.run = run
        client.reset_execution_trackers()
        with client.setup_kernel():
            for index, cell in enumerate(run.notebook.cells):
                client.execute_cell(cell, index)


class _Client(NotebookClient):
    """Runs cells, and ends the kernel when they print without end."""

    run: _Run

    def process_message(self, msg: Any, cell: NotebookNode, cell_index: int) -> Any:
        run, content = self.run, msg["content"]
        shown = (content.get("text", ""), *content.get("data", {}).values())
        run.output += sum(len(str(part)) for part in shown)
        if run.output <= run.limits.output:
            return super().process_message(msg, cell, cell_index)
        manager: Any = self.km
        manager.provisioner.process.kill()
        return None


class _Run:
    """Where a run is, how long it may go on, and what to say when it ends badly."""

    def __init__(self, notebook: NotebookNode, name: str, limits: Limits) -> None:
        self.notebook, self.name, self.limits = notebook, name, limits
        self.at = self.output = 0
        self.end = monotonic() + limits.notebook

    def started(self, *, cell: NotebookNode, cell_index: int) -> None:
        self.at = cell_index

    def time_left(self, cell: NotebookNode) -> float:
        return max(0.1, min(self.limits.cell, self.end - monotonic()))

    def too_long(self) -> str:
        limit, option = self.limits.notebook, "--report-limit"
        if monotonic() < self.end:
            limit, option = self.limits.cell, "--cell-limit"
        whole = "cell" if option == "--cell-limit" else "notebook"
        return f"the {whole} took longer than {limit:g} s and was stopped; {option} allows more"

    def too_much(self) -> str:
        if self.output <= self.limits.output:
            return ""
        return (
            f"the cells print more than {self.limits.output / 1e6:g} million characters, too many "
            "for a page, and were stopped; print a summary"
        )

    def failed(self, index: int, cause: str) -> ReportError:
        """The error of the cell at `index`, counted as the author sees the cells."""
        cells = [cell for cell in self.notebook.cells[: index + 1] if INJECTED not in _tags(cell)]
        number = sum(cell.cell_type == "code" for cell in cells)
        section = _section(cells)
        where = f"cell {number}" + (f" (“{section}”)" if section else "")
        return ReportError(f"{self.name}, {where}: {cause}")

    def check(self) -> None:
        """Refuse a notebook with an error in it, or with a cell that never ran."""
        for index, cell in enumerate(self.notebook.cells):
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
        argv.append(warm.NO_HISTORY)
        return KernelSpec(argv=argv, display_name="Python 3", language="python")

    async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
        # The user's IPython settings stay out too.
        environment = {**warm.environment(), "IPYTHONDIR": str(self.folder / "ipython")}
        kw |= {"env": environment, "cwd": str(self.folder)}
        kw |= {"stdout": subprocess.DEVNULL, "stderr": self.last_words}
        command, kw = await super()._async_pre_start_kernel(**kw)
        return list(command), dict(kw)

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        process = warm.kernel(self.connection_file, self.folder, kw["env"]["IPYTHONDIR"])
        if process is None:
            return await super()._async_launch_kernel(kernel_cmd, **kw)
        local: Any = self.provisioner
        local.process, local.pid, local.pgid = process, process.pid, process.pid


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
    lines = (folder / warm.LOG).read_text("utf-8", "replace").split("\n")
    words = [line.strip() for line in lines if line.strip()]
    if not isinstance(error, DeadKernelError) and not str(error).startswith("Kernel died"):
        words = [str(error)]
    last = f" Its last words: {words[-1][:LONGEST_CAUSE]}" if words else ""
    return (
        "the Python process of the notebook died. It may have run out of memory or been ended "
        f"from outside; try again.{last}"
    )


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", ()))


def _section(cells: list[NotebookNode]) -> str:
    """The last heading at or above the end of `cells`."""
    headings = [
        match[1]
        for cell in cells
        if cell.cell_type == "markdown"
        for match in re.finditer(r"^#{1,6}\s+(.+?)\s*$", cell.source, re.MULTILINE)
    ]
    return headings[-1] if headings else ""
