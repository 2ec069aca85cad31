"""What the project promises about itself: its commands, its pins, its manners."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest

from conftest import ROOT, skip_or_fail

COMMANDS = (
    "pip install -c constraints.txt -e . && carebench report",
    'pip install -c constraints.txt -e ".[test]" && pytest',
)


def test_the_readme_opens_with_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = [line for line in text.splitlines() if line.startswith("pip install")]
    assert tuple(found) == COMMANDS
    assert text.index(COMMANDS[0]) < 400


def test_the_readme_shows_a_picture_that_exists():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text):
        assert (ROOT / target).is_file(), target
    for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_every_dependency_is_pinned_without_an_address():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    for line in pins:
        assert re.fullmatch(r"[a-z0-9._-]+==[\w.+!]+( ; .+)?", line), line
    pinned = {line.partition("==")[0] for line in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    names = {re.split(r"[<>=!\[ ]", name)[0].lower() for name in wanted}
    assert names - {project["name"]} <= pinned
    assert {"colorama", "appnope", "pexpect"} <= pinned  # Windows, macOS, POSIX


def _tracked():
    git = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if git.returncode:
        skip_or_fail("no git here, so the files of the project are not known")
    return [ROOT / name for name in git.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize(
    "pattern",
    [r"/home/\w+/", r"/root/", r"py" + r"pi\.org", r"pythonhosted" + r"\.org", r"[A-Z]:\\Users\\"],
)
def test_no_file_names_a_machine_or_a_registry(pattern):
    for path in _tracked():
        if path.suffix in (".png", ".gz", ".xlsx", ".parquet") or path == ROOT / __file__:
            continue
        assert not re.search(pattern, path.read_text(encoding="utf-8")), path


def test_no_file_is_large():
    assert max(path.stat().st_size for path in _tracked()) < 1_500_000
