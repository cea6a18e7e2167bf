"""Batches that come once: kept in files as long as they are needed, read as one table."""

import gc
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from layerwise.errors import TableError
from layerwise.tables import is_source, open_source

pl = pytest.importorskip("polars", reason="needs polars")

FORMS = {
    "mapping": lambda columns: columns,
    "pandas": pd.DataFrame,
    "polars": lambda columns: pl.DataFrame(columns, strict=False),
    "pyarrow table": pa.table,
    "pyarrow batch": lambda columns: pa.RecordBatch.from_pydict(columns),
}


def batches(form=FORMS["mapping"], n=3):
    for k in range(n):
        yield form({"a": [k, k + 0.5], "town": ["Rome", f"Oslo {k}"]})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_they_are_one_table_that_can_be_read_again(form):
    source = open_source(batches(form))
    assert is_source(batches())
    assert (source.names, source.n_rows, source.name) == (("a", "town"), 6, "the generator")
    for _ in range(2):
        tables = list(source.tables({"a": "numeric", "town": "text"}, rows=4))
        assert np.concatenate([table["a"] for table in tables]).tolist() == [0, 0.5, 1, 1.5, 2, 2.5]
        assert np.concatenate([table.row_numbers for table in tables]).tolist() == [1, 2, 3, 4, 5, 6]
    assert source.take([1, 5])["town"].tolist() == ["Oslo 0", "Oslo 2"]


def test_the_files_are_gone_with_the_source(folder):
    source = open_source(batches())
    assert len(list(folder.glob("layerwise-*/*.parquet"))) == 1
    del source
    gc.collect()
    assert list(folder.iterdir()) == []


def test_a_column_may_be_whole_in_one_batch_and_stand_elsewhere_in_another():
    source = open_source(iter([{"a": [1, 2], "b": ["x", None]}, {"b": ["y"], "a": [2.5]}, {"a": [None], "b": [None]}]))
    (table,) = source.tables({"a": "numeric", "b": "text"})
    np.testing.assert_array_equal(table["a"], [1, 2, 2.5, np.nan])
    assert table["b"].tolist() == ["x", None, "y", None]


def test_many_small_batches_are_few_files(folder):
    source = open_source({"a": [k]} for k in range(40_000))
    assert source.n_rows == 40_000
    assert len(list(folder.glob("layerwise-*/*.parquet"))) == 3
    assert source.take([39_999])["a"].tolist() == [39_999]


def test_the_reader_of_pandas_is_an_iterator_of_frames(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "1,x\n2,y\n" * 50)
    with pd.read_csv(tmp_path / "t.csv", chunksize=7) as reader:
        assert open_source(reader).n_rows == 100


def test_a_text_file_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with (tmp_path / "t.csv").open() as file, pytest.raises(TableError, match="must be open in binary mode, 'rb'"):
        open_source(file)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "The list_iterator gives no batches. Give an iterator that was not used before."),
        ([{"a": [1]}, {"b": [1]}], "batch 2: it must have the columns of the first batch, a. Got b."),
        ([{"a": [1]}, 7], "batch 2 must be a data frame or a mapping of columns. Got int"),
        ([{"a": [1, 2], "b": [1]}], "batch 1 must be a data frame or a mapping of columns. Got dict"),
        ([{"a": [1]}, {"a": ["x"]}], "Column 'a', row 2: 'x' is not a number"),
        ([{"a": [1]}, {"a": [[1]]}], "cannot be read as one table"),
    ],
)
def test_what_is_no_table_is_refused_and_leaves_nothing(folder, given, said):
    with pytest.raises(TableError) as caught:
        list(open_source(iter(given)).tables({"a": "numeric"}))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    del caught
    gc.collect()
    assert list(folder.iterdir()) == []


def test_what_an_iterator_raises_is_raised_and_leaves_nothing(folder):
    def broken():
        yield {"a": [1]}
        raise RuntimeError("the connection broke")

    with pytest.raises(RuntimeError, match="the connection broke"):
        open_source(broken())
    gc.collect()
    assert [path for path in Path(folder).rglob("*") if path.is_file()] == []
