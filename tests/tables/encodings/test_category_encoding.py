import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from writing import fitted, names, through_json, write

from layerwise.tables import CategoryColumn, Place, Table
from layerwise.tables.encodings import MAX_LEVELS, ONE_HOT

LETTERS = list("abcdefghij")


def test_levels_have_sorted_places():
    column = fitted(CategoryColumn, ["b", "a", "b", "c"])
    assert names(column) == ("x=a", "x=b", "x=c")
    np.testing.assert_array_equal(write(column, ["a", "b"]), np.eye(3)[:2])


def test_missing_is_a_level_where_training_rows_had_it():
    column = fitted(CategoryColumn, ["b", "a", None])
    assert names(column) == ("x=a", "x=b", "x=<missing>")
    np.testing.assert_array_equal(write(column, [None, "a"]), [[0, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize("embed", [True, False])
def test_an_unseen_level_gets_the_mean_code_if_no_row_trained_other(embed):
    column = fitted(CategoryColumn, ["b", "a", "b", None], embed=embed)
    training = write(column, ["b", "a", "b", None])
    np.testing.assert_array_equal(write(column, ["new"]), training.mean(axis=0, keepdims=True))
    without_gap = fitted(CategoryColumn, ["b", "a", "b", "b"], embed=embed)
    np.testing.assert_array_equal(write(without_gap, [None, "new"]), [[0.25, 0.75]] * 2)


def test_rare_levels_share_the_place_other_with_unseen_ones():
    levels = [f"{i:03d}" for i in range(MAX_LEVELS + 5)]
    column = fitted(CategoryColumn, levels + levels[5:])
    assert column.levels == tuple(levels[5:])
    assert names(column)[-1] == "x=<other>"
    assert column.other == 5
    other = np.eye(MAX_LEVELS + 1)[[-1]]
    for level in (levels[0], "new", None):
        np.testing.assert_array_equal(write(column, [level]), other)
    assert column.unseen(Table({"x": [levels[0], "new", levels[9]]})["x"]) == 2


@pytest.mark.parametrize(
    ("values", "embedded"),
    [
        (LETTERS[:8] * 2, False),
        (LETTERS[:9] * 2, True),
        ([*LETTERS[:7] * 2, None], False),
        ([*LETTERS[:8] * 2, None], True),
        ([*LETTERS[:7] * 2, "h", "i"], False),  # two levels of one row become one place, "<other>"
        ([*LETTERS[:8] * 2, "i", "j"], True),
        (LETTERS[:9], True),  # pooling would leave one place, the same for every row
        ([*LETTERS[:5], None] * 2, False),
    ],
)
def test_up_to_eight_levels_are_one_hot_and_more_are_positions(values, embedded):
    column = fitted(CategoryColumn, values, embed=True)
    assert ONE_HOT == 8
    assert column.embedded == embedded
    X = write(column, values)
    if not embedded:
        assert len(column.places) <= ONE_HOT
        np.testing.assert_array_equal(X.sum(axis=1), 1)
    else:
        n_codes = len(column.levels) + (None in values) + bool(column.other)
        assert column.places == (Place("x[position]", "x", positions=n_codes, ordered=False),)
        assert set(X[:, 0]) == set(range(n_codes))


def test_positions_of_missing_rare_and_unseen_cells():
    values = [*LETTERS[:8] * 2, "rare", None]
    column = fitted(CategoryColumn, values, embed=True)
    assert column.other == 1
    np.testing.assert_array_equal(write(column, ["a", "h", None, "rare", "new"])[:, 0], [0, 7, 8, 9, 9])
    without = fitted(CategoryColumn, LETTERS * 2, embed=True)
    np.testing.assert_array_equal(write(without, ["j", "new", None])[:, 0], [9, -1, -1])
    with_rare = fitted(CategoryColumn, [*LETTERS * 2, "rare"], embed=True)
    np.testing.assert_array_equal(write(with_rare, ["new", None])[:, 0], [10, 10])


def test_ties_between_rare_levels_do_not_depend_on_the_order_of_rows():
    levels = [f"{i:03d}" for i in range(MAX_LEVELS + 5)]
    assert fitted(CategoryColumn, levels) == fitted(CategoryColumn, levels[::-1])


def test_numbers_as_levels_are_sorted_by_value_and_shown_short():
    column = fitted(CategoryColumn, [10, 2, 2.5, None])
    assert column.kind == "numeric"
    assert names(column) == ("x=2", "x=2.5", "x=10", "x=<missing>")
    np.testing.assert_array_equal(write(column, [2.0, None]), [[1, 0, 0, 0], [0, 0, 0, 1]])


def test_minus_zero_is_zero():
    for values in ([0.0, -0.0, 1, 2], [-0.0, 0.0, 1, 2]):
        assert names(fitted(CategoryColumn, values)) == ("x=0", "x=1", "x=2")


def test_details_are_readable():
    assert fitted(CategoryColumn, ["a", "b", "b", "c"]).detail == "3 levels: b, a, c"
    assert fitted(CategoryColumn, LETTERS).detail == "10 levels: a, b, c, d, e and 5 more"


texts = st.none() | st.text(min_size=1, max_size=3).filter(str.strip)


@given(st.lists(texts, min_size=1, max_size=12).filter(any), st.lists(texts, max_size=5), st.booleans())
def test_levels_survive_json_and_unseen_ones_never_fail(values, others, embed):
    column = fitted(CategoryColumn, values, embed=embed)
    again = through_json(column)
    assert again == column
    X = write(column, values + others)
    np.testing.assert_array_equal(write(again, values + others), X)
    if column.embedded:
        assert set(X[:, 0]) <= set(range(-1, column.places[0].positions))
    else:
        np.testing.assert_allclose(X.sum(axis=1), 1)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none(), min_size=1).filter(any), st.booleans())
def test_levels_that_are_numbers_survive_json(values, embed):
    column = fitted(CategoryColumn, values, embed=embed)
    assert through_json(column) == column


@pytest.mark.slow
def test_of_a_million_levels_the_most_frequent_have_a_vector_of_their_own():
    table = Table({"x": [f"level {i}" for i in range(1_000_000)] + ["level 7", "level 999999"]})
    column = CategoryColumn.fit("x", table["x"], embed=True)
    assert column.levels == ("level 7", "level 999999")
    assert column.other == 999_998
    everyone = CategoryColumn.fit("x", table["x"][:1_000_000], embed=True)
    X = write(everyone, table["x"][:1_000_000])
    assert everyone.places[0].positions == len(np.unique(X)) == 1001
