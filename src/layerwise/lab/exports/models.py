"""The model of a moment, as the library keeps models: of a table one that takes the raw table."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from layerwise.estimators.tabular import TabularModel
from layerwise.estimators.tabular.evaluation import evaluated, mean_target
from layerwise.lab.moment import Moment
from layerwise.storage import save
from layerwise.training import History, TrainingResult

__all__ = ["model_file", "model_of"]


def model_of(moment: Moment) -> TabularModel | TrainingResult:
    """Return the trained network; of a table with its encoders, so that it predicts from the raw table."""
    result = moment.result or TrainingResult(moment.net, moment.theta, History())
    data = moment.data
    if data.encoder is None or data.target_encoder is None:
        return result
    X, Y = data.validation or (data.X, data.Y)
    held_out = 0 if data.validation is None else X.shape[1]
    with np.errstate(all="ignore"):
        constant = mean_target(data.Y, None)
        evaluation = evaluated(
            data.target_encoder, result.predict(X).astype(np.float64), Y.astype(np.float64), None, (), constant
        )
    return TabularModel(
        encoder=data.encoder,
        target=data.target_encoder,
        members=(result,),
        temperature=1.0,
        rows={"training": data.m, "held_out": held_out, "without_target": 0},
        evaluation=evaluation,
        settings={"hidden": list(moment.settings.hidden), "epochs": moment.epoch, "seed": moment.settings.seed},
    )


def model_file(moment: Moment) -> bytes:
    """Return the content of the model's file, which `layerwise.load` reads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        save(model_of(moment), path)
        return path.read_bytes()
