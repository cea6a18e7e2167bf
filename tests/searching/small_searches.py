"""Searches of a few small trials."""

from dataclasses import replace
from importlib.util import find_spec

from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

import layerwise as lw

X, y = load_iris(return_X_y=True)
X = scale(X)
SPACE = {
    "hidden_layer_sizes": [(4,), (8,)],
    "alpha": lw.Between(1e-5, 1.0, log=True),
    "learning_rate_init": lw.Between(1e-3, 1e-1, log=True),
}
SAMPLERS = ["random", *(["optuna"] if find_spec("optuna") else [])]


def net(**given):
    return lw.MLPClassifier(**{"hidden_layer_sizes": (8,), "max_iter": 12, "random_state": 0, **given})


def found(*, estimator=None, space=SPACE, of=(X, y), **given):
    given = {"n_trials": 12, "cv": 2, "sampler": "random", "refit": False, **given}
    return lw.search(estimator or net(), *of, space, **given)


def trials(result):
    return [replace(trial, seconds=0.0) for trial in result.trials]
