"""Arrays as short text."""

import numpy as np
import pytest

from layerwise.graph.rendering.numbers import few_lines, one_line


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.array(3.0), "3"),
        (np.array(-0.0), "0"),
        (np.array(1 / 3), "0.333333"),
        (np.array(np.nan), "nan"),
        (np.array(-np.inf), "-inf"),
        (np.float32(1e-30) * np.ones(2, np.float32), "[1e-30 1e-30]"),
        (np.arange(4.0), "[0 1 2 3]"),
        (np.arange(5.0), "[0 1 2 … 4]"),
        (np.arange(12.0).reshape(6, 2), "[[0 1] [2 3] [4 5] … [10 11]]"),
        (np.zeros((2, 0)), "[[] []]"),
    ],
)
def test_one_line(array, text):
    assert one_line(array) == text


def test_few_lines_align_their_columns():
    assert few_lines(np.array([[1.0, -20.5], [-0.125, 3.0]])) == ["     1  -20.5", "-0.125      3"]


def test_few_lines_leave_out_the_middle():
    assert few_lines(np.arange(30.0).reshape(5, 6)) == [
        " 0   1   2  …   5",
        " 6   7   8  …  11",
        "12  13  14  …  17",
        " ⋮   ⋮   ⋮  ⋮   ⋮",
        "24  25  26  …  29",
    ]


@pytest.mark.parametrize("shape", [(), (3,), (9,), (1, 1), (4, 4), (100, 100), (2, 3, 4), (0,), (0, 2), (2, 0)])
def test_few_lines_stay_few(shape):
    lines = few_lines(np.ones(shape))
    assert len(lines) <= 5
    assert len({len(line) for line in lines}) <= 1
