import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from writing import fitted, names, through_json, write

from layerwise.tables import NumericColumn, Place

finite = st.floats(allow_nan=False, allow_infinity=False)


def clipped(z):
    return z / np.sqrt(1 + (z / 3) ** 2)


def test_numbers_are_filled_scaled_clipped_and_marked():
    column = fitted(NumericColumn, [1, 3, None, 8])
    assert (column.median, column.scale, column.missing) == (3, (3 + 8) / 2 - (1 + 3) / 2, 1)
    assert names(column) == ("x", "x=<missing>")
    expected = clipped((np.array([1, 3, 3, 8]) - 3) / 3.5)
    np.testing.assert_allclose(write(column, [1, 3, None, 8]), np.column_stack([expected, [0, 0, 1, 0]]))


def test_where_the_inter_quartile_range_is_0_half_the_range_scales():
    column = fitted(NumericColumn, [5] * 8 + [1, 9])
    assert column.scale == (9 - 1) / 2
    np.testing.assert_allclose(write(column, [9, 1])[:, 0], clipped(np.array([1.0, -1.0])))


def test_with_embeddings_the_last_place_is_the_position_among_the_knots():
    column = fitted(NumericColumn, [0, 1, 4, None], knots=32)
    assert column.knots == (0, 1, 4)
    assert column.places == (
        Place("x", "x"),
        Place("x=<missing>", "x"),
        Place("x[position]", "x", positions=3, ordered=True),
    )
    np.testing.assert_array_equal(write(column, [-7, 0, 0.5, 2.5, 4, 1e300, None])[:, -1], [0, 0, 0.5, 1.5, 2, 2, 1])


def test_knots_stand_at_equal_steps_of_the_sorted_values():
    values = np.random.default_rng(0).permutation(np.arange(1000.0) ** 2)
    column = fitted(NumericColumn, values, knots=4)
    assert column.knots == (0, 333**2, 666**2, 999**2)
    assert fitted(NumericColumn, values, knots=3).knots == (0, 500**2, 999**2)


@pytest.mark.parametrize(("values", "knots"), [([1, 2, 3], 2), ([1, 2, 1], 32), ([5, None], 32), ([1, 2, 3], 0)])
def test_fewer_than_three_knots_are_none(values, knots):
    column = fitted(NumericColumn, values, knots=knots)
    assert column.knots == ()
    assert all(place.positions == 0 for place in column.places)


def test_a_number_missing_at_predict_time_only_is_the_median():
    column = fitted(NumericColumn, [1, 3, 8], knots=5)
    assert names(column) == ("x", "x[position]")
    np.testing.assert_array_equal(write(column, [np.nan]), write(column, [3]))


def test_a_constant_number_with_gaps_keeps_its_indicator():
    column = fitted(NumericColumn, [0.1] * 7 + [None], knots=32)
    np.testing.assert_array_equal(write(column, [0.1, None, 99]), [[0, 0], [0, 1], [0, 0]])


@pytest.mark.parametrize("value", [1e300, -1.7e308, 1e20])
def test_a_number_beyond_all_measure_is_clipped(value):
    column = fitted(NumericColumn, [1, 2, 4], knots=32)
    np.testing.assert_allclose(write(column, [value]), [[3, 2] if value > 0 else [-3, 0]])


@pytest.mark.parametrize(
    "values",
    [
        [1.7e308, -1.7e308, 0],
        [1.7e308, -1.7e308, 1e-308, None],
        [5e-324, 0, 1e-323],
        [5e-324, 1.7e308, 1],
        [1e15, 1e15 + 0.125, 1e15 - 0.125],
        [0.1 + 0.2, 0.3, None],
    ],
)
@pytest.mark.parametrize("unknown", [-1.7e308, 0.0, 1e-320, 1.7e308, np.nan])
def test_extreme_columns_are_finite_and_silent(values, unknown):
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        column = fitted(NumericColumn, values, knots=32)
        X = write(column, [*values, unknown])
        assert np.isfinite(X).all()
        assert np.abs(X).max() <= 3
    assert through_json(column) == column


@given(st.lists(finite, min_size=1, max_size=20), st.lists(finite, min_size=2, max_size=20))
def test_places_are_bounded_and_rise_with_the_number(values, others):
    column = fitted(NumericColumn, values, knots=8)
    X = write(column, np.sort(others))
    assert np.isfinite(X).all()
    assert (np.diff(X, axis=0) >= 0).all()
    assert np.abs(X[:, 0]).max() <= 3
    if column.knots:
        assert X[:, 1].min() >= 0
        assert X[:, 1].max() <= len(column.knots) - 1


@given(st.lists(finite | st.none(), min_size=1, max_size=12).filter(any), st.randoms())
def test_the_order_of_rows_does_not_matter_and_numbers_survive_json(values, random):
    column = fitted(NumericColumn, values, knots=5)
    assert fitted(NumericColumn, random.sample(values, len(values)), knots=5) == column
    again = through_json(column)
    assert again == column
    assert write(again, values).tobytes() == write(column, values).tobytes()


def test_the_scale_and_the_place_do_not_depend_on_the_unit():
    values = np.random.default_rng(0).normal(size=50)
    one, other = fitted(NumericColumn, values), fitted(NumericColumn, values * 2.0**40)
    np.testing.assert_array_equal(write(one, values), write(other, values * 2.0**40))


def test_details_are_readable():
    assert fitted(NumericColumn, [1, 3]).detail == "median 2, scale 1"
    assert fitted(NumericColumn, [1, 3, 5], knots=8).detail == "median 3, scale 2, 3 knots"
