import gzip
import io
import os

import numpy as np
import pytest

from layerwise.errors import TableError
from layerwise.tables import Table, read_table, write_csv, write_table

COLUMNS = {
    "label": np.array(["yes", None, "a,b"], dtype=object),
    "p": np.array([0.1, np.nan, 1.0]),
    "n": np.array([1, 2, 3]),
    "b": [True, False, True],
}
TEXT = 'label,p,n,b\nyes,0.1,1,true\n,,2,false\n"a,b",1,3,true\n'


def test_csv_to_a_stream():
    stream = io.StringIO()
    write_csv(stream, COLUMNS)
    assert stream.getvalue() == TEXT


def test_csv_file(tmp_path):
    write_table(tmp_path / "p.csv", COLUMNS)
    assert (tmp_path / "p.csv").read_bytes() == TEXT.encode()


def test_packed_csv_file_has_the_same_bytes_each_time(tmp_path):
    for name in ("p.csv.gz", "q.csv.gz"):
        write_table(tmp_path / name, COLUMNS)
    packed = (tmp_path / "p.csv.gz").read_bytes()
    assert gzip.decompress(packed) == TEXT.encode()
    assert packed == (tmp_path / "q.csv.gz").read_bytes()


def test_one_column_with_a_gap_reads_back(tmp_path):
    write_table(tmp_path / "p.csv", {"a": ["x", None, "y"]})
    assert read_table(tmp_path / "p.csv")["a"].tolist() == ["x", None, "y"]


def test_parquet_file(tmp_path):
    pl = pytest.importorskip("polars")
    write_table(tmp_path / "p.parquet", COLUMNS)
    frame = pl.read_parquet(tmp_path / "p.parquet")
    assert frame["label"].to_list() == ["yes", None, "a,b"]
    assert frame["n"].dtype == pl.Int64
    assert frame["b"].to_list() == [True, False, True]


def test_parquet_keeps_a_missing_number_missing(tmp_path):
    pytest.importorskip("polars")
    write_table(tmp_path / "p.parquet", Table({"p": [0.5, None]}))
    np.testing.assert_array_equal(read_table(tmp_path / "p.parquet")["p"], [0.5, np.nan])


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("p.xlsx", {"a": [1]}, r"The output 'p\.xlsx' must end in \.csv, \.csv\.gz or \.parquet"),
        ("p.csv", {"a": [1], "b": []}, r"Every column to write must have 1 cells\. Got 0 in 'b'"),
        ("nowhere/p.csv", {"a": [1]}, r"nowhere/p\.csv' cannot be written: No such file or directory"),
        ("folder.csv", {"a": [1]}, r"folder\.csv' cannot be written: Is a directory"),
    ],
)
def test_what_cannot_be_written(tmp_path, name, columns, message):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(TableError, match=message):
        write_table(tmp_path / name, columns)
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder.csv"]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "p.csv"
    write_table(path, {"a": [1]})

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TableError, match=r"cannot be written: No space left on device"):
        write_table(path, {"a": [2]})
    assert path.read_text() == "a\n1\n"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "p.csv"
    write_table(path, {"a": [1]})

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_table(path, {"a": [2]})
    assert path.read_text() == "a\n1\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_stays_a_pipe(tmp_path):
    path = tmp_path / "p.csv"
    os.mkfifo(path)
    with pytest.raises(TableError, match="is a device or a pipe"):
        write_table(path, {"a": [1]})
    assert path.is_fifo()
