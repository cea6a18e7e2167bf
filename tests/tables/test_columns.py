import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.errors import TableError
from layerwise.tables import DroppedColumn, LevelColumn, NumericColumn, Table
from layerwise.tables._cells import number_text, parse_number
from layerwise.tables._statistics import mean_and_std, median
from layerwise.tables.columns import MAX_LEVELS

finite = st.floats(allow_nan=False, allow_infinity=False)


def write(column, values):
    cells = Table({"x": values})
    out = np.zeros((cells.n_rows, len(column.feature_names)))
    column.write(cells["x"], cells.row_numbers, out)
    return out


def fitted(kind, values):
    return kind.fit("x", Table({"x": values})["x"])


def test_numbers_are_filled_standardised_and_marked():
    column = fitted(NumericColumn, [1, 3, None, 8])
    filled = np.array([1, 3, 3, 8])
    assert (column.median, column.missing) == (3, 1)
    assert column.feature_names == ("x", "x=<missing>")
    expected = (filled - filled.mean()) / filled.std()
    np.testing.assert_allclose(write(column, [1, 3, None, 8]), np.column_stack([expected, [0, 0, 1, 0]]))


def test_a_number_missing_at_predict_time_only_is_the_median():
    column = fitted(NumericColumn, [1, 3, 8])
    assert column.feature_names == ("x",)
    np.testing.assert_array_equal(write(column, [np.nan]), write(column, [3]))


def test_a_constant_number_with_gaps_keeps_its_indicator():
    column = fitted(NumericColumn, [0.1] * 7 + [None])
    np.testing.assert_allclose(write(column, [0.1, None])[:, 1], [0, 1])
    np.testing.assert_array_equal(write(column, [0.1, None])[:, 0], 0)


@pytest.mark.parametrize("value", [1e300, -1.7e308])
def test_a_number_beyond_all_measure_is_refused(value):
    column = fitted(NumericColumn, [1, 2, 3])
    with pytest.raises(TableError, match=r"Column 'x', row 2: .* is more than 1e\+09 standard deviations away"):
        write(column, [1, value])


@given(st.lists(st.floats(-1e307, 1e307), min_size=1, max_size=20))
def test_training_numbers_are_never_refused(values):
    column = fitted(NumericColumn, values)
    z = write(column, values)
    assert np.isfinite(z).all()
    assert np.abs(z).max() <= len(values) + 1


@given(st.lists(st.integers(-(10**9), 10**9).map(lambda n: n / 1000), min_size=1, max_size=20))
def test_statistics_are_those_of_numpy(values):
    values = np.array(values)
    mean, std = mean_and_std(values)
    size = np.abs(values).max() + 1e-300
    assert mean == pytest.approx(values.mean(), abs=1e-14 * size)
    assert std == pytest.approx(values.std(), abs=1e-14 * size)
    assert median(values) == pytest.approx(np.median(values), abs=1e-300)


def test_statistics_of_huge_numbers():
    values = np.array([1.7e308, -1.7e308])
    assert mean_and_std(values) == (0.0, 1.7e308)
    assert median(values[:1].repeat(2)) == 1.7e308


def test_levels_have_sorted_places():
    column = fitted(LevelColumn, ["b", "a", "b"])
    assert column.feature_names == ("x=a", "x=b")
    np.testing.assert_array_equal(write(column, ["a", "b"]), np.eye(2))


def test_missing_is_a_level_where_training_rows_had_it():
    column = fitted(LevelColumn, ["b", "a", None])
    assert column.feature_names == ("x=a", "x=b", "x=<missing>")
    np.testing.assert_array_equal(write(column, [None, "a"]), [[0, 0, 1], [1, 0, 0]])


def test_an_unseen_level_gets_the_mean_code_if_no_row_trained_other():
    column = fitted(LevelColumn, ["b", "a", "b", None])
    training = write(column, ["b", "a", "b", None])
    np.testing.assert_array_equal(write(column, ["new"]), training.mean(axis=0, keepdims=True))
    without_gap = fitted(LevelColumn, ["b", "a", "b", "b"])
    np.testing.assert_array_equal(write(without_gap, [None, "new"]), [[0.25, 0.75]] * 2)


def test_rare_levels_share_the_place_other_with_unseen_ones():
    levels = [f"{i:03d}" for i in range(MAX_LEVELS + 5)]
    column = fitted(LevelColumn, levels + levels[5:])
    assert column.levels == tuple(levels[5:])
    assert column.feature_names[-1] == "x=<other>"
    assert column.other == 5
    other = np.eye(MAX_LEVELS + 1)[[-1]]
    for level in (levels[0], "new", None):
        np.testing.assert_array_equal(write(column, [level]), other)
    assert column.unseen(Table({"x": [levels[0], "new", levels[9]]})["x"]) == 2


def test_ties_between_rare_levels_do_not_depend_on_the_order_of_rows():
    levels = [f"{i:03d}" for i in range(MAX_LEVELS + 5)]
    assert fitted(LevelColumn, levels) == fitted(LevelColumn, levels[::-1])


def test_numbers_as_levels_are_sorted_by_value_and_shown_short():
    column = fitted(LevelColumn, [10, 2, 2.5, None])
    assert column.kind == "numeric"
    assert column.feature_names == ("x=2", "x=2.5", "x=10", "x=<missing>")
    np.testing.assert_array_equal(write(column, [2.0, None]), [[1, 0, 0, 0], [0, 0, 0, 1]])


def test_details_are_readable():
    assert fitted(NumericColumn, [1, 3]).detail == "mean 2, std 1, median 2"
    assert fitted(LevelColumn, ["a", "b", "b"]).detail == "2 levels: b, a"


texts = st.none() | st.text(min_size=1, max_size=3)


@given(st.lists(finite | st.none(), min_size=1, max_size=10).filter(any), st.booleans())
def test_numbers_survive_json(values, as_levels):
    column = fitted(LevelColumn if as_levels else NumericColumn, values)
    assert type(column).from_config(json.loads(json.dumps(column.to_config()))) == column


@given(st.lists(texts, min_size=1, max_size=10).filter(any), st.lists(texts, max_size=5))
def test_levels_survive_json_and_unseen_ones_never_fail(values, others):
    column = fitted(LevelColumn, values)
    again = LevelColumn.from_config(json.loads(json.dumps(column.to_config())))
    assert again == column
    np.testing.assert_array_equal(write(again, values + others), write(column, values + others))
    np.testing.assert_allclose(write(column, values + others).sum(axis=1), 1)


def test_dropped_columns_survive_json():
    column = DroppedColumn("x", "why", 3, "how")
    assert DroppedColumn.from_config(json.loads(json.dumps(column.to_config()))) == column


@given(finite)
def test_number_text_reads_back(value):
    assert parse_number(number_text(value)) == value


@pytest.mark.parametrize("text", ["1_000", "0x1", "", "1,5", "١", "e5", "."])
def test_what_parse_number_refuses(text):
    assert parse_number(text) is None
