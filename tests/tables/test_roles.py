import numpy as np
import pytest

from layerwise.errors import TableError
from layerwise.tables import Table
from layerwise.tables.roles import column_of

TEXTS = [f"name {i}" for i in range(40)]
DAYS = np.arange("2020-01-01", "2020-02-10", dtype="M8[D]")
SIZES = ["S", "M", "L"]


def column(values, role=None, levels=None):
    return column_of(Table({"x": values}, levels={"x": levels} if levels else None), "x", role)


DROPPED = [
    ([None, None], r"empty \(every cell is missing\)", "give it a value in some row"),
    ([np.nan, np.nan], r"empty", "give it a value"),
    (["a", "a"], r"constant \(one value in every row\)", r"roles=\{'x': 'category'\} \(--categorical x\)"),
    ([3, 3, 3], r"constant", "'category'"),
    ([0.1 + 0.2, 0.3], r"constant", "'category'"),
    (DAYS[:1].repeat(3), r"constant", "'category'"),
    (TEXTS, r"near-unique text \(40 of its 40 values are distinct\)", r"roles=\{'x': 'category'\}"),
    (TEXTS[:21] + [None] * 60, r"near-unique text \(21 of its 21 values", "'category'"),
    ([str(i / 7) for i in range(40)], r"near-unique text \(40 of its 40", r"roles=\{'x': 'numeric'\}\."),
    (range(7, 47), r"a row number \(it rises by exactly 1", r"roles=\{'x': 'numeric'\}\."),
    (["10:00", "11:30"], r"times of day \(not used\)", "'category'"),
]


@pytest.mark.parametrize(("values", "reason", "hint"), DROPPED)
def test_what_is_dropped_says_why_and_how_to_keep_it(values, reason, hint):
    dropped = column(list(values))
    assert dropped.role == "dropped"
    for text, pattern in ((dropped.reason, reason), (dropped.hint, f"To keep it.*{hint}")):
        with pytest.raises(AssertionError, match=pattern):
            raise AssertionError(text)


@pytest.mark.parametrize("values", [case[0] for case in DROPPED[2:]])
@pytest.mark.parametrize("role", ["category", "numeric"])
def test_what_the_hint_says_keeps_the_column(values, role):
    if repr(role) in column(list(values)).hint:
        assert column(list(values), role).role in (role, "boolean")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a", "b", "c"], "category"),
        (["a", None], "category"),
        (["a", "b", None], "boolean"),
        ([True, False, None], "boolean"),
        (TEXTS[:20], "category"),
        (TEXTS[:30] * 2, "category"),
        (["2020-01-01", "never", "x"], "category"),
        (["2020-01-01 10:00:00", "2020-01-01T10:00:00.5", None], "datetime"),
        (["2020-01-01", "2020-01-02"], "datetime"),
        (DAYS, "datetime"),
        ([1, 2, 3], "numeric"),
        ([1, None, 1], "numeric"),
        ([1, 2, 1], "numeric"),
        ([0, 1, None, 1], "boolean"),
        (range(20), "numeric"),
        ([*range(39), 41], "numeric"),
        (np.arange(40) + 0.5, "numeric"),
        (np.arange(40) * 2, "numeric"),
        (np.arange(40)[::-1], "numeric"),
        ([*range(39), None], "numeric"),
    ],
)
def test_what_is_kept(values, expected):
    assert column(list(values)).role == expected


def test_levels_of_the_table_are_ordinal():
    ordinal = column(["L", "S", None], levels=SIZES)
    assert (ordinal.role, ordinal.levels) == ("ordinal", ("S", "M", "L"))
    assert column(["L", "L"], levels=SIZES).role == "dropped"
    assert column(["L", "S", "M"], "category", levels=SIZES).role == "category"


@pytest.mark.parametrize(
    ("values", "role", "expected"),
    [
        (TEXTS, "category", "category"),
        (range(40), "category", "category"),
        (DAYS, "category", "category"),
        (["1", "2.5", None], "numeric", "numeric"),
        (["1", "1"], "numeric", "numeric"),
        ([2, 2], "boolean", "boolean"),
        ([2, 5], "category", "boolean"),
        (["a", "b"], "boolean", "boolean"),
        ([3, 1, 2, None], "ordinal", "ordinal"),
        (["M", "S"], SIZES, "ordinal"),
        ([3, 1, 2], [3, 2, 1], "ordinal"),
        ([3, 1, 2], ["1", "2", "3"], "ordinal"),
        (["3", "1", "2"], [1, 2, 3], "ordinal"),
        ([True, False], ["true", "false"], "ordinal"),
        (DAYS[:2], ["2020-01-01", "2020-01-02"], "ordinal"),
        (["2020-01-01", None], "datetime", "datetime"),
        (["2020-01-01", "2020-06-07"], "datetime", "datetime"),
        (TEXTS, "drop", "dropped"),
        ([None, None], "numeric", "dropped"),
    ],
)
def test_the_role_that_is_asked_for(values, role, expected):
    assert column(list(values), role).role == expected


def test_numbers_are_ordinal_by_their_size():
    assert column([3, 1, None, 2], "ordinal").levels == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("values", "role", "message"),
    [
        (["1", "x"], "numeric", r"Column 'x', row 2: 'x' is not a number, as the role 'numeric' needs\. Correct it"),
        (DAYS, "numeric", r"Column 'x', row 1: 2020-01-01 is not a number, as the role 'numeric' needs"),
        (
            ["2020-01-31", "x"],
            "datetime",
            r"Column 'x', row 2: 'x' is not a date, as the role 'datetime' needs\. Write",
        ),
        (["2020-02-30", "2020-01-01"], None, r"Column 'x', row 1: '2020-02-30' is not a date, as the role 'datetime'"),
        ([20200131], "datetime", r"Column 'x', row 1: 20200131 is not a date, as the role 'datetime' needs"),
        (["a", "b", "c"], "boolean", r"'x' must have two levels for the role 'boolean'\. Got 3: a, b, c\."),
        (["b", "a"], "ordinal", r"'x' holds text, whose order is not known.*: roles=\{'x': \['a', 'b'\]\}\."),
        (DAYS, "ordinal", r"'x' holds dates, whose role is 'datetime', not 'ordinal'"),
        (["S", "XL"], SIZES, r"Column 'x', row 2: 'XL' is not one of the column's levels: S, M, L\."),
        ([1, 4], [1, 2, 3], r"Column 'x', row 2: 4 is not one of the column's levels: 1, 2, 3\."),
        ([1, 4], ["low", "high"], r"The levels of column 'x' must be numbers, as its cells are\. Got 'low'\."),
        (["S"], ["S", "S"], r"'x' must have levels that differ, at least one\. Got \['S', 'S'\]\."),
        (["S"], [], r"'x' must have levels that differ, at least one\. Got \[\]\."),
    ],
)
def test_what_no_column_can_play(values, role, message):
    with pytest.raises(TableError, match=message):
        column(list(values), role)


def test_a_row_number_is_told_in_any_part_of_the_table():
    table = Table({"x": np.arange(100.0)}).take(np.random.default_rng(0).permutation(100)[:50])
    assert column_of(table, "x").role == "dropped"
