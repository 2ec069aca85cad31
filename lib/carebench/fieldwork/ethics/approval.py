"""The page that an approver reads and signs: what will be asked, of whom, how often, and why.

Whether a scenario is decent no program can tell. So the questions stand beside the texts, and a
person answers them.
"""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime
from pathlib import Path

from ...language import _, speaking
from ...study import Scenario, Study
from ..journal.opening import Journal
from ..wave import Wave
from .burden import WIDTH, burden
from .gate import unready
from .signature import remember, sender_of, terms_of


def write_approval(
    study: Study, journal: Journal, wave: Wave, code: str, *, now: datetime | None = None
) -> Path:
    """Write the approver's page into the wave's folder, in the language `code`.

    The page names the code of what it asks to approve, as its file does, and the journal keeps it;
    a page to which something is missing is a draft and has none. A page with a code is never
    written again: somebody may have signed it.

    Parameters
    ----------
    study : Study
        Whose scenarios and sign-off are shown.
    journal : Journal
        Of the locked plan, whose attempts are counted.
    """
    now = now or datetime.now(UTC)
    ready = not unready(study, wave, journal, now)
    path = wave.folder / f"approval-{code}.txt"
    if ready:
        terms = terms_of(study, journal)
        remember(journal, terms, now)
        path = wave.folder / f"approval-{terms.code}-{code}.txt"
        if path.exists():
            return path
    path.touch(mode=0o600)
    path.chmod(0o600)  # of one that was there, too
    with speaking(code):
        path.write_text(_page(study, journal, code, ready=ready), encoding="utf-8")
    return path


def _page(study: Study, journal: Journal, code: str, *, ready: bool) -> str:
    texts = [
        (name, scenario)
        for name, scenario in study.fieldwork.scenarios.items()
        if scenario.text or scenario.subject
    ]
    parts = [_("To be approved before anybody is contacted: {title}").format(title=study.title)]
    parts += [_standing(study, journal, ready=ready)]
    parts += [_purpose(study), burden(study, journal)]
    written = journal.rows("SELECT DISTINCT language FROM probes WHERE state != 'cancelled'")
    codes = list(dict.fromkeys([code, *sorted(row["language"] for row in written)]))
    parts += [_names(study, codes), _("What is asked, word by word:")]
    parts += [_asked(name, scenario, codes) for name, scenario in texts]
    true = _("Each of these must be true. Mark it only after reading the texts above.")
    parts += [textwrap.fill(true, WIDTH)]
    parts += ["\n".join(_boxes())]
    parts += [_("Approved by (office or role), day, signature: ______________________________")]
    return "\n\n".join(parts) + "\n"


def _standing(study: Study, journal: Journal, *, ready: bool) -> str:
    """What a signature under this page holds for."""
    if not ready:
        said = _(
            "A draft, not to be signed yet: `carebench probe approve` says what is missing. Then "
            "it writes this page again."
        )
        return textwrap.fill(said, WIDTH)
    said = _(
        "Code of this page: {code}. Who signs it approves this plan, this purpose, this number of "
        "contacts, these recipients and this sender. What goes beyond it needs a new page and a "
        "new signature."
    )
    code = terms_of(study, journal).code
    return textwrap.fill(said.format(code=code), WIDTH, break_on_hyphens=False)


def _purpose(study: Study) -> str:
    sign_off = study.fieldwork.sign_off
    known = {
        _("Purpose"): sign_off.purpose,
        _("On what ground"): _grounds().get(sign_off.basis, ""),
        _("Own staff was told on"): sign_off.staff_told_on,
    }
    if sender := sender_of(study.fieldwork.mail):
        known[_("E-mails come from")] = sender
    return "\n".join(f"{name}: {text or '______'}" for name, text in known.items())


def _names(study: Study, codes: list[str]) -> str:
    """As whom we ask: names of nobody, in each language that is used."""
    personas = study.fieldwork.personas.values()
    names = [each.name[code] for code in codes for each in personas if each.name.get(code)]
    said = _("Invented names that are given: {names}")
    return textwrap.fill(said.format(names=", ".join(dict.fromkeys(names)) or "–"), WIDTH)


def _asked(name: str, scenario: Scenario, codes: list[str]) -> str:
    """One scenario, in the language of the page and in each that providers are written to in."""
    lines = [f"[{name}]"]
    for code in codes:
        for texts in (scenario.subject, scenario.text):
            if text := texts.get(code):
                lines.append(textwrap.indent(textwrap.fill(text, WIDTH - 4), "    "))
    source = scenario.source or "______"
    lines.append(_("    The true answer is public at: {source}").format(source=source))
    return "\n".join(lines)


def _boxes() -> list[str]:
    """The lines that no scenario may cross."""
    return [
        textwrap.fill(f"[ ] {text}", WIDTH, subsequent_indent="    ")
        for text in (
            _("Every question could be asked openly, and what it asks for is public."),
            _("Every contact can be closed at once; nobody is made to work for nothing."),
            _("Nothing is ordered, booked, reserved, cancelled or returned."),
            _("No emergency, accident, threat or danger to anybody is told."),
            _("No illness, medicine, pregnancy or other matter of health is told."),
            _("Nobody on the staff is complained of, praised, described or asked for by name."),
            _("No fraud, theft, debt or crime is told or asked about."),
            _("No document, number or name of a real person is used; names are invented."),
            _("No child and no person in need is played."),
            _("Nothing is asked for that is not public: no secrets, nothing about staff."),
            _("No review is left anywhere, and nothing is advertised."),
            _("No voice is recorded and no caller's number is hidden or feigned."),
            _("The results are used for no decision about a single employee."),
        )
    ]


def _grounds() -> dict[str, str]:
    return {
        "own": _("the client's own firm"),
        "contracted": _("a firm that works for the client by contract"),
        "competitor": _("competitors, through what they offer to everybody"),
        "public_body": _("a public body, through what it offers to everybody"),
    }
