"""The form beside a telephone: what to dial, a button for each thing heard, what came of it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from ... import language
from ...language import N_, _
from ...schema import DataError
from ...schema.words import SIX_POINTS
from ...study import Study, load_study
from ..rules.callers import is_by_sip
from ..sheets.columns import FAULT_WORDS, OUTCOME_WORDS, POINT_HEADINGS
from ..sheets.words import clock, persona_name, request
from ..wave import wave_of
from .stamps import BUTTONS, ENDED, MENU, PERSON, RINGING, Result
from .taking import Taking

OTHERWISE = {RINGING: N_("Begun"), MENU: N_("Machine")}  # on the buttons, where nothing rings
TWICE_S = 0.5  # seconds between the clicks of a double click, at most
WHOLE = {"description_width": "initial"}  # or what stands before a list is cut off
WIDE = {"width": "34em"}


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
        The study file is wrong, the journal is damaged, or ipywidgets is not installed.
    """
    read = load_study(study)
    language.use(read.language)
    if why := _why_none(read, shopper, channel):
        return Sentence(why)
    return Form(Taking(read, shopper, channel=channel)).box


def _why_none(study: Study, shopper: str, channel: str) -> str:
    """Why there is no form, in a sentence; "" where there is one."""
    name, known = study.path.name, study.fieldwork.shoppers
    if channel not in study.fieldwork.channels:
        said = _("{study} plans no attempts in this channel: there is nothing to do here.")
        return said.format(study=name)
    if shopper not in known:
        said = _("Say in the cell of the parameters who you are: shopper is one of {shoppers}.")
        return said.format(shoppers=", ".join(known))
    if is_by_sip(study, channel, shopper):
        said = _(
            "The calls of {shopper} are made by the program (`carebench probe sip`), not by "
            "hand. Say another shopper in the cell of the parameters."
        )
        return said.format(shopper=shopper)
    if not study.wave or not wave_of(study).journal.exists():
        said = _("The plan of {study} is not locked yet: there is nothing to call.")
        return said.format(study=name)
    return ""


class Form:
    """The widgets of one `Taking`. They show what it knows, and tell it what is pressed."""

    def __init__(self, taking: Taking) -> None:
        widgets = _widgets()
        self.taking = taking
        self.head, self.hint, self.said = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.next = _button(widgets, _("Next call"), self._next)
        self.stages = {
            stage: _button(widgets, name, lambda _b, stage=stage: self._press(stage))
            for stage, name in self._names().items()
        }
        self.undo = _button(widgets, _("Undo the last press"), self._undo)
        self.outcome = widgets.Dropdown(description=_("Outcome"), style=WHOLE, layout=WIDE)
        faults = [("–", ""), *((_(word), code) for code, word in FAULT_WORDS.items())]
        self.fault = widgets.Dropdown(
            options=faults, description=_("Whose failure"), style=WHOLE, layout=WIDE
        )
        self.resolved = _box(widgets, _("I got what I asked for"))
        self.suspected = _box(widgets, _("They seem to know that it is a test"))
        self.scores = {point: _points(widgets, point) for point in SIX_POINTS}
        words = _("Note, without names of their staff")
        self.note = widgets.Textarea(placeholder=words, layout=WIDE)
        self.save = _button(widgets, _("Save"), self._save)
        answered = [self.resolved, self.suspected, *self.scores.values()]
        self.answered = widgets.VBox(answered)
        self.result = widgets.VBox([self.outcome, self.fault, self.answered, self.note, self.save])
        presses = widgets.HBox([*self.stages.values(), self.undo])
        parts = [self.head, self.next, self.hint, presses, self.result, self.said]
        self.box = widgets.VBox(parts)
        self._undone = -TWICE_S
        self.show()

    def show(self) -> None:
        """Bring every widget up to what is known."""
        stamps, probe = self.taking.stamps, self.taking.probe
        self.head.value = self._task() if probe else f"<p>{escape(self._waiting())}</p>"
        self.hint.value = self._what_to_do()
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

    def _names(self) -> dict[str, str]:
        """What stands on the buttons: nothing rings in a chat, nor at a counter."""
        other = {} if self.taking.channel == "phone" else OTHERWISE
        return {stage: _(name) for stage, name in {**BUTTONS, **other}.items()}

    def _what_to_do(self) -> str:
        """What comes next, and when what was pressed: a wrong press is seen at once."""
        stamps, names = self.taking.stamps, self._names()
        if self.taking.probe is None:
            return ""
        if not stamps.times:
            words = _("Begin now, and press “{first}” at the first sign, also if the line is busy.")
        elif not stamps.at(ENDED):
            words = _("Press what comes when it comes, and “{last}” when it is over.")
        else:
            words = _("Choose how it ended, and save.")
        said = words.format(first=names[RINGING], last=names[ENDED])
        zone = ZoneInfo(self.taking.study.zone or "UTC")
        pressed = (f"{names[at]} {time.astimezone(zone):%H:%M:%S}" for at, time in stamps.times)
        return f"<p>{escape(said)}<br>{escape(' · '.join(pressed))}</p>"

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
        before, self._undone = self._undone, monotonic()
        if self._undone - before >= TWICE_S:  # a double click takes back one press, not two
            self._try(self.taking.undo)

    def _save(self, _button: Any) -> None:
        result = self._result()
        if self.taking.probe and result.outcome != "answered" and not result.fault:
            self._say(_("Choose whose failure it was, then save."))
        elif self._try(lambda: self.taking.save(result)):
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
        self.fault.value = ""  # whose it was is said anew of each call
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
    button = widgets.Button(description=name, layout={"width": "auto"})
    button.on_click(act)
    return button


def _box(widgets: Any, words: str) -> Any:
    return widgets.Checkbox(description=words, indent=False, layout={"width": "auto"})


def _points(widgets: Any, point: str) -> Any:
    options = [("–", 0), *((str(score), score) for score in range(1, 6))]
    style = {"description_width": "14em", "button_width": "3em"}
    words = _(POINT_HEADINGS[point])
    return widgets.ToggleButtons(options=options, description=words, style=style)


def _widgets() -> Any:
    try:
        import ipywidgets
    except ImportError:
        raise DataError('For the form, run `pip install "carebench[forms]"`.') from None
    return ipywidgets
