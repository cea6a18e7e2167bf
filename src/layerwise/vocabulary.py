"""The names of activations and losses, the settings each takes, and how they are written.

Their mathematics is in `layerwise.equations`, one entry for each name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from layerwise.checks import FRACTION, POSITIVE, Reals, known_name
from layerwise.errors import ParameterError

__all__ = ["ACTIVATIONS", "ELSEWHERE", "LOSSES", "LOSS_OF_OUTPUT", "OUTPUT_OF_LOSS", "SYNONYMS", "Choice", "choose"]

ACTIVATIONS: Mapping[str, Mapping[str, tuple[float, Reals]]] = {
    "identity": {},
    "sigmoid": {},
    "tanh": {},
    "relu": {},
    "leaky_relu": {"slope": (0.01, Reals(0.0, 1.0, "[", ")"))},
    "elu": {"alpha": (1.0, POSITIVE)},
    "selu": {},
    "gelu": {},
    "silu": {},
    "mish": {},
    "softplus": {},
    "exp": {},
    "softmax": {},
}
"""Every activation: its settings, each with a default and a range."""

LOSSES: Mapping[str, Mapping[str, tuple[float, Reals]]] = {
    "binary_cross_entropy": {},
    "categorical_cross_entropy": {},
    "squared_error": {},
    "absolute_error": {},
    "huber": {"delta": (1.0, POSITIVE)},
    "poisson": {},
    "quantile": {"q": (0.5, FRACTION)},
}
"""Every loss: its settings, each with a default and a range."""

LOSS_OF_OUTPUT = {
    "sigmoid": "binary_cross_entropy",
    "softmax": "categorical_cross_entropy",
    "exp": "poisson",
}
"""The loss that `loss=None` picks; every other output activation gets the squared error."""

OUTPUT_OF_LOSS = {
    "binary_cross_entropy": "sigmoid",
    "categorical_cross_entropy": "softmax",
    "poisson": "exp",
}
"""Losses that are computed from the logits, and the output activation that they contain."""

SYNONYMS = {"linear": "identity", "swish": "silu"}
"""Second names that are taken for the first ones."""

ELSEWHERE = {
    "logistic": "sigmoid",
    "mse": "squared_error",
    "mae": "absolute_error",
    "bce": "binary_cross_entropy",
    "log_loss": "binary_cross_entropy",
    "cross_entropy": "categorical_cross_entropy",
    "pinball": "quantile",
}
"""Names of other libraries, to be suggested and not taken: their factors and reductions may differ."""

_SPELLING = re.compile(r"\s*(?P<name>\w+)\s*(?:\(\s*(?:(?P<setting>\w+)\s*=\s*)?(?P<value>[^()=,\s]+)\s*\))?\s*")


@dataclass(frozen=True)
class Choice:
    """A name with its settings, written ``leaky_relu(slope=0.2)``; `str` gives the spelling back."""

    name: str
    settings: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        """Return the canonical spelling, with settings always named."""
        inside = ", ".join(f"{name}={value:g}" if float(f"{value:g}") == value else f"{name}={value!r}"
                           for name, value in self.settings)  # fmt: skip
        return f"{self.name}({inside})" if inside else self.name

    def __getitem__(self, setting: str) -> float:
        return dict(self.settings)[setting]


def choose(kind: str, spelling: object, vocabulary: Mapping[str, Mapping[str, tuple[float, Reals]]]) -> Choice:
    """Read ``"relu"``, ``"leaky_relu(slope=0.2)"`` or ``"huber(2)"`` against a vocabulary.

    Raises
    ------
    ParameterError
        If the name, the setting or its value is not in the vocabulary.
    """
    if isinstance(spelling, Choice):
        spelling = str(spelling)
    match = _SPELLING.fullmatch(spelling) if isinstance(spelling, str) else None
    if match is None:
        raise ParameterError(
            f"The {kind} must be a name such as {next(iter(vocabulary))!r}, "
            f"or a name with a setting such as 'leaky_relu(slope=0.2)'. Got {spelling!r} instead."
        )
    name = known_name(kind, SYNONYMS.get(match["name"], match["name"]), vocabulary, ELSEWHERE)
    defaults = vocabulary[name]
    if match["value"] is None:
        return Choice(name, tuple((setting, default) for setting, (default, _) in defaults.items()))
    if not defaults:
        raise ParameterError(f"The {kind} {name!r} has no settings. Got {spelling!r} instead.")
    setting = known_name(f"setting of {name}", match["setting"] or next(iter(defaults)), defaults)
    try:
        value: object = float(match["value"])
    except ValueError:
        value = match["value"]
    return Choice(name, ((setting, defaults[setting][1].check(name, setting, value)),))
