"""The list of all reports in a folder, made from their manifests.

A manifest is a small JSON file beside a report, written after it. A report whose manifest
does not fit it, because a run was cut short between the two, is left out until it is
rendered again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ..language import LANGUAGES, _, date, number, use
from ..schema import DataError
from .files import private_folder, publish
from .jobs import Job
from .provenance import sha256

NAME = "index.html"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the list says of one report."""

    slug: str
    title: str
    study: str
    wave: str
    provider: str
    notebook: str
    language: str
    made: str
    headline: str
    problems: int | None
    simulated: bool
    html: str
    sha256: str
    made_from: str = ""
    origin: str = ""

    def write(self, out: Path, *, private: Path) -> None:
        """Publish the manifest beside its report."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        publish(text + "\n", out / f"{self.slug}.json", private=private)


def manifests(out: Path) -> list[Manifest]:
    """The manifests in the folder `out` that fit their reports, by study, wave and slug."""
    found = [known for path in out.glob("*.json") if (known := _read(path)) is not None]
    return sorted(found, key=lambda m: (m.study, m.wave, m.provider, m.language, m.slug))


def is_made(job: Job) -> bool:
    """Whether the report of `job` is there, whole, and made from the same as it would be now."""
    manifest = _read(job.html.with_suffix(".json"))
    return manifest is not None and manifest.made_from == job.made_from


def refuse_others(jobs: Sequence[Job]) -> None:
    """Two studies of one file name must not overwrite each other's reports.

    Raises
    ------
    DataError
        The folder holds a report of that name which another study file made.
    """
    for job in jobs:
        manifest = _read(job.html.with_suffix(".json"))
        if manifest is not None and manifest.origin not in ("", job.origin):
            raise DataError(
                f"{job.html.name} in {job.out} was made from another study file (“"
                f"{manifest.study}”). Name another folder with --out, or rename the study file."
            )


def write_index(out: Path, language: str) -> Path:
    """Write `index.html` over all reports in `out`, in the reader's `language`."""
    from .page import Content, contents_page

    use(language)
    reports = [_entry(manifest) for manifest in manifests(out)]
    page = contents_page(reports, Content(_("Reports")))
    with private_folder(out) as private:
        publish(page, out / NAME, private=private)
    return out / NAME


def _read(path: Path) -> Manifest | None:
    """The manifest at `path`; None where it is another JSON file, or fits no report."""
    try:
        manifest = Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    texts = [f.name for f in fields(Manifest) if f.name not in ("problems", "simulated")]
    if not all(isinstance(getattr(manifest, name), str) for name in texts):
        return None
    html = path.with_suffix(".html")
    if manifest.html != html.name or not html.is_file() or sha256(html) != manifest.sha256:
        return None
    return manifest


def _entry(manifest: Manifest) -> dict[str, Any]:
    """One report as the template shows it."""
    facts = [manifest.provider, _language_name(manifest.language), _day(manifest.made)]
    if manifest.simulated:
        facts.append(_("simulated data"))
    if isinstance(manifest.problems, int):
        facts.append(_("problems found in the data: {n}").format(n=number(manifest.problems)))
    group = f"{manifest.study} · {manifest.wave}" if manifest.wave else manifest.study
    return {**asdict(manifest), "group": group, "facts": [fact for fact in facts if fact]}


def _language_name(code: str) -> str:
    return {"en": "English", "vi": "Tiếng Việt"}[code] if code in LANGUAGES else ""


def _day(made: str) -> str:
    try:
        return date(dt.datetime.fromisoformat(made))
    except ValueError:
        return ""
