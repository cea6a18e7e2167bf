import numpy as np
import pytest

from layerwise.equations import affine_backward, affine_forward
from layerwise.errors import ShapeError
from oracles import derivative

RNG = np.random.default_rng(0)
A, W, b, dZ = (RNG.normal(size=shape) for shape in ((3, 5), (2, 3), (2, 1), (2, 5)))


def test_forward_is_one_dot_product_an_entry():
    expected = [[sum(W[j, k] * A[k, i] for k in range(3)) + b[j, 0] for i in range(5)] for j in range(2)]
    np.testing.assert_allclose(affine_forward(A, W, b), expected, rtol=1e-13)


def test_backward_is_the_derivative_of_the_mean():
    # of 1/m Σᵢ dZ(i) · Z(i); dA is the derivative of each example's own term, hence the factor m = 5
    dA, dW, db = affine_backward(dZ, A, W)

    def mean(A, W, b):
        return np.einsum("ji,ji->", dZ, np.einsum("jk,ki->ji", W, A) + b) / 5

    np.testing.assert_allclose(dW, derivative(lambda value: mean(A, value, b), W), atol=1e-12)
    np.testing.assert_allclose(db, derivative(lambda value: mean(A, W, value), b), atol=1e-12)
    np.testing.assert_allclose(dA, 5 * derivative(lambda value: mean(value, W, b), A), atol=1e-12)


def test_shapes_are_those_of_the_things_derived_by():
    dA, dW, db = affine_backward(dZ, A, W)
    assert (dA.shape, dW.shape, db.shape) == (A.shape, W.shape, b.shape)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floating_type_is_kept(dtype):
    arrays = [x.astype(dtype) for x in (A, W, b, dZ)]
    assert affine_forward(*arrays[:3]).dtype == dtype
    assert all(x.dtype == dtype for x in affine_backward(arrays[3], *arrays[:2]))


def test_lists_are_arrays_too():
    np.testing.assert_array_equal(affine_forward([[1.0], [2.0]], [[3.0, 4.0]], [[0.5]]), [[11.5]])


@pytest.mark.parametrize(
    ("A", "W", "b", "message"),
    [
        (A, W.T, b, (r"^affine_forward: W must have shape \(n\[l\], n\[l-1\]\) with n\[l-1\] = 3, because A has shape "
                    r"\(3, 5\)\. Got W \(3, 2\), A \(3, 5\)\.$")),
        (A.T, W, b, r"with n\[l-1\] = 5, because A has shape \(5, 3\)\. Got W \(2, 3\), A \(5, 3\)"),
        (A[:, 0], W, b, r"with A of shape \(n\[l-1\], m\)\. Got W \(2, 3\), A \(3,\)"),
        (A, W[0], b, r"W must have shape .* Got W \(3,\), A \(3, 5\)"),
        (A, W, b[:, 0], r"forward: b must have shape \(n\[l\], 1\) = \(2, 1\)\. Got \(2,\)\. Use b.reshape\(2, 1\)"),
        (A, W, b.T, r"b must have shape \(n\[l\], 1\) = \(2, 1\)\. Got \(1, 2\)\.$"),
        (A, W, np.zeros((2, 5)), r"b must have shape .* Got \(2, 5\)\.$"),
    ],
)  # fmt: skip
def test_forward_names_the_wrong_shape(A, W, b, message):
    with pytest.raises(ShapeError, match=message):
        affine_forward(A, W, b)


@pytest.mark.parametrize("wrong", [dZ[:, :4], dZ.T, dZ[0]])
def test_backward_names_the_wrong_shape(wrong):
    with pytest.raises(ShapeError, match=r"^affine_backward: dZ must have shape \(n\[l\], m\) = \(2, 5\)\. Got \("):
        affine_backward(wrong, A, W)
    with pytest.raises(ShapeError, match=r"^affine_backward: W must have shape .* Got W \(3, 2\), A \(3, 5\)"):
        affine_backward(dZ, A, W.T)
