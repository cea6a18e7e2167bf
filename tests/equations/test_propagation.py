import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerwise as lw
from layerwise.equations import Gradients, backward, cost, forward
from layerwise.errors import DataError, ShapeError
from oracles import derivative, gradients, laws, mean_loss, propagate, random_parameters

CASES = {
    "L = 1, logistic regression": ((3, 1), ("sigmoid",), None),
    "L = 1, linear regression": ((3, 2), ("identity",), None),
    "L = 1, softmax": ((3, 4), ("softmax",), None),
    "L = 2, shallow": ((2, 4, 1), ("tanh", "sigmoid"), None),
    "L = 2, not canonical": ((2, 4, 1), ("relu", "sigmoid"), "squared_error"),
    "L = 2, softmax with squared error": ((2, 5, 3), ("sigmoid", "softmax"), "squared_error"),
    "L = 3": ((3, 4, 5, 2), ("relu", "tanh", "identity"), "absolute_error"),
    "L = 3, softmax": ((3, 4, 5, 3), ("relu", "sigmoid", "softmax"), None),
    "L = 4": ((2, 6, 4, 3, 1), ("relu", "tanh", "relu", "sigmoid"), None),
    "L = 4, outputs that are probabilities": ((2, 3, 4, 3, 2), ("tanh", "tanh", "relu", "sigmoid"), None),
}


def problem(case, m=7, seed=0):
    sizes, g, name = CASES[case]
    rng = np.random.default_rng(seed)
    net = lw.Network(sizes, g, name)
    W, b = random_parameters(sizes, rng, 0.8)
    X = rng.normal(size=(sizes[0], m))
    if g[-1] == "softmax":
        Y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], m)].T
    elif g[-1] == "sigmoid":
        Y = rng.integers(0, 2, (sizes[-1], m)).astype(float)
    else:
        Y = rng.normal(size=(sizes[-1], m))
    return net, W, b, X, Y


def same(ours, expected):
    assert len(ours) == len(expected)
    for l in range(1, len(ours)):
        np.testing.assert_allclose(ours[l], expected[l], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("l2", [0.0, 0.7])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_against_einsum(case, l2, weighted, masked):
    net, W, b, X, Y = problem(case)
    rng = np.random.default_rng(1)
    w = rng.uniform(0, 3, X.shape[1]) if weighted else None
    masks = {l: rng.integers(0, 2, (net.n[l], X.shape[1])) * 1.6 for l in range(1, net.L)} if masked else None
    theta = lw.Parameters(W, b)

    run = forward(net, theta, X, masks)
    Z, A = propagate(W, b, net.activations, X, masks)
    same(run.Z, Z)
    same([None, *run.A], [None, *A])
    np.testing.assert_array_equal(run.Y_hat, run.A[net.L])
    assert cost(net, theta, run, Y, l2, w) == pytest.approx(mean_loss(net.loss, W, A[-1], Y, l2, w), rel=1e-12)

    grad = backward(net, theta, run, Y, l2, w)
    dZ, dA, dW, db = gradients(net.loss, W, b, net.activations, X, Y, l2, w, masks)
    same(grad.dZ, dZ)
    same(grad.dW, dW)
    same(grad.db, db)
    same([None, *grad.dA], [None, *dA])


@pytest.mark.parametrize("case", CASES)
def test_gradient_is_the_derivative_of_the_cost(case):
    net, W, b, X, Y = problem(case, seed=5)
    theta, w = lw.Parameters(W, b), np.arange(1.0, 8)

    def J(vector):
        moved = lw.Parameters.from_vector(net.sizes, vector)
        return cost(net, moved, forward(net, moved, X), Y, 0.3, w)

    grad = backward(net, theta, forward(net, theta, X), Y, 0.3, w)
    np.testing.assert_allclose(grad.vector, derivative(J, theta.vector, h=1e-3), atol=1e-9)


@pytest.mark.parametrize("case", ["L = 2, shallow", "L = 3, softmax", "L = 4"])
def test_the_derivative_of_the_output_layer_is_exactly_the_error(case):
    net, W, b, X, Y = problem(case)
    theta = lw.Parameters(W, b)
    run = forward(net, theta, X)
    np.testing.assert_array_equal(backward(net, theta, run, Y).dZ[net.L], run.Y_hat - Y)


@pytest.mark.parametrize("case", CASES)
def test_the_short_way_gives_the_same_derivatives(case):
    net, W, b, X, Y = problem(case)
    theta = lw.Parameters(W, b)
    run = forward(net, theta, X)
    whole, short = backward(net, theta, run, Y), backward(net, theta, run, Y, full=False)
    np.testing.assert_array_equal(short.vector, whole.vector)
    assert short.dA[0] is None


@pytest.mark.parametrize("case", CASES)
def test_gradients_can_be_written_over_older_ones(case):
    net, W, b, X, Y = problem(case)
    theta, w = lw.Parameters(W, b), np.arange(1.0, 8)
    run = forward(net, theta, X)
    older = Gradients.from_vector(net.sizes, np.full(net.n_parameters, np.nan))
    written = backward(net, theta, run, Y, 0.4, w, out=older)
    assert written is older
    np.testing.assert_array_equal(written.vector, backward(net, theta, run, Y, 0.4, w).vector)
    np.testing.assert_array_equal(written.dW[1].ravel(), written.vector[: written.dW[1].size])


def test_one_hidden_unit_by_hand():
    # x = 2, w1 = 1, b1 = 0, relu, w2 = 3, b2 = 1, identity: z2 = 7, y = 5: J = 2
    net = lw.Network((1, 1, 1), ("relu", "identity"))
    theta = lw.Parameters([[[1.0]], [[3.0]]], [[[0.0]], [[1.0]]])
    run = forward(net, theta, [[2.0]])
    assert (run.Z[1], run.Z[2], run.Y_hat) == ([[2.0]], [[7.0]], [[7.0]])
    assert cost(net, theta, run, [[5.0]]) == 2.0
    assert cost(net, theta, run, [[5.0]], l2=0.5) == 2.0 + 0.25 * (1 + 9)
    grad = backward(net, theta, run, [[5.0]], l2=0.5)
    assert (grad.dZ[2], grad.dA[1], grad.dZ[1], grad.dA[0]) == ([[2.0]], [[6.0]], [[6.0]], [[6.0]])
    np.testing.assert_array_equal(grad.vector, [12 + 0.5, 4 + 1.5, 6, 2])


@laws
@given(st.lists(st.integers(0, 3), min_size=5, max_size=5).filter(any), st.sampled_from([0.0, 0.9]), st.integers(0, 99))
def test_weight_two_is_the_row_twice(counts, l2, seed):
    net, W, b, X, Y = problem("L = 3, softmax", m=5, seed=seed)
    theta = lw.Parameters(W, b)
    X_rows, Y_rows = np.repeat(X, counts, axis=1), np.repeat(Y, counts, axis=1)
    once, often = forward(net, theta, X), forward(net, theta, X_rows)
    assert cost(net, theta, once, Y, l2, counts) == pytest.approx(cost(net, theta, often, Y_rows, l2), rel=1e-12)
    np.testing.assert_allclose(
        backward(net, theta, once, Y, l2, counts).vector, backward(net, theta, often, Y_rows, l2).vector, atol=1e-14
    )


@laws
@given(st.integers(1, 9), st.integers(0, 99))
def test_a_batch_is_its_examples_one_by_one(m, seed):
    net, W, b, X, Y = problem("L = 2, shallow", m=m, seed=seed)
    theta = lw.Parameters(W, b)
    ones = [forward(net, theta, X[:, [i]]) for i in range(m)]
    np.testing.assert_allclose(forward(net, theta, X).Y_hat, np.hstack([one.Y_hat for one in ones]), rtol=1e-13)
    grads = [backward(net, theta, one, Y[:, [i]]).vector for i, one in enumerate(ones)]
    np.testing.assert_allclose(
        backward(net, theta, forward(net, theta, X), Y).vector, np.mean(grads, axis=0), atol=1e-14
    )


def test_an_example_of_weight_zero_is_not_there():
    # also where its own derivative is infinite
    net = lw.Network((1, 1), ("sigmoid",))
    theta = lw.Parameters([[[1.0]]], [[[0.0]]])
    run = forward(net, theta, [[-1e4, 1.0]])
    grad = backward(net, theta, run, [[1, 1]], sample_weight=[0, 1])
    alone = backward(net, theta, forward(net, theta, [[1.0]]), [[1]])
    np.testing.assert_array_equal(grad.vector, alone.vector)
    np.testing.assert_array_equal(grad.dA[1], [[0.0, alone.dA[1][0, 0]]])


def test_the_penalty_leaves_the_biases_alone():
    net, W, b, X, Y = problem("L = 2, shallow")
    theta = lw.Parameters(W, b)
    run = forward(net, theta, X)
    difference = backward(net, theta, run, Y, l2=3.0).vector - backward(net, theta, run, Y).vector
    np.testing.assert_allclose(difference[: theta.n_weights], 3 / 7 * theta.weights, rtol=1e-9)
    np.testing.assert_array_equal(difference[theta.n_weights :], 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_is_in_the_type_of_the_parameters(dtype):
    net, W, b, X, Y = problem("L = 3, softmax")
    theta = lw.Parameters(W, b).astype(dtype)
    run = forward(net, theta, X)
    grad = backward(net, theta, run, Y, 0.5, np.arange(7))
    arrays = [*run.A, *run.Z[1:], *grad.dA, *grad.dZ[1:], *grad.dW[1:], *grad.db[1:], grad.vector]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    assert type(cost(net, theta, run, Y, 0.5, np.arange(7))) is float


def test_single_precision_agrees_with_double():
    for case in CASES:
        net, W, b, X, Y = problem(case)
        vectors = []
        for dtype in ("float32", "float64"):
            theta = lw.Parameters(W, b).astype(dtype)
            vectors.append(backward(net, theta, forward(net, theta, X), Y).vector)
        np.testing.assert_allclose(vectors[0], vectors[1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["int64", "uint8", "bool", "float32", list])
def test_integers_and_truth_values_are_numbers(kind):
    net = lw.Network((2, 1), ("sigmoid",))
    theta = lw.Parameters([[[1.0, -2.0]]], [[[0.5]]])
    X, Y = np.array([[0, 1, 1], [1, 0, 1]]), np.array([[0, 1, 1]])
    expected = backward(net, theta, forward(net, theta, X.astype(float)), Y.astype(float)).vector
    X, Y = (X.tolist(), Y.tolist()) if kind is list else (X.astype(kind), Y.astype(kind))
    np.testing.assert_array_equal(backward(net, theta, forward(net, theta, X), Y).vector, expected)


def test_the_view_of_a_table_is_not_copied():
    net = lw.Network((3, 1), ("sigmoid",))
    table = np.random.default_rng(0).normal(size=(8, 3))
    run = forward(net, lw.initialize(net), table.T)
    assert np.shares_memory(run.A[0], table)


def test_nothing_given_is_changed():
    net, W, b, X, Y = problem("L = 3")
    theta, w = lw.Parameters(W, b), np.arange(1.0, 8)
    kept = [x.copy() for x in (theta.vector, X, Y, w)]
    for array in (theta.vector, X, Y, w):
        array.setflags(write=False)
    run = forward(net, theta, X)
    backward(net, theta, run, Y, 0.5, w)
    cost(net, theta, run, Y, 0.5, w)
    for before, after in zip(kept, (theta.vector, X, Y, w), strict=True):
        np.testing.assert_array_equal(before, after)


class TestShapes:
    net = lw.Network((2, 3, 1), ("tanh", "sigmoid"))
    theta = lw.initialize(net)
    X, Y = np.zeros((2, 5)), np.zeros((1, 5))

    @pytest.mark.parametrize(
        ("X", "message"),
        [
            (np.zeros((5, 2)), (r"^forward: X must have shape \(n_x, m\) with n_x = 2; columns are examples\. "
                               r"Got \(5, 2\)\. Use X\.T if its rows are the examples\.$")),
            (np.zeros((3, 5)), r"n_x = 2; columns are examples\. Got \(3, 5\)\.$"),
            (np.zeros(2), r"Got \(2,\)\. Use X\.reshape\(-1, 1\): a column, one example\.$"),
            (np.zeros((2, 5, 1)), r"Got \(2, 5, 1\)\.$"),
            (3.0, r"Got \(\)\.$"),
            (np.zeros((2, 0)), r"^forward: X must have at least one column, an example\. Got \(2, 0\)\.$"),
        ],
    )  # fmt: skip
    def test_of_X(self, X, message):
        with pytest.raises(ShapeError, match=message):
            forward(self.net, self.theta, X)

    def test_a_row_where_there_is_one_input(self):
        net = lw.Network((1, 1), ("sigmoid",))
        with pytest.raises(ShapeError, match=r"Use X\.reshape\(1, -1\): a row, one column for each example\.$"):
            forward(net, lw.initialize(net), np.zeros(5))

    @pytest.mark.parametrize("function", [cost, backward])
    @pytest.mark.parametrize(
        ("Y", "message"),
        [
            (np.zeros(5), (r": Y must have shape \(n_y, m\) with n_y = 1; columns are examples\. Got \(5,\)\. "
                          r"Use Y\.reshape\(1, -1\): a row, one column for each example\.$")),
            (np.zeros((5, 1)), r"n_y = 1; .* Got \(5, 1\)\. Use Y\.T if its rows are the examples\.$"),
            (np.zeros((1, 4)), r": Y must have a column for each of the m = 5 columns of X\. Got \(1, 4\)\.$"),
            (np.zeros((2, 5)), r"with n_y = 1; columns are examples\. Got \(2, 5\)\.$"),
        ],
    )  # fmt: skip
    def test_of_Y(self, function, Y, message):
        run = forward(self.net, self.theta, self.X)
        with pytest.raises(ShapeError, match=f"^{function.__name__}.*{message}"):
            function(self.net, self.theta, run, Y)

    @pytest.mark.parametrize("function", [cost, backward])
    @pytest.mark.parametrize("w", [np.ones(4), np.ones((5, 1)), 1.0])
    def test_of_the_weights(self, function, w):
        run = forward(self.net, self.theta, self.X)
        with pytest.raises(ShapeError, match=r"sample_weight must have shape \(m,\) or \(1, m\) with m = 5\. Got \("):
            function(self.net, self.theta, run, self.Y, 0.0, w)

    @pytest.mark.parametrize(
        ("w", "message"),
        [
            ([1, 1, -0.5, 1, 1], r"sample_weight must be at least 0 and not 0 everywhere\. Got -0.5\."),
            ([0, 0, 0, 0, 0], r"sample_weight must be at least 0 and not 0 everywhere\. Got 0\."),
            ([1, 1, 1, np.nan, 1], r"sample_weight must be finite\. Got nan in row 0, column 3"),
            (["a", "b", "c", "d", "e"], r"sample_weight must be an array of numbers\. Got list\."),
        ],
    )
    def test_values_of_the_weights(self, w, message):
        run = forward(self.net, self.theta, self.X)
        with pytest.raises(DataError, match=message):
            backward(self.net, self.theta, run, self.Y, 0.0, w)

    def test_parameters_of_another_network(self):
        other = lw.initialize(lw.Network((2, 4, 1), ("tanh", "sigmoid")))
        run = forward(self.net, self.theta, self.X)
        message = r": the parameters must have the sizes of the network, \(2, 3, 1\)\. Got \(2, 4, 1\)\.$"
        with pytest.raises(ShapeError, match="^forward" + message):
            forward(self.net, other, self.X)
        with pytest.raises(ShapeError, match="^cost" + message):
            cost(self.net, other, run, self.Y)
        with pytest.raises(ShapeError, match="^backward" + message):
            backward(self.net, other, run, self.Y)

    @pytest.mark.parametrize(
        ("X", "shown"),
        [
            (np.full((2, 5), None), "an array of object"),
            (np.full((2, 5), "1"), "an array of <U1"),
            (np.ones((2, 5), complex), "an array of complex128"),
            ([[1.0, 2.0], [3.0]], "list"),
            ({"a": 1}, "dict"),
            (np.zeros((2, 5), "datetime64[s]"), r"an array of datetime64\[s\]"),
        ],
    )
    def test_what_is_not_numbers(self, X, shown):
        with pytest.raises(DataError, match=rf"^forward: X must be an array of numbers\. Got {shown}\.$"):
            forward(self.net, self.theta, X)


class TestGradients:
    def test_layout_is_that_of_the_parameters(self):
        grad = Gradients([[[1.0, 2.0]], [[3.0]]], [[[4.0]], [[5.0]]])
        np.testing.assert_array_equal(grad.vector, [1, 2, 3, 4, 5])
        np.testing.assert_array_equal(grad.dW[2], [[3.0]])
        assert grad.dZ == grad.dA == [None, None, None]
        assert Gradients([None, [[1.0]]], [None, [[2.0]]]).sizes == (1, 1)

    def test_messages_say_dW_and_db(self):
        with pytest.raises(ShapeError, match=r"^dW\[2\] must have shape"):
            Gradients([[[1.0]], [[1.0, 2.0]]], [[[1.0]], [[1.0]]])
        with pytest.raises(ShapeError, match=r"^db\[1\] must have shape"):
            Gradients([[[1.0]]], [[1.0]])
        with pytest.raises(ShapeError, match=r"dW and db must have one array for each layer. Got 1 and 0"):
            Gradients([[[1.0]]], [])
        with pytest.raises(DataError, match=r"dW\[1\] must be an array of numbers"):
            Gradients([[["a"]]], [[[1.0]]])
