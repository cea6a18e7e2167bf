"""A table that does not fit into the memory that is given is read in chunks, and learnt as ever."""

import gzip
from pathlib import Path

import pytest
from by_hand import write

from layerwise.cli.fitting import Memory
from layerwise.storage import read_model_file

pl = pytest.importorskip("polars", reason="needs polars")

QUICK = ("--quality", "fast", "--epochs", 3, "--hidden", 6)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
@pytest.mark.parametrize("more", [(), ("--weight", "w"), ("--drop", "noise"), ("--validation", 0)])
def test_the_model_file_has_the_bytes_of_a_training_in_memory(layerwise, people, monkeypatch, ending, more):
    frame = pl.read_csv(people).with_columns(w=pl.int_range(300) % 3)
    frame.write_csv("t.csv")
    frame.write_parquet("t.parquet")
    Path("t.csv.gz").write_bytes(gzip.compress(Path("t.csv").read_bytes()))
    command = ("train", f"t{ending}", "--target", "buys", *QUICK, *more)
    _, out, _ = layerwise(*command, "-o", "in-memory.safetensors")
    assert "in chunks" not in out
    monkeypatch.setattr(Memory, "holds", lambda self, path: False)
    code, out, err = layerwise(*command, "-o", "in-chunks.safetensors")
    assert code == 0
    assert "300 rows" in out
    assert "read in chunks" in out
    assert ("100 rows with a weight of 0 are left out" in err) == ("--weight" in more)
    assert Path("in-chunks.safetensors").read_bytes() == Path("in-memory.safetensors").read_bytes()


def test_what_fits_is_told_from_the_size_of_the_file(layerwise):
    rows = [(i, f"text {i}") for i in range(200_000)]
    csv = write("t.csv", "a,b", rows)
    pl.DataFrame({"a": [i for i, _ in rows], "b": [b for _, b in rows]}).write_parquet("t.parquet")
    Path("t.csv.gz").write_bytes(gzip.compress(csv.read_bytes()))
    least = 300_000_000  # of the process
    for path in (csv, Path("t.parquet"), Path("t.csv.gz")):
        assert Memory(least + 100_000_000).holds(path)
        assert not Memory(least + 5_000_000).holds(path)
    assert Memory(least + 1).holds(Path("nowhere.csv"))  # which reading it says better


def test_a_limit_that_is_none_is_refused(layerwise, people):
    code, _, err = layerwise("train", people, "--target", "buys", "--memory", "much")
    assert code == 2
    assert "'--memory' parameter of train must be an amount such as '1GB', at least 500MB. Got 'much'" in err
    code, _, err = layerwise("train", people, "--target", "buys", "--memory", "10MB")
    assert code == 2


def test_a_folder_that_is_none_is_refused_before_anything_is_learnt(layerwise, people, monkeypatch):
    monkeypatch.setattr(Memory, "holds", lambda self, path: False)
    code, _, err = layerwise("train", people, "--target", "buys", "--cache", "nowhere")
    assert code == 2
    assert "cannot be kept in 'nowhere': No such file or directory. Name another folder for them" in err
    assert not list(Path().glob("*.safetensors"))


def test_a_training_is_interrupted_and_goes_on(layerwise, people, monkeypatch):
    from layerwise.cli import training

    monkeypatch.setattr(Memory, "holds", lambda self, path: False)
    command = ("train", people, "--target", "buys", *QUICK, "--checkpoint", "c", "--checkpoint-every", 1)
    assert layerwise(*command[:-4], "-o", "whole.safetensors")[0] == 0
    before = training.ProgressBar.on_epoch_end

    def interrupt(self, state):
        if state.epoch == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(training.ProgressBar, "on_epoch_end", interrupt)
    assert layerwise(*command, "-o", "part.safetensors")[0] == 130
    monkeypatch.setattr(training.ProgressBar, "on_epoch_end", before)
    assert layerwise(*command, "-o", "again.safetensors")[0] == 0
    assert read_model_file("again.safetensors").digest == read_model_file("whole.safetensors").digest
    assert not Path("c").exists()
