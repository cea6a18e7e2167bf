"""The commands, as a user types them: what they print, write and refuse."""

import csv
import io
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from by_hand import columns, metric, write

import layerwise as lw
from layerwise.engines import ENGINES, NumpyEngine
from layerwise.errors import MissingDependencyError
from layerwise.storage import read_model_file

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real tables in ../shared/data")


@pytest.fixture
def houses(layerwise):
    """A table whose target is a number."""
    rng = np.random.default_rng(1)
    rows = [(round(a, 3), round(b, 3), round(1000 + 300 * a - 200 * b, 2)) for a, b in rng.normal(size=(300, 2))]
    return write("houses.csv", "size,noise_level,price", rows)


def test_train_predict_evaluate_inspect(layerwise, people):
    code, out, err = layerwise("train", people, "--target", "buys", "--epochs", 40, "--plot", "curve.png")
    assert code == 0
    assert "people.csv: 300 rows, 4 columns" in out
    assert re.search(r"target 'buys', binary: no \(4\d\.\d%\), yes \(5\d\.\d%\)", out)
    accuracy, baseline = metric(out, "accuracy")
    assert accuracy > 0.85 > baseline
    assert metric(out, "AUC")[0] > 0.9
    assert metric(out, "log loss")[0] < metric(out, "log loss")[1]
    assert Path("curve.png").read_bytes().startswith(b"\x89PNG")
    assert err == ""

    code, out, err = layerwise("predict", "people.safetensors", people)
    assert code == 0
    predicted = columns(out)
    assert list(predicted) == ["buys", "probability of no", "probability of yes"]
    sums = np.array(predicted["probability of no"], float) + np.array(predicted["probability of yes"], float)
    np.testing.assert_allclose(sums, 1, atol=1e-6)
    truth = columns(people.read_text())["buys"]
    assert np.mean(np.array(truth) == np.array(predicted["buys"])) > 0.85

    code, out, _ = layerwise("evaluate", "people.safetensors", people)
    assert code == 0
    assert "On 300 rows of people.csv" in out
    agreement = np.mean(np.array(truth) == np.array(predicted["buys"]))
    assert metric(out, "accuracy")[0] == pytest.approx(agreement, abs=1e-4)

    code, out, _ = layerwise("inspect", "people.safetensors")
    assert code == 0
    for fact in (read_model_file("people.safetensors").digest, "(128, 128)", "'buys'", "Oslo", "held out", "AUC"):
        assert fact in out


def test_regression_in_the_units_of_the_target(layerwise, houses):
    code, out, _ = layerwise("train", houses, "--target", "price", "--epochs", 80, "-o", "m.safetensors")
    assert code == 0
    assert "regression" in out
    rmse, baseline = metric(out, "RMSE")
    assert rmse < 0.2 * baseline
    assert 200 < baseline < 600
    assert metric(out, "R²")[0] > 0.9
    code, out, _ = layerwise("predict", "m.safetensors", houses, "--output", "p.csv")
    predicted = np.array(columns(Path("p.csv").read_text())["price"], float)
    truth = np.array(columns(houses.read_text())["price"], float)
    assert np.corrcoef(predicted, truth)[0, 1] > 0.95


def test_many_classes_and_parquet(layerwise):
    pl = pytest.importorskip("polars")
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 2))
    kind = np.where(x[:, 0] > 0.5, "a", np.where(x[:, 1] > 0, "b", "c"))
    pl.DataFrame({"x": x[:, 0], "y": x[:, 1], "kind": kind}).write_parquet("t.parquet")
    code, out, _ = layerwise("train", "t.parquet", "--target", "kind", "--epochs", 60)
    assert code == 0
    assert re.search(r"multiclass: a \(.*%\), b \(.*%\), c \(", out)
    assert metric(out, "accuracy")[0] > 0.85
    code, _, err = layerwise("predict", "t.safetensors", "t.parquet", "-o", "p.parquet")
    assert code == 0
    assert "400 predictions written to p.parquet" in err
    frame = pl.read_parquet("p.parquet")
    assert frame.columns == ["kind", "probability of a", "probability of b", "probability of c"]


def test_the_same_seed_gives_the_same_bits(layerwise, people):
    for name in ("a", "b"):
        assert layerwise("train", people, "--target", "buys", "--epochs", 5, "-o", name)[0] == 0
    assert read_model_file("a").digest == read_model_file("b").digest
    layerwise("train", people, "--target", "buys", "--epochs", 5, "-o", "c", "--seed", 1)
    assert read_model_file("c").digest != read_model_file("a").digest


@pytest.mark.parametrize(
    "option",
    [
        ("--hidden", "8"), ("--hidden", "none"), ("--activation", "tanh"), ("--epochs", 3), ("--learning-rate", 0.01),
        ("--batch-size", 50), ("--weight-decay", 5), ("--dropout", 0.3), ("--validation", 0.4), ("--validation", 0),
        ("--patience", 1), ("--seed", 7), ("--engine", "numpy"), ("--missing", "Rome"), ("--categorical", "age"),
        ("--drop", "city"), ("--quality", "fast"), ("--networks", 2), ("--metric", "auc"), ("--metric", "accuracy"),
        ("--role", "age=ordinal"), ("--role", "city=ordinal:Oslo,Rome,Lima"), ("--role", "city=drop"),
        ("--monotone", "age=+1"), ("--monotone", "age=-1"), ("--eval-table", "held.csv"),
    ],
)  # fmt: skip
def test_every_option_changes_the_model(layerwise, people, option):
    Path("held.csv").write_text("".join(people.read_text().splitlines(keepends=True)[:40]))
    assert layerwise("train", people, "--target", "buys", "--epochs", 9, "-o", "plain")[0] == 0
    code, _, err = layerwise("train", people, "--target", "buys", "--epochs", 9, "-o", "other", *option)
    assert code == 0, err
    plain, other = read_model_file("plain"), read_model_file("other")
    assert plain.digest != other.digest or (option == ("--engine", "numpy") and "native" not in ENGINES)


def test_engine_and_threads_are_those_of_the_run(layerwise, people, monkeypatch):
    planned = []

    class Spy(NumpyEngine):
        def run(self, plan, data, report=None):
            planned.append(plan.threads)
            return super().run(plan, data, report)

    monkeypatch.setitem(ENGINES, "numpy", Spy)
    for option in ((), ("--threads", 1)):
        options = ("--epochs", 1, "--engine", "numpy", "--networks", 1, *option)
        assert layerwise("train", people, "--target", "buys", *options)[0] == 0
    assert planned == [None, 1]


def test_task_is_obeyed(layerwise, people):
    rows = [(i % 7, i % 2, i % 3) for i in range(60)]
    table = write("t.csv", "x,y,label", rows)
    assert "multiclass: 0 (33.3%), 1 (33.3%)" in layerwise("train", table, "--target", "label", "--epochs", 2)[1]
    out = layerwise("train", table, "--target", "label", "--epochs", 2, "--task", "regression")[1]
    assert "regression" in out


def test_rows_without_a_target_are_counted_and_left_out(layerwise):
    rows = [(i, i % 5, "" if i % 10 == 0 else "ab"[i % 2]) for i in range(100, 300)]
    table = write("t.csv", "x,y,label", [(x * x, y, label) for x, y, label in rows])
    code, _, err = layerwise("train", table, "--target", "label", "--epochs", 2)
    assert code == 0
    assert "note: 20 rows without a value in 'label' are left out." in err
    assert "20 rows without a value" in layerwise("evaluate", "t.safetensors", table)[2]


def test_dropped_columns_are_noted(layerwise):
    rows = [(i, f"name {i * 7919}", "one", i % 5, "ab"[i % 2]) for i in range(1, 101)]
    table = write("t.csv", "id,name,same,x,label", rows)
    _, _, err = layerwise("train", table, "--target", "label", "--epochs", 2)
    for name, reason in (("id", "row number"), ("name", "near-unique"), ("same", "constant")):
        assert re.search(rf"note: Column '{name}' is dropped: .*{reason}", err), err


def test_divergence_keeps_the_last_finite_parameters_and_says_so(layerwise, people):
    code, out, err = layerwise("train", people, "--target", "buys", "--learning-rate", 1e30, "--report", "r.html")
    assert code == 1
    assert re.search(r"layerwise: note: Training stopped, because \S+ of layer \d is not finite in .*epoch", err)
    assert "a smaller --learning-rate" in err
    assert len(err.splitlines()) <= 1 + len(lw.load("people.safetensors").members)
    assert f"{len(lw.load('people.safetensors').members)} diverged" in out
    for member in lw.load("people.safetensors").members:
        assert np.isfinite(member.parameters.vector).all()
    assert "diverged" in Path("r.html").read_text()


def test_inspect_shows_a_bare_network(layerwise):
    net = lw.Network((2, 3, 1), ("tanh", "sigmoid"))
    X, Y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0, 1]])
    lw.save(lw.train(net, X, Y, epochs=4), "net")
    code, out, _ = layerwise("inspect", "net")
    assert code == 0
    assert "(3, 2)" in out
    assert "trained for 4 epochs" in out


def test_help_has_examples(layerwise):
    for command in ("train", "cv", "predict", "evaluate", "inspect", "demo"):
        code, out, _ = layerwise(command, "--help")
        assert code == 0
        assert f"layerwise {command}" in out.partition("Example")[2]
    assert layerwise("--version")[1].strip() == f"layerwise {lw.__version__}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "t.csv"], "Missing option '--target' / '-t'. See 'layerwise train --help'."),
        (["train"], "Missing argument 'TABLE'. See 'layerwise train --help'."),
        (["train", "t.csv", "--target", "y", "--epochs", "many"], "'--epochs'"),
        (["train", "t.csv", "--target", "y", "--epoch", "3"], "--epoch"),
        (["trian", "t.csv"], "'trian'"),
    ],
)
def test_usage_errors_are_one_line(layerwise, arguments, message):
    code, out, err = layerwise(*arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("layerwise: error: ")
    assert line.endswith("--help'.")
    assert message in line


def test_without_arguments_there_is_help(layerwise):
    code, out, _ = layerwise()
    assert code == 0
    assert "demo" in out


def test_without_the_extra_the_cure_is_named(layerwise, monkeypatch):
    monkeypatch.setitem(sys.modules, "typer", None)
    code, _, err = layerwise("demo")
    assert code == 2
    assert err == "layerwise: error: The command line needs typer: pip install 'layerwise[tables]'\n"
    assert issubclass(MissingDependencyError, ImportError)


def test_demo(layerwise):
    code, out, _ = layerwise("demo")
    assert code == 0
    accuracy, baseline = metric(out, "accuracy")
    assert accuracy > 0.83 > 0.77 > baseline
    assert Path("layerwise-demo.png").read_bytes().startswith(b"\x89PNG")
    assert lw.load("layerwise-demo.safetensors").target.name == "income"


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "target", "name", "bar"),
    [
        ("adult", "income", "log loss", 0.31),
        ("california-housing", "median_house_value", "RMSE", 62_000),
        ("titanic", "Survived", "log loss", 0.5),
    ],
)
def test_real_tables(layerwise, table, target, name, bar):
    """Bars well below a linear model's score, so that a network that learns nothing fails."""
    path = SHARED / f"{table}.csv"
    code, out, _ = layerwise("train", path, "--target", target, "--epochs", 40)
    assert code == 0
    assert metric(out, name)[0] < bar < metric(out, name)[1]
    code, out, _ = layerwise("predict", f"{table}.safetensors", path)
    assert code == 0
    rows_in_the_file = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert len(columns(out)[target]) == len(rows_in_the_file) - 1


def test_nothing_but_the_model_file_is_needed_to_predict(layerwise, people):
    layerwise("train", people, "--target", "buys", "--epochs", 2)
    here = layerwise("predict", "people.safetensors", people)[1]
    os.mkdir("elsewhere")
    os.rename("people.safetensors", "elsewhere/m")
    assert layerwise("predict", "elsewhere/m", people)[1] == here


def test_booleans_are_the_same_in_every_kind_of_file(layerwise):
    pl = pytest.importorskip("polars")
    rng = np.random.default_rng(3)
    flag, x = rng.random(200) < 0.5, rng.normal(size=200)
    frame = pl.DataFrame({"x": x, "flag": flag, "y": x + 3 * flag > 1.5})
    frame.write_parquet("t.parquet")
    Path("t.csv").write_text("\n".join(["x,flag,y", *(",".join(map(str, row)) for row in frame.rows())]) + "\n")
    for one, other in (("t.csv", "t.parquet"), ("t.parquet", "t.csv")):
        assert layerwise("train", one, "--target", "y", "--epochs", 5, "-o", "m")[0] == 0
        same, again = layerwise("evaluate", "m", one), layerwise("evaluate", "m", other)
        assert metric(same[1], "log loss") == metric(again[1], "log loss")
        assert again[2] == ""
        assert layerwise("predict", "m", one) == layerwise("predict", "m", other)


def test_evaluate_notes_what_it_ignores_and_does_not_know(layerwise, people):
    layerwise("train", people, "--target", "buys", "--epochs", 2)
    write("new.csv", "age,city,noise,more,buys", [(30, "Paris", 1, 2, "yes"), (40, "Rome", 1, 2, "no")])
    code, _, err = layerwise("evaluate", "people.safetensors", "new.csv")
    assert code == 0
    assert "note: Ignored, as the model does not know them: more." in err
    assert "note: Column 'city': 1 of 2 cells hold a level" in err


def test_an_error_comes_without_the_notes_before_it(layerwise, people):
    layerwise("train", people, "--target", "buys", "--epochs", 2)
    write("less.csv", "age,more,buys", [(30, 2, "yes")])
    for command in ("predict", "evaluate"):
        code, _, err = layerwise(command, "people.safetensors", "less.csv")
        assert code == 2
        (line,) = err.splitlines()
        assert "needs the columns 'city', 'noise'" in line


def test_a_diverged_model_predicts_nothing_and_its_metrics_are_dashes(layerwise, people):
    options = ("--target", "buys", "--learning-rate", 1e30)
    code, out, _ = layerwise("train", people, *options)
    assert code == 1
    assert re.search(r"accuracy │ +– │", out)
    code, out, err = layerwise("predict", "people.safetensors", people)
    assert (code, out) == (2, "")
    assert err == (
        "layerwise: error: Row 1: the model's outputs are not finite: it diverged in training. "
        "Train it again with a smaller learning rate.\n"
    )
    code, out, err = layerwise("evaluate", "people.safetensors", people)
    assert (code, err) == (0, "")
    assert re.search(r"accuracy │ +– │", out)


def test_no_column_of_a_prediction_takes_the_place_of_the_labels(layerwise):
    table = write("t.csv", "x,probability of no", [(i * i, "no" if i % 2 else "yes") for i in range(50)])
    layerwise("train", table, "--target", "probability of no", "--epochs", 2)
    predicted = columns(layerwise("predict", "t.safetensors", table)[1])
    assert list(predicted) == ["probability of no", "class probability of no", "class probability of yes"]
    assert set(predicted["probability of no"]) <= {"no", "yes"}


def test_codes_keep_their_leading_zeros(layerwise):
    table = write("t.csv", "x,zip,y", [(i * i, ["01067", "20095"][i % 2], ["01", "02"][i % 2]) for i in range(60)])
    code, out, _ = layerwise("train", table, "--target", "y", "--epochs", 40)
    assert code == 0
    assert "binary: 01 (50.0%), 02 (50.0%)" in out
    predicted = columns(layerwise("predict", "t.safetensors", table)[1])
    assert list(predicted) == ["y", "probability of 01", "probability of 02"]
    assert set(predicted["y"]) == {"01", "02"}
    assert "2 levels: 01067, 20095" in layerwise("inspect", "t.safetensors")[1]


def test_the_remedies_for_a_word_among_the_numbers_of_the_target_work(layerwise):
    table = write("t.csv", "x,y", [(i * i, "NA" if i == 7 else i % 5 + 0.5) for i in range(60)])
    code, _, err = layerwise("train", table, "--target", "y")
    assert code == 2
    assert "--missing NA" in err
    assert "--categorical y" in err
    assert "regression" in layerwise("train", table, "--target", "y", "--missing", "NA", "--epochs", 2)[1]
    assert "multiclass" in layerwise("train", table, "--target", "y", "--categorical", "y", "--epochs", 2)[1]


def test_probabilities_have_the_digits_of_float32_and_sum_to_1(layerwise):
    table = write("t.csv", "x,kind", [(i * i % 17, "abc"[i % 3]) for i in range(90)])
    layerwise("train", table, "--target", "kind", "--epochs", 3)
    predicted = columns(layerwise("predict", "t.safetensors", table)[1])
    texts = [predicted[f"probability of {name}"] for name in "abc"]
    assert max(len(text.removeprefix("0.").lstrip("0")) for column in texts for text in column) <= 9
    np.testing.assert_allclose(np.array(texts, float).sum(axis=0), 1, rtol=0, atol=2e-9)


@pytest.mark.parametrize("scale", ["e300", "e-300"])
def test_metrics_of_huge_and_tiny_targets_are_shown(layerwise, scale):
    rows = [(i * i % 17, f"{(i * i % 17) + i % 3 / 10}{scale}") for i in range(100)]
    code, out, err = layerwise("train", write("t.csv", "x,y", rows), "--target", "y", "--epochs", 2)
    assert (code, err) == (0, "")
    _, baseline = re.search(r"RMSE +│ +(\S+) │ +(\S+) │", out).groups()
    assert 1 < float(baseline.partition("e")[0]) < 10
    assert baseline.endswith(scale.replace("e3", "e+3"))


def test_too_little_memory_is_one_line(layerwise, people, monkeypatch):
    def refuse(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr("layerwise.cli.training.fit_model", refuse)
    code, _, err = layerwise("train", people, "--target", "buys")
    assert (code, err.count("\n")) == (2, 1)
    assert "There is not enough memory" in err
