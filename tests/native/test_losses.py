import numpy as np
import pytest
from by_isa import DTYPES, ISAS, output_layer

from layerwise.equations.activations import activation
from layerwise.equations.losses import CANONICAL, loss
from layerwise.vocabulary import ACTIVATIONS, LOSSES, OUTPUT_OF_LOSS, choose

PAIRS = [(g, L) for L in LOSSES for g in ACTIVATIONS if OUTPUT_OF_LOSS.get(L, g) == g]


def expected(output, L, Z, Y, w):
    g, losses = activation(output), loss(L)
    A = g.value(Z)
    value = (w * losses.value(Z, A, Y)).sum(axis=0)
    if (output.name, L.name) in CANONICAL:
        return A, value, w * (A - Y)
    return A, value, g.backward(w * losses.derivative(A, Y), Z, A)


def problem(L: str, n_y: int, dtype, m: int = 45):
    rng = np.random.default_rng(n_y)
    Z = (rng.normal(size=(n_y, m)) * 3).astype(dtype)
    Y = np.eye(n_y)[:, rng.integers(0, n_y, m)] if L == "categorical_cross_entropy" else rng.random((n_y, m))
    return Z, np.ascontiguousarray(Y, dtype), rng.integers(1, 4, m).astype(dtype)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("g", "L"), PAIRS)
@pytest.mark.parametrize("n_y", [1, 3, 16])
@np.errstate(under="ignore")
def test_output_layer_is_that_of_the_equations(n_y, g, L, dtype, isa):
    output, choice = choose("activation", g, ACTIVATIONS), choose("loss", L, LOSSES)
    Z, Y, w = problem(L, n_y, dtype)
    tolerance = 50 * np.finfo(dtype).eps
    for got, wanted in zip(output_layer(output, choice, Z, Y, w, isa), expected(output, choice, Z, Y, w), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("g", "L"), PAIRS)
def test_weight_zero_is_no_example_whatever_its_z(g, L, dtype, isa):
    output, choice = choose("activation", g, ACTIVATIONS), choose("loss", L, LOSSES)
    Z, Y, w = problem(L, 3, dtype)
    Z[:, ::3], w[::3] = np.array([[np.inf], [-np.inf], [np.nan]]), 0
    _, losses, dZ = output_layer(output, choice, Z, Y, w, isa)
    assert (losses[::3] == 0).all()
    assert (dZ[:, ::3] == 0).all()
    assert np.isfinite(losses).all()
    assert np.isfinite(dZ).all()


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_wrong_confident_prediction_costs_its_nats(dtype, isa):
    Z, Y, w = np.array([[-1e4, 1e4]], dtype), np.array([[1, 0]], dtype), np.ones(2, dtype)
    sigmoid, binary = choose("activation", "sigmoid", ACTIVATIONS), choose("loss", "binary_cross_entropy", LOSSES)
    np.testing.assert_array_equal(output_layer(sigmoid, binary, Z, Y, w, isa)[1], 1e4)
