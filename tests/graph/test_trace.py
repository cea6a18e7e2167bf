"""`trace` against `equations`: two independent computations of every cost and derivative."""

import math
import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerwise.equations import backward, cost, forward, initialize
from layerwise.errors import DataError, NetworkWarning, ParameterError, ShapeError
from layerwise.graph import Graph, trace
from layerwise.network import Embedding, Network, Parameters
from layerwise.vocabulary import ACTIVATIONS, LOSSES, OUTPUT_OF_LOSS

HIDDEN = [*sorted(set(ACTIVATIONS) - {"softmax", "exp"}), "leaky_relu(slope=0.2)", "elu(alpha=0.7)"]
SPELT_LOSSES = [*LOSSES, "huber(delta=0.3)", "quantile(q=0.9)"]
PAIRS = [
    (output, loss)
    for loss in SPELT_LOSSES
    for output in ([OUTPUT_OF_LOSS[loss]] if loss in OUTPUT_OF_LOSS else [*ACTIVATIONS, "leaky_relu(slope=0.2)"])
]


def network(sizes, activations, loss=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetworkWarning)
        return Network(sizes, activations, loss)


def problem(net, m=5, scale=1.0, seed=0, dtype=np.float64):
    """Random parameters and inputs, with labels that the loss allows."""
    rng = np.random.default_rng(seed)
    shapes = list(zip(net.sizes[1:], net.sizes[:-1], strict=True))
    W = [scale * rng.normal(size=shape) / math.sqrt(shape[1]) for shape in shapes]
    b = [scale * rng.normal(size=(n, 1)) for n, _ in shapes]
    Y = rng.normal(size=(net.sizes[-1], m))
    name = net.loss_choice.name
    if name == "binary_cross_entropy":
        Y = (Y > 0).astype(float)
    elif name == "categorical_cross_entropy":
        Y = np.eye(net.sizes[-1])[:, rng.integers(0, net.sizes[-1], m)]
    elif name == "poisson":
        Y = rng.poisson(2.0, size=Y.shape).astype(float)
    theta = Parameters([w.astype(dtype) for w in W], [bias.astype(dtype) for bias in b])
    return theta, rng.normal(size=(net.sizes[0], m)), Y


def assert_agrees(net, theta, X, Y, l2=0.0, sample_weight=None, tolerance=1e-10):
    run = forward(net, theta, X)
    grad = backward(net, theta, run, Y, l2=l2, sample_weight=sample_weight)
    graph = trace(net, theta, X, Y, l2=l2, sample_weight=sample_weight)
    m = X.shape[1] if sample_weight is None else np.sum(sample_weight)

    def agree(actual, expected):
        np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)

    agree(graph.J.value, cost(net, theta, run, Y, l2=l2, sample_weight=sample_weight))
    for l in range(1, net.L + 1):
        agree(graph[f"Z[{l}]"].value, run.Z[l])
        agree(graph[f"A[{l}]"].value, run.A[l])
        agree(graph[f"W[{l}]"].grad, grad.dW[l])
        agree(graph[f"b[{l}]"].grad, grad.db[l])
        agree(m * graph[f"Z[{l}]"].grad, grad.dZ[l])
        agree(m * graph[f"A[{l - 1}]" if l > 1 else "X"].grad, grad.dA[l - 1])
    if graph["Y_hat"].grad is not None:
        agree(m * graph["Y_hat"].grad, grad.dA[net.L])
    return graph


@pytest.mark.parametrize(("output", "loss"), PAIRS)
@pytest.mark.parametrize("l2", [0.0, 0.7])
def test_every_output_and_loss(output, loss, l2):
    for seed in range(3):
        net = network((3, 4, 3), ("tanh", output), loss)
        assert_agrees(net, *problem(net, seed=seed), l2=l2)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("depth", range(6))
def test_every_activation_loss_and_depth(hidden, depth):
    for output, loss in PAIRS:
        net = network((3, *(3,) * depth, 2), (*[hidden] * depth, output), loss)
        for l2 in (0.0, 0.7):
            assert_agrees(net, *problem(net, m=3, seed=depth), l2=l2)


@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_sample_weights(output, loss):
    net = network((3, 4, 3), ("tanh", output), loss)
    weight = np.array([0.0, 1.0, 2.0, 0.5, 3.0])
    assert_agrees(net, *problem(net), l2=0.7, sample_weight=weight)


def test_weight_two_is_the_row_twice():
    net = network((3, 4, 1), ("tanh", "sigmoid"))
    theta, X, Y = problem(net)
    twice = np.array([0, 1, 2, 2, 3, 4, 4])
    weighted = trace(net, theta, X, Y, l2=0.3, sample_weight=[1, 1, 2, 1, 2])
    repeated = trace(net, theta, X[:, twice], Y[:, twice], l2=0.3)
    assert weighted.J.value == pytest.approx(repeated.J.value, rel=1e-14)
    np.testing.assert_allclose(weighted["W[1]"].grad, repeated["W[1]"].grad, rtol=1e-12)


EMBEDDINGS = [Embedding(4, 3), Embedding(3, None), Embedding(5, 2, ordered=True), Embedding(3, None, ordered=True)]


@pytest.mark.parametrize("embeddings", [EMBEDDINGS, EMBEDDINGS[:1], EMBEDDINGS[1:2], EMBEDDINGS[2:]])
@pytest.mark.parametrize("plain", [0, 2])
@pytest.mark.parametrize("weight", [None, [0.0, 1.0, 2.0, 0.5, 3.0]])
def test_embeddings(embeddings, plain, weight):
    n_0 = plain + sum(entry.width for entry in embeddings)
    net = Network((n_0, 4, 2), ("tanh", "identity"), embeddings=embeddings)
    rng = np.random.default_rng(1)
    positions = [(rng.uniform if e.ordered else rng.integers)(-1, e.positions, 5) for e in embeddings]
    X, Y, theta = np.vstack([rng.normal(size=(plain, 5)), *positions]), rng.normal(size=(2, 5)), initialize(net, 3)
    run = forward(net, theta, X)
    grad = backward(net, theta, run, Y, l2=0.3, sample_weight=weight)
    graph = trace(net, theta, X, Y, l2=0.3, sample_weight=weight)
    m = 5 if weight is None else sum(weight)
    np.testing.assert_array_equal(graph["X"].value, X)
    np.testing.assert_allclose(graph["A[0]"].value, run.A[0], rtol=1e-13)
    np.testing.assert_allclose(m * graph["A[0]"].grad, grad.dA[0], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(graph["W[1]"].grad, grad.dW[1], rtol=1e-10, atol=1e-13)
    for j, entry in enumerate(embeddings):
        assert (f"E[{j}]" in graph) == (entry.dimension is not None)
        if entry.dimension is not None:
            np.testing.assert_allclose(graph[f"E[{j}]"].grad, grad.dE[j], rtol=1e-10, atol=1e-13)
            assert graph.formula(graph[f"E[{j}]"]) == ""


@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_float32_stays_float32(output, loss):
    net = network((3, 4, 3), ("relu", output), loss)
    graph = assert_agrees(net, *problem(net, dtype=np.float32), l2=0.5, tolerance=2e-4)
    assert {node.dtype for node in graph} == {np.dtype(np.float32)}


@given(st.integers(0, 2**32 - 1), st.sampled_from(["relu", "leaky_relu", "elu", "gelu", "selu"]))
@settings(deadline=None, max_examples=40)
def test_kinks_agree_where_every_z_is_zero(seed, hidden):
    net = network((2, 3, 1), (hidden, "identity"))
    theta, X, Y = problem(net, seed=seed)
    theta.W[1][...], theta.b[1][...] = 0, 0
    assert_agrees(net, theta, X, Y)


@pytest.mark.parametrize("loss", ["absolute_error", "quantile(q=0.9)", "huber(delta=1)"])
def test_a_residual_of_zero_has_derivative_zero(loss):
    net = network((1, 1), ("identity",), loss)
    theta = Parameters(W=[[[1.0]]], b=[[[0.0]]])
    graph = assert_agrees(net, theta, np.array([[2.0, 3.0]]), np.array([[2.0, 3.0]]))
    assert graph.J.value == 0
    assert graph["A[1]"].grad.tolist() == [[0, 0]]


# ---- cross-entropies where the output has rounded to its label


def linear(output, z, loss=None):
    """Return a network whose logits are exactly z, its parameters and its input."""
    z = np.atleast_2d(z)
    net = network((len(z), len(z)), (output,), loss)
    return net, Parameters(W=[np.eye(len(z))], b=[np.zeros((len(z), 1))]), z


@pytest.mark.parametrize("z", [-1e300, -800.0, -40.0, -15.0, -3.0, 0.0, 3.0, 11.9, 15.0, 36.0, 40.0, 800.0, 1e300])
@pytest.mark.parametrize("y", [0.0, 1.0, 0.25])
def test_a_confident_sigmoid_costs_its_true_nats(z, y):
    net, theta, X = linear("sigmoid", z)
    graph = trace(net, theta, X, np.array([[y]]))
    with mpmath.workdps(40):
        exact = mpmath.log1p(mpmath.exp(-abs(mpmath.mpf(z)))) + max(z, 0) - mpmath.mpf(y) * mpmath.mpf(z)
        a = 1 / (1 + mpmath.exp(-mpmath.mpf(z))) if z > -1e3 else mpmath.mpf(0)
    assert graph.J.value == pytest.approx(float(exact), rel=1e-10)
    assert graph["Z[1]"].grad[0, 0] == pytest.approx(float(a - y), rel=1e-9)


def test_the_loss_is_written_in_a_where_that_is_exact_and_in_z_elsewhere():
    Y = np.array([[1.0]])
    from_a = trace(*linear("sigmoid", 11.0), Y)
    from_z = trace(*linear("sigmoid", 13.0), Y)
    assert from_a["A[1]"].grad[0, 0] == pytest.approx(-1 / from_a["A[1]"].value[0, 0], rel=1e-15)
    assert from_z["A[1]"].grad is None
    assert from_z["A[1]"].value[0, 0] == pytest.approx(1 / (1 + math.exp(-13)), rel=1e-15)


@pytest.mark.parametrize("size", [1.0, 600.0, 5_000.0, 1e300])
def test_a_confident_softmax_costs_its_true_nats(size):
    net, theta, X = linear("softmax", [[size], [0.0], [-size]])
    graph = trace(net, theta, X, np.array([[0.0], [0.0], [1.0]]))
    with mpmath.workdps(40):
        exact = 2 * mpmath.mpf(size) + mpmath.log1p(mpmath.exp(-mpmath.mpf(size)) + mpmath.exp(-2 * mpmath.mpf(size)))
    assert graph.J.value == pytest.approx(float(exact), rel=1e-13)
    assert np.isfinite(graph["W[1]"].grad).all()
    np.testing.assert_allclose(graph["Z[1]"].grad, graph["A[1]"].value - [[0], [0], [1]], atol=1e-13)


@pytest.mark.parametrize("z", [-1e4, -800.0, -50.0, -38.0, -1.0, 2.0])
def test_poisson_costs_its_true_nats(z):
    net, theta, X = linear("exp", z, "poisson")
    graph = trace(net, theta, X, np.array([[3.0]]))
    assert graph.J.value == pytest.approx(math.exp(z) - 3 * z, rel=1e-14)
    assert graph["Z[1]"].grad[0, 0] == pytest.approx(math.exp(z) - 3, rel=1e-14)


@pytest.mark.parametrize("output", sorted(set(ACTIVATIONS) - {"softmax", "exp"}))
def test_no_activation_warns_at_any_size(output):
    net, theta, X = linear(output, [[-1e300, -800.0, -30.0, 0.0, 30.0, 800.0, 1e300]], "absolute_error")
    graph = trace(net, theta, X, np.zeros((1, 7)))
    assert np.isfinite(graph["A[1]"].value).all()
    assert np.isfinite(graph["Z[1]"].grad).all()


# ---- what the learner sees


@pytest.fixture
def logistic():
    net = network((2, 1), ("sigmoid",))
    theta = Parameters(W=[[[0.4, -0.3]]], b=[[[0.1]]])
    X = np.array([[1.0, 2.0, -1.5], [0.5, -1.0, 2.0]])
    return trace(net, theta, X, np.array([[1, 1, 0]]))


def test_logistic_regression_of_notes_2_10(logistic):
    m, X, Y = 3, logistic["X"].value, logistic["Y"].value
    a = 1 / (1 + np.exp(-(np.array([[0.4, -0.3]]) @ X + 0.1)))
    dz = a - Y
    np.testing.assert_allclose(logistic["loss"].value, -(Y * np.log(a) + (1 - Y) * np.log(1 - a)), rtol=1e-14)
    np.testing.assert_allclose(m * logistic["A[1]"].grad, -Y / a + (1 - Y) / (1 - a), rtol=1e-14)
    np.testing.assert_allclose(m * logistic["Z[1]"].grad, dz, rtol=1e-13)
    np.testing.assert_allclose(logistic["W[1]"].grad, dz @ X.T / m, rtol=1e-13)
    np.testing.assert_allclose(logistic["b[1]"].grad, [[dz.mean()]], rtol=1e-13)


def test_every_name_of_the_notation_is_there(logistic):
    assert isinstance(logistic, Graph)
    assert {"X", "W[1]", "b[1]", "Z[1]", "A[1]", "Y", "loss", "J"} <= set(logistic.names)
    assert logistic["A[0]"] is logistic["X"]
    assert logistic["Y_hat"] is logistic["A[1]"]
    assert logistic.formula(logistic["Z[1]"]) == "v1 + b[1]"
    assert logistic.formula(logistic["A[1]"]) == "sigmoid(Z[1])"
    assert all(node.grad is not None and np.shape(node.grad) == node.shape for node in logistic)


def test_penalty_and_weights_are_nodes():
    net = network((3, 2, 1), ("tanh", "sigmoid"))
    theta, X, Y = problem(net)
    graph = trace(net, theta, X, Y, l2=0.3, sample_weight=[1, 2, 3, 4, 5])
    assert graph["L2"].value == pytest.approx(0.3 / 30 * sum((W**2).sum() for W in theta.W[1:]), rel=1e-14)
    assert graph["w"].value.tolist() == [[1, 2, 3, 4, 5]]
    assert graph["loss"].shape == (1, 5)


# ---- what is refused


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"X": np.ones(2)}, ShapeError, r"trace: X must have shape \(n_x, m\) with n_x = 2.*Use X.reshape\(-1, 1\)"),
        ({"X": np.ones((3, 2))}, ShapeError, r"trace: X must have shape .* Got \(3, 2\). Use X.T"),
        ({"Y": np.ones(3)}, ShapeError, r"trace: Y must have shape \(n_y, m\) with n_y = 1.*Use Y.reshape\(1, -1\)"),
        ({"Y": np.ones((1, 4))}, ShapeError, r"trace: Y must have a column for each of the m = 3 columns of X"),
        ({"Y": np.full((1, 3), 2)}, DataError, r"trace: with the loss 'binary_cross_entropy' .* in \[0, 1\]"),
        ({"sample_weight": np.ones(2)}, ShapeError, r"trace: sample_weight must have shape \(m,\)"),
        ({"l2": -1.0}, ParameterError, r"The 'l2' parameter of trace must be a float in the range \[0, inf\)"),
        ({"net": Network((3, 1), ("sigmoid",))}, ShapeError, r"trace: the parameters must have the sizes"),
    ],
)
def test_arguments_that_do_not_fit(change, error, message):
    theta = Parameters(W=[[[0.4, -0.3]]], b=[[[0.1]]])
    arguments = {"net": network((2, 1), ("sigmoid",)), "theta": theta, "X": np.ones((2, 3)), "Y": np.ones((1, 3))}
    with pytest.raises(error, match=message):
        trace(**{**arguments, **change})
