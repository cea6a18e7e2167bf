"""Homework is marked by the network's own numbers, and its usual mistakes are told."""

import json

import numpy as np
import pytest
from moments import moment

import layerwise as lw
from layerwise.errors import ParameterError
from layerwise.lab.views import mark
from layerwise.lab.views.steps import step


@pytest.fixture(scope="module")
def mo():
    return moment(1, m=20, hidden=[3], l2=0.2)


def marked(mo, answers, **homework):
    found = mark(mo, {"answers": {name: np.asarray(a).tolist() for name, a in answers.items()}, **homework})
    json.dumps(found, allow_nan=False)
    return found["marks"][0] if len(answers) == 1 else found["marks"]


@pytest.mark.parametrize("name", ["Z[1]", "A[2]", "dZ[1]", "dA[1]", "dW[1]", "dW[2]", "db[1]", "J"])
def test_right_answers_are_exact_and_rounded_ones_too(mo, name):
    taken = step(mo, 0)
    letter, _, l = name.partition("[")
    of = {"Z": taken.run.Z, "A": taken.run.A, "dZ": taken.grad.dZ, "dA": taken.grad.dA, "dW": taken.grad.dW}
    of["db"] = taken.grad.db
    right = np.array([[taken.J]]) if name == "J" else of[letter][int(l[0])]
    assert marked(mo, {name: right})["verdict"] == "exact"
    assert marked(mo, {name: right.round(6)})["verdict"] == "exact"
    assert marked(mo, {name: right * 1.004})["verdict"] == "close"
    wrong = marked(mo, {name: right + np.abs(right).max()})
    assert wrong["verdict"] == "wrong"
    assert wrong["largest_difference"] == pytest.approx(np.abs(right).max())


def test_a_number_of_few_digits_is_exact_only_if_it_is_near(mo):
    dW = step(mo, 0).grad.dW[1]
    assert marked(mo, {"dW[1]": np.zeros_like(dW)})["verdict"] == "wrong"


def test_the_usual_mistakes(mo):
    grad = step(mo, 0).grad
    for answer, hint in ((-grad.dW[1], "sign"), (grad.dW[1] * 20, "not_divided_by_m"), (grad.dW[1] / 20, "factor_m")):
        found = marked(mo, {"dW[1]": answer})
        assert (found["verdict"], found["hint"]) == ("wrong", hint)
    turned = marked(mo, {"dW[1]": grad.dW[1].T})
    assert (turned["verdict"], turned["hint"], turned["expected_shape"]) == ("shape", "transposed", [3, 2])
    assert marked(mo, {"dW[1]": [[1.0]]})["hint"] is None
    assert marked(mo, {"dW[1]": grad.dW[1] + 5})["hint"] is None


def test_a_square_matrix_may_be_transposed():
    square = moment(0, m=10, n_x=3, hidden=[3])
    dW = step(square, 0).grad.dW[1]
    found = marked(square, {"dW[1]": dW.T})
    assert (found["verdict"], found["hint"]) == ("wrong", "transposed")


def test_weights_of_ones_own(mo):
    W1, b1 = [[1.0, 2.0], [0.5, -1.0], [0.0, 1.0]], [[0.1], [0.2], [0.3]]
    own = mo.theta.copy()
    own.W[1][...], own.b[1][...] = W1, b1
    run = lw.equations.forward(mo.net, own, mo.data.X)
    grad = lw.equations.backward(mo.net, own, run, mo.data.Y, l2=0.2)
    given = {"W[1]": W1, "b[1]": b1}
    found = marked(mo, {"Z[1]": run.Z[1], "dW[1]": grad.dW[1]}, parameters=given)
    assert [one["verdict"] for one in found] == ["exact", "exact"]
    assert marked(mo, {"Z[1]": run.Z[1]})["verdict"] == "wrong"
    assert not np.array_equal(mo.theta.W[1], W1)


def test_a_later_mini_batch():
    batches = moment(1, m=20, hidden=[3], batch_size=8)
    taken = step(batches, 2)
    assert marked(batches, {"dW[1]": taken.grad.dW[1]}, batch=2)["verdict"] == "exact"
    assert marked(batches, {"dZ[1]": step(batches, 1).grad.dZ[1]}, batch=2)["verdict"] == "shape"


@pytest.mark.parametrize(
    ("homework", "said"),
    [
        ({"answers": {"dW[3]": [[1]]}}, r"Unknown answer 'dW\[3\]'. Did you mean"),
        ({"answers": {"J": 1}}, r"J must be a list of rows of one length, of finite numbers. Got '1'"),
        ({"answers": {"J": [[1], [1, 2]]}}, r"J must be a list of rows"),
        ({"answers": {"J": [["1"]]}}, r"J must be a list of rows"),
        ({"answers": {"J": [[float("nan")]]}}, r"of finite numbers"),
        ({"answers": [1]}, r"The 'answers' of a homework must be matrices by name. Got list"),
        ({"parameters": {"W[1]": [[1]]}}, r"W\[1\] must have the shape \(3, 2\). Got \(1, 1\)"),
        ({"parameters": {"w": [[1]]}}, r"Unknown parameter 'w'"),
        ({"batch": 1}, r"The 'batch' parameter of the lab must be below 1"),
    ],
)
def test_what_cannot_be_marked(mo, homework, said):
    with pytest.raises(ParameterError, match=said):
        mark(mo, homework)
