import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from layerwise.equations.stable import erf, log_sum_exp, normal_cdf, sigmoid, softmax, softplus
from oracles import laws

numbers = st.floats(-1e300, 1e300)
logits = arrays(np.float64, (4, 3), elements=st.floats(-500, 500))


@laws
@given(numbers)
def test_sigmoid_of_opposite_numbers_adds_up_to_one(z):
    pair = sigmoid(np.array([z, -z]))
    assert pair.sum() == pytest.approx(1, rel=1e-15)
    assert ((pair >= 0) & (pair <= 1)).all()


@laws
@given(st.floats(-1e15, 1e15))
def test_softplus_of_opposite_numbers_differs_by_z(z):
    above, below = softplus(np.array([z, -z]))
    assert above - below == pytest.approx(z, rel=1e-14, abs=1e-14)


@laws
@given(logits, st.floats(-1000, 1000))
def test_softmax_columns_sum_to_one_and_ignore_a_shift(Z, shift):
    A = softmax(Z)
    np.testing.assert_allclose(A.sum(axis=0), 1, rtol=1e-14)
    np.testing.assert_allclose(softmax(Z + shift), A, rtol=1e-11, atol=1e-300)


@laws
@given(logits)
def test_log_sum_exp_is_the_logarithm_behind_softmax(Z):
    exact = [float(mpmath.log(sum(mpmath.exp(mpmath.mpf(z)) for z in column))) for column in Z.T.tolist()]
    np.testing.assert_allclose(log_sum_exp(Z)[0], exact, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(np.log(softmax(Z) + 1e-320), np.maximum(Z - log_sum_exp(Z), -736.8), atol=0.5)


def test_softmax_of_two_is_the_sigmoid_of_the_difference():
    Z = np.random.default_rng(0).normal(size=(2, 50)) * 5
    np.testing.assert_allclose(softmax(Z)[0], sigmoid(Z[0] - Z[1]), rtol=1e-13)


@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-8, 0.1, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 30.0, 1e10, 1e300])
def test_erf_against_mpmath(x):
    for value in (x, -x):
        assert erf(np.array([value]))[0] == pytest.approx(float(mpmath.erf(value)), abs=1e-15)


@pytest.mark.parametrize("z", [0.0, 1e-8, 0.3, 1.0, 2.5, 4.0, 6.0, 8.0])
def test_normal_cdf_near_its_middle(z):
    for value in (z, -z):
        assert normal_cdf(np.array([value]))[0] == pytest.approx(float(mpmath.ncdf(value)), rel=2e-14)


@pytest.mark.parametrize("z", [-10.0, -15.0, -20.0, -30.0, -37.0])
def test_the_left_tail_keeps_its_digits(z):
    # e^(−x²) turns the rounding of x² into a relative error: x² · 2⁻⁵³ and a little
    assert normal_cdf(np.array([z]))[0] == pytest.approx(float(mpmath.ncdf(z)), rel=z * z * 2e-16 + 1e-14)


def test_erf_in_single_precision_is_single_precision():
    x = np.linspace(-5, 5, 401, dtype=np.float32)
    exact = np.array([float(mpmath.erf(float(value))) for value in x])
    assert erf(x).dtype == np.float32
    np.testing.assert_allclose(erf(x), exact, atol=5e-7)


@pytest.mark.parametrize(("dtype", "large"), [("float32", 1e4), ("float64", 1e300)])
@pytest.mark.parametrize("function", [sigmoid, softplus, softmax, log_sum_exp, erf, normal_cdf])
def test_no_finite_number_overflows(function, dtype, large):
    Z = np.array([[-large, 0.0, large, large], [large, 0.0, large, -large]], dtype)
    with np.errstate(over="raise", divide="raise", invalid="raise", under="ignore"):
        values = function(Z)
    assert values.dtype == dtype
    assert np.isfinite(values).all()


def test_limits():
    with np.errstate(under="ignore"):
        np.testing.assert_array_equal(sigmoid(np.array([-1e300, 0, 1e300])), [0, 0.5, 1])
        np.testing.assert_array_equal(softplus(np.array([-1e300, 1e300])), [0, 1e300])
        np.testing.assert_array_equal(log_sum_exp(np.array([[1e300], [-1e300]])), [[1e300]])
        np.testing.assert_array_equal(softmax(np.array([[1e300], [-1e300]])), [[1], [0]])
    assert softplus(np.array([0.0]))[0] == pytest.approx(np.log(2), rel=1e-16)
