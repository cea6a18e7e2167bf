"""A table of forty rows, quick estimators, and fits that are to be refused."""

import numpy as np
import pytest

import layerwise as lw
from layerwise.errors import LayerwiseError

m = 40
rng = np.random.default_rng(0)
A, Z = rng.normal(size=(2, m))
TOWN = rng.choice(["Lima", "Oslo", "Rome"], m)
X = {"a": A, "z": Z, "town": TOWN}
LABELS = (A > 0).astype(int)
NUMBERS = 2 * A + 1
PLACE = np.arange(m)
MATRIX = np.c_[A, Z]
DAYS = np.datetime64("2020-01-01") + PLACE
QUICK = {"epochs": 2, "n_estimators": 2, "hidden": (4,), "n_jobs": 1}


def classifier(**options):
    return lw.TabularClassifier(**{**QUICK, **options})


def regressor(**options):
    return lw.TabularRegressor(**{**QUICK, **options})


def with_cell(value, row=4):
    """Return the table with this value of column 'a' in a row, counted from 1."""
    cells = A.tolist()
    cells[row - 1] = value
    return {**X, "a": cells}


def but(values, value, row=5):
    """Return the values as a list, with another one in a row, counted from 1."""
    cells = np.asarray(values).tolist()
    cells[row - 1] = value
    return cells


class Fit:
    """A fit that is refused: of the labels by a classifier, or of the numbers by a regressor."""

    def __init__(self, X=X, y=None, *, to=classifier, fit=None, **options):
        self.X, self.to, self.options, self.fit = X, to, options, fit or {}
        self.y = (LABELS if to is classifier else NUMBERS) if y is None else y

    def __call__(self):
        return self.to(**self.options).fit(self.X, self.y, **self.fit)


def regression(X=X, y=None, **options):
    return Fit(X, y, to=regressor, **options)


def evaluated(*eval_set, to=classifier, **options):
    return Fit(to=to, fit={"eval_set": eval_set}, **options)


def weighted(w):
    return Fit(fit={"sample_weight": w})


def assert_refused(ask, error, message):
    """What is asked ends with this error, no derived one, and this whole message."""
    with pytest.raises(error) as refusal:
        ask()
    assert str(refusal.value) == message
    assert type(refusal.value) is error
    assert isinstance(refusal.value, LayerwiseError)
