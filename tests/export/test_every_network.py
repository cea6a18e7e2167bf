"""Bare networks: every activation, output and embedding, in both floating types; and the estimators of a matrix."""

import re
import warnings

import numpy as np
import pytest
from elsewhere import by_c, by_numpy, by_onnx, needs_compiler
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning

from layerwise import (
    Embedding,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Network,
    TabularClassifier,
    TrainingResult,
    initialize,
    predict,
)
from layerwise.errors import ParameterError
from layerwise.export.models import program_of
from layerwise.vocabulary import ACTIVATIONS

HIDDEN = [name for name in ACTIVATIONS if name not in ("softmax", "exp")]
EMBEDDINGS = [Embedding(5, 3), Embedding(4, None), Embedding(6, 2, ordered=True), Embedding(3, None, ordered=True)]

pytestmark = pytest.mark.filterwarnings("ignore::layerwise.errors.NetworkWarning")


def network(hidden, output, embeddings=(), dtype="float32", seed=0, plain=3):
    """Return a random network as a result of training."""
    n_0 = plain + sum(entry.width for entry in embeddings)
    net = Network((n_0, 6, 5, 3), (hidden, hidden, output), embeddings=embeddings)
    theta = initialize(net, seed).astype(dtype)
    theta.vector[...] += np.random.default_rng(seed).normal(0, 0.3, theta.vector.size)
    return TrainingResult(net, theta, history=None)


def examples(result, m=40, seed=0):
    """Return X, (m, n_x): numbers near and far, and positions, among them -1, fractions and ends."""
    rng = np.random.default_rng(seed)
    net = result.network
    far = 2.0 if net.g[-1].name == "exp" else 30.0
    X = rng.normal(size=(m, net.n_x)) * rng.choice([0.1, 1.0, far], (m, 1))
    for entry, column in zip(net.embeddings, range(net.n_x - len(net.embeddings), net.n_x), strict=True):
        whole = rng.integers(-1, entry.positions, m)
        X[:, column] = rng.uniform(0, entry.positions - 1, m).round(rng.integers(0, 3)) if entry.ordered else whole
    return X.astype(result.parameters.dtype)


def truth_of(result, X, dtype=None):
    """Return Y_hat as the library has it, (m, n_y); in float64 it is what the rounding of float32 hides."""
    theta = result.parameters.astype(dtype or result.parameters.dtype)
    return predict(result.network, theta, X.T.astype(theta.dtype)).T


def assert_near(found, truth, tolerance):
    # by the largest output of an example: what cancels in another has its rounding
    found, truth = np.reshape(found, (len(truth), -1)), np.reshape(truth, (len(truth), -1))
    size = np.maximum(np.abs(truth).max(axis=1, keepdims=True), 1)
    assert (np.abs(found - truth) / size).max() <= tolerance


NETWORKS = [(name, "identity", "float32") for name in HIDDEN] + [(name, "softmax", "float64") for name in HIDDEN]
NETWORKS += [("leaky_relu(slope=0.3)", "exp", "float32"), ("elu(alpha=0.4)", "sigmoid", "float64")]
NETWORKS += [("tanh", name, "float32") for name in HIDDEN]

each_network = pytest.mark.parametrize(("hidden", "output", "dtype"), NETWORKS)


@each_network
def test_onnx(hidden, output, dtype, tmp_path):
    result = network(hidden, output, EMBEDDINGS, dtype)
    X = examples(result)
    assert_near(by_onnx(result, X, tmp_path)["Y_hat"], truth_of(result, X), 1e-5)


@each_network
def test_numpy(hidden, output, dtype, tmp_path):
    result = network(hidden, output, EMBEDDINGS, dtype)
    X = examples(result)
    assert_near(by_numpy(result, X, tmp_path), truth_of(result, X, np.float64), 1e-12)


@needs_compiler
@pytest.mark.parametrize(("hidden", "output", "dtype"), NETWORKS[::2])
def test_c(hidden, output, dtype, tmp_path):
    result = network(hidden, output, EMBEDDINGS, dtype)
    X = examples(result)
    assert_near(by_c(result, X, tmp_path)[0], truth_of(result, X), 1e-5 if dtype == "float32" else 1e-12)


networks = st.builds(
    network,
    hidden=st.sampled_from(HIDDEN),
    output=st.sampled_from([*HIDDEN, "softmax"]),
    embeddings=st.lists(st.sampled_from(EMBEDDINGS), max_size=4),
    dtype=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 2**20),
    plain=st.integers(1, 4),
)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(result=networks, seed=st.integers(0, 2**20))
def test_any_network(result, seed, tmp_path_factory):
    folder, X = tmp_path_factory.mktemp("any"), examples(result, seed=seed)
    assert_near(by_onnx(result, X, folder)["Y_hat"], truth_of(result, X), 1e-5)
    assert_near(by_numpy(result, X, folder), truth_of(result, X, np.float64), 1e-12)


def test_positions_alone(tmp_path):
    result = network("relu", "identity", EMBEDDINGS, plain=0)
    X = examples(result)
    for found in (by_onnx(result, X, tmp_path)["Y_hat"], by_numpy(result, X, tmp_path)):
        assert_near(found, truth_of(result, X), 1e-5)


def test_numpy_refuses_what_is_no_matrix_of_numbers(tmp_path):
    result = network("relu", "identity")
    for X in (np.zeros((2, 4)), np.zeros(3), np.full((1, 3), np.nan)):
        with pytest.raises(ValueError, match=re.escape("predict needs a matrix of finite numbers, (m, 3).")):
            by_numpy(result, X, tmp_path)


def rows(m=60, seed=0):
    X = np.random.default_rng(seed).normal(size=(m, 4))
    return X, X[:, 0] - 2 * X[:, 1] + 0.5 * X[:, 2] * X[:, 3]


CLASSIFIERS = {
    "texts": (MLPClassifier, lambda score: np.where(score > 0, "é", "no")),
    "booleans": (MLPClassifier, lambda score: score > 0),
    "numbers": (MLPClassifier, lambda score: np.digitize(score, [-1, 1]) * 10 - 5),
    "logistic of two": (LogisticRegression, lambda score: np.where(score > 0, 2, 1)),
    "logistic of three": (LogisticRegression, lambda score: np.array(["a", "b", "c"])[np.digitize(score, [-1, 1])]),
}


def fit(make, X, y):
    settings = {
        LogisticRegression: {},
        TabularClassifier: {"n_estimators": 2, "epochs": 2, "hidden": (6,)},
    }.get(make, {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return make(**settings).fit(X, y)


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_classifiers_of_a_matrix(kind, dtype, tmp_path):
    make, label = CLASSIFIERS[kind]
    X, score = rows()
    X = X.astype(dtype)
    model = fit(make, X, label(score))
    truth, labels = model.predict_proba(X), model.predict(X)
    outputs = by_onnx(model, X, tmp_path)
    assert_near(outputs["probabilities"], truth, 1e-5)
    as_texts = np.char.lower(labels.astype(str)) if kind == "booleans" else labels
    np.testing.assert_array_equal(outputs["label"], as_texts)
    assert_near(by_numpy(model, X, tmp_path), truth, 1e-6)
    found, places = by_c(model, X, tmp_path)
    assert_near(found, truth, 1e-5)
    np.testing.assert_array_equal(model.classes_[places], labels)


@needs_compiler
@pytest.mark.parametrize("targets", [1, 3])
def test_regressors_of_a_matrix(targets, tmp_path):
    X, score = rows()
    model = fit(MLPRegressor, X, score if targets == 1 else np.stack([score, -score, score**2], axis=1))
    truth = model.predict(X)
    outputs = by_onnx(model, X, tmp_path)
    for found in (outputs["value" if targets == 1 else "Y_hat"], by_numpy(model, X, tmp_path)):
        assert_near(found, truth, 1e-9)
    assert_near(by_c(model, X, tmp_path)[0].reshape(truth.shape), truth, 1e-9)


@needs_compiler
def test_several_labels_at_once(tmp_path):
    X, score = rows()
    model = fit(MLPClassifier, X, np.stack([score > 0, score > 1, X[:, 0] > 0], axis=1).astype(int))
    outputs = by_onnx(model, X, tmp_path)
    assert_near(outputs["probabilities"], model.predict_proba(X), 1e-5)
    np.testing.assert_array_equal(outputs["label"], model.predict(X))
    assert_near(by_numpy(model, X, tmp_path), model.predict_proba(X), 1e-6)
    assert_near(by_c(model, X, tmp_path)[0], model.predict_proba(X), 1e-5)


@needs_compiler
@pytest.mark.parametrize("make", [MLPClassifier, LogisticRegression, TabularClassifier])
def test_exactly_one_half_is_the_class_that_the_estimator_says(make, tmp_path):
    X, score = rows()
    model = fit(make, X, np.where(score > 0, "second", "first"))
    arrays = [model.coef_, model.intercept_] if make is LogisticRegression else getattr(model, "coefs_", [])
    arrays = [member.parameters.vector for member in model.model_.members] if make is TabularClassifier else arrays
    for array in [*arrays, *getattr(model, "intercepts_", [])]:
        array[...] = 0
    assert (model.predict_proba(X) == 0.5).all()
    cells = {f"x{j}": X[:, j] for j in range(4)} if make is TabularClassifier else X
    np.testing.assert_array_equal(by_onnx(model, cells, tmp_path)["label"], model.predict(X))
    np.testing.assert_array_equal(model.classes_[by_c(model, cells, tmp_path)[1]], model.predict(X))


def test_a_classifier_of_one_class_is_refused():
    X, _ = rows()
    with pytest.raises(ParameterError, match=r"must have learnt at least two classes\. Got one: 3\."):
        program_of(fit(MLPClassifier, X, np.full(len(X), 3)))
