"""What keeps the network from learning, each with a change of settings that tries the cure."""

from __future__ import annotations

from typing import Any

from layerwise.engines import Divergence
from layerwise.equations.optimizers import OPTIMIZERS, UpdateRule
from layerwise.lab.moment import Moment
from layerwise.lab.settings import RULES, Settings
from layerwise.lab.views.look import Look
from layerwise.lab.views.numbers import Json
from layerwise.network import Parameters
from layerwise.training.diagnosis import Case, Diagnosis, findings

__all__ = ["cure", "diagnoses"]

_WILD = 10.0
"""How many times an optimizer's own learning rate a run that diverged may start again with."""


def diagnoses(moment: Moment, seen: Look, update: Parameters, divergence: Divergence | None = None) -> list[Json]:
    """Return the diagnoses of a moment, `Diagnosis` of the page's protocol, severe ones first."""
    case = Case(moment.net, moment.theta, seen.run, seen.Y, seen.grad, update, divergence)
    return [
        {
            "code": found.code,
            "layer": found.layer,
            "severe": found.severe,
            "evidence": found.evidence,
            "cause": found.cause,
            "cure": found.cure,
            "facts": dict(found.facts),
            "change": cure(moment.settings, found),
        }
        for found in findings(case)
    ]


def cure(settings: Settings, found: Diagnosis) -> Json | None:
    """Return settings that try the cure of a diagnosis; None where there is none to change."""
    change = _cure(settings, found.code, found.layer)
    now = settings.to_json()
    return change if any(now[name] != value for name, value in change.items()) else None


def _cure(settings: Settings, code: str, l: int) -> dict[str, Any]:
    drawn = settings.initialization == "he"
    match code:
        case "diverged" | "not_finite":
            return _learning_rate(settings, min(settings.learning_rate / 10, _WILD * _usual_rate(settings)))
        case "linear_hidden_layers":
            return {"activations": ["tanh"] * len(settings.hidden)}
        case "zero_weights" | "symmetric_units":
            return {"seed": settings.seed + 1} if drawn else {"initialization": "he"}
        case "sigmoid_hidden":
            return _activation(settings, l, "tanh")
        case "linear_output_for_labels":
            return {"loss": "auto"}
        case "saturated_units":
            return _activation(settings, l, "relu") if drawn else {"initialization": "he"}
        case "dead_relu" | "inactive_units":
            return _activation(settings, l, "leaky_relu")
        case "vanishing_gradients":
            if drawn and set(settings.activations) == {"relu"}:
                return {"hidden": list(settings.hidden[:-1]), "activations": list(settings.activations[:-1])}
            return {"activations": ["relu"] * len(settings.hidden), "initialization": "he"}
        case "exploding_gradients":
            return _learning_rate(settings, settings.learning_rate / 10) if drawn else {"initialization": "he"}
        case "small_updates":
            return _learning_rate(settings, settings.learning_rate * 10)
        case "large_updates":
            return _learning_rate(settings, settings.learning_rate / 10)
    raise KeyError(code)


def _activation(settings: Settings, l: int, name: str) -> dict[str, Any]:
    return {"activations": [name if k == l else g for k, g in enumerate(settings.activations, start=1)]}


def _learning_rate(settings: Settings, rate: float) -> dict[str, Any]:
    rule = RULES["learning_rate"]
    low, high = rule.minimum or 0.0, rule.maximum or rate
    return {"learning_rate": float(f"{min(max(rate, low), high):.6g}")}


def _usual_rate(settings: Settings) -> float:
    rule = OPTIMIZERS[settings.optimizer]()
    return rule.learning_rate if isinstance(rule, UpdateRule) else 1.0
