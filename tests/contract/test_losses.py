"""What every loss owes, with every output activation it may stand behind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerwise as lw
from layerwise.equations import backward, cost, forward
from layerwise.equations.activations import activation
from layerwise.equations.losses import CANONICAL, LOSS_TABLE, loss
from layerwise.errors import ParameterError
from layerwise.vocabulary import ACTIVATIONS, LOSSES, OUTPUT_OF_LOSS, choose
from oracles import derivative, labels_for, laws


def pairs():
    for name in LOSS_TABLE:
        for output in ACTIVATIONS:
            try:
                lw.Network((2, 3), (output,), name)
            except ParameterError:
                continue
            yield name, output


PAIRS = list(pairs())


def problem(name, output, hidden=(), m=5, seed=0, dtype="float64"):
    """A network with parameters, X and Y; no Z near 0 and no residual near a kink."""
    net = lw.Network((2, *(4 for _ in hidden), 3), (*hidden, output), name)
    labels = loss(net.loss_choice).labels
    for attempt in range(seed * 1000, seed * 1000 + 1000):
        rng = np.random.default_rng(attempt)
        theta = lw.Parameters.from_vector(net.sizes, rng.normal(size=net.n_parameters) * 0.8)
        X, Y = rng.normal(size=(2, m)), labels_for(labels, (3, m), rng)
        run = forward(net, theta, X)
        r = abs(run.Y_hat - Y)
        if min(abs(z).min() for z in run.Z[1:]) > 0.02 and r.min() > 0.02 and abs(r - 1).min() > 0.02:
            return net, theta.astype(dtype), X, Y
    raise AssertionError("no problem away from all kinks")


@pytest.mark.parametrize(("name", "output"), PAIRS)
@pytest.mark.parametrize("hidden", [(), ("tanh",)], ids=["L = 1", "L = 2"])
def test_backward_is_the_derivative_of_the_cost(name, output, hidden):
    net, theta, X, Y = problem(name, output, hidden)
    w = np.array([0.5, 1, 2, 0, 1])

    def J(vector):
        moved = lw.Parameters.from_vector(net.sizes, vector)
        return cost(net, moved, forward(net, moved, X), Y, 0.4, w)

    grad = backward(net, theta, forward(net, theta, X), Y, 0.4, w)
    np.testing.assert_allclose(grad.vector, derivative(J, theta.vector, h=1e-3), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(("output", "name"), sorted(CANONICAL))
def test_the_canonical_pairs_have_exactly_the_error_as_their_derivative(output, name):
    net, theta, X, Y = problem(name, output)
    run = forward(net, theta, X)
    np.testing.assert_array_equal(backward(net, theta, run, Y).dZ[1], run.Y_hat - Y)


@pytest.mark.parametrize(("name", "output"), PAIRS)
def test_the_derivative_by_the_output_leads_to_that_of_the_logits(name, output):
    net, theta, X, Y = problem(name, output)
    run = forward(net, theta, X)
    grad = backward(net, theta, run, Y)
    np.testing.assert_allclose(
        activation(net.g[1]).backward(grad.dA[1], run.Z[1], run.A[1]), grad.dZ[1], rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("name", LOSS_TABLE)
@laws
@given(st.lists(st.integers(0, 3), min_size=4, max_size=4).filter(any), st.sampled_from([0.0, 1.3]), st.integers(0, 20))
def test_weight_two_is_the_row_twice(name, counts, l2, seed):
    net, theta, X, Y = problem(name, OUTPUT_OF_LOSS.get(name, "identity"), m=4, seed=seed)
    X_rows, Y_rows = np.repeat(X, counts, axis=1), np.repeat(Y, counts, axis=1)
    once, often = forward(net, theta, X), forward(net, theta, X_rows)
    assert cost(net, theta, once, Y, l2, counts) == pytest.approx(cost(net, theta, often, Y_rows, l2), rel=1e-12)
    np.testing.assert_allclose(
        backward(net, theta, once, Y, l2, counts).vector, backward(net, theta, often, Y_rows, l2).vector, atol=1e-13
    )


@pytest.mark.parametrize("name", LOSS_TABLE)
def test_the_cost_is_the_mean_over_examples_of_the_sum_over_outputs(name):
    net, theta, X, Y = problem(name, OUTPUT_OF_LOSS.get(name, "identity"))
    run = forward(net, theta, X)
    alone = [cost(net, theta, forward(net, theta, X[:, [i]]), Y[:, [i]]) for i in range(5)]
    assert cost(net, theta, run, Y) == pytest.approx(np.mean(alone), rel=1e-13)
    assert loss(net.loss_choice).value(run.Z[1], run.A[1], Y).sum(axis=0) == pytest.approx(alone, rel=1e-13)


@pytest.mark.parametrize("name", LOSS_TABLE)
def test_only_the_proportions_of_the_weights_matter(name):
    net, theta, X, Y = problem(name, OUTPUT_OF_LOSS.get(name, "identity"))
    run, w = forward(net, theta, X), np.arange(1.0, 6)
    assert cost(net, theta, run, Y, 0.0, 7 * w) == pytest.approx(cost(net, theta, run, Y, 0.0, w), rel=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "output"), PAIRS)
def test_floating_type_is_kept(name, output, dtype):
    net, theta, X, Y = problem(name, output, dtype=dtype)
    run = forward(net, theta, X)
    Y = Y.astype(dtype)
    entry = loss(net.loss_choice)
    assert entry.value(run.Z[1], run.A[1], Y).dtype == entry.derivative(run.A[1], Y).dtype == dtype
    grad = backward(net, theta, run, Y, 0.1, np.arange(5))
    assert grad.dA[1].dtype == grad.dZ[1].dtype == grad.vector.dtype == dtype


@pytest.mark.parametrize("name", LOSS_TABLE)
def test_the_right_answer_has_no_derivative(name):
    entry = loss(choose("loss", name, LOSSES))
    Y = labels_for(entry.labels, (3, 6), np.random.default_rng(0))
    if entry.labels == "non-negative":
        Y += 1
    # −1 in every direction for the categorical one: nothing along the simplex, where ŷ stays
    np.testing.assert_array_equal(entry.derivative(Y, Y), -1 if entry.labels == "distributions" else 0)


@pytest.mark.parametrize(("dtype", "large"), [("float32", 1e4), ("float64", 1e300)])
@pytest.mark.parametrize("name", [name for name in LOSS_TABLE if "cross_entropy" in name])
def test_cross_entropies_of_large_logits_are_exact_and_silent(name, dtype, large):
    output = OUTPUT_OF_LOSS[name]
    net = lw.Network((1, 2), (output,), name)
    theta = lw.Parameters([[[1.0], [0.0]]], [[[0.0], [0.0]]]).astype(dtype)
    Y = np.array([[0.0], [1.0]])
    with np.errstate(all="raise"):
        run = forward(net, theta, [[large]])
        J = cost(net, theta, run, Y)
        grad = backward(net, theta, run, Y)
    assert pytest.approx(large, rel=1e-3) == J  # and log 2 for the second label's zero logit
    np.testing.assert_array_equal(grad.dZ[1], run.Y_hat - Y)
    assert grad.dZ[1][0, 0] == 1
