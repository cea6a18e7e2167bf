"""one_hot: a column for each example, a row for each class; labels a little less certain."""

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations import label_smoothing
from layerwise.errors import DataError, ParameterError, ShapeError


def test_the_row_of_the_class_holds_the_one():
    labels = np.array([3, 0, 2, 2], np.int32)
    Y = lw.one_hot(labels, 5)
    assert Y.shape == (5, 4)
    np.testing.assert_array_equal(Y.argmax(axis=0), labels)
    np.testing.assert_array_equal(Y.sum(axis=0), 1)
    assert lw.one_hot(labels).shape == (4, 4)


@pytest.mark.parametrize(
    ("labels", "n_classes", "error", "message"),
    [
        ([[0, 1]], None, ShapeError, r"labels must have shape \(m,\) .* Got \(1, 2\)"),
        ([], None, ShapeError, r"Got \(0,\)"),
        ([0.0, 1.0], None, DataError, r"labels must be whole numbers, an integer array. Got float64"),
        ([0, -1], None, DataError, r"every label must be from 0 to 0. Got -1"),
        ([0, 3], 3, DataError, r"every label must be from 0 to 2. Got 3"),
        ([0, 1], 0, ParameterError, r"'n_classes' parameter of one_hot must be an int in the range \[1, inf\)"),
    ],
)
def test_refusals(labels, n_classes, error, message):
    with pytest.raises(error, match=message):
        lw.one_hot(labels, n_classes)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_smoothed_labels(dtype):
    Y = lw.one_hot([2, 0, 1, 1], 3).astype(dtype)
    smooth = label_smoothing(Y, 0.3)
    np.testing.assert_allclose(smooth, np.where(Y == 1, 0.8, 0.1), rtol=1e-6)
    np.testing.assert_allclose(smooth.sum(axis=0), 1, rtol=1e-6)
    assert smooth.dtype == ("float32" if dtype == "float32" else "float64")
    np.testing.assert_allclose(label_smoothing(Y[:1], 0.3), np.where(Y[:1] == 1, 0.85, 0.15), rtol=1e-6)
    np.testing.assert_allclose(label_smoothing(Y, 0.3, classes=2), np.where(Y == 1, 0.85, 0.15), rtol=1e-6)
    assert label_smoothing(Y, 0.0) is Y
