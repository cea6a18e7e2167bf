import numpy as np
import pytest

from layerwise.tables import Table
from layerwise.tables.roles import column_of

TEXTS = [f"name {i}" for i in range(40)]
DAYS = np.arange("2020-01-01", "2020-02-10", dtype="M8[D]")


def role(values, **options):
    table = Table({"x": values})
    return column_of("x", table["x"], table.row_numbers, **options)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None, None], r"empty \(every cell is missing\)"),
        ([np.nan, np.nan], r"empty"),
        (["a", "a"], r"constant \(one value in every row\)"),
        ([3, 3, 3], r"constant"),
        ([0.1 + 0.2, 0.3], r"constant"),
        (TEXTS, r"near-unique text \(40 of its 40 values are distinct\)"),
        (TEXTS[:21] + [None] * 60, r"near-unique text \(21 of its 21 values"),
        (range(7, 47), r"a row number \(it rises by exactly 1"),
        (DAYS, r"dates or times \(not used yet\)"),
        (["2020-01-01 10:00:00", "2020-01-01T10:00:00.5", None], r"dates or times"),
        (["10:00", "11:30"], r"dates or times"),
    ],
)
def test_what_is_dropped(values, reason):
    column = role(list(values))
    assert column.role == "dropped"
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(column.reason)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a", "b", "a"], "levels"),
        (["a", None], "levels"),
        (TEXTS[:20], "levels"),
        (TEXTS[:30] * 2, "levels"),
        (["2020-01-01", "never"], "levels"),
        ([1, 2, 3], "numeric"),
        ([1, None, 1], "numeric"),
        (range(20), "numeric"),
        ([*range(39), 41], "numeric"),
        (np.arange(40) + 0.5, "numeric"),
        (np.arange(40) * 2, "numeric"),
        (np.arange(40)[::-1], "numeric"),
        ([*range(39), None], "numeric"),
    ],
)
def test_what_is_kept(values, expected):
    assert role(list(values)).role == expected


@pytest.mark.parametrize("values", [TEXTS, range(40), DAYS])
def test_as_levels_keeps_what_would_be_dropped(values):
    assert role(list(values), as_levels=True).role == "levels"


def test_as_levels_keeps_no_empty_or_constant_column():
    assert role([None, None], as_levels=True).role == role([1, 1], as_levels=True).role == "dropped"


def test_a_row_number_is_told_in_any_part_of_the_table():
    table = Table({"x": np.arange(100.0)}).take(np.random.default_rng(0).permutation(100)[:50])
    assert column_of("x", table["x"], table.row_numbers).role == "dropped"
