"""The strip shows the steps that the run takes: the engine's parameters after an epoch are those of its last line."""

import json
import re

import numpy as np
import pytest
from moments import moment, train

import layerwise as lw
from layerwise.engines import ENGINES
from layerwise.equations.losses import LOSS_TABLE
from layerwise.equations.optimizers import OPTIMIZERS
from layerwise.errors import ParameterError
from layerwise.lab.course import initial_of
from layerwise.lab.views import strip, strips
from layerwise.lab.views.steps import step, walk
from layerwise.vocabulary import ACTIVATIONS

RULES = [name for name in OPTIMIZERS if name != "lbfgs"]


def lines_of(mo, batch=0, example=0):
    found = strip(mo, batch, example)
    json.dumps(found, allow_nan=False)
    return found["lines"]


def tensors(lines, phase=None):
    return {
        term["name"]: term
        for line in lines
        if phase in (None, line["phase"])
        for term in line["terms"]
        if term["kind"] == "tensor"
    }


@pytest.mark.parametrize("engine", list(ENGINES))
@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("epoch", [0, 2])
def test_after_an_epoch_of_steps_the_parameters_are_the_engines(engine, optimizer, epoch):
    given = {
        "optimizer": optimizer,
        "engine": engine,
        "batch_size": 32,
        "l2": 0.3,
        "dropout": 0.2,
        "schedule": "cosine",
    }
    mo = moment(epoch, hidden=[5, 4], activations=["tanh", "relu"], learning_rate=0.05, **given)
    *_, last = walk(mo)
    after = train(mo.settings, mo.data, mo.net, initial_of(mo.net, mo.settings), epoch + 1).parameters
    assert np.allclose(last.after.vector, after.vector, rtol=1e-10, atol=1e-12)
    assert last.batch == 2


def test_steps_in_float32_are_those_of_the_engine_to_its_rounding():
    mo = moment(3, dtype="float32", batch_size=20, optimizer="adam", learning_rate=0.01)
    *_, last = walk(mo)
    after = train(mo.settings, mo.data, mo.net, initial_of(mo.net, mo.settings), 4).parameters
    assert last.after.dtype == np.float32
    assert np.allclose(last.after.vector, after.vector, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("optimizer", RULES)
def test_the_last_line_of_each_tensor_moves_it_by_its_own_numbers(optimizer):
    mo = moment(2, hidden=[3], optimizer=optimizer, batch_size=30)
    lines = lines_of(mo, batch=1)
    shown = tensors(lines, "update")
    taken = step(mo, 1)
    for l in (1, 2):
        assert np.array_equal(shown[f"W[{l}]'"]["values"], taken.after.W[l])
        assert np.array_equal(shown[f"b[{l}]'"]["values"], taken.after.b[l])
    values = {name: np.array(term["values"]) for name, term in shown.items()}
    g, alpha = values.get("dW[1]"), 0.1
    if optimizer == "gradient_descent":
        moved = -alpha * g
    elif optimizer == "momentum":
        moved = -alpha * (0.9 * values["v of dW[1]"] + g)
    elif optimizer == "nesterov":
        moved = -alpha * (g + 0.9 * values["v of dW[1]'"])
    elif optimizer == "rmsprop":
        moved = -alpha * g / (np.sqrt(values["s of dW[1]'"]) + 1e-8)
    else:
        moved = -alpha * values["m_hat of dW[1]'"] / (np.sqrt(values["v_hat of dW[1]'"]) + 1e-8)
        assert np.allclose(values["m_hat of dW[1]'"], values["m of dW[1]'"] / (1 - 0.9**8))
        moved -= 0.001 * values["W[1]"] if optimizer == "adamw" else 0
    assert np.allclose(values["W[1]'"], values["W[1]"] + moved, rtol=1e-12)
    assert not any("\\\\" in one["latex"] for one in lines)  # two of them begin a new row, and show a command's name


def test_the_numbers_of_one_example():
    mo = moment(1, "classes", n_x=3, m=50, hidden=[5], l2=0.4)
    example = 7
    found = strip(mo, 0, example)
    shown = {name: np.array(term["values"]) for name, term in tensors(found["lines"], "forward").items()}
    run = lw.equations.forward(mo.net, mo.theta, mo.data.X)
    grad = lw.equations.backward(mo.net, mo.theta, run, mo.data.Y, l2=0.4)
    for l in (1, 2):
        assert np.allclose(shown[f"Z[{l}]"][:, 0], run.Z[l][:, example])
        assert np.allclose(shown[f"A[{l}]"][:, 0], run.A[l][:, example])
    of_loss = tensors(found["lines"], "loss")
    J = lw.equations.cost(mo.net, mo.theta, run, mo.data.Y, l2=0.4)
    assert of_loss["J"]["values"][0][0] == pytest.approx(J)
    penalty = 0.4 / 100 * sum((W**2).sum() for W in mo.theta.W[1:])
    assert of_loss["L2"]["values"][0][0] == pytest.approx(penalty)
    back = tensors(found["lines"], "backward")
    assert np.allclose(np.array(back["dZ[1]"]["values"])[:, 0], grad.dZ[1][:, example])
    assert back["dZ[1]"]["column"] == example
    assert back["dZ[1]"]["shape"] == [5, 50]
    assert np.allclose(tensors(found["lines"], "gradient")["dW[1]"]["values"], grad.dW[1])
    assert found["rows"] == list(range(50))
    assert [line["phase"] for line in found["lines"]] == sorted(
        (line["phase"] for line in found["lines"]),
        key=["forward", "loss", "backward", "gradient", "update"].index,
    )


def test_dropout_is_shown_as_it_was_drawn():
    mo = moment(2, hidden=[6], dropout=0.5, batch_size=45)
    lines = lines_of(mo, batch=1)
    (line,) = [line for line in lines if line["latex"].startswith("A^{[1]}")]
    assert line["latex"] == r"A^{[1]} = \tanh(Z^{[1]}) * D^{[1]}"
    mask = lw.equations.regularizers.dropout_mask(6, 45, 0.5, mo.settings.seed, 1, step=5)
    assert np.array_equal(np.array(tensors([line])["D[1]"]["values"])[:, 0], mask[:, 0])
    assert any("D^{[1]}" in line["latex"] for line in lines if line["phase"] == "backward")


def test_mini_batches_are_those_that_the_run_draws():
    mo = moment(4, m=50, batch_size=20)
    rows = [strip(mo, k, 0)["rows"] for k in range(3)]
    drawn = [*rows[0], *rows[1], *rows[2]]
    assert sorted(drawn) == list(range(50))
    assert [len(batch) for batch in rows] == [20, 20, 10]
    order = lw.equations.streams.permutation(50, mo.settings.seed, lw.equations.streams.Purpose.SHUFFLE, 4)
    assert drawn == order.tolist()


def test_equations_of_logistic_regression():
    mo = moment(hidden=[], activations=["tanh"], l2=0.5)
    assert [line["latex"] for line in lines_of(mo)] == [
        r"Z^{[1]} = W^{[1]} A^{[0]} + b^{[1]}",
        r"A^{[1]} = \sigma(Z^{[1]})",
        r"\mathcal{L}^{(i)} = -(Y \log A^{[1]} + (1 - Y) \log(1 - A^{[1]}))",
        r"J = \frac{1}{m} \sum_{i=1}^{m} \mathcal{L}^{(i)} + \frac{\lambda}{2m} \sum_l \lVert W^{[l]} \rVert_F^2",
        r"dA^{[1]} = -\, Y / A^{[1]} + (1 - Y) / (1 - A^{[1]})",
        r"dZ^{[1]} = A^{[1]} - Y",
        r"dW^{[1]} = \frac{1}{m} dZ^{[1]} A^{[0]}{}^{\top} + \frac{\lambda}{m} W^{[1]}",
        r"db^{[1]} = \frac{1}{m} \sum_{i=1}^{m} dZ^{[1]}",
        r"W^{[1]} := W^{[1]} - \alpha dW^{[1]}",
        r"b^{[1]} := b^{[1]} - \alpha db^{[1]}",
    ]


HIDDEN = [name for name in ACTIVATIONS if name not in ("softmax", "exp")]


@pytest.mark.parametrize(
    "given",
    [
        *({"hidden": [2], "activations": [name]} for name in HIDDEN),
        *({"task": "regression", "loss": name} for name in ("squared_error", "absolute_error", "huber")),
        *({"task": "classes", "loss": name} for name in ("auto", "squared_error", "huber")),
        *({"optimizer": name, "dropout": 0.1, "l2": 1.0} for name in RULES),
    ],
)
def test_every_piece_is_latex_by_itself(given):
    for line in lines_of(moment(1, **given)):
        pieces = [line["latex"], *(term["latex"] for term in line["terms"])]
        for piece in pieces:
            assert piece.count("{") == piece.count("}")
            assert not piece.startswith(("^", "_"))
            assert not re.search(r"\^\{[^{}]*\}\^", piece)  # two superscripts on one symbol
            assert not re.search(r"<\w+>", piece)


def test_every_loss_has_its_lines():
    assert set(strips.LOSSES) == set(strips.SLOPES) == set(LOSS_TABLE)
    assert set(strips.FUNCTIONS) == set(ACTIVATIONS)


def test_what_there_is_not():
    mo = moment(1, m=50, batch_size=20)
    with pytest.raises(ParameterError, match=r"The 'batch' parameter of the lab must be below 3, .* Got 3."):
        strip(mo, 3, 0)
    with pytest.raises(
        ParameterError, match=r"The 'example' parameter of the lab must be an int in the range \[0, 9\]"
    ):
        strip(mo, 2, 10)
    with pytest.raises(ParameterError, match=r"The 'batch' parameter of the lab must be an int"):
        strip(mo, -1, 0)
