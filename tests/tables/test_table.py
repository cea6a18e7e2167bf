import datetime
import decimal

import numpy as np
import pytest

from layerwise.errors import TableError
from layerwise.tables import Table

DAY = datetime.datetime(2020, 1, 2)
NOON = datetime.datetime(2020, 1, 2, 12)
PLUS_2 = datetime.timezone(datetime.timedelta(hours=2))


def cells(column):
    return [None if cell is None or cell != cell else cell for cell in column.tolist()]


@pytest.mark.parametrize(
    ("given", "kind", "expected"),
    [
        ([1, 2], "numeric", [1.0, 2.0]),
        ([1, None, float("nan")], "numeric", [1.0, None, None]),
        (np.array([1, 2], dtype=np.int8), "numeric", [1.0, 2.0]),
        (np.array([0.5, np.nan], dtype=np.float32), "numeric", [0.5, None]),
        ([np.int64(3), 2.5], "numeric", [3.0, 2.5]),
        ([None, None], "text", [None, None]),
        (["a", None, ""], "text", ["a", None, None]),
        (np.array(["a", "b"]), "text", ["a", "b"]),
        (np.array(["a", "b"], dtype=np.dtypes.StringDType()), "text", ["a", "b"]),
        (np.array(["a", None], dtype=np.dtypes.StringDType(na_object=None)), "text", ["a", None]),
        (np.array([True, None, 1 > 2], dtype=object), "text", ["true", None, "false"]),
        ([True, None, False], "text", ["true", None, "false"]),
        (np.array([True, False]), "text", ["true", "false"]),
        ([np.str_("a"), float("nan")], "text", ["a", None]),
        ([datetime.date(2020, 1, 2), None], "datetime", [DAY, None]),
        ([datetime.date(2020, 1, 2), NOON], "datetime", [DAY, NOON]),
        ([datetime.datetime(2020, 1, 2, 2, tzinfo=PLUS_2), DAY], "datetime", [DAY, DAY]),
        ([np.datetime64("2020-01-02"), np.datetime64("NaT")], "datetime", [DAY, None]),
        (np.array(["2020-01-02", "NaT"], dtype="M8[D]"), "datetime", [DAY, None]),
        (np.array(["NaT"], dtype="M8"), "datetime", [None]),
        ([datetime.date(2020, 1, 2), "never"], "text", ["2020-01-02", "never"]),
        ([datetime.time(10, 30), None], "text", ["10:30:00", None]),
        ([decimal.Decimal("1.5"), None, decimal.Decimal("NaN")], "numeric", [1.5, None, None]),
        (np.ma.array([1.5, 2.5], mask=[False, True]), "numeric", [1.5, None]),
        (np.ma.array(["a", "b"], mask=[False, True]), "text", ["a", None]),
        ([" a ", "  ", "True "], "text", ["a", None, "true"]),
        (np.array([1, 2], dtype=np.float16), "numeric", [1.0, 2.0]),
        ((), "text", []),
    ],
)
def test_a_column_is_numbers_or_text(given, kind, expected):
    table = Table({"x": given})
    assert table.kind("x") == kind
    assert cells(table["x"]) == expected


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [1, 2], "b": [1]}, r"one length, here 2 rows\. Got 1 cells in 'b'\."),
        ({"a": [[1], [2]]}, r"Column 'a', row 1: \[1\] cannot be used"),
        ({"a": np.zeros((2, 2))}, r"Column 'a' must be one-dimensional\. Got an array of shape \(2, 2\)\."),
        ({"a": [1, "x"]}, r"Column 'a', row 1: 1 is a number in a column of text"),
        ({"a": [1.0, np.inf]}, r"Column 'a', row 2: inf is infinite"),
        ({"a": [None, -np.inf]}, r"Column 'a', row 2: -inf is infinite"),
        ({"a": [1, datetime.date(2020, 1, 2)]}, r"Column 'a', row 1: 1 is a number in a column of dates"),
        ({"a": [10**400]}, r"Column 'a', row 1: inf is infinite"),
        ({"a": [1, decimal.Decimal("Infinity")]}, r"Column 'a', row 2: inf is infinite"),
        (
            {"a": np.array([1, 2], dtype="m8[s]")},
            r"Column 'a' must hold numbers, texts, booleans or dates\. Got timedelta",
        ),
        ({"a": np.array([1j])}, r"Complex data not supported: column 'a' holds complex128\. Make its real and its"),
        ({"a": [1, 2, "x"]}, r"Column 'a', row 3: 'x' is no number, as most of the column is\. Make the whole column"),
        ({"a": [object()]}, r"Column 'a', row 1: <object .*> cannot be used"),
    ],
)
def test_what_is_no_column_is_refused(columns, message):
    with pytest.raises(TableError, match=message):
        Table(columns)


def test_a_part_of_a_table_keeps_its_row_numbers():
    table = Table({"a": [1, 2, 3], "b": list("xyz")}, missing=("?",), unread=("c",))
    part = table.take(np.array([False, True, True])).take([1])
    assert part.row_numbers.tolist() == [3]
    assert part["b"].tolist() == ["z"]
    assert (part.missing, part.unread) == (("?",), ("c",))
    assert list(part.without("a")) == ["b"]
    assert part.without("a").row_numbers.tolist() == [3]


def test_a_table_without_columns_still_has_rows():
    assert Table({"a": [1, 2]}).without("a").n_rows == 2


def test_an_unknown_column_suggests_the_nearest():
    with pytest.raises(TableError, match=r"The table has no column 'agee'\. Did you mean 'Age'\?"):
        Table({"Age": [1], "Sex": ["f"]}).column("agee")


def test_repr_shows_kinds():
    assert repr(Table({"a": [1], "b": ["x"]})) == "Table(1 rows; a: numeric, b: text)"


@pytest.mark.parametrize(
    "cells",
    [
        [True, False, None],
        ["True", "FALSE", None],
        ["true", "False", ""],
        np.array(["TRUE", "false", ""], dtype=object),
    ],
)
def test_true_and_false_have_one_spelling(cells):
    assert Table({"a": cells})["a"].tolist() == ["true", "false", None]


def test_one_spelling_does_not_depend_on_the_other_cells():
    """So that a model reads "True" alike in its training table and in one that holds nothing else."""
    assert Table({"a": ["True", "perhaps"]})["a"].tolist() == ["true", "perhaps"]
    assert Table({"a": ["True"]})["a"].tolist() == ["true"]


def test_levels_stay_with_their_column():
    table = Table({"size": ["S", None, "L"], "n": [1, 2, 4]}, levels={"size": ["S", "M", "L"]})
    assert (table.kind("size"), table.levels) == ("ordinal", {"size": ("S", "M", "L")})
    assert table.take([0]).without("n").levels == table.levels
    assert table.without("size").levels == {}
    numbers = Table({"n": [1, 2, None]}, levels={"n": [2, 1]})
    assert (numbers.kind("n"), numbers.levels["n"], numbers["n"].dtype) == ("ordinal", (2.0, 1.0), np.float64)


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"size": ["S", "M"]}, r"Column 'size', row 3: 'L' is not one of the column's levels: S, M\."),
        ({"sizes": ["S"]}, r"The table has no column 'sizes'\. Did you mean 'size'\?"),
        ({"size": []}, r"must have levels that differ, at least one\. Got \[\]"),
    ],
)
def test_levels_are_checked(levels, message):
    with pytest.raises(TableError, match=message):
        Table({"size": ["S", None, "L"]}, levels=levels)


def test_the_given_arrays_stay_as_they_are():
    given = {"a": np.array([" x", "True", None], dtype=object), "b": np.array([1, 2, 3])}
    before = {name: array.copy() for name, array in given.items()}
    Table(given)
    for name, array in before.items():
        np.testing.assert_array_equal(given[name], array)
