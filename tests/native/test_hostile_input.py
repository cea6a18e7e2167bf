"""Whatever is handed to a native run is taken, or refused in the words of the equations."""

import numpy as np
import pytest

pytest.importorskip("layerwise.engines._native", reason="needs the native core")

import layerwise as lw
from layerwise.errors import DataError, ParameterError, ShapeError

RNG = np.random.default_rng(0)
NET = lw.Network((3, 4, 2), ("tanh", "sigmoid"))
THETA = lw.initialize(NET, 1)
X, Y = RNG.normal(size=(3, 20)), RNG.integers(0, 2, (2, 20))
WITH_NAN, WITH_INF = X.copy(), X.copy()
WITH_NAN[1, 2], WITH_INF[2, 19] = np.nan, -np.inf


def train(X=X, Y=Y, **options):
    return lw.train(NET, X, Y, **{"engine": "native", "epochs": 2, **options})


BAD_TABLES = {
    "transposed": (X.T, Y, ShapeError, r"Use X.T"),
    "too few rows": (X[:2], Y, ShapeError, r"n_x = 3"),
    "one dimension": (X[0], Y, ShapeError, r"Got \(20,\)"),
    "three dimensions": (X[None], Y, ShapeError, r"Got \(1, 3, 20\)"),
    "no column": (X[:, :0], Y[:, :0], ShapeError, "at least one column"),
    "no row": (np.empty((0, 20)), Y, ShapeError, r"Got \(0, 20\)"),
    "fewer labels": (X, Y[:, :19], ShapeError, "m = 20"),
    "fewer outputs": (X, Y[:1], ShapeError, "n_y = 2"),
    "flat labels": (X, Y[0], ShapeError, r"Got \(20,\)"),
    "NaN": (WITH_NAN, Y, DataError, "row 1, column 2"),
    "infinity": (WITH_INF, Y, DataError, "Got -inf in row 2, column 19"),
    "labels of NaN": (X, Y * np.nan, DataError, "Y must be finite"),
    "labels above 1": (X, Y + 1, DataError, "0/1 labels"),
    "too large": (X * 1e300, Y, DataError, "float32"),
    "complex": (X.astype(complex), Y, DataError, "X"),
    "text": ([["a"] * 20] * 3, Y, DataError, "X"),
    "nothing": (None, Y, DataError, "X"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_tables(name):
    X, Y, error, message = BAD_TABLES[name]
    with pytest.raises(error, match=message):
        train(X, Y)
    with pytest.raises(error, match=message):
        train(validation=(X, Y))


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("sample_weight", np.ones(19), ShapeError, "m = 20"),
        ("sample_weight", np.zeros(20), DataError, "not 0 everywhere"),
        ("sample_weight", -np.ones(20), DataError, "at least 0"),
        ("sample_weight", np.full(20, np.nan), DataError, "finite"),
        ("dropout", (0.1, 0.2), ParameterError, "1 hidden layers. Got 2"),
        ("dropout", 1.5, ParameterError, "dropout"),
        ("dropout", np.nan, ParameterError, "dropout"),
        ("batch_size", 0, ParameterError, "batch_size"),
        ("batch_size", -3, ParameterError, "batch_size"),
        ("epochs", 0, ParameterError, "epochs"),
        ("epochs", 2.0, ParameterError, "epochs"),
        ("threads", 0, ParameterError, "threads"),
        ("threads", -1, ParameterError, "threads"),
        ("threads", 10**6, ParameterError, "threads"),
        ("threads", 2**31, ParameterError, "threads"),
        ("threads", 10**30, ParameterError, "threads"),
        ("seed", 2**64, ParameterError, "seed"),
        ("l2", np.inf, ParameterError, "l2"),
        ("clip_norm", 0, ParameterError, "clip_norm"),
        ("initial", lw.initialize(lw.Network((3, 5, 2), ("tanh", "sigmoid"))), ShapeError, "sizes"),
        ("initial", lw.Parameters.from_vector(NET.sizes, np.full(26, 1e300)), ParameterError, "finite in float32"),
    ],
)
def test_options(name, value, error, message):
    with pytest.raises(error, match=message):
        train(**{name: value})


class Stop:
    def on_epoch_end(self, state):
        state.stop()


@pytest.mark.parametrize("name", ["batch_size", "epochs", "early_stopping"])
def test_counts_of_any_size(name):
    assert train(callbacks=[Stop()], validation=(X, Y), **{name: 10**30}).stopped == "callback"


def misaligned(table):
    """The same numbers, not at a multiple of their size."""
    memory = np.empty(table.nbytes + 1, np.uint8)
    memory[1:] = np.frombuffer(table.tobytes(), np.uint8)
    return memory[1:].view(table.dtype).reshape(table.shape)


def packed(table):
    """The same numbers, with a byte between every two."""
    records = np.zeros(table.shape, [("byte", "u1"), ("number", table.dtype)])
    records["number"] = table
    return records["number"]


TABLES = {
    "small": lambda X: X * 1e-30,
    "bytes": lambda X: np.round(X * 9).astype(np.int8),
    "truths": lambda X: X > 0,
    "half precision": lambda X: X.astype(np.float16),
    "a list": lambda X: X.tolist(),
    "other bytes first": lambda X: X.astype(X.dtype.newbyteorder()),
    "backwards": lambda X: X[::-1, ::-1],
    "one column, many times": lambda X: np.broadcast_to(X[:, :1], X.shape),
    "misaligned": misaligned,
    "packed": packed,
    "read-only": lambda X: np.frombuffer(X.tobytes(), X.dtype).reshape(X.shape),
}


@pytest.mark.parametrize("columns", [1, 3, 20])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", TABLES)
def test_tables_of_every_kind(name, dtype, columns):
    table, theta = TABLES[name](X.astype(dtype)[:, :columns]), THETA.astype(dtype)
    plain, Y_ = np.ascontiguousarray(table, dtype), Y[:, :columns]
    result = train(table, Y_, dtype=dtype, validation=(table, Y_))
    expected = train(plain, Y_, dtype=dtype, validation=(plain, Y_))
    np.testing.assert_array_equal(result.parameters.vector, expected.parameters.vector)
    assert result.history == expected.history
    np.testing.assert_array_equal(lw.predict(NET, theta, table), lw.predict(NET, theta, plain))


@pytest.mark.parametrize(
    ("theta", "X", "error"),
    [
        (THETA, X.T, ShapeError),
        (THETA, X[:2], ShapeError),
        (THETA, X[:, :0], ShapeError),
        (THETA, X[0], ShapeError),
        (THETA, X[None], ShapeError),
        (THETA, WITH_NAN, DataError),
        (THETA, WITH_INF, DataError),
        (THETA, WITH_INF[:, 19:], DataError),
        (THETA.astype("float32"), X * 1e300, DataError),
        (lw.initialize(lw.Network((3, 2), ("sigmoid",))), X, ShapeError),
        (None, X, ParameterError),
    ],
)
def test_predictions_of_what_does_not_fit(theta, X, error):
    with pytest.raises(error):
        lw.predict(NET, theta, X)


@pytest.mark.parametrize("threads", [0, -1, 2.0, 10**6, 2**31])
def test_threads_that_predict(threads):
    with pytest.raises(ParameterError, match="threads"):
        lw.predict(NET, THETA, X, threads=threads)


def test_parameters_with_memory_of_any_kind():
    expected, vector = lw.predict(NET, THETA, X), THETA.vector
    for strange in (np.repeat(vector, 2)[::2], vector[::-1].copy()[::-1], misaligned(vector), packed(vector)):
        theta = lw.Parameters.from_vector(NET.sizes, strange)
        np.testing.assert_array_equal(lw.predict(NET, theta, X), expected)
        np.testing.assert_array_equal(lw.predict(NET, theta, X[:, :1]), expected[:, :1])
        result, same = train(initial=theta, dtype="float64"), train(initial=THETA, dtype="float64")
        np.testing.assert_array_equal(result.parameters.vector, same.parameters.vector)


# Parameters that training reaches, or a person writes down: the core must see in them what the equations see.


@pytest.mark.parametrize(("dtype", "b"), [("float32", -92.0), ("float64", -712.0)])
def test_clipping_a_gradient_of_subnormal_numbers(dtype, b):
    net, start = lw.Network((3, 1), ("sigmoid",)), lw.Parameters([np.zeros((1, 3))], [np.full((1, 1), b)])
    options = {"clip_norm": 1.0, "epochs": 3, "initial": start, "dtype": dtype}
    native, numpy = (lw.train(net, np.ones((3, 4)), np.zeros((1, 4)), engine=e, **options) for e in ("native", "numpy"))
    assert native.stopped == numpy.stopped == "epochs"
    np.testing.assert_allclose(native.parameters.W[1], numpy.parameters.W[1], rtol=1e-3)


def test_an_example_that_is_not_there_does_not_overflow():
    # with X = 0, as where a vector is filled up, A[2] would be infinite
    net = lw.Network((1, 1, 1, 1), ("relu", "relu", "identity"), "squared_error")
    W, b = ([np.full((1, 1), value) for value in values] for values in ((-1e20, 1e20, 1), (1e20, 0, 0)))
    options = {"initial": lw.Parameters(W, b), "epochs": 2}
    native, numpy = (
        lw.train(net, np.ones((1, 17)), np.ones((1, 17)), engine=e, **options) for e in ("native", "numpy")
    )
    assert native.stopped == numpy.stopped == "epochs"
