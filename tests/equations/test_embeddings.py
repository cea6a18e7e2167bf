"""Embeddings against their definition: dense codes times E by einsum, and what follows from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerwise as lw
from layerwise import Embedding
from layerwise.equations import backward, cost, forward
from layerwise.equations.embeddings import code, embed_backward, embed_forward
from layerwise.equations.streams import Purpose, normal
from layerwise.errors import DataError, NetworkWarning, ParameterError, ShapeError
from layerwise.testing import check_gradients
from oracles import laws

LEVELS, ORDERED = Embedding(5, 3), Embedding(6, 4, ordered=True)
CODES = Embedding(4, None), Embedding(4, None, ordered=True)
KINDS = {
    "levels": (LEVELS,),
    "ordered": (ORDERED,),
    "both": (ORDERED, LEVELS),
    "code of levels": (CODES[0],),
    "code of ordered": (CODES[1],),
    "a code between": (LEVELS, CODES[0], ORDERED),
    "all": (CODES[1], LEVELS, ORDERED, CODES[0], Embedding(1, 1), Embedding(2, 2, ordered=True)),
}


def network(embeddings, plain=2, hidden=4, n_y=2):
    n_0 = plain + sum(entry.width for entry in embeddings)
    return lw.Network((n_0, hidden, n_y), ("tanh", "identity"), embeddings=embeddings)


def inputs(embeddings, plain=2, m=9, seed=0):
    rng = np.random.default_rng(seed)
    positions = [(rng.uniform if e.ordered else rng.integers)(-1, e.positions, m) for e in embeddings]
    return np.vstack([rng.normal(size=(plain, m)), *positions])


def dense_code(u, embedding):
    """Codes of positions, one number at a time."""
    if embedding.ordered:
        return np.array([[min(max(x - k, 0), 1) for x in u] for k in range(embedding.positions - 1)])
    return np.array([[float(x == k) for x in u] for k in range(embedding.positions)])


def tables(embeddings, seed=1):
    rng = np.random.default_rng(seed)
    return [None if entry.shape is None else rng.normal(size=entry.shape) for entry in embeddings]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("plain", [0, 1, 3])
def test_forward_and_backward_are_products_with_dense_codes(kind, plain):
    embeddings = KINDS[kind]
    X, E = inputs(embeddings, plain), tables(embeddings)
    A = embed_forward(X, E, embeddings)
    dA = np.random.default_rng(2).normal(size=A.shape)
    dE = embed_backward(dA, X, embeddings, m=7.0)
    np.testing.assert_array_equal(A[:plain], X[:plain])
    row = plain
    for j, entry in enumerate(embeddings):
        c = dense_code(X[plain + j], entry)
        np.testing.assert_array_equal(code(X[plain + j], entry), c)
        e = c if E[j] is None else np.einsum("dk,ki->di", E[j], c)
        np.testing.assert_allclose(A[row : row + entry.width], e, rtol=1e-13, atol=1e-15)
        if E[j] is None:
            assert dE[j] is None
        else:
            expected = np.einsum("di,ki->dk", dA[row : row + entry.width], c) / 7
            np.testing.assert_allclose(dE[j], expected, rtol=1e-12, atol=1e-15)
        row += entry.width
    assert row == len(A)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_floating_type_is_kept(dtype):
    embeddings = KINDS["all"]
    net = network(embeddings)
    X, theta = inputs(embeddings).astype(dtype), lw.initialize(net, 1).astype(dtype)
    run = forward(net, theta, X)
    assert run.A[0].dtype == run.Y_hat.dtype == dtype
    assert backward(net, theta, run, np.ones((2, 9))).vector.dtype == dtype


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("plain", [0, 2])
def test_gradients(kind, weighted, plain):
    embeddings = KINDS[kind]
    net = network(embeddings, plain)
    X, Y = inputs(embeddings, plain), np.random.default_rng(3).normal(size=(2, 9))
    w = np.linspace(0, 2, 9) if weighted else None
    check = check_gradients(net, lw.initialize(net, 5), X, Y, l2=0.4, sample_weight=w)
    assert check.passed, check
    assert check.checked == net.n_parameters


def test_a_wrong_derivative_of_a_table_is_named():
    net = network(KINDS["both"])
    X, theta = inputs(KINDS["both"]), lw.initialize(net, 5)
    Y = np.ones((2, 9))
    wrong = backward(net, theta, forward(net, theta, X), Y)
    wrong.dE[1][2, 3] += 1
    check = check_gradients(net, theta, X, Y, gradients=wrong)
    assert (check.parameter, check.layer, check.index) == ("E", 1, (2, 3))
    assert str(check).startswith("WRONG: maximum relative error ")
    assert " at dE[1][2, 3]: " in str(check)
    wrong.dE[1][2, 3] -= 1
    wrong.dE[0][3, 4] -= 1
    assert check_gradients(net, theta, X, Y, gradients=wrong).index == (3, 4)


def test_a_table_that_is_the_unit_matrix_is_a_one_hot_network():
    K, m = 6, 20
    rng = np.random.default_rng(4)
    levels = rng.integers(0, K, m)
    plain = rng.normal(size=(2, m))
    net = lw.Network((2 + K, 5, 1), ("tanh", "identity"), embeddings=[Embedding(K, K)])
    same = lw.Network((2 + K, 5, 1), ("tanh", "identity"))
    of = lw.initialize(same, 7)
    theta = lw.Parameters(of.W, of.b, [np.eye(K)])
    X, one_hot = np.vstack([plain, levels]), np.vstack([plain, np.eye(K)[levels].T])
    run, expected = forward(net, theta, X), forward(same, of, one_hot)
    np.testing.assert_array_equal(run.A[0], one_hot)
    np.testing.assert_array_equal(run.Y_hat, expected.Y_hat)
    Y = rng.normal(size=(1, m))
    grad, without = backward(net, theta, run, Y), backward(same, of, expected, Y)
    np.testing.assert_array_equal(grad.vector[: of.vector.size], without.vector)
    np.testing.assert_allclose(grad.dE[0], np.einsum("ki,li->kl", grad.dA[0][2:], one_hot[2:]) / m, rtol=1e-12)


@laws
@given(st.floats(-3, 9), st.integers(2, 7), st.integers(0, 5))
def test_ordered_positions_lie_on_lines_between_their_knots_and_end_with_them(u, K, seed):
    entry = Embedding(K, 2, ordered=True)
    E = tables([entry], seed)

    def at(*positions):
        return embed_forward(np.array([positions], float), E, [entry])

    np.testing.assert_allclose(at(u), at(np.clip(u, 0, K - 1)), rtol=0, atol=1e-12)
    below = min(max(np.floor(u), 0), K - 2)
    t = min(max(u - below, 0), 1)
    ends = at(below, below + 1)
    np.testing.assert_allclose(at(u)[:, 0], (1 - t) * ends[:, 0] + t * ends[:, 1], rtol=0, atol=1e-12)
    assert not at(0, -1).any()
    np.testing.assert_allclose(at(K - 1)[:, 0], E[0].sum(axis=1), rtol=0, atol=1e-12)


@laws
@given(st.integers(0, 50))
def test_examples_do_not_see_each_other_and_a_weight_of_two_is_the_example_twice(seed):
    embeddings = KINDS["all"]
    net, X = network(embeddings), inputs(embeddings, seed=seed)
    theta, Y = lw.initialize(net, seed), np.random.default_rng(seed).normal(size=(2, 9))
    A = forward(net, theta, X).A[0]
    for i in range(9):
        np.testing.assert_array_equal(forward(net, theta, X[:, [i]]).A[0][:, 0], A[:, i])
    w = np.ones(9)
    w[0] = 2
    twice, Y_twice = np.hstack([X[:, :1], X]), np.hstack([Y[:, :1], Y])
    weighted = backward(net, theta, forward(net, theta, X), Y, sample_weight=w)
    repeated = backward(net, theta, forward(net, theta, twice), Y_twice)
    np.testing.assert_allclose(weighted.vector, repeated.vector, rtol=1e-9, atol=1e-13)


def test_no_position_is_zeros_and_moves_nothing():
    X, E = np.array([[-1.0, -1.0]]), [np.ones((3, 5))]
    assert not embed_forward(X, E, [LEVELS]).any()
    assert not embed_backward(np.ones((3, 2)), X, [LEVELS], 2)[0].any()


class TestParameters:
    net = network(KINDS["a code between"])

    def test_a_position_lies_in_one_piece_after_all_weights_and_biases(self):
        theta = lw.initialize(self.net, 1)
        assert [None if table is None else table.shape for table in theta.E] == [(3, 5), None, (4, 5)]
        assert (self.net.n_x, self.net.n_parameters, theta.layout) == (5, theta.vector.size, self.net.layout)
        first = theta.vector.size - 15 - 20
        np.testing.assert_array_equal(theta.vector[first : first + 3], theta.E[0][:, 0])
        np.testing.assert_array_equal(theta.vector[first + 15 + 4 :][:4], theta.E[2][:, 1])
        assert theta.E[0][:, 2].flags.c_contiguous
        theta.E[2] = np.arange(20.0).reshape(4, 5)
        assert theta.vector[-1] == 19
        assert theta.vector[-2] == 14

    def test_arrays_build_the_same_parameters(self):
        theta = lw.initialize(self.net, 1)
        again = lw.Parameters(theta.W, theta.b, theta.E)
        assert again.layout == theta.layout
        np.testing.assert_array_equal(again.vector, theta.vector)
        assert theta.copy().E[0][1, 2] == theta.E[0][1, 2]
        assert not np.shares_memory(theta.copy().vector, theta.vector)

    def test_what_acts_on_weights_leaves_the_tables_alone(self):
        theta = lw.initialize(self.net, 1)
        run = forward(self.net, theta, inputs(KINDS["a code between"]))
        Y = np.ones((2, 9))
        assert theta.n_weights == theta.W[1].size + theta.W[2].size
        without, with_l2 = (backward(self.net, theta, run, Y, l2=l2) for l2 in (0.0, 9.0))
        for j in (0, 2):
            np.testing.assert_array_equal(without.dE[j], with_l2.dE[j])
        weights = sum((W**2).sum() for W in theta.W[1:])
        penalty = cost(self.net, theta, run, Y, l2=9.0) - cost(self.net, theta, run, Y)
        np.testing.assert_allclose(penalty, 9 / 18 * weights, rtol=1e-12)

    def test_tables_are_drawn_from_streams_of_their_own(self):
        theta, plain = lw.initialize(self.net, 3), lw.initialize(lw.Network(self.net.sizes, ("tanh", "identity")), 3)
        np.testing.assert_array_equal(theta.vector[: plain.vector.size], plain.vector)
        drawn = normal(15, 3, Purpose.EMBED, 0).reshape(5, 3)
        np.testing.assert_allclose(theta.E[0], 0.3 * drawn.T, rtol=1e-15)
        ordered = normal(20, 3, Purpose.EMBED, 2).reshape(5, 4)
        np.testing.assert_allclose(theta.E[2], 0.3 / np.sqrt(5) * ordered.T, rtol=1e-15)
        with pytest.warns(NetworkWarning):
            assert not lw.initialize(self.net, 3, method="zeros").vector.any()

    def test_misuse_in_words(self):
        theta = lw.initialize(self.net, 1)
        with pytest.raises(ShapeError, match=r"^Parameters: the array of embedding 0 must keep its shape \(3, 5\)\. "):
            theta.E[0] = np.ones((5, 3))
        with pytest.raises(
            ShapeError, match=r"^E\[1\] must have shape \(d, K\), a column for each position\. Got \(4,\)"
        ):
            lw.Parameters(theta.W, theta.b, [None, np.ones(4)])
        with pytest.raises(ShapeError, match=r"^Parameters: E must list an array for each embedding\. Got 3\."):
            lw.Parameters(theta.W, theta.b, 3)
        with pytest.raises(DataError, match=r"^Parameters: E\[0\] must be an array of numbers\."):
            lw.Parameters(theta.W, theta.b, ["a"])
        with pytest.raises(
            ShapeError,
            match=r"^forward: the parameters must have the sizes of the network, \(13, 4, 2\) and the tables "
            r"\(\(3, 5\), None, \(4, 5\)\)\. Got \(13, 4, 2\)\.$",
        ):
            forward(self.net, lw.Parameters(theta.W, theta.b), inputs(KINDS["a code between"]))
        with pytest.raises(
            ShapeError, match=r"^Parameters: the sizes \(13, 4, 2\) and the tables .* need a vector of 101 "
        ):
            lw.Parameters.from_vector(self.net.layout, np.zeros(66))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            (0, 3),
            r"The 'positions' parameter of Embedding must be an int in the range \[1, 2147483647\]\. Got 0 instead\.",
        ),
        (
            (1, 3, True),
            r"The 'positions' parameter of Embedding must be an int in the range \[2, 2147483647\]\. Got 1 i",
        ),
        ((3, 0), r"The 'dimension' parameter of Embedding must be an int in the range \[1, inf\)\. Got 0 instead\."),
        ((3.0, 2), r"The 'positions' parameter of Embedding must be an int in the range .*\. Got 3\.0 instead\."),
        ((3, 2, 1), r"The 'ordered' parameter of Embedding must be a bool\. Got 1 instead\."),
    ],
)
def test_an_embedding_that_is_none(arguments, words):
    with pytest.raises(ParameterError, match=words):
        Embedding(*arguments)


def test_a_network_whose_embeddings_do_not_fit():
    with pytest.raises(
        ParameterError,
        match=r"^The 'sizes' parameter of Network must begin with n\[0\] of at least 7, the widths of its embeddings "
        r"together: n\[0\] is the plain inputs and those\. Got 6\.$",
    ):
        lw.Network((6, 2), ("tanh",), embeddings=KINDS["both"])
    with pytest.raises(
        ParameterError,
        match=r"^The 'embeddings' parameter of Network must be a sequence of Embedding, such as "
        r"\[Embedding\(positions=7, dimension=3\)\]\. Got \[3\] instead\.$",
    ):
        lw.Network((6, 2), ("tanh",), embeddings=[3])


@pytest.mark.parametrize(
    ("row", "value", "words"),
    [
        (2, 5.0, r"a position must be a whole number from 0 to 4, or -1 for none\. Got 5 in row 2, column 3 of X\."),
        (2, -2.0, r"a position must be a whole number from 0 to 4, or -1 for none\. Got -2 in row 2, column 3 of X\."),
        (2, 1.5, r"a position must be a whole number from 0 to 4, or -1 for none\. Got 1\.5 in row 2, column 3 of X\."),
        (
            2,
            np.nan,
            r"a position must be a whole number from 0 to 4, or -1 for none\. Got nan in row 2, column 3 of X\.",
        ),
        (3, np.inf, r"a position must be a finite number\. Got inf in row 3, column 3 of X\."),
        (3, np.nan, r"a position must be a finite number\. Got nan in row 3, column 3 of X\."),
    ],
)
def test_positions_that_are_none_are_refused(row, value, words):
    embeddings = LEVELS, ORDERED
    net, X = network(embeddings), inputs(embeddings)
    theta = lw.initialize(net)
    X[row, 3] = value
    with pytest.raises(DataError, match=f"^forward: {words}$"):
        forward(net, theta, X)
    if np.isfinite(value):
        for m in (1, 9):  # the ways of few and of many examples
            with pytest.raises(DataError, match=r"^predict: a position must be "):
                lw.predict(net, theta, np.asfortranarray(X[:, 3 : 3 + m]))
        with pytest.raises(DataError, match=f"^train: {words}$"):
            lw.train(net, X, np.ones((2, 9)))


def test_the_rows_of_x_are_counted():
    net = network((LEVELS, ORDERED))
    with pytest.raises(
        ShapeError, match=r"^forward: X must have shape \(n_x, m\) with n_x = 4; columns are examples\. "
    ):
        forward(net, lw.initialize(net), np.ones((9, 3)))
    theta, X = lw.initialize(net), inputs((LEVELS, ORDERED))
    other = forward(net, theta, X)._replace(inputs=None)
    with pytest.raises(
        ShapeError, match=r"^backward: run must be a forward pass of this network, whose X has 4 rows\. "
    ):
        backward(net, theta, other, np.ones((2, 9)))


def test_single_precision_tells_no_more_than_2_to_the_24_positions_apart():
    net = lw.Network((1, 1), ("identity",), embeddings=[Embedding(2**24 + 1, 1)])
    theta = lw.Parameters([np.ones((1, 1), "f")], [np.ones((1, 1), "f")], [np.zeros((1, 2**24 + 1), "f")])
    with pytest.raises(
        DataError,
        match=r"^forward: row 0 of X holds 16777217 positions, and float32 tells 2\*\*24 from each other\. "
        r"Use dtype='float64'\.$",
    ):
        forward(net, theta, np.zeros((1, 2)))


def test_the_configuration_builds_it_again():
    net = network(KINDS["all"])
    assert lw.Network.from_config(net.to_config()) == net
    assert net != lw.Network(net.sizes, net.activations)
    assert net.to_config()["embeddings"][1] == {"positions": 5, "dimension": 3, "ordered": False}
    assert "embeddings" not in lw.Network((2, 1), ("tanh",)).to_config()
    assert repr(network((LEVELS,))) == (
        "Network(sizes=(5, 4, 2), activations=('tanh', 'identity'), loss='squared_error', "
        "embeddings=(Embedding(positions=5, dimension=3, ordered=False),))"
    )
