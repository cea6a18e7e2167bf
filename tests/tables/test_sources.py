"""Tables in chunks: the same cells and errors as of the whole table, for every size of block and chunk."""

import gzip
import io
import re
import sys
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerwise.errors import ParameterError, TableError
from layerwise.tables import open_source, read_table
from layerwise.tables._csv import Layout, csv_frame
from layerwise.tables._csv_chunks import CsvStream

pl = pytest.importorskip("polars")

CELLS = st.sampled_from(["1", "2.5", "", " x ", '"a"', '"a,b"', '"a\nb"', '"a\r\n""b"""', 'x"', '5" y', "é", "\r"])
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n", "\n  \n"])
BREAKS = st.sampled_from(["", "", "", "", '"', '"x"y', ",", "\n,", b"\xff"])


@st.composite
def csv_bytes(draw):
    """A CSV file of one to three columns, with quotes, blank lines, and sometimes one thing that is wrong."""
    width = draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=12))
    header = draw(st.sampled_from([["a", "b", "c"], ['"a\n,"', "b", '"c"'], [" a", "", "1"]]))[:width]
    text = "".join(",".join(row) + draw(ENDS) for row in [header, *rows]).encode()
    wrong = draw(BREAKS)
    place = draw(st.integers(0, len(text)))
    text = text[:place] + (wrong if isinstance(wrong, bytes) else wrong.encode()) + text[place:]
    start = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\n\n"]))
    return start + (text.rstrip(b"\r\n") if draw(st.booleans()) else text)


def streamed(data, block):
    with mock.patch("layerwise.tables._csv_chunks.LOOKED_AT", 3):  # else all of a short file is its start
        return [
            row
            for frame in CsvStream(io.BytesIO(data), "T", block).frames(pl)
            for row in frame.with_columns(pl.all().str.strip_chars(" ").replace("", None)).rows()
        ]


def outcome(call, *arguments):
    try:
        return call(*arguments)
    except TableError as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(csv_bytes(), st.integers(1, 60))
def test_any_block_gives_the_rows_of_the_whole(data, block):
    whole, parts = outcome(streamed, data, 1 << 20), outcome(streamed, data, block)
    if isinstance(whole, str) and whole != parts:  # of several faults, the first that a piece has
        ends = [end.end() for end in re.finditer(b"\n", data)]
        assert parts in [outcome(streamed, data[:end], 1 << 20) for end in ends]
    else:
        assert parts == whole


@pytest.fixture(params=["csv", "csv.gz", "parquet", "frame", "lazy", "dataset"])
def made(request, tmp_path):
    """A source of 1,000 rows and the same table as one CSV file."""
    frame = pl.DataFrame({
        "n": [i * 0.5 if i % 7 else None for i in range(1000)],
        "s": [f'é "{i % 13}",\n' for i in range(1000)],
        "d": [f"2020-01-{1 + i % 28:02}" for i in range(1000)],
        "z": [None] * 1000,
    })  # fmt: skip
    path = tmp_path / f"t.{request.param}"
    frame.write_csv(tmp_path / "whole.csv")
    if request.param == "csv":
        frame.write_csv(path)
    elif request.param == "csv.gz":
        path.write_bytes(gzip.compress((tmp_path / "whole.csv").read_bytes()))
    elif request.param == "parquet":
        frame.write_parquet(path, row_group_size=300)
    elif request.param == "frame":
        return open_source(frame), tmp_path / "whole.csv"
    elif request.param == "lazy":
        return open_source(frame.lazy().filter(pl.col("s").is_not_null())), tmp_path / "whole.csv"
    else:
        pytest.importorskip("pyarrow")
        import pyarrow.dataset

        return open_source(pyarrow.dataset.dataset(frame.to_arrow())), tmp_path / "whole.csv"
    return open_source(path), tmp_path / "whole.csv"


TYPES = {"n": "numeric", "s": "text", "d": "datetime", "absent": "text"}


def equal(parts, whole):
    assert list(parts) == list(whole)
    np.testing.assert_array_equal(parts.row_numbers, whole.row_numbers)
    for name in whole:
        np.testing.assert_array_equal(parts[name], whole[name])
    assert (parts.unread, parts.missing, parts.levels) == (whole.unread, whole.missing, whole.levels)


@pytest.mark.parametrize("rows", [1, 7, 299, 300, 5000])
def test_chunks_are_the_whole_in_order(made, rows):
    source, path = made
    whole = read_table(path, types=TYPES, missing=["3"])
    for _ in range(2):  # again, from the start
        done = 0
        for table in source.tables(TYPES, missing=["3"], rows=rows):
            assert 0 < table.n_rows <= rows
            equal(table, whole.take(slice(done, done + table.n_rows)))
            done += table.n_rows
        assert done == 1000


def test_frames_have_the_columns_that_are_asked_for(made):
    source, _ = made
    assert source.names == ("n", "s", "d", "z")
    frames = list(source.frames(rows=100, columns=["d", "n"]))
    assert sum(frame.height for frame in frames) == source.count() == source.n_rows == 1000
    assert {tuple(frame.columns) for frame in frames} == {("d", "n")}
    assert sum(frame.height for frame in source.frames(None)) == 1000
    assert sum(table.n_rows for table in source.tables({"absent": "text"})) == 1000


def test_some_rows_are_taken_in_one_pass(made):
    source, path = made
    positions = [0, 1, 298, 299, 300, 700, 999]
    taken = source.take(positions, missing=["1"], categorical=["d"], drop=["z"])
    equal(taken, read_table(path, missing=["1"], categorical=["d"], drop=["z"]).take(positions))
    assert source.take([5], columns=["n"]).unread == ("s", "d", "z")
    assert source.take([]).n_rows == 0


def test_positions_must_rise_and_be_there(made):
    source, _ = made
    for positions in ([1, 0], [1, 1], [-1]):
        with pytest.raises(ParameterError, match="positions must be rising whole numbers from 0 on"):
            source.take(positions)
    with pytest.raises(ParameterError, match=r"must be below 1000, as .* has no more rows. Got 1000"):
        source.take([3, 1000])
    with pytest.raises(TableError, match=r"has no column 'S'. Did you mean 's'?"):
        source.take([1], columns=["S"])


@pytest.mark.parametrize("text", ["a,b\n" + "1,x\n" * 1500 + "{},x\n" + "1,x\n" * 50])
@pytest.mark.parametrize(
    ("cell", "kind", "message"),
    [
        ("q", "numeric", "Column 'a', row 1501: 'q' is not a number, but the model learnt"),
        ("inf", "numeric", "Column 'a', row 1501: 'inf' is infinite"),
        ("2020-02-30", "datetime", "Column 'a', row 1501: '2020-02-30' is not a date, but the model learnt"),
        ("1,2", "text", "'t.csv', row 1501: every row must have 2 fields, as the header has. Got 3"),
        ('"', "text", "'t.csv', row 1501: the quotes do not match"),
        ("\udcff", "text", "'t.csv', line 1502: byte 0xff is not UTF-8"),
    ],
)
def test_errors_name_the_row_of_the_file(tmp_path, text, cell, kind, message):
    path = tmp_path / "t.csv"
    if kind == "datetime":
        text = text.replace("1,x", "2020-01-01,x")
    path.write_bytes(text.format(cell).encode("utf-8", "surrogateescape"))
    source = open_source(path)
    source._chunks.block = 50
    for read in (lambda: list(source.tables({"a": kind}, rows=10)), lambda: read_table(path, types={"a": kind})):
        with pytest.raises(TableError, match=re.escape(message)):
            read()


def test_guesses_from_some_rows_name_the_row_of_the_file(tmp_path):
    (tmp_path / "t.csv").write_text("a\n" + "1\n" * 99 + "x\n" + "1\n" * 50)
    with pytest.raises(TableError, match="Column 'a', row 100: 'x' is not a number, as most of the column is"):
        open_source(tmp_path / "t.csv").take(range(1, 140, 2))


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input_is_read_once(monkeypatch, packed):
    data = b"a,b\n1,x\n2,y\n"
    stream = io.TextIOWrapper(io.BytesIO(gzip.compress(data) if packed else data))
    monkeypatch.setattr(sys, "stdin", stream)
    source = open_source("-")
    assert repr(source) == "Source(standard input: rows not counted, 2 columns)"
    (table,) = source.tables({"a": "numeric"})
    assert table["a"].tolist() == [1, 2]
    with pytest.raises(TableError, match=r"Standard input can be read once, and was. Write it to a file first."):
        list(source.frames())


def test_an_open_file_has_the_name_that_is_given():
    with pytest.raises(TableError, match="Table 'rows' is empty"):
        open_source(io.BytesIO(b""), name="rows")
    with pytest.raises(TableError, match="The BytesIO has no rows, only a header"):
        list(open_source(io.BytesIO(b"a,b\n")).frames())


def test_cut_gzip_is_found_at_its_end(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,x\n" * 9999)[:-9])
    with pytest.raises(TableError, match=r"'t.csv.gz' is a damaged gzip file"):
        list(open_source(tmp_path / "t.csv.gz").frames())


def test_a_row_longer_than_a_block_grows_the_block():
    long = ",".join(f'"{i}\n"' for i in range(3000))
    header = ",".join(f"c{i}" for i in range(3000))
    rows = streamed(f"{header}\n{long}\n{long}".encode(), 64)
    assert rows == [tuple(f"{i}\n" for i in range(3000))] * 2


def test_a_quote_that_never_closes_ends_the_reading(monkeypatch):
    """Before memory does: the rest of the file would be one cell."""
    monkeypatch.setattr("layerwise.tables._csv_chunks._LONGEST", 1 << 18)

    class Endless(io.RawIOBase):
        start = b'a,b\n1,x\n2,"y\n'

        def read(self, size=-1):
            start, self.start = self.start, b""
            return start + b"z,z\n" * ((size - len(start)) // 4) + b"z" * ((size - len(start)) % 4)

    with pytest.raises(TableError, match="T, row 2: the quotes do not match"):
        list(CsvStream(Endless(), "T", 4096).frames(pl))


@pytest.mark.parametrize("data", [None, [1], {"a": [1]}, np.zeros((2, 2))])
def test_what_has_no_chunks(data):
    with pytest.raises(TableError, match="A table to read in chunks must be the name of a file"):
        open_source(data)


def test_a_lazy_frame_that_cannot_be_computed():
    lazy = pl.LazyFrame({"a": ["x"]}).select(pl.col("a").cast(pl.Int64))
    with pytest.raises(TableError, match="The LazyFrame cannot be computed"):
        list(open_source(lazy).frames())
    with pytest.raises(TableError, match="The LazyFrame cannot be computed"):
        open_source(lazy.select("b"))


def test_early_columns_and_rows_of_parquet_are_not_decoded(tmp_path, monkeypatch):
    """A damaged column is no error to whoever does not ask for it."""
    path = tmp_path / "t.parquet"
    pl.DataFrame({"a": np.random.default_rng(0).normal(size=5000), "b": range(5000)}).write_parquet(
        path, compression="uncompressed", row_group_size=5000
    )
    data = bytearray(path.read_bytes())
    data[4:40] = bytes(36)  # the first page's header, of column a
    path.write_bytes(data)
    source = open_source(path)
    assert sum(frame["b"].sum() for frame in source.frames(columns=["b"])) == sum(range(5000))
    with pytest.raises(TableError, match=r"'t.parquet' is not a Parquet file, or a damaged one"):
        list(source.frames(columns=["a"]))


def test_csv_frame_names_rows_below_those_above():
    from layerwise.tables._csv import Above

    with pytest.raises(TableError, match="T, row 12: every row must have 2 fields"):
        csv_frame(pl, b"1,2\n3\n", Layout("T", ",", ["a", "b"]), Above(10, 10))
