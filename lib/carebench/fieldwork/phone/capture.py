"""The form beside a telephone: what to dial, a button for each thing heard, what came of it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from ... import language
from ...language import _
from ...schema import DataError
from ...schema.words import SIX_POINTS
from ...study import load_study
from ..sheets.columns import FAULT_WORDS, OUTCOME_WORDS, POINT_HEADINGS
from ..sheets.words import clock, persona_name, request
from .stamps import BUTTONS, PERSON, Result
from .taking import Taking


class Sentence(str):
    """A sentence that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def call_form(study: str | Path, shopper: str = "", channel: str = "phone") -> Any:
    """The form of a shopper's calls, or a sentence where there is nothing to call.

    Parameters
    ----------
    study : str or Path
        The study file, whose wave has been planned.
    shopper : str
        Code of the person who calls.
    channel : str
        "phone", or another channel that answers at once.

    Returns
    -------
    ipywidgets.Widget or Sentence

    Raises
    ------
    DataError
        The study file is wrong, the shopper is not known, or ipywidgets is not installed.
    """
    read = load_study(study)
    language.use(read.language)
    if channel not in read.fieldwork.channels:
        return Sentence(
            _("{study} plans no attempts in this channel: there is nothing to do here.").format(
                study=read.path.name
            )
        )
    return Form(Taking(read, shopper, channel=channel)).box


class Form:
    """The widgets of one `Taking`. They show what it knows, and tell it what is pressed."""

    def __init__(self, taking: Taking) -> None:
        widgets = _widgets()
        self.taking = taking
        self.head, self.said = widgets.HTML(), widgets.HTML()
        self.next = _button(widgets, _("Next call"), self._next)
        self.stages = {
            stage: _button(widgets, _(name), lambda _b, stage=stage: self._press(stage))
            for stage, name in BUTTONS.items()
        }
        self.undo = _button(widgets, _("Undo the last press"), self._undo)
        self.outcome = widgets.Dropdown(description=_("Outcome"))
        faults = [(_(word), code) for code, word in FAULT_WORDS.items()]
        self.fault = widgets.Dropdown(options=faults, description=_("Whose failure"))
        self.resolved = widgets.Checkbox(description=_("I got what I asked for"))
        self.suspected = widgets.Checkbox(description=_("They seem to know that it is a test"))
        self.scores = {point: _points(widgets, point) for point in SIX_POINTS}
        self.note = widgets.Textarea(placeholder=_("Note, without names of their staff"))
        self.save = _button(widgets, _("Save"), self._save)
        answered = [self.resolved, self.suspected, *self.scores.values()]
        self.answered = widgets.VBox(answered)
        self.result = widgets.VBox([self.outcome, self.fault, self.answered, self.note, self.save])
        presses = widgets.HBox([*self.stages.values(), self.undo])
        self.box = widgets.VBox([self.head, self.next, presses, self.result, self.said])
        self.show()

    def show(self) -> None:
        """Bring every widget up to what is known."""
        stamps, probe = self.taking.stamps, self.taking.probe
        self.head.value = self._task() if probe else f"<p>{escape(self._waiting())}</p>"
        self.next.disabled = probe is not None
        for stage, button in self.stages.items():
            button.disabled = probe is None or not stamps.takes(stage)
            moment = stamps.at(stage)
            button.button_style = "success" if moment else ""
        self.undo.disabled = not stamps.times
        options = [(_(OUTCOME_WORDS[word]), word) for word in stamps.outcomes()]
        if self.outcome.options != tuple(options):
            self.outcome.options = options
            self.outcome.value = options[0][1]  # the likeliest; the widget itself chooses none
        over = probe is not None and stamps.at("ended") is not None
        for part in (self.outcome, self.fault, self.save):
            part.disabled = not over
        person = stamps.at(PERSON) is not None
        self.answered.layout.display = "" if person else "none"
        self.fault.layout.display = "none" if person else ""

    def _task(self) -> str:
        """What to dial, whom to be and what to ask; nothing of it is read as HTML."""
        probe, study = self.taking.probe, self.taking.study
        if probe is None:
            return ""
        lines = (
            f"{probe.provider}: {self.taking.recipient}",
            _("Their time: {time}").format(time=clock(probe.due, probe.zone)),
            _("Your invented name: {name}").format(name=persona_name(probe, study)),
            request(probe, study),
        )
        first, *others = (escape(line) for line in lines)
        return f"<h3>{first}</h3>" + "".join(f"<p>{line}</p>" for line in others)

    def _waiting(self) -> str:
        due = self.taking.next_due()
        if due is None:
            return _("No call is planned any more.")
        return _("The next call is due at {time}.").format(time=clock(due, self.taking.study.zone))

    def _next(self, _button: Any) -> None:
        self._try(self.taking.next)
        if self.taking.probe is None and not self.said.value:
            self._say(_("No call can be made now."))

    def _press(self, stage: str) -> None:
        self._try(lambda: self.taking.press(stage))

    def _undo(self, _button: Any) -> None:
        self._try(self.taking.undo)

    def _save(self, _button: Any) -> None:
        if self._try(lambda: self.taking.save(self._result())):
            self._say(_("Saved."))
            self._clear()

    def _result(self) -> Result:
        answered = self.taking.stamps.at(PERSON) is not None
        scores = {point: box.value for point, box in self.scores.items() if box.value}
        return Result(
            outcome=self.outcome.value,
            fault="" if answered else self.fault.value,
            resolved=answered and self.resolved.value,
            suspected=answered and self.suspected.value,
            scores=scores if answered else None,
            note=self.note.value,
        )

    def _clear(self) -> None:
        self.note.value, self.resolved.value, self.suspected.value = "", False, False
        for box in self.scores.values():
            box.value = 0
        self.show()

    def _try(self, act: Any) -> bool:
        """Do what was pressed, and show what came of it; a `DataError` is told, not thrown."""
        self._say("")
        try:
            done = bool(act())
        except DataError as error:
            self._say(str(error))
            return False
        finally:
            self.show()
        return done

    def _say(self, text: str) -> None:
        self.said.value = f"<p>{escape(text)}</p>" if text else ""


def _button(widgets: Any, name: str, act: Any) -> Any:
    button = widgets.Button(description=name)
    button.on_click(act)
    return button


def _points(widgets: Any, point: str) -> Any:
    options = [("–", 0), *((str(score), score) for score in range(1, 6))]
    return widgets.ToggleButtons(options=options, description=_(POINT_HEADINGS[point]))


def _widgets() -> Any:
    try:
        import ipywidgets
    except ImportError:
        raise DataError('For the form, run `pip install "carebench[forms]"`.') from None
    return ipywidgets
