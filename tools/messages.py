"""Bring the catalogue of translations up to date with the code and the notebooks.

python tools/messages.py            add new messages, drop those that are gone
python tools/messages.py --check    only say whether anything is missing or gone
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from carebench.language import CATALOGUES
from carebench.reporting.messages import notebook_messages, package_messages

ROOT = Path(__file__).resolve().parents[1]


def messages() -> list[str]:
    """Every message of the package and of the notebooks, each once, in order of appearance."""
    found = list(package_messages())
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        found += notebook_messages(json.loads(path.read_text(encoding="utf-8")))
    return list(dict.fromkeys(message for message in found if message))


def updated(path: Path, wanted: list[str]) -> tuple[Catalog, list[str], list[str]]:
    """The catalogue with just the messages `wanted`; those without translation; those gone."""
    with path.open("rb") as file:
        old = read_po(file)
    known = {str(m.id): str(m.string) for m in old if m.id}
    new = Catalog(
        locale=old.locale, project="carebench", header_comment=old.header_comment, fuzzy=False
    )
    for message in wanted:
        new.add(message, known.get(message, ""))
    missing = [message for message in wanted if not known.get(message)]
    return new, missing, [message for message in known if message not in wanted]


def main() -> int:
    """Update or check every catalogue; 1 where a message is missing or gone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args().check
    wrong = False
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/carebench.po")):
        catalogue, missing, gone = updated(path, messages())
        wrong |= bool(missing or (check and gone))
        for message in missing:
            print(f"{path.parts[-3]}: not translated: {message!r}")
        for message in gone if check else ():
            print(f"{path.parts[-3]}: no longer used: {message!r}")
        if not check:
            with path.open("wb") as file:
                write_po(file, catalogue, width=96, omit_header=False, sort_output=False)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
