"""Every example runs, is quiet on standard error, and shows what it says it shows."""

import ast
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
CLAIMS = {}
"""What each example shows, by its name: a function that reads what the example prints."""


def claim(function):
    CLAIMS[function.__name__] = function
    return function


def run(path, *arguments, folder):
    """Run an example as a reader would, with every warning an error but for a missing engine; return what it prints."""
    completed = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore:Training runs on the NumPy engine", str(path), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    assert completed.stderr == ""
    return completed.stdout


def numbers(output, line):
    """Return the numbers of the first line that contains a text, those in the text left out."""
    row = next(row for row in output.splitlines() if line in row).replace(line, " ", 1)
    return [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", row)]


@claim
def activations(output):
    assert numbers(output, "sigmoid       g(z)")[3] == 0.5
    at_zero = [row.split()[4] for row in output.splitlines() if row.lstrip().startswith("g'(z)")]
    assert at_zero == ["0.25000", "1.00000", "0.00000", "0.01000"]
    steps = {name: int(re.search(rf"^{name} +(\d+) +\d", output, re.M)[1]) for name in ("sigmoid", "tanh", "relu")}
    assert 4 * max(steps["tanh"], steps["relu"]) < steps["sigmoid"]


@claim
def broadcasting(output):
    table = [numbers(output, name) for name in ("carbohydrates", "protein", "fat")]
    assert table[0][0] == 94.9
    assert all(abs(sum(column) - 100) < 0.2 for column in zip(*table, strict=True))
    assert "Use Y.reshape(1, -1)" in output


@claim
def computation_graph(output):
    for node, value, derivative in (("a", 5, 3), ("b", 3, 6), ("c", 2, 9), ("J", 33, 1)):
        assert re.search(rf"^{node} .*\(\) +{value} +{derivative}$", output, re.M), node
    assert "dz = -0.5 is a - y = -0.5; dw1 = -0.5 is x1 dz = -0.5." in output
    assert re.search(r"^A\[2\] = Y_hat  sigmoid\(Z\[2\]\)", output, re.M)


@claim
def deep_network(output):
    assert numbers(output, "parameters differ by")[1] <= 1e-12
    assert numbers(output, "% right")[-1] >= 88


@claim
def gradient_check(output):
    library, right, wrong = re.findall(r"(right|WRONG): maximum relative error (\S+)", output)
    assert library[0] == right[0] == "right"
    assert max(float(library[1]), float(right[1])) < 1e-7
    assert wrong[0] == "WRONG"
    assert float(wrong[1]) > 0.1
    before = numbers(output, "before training J =")[0]
    after = [float(text) for text in re.findall(r"bring J down to (\S+)", output)]
    assert len(after) == 2
    assert after[0] < after[1] < before


@claim
def hyperparameters(output):
    rows = re.findall(r"^ +[\d.]+ +[\d.]+%.*", output, re.M)
    table = [[float(cell.rstrip("%")) for cell in row.split()] for row in rows]
    assert len(table) == 5
    assert max(table[0][1:3]) + 15 < max(table[2][1:])  # 0.01 has not arrived
    assert max(table[4][1:4]) + 15 < max(table[2][1:])  # 1000 overshoots
    assert numbers(output, "Best here")[-1] >= 88


@claim
def instead_of_sklearn(output):
    theirs, ours = (numbers(output, name)[0] for name in ("scikit-learn", "layerwise"))
    assert min(theirs, ours, numbers(output, "with dropout, GELU")[0]) > 0.93
    assert "what the prediction depends on most: " in output


@claim
def many_networks(output):
    assert numbers(output, "18 settings x 5 folds x 81 epochs:")[0] > 80
    fewer, score = numbers(output, "By halving,")
    assert fewer > 5
    assert score > 80
    assert numbers(output, "20 trials, log loss")[0] < 0.45
    assert numbers(output, "200 logistic regressions on resampled rows:")[:2] == [3, 6]


@claim
def linear_hidden_layer(output):
    linear, none, tanh = (
        numbers(output, name) for name in ("2-5-4-1, linear ", "2-1, no hidden layer", "2-5-4-1, tanh")
    )
    assert linear[1] == pytest.approx(none[1], abs=2e-6)
    assert max(linear[2], none[2]) < 60
    assert tanh[2] > 88
    assert numbers(output, "differ by")[-1] < 1e-12
    assert "The library warns: Every hidden layer of this network is linear" in output
    assert "diagnose: layer 1, linear_hidden_layers" in output


@claim
def logistic_regression(output):
    rows = [numbers(output, name) for name in ("loop, notes 2.10", "vectorised, notes 2.14", "layerwise.equations")]
    assert rows[0] == rows[1] == rows[2]
    assert len(rows[0]) == 4
    assert numbers(output, "They differ by")[0] < 1e-12
    assert numbers(output, "They differ by")[1] >= 75


@claim
def one_hidden_layer(output):
    rows = [row.replace("%", "").split() for row in re.findall(r"^ +\d+ +\d+ .*", output, re.M)]
    J, right, right_new = ({row[0]: float(row[k]) for row in rows} for k in (2, 3, 4))
    assert 40 <= right["0"] <= 60
    assert min(right["4"], right_new["4"]) >= 88
    assert J["4"] < 0.3 < J["2"] < J["0"] < 0.6932


@claim
def parity(output):
    by_hand = [[int(text) for text in re.findall(r"\d+", row)] for row in re.findall(r"^ +\d+ .*, .*$", output, re.M)]
    for bits, inputs, wide, deep, *_, errors in by_hand:
        assert (inputs, wide, 2 ** (deep // 2), errors) == (2**bits, bits, bits, 0)
    assert len(by_hand) == 3
    assert 40 <= numbers(output, " none ")[1] <= 60
    assert numbers(output, " 12 ")[1] > 95
    assert numbers(output, " 9 ")[0] == numbers(output, "4-4-4")[0] == 73
    assert abs(numbers(output, " 9 ")[1] - numbers(output, "4-4-4")[1]) < 8


@claim
def planar_data(output):
    assert 100 < output.count("#") <= 201
    assert output.count("o") > 100
    assert "X is (2, 400), Y is (1, 400): 400 examples, 200 of them (#) of class 1." in output


@claim
def train_a_table(output):
    assert numbers(output, "r2")[0] > 0.95 > numbers(output, "r2")[1]
    assert "floor=<missing>" in output
    assert "Loaded again it predicts the same numbers." in output
    assert float(re.search(r"R² = (\S+)\.$", output, re.M)[1]) > 0.95


@claim
def vectorization(output):
    assert numbers(output, "a · b, np.dot (2.11)")[-1] > 5
    assert numbers(output, "σ(a), np.exp (2.12)")[-1] > 5


@claim
def zero_initialization(output):
    zeros, alike, random = (numbers(output, name) for name in ("zeros   ", "all 0.5  ", "random * 0.01  "))
    assert zeros == [1, 0.6931, 50.0]
    assert alike[0] == 1
    assert random[0] == 4
    assert random[2] >= 88 > alike[2] + 10
    assert "The library warns of zeros: Zero weights make all units of a hidden layer equal" in output
    for name, found in (("zeros", "symmetric_units"), ("all 0.5", "symmetric_units"), ("random * 0.01", "nothing")):
        assert re.search(rf"^diagnose, {re.escape(name)}: .*{found}", output, re.M), name


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, tmp_path):
    output = run(path, folder=tmp_path)
    assert path.stem in CLAIMS, f"write a function {path.stem}(output) above that says what the example shows"
    CLAIMS[path.stem](output)
    assert list(tmp_path.iterdir()) == []


def test_the_graph_is_drawn(tmp_path):
    output = run(FOLDER / "computation_graph.py", "--plot", "graph.svg", folder=tmp_path)
    assert "The drawing is in graph.svg." in output
    drawing = ElementTree.fromstring((tmp_path / "graph.svg").read_text(encoding="utf-8"))
    assert drawing.tag.endswith("svg")
    assert "Z[1]" in "".join(drawing.itertext())


def test_the_regions_are_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    run(FOLDER / "one_hidden_layer.py", "--plot", "regions.png", folder=tmp_path)
    assert (tmp_path / "regions.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "path", [path for path in EXAMPLES if path.stem != "instead_of_sklearn"], ids=lambda path: path.stem
)
def test_an_example_needs_the_bare_install(path):
    """NumPy and the library only; a picture may ask for matplotlib inside the function that draws it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    allowed = {"numpy", "layerwise", "planar_data", *sys.stdlib_module_names}
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in (name.partition(".")[0] for name in names):
            assert name in allowed or (name == "matplotlib" and node not in tree.body), name
    assert "notes" in ast.get_docstring(tree) or path.stem == "train_a_table"
