"""Whatever ends a run, the old report stays whole, and the message says what happened."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from nbformat import v4

from carebench.cli import main
from carebench.locks import AlreadyRunning, locked
from carebench.reporting import files, warm, workers
from carebench.reporting.execute import ReportError, execute
from carebench.reporting.index import manifests
from carebench.reporting.jobs import Limits
from test_reporting import code, good_cells, notebook_of, render, study, write  # noqa: F401

posix = pytest.mark.skipif(os.name != "posix", reason="needs signals and limits of POSIX")
linux = pytest.mark.skipif(not warm.possible(), reason="this system does not fork kernels")

# What happens in a cell, and what the reader is told of it.
FAILURES = {
    "exception": ("raise RuntimeError('no data')", "RuntimeError: no data"),
    "data error": (
        "from carebench import DataError\nraise DataError('attempts.csv is empty.')",
        ": attempts.csv is empty.",
    ),
    "tagged": ("1/0", "ZeroDivisionError"),
    "exit": ("import sys\nsys.exit(0)", "ended the notebook (sys.exit), so nothing after it ran"),
    "ended": ("import os\nos._exit(0)", "the Python process of the notebook died"),
    "too slow": ("import time\ntime.sleep(60)", "took longer than 2 s and was stopped; --cell-lim"),
    "interrupted": ("raise KeyboardInterrupt", "interrupted"),
    "too much": ("while True: print('x' * 100_000)", "the cells print more than 1 million"),
}
if os.name == "posix":
    FAILURES |= {
        "killed": (
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
            "It may have run out of memory or been ended from outside; try again",
        ),
        "deaf": (
            "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)",
            "took longer than 2 s and was stopped",
        ),
        "memory": (
            "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\n"
            "bytearray(2**33)",
            "the machine has too little memory for this cell",
        ),
    }


@pytest.fixture(params=["forked", "plain"])
def kernels(request, monkeypatch):
    """Both kinds of kernel: forked from a warm parent, and started afresh."""
    if request.param == "plain":
        monkeypatch.setattr(warm, "possible", lambda: False)
        monkeypatch.setattr(warm, "_parent", None)
    elif not warm.possible():
        pytest.skip("this system does not fork kernels")


@pytest.mark.parametrize("event", FAILURES)
def test_a_cell_that_did_not_end_well_is_a_readable_failure(event, kernels, tmp_path):
    source, cause = FAILURES[event]
    cell = code(source, *(["raises-exception"] if event == "tagged" else []))
    notebook = notebook_of(v4.new_markdown_cell("## Costs"), cell, code("1 + 1"))
    limits = Limits(2 if "took longer" in cause else 30, 60, 1e6)
    with pytest.raises(ReportError) as failure:
        execute(notebook, {"study": "x"}, name="n.ipynb", folder=tmp_path, limits=limits)
    assert str(failure.value).startswith("n.ipynb, cell 2 (“Costs”): ")
    assert cause in str(failure.value)
    assert "Traceback" not in str(failure.value)


def test_a_notebook_that_takes_too_long_as_a_whole_is_stopped(tmp_path):
    notebook = notebook_of(*(code("import time\ntime.sleep(1.5)") for _ in range(9)))
    with pytest.raises(ReportError, match="the notebook took longer than 3 s"):
        execute(notebook, {"study": "x"}, name="n", folder=tmp_path, limits=Limits(60, 3))


def test_a_kernel_begins_with_no_names_but_its_own(kernels, tmp_path):
    shown = "print(sorted(n for n in globals() if not n.startswith('_')))\nimport sys\nsys.path[0]"
    done = execute(notebook_of(code(shown)), {"study": "x"}, name="n", folder=tmp_path)
    names = "['In', 'Out', 'confidence_level', 'exit', 'get_ipython', 'language', 'open', "
    names += "'provider', 'quit', 'study', 'wave']"
    assert done.cells[-1].outputs[0].text.strip() == names


def test_a_kernel_sees_no_secret_and_runs_in_this_interpreter(kernels, tmp_path, monkeypatch):
    monkeypatch.setenv("CLIENT_TOKEN", "hunter2")
    source = "import os, sys\nprint(sys.executable, sorted(os.environ.items()))"
    done = execute(notebook_of(code(source)), {"study": "x"}, name="n", folder=tmp_path)
    text = done.cells[-1].outputs[0].text
    assert "hunter2" not in text
    assert text.startswith(sys.executable)
    assert "('MPLBACKEND', 'agg')" in text and "('PYTHONUTF8', '1')" in text
    assert f"('IPYTHONDIR', '{tmp_path / 'ipython'}')" in text


@linux
def test_the_warm_parent_was_never_told_a_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIENT_TOKEN", "hunter2")
    monkeypatch.setattr(warm, "_parent", None)
    source = "import os\nprint(open(f'/proc/{os.getppid()}/environ').read())"
    done = execute(notebook_of(code(source)), {"study": "x"}, name="n", folder=tmp_path)
    assert "PYTHONUTF8" in done.cells[-1].outputs[0].text
    assert "hunter2" not in done.cells[-1].outputs[0].text


@linux
def test_no_two_kernels_draw_the_same_random_numbers(tmp_path):
    cells = notebook_of(code("import random, numpy\nprint(random.random(), numpy.random.rand())"))
    drawn = [
        execute(cells, {"study": "x"}, name="n", folder=tmp_path).cells[-1].outputs[0].text.split()
        for _ in range(2)
    ]
    assert drawn[0][0] != drawn[1][0] and drawn[0][1] != drawn[1][1]


@linux
def test_a_kernel_serves_one_report_and_what_it_changes_ends_with_it(tmp_path):
    spoil = "import carebench, seaborn\ncarebench.spoilt = seaborn.spoilt = True"
    seen = "import carebench, seaborn\nprint(hasattr(carebench, 'spoilt'))"
    execute(notebook_of(code(spoil)), {"study": "x"}, name="n", folder=tmp_path)
    done = execute(notebook_of(code(seen)), {"study": "x"}, name="n", folder=tmp_path)
    assert done.cells[-1].outputs[0].text == "False\n"


def test_what_a_cell_left_open_is_closed_when_its_kernel_ends(kernels, tmp_path):
    closed = tmp_path / "closed"
    source = f"import atexit, pathlib\natexit.register(pathlib.Path({str(closed)!r}).touch)"
    execute(notebook_of(code(source)), {"study": "x"}, name="n", folder=tmp_path)
    assert closed.exists()


@linux
def test_a_kernel_that_ends_does_not_take_apart_what_its_parent_had_loaded(tmp_path):
    taken = tmp_path / "taken apart"
    source = (
        f"import carebench, os\nclass Part:\n    def __del__(self, mkdir=os.mkdir):\n"
        f"        mkdir({str(taken)!r})\ncarebench.part = Part()"
    )
    execute(notebook_of(code(source)), {"study": "x"}, name="n", folder=tmp_path)
    assert not taken.exists()


def test_a_kernel_keeps_no_record_of_what_it_ran(kernels, tmp_path):
    kept = code("print(get_ipython().history_manager.enabled)")
    done = execute(notebook_of(kept), {"study": "x"}, name="n", folder=tmp_path)
    assert done.cells[-1].outputs[0].text == "False\n"


def test_a_worker_builds_no_grammar_that_no_notebook_needs():
    grammar = pytest.importorskip("lark").__name__
    loaded = "__import__('nbformat.v4') and sorted(__import__('sys').modules)"
    with workers._worker() as worker:
        modules = worker.submit(eval, loaded).result()
    assert "jsonschema" in modules and grammar not in modules


@linux
def test_a_warm_parent_that_is_killed_fails_one_report_and_is_replaced(tmp_path):
    source = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(30)"
    with pytest.raises(ReportError, match="the Python process of the notebook died"):
        execute(notebook_of(code(source)), {"study": "x"}, name="n", folder=tmp_path)
    done = execute(notebook_of(code("1 + 1")), {"study": "x"}, name="n", folder=tmp_path)
    assert done.cells[-1].outputs[0].data["text/plain"] == "2"


@pytest.fixture
def old(study, tmp_path, _worker):  # noqa: F811
    """A report that was made, and how it and its manifest are now."""
    path = write(tmp_path, "02_audit", notebook_of(*good_cells()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "_worker", _worker)
        render(study, tmp_path / "out", path)
    return kept(tmp_path / "out")


def kept(out):
    """Each file of a report, and any draft; but the folder that a killed worker leaves behind."""
    found = [p for p in out.iterdir() if p.is_file() and p.name != "index.html"]
    return {p.name: p.read_bytes() for p in found}


def test_a_failure_leaves_the_old_report_as_it_was(study, old, tmp_path):  # noqa: F811
    path = write(tmp_path, "02_audit", notebook_of(*good_cells(), code("import os\nos._exit(1)")))
    results, _lines = render(study, tmp_path / "out", path)
    assert results[0].failure
    assert kept(tmp_path / "out") == old


@posix
def test_a_killed_worker_fails_its_report_and_no_other(study, old, tmp_path):  # noqa: F811
    mark = tmp_path / "running"
    write(tmp_path, "02_audit", waiting(mark))
    names = ["02_audit", "03_next"]
    write(tmp_path, "03_next", notebook_of(*good_cells()))

    def kill():
        assert eventually(mark.exists)
        for child in multiprocessing.active_children():
            os.kill(child.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    paths = [tmp_path / f"{name}.ipynb" for name in names]
    results, _lines = render(study, tmp_path / "out", *paths, jobs=1)
    killer.join()
    assert "ended from outside or ran out of memory" in results[0].failure
    assert not results[1].failure
    assert {name: kept(tmp_path / "out")[name] for name in old} == old
    assert (tmp_path / "out" / "index.html").exists()


RUN = """
import resource, sys
from pathlib import Path
from carebench import cli
from carebench.reporting import plan
if __name__ == "__main__":
    if {limit}:  # no file may grow beyond this: a write then fails as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
    plan._own_notebooks = lambda: [Path({notebook!r})]
    sys.exit(cli.main(["report", {study!r}, "--out", {out!r}]))
"""


def waiting(mark):
    """A notebook that says that it runs, and then does not end."""
    source = f"import os, time\nopen({str(mark)!r}, 'a').write(f'{{os.getpid()}} ')\ntime.sleep(99)"
    return notebook_of(code(source))


def command(study, out, notebook, folder, limit=0):  # noqa: F811
    """The command line in a process of its own, with one notebook."""
    script = folder / "run.py"
    script.write_text(
        RUN.format(study=str(study), out=str(out), notebook=str(notebook), limit=limit)
    )
    return subprocess.Popen(
        [sys.executable, script],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


STOPS = {
    "SIGINT": (130, "interrupted; reports that were finished are kept"),
    "SIGTERM": (143, "ended from outside (SIGTERM); reports that were finished are kept"),
    "SIGKILL": (-9, ""),
}


@posix
@pytest.mark.parametrize("sent", STOPS)
def test_a_run_that_is_stopped_leaves_no_process_and_no_draft(sent, study, old, tmp_path):  # noqa: F811
    out, mark = tmp_path / "out", tmp_path / "running"
    path = write(tmp_path, "02_audit", waiting(mark))
    run = command(study, out, path, tmp_path)
    assert eventually(lambda: mark.exists() and mark.read_text().endswith(" "))
    os.kill(run.pid, getattr(signal, sent))
    said = run.communicate(timeout=120)[1]
    exit_code, words = STOPS[sent]
    assert (run.returncode, words in said) == (exit_code, True)
    assert "Traceback" not in said
    assert eventually(lambda: kept(out) == old and not list(out.glob(".carebench-*")))
    assert eventually(lambda: not alive(int(mark.read_text())))


@posix
def test_ctrl_c_at_the_keyboard_reaches_the_whole_group_and_ends_in_order(study, old, tmp_path):  # noqa: F811
    out, mark = tmp_path / "out", tmp_path / "running"
    path = write(tmp_path, "02_audit", waiting(mark))
    run = command(study, out, path, tmp_path)
    assert eventually(lambda: mark.exists() and mark.read_text().endswith(" "))
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate(timeout=120)[1]
    assert run.returncode == 130
    assert said == "carebench: interrupted; reports that were finished are kept.\n"
    assert eventually(lambda: kept(out) == old and not alive(int(mark.read_text())))


@posix
def test_a_full_disk_leaves_the_old_report_and_says_so(study, old, tmp_path):  # noqa: F811
    out = tmp_path / "out"
    path = write(tmp_path, "02_audit", notebook_of(*good_cells("Firm B")))
    run = command(
        study, out, path, tmp_path, limit=len(old["bank-2026-q3-02_audit.html"]) * 9 // 10
    )
    said = run.communicate(timeout=120)[1]
    assert run.returncode == 1
    assert "The report cannot be written: File too large. Make room, or name another" in said
    assert "1 of 1 reports failed; their old versions, if any, are as they were" in said
    assert kept(out) == old


@posix
def test_a_second_run_says_that_the_report_is_being_made(study, old, tmp_path):  # noqa: F811
    out, mark = tmp_path / "out", tmp_path / "running"
    path = write(tmp_path, "02_audit", waiting(mark))
    run = command(study, out, path, tmp_path)
    try:
        assert eventually(mark.exists)
        results, _lines = render(study, out, path)
        assert results[0].failure.startswith("already running: another process is making this")
        assert "Wait for it" in results[0].failure
    finally:
        run.kill()
        run.communicate()
    assert eventually(lambda: kept(out) == old)
    write(tmp_path, "02_audit", notebook_of(*good_cells("Firm C")))
    assert not render(study, out, path)[0][0].failure


def test_a_lock_is_free_again_when_its_holder_is_killed(tmp_path):
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom carebench.locks import locked\n"
        f"with locked(Path({str(tmp_path / 'l')!r})):\n    print('held', flush=True)\n"
        "    time.sleep(99)"
    )
    holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held" + os.linesep.encode()
    with pytest.raises(AlreadyRunning), locked(tmp_path / "l"):
        pass
    holder.kill()
    holder.communicate()
    with locked(tmp_path / "l"):
        pass
    assert not (tmp_path / "l").exists()


def test_only_one_of_many_holds_a_lock_though_its_file_comes_and_goes(tmp_path):
    inside, most, turns = [], [], []

    def compete():
        for _ in range(300):
            try:
                with locked(tmp_path / "l"):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
                    turns.append(1)
            except AlreadyRunning:
                continue

    threads = [threading.Thread(target=compete) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1 and len(turns) > 1


def test_a_reader_during_the_write_sees_the_old_page_or_the_new_one(tmp_path):
    target, private = tmp_path / "r.html", tmp_path / "private"
    private.mkdir()
    pages = {letter * 2_000_000 for letter in "ab"}
    files.publish(max(pages), target, private=private)
    read, ended = [], threading.Event()

    def look():
        while not ended.is_set():
            read.append(target.read_text(encoding="utf-8") in pages)

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(20):
        for page in sorted(pages):
            files.publish(page, target, private=private)
    ended.set()
    reader.join()
    assert read and all(read)


def test_a_run_that_ends_between_page_and_manifest_is_made_again(study, old, tmp_path):  # noqa: F811
    out = tmp_path / "out"
    (out / "bank-2026-q3-02_audit.html").write_text("a newer page, without its manifest")
    assert manifests(out) == []
    results, _lines = render(study, out, tmp_path / "02_audit.ipynb")
    assert not results[0].skipped and len(manifests(out)) == 1


def test_the_exit_codes_are_documented(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["report", "--help"])
    assert stop.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    for words in ("0 every report is there", "1 a report failed", "2 the command", "130 Ctrl-C"):
        assert words in said


def eventually(holds, seconds=150):
    """Whether something comes to hold within a time that no machine should need."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
