"""Where the commands write: never over what they read, and known before the work."""

import os
from pathlib import Path

import pytest
from by_hand import write

from layerwise.cli.files import default_model


@pytest.mark.parametrize(
    ("table", "model"),
    [
        ("adult.csv", "adult"), ("sales.2023.csv", "sales.2023"), ("a.b.csv.gz", "a.b"), ("T.PARQUET", "T"),
        ("x/y.tsv.gz", "y"), (".csv", "model"), (".hidden.csv", "hidden"), ("data", "data"),
    ],
)  # fmt: skip
def test_the_default_name_of_a_model(table, model):
    assert default_model(Path(table)) == Path(f"{model}.safetensors")


def test_the_default_name_is_used(layerwise, people):
    people.rename("sales.2023.csv")
    layerwise("train", "sales.2023.csv", "--target", "buys", "--epochs", 1)
    assert Path("sales.2023.safetensors").is_file()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "people.csv"], "--output is the model, and must not end as a table does. Got 'people.csv'"),
        (["-o", "other.PARQUET"], "must not end as a table does"),
        (["-o", "link"], "--output and the table must be two files. Both are 'link'"),
        (["-o", "hard"], "--output and the table must be two files"),
        (["-o", "x.png", "--plot", "./x.png"], "--output and --plot must be two files"),
        (["--plot", "picture.png"], "--plot and the table must be two files"),
        (["-o", "/dev/null"], "is a device or a pipe"),
        (["-o", "n" * 300], "cannot be written: File name too long"),
        pytest.param(
            ["-o", "/proc/x.safetensors"],
            "'/proc/x.safetensors' cannot be written",
            marks=pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc"),
        ),
    ],
)
def test_train_does_not_write_over_what_it_reads_or_where_it_cannot(layerwise, people, options, message):
    before = people.read_bytes()
    Path("link").symlink_to(people)
    Path("picture.png").symlink_to(people)
    Path("hard").hardlink_to(people)
    code, out, err = layerwise("train", people, "--target", "buys", "--epochs", 1, *options)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert message in line
    assert people.read_bytes() == before
    assert not list(Path().glob("*.tmp"))


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("./people.csv", "--output and the table must be two files"),
        ("m.csv", "--output and the model must be two files"),
        ("/dev/null", "is a device or a pipe"),
    ],
)
def test_predict_does_not_write_over_what_it_reads(layerwise, people, output, message):
    layerwise("train", people, "--target", "buys", "--epochs", 1, "-o", "m")
    Path("m.csv").symlink_to("m")
    before = people.read_bytes(), Path("m").read_bytes()
    code, _, err = layerwise("predict", "m", people, "-o", output)
    assert code == 2
    (line,) = err.splitlines()
    assert message in line
    assert (people.read_bytes(), Path("m").read_bytes()) == before


def test_a_model_may_be_written_anew(layerwise, people):
    for seed in (1, 2):
        assert layerwise("train", people, "--target", "buys", "--epochs", 1, "--seed", seed)[0] == 0
    write("p.csv", "old", [(1,)])
    assert layerwise("predict", "people.safetensors", people, "-o", "p.csv")[0] == 0
    assert Path("p.csv").read_text().startswith("buys,")
