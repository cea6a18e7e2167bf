"""one_hot: a column for each example, a row for each class."""

import numpy as np
import pytest

import layerwise as lw
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
