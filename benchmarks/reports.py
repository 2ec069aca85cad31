"""Reports for every provider: carebench beside papermill and nbconvert in a loop by hand.

    python benchmarks/reports.py [--by-hand 6] [--jobs 2]

Prints, for each way, wall and CPU seconds per report (the processor time of every process
that was started), the ratio of the two, and what carebench adds to the cells' own work. How
it is measured stands in README.md beside this file.
"""

from __future__ import annotations

import argparse
import atexit
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from carebench import resources
from carebench.reporting import plan, warm
from carebench.reporting.jobs import Job

STUDY = resources.folder("example") / "study.toml"
BIN = Path(sys.executable).parent


def main() -> None:
    """Measure both ways and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--by-hand", type=int, default=6, help="reports made by hand (%(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="of carebench (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        jobs = plan.plan(STUDY, out, each_provider=True)
        step = max(1, len(jobs) // arguments.by_hand)
        by_hand = _measured(lambda job: _by_hand(job, out), jobs[::step][: arguments.by_hand])
        ours = _measured(lambda _: _carebench(out, arguments.jobs), [None])
        cells = _measured(_cells, jobs) if warm.possible() else None
    _print(by_hand, (ours[0] / len(jobs), ours[1] / len(jobs)), cells, len(jobs))


def _measured(work, things) -> tuple[float, float]:
    """Wall and CPU seconds that `work` takes for each thing, in the processes that it starts."""
    wall, cpu = time.perf_counter(), _cpu()
    for thing in things:
        work(thing)
    return (time.perf_counter() - wall) / len(things), (_cpu() - cpu) / len(things)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _by_hand(job: Job, out: Path) -> None:
    done = out / "done.ipynb"
    given = [word for name, value in job.values.items() for word in ("-p", name, str(value))]
    command = [BIN / "papermill", job.notebook, done, "-k", "python3", "--no-progress-bar", *given]
    subprocess.run(command, check=True, capture_output=True)
    command = [BIN / "jupyter-nbconvert", "--to", "html", "--no-input", done]
    subprocess.run(command, check=True, capture_output=True)


def _carebench(out: Path, jobs: int) -> None:
    command = [BIN / "carebench", "report", STUDY, "--each", "provider", "--out", out / "reports"]
    subprocess.run([*command, "--jobs", str(jobs)], check=True, capture_output=True)


def _cells(job: Job) -> None:
    """The cells alone, in a process that is forked with everything imported."""
    for module in warm.PRELOADED:
        importlib.import_module(module)
    pid = os.fork()
    if not pid:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        notebook = json.loads(job.notebook.read_text(encoding="utf-8"))
        names: dict[str, object] = {}
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)
                if "parameters" in cell["metadata"].get("tags", ()):
                    names |= job.values
        atexit._run_exitfuncs()
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        raise SystemExit(f"the cells of {job.slug} failed")


def _print(by_hand, ours, cells, n: int) -> None:
    print(f"{n} reports by carebench; seconds per report:       wall    CPU")
    print(f"papermill and nbconvert, in a loop by hand        {by_hand[0]:6.2f} {by_hand[1]:6.2f}")
    print(f"carebench report --each provider                  {ours[0]:6.2f} {ours[1]:6.2f}")
    print(f"carebench is faster by a factor of                {by_hand[0] / ours[0]:6.1f} "
          f"{by_hand[1] / ours[1]:6.1f}")  # fmt: skip
    if cells is not None:
        print(f"the cells alone, with everything imported                {cells[1]:6.2f}")
        print(f"so carebench adds                                        {ours[1] - cells[1]:6.2f}")


if __name__ == "__main__":
    main()
