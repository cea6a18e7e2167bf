"""Every way in which a column can be encoded, and every kind of target, on tables made up for it."""

import warnings
from functools import cache

import numpy as np
import pytest
from elsewhere import by_c, by_numpy, by_onnx, needs_compiler

from layerwise import TabularClassifier, TabularRegressor
from layerwise.errors import TableNotice
from layerwise.export.models import program_of
from layerwise.export.program import Dates, Levels, Numbers, Ranks

M = 400
SECONDS = 1_000_000
MOMENTS = [
    "-0401-01-01",
    "-0001-07-04",
    "-0400-03-01",
    "0001-01-01",
    "1600-02-29",
    "1899-12-31T23:59:59.999999",
    "1900-03-01",
    "1969-12-31T12",
]
MOMENTS += ["1970-01-01", "2000-02-29T00:00:01", "2024-12-31T23:59:59", "2100-02-28", "9999-12-31T06", "200000-01-01"]


def cells(seed=0):
    """Return columns of every kind, and a number that follows from some of them."""
    rng = np.random.default_rng(seed)
    x, age = rng.normal(size=M), np.round(rng.gamma(2, 20, M))
    moment = np.datetime64("2019-11-03", "us") + (rng.integers(0, 10**9, M) * SECONDS).astype("m8[us]")
    moment[rng.random(M) < 0.1] = np.datetime64("NaT")
    town = [f"town {k}" for k in rng.zipf(1.4, M) % 97]
    columns = {
        "x": x,
        "huge": rng.normal(size=M) * 1e300,
        "tiny": rng.normal(size=M) * 1e-290,
        "with gaps": np.where(rng.random(M) < 0.2, np.nan, age),
        "few values": rng.integers(0, 3, M),
        "when": moment,
        "gröse ≥": rng.choice(["S", "M", "L", None], M).tolist(),
        "grade": rng.choice([1.0, 2.0, 4.0, 8.0, np.nan], M),
        "shuffled": rng.choice([3.0, 1.0, 2.0], M),
        "yes": rng.choice([True, False], M),
        "maybe": rng.choice(["true", "false", None], M).tolist(),
        "of two numbers": rng.choice([0.0, 1.0], M),
        "code": rng.choice([10.0, 20.5, -3.0], M),
        "colour": rng.choice(["rød", "grün", "青い", None], M).tolist(),
        "town": town,
        "int": [f"k{k}" for k in rng.integers(0, 30, M)],
    }
    score = x + np.where(np.isnan(age), 0, age) / 30 + (np.array(town) == "town 1")
    return columns, score


ROLES = {
    "gröse ≥": ["S", "M", "L"],
    "grade": [1, 2, 4, 8],
    "shuffled": [3, 1, 2],
    "code": "category",
    "when": "datetime",
    "few values": "numeric",
}


def target(kind, score):
    if kind == "binary":
        return np.where(score > np.median(score), "yes", "no")
    if kind == "multiclass":
        return np.digitize(score, np.quantile(score, [0.3, 0.7])) + 5
    return np.exp(score) if kind == "poisson" else 1000 + 10 * score


MODELS = {
    "binary": (TabularClassifier, {}),
    "multiclass": (TabularClassifier, {"activation": "gelu"}),
    "regression": (TabularRegressor, {"monotone": {"x": 1, "grade": -1}}),  # constraints make codes without tables
    "poisson": (TabularRegressor, {"loss": "poisson", "activation": "mish"}),
    "quantile": (TabularRegressor, {"loss": "quantile(q=0.9)", "activation": "elu(alpha=0.5)"}),
}

models = pytest.mark.parametrize("kind", MODELS)


@cache
def fitted(kind):
    columns, score = cells()
    make, settings = MODELS[kind]
    estimator = make(n_estimators=2, epochs=3, hidden=(24, 16), roles=ROLES, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TableNotice)
        estimator.fit(columns, target(kind, score))
    return estimator


def rows_to_predict():
    """Return other rows, then one cell after the other missing, unseen or extreme."""
    columns, _ = cells(seed=1)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*map(list, columns.values()), strict=True)]
    for name, values in columns.items():
        rows += [{**rows[0], name: cell} for cell in _hostile(np.asarray(values).dtype.kind)]
    rows.append({name: np.datetime64("NaT") if name == "when" else None for name in columns})
    return {name: [_as_a_program_has_it(row[name]) for row in rows] for name in columns}


def _as_a_program_has_it(cell):
    return str(cell) if isinstance(cell, bool | np.bool_) else cell  # "True"


def _hostile(kind):
    if kind == "M":
        return [np.datetime64(text, "us") for text in MOMENTS] + [np.datetime64("NaT")]
    if kind in "if":
        return [None, 1e300, -1e300, 1.7e308, 1e-300, 1e-290, 1.5, 3.0, 100.0, 20.5]
    return [None, "something else", "TRUE", "False", "  S  ", "Grün"]


def truth_of(estimator, rows):
    model = estimator.model_
    return model.predict(rows) if model.target.task == "regression" else model.predict_proba(rows)


def test_the_models_have_every_encoding():
    program = program_of(fitted("binary"))
    encodings = {entry.name: entry.encoding for entry in program.inputs}
    assert {type(encoding) for encoding in encodings.values()} == {Numbers, Ranks, Levels, Dates}
    assert encodings["when"].mark
    assert {part.name for part in encodings["when"].parts} >= {"year", "month", "day", "day_of_week", "hour"}
    assert isinstance(encodings["shuffled"], Levels)
    assert len(encodings["town"].rows) > 20
    assert encodings["town"].rows.shape[1] == 1
    regression = program_of(fitted("regression"))
    assert any(embedded.E is None for embedded in regression.embeddings)
    assert any(embedded.E is not None and not embedded.entry.ordered for embedded in regression.embeddings)


@models
def test_onnx(kind, tmp_path):
    estimator, rows = fitted(kind), rows_to_predict()
    stripped = {name: [c.strip() if isinstance(c, str) else c for c in cells] for name, cells in rows.items()}
    outputs, truth = by_onnx(estimator, stripped, tmp_path), truth_of(estimator, rows)
    np.testing.assert_allclose(outputs["value" if truth.ndim == 1 else "probabilities"], truth, 1e-5, 1e-5)
    if truth.ndim == 2:
        np.testing.assert_array_equal(outputs["label"], estimator.predict(rows))


@models
def test_numpy(kind, tmp_path):
    estimator, rows = fitted(kind), rows_to_predict()
    # in float64; exp makes what float32 rounds off a z of 4 four times as large
    np.testing.assert_allclose(by_numpy(estimator, rows, tmp_path), truth_of(estimator, rows), 4e-6, 1e-6)


@needs_compiler
@models
def test_c(kind, tmp_path):
    estimator, rows = fitted(kind), rows_to_predict()
    (found, places), truth = by_c(estimator, rows, tmp_path), truth_of(estimator, rows)
    np.testing.assert_allclose(found[:, 0] if truth.ndim == 1 else found, truth, 1e-5, 1e-5)
    if truth.ndim == 2:
        np.testing.assert_array_equal(estimator.classes_[places], estimator.predict(rows))


def test_numpy_takes_cells_as_a_program_has_them(tmp_path):
    estimator = fitted("binary")
    one = {
        "x": ["0.5"],
        "huge": [1e299],
        "tiny": [0],
        "with gaps": [""],
        "few values": [1],
        "when": ["2021-05-06T07:08:09+02:00"],
        "gröse ≥": ["  M "],
        "grade": [None],
        "shuffled": [2],
        "yes": [True],
        "maybe": ["FALSE"],
        "of two numbers": [0],
        "code": [20.5],
        "colour": [float("nan")],
        "town": ["town 1"],
        "int": ["k3"],
        "not asked for": [object()],
    }
    same = {**one, "x": [0.5], "with gaps": [None], "when": [np.datetime64("2021-05-06T05:08:09")], "colour": [None]}
    del same["not asked for"]
    np.testing.assert_allclose(by_numpy(estimator, one, tmp_path), estimator.predict_proba(same), rtol=1e-6)
    with pytest.raises(ValueError, match=r"predict needs the columns \['x'\], which are not there"):
        by_numpy(estimator, {name: cell for name, cell in one.items() if name != "x"}, tmp_path)
    with pytest.raises(ValueError, match="predict needs columns of one length"):
        by_numpy(estimator, {**one, "x": [1.0, 2.0]}, tmp_path)
