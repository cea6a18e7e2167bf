"""The real tables beside the repository: what is exported says what the library says."""

import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from elsewhere import by_c, by_numpy, by_onnx, needs_compiler

from layerwise import TabularClassifier, TabularRegressor
from layerwise.errors import TableNotice
from layerwise.tables import Table, read_table

pytest.importorskip("polars")

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real tables (../shared/data) are not here")

TABLES = {
    "adult": "income",
    "california-housing": "median_house_value",
    "titanic": "Survived",
    "wine-quality-white": "quality",
    "abalone": "rings",
    "german-credit": "risk",
}
NUMBERS = ("california-housing", "abalone")
EXTREME = (1e300, -1e300, 1.7e308, 1e-300, -5e-324, 0.0, -0.0)

tables = pytest.mark.parametrize("name", TABLES)


@cache
def fitted(name):
    """Return a quick model of a table, and rows to predict: of the training, and hostile ones."""
    table = read_table(DATA / f"{name}.csv").take(slice(0, 3000))
    estimator = (TabularRegressor if name in NUMBERS else TabularClassifier)(n_estimators=2, epochs=4, hidden=(48, 32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TableNotice)  # columns that are dropped
        estimator.fit(table.without(TABLES[name]), table[TABLES[name]])
    return estimator, with_hostile_rows(estimator.model_.encoder, table.take(slice(0, 400)))


def with_hostile_rows(encoder, table):
    """Return the rows, and copies of the first with one cell after the other missing, unseen, extreme or at a knot."""
    first = {column.name: table[column.name][:1].tolist()[0] for column in encoder.used}
    rows = [{column.name: table[column.name].tolist()[i] for column in encoder.used} for i in range(table.n_rows)]
    for column in encoder.used:
        text = table[column.name].dtype == object
        knots = getattr(column, "knots", ())
        cells = (None, "no such level", "É") if text else (None, *EXTREME, *knots, *getattr(column, "levels", ()))
        rows += [{**first, column.name: cell} for cell in cells]
    rows.append(dict.fromkeys(first))
    return Table({name: [row[name] for row in rows] for name in first})


def expected(estimator, rows):
    model = estimator.model_
    return model.predict(rows) if model.target.task == "regression" else model.predict_proba(rows)


def assert_near(found, truth, tolerance, std):
    """Probabilities are near in themselves; numbers relative to themselves, or to the target's σ if that is more."""
    unit = 1.0 if truth.ndim == 2 else np.maximum(np.abs(truth), std)
    assert found.shape == truth.shape
    assert (np.abs(found - truth) / unit).max() <= tolerance


@tables
def test_onnx(name, tmp_path):
    estimator, rows = fitted(name)
    outputs, truth = by_onnx(estimator, rows, tmp_path), expected(estimator, rows)
    if name in NUMBERS:
        assert_near(outputs["value"], truth, 1e-5, estimator.model_.target.std)
    else:
        assert_near(outputs["probabilities"], truth, 1e-5, 1.0)
        np.testing.assert_array_equal(outputs["label"], estimator.predict(rows))


@tables
def test_numpy(name, tmp_path):
    estimator, rows = fitted(name)
    assert_near(by_numpy(estimator, rows, tmp_path), expected(estimator, rows), 1e-6, estimator.model_.target.std)


@needs_compiler
@tables
def test_c(name, tmp_path):
    estimator, rows = fitted(name)
    (found, places), truth = by_c(estimator, rows, tmp_path), expected(estimator, rows)
    if name in NUMBERS:
        assert_near(found[:, 0], truth, 1e-5, estimator.model_.target.std)
    else:
        assert_near(found, truth, 1e-5, 1.0)
        np.testing.assert_array_equal(estimator.classes_[places], estimator.predict(rows))
