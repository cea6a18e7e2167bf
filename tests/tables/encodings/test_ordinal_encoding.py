import numpy as np
import pytest
from writing import fitted, names, through_json, write

from layerwise.tables import OrdinalColumn, Place

SIZES = ("S", "M", "L", "XL", "XXL")


def test_ranks_are_scaled_marked_and_positions():
    column = fitted(OrdinalColumn, ["M", None, "XXL", "L"], SIZES, embed=True)
    assert column.places == (
        Place("x", "x"),
        Place("x=<missing>", "x"),
        Place("x[position]", "x", positions=5, ordered=True),
    )
    expected = [[-1, 0, 0], [-0.5, 0, 1], [0, 0, 2], [0.5, 0, 3], [1, 0, 4], [0, 1, 2]]  # the median is L
    np.testing.assert_array_equal(write(column, [*SIZES, None]), expected)
    assert through_json(column) == column


def test_a_text_that_is_no_level_is_treated_as_missing():
    column = fitted(OrdinalColumn, ["M", None, "L"], SIZES, embed=True)
    np.testing.assert_array_equal(write(column, ["huge"]), write(column, [None]))
    assert column.unseen(np.array(["huge", None, "M"], dtype=object)) == 1
    trained_whole = fitted(OrdinalColumn, ["M", "L"], SIZES)
    np.testing.assert_array_equal(write(trained_whole, ["huge", None]), [[-0.25], [-0.25]])


def test_numbers_between_and_beyond_rising_levels():
    column = fitted(OrdinalColumn, [1, 2, 10], (1.0, 2.0, 10.0), embed=True)
    assert column.kind == "numeric"
    np.testing.assert_array_equal(write(column, [-5, 1, 1.5, 6, 99])[:, -1], [0, 0, 0.5, 1.5, 2])


def test_numbers_in_another_order_are_levels_by_their_value():
    column = fitted(OrdinalColumn, [3, 2, 1], (3.0, 1.0, 2.0), embed=True)
    np.testing.assert_array_equal(write(column, [3, 1, 2, 2.5])[:, -1], [0, 1, 2, 1])


@pytest.mark.parametrize(("levels", "embed"), [(("S", "M"), True), (SIZES, False)])
def test_two_levels_or_no_embeddings_have_no_position(levels, embed):
    assert names(fitted(OrdinalColumn, ["S", "M"], levels, embed=embed)) == ("x",)


def test_one_level():
    np.testing.assert_array_equal(write(fitted(OrdinalColumn, ["S"], ("S",)), ["S"]), [[-1]])


def test_the_detail_has_the_lowest_level_first():
    assert fitted(OrdinalColumn, ["M"], SIZES[:3]).detail == "3 ordered levels: S, M, L"
