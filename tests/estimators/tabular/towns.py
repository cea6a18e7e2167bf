"""A table of 120 rows with labels, three classes, numbers and counts to learn; quick estimators; what must agree."""

import numpy as np

import layerwise as lw

m = 120
rng = np.random.default_rng(0)
A, B = rng.normal(size=(2, m))
TOWN = rng.choice(["Lima", "Oslo", "Rome"], m)
NOISE = rng.normal(size=m)
X = {"a": A, "b": np.where(rng.random(m) < 0.1, np.nan, B), "town": TOWN.tolist()}
LABELS = (A + (TOWN == "Oslo") + 0.5 * NOISE > 0.3).astype(int)
THREE = np.where(A > 0.5, 2, np.where(B > 0.5, 1, 0))
NUMBERS = 100 + 20 * A - 10 * (TOWN == "Rome") + 5 * NOISE
COUNTS = np.random.default_rng(1).poisson(np.exp(1 + 0.5 * A)).astype(float)
QUICK = {"epochs": 3, "n_estimators": 2, "hidden": (6,), "n_jobs": 1}


def classifier(**options):
    return lw.TabularClassifier(**{**QUICK, **options})


def regressor(**options):
    return lw.TabularRegressor(**{**QUICK, **options})


def bits(model):
    """Return what must agree to the last bit: the parameters, and what the model says of itself."""
    fitted = model.model_
    return [member.parameters.vector.tobytes() for member in fitted.members], dict(fitted.evaluation.metrics)


def rows_of(table, rows):
    return {name: np.asarray(cells, object)[rows].tolist() for name, cells in table.items()}


class Listening:
    def __init__(self, stop_at=None):
        self.seen, self.stop_at = [], stop_at

    def on_epoch_end(self, state):
        self.seen.append((state.member, state.members, state.epoch, state.epochs))
        if self.stop_at == state.epoch:
            state.stop()
