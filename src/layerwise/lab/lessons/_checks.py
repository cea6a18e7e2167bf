"""What a lesson's file must hold: the shapes `Lesson`, `Card`, `Action` and `Until` of the page's lesson.ts, and more.

A lesson that passes can be shown: both languages are there, its equations are closed, and its settings, actions and
goals are known. That its goals can be reached, a test shows by carrying every card out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn, get_args

from layerwise.errors import DataError
from layerwise.lab.objections import SettingError
from layerwise.lab.settings import checked
from layerwise.lab.standing import Status
from layerwise.training.diagnosis import CODES

__all__ = ["check_lesson"]

LOOKS = (
    "data", "network", "training", "drawing", "strip", "surface", "curves", "histograms", "diagnoses", "timeline",
    "check", "homework", "compare", "export",
)  # fmt: skip
PHASES = "forward", "loss", "backward", "gradient", "update"
FIGURES = "graph", "activations", "losses"
STATUSES = get_args(Status)
METRICS = "accuracy", "rmse"
CHINESE = re.compile("[\u4e00-\u9fff]")
WORDLESS = re.compile(r"\$[^$]*\$|`[^`]*`|[\W\d_]")


class _Place(NamedTuple):
    """Where in a file something stands, for the message."""

    file: str
    path: str = ""

    def __truediv__(self, step: str | int) -> _Place:
        return _Place(self.file, f"{self.path}[{step}]" if isinstance(step, int) else f"{self.path}.{step}".lstrip("."))

    def refuse(self, rule: str, fact: object) -> NoReturn:
        raise DataError(f"Lesson {self.file}: {self.path or 'the file'} must be {rule}. Got {fact!r} instead.")


def check_lesson(file: str, lesson: Any) -> dict[str, Any]:
    """Return a lesson as it was given, if it is one.

    Parameters
    ----------
    file : str
        What to call it in an error.
    lesson : dict
        What the file holds.

    Raises
    ------
    DataError
        If it is none: says where in the file, what has to stand there, and what does.
    """
    at = _Place(file)
    _keys(at, lesson, required=("id", "week", "section", "title", "cards"))
    if not re.fullmatch(r"[a-z][a-z0-9_]*", str(lesson["id"])):
        (at / "id").refuse("lower-case letters, digits and underscores", lesson["id"])
    if not isinstance(lesson["week"], int):
        (at / "week").refuse("the number of a week", lesson["week"])
    _both(at / "section", lesson["section"])
    _both(at / "title", lesson["title"])
    set_before: dict[str, Any] = {}
    for k, card in enumerate(_list(at / "cards", lesson["cards"])):
        set_before = _card(at / "cards" / k, card, set_before)
    return dict(lesson)


def _card(at: _Place, card: Any, set_before: Mapping[str, Any]) -> dict[str, Any]:
    """Check a card, and return what is set from it on."""
    optional = ("settings", "actions", "look", "question", "until", "solution", "figure")
    _keys(at, card, required=("title", "text"), optional=optional)
    _both(at / "title", card["title"])
    _both(at / "text", card["text"])
    settings = _settings(at / "settings", card.get("settings", {}), set_before)
    _each(at / "actions", card.get("actions"), lambda place, action: _action(place, action, settings))
    _each(at / "look", card.get("look"), lambda place, name: _one_of(place, name, LOOKS))
    if "question" in card:
        _question(at / "question", card["question"])
    if "until" in card:
        _until(at / "until", card["until"])
    if "figure" in card:
        _one_of(at / "figure", card["figure"], FIGURES)
    if "solution" in card:
        solution, place = card["solution"], at / "solution"
        _keys(place, solution, optional=("settings", "actions"))
        if "until" not in card:
            place.refuse("absent where there is no goal", solution)
        shown = _settings(place / "settings", solution.get("settings", {}), settings)
        _each(place / "actions", solution.get("actions"), lambda where, action: _action(where, action, shown))
    return settings


def _settings(at: _Place, given: Any, set_before: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(given, dict):
        at.refuse("settings by name", given)
    settings = {**set_before, **given}
    try:
        checked(settings)
    except SettingError as error:
        raise DataError(f"Lesson {at.file}: {at.path}: {error}") from None
    return settings


def _question(at: _Place, question: Any) -> None:
    _keys(at, question, required=("text", "answers"))
    _both(at / "text", question["text"])
    answers = _list(at / "answers", question["answers"])
    for k, answer in enumerate(answers):
        place = at / "answers" / k
        _keys(place, answer, required=("text", "right", "because"))
        _both(place / "text", answer["text"])
        _both(place / "because", answer["because"])
    if len(answers) < 2 or [answer["right"] for answer in answers].count(True) != 1:
        (at / "answers").refuse("two or more, one of them right", [answer["right"] for answer in answers])


def _action(at: _Place, action: Any, settings: Mapping[str, Any]) -> None:
    fields: dict[str, dict[str, Callable[[_Place, Any], object]]] = {
        "start": {"epochs": _positive, "pace": _positive},
        **{name: {} for name in ("pause", "reset", "epoch", "check_gradients", "open_homework", "vectorization")},
        "travel": {"epoch": _count},
        "strip": {"phase": lambda place, phase: _one_of(place, phase, PHASES), "layer": _positive},
        "open_layer": {"layer": _positive},
        "open_unit": {"layer": _positive, "unit": _count},
        "compare": {"settings": lambda place, change: _settings(place, change, settings)},
    }
    if not isinstance(action, dict):
        at.refuse("an action", action)
    _one_of(at / "do", action.get("do"), tuple(fields))
    known = fields[action["do"]]
    optional = ("epochs", "pace") if action["do"] == "start" else ("layer",) if action["do"] == "strip" else ()
    _keys(at, action, required=("do", *(name for name in known if name not in optional)), optional=optional)
    for name, check in known.items():
        if name in action:
            check(at / name, action[name])


def _until(at: _Place, until: Any) -> None:
    goals: dict[tuple[str, ...], Callable[[], object]] = {
        ("epoch",): lambda: _positive(at / "epoch", until["epoch"]),
        ("cost_below",): lambda: _positive(at / "cost_below", until["cost_below"]),
        ("metric", "above"): lambda: _one_of(at / "metric", until["metric"], METRICS),
        ("setting", "is"): lambda: _settings(at, {until["setting"]: until["is"]}, {}),
        ("diagnosis",): lambda: _one_of(at / "diagnosis", until["diagnosis"], CODES),
        ("status",): lambda: _one_of(at / "status", until["status"], STATUSES),
        ("checked",): lambda: _one_of(at / "checked", until["checked"], (True,)),
    }
    names = tuple(until) if isinstance(until, dict) else ()
    if names not in goals:
        at.refuse("a goal: " + ", ".join("+".join(known) for known in goals), until)
    goals[names]()


def _both(at: _Place, text: Any) -> None:
    """Check a text in both languages."""
    _keys(at, text, required=("en", "zh"))
    for language, words in text.items():
        if not isinstance(words, str) or not words.strip():
            (at / language).refuse("a text", words)
        if words.count("$") % 2 or words.count("`") % 2 or words.count("**") % 2:
            (at / language).refuse("a text whose $...$, `...` and **...** are closed", words)
    if CHINESE.search(text["en"]):
        (at / "en").refuse("English", text["en"])
    # what is all symbols and names, such as "ReLU", is the same in both
    if text["en"] != text["zh"] and WORDLESS.sub("", text["en"]) and not CHINESE.search(text["zh"]):
        (at / "zh").refuse("Chinese", text["zh"])


def _keys(at: _Place, given: Any, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> None:
    if not isinstance(given, dict) or not set(required) <= set(given) <= {*required, *optional}:
        fact = sorted(given) if isinstance(given, dict) else given
        at.refuse(f"an object with {[*required]}" + (f" and maybe {[*optional]}" if optional else ""), fact)


def _list(at: _Place, given: Any) -> list[Any]:
    if not isinstance(given, list) or not given:
        at.refuse("a list that is not empty", given)
    return given


def _each(at: _Place, given: Any, check: Callable[[_Place, Any], object]) -> None:
    if given is not None:
        for k, entry in enumerate(_list(at, given)):
            check(at / k, entry)


def _one_of(at: _Place, given: Any, choices: tuple[Any, ...]) -> None:
    if given not in choices:
        at.refuse(f"one of {[*choices]}", given)


def _positive(at: _Place, given: Any) -> None:
    if isinstance(given, bool) or not isinstance(given, int | float) or given <= 0:
        at.refuse("a number above 0", given)


def _count(at: _Place, given: Any) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        at.refuse("a whole number from 0 on", given)
