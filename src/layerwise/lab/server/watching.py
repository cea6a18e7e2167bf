"""An experiment as the event streams follow it: by its id, through changes of its settings, until it is dropped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from layerwise.engines import Divergence
from layerwise.lab import Experiment, Experiments, Moment
from layerwise.lab.server.events import Look
from layerwise.lab.views import snapshot
from layerwise.lab.views.numbers import entries

__all__ = ["Watching", "drawn"]


@dataclass(frozen=True)
class Watching:
    """What `Watched` asks for, of whatever experiment has the id now."""

    experiments: Experiments
    id: str

    def wait(self, seen: Any, timeout: float) -> Any:
        """Return the experiment and the number of its newest change, when it is another than `seen`."""
        experiment = self.experiments.get(self.id)
        if seen is None or seen[0] is not experiment:
            return experiment, experiment.wait(-1, 0.0)
        return experiment, experiment.wait(seen[1], timeout)

    def look(self) -> Look:
        """Return the newest moment; pictures also tell where the run stopped being finite."""
        experiment = self.experiments.get(self.id)
        standing = experiment.progress()
        moment = experiment.moment()
        # the run's own record is in its marks: after a reset it is another, whose epochs have other parameters
        key = (standing.mark[0], moment.epoch, standing.divergence)
        return Look(key, standing.ended_at, (experiment, moment, standing.divergence))

    def progress(self, mark: Any) -> tuple[dict[str, Any], Any]:
        """Return the fields of `Frame` that tell of the run."""
        standing = self.experiments.get(self.id).progress(mark)
        part, broken = standing.curve, standing.divergence
        told = {
            "status": standing.status,
            "epoch": standing.epoch,
            "epochs": standing.epochs,
            "curve": {
                "generation": part.generation,
                "from": part.start,
                "epoch": part.epoch,
                "cost": entries(np.array(part.cost)),
                "validation_cost": entries(np.array(part.validation_cost)),
            },
            "checkpoints": standing.checkpoints,
            "flags": [{"epoch": epoch, "code": code} for epoch, code in standing.flags],
            "divergence": None if broken is None else _divergence(broken, standing.epoch),
            "error": standing.error,
            "epochs_per_second": standing.epochs_per_second,
        }
        return told, standing.mark

    def draw(self, look: Look, view: str) -> Any:
        """Return the `Snapshot` of a look."""
        experiment, moment, divergence = look.moment
        return drawn(experiment, moment, divergence, json.loads(view))


def drawn(experiment: Experiment, moment: Moment, divergence: Divergence | None, view: dict[str, Any]) -> Any:
    """Return a `Snapshot`, and flag on the timeline what it diagnoses."""
    shown = snapshot(moment, view, divergence)
    for diagnosis in shown["diagnoses"]:
        experiment.flag(moment.epoch, diagnosis["code"])
    return shown


def _divergence(broken: Divergence, last_good: int) -> dict[str, Any]:
    return {
        "epoch": broken.epoch + 1,
        "step": broken.step + 1,
        "tensor": broken.tensor,
        "layer": broken.layer,
        "last_good": last_good,
    }
