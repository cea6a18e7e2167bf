"""Bad files: each its own one line of TableError, never polars' words and never a table in silence."""

import contextlib
import gzip

import pytest

from layerwise.errors import TableError
from layerwise.tables import TableEncoder, TargetEncoder, labelled, read_table

pl = pytest.importorskip("polars")

NUMBERS = "\n".join(map(str, range(30)))

FILES = [
    # name, bytes, options, parts of the message
    ("empty", b"", {}, ["'t.csv' is empty", "a header and at least one row"]),
    ("blanks only", b" \n\n  \n", {}, ["is empty"]),
    ("quoted nothing", b'""\n', {}, ["has no rows"]),
    ("mark only", b"\xef\xbb\xbf", {}, ["is empty"]),
    ("header only", b"a,b\n", {}, ["'t.csv' has no rows"]),
    ("header without end", b"a,b", {}, ["has no rows"]),
    ("header and blank lines", b"a,b\n\n\n", {}, ["has no rows"]),
    ("duplicate names", b"a,b,a\n1,2,3\n", {}, ["2 columns with the name 'a'", "Rename"]),
    ("duplicates after stripping", b"a, a\n1,2\n", {}, ["2 columns with the name 'a'"]),
    ("unnamed beside its name", b"column_2,\n1,2\n", {}, ["2 columns with the name 'column_2'"]),
    ("no header", b"5.1,3.5\n4.9,3.0\n", {}, ["has no header", "5.1, 3.5"]),
    ("long row", b"a,b\n1,x\n2,y,z\n", {}, ["row 2: every row must have 2 fields", "Got 3", "in quotes"]),
    ("every row long", b"a,b\n1,x,\n2,y,\n", {}, ["row 1: every row must have 2 fields", "Got 3"]),
    ("short row", b"a,b\n1,x\n\n2\n3,z\n", {}, ["row 2: every row must have 2 fields", "Got 1"]),
    ("short last row", b"a,b,c\n1,x,y\n2,y", {}, ["row 2: every row must have 3 fields", "Got 2"]),
    ("long row in a column", b"a\n1\n2,3\n", {}, ["row 2: every row must have 1 fields", "Got 2"]),
    ("blank before a quote", b'a, b\n1, "x, y"\n', {}, ["row 1", "Got 3"]),
    ("open quote", b'a,b\n1,x\n2,"y\n3,z\n', {}, ["row 2", "the quotes do not match"]),
    ("text behind a quote", b'a,b\n1,"x"y\n2,z\n', {}, ["the quotes do not match", "written twice"]),
    ("open quote in the header", b'"a,b\n1,x\n', {}, ["the header", "the quotes do not match"]),
    ("latin-1 cell", "a,b\n1,é\n".encode("latin-1"), {}, ["line 2: byte 0xe9 is not UTF-8", "iconv"]),
    ("latin-1 header", "é,b\n1,x\n".encode("latin-1"), {}, ["line 1: byte 0xe9 is not UTF-8"]),
    ("latin-1 far below", b"a,b\n" + b"1,x\n" * 9999 + b"1,\xfc\n", {}, ["line 10001: byte 0xfc"]),
    ("cut UTF-8", "a,b\n1,é".encode()[:-1], {}, ["line 2: byte 0xc3 is not UTF-8"]),
    ("UTF-16", "a,b\n1,x\n".encode("utf-16"), {}, ["encoded in UTF-16", "iconv -f utf-16"]),
    ("UTF-16 without mark", "a,b\n1,x\n".encode("utf-16-le"), {}, ["not a text file: it holds zero bytes"]),
    ("zero bytes", b"a,b\n1,\x00\n", {}, ["zero bytes"]),
    ("CR line ends", b"a,b\r1,x\r", {}, ["CR alone"]),
    ("Excel", b"PK\x03\x04rest", {}, ["an Excel or zip file, not CSV"]),
    ("Parquet by another name", b"PAR1rest", {}, ["a Parquet file, not CSV"]),
    ("PDF", b"%PDF-1.7\n", {}, ["a PDF, not CSV"]),
    ("cut gzip", gzip.compress(b"a,b\n1,x\n" * 99)[:30], {}, ["a damaged gzip file"]),
    ("gzip of nothing", gzip.compress(b""), {}, ["is empty"]),
    ("infinite", b"a,b\n1,x\ninf,y\n", {}, ["Column 'a', row 2: 'inf' is infinite", "leave the cell empty"]),
    ("minus infinite", b"a\n-Infinity\n1\n", {}, ["Column 'a', row 1: '-Infinity' is infinite"]),
    ("beyond float64", b"a\n1\n2\n1e999\n", {}, ["Column 'a', row 3: '1e999' is infinite"]),
    ("few are no numbers", f"a\nn/a\n{NUMBERS}\n".encode(), {}, ["Column 'a', row 1: 'n/a' is not a number"]),
    ("the way out", f"a b\n{NUMBERS}\nn a\n".encode(), {}, ["--missing 'n a'", "--categorical 'a b'", "row 31"]),
    ("a name of two lines", f'"a\nb"\n{NUMBERS}\nx\n'.encode(), {}, ["Column 'a\\nb', row 31"]),
    ("half are one marker", b"a\n1\nNA\n2\nNA\n", {}, ["row 2: 'NA' is not a number", "missing=['NA']"]),
    ("not all markers declared", b"a\n1\n?\n2\nNA\n", {"missing": ["?"]}, ["row 4: 'NA' is not a number"]),
    ("decimal commas", b"a;b\n1,5;x\n2,5;y\n", {}, ["Column 'a', row 1: '1,5' is not a number", "3.14"]),
    ("thousands", b'a,b\n900,x\n"1,000",y\n"2,000",y\n', {}, ["row 2: '1,000' is not a number", "1000"]),
    ("text where the model has numbers", b"a\nx\n", {"types": {"a": "numeric"}}, ["row 1: 'x' is not a number"]),
    ("long cells are cut", b"a\n" + b"x" * 99, {"types": {"a": "numeric"}}, ["'" + "x" * 37 + "...'"]),
    ("no such day", b"d\n2020-01-31\n2020-02-30\n", {}, ["row 2: '2020-02-30' is not a date", "--categorical d"]),
    ("no date", b"d\n2020-01-31\nx\n", {"types": {"d": "datetime"}}, ["row 2: 'x' is not a date, but the model"]),
    ("a number for a date", b"d\n20200131\n", {"types": {"d": "datetime"}}, ["row 1: '20200131' is not a date"]),
    ("unknown dropped column", b"age\n1\n", {"drop": ["Agee"]}, ["no column 'Agee'", "Did you mean 'age'?"]),
    ("unknown categorical", b"age\n1\n", {"categorical": ["q"]}, ["no column 'q'", "Known: age"]),
]


@pytest.mark.parametrize(("data", "options", "parts"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_bad_csv_file(tmp_path, data, options, parts):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(TableError) as caught:
        read_table(path, **options)
    refused_in_one_line(caught, parts)


def refused_in_one_line(caught, parts):
    message = str(caught.value)
    assert caught.type is TableError
    assert "\n" not in message
    assert "polars" not in message
    assert "schema" not in message.lower()
    for part in parts:
        assert part in message, message


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("adutl.csv", ["There is no file", "adutl.csv'. Did you mean 'adult.csv'?"]),
        ("Adult.CSV", ["There is no file", "Did you mean 'adult.csv'?"]),
        ("q.csv", ["There is no file", "Known: adult.csv."]),
        ("nowhere/adult.csv", ["There is no file", "as there is no folder"]),
        ("folder.csv", ["is a folder. Give the name of a CSV or Parquet file"]),
        ("table.xlsx", ["'table.xlsx' must be CSV or Parquet, and end in .csv"]),
        ("table", ["'table' must be CSV or Parquet"]),
    ],
)
def test_bad_path(tmp_path, name, parts):
    (tmp_path / "adult.csv").write_text("a\n1\n")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "table.xlsx").write_text("")
    (tmp_path / "table").write_text("")
    with pytest.raises(TableError) as caught:
        read_table(tmp_path / name)
    refused_in_one_line(caught, parts)


@pytest.mark.parametrize(
    ("columns", "parts"),
    [
        ({"a": [[1], [2]]}, ["Column 'a' holds values of the type List", "--drop a"]),
        ({"a": [{"q": 1}]}, ["Column 'a' holds values of the type Struct"]),
        ({"a": [b"x"]}, ["Column 'a' holds values of the type Binary"]),
        ({"a": ["1", "2", "n/a"]}, ["Column 'a', row 3: 'n/a' is not a number"]),
        ({"a": []}, ["has no rows"]),
        ({}, ["has no rows"]),
    ],
)
def test_bad_parquet_columns(tmp_path, columns, parts):
    pl.DataFrame(columns).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(TableError) as caught:
        read_table(tmp_path / "t.parquet")
    refused_in_one_line(caught, parts)


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_damaged_parquet(tmp_path, data):
    (tmp_path / "t.parquet").write_bytes(data)
    with pytest.raises(TableError) as caught:
        read_table(tmp_path / "t.parquet")
    refused_in_one_line(caught, ["'t.parquet' is not a Parquet file, or a damaged one"])


def test_cut_parquet(tmp_path):
    path = tmp_path / "t.parquet"
    pl.DataFrame({"a": range(999)}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(TableError, match="damaged one"):
        read_table(path)


CONTENT = [
    # name, CSV, options of the encoders, parts of the message
    ("no such target", "age,sex\n1,f\n2,m\n", "Sxe", {}, ["no target column 'Sxe'. Did you mean 'sex'?"]),
    ("one class", "a,y\n1,x\n2,x\n", "y", {}, ["'y' has one class only, 'x' in each of 2 rows"]),
    ("no target value", "a,y\n1,\n2,\n", "y", {}, ["target column 'y' is empty: all of its 2 cells"]),
    ("one number", "a,y\n1,2.5\n2,2.5\n", "y", {"task": "regression"}, ["has one value only, 2.5"]),
    ("text for regression", "a,y\n1,\n2,x\n", "y", {"task": "regression"}, ["Column 'y', row 2: 'x'"]),
    ("constant features", "a,b,y\n1,q,x\n1,q,z\n", "y", {}, ["No column is left", "'a' (constant", "'b'"]),
    ("empty features", "a,y\n,x\n,z\n", "y", {}, ["No column is left", "'a' (empty"]),
    ("target only", "y\nx\nz\n", "y", {}, ["No column is left", "there was none"]),
    ("dates for a target", "a,y\n1,2020-01-01\n2,2020-01-02\n", "y", {}, ["'y' holds dates, which cannot be learnt"]),
    ("three for binary", "a,y\n1,x\n2,y\n3,z\n", "y", {"task": "binary"}, ["two classes", "Got 3: x, y, z"]),
]


def fit_both(table, target, options):
    table, _ = labelled(table, target)
    TargetEncoder.fit(table, target, **options)
    TableEncoder.fit(table, target)


@pytest.mark.parametrize(("text", "target", "options", "parts"), [c[1:] for c in CONTENT], ids=[c[0] for c in CONTENT])
def test_nothing_can_be_learnt(tmp_path, text, target, options, parts):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(TableError) as caught:
        fit_both(read_table(path), target, options)
    refused_in_one_line(caught, parts)


def test_there_are_at_least_forty_kinds():
    assert len(FILES) + len(CONTENT) >= 40


def test_no_bad_byte_gives_anything_but_a_table_error(tmp_path):
    good = b'a,b\n1,"x"\n2,y\n'
    path = tmp_path / "t.csv"
    for position in range(len(good)):
        for byte in b'\x00\xff\r\n",;':
            path.write_bytes(good[:position] + bytes([byte]) + good[position + 1 :])
            with contextlib.suppress(TableError):
                assert read_table(path).n_rows > 0
