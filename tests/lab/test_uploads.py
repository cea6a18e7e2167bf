import gzip
import json
import time

import numpy as np
import pytest

from layerwise.errors import TableError
from layerwise.lab import Gone, SettingError, Tables, UploadError, checked, examples, uploads
from layerwise.lab.examples import dataset_of
from layerwise.lab.uploads import read_upload
from layerwise.tables import TableEncoder, read_table

CSV = b"id,size,town,price\n" + b"".join(
    b"%d,%s,%s,%d\n" % (i, b"" if i % 7 == 0 else b"%d.5" % (i % 9), (b"Rome", b"Oslo")[i % 2], 10 * i + i % 3)
    for i in range(1, 61)
)


def test_an_upload_is_described_as_the_page_needs_it():
    upload = read_upload("homes.csv", CSV)
    told = json.loads(json.dumps(upload.described(), allow_nan=False))
    assert (told["name"], told["rows"], told["target"]) == ("homes.csv", 60, "price")
    columns = {column["name"]: column for column in told["columns"]}
    assert columns["size"] == {"name": "size", "kind": "numeric", "missing": 8, "distinct": 9,
                               "examples": ["1.5", "2.5", "3.5"]}  # fmt: skip
    assert columns["town"]["kind"] == "text"
    assert columns["town"]["distinct"] == 2
    assert told["preview"][0] == ["1", "1.5", "Oslo", "11"]
    assert len(told["preview"]) == 8


def test_an_upload_reads_as_the_file_does(tmp_path):
    path = tmp_path / "homes.csv"
    path.write_bytes(CSV)
    table, read = read_upload("homes.csv", CSV).table, read_table(path)
    assert list(table) == list(read)
    for name in table:
        assert table.kind(name) == read.kind(name)
        np.testing.assert_array_equal(table[name], read[name])


@pytest.mark.parametrize(
    ("header", "guess"),
    [("a,Survived,b", "Survived"), ("income,a,Class", "Class"), ("a,b,c", "c")],
)
def test_the_target_is_guessed_by_its_name_else_it_is_the_last_column(header, guess):
    rows = "".join(f"{i % 5},{i % 2},{i % 3}\n" for i in range(30))
    assert read_upload("t.csv", f"{header}\n{rows}".encode()).target == guess


def test_a_column_that_cannot_be_learnt_is_no_guess():
    assert read_upload("t.csv", b"a,b\n" + b"".join(b"%d,same\n" % (i % 2) for i in range(9))).target == "a"


def test_usual_texts_for_a_missing_cell_are_missing():
    table = read_upload("t.csv", b"a,b\n1,x\nNA,y\n?,x\n4,\n").table
    assert np.isnan(table["a"]).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"a,b\n" + b"1,2\n" * 100_001, "at most 100000 rows in the lab. Got more than 100000. Take a part"),
        (b",".join(b"c%d" % i for i in range(501)) + b"\n", "at most 500 columns in the lab. Got 501"),
        (b"a,b\n1," + b"x" * 10_001 + b"\n", "a cell may have at most 10000 characters in the lab. Got 10001"),
        (b"a" * 10_001 + b",b\n1,2\n", "a column's name may have at most 10000 characters"),
        (b"a" * (16 << 20) + b"\n", "a file may have at most 16 MiB in the lab. Got 16.0 MiB"),
        (b"\n" + b"," * (1 << 20) + b"\n", "the header, may have at most 256 KiB"),
        (b"a,b\n1,2\n" + b"\n" * 2_000_000, "at most 1000000 lines"),
        (gzip.compress(CSV), "packed with gzip"),
    ],
)
def test_what_is_too_much_is_refused_with_the_rule_and_the_fact(data, rule):
    began = time.monotonic()
    with pytest.raises(UploadError, match=rule):
        read_upload("t.csv", data)
    assert time.monotonic() - began < uploads.SECONDS


def test_what_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "SECONDS", 0.0)
    with pytest.raises(UploadError, match="reading a table may have at most 0 seconds"):
        read_upload("t.csv", CSV)


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"a,b\n1\n", b"\x00\x01", b"a,a\n1,2\n", "a,b\n1,ü".encode("cp1252")])
def test_what_is_no_table_is_refused(data):
    with pytest.raises(TableError):
        read_upload("t.csv", data)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../x.csv", "x.csv"), ("C:\\a\\b.csv", "b.csv"), ("a\n\x1b.csv", "a.csv"), ("", "table.csv")],
)
def test_of_a_name_only_what_can_be_shown_is_kept(name, kept):
    assert read_upload(name, CSV).name == kept


def test_eight_tables_are_held_and_the_least_recently_used_one_goes():
    tables = Tables()
    ids = [tables.add(f"{k}.csv", CSV).id for k in range(8)]
    tables.get(ids[0])
    tables.add("one more.csv", CSV)
    assert tables.get(ids[0]).name == "0.csv"
    with pytest.raises(Gone, match=r"holds 8\. Give the file again"):
        tables.get(ids[1])


def of_table(data, **settings):
    upload = read_upload("t.csv", data)
    return upload.table, dataset_of(checked({"preset": "table", "table": upload.id, **settings}), upload.table)


def test_numbers_to_predict_are_standardised_by_the_training_rows_and_so_are_the_columns():
    table, data = of_table(CSV, target="price", dtype="float64", validation=0.25)
    assert (data.task, data.outputs, data.classes, data.m) == ("regression", ("price",), None, 45)
    np.testing.assert_allclose([data.Y.mean(), data.Y.std()], [0, 1], atol=1e-12)
    prices = table["price"][data.validation_rows]
    np.testing.assert_allclose(data.target_encoder.decode(data.validation[1].T), prices)
    encoder = TableEncoder.fit(table.take(data.rows), "price", embed=False)
    np.testing.assert_array_equal(data.X, encoder.transform(table.take(data.rows)).T)
    assert data.inputs == encoder.feature_names
    assert any("'id' is left out: a row number" in notice for notice in data.notices)


def test_rows_without_a_target_are_left_out_with_a_notice():
    table, data = of_table(CSV, target="size", columns=["town", "price"])
    assert data.m + data.validation[0].shape[1] == 52
    assert "8 of 60 rows are left out: they have no 'size'." in data.notices
    assert not np.isnan(table["size"][np.concatenate([data.rows, data.validation_rows])]).any()
    assert data.inputs == ("town", "price")


def test_texts_to_predict_are_classes():
    _, data = of_table(CSV, target="town", columns=["size"])
    assert (data.task, data.classes, data.outputs) == ("binary", ("Oslo", "Rome"), ("town",))
    rows = "".join(f"{i},{'abc'[i % 3]}\n" for i in range(2, 62, 2))
    _, data = of_table(f"x,kind\n{rows}".encode(), target="kind", columns=["x"])
    assert (data.task, data.outputs) == ("classes", ("a", "b", "c"))
    assert data.Y.shape[0] == 3


@pytest.mark.parametrize(
    ("settings", "setting", "rule"),
    [
        ({"target": None}, "target", "Choose the target"),
        ({"target": "prize"}, "target", "Did you mean 'price'|nearest|'price'"),
        ({"target": "price", "columns": ["pric"]}, "columns", "'price'"),
        ({"target": "price", "columns": ["price", "size"]}, "columns", "Leave it out"),
        ({"target": "price", "columns": []}, "columns", "No column is left"),
        ({"target": "price", "columns": ["id"]}, "columns", "No column is left"),
    ],
)
def test_what_does_not_go_with_the_table_is_refused_by_setting(settings, setting, rule):
    with pytest.raises(SettingError, match=rule) as refused:
        of_table(CSV, **settings)
    assert refused.value.setting == setting


def test_the_preset_table_needs_a_table():
    with pytest.raises(SettingError, match="needs a table"):
        dataset_of(checked({"preset": "table"}))


def test_columns_that_become_too_many_inputs_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr(examples, "NUMBERS", 900)
    rows = "".join(f"{i % 5},t{i % 20},{i % 2}\n" for i in range(60))
    with pytest.raises(SettingError, match="21 inputs and 60 rows: leave out 'b', which has 20") as refused:
        of_table(f"a,b,y\n{rows}".encode(), target="y")
    assert refused.value.setting == "columns"
