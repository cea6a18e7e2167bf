import numpy as np
import pytest
from by_isa import DTYPES, ISAS, activation

from layerwise.equations import activations
from layerwise.vocabulary import ACTIVATIONS, choose

NAMES = [name for name in ACTIVATIONS if name != "softmax"] + ["leaky_relu(slope=0)", "leaky_relu(0.3)", "elu(2.5)"]


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
@np.errstate(over="ignore", under="ignore")
def test_activation_and_derivative_are_those_of_the_equations(name, dtype, isa):
    rng = np.random.default_rng(0)
    z = np.concatenate([[0.0, -0.0, 1e4, -1e4, 80], rng.normal(size=999) * 3, rng.uniform(-50, 50, 999)]).astype(dtype)
    g = activations.activation(choose("activation", name, ACTIVATIONS))
    expected = g.value(z)
    a, derivative = activation(name, z, isa)
    eps = np.finfo(dtype).eps
    # z² in an exponent, and differences such as 1 - a², which mish takes z times, cost digits of small results
    np.testing.assert_allclose(a, expected, rtol=3 * eps, atol=3 * eps if name == "gelu" else 1e-40)
    np.testing.assert_allclose(
        derivative, g.derivative(z, expected), rtol=4 * eps, atol=(50 if name == "mish" else 8) * eps
    )


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_kinks_take_the_derivative_from_the_left(dtype, isa):
    z = np.zeros(1, dtype)
    assert activation("relu", z, isa)[1] == 0
    assert activation("leaky_relu(0.25)", z, isa)[1] == 0.25
    assert activation("elu(3)", z, isa)[1] == 3


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
@np.errstate(invalid="ignore")
def test_what_is_not_a_number_stays_so(name, dtype, isa):
    assert np.isnan(activation(name, np.full(3, np.nan, dtype), isa)[0]).all()
