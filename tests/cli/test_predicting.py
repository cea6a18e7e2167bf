"""`layerwise predict` over many chunks: the same bytes as at once, in constant memory, or no file at all."""

import gzip
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from by_hand import write
from rich.console import Console

import layerwise as lw
from layerwise.cli import predicting, rows_bar
from layerwise.cli.rows_bar import RowsBar
from layerwise.engines import native_engine
from layerwise.tables import open_source, read_table

pl = pytest.importorskip("polars")
COMMAND = [sys.executable, "-c", "from layerwise.cli import main; main()"]


@pytest.fixture
def model(layerwise, people):
    assert layerwise("train", people, "--target", "buys", "--epochs", 3, "--networks", 2, "-o", "m")[0] == 0
    return lw.load("m")


@pytest.fixture
def in_small_chunks(monkeypatch):
    """Let every command read 64 rows at a time."""

    def small(path):
        source = open_source(path)
        source._chunks.block = 300
        whole = source.tables
        source.tables = lambda types, **options: whole(types, rows=64, **options)
        return source

    monkeypatch.setattr(predicting, "open_source", small)


@pytest.mark.skipif(native_engine is None, reason="the bits of NumPy's products depend on their shape")
@pytest.mark.parametrize("rows", [1, 2, 63, 64, 299])
def test_no_prediction_depends_on_its_chunk(model, people, rows):
    types, missing = model.encoder.types, model.encoder.missing
    whole = predicting.predictions(model, read_table(people, types=types, missing=missing))
    chunks = open_source(people).tables(types, missing=missing, rows=rows)
    parts = [predicting.predictions(model, table) for table in chunks]
    assert len(parts) == -(-300 // rows)
    for name, column in whole.items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), column)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
def test_chunks_write_what_the_whole_does(layerwise, model, people, in_small_chunks, monkeypatch, ending):
    assert layerwise("predict", "m", people, "-o", f"parts{ending}")[0] == 0
    with monkeypatch.context() as patch:
        patch.setattr(predicting, "open_source", open_source)
        assert layerwise("predict", "m", people, "-o", f"whole{ending}")[0] == 0
    parts, whole = Path(f"parts{ending}"), Path(f"whole{ending}")
    if ending == ".parquet":
        assert pl.read_parquet(parts).equals(pl.read_parquet(whole))
    else:
        assert parts.read_bytes() == whole.read_bytes()
    assert not list(Path().glob(".*.tmp"))


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input_is_a_table(layerwise, model, people, monkeypatch, packed):
    expected = layerwise("predict", "m", people)
    data = people.read_bytes()
    stdin = io.TextIOWrapper(io.BytesIO(gzip.compress(data) if packed else data))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert layerwise("predict", "m", "-") == expected
    monkeypatch.setattr(sys, "stdin", None)
    assert layerwise("predict", "m", "-")[2] == (
        "layerwise: error: Standard input is closed. Give the name of a file.\n"
    )


def test_notes_are_told_once_with_the_totals(layerwise, model, in_small_chunks):
    rows = [(30, "Bonn" if i % 3 else "Oslo", 0.1, i) for i in range(300)]
    code, _, err = layerwise("predict", "m", write("new.csv", "age,city,noise,more", rows), "-o", "p.csv")
    assert code == 0
    assert err.splitlines() == [
        "layerwise: note: Ignored, as the model does not know them: more.",
        "layerwise: note: Column 'city': 200 of 300 cells hold a level without a place of its own.",
        "300 predictions written to p.csv",
    ]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_wrong_row_in_the_middle_leaves_the_older_file(layerwise, model, in_small_chunks, ending):
    rows = [(30 if i != 249 else "x", "Oslo", 0.1) for i in range(300)]
    Path(f"p{ending}").write_text("older")
    for output in (f"p{ending}", f"q{ending}"):
        code, _, err = layerwise("predict", "m", write("new.csv", "age,city,noise", rows), "-o", output)
        assert code == 2
        assert "Column 'age', row 250: 'x' is not a number" in err
    assert Path(f"p{ending}").read_text() == "older"
    assert not Path(f"q{ending}").exists()
    assert not list(Path().glob(".*.tmp"))


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_ctrl_c_leaves_the_older_file(layerwise, model, people, in_small_chunks, monkeypatch, ending):
    Path(f"p{ending}").write_text("older")

    def interrupted(bar, rows):
        bar.rows += rows
        if bar.rows > 200:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(RowsBar, "advance", interrupted)
    assert layerwise("predict", "m", people, "-o", f"p{ending}") == (130, "", "layerwise: interrupted\n")
    assert Path(f"p{ending}").read_text() == "older"
    assert not list(Path().glob(".*.tmp"))


@pytest.mark.parametrize(("kind", "said"), [("csv", "100%"), ("parquet", "100%"), ("stream", "")])
def test_a_terminal_sees_rows_and_shares(people, monkeypatch, kind, said):
    screen = io.StringIO()
    monkeypatch.setattr(rows_bar, "notes", Console(file=screen, force_terminal=True, width=120))
    if kind == "parquet":
        pl.read_csv(people).write_parquet("people.parquet")
    source = open_source({"csv": people, "parquet": "people.parquet", "stream": io.BytesIO(b"age\n1\n")}[kind])
    with RowsBar(source, shown=True) as bar:
        for table in source.tables({"age": "numeric"}):
            bar.advance(table.n_rows)
    assert f"{bar.rows:,} rows, " in screen.getvalue()
    assert "a second" in screen.getvalue()
    assert said in screen.getvalue()


def test_no_bar_where_there_is_no_terminal(layerwise, model, people):
    assert layerwise("predict", "m", people)[2] == ""


PEAK = r"""
import pathlib, re, sys
from layerwise.cli import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/self/status")
@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_memory_does_not_grow_with_the_rows(model, ending):
    peaks = []
    for megabytes in (40, 160):
        block = "".join(f"{20 + i % 60},Oslo,0.1,{i % 7 * 'filler ' + 500 * 'x'}\n" for i in range(1000))
        with open("big.csv", "w") as file:
            file.write("age,city,noise,more\n")
            file.writelines([block] * (megabytes * 10**6 // len(block)))
        command = [sys.executable, "-c", PEAK, "predict", "m", "big.csv", "-o", f"p{ending}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout) / 1024)
    small, large = peaks
    assert large - small < 40, f"{small:.0f} MiB for 40 MB of CSV, {large:.0f} MiB for 160 MB"
