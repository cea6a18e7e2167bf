import numpy as np
import pytest
from writing import fitted, names, through_json, write

from layerwise.tables import BooleanColumn


@pytest.mark.parametrize("values", [["m", "f", "m"], [True, False, True], [1, 0, 1], [7.5, -2, 7.5]])
def test_two_levels_are_minus_1_and_1_in_sorted_order(values):
    column = fitted(BooleanColumn, values)
    assert names(column) == ("x",)
    assert column.counts == (1, 2)
    np.testing.assert_array_equal(write(column, values), [[1], [-1], [1]])
    assert through_json(column) == column


def test_missing_and_unseen_are_0_and_missing_is_marked_where_training_rows_had_it():
    column = fitted(BooleanColumn, ["m", None, "f"])
    assert names(column) == ("x", "x=<missing>")
    np.testing.assert_array_equal(write(column, ["new", None, "m"]), [[0, 0], [0, 1], [1, 0]])
    np.testing.assert_array_equal(write(fitted(BooleanColumn, ["m", "f"]), ["new", None]), [[0], [0]])
    np.testing.assert_array_equal(write(fitted(BooleanColumn, [0, 1]), [0.5, None]), [[0], [0]])


def test_unseen_levels_are_counted():
    assert fitted(BooleanColumn, ["m", "f"]).unseen(np.array(["m", "x", None], dtype=object)) == 1


def test_one_level_that_was_asked_to_be_kept():
    np.testing.assert_array_equal(write(fitted(BooleanColumn, ["m"]), ["m", "f"]), [[-1], [0]])


def test_the_detail_has_the_most_frequent_level_first():
    assert fitted(BooleanColumn, ["a", "b", "b"]).detail == "2 levels: b, a"
