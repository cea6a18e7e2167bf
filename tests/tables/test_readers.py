import builtins
import csv
import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerwise.errors import MissingDependencyError, TableError
from layerwise.tables import TableEncoder, read_table, write_table

pl = pytest.importorskip("polars")


@pytest.fixture
def read(tmp_path):
    def read_text(text, name="t.csv", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_table(path, **options)

    return read_text


def same(column, expected):
    expected = np.array(expected, dtype=column.dtype)
    return np.array_equal(column, expected, equal_nan=column.dtype == float)


def test_types_come_from_the_cells(read):
    table = read("age,sex,empty\n39,Male,\n,,\n5e1,Female,\nNaN,Male,\n")
    assert same(table["age"], [39, np.nan, 50, np.nan])
    assert same(table["sex"], ["Male", None, "Female", "Male"])
    assert same(table["empty"], [np.nan] * 4)


@pytest.mark.parametrize("separator", list(",;\t|"))
def test_the_separator_is_found_in_the_header(read, separator):
    table = read('a,"x,y;z"\n1,p\n'.replace(",", separator, 1).replace("1,", "1" + separator))
    assert list(table) == ["a", "x,y;z"]


@pytest.mark.parametrize(
    "text",
    [
        " a , b \n 1 , x y \n2,z\n",
        "a,b\r\n1,x y\r\n2,z\r\n",
        "\ufeffa,b\n1,x y\n2,z",
        "\n\na,b\n\n1,x y\n   \n2,z\n\n\n",
        '"a","b"\n"1","x y"\n2,z\n',
    ],
)
def test_spellings_of_one_table(read, text):
    table = read(text)
    assert same(table["a"], [1, 2])
    assert same(table["b"], ["x y", "z"])


def test_blank_lines_are_no_rows_but_empty_cells_are(read):
    assert read("a,b\n1,x\n\n,\n2,\n").n_rows == 3
    assert same(read("a\n1\n\n2\n")["a"], [1, np.nan, 2])


def test_gzip_is_unpacked(read):
    assert same(read(gzip.compress(b"a,b\n1,x\n"), name="t.csv.gz")["a"], [1])


def test_columns_without_a_name_get_their_position(read):
    assert list(read(",a,\n0,5,\n1,6,\n")) == ["column_1", "a", "column_3"]
    assert same(read('""\n5\n6\n')["column_1"], [5, 6])


def test_numbered_columns_as_pandas_writes_them_are_a_header(read):
    assert list(read("0,1,2\n5,6,7\n")) == ["0", "1", "2"]


def test_quoted_cells_may_hold_separators_quotes_and_line_ends(read):
    assert same(read('a,b\n1,"x, ""y""\nz"\n')["b"], ['x, "y"\nz'])


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('a,b\n1,5" pipe\n2,6" pipe\n', ['5" pipe', '6" pipe']),
        ('a,b\n1,x"\n2,y\n', ['x"', "y"]),
        ("a,b\r\n1,x\r2,y\r\n", ["x", "y"]),
        ('a,b\n1,"x"\n\n2,\n', ["x", None]),
    ],
)
def test_in_doubt_the_csv_module_decides(read, text, cells):
    table = read(text)
    assert same(table["a"], [1, 2])
    assert same(table["b"], cells)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(st.text('ab ,;"\n\r\té', max_size=4).map(str.strip), min_size=2, max_size=2).filter(any),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_csv_writers_write_is_read(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["x", "y"], *cells])
    table = read_table(path, types={"x": "text", "y": "text"})
    assert [list(row) for row in zip(*table.values(), strict=True)] == [[cell or None for cell in r] for r in cells]


def test_missing_adds_markers_for_text_and_numbers(read):
    table = read("a,b\n?,?\n1,x\n-999.0,NA\n", missing=("?", "-999", "NA"))
    assert same(table["a"], [np.nan, 1, np.nan])
    assert same(table["b"], [None, "x", None])
    assert table.missing == ("?", "-999", "NA")


def test_markers_are_not_guessed(read):
    assert same(read("a\nNA\nx\nnan\n")["a"], ["NA", "x", "nan"])


def test_categorical_allows_text_among_numbers(read):
    table = read("a,b\n1,1\n2,2\nx,3\n", categorical=("a", "b"))
    assert same(table["a"], ["1", "2", "x"])
    assert table.kind("b") == "numeric"


def test_drop_leaves_columns_unread(read):
    table = read("a,b\n1,1\nn/a,2\n", drop=("a",))
    assert list(table) == ["b"]
    assert table.unread == ()


def test_types_settle_what_the_cells_might_be(read):
    table = read("b,a,c\n1,1,x\n2,2,y\n", types={"a": "text", "b": "numeric"})
    assert same(table["a"], ["1", "2"])
    assert same(table["b"], [1, 2])
    assert table.unread == ("c",)


def test_types_of_no_column_give_a_table_with_rows(read):
    assert read("a\n1\n2\n", types={"zz": "text"}).n_rows == 2


@pytest.mark.parametrize(
    "text",
    ["1_000", "0x10", "1,5", "1d5", "1e", "--1", "١", "12%", "True"],
)
def test_what_is_no_number(read, text):
    with pytest.raises(TableError, match=r"Column 'a', row 2: .* is not a number"):
        read(f'a;b\n1;2\n"{text}";2\n', types={"a": "numeric"})


def test_parquet_types(tmp_path):
    import datetime as dt

    frame = pl.DataFrame(
        {
            "i": [1, None],
            "b": [True, None],
            "f": [1.5, float("nan")],
            "s": [" x", ""],
            "d": [dt.date(2020, 1, 2), None],
            "t": [dt.datetime(2020, 1, 2, 10), None],
            "z": [dt.datetime(2020, 1, 2, 10, tzinfo=dt.timezone(dt.timedelta(hours=2))), None],
            "n": [None, None],
        }
    ).with_columns(c=pl.Series(["u", "v"]).cast(pl.Categorical), m=pl.Series(["1.5", "2"]).cast(pl.Decimal(9, 2)))
    frame = frame.with_columns(e=pl.Series(["u", None]).cast(pl.Enum(["v", "u"])))
    frame.write_parquet(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert same(table["i"], [1, np.nan])
    assert same(table["b"], ["true", None])
    assert same(table["f"], [1.5, np.nan])
    assert same(table["s"], ["x", None])
    assert table["d"].tolist() == [dt.datetime(2020, 1, 2), None]
    assert table["t"].tolist() == [dt.datetime(2020, 1, 2, 10), None]
    assert table["z"].tolist() == [dt.datetime(2020, 1, 2, 8), None]
    assert same(table["e"], ["u", None])
    assert table.levels == {"e": ("v", "u")}
    assert same(table["n"], [np.nan, np.nan])
    assert same(table["c"], ["u", "v"])
    assert same(table["m"], [1.5, 2])


def test_parquet_markers_and_infinity(tmp_path):
    pl.DataFrame({"a": [1.0, -999.0, float("inf")]}).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(TableError, match=r"Column 'a', row 3: inf is infinite"):
        read_table(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet", missing=("-999", "inf"))
    assert same(table["a"], [1, np.nan, np.nan])


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
@settings(max_examples=25, deadline=None)
@given(
    numbers=st.lists(
        st.none() | st.floats(allow_infinity=False, allow_nan=False).filter(lambda x: repr(x) != "-0.0"),
        min_size=1,
        max_size=8,
    )
)
def test_every_float_survives_writing_and_reading(tmp_path_factory, ending, numbers):
    path = tmp_path_factory.mktemp("t") / f"t{ending}"
    texts = [f"text {i}, with; signs" for i, _ in enumerate(numbers)]
    write_table(path, {"x": np.array(numbers, dtype=float), "s": texts})
    table = read_table(path)
    assert same(table["x"], np.array(numbers, dtype=float))
    assert same(table["s"], texts)


def test_without_polars_one_line_names_the_cure(read, monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest):
        if name == "polars":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr("importlib.import_module", refuse)
    with pytest.raises(MissingDependencyError, match=r"pip install 'layerwise\[tables\]'"):
        read("a\n1\n")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["01067", "20095", ""], "text"), (["01", "02", "1"], "text"), (["00", "x"], "text"), (["007", "008"], "text"),
        (["0", "1", "10"], "numeric"), (["0.5", "1"], "numeric"), (["01.50", "12.25"], "numeric"),
        (["-01", "2"], "numeric"),
    ],
)  # fmt: skip
def test_whole_numbers_with_a_leading_zero_are_text(tmp_path, cells, kind):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a,b", *(f"{cell},1" for cell in cells)]) + "\n")
    table = read_table(path)
    assert table.kind("a") == kind
    if kind == "text":
        assert table["a"].tolist() == [cell or None for cell in cells]


def test_leading_zeros_are_read_as_the_model_learnt_them(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n01,01\n2,2\n")
    table = read_table(path, types={"a": "numeric", "b": "text"})
    assert table["a"].tolist() == [1.0, 2.0]
    assert table["b"].tolist() == ["01", "2"]


def test_booleans_are_alike_in_csv_and_parquet(tmp_path):
    (tmp_path / "t.csv").write_text("a\nTrue\nFalse\n\nTRUE\n")
    pl.DataFrame({"a": [True, False, None, True]}).write_parquet(tmp_path / "t.parquet")
    for types in (None, {"a": "text"}):
        for name in ("t.csv", "t.parquet"):
            assert read_table(tmp_path / name, types=types)["a"].tolist() == ["true", "false", None, "true"]


def test_parquet_dates_are_what_the_types_say(tmp_path):
    import datetime as dt

    pl.DataFrame({"d": [dt.date(2020, 1, 2), None], "e": ["2020-01-02", None]}).write_parquet(tmp_path / "t.parquet")
    texts = read_table(tmp_path / "t.parquet", types={"d": "text", "e": "text"})
    assert texts["d"].tolist() == texts["e"].tolist() == ["2020-01-02", None]
    dates = read_table(tmp_path / "t.parquet", types={"d": "datetime", "e": "datetime"})
    assert dates["d"].tolist() == dates["e"].tolist() == [dt.datetime(2020, 1, 2), None]
    with pytest.raises(TableError, match=r"Column 'd', row 1: 2020-01-02 is not a number, but the model learnt"):
        read_table(tmp_path / "t.parquet", types={"d": "numeric"})


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2020-01-02", "", "2021-12-31"], ["2020-01-02", "NaT", "2021-12-31"]),
        (["2020-01-02 10:30", "2020-01-02T10:30:15.25"], ["2020-01-02T10:30", "2020-01-02T10:30:15.25"]),
        (["2020-01-02T10:30:00Z", "2020-01-02 10:30+02:00"], ["2020-01-02T10:30", "2020-01-02T08:30"]),
    ],
)
def test_iso_dates_are_dates(read, cells, expected):
    text = "d,n\n" + "".join(f"{cell},1\n" for cell in cells)
    table = read(text)
    assert table.kind("d") == "datetime"
    np.testing.assert_array_equal(table["d"], np.array(expected, dtype="M8[us]"))
    assert read(text, categorical=("d",))["d"].tolist() == [cell or None for cell in cells]
    assert read(text, types={"d": "text"}).kind("d") == "text"
    np.testing.assert_array_equal(read(text, types={"d": "datetime"})["d"], table["d"])


@pytest.mark.parametrize("cells", [["2020-01-02", "never"], ["02.01.2020", "03.01.2020"], ["10:30", "11:30"]])
def test_what_is_not_all_iso_dates_stays_text(read, cells):
    assert read("d\n" + "\n".join(cells) + "\n").kind("d") == "text"


def test_dates_survive_writing_and_reading(tmp_path):
    dates = np.array(["2020-01-02", "NaT", "2020-01-02T10:30:15.25", "1969-12-31T23:59:59.999999"], dtype="M8[us]")
    for ending in (".csv", ".parquet"):
        write_table(tmp_path / f"t{ending}", {"d": dates, "n": [1, 2, 3, 4]})
        np.testing.assert_array_equal(read_table(tmp_path / f"t{ending}")["d"], dates)


def test_a_model_of_ordered_levels_reads_them_as_text(tmp_path):
    frame = pl.DataFrame({"e": pl.Series(["u", "v", "w"] * 2).cast(pl.Enum(["w", "v", "u"])), "n": range(6)})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_csv(tmp_path / "t.csv")
    encoder = TableEncoder.fit(read_table(tmp_path / "t.parquet"))
    assert encoder.columns[0].levels == ("w", "v", "u")
    X, again = (encoder.transform(read_table(tmp_path / f"t{e}", types=encoder.types)) for e in (".parquet", ".csv"))
    np.testing.assert_array_equal(X, again)
    assert read_table(tmp_path / "t.parquet", categorical=("e",)).kind("e") == "text"
