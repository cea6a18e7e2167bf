import numpy as np
import pytest

import layerwise as lw
from layerwise.errors import DataError, ShapeError
from oracles import propagate, random_parameters

NET = lw.Network((2, 3, 2), ("tanh", "softmax"))
THETA = lw.initialize(NET, seed=1)
X = np.random.default_rng(0).normal(size=(2, 7))


def test_it_is_the_output():
    W, b = random_parameters((2, 3, 2), np.random.default_rng(1))
    Y_hat = lw.predict(NET, lw.Parameters(W, b), X)
    np.testing.assert_allclose(Y_hat, propagate(W, b, ("tanh", "softmax"), X)[1][-1], rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_has_the_type_of_the_parameters(dtype):
    assert lw.predict(NET, THETA.astype(dtype), X).dtype == dtype


def test_it_is_silent_however_sure_it_is():
    with np.errstate(all="raise"):
        Y_hat = lw.predict(NET, THETA, X * 1e200)
        sure = lw.predict(lw.Network((1, 1), ("sigmoid",)), lw.Parameters([[[1.0]]], [[[0.0]]]), [[-1e4, 1e4]])
    np.testing.assert_allclose(Y_hat.sum(axis=0), 1)
    np.testing.assert_array_equal(sure, [[0, 1]])


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (X.T, ShapeError, r"^predict: X must have shape \(n_x, m\) with n_x = 2; .* Use X\.T if its rows"),
        (X[:, 0], ShapeError, r"^predict: X must .* Use X\.reshape\(-1, 1\)"),
        (X[:, :0], ShapeError, r"^predict: X must have at least one column"),
        (X * np.nan, DataError, r"^predict: X must be finite\. Got nan in row 0, column 0"),
        (X.astype(str), DataError, r"^predict: X must be an array of numbers\. Got an array of <U"),
    ],
)
def test_what_cannot_be_predicted(X, error, message):
    with pytest.raises(error, match=message):
        lw.predict(NET, THETA, X)


def test_parameters_of_another_network():
    with pytest.raises(ShapeError, match=r"^predict: the parameters must have the sizes of the network, \(2, 3, 2\)"):
        lw.predict(NET, lw.initialize(lw.Network((2, 1), ("sigmoid",))), X)
