import mpmath
import numpy as np
import pytest

from layerwise.equations.activations import ACTIVATION_TABLE, activation
from layerwise.vocabulary import ACTIVATIONS, choose
from oracles import EXACT

POINTS = [-700.0, -60.0, -20.0, -6.0, -2.0, -0.7, -0.01, -1e-9, 1e-9, 0.01, 0.7, 2.0, 6.0, 20.0, 60.0, 700.0]
SPELLINGS = [*EXACT, "leaky_relu(slope=0)", "leaky_relu(slope=0.2)", "elu(alpha=0.3)"]


def of(spelling):
    choice = choose("activation", spelling, ACTIVATIONS)
    return activation(choice), lambda z: EXACT[choice.name](z, **dict(choice.settings))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_values_and_derivatives_against_mpmath(spelling):
    function, exact = of(spelling)
    z = np.array(POINTS)
    with np.errstate(under="ignore"):
        a = function.value(z)
        slope = function.derivative(z, a)
    with mpmath.workdps(400):
        values = [float(exact(mpmath.mpf(point))) for point in POINTS]
        slopes = [float(mpmath.diff(exact, mpmath.mpf(point), h=mpmath.mpf(10) ** -100)) for point in POINTS]
    np.testing.assert_allclose(a, values, rtol=2e-13, atol=1e-300)
    np.testing.assert_allclose(slope, slopes, rtol=2e-13, atol=3e-16)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_single_precision_is_as_good_as_single_precision_can_be(spelling):
    function, exact = of(spelling)
    z = np.linspace(-8, 8, 161, dtype=np.float32)
    a = function.value(z)
    np.testing.assert_allclose(a, [float(exact(mpmath.mpf(float(point)))) for point in z], rtol=3e-5, atol=1e-6)


def test_every_activation_has_a_formula_here():
    assert {*EXACT, "softmax"} == set(ACTIVATION_TABLE)


def test_softmax_and_its_jacobian_by_the_definition():
    Z = np.random.default_rng(0).normal(size=(4, 5)) * 3
    function = activation(choose("activation", "softmax", ACTIVATIONS))
    A = function.value(Z)
    np.testing.assert_allclose(A, np.exp(Z) / np.exp(Z).sum(axis=0), rtol=1e-13)
    jacobian = np.einsum("ji,jk->ijk", A, np.eye(4)) - np.einsum("ji,ki->ijk", A, A)
    np.testing.assert_allclose(function.derivative(Z, A), np.einsum("ijj->ji", jacobian), rtol=1e-12)
    dA = np.random.default_rng(1).normal(size=Z.shape)
    np.testing.assert_allclose(function.backward(dA, Z, A), np.einsum("ijk,ji->ki", jacobian, dA), atol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("spelling", "slope"),
    [
        ("relu", 0.0),
        ("leaky_relu", 0.01),
        ("leaky_relu(0.25)", 0.25),
        ("elu", 1.0),
        ("elu(0.3)", 0.3),
        ("sigmoid", 0.25),
        ("tanh", 1.0),
        ("identity", 1.0),
        ("gelu", 0.5),
        ("silu", 0.5),
        ("softplus", 0.5),
        ("mish", 0.6),
        ("exp", 1.0),
    ],
)
def test_the_derivative_at_zero(spelling, slope, dtype):
    function = of(spelling)[0]
    for zero in (0.0, -0.0):
        z = np.array([zero], dtype)
        assert function.derivative(z, function.value(z))[0] == pytest.approx(np.dtype(dtype).type(slope), rel=1e-6)


def test_selu_keeps_mean_zero_and_variance_one():
    z = mpmath.mpf
    with mpmath.workdps(30):
        function = EXACT["selu"]
        mean = mpmath.quad(lambda x: function(z(x)) * mpmath.npdf(x), [-20, 0, 20])
        square = mpmath.quad(lambda x: function(z(x)) ** 2 * mpmath.npdf(x), [-20, 0, 20])
    assert abs(mean) < 1e-12
    assert abs(square - 1) < 1e-12


def test_exp_that_overflows_is_infinite_without_a_word():
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(of("exp")[0].value(np.array([1e4])), [np.inf])
