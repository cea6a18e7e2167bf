"""The lab's settings, each declared once: the page's controls, the limits and the defaults all come from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from layerwise.checks import Integers, Reals, known_name
from layerwise.engines import ENGINES
from layerwise.equations.initializers import VARIANCES
from layerwise.equations.optimizers import OPTIMIZERS, UpdateRule
from layerwise.equations.schedules import SCHEDULES
from layerwise.errors import ParameterError
from layerwise.lab.objections import SettingError
from layerwise.lab.presets import PRESETS
from layerwise.lab.uploads import CELL, COLUMNS
from layerwise.vocabulary import ACTIVATIONS, LOSSES

__all__ = ["DRAWN_POINTS", "EPOCHS", "HIDDEN_LAYERS", "UNITS", "Rule", "Settings", "checked", "described"]

HIDDEN_LAYERS, UNITS, DRAWN_POINTS = 10, 512, 2_000
EPOCHS = 1_000_000
"""As many as may be planned."""

_HIDDEN = [name for name in ACTIVATIONS if name not in ("softmax", "exp")]
# poisson needs another output, and quantile at its default is half the absolute error
_LOSSES = ["auto", *(name for name in LOSSES if name not in ("poisson", "quantile"))]
# L-BFGS searches its own steps: the learning rate, the batches and the schedule would say nothing
_OPTIMIZERS = [name for name, rule in OPTIMIZERS.items() if isinstance(rule, type) and issubclass(rule, UpdateRule)]
_ENGINES = [name for name in ("native", "numpy") if name in ENGINES]


@dataclass(frozen=True)
class Rule:
    """What a setting may be, as protocol.ts has it; for lists, what each of its entries may be."""

    group: str
    kind: str
    choices: Sequence[str] | None = None
    minimum: float | None = None
    maximum: float | None = None
    slider: Mapping[str, Any] | None = None
    optional: bool = False
    longest: int = 0

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the greatest value of numbers."""
        return float(self.minimum or 0), float(self.maximum or 0)

    def check(self, name: str, value: object) -> Any:
        """Return a value as `Settings` keeps it, or raise a ParameterError that names the setting."""
        if value is None and self.optional:
            return None
        return _KINDS[self.kind](self, name, value)


def _number(rule: Rule, name: str, value: object) -> float:
    return Reals(*rule.limits).check("the lab", name, value)


def _integer(rule: Rule, name: str, value: object) -> int:
    return Integers(*map(int, rule.limits)).check("the lab", name, value)


def _choice(rule: Rule, name: str, value: object) -> str:
    return known_name(name.replace("_", " "), value, rule.choices or ())


def _text(rule: Rule, name: str, value: object) -> str:
    if isinstance(value, str) and len(value) <= rule.longest:
        return value
    raise _refused(name, f"a text of at most {rule.longest} characters", value)


def _entries(rule: Rule, name: str, value: object, what: str) -> Sequence[Any]:
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) <= rule.longest:
        return value
    raise _refused(name, f"a list of at most {rule.longest} {what}", value)


def _integers(rule: Rule, name: str, value: object) -> tuple[int, ...]:
    return tuple(_integer(rule, name, entry) for entry in _entries(rule, name, value, "whole numbers"))


def _names(rule: Rule, name: str, value: object) -> tuple[str, ...]:
    entries = _entries(rule, name, value, "names")
    if rule.choices:
        return tuple(known_name(f"name in the setting {name}:", entry, rule.choices) for entry in entries)
    each = Rule(rule.group, "text", longest=CELL)
    return tuple(_text(each, name, entry) for entry in entries)


def _points(rule: Rule, name: str, value: object) -> tuple[tuple[float, float, float], ...]:
    place, label = Reals(-1e6, 1e6), Integers(0, 9)
    drawn = []
    for entry in _entries(rule, name, value, "points"):
        if not isinstance(entry, Sequence) or isinstance(entry, str) or len(entry) != 3:
            raise _refused(name, "a list of points [x, y, label]", entry)
        x, y = (place.check("the lab", name, number) for number in entry[:2])
        whole = entry[2]
        if isinstance(whole, float) and whole.is_integer():  # as Settings keeps it
            whole = int(whole)
        drawn.append((x, y, float(label.check("the lab", name, whole))))
    return tuple(drawn)


def _refused(name: str, rule: str, value: object) -> ParameterError:
    shown = repr(value)
    return ParameterError(
        f"The {name!r} parameter of the lab must be {rule}. "
        f"Got {shown if len(shown) <= 100 else f'{shown[:97]}...'} instead."
    )


_KINDS: Mapping[str, Callable[[Rule, str, object], Any]] = {
    "choice": _choice,
    "integer": _integer,
    "number": _number,
    "integers": _integers,
    "names": _names,
    "text": _text,
    "points": _points,
}


def _setting(default: Any, group: str, kind: str, **rule: Any) -> Any:
    return field(default=default, metadata={"rule": Rule(group, kind, **rule)})


def _slider(minimum: float, maximum: float, *, log: bool = False) -> dict[str, Any]:
    return {"minimum": minimum, "maximum": maximum, "log": log}


@dataclass(frozen=True)
class Settings:
    """All settings of an experiment, by name, with the defaults; `checked` makes them from what a page sends.

    What each means is said in protocol.ts and in the page's texts ``setting.<name>``.
    """

    preset: str = _setting("flower", "data", "choice", choices=list(PRESETS))
    examples: int = _setting(400, "data", "integer", minimum=4, maximum=20_000, slider=_slider(20, 2_000, log=True))
    noise: float = _setting(0.05, "data", "number", minimum=0.0, maximum=10.0, slider=_slider(0.0, 0.5))
    data_seed: int = _setting(1, "data", "integer", minimum=0, maximum=2**32 - 1, slider=_slider(0, 100))
    bits: int = _setting(4, "data", "integer", minimum=2, maximum=12, slider=_slider(2, 12))
    validation: float = _setting(0.2, "data", "number", minimum=0.0, maximum=0.9, slider=_slider(0.0, 0.5))
    points: tuple[tuple[float, float, float], ...] = _setting((), "data", "points", longest=DRAWN_POINTS)
    table: str | None = _setting(None, "data", "text", optional=True, longest=100)
    target: str | None = _setting(None, "data", "text", optional=True, longest=CELL)
    columns: tuple[str, ...] | None = _setting(None, "data", "names", optional=True, longest=COLUMNS)

    hidden: tuple[int, ...] = _setting(
        (4,), "network", "integers", minimum=1, maximum=UNITS, slider=_slider(1, 64), longest=HIDDEN_LAYERS
    )
    activations: tuple[str, ...] = _setting(("tanh",), "network", "names", choices=_HIDDEN, longest=HIDDEN_LAYERS)
    initialization: str = _setting("he", "network", "choice", choices=["zeros", "normal", *VARIANCES])
    scale: float = _setting(0.01, "network", "number", minimum=1e-9, maximum=1e6, slider=_slider(0.001, 10.0, log=True))
    loss: str = _setting("auto", "network", "choice", choices=_LOSSES)

    l2: float = _setting(0.0, "training", "number", minimum=0.0, maximum=1e6, slider=_slider(0.0, 10.0))
    dropout: float = _setting(0.0, "training", "number", minimum=0.0, maximum=1.0, slider=_slider(0.0, 0.8))
    optimizer: str = _setting("gradient_descent", "training", "choice", choices=_OPTIMIZERS)
    learning_rate: float = _setting(  # up to where every run diverges, which is to be seen
        1.2, "training", "number", minimum=1e-12, maximum=1e9, slider=_slider(1e-4, 10.0, log=True)
    )
    batch_size: int | None = _setting(
        None, "training", "integer", minimum=1, maximum=100_000, slider=_slider(1, 512, log=True), optional=True
    )
    schedule: str = _setting("constant", "training", "choice", choices=list(SCHEDULES))
    epochs: int = _setting(
        2_000, "training", "integer", minimum=1, maximum=EPOCHS, slider=_slider(10, 20_000, log=True)
    )
    seed: int = _setting(3, "training", "integer", minimum=0, maximum=2**53, slider=_slider(0, 100))
    engine: str = _setting(_ENGINES[0], "training", "choice", choices=_ENGINES)
    dtype: str = _setting("float32", "training", "choice", choices=["float32", "float64"])

    def to_json(self) -> dict[str, Any]:
        """Return all settings by name as plain JSON values, which `checked` takes back."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    def data(self) -> tuple[Any, ...]:
        """Return what the examples follow from: settings with the same have the same examples."""
        preset = PRESETS[self.preset]
        always = ("preset", "data_seed", "validation", "dtype")
        return tuple(getattr(self, name) for name in (*always, *preset.uses))


RULES: Mapping[str, Rule] = {entry.name: entry.metadata["rule"] for entry in fields(Settings)}
DEFAULTS = Settings()


def checked(given: Mapping[str, Any]) -> Settings:
    """Return settings from some of them by name; the others have their defaults.

    Where there are fewer activations than hidden layers, the last is repeated, so that one is for all; where there are
    more, the rest is left out.

    Raises
    ------
    SettingError
        If a name is unknown, or a value is outside the limits of its setting.
    """
    if not isinstance(given, Mapping):
        raise _refused("settings", "a JSON object of settings by name", given)
    values: dict[str, Any] = {}
    for name, value in given.items():
        try:
            values[name] = RULES[known_name("setting", name, RULES)].check(name, value)
        except SettingError:
            raise
        except ParameterError as error:
            raise SettingError(str(name)[:100], str(error)[:1_000]) from None
    settings = DEFAULTS.to_json() | values
    hidden, activations = settings["hidden"], settings["activations"] or DEFAULTS.activations
    settings["activations"] = (*activations, *[activations[-1]] * len(hidden))[: len(hidden)]
    return Settings(**{name: _kept(value) for name, value in settings.items()})


def described() -> list[dict[str, Any]]:
    """Return every setting as the page needs it: `Setting` of protocol.ts."""
    return [_described(name, rule) for name, rule in RULES.items()]


def _described(name: str, rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": name,
        "group": rule.group,
        "kind": rule.kind,
        "default": _plain(getattr(DEFAULTS, name)),
    }
    for key in ("choices", "minimum", "maximum", "slider"):
        if getattr(rule, key) is not None:
            told[key] = getattr(rule, key)
    if rule.optional:
        told["optional"] = True
    only_for = [preset for preset, entry in PRESETS.items() if name in entry.uses]
    if only_for and name != "data_seed":  # which also draws the validation examples, of all presets
        told["only_for"] = only_for
    return told


def _plain(value: Any) -> Any:
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value


def _kept(value: Any) -> Any:
    return tuple(_kept(entry) for entry in value) if isinstance(value, list) else value
