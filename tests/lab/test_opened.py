"""A layer's matrices, a unit's graph, the gradient check and the loop against the matrix."""

import json

import numpy as np
import pytest
from moments import moment

from layerwise.engines import ENGINES
from layerwise.errors import ParameterError
from layerwise.lab.views import gradients, layer, unit, vectorization
from layerwise.lab.views.steps import step
from layerwise.vocabulary import ACTIVATIONS

HIDDEN = [name for name in ACTIVATIONS if name not in ("softmax", "exp")]


def test_a_layer_has_the_matrices_of_the_step():
    mo = moment(2, hidden=[5, 70], batch_size=40, dropout=0.3)
    opened = layer(mo, 1, 1)
    json.dumps(opened, allow_nan=False)
    taken = step(mo, 1)
    assert [one["name"] for one in opened["tensors"]] == [
        *("W[1]", "b[1]", "Z[1]", "D[1]", "A[1]", "dA[1]", "dZ[1]", "dW[1]", "db[1]")
    ]
    shown = {one["name"]: one for one in opened["tensors"]}
    assert np.array_equal(shown["dW[1]"]["values"], taken.grad.dW[1])
    assert np.array_equal(shown["A[1]"]["values"], taken.run.A[1])
    wide = {one["name"]: one for one in layer(mo, 0, 2)["tensors"]}["W[2]"]
    assert wide["shape"] == [70, 5]
    assert np.shape(wide["values"]) == (64, 5)
    with pytest.raises(ParameterError, match=r"The 'layer' parameter of the lab must be an int in the range \[1, 3\]"):
        layer(mo, 0, 4)


CASES = [
    *({"hidden": [4, 3], "activations": [name]} for name in HIDDEN),
    *({"task": "classes", "loss": name, "hidden": [4]} for name in ("auto", "squared_error")),
    *({"task": "regression", "loss": name} for name in ("squared_error", "absolute_error", "huber")),
    {"hidden": [5, 3], "dropout": 0.4, "l2": 1.0, "batch_size": 30},
    {"hidden": []},
    {"hidden": [4], "n_x": 20},
]


@pytest.mark.parametrize("given", CASES)
def test_the_derivatives_of_a_units_graph_are_those_of_the_step(given):
    mo = moment(1, **given)
    taken, i = step(mo, 0), 3
    for l in range(1, mo.net.L + 1):
        u = mo.net.n[l] - 1
        graph = unit(mo, 0, i, l, u)
        json.dumps(graph, allow_nan=False)
        nodes = {node["name"]: node for node in graph["nodes"]}
        assert nodes[f"Z[{l}]:{u},{i}"]["value"] == pytest.approx(taken.run.Z[l][u, i])
        assert nodes[f"Z[{l}]:{u},{i}"]["grad"] == pytest.approx(taken.grad.dZ[l][u, i], abs=1e-12)
        assert nodes[f"A[{l}]:{u},{i}"]["value"] == pytest.approx(taken.run.A[l][u, i])
        assert nodes[f"A[{l}]:{u},{i}"]["grad"] == pytest.approx(taken.grad.dA[l][u, i], abs=1e-12)
        assert nodes[f"b[{l}]:{u},0"]["grad"] == pytest.approx(taken.grad.dZ[l][u, i], abs=1e-12)
        weights = [node for name, node in nodes.items() if name.startswith("W")]
        assert len(weights) + graph["cut"] == mo.net.n[l - 1]
        for node in weights:
            j = int(node["name"].split(",")[1])
            assert node["value"] == mo.theta.W[l][u, j]
            assert node["grad"] == pytest.approx(taken.grad.dZ[l][u, i] * taken.run.A[l - 1][j, i], abs=1e-12)
        for node in graph["nodes"]:
            assert all(k < node["id"] for k in node["inputs"])


def test_the_mean_over_the_batch_of_a_weights_derivative_is_dW():
    mo = moment(1, m=12, hidden=[3], l2=0.6)
    found = []
    for i in range(12):
        nodes = {node["name"]: node["grad"] for node in unit(mo, 0, i, 1, 2)["nodes"]}
        found.append(nodes["W[1]:2,1"])
    assert np.mean(found) == pytest.approx(step(mo, 0).grad.dW[1][2, 1] - 0.6 / 12 * mo.theta.W[1][2, 1])


def test_a_unit_that_there_is_not():
    mo = moment(hidden=[3])
    with pytest.raises(ParameterError, match=r"The 'unit' parameter of the lab must be an int in the range \[0, 2\]"):
        unit(mo, 0, 0, 1, 3)


def test_only_the_largest_inputs_of_a_unit_are_drawn():
    mo = moment(hidden=[2], n_x=30)
    graph = unit(mo, 0, 0, 1, 0)
    assert graph["cut"] == 18
    (rest,) = [node for node in graph["nodes"] if node["operation"] == "sum"]
    drawn = {node["inputs"][0] for node in graph["nodes"] if node["operation"] == "multiply"}
    shown = [graph["nodes"][k]["name"] for k in drawn]
    kept = {int(name.split(",")[1]) for name in shown}
    left = [j for j in range(30) if j not in kept]
    assert rest["value"] == pytest.approx(mo.theta.W[1][0, left] @ mo.data.X[left, 0])
    products = np.abs(mo.theta.W[1][0] * mo.data.X[:, 0])
    assert min(products[sorted(kept)]) >= max(products[left])


@pytest.mark.parametrize("engine", list(ENGINES))
@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
def test_the_derivatives_of_the_engines_are_right(engine, task):
    mo = moment(2, task, hidden=[5, 4], l2=0.8, engine=engine, optimizer="adam", batch_size=16, dropout=0.2)
    found = gradients(mo)
    json.dumps(found, allow_nan=False)
    assert found["ok"]
    assert found["max_relative_error"] < 1e-7
    assert found["checked"] == found["of"] == mo.net.n_parameters
    assert [(one["layer"], one["tensor"]) for one in found["layers"]] == [(l, t) for l in (1, 2, 3) for t in "Wb"]
    for one in found["layers"]:
        errors = np.array(one["errors"], float)
        assert errors[tuple(one["at"])] == one["largest"] == np.nanmax(errors)
        assert one["analytic"] == pytest.approx(one["numeric"], rel=1e-6, abs=1e-9)


def test_a_wrong_derivative_is_found(monkeypatch):
    from layerwise.engines.numpy_engine import NumpyEngine

    objective = NumpyEngine.objective

    def wrong(self, plan, examples):
        evaluate = objective(self, plan, examples)
        return lambda vector: (0.0, evaluate(vector)[1] * np.where(np.arange(vector.size) == 5, 1.1, 1.0))

    monkeypatch.setattr(NumpyEngine, "objective", wrong)
    found = gradients(moment(1, hidden=[4]))
    assert not found["ok"]
    assert found["layers"][0]["at"] == [2, 1]
    assert found["layers"][0]["largest"] == pytest.approx(0.1 / 1.1, rel=1e-3)


def test_of_a_large_network_a_sample_is_checked():
    mo = moment(0, "classes", n_x=300, hidden=[64])
    found = gradients(mo)
    assert found["ok"]
    assert 50 < found["checked"] < found["of"]
    first = np.array(found["layers"][0]["errors"], float)
    assert first.shape == (32, 32)
    assert np.isfinite(first).sum() > 20
    assert np.nanmax(first) == found["layers"][0]["largest"]


def test_loops_and_matrices_agree():
    timed = vectorization(50, 200)
    assert timed["largest_difference"] < 1e-12
    assert timed["loop_seconds"] > timed["matrix_seconds"] > 0
    with pytest.raises(ParameterError, match=r"at most 2,000,000 products n_x m for the loop. Got 10,000 x 10,000"):
        vectorization(10_000, 10_000)
    with pytest.raises(ParameterError, match=r"The 'm' parameter of the lab must be an int"):
        vectorization(5, 0)
