"""What is taken home predicts what the page shows, in files that run by themselves."""

import contextlib
import csv
import io
import runpy
import subprocess
import sys
import types

import numpy as np
import pytest
from moments import moment

import layerwise as lw
from layerwise.engines import ENGINES
from layerwise.errors import ParameterError
from layerwise.lab.examples import dataset_of
from layerwise.lab.exports import export
from layerwise.lab.exports.script import digest_of
from layerwise.lab.exports.spreadsheets import escaped
from layerwise.lab.settings import checked
from layerwise.lab.uploads import read_upload
from layerwise.vocabulary import ACTIVATIONS

HIDDEN = [name for name in ACTIVATIONS if name not in ("softmax", "exp")]

rng = np.random.default_rng(4)
TOWNS = ["Rome", "Oslo", '=1+1"\\', "Bern"]


def table_text(target):
    rows = ["age,town,=SUM(A1),outcome"]
    for k in range(80):
        age = "" if k % 9 == 4 else f"{20 + 40 * rng.random():.1f}"
        town = TOWNS[k % 4].replace('"', '""')
        score = (k % 4) + rng.normal()
        outcome = {
            "binary": "yes" if score > 1.5 else "-no",
            "classes": f"c{k % 3}",
            "regression": f"{100 * score:.2f}",
        }
        rows.append(f'{age},"{town}",{k % 2},{outcome[target]}')
    return "\n".join(rows) + "\n"


def table_moment(task, epoch=3, **given):
    text = table_text(task)
    settings = {"preset": "table", "table": "t", "target": "outcome", "validation": 0.2, "hidden": [5], **given}
    table = read_upload("towns.csv", text.encode()).table
    full = {"engine": "numpy", "dtype": "float32", "epochs": 20, "learning_rate": 0.1, **settings}
    return text, table, moment(epoch, data=dataset_of(checked(full), table), **full)


def written(tmp_path, mo, kind):
    file = export(mo, kind)
    path = tmp_path / file.name
    path.write_bytes(file.content)
    return path


@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
def test_the_model_file_of_a_ready_data_set(tmp_path, task):
    mo = moment(3, task)
    loaded = lw.load(written(tmp_path, mo, "model"))
    assert np.array_equal(loaded.predict(mo.data.X), lw.predict(mo.net, mo.theta, mo.data.X))
    assert len(loaded.history) == 3
    first = lw.load(written(tmp_path, moment(0, task), "model"))
    assert len(first.history) == 0


@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
def test_the_model_file_of_a_table_takes_the_raw_table(tmp_path, task):
    _, table, mo = table_moment(task)
    loaded = lw.load(written(tmp_path, mo, "model"))
    data, rows = mo.data, table.take(mo.data.validation_rows)
    Y_hat = lw.predict(mo.net, mo.theta, data.validation[0])
    assert np.allclose(loaded.finite_outputs(rows), Y_hat.T, rtol=1e-6)
    assert loaded.predict(rows).tolist() == data.target_encoder.decode(Y_hat.T).tolist()
    assert loaded.rows == {"training": data.m, "held_out": len(data.validation_rows), "without_target": 0}


def test_the_command_line_predicts_with_the_model_of_a_table(tmp_path):
    pytest.importorskip("typer")
    text, table, mo = table_moment("binary")
    model, csv_file = written(tmp_path, mo, "model"), tmp_path / "towns.csv"
    csv_file.write_text(text)
    out = tmp_path / "out.csv"
    command = "from layerwise.cli import main; main()"
    arguments = ["predict", str(model), str(csv_file), "--output", str(out)]
    subprocess.run([sys.executable, "-c", command, *arguments], check=True, capture_output=True, timeout=120)
    with out.open() as file:
        lines = list(csv.reader(file))
    assert len(lines) == table.n_rows + 1


@pytest.mark.parametrize("kind", ["numpy", "sklearn"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
def test_code_predicts_the_same(tmp_path, kind, dtype, task):
    mo = moment(3, task, n_x=3, hidden=[5, 4], dtype=dtype)
    code = runpy.run_path(str(written(tmp_path, mo, kind)))
    X, Y_hat = mo.data.X.T, lw.predict(mo.net, mo.theta, mo.data.X)
    close = {"rtol": 1e-12 if dtype == "float64" else 1e-4, "atol": 1e-6 if dtype == "float32" else 0}
    if task == "regression":
        assert np.allclose(code["predict"](X), Y_hat[0], **close)
        return
    P = np.vstack([1 - Y_hat, Y_hat]).T if task == "binary" else Y_hat.T
    assert np.allclose(code["predict_proba"](X), P, **close)
    assert code["predict"](X) == [mo.data.classes[k] for k in P.argmax(axis=1)]


@pytest.mark.parametrize("name", [*HIDDEN, "leaky_relu"])
def test_numpy_code_has_every_activation(tmp_path, name):
    mo = moment(2, hidden=[4], activations=[name])
    code = runpy.run_path(str(written(tmp_path, mo, "numpy")))
    run = lw.equations.forward(mo.net, mo.theta, mo.data.X)
    assert np.allclose(code["forward"](mo.data.X), run.Y_hat, rtol=1e-12)


@pytest.mark.parametrize("kind", ["numpy", "sklearn"])
@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
def test_code_of_a_table_takes_its_columns(tmp_path, kind, task):
    _, table, mo = table_moment(task)
    code = runpy.run_path(str(written(tmp_path, mo, kind)))
    rows = table.take(mo.data.validation_rows)
    columns = {name: rows[name].tolist() for name in rows}
    Y_hat = lw.predict(mo.net, mo.theta, mo.data.validation[0])
    expected = mo.data.target_encoder.decode(Y_hat.T)
    if task == "regression":
        assert np.allclose(code["predict"](columns), expected, rtol=1e-4)
    else:
        assert code["predict"](columns) == expected.tolist()


def test_what_scikit_learn_does_not_have():
    mo = moment(0, hidden=[3, 3], activations=["tanh", "relu"])
    with pytest.raises(ParameterError, match=r"in all hidden layers. Got tanh, relu: take the code for NumPy"):
        export(mo, "sklearn")
    with pytest.raises(ParameterError, match=r"Unknown export 'pickle'"):
        export(mo, "pickle")


@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
def test_pytorch_code_predicts_the_same(tmp_path, task):
    torch = pytest.importorskip("torch")
    mo = moment(3, task, n_x=3, hidden=[5, 4], activations=["gelu", "leaky_relu"])
    code = runpy.run_path(str(written(tmp_path, mo, "pytorch")))
    Y_hat = code["model"](torch.as_tensor(mo.data.X.T.copy())).detach().numpy().T
    assert np.allclose(Y_hat, lw.predict(mo.net, mo.theta, mo.data.X), rtol=1e-10)


class Tensor(np.ndarray):
    def copy_(self, other):
        assert self.shape == other.shape
        self[...] = other

    def argmax(self, dim):
        return np.asarray(self).argmax(axis=dim)


class Linear:
    def __init__(self, n_in, n_out, dtype):
        self.weight, self.bias = (np.full(shape, np.nan, dtype).view(Tensor) for shape in ((n_out, n_in), n_out))

    def __call__(self, x):
        return x @ self.weight.T + self.bias


class Sequential(list):
    def __init__(self, *modules):
        super().__init__(modules)

    def __call__(self, x):
        for module in self:
            x = module(x)
        return x

    def eval(self):
        return self


def stand_in():
    """What the code uses of torch, in NumPy: it is not installed everywhere."""
    torch, nn = types.ModuleType("torch"), types.ModuleType("torch.nn")
    torch.nn, torch.float32, torch.float64 = nn, np.float32, np.float64
    torch.no_grad = contextlib.nullcontext
    torch.hstack = np.hstack
    torch.tensor = torch.as_tensor = lambda values, dtype: np.array(values, dtype).view(Tensor)
    nn.Linear, nn.Sequential, nn.Tanh = Linear, Sequential, lambda: np.tanh
    nn.Sigmoid = lambda: lambda z: 1 / (1 + np.exp(-z))
    nn.Softmax = lambda dim: lambda z: np.exp(z) / np.exp(z).sum(axis=dim, keepdims=True)
    nn.Identity = lambda: lambda z: z
    nn.LeakyReLU = lambda slope: lambda z: np.where(z > 0, z, slope * z).view(Tensor)
    return {"torch": torch, "torch.nn": nn}


@pytest.mark.parametrize("table", [False, True])
@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
def test_pytorch_code_puts_each_weight_in_its_place(tmp_path, monkeypatch, task, table):
    for name, module in stand_in().items():
        monkeypatch.setitem(sys.modules, name, module)
    if table:
        _, whole, mo = table_moment(task)
        rows = whole.take(mo.data.validation_rows)
        given, X = {name: rows[name].tolist() for name in rows}, mo.data.validation[0]
    else:
        mo = moment(3, task, n_x=3, hidden=[5, 4], activations=["tanh", "leaky_relu"])
        given, X = mo.data.X.T, mo.data.X
    code = runpy.run_path(str(written(tmp_path, mo, "pytorch")))
    Y_hat = lw.predict(mo.net, mo.theta, X)
    if task == "regression":
        target = mo.data.target_encoder
        expected = Y_hat[0] * target.std + target.mean if table else Y_hat[0]
        assert np.allclose(code["predict"](given), expected, rtol=1e-4)
    else:
        P = np.vstack([1 - Y_hat, Y_hat]).T if task == "binary" else Y_hat.T
        assert np.allclose(code["predict_proba"](given), P, rtol=1e-4, atol=1e-6)
        assert code["predict"](given) == [mo.data.classes[k] for k in P.argmax(axis=1)]


def run_script(tmp_path, mo, *arguments):
    path = written(tmp_path, mo, "script")
    return subprocess.run(
        [sys.executable, str(path), *arguments], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )


PRESET = {"preset": "moons", "examples": 90, "validation": 0.2, "epochs": 12}


@pytest.mark.parametrize("engine", list(ENGINES))
def test_the_script_repeats_the_run_bit_for_bit(tmp_path, engine):
    given = {"batch_size": 16, "optimizer": "adam", "schedule": "cosine", "dropout": 0.1, "l2": 0.2, "hidden": [6, 3]}
    given |= {"engine": engine, "dtype": "float32", "learning_rate": 0.01, **PRESET}
    mo = moment(5, data=dataset_of(checked(given)), **given)
    done = run_script(tmp_path, mo)
    assert done.returncode == 0, done.stderr
    assert "the same bits as on the page" in done.stdout
    assert digest_of(mo.theta) in done.stdout


@pytest.mark.parametrize("epoch", [0, 2])
def test_the_script_of_drawn_points_and_of_other_initial_weights(tmp_path, epoch):
    drawn = [[0.1 * k, (-1) ** k * 0.3, k % 3] for k in range(30)]
    given = {"preset": "points", "points": drawn, "initialization": "normal", "scale": 0.5, "epochs": 4}
    mo = moment(epoch, data=dataset_of(checked({**given, "dtype": "float64"})), **given)
    assert "the same bits" in run_script(tmp_path, mo).stdout


def test_the_script_of_a_table_reads_its_file(tmp_path):
    text, _, mo = table_moment("binary", columns=["age", "town"])
    (tmp_path / "towns.csv").write_text(text)
    done = run_script(tmp_path, mo, "towns.csv")
    assert "the same bits" in done.stdout, done.stderr
    assert "Call it with the CSV file" in run_script(tmp_path, mo).stderr
    (tmp_path / "other.csv").write_text(text.replace("Rome", "Oslo"))
    other = run_script(tmp_path, mo, "other.csv")
    assert other.returncode == 1
    assert "not the parameters of the page" in other.stderr or "shape" in other.stderr


def test_a_script_of_other_parameters_says_so(tmp_path):
    given = {"dtype": "float64", **PRESET}
    mo = moment(2, data=dataset_of(checked(given)), **given)
    mo.theta.vector[0] += 1e-9
    done = run_script(tmp_path, mo)
    assert done.returncode == 1
    assert "These are not the parameters of the page" in done.stderr


def lines(file):
    return list(csv.reader(io.StringIO(file.content.decode())))


@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
def test_predictions(task):
    mo = moment(2, task, m=30, validation=10)
    names, *rows = lines(export(mo, "predictions"))
    assert names[:4] == ["x_1", "x_2", "part", mo.data.target]
    assert [row[2] for row in rows] == ["training"] * 30 + ["validation"] * 10
    Y_hat = lw.predict(mo.net, mo.theta, mo.data.X)
    if task == "regression":
        assert [float(row[4]) for row in rows[:30]] == Y_hat[0].tolist()
    else:
        P = np.vstack([1 - Y_hat, Y_hat]) if task == "binary" else Y_hat
        assert np.array([row[5:] for row in rows[:30]], float).T.tolist() == P.tolist()
        assert [row[4] for row in rows[:30]] == [mo.data.classes[k] for k in P.argmax(axis=0)]


def test_no_cell_is_a_formula():
    _, table, mo = table_moment("binary")
    names, *rows = lines(export(mo, "predictions"))
    assert names[0] == "row"
    assert {row[2] for row in rows} == {"yes", "'-no"}
    outcome = table["outcome"]
    for row in rows:
        assert row[2].lstrip("'") == outcome[int(row[0]) - 1]
    assert [escaped(cell) for cell in ("=1+1", "+x", "-x", "@x", "\tx", "\rx")] == [
        *("'=1+1", "'+x", "'-x", "'@x", "'\tx", "'\rx")
    ]
    assert [escaped(cell) for cell in ("a=b", "-1.5", -2.0, 3)] == ["a=b", "-1.5", -2.0, 3]


def test_history():
    mo = moment(3, validation=20)
    names, *rows = lines(export(mo, "history"))
    assert names == ["epoch", "cost", "validation_cost", "learning_rate", "accuracy"]
    assert [float(row[1]) for row in rows] == mo.result.history.cost
    assert lines(export(moment(0), "history")) == [["epoch", "cost"]]
    curve = {"epoch": [10, 20], "cost": [0.5, None], "validation_cost": []}
    assert lines(export(mo, "history", curve)) == [
        ["epoch", "cost"],
        ["10", "0.5"],
        ["20", ""],
    ]
