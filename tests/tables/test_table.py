import datetime

import numpy as np
import pytest

from layerwise.errors import TableError
from layerwise.tables import Table


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
        ([True, None, False], "text", ["true", None, "false"]),
        (np.array([True, False]), "text", ["true", "false"]),
        ([np.str_("a"), float("nan")], "text", ["a", None]),
        ([datetime.date(2020, 1, 2), None], "text", ["2020-01-02", None]),
        (np.array(["2020-01-02", "NaT"], dtype="M8[D]"), "text", ["2020-01-02", None]),
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
        ({"a": np.array([1j])}, r"Column 'a' must hold numbers, texts, booleans or dates\. Got complex128\."),
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
