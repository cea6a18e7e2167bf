"""What looks wrong and is right is shown to work."""

from decimal import Decimal

import numpy as np
import pytest
from sklearn.exceptions import DataConversionWarning
from small_table import DAYS, LABELS, MATRIX, NUMBERS, TOWN, A, X, Z, classifier, m, regressor, with_cell

import layerwise as lw
from layerwise.errors import TableNotice

FITTED = classifier().fit(X, LABELS)

WORKS = {
    "two rows": ({"a": [1.0, 2.0]}, [0, 1]),
    "one feature": ({"a": A}, LABELS),
    "two constant columns beside it": ({"a": A, "k": np.ones(m), "n": [None] * m}, LABELS),
    "a cell of 1e300": (with_cell(1e300), LABELS),
    "cells of 1e300": ({"a": A * 1e300}, LABELS),
    "cells of 1e-300": ({"a": A * 1e-300}, LABELS),
    "minus zero": ({"a": np.where(LABELS, -0.0, 1.0)}, LABELS),
    "decimals": ({"a": [Decimal(str(a)) for a in A]}, LABELS),
    "dates": ({"day": DAYS}, LABELS),
    "booleans": ({"a": A > 0.5, "z": Z}, LABELS),
    "rows in a list": (MATRIX.tolist(), LABELS),
    "rows in a list of tuples, with texts": ([(a, town, None) for a, town in zip(A, TOWN, strict=True)], LABELS),
    "labels of a generator": (X, (label for label in LABELS)),
    "labels that are floats": (X, LABELS.astype(float)),
    "labels with a fraction, two of them": (X, LABELS - 0.5),
    "a target with the name of no column": ({"y": A, "x": Z}, LABELS),
}


@pytest.mark.parametrize("name", WORKS)
def test_what_is_odd_works(name):
    given, y = WORKS[name]
    model = classifier().fit(given, y)
    P = model.predict_proba(given)
    assert np.isfinite(P).all()
    assert set(model.predict(given)) <= set(model.classes_)


def test_a_column_with_the_name_y_is_learnt_from_too():
    x, y = np.linspace(-1, 1, 200), np.tile([-1.0, -0.5, 0.5, 1.0], 50)
    model = lw.TabularRegressor("fast", epochs=20, learning_rate=0.02, n_jobs=1).fit({"x": x, "y": y}, 10 * y)
    assert [column.role for column in model.schema_] == ["numeric", "numeric"]
    assert model.score({"x": x, "y": y}, 10 * y) > 0.8


@pytest.mark.parametrize("unit", [1e300, 1e-300])
def test_targets_in_every_unit(unit):
    one = regressor().fit(X, NUMBERS)
    other = regressor().fit(X, NUMBERS * unit)
    np.testing.assert_allclose(other.predict(X), one.predict(X) * unit, rtol=1e-4)


@pytest.mark.parametrize("w", [1e-300, 1e300, 3.0])
def test_weights_of_every_size_are_relative(w):
    one = classifier().fit(X, LABELS, np.where(LABELS, 1.0, 2.0))
    other = classifier().fit(X, LABELS, np.where(LABELS, 1.0, 2.0) * w)
    np.testing.assert_allclose(other.predict_proba(X), one.predict_proba(X), rtol=1e-5)


def test_a_column_for_a_target_is_warned_of():
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed when a 1d array was expected"):
        model = classifier().fit(X, LABELS[:, None])
    np.testing.assert_array_equal(model.predict_proba(X), classifier().fit(X, LABELS).predict_proba(X))


def test_unknown_columns_are_told_and_ignored():
    with pytest.warns(TableNotice, match=r"^Ignored, as the model does not know them: 'more'\.$"):
        told = FITTED.predict_proba({**X, "more": A})
    np.testing.assert_array_equal(told, FITTED.predict_proba(X))


def test_a_row_alone_is_predicted_as_among_others():
    alone = [FITTED.predict_proba({name: cells[i : i + 1] for name, cells in X.items()})[0] for i in range(5)]
    np.testing.assert_allclose(alone, FITTED.predict_proba(X)[:5], rtol=1e-6)


def test_a_row_without_any_value_is_predicted():
    assert FITTED.predict({"a": [None], "z": [np.nan], "town": [None]}).shape == (1,)


@pytest.mark.parametrize("columns", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_many_columns_of_twenty_rows(columns):
    wide = np.random.default_rng(1).normal(size=(20, columns))
    model = lw.TabularClassifier("fast", epochs=1, hidden=(2,), n_jobs=1).fit(wide, [0, 1] * 10)
    assert model.n_features_in_ == len(model.permutation_importance_) == columns
    assert np.isfinite(model.predict_proba(wide)).all()


@pytest.mark.slow
def test_a_million_levels():
    levels = np.char.add("v", np.arange(1_000_000).astype(str))
    table = {"name": levels.tolist(), "a": np.tile(A, 25_000)}
    model = lw.TabularClassifier("fast", epochs=1, hidden=(2,), categorical=["name"], n_jobs=1, random_state=1)
    model.fit(table, np.tile(LABELS, 25_000))
    assert model.schema_[0].role == "category"
    assert model.score({"name": ["never seen"] * m, "a": A}, LABELS) > 0.9
