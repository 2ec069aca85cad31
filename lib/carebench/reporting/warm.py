"""Kernels that start at once, where the system can fork.

Most of a short report's time would go into a new kernel's imports. So each worker keeps one
parent process, which has done them and has run no cell. For every notebook it forks: the
kernel begins with the modules loaded, has a namespace of its own, and serves one report only.

The parent is started with the reduced environment that kernels get, so it never holds a
secret. It talks to its worker over two pipes, a line at a time, and ends with it.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path
from typing import IO, Any, NoReturn

LOG = "kernel.log"
# Nobody looks up what a kernel ran, and IPython would write each cell to a data base.
NO_HISTORY = "--HistoryManager.enabled=False"
# What kernels import when they begin, and what the notebooks import, themselves or through us.
PRELOADED = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completerlib",
    "IPython.core.debugger", "IPython.extensions.storemagic", "carebench.segmentation",
    "carebench.audit", "carebench.loyalty", "carebench.figures", "carebench.reporting",
    "carebench.reporting.tables", "matplotlib.backends.backend_agg", "matplotlib.pyplot",
    "seaborn", "scipy.stats", "scipy.optimize", "duckdb", "pyarrow.pandas_compat", "babel.numbers",
    "babel.dates", "babel.messages.pofile", "PIL.PngImagePlugin",
)  # fmt: skip


# What a kernel needs of the environment; whatever else is there, secrets too, stays out.
KEPT = {
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP",
    "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONHASHSEED",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA",
    "LOCALAPPDATA", "PROGRAMDATA", "NUMBER_OF_PROCESSORS", "OMP_NUM_THREADS",
}  # fmt: skip


def environment() -> dict[str, str]:
    """The environment of kernels: small, and without secrets."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key.upper() in KEPT or key.startswith("LC_")
    }
    return kept | {"PYTHONUTF8": "1", "MPLBACKEND": "agg", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


@cache
def possible() -> bool:
    """Whether this system can fork a process that has loaded much, and watch the child.

    On macOS a fork after such imports may crash, and Windows has none.
    """
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # an old or a guarded system
        return False
    return True


class Kernel:
    """A forked kernel, with what a kernel manager asks of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, parent: subprocess.Popen[bytes], pid: int) -> None:
        self._parent, self.pid = parent, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        heard = self._parent.stdout
        if self.returncode is None and heard is not None and select.select([heard], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        """Its exit code, once it has ended; that of a kill where the parent was killed too."""
        if self.returncode is None:
            self.returncode = _heard(self._parent).get("code", -signal.SIGKILL)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it and its own children the signal `number`."""
        if self.poll() is None:
            os.killpg(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


_parent: subprocess.Popen[bytes] | None = None


def start() -> None:
    """Start the parent where there can be one; it loads its modules while we go on."""
    global _parent
    if not possible() or (_parent is not None and _parent.poll() is None):
        return
    _parent = subprocess.Popen(
        [sys.executable, "-P", "-m", __name__],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        start_new_session=True,  # Ctrl-C is not for it
    )
    Finalize(None, _stop, (_parent,), exitpriority=1)


def kernel(connection_file: str, folder: Path, profile: str) -> Kernel | None:
    """A new kernel, listening where `connection_file` says and working in `folder`.

    Parameters
    ----------
    connection_file : str
        As jupyter_client writes it.
    folder : Path
        Holds the file `LOG`, which gets what the kernel writes to its own stderr.
    profile : str
        The folder of IPython's settings.

    Returns
    -------
    Kernel or None
        None where kernels cannot be forked.
    """
    start()
    if _parent is None:
        return None
    asked = {"file": connection_file, "folder": str(folder), "profile": profile}
    try:
        _tell(_parent.stdin, asked)
    except BrokenPipeError:
        return None
    answer = _heard(_parent)
    return Kernel(_parent, answer["pid"]) if "pid" in answer else None


def _tell(pipe: IO[bytes] | None, message: Mapping[str, Any]) -> None:
    if pipe is not None:
        pipe.write(json.dumps(message).encode() + b"\n")


def _heard(parent: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next line of the parent; nothing where it is gone."""
    line = parent.stdout.readline() if parent.stdout is not None else b""
    return dict(json.loads(line)) if line else {}


def _stop(parent: subprocess.Popen[bytes]) -> None:
    """End the parent, and with it the kernel that it watches."""
    for pipe in (parent.stdin, parent.stdout):
        if pipe is not None:
            pipe.close()
    try:
        parent.wait(2)
    except subprocess.TimeoutExpired:
        parent.kill()
        parent.wait()


def _serve() -> None:
    """Fork a kernel for each line that the worker writes, until it writes no more."""
    for module in PRELOADED:
        try:
            importlib.import_module(module)
        except ImportError:  # the cell that needs it will say so
            continue
    gc.freeze()  # what is loaded need not be searched again in each kernel
    while line := sys.stdin.buffer.readline():
        pid = os.fork()
        if not pid:
            _become_kernel(**json.loads(line))
            _leave()
        _answer({"code": _watched(pid)})


def _answer(message: Mapping[str, int]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def _watched(pid: int) -> int:
    """The exit code of a kernel, which is ended when the worker is gone."""
    watch = os.pidfd_open(pid)
    ended, _, _ = select.select([watch, sys.stdin], [], [])
    if watch not in ended:
        os.kill(pid, signal.SIGKILL)
    os.close(watch)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _become_kernel(file: str, folder: str, profile: str) -> None:
    """Turn this process, just forked, into a kernel; return when it has ended."""
    from ipykernel.kernelapp import IPKernelApp
    from numpy import random

    os.setsid()
    _answer({"pid": os.getpid()})
    nothing, log = os.open(os.devnull, os.O_RDWR), os.open(Path(folder, LOG), os.O_WRONLY)
    for target, source in enumerate((nothing, nothing, log)):
        os.dup2(source, target)
    os.environ["IPYTHONDIR"] = profile
    os.chdir(folder)
    random.seed()  # noqa: NPY002 - else every kernel would draw the same numbers
    IPKernelApp.launch_instance(argv=["-f", file, NO_HISTORY], parent_handle=os.getppid())


def _leave() -> NoReturn:
    """End this process tidily, without taking apart all that the parent had loaded.

    Python would visit every object for that, which takes longer than a kernel's start.
    """
    atexit._run_exitfuncs()
    os._exit(0)


if __name__ == "__main__":
    _serve()
