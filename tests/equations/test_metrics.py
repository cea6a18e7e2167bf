import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn

import layerwise as lw
from layerwise.equations import cost, forward
from layerwise.equations.metrics import METRICS, Metric, accuracy, auc, log_loss, mae, metric_of, metrics_of, r2, rmse
from oracles import laws

cases = st.tuples(st.integers(0, 10_000), st.integers(2, 40), st.booleans())


def drawn(case, rows=1):
    seed, m, weighted = case
    rng = np.random.default_rng(seed)
    return rng, m, rng.uniform(0.1, 3, m) if weighted else None


@laws
@given(cases)
def test_accuracy_of_two_classes(case):
    rng, m, w = drawn(case)
    Y_hat, Y = rng.uniform(size=(1, m)), rng.integers(0, 2, (1, m))
    assert accuracy(Y_hat, Y, w) == pytest.approx(sklearn.accuracy_score(Y[0], Y_hat[0] >= 0.5, sample_weight=w))


@laws
@given(cases)
def test_accuracy_of_many_classes(case):
    rng, m, w = drawn(case)
    classes = rng.integers(0, 4, m)
    Y_hat, Y = rng.dirichlet(np.ones(4), m).T, np.eye(4)[classes].T
    assert accuracy(Y_hat, Y, w) == pytest.approx(
        sklearn.accuracy_score(classes, Y_hat.argmax(axis=0), sample_weight=w)
    )


@laws
@given(cases)
def test_accuracy_of_many_labels_is_the_mean_of_theirs(case):
    rng, m, w = drawn(case)
    Y_hat, Y = rng.uniform(size=(3, m)), rng.integers(0, 2, (3, m))
    Y[:, 0] = 1  # so that not every column could be one-hot
    each = [sklearn.accuracy_score(y, y_hat >= 0.5, sample_weight=w) for y, y_hat in zip(Y, Y_hat, strict=True)]
    assert accuracy(Y_hat, Y, w) == pytest.approx(np.mean(each))


def test_one_half_counts_as_one():
    assert accuracy(np.array([[0.5, 0.4999]]), np.array([[1, 1]])) == 0.5


@laws
@given(cases)
def test_auc_with_ties(case):
    rng, m, w = drawn(case)
    Y_hat, Y = rng.integers(0, 6, (1, m)) / 5, rng.integers(0, 2, (1, m))
    Y[0, :2] = 0, 1
    assert auc(Y_hat, Y, w) == pytest.approx(sklearn.roc_auc_score(Y[0], Y_hat[0], sample_weight=w), abs=1e-12)


@pytest.mark.parametrize("label", [0, 1])
def test_auc_of_one_class_is_undefined(label):
    assert math.isnan(auc(np.array([[0.1, 0.9]]), np.full((1, 2), label)))


def test_auc_where_all_positives_weigh_nothing():
    assert math.isnan(auc(np.array([[0.1, 0.9]]), np.array([[0, 1]]), np.array([1.0, 0.0])))


@laws
@given(cases, st.integers(1, 3))
def test_errors_of_numbers(case, rows):
    rng, m, w = drawn(case)
    Y_hat, Y = rng.normal(size=(rows, m)), rng.normal(size=(rows, m)) * 3 + 1
    if m == 2 and w is None:
        Y[:, 0] = 5
    weights = {"sample_weight": w}
    assert rmse(Y_hat, Y, w) == pytest.approx(math.sqrt(sklearn.mean_squared_error(Y.T, Y_hat.T, **weights)))
    assert mae(Y_hat, Y, w) == pytest.approx(sklearn.mean_absolute_error(Y.T, Y_hat.T, **weights))
    expected = sklearn.r2_score(Y.T, Y_hat.T, multioutput="variance_weighted", **weights)
    assert r2(Y_hat, Y, w) == pytest.approx(expected, rel=1e-9)


@laws
@given(cases)
def test_log_loss_is_that_of_scikit_learn(case):
    rng, m, w = drawn(case)
    P, y = rng.uniform(0.01, 0.99, m), rng.integers(0, 2, m)
    expected = sklearn.log_loss(y, P, sample_weight=w, labels=[0, 1])
    assert log_loss(P[None], y[None], w) == pytest.approx(expected)
    P, classes = rng.dirichlet(np.ones(4), m), rng.integers(0, 4, m)
    expected = sklearn.log_loss(classes, np.maximum(P, 1e-15), sample_weight=w, labels=range(4))
    assert log_loss(P.T, np.eye(4)[classes].T, w) == pytest.approx(expected)


@laws
@given(st.integers(0, 99), st.integers(1, 3))
def test_log_loss_of_labels_of_their_own_is_their_sum_as_in_the_cost(seed, rows):
    rng = np.random.default_rng(seed)
    net, Y = lw.Network((2, rows), ("sigmoid",)), rng.integers(0, 2, (rows, 9)).astype(float)
    theta, X = lw.initialize(net, seed), rng.normal(size=(2, 9))
    run = forward(net, theta, X)
    if rows > 1 and (abs(run.Y_hat.sum(axis=0) - 1) < 1e-3).all():
        return
    assert log_loss(run.Y_hat, Y) == pytest.approx(cost(net, theta, run, Y))


def test_log_loss_is_finite_where_it_is_wrong_and_nothing_where_it_is_right():
    assert log_loss(np.array([[0.0, 1.0]]), np.array([[0, 1]])) == 0
    assert log_loss(np.array([[0.0, 1.0]]), np.array([[1, 0]])) == pytest.approx(1074 * math.log(2))
    assert math.isnan(log_loss(np.array([[np.nan, 1.0]]), np.array([[0, 1]])))


def test_a_metric_of_ones_own():
    def widest(Y_hat, Y, sample_weight):
        assert sample_weight is None or sample_weight.shape == (2,)
        return np.float32(abs(Y_hat - Y).max())

    metric = Metric("widest", widest, greater_is_better=False)
    for weights in (None, np.ones(2), np.ones((1, 2))):
        value = metric(np.array([[1.0, 5.0]]), np.array([[1.0, 1.0]]), weights)
        assert (type(value), value) == (float, 4.0)
    assert metric_of("metric", metric) is metric
    assert metric_of("metric", widest) == Metric("widest", widest, greater_is_better=True)
    assert metric_of("metric", "auc") is METRICS["auc"]
    assert [name for name in METRICS if METRICS[name].greater_is_better] == ["accuracy", "auc", "r2"]


@pytest.mark.parametrize("constant", [0.0, 1.0, 0.1, 1 / 3, 1e6 + 0.1])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_r2_of_a_constant_is_undefined(constant, dtype):
    Y = np.full((1, 7), constant, dtype)
    assert math.isnan(r2(np.ones((1, 7), dtype), Y))
    assert math.isnan(r2(np.ones((1, 7), dtype), Y, np.linspace(0.1, 0.7, 7, dtype=dtype)))


def test_r2_of_the_mean_is_zero_and_of_the_truth_one():
    Y = np.array([[1.0, 2.0, 4.0, 9.0]])
    assert r2(Y, Y) == 1
    assert r2(np.full_like(Y, 4.0), Y) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("name", METRICS)
@laws
@given(st.lists(st.integers(0, 3), min_size=6, max_size=6), st.integers(0, 99))
def test_weight_two_is_the_row_twice(name, counts, seed):
    rng = np.random.default_rng(seed)
    counts = np.array([1, 1, *counts])
    Y_hat, Y = rng.uniform(size=(1, 8)), np.array([[0, 1, *rng.integers(0, 2, 6)]])
    weighted = METRICS[name](Y_hat, Y, counts)
    repeated = METRICS[name](np.repeat(Y_hat, counts, axis=1), np.repeat(Y, counts, axis=1), None)
    assert weighted == pytest.approx(repeated)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("shape", [(8,), (1, 8)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_weights_may_be_a_row_and_the_metric_is_a_float(name, shape, dtype):
    rng = np.random.default_rng(0)
    Y_hat, Y = rng.uniform(size=(1, 8)).astype("float32"), np.array([[0, 1, 0, 1, 1, 1, 0, 1]], "float32")
    w = np.arange(1, 9)
    value = METRICS[name](Y_hat, Y, w.astype(dtype).reshape(shape))
    assert type(value) is float
    assert value == pytest.approx(METRICS[name](Y_hat, Y, w), rel=1e-6)


@pytest.mark.parametrize(
    ("output", "loss", "names"),
    [
        ("sigmoid", None, ("accuracy",)),
        ("softmax", None, ("accuracy",)),
        ("identity", None, ("rmse", "mae")),
        ("exp", None, ("rmse", "mae")),
        ("sigmoid", "squared_error", ("rmse", "mae")),
    ],
)
def test_metrics_of_a_network(output, loss, names):
    assert metrics_of(lw.Network((2, 2), (output,), loss)) == names
