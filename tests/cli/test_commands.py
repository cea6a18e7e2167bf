"""The commands, as a user types them: what they print, write and refuse."""

import csv
import io
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import layerwise as lw
from layerwise.cli import main
from layerwise.errors import MissingDependencyError
from layerwise.storage import read_model_file

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real tables in ../shared/data")


@pytest.fixture
def layerwise(monkeypatch, capsys, tmp_path):
    """Run a command in an empty folder; return its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["layerwise", *map(str, arguments)])
        with warnings.catch_warnings(), pytest.raises(SystemExit) as exit_:
            main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        return exit_.value.code or 0, captured.out, captured.err

    return run


def write(name, header, rows):
    text = "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"
    Path(name).write_text(text, encoding="utf-8")
    return Path(name)


@pytest.fixture
def people(layerwise):
    """A table of 300 rows whose class follows from a number and a text, with gaps."""
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(300):
        age, city = int(rng.integers(18, 80)), str(rng.choice(["Rome", "Oslo", "Lima"]))
        label = "yes" if age + (20 if city == "Oslo" else 0) > 55 else "no"
        rows.append(("" if rng.random() < 0.1 else age, city, round(rng.normal(), 3), label))
    return write("people.csv", "age,city,noise,buys", rows)


@pytest.fixture
def houses(layerwise):
    """A table whose target is a number."""
    rng = np.random.default_rng(1)
    rows = [(round(a, 3), round(b, 3), round(1000 + 300 * a - 200 * b, 2)) for a, b in rng.normal(size=(300, 2))]
    return write("houses.csv", "size,noise_level,price", rows)


def columns(text):
    rows = list(csv.reader(io.StringIO(text)))
    return {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}


def metric(out, name):
    """The model's and the baseline's number in the printed table."""
    match = re.search(rf"│ {re.escape(name)} +│ +([-\d.,]+) │ +([-\d.,]+) │", out)
    assert match, out
    return tuple(float(number.replace(",", "")) for number in match.groups())


def test_train_predict_evaluate_inspect(layerwise, people):
    code, out, err = layerwise("train", people, "--target", "buys", "--epochs", 40, "--plot", "curve.png")
    assert code == 0
    assert "people.csv: 300 rows, 4 columns" in out
    assert "target 'buys', binary: no, yes" in out
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
    for fact in (read_model_file("people.safetensors").digest, "(64, 6)", "'buys'", "Oslo", "held out", "AUC"):
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
    assert "multiclass: a, b, c" in out
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
        ("--batch-size", 50), ("--optimizer", "momentum"), ("--optimizer", "lbfgs"), ("--schedule", "cosine"),
        ("--l2", 5), ("--dropout", 0.3), ("--clip-norm", 0.01), ("--validation", 0.4), ("--validation", 0),
        ("--patience", 1), ("--seed", 7), ("--missing", "Rome"), ("--categorical", "age"), ("--drop", "city"),
    ],
)  # fmt: skip
def test_every_option_changes_the_model(layerwise, people, option):
    assert layerwise("train", people, "--target", "buys", "--epochs", 12, "-o", "plain")[0] == 0
    code, _, err = layerwise("train", people, "--target", "buys", "--epochs", 12, "-o", "other", *option)
    assert code == 0, err
    plain, other = read_model_file("plain"), read_model_file("other")
    assert plain.digest != other.digest


def test_task_is_obeyed(layerwise, people):
    rows = [(i % 7, i % 2, i % 3) for i in range(60)]
    table = write("t.csv", "x,y,label", rows)
    assert "multiclass: 0, 1, 2" in layerwise("train", table, "--target", "label", "--epochs", 2)[1]
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
    code, out, err = layerwise(
        "train", people, "--target", "buys", "--optimizer", "gradient_descent", "--learning-rate", 1e30
    )
    assert code == 1
    assert re.search(r"layerwise: note: Training stopped, because \S+ of layer \d is not finite in epoch 0", err)
    assert "diverged after 0 epochs" in out
    assert np.isfinite(lw.load("people.safetensors").result.parameters.vector).all()


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_learnt(layerwise, people):
    command = [sys.executable, "-c", "from layerwise.cli import main; main()", "train", str(people)]
    options = ["--target", "buys", "--epochs", "100000000", "--patience", "0"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted after" in out
    assert len(lw.load("people.safetensors").result.history) > 1


def test_a_reader_that_closes_early_is_no_error(layerwise, people):
    layerwise("train", people, "--target", "buys", "--epochs", 2)
    write("many.csv", "age,city,noise", [(30, "Rome", 0.5)] * 20_000)
    command = "from layerwise.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "predict", "people.safetensors", "many.csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.readline()
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)


MIXED = "age,city,buys\n" + "30,Rome,yes\n40,Oslo,no\n" * 20

BAD_TRAINING = {
    "no such file": (None, ["nope.csv", "--target", "x"], "There is no file 'nope.csv'"),
    "near name": (MIXED, ["t.cvs", "--target", "x"], "Did you mean 't.csv'"),
    "no such column": (MIXED, ["t.csv", "--target", "buy"], "no target column 'buy'. Did you mean 'buys'?"),
    "empty file": ("", ["t.csv", "--target", "x"], "empty"),
    "header only": ("a,b\n", ["t.csv", "--target", "b"], "has no rows"),
    "one class": ("a,b\n1,x\n2,x\n4,x\n", ["t.csv", "--target", "b"], "one"),
    "text in a numeric column": (
        MIXED.replace("30,Rome,yes", "n/a,Rome,yes", 1),
        ["t.csv", "--target", "buys"],
        "Column 'age', row 1: 'n/a' is not a number",
    ),
    "infinite value": (MIXED.replace("40", "inf", 1), ["t.csv", "--target", "buys"], "Column 'age', row 2"),
    "all targets missing": ("a,b\n1,\n2,\n", ["t.csv", "--target", "b"], "missing"),
    "unknown activation": (MIXED, ["t.csv", "--target", "buys", "--activation", "rely"], "Did you mean 'relu'?"),
    "unknown optimizer": (MIXED, ["t.csv", "--target", "buys", "--optimizer", "adm"], "Did you mean 'adam'?"),
    "unknown schedule": (MIXED, ["t.csv", "--target", "buys", "--schedule", "cos"], "Unknown schedule 'cos'"),
    "unknown task": (MIXED, ["t.csv", "--target", "buys", "--task", "binry"], "Did you mean 'binary'?"),
    "hidden": (MIXED, ["t.csv", "--target", "buys", "--hidden", "8;8"], "--hidden must be whole numbers"),
    "hidden zero": (MIXED, ["t.csv", "--target", "buys", "--hidden", "8,0"], "sizes[2]"),
    "learning rate": (MIXED, ["t.csv", "--target", "buys", "--learning-rate", "0"], "'learning_rate' parameter"),
    "epochs": (MIXED, ["t.csv", "--target", "buys", "--epochs", "0"], "'epochs' parameter"),
    "validation": (MIXED, ["t.csv", "--target", "buys", "--validation", "1"], "'validation' parameter"),
    "patience": (MIXED, ["t.csv", "--target", "buys", "--patience", "-1"], "'early_stopping' parameter"),
    "plot": (MIXED, ["t.csv", "--target", "buys", "--plot", "x.gif"], "--plot must end in .png, .svg, .pdf"),
    "output folder": (MIXED, ["t.csv", "--target", "buys", "-o", "no/m"], "there is no folder 'no'"),
    "output is a folder": (MIXED, ["t.csv", "--target", "buys", "-o", "."], "is a folder"),
    "drop the unknown": (MIXED, ["t.csv", "--target", "buys", "--drop", "agee"], "Did you mean 'age'?"),
    "regression of text": (MIXED, ["t.csv", "--target", "buys", "--task", "regression"], "'yes' is not a number"),
}


@pytest.mark.parametrize("case", BAD_TRAINING.values(), ids=BAD_TRAINING.keys())
def test_bad_input_is_one_line_and_exit_code_2(layerwise, case):
    text, arguments, message = case
    if text is not None:
        Path("t.csv").write_text(text, encoding="utf-8")
    code, _, err = layerwise("train", *arguments)
    assert code == 2
    (line,) = err.strip().splitlines()
    assert line.startswith("layerwise: error: ")
    assert message in line
    assert not list(Path().glob("*.safetensors"))


def test_bad_models_and_tables(layerwise, people):
    layerwise("train", people, "--target", "buys", "--epochs", 2)
    content = Path("people.safetensors").read_bytes()
    Path("damaged").write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
    Path("short").write_bytes(content[:100])
    net = lw.Network((1, 1), ("sigmoid",))
    lw.save(lw.train(net, np.array([[0.0, 1.0]]), np.array([[0, 1]]), epochs=1), "bare")
    write("less.csv", "age,town,noise", [(30, "Rome", 1)])
    write("wrong.csv", "age,city,noise", [(30, "Rome", 1), ("old", "Oslo", 2)])
    write("label.csv", "age,city,noise,buys", [(30, "Rome", 1, "perhaps")])
    for arguments, message in (
        (("predict", "nope", people), "nope: no such file"),
        (("predict", people, "people.safetensors"), "is a table. The model comes first"),
        (("predict", "damaged", people), "is damaged"),
        (("inspect", "short"), "is not a model file, or is damaged"),
        (("predict", "bare", people), "holds a bare network"),
        (("predict", "people.safetensors", "less.csv"), "needs column 'city'"),
        (("predict", "people.safetensors", "wrong.csv"), "Column 'age', row 2: 'old' is not a number"),
        (("predict", "people.safetensors", people, "-o", "p.txt"), "must end in .csv"),
        (("predict", "people.safetensors", people, "-o", "no/p.csv"), "cannot be written"),
        (("evaluate", "people.safetensors", "less.csv"), "no target column 'buys'"),
        (("evaluate", "people.safetensors", "label.csv"), "'perhaps' is not one of the 2 classes"),
        (("demo", "--folder", "no"), "--folder must be a folder"),
    ):
        code, _, err = layerwise(*arguments)
        assert code == 2
        assert "layerwise: error: " in err.splitlines()[-1]
        assert message in err.splitlines()[-1]


def test_inspect_shows_a_bare_network(layerwise):
    net = lw.Network((2, 3, 1), ("tanh", "sigmoid"))
    X, Y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0, 1]])
    lw.save(lw.train(net, X, Y, epochs=4), "net")
    code, out, _ = layerwise("inspect", "net")
    assert code == 0
    assert "(3, 2)" in out
    assert "trained for 4 epochs" in out


def test_help_has_examples(layerwise):
    for command in ("train", "predict", "evaluate", "inspect", "demo"):
        code, out, _ = layerwise(command, "--help")
        assert code == 0
        assert f"layerwise {command}" in out.partition("Example")[2]
    assert layerwise("--version")[1].strip() == f"layerwise {lw.__version__}"


def test_missing_options_and_commands_are_usage_errors(layerwise):
    assert layerwise("train", "t.csv")[0] == 2
    assert layerwise("trian", "t.csv")[0] == 2


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
