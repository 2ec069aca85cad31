"""Coding with buttons in a notebook: one item at a time, one press each, every press kept."""

from __future__ import annotations

from html import escape
from pathlib import Path
from time import monotonic
from typing import Any

from ... import language
from ...language import _, number
from ...methods.coders import UNSURE
from ...schema import DataError
from ...study import Study, load_study
from ..journal import open_journal
from ..phone.capture import Sentence
from ..wave import wave_of
from .codes import CODER, put, queue, take_back
from .drawing import Item
from .labels import MESSAGE_LABELS, RECORD_LABELS, labels_of
from .sheet import rules
from .texts import Shown, shown

STYLE = (
    "white-space: pre-wrap; max-width: 60em; max-height: 24em; overflow-y: auto; "
    "border-left: 3px solid #999; padding-left: 1em"
)
UNREAD_S = 0.5  # seconds in which nobody has read an item: a press so soon is a double click


def code_form(study: str | Path, coder: str = "C1") -> Any:
    """What `coder` is to code, with a button for each label; a sentence where there is nothing.

    Parameters
    ----------
    study : str or Path
        The study file.
    coder : str
        Code of the person who codes, never a name.

    Returns
    -------
    ipywidgets.Widget or Sentence

    Raises
    ------
    DataError
        The study file is wrong, the journal is damaged, or ipywidgets is not installed.
    """
    read = load_study(study)
    language.use(read.language)
    if not CODER.fullmatch(coder):
        return Sentence(
            _(
                "“{coder}” is no code of a coder. Give in the cell of the parameters a short one "
                "of letters, digits, _ and -, such as C1: never a name."
            ).format(coder=coder)
        )
    if not read.wave or not wave_of(read).journal.exists():
        return Sentence(
            _("Nothing has come back for {study} yet: there is nothing to code.").format(
                study=read.path.name
            )
        )
    form = CodeForm(read, coder)
    return form.box if form.item else Sentence(_("There is nothing left to code."))


class CodeForm:
    """The widgets of one coder. What was said is in the journal, and nowhere else."""

    def __init__(self, study: Study, coder: str) -> None:
        widgets = _widgets()
        self.study, self.coder = study, coder
        self.item: Item | None = None
        self.said: list[Item] = []  # in this sitting, the last one last
        self.progress, self.text = widgets.HTML(), widgets.HTML()
        labels = {**MESSAGE_LABELS, **RECORD_LABELS}
        labels[UNSURE] = labels.pop(UNSURE)  # last, below the labels of either kind
        self.buttons = {
            label: self._button(widgets, _(words), label) for label, words in labels.items()
        }
        self.undo = widgets.Button(
            description=_("Undo the last press"), layout=widgets.Layout(width="auto")
        )
        self.undo.on_click(self._undo)
        guide = widgets.HTML()
        self.guide = widgets.Accordion([guide], selected_index=0, titles=(_("How to code"),))
        self.choice = widgets.VBox(list(self.buttons.values()))
        parts = [self.guide, self.progress, self.text, self.choice, self.undo]
        self.box = widgets.VBox(parts)
        left = self.show()
        guide.value = "".join(f"<p>{escape(line)}</p>" for line in rules(left))

    def show(self) -> int:
        """Bring up the next item; return how many are left."""
        with open_journal(wave_of(self.study).journal) as journal:
            left = queue(journal, self.study, self.coder)
            self.item = left[0] if left else None
            seen = shown(journal, self.study, self.item) if self.item else None
        self.progress.value = escape(
            _("Coded in this sitting: {done}. Left: {left}.").format(
                done=number(len(self.said)), left=number(len(left))
            )
        )
        self.text.value = _as_html(seen) if seen else escape(_("There is nothing left to code."))
        labels = labels_of(self.item.kind) if self.item else {}
        for label, button in self.buttons.items():
            button.layout.display = "" if label in labels else "none"
        self.undo.disabled = not self.said
        self._since = monotonic()
        return len(left)

    def _button(self, widgets: Any, words: str, label: str) -> Any:
        button = widgets.Button(description=words, layout=widgets.Layout(width="26em"))
        button.on_click(lambda _button: self._press(label))
        return button

    def _press(self, label: str) -> None:
        if self.item is None or label not in labels_of(self.item.kind) or self._unread():
            return
        with open_journal(wave_of(self.study).journal) as journal:
            put(journal, self.item, self.coder, label)
        self.said.append(self.item)
        self.guide.selected_index = None  # folded away, so that text and buttons stand together
        self.show()

    def _undo(self, _button: Any) -> None:
        if self.said and not self._unread():
            with open_journal(wave_of(self.study).journal) as journal:
                take_back(journal, self.said.pop(), self.coder)
            self.show()

    def _unread(self) -> bool:
        """Whether the item has only just come: whoever pressed twice did not mean this one."""
        return monotonic() - self._since < UNREAD_S


def _as_html(seen: Shown) -> str:
    """What was written, as text: nothing in it is read as HTML, nothing is loaded."""
    subject = f"<b>{escape(seen.subject)}</b>\n\n" if seen.subject else ""
    return f'<div style="{STYLE}">{subject}{escape(seen.text)}</div>'


def _widgets() -> Any:
    try:
        import ipywidgets
    except ImportError:
        raise DataError('For the buttons, run `pip install "carebench[forms]"`.') from None
    return ipywidgets
