"""check_gradients: right where backward is right, and the planted mistake named where it is not."""

import itertools

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations import Gradients, backward, forward
from layerwise.equations.regularizers import dropout_masks
from layerwise.errors import ParameterError, ShapeError
from layerwise.testing import check_gradients
from layerwise.vocabulary import ACTIVATIONS, LOSSES, OUTPUT_OF_LOSS

SMOOTH = ("sigmoid", "tanh", "gelu", "silu", "mish", "softplus")
KINKED = ("relu", "leaky_relu", "leaky_relu(slope=0.2)", "elu", "elu(alpha=0.5)", "selu")
SMOOTH_LOSSES = ("binary_cross_entropy", "categorical_cross_entropy", "squared_error", "poisson")


def random_case(rng, hidden, losses):
    """A random network, its parameters and random examples that its loss allows."""
    loss = str(rng.choice(losses))
    depth = int(rng.integers(0, 4))
    n_y = int(rng.integers(2 if "categorical" in loss else 1, 4))
    sizes = (*rng.integers(1, 5, size=depth + 1), n_y)
    output = OUTPUT_OF_LOSS.get(loss, str(rng.choice(["identity", "softplus", "tanh"])))
    net = lw.Network([int(n) for n in sizes], (*rng.choice(hidden, size=depth), output), loss)
    m = int(rng.integers(1, 8))
    X = rng.normal(size=(net.n[0], m))
    Y = rng.normal(size=(n_y, m))
    if loss == "binary_cross_entropy":
        Y = (Y > 0).astype(float)
    elif loss == "categorical_cross_entropy":
        Y = np.eye(n_y)[:, rng.integers(0, n_y, size=m)]
    elif loss == "poisson":
        Y = rng.poisson(2.0, size=(n_y, m)).astype(float)
    return net, lw.initialize(net, seed=int(rng.integers(2**32)), method="glorot"), X, Y


@pytest.mark.slow
def test_a_thousand_smooth_networks():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        net, theta, X, Y = random_case(rng, SMOOTH, SMOOTH_LOSSES)
        l2 = float(rng.choice([0.0, 0.7]))
        w = rng.uniform(0.1, 3.0, size=X.shape[1]) if rng.random() < 0.5 else None
        check = check_gradients(net, theta, X, Y, l2, w)
        assert check.max_relative_error <= 1e-7, (net, check)
        assert check.skipped == 0


@pytest.mark.slow
def test_kinked_networks_with_points_near_kinks_left_out():
    rng = np.random.default_rng(1)
    checked = skipped = 0
    losses = (*SMOOTH_LOSSES, "absolute_error", "huber", "quantile(q=0.9)")
    for _ in range(300):
        net, theta, X, Y = random_case(rng, (*SMOOTH, *KINKED), losses)
        check = check_gradients(net, theta, X, Y)
        checked, skipped = checked + check.checked, skipped + check.skipped
        assert not check.checked or check.max_relative_error <= 1e-6, (net, check)
    assert 0 < skipped < 0.1 * checked


def test_float32_against_float64():
    rng = np.random.default_rng(2)
    for _ in range(100):
        net, theta, X, Y = random_case(rng, SMOOTH, SMOOTH_LOSSES)
        analytic64 = backward(net, theta, forward(net, theta, X), Y).vector
        single = theta.astype(np.float32)
        analytic32 = backward(net, single, forward(net, single, X), Y).vector
        assert analytic32.dtype == np.float32
        scale = max(1.0, np.abs(analytic64).max())
        np.testing.assert_allclose(analytic32, analytic64, rtol=1e-4, atol=1e-4 * scale * 1e-2)
        assert check_gradients(net, single, X, Y).passed


def test_every_activation_and_loss_is_covered():
    names = {name.partition("(")[0] for name in (*SMOOTH, *KINKED, "identity", "softmax", "exp")}
    assert names == set(ACTIVATIONS)
    assert {*SMOOTH_LOSSES, "absolute_error", "huber", "quantile"} == set(LOSSES)


def test_with_dropout_masks():
    net = lw.Network((3, 6, 5, 2), ("tanh", "sigmoid", "softmax"))
    theta = lw.initialize(net, seed=4)
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(3, 10)), np.eye(2)[:, rng.integers(0, 2, 10)]
    masks = dropout_masks(net, (0.5, 0.2), 10, seed=1, step=0)
    assert check_gradients(net, theta, X, Y, masks=masks).max_relative_error <= 1e-7
    plain = backward(net, theta, forward(net, theta, X), Y)
    assert not check_gradients(net, theta, X, Y, masks=masks, gradients=plain).passed


@pytest.fixture
def case():
    net = lw.Network((3, 4, 2), ("tanh", "softmax"))
    rng = np.random.default_rng(5)
    return net, lw.initialize(net, seed=6), rng.normal(size=(3, 7)), np.eye(2)[:, rng.integers(0, 2, 7)]


@pytest.mark.parametrize(
    ("parameter", "layer", "index"), [("W", 1, (3, 2)), ("W", 2, (0, 1)), ("b", 1, (2, 0)), ("b", 2, (1, 0))]
)
def test_a_planted_wrong_derivative_is_found_and_named(case, parameter, layer, index):
    net, theta, X, Y = case
    grad = backward(net, theta, forward(net, theta, X), Y)
    right = float((grad.dW if parameter == "W" else grad.db)[layer][index])
    (grad.dW if parameter == "W" else grad.db)[layer][index] = right + 0.01
    check = check_gradients(net, theta, X, Y, gradients=grad)
    assert not check.passed
    assert (check.parameter, check.layer, check.index) == (parameter, layer, index)
    assert check.analytic == pytest.approx(right + 0.01)
    assert check.numeric == pytest.approx(right, abs=1e-9)
    assert f"WRONG: maximum relative error {check.max_relative_error:.2e} at d{parameter}[{layer}]" in str(check)


def test_a_nan_derivative_is_wrong(case):
    net, theta, X, Y = case
    grad = backward(net, theta, forward(net, theta, X), Y)
    grad.dW[1][0, 0] = np.nan
    check = check_gradients(net, theta, X, Y, gradients=grad)
    assert check.max_relative_error == np.inf
    assert not check.passed


def test_large_inputs_do_not_spoil_the_differences(case):
    net, theta, X, Y = case
    assert check_gradients(net, theta, 100 * X, Y).max_relative_error <= 1e-6


def test_nothing_can_be_checked_at_a_kink():
    net = lw.Network((1, 1), ("relu",))
    theta = lw.Parameters(W=[[[0.0]]], b=[[[0.0]]])
    check = check_gradients(net, theta, np.array([[1.0]]), np.array([[1.0]]))
    assert check.checked == 0
    assert not check.passed
    assert str(check) == "nothing could be checked: all 2 parameters lie near a kink"


def test_the_point_is_left_as_it_was(case):
    net, theta, X, Y = case
    before = theta.vector.copy()
    check_gradients(net, theta, X, Y)
    np.testing.assert_array_equal(theta.vector, before)


def test_gradients_of_another_network_are_refused(case):
    net, theta, X, Y = case
    other = Gradients(dW=[np.ones((1, 3))], db=[np.ones((1, 1))])
    message = r"gradients must have the sizes of the network, \(3, 4, 2\). Got \(3, 1\)"
    with pytest.raises(ShapeError, match=message):
        check_gradients(net, theta, X, Y, gradients=other)


def test_the_error_map_has_the_shapes_of_the_parameters(case):
    net, theta, X, Y = case
    errors = check_gradients(net, theta, X, Y).relative_errors
    for l, name in itertools.product((1, 2), ("W", "b")):
        mapped = (errors.dW if name == "W" else errors.db)[l]
        assert mapped.shape == getattr(theta, name)[l].shape
        assert (mapped < 1e-7).all()


def test_a_sample_of_the_entries():
    net = lw.Network((3, 4, 1), ("tanh", "sigmoid"))
    theta = lw.initialize(net, seed=1)
    X, Y = np.random.default_rng(0).normal(size=(3, 5)), np.array([[0, 1, 1, 0, 1]])
    whole = check_gradients(net, theta, X, Y)
    some = check_gradients(net, theta, X, Y, entries=np.array([7, 2, 2, 20]))
    assert (some.checked, some.skipped) == (3, 0)
    known = ~np.isnan(some.relative_errors.vector)
    assert np.flatnonzero(known).tolist() == [2, 7, 20]
    assert np.array_equal(some.numeric_gradients.vector[known], whole.numeric_gradients.vector[known])
    assert some.max_relative_error == whole.relative_errors.vector[[2, 7, 20]].max()


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([], r"at least one|one-dimensional"),
        ([[1]], "one-dimensional"),
        ([0.5], "whole numbers"),
        ([-1], "Got -1"),
        ([999], "Got 999"),
    ],
)
def test_entries_that_there_are_not(entries, said):
    net = lw.Network((3, 4, 1), ("tanh", "sigmoid"))
    with pytest.raises(ParameterError, match=f"The 'entries' parameter of check_gradients .*{said}"):
        check_gradients(net, lw.initialize(net, seed=1), np.ones((3, 1)), np.ones((1, 1)), entries=np.array(entries))
