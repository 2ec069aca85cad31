"""Imports go one way, and importing the package stays light."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from carebench import fieldwork

PACKAGE = Path(__file__).resolve().parents[1] / "lib" / "carebench"

# From the ground up. A room imports from rooms below it, or from inside itself.
LAYERS = (
    ("language", "resources", "locks"),
    ("schema",),
    ("estimate", "finding"),
    ("methods",),
    ("settings",),
    ("study",),
    ("simulate", "published", "figures", "engine", "queries"),
    ("sources",),
    ("segmentation", "audit"),
    ("fieldwork",),
    ("loyalty",),  # what care is worth rests on who the customers are and how care works
    ("engagement",),
    ("reporting",),
    ("cli",),
)
DEPTH = {room: depth for depth, layer in enumerate(LAYERS) for room in layer}

# Beyond the order of the layers: rooms that must not know some of those below them.
MAY_KNOW = {
    "figures": {"estimate", "language"},
    "methods": {"estimate", "language", "schema"},
    "simulate": {"schema", "estimate", "language", "study"},
    "fieldwork": {"estimate", "language", "locks", "methods", "schema", "settings", "study"},
}


def _imports():
    """Every import inside the package: (file, room that imports, room imported)."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            base = list(parts[: len(parts) - node.level])
            target = base + (node.module.split(".") if node.module else [])
            for name in [target[0]] if target else [alias.name for alias in node.names]:
                yield path.name, parts[0], name


def test_modules_import_only_from_lower_layers():
    for file, room, imported in _imports():
        if room in ("__init__", "__main__", imported) or imported == "__version__":
            continue
        assert DEPTH[imported] < DEPTH[room], f"{file} ({room}) imports {imported}"


def test_figures_methods_and_the_simulation_know_no_more_than_they_need():
    for file, room, imported in _imports():
        if room in MAY_KNOW and imported != room:
            assert imported in MAY_KNOW[room], f"{file} ({room}) imports {imported}"


def test_methods_read_no_files_and_draw_nothing():
    for path in sorted((PACKAGE / "methods").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for word in ("matplotlib", "seaborn", "open(", "read_csv", "Path("):
            assert word not in text, f"{path.name} mentions {word}"


def test_importing_the_package_loads_neither_statsmodels_nor_seaborn_nor_duckdb():
    code = "import carebench, sys; print(' '.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"statsmodels", "seaborn", "duckdb", "matplotlib", "papermill", "nbconvert", "scipy"}
    assert not heavy & set(loaded)
    assert "carebench.sources" in loaded


def test_every_room_of_the_package_has_its_layer():
    rooms = {p.stem for p in PACKAGE.glob("*.py")} | {
        p.name for p in PACKAGE.iterdir() if (p / "__init__.py").exists()
    }
    assert rooms - {"__init__", "__main__"} == set(DEPTH)


def _known_inside(house: Path) -> dict[str, set[str]]:
    """The rooms of a house, or modules that lie in none, each with those that it imports."""
    known: dict[str, set[str]] = {}
    for path in sorted(house.rglob("*.py")):
        parts = path.relative_to(house).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and 0 < node.level <= len(parts):
                target = [*parts[: len(parts) - node.level], *(node.module or "").split(".")]
                names = [alias.name for alias in node.names] if target == [""] else target[:1]
                known.setdefault(parts[0], set()).update(names)
    return {room: known[room] - {room} for room in known if room != "__init__"}


@pytest.mark.parametrize("house", ["audit", "fieldwork", "loyalty"])
def test_the_rooms_of_a_house_import_each_other_one_way(house):
    known = _known_inside(PACKAGE / house)
    placed: set[str] = set().union(*known.values()) - set(known)  # these import nothing here
    assert known
    while free := {room for room in known if room not in placed and known[room] <= placed}:
        placed |= free
    assert set(known) <= placed, f"in a circle: {sorted(set(known) - placed)}"


def test_the_rooms_of_the_fieldwork_stand_in_the_order_in_which_they_are_listed():
    known = _known_inside(PACKAGE / "fieldwork")
    listed = re.findall(r"^(\w+)  ", fieldwork.__doc__, re.MULTILINE)
    assert set(listed) >= set(known)
    for place, room in enumerate(listed):
        assert known.get(room, set()) <= set(listed[:place]), room
