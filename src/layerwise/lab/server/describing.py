"""`Description` of protocol.ts: what an experiment is, before any number of it is looked at."""

from __future__ import annotations

from typing import Any

from layerwise.lab import Experiment, views

__all__ = ["described_experiment"]


def described_experiment(experiment: Experiment) -> Any:
    """Return the `Description` of an experiment."""
    data, net, validation = experiment.data, experiment.net, experiment.data.validation
    return {
        "id": experiment.id,
        "settings": experiment.settings.to_json(),
        "task": data.task,
        "sizes": list(net.sizes),
        "activations": list(net.activations),
        "loss": str(net.loss),
        "parameters": net.n_parameters,
        "steps": experiment.steps,
        "m": data.m,
        "m_validation": 0 if validation is None else validation[0].shape[1],
        "inputs": list(data.inputs),
        "outputs": list(data.outputs),
        "target": data.target,
        "classes": None if data.classes is None else list(data.classes),
        "plane": views.shown_plane(data),
        "notices": list(data.notices),
        "status": experiment.progress().status,
    }
