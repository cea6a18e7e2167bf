"""Every kind of data that a table can be made of: the same table, and the same matrix."""

import datetime as dt
import decimal
import subprocess
import sys

import numpy as np
import pytest

from layerwise.errors import TableError
from layerwise.tables import Table, TableEncoder, as_table

nw = pytest.importorskip("narwhals")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

rng = np.random.default_rng(0)
m = 40
PARIS = dt.timezone(dt.timedelta(hours=1))
TIMES = [dt.datetime(2020, 1, 1, 5) + dt.timedelta(hours=int(h)) for h in rng.integers(0, 9999, m)]
COLUMNS = {
    "age": [*rng.normal(40, 9, m - 1).tolist(), None],
    "children": rng.integers(0, 6, m).tolist(),
    "member": [*rng.choice([True, False], m - 1).tolist(), None],
    "city": [*rng.choice(["Lima", "Oslo", "Rome"], m - 1).tolist(), None],
    "shop": [f"shop {k}" for k in rng.integers(0, 12, m)],
    "paid": [decimal.Decimal(int(c)) / 4 for c in rng.integers(0, 99, m - 1)] + [None],
    "on": [time.date() for time in TIMES[:-1]] + [None],
    "at": [*TIMES[:-1], None],
}


def frame_of_pandas(columns):
    return pd.DataFrame(columns, index=["label"] * len(next(iter(columns.values()))))


def frame_of_nullable_pandas(columns):
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    kinds = {"age": "Float64", "children": "Int8", "member": "boolean", "city": "string", "shop": "category"}
    return frame.astype({name: kind for name, kind in kinds.items() if name in columns})


def frame_of_arrow_pandas(columns):
    return pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype)


def object_array(columns):
    array = np.empty((len(next(iter(columns.values()))), len(columns)), dtype=object)
    for j, cells in enumerate(columns.values()):
        array[:, j] = cells
    return array


FRAMES = {
    "pandas": frame_of_pandas,
    "nullable pandas": frame_of_nullable_pandas,
    "arrow pandas": frame_of_arrow_pandas,
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "narwhals": lambda columns: nw.from_native(pl.DataFrame(columns)),
    "mapping": dict,
    "mapping of arrays": lambda columns: {name: np.array(cells) for name, cells in columns.items()},
    "mapping of series": lambda columns: {name: pd.Series(cells) for name, cells in columns.items()},
    "table": Table,
}

frames = pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)


def same(one, other):
    assert list(one) == list(other)
    assert one.levels == other.levels
    for name in one:
        assert one.kind(name) == other.kind(name), name
        np.testing.assert_array_equal(one[name], other[name])


@frames
def test_every_frame_is_the_same_table_and_matrix(frame):
    expected = Table(COLUMNS)
    table = as_table(frame(COLUMNS))
    same(table, expected)
    assert table.row_numbers.tolist() == list(range(1, m + 1))
    encoder = TableEncoder.fit(expected)
    assert TableEncoder.fit(table) == encoder
    np.testing.assert_array_equal(encoder.transform(table), encoder.transform(expected))
    assert [info.role for info in encoder.schema] == [
        "numeric", "numeric", "boolean", "category", "category", "numeric", "datetime", "datetime",
    ]  # fmt: skip


@frames
def test_the_columns_to_take_may_be_named(frame):
    table = as_table(frame(COLUMNS), columns=["city", "age", "not there"], drop=["at", "age"])
    assert list(table) == ["city"]
    assert table.unread == ("children", "member", "shop", "paid", "on")
    assert as_table(frame(COLUMNS), columns=["not there"]).n_rows == m


def test_arrays_have_their_columns_numbered_or_named():
    same(as_table(object_array(COLUMNS), columns=list(COLUMNS)), Table(COLUMNS))
    numbers = rng.normal(size=(5, 3))
    same(as_table(numbers), Table({f"x{j}": numbers[:, j] for j in range(3)}))
    assert list(as_table(numbers, drop=["x1"])) == ["x0", "x2"]
    assert as_table(np.array([["a", "1"], ["b", "2"]])).kind("x1") == "text"
    assert as_table(np.array([[True], [False]]))["x0"].tolist() == ["true", "false"]


@frames
def test_the_data_is_not_modified(frame):
    data = frame({"city": [" Lima", "Oslo ", None], "n": [1, None, 3]})
    before = repr(data)
    as_table(data)
    assert repr(data) == before


def test_a_table_keeps_its_row_numbers_and_levels():
    table = Table({"s": ["S", "L"], "n": [1, 2]}, levels={"s": ["S", "L"]}, missing=["?"], unread=["q"]).take([1])
    again = as_table(table, columns=["s"])
    assert (again.row_numbers.tolist(), again.levels, again.missing) == ([2], {"s": ("S", "L")}, ("?",))
    assert again.unread == ("n", "q")


SIZES = ["S", "M", "L"]


@pytest.mark.parametrize(
    ("data", "levels"),
    [
        (pd.DataFrame({"s": pd.Categorical(["L", None, "S"], categories=SIZES, ordered=True)}), tuple(SIZES)),
        (pl.DataFrame({"s": pl.Series(["L", None, "S"]).cast(pl.Enum(SIZES))}), tuple(SIZES)),
        (pd.DataFrame({"s": pd.Categorical([3, None, 1], categories=[3, 2, 1], ordered=True)}), (3.0, 2.0, 1.0)),
    ],
)
def test_ordered_categories_keep_their_order(data, levels):
    table = as_table(data)
    assert table.kind("s") == "ordinal"
    assert table.levels == {"s": levels}
    assert TableEncoder.fit(table).columns[0].levels == levels


@pytest.mark.parametrize(
    ("data", "cells"),
    [
        (pd.DataFrame({"s": pd.Categorical(["b", None, "a"])}), ["b", None, "a"]),
        (pd.DataFrame({"s": pd.Categorical([10, None, 2.5])}), ["10", None, "2.5"]),
        (pd.DataFrame({"s": pd.Categorical([True, None, False])}), ["true", None, "false"]),
        (pl.DataFrame({"s": pl.Series(["b", None, "a"]).cast(pl.Categorical)}), ["b", None, "a"]),
        (pa.table({"s": pa.array(["b", None, "a"]).dictionary_encode()}), ["b", None, "a"]),
    ],
)
def test_categories_without_an_order_are_texts(data, cells):
    table = as_table(data)
    assert table.kind("s") == "text"
    assert table["s"].tolist() == cells


WHOLE = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"]


@pytest.mark.parametrize("dtype", WHOLE)
@pytest.mark.parametrize("frame", [pd.DataFrame, pa.table, dict], ids=["pandas", "pyarrow", "mapping"])
def test_numbers_of_every_size(frame, dtype):
    table = as_table(frame({"n": np.array([1, 2, 3], dtype=dtype)}))
    assert table["n"].dtype == np.float64
    assert table["n"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("dtype", [pl.Int128, pl.UInt8, pl.Float32, pl.Decimal(9, 2)])
def test_numbers_of_polars(dtype):
    assert as_table(pl.DataFrame({"n": pl.Series([1, None, 3]).cast(dtype)}))["n"].tolist()[::2] == [1, 3]


@pytest.mark.parametrize("dtype", ["Int8", "UInt64", "Float32", "Float64"])
def test_nullable_numbers_of_pandas(dtype):
    table = as_table(pd.DataFrame({"n": pd.array([1, None, 3], dtype=dtype)}))
    np.testing.assert_array_equal(table["n"], [1, np.nan, 3])


@pytest.mark.parametrize(
    ("cells", "kind"),
    [([True, None, False], "text"), ([True, False, True], "text"), (["b", None, "a"], "text"), ([None] * 3, "text")],
)
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_missing_cells_of_every_type(frame, cells, kind):
    table = as_table(frame({"x": cells}))
    assert table.kind("x") == kind
    same(table, Table({"x": cells}))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_times_with_a_zone_become_utc(frame):
    times = [dt.datetime(2020, 1, 1, 0, 30, tzinfo=PARIS), None, dt.datetime(2020, 7, 1, tzinfo=PARIS)]
    table = as_table(frame({"t": times}))
    assert table["t"].tolist() == [dt.datetime(2019, 12, 31, 23, 30), None, dt.datetime(2020, 6, 30, 23)]


def test_labels_of_pandas_become_texts():
    table = as_table(pd.DataFrame(np.ones((2, 2)) * [1, 2], index=[7, 7], columns=[0, ("a", 1)]))
    assert list(table) == ["0", "('a', 1)"]
    assert table["0"].tolist() == [1, 1]


class Sparse:
    def tocsr(self):
        """Return nothing: only the name counts."""


REFUSED = [
    # name, data, message
    (
        "duplicate labels",
        pd.DataFrame([[1, 2, 3]], columns=list("aba")),
        r"columns 1 and 3 have one name, 'a'\.",
    ),
    ("duplicates of pyarrow", pa.table([[1], [2]], names=["a", "a"]), r"columns 1 and 2 have one name, 'a'"),
    ("1 and '1'", pd.DataFrame([[1, 2]], columns=[1, "1"]), r"columns 1 and 2 have one name, '1'"),
    ("duplicates of a mapping", {1: [1], "1": [2]}, r"columns 1 and 2 have one name, '1'"),
    (
        "lazy",
        pl.LazyFrame({"a": [1]}),
        r"The data frame is lazy, a LazyFrame\. Load its rows .* \.collect\(\)",
    ),
    (
        "a series",
        pd.Series([1]),
        r"A table must be a data .* Got a Series\. Make .*\.to_frame\(\)",
    ),
    ("a series of polars", pl.Series([1]), r"Got a Series\. Make a series a frame"),
    (
        "lists",
        [[1, 2]],
        r"Got a list\. Make a list of rows an array, np\.array\(rows",
    ),
    ("a text", "adult.csv", r"Got a str\. Read a file with read_table\."),
    ("nothing", None, r"Got a NoneType\."),
    ("an object", object(), r"Got a object\."),
    ("sparse", Sparse(), r"cannot be a sparse matrix\. Got a Sparse: make it dense with \.toarray\(\)"),
    (
        "one dimension",
        np.ones(3),
        r"two dimensions, \(rows, columns\)\. Got the shape \(3,\)\. Reshape your data",
    ),
    ("three dimensions", np.ones((1, 2, 3)), r"array of two dimensions.* Got the shape \(1, 2, 3\)"),
    (
        "no columns",
        np.ones((2, 0)),
        r"no columns: 0 feature\(s\) \(shape=\(2, 0\)\) while a minimum of 1",
    ),
    ("an array without rows", np.ones((0, 2)), r"The table has no rows"),
    ("an empty frame", pd.DataFrame(), r"The table has no columns\."),
    ("a frame without rows", pl.DataFrame({"a": []}), r"The table has no rows\."),
    ("an empty mapping", {}, r"The table has no columns\."),
    (
        "lists in cells",
        pl.DataFrame({"a": [[1]]}),
        r"'a' holds values of the type List.* Leave it out: drop=\['a'\]",
    ),
    ("lists in pandas", pd.DataFrame({"a": [[1]]}), r"Column 'a', row 1: \[1\] cannot be used"),
    ("bytes", pa.table({"a": [b"x"]}), r"Column 'a' holds values of the type Binary"),
    ("durations", pl.DataFrame({"a": [dt.timedelta(1)]}), r"Column 'a' holds values of the type Duration"),
    ("complex", pd.DataFrame({"a": [1j]}), r"Column 'a', row 1: 1j cannot be used"),
    ("infinite", pl.DataFrame({"a": [1.0, np.inf]}), r"Column 'a', row 2: inf is infinite"),
    ("mixed", pd.DataFrame({"a": [1, "x"]}, index=[5, 6]), r"Column 'a', row 1: 1 is a number in a column of text"),
    ("lengths", {"a": [1], "b": [1, 2]}, r"one length, here 1 rows\. Got 2 cells in 'b'"),
]


@pytest.mark.parametrize(("data", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_no_table(data, message):
    with pytest.raises(TableError, match=message):
        as_table(data)


def test_what_is_no_table_can_be_a_table_without_a_column():
    data = pl.DataFrame({"a": [[1]], "b": [2]})
    assert list(as_table(data, drop=["a"])) == list(as_table(data, columns=["b"])) == ["b"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["a"], r"The array must have 1 columns, one for each name\. Got 2\."),
        (["a", "a"], r"columns 1 and 2 have one name, 'a'"),
    ],
)
def test_names_that_an_array_cannot_have(columns, message):
    with pytest.raises(TableError, match=message):
        as_table(np.ones((1, 2)), columns=columns)


def test_without_narwhals_arrays_and_mappings_work_and_one_line_names_the_cure():
    code = """
import sys
sys.modules["narwhals"] = None
import numpy as np
import polars as pl
from layerwise.errors import MissingDependencyError
from layerwise.tables import as_table
print(as_table(np.ones((1, 1))), as_table({"a": ["x"]}))
try:
    as_table(pl.DataFrame({"a": [1]}))
except MissingDependencyError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "Table(1 rows; x0: numeric) Table(1 rows; a: text)\n"
        "Reading data frames needs narwhals: pip install 'layerwise[tables]'\n"
    )


def test_frames_load_no_library_of_their_own():
    code = """
import sys
import polars
from layerwise.tables import as_table
assert "narwhals" not in sys.modules
as_table(polars.DataFrame({"a": [1]}))
print("pandas" in sys.modules, "pyarrow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
